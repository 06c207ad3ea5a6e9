"""The fixed workloads: shapes, numbers, and the files through which every tool gets the same ones.

A workload is a folder with `manifest.json`, which describes it, and `arrays.npz`. Parameters are one flat vector: per
layer the weight `[in, out]` row-major, then the bias `[out]`. The numbers come from Python's own generator (uniform,
with the variances below), so that the folder needs no package and is the same on every machine. Times of dense
products do not depend on the numbers; the numbers matter for the comparison of the answers.
"""

import array
import json
import math
import random
import struct
import sys
import zipfile

FORMAT = 2
"""Part of every manifest: raise it when the numbers or the files change, and old folders are made again."""

DIRECTIONS = 8
"""Directions of a block of Hessian products; a single product has one more."""

WORKLOADS = {
    "mlp": {
        "title": "MLP 784-1024-1024-10, ReLU, biases, n = 1000, mean cross-entropy",
        "dtypes": ["f32"], "widths": [784, 1024, 1024, 10], "examples": 1000, "activation": "relu",
        "loss": "mean cross-entropy",
    },
    "ntk": {
        "title": "two-layer ReLU, 1/sqrt(m), d = 1000, m = 10,000, n = 1000, half the squared sum, first layer trained",
        "dtypes": ["f32"], "widths": [1000, 10000, 1], "examples": 1000, "activation": "relu",
        "loss": "half squared sum", "step_size": 1.0,
    },
    "small": {
        "title": "MLP 64-64-64-10, tanh, biases, n = 500, mean cross-entropy",
        "dtypes": ["f32", "f64"], "widths": [64, 64, 64, 10], "examples": 500, "activation": "tanh",
        "loss": "mean cross-entropy",
    },
}


def uniform(stream, count, deviation):
    """`count` numbers, uniform with mean zero and this standard deviation."""
    width, out = deviation * math.sqrt(12.0), array.array("d")
    for start in range(0, count, 1 << 20):
        words = array.array("I", stream.randbytes(4 * min(1 << 20, count - start)))
        out.extend([(word * 2.0**-32 - 0.5) * width for word in words])
    return out


def network_weights(stream, widths, activation):
    """Weights of variance 2/in (ReLU) or 1/in, biases of deviation 0.1: none is zero, so that no layout error hides."""
    flat = array.array("d")
    for inputs, outputs in zip(widths, widths[1:]):
        gain = 2.0 if activation == "relu" else 1.0
        flat.extend(uniform(stream, inputs * outputs, math.sqrt(gain / inputs)))
        flat.extend(uniform(stream, outputs, 0.1))
    return flat


def classification(stream, spec):
    """Random inputs and labels, weights, and directions for the Hessian products."""
    n, widths = spec["examples"], spec["widths"]
    weights = network_weights(stream, widths, spec["activation"])
    labels = array.array("I", [stream.randrange(widths[-1]) for _ in range(n)])
    inputs = uniform(stream, n * widths[0], 0.5)
    direction = uniform(stream, len(weights), 1.0)
    directions = uniform(stream, DIRECTIONS * len(weights), 1.0)
    return {
        "weights": ([len(weights)], weights),
        "inputs": ([n, widths[0]], inputs),
        "labels": ([n], labels),
        "direction": ([1, len(weights)], direction),
        "directions": ([DIRECTIONS, len(weights)], directions),
    }


def regression(stream, spec):
    """Inputs on the unit sphere, targets and first-layer weights of unit variance, signs.

    A step of size 1 is stable: the largest eigenvalue of the NTK's Gram matrix at these inputs is 1.25 < 2.
    """
    n, (d, m, _) = spec["examples"], spec["widths"]
    inputs = uniform(stream, n * d, 1.0)
    for row in range(0, n * d, d):
        norm = math.sqrt(sum(x * x for x in inputs[row:row + d]))
        inputs[row:row + d] = array.array("d", [x / norm for x in inputs[row:row + d]])
    return {
        "weights": ([d, m], uniform(stream, d * m, 1.0)),
        "signs": ([m], array.array("d", [stream.choice((-1.0, 1.0)) for _ in range(m)])),
        "inputs": ([n, d], inputs),
        "targets": ([n], uniform(stream, n, 1.0)),
    }


def folder_of(name, dtype, parent):
    """The folder of one workload in one precision under `parent`, made if it is not there yet."""
    spec, folder = WORKLOADS[name], parent / f"{name}-{dtype}"
    head = {"workload": name, "dtype": dtype} | {key: spec[key] for key in spec if key not in ("title", "dtypes")}
    if not stored(folder, head):
        make = classification if "cross-entropy" in spec["loss"] else regression
        arrays = {}
        for key, (shape, values) in make(random.Random(f"compare-peers {name}"), spec).items():
            kind = "<u4" if values.typecode == "I" else {"f32": "<f4", "f64": "<f8"}[dtype]
            arrays[key] = (kind, shape, array.array("f", values) if kind == "<f4" else values)
        store(folder, head, arrays)
    return folder


def stored(folder, head):
    """Whether the folder has a workload of this description."""
    path = folder / "manifest.json"
    if not path.exists():
        return False
    found = json.loads(path.read_text())
    return all(found.get(key) == value for key, value in ({"format": FORMAT} | head).items())


def store(folder, manifest, arrays):
    """Writes a workload; `arrays` has for each name NumPy's type, the shape, and the numbers as bytes in row-major order."""
    if sys.byteorder != "little":
        raise SystemExit("the workload files are little-endian, and this machine is not")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "manifest.json"
    path.unlink(missing_ok=True)
    with zipfile.ZipFile(folder / "arrays.npz", "w") as archive:
        for name, (kind, shape, numbers) in arrays.items():
            text = repr({"descr": kind, "fortran_order": False, "shape": tuple(shape)})
            text += " " * (-(len(text) + 11) % 64) + "\n"
            with archive.open(f"{name}.npy", "w", force_zip64=True) as out:
                out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode("ascii"))
                out.write(memoryview(numbers).cast("B"))
    # The manifest comes last: a folder without one is incomplete and is made again.
    path.write_text(json.dumps({"format": FORMAT} | manifest, indent=1))
