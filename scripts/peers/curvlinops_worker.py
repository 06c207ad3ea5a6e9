"""curvlinops: the Hessian as a linear operator that multiplies a block of columns."""

import importlib.metadata

import numpy as np
import torch
from curvlinops import HessianLinearOperator

from worker import serve


class Curvlinops:
    """Eight Hessian products as one `H @ V`."""

    version = f"curvlinops {importlib.metadata.version('curvlinops-for-pytorch')}"

    def prepare(self, inputs, threads):
        torch.set_num_threads(threads)
        self.inputs = inputs

    def make(self, what, method, request):
        if (what, method) != ("hvp8", "H @ V"):
            raise ValueError(f"curvlinops has no {what!r} by {method!r} here")
        inputs, widths = self.inputs, self.inputs.widths
        x = torch.from_numpy(inputs.array("inputs"))
        labels = torch.from_numpy(inputs.array("labels").astype(np.int64))
        modules = []
        for weight, bias in inputs.layers(inputs.array("weights")):
            linear = torch.nn.Linear(*weight.shape, dtype=x.dtype)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(weight.T.copy()))
                linear.bias.copy_(torch.from_numpy(bias.copy()))
            modules += [linear, torch.nn.ReLU() if inputs.relu else torch.nn.Tanh()]
        model = torch.nn.Sequential(*modules[:-1])
        hessian = HessianLinearOperator(
            model, torch.nn.CrossEntropyLoss(), list(model.parameters()), [(x, labels)], check_deterministic=False
        )

        def own_layout(flat):
            return np.concatenate([p for w, b in inputs.layers(flat) for p in (w.T.reshape(-1), b)])

        def common_layout(flat):
            parts, at = [], 0
            for i, o in zip(widths, widths[1:]):
                parts += [flat[at:at + i * o].reshape(o, i).T.reshape(-1), flat[at + i * o:at + i * o + o]]
                at += i * o + o
            return np.concatenate(parts)

        v = torch.from_numpy(np.stack([own_layout(row) for row in inputs.array("directions")], axis=1))

        def call():
            return hessian @ v
        return call, lambda: np.stack([common_layout(column) for column in call().detach().numpy().T])


if __name__ == "__main__":
    serve(Curvlinops())
