"""The empirical neural tangent kernel K = JJᵀ [nC, nC] with PyTorch; output c of example i is row i·C + c.

By `torch.func` in the two ways of PyTorch's tutorial, in blocks of examples on and under the diagonal; and by hand
without a Jacobian, as we do it: gradients in a layer are outer products of its inputs and cotangents.
"""

import time

import torch
from torch.func import functional_call, jacrev, jvp, vjp, vmap

from torch_model import model_of

BLOCK = 50
"""Examples whose Jacobian is held at once: two blocks of the trained network's take 7.5 GB."""


def gram(inputs, method, examples, out):
    """Computes the matrix, and writes it as f32: how long it took."""
    net = model_of(inputs)
    parameters = {name: p.detach() for name, p in net.named_parameters()}
    if method == "by hand" and not inputs.relu:
        raise ValueError("PyTorch has a Gram matrix by hand for ReLU only")
    x, classes = torch.from_numpy(inputs.array("inputs")[:examples]), inputs.widths[-1]

    def outputs(p, one):
        return functional_call(net, p, (one.unsqueeze(0),)).squeeze(0)

    if method == "vmap(jacrev)":
        make, pair = jacobians(outputs, parameters), contracted
    elif method == "NTK-vector products":
        make, pair = (lambda block: block), multiplied(outputs, parameters, classes)
    elif method != "by hand":
        raise ValueError(f"PyTorch has no Gram matrix by {method!r} here")

    def kernel(x):
        return by_hand(list(parameters.values()), x) if method == "by hand" else assembled(x, classes, make, pair)

    kernel(x[:2])  # what the first call loads is not counted
    start = time.perf_counter()
    whole = kernel(x)
    seconds = time.perf_counter() - start
    whole.numpy().tofile(out)
    return {"seconds": seconds}


def assembled(x, classes, make, pair):
    """The matrix of all pairs of blocks, mirrored."""
    whole = torch.empty(len(x) * classes, len(x) * classes)
    for top in range(0, len(x), BLOCK):
        rows = make(x[top:top + BLOCK])
        for left in range(0, top + 1, BLOCK):
            part = pair(rows, rows if left == top else make(x[left:left + BLOCK]))
            height, width = part.shape[0] * classes, part.shape[2] * classes
            part = part.reshape(height, width)
            i, j = top * classes, left * classes
            whole[i:i + height, j:j + width] = part
            whole[j:j + width, i:i + height] = part.T
    return whole


def jacobians(outputs, parameters):
    """The Jacobians of each example's outputs in each parameter tensor, [n, C, size]."""
    each = vmap(jacrev(outputs), (None, 0))
    return lambda x: [j.flatten(2) for j in each(parameters, x).values()]


def contracted(rows, columns):
    """Inner products of gradients [n, C, m, C], summed over the parameter tensors."""
    return sum(torch.einsum("Naf,Mbf->NaMb", a, b) for a, b in zip(rows, columns))


def multiplied(outputs, parameters, classes):
    """J(x₁)·(J(x₂)ᵀ·e) for each unit vector e, without a whole Jacobian."""
    def kernel(one, other):
        _, pull = vjp(lambda p: outputs(p, other), parameters)

        def times(unit):
            return jvp(lambda p: outputs(p, one), (parameters,), pull(unit))[1]
        return vmap(times)(torch.eye(classes)).T  # row e holds the products with e: column e of the block

    def pair(rows, columns):
        blocks = vmap(lambda one: vmap(lambda other: kernel(one, other))(columns))(rows)
        return blocks.permute(0, 2, 1, 3)
    return pair


def by_hand(parameters, x):
    """The sum over the layers of (inner products of cotangents) times (those of inputs, plus one for the bias)."""
    weights, biases = parameters[::2], parameters[1::2]
    features, gates = [x], []
    for weight, bias in zip(weights[:-1], biases):
        z = torch.addmm(bias, features[-1], weight.T)
        gates.append((z > 0)[:, None])
        features.append(z.relu())
    n, classes = len(x), len(biases[-1])
    cotangents, whole = torch.eye(classes).expand(n, classes, classes), 0
    for k in reversed(range(len(weights))):
        flat = cotangents.reshape(n * classes, -1)
        part = (flat @ flat.T).view(n, classes, n, classes)
        whole = part.mul_((features[k] @ features[k].T + 1)[:, None, :, None]).add_(whole)
        if k:
            cotangents = cotangents @ weights[k] * gates[k - 1]
    return whole.view(n * classes, -1)
