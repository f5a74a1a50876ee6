//! Folds as a CSV file, so that others can judge on the same rows.

use super::{FoldScheme, Folds};
use crate::DataError;
use crate::error::shown;
use crate::message::{count, quoted};
use std::path::Path;

impl Folds {
    /// The folds as CSV, rows and folds counted from 1.
    ///
    /// | header | meaning |
    /// |---|---|
    /// | `row,fold` | the row is in the test of this fold, and in the training of the others |
    /// | `row,repeat,fold` | likewise, in each repetition |
    /// | `row,stretch` | rows of stretch k + 1 are the test of fold k, whose training is all rows of smaller stretches |
    ///
    /// ```
    /// use chainrule_data::*;
    /// let table = Table::new("t", vec![Column::numbers("y", vec![3.5, 1.0, 2.5, 4.0])])?;
    /// let targets = ["y".to_owned()];
    /// let judged = judge_target(&table, &targets, None)?;
    /// let options = FoldOptions { folds: 3, time: Some("y".to_owned()), ..FoldOptions::default() };
    /// let folds = options.divide(&table, &targets, &judged)?;
    /// assert_eq!(folds.to_csv(), "row,stretch\n1,3\n2,1\n3,2\n4,4\n");
    /// assert_eq!(Folds::parse_csv("f.csv", &folds.to_csv(), 4)?.folds(), folds.folds());
    /// # Ok::<(), DataError>(())
    /// ```
    pub fn to_csv(&self) -> String {
        let per_repeat = self.folds_per_repeat();
        let mut lines: Vec<(usize, String)> = Vec::new();
        for (number, fold) in self.folds.iter().enumerate() {
            let (repeat, name) = (number / per_repeat + 1, number % per_repeat + 1);
            for &row in &fold.test {
                lines.push((
                    row,
                    match (self.is_expanding, self.repeats) {
                        (true, _) => format!("{},{}", row + 1, name + 1),
                        (false, 1) => format!("{},{name}", row + 1),
                        (false, _) => format!("{},{repeat},{name}", row + 1),
                    },
                ));
            }
        }
        if self.is_expanding {
            // What only ever is learned from.
            let first = self.folds[0].training.iter();
            lines.extend(first.map(|&row| (row, format!("{},1", row + 1))));
        }
        // Stable, so repetitions stay in order.
        lines.sort_by_key(|(row, _)| *row);
        let header = match (self.is_expanding, self.repeats) {
            (true, _) => "row,stretch",
            (false, 1) => "row,fold",
            (false, _) => "row,repeat,fold",
        };
        let lines: Vec<&str> = lines.iter().map(|(_, line)| line.as_str()).collect();
        format!("{header}\n{}\n", lines.join("\n"))
    }

    /// Reads a file of folds for a table of so many rows; see [`Folds::for_table`] for those that it does
    /// not name.
    ///
    /// # Errors
    /// As [`Folds::parse_csv`], and a file that cannot be read.
    pub fn read_csv(path: &Path, rows: usize) -> Result<Folds, DataError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| DataError::Unreadable { path: path.to_owned(), source })?;
        Folds::parse_csv(&shown(path), &text, rows)
    }

    /// Reads folds as [`Folds::to_csv`] writes them, in any order of the lines; `file` is what messages
    /// call it.
    ///
    /// # Errors
    /// [`DataError::Folds`] when a line cannot be understood, a row is named twice or not there, or a
    /// fold has no rows.
    pub fn parse_csv(file: &str, text: &str, rows: usize) -> Result<Folds, DataError> {
        let refuse = |expected: String, found: String, remedy: &str| DataError::Folds {
            file: file.to_owned(),
            expected,
            found,
            remedy: remedy.to_owned(),
        };
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        let header = lines.next().unwrap_or_default().trim();
        let columns = match header {
            "row,fold" | "row,stretch" => 2,
            "row,repeat,fold" => 3,
            _ => {
                return Err(refuse(
                    "the first line row,fold or row,repeat,fold or row,stretch".to_owned(),
                    quoted(header),
                    "write it as --save-folds does",
                ));
            }
        };
        // One list for each repetition; 0 for rows that have no fold yet.
        let mut repeats: Vec<Vec<usize>> = Vec::new();
        for (line, number) in lines.zip(2..).filter(|(line, _)| !line.trim().is_empty()) {
            let cells: Vec<Option<usize>> = line
                .split(',')
                .map(|cell| cell.trim().parse().ok().filter(|&number: &usize| number > 0))
                .collect();
            let (row, repeat, fold) = match cells.as_slice() {
                [Some(row), Some(fold)] if columns == 2 => (*row, 1, *fold),
                [Some(row), Some(repeat), Some(fold)] if columns == 3 => (*row, *repeat, *fold),
                _ => {
                    let expected =
                        format!("{columns} whole numbers from 1 on in line {number}, as {header}");
                    return Err(refuse(expected, quoted(line), "correct the line"));
                }
            };
            if row > rows || fold > rows || repeat > repeats.len() + 1 {
                return Err(refuse(
                    format!(
                        "rows and folds up to {rows}, the rows of the data, and repetitions one \
                             after the other, in line {number}"
                    ),
                    quoted(line),
                    "use the folds of these data",
                ));
            }
            if repeat > repeats.len() {
                repeats.push(vec![0; rows]);
            }
            let place = &mut repeats[repeat - 1][row - 1];
            if std::mem::replace(place, fold) != 0 {
                let expected = "each row once in a repetition".to_owned();
                let found = format!("row {row} again in line {number}");
                return Err(refuse(expected, found, "remove one of the lines"));
            }
        }
        let folds = repeats.iter().flatten().copied().max().unwrap_or(0);
        for (numbers, repeat) in repeats.iter().zip(1..) {
            let of_repeat = match repeats.len() {
                1 => String::new(),
                _ => format!(" of repetition {repeat}"),
            };
            if let Some(fold) = (1..=folds).find(|fold| !numbers.contains(fold)) {
                return Err(refuse(
                    format!("rows in each of the folds 1 to {folds}{of_repeat}"),
                    format!("none in {fold}"),
                    "number the folds one after the other",
                ));
            }
        }
        if folds < 2 {
            let found = count(folds, "fold");
            return Err(refuse("at least 2 folds".to_owned(), found, "divide the rows"));
        }
        let rows: Vec<usize> =
            (0..rows).filter(|&row| repeats.iter().all(|numbers| numbers[row] > 0)).collect();
        let from_zero = |numbers: &Vec<usize>| -> Vec<usize> {
            rows.iter().map(|&row| numbers[row] - 1).collect()
        };
        let repeats: Vec<Vec<usize>> = repeats.iter().map(from_zero).collect();
        Ok(match header {
            "row,stretch" => Folds::of_stretches(&rows, &repeats[0], folds - 1, FoldScheme::Given),
            _ => Folds::of_numbers(&rows, &repeats, folds, FoldScheme::Given),
        })
    }
}
