"""PyTorch on the CPU. Weights are stored [out, in], as `torch.nn.Linear` has them."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from scipy_ends import scipy_ends
from torch_gram import gram
from worker import matmul_operand, serve


class Torch:
    """Gradient, Hessian products by double backward, gradient-descent steps, matrix products."""

    version = f"torch {torch.__version__}"

    def prepare(self, inputs, threads):
        torch.set_num_threads(threads)
        self.inputs = inputs
        self.x = torch.from_numpy(inputs.array("inputs"))
        if inputs.has("labels"):
            self.labels = torch.from_numpy(inputs.array("labels").astype(np.int64))
            self.parameters = self.split(inputs.array("weights"))
            for p in self.parameters:
                p.requires_grad_()

    def split(self, flat):
        """A flat vector in the common layout as a list of tensors."""
        out = []
        for weight, bias in self.inputs.layers(flat):
            out += [torch.from_numpy(np.ascontiguousarray(weight.T)), torch.from_numpy(bias.copy())]
        return out

    def join(self, tensors):
        """The other way round."""
        parts = [(t.T if t.dim() == 2 else t).detach().numpy().reshape(-1) for t in tensors]
        return np.concatenate(parts)

    def loss(self):
        h, last = self.x, len(self.parameters) // 2 - 1
        for layer in range(last + 1):
            h = F.linear(h, self.parameters[2 * layer], self.parameters[2 * layer + 1])
            if layer < last:
                h = torch.relu(h) if self.inputs.relu else torch.tanh(h)
        return F.cross_entropy(h, self.labels)

    def make(self, what, method, request):
        if what == "matmul":
            a = torch.from_numpy(matmul_operand(request["size"], request["dtype"]))
            out = torch.empty_like(a)
            return (lambda: torch.mm(a, a, out=out)), (lambda: torch.mm(a, a).numpy())
        if what in ("step", "gemms"):
            return self.two_layer(what, method)
        if what == "gradient":
            def call():
                return torch.autograd.grad(self.loss(), self.parameters)
        elif (what, method) == ("hvp", "fresh graph"):
            v = self.split(self.inputs.array("direction")[0])

            def call():
                g = torch.autograd.grad(self.loss(), self.parameters, create_graph=True)
                return torch.autograd.grad(g, self.parameters, v)
        elif (what, method) == ("hvp", "retained graph"):
            v = self.split(self.inputs.array("direction")[0])
            g = torch.autograd.grad(self.loss(), self.parameters, create_graph=True)

            def call():
                return torch.autograd.grad(g, self.parameters, v, retain_graph=True)
        else:
            raise ValueError(f"PyTorch has no {what!r} by {method!r} here")
        return call, lambda: self.join(call())

    def spectrum(self, what, method, out):
        """The ends of the spectrum by SciPy, or the true residuals of somebody's vectors."""
        if method == "residuals":
            return self.residuals(out)
        if "f64" in method:
            self.double()
            return scipy_ends(self.inputs, self.product(), what, method, out, np.float64)
        return scipy_ends(self.inputs, self.product(), what, method, out)

    def gram(self, method, examples, out):
        """The Gram matrix of the first examples' output gradients."""
        return gram(self.inputs, method, examples, out)

    def product(self):
        """H·v for flat vectors in the common layout, by double backward with a retained graph."""
        g = torch.autograd.grad(self.loss(), self.parameters, create_graph=True)
        return lambda v: self.join(torch.autograd.grad(g, self.parameters, self.split(v), retain_graph=True))

    def double(self):
        """The same weights and examples in f64."""
        self.x = self.x.double()
        self.parameters = [p.detach().double().requires_grad_() for p in self.parameters]

    def residuals(self, path):
        """For each stored vector: its Rayleigh quotient, and ‖Hv − θv‖ / |θ|, in f64 at the same weights."""
        self.double()
        times, values, relative = self.product(), [], []
        width = sum(p.numel() for p in self.parameters)
        for v in np.fromfile(path, dtype="<f4").reshape(-1, width).astype(np.float64):
            v /= np.linalg.norm(v)
            hv = times(v)
            value = float(v @ hv)
            values.append(value)
            relative.append(float(np.linalg.norm(hv - value * v)) / abs(value))
        return {"values": values, "relative": relative}

    def two_layer(self, what, method):
        """One step of gradient descent on the first layer, or its two products alone."""
        m = self.inputs.widths[1]
        eta = self.inputs.manifest["step_size"]
        x, y = self.x, torch.from_numpy(self.inputs.array("targets"))
        a = torch.from_numpy(self.inputs.array("signs")) / math.sqrt(m)
        start = torch.from_numpy(np.ascontiguousarray(self.inputs.array("weights").T))
        z = torch.empty(x.shape[0], m, dtype=x.dtype)
        if what == "gemms":
            g = torch.empty_like(start)

            def products():
                torch.mm(x, start.T, out=z)
                torch.mm(z.T, x, out=g)

            def result():
                products()
                return g.T.numpy()
            return products, result

        w = start.clone()
        if method == "autograd":
            w.requires_grad_()

            def step():
                loss = 0.5 * (torch.relu(F.linear(x, w)) @ a - y).square().sum()
                g, = torch.autograd.grad(loss, w)
                with torch.no_grad():
                    w.sub_(g, alpha=eta)
        elif method == "by hand":
            def step():
                torch.mm(x, w.T, out=z)
                residual = z.clamp(min=0) @ a - y
                torch.gt(z, 0, out=z).mul_(a).mul_(residual[:, None])
                w.addmm_(z.T, x, alpha=-eta)
        else:
            raise ValueError(f"PyTorch has no step by {method!r} here")

        def displacement():
            with torch.no_grad():
                w.copy_(start)
            step()
            return ((start.double() - w.detach().double()) / eta).T.numpy()
        return step, displacement


if __name__ == "__main__":
    serve(Torch())
