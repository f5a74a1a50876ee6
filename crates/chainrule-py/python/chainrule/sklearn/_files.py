"""Estimators in model files, the same that the command line reads and writes."""

import json
import os
import warnings

import numpy as np

from chainrule import _core

from ._losses import WrittenLoss, text_of
from ._targets import OneOutput, SeveralOutputs
from ._weights import Weights

_KEY = "scikit-learn"  # of the settings in a file


def save(estimator, path):
    """Writes a fitted estimator's network into a file."""
    weights = estimator._weights
    engine = weights.prepare(estimator)
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        names = [f"x{number + 1}" for number in range(estimator.n_features_in_)]
    names = [str(name) for name in names]
    description = {
        "inputs": names,
        "targets": _target_names(estimator, names),
        "classes": _class_names(estimator),
        "settings": {_KEY: _settings(estimator)},
    }
    engine.save(os.fsdecode(path), json.dumps(description))


def _target_names(estimator, inputs):
    """y, or y1, y2 and so on; the file wants names that are none of the inputs'."""
    encoding = getattr(estimator, "_encoding", None)
    if encoding is None:
        count = estimator.n_outputs_
    elif encoding.groups is not None:
        count = estimator.n_outputs_
    else:
        count = estimator.n_outputs_ if encoding.is_of_labels else 1
    stem = "y"
    while True:
        names = [stem] if count == 1 else [f"{stem}{number + 1}" for number in range(count)]
        if not set(names) & set(inputs):
            return names
        stem += "_"


def _class_names(estimator):
    encoding = getattr(estimator, "_encoding", None)
    if encoding is None or encoding.groups is not None or encoding.is_of_labels:
        return []
    names = [str(label) for label in encoding.classes]
    # The file has two names for one output; this network never chooses the second.
    return names if len(names) > 1 else [*names, f"not {names[0]}"]


def _settings(estimator):
    """What only Python needs: the class, its parameters, the classes as they were."""
    parameters, left_out = {}, []
    for name, value in estimator.get_params(deep=False).items():
        if name == "loss" and callable(value):
            parameters[name] = {"own_loss": text_of(value)}
            continue
        try:
            parameters[name] = _written(value)
        except TypeError:
            left_out.append(name)
    if left_out:
        shown = ", ".join(f"{name}={getattr(estimator, name)!r:.60}" for name in left_out)
        warnings.warn(
            f"A model file cannot hold {shown}: "
            "what is loaded from it has the default instead. A pickle holds all parameters.",
            stacklevel=4,
        )
    loss = float(getattr(estimator, "loss_", np.nan))
    settings = {
        "class": type(estimator).__name__,
        "parameters": parameters,
        "n_iter": int(estimator.n_iter_),
        "t": int(getattr(estimator, "t_", 0)),
        "loss": loss if np.isfinite(loss) else None,
        "feature_names": hasattr(estimator, "feature_names_in_"),
        "normalization": estimator._weights.kinds(),
        "out_activation": estimator.out_activation_,
        "double": estimator._weights.is_double,
    }
    encoding = getattr(estimator, "_encoding", None)
    if encoding is not None:
        several = encoding.groups is not None
        classes = encoding.classes if several else [encoding.classes]
        settings["labels"] = [
            {"dtype": of_one.dtype.str, "values": _label_values(of_one)} for of_one in classes
        ]
        settings["target"] = "several" if several else encoding.binarizer.y_type_
    return settings


def _label_values(labels):
    """Classes as JSON; moments and durations as counts of their unit."""
    if labels.dtype.kind in "mM":
        return labels.astype(np.int64).tolist()
    values = labels.tolist()
    for value in values:
        if not isinstance(value, (bool, int, float, str)):
            raise TypeError(
                f"A model file cannot hold classes of the type {type(value).__name__}, such as "
                f"{value!r}; a pickle can."
            )
    return values


def _labels(of_one):
    """The classes that were written."""
    dtype = np.dtype(of_one["dtype"])
    if dtype.kind in "mM":
        return np.array(of_one["values"], dtype=np.int64).astype(dtype)
    return np.array(of_one["values"], dtype=dtype)


def _written(value):
    """A parameter as JSON that keeps apart what JSON does not: tuples, keys that are no text, infinity.

    Raises
    ------
    TypeError
        For what cannot be written down.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return {"number": repr(value)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        pairs = value.items()
        return {"dict": [[_written(key), _written(item)] for key, item in pairs]}
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [_written(item) for item in value]}
    if isinstance(value, np.ndarray):
        return {"list": [_written(item) for item in value.tolist()]}
    raise TypeError(f"{type(value).__name__} cannot be written down")


def _read(written):
    """What was written."""
    if not isinstance(written, dict):
        return written
    ((kind, value),) = written.items()
    if kind == "number":
        return float(value)
    if kind == "own_loss":
        return WrittenLoss(str(value))
    if kind == "dict":
        return {_read(key): _read(item) for key, item in value}
    if kind not in ("list", "tuple"):
        raise ValueError(f"{kind!r} is no kind of value")
    items = [_read(item) for item in value]
    return tuple(items) if kind == "tuple" else items


def load(path):
    """Read an estimator from a model file.

    Parameters
    ----------
    path : str or path-like
        A file that `save` of an estimator, or chainrule's command line, wrote.

    Returns
    -------
    estimator : MLPClassifier or MLPRegressor
        Fitted. What the command line scales before its network, and back behind it, is made a part of
        the first and last layer, so that the estimator takes the numbers as they are in the table.

    Raises
    ------
    ValueError
        For a file that is no model, and a model that needs more than rows of numbers.
    """
    from ._classifier import MLPClassifier
    from ._regressor import MLPRegressor

    path = os.fsdecode(path)
    engine, description = _core.Engine.load(path)
    description = json.loads(description)
    network = description["network"]
    if isinstance(network, str):
        network = json.loads(network)
    layers = network["layers"]
    if any(layer.get("skip") is not None for layer in layers) or network.get("embeddings"):
        raise ValueError(
            f"{path} has a network with skip connections or embeddings, which an estimator has not."
        )
    outputs = layers[-1]["units"]
    try:
        settings, parameters, encoding = _understood(description, outputs)
    except Exception as error:  # whatever is wrong with what should be there
        raise ValueError(
            f"{path} is damaged: what it says of the estimator cannot be read ({error})."
        ) from error
    of_classes = bool(description.get("classes"))
    last = _canonical(layers[-1]["activation"])
    name = settings.get("class")
    if name is None:
        is_regressor = description["task"] == "regression"
        name = "MLPRegressor" if is_regressor else "MLPClassifier"
    kinds = {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}
    if name not in kinds:
        raise ValueError(f"{path} has a model for {name}, which chainrule.sklearn has not.")
    if parameters is None:
        parameters = {
            "hidden_layer_sizes": tuple(layer["units"] for layer in layers[:-1]),
            "activation": _activations(layers[:-1]),
        }
    known = kinds[name]._get_param_names()
    estimator = kinds[name](**{key: parameters[key] for key in parameters if key in known})
    weights = Weights(None, None)
    weights.set_arrays(engine.names, engine.read())
    weights.normalization = [layer.get("normalization", "none") for layer in layers]
    _fold(weights, description, last, path)
    estimator._weights = weights
    inputs = description["inputs"]
    estimator.n_features_in_ = len(inputs)
    if settings.get("feature_names", not settings):
        estimator.feature_names_in_ = np.asarray(inputs, dtype=object)
    estimator.n_layers_ = len(layers) + 1
    estimator.n_outputs_ = outputs
    estimator.n_iter_ = settings.get("n_iter", 0)
    estimator.t_ = settings.get("t", 0)
    loss = settings.get("loss")
    estimator.loss_ = np.nan if loss is None else loss
    estimator.out_activation_ = settings.get("out_activation", last)
    if name == "MLPClassifier":
        estimator._encoding = encoding
        if not settings and of_classes:
            _sort(weights, description["classes"])
        estimator.classes_ = estimator._encoding.classes
    estimator._start_curves(False)
    estimator.best_loss_ = None if estimator.early_stopping else np.inf
    weights.prepare(estimator)
    return estimator


def _understood(description, outputs):
    """The settings of the estimator that a file holds, its parameters and its classes, if it has them."""
    settings = (description.get("settings") or {}).get(_KEY) or {}
    parameters = settings.get("parameters")
    if parameters is not None:
        parameters = {key: _read(value) for key, value in parameters.items()}
    for key, kinds in (("n_iter", int), ("t", int), ("loss", (int, float)), ("out_activation", str)):
        if settings.get(key) is not None and not isinstance(settings[key], kinds):
            raise ValueError(f"{key} is {settings[key]!r}")
    encoding = None
    if settings.get("class", "MLPClassifier") == "MLPClassifier":
        encoding = _encoding(settings, description, outputs)
    return settings, parameters, encoding


def _canonical(activation):
    """scikit-learn's name of an activation, if it has one."""
    return {"sigmoid": "logistic", "exponential": "exp"}.get(activation, activation)


def _activations(hidden):
    names = [_canonical(layer["activation"]) for layer in hidden]
    if not names:
        return "relu"
    return names[0] if len(set(names)) == 1 else names


def _fold(weights, description, last, path):
    """Makes scaling a part of the layers: (x - offset) factor before, and output deviation + mean."""
    offsets = np.asarray(description.get("offsets") or [], dtype=np.float64)
    factors = np.asarray(description.get("factors") or [], dtype=np.float64)
    if offsets.size or factors.size:
        count = len(weights._coefs[0])
        offsets = offsets if offsets.size else np.zeros(count)
        factors = factors if factors.size else np.ones(count)
        if (offsets != 0).any() or (factors != 1).any():
            _fold_inputs(weights, offsets, factors, path)
    means = np.asarray(description.get("means") or [], dtype=np.float64)
    deviations = np.asarray(description.get("deviations") or [], dtype=np.float64)
    if means.size and ((means != 0).any() or (deviations != 1).any()):
        if last != "identity":
            raise ValueError(
                f"{path} has a network whose {last} outputs are scaled afterwards, which cannot be "
                "a part of its last layer."
            )
        coef, intercept = weights._coefs[-1], weights._intercepts[-1]
        weights._coefs[-1] = (coef * deviations).astype(coef.dtype)
        scaled = intercept * deviations + means
        weights._intercepts[-1] = scaled.astype(intercept.dtype)


def _fold_inputs(weights, offsets, factors, path):
    coef, intercept = weights._coefs[0], weights._intercepts[0]
    folded = coef * factors[:, np.newaxis]
    # x W with x scaled is x (factor W) - (offset factor) W.
    shift = (offsets * factors) @ coef
    kind = weights.normalization[0].split("(")[0]
    if kind.startswith("layer"):
        raise ValueError(
            f"{path} has a network that scales its inputs and normalises its first layer over the "
            "units, of which the scaling cannot be a part."
        )
    if kind.startswith("batch"):
        name = "layers.0.running_mean"
        mean = weights.others[name]
        weights.others[name] = (mean + shift).astype(mean.dtype)
    else:
        weights._intercepts[0] = (intercept - shift).astype(intercept.dtype)
    weights._coefs[0] = folded.astype(coef.dtype)


def _encoding(settings, description, outputs):
    labels = settings.get("labels")
    if labels is None:
        names = description.get("classes") or []
        if not names:  # each output is a label
            return OneOutput(np.eye(max(outputs, 2), dtype=int)[:, :outputs])
        return OneOutput(_numbers_if_they_are(names))
    classes = [_labels(of_one) for of_one in labels]
    kind = settings["target"]
    if kind.startswith("multilabel"):
        return OneOutput(np.eye(outputs, dtype=int))
    several = kind == "several"
    encoding = SeveralOutputs(classes=classes) if several else OneOutput(classes[0])
    count = len(encoding.classes)
    expected = sum(encoding.groups) if several else 1 if count < 3 else count
    if expected != outputs:
        raise ValueError(f"classes for {expected} outputs, but the network has {outputs}")
    return encoding


def _sort(weights, names):
    """Puts the outputs in the order of the classes: scikit-learn's are sorted, those of a file are not."""
    order = np.argsort(_numbers_if_they_are(names))
    if weights._coefs[-1].shape[1] == len(names):
        weights._coefs[-1] = weights._coefs[-1][:, order]
        weights._intercepts[-1] = weights._intercepts[-1][order]
    elif order[0] == 1:
        # One output, the probability of the second class: that of the other has the opposite logit.
        weights._coefs[-1] = -weights._coefs[-1]
        weights._intercepts[-1] = -weights._intercepts[-1]


def _numbers_if_they_are(names):
    """Class names of the command line as whole numbers where all of them are."""
    try:
        numbers = np.array([int(name) for name in names])
    except ValueError:
        return np.array(names)
    return numbers if [str(number) for number in numbers] == list(names) else np.array(names)
