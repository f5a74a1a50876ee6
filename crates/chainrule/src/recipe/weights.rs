//! How much rows count: by their class, by a column.

use crate::Error;
use crate::named::serialize_as_text;
use chainrule_data::{Preparation, Table, Targets};
use std::fmt;
use std::str::FromStr;

/// How much the rows of each class count in training.
///
/// Written as text it is `balanced`, or classes with their weights: `yes=3,no=1`.
#[derive(Clone, PartialEq, Debug)]
pub enum ClassWeights {
    /// Rows / (classes x rows of the class): every class counts as much as another (King and Zeng,
    /// 2001; scikit-learn).
    Balanced,
    /// These; classes that are not named count 1.
    Of(Vec<(String, f64)>),
}

impl fmt::Display for ClassWeights {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClassWeights::Balanced => formatter.write_str("balanced"),
            ClassWeights::Of(weights) => {
                let weights: Vec<String> =
                    weights.iter().map(|(class, weight)| format!("{class}={weight}")).collect();
                formatter.write_str(&weights.join(","))
            }
        }
    }
}

impl FromStr for ClassWeights {
    type Err = Error;

    fn from_str(text: &str) -> Result<ClassWeights, Error> {
        if text.trim() == "balanced" {
            return Ok(ClassWeights::Balanced);
        }
        let one = |item: &str| {
            let (class, weight) = item.rsplit_once('=')?;
            let weight: f64 = weight.trim().parse().ok()?;
            let fits = !class.trim().is_empty() && weight.is_finite() && weight >= 0.0;
            fits.then(|| (class.trim().to_string(), weight))
        };
        let weights: Option<Vec<(String, f64)>> = text.split(',').map(one).collect();
        let is_new = |(index, (class, _)): (usize, &(String, f64)), all: &[(String, f64)]| {
            all[..index].iter().all(|(earlier, _)| earlier != class)
        };
        let weights =
            weights.filter(|all| all.iter().enumerate().all(|weight| is_new(weight, all)));
        weights.map(ClassWeights::Of).ok_or_else(|| {
            let expected =
                "balanced, or classes, each once, with weights of at least 0, as in yes=3,no=1";
            Error::setting("the class weights", format!("{text:?}"), expected)
        })
    }
}

serialize_as_text!(ClassWeights);

impl ClassWeights {
    /// A weight for each class of the preparation, by the training rows' targets.
    pub(super) fn of_classes(
        &self,
        preparation: &Preparation,
        targets: &Targets,
    ) -> Result<Vec<f64>, Error> {
        let setting = "the class weights";
        let names = preparation.class_names();
        let Targets::Classes(classes) = targets else {
            let expected =
                format!("left out, since the task is {}, which has no classes", preparation.task());
            return Err(Error::setting(setting, self, &expected));
        };
        let mut counts = vec![0.0; names.len()];
        classes.iter().for_each(|&class| counts[class as usize] += 1.0);
        self.of_counts(preparation, &counts)
    }

    /// The same by how many training rows each class has.
    pub(super) fn of_counts(
        &self,
        preparation: &Preparation,
        counts: &[f64],
    ) -> Result<Vec<f64>, Error> {
        let names = preparation.class_names();
        match self {
            ClassWeights::Balanced => {
                let all = counts.iter().sum::<f64>() / names.len() as f64;
                // A class of the other rows only has no row to weigh.
                let weight = |&count: &f64| if count > 0.0 { all / count } else { 1.0 };
                Ok(counts.iter().map(weight).collect())
            }
            ClassWeights::Of(given) => {
                let mut weights = vec![1.0; names.len()];
                for (class, weight) in given {
                    match names.iter().position(|name| name == class) {
                        Some(place) => weights[place] = *weight,
                        None => {
                            let known: Vec<&str> = names.iter().map(String::as_str).collect();
                            return Err(Error::unknown("class", class, &known));
                        }
                    }
                }
                Ok(weights)
            }
        }
    }
}

/// The weights of rows from a numeric column.
pub(super) fn of_column(table: &Table, name: &str, rows: &[usize]) -> Result<Vec<f64>, Error> {
    let column = table.column(name)?;
    let weight = |&row: &usize| match column.number(row) {
        Some(weight) if weight.is_finite() && weight >= 0.0 => Ok(weight),
        _ => Err(Error::Examples {
            what: "sample weights",
            expected: format!("numbers of at least 0 in the column `{name}`"),
            found: format!("{:?} in row {}", column.cell(row), table.place(row, name).row),
        }),
    };
    rows.iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_weights_are_read_and_written_alike() {
        for text in ["balanced", "yes=3,no=0.5", "a=b=2"] {
            assert_eq!(text.parse::<ClassWeights>().unwrap().to_string(), text);
        }
        for text in ["", "yes", "yes=", "=2", "yes=-1", "yes=nan", "yes=1,", "yes=1,yes=2"] {
            let message = text.parse::<ClassWeights>().unwrap_err().to_string();
            assert!(message.contains("yes=3,no=1"), "{message}");
        }
    }
}
