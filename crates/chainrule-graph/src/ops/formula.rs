//! Formulas with the names of their values put in, for people to read.

use super::{Binary, Function, Power};

impl Function {
    /// Its value of something called `x`, as one would type it: `sigmoid(x)`, `x^2`.
    pub fn written(self, x: &str) -> String {
        match (self, self.setting()) {
            (Function::Identity(_), _) => x.to_string(),
            (Function::Negate(_), _) => format!("-{x}"),
            (Function::Power(Power { exponent }), _) => power(x, exponent),
            (_, Some((_, setting))) => format!("{}({x}, {setting})", self.name()),
            (_, None) => format!("{}({x})", self.name()),
        }
    }

    /// Its slope where its input is called `x` and its output `y`.
    pub fn slope_written(self, x: &str, y: &str) -> String {
        if let Function::Power(Power { exponent }) = self {
            return match exponent {
                0.0 => "0".to_string(),
                1.0 => "1".to_string(),
                2.0 => format!("2 {x}"),
                _ => format!("{exponent} {}", power(x, exponent - 1.0)),
            };
        }
        let setting = self.setting().map(|(name, value)| (name, value.to_string()));
        let mut names = vec![("x", x), ("y", y)];
        names.extend(setting.as_ref().map(|(name, value)| (*name, value.as_str())));
        put_in(self.slope_formula(), &names)
    }
}

impl Binary {
    /// Its value of things called `a` and `b`.
    pub fn written(self, a: &str, b: &str) -> String {
        put_in(self.formula(), &[("a", a), ("b", b)])
    }

    /// Its slopes by things called `a` and `b` where its output is called `y`.
    pub fn slopes_written(self, a: &str, b: &str, y: &str) -> [String; 2] {
        self.slope_formulas().map(|formula| put_in(formula, &[("a", a), ("b", b), ("y", y)]))
    }
}

fn power(x: &str, exponent: f64) -> String {
    match exponent >= 0.0 && exponent.fract() == 0.0 {
        true => format!("{x}^{exponent}"),
        false => format!("{x}^({exponent})"),
    }
}

/// Replaces whole words, all at once: a name that is put in is not looked at again.
fn put_in(formula: &str, names: &[(&str, &str)]) -> String {
    let mut written = String::new();
    let mut rest = formula;
    while !rest.is_empty() {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(length);
        written += names.iter().find(|(name, _)| *name == word).map_or(word, |(_, value)| value);
        let length = behind.find(is_part).unwrap_or(behind.len());
        written += &behind[..length];
        rest = &behind[length..];
    }
    written
}

#[cfg(test)]
mod tests {
    use super::super::*;

    #[test]
    fn names_stand_where_the_formula_has_its_letters() {
        let function =
            |function: Function| (function.written("u"), function.slope_written("u", "s"));
        let texts = |value: &str, slope: &str| (value.to_string(), slope.to_string());
        assert_eq!(function(Sigmoid.into()), texts("sigmoid(u)", "s (1 - s)"));
        assert_eq!(function(Exp.into()), texts("exp(u)", "s"));
        assert_eq!(function(Power { exponent: 2.0 }.into()), texts("u^2", "2 u"));
        assert_eq!(function(Power { exponent: -1.0 }.into()), texts("u^(-1)", "-1 u^(-2)"));
        assert_eq!(function(Power { exponent: 0.5 }.into()), texts("u^(0.5)", "0.5 u^(-0.5)"));
        let leaky = LeakyRelu { leak: 0.2 };
        assert_eq!(function(leaky.into()), texts("leaky_relu(u, 0.2)", "1 if s > 0 else 0.2"));
        assert_eq!(Binary::Divide.written("u", "z"), "u / z");
        assert_eq!(Binary::Divide.slopes_written("u", "z", "f"), ["1 / z", "-f / z"]);
        // A name that is itself a letter of the formula is not replaced again.
        assert_eq!(Binary::Power.slopes_written("b", "a", "y"), ["a b^(a - 1)", "y ln b"]);
    }
}
