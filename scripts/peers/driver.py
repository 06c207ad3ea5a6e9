"""Starts workers, compares their answers, lets them take turns, takes medians."""

import json
import os
import select
import statistics
import subprocess
import time

import contests
import environment
from environment import say

TOLERANCE = {"f32": 1e-4, "f64": 1e-10}
"""How far answers may lie apart: norms relatively, entries relative to the larger of the entry and the mean square."""

PAUSE = 0.1
"""Seconds between turns: idle threads of the last tool stop spinning."""

PATIENCE = 900
"""Seconds after which a worker that does not answer is given up."""


class Refused(Exception):
    """A worker answered with an error, or no longer answers."""


class Worker:
    """A long-lived process that speaks the protocol of `worker.py`, bound to `threads` processors."""

    def __init__(self, command, threads, log):
        names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
        cpus = environment.processors(threads)
        self.log = log
        with open(log, "w") as errors:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                env=os.environ | dict.fromkeys(names, str(threads)) | {"PYTHONDONTWRITEBYTECODE": "1"},
                preexec_fn=lambda: os.sched_setaffinity(0, cpus),
            )
        self.version = self.receive()["ready"]

    def receive(self):
        """The next answer."""
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        line = self.process.stdout.readline() if ready else b""
        if not line:
            end = self.log.read_text(errors="replace").strip().splitlines()[-5:]
            raise Refused(f"no answer (its messages: {self.log}): " + " | ".join(end))
        answer = json.loads(line)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer

    def ask(self, op, **fields):
        """One request and its answer."""
        try:
            self.process.stdin.write(json.dumps({"op": op, **fields}).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the process is gone: receive() says so, with its last words
        return self.receive()

    def stop(self):
        """Lets the process end."""
        try:
            self.process.stdin.write(b'{"op":"quit"}\n')
            self.process.stdin.close()
            self.process.wait(timeout=10)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


class Session:
    """One run of the comparison: the options, the workers' commands, and what was found so far."""

    def __init__(self, commands, threads, rounds, quick, folder):
        self.commands, self.threads, self.rounds, self.quick, self.folder = commands, threads, rounds, quick, folder
        self.versions, self.problems = {}, []
        (folder / "logs").mkdir(parents=True, exist_ok=True)

    def start(self, tool):
        """A fresh worker of this tool."""
        worker = Worker(self.commands[tool], self.threads, self.folder / "logs" / f"{tool}.log")
        self.versions[tool] = worker.version
        return worker

    def problem(self, text):
        """Notes something that keeps a figure out of the table."""
        say(f"  ! {text}")
        self.problems.append(text)

    def request(self, who, dtype):
        """The fields that name what is computed."""
        fields = {"what": who.what, "method": who.method}
        return fields | ({"size": contests.MATMUL_SIZE, "dtype": dtype} if who.what == "matmul" else {})

    def prepared(self, workload, dtype, data, tools):
        """Workers by tool, ready for this workload. One that cannot prepare still multiplies matrices."""
        workers, ready = {}, set()
        for tool in tools:
            try:
                workers[tool] = self.start(tool)
                workers[tool].ask("prepare", workload=workload, dir=str(data), dtype=dtype, threads=self.threads)
                ready.add(tool)
            except Refused as reason:
                self.problem(f"{workload} {dtype}: {contests.NAMES[tool]}: {reason}")
        return workers, ready

    def compare_answers(self, group, workers, workload, dtype):
        """Who gives the same answers as the first peer, with the largest deviation per quantity."""
        reference, agreed, setups, deviations = {}, [], {}, {}
        for who in sorted(group, key=lambda who: who.tool == "ours"):  # ours last: it is the one to be judged
            try:
                value = workers[who.tool].ask("value", **self.request(who, dtype))
            except Refused as reason:
                self.problem(f"{workload} {dtype} {who.what}: {who.label}: {reason}")
                continue
            setups[who] = value["setup_seconds"]
            if deviation(value, value) == 0.0:  # all numbers are finite
                reference.setdefault(who.what, value)
            first = reference.get(who.what, value)
            apart = deviation(value, first)
            deviations[who.what] = max(apart, deviations.get(who.what, 0.0))
            if apart <= TOLERANCE[dtype]:
                agreed.append(who)
            else:
                self.problem(f"{workload} {dtype} {who.what}: {who.label} is {apart:.1e} away from the first peer "
                             f"(allowed {TOLERANCE[dtype]:.0e}; norm {value['norm']:.9g} against {first['norm']:.9g}, "
                             f"length {value['size']} against {first['size']}): its times are not taken")
        return [who for who in group if who in agreed], setups, deviations

    def repetitions(self, workload, what):
        """Calls in one turn."""
        full = contests.REPETITIONS[workload][what]
        return max(1, full // 5) if self.quick else full

    def time_workload(self, workload, dtype, data, tools):
        """Times of everyone in every round, after their answers have been compared."""
        groups = [[who for who in group if who.tool in tools] for group in contests.CONTESTANTS[workload]]
        needed = [tool for tool in tools if any(who.tool == tool for group in groups for who in group)]
        workers, ready = self.prepared(workload, dtype, data, needed)
        rows, answers, times = [], [], {}
        try:
            present = []
            for group in groups:
                able = [w for w in group if w.tool in workers and (w.tool in ready or w.what == "matmul")]
                agreed, setups, deviations = self.compare_answers(able, workers, workload, dtype)
                present.append(agreed)
                answers += [{"workload": workload, "dtype": dtype, "what": what, "deviation": apart,
                             "allowed": TOLERANCE[dtype]} for what, apart in deviations.items()]
                times |= {who: {"setup": setups[who], "rounds": []} for who in agreed}
            for turn in range(self.rounds):
                say(f"  round {turn + 1} of {self.rounds}")
                for group in present:
                    first = turn % len(group) if group else 0
                    for who in group[first:] + group[:first]:
                        self.take_turn(who, workers[who.tool], times, workload, dtype)
        finally:
            for worker in workers.values():
                worker.stop()
        for who, taken in times.items():
            rows.append({"workload": workload, "dtype": dtype, "what": who.what, "tool": who.tool,
                         "method": who.method, "label": who.label, "seconds": spread(taken["rounds"]),
                         "first_call_seconds": taken["setup"], "rounds": taken["rounds"]})
        return rows, answers, {who: taken["rounds"] for who, taken in times.items()}

    def take_turn(self, who, worker, times, workload, dtype):
        """One turn of one contestant. One that fails is out: what it has so far would not be paired with the rest."""
        if who not in times:
            return
        time.sleep(PAUSE)
        try:
            reply = worker.ask("time", reps=self.repetitions(workload, who.what), **self.request(who, dtype))
            times[who]["rounds"].append(statistics.median(reply["seconds"]))
        except Refused as reason:
            del times[who]
            self.problem(f"{workload} {dtype} {who.what}: {who.label}: {reason}")

    def peak_memory(self, workload, dtype, data, tools):
        """Peak resident memory of fresh processes that do one thing three times; and after the start alone."""
        rows = []
        for who in contests.MEMORY.get(workload, []):
            if who.tool not in tools:
                continue
            worker = None
            try:
                worker = self.start(who.tool)
                bare = worker.ask("peak")["rss_kib"]
                worker.ask("prepare", workload=workload, dir=str(data), dtype=dtype, threads=self.threads)
                worker.ask("time", reps=3, **self.request(who, dtype))
                peak = worker.ask("peak")["rss_kib"]
                rows.append((who, {"workload": workload, "dtype": dtype, "what": who.what, "tool": who.tool,
                                   "method": who.method, "label": who.label, "rss_kib": peak,
                                   "started_kib": bare}))
            except Refused as reason:
                self.problem(f"{workload} {dtype} memory of {who.what}: {who.label}: {reason}")
            finally:
                if worker:
                    worker.stop()
        return rows


def deviation(value, reference):
    """The largest relative deviation of two answers; infinite where their lengths differ or a number is not finite."""
    if value["size"] != reference["size"]:
        return float("inf")
    scale = reference["norm"] / reference["size"] ** 0.5
    apart = [abs(value["norm"] - reference["norm"]) / max(reference["norm"], 1e-300)]
    apart += [abs(a - b) / max(abs(b), scale, 1e-300) for a, b in zip(value["digest"], reference["digest"])]
    return max((x if x == x else float("inf")) for x in apart)


def spread(values):
    """Median, least, largest."""
    return {"median": statistics.median(values), "least": min(values), "largest": max(values)}


def ratios(targets, rounds, workload, dtype):
    """Per target the median, least and largest over the rounds of ours / best peer."""
    rows = []
    for target in targets:
        peers = [peer for peer in target.peers if peer in rounds]
        row = {"workload": workload, "dtype": dtype, "what": target.ours.what, "ours": target.ours.label,
               "peer": " / ".join(peer.label for peer in target.peers), "target": target.at_most,
               "ratio": None, "holds": None}
        # "The best of several" is only known when all of them were measured.
        if target.ours in rounds and len(peers) == len(target.peers):
            best = min(peers, key=lambda peer: statistics.median(rounds[peer]))
            row["peer"] = best.label
            row["ratio"] = spread([a / b for a, b in zip(rounds[target.ours], rounds[best])])
            if target.at_most is not None:
                row["holds"] = row["ratio"]["median"] <= target.at_most
        rows.append(row)
    return rows


def shares(workload, dtype, rounds):
    """The rate of a step as a share of the rate of its matrix products alone: seconds of products / seconds of step."""
    rows = []
    for step, products, least in contests.SHARES.get(workload, []):
        row = {"workload": workload, "dtype": dtype, "label": step.label, "target": least, "share": None,
               "holds": None}
        if step in rounds and products in rounds:
            row["share"] = spread([b / a for a, b in zip(rounds[step], rounds[products])])
            if least is not None:
                row["holds"] = row["share"]["median"] >= least
        rows.append(row)
    return rows


def memory_ratios(workload, dtype, rows):
    """Peak memory of ours / peer."""
    peaks = {who: [row["rss_kib"]] for who, row in rows}
    return ratios(contests.MEMORY_RATIOS.get(workload, []), peaks, workload, dtype)
