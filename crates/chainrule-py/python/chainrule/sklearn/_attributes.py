"""The attributes of the estimators, for type checkers: parameters, and what a fit adds."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Attributes:
    """Annotations alone; they make no attributes."""

    # Parameters.
    hidden_layer_sizes: int | Sequence[int]
    activation: str | Sequence[str]
    solver: str
    alpha: float
    batch_size: int | str
    learning_rate: str
    learning_rate_init: float
    power_t: float
    max_iter: int
    loss: str | Callable[..., Any]
    shuffle: bool
    random_state: int | np.random.RandomState | None
    tol: float
    verbose: bool | int
    warm_start: bool
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: int | float
    max_fun: int
    dropout: float | Sequence[float]
    input_dropout: float
    normalization: str | Sequence[str | None] | None
    weight_decay: float
    warm_up: float
    clip_norm: float | None
    clip_value: float | None
    l1: float
    monitor: str | Callable[..., float] | None
    callbacks: Callable[..., Any] | Sequence[Callable[..., Any]] | None
    progress_bar: bool
    n_threads: int | None

    # What a fit adds.
    loss_: float
    best_loss_: float | None
    loss_curve_: list[float]
    learning_rate_curve_: list[float]
    validation_loss_curve_: list[float] | None
    validation_scores_: list[float] | None
    best_validation_score_: float | None
    n_iter_: int
    t_: int
    n_layers_: int
    n_outputs_: int
    n_features_in_: int
    feature_names_in_: NDArray[Any]
    out_activation_: str
