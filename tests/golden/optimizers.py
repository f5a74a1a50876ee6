"""Loss curves of small networks trained by PyTorch in float64, to judge the optimisers by.

Run: python optimizers.py (needs numpy and torch); it writes optimizers.json beside itself.

    {"versions": {"python", "numpy", "torch"},
     "problems": {NAME: {
        "layers": [{"inputs", "outputs", "activation"}, ..],
        "loss": "cross_entropy" | "mean_squared_error" | "quadratic",
        "x": [[..], ..], "y": [[..], ..],   one row per sample; classes are one-hot
        "weights": [[[..], ..], ..],        initial; per layer inputs x outputs: z = a W + b
        "biases": [[..], ..]}},             initial; per layer
     "cases": [{
        "name": "PROBLEM/OPTIMISER", "problem": NAME,
        "optimizer": {"name": "sgd" | "momentum" | "nesterov" | "adam", "learning_rate",
                      "momentum", "form", "beta1", "beta2", "epsilon"},   those that it has
        "losses": [51 numbers]}]}           before step 1, .., after step 50

Every step takes all the rows. The losses, n rows of k outputs: cross_entropy = -1/n sum y ln p,
p the softmax of the last layer; mean_squared_error = 1/(nk) sum (y - a)^2; quadratic = 1/(2n) sum
(y - a)^2.
"""

import json
import math
import pathlib
import platform

import numpy
import torch

ROWS, STEPS = 40, 50
# How far, relatively, the order of the rows may move a loss: a case more sensitive to rounding than
# this could not tell a wrong optimiser from a different order of summation.
ROUNDING = 1e-13
# How close to its kink a rectifier may come: nearer, rounding could choose the slope.
KINK = 1e-6

ACTIVATIONS = {
    "identity": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "softmax": lambda z: torch.softmax(z, 1),
}

SGD = {"name": "sgd", "learning_rate": 0.5}
MOMENTUM = {"name": "momentum", "learning_rate": 0.1, "momentum": 0.9, "form": "accumulated"}
ADAM = {"name": "adam", "learning_rate": 0.02, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
RUNS = {
    "classification": [
        ("sgd", SGD),
        ("momentum", MOMENTUM),
        # Neither form retraces the path of the first: average would with the rate 0.1 / (1 - 0.9),
        # classic with the same numbers. So a form mistaken for another cannot pass.
        ("momentum_average", MOMENTUM | {"learning_rate": 0.7, "form": "average"}),
        ("momentum_classic", MOMENTUM | {"momentum": 0.8, "form": "classic"}),
        ("nesterov", {"name": "nesterov", "learning_rate": 0.1, "momentum": 0.9}),
        ("adam", ADAM),
    ],
    "regression": [("sgd", SGD | {"learning_rate": 0.2}), ("adam", ADAM)],
    "quadratic": [("sgd", SGD | {"learning_rate": 2.0})],
}


def problems():
    """The data and the initial weights: drawn, then cut to short decimals for a short file."""
    draw = numpy.random.default_rng(20)

    def normal(rows, columns, scale=1.0):
        return numpy.round(scale * draw.standard_normal((rows, columns)), 4)

    def problem(loss, sizes, activations, x, y):
        pairs = list(zip(sizes, sizes[1:]))
        return {
            "layers": [
                {"inputs": inputs, "outputs": outputs, "activation": activation}
                for (inputs, outputs), activation in zip(pairs, activations)
            ],
            "loss": loss,
            "x": x.tolist(),
            "y": y.tolist(),
            "weights": [
                normal(inputs, outputs, inputs**-0.5).tolist() for inputs, outputs in pairs
            ],
            # Not zero, so that a bias in the wrong place is seen before the first step.
            "biases": [normal(1, outputs, 0.1)[0].tolist() for _, outputs in pairs],
        }

    # Each target follows from its row, more or less, so that there is something to learn.
    x = normal(ROWS, 5)
    classes = numpy.argmax(x @ normal(5, 3) + normal(ROWS, 3, 0.5), axis=1)
    classification = problem(
        "cross_entropy", [5, 7, 6, 3], ["tanh", "sigmoid", "softmax"], x, numpy.eye(3)[classes]
    )
    x = normal(ROWS, 4)
    y = numpy.round(numpy.sin(x @ normal(4, 2, 0.5)) + normal(ROWS, 2, 0.1), 4)
    regression = problem(
        "mean_squared_error", [4, 6, 5, 2], ["relu", "tanh", "identity"], x, y
    )
    x = normal(ROWS, 4)
    y = numpy.round(1 / (1 + numpy.exp(-2 * x @ normal(4, 3))), 4)
    quadratic = problem("quadratic", [4, 5, 3], ["sigmoid", "sigmoid"], x, y)
    return {"classification": classification, "regression": regression, "quadratic": quadratic}


def loss_of(problem, parameters, x, y):
    a = x
    for layer, (weight, bias) in zip(problem["layers"], parameters):
        z = torch.nn.functional.linear(a, weight, bias)
        if layer["activation"] == "relu":
            assert z.abs().min() > KINK, "a rectifier came too close to its kink: draw again"
        a = ACTIVATIONS[layer["activation"]](z)
    if problem["loss"] == "cross_entropy":
        return torch.nn.functional.cross_entropy(z, y)
    if problem["loss"] == "mean_squared_error":
        return torch.nn.functional.mse_loss(a, y)
    return ((y - a) ** 2).sum() / (2 * len(x))


class HandMomentum:
    """The two forms of momentum that torch.optim lacks."""

    def __init__(self, parameters, learning_rate, momentum, form):
        self.parameters, self.learning_rate = parameters, learning_rate
        self.momentum, self.form = momentum, form
        self.velocities = [torch.zeros_like(parameter) for parameter in parameters]

    def zero_grad(self):
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self):
        for parameter, velocity in zip(self.parameters, self.velocities):
            velocity *= self.momentum
            if self.form == "average":
                velocity += (1 - self.momentum) * parameter.grad
                parameter -= self.learning_rate * velocity
            else:
                velocity -= self.learning_rate * parameter.grad
                parameter += velocity


def make(parameters, name, learning_rate, momentum=0.0, form="", beta1=0, beta2=0, epsilon=0):
    if name == "adam":
        return torch.optim.Adam(parameters, learning_rate, (beta1, beta2), epsilon)
    if form in ("average", "classic"):
        return HandMomentum(parameters, learning_rate, momentum, form)
    return torch.optim.SGD(parameters, learning_rate, momentum, nesterov=name == "nesterov")


def train(problem, optimizer, order):
    """The losses before, between and after the steps, the rows taken in this order."""
    tensor = lambda numbers: torch.tensor(numbers, dtype=torch.float64)
    x, y = tensor(problem["x"])[order], tensor(problem["y"])[order]
    parameters = [
        # PyTorch keeps weights as outputs x inputs.
        (tensor(weight).T.contiguous().requires_grad_(), tensor(bias).requires_grad_())
        for weight, bias in zip(problem["weights"], problem["biases"])
    ]
    stepper = make([one for pair in parameters for one in pair], **optimizer)
    losses = []
    for _ in range(STEPS):
        stepper.zero_grad()
        loss = loss_of(problem, parameters, x, y)
        losses.append(loss.item())
        loss.backward()
        stepper.step()
    return losses + [loss_of(problem, parameters, x, y).item()]


def main():
    torch.set_num_threads(1)
    all_problems = problems()
    cases = []
    for problem_name, runs in RUNS.items():
        problem = all_problems[problem_name]
        for run_name, optimizer in runs:
            losses = train(problem, optimizer, list(range(ROWS)))
            moved = max(
                abs(one / other - 1)
                for one, other in zip(losses, train(problem, optimizer, list(range(ROWS))[::-1]))
            )
            name = f"{problem_name}/{run_name}"
            print(f"{name:33} {losses[0]:.6f} -> {losses[-1]:.6f}, rounding {moved:.1e}")
            assert all(map(math.isfinite, losses)) and losses[-1] < 0.8 * losses[0], name
            assert moved < ROUNDING, name
            cases.append(
                {"name": name, "problem": problem_name, "optimizer": optimizer, "losses": losses}
            )
    versions = {
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "torch": torch.__version__,
    }

    def lines(entries):
        return ",\n".join(entries)

    # One line per matrix list and per case: readable in a diff, yet not one number a line.
    text_of_problems = lines(
        f'"{name}": {{\n'
        + lines(f'  "{key}": {json.dumps(value)}' for key, value in problem.items())
        + "}"
        for name, problem in all_problems.items()
    )
    text = (
        f'{{"versions": {json.dumps(versions)},\n"problems": {{\n{text_of_problems}}},\n'
        f'"cases": [\n{lines(map(json.dumps, cases))}]}}\n'
    )
    assert json.loads(text) == {"versions": versions, "problems": all_problems, "cases": cases}
    pathlib.Path(__file__).with_suffix(".json").write_text(text)


if __name__ == "__main__":
    main()
