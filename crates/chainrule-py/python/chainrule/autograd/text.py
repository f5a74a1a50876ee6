"""Symbols become the text that the engine reads.

The engine's values are matrices; numpy's have no, one or two dimensions. A value of one dimension is
written as a matrix of one row, or, where it came about so (a sum along rows), of one column, which is
turned only when it meets a row.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from .symbol import Symbol

#: Levels that are written inline before a step gets a name of its own; the engine reads 200.
_DEEPEST = 60

#: Numbers of a constant array that are written out where there is no other way.
_MOST_NUMBERS = 1000

#: How closely operators bind, as the engine reads them.
_SUM, _PRODUCT, _SIGN, _POWER, _WHOLE = range(5)
_OPERATORS = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "^": _POWER}

#: Derivatives of derivatives that the engine computes within an expression.
HIGHEST_ORDER = 4


class Piece(NamedTuple):
    """What is written of a symbol."""

    text: str
    dimensions: int
    #: Of one dimension, as a column.
    column: bool = False
    #: How closely its last operation binds.
    level: int = _WHOLE
    depth: int = 0
    #: How often something in it is differentiated, one within the other.
    order: int = 0

    def operand(self, level: int) -> str:
        """As an operand that must bind at least so closely."""
        return self.text if self.level >= level else f"({self.text})"


class Written(NamedTuple):
    """A text, the arrays that it reads beside its inputs, and the dimensions of its value."""

    text: str
    constants: dict
    dimensions: int
    column: bool


def in_order(symbol: Symbol, ends: Collection = ()) -> list:
    """The symbols that one is made of, each behind those that it is made of, and itself last.

    What symbols of these ids are made of is left out.
    """
    order, seen, open_ = [], set(), [(symbol, False)]
    while open_:
        found, is_done = open_.pop()
        if is_done:
            order.append(found)
        elif id(found) not in seen:
            seen.add(id(found))
            open_.append((found, True))
            if id(found) not in ends:
                open_.extend((argument, False) for argument in reversed(found.arguments))
    return order


def inputs_of(symbol: Symbol) -> list:
    """The names of the inputs, in the order in which they are met."""
    names = [found.content for found in in_order(symbol) if found.kind == "input"]
    return list(dict.fromkeys(names))


def arguments_of(symbol: Symbol) -> list:
    """Those symbols in it that stand for arguments of functions which are being differentiated."""
    return [found for found in in_order(symbol) if found.options.get("is_open")]


def written(symbol: Symbol, dimensions: dict, inline: bool = False, names: dict | None = None) -> Written:
    """The text of an expression whose inputs have these dimensions.

    With ``inline``, constant arrays are written out, and a result of one dimension may be a column.
    ``names`` holds, by id, the names of symbols that are inputs too, whatever they are made of.
    """
    return _Writer(symbol, dimensions, inline, names or {}).written()


def shown(symbol: Symbol) -> str:
    """The text as far as it is known without values: inputs taken as matrices."""
    names = {id(found): found.content for found in arguments_of(symbol)}
    dimensions = dict.fromkeys([*inputs_of(symbol), *names.values()], 2)
    try:
        text = written(symbol, dimensions, names=names).text
    except (TypeError, ValueError):
        return symbol.kind
    return text if len(text) <= 200 else text[:197] + "..."


class _Writer:
    def __init__(self, symbol, dimensions, inline, names):
        self.symbol = symbol
        self.dimensions = dimensions
        self.inline = inline
        self.names = names
        self.order = in_order(symbol, names)
        self.uses: dict = {}
        self.named = set()
        for found in self.order:
            for argument in () if id(found) in names else found.arguments:
                self.uses[id(argument)] = self.uses.get(id(argument), 0) + 1
            if found.kind == "derivative":
                self.named.add(id(found.arguments[1]))
        self.taken = {*inputs_of(symbol), *names.values()}
        self.pieces: dict = {}
        self.constants: dict = {}
        self.statements: list = []

    def written(self) -> Written:
        for found in self.order:
            piece = self.piece(found)
            is_leaf = found.kind in ("input", "number", "array") or id(found) in self.names
            is_shared = self.uses.get(id(found), 0) > 1 and not is_leaf
            is_named = found.kind == "alias" or (id(found) in self.named and not is_leaf)
            if is_shared or is_named or piece.depth >= _DEEPEST:
                piece = self.step(piece)
            self.pieces[id(found)] = piece
        piece = self.pieces[id(self.symbol)]
        text = piece.text
        if piece.column and not self.inline:
            text = f"transpose({text})"
        text = "; ".join([*self.statements, text])
        return Written(text, self.constants, piece.dimensions, piece.column)

    def step(self, piece: Piece) -> Piece:
        name = self.free("u")
        self.statements.append(f"{name} = {piece.text}")
        return Piece(name, piece.dimensions, piece.column, order=piece.order)

    def free(self, letter: str) -> str:
        number = 1
        while f"{letter}{number}" in self.taken:
            number += 1
        self.taken.add(f"{letter}{number}")
        return f"{letter}{number}"

    def piece(self, symbol: Symbol) -> Piece:
        name = self.names.get(id(symbol))
        if name is not None:
            return Piece(name, self.dimensions[name])
        parts = [self.pieces[id(argument)] for argument in symbol.arguments]
        depth = 1 + max((part.depth for part in parts), default=-1)
        made = self.leaf(symbol) if not parts else self.made(symbol, parts)
        order = max((part.order for part in parts), default=0)
        if symbol.kind == "derivative":
            # By something, not of it.
            order = parts[0].order + 1
        if order > HIGHEST_ORDER:
            raise ValueError(
                f"an expression can hold derivatives up to the order {HIGHEST_ORDER}, each of which makes "
                "it several times as large, and this one is of a higher order: "
                f"{HIGHEST_ORDER + 1} calls of grad within each other are the most there can be"
            )
        return made._replace(depth=depth, order=order)

    def leaf(self, symbol: Symbol) -> Piece:
        if symbol.kind == "input":
            return Piece(symbol.content, self.dimensions[symbol.content])
        if symbol.kind == "number" and np.isfinite(symbol.content):
            return _typed(number(symbol.content), 0)
        array = np.asarray(symbol.content)
        if self.inline:
            return self.typed(array)
        name = self.free("c")
        self.constants[name] = array
        return Piece(name, array.ndim)

    def typed(self, array) -> Piece:
        """A constant array written out, for expressions that are stored."""
        if not np.isfinite(array).all():
            raise ValueError("a stored expression can have finite numbers only, found others in it")
        if array.size > _MOST_NUMBERS or (array.ndim == 2 and array.shape[0] != 1):
            raise ValueError(
                "a stored expression can have single numbers and rows of up to "
                f"{_MOST_NUMBERS} numbers, found an array of the shape {array.shape}"
            )
        numbers = [number(each) for each in array.ravel().tolist()]
        if len(numbers) == 1:
            return _typed(numbers[0], array.ndim)
        return Piece(f"concatenate({', '.join(numbers)})", array.ndim)

    def made(self, symbol: Symbol, parts: list) -> Piece:
        kind = symbol.kind
        if kind in _OPERATORS:
            (left, right), dimensions, column = _alike(parts)
            level = _OPERATORS[kind]
            # Powers bind from the right, the others from the left.
            left = left.operand(level + 1 if kind == "^" else level)
            sign = f" {kind} " if level == _SUM else kind
            return Piece(f"{left}{sign}{right.operand(level + 1)}", dimensions, column, level)
        if kind == "negate":
            (part,) = parts
            return part._replace(text=f"-{part.operand(_SIGN)}", level=_SIGN)
        if kind == "alias":
            # A name of its own: what is differentiated by it is not differentiated by what it stands
            # for elsewhere.
            return parts[0]
        if kind == "call":
            parts, dimensions, column = _alike(parts)
            return Piece(_call(symbol.content, parts, symbol.options["numbers"]), dimensions, column)
        return getattr(self, f"_{kind}")(symbol, parts)

    def _matmul(self, _, parts):
        left, right = parts
        if 0 in (left.dimensions, right.dimensions):
            raise ValueError("a matrix product needs arrays of one or two dimensions; use * for numbers")
        left = _row(left) if left.dimensions == 1 else left
        right = _column(right) if right.dimensions == 1 else right
        text = _call("matmul", [left, right])
        dimensions = left.dimensions + right.dimensions - 2
        return Piece(text, dimensions, column=right.dimensions == 1 and dimensions == 1)

    def _transpose(self, _, parts):
        (part,) = parts
        return Piece(_call("transpose", parts), 2) if part.dimensions == 2 else part

    def _sum(self, symbol, parts):
        (part,) = parts
        axis, keep = _checked(symbol.options["axis"], part), symbol.options["keepdims"]
        if axis is None or part.dimensions < 2:
            # A single number, in as many dimensions as are kept.
            return Piece(_call(symbol.kind, parts), part.dimensions if keep else 0)
        text = _call(symbol.kind, parts, (axis,))
        return Piece(text, 2) if keep else Piece(text, 1, column=axis == 1)

    _mean = _sum

    def _along(self, symbol, parts):
        (part,) = parts
        if part.dimensions == 0:
            raise ValueError(f"{symbol.content} goes along an axis, but a single number has none")
        axis, name = _checked(symbol.options["axis"], part), symbol.content
        if axis is None:
            raise ValueError(f"expected 0 or 1 as the axis of {name}, found None")
        is_reduced = name == "log_sum_exp"
        keep = symbol.options["keepdims"]
        if part.dimensions == 1:
            text = _call(name, [_row(part)])
            return Piece(text, 1 if keep or not is_reduced else 0)
        if axis == 1:
            text = _call(name, parts)
            return Piece(text, 2) if keep or not is_reduced else Piece(text, 1, column=True)
        text = _call(name, [Piece(_call("transpose", parts), 2)])
        if is_reduced and not keep:
            return Piece(text, 1, column=True)
        return Piece(f"transpose({text})", 2)

    def _concatenate(self, symbol, parts):
        dimensions = {part.dimensions for part in parts}
        if dimensions not in ({1}, {2}):
            raise ValueError(
                "concatenate needs arrays that have all one dimension or all two, found "
                f"{', '.join(str(part.dimensions) for part in parts)}"
            )
        if len(parts) == 1:
            return parts[0]
        axis = _checked(symbol.options["axis"], parts[0])
        if dimensions == {1}:
            return Piece(_call("concatenate", [_row(part) for part in parts]), 1)
        if axis == 1:
            return Piece(_call("concatenate", parts), 2)
        turned = [Piece(_call("transpose", [part]), 2) for part in parts]
        return Piece(f"transpose({_call('concatenate', turned)})", 2)

    def _columns(self, symbol, parts):
        part = _row(parts[0])
        return Piece(_call("columns", [part], symbol.options["numbers"]), max(part.dimensions, 1))

    def _gather_rows(self, _, parts):
        table, index = parts
        if table.dimensions == 1:
            return Piece(_call("gather_rows", [_column(table), _column(index)]), 1, column=True)
        return Piece(_call("gather_rows", [table, _column(index)]), 2)

    def _scatter_add_rows(self, symbol, parts):
        values, index = parts
        column = values.dimensions == 1
        values = _column(values) if column else values
        text = _call("scatter_add_rows", [values, _column(index)], symbol.options["numbers"])
        return Piece(text, 1 if column else 2, column=column)

    def _derivative(self, _, parts):
        of, by = parts
        return Piece(_call("derivative", [of, by]), by.dimensions, by.column)


def _typed(text: str, dimensions: int) -> Piece:
    return Piece(text, dimensions, level=_SIGN if text.startswith("-") else _WHOLE)


def number(value: float) -> str:
    """A number as it is typed, to all of its digits."""
    value = float(value)
    is_short = value.is_integer() and abs(value) < 1e15
    return repr(value).removesuffix(".0") if is_short else repr(value)


def _call(name, parts, numbers=()):
    return f"{name}({', '.join([*(part.text for part in parts), *map(number, numbers)])})"


def _row(part):
    is_column = part.dimensions == 1 and part.column
    return Piece(f"transpose({part.text})", 1) if is_column else part


def _column(part):
    is_row = part.dimensions == 1 and not part.column
    return Piece(f"transpose({part.text})", 1, True) if is_row else part


def _alike(parts):
    """Parts of an elementwise operation as matrices that repeat as numpy's arrays do."""
    dimensions = max(part.dimensions for part in parts)
    of_one = [part for part in parts if part.dimensions == 1]
    column = dimensions == 1 and all(part.column for part in of_one)
    if not column:
        parts = [_row(part) for part in parts]
    return parts, dimensions, column


def _checked(axis, part):
    if axis is None:
        return None
    if not -part.dimensions <= axis < part.dimensions:
        raise ValueError(
            f"there is no axis {axis} where there are {part.dimensions} dimensions; give both "
            "dimensions to the array, or leave the axis out"
        )
    return axis % part.dimensions
