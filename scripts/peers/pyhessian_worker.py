"""PyHessian: eigenvalues by deflated power iteration, density by stochastic Lanczos, trace by Hutchinson."""

import importlib.metadata
import sys
import time

import numpy as np
import torch
from pyhessian import hessian as pyhessian

from torch_model import labels_of, model_of
from worker import serve


def eig(matrix, eigenvectors):
    """What `torch.eig` gave for a symmetric matrix until it was removed: `density` still calls it."""
    assert eigenvectors
    values, vectors = torch.linalg.eigh(matrix)
    return torch.stack([values, torch.zeros_like(values)], dim=1), vectors


class PyHessian:
    """Ten largest eigenvalues, and the three calls together, all at their defaults."""

    version = f"PyHessian {importlib.metadata.version('pyhessian')}"

    def prepare(self, inputs, threads):
        torch.set_num_threads(threads)
        torch.eig = eig
        self.inputs = inputs

    def make(self, what, method, request):
        raise ValueError(f"PyHessian has no {what!r} by {method!r} here")

    def spectrum(self, what, method, out):
        """`top`: eigenvalues(top_n=10); `all`: that, density() and trace()."""
        inputs = self.inputs
        data = (torch.from_numpy(inputs.array("inputs")), labels_of(inputs))
        start, products = time.perf_counter(), 0
        tool = pyhessian(model_of(inputs), torch.nn.CrossEntropyLoss(), data=data, cuda=False)
        # One product is one call of backward through the gradient.
        module = sys.modules["pyhessian.hessian"]  # The package's own name for it is taken by the class.
        original = module.hessian_vector_product

        def counted(*arguments):
            nonlocal products
            products += 1
            return original(*arguments)
        module.hessian_vector_product = counted
        notes = {}
        try:
            values, vectors = tool.eigenvalues(top_n=10)
            if what == "all":
                density, weights = tool.density()
                notes["density nodes"] = len(density[0])
                notes["trace"] = float(np.mean(tool.trace()))
        finally:
            module.hessian_vector_product = original
        seconds = time.perf_counter() - start
        flat = [np.concatenate([(t.T if t.dim() == 2 else t).reshape(-1).numpy() for t in v]) for v in vectors]
        np.asarray(flat, dtype="<f4").tofile(out)
        return {"seconds": seconds, "products": products, "values": [float(v) for v in values], "bounds": None,
                "notes": notes}


if __name__ == "__main__":
    serve(PyHessian())
