"""Classes and labels as numbers for the engine, and back."""

import numpy as np
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.multiclass import type_of_target, unique_labels

from ._examples import Target


def is_of_several_outputs(y):
    """Whether y has several columns of classes each, and is not a matrix of labels."""
    if getattr(y, "ndim", 1) != 2 or hasattr(y, "tocsr") or y.shape[1] < 2:
        return False
    if y.dtype == object:  # such as a frame of numbers and text
        kinds = {type_of_target(column) for column in columns_of(y)}
        if not kinds <= {"binary", "multiclass"}:
            raise ValueError(
                f"Unknown label type: columns of y are {', '.join(sorted(kinds))}; each must have classes."
            )
        return True
    return type_of_target(y) == "multiclass-multioutput"


def columns_of(y):
    """The columns of y, each with a type of its own."""
    columns = list(y.T)
    if y.dtype != object:
        return columns
    for at, column in enumerate(columns):
        # NumPy would make text of numbers beside text.
        if not any(isinstance(value, str) for value in column):
            narrow = np.array(column.tolist())
            columns[at] = narrow if narrow.dtype.kind in "biufmM" else column
    return columns


def is_of_several_arrays(classes):
    """Whether the classes of ``partial_fit`` are a list of arrays, one for each column of y."""
    if isinstance(classes, np.ndarray):
        return classes.ndim == 2
    return isinstance(classes, (list, tuple)) and any(map(_is_array, classes))


def _is_array(classes):
    return hasattr(classes, "__len__") and not isinstance(classes, (str, bytes))


def checked_arrays(classes):
    """The classes of each column, in order."""
    found = []
    for number, of_one in enumerate(classes):
        array = np.asarray(of_one)
        if array.ndim != 1 or not len(array):
            raise ValueError(
                "classes must be an array, or a list with an array for each column of y; "
                f"classes[{number}] is {of_one!r:.60}."
            )
        try:
            found.append(np.unique(array))
        except TypeError:
            raise ValueError(
                f"classes[{number}] has text and numbers, which have no order."
            ) from None
    if len(found) < 2:
        raise ValueError("classes must be an array where y has one column, not a list of one array.")
    return found


def as_numbers(y, classes):
    """The number of each label's class.

    Raises
    ------
    ValueError
        For a label that is none of the classes.
    """
    numbers = np.searchsorted(classes, y)
    numbers[numbers == len(classes)] = 0
    if not np.array_equal(classes[numbers], y):
        missing = np.setdiff1d(np.unique(y), classes)
        raise ValueError(
            "`y` has classes not in `self.classes_`. "
            f"`self.classes_` has {classes}. 'y' has {missing}."
        )
    return numbers


def check_classes(y, same_classes, shown):
    """Refuses a y of other classes."""
    classes = unique_labels(y)
    if same_classes:
        if set(classes) != set(shown):
            raise ValueError(
                "warm_start can only be used where `y` has the same "
                "classes as in the previous call to fit. Previously "
                f"got {shown}, `y` has {classes}"
            )
    elif len(np.setdiff1d(classes, shown, assume_unique=True)):
        raise ValueError(
            "`y` has classes not in `self.classes_`. "
            f"`self.classes_` has {shown}. 'y' has {classes}."
        )


class OneOutput:
    """One column of classes, or a matrix of labels: what scikit-learn's classifier knows.

    Attributes
    ----------
    binarizer : LabelBinarizer
        scikit-learn's, which decides what y is and refuses what cannot be used.
    groups : None
        There are no groups of outputs.
    """

    groups = None

    def __init__(self, classes_or_y):
        self.binarizer = LabelBinarizer().fit(classes_or_y)
        self.classes = self.binarizer.classes_
        # Whether any number of labels may apply to a row.
        self.is_of_labels = self.binarizer.y_type_.startswith("multilabel")

    def check(self, y, same_classes, shown):
        """Refuses a y of other classes."""
        if not self.is_of_labels and is_of_several_outputs(y):
            raise ValueError(
                "y must be one column of classes, as in the call before or in `classes`, got shape "
                f"{y.shape}. Several columns have a list of arrays as `classes`."
            )
        check_classes(y, same_classes, shown)

    def target(self, y):
        """y for the engine."""
        if self.is_of_labels or y.ndim != 1:
            labels = self.binarizer.transform(y)
            return Target(labels, y, labels.shape[1])
        numbers = as_numbers(y, self.classes).astype(np.uint32)
        if self.binarizer.y_type_ == "multiclass":
            return Target(numbers, y, len(self.classes))
        # A split keeps the shares of two classes, but not those of more: so it is in scikit-learn.
        return Target(numbers, y, 1, stratify=(numbers == 1).reshape(-1, 1))

    def decided(self, numbers):
        """The numbers of the classes that the engine chose; a single class is always chosen."""
        return numbers if len(self.classes) > 1 else np.zeros_like(numbers)

    @property
    def activation(self):
        """The output layer's."""
        return "softmax" if self.binarizer.y_type_ == "multiclass" else "logistic"


class SeveralOutputs:
    """Several columns of classes.

    One network has a group of output units for each column, a softmax within each group; the loss is
    the sum of the groups' cross-entropies. So the columns share the hidden layers.

    Attributes
    ----------
    groups : list of int
        Classes of each output.
    """

    is_of_labels = False
    activation = "softmax"

    def __init__(self, y=None, classes=None):
        if classes is None:
            classes = columns_of(y)
        self.classes = [np.unique(of_one) for of_one in classes]
        self.groups = [len(of_one) for of_one in self.classes]

    def check(self, y, same_classes, shown):
        """Refuses a y of other classes."""
        if y.ndim != 2 or y.shape[1] != len(self.groups):
            raise ValueError(
                f"y must have {len(self.groups)} columns, one for each array of classes, got shape "
                f"{y.shape}."
            )
        for column, classes in zip(columns_of(y), self.classes):
            check_classes(column, same_classes, classes)

    def target(self, y):
        """y for the engine: a row has a 1 in each group."""
        starts = np.cumsum([0, *self.groups[:-1]])
        values = np.zeros((len(y), sum(self.groups)))
        for column, start, classes in zip(columns_of(y), starts, self.classes):
            values[np.arange(len(y)), start + as_numbers(column, classes)] = 1.0
        return Target(values, y, values.shape[1])

    def divided(self, outputs):
        """The columns of each group."""
        return np.split(outputs, np.cumsum(self.groups[:-1]), axis=1)

    def numbers(self, outputs):
        """The number of the most probable class of each output."""
        return np.column_stack([group.argmax(axis=1) for group in self.divided(outputs)])

    def predicted(self, outputs):
        """The most probable class of each output."""
        numbers = self.numbers(outputs)
        columns = [classes[numbers[:, at]] for at, classes in enumerate(self.classes)]
        kinds = {column.dtype.kind for column in columns}
        if len(kinds) > 1 and not kinds <= set("biuf"):
            # NumPy would make text of the numbers beside text.
            columns = [column.astype(object) for column in columns]
        return np.column_stack(columns)
