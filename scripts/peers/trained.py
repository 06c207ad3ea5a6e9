"""The trained network whose spectrum is compared: made once, with PyTorch, in the layout of `workloads.py`.

The first 1,000 of the embedded digits, 8x8 -> 28x28 bilinear, standardised over all pixels, times 0.3; random
labels; an MLP 784-1024-1024-10 with ReLU from PyTorch's default start, 200 steps of full-batch gradient descent
with momentum 0.9. It stops half-way to interpolation, where the spectrum has outliers at the top and a cluster at
the bottom.
"""

import csv
import gzip
import pathlib
import sys

import torch
import torch.nn.functional as F

import workloads

WIDTHS = [784, 1024, 1024, 10]
EXAMPLES, STEPS, STEP_SIZE, MOMENTUM = 1000, 200, 0.1, 0.9


def main(folder, digits):
    """Writes the folder, unless it is there."""
    head = {"workload": "trained", "dtype": "f32", "widths": WIDTHS, "examples": EXAMPLES, "activation": "relu",
            "loss": "mean cross-entropy"}
    if workloads.stored(folder, head):
        return
    torch.manual_seed(1)
    with gzip.open(digits, "rt", newline="") as rows:
        pixels = torch.tensor([[float(x) for x in row[:64]] for _, row in zip(range(EXAMPLES), csv.reader(rows))])
    x = F.interpolate(pixels.reshape(-1, 1, 8, 8), size=28, mode="bilinear").reshape(EXAMPLES, -1)
    x = 0.3 * (x - x.mean()) / x.std()
    labels = torch.randint(0, 10, (EXAMPLES,))
    layers = [torch.nn.Linear(i, o) for i, o in zip(WIDTHS, WIDTHS[1:])]
    net = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.ReLU(), layers[2])
    descent = torch.optim.SGD(net.parameters(), lr=STEP_SIZE, momentum=MOMENTUM)
    for _ in range(STEPS):
        descent.zero_grad()
        loss = F.cross_entropy(net(x), labels)
        loss.backward()
        descent.step()
    with torch.no_grad():
        z = net(x)
        found = {"final loss": F.cross_entropy(z, labels).item(),
                 "accuracy": (z.argmax(1) == labels).float().mean().item()}
        flat = torch.cat([part for layer in layers for part in (layer.weight.T.reshape(-1), layer.bias)])
    arrays = {"weights": flat.numpy(), "inputs": x.numpy(), "labels": labels.numpy().astype("<u4")}
    arrays = {name: (a.dtype.str, a.shape, a.tobytes()) for name, a in arrays.items()}
    workloads.store(folder, head | found, arrays)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
