"""How far two matrices of f32 lie apart: prints one number.

Each entry's difference is relative to the larger of the second's entry and its root mean square, as in `driver.py`.
"""

import math
import sys

import numpy as np


def main(path, reference):
    a, b = (np.fromfile(name, dtype="<f4") for name in (path, reference))
    if a.size != b.size:
        return math.inf
    scale = np.sqrt(np.mean(b * b, dtype=np.float64))
    found = (np.abs(a - b) / np.maximum(np.abs(b), scale)).max()
    return float(found) if np.isfinite(found) else math.inf


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
