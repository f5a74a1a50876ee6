"""chainrule.autograd: values as numpy's, gradients as differences say, the worked numbers of the book."""

import doctest
import importlib
import pkgutil
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from chainrule import autograd
from chainrule.autograd import (
    check_gradient,
    columns,
    concatenate,
    derivative,
    exp,
    gather_rows,
    grad,
    gradient,
    greater,
    ln,
    log_softmax,
    log_sum_exp,
    loss_text,
    relu,
    scatter_add_rows,
    sigmoid,
    softmax,
    symbol,
    tanh,
    trace,
    value,
    value_and_grad,
    where,
)

random = np.random.RandomState(7)
A, B = random.randn(4, 3), random.randn(3, 5)
V, W = random.randn(3), random.randn(4)


# Worked numbers


def test_quotient():
    x, y, z = map(symbol, "xyz")
    f = x**2 * y / z
    point = {"x": 3, "y": 4, "z": 2}
    assert value(f, **point) == 18
    assert gradient(f, ["x", "y", "z"], **point) == [12, 4.5, -9]
    assert gradient("x^2*y/z", ["x", "y", "z"], **point) == [12, 4.5, -9]
    steps = trace(f, **point)
    assert [step["value"] for step in steps.steps if step["origin"] == "computed"] == [9, 36, 18]


def test_logistic_regression():
    def loss(w, b, x, y):
        a = sigmoid(w * x + b)
        return -(y * ln(a) + (1 - y) * ln(1 - a))

    found, (by_w, by_b) = value_and_grad(loss, argnums=(0, 1))(2.0, 0.0, 1.0, 1.0)
    assert found == pytest.approx(0.126928, abs=5e-7)
    assert by_w == pytest.approx(-0.119203, abs=5e-7)
    assert by_b == pytest.approx(-0.119203, abs=5e-7)
    u = symbol("w") * symbol("x")
    a = sigmoid(u + symbol("b"))
    steps = trace(-ln(a), w=2, b=0, x=1)
    (path,) = [it for it in steps.steps if it["operation"] == "sigmoid"][0]["paths"]
    assert path["product"] == pytest.approx(-1.135335, abs=5e-7)
    local = [it for it in steps.steps if it["operation"] == "add"][0]["paths"][0]["local"]
    assert local == pytest.approx(0.104994, abs=5e-7)


def test_one_input_along_three_paths():
    x = symbol("x")
    steps = trace(x**2 + (3 * x) ** 2 + 1 / (x + 1), x=2)
    assert steps["x"]["gradient"] == pytest.approx(39.888889, abs=5e-7)
    assert len(steps["x"]["paths"]) == 3
    assert "sum over 3 paths" in str(steps)


def test_reused_values_count_once_per_use():
    a = symbol("a")
    b = a + a
    assert gradient(b + b, "a", a=1) == 4
    assert gradient(a * a, "a", a=3) == 6


def test_second_derivatives():
    cube = grad(lambda x: x**3)
    assert cube(2.0) == 12
    assert grad(cube)(2.0) == 12
    assert grad(grad(cube))(2.0) == 6
    x = np.array([0.3, -1.2])
    by_differences = [
        (grad(lambda x: tanh(x).sum())(x + h)[i] - grad(lambda x: tanh(x).sum())(x - h)[i]) / 2e-5
        for i, h in enumerate(1e-5 * np.eye(2))
    ]
    found = grad(lambda x: grad(lambda t: tanh(t).sum())(x).sum())(x)
    np.testing.assert_allclose(found, by_differences, atol=1e-6)


def test_an_inner_derivative_is_by_its_own_argument():
    assert grad(lambda s: grad(lambda t: t * s)(s))(3.0) == 1
    assert grad(lambda s: grad(lambda t: t**2 * s)(2 * s))(3.0) == 24
    x = symbol("x")
    assert value(derivative(derivative(exp(2 * x), x), x), x=0) == 4


def test_an_inner_derivative_sees_the_argument_around_it():
    def of_the_same_name(x):
        outer = x
        return x * grad(lambda x: outer + x)(1.0)

    assert grad(of_the_same_name)(3.0) == 1
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(3.0) == 1
    assert grad(lambda a: value_and_grad(lambda b: a * b**2)(2.0)[1])(3.0) == 4
    assert grad(lambda a: value_and_grad(lambda b: a * b**2)(2.0)[0])(3.0) == 4
    # Three deep, all at the same number: d/da d/db d/dc of a b c^2 is 2c.
    three = grad(lambda a: grad(lambda b: grad(lambda c: a * b * c**2)(2.0))(2.0))
    assert three(2.0) == 4
    # What reads nothing from around it is a number at once.
    assert grad(lambda a: float(grad(lambda b: b**2)(3.0)) * a)(2.0) == 6
    assert grad(lambda a, b: grad(lambda t: t**2 * a)(b), argnums=(0, 1))(3.0, 5.0) == (10, 6)
    x = symbol("x")
    assert value(grad(lambda b: x * b**2)(3.0), x=2) == 12
    assert "u1 = c1" in repr(grad(lambda b: x * b**2)(3.0))
    # The argument around it may be all that is read, or be differentiated by within.
    assert grad(lambda x: grad(lambda y: x**2)(1.0) * x)(3.0) == 0
    assert grad(lambda x: grad(lambda y: derivative(x**3 * y, x))(2.0))(3.0) == 18
    assert check_gradient(grad(lambda b: x**2 * b**2)(3.0), x=2).passes
    # A failure within leaves nothing behind.
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: grad(lambda y: 1 / 0)(1.0))(2.0)
    assert grad(lambda x: x**2)(2.0) == 4


def test_inner_derivatives_of_matrices():
    def f(a):
        # By b it is 2 a b, so the whole is the sum of 2 a^2 b.
        return (a * grad(lambda b: (a * b**2).sum())(A[::-1])).sum()

    np.testing.assert_allclose(grad(f)(A), 4 * A * A[::-1], rtol=1e-14)
    of_rows = grad(lambda a: (a * grad(lambda v: (a @ v).sum() ** 2)(V)).sum())(A)
    by_differences = np.zeros_like(A)
    for place in np.ndindex(*A.shape):
        step = np.zeros_like(A)
        step[place] = 1e-6
        at = [(m * 2 * (m @ V).sum() * m.sum(axis=0)).sum() for m in (A + step, A - step)]
        by_differences[place] = (at[0] - at[1]) / 2e-6
    np.testing.assert_allclose(of_rows, by_differences, rtol=1e-6, atol=1e-6)


def test_derivatives_up_to_the_fifth_order():
    f = lambda x: autograd.sin(x) * exp(x)  # noqa: E731
    for _ in range(5):
        f = grad(f)
    # The fourth derivative of it is -4 of itself.
    expected = -4 * np.exp(1) * (np.sin(1) + np.cos(1))
    np.testing.assert_allclose(f(1.0), expected, rtol=1e-12)
    for _ in range(3):
        f = grad(f)
        with pytest.raises(ValueError, match="up to the order 4") as raised:
            f(1.0)
        assert "u1" not in str(raised.value)


# Values as numpy's, and their gradients


def both(f, *arrays):
    """The value with symbols, compared with numpy's; its gradient, compared with differences."""
    names = [f"x{place}" for place in range(len(arrays))]
    symbols, inputs = [symbol(name) for name in names], dict(zip(names, arrays))
    expression = f(*symbols)
    found, expected = value(expression, **inputs), np.asarray(f(*arrays))
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)
    total = (expression * expression).sum()
    check = check_gradient(total, **inputs)
    assert check.passes, str(check)
    for gradient_, array in zip(gradient(total, names, **inputs), arrays):
        assert gradient_.shape == np.shape(array)
    return found


@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: a @ b,
        lambda a, b: a.T * 2 - 1,
        lambda a, b: (a @ b).sum(axis=0),
        lambda a, b: (a @ b).mean(axis=1),
        lambda a, b: a - a.mean(axis=1, keepdims=True),
        lambda a, b: a - a.mean(axis=0),
        lambda a, b: b / b.sum(axis=-1, keepdims=True) + b.sum(axis=-2),
        lambda a, b: np.exp(a) @ np.tanh(b) + np.sum(b, axis=0),
        lambda a, b: np.maximum(a, 0.1) ** 2 + np.abs(a) + np.square(a),
        lambda a, b: np.log1p(np.exp(-a)).sum() - b.mean(),
        lambda a, b: b.T.sum(axis=1) * b.sum(axis=1).sum() - b.T.mean(axis=0).sum(),
        lambda a, b: a.sum(axis=1) * a.mean(axis=1) + a.T.sum(axis=0),
        lambda a, b: a.sum(keepdims=True) + a,
        lambda a, b: 2**a + a**3 - 1 / (2 + np.sin(a)),
    ],
)
def test_matrices(f):
    both(f, A, B)


@pytest.mark.parametrize(
    "f",
    [
        lambda a, v, w: a @ v,
        lambda a, v, w: w @ a,
        lambda a, v, w: v @ v,
        lambda a, v, w: (a @ v) * w,
        lambda a, v, w: a * v + v.sum(axis=0),
        lambda a, v, w: a.T * w - v.mean(),
        lambda a, v, w: a @ v @ w + (w @ a @ v),
        lambda a, v, w: np.exp(a @ v).sum() * v,
        lambda a, v, w: (a @ v) - 2 * (a * v).sum(axis=1),
        lambda a, v, w: v.sum(axis=0, keepdims=True) * v.T,
        lambda a, v, w: (a.sum(axis=1) + w) @ a,
    ],
)
def test_vectors(f):
    both(f, A, V, W)


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (4,), (1, 4), (4, 1)])
def test_shapes_are_kept(shape):
    x = random.randn(*shape)
    x = np.asarray(x)
    assert value(symbol("x") * 2, x=x).shape == shape
    assert value("2*x", x=x).shape == shape
    assert grad(lambda x: (x * x).sum())(x).shape == shape
    np.testing.assert_array_equal(gradient("sum(x^2)", "x", x=x), 2 * x)


def test_functions_of_the_softmax_family():
    x = symbol("x")
    terms = np.exp(A)
    for axis in (0, 1, -1):
        share = terms / terms.sum(axis=axis, keepdims=True)
        np.testing.assert_allclose(value(softmax(x, axis), x=A), share, rtol=1e-13)
        np.testing.assert_allclose(value(log_softmax(x, axis), x=A), np.log(share), rtol=1e-12)
        total = np.log(terms.sum(axis=axis))
        np.testing.assert_allclose(value(log_sum_exp(x, axis), x=A), total, rtol=1e-13)
        assert value(log_sum_exp(x, axis, keepdims=True), x=A).ndim == 2
    assert value(softmax(x), x=V).shape == (3,)
    assert value(log_sum_exp(x), x=V).shape == ()
    assert check_gradient((softmax(x) * x).sum(), x=A).passes
    assert value(softmax(1000 * x), x=[1.0, 0.0])[0] == 1


def test_parts_of_matrices():
    a, v = symbol("a"), symbol("v")
    both_sides = value(concatenate([a, a], axis=1), a=A)
    np.testing.assert_array_equal(both_sides, np.concatenate([A, A], axis=1))
    below = value(concatenate([a, 2 * a], axis=0), a=A)
    np.testing.assert_array_equal(below, np.concatenate([A, 2 * A], axis=0))
    np.testing.assert_array_equal(value(concatenate([v, [1.0, 2.0]]), v=V), [*V, 1, 2])
    np.testing.assert_array_equal(value(columns(a, 1, 2), a=A), A[:, 1:])
    index = np.array([2, 0, 2])
    np.testing.assert_array_equal(value(gather_rows(a, index), a=A), A[index])
    expected = np.zeros((3, 3))
    np.add.at(expected, [0, 2, 0, 1], A)
    found = value(scatter_add_rows(a, [0, 2, 0, 1], 3), a=A)
    np.testing.assert_allclose(found, expected)
    by = gradient((gather_rows(a, index) ** 2).sum(), "a", a=A)
    np.testing.assert_allclose(by, 2 * A * np.array([[1], [0], [2], [0]]))


@pytest.mark.parametrize(
    ("index", "error", "message"),
    [
        ([3, -1], IndexError, "counts rows from 0, found -1"),
        ([0, 3], IndexError, "no row 3: there are 3"),
        ([0.5], ValueError, "whole numbers of rows, found 0.5"),
        ([np.nan], ValueError, "whole numbers of rows, found nan"),
        ([True, False, True], TypeError, "flatnonzero"),
        ("ab", TypeError, "an array of numbers"),
    ],
)
def test_rows_that_are_not_there(index, error, message):
    x, table = symbol("x"), np.ones((3, 2))
    with pytest.raises(error, match=message):
        value(gather_rows(x, index), x=table)
    with pytest.raises(error, match=message):
        grad(lambda x: gather_rows(x, index).sum())(table)
    with pytest.raises(error, match=message):
        value(scatter_add_rows(x, index, 3), x=table[: len(index)])
    if error is not TypeError:
        # As a value that is given later, and with a table that is computed.
        with pytest.raises(error, match=message):
            value(gather_rows(x @ x.T, symbol("i")), x=table, i=index)


def test_rows_of_computed_tables():
    x, rows = symbol("x"), np.arange(6.0).reshape(3, 2)
    for table, count in [
        (x.T, 2),
        (x.T @ x, 2),
        (x * V[:, None], 3),
        (x.sum(axis=0), 2),
        (x.mean(axis=1, keepdims=True), 3),
        (softmax(x), 3),
        (log_sum_exp(x), 3),
        (concatenate([x, 2 * x], axis=0), 6),
        (columns(x, 0, 1), 3),
        (gather_rows(x, [0, 1, 2, 0]), 4),
        (scatter_add_rows(x, [0, 0, 4], 5), 5),
        (derivative((x**2).sum(), x), 3),
    ]:
        assert np.isfinite(value(gather_rows(table, [0, count - 1]), x=rows)).all()
        with pytest.raises(IndexError, match=f"no row {count}: there are {count}"):
            value(gather_rows(table, [count]), x=rows)
    with pytest.raises(IndexError, match="no row 1: there are 1"):
        scatter_add_rows(x, [0, 0, 1], 1)
    with pytest.raises(ValueError, match="of at least 1, found 1.5"):
        scatter_add_rows(x, [0, 0, 1], 1.5)


def test_functions_put_together_from_others():
    x = symbol("x")
    at = np.array([0.3, 1.0, 2.5, 1e-9])
    for function in (np.sinh, np.cosh, np.tan, np.square, np.log2, np.log10, np.sign):
        np.testing.assert_allclose(value(function(x), x=at), function(at), rtol=1e-14, atol=1e-15)
        assert check_gradient(function(x).sum(), x=at[:3]).passes
    np.testing.assert_array_equal(value(np.sign(x), x=[-3, 0, np.nan, np.inf]), [-1, 0, np.nan, 1])
    np.testing.assert_array_equal(gradient(np.sign(x).sum(), "x", x=[-3, 0, 3]), [0, 0, 0])
    for low, high in [(-1, 1), (None, 1), (-1, None)]:
        expected = np.clip(V, low, high)
        np.testing.assert_array_equal(value(np.clip(x, low, high), x=V), expected)
        np.testing.assert_array_equal(value(autograd.clip(x, low, high), x=V), expected)
    np.testing.assert_array_equal(gradient(np.clip(x, -1, 1).sum(), "x", x=[-3, 0.5, 3]), [0, 1, 0])
    assert value(np.sum(x, dtype=float), x=[1, 2]) == 3
    assert value(np.sum(x, 0, None, None, True), x=A).shape == (1, 3)


def test_choices():
    x = symbol("x")
    f = where(greater(x, 0), x**2, -x)
    np.testing.assert_array_equal(value(f, x=[2.0, -3.0]), [4, 3])
    np.testing.assert_array_equal(gradient(f.sum(), "x", x=[2.0, -3.0]), [4, -1])
    np.testing.assert_array_equal(value(np.where(greater(x, 0), 1, x), x=[2.0, -3.0]), [1, -3])
    assert gradient(relu(x), "x", x=0.0) == 0


def test_constants_of_any_kind():
    x = symbol("x")
    np.testing.assert_array_equal(value(A * x + np.float32(1) - True, x=2), 2 * A + 1 - 1)
    np.testing.assert_array_equal(value(np.array([1, 2]) @ x, x=np.eye(2)), [1, 2])
    assert value(x + np.inf, x=1) == np.inf
    assert np.isnan(value(x * float("nan"), x=1))
    np.testing.assert_array_equal(value(x, x=np.asfortranarray(A)), A)
    np.testing.assert_array_equal(value(x * 1, x=A[::2, ::-1]), A[::2, ::-1])
    read_only = A.copy()
    read_only.setflags(write=False)
    np.testing.assert_array_equal(value(x + 0, x=read_only), A)


def test_a_shared_value_is_written_once():
    x = symbol("x")
    for _ in range(60):
        x = x + x
    assert value(x, x=1) == 2.0**60
    deep = symbol("x")
    for _ in range(3000):
        deep = tanh(deep + 1)
    assert 0.9 < value(deep, x=0) < 1


def test_arguments_that_are_not_differentiated_by_are_passed_as_they_are():
    def f(x, name, power=1):
        assert name == "plain"
        return x**power

    assert grad(f)(3.0, "plain", power=2) == 6
    assert grad(lambda *x: x[0] * x[1], argnums=[0, 1])(3.0, 4.0) == (4, 3)
    assert grad(lambda *x: x[0] * x[1], argnums=np.array([1, 0]))(3.0, 4.0) == (3, 4)
    assert grad(lambda x: x**2, argnums=np.int64(0))(3.0) == 6
    assert grad(lambda exp, x: exp * x, argnums=1)(2.0, 5.0) == 2
    assert grad(lambda x: 7.0)(3.0) == 0
    assert grad(lambda max: max * 2)(3.0) == 2


def test_a_gradient_trains():
    x, y = random.randn(60, 3), np.zeros(60)
    y[:] = x @ [1.0, -2.0, 0.5]
    step = grad(lambda w: ((x @ w - y) ** 2).mean())
    w = np.zeros(3)
    for _ in range(300):
        w -= 0.1 * step(w)
    np.testing.assert_allclose(w, [1, -2, 0.5], atol=1e-6)


# Errors


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda x: value(x @ x, x=A), ValueError, "matmul of 4 x 3 and 4 x 3"),
        (lambda x: value(x + W, x=A), ValueError, "add of 4 x 3 and 1 x 4: elementwise"),
        (lambda x: value(x @ 2, x=A), ValueError, "use \\* for numbers"),
        (lambda x: value(x, x=np.zeros((2, 2, 2))), ValueError, "3 dimensions"),
        (lambda x: value(x, x=np.zeros((0, 2))), ValueError, "no numbers"),
        (lambda x: value(x, x="text"), TypeError, "an array of numbers as the value of 'x'"),
        (lambda x: value(x, x=1j), TypeError, "an array of numbers"),
        (lambda x: value(x * symbol("y"), x=1), TypeError, "reads y: give each a value"),
        (lambda x: value("x + y", x=1), ValueError, "there is no `y` here; there are: x"),
        (lambda x: value("x +", x=1), ValueError, "expected an operand, found the end"),
        (lambda x: value(3), TypeError, "expected a symbol or a text"),
        (lambda x: gradient(x, "x", x=A), ValueError, "take its sum or mean first"),
        (lambda x: gradient(x * 2, "w", x=1), ValueError, "no input \"w\""),
        (lambda x: grad(lambda x: "text")(1.0), TypeError, "return an expression"),
        (lambda x: grad(lambda x: x)(A), ValueError, "take its sum or mean first"),
        (lambda x: grad(lambda x: x, argnums=1)(2.0), TypeError, "argument number 1"),
        (lambda x: grad(3), TypeError, "expected a function"),
        (lambda x: x < 1, TypeError, "greater\\(a, b\\)"),
        (lambda x: x == 1, TypeError, "cannot be compared"),
        (lambda x: bool(x), TypeError, "neither true nor false"),
        (lambda x: float(x), TypeError, "no number yet"),
        (lambda x: list(x), TypeError, "not iterable"),
        (lambda x: x[0], TypeError, "gather_rows"),
        (lambda x: np.array(x), TypeError, "no value yet"),
        (lambda x: np.arctan(x), TypeError, "numpy.arctan does not take symbols"),
        (lambda x: np.add.reduce(x), TypeError, "numpy.add.reduce does not"),
        (lambda x: np.linalg.norm(x), TypeError, "numpy.linalg.norm does not take symbols"),
        (lambda x: np.sum(x, where=[True]), TypeError, "numpy.sum with symbols takes .a, axis=None"),
        (lambda x: np.sum(x, dtype=int), TypeError, "compute in float64"),
        (lambda x: np.mean(x, out=np.zeros(1)), TypeError, "leave it out"),
        (lambda x: x.shape, AttributeError, "no shape yet"),
        (lambda x: x.reshape(2), AttributeError, "no 'reshape'"),
        (lambda x: len(x), TypeError, "no length yet"),
        (lambda x: x % 2, TypeError, "no % or //"),
        (lambda x: 2 // x, TypeError, "no % or //"),
        (lambda x: x.mean(axis=True), ValueError, "axis, found True"),
        (lambda x: 10**400 * x, OverflowError, "float64 numbers, which end at 1.8e308"),
        (lambda x: value(x, x=x), TypeError, "put symbols together"),
        (lambda x: value(x, x=np.ma.array([1, 2], mask=[0, 1])), TypeError, "masked array"),
        (lambda x: x * np.ma.array([1, 2], mask=[0, 1]), TypeError, "masked array"),
        (lambda x: grad(lambda x: value(x))(1.0), TypeError, "being differentiated"),
        (lambda x: grad(lambda x: x, argnums="0"), TypeError, "argnums, found '0'"),
        (lambda x: grad(lambda x: x, argnums=0.0), TypeError, "argnums, found 0.0"),
        (lambda x: grad(lambda x: x, argnums=np.zeros(1)), TypeError, "argnums, found"),
        (lambda x: check_gradient("2*tolerance", tolerance=1), ValueError, "called `tolerance`"),
        (lambda x: check_gradient(2 * symbol("tolerance"), tolerance=1), ValueError, "`tolerance`"),
        (lambda x: symbol("derivative"), ValueError, "`derivative` is a function"),
        (lambda x: symbol("pi"), ValueError, "`pi` is a number"),
        (lambda x: x + "a", TypeError, "as an operand"),
        (lambda x: x.sum(axis=2), ValueError, "expected None, 0 or 1 as the axis"),
        (lambda x: value(x.sum(axis=1), x=V), ValueError, "no axis 1 where there are 1"),
        (lambda x: tanh(x, x), TypeError, "tanh\\(\\) takes 1 arguments, found 2"),
        (lambda x: autograd.huber(x, x, x), TypeError, "must be a number"),
        (lambda x: symbol("2x"), ValueError, "expected a name"),
        (lambda x: symbol("sum"), ValueError, "`sum` is a function"),
        (lambda x: gradient(autograd.heaviside(x), "x", x=1), ValueError, "no derivative"),
    ],
)
def test_errors(make, error, message):
    with pytest.raises(error, match=message):
        make(symbol("x"))


# What is shown


def test_the_table_of_a_trace_is_that_of_the_command_line():
    text = str(trace("u = w*x; z = u + b; a = sigmoid(z); -ln(a)", w=2, x=1, b=0))
    assert "  a   = sigmoid(z)  = 0.88079708\n" in text
    assert "\n\nBackward, from df/df = 1\n" in text
    assert "= 1 / a = 1.1353353 " in text and text.endswith("\n  df/db  = -0.11920292")


def pictures(found):
    root = ElementTree.fromstring(found._repr_svg_())
    assert root.tag.endswith("svg")
    ElementTree.fromstring(found._repr_html_())
    return "".join(root.itertext())


def test_notebooks_draw_traces():
    x, y = symbol("x"), symbol("y")
    shown = pictures(trace(x**2 * y + exp(x), x=3, y=4))
    assert "x^2" in shown
    dark = trace(x * 2, x=1).svg(dark=True)
    assert dark != trace(x * 2, x=1).svg()


def test_matrices_are_traced_and_drawn():
    x, w = symbol("x"), symbol("w")
    steps = trace((tanh(x @ w) ** 2).sum(), x=A, w=B)
    np.testing.assert_allclose(
        steps["w"]["gradient"], gradient((tanh(x @ w) ** 2).sum(), "w", x=A, w=B)
    )
    assert steps["w"]["paths"][0]["local"] is None
    text = str(steps)
    assert "matmul(x, w)" in text and "matmul(transpose(x), " in text
    assert "matmul(x, w)" in pictures(steps)
    assert "4 x 5 numbers" in text
    whole = trace(x * 2, x=A)
    assert "take its sum or mean first" in whole.refused
    assert "No gradients" in str(whole)
    pictures(whole)


def test_a_trace_says_why_a_number_is_none():
    assert "division by x = 0" in str(trace("1/x", x=0))
    assert "heaviside" in trace("heaviside(x)", x=1).refused


def test_a_large_trace_is_shown_as_text():
    x = symbol("x")
    total = sum((x * float(k) for k in range(300)), x)
    found = trace(total, x=1)
    assert found._repr_svg_() is None and found._repr_html_().startswith("<pre>")


# Losses


def test_losses_become_text():
    assert loss_text(lambda y, a: (y - a) ** 2) == "(y - a)^2"
    assert loss_text(lambda y, a, z: exp(z) - y * z) == "exp(z) - y*z"
    assert loss_text(lambda y, a: ((y - a) ** 2).sum(axis=1)) == "sum((y - a)^2, 1)"
    weighted = loss_text(lambda y, a: np.array([1.0, 2.5]) * np.abs(y - a))
    assert weighted == "concatenate(1, 2.5)*abs(y - a)"
    assert loss_text(lambda y, a, delta=2.0: delta * (y - a)) == "2*(y - a)"
    assert loss_text(lambda target, found: target - found) == "y - a"
    assert loss_text(lambda y, a: np.clip(y - a, -1, 1) ** 2) == "min(max(y - a, -1), 1)^2"
    focal = loss_text(lambda y, a: -((1 - a) ** 2) * y * np.log(a))
    assert focal == "-(1 - a)^2*y*ln(a)"


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda y, a: ((y - a) ** 2).mean(), ValueError, "returned a single number for all rows"),
        (lambda y, a: ((y - a) ** 2).sum(axis=0), ValueError, "a number for each output"),
        (lambda y, a: y * 2, ValueError, "nothing to learn"),
        (lambda y, a: 3.0, TypeError, "returned 3.0: expected a number for each row and output"),
        (lambda y: y, TypeError, "arguments \\(y, a\\) or \\(y, a, z\\)"),
        (lambda y, a, delta: delta * (y - a), TypeError, "found \\(y, a, delta\\)"),
        (lambda a, y: (y - a) ** 2, TypeError, "targets y first and the outputs a second"),
        (lambda y, z: (y - z) ** 2, TypeError, "z as its third argument"),
        (lambda y, a: symbol("w") * (y - a), ValueError, "reads w, but a loss"),
        (lambda y, a: a * np.ones((3, 2)), ValueError, "array of the shape \\(3, 2\\)"),
        (lambda y, a: a * np.nan, ValueError, "finite numbers only"),
        (lambda y, a: autograd.heaviside(a), ValueError, "no derivative"),
        ("(y - a)^2", TypeError, "expected a function of symbols"),
    ],
)
def test_what_is_no_loss_is_refused(function, error, message):
    with pytest.raises(error, match=message):
        loss_text(function)


def test_examples_in_docstrings():
    modules = [autograd] + [
        importlib.import_module(f"chainrule.autograd.{module.name}")
        for module in pkgutil.iter_modules(autograd.__path__)
    ]
    attempted = 0
    for module in modules:
        failed, count = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
        assert failed == 0, module.__name__
        attempted += count
    assert attempted > 20
