"""Learning rates by the schedulers of PyTorch and scikit-learn, to judge the schedules by.

Run: python schedules.py (needs numpy, torch and scikit-learn); it writes schedules.json beside
itself.

    {"versions": {"python", "numpy", "torch", "sklearn"},
     "cases": [{
        "schedule": such as "step(every=3, factor=0.5)", "warm_up": epochs,
        "learning_rate", "steps_per_epoch", "epochs", "rows",
        "training": [..], "validation": [..] | null,    the loss after each epoch
        "rates": [..],                                  of every step that is taken
        "stops": after how many epochs the schedule ends the run, or null}]}
"""

import json
import pathlib
import platform
import warnings

import numpy
import sklearn
import torch
from sklearn.neural_network import MLPRegressor
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer
from torch.optim import lr_scheduler

# Falls by less and less with something like noise, so that it is better in some epochs, a little
# better in others and worse in the rest.
LOSSES = [
    1.0, 0.7, 0.7001, 0.69999, 0.6, 0.62, 0.59995, 0.5999, 0.61, 0.6,
    0.55, 0.5499, 0.5498, 0.5497, 0.5496, 0.57, 0.5495, 0.52, 0.53, 0.54,
    0.55, 0.56, 0.51, 0.51, 0.51, 0.51, 0.51, 0.51, 0.50999, 0.50998,
    0.51, 0.51, 0.51, 0.51, 0.51, 0.51, 0.5098, 0.5, 0.51, 0.49,
]  # fmt: skip
# Falls always, but by less than a tolerance of 0.01 in one epoch.
SLOW = [1.0 - 0.004 * epoch for epoch in range(len(LOSSES))]
OTHERS = [0.9 * loss + 0.05 * (-1) ** epoch for epoch, loss in enumerate(LOSSES)]


def by_torch(schedule, make, rate, steps_per_epoch, epochs, per_step, warm_up=0.0, losses=None):
    """`make` gives the scheduler of an optimiser and the number of steps; it is told of the end of
    every step, or else of every epoch, with the loss where there are losses."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], rate)
    scheduler = make(optimizer, steps_per_epoch * epochs)
    ramp_steps = round(warm_up * steps_per_epoch)
    ramp = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
    # The rate of step t, from 0, is (t + 1) / steps of the whole.
    ramp_scheduler = (
        lr_scheduler.LinearLR(ramp, 1 / ramp_steps, 1.0, ramp_steps - 1) if ramp_steps else None
    )
    rates = []
    for epoch in range(epochs):
        for _ in range(steps_per_epoch):
            rates.append(optimizer.param_groups[0]["lr"] * ramp.param_groups[0]["lr"])
            optimizer.step()
            ramp.step()
            if ramp_scheduler:
                ramp_scheduler.step()
            if per_step:
                scheduler.step()
        if losses:
            scheduler.step(losses[epoch])
        elif not per_step:
            scheduler.step()
    return case(schedule, warm_up, rate, steps_per_epoch, epochs, rates, losses or LOSSES)


def case(schedule, warm_up, rate, steps_per_epoch, epochs, rates, losses, rows=100, stops=None):
    return {
        "schedule": schedule,
        "warm_up": warm_up,
        "learning_rate": rate,
        "steps_per_epoch": steps_per_epoch,
        "epochs": epochs,
        "rows": rows,
        "training": losses[:epochs],
        "validation": None,
        "rates": rates,
        "stops": stops,
    }


def by_sklearn(schedule, name, rate, steps_per_epoch, epochs, rows, losses=LOSSES, **settings):
    """scikit-learn's own loop over epochs, its losses replaced by these."""
    network = MLPRegressor(**settings)
    network.loss_curve_, network.best_loss_, network._no_improvement_count = [], numpy.inf, 0
    optimizer = SGDOptimizer(
        [], rate, lr_schedule=name, momentum=0.0, nesterov=False, power_t=network.power_t
    )
    rates = []
    shape = (schedule, 0.0, rate, steps_per_epoch, epochs, rates, losses, rows)
    for epoch in range(epochs):
        rates += [optimizer.learning_rate] * steps_per_epoch
        network.loss_curve_.append(losses[epoch])
        network._update_no_improvement_count(False, None, None, None)
        optimizer.iteration_ends((epoch + 1) * rows)
        if name == "adaptive" and network._no_improvement_count > network.n_iter_no_change:
            if optimizer.trigger_stopping("", False):
                return case(*shape, epoch + 1)
            network._no_improvement_count = 0
    return case(*shape)


def main():
    warnings.simplefilter("error")

    def cosine(optimizer, steps):
        return lr_scheduler.CosineAnnealingLR(optimizer, steps)

    def constant(optimizer, _):
        return lr_scheduler.ConstantLR(optimizer, 1.0)

    def one_cycle(**settings):
        return lambda optimizer, steps: lr_scheduler.OneCycleLR(
            optimizer,
            optimizer.param_groups[0]["lr"],
            total_steps=steps,
            cycle_momentum=False,
            **settings,
        )

    def plateau(factor, patience, threshold):
        return lambda optimizer, _: lr_scheduler.ReduceLROnPlateau(
            optimizer, "min", factor, patience, threshold
        )

    cases = [
        by_torch("constant", constant, 0.1, 4, 3, True),
        by_torch("constant", constant, 0.1, 4, 5, True, 2.5),
        by_torch("cosine", cosine, 0.1, 5, 6, True),
        by_torch("cosine", cosine, 0.02, 5, 6, True, 1.0),
        by_torch(
            "step(every=3, factor=0.5)",
            lambda optimizer, _: lr_scheduler.StepLR(optimizer, 3, 0.5),
            0.3, 3, 11, False,
        ),
        by_torch(
            "step", lambda optimizer, _: lr_scheduler.StepLR(optimizer, 10, 0.1), 0.3, 1, 25, False
        ),
        by_torch(
            "exponential(0.8)",
            lambda optimizer, _: lr_scheduler.ExponentialLR(optimizer, 0.8),
            0.3, 3, 9, False,
        ),
        by_torch(
            "exponential",
            lambda optimizer, _: lr_scheduler.ExponentialLR(optimizer, 0.95),
            0.3, 2, 20, False, 3.0,
        ),
        by_torch("one_cycle", one_cycle(), 0.5, 7, 5, True),
        by_torch(
            "one_cycle(warm_share=0.45, start_divisor=10, end_divisor=100)",
            one_cycle(pct_start=0.45, div_factor=10.0, final_div_factor=100.0),
            0.5, 3, 7, True,
        ),
        by_torch(
            "plateau(factor=0.5, patience=2, threshold=0.001)",
            plateau(0.5, 2, 0.001),
            0.1, 2, len(LOSSES), False, 0.0, LOSSES,
        ),
        by_torch(
            "plateau", plateau(0.1, 10, 1e-4), 0.1, 2, len(LOSSES), False, 7.0, LOSSES
        ),
        # Until a change would be less than 1e-8, which PyTorch leaves undone.
        by_torch(
            "plateau(factor=0.1, patience=1, threshold=0.01)",
            plateau(0.1, 1, 0.01),
            1e-5, 1, len(LOSSES), False, 0.0, LOSSES,
        ),
        by_torch(
            "plateau(factor=0.5, patience=1, threshold=0.0001)",
            plateau(0.5, 1, 1e-4),
            0.1, 2, len(OTHERS), False, 0.0, OTHERS,
        ) | {"training": LOSSES, "validation": OTHERS},
        by_torch(
            "plateau(factor=0.5, patience=2, threshold=0.01)",
            plateau(0.5, 2, 0.01),
            0.1, 1, len(SLOW), False, 0.0, SLOW,
        ),
        by_sklearn("inverse_scaling", "invscaling", 0.1, 4, 6, 100),
        by_sklearn("inverse_scaling(0.25)", "invscaling", 0.1, 1, 8, 37, power_t=0.25),
        by_sklearn(
            "adaptive(patience=3, tolerance=0.001, factor=0.2)",
            "adaptive", 0.1, 2, len(LOSSES), 100, n_iter_no_change=3, tol=1e-3,
        ),
        by_sklearn(
            "adaptive(patience=1, tolerance=0.01, factor=0.2)",
            "adaptive", 1e-4, 1, len(LOSSES), 100, n_iter_no_change=1, tol=1e-2,
        ),
        by_sklearn(
            "adaptive(patience=3, tolerance=0.01, factor=0.2)",
            "adaptive", 0.1, 1, len(SLOW), 100, SLOW, n_iter_no_change=3, tol=1e-2,
        ),
        by_sklearn("adaptive", "adaptive", 0.1, 1, len(LOSSES), 100),
    ]  # fmt: skip
    for each in cases:
        rates = each["rates"]
        print(
            f"{each['schedule']:50} {rates[0]:.3e} -> {rates[-1]:.3e}, "
            f"{len(set(rates))} rates, stops {each['stops']}"
        )
    versions = {
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "torch": torch.__version__,
        "sklearn": sklearn.__version__,
    }
    lines = ",\n".join(map(json.dumps, cases))
    text = f'{{"versions": {json.dumps(versions)},\n"cases": [\n{lines}]}}\n'
    assert json.loads(text) == {"versions": versions, "cases": cases}
    pathlib.Path(__file__).with_suffix(".json").write_text(text)


if __name__ == "__main__":
    main()
