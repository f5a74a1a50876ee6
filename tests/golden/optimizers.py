"""Loss curves of small networks trained by PyTorch in float64, to judge training by: optimisers,
losses, penalties, weights of rows, limits of the gradient, normalisation and skip connections.

Run: python optimizers.py (needs numpy and torch); it writes optimizers.json beside itself.

    {"versions": {"python", "numpy", "torch"},
     "problems": {NAME: {
        "layers": [{"inputs", "outputs", "activation",  the latter such as "tanh" or "tanh:3+relu:4"
                    "normalization": "batch" | "layer", "skip": LAYER}, ..],  those that it has
        "loss": such as "cross_entropy" or "huber(0.5)",
        "x": [[..], ..], "y": [[..], ..],   one row per sample; classes are one-hot
        "weights": [[[..], ..], ..],        initial; per layer inputs x outputs: z = a W + b
        "biases": [[..], ..],               initial; per layer
        "scales": [[..] | null, ..]}},      initial; per layer, null without normalisation
     "cases": [{
        "name": "PROBLEM/RUN", "problem": NAME,
        "optimizer": {"name", "learning_rate", ..},     with the settings that it has
        "alpha", "l1", "label_smoothing", "class_weights": [..], "sample_weights": [..],
        "clip_norm", "clip_value",                      those that are set
        "losses": [51 numbers],                         before step 1, .., after step 50
        "states": {"layers.0.running_mean": [..], ..},  after step 50, of batch normalisation, and
        "outputs": [[..], ..]}]}                        the outputs for x that follow from them

A layer computes z = n(a W) scale + b + s and the activation of z, n being its normalisation and s
the output of an earlier layer (0: the inputs); without normalisation z = a W + b + s. Every step
takes all the rows. The losses are without the penalties, which are alpha / (2 rows) sum W^2 and
l1 / rows sum |W|, weights only. For n rows of k outputs:

    cross_entropy           -1/n sum y ln p, p the softmax of the last layer
    binary_cross_entropy    -1/n sum (y ln p + (1 - y) ln(1 - p)), p its sigmoid
    mean_squared_error      1/(nk) sum (y - a)^2
    quadratic               1/(2n) sum (y - a)^2
    half_sum_of_squares     the same, but n times loss and penalties are made small
    mean_absolute_error     1/(nk) sum |y - a|
    huber(delta)            1/(nk) sum h, h = e^2/2 for e = |y - a| up to delta, else
                            delta (e - delta/2)
    poisson                 1/(nk) sum (a - y ln a), ln a the last layer's z
    quantile(q)             1/(nk) sum max(q e, (q - 1) e), e = y - a

With weights of the rows it is the weighted mean, sum w l / sum w; the weight of a class is that of
its rows.
"""

import json
import math
import pathlib
import platform

import numpy
import torch
from torch.nn import functional

ROWS, STEPS = 40, 50
# How far, relatively, the order of the rows may move a loss: a case more sensitive to rounding than
# this could not tell a wrong optimiser from a different order of summation.
ROUNDING = 1e-13
# How close to its kink a function may come: nearer, rounding could choose the slope.
KINK = 1e-6
# How far the last loss must be below the first, as a share of it.
LEARNED = 0.8

ACTIVATIONS = {
    "identity": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": lambda z: torch.relu(off_kink(z)),
    "exponential": torch.exp,
    "softmax": lambda z: torch.softmax(z, 1),
}

SGD = {"name": "sgd", "learning_rate": 0.5}
MOMENTUM = {"name": "momentum", "learning_rate": 0.1, "momentum": 0.9}
ADAM = {"name": "adam", "learning_rate": 0.02, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
ADAGRAD = {"name": "adagrad", "learning_rate": 0.1, "epsilon": 1e-10}
# Not the usual alpha, under which 50 steps hardly forget anything.
RMSPROP = {
    "name": "rmsprop",
    "learning_rate": 0.01,
    "alpha": 0.9,
    "epsilon": 1e-8,
    "momentum": 0.0,
}
# Not the usual decay either, which 50 steps would hardly show.
ADAMW = ADAM | {"name": "adamw", "weight_decay": 0.5}
LBFGS = {"name": "lbfgs", "learning_rate": 1.0, "history": 10, "tolerance": 1e-7}


def runs(sample_weights):
    """For each problem its runs: a name, an optimiser, and other settings."""
    return {
        "classification": [
            ("sgd", SGD),
            ("momentum", MOMENTUM),
            # Neither form retraces the path of the first: average would with the rate
            # 0.1 / (1 - 0.9), classic with the same numbers. So a form mistaken for another cannot
            # pass.
            ("momentum_average", MOMENTUM | {"name": "momentum_average", "learning_rate": 0.7}),
            ("momentum_classic", MOMENTUM | {"name": "momentum_classic", "momentum": 0.8}),
            ("nesterov", MOMENTUM | {"name": "nesterov"}),
            ("adagrad", ADAGRAD),
            ("rmsprop", RMSPROP),
            ("rmsprop_momentum", RMSPROP | {"learning_rate": 0.002, "momentum": 0.9}),
            ("adam", ADAM),
            ("adamw", ADAMW),
            # The limit of the first is passed on some steps and not on others.
            ("clip_norm_sgd", SGD, {"clip_norm": 0.16}),
            ("clip_value_adam", ADAM, {"clip_value": 0.01}),
            ("clip_both_momentum", MOMENTUM, {"clip_norm": 0.1, "clip_value": 0.02}),
            ("label_smoothing", ADAM, {"label_smoothing": 0.1}),
            ("class_weights", ADAM, {"class_weights": [0.5, 2.0, 1.25]}),
            ("sample_weights", SGD, {"sample_weights": sample_weights}),
            ("alpha", SGD, {"alpha": 2.0}),
            ("l1", SGD, {"l1": 0.2}),
            ("alpha_l1", ADAM, {"alpha": 0.5, "l1": 0.1}),
        ],
        "regression": [
            ("sgd", SGD | {"learning_rate": 0.2}),
            ("adam", ADAM),
            ("sample_weights", ADAM, {"sample_weights": sample_weights}),
        ],
        "quadratic": [("sgd", SGD | {"learning_rate": 2.0})],
        # The first has the rate 1 / rows of what would be a good one for the mean.
        "half_sum_of_squares": [
            ("sgd", SGD | {"learning_rate": 0.005}),
            ("momentum_alpha", MOMENTUM | {"learning_rate": 0.001}, {"alpha": 0.5}),
        ],
        "labels": [("sgd", SGD), ("label_smoothing", ADAM, {"label_smoothing": 0.2})],
        "convex": [
            ("lbfgs", LBFGS | {"history": 4}, {"alpha": 0.5}),
            # The first trial of each step too short, so that it is extended, and too long, so that
            # the search goes back.
            ("lbfgs_short", LBFGS | {"learning_rate": 0.25}, {"alpha": 0.5}),
            ("lbfgs_long", LBFGS | {"learning_rate": 20.0}, {"alpha": 0.05}),
        ],
        # Not convex; the penalty keeps its path from magnifying roundings.
        "smooth": [("lbfgs", LBFGS, {"alpha": 2.0})],
        "absolute": [("adam", ADAM)],
        "huber": [("momentum", MOMENTUM)],
        "poisson": [("adam", ADAM)],
        "quantile": [("adam", ADAM)],
        "batch": [("sgd", SGD), ("adam", ADAM)],
        "layer": [("sgd", SGD), ("adam", ADAM)],
        "skip": [("momentum", MOMENTUM | {"learning_rate": 0.02})],
        "groups": [("adam", ADAM)],
    }


def off_kink(z):
    assert z.abs().min() > KINK, "a function came too close to its kink: draw again"
    return z


def activate(activation, z):
    """The activation, or each of those of groups of units such as tanh:3+relu:4."""
    if ":" not in activation:
        return ACTIVATIONS[activation](z)
    groups = [group.split(":") for group in activation.split("+")]
    parts = torch.split(z, [int(units) for _, units in groups], 1)
    return torch.cat([ACTIVATIONS[name](part) for (name, _), part in zip(groups, parts)], 1)


class Draw:
    """Random matrices, cut to short decimals for a short file."""

    def __init__(self, seed):
        self.source = numpy.random.default_rng(seed)

    def normal(self, rows, columns, scale=1.0):
        return numpy.round(scale * self.source.standard_normal((rows, columns)), 4)

    def problem(self, loss, sizes, activations, x, y, extras=()):
        """`extras` has what a layer is given besides, by its number."""
        pairs = list(zip(sizes, sizes[1:]))
        extras = dict(extras)
        layers = [
            {"inputs": inputs, "outputs": outputs, "activation": activation}
            | extras.get(number, {})
            for number, ((inputs, outputs), activation) in enumerate(zip(pairs, activations))
        ]
        problem = {
            "layers": layers,
            "loss": loss,
            "x": x.tolist(),
            "y": y.tolist(),
            "weights": [
                self.normal(inputs, outputs, inputs**-0.5).tolist() for inputs, outputs in pairs
            ],
            # Not zero, so that a bias in the wrong place is seen before the first step.
            "biases": [self.normal(1, outputs, 0.1)[0].tolist() for _, outputs in pairs],
        }
        # Nor is a scale 1, for the same reason.
        problem["scales"] = [
            (1 + self.normal(1, layer["outputs"], 0.1)[0]).round(4).tolist()
            if "normalization" in layer
            else None
            for layer in layers
        ]
        return problem


def problems():
    """The data and the initial weights. Each target follows from its row, more or less, so that
    there is something to learn."""
    draw = Draw(20)
    x = draw.normal(ROWS, 5)
    classes = numpy.argmax(x @ draw.normal(5, 3) + draw.normal(ROWS, 3, 0.5), axis=1)
    classification = draw.problem(
        "cross_entropy", [5, 7, 6, 3], ["tanh", "sigmoid", "softmax"], x, numpy.eye(3)[classes]
    )
    x = draw.normal(ROWS, 4)
    y = numpy.round(numpy.sin(x @ draw.normal(4, 2, 0.5)) + draw.normal(ROWS, 2, 0.1), 4)
    values = ([4, 6, 5, 2], ["relu", "tanh", "identity"], x, y)
    regression = draw.problem("mean_squared_error", *values)
    x = draw.normal(ROWS, 4)
    y = numpy.round(1 / (1 + numpy.exp(-2 * x @ draw.normal(4, 3))), 4)
    quadratic = draw.problem("quadratic", [4, 5, 3], ["sigmoid", "sigmoid"], x, y)

    def one_hot(x, draw):
        scores = x @ draw.normal(x.shape[1], 3) + draw.normal(ROWS, 3, 0.5)
        return numpy.eye(3)[numpy.argmax(scores, axis=1)]

    draw = Draw(21)
    x = draw.normal(ROWS, 4)
    convex = draw.problem("cross_entropy", [4, 3], ["softmax"], x, one_hot(x, draw))
    draw = Draw(34)
    x = draw.normal(ROWS, 3)
    y = numpy.round(numpy.sin(x @ draw.normal(3, 1)) + draw.normal(ROWS, 1, 0.3), 4)
    smooth = draw.problem("mean_squared_error", [3, 3, 1], ["tanh", "identity"], x, y)
    draw = Draw(23)
    absolute = draw.problem("mean_absolute_error", *values)
    # The targets differ from the outputs by less than 0.5 in some places and by more in others.
    huber = draw.problem("huber(0.5)", *values)
    quantile = draw.problem("quantile(0.8)", *values)
    draw = Draw(24)
    x = draw.normal(ROWS, 4)
    # Rates so small that the loss stays above 0, near which no relative error could be judged.
    counts = draw.source.poisson(numpy.exp(x @ draw.normal(4, 2, 0.5) - 1)).astype(float)
    poisson = draw.problem("poisson", [4, 6, 2], ["tanh", "exponential"], x, counts)

    # Normalised layers, one of them with a skip connection besides.
    draw = Draw(25)
    x = draw.normal(ROWS, 5)
    y = one_hot(x, draw)
    shape = ("cross_entropy", [5, 6, 6, 3], ["relu", "tanh", "softmax"], x, y)
    batch = draw.problem(
        *shape, {0: {"normalization": "batch"}, 1: {"normalization": "batch", "skip": 1}}.items()
    )
    layer = draw.problem(
        *shape, {0: {"normalization": "layer"}, 1: {"normalization": "layer", "skip": 1}}.items()
    )
    draw = Draw(26)
    x = draw.normal(ROWS, 4)
    y = numpy.round(numpy.sin(x @ draw.normal(4, 2, 0.5)) + draw.normal(ROWS, 2, 0.1), 4)
    skip = draw.problem(
        "mean_squared_error",
        [4, 6, 4, 6, 2],
        ["tanh", "relu", "sigmoid", "identity"],
        x,
        y,
        {1: {"skip": 0}, 2: {"skip": 1}}.items(),
    )
    groups = draw.problem(
        "mean_squared_error", [4, 7, 5, 2], ["tanh:3+relu:4", "sigmoid:2+tanh:3", "identity"], x, y
    )
    half_sum_of_squares = draw.problem("half_sum_of_squares", *values)
    # Each label of a row has it or not, apart from the others.
    draw = Draw(28)
    x = draw.normal(ROWS, 4)
    y = (x @ draw.normal(4, 3) + draw.normal(ROWS, 3, 0.5) > 0).astype(float)
    labels = draw.problem("binary_cross_entropy", [4, 5, 3], ["tanh", "sigmoid"], x, y)
    return {
        "classification": classification,
        "regression": regression,
        "quadratic": quadratic,
        "half_sum_of_squares": half_sum_of_squares,
        "labels": labels,
        "convex": convex,
        "smooth": smooth,
        "absolute": absolute,
        "huber": huber,
        "quantile": quantile,
        "poisson": poisson,
        "batch": batch,
        "layer": layer,
        "skip": skip,
        "groups": groups,
    }


def tensor(numbers):
    return torch.tensor(numbers, dtype=torch.float64)


class Layer(torch.nn.Module):
    def __init__(
        self, inputs, outputs, activation, weight, bias, scale, normalization=None, skip=None
    ):
        super().__init__()
        self.activation, self.skip = activation, skip
        # PyTorch keeps weights as outputs x inputs.
        self.linear = torch.nn.Linear(inputs, outputs, bias=normalization is None).double()
        self.linear.weight.data = tensor(weight).T.contiguous()
        self.normalize = {
            None: lambda: torch.nn.Identity(),
            "batch": lambda: torch.nn.BatchNorm1d(outputs, eps=1e-5, momentum=0.1).double(),
            "layer": lambda: torch.nn.LayerNorm(outputs, eps=1e-5).double(),
        }[normalization]()
        (self.linear if normalization is None else self.normalize).bias.data = tensor(bias)
        if scale is not None:
            self.normalize.weight.data = tensor(scale)

    def forward(self, outputs):
        """From the outputs of all layers before it to z and its own output."""
        z = self.normalize(self.linear(outputs[-1]))
        if self.skip is not None:
            z = z + outputs[self.skip]
        return z, activate(self.activation, z)


class Network(torch.nn.Module):
    def __init__(self, problem):
        super().__init__()
        initial = zip(problem["layers"], problem["weights"], problem["biases"], problem["scales"])
        self.layers = torch.nn.ModuleList(
            Layer(**layer, weight=weight, bias=bias, scale=scale)
            for layer, weight, bias, scale in initial
        )

    def forward(self, x):
        outputs = [x]
        for layer in self.layers:
            z, output = layer(outputs)
            outputs.append(output)
        return z, outputs[-1]

    def penalty(self, alpha, l1):
        weights = [layer.linear.weight for layer in self.layers]
        squares = sum((weight**2).sum() for weight in weights)
        sizes = sum(off_kink(weight).abs().sum() for weight in weights) if l1 else 0.0
        return alpha / (2 * ROWS) * squares + l1 / ROWS * sizes

    def states(self):
        """The running statistics by the names that they have in a model file."""
        return {
            f"layers.{number}.{name}": numbers.tolist()
            for number, layer in enumerate(self.layers)
            if isinstance(layer.normalize, torch.nn.BatchNorm1d)
            for name, numbers in [
                ("running_mean", layer.normalize.running_mean),
                ("running_variance", layer.normalize.running_var),
            ]
        }


def loss_of(loss, z, a, y, label_smoothing=0.0, class_weights=None, sample_weights=None):
    name, _, setting = loss.rstrip(")").partition("(")
    if name == "cross_entropy" and sample_weights is None:
        # Classes as numbers: PyTorch's mean is the weighted one for them alone.
        weight = None if class_weights is None else tensor(class_weights)
        return functional.cross_entropy(
            z, y.argmax(1), weight=weight, label_smoothing=label_smoothing
        )
    if sample_weights is not None:
        of_rows = {
            "cross_entropy": lambda: functional.cross_entropy(z, y, reduction="none"),
            "mean_squared_error": lambda: ((y - a) ** 2).mean(1),
        }[name]()
        return (sample_weights * of_rows).sum() / sample_weights.sum()
    if name == "binary_cross_entropy":
        # A label has two classes, which share what is taken from its certainty.
        y = y * (1 - label_smoothing) + label_smoothing / 2
        return functional.binary_cross_entropy_with_logits(z, y, reduction="sum") / len(y)
    if name == "quantile":
        error = off_kink(y - a)
        return torch.maximum(float(setting) * error, (float(setting) - 1) * error).mean()
    return {
        "mean_squared_error": lambda: functional.mse_loss(a, y),
        "quadratic": lambda: ((y - a) ** 2).sum() / (2 * len(y)),
        "half_sum_of_squares": lambda: ((y - a) ** 2).sum() / (2 * len(y)),
        "mean_absolute_error": lambda: functional.l1_loss(off_kink(a - y), 0 * y),
        "huber": lambda: functional.huber_loss(a, y, delta=float(setting)),
        "poisson": lambda: functional.poisson_nll_loss(z, y, log_input=True),
    }[name]()


class HandMomentum:
    """The two forms of momentum that torch.optim lacks."""

    def __init__(self, parameters, average, learning_rate, momentum):
        self.parameters, self.average = parameters, average
        self.learning_rate, self.momentum = learning_rate, momentum
        self.velocities = [torch.zeros_like(parameter) for parameter in parameters]

    @torch.no_grad()
    def step(self, closure):
        closure()
        for parameter, velocity in zip(self.parameters, self.velocities):
            velocity *= self.momentum
            if self.average:
                velocity += (1 - self.momentum) * parameter.grad
                parameter -= self.learning_rate * velocity
            else:
                velocity -= self.learning_rate * parameter.grad
                parameter += velocity


def make(parameters, name, learning_rate, **settings):
    """The optimiser of this name. Each takes a step by calling a function for loss and gradient."""
    momentum = settings.get("momentum", 0.0)
    epsilon = settings.get("epsilon")
    betas = (settings.get("beta1"), settings.get("beta2"))
    rate = learning_rate
    return {
        "sgd": lambda: torch.optim.SGD(parameters, rate),
        "momentum": lambda: torch.optim.SGD(parameters, rate, momentum),
        "momentum_average": lambda: HandMomentum(parameters, True, rate, momentum),
        "momentum_classic": lambda: HandMomentum(parameters, False, rate, momentum),
        "nesterov": lambda: torch.optim.SGD(parameters, rate, momentum, nesterov=True),
        "adagrad": lambda: torch.optim.Adagrad(parameters, rate, eps=epsilon),
        "rmsprop": lambda: torch.optim.RMSprop(
            parameters, rate, settings["alpha"], epsilon, momentum=momentum
        ),
        "adam": lambda: torch.optim.Adam(parameters, rate, betas, epsilon),
        "adamw": lambda: torch.optim.AdamW(
            parameters, rate, betas, epsilon, settings["weight_decay"]
        ),
        # One iteration a step, whose line search evaluates 25 times at most after its first trial.
        "lbfgs": lambda: torch.optim.LBFGS(
            parameters,
            rate,
            max_iter=1,
            max_eval=26,
            tolerance_grad=settings["tolerance"],
            tolerance_change=0.0,
            history_size=settings["history"],
            line_search_fn="strong_wolfe",
        ),
    }[name]()


def train(problem, optimizer, settings, order):
    """The losses before, between and after the steps, the rows taken in this order; then the states
    and outputs after them; then the steps whose gradient was clipped."""
    x, y = tensor(problem["x"])[order], tensor(problem["y"])[order]
    settings = dict(settings)
    alpha, l1 = settings.pop("alpha", 0.0), settings.pop("l1", 0.0)
    norm, value = settings.pop("clip_norm", None), settings.pop("clip_value", None)
    if "sample_weights" in settings:
        settings["sample_weights"] = tensor(settings["sample_weights"])[order]
    network = Network(problem)
    parameters = list(network.parameters())
    stepper = make(parameters, **optimizer)
    losses, clipped = [], 0

    def loss():
        return loss_of(problem["loss"], *network(x), y, **settings)

    for _ in range(STEPS):
        first = True

        def closure():
            nonlocal first, clipped
            for parameter in parameters:
                parameter.grad = None
            with torch.enable_grad():
                plain = loss()
                if first:
                    losses.append(plain.item())
                first = False
                penalized = plain + network.penalty(alpha, l1) if alpha or l1 else plain
                if problem["loss"] == "half_sum_of_squares":
                    penalized = len(y) * penalized
                penalized.backward()
            is_clipped = False
            if norm is not None:
                is_clipped |= bool(torch.nn.utils.clip_grad_norm_(parameters, norm) > norm)
            if value is not None:
                is_clipped |= any(bool((it.grad.abs() > value).any()) for it in parameters)
                torch.nn.utils.clip_grad_value_(parameters, value)
            clipped += is_clipped
            return penalized

        stepper.step(closure)
    states = network.states()
    network.eval()
    outputs = network(x)[1].tolist()
    network.train()
    return losses + [loss().item()], states, outputs, clipped


def main():
    torch.set_num_threads(1)
    all_problems = problems()
    # A row that counts for nothing among them.
    sample_weights = numpy.round(Draw(27).source.uniform(0, 2, ROWS), 2).tolist()
    sample_weights[3] = 0.0
    cases = []
    forward, backward = list(range(ROWS)), list(range(ROWS))[::-1]
    for problem_name, of_problem in runs(sample_weights).items():
        problem = all_problems[problem_name]
        for run_name, optimizer, *settings in of_problem:
            settings = settings[0] if settings else {}
            losses, states, outputs, clipped = train(problem, optimizer, settings, forward)
            others = train(problem, optimizer, settings, backward)[0]
            moved = max(abs(one / other - 1) for one, other in zip(losses, others))
            name = f"{problem_name}/{run_name}"
            clips = f", clipped {clipped} times" if clipped else ""
            print(f"{name:36} {losses[0]:.6f} -> {losses[-1]:.6f}, rounding {moved:.1e}{clips}")
            assert all(map(math.isfinite, losses)) and losses[-1] < LEARNED * losses[0], name
            assert moved < ROUNDING, name
            case = {"name": name, "problem": problem_name, "optimizer": optimizer}
            case |= settings | {"losses": losses}
            if states:
                case |= {"states": states, "outputs": outputs}
            cases.append(case)
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
