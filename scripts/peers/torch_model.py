"""A workload as a `torch.nn.Sequential`, for tools that want a module."""

import numpy as np
import torch


def model_of(inputs):
    """The network at the weights of the files."""
    x = torch.from_numpy(inputs.array("inputs")[:1])
    modules = []
    for weight, bias in inputs.layers(inputs.array("weights")):
        linear = torch.nn.Linear(*weight.shape, dtype=x.dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight.T.copy()))
            linear.bias.copy_(torch.from_numpy(bias.copy()))
        modules += [linear, torch.nn.ReLU() if inputs.relu else torch.nn.Tanh()]
    return torch.nn.Sequential(*modules[:-1])


def labels_of(inputs):
    """The classes."""
    return torch.from_numpy(inputs.array("labels").astype(np.int64))
