"""The weights of a fitted network: arrays for Python, engines for the arithmetic."""

from contextlib import contextmanager

import numpy as np

from chainrule import _core

from ._network import describe
from ._threads import Forks, threads_to_use


_NO_ROWS = object()  # is nothing that one can predict from


class Weights:
    """The weights and biases of a network, and what computes with them.

    The arrays are what is pickled and copied; an engine is made from them when one is needed, one for
    each precision. Three things keep the two together:

    - while training, the engine runs ahead (``is_behind``) and the arrays are read from it when they
      are asked for;
    - once they were handed out (``is_out``) they may be edited in place at any time, so the engine
      compares them with its own before it computes, and takes them over where they differ;
    - the engine of the other precision is filled again after every change.

    Parameters
    ----------
    coefs, intercepts : list of ndarray
        A weight matrix (inputs, units) and a bias vector for each layer.
    normalization : list of str
        What each layer is normalised by.
    others : dict of str to ndarray
        The other numbers of normalised layers by the engine's names.
    """

    def __init__(self, coefs, intercepts, normalization=None, others=None):
        self._coefs = coefs
        self._intercepts = intercepts
        self.normalization = normalization
        self.others = {} if others is None else others
        # How often the engine left the arrays behind.
        self.moves = 0
        self.lose_engines()

    def lose_engines(self):
        """Leaves the arrays alone; engines are made anew when they are needed."""
        self._engine = None  # of the precision of the weights
        self._engine_is_double = self._engine_units = None
        self._other = None  # of the other precision, for inputs of it
        self._other_is_current = False
        self.is_behind = False
        self.is_out = False
        # Rows that were validated already.
        self.trusted = _NO_ROWS
        # The steps under way on the engine, and the settings that they were planned for.
        self.training = None
        self.planned_batch = 0
        self.training_key = None
        # What the engine was made for, compared by identity before each prediction.
        self._activation = self._out_activation = None
        self.network = None
        self._forks = Forks.count

    def __getstate__(self):
        self.read()
        names = ("_coefs", "_intercepts", "normalization", "others")
        return {name: getattr(self, name) for name in names}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.moves = 0
        self.lose_engines()

    def __copy__(self):
        """Another holder of the same arrays: what is edited in place both have, what is replaced one."""
        self.read()
        other = Weights(self._coefs, self._intercepts, self.normalization, self.others)
        self.is_out = other.is_out = True
        return other

    # The arrays.

    @property
    def coefs(self):
        """The weight matrices; from now on they may be edited."""
        self.read()
        self.is_out = True
        return self._coefs

    @property
    def intercepts(self):
        """The biases; from now on they may be edited."""
        self.read()
        self.is_out = True
        return self._intercepts

    def replace(self, **parts):
        """Puts other lists in their place; None where one is deleted."""
        self.read()
        for name, arrays in parts.items():
            setattr(self, f"_{name}", arrays)
        self.is_out = True

    def check(self, estimator):
        """Refuses what was put in the place of the arrays and is no network of the estimator's layers."""
        for name in ("coefs", "intercepts"):
            estimator._part(name)  # there is no such attribute if it was deleted
        count = estimator.n_layers_ - 1
        for name, arrays in (("coefs_", self._coefs), ("intercepts_", self._intercepts)):
            if not hasattr(arrays, "__len__"):
                raise TypeError(f"{name} must be a list of arrays, got {arrays!r}.")
            if len(arrays) != count:
                raise ValueError(
                    f"{name} must have {count} arrays, one less than n_layers_; got {len(arrays)}."
                )
            for number, array in enumerate(arrays):
                if not isinstance(array, np.ndarray):
                    raise TypeError(
                        f"{name}[{number}] must be an ndarray, got {type(array).__name__}."
                    )
        before = None
        for number, (coef, intercept) in enumerate(zip(self._coefs, self._intercepts)):
            if coef.ndim != 2 or coef.shape[0] != (before or coef.shape[0]):
                raise ValueError(
                    f"coefs_[{number}] must have the shape ({before or 'inputs'}, units), "
                    f"got {coef.shape}."
                )
            before = coef.shape[1]
            if intercept.shape != (before,):
                raise ValueError(
                    f"intercepts_[{number}] must have the shape ({before},), as coefs_[{number}] has "
                    f"{before} units; got {intercept.shape}."
                )

    def read(self):
        """Brings the arrays up to where the engine is."""
        if self.is_behind:
            self.set_arrays(self._engine.names, self._engine.read())
            self.is_behind = False
            # What was handed out before are other arrays now.
            self.is_out = False

    def set_arrays(self, names, arrays):
        """Puts arrays, one for each name, in the place of all."""
        self._coefs, self._intercepts, self.others = [], [], {}
        places = {"weight": self._coefs, "bias": self._intercepts}
        for name, array in zip(names, arrays):
            place = places.get(name.rsplit(".", 1)[1])
            if place is None:
                self.others[name] = array
            else:
                place.append(array)

    def arrays(self, names):
        """The arrays of an engine, in the order of its names."""
        if len(names) == 2 * len(self._coefs):  # no layer is normalised
            pairs = zip(self._coefs, self._intercepts)
            return [array for pair in pairs for array in pair]
        arrays = []
        for name in names:
            _, layer, kind = name.split(".")
            if kind == "weight":
                arrays.append(self._coefs[int(layer)])
            elif kind == "bias":
                arrays.append(self._intercepts[int(layer)])
            else:
                arrays.append(self.others[name])
        return arrays

    @property
    def units(self):
        """The numbers of inputs and of the units of each layer."""
        shapes = [np.shape(coef) for coef in self._coefs]
        return [shapes[0][0], *(shape[1] for shape in shapes)]

    @property
    def is_double(self):
        """Whether the weights are float64, or will be."""
        if self._engine is not None and (self.is_behind or not self.is_out):
            return self._engine_is_double
        return np.result_type(*self._coefs, *self._intercepts) != np.float32

    # The engine.

    def kinds(self):
        """What each layer is normalised by."""
        return self.normalization or ["none"] * len(self._coefs)

    def prepare(self, estimator, network=None, double=None):
        """Makes the engine ready: of this network, in this precision, with the arrays' numbers."""
        activation, out_activation = estimator.activation, estimator.out_activation_
        if self.is_out:
            self.check(estimator)
        if network is None:
            # Dropout does not matter for predictions: a network that was trained with it will do.
            if self._engine is not None and self._has_shape_of(activation, out_activation):
                network = self.network
            else:
                output = estimator._output_text()
                kinds = self.kinds()
                network = describe(self.units, activation, output, kinds)
        if double is None:
            double = self.is_double
        if not self._fits(network, double):
            self.read()
            engine = _core.Engine(network, double)
            engine.set_threads(threads_to_use(estimator.n_threads))
            self.fill(engine)
            self._engine, self._engine_is_double = engine, double
            self.network, self._engine_units = network, self.units
            self._other, self._other_is_current = None, False
            self.training = self.training_key = None
        elif self._forks != Forks.count:
            self._engine.set_threads(threads_to_use(estimator.n_threads))
        self._forks = Forks.count
        self._activation, self._out_activation = activation, out_activation
        return self._engine

    def take_edits(self):
        """Gives the engine what was edited while it trained.

        Returns
        -------
        bool
            Whether it could: the shapes and the precision must be as before.
        """
        try:
            return (
                len(self._coefs) == len(self._intercepts) == len(self._engine_units) - 1
                and self.is_double == self._engine_is_double
                and self._fits(self.network, self._engine_is_double)
            )
        except (TypeError, IndexError):  # no arrays
            return False

    def _has_shape_of(self, activation, out_activation):
        """Whether the engine has these activations, and the arrays its shapes."""
        return (
            activation == self._activation
            and out_activation == self._out_activation
            and (self.is_behind or not self.is_out or self.units == self._engine_units)
        )

    def _fits(self, network, double):
        """Whether the engine is of this network and has the numbers of the arrays now."""
        engine = self._engine
        if engine is None or network != self.network:
            return False
        if double != self._engine_is_double:
            return False
        if self.is_behind or not self.is_out:
            return True
        arrays = self.arrays(engine.names)
        try:
            if not engine.holds(arrays):
                engine.write([as_floats(array) for array in arrays])
                self._other_is_current = False
        except ValueError:  # of other shapes
            return False
        return True

    def fill(self, engine):
        """Gives an engine the numbers of the arrays."""
        names = engine.names
        if len(names) != 2 * len(self._coefs):
            fresh = dict(zip(names, engine.read()))
            # A layer that was not normalised before begins with what the engine begins with.
            self.others = {
                name: self.others.get(name, fresh[name])
                for name in names
                if name.rsplit(".", 1)[1] not in ("weight", "bias")
            }
        engine.write([as_floats(array) for array in self.arrays(names)])

    def engine_of(self, estimator, double):
        """The engine that computes in this precision, ready for predictions."""
        if not (
            estimator.activation is self._activation
            and estimator.out_activation_ is self._out_activation
            and (self.is_behind or not self.is_out)
            and self._forks == Forks.count
        ):
            self.prepare(estimator)
        engine = self._engine
        if double == self._engine_is_double:
            return engine
        if self._other is None:
            self._other = _core.Engine(self.network, double)
            self._other.set_threads(threads_to_use(estimator.n_threads))
            self._other_is_current = False
        if not self._other_is_current:
            self._other.write(engine.read())
            self._other_is_current = not self.is_behind
        return self._other

    def has_moved(self):
        """To be told when the engine's numbers are other than the arrays'."""
        self.moves += 1
        self.is_behind = True
        self._other_is_current = False

    def put(self, arrays):
        """Gives the engine these numbers."""
        self._engine.write(arrays)
        self.has_moved()

    @contextmanager
    def trusting(self, X):
        """Within it predictions take these very rows as they are, and check all others."""
        self.trusted = X
        try:
            yield
        finally:
            self.trusted = _NO_ROWS

    @property
    def engine(self):
        """The engine that was prepared last."""
        return self._engine


def as_floats(array):
    """An array as an engine takes it."""
    array = np.asarray(array)
    is_taken = array.dtype in (np.float32, np.float64) and array.flags.aligned
    return array if is_taken else np.require(array, np.float64, ("A",))
