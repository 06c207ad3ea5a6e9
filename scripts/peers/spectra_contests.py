"""Who searches for what, and the targets that `landscape` has set itself."""

from dataclasses import dataclass

from contests import NAMES as TOOLS

COUNT = 10
"""Eigenpairs wanted at each end."""

NAMES = TOOLS | {"torch": "PyTorch (retained graph)"}


@dataclass(frozen=True)
class Searcher:
    """One way of answering one task with one tool."""

    task: str
    tool: str
    method: str = ""
    once: bool = False
    """Whether one round is enough, because it takes minutes."""
    examples: int = 0
    """Of how many examples, where it is a Gram matrix."""

    @property
    def label(self):
        """The name in tables."""
        return f"{self.way}, n = {self.examples}" if self.examples else self.way

    @property
    def way(self):
        """Tool and method."""
        name = TOOLS.get(self.tool, "") if self.examples else NAMES[self.tool]  # no retained graph in a Gram matrix
        return f"{name}, {self.method}" if self.method else name


TASKS = {
    "top": "the ten largest eigenvalues, wanted at a true relative residual of 1e-4",
    "both": "the ten largest and the ten smallest, certified at 1e-3",
    "all": "the ten largest, density and trace",
    "gram": "the empirical NTK of the first n examples, 10n rows",
}

OURS_TOP, OURS_BOTH, OURS_ALL = (Searcher(task, "ours") for task in ("top", "both", "all"))
OURS_TOP_ALONE = Searcher("top", "ours", "unconfirmed")
"""Without the search for what may have been missed, which no peer makes."""
OURS_TOP_EVERYWHERE = Searcher("top", "ours", "unconfirmed, all parameters")
OURS_BOTH_EVERYWHERE = Searcher("both", "ours", "all parameters")
"""Without leaving out what the inputs, of rank 62, do not reach: as fast as on inputs of full rank."""

EIGSH_TOP = Searcher("top", "torch", "eigsh 1e-3")
EIGSH_TOP_TIGHT = Searcher("top", "torch", "eigsh 1e-6")
EIGSH_TOP_DOUBLE = Searcher("top", "torch", "eigsh in f64, 1e-9", once=True)
"""What eigenvalues are compared with: it takes no part in the times."""
CURVLINOPS_TOP = Searcher("top", "curvlinops", "eigsh 1e-3")
PYHESSIAN_TOP = Searcher("top", "pyhessian")
EIGSH_BOTH = Searcher("both", "torch", "eigsh 1e-3")
PYHESSIAN_ALL = Searcher("all", "pyhessian")

FEW, HALF, MANY, ALL = 8, 100, 200, 1000
"""Examples of a Gram matrix: where both ways of PyTorch end soon, two sizes for its growth, and ours alone."""
OURS_FEW, OURS_HALF, OURS_MANY, OURS_GRAM = (Searcher("gram", "ours", examples=n) for n in (FEW, HALF, MANY, ALL))
TORCH_FEW, TORCH_HALF, TORCH_MANY = (
    Searcher("gram", "torch", "vmap(jacrev)", once=n == HALF, examples=n) for n in (FEW, HALF, MANY))
TORCH_PRODUCTS = Searcher("gram", "torch", "NTK-vector products", examples=FEW)
TORCH_HAND = Searcher("gram", "torch", "by hand", examples=ALL)
"""No `torch.func`: it has to be written for each architecture."""

CONTESTANTS = [
    OURS_TOP_ALONE, OURS_TOP_EVERYWHERE, OURS_TOP, EIGSH_TOP, EIGSH_TOP_TIGHT, EIGSH_TOP_DOUBLE, CURVLINOPS_TOP,
    PYHESSIAN_TOP,
    OURS_BOTH, OURS_BOTH_EVERYWHERE, EIGSH_BOTH, OURS_ALL, PYHESSIAN_ALL,
    OURS_FEW, TORCH_FEW, TORCH_PRODUCTS, OURS_HALF, TORCH_HALF, OURS_MANY, TORCH_MANY, OURS_GRAM,
    TORCH_HAND,
]

TRUTH = EIGSH_TOP_DOUBLE
LARGEST = (OURS_TOP_ALONE, OURS_TOP_EVERYWHERE, OURS_TOP, OURS_BOTH, OURS_BOTH_EVERYWHERE, OURS_ALL)
"""Whose ten largest must have those of `TRUTH` in their intervals."""

RESIDUAL = 1e-4
"""The true relative residual that the task `top` asks for."""

TIME = [
    (OURS_TOP_ALONE, (EIGSH_TOP, EIGSH_TOP_TIGHT, CURVLINOPS_TOP, PYHESSIAN_TOP), 0.5),
    (OURS_TOP_EVERYWHERE, (EIGSH_TOP, EIGSH_TOP_TIGHT, CURVLINOPS_TOP, PYHESSIAN_TOP), None),
    (OURS_TOP, (EIGSH_TOP, EIGSH_TOP_TIGHT, CURVLINOPS_TOP, PYHESSIAN_TOP), None),
    (OURS_BOTH, (EIGSH_BOTH,), 0.25),
    (OURS_BOTH, (PYHESSIAN_TOP,), 1.0),
    (OURS_BOTH_EVERYWHERE, (EIGSH_BOTH,), None),
    (OURS_BOTH_EVERYWHERE, (PYHESSIAN_TOP,), None),
    (OURS_ALL, (PYHESSIAN_ALL,), 0.35),
    (OURS_FEW, (TORCH_FEW,), None),
    (OURS_FEW, (TORCH_PRODUCTS,), None),
    (OURS_HALF, (TORCH_HALF,), 0.5),
    (OURS_MANY, (TORCH_MANY,), 0.5),
    (OURS_GRAM, (TORCH_HAND,), None),
]
"""Ours, the peers of which the fastest that reaches the residual counts, and the target for the ratio of times."""

MEMORY = [(OURS_TOP_ALONE, (EIGSH_TOP,), 0.5), (OURS_BOTH, (EIGSH_BOTH,), 0.5), (OURS_ALL, (PYHESSIAN_ALL,), 0.5),
          (OURS_MANY, (TORCH_MANY,), None), (OURS_GRAM, (TORCH_HAND,), None)]

APART = 1e-4
"""How far two tools' Gram matrices may lie apart in any entry, relative to the larger of it and the mean square."""
