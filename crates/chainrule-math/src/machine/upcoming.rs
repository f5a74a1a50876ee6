//! Fetching the next batch from main memory while this one is computed.
//!
//! The rows of a shuffled batch lie anywhere in the data, so each costs the latency of main memory,
//! some hundred times that of the nearest cache. Asked for a few lines at a time between the blocks of
//! products, they are in the second cache when the next run copies them.

use super::arrangement::Part;
use super::program::BLOCK_ROWS;
use super::{Source, Step};
use crate::Element;
use crate::fetch::{Fetch, fetch};
use crate::product::PANELS_AT_ONCE;
use crate::team::Member;
use std::cell::Cell;

/// Data of so many bytes are near anyway, in the second cache or the third.
const NEAR: usize = 2 << 20;

/// Bytes that a member fetches at most: the second cache has other work, too.
const MOST_BYTES: usize = 256 << 10;

/// The lines that one member will copy in the next run.
pub(super) struct Upcoming<'a, E> {
    values: &'a [E],
    columns: usize,
    rows: &'a [u32],
    lines_per_block: usize,
    /// The row and line to be fetched next.
    next: Cell<(usize, usize)>,
}

impl<'a, E: Element> Upcoming<'a, E> {
    /// What this member will load of the rows `upcoming` of the widest source, in as many portions as
    /// its share of the steps has blocks of products.
    pub(super) fn new<I>(
        member: &Member<'_>,
        parts: &[Part<I>],
        sources: &[Source<'a, E>],
        upcoming: &'a [u32],
    ) -> Option<Self> {
        let rows_of = |source: &Source<'a, E>| match *source {
            Source::Rows { values, columns, .. } => Some((values, columns)),
            Source::Classes { .. } => None,
        };
        let (values, columns) =
            sources.iter().filter_map(rows_of).max_by_key(|(_, columns)| *columns)?;
        if size_of_val(values) <= NEAR {
            return None;
        }
        let rows = &upcoming[member.share(upcoming.len())];
        let lines = columns.div_ceil(E::PANEL);
        let most = MOST_BYTES / (lines * size_of::<E>() * E::PANEL).max(1);
        let rows = &rows[..rows.len().min(most)];
        let blocks = |part: &Part<I>| match &part.step {
            Step::Product(product) => {
                product.output.capacity.div_ceil(BLOCK_ROWS)
                    * product.output.panels::<E>().div_ceil(PANELS_AT_ONCE)
            }
            _ => 0,
        };
        let blocks = (parts.iter().map(blocks).sum::<usize>() / member.count()).max(1);
        let lines_per_block = (rows.len() * lines).div_ceil(blocks);
        Some(Upcoming { values, columns, rows, lines_per_block, next: Cell::new((0, 0)) })
    }

    /// Asks for one more portion.
    pub(super) fn fetch(&self) {
        let (mut row, mut line) = self.next.get();
        for _ in 0..self.lines_per_block {
            let Some(&number) = self.rows.get(row) else { break };
            let start = (number as usize).wrapping_mul(self.columns);
            let place = self.values.as_ptr().wrapping_add(start.wrapping_add(line * E::PANEL));
            fetch(place, Fetch::ReadLater);
            line += 1;
            if line * E::PANEL >= self.columns {
                (row, line) = (row + 1, 0);
            }
        }
        self.next.set((row, line));
    }
}
