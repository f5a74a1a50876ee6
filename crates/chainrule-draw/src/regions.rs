//! What a model says all over a part of the plane of two columns.

use crate::Error;
use chainrule::data::{Column, Encoding, Feature, Preparation, Table, Task, Values};
use chainrule::{Model, Predictions, predict_table};

/// Numbers of the tables that are predicted at once, which bounds the memory.
const CELLS_AT_ONCE: usize = 1 << 20;

/// Which columns span the picture, and which label or target is shown where there are several.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Choice {
    /// The column to the right; the first with numbers when not given.
    pub x: Option<String>,
    /// The column upwards; the next with numbers when not given.
    pub y: Option<String>,
    /// The label, or the target of a regression; the first when not given.
    pub label: Option<String>,
}

/// What is shown of a model: the columns that vary, what the others are held at, and what is
/// predicted.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Plane {
    pub(crate) x: String,
    pub(crate) y: String,
    /// The other columns, with the value they are held at.
    pub(crate) held: Vec<Column>,
    pub(crate) shown: Shown,
}

/// What is predicted, and how it is shown.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Shown {
    /// One of these classes.
    Classes(Vec<String>),
    /// Whether the label at this place among the targets is 1; the names of 0 and 1.
    Label(usize, Vec<String>),
    /// The number at this place among the targets.
    Number(usize, String),
}

impl Shown {
    /// The names of the classes; none for numbers.
    pub(crate) fn classes(&self) -> &[String] {
        match self {
            Shown::Classes(names) | Shown::Label(_, names) => names,
            Shown::Number(..) => &[],
        }
    }

    /// Numbers for each row of [`Shown::outputs`].
    pub(crate) fn width(&self) -> usize {
        self.classes().len().max(1)
    }

    /// For each row the probability of each class, or the number.
    fn outputs(&self, predictions: &Predictions) -> Vec<f64> {
        let targets = predictions.targets.len();
        match self {
            Shown::Classes(_) => predictions.probabilities.iter().map(|&p| f64::from(p)).collect(),
            Shown::Label(place, _) => {
                let labels = predictions.probabilities.iter().skip(*place).step_by(targets);
                labels.flat_map(|&p| [1.0 - f64::from(p), f64::from(p)]).collect()
            }
            Shown::Number(place, _) => {
                predictions.values.iter().skip(*place).step_by(targets).copied().collect()
            }
        }
    }

    /// For each row of the table the number of its class, or its number.
    pub(crate) fn truth(
        &self,
        preparation: &Preparation,
        table: &Table,
    ) -> Result<Vec<f64>, Error> {
        let rows: Vec<usize> = (0..table.rows()).collect();
        let place = match self {
            Shown::Classes(_) => {
                use chainrule::data::Targets;
                return Ok(match preparation.targets(table, &rows)? {
                    Targets::Classes(classes) => classes.into_iter().map(f64::from).collect(),
                    Targets::Values { values, .. } => values.into_iter().map(f64::from).collect(),
                });
            }
            Shown::Label(place, _) | Shown::Number(place, _) => *place,
        };
        let width = preparation.target_names().len();
        Ok(preparation
            .target_values(table, &rows)?
            .into_iter()
            .skip(place)
            .step_by(width)
            .collect())
    }
}

/// The place of the largest, the first of equal ones.
pub(crate) fn largest(numbers: &[f64]) -> usize {
    let mut best = 0;
    (1..numbers.len()).for_each(|index| {
        if numbers[index] > numbers[best] {
            best = index;
        }
    });
    best
}

pub(crate) fn preparation_of(model: &Model) -> Result<&Preparation, Error> {
    model.preparation.as_ref().ok_or_else(|| {
        Error::picture(
            "the model",
            "expected one that was trained on a table and knows its columns, found one without; \
             train it from a table",
        )
    })
}

impl Plane {
    /// Chooses the columns; the others are held at their medians in the table, categories at the
    /// most frequent one.
    pub(crate) fn new(model: &Model, table: &Table, choice: &Choice) -> Result<Plane, Error> {
        let preparation = preparation_of(model)?;
        let is_number = |it: &&Feature| matches!(it.encoding, Encoding::Number(_));
        let numbers: Vec<&str> =
            preparation.columns().iter().filter(is_number).map(|it| it.name.as_str()).collect();
        let find = |wanted: &Option<String>| match wanted {
            None => Ok(None),
            Some(name) => match numbers.iter().find(|it| *it == name) {
                Some(found) => Ok(Some(*found)),
                None => Err(Error::picture(
                    format!("the column {name:?}"),
                    match preparation.columns().iter().any(|it| it.name == *name) {
                        true => format!(
                            "expected a column of numbers, found one of categories; choose among {}",
                            listed(&numbers)
                        ),
                        false => format!(
                            "the model does not predict from it{}; it predicts from the numbers {}",
                            nearest(name, &numbers),
                            listed(&numbers)
                        ),
                    },
                )),
            },
        };
        let (x, y) = (find(&choice.x)?, find(&choice.y)?);
        if let (Some(x), Some(y)) = (x, y)
            && x == y
        {
            return Err(Error::picture(
                format!("the column {x:?}"),
                "is chosen for both directions; choose two different ones",
            ));
        }
        let mut others = numbers.iter().copied().filter(|it| Some(*it) != x && Some(*it) != y);
        let (Some(x), Some(y)) = (x.or_else(|| others.next()), y.or_else(|| others.next())) else {
            return Err(Error::picture(
                "the model",
                format!(
                    "expected two columns of numbers at least, which span the picture, found {}: \
                     {}; use a model of more of them",
                    numbers.len(),
                    listed(&numbers)
                ),
            ));
        };
        let others = preparation.columns().iter().filter(|it| it.name != x && it.name != y);
        let held = others.map(|it| held(table.column(&it.name)?, it)).collect::<Result<_, _>>()?;
        let shown = Plane::shown(preparation, choice.label.as_deref())?;
        Ok(Plane { x: x.to_string(), y: y.to_string(), held, shown })
    }

    fn shown(preparation: &Preparation, label: Option<&str>) -> Result<Shown, Error> {
        let names = preparation.target_names();
        if preparation.task().has_classes() {
            return match label.filter(|label| *label != names[0]) {
                None => Ok(Shown::Classes(preparation.class_names().to_vec())),
                Some(label) => Err(Error::picture(
                    format!("the label {label:?}"),
                    format!("the model predicts classes of {:?}; leave the label out", names[0]),
                )),
            };
        }
        let place = match label {
            None => 0,
            Some(label) => names.iter().position(|name| name == label).ok_or_else(|| {
                Error::picture(
                    format!("the label {label:?}"),
                    format!(
                        "the model does not predict it{}; it predicts {}",
                        nearest(label, names),
                        listed(names)
                    ),
                )
            })?,
        };
        let name = names[place].clone();
        Ok(match preparation.task() {
            Task::MultiLabel => {
                Shown::Label(place, vec![format!("{name} = 0"), format!("{name} = 1")])
            }
            _ => Shown::Number(place, name),
        })
    }

    /// What the model says at every point of a grid, row by row: for each point a number for each
    /// class or one.
    pub(crate) fn predict(&self, model: &Model, xs: &[f64], ys: &[f64]) -> Result<Vec<f64>, Error> {
        let columns = self.held.len() + 2;
        let rows_at_once = (CELLS_AT_ONCE / columns / xs.len().max(1)).max(1);
        let mut outputs = Vec::with_capacity(xs.len() * ys.len() * self.shown.width());
        for ys in ys.chunks(rows_at_once) {
            let rows = xs.len() * ys.len();
            let x = (0..rows).map(|row| xs[row % xs.len()]).collect();
            let y = (0..rows).map(|row| ys[row / xs.len()]).collect();
            let mut table = vec![Column::numbers(&self.x, x), Column::numbers(&self.y, y)];
            table.extend(self.held.iter().map(|column| repeated(column, rows)));
            let table = Table::new("the picture's grid", table)?;
            outputs.extend(self.shown.outputs(&predict_table(model, &table)?));
        }
        Ok(outputs)
    }

    /// For each row of the table the number of the class that the model says, or the number.
    pub(crate) fn predict_rows(&self, model: &Model, table: &Table) -> Result<Vec<f64>, Error> {
        let predictions = predict_table(model, table)?;
        Ok(match &self.shown {
            Shown::Classes(_) => {
                predictions.predicted_classes.iter().map(|&class| f64::from(class)).collect()
            }
            Shown::Label(place, _) => {
                let label = |row| f64::from(u8::from(predictions.line(row, false)[*place] == "1"));
                (0..predictions.rows).map(label).collect()
            }
            Shown::Number(..) => self.shown.outputs(&predictions),
        })
    }

    /// What the other columns are held at, in words; nothing without any.
    pub(crate) fn held_text(&self) -> String {
        const LISTED: usize = 6;
        let text = |column: &Column| match &column.values {
            Values::Text { .. } => format!("{} = {} (most frequent)", column.name, column.cell(0)),
            Values::Numbers(values) => {
                format!("{} = {}", column.name, crate::legend::brief(values[0]))
            }
            Values::Bytes(_) | Values::Times(_) => format!("{} = {}", column.name, column.cell(0)),
        };
        let some: Vec<String> = self.held.iter().take(LISTED).map(text).collect();
        let numbers = self.held.iter().any(|it| !matches!(it.values, Values::Text { .. }));
        let what = if numbers { "others at their medians" } else { "others" };
        match self.held.len().saturating_sub(LISTED) {
            _ if self.held.is_empty() => String::new(),
            0 => format!("{what}: {}", some.join(", ")),
            more => format!("{what}: {} and {more} more", some.join(", ")),
        }
    }
}

/// One row of a column: its median, or the most frequent category.
fn held(column: &Column, feature: &Feature) -> Result<Column, Error> {
    let name = column.name.as_str();
    let is_category = matches!(feature.encoding, Encoding::Category(_));
    match &column.values {
        Values::Text { codes, levels } => {
            let mut counts = vec![0.0; levels.len()];
            let known = codes.iter().filter(|code| (**code as usize) < levels.len());
            known.for_each(|&code| counts[code as usize] += 1.0);
            Ok(Column::text(name, &[levels[largest(&counts)].as_str()]))
        }
        _ => {
            let mut numbers: Vec<f64> =
                (0..column.len()).filter_map(|row| column.number(row)).collect();
            if is_category {
                // Categories that look like numbers: the reader could not know.
                numbers.sort_by(f64::total_cmp);
                let runs = numbers.chunk_by(|one, two| one == two);
                let longest = runs.max_by_key(|run| run.len()).map_or(0.0, |run| run[0]);
                return Ok(Column::numbers(name, vec![longest]));
            }
            Ok(Column::numbers(name, vec![median(&mut numbers)]))
        }
    }
}

/// The middle number, or the mean of the two in the middle.
fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() % 2 {
        1 => numbers[middle],
        _ => numbers[middle - 1] / 2.0 + numbers[middle] / 2.0,
    }
}

fn repeated(column: &Column, rows: usize) -> Column {
    let values = match &column.values {
        Values::Numbers(values) => Values::Numbers(vec![values[0]; rows]),
        Values::Times(values) => Values::Times(vec![values[0]; rows]),
        Values::Bytes(values) => Values::Bytes(vec![values[0]; rows]),
        Values::Text { codes, levels } => {
            Values::Text { codes: vec![codes[0]; rows], levels: levels.clone() }
        }
    };
    Column { name: column.name.clone(), values }
}

fn listed<S: AsRef<str>>(names: &[S]) -> String {
    const LISTED: usize = 10;
    if names.is_empty() {
        return "none".to_string();
    }
    let some: Vec<String> =
        names.iter().take(LISTED).map(|it| format!("{:?}", it.as_ref())).collect();
    match names.len().saturating_sub(LISTED) {
        0 => some.join(", "),
        more => format!("{} and {more} more", some.join(", ")),
    }
}

/// " (did you mean ...?)" for the name most like it, if any is.
fn nearest<S: AsRef<str>>(wanted: &str, names: &[S]) -> String {
    names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(wanted, name.as_ref()), name.as_ref()))
        .filter(|(distance, name)| *distance <= name.chars().count().max(3) / 2)
        .min()
        .map_or(String::new(), |(_, name)| format!(" (did you mean {name:?}?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn a_name_is_suggested_only_if_it_is_like() {
        let names = ["petal length", "petal width"];
        assert_eq!(nearest("petal lenght", &names), " (did you mean \"petal length\"?)");
        assert_eq!(nearest("zzz", &names), "");
    }
}
