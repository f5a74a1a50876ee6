//! Expressions, right and wrong.

use crate::Seed;

pub(crate) fn seeds() -> Vec<Seed> {
    let seeds = [
        ("quotient", "x^2*y/z".to_owned()),
        ("neuron", "u = w*x; z = u + b; a = sigmoid(z); -(y*ln(a) + (1-y)*ln(1-a))".to_owned()),
        ("lines", "u = x + 1\nv = u^2 # no comment\nv".to_owned()),
        ("signs", "--x - +-y^-2^-z".to_owned()),
        ("numbers", "1 + 1. + .5 + 1e-3 + 2E+2 + 1e + pi".to_owned()),
        ("typeset", "\u{3c0}\u{b7}x \u{d7} y \u{f7} z \u{2212} \u{3b1}".to_owned()),
        ("two", "max(min(x, y), pow(x, 1/3)) + x^y".to_owned()),
        ("settings", "leaky_relu(x, 0.1) + elu(y, 2) + leaky_relu(x, -1)".to_owned()),
        ("smooth", "exp(x) + sqrt(y) + sin(x)*cos(y) + erf(x) + expm1(x) + log1p(y)".to_owned()),
        (
            "units",
            "relu(x)+selu(y)+gelu(x)+gelu_tanh(y)+mish(x)+silu(y)+softplus(tanh(x))".to_owned(),
        ),
        ("step", "heaviside(x) + abs(y)".to_owned()),
        ("constants", "(1 + 2)^(3 - 4)*ln(0) + 0/0".to_owned()),
        ("squares", "a = x*x; b = a*a; c = b*b; d = c*c; e = d*d; e + a".to_owned()),
        ("nested", format!("{}x{}", "(".repeat(190), ")".repeat(190))),
        ("nested_too_deep", "-".repeat(300) + "x"),
        ("towers", "x^".repeat(150) + "2"),
        ("long", "x*y - ".repeat(60) + "z"),
        ("many_names", (0..60).map(|i| format!("x{i} + ")).collect::<String>() + "y"),
        ("python", "x**2 + [y]".to_owned()),
        ("open", "sin((x + 1".to_owned()),
        ("no_function", "sine(x)".to_owned()),
        ("product", "sum(matmul(A, B) * transpose(sum_rows(x)))".to_owned()),
        ("rows", "mean(softmax(A) - log_softmax(A), 1) + log_sum_exp(A) + sum(A, 0)*0".to_owned()),
        ("picked", "sum(gather_rows(B, I)) + sum(scatter_add_rows(A, I, 4))".to_owned()),
        (
            "side_by_side",
            "columns(concatenate(A, I, I), 2, 3) + select(greater(A, x), 1, A)".to_owned(),
        ),
        ("derivative", "u = sum(A*x)^2; derivative(sum(derivative(u, A)), x)".to_owned()),
        ("misfit", "A + B".to_owned()),
        ("renamed", "x = 1; x = 2".to_owned()),
    ];
    seeds.map(|(name, text)| (name, text.into_bytes())).into()
}
