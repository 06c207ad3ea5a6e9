"""curvlinops: the Hessian as a linear operator that multiplies a block of columns."""

import importlib.metadata

import numpy as np
import torch
from curvlinops import HessianLinearOperator

from scipy_ends import scipy_ends
from torch_model import labels_of, model_of
from worker import serve


class Curvlinops:
    """Eight Hessian products as one `H @ V`, and SciPy's `eigsh` on its products."""

    version = f"curvlinops {importlib.metadata.version('curvlinops-for-pytorch')}"

    def prepare(self, inputs, threads):
        torch.set_num_threads(threads)
        self.inputs = inputs

    def hessian(self):
        model = model_of(self.inputs)
        data = [(torch.from_numpy(self.inputs.array("inputs")), labels_of(self.inputs))]
        return HessianLinearOperator(
            model, torch.nn.CrossEntropyLoss(), list(model.parameters()), data, check_deterministic=False
        )

    def own_layout(self, flat):
        return np.concatenate([p for w, b in self.inputs.layers(flat) for p in (w.T.reshape(-1), b)])

    def common_layout(self, flat):
        parts, at, widths = [], 0, self.inputs.widths
        for i, o in zip(widths, widths[1:]):
            parts += [flat[at:at + i * o].reshape(o, i).T.reshape(-1), flat[at + i * o:at + i * o + o]]
            at += i * o + o
        return np.concatenate(parts)

    def make(self, what, method, request):
        if (what, method) != ("hvp8", "H @ V"):
            raise ValueError(f"curvlinops has no {what!r} by {method!r} here")
        hessian = self.hessian()
        v = torch.from_numpy(np.stack([self.own_layout(row) for row in self.inputs.array("directions")], axis=1))

        def call():
            return hessian @ v
        return call, lambda: np.stack([self.common_layout(column) for column in call().detach().numpy().T])

    def spectrum(self, what, method, out):
        """`eigsh` on `H @ v`, in the tool's own layout: its vectors are put into the common one at the end."""
        hessian = self.hessian()

        def product(v):
            return (hessian @ torch.from_numpy(v)).detach().numpy()
        answer = scipy_ends(self.inputs, product, what, method, out)
        own = np.fromfile(out, dtype="<f4").reshape(len(answer["values"]), -1)
        np.asarray([self.common_layout(row) for row in own], dtype="<f4").tofile(out)
        return answer


if __name__ == "__main__":
    serve(Curvlinops())
