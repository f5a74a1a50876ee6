"""A fit that fails leaves the estimator as it was."""


class Undo:
    """Puts an estimator's attributes back if the block ends with an exception.

    The arrays of weights are never written to by a fit, so that remembering them is enough; the lists
    that it appends to are shortened again.
    """

    def __init__(self, estimator):
        self._estimator = estimator

    def __enter__(self):
        self._before = dict(vars(self._estimator))
        self._lengths = {
            name: len(value)
            for name, value in self._before.items()
            if isinstance(value, list)
        }
        self._weights = self._before.get("_weights")
        if self._weights is not None:
            self._weights.read()
            self._weights_before = dict(vars(self._weights))
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            return
        attributes = vars(self._estimator)
        attributes.clear()
        attributes.update(self._before)
        for name, length in self._lengths.items():
            del attributes[name][length:]
        weights = self._weights
        if weights is None:
            return
        has_moved = weights.moves != self._weights_before["moves"]
        vars(weights).update(self._weights_before)
        if has_moved:
            # The engine is elsewhere, and what its optimiser remembers may be what went wrong.
            weights.lose_engines()
            attributes.pop("_optimizer", None)
