"""The protocol that every worker speaks: one JSON object a line on stdin, one answer a line on stdout.

    {"op":"prepare","workload":"mlp","dir":"...","dtype":"f32","threads":2}   ->  {"ok":true}
    {"op":"value","what":"hvp","method":"linearize"}     ->  {"norm":..., "digest":[...], "setup_seconds":...}
    {"op":"time","what":"hvp","method":"linearize","reps":3}                  ->  {"seconds":[...]}
    {"op":"time","what":"matmul","size":2048,"dtype":"f32","reps":3}          ->  {"seconds":[...]}
    {"op":"spectrum","what":"top","method":"eigsh","out":"vectors.f32"}
                                 ->  {"seconds":..., "products":..., "values":[...], "bounds":[...], "notes":{...}}
    {"op":"gram","method":"vmap(jacrev)","examples":200,"out":"matrix.f32"}   ->  {"seconds":...}
    {"op":"peak"}                                                             ->  {"rss_kib":...}
    {"op":"quit"}

Every answer may be {"error":"..."} instead. What a method needs beside the weights (a compiled function, a retained
graph) is made at its first use, so that a process which only computes gradients holds nothing else.
"""

import json
import pathlib
import sys
import time

import numpy as np

DIGEST = 7


def digest(flat):
    """Norm and seven evenly spaced entries of a flat vector, in f64."""
    flat = np.asarray(flat).reshape(-1)
    norm = float(np.sqrt(sum(np.square(part, dtype=np.float64).sum() for part in np.array_split(flat, 64))))
    places = [k * (flat.size - 1) // (DIGEST - 1) for k in range(DIGEST)]
    return {"norm": norm, "digest": [float(flat[i]) for i in places], "size": int(flat.size)}


class Inputs:
    """A workload folder. Arrays are read when asked for."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.manifest = json.loads((self.folder / "manifest.json").read_text())
        self.dtype = {"f32": np.float32, "f64": np.float64}[self.manifest["dtype"]]
        self.widths = self.manifest["widths"]
        self.relu = self.manifest["activation"] == "relu"

    def array(self, name):
        """One array."""
        with np.load(self.folder / "arrays.npz") as arrays:
            return arrays[name]

    def has(self, name):
        """Whether there is such an array."""
        with np.load(self.folder / "arrays.npz") as arrays:
            return name in arrays

    def layers(self, flat):
        """Views (weight [in, out], bias [out]) into a flat parameter vector."""
        views, at = [], 0
        for inputs, outputs in zip(self.widths, self.widths[1:]):
            weight = flat[at:at + inputs * outputs].reshape(inputs, outputs)
            at += inputs * outputs
            views.append((weight, flat[at:at + outputs]))
            at += outputs
        return views


def matmul_operand(size, dtype):
    """The matrix with entries ((31 i + 17 j) mod 101) / 101 - 1/2: the same in every tool, cheap to make."""
    i, j = np.arange(size)[:, None], np.arange(size)[None, :]
    return ((31 * i + 17 * j) % 101 / 101.0 - 0.5).astype({"f32": np.float32, "f64": np.float64}[dtype])


def peak_kib():
    """The largest resident set of this process so far, in KiB."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError("no VmHWM in /proc/self/status")


def serve(tool):
    """Answers requests until `quit`.

    `tool.prepare(inputs, threads)` gets ready; `tool.make(what, method, request)` gives a pair of functions: the one
    that is timed (it returns when the result is there) and the one that gives the flat result on the host.
    """
    answers, sys.stdout = sys.stdout, sys.stderr
    ready = {}

    def action(request):
        key = (request["what"], request.get("method", ""), request.get("size"), request.get("dtype"))
        if key not in ready:
            ready[key] = tool.make(request["what"], request.get("method", ""), request)
        return ready[key]

    def answer(request):
        match request["op"]:
            case "prepare":
                tool.prepare(Inputs(request["dir"]), request["threads"])
                return {"ok": True}
            case "value":
                start = time.perf_counter()
                value = action(request)[1]()
                return digest(value) | {"setup_seconds": time.perf_counter() - start}
            case "time":
                call, seconds = action(request)[0], []
                for _ in range(request["reps"]):
                    start = time.perf_counter()
                    call()
                    seconds.append(time.perf_counter() - start)
                return {"seconds": seconds}
            case "spectrum":
                return tool.spectrum(request["what"], request.get("method", ""), pathlib.Path(request["out"]))
            case "gram":
                return tool.gram(request["method"], request["examples"], pathlib.Path(request["out"]))
            case "peak":
                return {"rss_kib": peak_kib()}
            case other:
                return {"error": f"unknown op {other!r}"}

    print(json.dumps({"ready": tool.version}), file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "quit":
            break
        try:
            reply = answer(request)
        except Exception as error:  # a worker answers, whatever happens: the driver decides what to do
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=answers, flush=True)
