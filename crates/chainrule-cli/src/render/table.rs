//! A few aligned columns.

use super::plain;
use std::fmt;

/// A table whose first column is aligned left, the others right.
#[derive(Default)]
pub(crate) struct Table {
    lines: Vec<Vec<String>>,
    left: usize,
}

impl Table {
    /// With `left` columns aligned left, the others right.
    pub(crate) fn new(left: usize) -> Table {
        Table { lines: Vec::new(), left }
    }

    /// Adds a line. Its cells may come from anywhere, so they are made [`plain`].
    pub(crate) fn line<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.lines.push(cells.into_iter().map(|cell| plain(&cell.into())).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.lines.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.lines.iter().filter_map(|line| line.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for line in &self.lines {
            let mut text = String::new();
            for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
                text += match column < self.left {
                    true => format!("  {cell:width$}"),
                    false => format!("  {cell:>width$}"),
                }
                .as_str();
            }
            writeln!(formatter, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(1);
        table.line(["", "rows"]);
        table.line(["validation", "9"]);
        assert_eq!(table.to_string(), "              rows\n  validation     9\n");
    }
}
