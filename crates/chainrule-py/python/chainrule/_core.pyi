"""The engine: the Rust half of the package."""

from os import PathLike
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Engine",
    "available_threads",
    "panic",
    "Training",
    "ACTIVATIONS",
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "expression_functions",
    "expression_evaluate",
    "expression_gradient",
    "expression_check_gradient",
    "expression_trace",
    "expression_draw",
    "expression_own_loss",
]

ACTIVATIONS: list[str]
LOSSES: list[str]
OPTIMIZERS: list[str]
SCHEDULES: list[str]

_Array = NDArray[Any]
# A matrix of the engine's precision, or data, indices, offsets and columns of a sparse one.
_Rows = _Array | tuple[_Array, _Array, _Array, int]

@final
class Engine:
    """A network with weights in one precision."""

    def __new__(cls, network: str, double: bool) -> Engine: ...
    @property
    def names(self) -> list[str]: ...
    @property
    def dtype(self) -> np.dtype[Any]: ...
    def read(self) -> list[_Array]: ...
    def write(self, arrays: list[_Array]) -> None: ...
    def holds(self, arrays: list[_Array]) -> bool: ...
    def predict(self, inputs: _Rows, check_finite: bool = True) -> _Array: ...
    def predict_classes(
        self, inputs: _Rows, check_finite: bool = True
    ) -> NDArray[np.int64]: ...
    def save(self, path: str | PathLike[str], description: str) -> None: ...
    @staticmethod
    def load(path: str | PathLike[str]) -> tuple[Engine, str]: ...
    def set_threads(self, threads: int | None) -> None: ...

@final
class Training:
    """Steps under some settings, on one engine."""

    def __new__(
        cls,
        engine: Engine,
        settings: str,
        weighted: bool,
        threads: int | None = None,
    ) -> Training: ...
    def epoch(
        self,
        inputs: _Rows,
        targets: _Array,
        weights: NDArray[np.float64] | None,
        order: _Array | None,
        learning_rate: float | None = None,
    ) -> tuple[float, float]: ...
    def epoch_ended(self, loss: float, validation: float | None = None) -> bool: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def learned_names(self) -> list[str]: ...
    def loss(
        self,
        inputs: _Rows,
        targets: _Array,
        weights: NDArray[np.float64] | None = None,
    ) -> float: ...
    def loss_and_gradient(
        self,
        packed: NDArray[np.float64],
        inputs: _Rows,
        targets: _Array,
        weights: NDArray[np.float64] | None = None,
    ) -> tuple[float, float, NDArray[np.float64]]: ...
    def states(self) -> tuple[int, list[NDArray[np.float64]]]: ...
    def set_states(self, step: int, states: list[NDArray[np.float64]]) -> None: ...

def available_threads() -> int: ...
def panic() -> None: ...
def expression_functions() -> list[tuple[str, int, int | None, int, int, bool, str]]: ...
def expression_evaluate(
    text: str, inputs: dict[str, NDArray[np.float64]], dimensions: int | None = None
) -> NDArray[np.float64]: ...
def expression_gradient(
    text: str,
    inputs: dict[str, NDArray[np.float64]],
    names: list[str],
    dimensions: int | None = None,
) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]: ...
def expression_check_gradient(
    text: str, inputs: dict[str, NDArray[np.float64]], names: list[str]
) -> list[tuple[str, int, int, float, float, float, bool]]: ...
def expression_trace(text: str, inputs: dict[str, NDArray[np.float64]]) -> dict[str, Any]: ...
def expression_draw(
    text: str, inputs: dict[str, NDArray[np.float64]], dark: bool = False
) -> str: ...
def expression_own_loss(text: str, outputs: int) -> None: ...
