"""Writes reference.json: predictions, and what scikit-learn 1.9 says of them.

    python reference.py

Every case holds its inputs, rounded so that the file stays small, and the answers to 17 digits. Where
scikit-learn answers with NaN the file has null: the measure is not defined there.
"""

import json
import math
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn import metrics
from sklearn.calibration import calibration_curve

assert sklearn.__version__.startswith("1.9."), sklearn.__version__
warnings.simplefilter("ignore")


def plain(value):
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(each) for each in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if value is None or isinstance(value, str):
        return value
    value = float(value)
    return value if math.isfinite(value) else None


def calibration_error(truth, scores, bins):
    """Guo et al. (2017), equation 3, written down without scikit-learn, which has none."""
    edges = np.linspace(0, 1, bins + 1)
    error = 0.0
    for place in range(bins):
        inside = (scores > edges[place]) & (scores <= edges[place + 1])
        if place == 0:
            inside |= scores == 0
        if inside.any():
            error += inside.mean() * abs(truth[inside].mean() - scores[inside].mean())
    return error


def averages(truth, predicted, weights, labels):
    found = {}
    for average in ["micro", "macro", "weighted", None]:
        scores = metrics.precision_recall_fscore_support(
            truth, predicted, average=average, labels=labels, sample_weight=weights, zero_division=0
        )
        found[average or "each"] = list(scores[:3])
    return found


def binary(name, truth, scores, weights=None):
    """Scores are probabilities of class 1."""
    truth, scores = np.asarray(truth), np.asarray(scores)
    both = len(np.unique(truth)) == 2
    answers = {
        "log_loss": metrics.log_loss(truth, scores, labels=[0, 1], sample_weight=weights),
        "brier_score": np.average((scores - truth) ** 2, weights=weights)
        if not both
        else metrics.brier_score_loss(truth, scores, sample_weight=weights),
        "calibration_error": calibration_error(truth, scores, 10),
        "roc_auc": metrics.roc_auc_score(truth, scores, sample_weight=weights),
        "average_precision": metrics.average_precision_score(truth, scores, sample_weight=weights)
        if truth.any()
        else None,
    }
    for bins in [5, 10]:
        for strategy in ["uniform", "quantile"]:
            observed, predicted = calibration_curve(truth, scores, n_bins=bins, strategy=strategy, pos_label=1)
            answers[f"{strategy}_{bins}"] = [observed, predicted]
    if both:
        for drop in [False, True]:
            false, true, thresholds = metrics.roc_curve(
                truth, scores, sample_weight=weights, drop_intermediate=drop
            )
            answers[f"roc_{'corners' if drop else 'all'}"] = [false, true, thresholds[1:]]
    if truth.any():
        for drop in [False, True]:
            precision, recall, thresholds = metrics.precision_recall_curve(
                truth, scores, sample_weight=weights, drop_intermediate=drop
            )
            answers[f"precision_recall_{'corners' if drop else 'all'}"] = [precision, recall, thresholds]
    if both and weights is None:
        answers["best"] = best(truth, scores)
    return {"name": name, "truth": truth, "scores": scores, "weights": weights, "answers": answers}


def best(truth, scores):
    """The best value of each measure over all thresholds, one tried after the other."""
    edges = np.unique(scores)
    tried = [edge for edge in np.concatenate([edges, (edges[:-1] + edges[1:]) / 2, [0.5 * (1 + edges[-1])]])]
    tried = [threshold for threshold in tried if 0 < threshold < 1]
    values = {"f1": [], "accuracy": [], "balanced_accuracy": [], "youden": [], "precision": [], "recall": []}
    for threshold in tried:
        predicted = (scores >= threshold).astype(int)
        recall = metrics.recall_score(truth, predicted, zero_division=0)
        values["f1"].append(metrics.f1_score(truth, predicted, zero_division=0))
        values["accuracy"].append(metrics.accuracy_score(truth, predicted))
        values["balanced_accuracy"].append(metrics.balanced_accuracy_score(truth, predicted))
        values["youden"].append(recall + metrics.recall_score(truth, predicted, pos_label=0) - 1)
        values["precision"].append(metrics.precision_score(truth, predicted, zero_division=0))
        values["recall"].append(recall)
    found = {measure: max(values[measure]) for measure in ["f1", "accuracy", "balanced_accuracy", "youden"]}
    pairs = list(zip(values["precision"], values["recall"]))
    # The best precision of all with a recall of 0.8, and the best recall of all with a precision of 0.8.
    found["precision_at_recall"] = max([p for p, r in pairs if r >= 0.8], default=None)
    found["recall_at_precision"] = max([r for p, r in pairs if p >= 0.8], default=None)
    return found


def classes(name, truth, probabilities, weights=None):
    truth, probabilities = np.asarray(truth), np.asarray(probabilities)
    count = probabilities.shape[1]
    labels = list(range(count))
    predicted = probabilities.argmax(axis=1)
    confident = probabilities.max(axis=1)
    present = [label in truth for label in labels]
    indicators = np.eye(count, dtype=int)[truth]
    each = [
        metrics.roc_auc_score(indicators[:, label], probabilities[:, label], sample_weight=weights)
        for label in labels
    ]
    precision = [
        metrics.average_precision_score(indicators[:, label], probabilities[:, label], sample_weight=weights)
        if present[label]
        else None
        for label in labels
    ]
    if count == 2:
        macro = weighted = None
    else:
        ranked = dict(multi_class="ovr", labels=labels, sample_weight=weights)
        macro = metrics.roc_auc_score(truth, probabilities, average="macro", **ranked)
        weighted = metrics.roc_auc_score(truth, probabilities, average="weighted", **ranked)
    answers = {
        "accuracy": metrics.accuracy_score(truth, predicted, sample_weight=weights),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted, sample_weight=weights),
        "matthews": metrics.matthews_corrcoef(truth, predicted, sample_weight=weights),
        "kappa": metrics.cohen_kappa_score(truth, predicted, labels=labels, sample_weight=weights),
        "averages": averages(truth, predicted, weights, labels),
        "confusion": metrics.confusion_matrix(truth, predicted, labels=labels, sample_weight=weights),
        "log_loss": metrics.log_loss(truth, probabilities, labels=labels, sample_weight=weights),
        "brier_score": metrics.brier_score_loss(truth, probabilities, labels=labels, sample_weight=weights),
        "roc_auc": each,
        "roc_auc_macro": macro,
        "roc_auc_weighted": weighted,
        "average_precision": precision,
        "average_precision_macro": metrics.average_precision_score(
            indicators, probabilities, average="macro", sample_weight=weights
        )
        if count > 2 and all(present)
        else None,
        "average_precision_weighted": metrics.average_precision_score(
            indicators, probabilities, average="weighted", sample_weight=weights
        )
        if count > 2
        else None,
        "calibration_error": calibration_error((predicted == truth).astype(float), confident, 10),
    }
    return {
        "name": name,
        "truth": truth,
        "predicted": predicted,
        "probabilities": probabilities.ravel(),
        "classes": count,
        "weights": weights,
        "answers": answers,
    }


def labels(name, truth, probabilities, weights=None):
    truth, probabilities = np.asarray(truth), np.asarray(probabilities)
    count = truth.shape[1]
    predicted = (probabilities >= 0.5).astype(int)
    every = range(count)
    ranked = truth.any(axis=0) & ~truth.all(axis=0)
    answers = {
        "subset_accuracy": metrics.accuracy_score(truth, predicted, sample_weight=weights),
        "hamming_loss": metrics.hamming_loss(truth, predicted, sample_weight=weights),
        "averages": averages(truth, predicted, weights, list(every)),
        "counts": [
            matrix.ravel() for matrix in metrics.multilabel_confusion_matrix(truth, predicted, sample_weight=weights)
        ],
        "roc_auc": [
            metrics.roc_auc_score(truth[:, label], probabilities[:, label], sample_weight=weights)
            for label in every
        ],
        "average_precision": [
            metrics.average_precision_score(truth[:, label], probabilities[:, label], sample_weight=weights)
            if truth[:, label].any()
            else None
            for label in every
        ],
        "log_loss": np.mean(
            [metrics.log_loss(truth[:, label], probabilities[:, label], labels=[0, 1], sample_weight=weights) for label in every]
        ),
        "brier_score": np.mean(
            [
                metrics.brier_score_loss(truth[:, label], probabilities[:, label], pos_label=1, sample_weight=weights)
                for label in every
            ]
        ),
    }
    for measure, score in [
        ("roc_auc", metrics.roc_auc_score),
        ("average_precision", metrics.average_precision_score),
    ]:
        for average in ["macro", "weighted", "micro"]:
            # scikit-learn counts an undefined average precision as 0, which is no mean.
            is_defined = average != "macro" or truth.any(axis=0).all()
            answers[f"{measure}_{average}"] = (
                score(truth, probabilities, average=average, sample_weight=weights) if is_defined else None
            )
    assert ranked.any()
    return {
        "name": name,
        "truth": truth.ravel(),
        "probabilities": probabilities.ravel(),
        "labels": count,
        "weights": weights,
        "answers": answers,
    }


def numbers(name, truth, predicted, weights=None):
    truth, predicted = np.asarray(truth, dtype=float), np.asarray(predicted, dtype=float)
    options = dict(sample_weight=weights, multioutput="raw_values")
    measures = {
        "mean_squared_error": metrics.mean_squared_error,
        "root_mean_squared_error": metrics.root_mean_squared_error,
        "mean_absolute_error": metrics.mean_absolute_error,
        "r2": metrics.r2_score,
        "explained_variance": metrics.explained_variance_score,
    }
    answers = {measure: score(truth, predicted, **options) for measure, score in measures.items()}
    means = {
        measure: score(truth, predicted, sample_weight=weights, multioutput="uniform_average")
        for measure, score in measures.items()
    }
    answers["median_absolute_error"] = metrics.median_absolute_error(
        truth, predicted, multioutput="raw_values"
    )
    answers["max_error"] = [
        metrics.max_error(truth[:, target], predicted[:, target]) for target in range(truth.shape[1])
    ]
    return {
        "name": name,
        "truth": truth.ravel(),
        "predicted": predicted.ravel(),
        "columns": truth.shape[1],
        "weights": weights,
        "answers": answers,
        "means": means,
    }


def main():
    draw = np.random.default_rng(1)

    def scored(rows, share, pull, digits):
        truth = (draw.random(rows) < share).astype(int)
        scores = 1 / (1 + np.exp(-draw.normal(pull * (truth - 0.5), 1.5)))
        return truth, np.round(scores, digits)

    def softmax(rows, shares, pull, digits):
        truth = draw.choice(len(shares), size=rows, p=shares)
        logits = draw.normal(0, 1.5, (rows, len(shares)))
        logits[np.arange(rows), truth] += pull
        odds = np.exp(logits)
        found = np.round(odds / odds.sum(axis=1, keepdims=True), digits)
        # What rounding has taken from a row is given back to its largest.
        found[np.arange(rows), found.argmax(axis=1)] += 1 - found.sum(axis=1)
        return truth, np.round(found, digits)

    def weights(rows):
        found = np.round(draw.gamma(2.0, 1.0, rows), 3)
        found[::11] = 0.0
        return found

    balanced, skewed = scored(120, 0.5, 2.0, 6), scored(150, 0.06, 3.0, 6)
    ties = scored(120, 0.4, 1.5, 1)
    binaries = [
        binary("balanced", *balanced),
        binary("balanced, weighted", *balanced, weights(120)),
        binary("skewed", *skewed),
        binary("ties", *ties),
        binary("ties, weighted", *ties, weights(120)),
        binary("bounds of bins", [0, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0], np.arange(11) / 10),
        # Three times a tenth is more than 0.3, and 0.7 of 90 rows less than 63, as numbers are rounded.
        binary("bounds of bins, multiplied", [0, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0], np.arange(11) * 0.1),
        binary("bounds of quantiles", *scored(91, 0.5, 2.0, 6)),
        binary("zero and one", [0, 1, 0, 1, 1], [0.0, 1.0, 1.0, 0.0, 0.5]),
        binary("constant", [0, 1, 1, 0, 1], [0.4] * 5),
        binary("perfect", [0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]),
        binary("backwards", [1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9]),
        binary("one class, positive", [1, 1, 1], [0.2, 0.6, 0.9]),
        binary("one class, negative", [0, 0, 0], [0.2, 0.6, 0.9]),
    ]
    three = softmax(90, [0.4, 0.35, 0.25], 2.0, 6)
    five = softmax(150, [0.6, 0.25, 0.1, 0.03, 0.02], 1.5, 6)
    coarse = softmax(80, [0.5, 0.3, 0.2], 1.5, 1)
    never = softmax(60, [0.5, 0.4, 0.1], 2.0, 6)
    never[1][:, 1] += never[1][:, 2]
    never[1][:, 2] = 0.0
    absent = softmax(60, [0.5, 0.5, 0.0], 2.0, 6)
    two = softmax(70, [0.7, 0.3], 1.0, 6)
    many = [
        classes("balanced", *three),
        classes("balanced, weighted", *three, weights(90)),
        classes("skewed", *five),
        classes("ties", *coarse),
        classes("ties, weighted", *coarse, weights(80)),
        classes("a class never predicted", *never),
        classes("a class without rows", *absent),
        classes("two classes", *two),
        classes("two classes, weighted", *two, weights(70)),
        classes("perfect", [0, 1, 2, 1], np.eye(3)[[0, 1, 2, 1]]),
        classes("constant", [0, 1, 2, 1], np.tile([0.2, 0.5, 0.3], (4, 1))),
        classes("one class throughout", [1, 1, 1], np.tile([0.2, 0.8, 0.0], (3, 1))),
    ]
    truth = (draw.random((80, 5)) < [0.5, 0.3, 0.2, 0.1, 0.6]).astype(int)
    truth[::7] = 0
    probabilities = np.round(1 / (1 + np.exp(-draw.normal(2.0 * (truth - 0.5), 1.5))), 6)
    lacking = truth.copy()
    lacking[:, 3] = 0
    several = [
        labels("five labels, empty rows", truth, probabilities),
        labels("five labels, weighted", truth, probabilities, weights(80)),
        labels("ties", truth, np.round(probabilities, 1)),
        labels("a label without rows", lacking, probabilities),
        labels("nothing predicted", truth[:20], np.round(probabilities[:20] * 0.4, 6)),
        labels("perfect", truth[:20], truth[:20] * 0.8 + 0.1),
    ]
    target = np.round(draw.normal([10.0, -3.0, 0.1], [5.0, 1.0, 0.01], (60, 3)), 6)
    guess = np.round(target + draw.normal([0.5, 0.0, 0.0], [2.0, 1.5, 0.004], (60, 3)), 6)
    constant = np.full((6, 1), 2.0)
    regressions = [
        numbers("three targets", target, guess),
        numbers("three targets, weighted", target, guess, weights(60)),
        numbers("one target", target[:31, :1], guess[:31, :1]),
        numbers("perfect", target[:10, :1], target[:10, :1]),
        numbers("constant predictions", target[:20, :1], np.full((20, 1), 9.5)),
        numbers("constant target, met", constant, constant),
        numbers("constant target, missed", constant, constant + np.arange(6).reshape(-1, 1)),
        numbers("off by a constant", target[:20, :1], target[:20, :1] + 4.0),
        numbers("far from zero", target[:20, :1] + 1e6, guess[:20, :1] + 1e6),
    ]
    found = {"binary": binaries, "classes": many, "labels": several, "numbers": regressions}
    lines = ["{"]
    for place, (task, cases) in enumerate(found.items()):
        lines.append(f'"{task}": [')
        lines.append(",\n".join(json.dumps(plain(case), separators=(",", ":")) for case in cases))
        lines.append("]" if place + 1 == len(found) else "],")
    lines.append("}")
    Path(__file__).with_name("reference.json").write_text("\n".join(lines) + "\n")


main()
