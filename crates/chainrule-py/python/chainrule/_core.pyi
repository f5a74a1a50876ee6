"""The Rust half of the package: expressions."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

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
