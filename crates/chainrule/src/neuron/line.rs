//! The line at which a neuron of two inputs decides, or the plane that it predicts.

use super::verdict::in_digits;
use serde::{Deserialize, Serialize};
use std::fmt;

/// w_1 x_1 + w_2 x_2 + b, of two columns x_1 and x_2 in their own units: the line where it is 0, with a
/// class on either side, or the plane y = w_1 x_1 + w_2 x_2 + b.
///
/// As text it is the line solved for x_2, x_2 = -(w_1 / w_2) x_1 - b / w_2, where w_2 is 0 for x_1,
/// with the class above it or to its right.
///
/// ```
/// use chainrule::neuron::Line;
/// let line = Line {
///     columns: ["x".to_string(), "y".to_string()],
///     weights: [1.0, 2.0],
///     bias: -3.0,
///     positive: "yes".to_string(),
///     negative: Some("no".to_string()),
///     digits: 5,
/// };
/// assert_eq!(line.to_string(), "y = -0.5 x + 1.5: yes above, no below");
/// # Ok::<(), chainrule::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// The names of x_1 and x_2.
    pub columns: [String; 2],
    /// w_1 and w_2.
    pub weights: [f64; 2],
    /// b.
    pub bias: f64,
    /// The class where the sum is positive, or what is predicted.
    pub positive: String,
    /// The class where it is negative; none for a plane.
    pub negative: Option<String>,
    /// Significant digits that the text has: enough to place the line among the data, however far from
    /// 0 they lie.
    pub digits: usize,
}

impl Line {
    /// The equation alone; nothing for a line that is nowhere, since both weights are 0.
    pub fn equation(&self) -> Option<String> {
        let ([first, second], [w1, w2]) = (&self.columns, self.weights);
        match (&self.negative, w1 == 0.0, w2 == 0.0) {
            (None, ..) => {
                let terms = [(w1, first.as_str()), (w2, second), (self.bias, "")];
                Some(format!("{} = {}", self.positive, sum(&terms, self.digits)))
            }
            (Some(_), _, false) => {
                let terms = [(-w1 / w2, first.as_str()), (-self.bias / w2, "")];
                Some(format!("{second} = {}", sum(&terms, self.digits)))
            }
            (Some(_), false, true) => {
                Some(format!("{first} = {}", sum(&[(-self.bias / w1, "")], self.digits)))
            }
            (Some(_), true, true) => None,
        }
    }

    /// Which class is where, in words; nothing for a plane.
    pub fn sides(&self) -> Option<String> {
        let negative = self.negative.as_deref()?;
        let [w1, w2] = self.weights;
        let (more, less, up) = match (w1 == 0.0, w2 == 0.0) {
            (_, false) => ("above", "below", w2 > 0.0),
            (false, true) => ("to the right", "to the left", w1 > 0.0),
            (true, true) => {
                let all = if self.bias > 0.0 { &self.positive } else { negative };
                return Some(format!("{all} everywhere"));
            }
        };
        let (high, low) =
            if up { (self.positive.as_str(), negative) } else { (negative, &*self.positive) };
        Some(format!("{high} {more}, {low} {less}"))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [self.equation(), self.sides()];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        formatter.write_str(&parts.join(": "))
    }
}

/// `-0.5 x + 1.5`: factors with what they multiply, those of 0 left out.
fn sum(terms: &[(f64, &str)], digits: usize) -> String {
    let mut text = String::new();
    for (factor, name) in terms.iter().filter(|(factor, _)| *factor != 0.0) {
        text += match (text.is_empty(), *factor < 0.0) {
            (true, false) => "",
            (true, true) => "-",
            (false, false) => " + ",
            (false, true) => " - ",
        };
        text += &in_digits(factor.abs(), digits);
        if !name.is_empty() {
            text += &format!(" {name}");
        }
    }
    if text.is_empty() { "0".to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(weights: [f64; 2], bias: f64) -> Line {
        let columns = ["a", "b"].map(String::from);
        Line {
            columns,
            weights,
            bias,
            positive: "yes".into(),
            negative: Some("no".into()),
            digits: 5,
        }
    }

    #[test]
    fn lines_are_solved_for_the_second_column_and_else_for_the_first() {
        for (weights, bias, expected) in [
            ([6.0, 2.0], -5.0, "b = -3 a + 2.5: yes above, no below"),
            ([6.0, -2.0], -5.0, "b = 3 a - 2.5: no above, yes below"),
            ([2.0, 0.0], -3.0, "a = 1.5: yes to the right, no to the left"),
            ([-2.0, 0.0], 3.0, "a = 1.5: no to the right, yes to the left"),
            ([0.0, 4.0], -1.0, "b = 0.25: yes above, no below"),
            ([1.0, 1.0], 0.0, "b = -1 a: yes above, no below"),
            ([0.0, 4.0], 0.0, "b = 0: yes above, no below"),
            ([0.0, 0.0], 1.0, "yes everywhere"),
            ([0.0, 0.0], -1.0, "no everywhere"),
            ([1.0, 3.0], -1e9, "b = -0.33333 a + 3.3333e8: yes above, no below"),
        ] {
            assert_eq!(line(weights, bias).to_string(), expected);
        }
        let plane = Line { negative: None, ..line([0.5, -2.0], 1.0) };
        assert_eq!(plane.to_string(), "yes = 0.5 a - 2 b + 1");
        assert_eq!(Line { bias: 0.0, weights: [0.0; 2], ..plane }.to_string(), "yes = 0");
    }
}
