//! Which class an output stands for.

use crate::Error;

/// Checks the probability from which on a class of two or a label is predicted.
pub(crate) fn check_threshold(threshold: f64, has_probability: bool) -> Result<(), Error> {
    if !(threshold > 0.0 && threshold < 1.0) {
        return Err(Error::setting("the threshold", threshold, "above 0 and below 1"));
    }
    if !has_probability {
        let expected =
            "left out for a model that does not tell two classes or labels by their probability";
        return Err(Error::setting("the threshold", threshold, expected));
    }
    Ok(())
}

/// The class of two that one row of output stands for: 1 where its probability, a single output or the
/// last of two, is at least `threshold`.
///
/// ```
/// use chainrule::metrics::predicted_class_at;
/// assert_eq!(predicted_class_at(&[0.3], 0.3), 1);
/// assert_eq!(predicted_class_at(&[0.3, 0.7], 0.8), 0);
/// ```
pub fn predicted_class_at(output: &[f64], threshold: f64) -> u32 {
    u32::from(output.last().is_some_and(|probability| *probability >= threshold))
}

/// The class that one row of output stands for: of a single output 1 from a half on, else the
/// largest, the first of equals.
pub fn predicted_class(output: &[f64]) -> u32 {
    match output {
        [probability] => u32::from(*probability >= 0.5),
        _ => {
            let mut best = 0;
            for (class, &value) in output.iter().enumerate() {
                if value > output[best] {
                    best = class;
                }
            }
            best as u32
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_the_largest_output_or_a_half() {
        assert_eq!(predicted_class(&[0.1, 0.7, 0.2]), 1);
        assert_eq!(predicted_class(&[0.4, 0.4]), 0);
        assert_eq!(predicted_class(&[0.5]), 1);
        assert_eq!(predicted_class(&[0.49]), 0);
    }
}
