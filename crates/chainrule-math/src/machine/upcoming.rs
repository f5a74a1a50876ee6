//! Fetching the next batch from main memory while this one is computed.
//!
//! The rows of a shuffled batch lie anywhere in the data, so each costs the latency of main memory,
//! some hundred times that of the nearest cache. Asked for line by line while products are computed,
//! they are in the second cache when the next run copies them, and products hardly notice.

use super::arrangement::Part;
use super::division::Division;
use super::{Source, Step};
use crate::fetch::{Fetch, fetch};
use crate::team::Member;
use crate::{Element, Form};
use std::cell::Cell;

/// Data of so many bytes are near anyway, in the second cache or the third.
const NEAR: usize = 2 << 20;

/// Bytes that a member fetches at most: the second cache has other work, too.
const MOST_BYTES: usize = 256 << 10;

/// The lines that one member will copy in the next run.
pub(crate) struct Upcoming<'a, E> {
    values: &'a [E],
    columns: usize,
    rows: &'a [u32],
    /// Lines to be fetched in all, over so many terms of lines of the products.
    lines: usize,
    terms: usize,
    progress: Cell<Progress>,
}

#[derive(Clone, Copy)]
struct Progress {
    row: usize,
    /// The first column of the next line.
    column: usize,
    /// Terms times lines that no line has been fetched for.
    due: usize,
}

impl<'a, E: Element> Upcoming<'a, E> {
    /// What this member will load of the rows `upcoming` of the widest source, spread over its share of
    /// the products.
    pub(super) fn new<I>(
        member: &Member<'_>,
        parts: &[Part<I>],
        sources: &[Source<'a, E>],
        upcoming: &'a [u32],
    ) -> Option<Self> {
        let rows_of = |(index, source): (usize, &Source<'a, E>)| match *source {
            Source::Rows { values, columns, .. } => Some((index, values, columns)),
            Source::Classes { .. } => None,
        };
        let widest = sources.iter().enumerate().filter_map(rows_of);
        let (index, values, columns) = widest.max_by_key(|(_, _, columns)| *columns)?;
        if size_of_val(values) <= NEAR {
            return None;
        }
        let loads =
            |part: &&Part<I>| matches!(&part.step, Step::Load(load) if load.source == index);
        let rows = match parts.iter().find(loads)?.division {
            Division::Each => upcoming,
            _ => &upcoming[member.share(upcoming.len())],
        };
        let lines_of_row = columns.div_ceil(E::PANEL);
        let most = MOST_BYTES / (lines_of_row * size_of::<E>() * E::PANEL).max(1);
        let rows = &rows[..rows.len().min(most)];
        let terms = parts.iter().map(terms_of_lines::<E, I>).sum::<usize>() / member.count();
        let progress = Cell::new(Progress { row: 0, column: 0, due: 0 });
        let lines = rows.len() * lines_of_row;
        Some(Upcoming { values, columns, rows, lines, terms: terms.max(1), progress })
    }

    /// Asks for what goes with so many terms of lines of a product.
    #[inline(always)]
    pub(crate) fn fetch(&self, terms: usize) {
        let Progress { mut row, mut column, mut due } = self.progress.get();
        if row == self.rows.len() {
            return;
        }
        due += terms * self.lines;
        while due >= self.terms {
            due -= self.terms;
            let Some(&number) = self.rows.get(row) else { break };
            let start = (number as usize).wrapping_mul(self.columns);
            let place = self.values.as_ptr().wrapping_add(start.wrapping_add(column));
            fetch(place, Fetch::ReadLater);
            column += E::PANEL;
            if column >= self.columns {
                (row, column) = (row + 1, 0);
            }
        }
        self.progress.set(Progress { row, column, due });
    }
}

/// The terms of all lines of a step's product.
fn terms_of_lines<E: Element, I>(part: &Part<I>) -> usize {
    let Step::Product(product) = &part.step else { return 0 };
    let terms = match product.form {
        Form::TransposedLeft => product.left.capacity,
        _ => product.left.columns,
    };
    product.output.capacity * product.output.panels::<E>() * terms
}
