"""What has to be there before anything is measured: the peers' virtual environment and our own worker."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve()
WORKERS = {name: HERE / f"{name}_worker.py" for name in ("torch", "jax", "curvlinops", "pyhessian")}


def say(text):
    """Talk goes to stderr: stdout is for the table."""
    print(text, file=sys.stderr, flush=True)


def python_with_peers():
    """The interpreter of `target/peers-venv`, with the pinned packages installed; made at the first run."""
    requirements, venv = HERE / "requirements.txt", TARGET / "peers-venv"
    python, stamp = venv / "bin" / "python", venv / "installed"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    say(f"installing {', '.join(pins(requirements))} into {venv}: a few minutes and about 6 GB, once")
    try:
        subprocess.run([sys.executable, "-m", "venv", venv], check=True, stdout=sys.stderr)
    except subprocess.CalledProcessError:
        raise SystemExit("python3 -m venv failed: on Debian and Ubuntu install the package python3-venv") from None
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*install, "-r", requirements], stdout=sys.stderr).returncode != 0:
        say("the pinned versions cannot be had here: taking the newest instead (the table names what was measured)")
        names = [pin.split("==")[0] for pin in pins(requirements)]
        if subprocess.run([*install, *names], stdout=sys.stderr).returncode != 0:
            raise SystemExit(f"pip could not install {', '.join(names)}: see its message above")
    stamp.write_text(wanted)
    return python


def pins(requirements):
    """The lines of a requirements file that name a package."""
    lines = (line.strip() for line in requirements.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def build_ours():
    """Builds the bench `peers` of the crate `landscape` and gives the path of its executable."""
    say("building our worker: cargo build --release -p landscape --bench peers")
    command = ["cargo", "build", "--release", "-p", "landscape", "--bench", "peers", "--message-format=json"]
    try:
        built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    except FileNotFoundError:
        raise SystemExit("cargo is not in the PATH: install Rust, or name a built worker with --ours PATH") from None
    found = None
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("reason") == "compiler-message":
            say(message["message"]["rendered"])
        if message.get("reason") == "compiler-artifact" and message["target"]["name"] == "peers" \
                and message.get("executable"):
            found = message["executable"]
    if built.returncode != 0 or found is None:
        raise SystemExit("our worker does not build: see cargo's message above")
    return pathlib.Path(found)


def processors(count):
    """`count` processors of this machine, on different cores as far as there are that many."""
    allowed = sorted(os.sched_getaffinity(0))
    if count > len(allowed):
        raise SystemExit(f"--threads {count}: this process may use only {len(allowed)} processors")
    first, rest, seen = [], [], set()
    for cpu in allowed:
        siblings = pathlib.Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        core = siblings.read_text().strip() if siblings.exists() else str(cpu)
        (rest if core in seen else first).append(cpu)
        seen.add(core)
    return set((first + rest)[:count])


def machine(threads):
    """What the figures were measured on."""
    info = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "unknown")
    commit = ""
    if shutil.which("git"):
        described = ["git", "describe", "--always", "--dirty"]
        commit = subprocess.run(described, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    return {
        "processor": model, "processors": len(os.sched_getaffinity(0)), "threads": threads,
        "kernel": os.uname().release, "load_before": round(os.getloadavg()[0], 2), "commit": commit,
        "python": sys.version.split()[0],
    }
