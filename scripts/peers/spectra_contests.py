"""Who searches for what, and the targets that `landscape` has set itself."""

from dataclasses import dataclass

from contests import NAMES as TOOLS

NAMES = TOOLS | {"torch": "PyTorch (retained graph)", "pyhessian": "PyHessian"}


@dataclass(frozen=True)
class Searcher:
    """One way of answering one task with one tool."""

    task: str
    tool: str
    method: str = ""
    once: bool = False
    """Whether one round is enough, because it takes minutes."""

    @property
    def label(self):
        """The name in tables."""
        return f"{NAMES[self.tool]}, {self.method}" if self.method else NAMES[self.tool]


TASKS = {
    "top": "the ten largest eigenvalues, wanted at a true relative residual of 1e-4",
    "both": "the ten largest and the ten smallest, certified at 1e-3",
    "all": "the ten largest, density and trace",
}

OURS_TOP, OURS_BOTH, OURS_ALL = (Searcher(task, "ours") for task in TASKS)
OURS_TOP_ALONE = Searcher("top", "ours", "unconfirmed")
"""Without the search for what may have been missed, which no peer makes."""

EIGSH_TOP = Searcher("top", "torch", "eigsh 1e-3")
EIGSH_TOP_TIGHT = Searcher("top", "torch", "eigsh 1e-6")
CURVLINOPS_TOP = Searcher("top", "curvlinops", "eigsh 1e-3")
PYHESSIAN_TOP = Searcher("top", "pyhessian")
EIGSH_BOTH = Searcher("both", "torch", "eigsh 1e-3", once=True)
PYHESSIAN_ALL = Searcher("all", "pyhessian")

CONTESTANTS = [
    OURS_TOP_ALONE, OURS_TOP, EIGSH_TOP, EIGSH_TOP_TIGHT, CURVLINOPS_TOP, PYHESSIAN_TOP,
    OURS_BOTH, EIGSH_BOTH, OURS_ALL, PYHESSIAN_ALL,
]

RESIDUAL = 1e-4
"""The true relative residual that the task `top` asks for."""

TIME = [
    (OURS_TOP_ALONE, (EIGSH_TOP, EIGSH_TOP_TIGHT, CURVLINOPS_TOP, PYHESSIAN_TOP), 0.5),
    (OURS_TOP, (EIGSH_TOP, EIGSH_TOP_TIGHT, CURVLINOPS_TOP, PYHESSIAN_TOP), None),
    (OURS_BOTH, (EIGSH_BOTH,), 0.25),
    (OURS_BOTH, (PYHESSIAN_TOP,), 1.0),
    (OURS_ALL, (PYHESSIAN_ALL,), 0.35),
]
"""Ours, the peers of which the fastest that reaches the residual counts, and the target for the ratio of times."""

MEMORY = [(OURS_TOP_ALONE, (EIGSH_TOP,), 0.5), (OURS_BOTH, (EIGSH_BOTH,), 0.5), (OURS_ALL, (PYHESSIAN_ALL,), 0.5)]
