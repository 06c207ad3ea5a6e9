"""Who is measured at what, and the targets that `landscape` has set itself."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Contestant:
    """One way of computing one quantity with one tool."""

    what: str
    tool: str
    method: str = ""

    @property
    def label(self):
        """The name in tables."""
        return f"{NAMES[self.tool]}, {self.method}" if self.method else NAMES[self.tool]


@dataclass(frozen=True)
class Target:
    """Ours divided by the best of `peers` is to be at most `at_most`; without a number the ratio is only shown."""

    ours: Contestant
    peers: tuple
    at_most: float | None = None


NAMES = {"ours": "landscape", "torch": "PyTorch", "jax": "JAX", "curvlinops": "curvlinops",
         "pyhessian": "PyHessian"}

MATMUL_SIZE = 2048
MATMUL = [Contestant("matmul", tool) for tool in ("ours", "torch", "jax")]

GRADIENT = [Contestant("gradient", "ours"), Contestant("gradient", "torch"), Contestant("gradient", "jax")]

OURS_CACHED = Contestant("hvp", "ours", "cached")
OURS_FRESH = Contestant("hvp", "ours", "fresh")
TORCH_FRESH = Contestant("hvp", "torch", "fresh graph")
TORCH_RETAINED = Contestant("hvp", "torch", "retained graph")
JAX_LINEARIZE = Contestant("hvp", "jax", "linearize")
JAX_JVP = Contestant("hvp", "jax", "jvp of grad")
HVP = [OURS_CACHED, OURS_FRESH, TORCH_FRESH, TORCH_RETAINED, JAX_LINEARIZE, JAX_JVP]

OURS_BLOCK = Contestant("hvp8", "ours", "one block")
JAX_EIGHT = Contestant("hvp8", "jax", "eight products")
JAX_VMAP = Contestant("hvp8", "jax", "vmap")
CURVLINOPS_BLOCK = Contestant("hvp8", "curvlinops", "H @ V")
HVP8 = [OURS_BLOCK, JAX_EIGHT, JAX_VMAP, CURVLINOPS_BLOCK]

STEP = [
    Contestant("step", "ours"), Contestant("step", "torch", "autograd"), Contestant("step", "torch", "by hand"),
    Contestant("step", "jax", "donated"),
]
GEMMS = [Contestant("gemms", tool) for tool in ("ours", "torch", "jax")]

CONTESTANTS = {
    "mlp": [MATMUL, GRADIENT, HVP, HVP8],
    "ntk": [MATMUL, GEMMS + STEP],
    "small": [MATMUL, GRADIENT, HVP],
}
"""Per workload, groups whose members take turns within a round."""

RATIOS = {
    "mlp": [
        Target(GRADIENT[0], (GRADIENT[1],), 1.0),
        Target(GRADIENT[0], (GRADIENT[2],), 1.05),
        Target(OURS_CACHED, (TORCH_FRESH,), 0.65),
        Target(OURS_CACHED, (TORCH_RETAINED,), 1.0),
        Target(OURS_CACHED, (JAX_LINEARIZE,), 1.05),
        Target(OURS_CACHED, (JAX_JVP,)),
        Target(OURS_FRESH, (TORCH_FRESH,)),
        Target(OURS_BLOCK, (JAX_EIGHT,), 1.0),
        Target(OURS_BLOCK, (JAX_VMAP,)),
        Target(OURS_BLOCK, (CURVLINOPS_BLOCK,), 0.75),
    ],
    "ntk": [Target(STEP[0], (peer,)) for peer in STEP[1:]],
    "small": [
        Target(GRADIENT[0], tuple(GRADIENT[1:]), 0.5),
        Target(OURS_CACHED, (TORCH_RETAINED, JAX_LINEARIZE, JAX_JVP), 0.5),
    ],
}

SHARES = {"ntk": [(step, next(g for g in GEMMS if g.tool == step.tool), 0.85 if step.tool == "ours" else None)
                  for step in STEP]}
"""Per workload: (step, its products alone, least share of the rate)."""

MEMORY = {"mlp": GRADIENT + [OURS_CACHED, TORCH_FRESH, TORCH_RETAINED, JAX_LINEARIZE, JAX_JVP] + HVP8}
"""Whose peak memory is taken, each in a process that does nothing else."""

MEMORY_RATIOS = {
    "mlp": [
        Target(GRADIENT[0], (GRADIENT[1],), 0.5),
        Target(OURS_CACHED, (TORCH_FRESH,), 0.5),
        Target(OURS_CACHED, (TORCH_RETAINED,), 0.5),
        Target(GRADIENT[0], (GRADIENT[2],)),
        Target(OURS_CACHED, (JAX_LINEARIZE,)),
        Target(OURS_BLOCK, (CURVLINOPS_BLOCK,)),
    ],
}

REPETITIONS = {
    "mlp": {"gradient": 3, "hvp": 3, "hvp8": 1, "matmul": 3},
    "ntk": {"step": 2, "gemms": 2, "matmul": 3},
    "small": {"gradient": 100, "hvp": 100, "matmul": 3},
}
"""Calls of one turn; the turn's figure is their median."""
