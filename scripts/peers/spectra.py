"""Eigenvalues, density, trace and Gram matrix by landscape, SciPy, PyHessian, curvlinops and torch.func.

One trained network (`trained.py`); every search in a fresh process, in turns; every tool's eigenvectors are judged in
the same way: true residuals and Rayleigh quotients by PyTorch in f64 at the same weights. Gram matrices are compared
entry by entry.
"""

import json
import pathlib
import subprocess
import tempfile

import driver
import environment
import spectra_report
from spectra_contests import APART, CONTESTANTS

DIGITS = environment.ROOT / "crates" / "landscape" / "data" / "digits.csv.gz"


def search(who, command, threads, data, logs, vectors):
    """One search in a fresh process: its answer, with the peak memory and that before the search."""
    worker = driver.Worker(command, threads, logs / f"{who.tool}-spectra.log")
    try:
        worker.ask("prepare", workload="trained", dir=str(data), dtype="f32", threads=threads)
        before = worker.ask("peak")["rss_kib"]
        if who.examples:
            answer = worker.ask("gram", method=who.method, examples=who.examples, out=str(vectors))
        else:
            answer = worker.ask("spectrum", what=who.task, method=who.method, out=str(vectors))
        return answer | {"before_kib": before, "rss_kib": worker.ask("peak")["rss_kib"]}
    finally:
        worker.stop()


def judged(command, threads, data, logs, vectors):
    """Rayleigh quotients and relative residuals of stored vectors, in f64."""
    worker = driver.Worker(command, threads, logs / "judge.log")
    try:
        worker.ask("prepare", workload="trained", dir=str(data), dtype="f32", threads=threads)
        return worker.ask("spectrum", what="judge", method="residuals", out=str(vectors))
    finally:
        worker.stop()


def compared(taken, matrices, python, problems):
    """Notes how far each Gram matrix is from the first peer's of as many examples, and drops whoever is too far."""
    for who, path in matrices.items():
        peer = next((w for w in matrices if w.tool != "ours" and w.examples == who.examples), who)
        if who != peer:
            command = [python, str(environment.HERE / "apart.py"), str(path), str(matrices[peer])]
            apart = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            taken[who][0]["apart"] = apart
            if apart > APART:
                taken[who] = []
                problems.append(f"{who.task}, {who.label}: {apart:.1e} away from {peer.label}: not counted")


def measured(tasks, tools, commands, threads, rounds, folder):
    """All searches of these tasks by these tools: the result for `spectra_report.markdown`."""
    data, logs = folder / "data" / "trained-f32", folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    python = commands["torch"][0]
    subprocess.run([python, str(environment.HERE / "trained.py"), str(data), str(DIGITS)], check=True)
    contestants = [who for who in CONTESTANTS if who.task in tasks and who.tool in tools]
    taken, problems, matrices = {who: [] for who in contestants}, [], {}
    keep = tempfile.TemporaryDirectory()
    for turn in range(rounds):
        for who in contestants:
            if who.once and turn:
                continue
            environment.say(f"round {turn + 1} of {rounds}: {who.task}, {who.label}")
            with tempfile.TemporaryDirectory() as scratch:
                vectors = pathlib.Path(scratch) / "vectors.f32"
                try:
                    answer = search(who, commands[who.tool], threads, data, logs, vectors)
                    if who.examples:
                        matrices[who] = vectors.rename(pathlib.Path(keep.name) / f"{contestants.index(who)}.f32")
                    elif not taken[who] and answer["values"]:
                        answer["judged"] = judged(commands["torch"], threads, data, logs, vectors)
                    taken[who].append(answer)
                except driver.Refused as reason:
                    environment.say(f"  ! {reason}")
                    problems.append(f"{who.task}, {who.label}: {reason}")
    compared(taken, matrices, python, problems)
    keep.cleanup()
    manifest = json.loads((data / "manifest.json").read_text())
    return spectra_report.result(rounds, manifest, taken, problems)
