"""Networks and losses written down in NumPy once more, to compare with."""

import math

import numpy as np

erf = np.vectorize(math.erf)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softplus(z):
    return np.logaddexp(0, z)


def softmax(z):
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


#: Each activation by its definition, with its settings at their usual values and at others.
ACTIVATIONS = {
    "identity": lambda z: z,
    "logistic": sigmoid,
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "leaky_relu(0.1)": lambda z: np.where(z > 0, z, 0.1 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(z)),
    "elu(0.5)": lambda z: np.where(z > 0, z, 0.5 * np.expm1(z)),
    "selu": lambda z: 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * np.expm1(z)),
    "gelu": lambda z: z * (1 + erf(z / math.sqrt(2))) / 2,
    "gelu_tanh": lambda z: z / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
    "mish": lambda z: z * np.tanh(softplus(z)),
    "silu": lambda z: z * sigmoid(z),
    "softplus": softplus,
    "exponential": np.exp,
}

OUTPUTS = {"identity": lambda z: z, "logistic": sigmoid, "softmax": softmax, "exp": np.exp}


def outputs(model, X, activations, coefs=None, intercepts=None):
    """What the network of these weights gives for these rows."""
    coefs = model.coefs_ if coefs is None else coefs
    intercepts = model.intercepts_ if intercepts is None else intercepts
    a = np.asarray(X)
    for layer, (weights, biases) in enumerate(zip(coefs, intercepts)):
        z = a @ weights + biases
        last = layer == len(coefs) - 1
        a = OUTPUTS[model.out_activation_](z) if last else ACTIVATIONS[activations[layer]](z)
    return a


def step_of(estimator, X, y, **fit):
    """What one full-batch step of gradient descent at rate 1 took from each weight and bias, with the
    weights before it: the gradient by which the estimator learns."""
    taken = []
    estimator.set_params(
        solver="sgd", momentum=0.0, learning_rate_init=1.0, batch_size=len(X), shuffle=False, max_iter=1
    )
    estimator.set_params(warm_start=True)
    estimator.fit(X, y, **fit)  # there are weights now
    before = [array.copy() for array in estimator.coefs_ + estimator.intercepts_]
    estimator.fit(X, y, **fit)
    after = estimator.coefs_ + estimator.intercepts_
    taken = [one - other for one, other in zip(before, after)]
    return before, taken


def gradient_by_differences(loss, arrays, places=30, step=1e-6):
    """Some derivatives of `loss(arrays)`: list of (array, place, derivative)."""
    random = np.random.RandomState(0)
    found = []
    for _ in range(places):
        array = random.randint(len(arrays))
        place = tuple(random.randint(size) for size in arrays[array].shape)
        values = []
        for sign in (1, -1):
            moved = [it.copy() for it in arrays]
            moved[array][place] += sign * step
            values.append(loss(moved))
        found.append((array, place, (values[0] - values[1]) / (2 * step)))
    return found
