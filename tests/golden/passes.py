"""Epochs of scikit-learn's multilayer perceptrons in float64, to judge `train::Passes` by: its batches,
weights of rows, penalty, reported losses, and the optimisers as scikit-learn has them.

Run: python passes.py (needs numpy and scikit-learn); it writes passes.json beside itself.

    {"versions": {"python", "numpy", "scikit-learn"},
     "cases": [{
        "name", "loss": "cross_entropy" | "binary_cross_entropy" | "quadratic",
        "optimizer": {"name", "learning_rate", ..},
        "alpha", "batch_size", "activation",
        "x": [[..], ..], "classes": [..] or "y": [[..], ..], "weights": [..] or null,
        "orders": [[..], ..],                of the rows, for each epoch
        "coefs": [[[..], ..], ..], "intercepts": [[..], ..],     initial; inputs x outputs
        "losses": [..],                      scikit-learn's `loss_curve_`
        "learned": [[[..], ..], ..]}]}       its `coefs_` after the last epoch

Every epoch is a `partial_fit` on the rows in the order drawn, without any shuffling by scikit-learn.
The targets of "quadratic" have two columns: scikit-learn divides the loss it reports by their number,
but neither the gradient nor the penalty.
"""

import json
import pathlib
import platform
import warnings

import numpy
import sklearn
from sklearn.neural_network import MLPClassifier, MLPRegressor

ROWS, INPUTS, EPOCHS = 23, 4, 15

ADAM = {"name": "adam_hat", "learning_rate": 0.02, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}
NESTEROV = {"name": "nesterov_classic", "learning_rate": 0.05, "momentum": 0.8}
MOMENTUM = {"name": "momentum_classic", "learning_rate": 0.05, "momentum": 0.8}
CASES = [
    # An epsilon that counts, so that it cannot stand in another place unnoticed.
    ("adam", "cross_entropy", ADAM, {}),
    ("adam_weights_alpha", "cross_entropy", ADAM, {"alpha": 0.5, "weighted": True}),
    ("nesterov", "cross_entropy", NESTEROV, {"alpha": 0.1}),
    ("momentum_labels", "binary_cross_entropy", MOMENTUM, {"activation": "tanh"}),
    # Inputs so large that probabilities are rounded to 0 and 1, where the reported loss is cut.
    ("rounded", "binary_cross_entropy", MOMENTUM, {"scale": 200.0}),
    ("rounded_classes", "cross_entropy", ADAM, {"scale": 200.0}),
    ("values_weights", "quadratic", NESTEROV, {"weighted": True, "alpha": 0.2, "batch_size": 23}),
    ("values_adam", "quadratic", ADAM, {"activation": "logistic"}),
]


def case(number, name, loss, optimizer, settings):
    draw = numpy.random.default_rng(number)
    x = numpy.round(settings.get("scale", 1.0) * draw.standard_normal((ROWS, INPUTS)), 4)
    if loss == "quadratic":
        y = numpy.round(x @ draw.standard_normal((INPUTS, 2)) / 2, 4)
    else:
        classes = 3 if loss == "cross_entropy" else 2
        y = draw.permutation(numpy.arange(ROWS) % classes)
    weights = numpy.round(draw.uniform(0, 2, ROWS), 4) if settings.get("weighted") else None
    kind = MLPRegressor if loss == "quadratic" else MLPClassifier
    model = kind(
        hidden_layer_sizes=(5,),
        activation=settings.get("activation", "relu"),
        solver="adam" if optimizer["name"] == "adam_hat" else "sgd",
        alpha=settings.get("alpha", 0.0),
        batch_size=settings.get("batch_size", 5),
        learning_rate_init=optimizer["learning_rate"],
        momentum=optimizer.get("momentum", 0.9),
        nesterovs_momentum=optimizer["name"] == "nesterov_classic",
        beta_1=optimizer.get("beta1", 0.9),
        beta_2=optimizer.get("beta2", 0.999),
        epsilon=optimizer.get("epsilon", 1e-8),
        shuffle=False,
        random_state=number,
    )
    orders = [draw.permutation(ROWS) for _ in range(EPOCHS)]
    more = {} if loss == "quadratic" else {"classes": numpy.unique(y)}
    initial = None
    for order in orders:
        given = None if weights is None else weights[order]
        if initial is None:
            # One epoch draws the weights; it is forgotten, and the drawn ones are put back.
            drawn = numpy.random.RandomState(number)
            model.partial_fit(x[order], y[order], sample_weight=given, **more)
            factor = 2.0 if model.activation == "logistic" else 6.0
            initial = []
            for coefs in model.coefs_:
                bound = numpy.sqrt(factor / sum(coefs.shape))
                initial.append(
                    (drawn.uniform(-bound, bound, coefs.shape), drawn.uniform(-bound, bound, coefs.shape[1]))
                )
        else:
            model.partial_fit(x[order], y[order], sample_weight=given)
    result = {
        "name": name,
        "loss": loss,
        "optimizer": optimizer,
        "alpha": model.alpha,
        "batch_size": model.batch_size,
        "activation": model.activation,
        "x": x.tolist(),
        "weights": None if weights is None else weights.tolist(),
        "orders": [order.tolist() for order in orders],
        "coefs": [coefs.tolist() for coefs, _ in initial],
        "intercepts": [intercepts.tolist() for _, intercepts in initial],
        "losses": [float(loss) for loss in model.loss_curve_],
        "learned": [coefs.tolist() for coefs in model.coefs_],
    }
    result["y" if loss == "quadratic" else "classes"] = y.tolist()
    return result


def main():
    warnings.simplefilter("error")
    cases = [case(number, *given) for number, given in enumerate(CASES)]
    versions = {
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "scikit-learn": sklearn.__version__,
    }
    text = ",\n".join(json.dumps(it) for it in cases)
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(f'{{"versions": {json.dumps(versions)}, "cases": [\n{text}\n]}}\n')


if __name__ == "__main__":
    main()
