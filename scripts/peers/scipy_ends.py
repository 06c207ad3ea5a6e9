"""SciPy's `eigsh` on anybody's Hessian products."""

import time

import numpy as np

from spectra_contests import COUNT

LIMIT = 180.0
"""Seconds after which a search is given up, and its time is a lower bound."""


class TooLong(Exception):
    """The limit has passed."""


def scipy_ends(inputs, product, what, method, out, dtype=None):
    """`top`: the ten largest; `both`: the ten largest and the ten smallest, one search after the other.

    The method ends in the tolerance that `eigsh` is given. Everything else is at its default. Products are made in
    `dtype`, by default that of the inputs.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh  # the import is not timed, and not part of other tasks

    dtype = dtype or inputs.dtype
    tolerance, size, products = float(method.split()[-1]), len(inputs.array("weights")), 0
    start = time.perf_counter()

    def multiply(v):
        nonlocal products
        if time.perf_counter() - start > LIMIT:
            raise TooLong
        products += 1
        return product(np.ascontiguousarray(v.reshape(-1), dtype=dtype))

    operator = LinearOperator((size, size), matvec=multiply, dtype=dtype)
    values, vectors, notes = [], [], {}
    try:
        for which in {"top": ["LA"], "both": ["LA", "SA"]}[what]:
            found, columns = eigsh(operator, k=COUNT, which=which, tol=tolerance)
            order = np.argsort(-found)
            values += found[order].tolist()
            vectors += list(columns[:, order].T)
    except TooLong:
        notes["unfinished"] = f"given up after {LIMIT:.0f} s, within the search for the {which}"
    seconds = time.perf_counter() - start
    np.asarray(vectors, dtype="<f4").tofile(out)
    return {"seconds": seconds, "products": products, "values": values, "bounds": None, "notes": notes}
