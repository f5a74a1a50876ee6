"""The network of an estimator: its description for the engine, and its first weights."""

import json

import numpy as np

from ._parameters import for_each


def output_text(out_activation, groups):
    """The output layer's activation as the engine reads it.

    With several outputs of classes the units of each are a group. The engine is to give the logarithms
    of their softmax, so that the loss needs no logarithm of a probability that was rounded to 0.
    """
    if groups is None:
        return out_activation
    return "+".join(f"log_softmax:{units}" for units in groups)


def describe(units, activation, output, normalization, dropout=0.0, input_dropout=0.0):
    """The JSON that describes a network of layers with so many units, the inputs first."""
    hidden = len(units) - 2
    activations = for_each(activation, hidden, "activation") + [output]
    dropouts = for_each(dropout, hidden, "dropout") + [0.0]
    layers = [
        {
            "units": int(count),
            "activation": name,
            "initializer": "auto",  # the weights are drawn here
            "dropout": float(share),
            "normalization": kind,
        }
        for count, name, share, kind in zip(
            units[1:], activations, dropouts, normalization
        )
    ]
    return json.dumps(
        {
            "inputs": int(units[0]),
            "input_dropout": float(input_dropout),
            "layers": layers,
        }
    )


def normalizations(normalization, hidden):
    """What each layer is normalised by; never the last."""
    kinds = for_each(normalization, hidden, "normalization")
    return [kind or "none" for kind in kinds] + ["none"]


def draw(random_state, units, activation, dtype):
    """scikit-learn's first weights and biases: the same numbers from the same random state."""
    hidden = len(units) - 2
    activations = for_each(activation, hidden, "activation")
    # The output layer's are drawn as those of the last hidden layer, as theirs are.
    activations.append(activations[-1] if activations else activation)
    coefs, intercepts = [], []
    for fan_in, fan_out, name in zip(units, units[1:], activations):
        # Glorot and Bengio, 2010; the smaller factor is for the flatter slope of the sigmoid.
        factor = 2.0 if name in ("logistic", "sigmoid") else 6.0
        bound = np.sqrt(factor / (fan_in + fan_out))
        weights = random_state.uniform(-bound, bound, (fan_in, fan_out))
        biases = random_state.uniform(-bound, bound, fan_out)
        coefs.append(weights.astype(dtype, copy=False))
        intercepts.append(biases.astype(dtype, copy=False))
    return coefs, intercepts
