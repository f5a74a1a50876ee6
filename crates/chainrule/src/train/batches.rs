//! Rows in batches.

use crate::Network;

/// How the rows of an epoch are divided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batches {
    size: usize,
    /// Whether a last batch of one row joins the one before it.
    joins_last: bool,
}

impl Batches {
    /// Of so many rows, the last of an epoch being smaller.
    pub(super) fn of(size: usize) -> Batches {
        Batches { size, joins_last: false }
    }

    /// The same, but no last batch has a single row where the network could learn nothing from it.
    pub(super) fn suiting(network: &Network, size: usize) -> Batches {
        Batches { size, joins_last: network.needs_several_rows() && size > 1 }
    }

    /// The rows of the largest batch.
    pub(super) fn largest(self) -> usize {
        self.size + usize::from(self.joins_last)
    }

    /// Batches of so many rows.
    pub(super) fn count(self, rows: usize) -> usize {
        self.whole(rows).div_ceil(self.size)
    }

    /// The batches of rows in this order, each with the rows of the one after it.
    pub(super) fn iter(self, order: &[u32]) -> impl Iterator<Item = (&[u32], &[u32])> {
        let (rows, whole) = (order.len(), self.whole(order.len()));
        let end =
            move |start: usize| if start + self.size >= whole { rows } else { start + self.size };
        (0..whole).step_by(self.size).map(move |start| {
            let next = end(start);
            (&order[start..next], &order[next..end(next)])
        })
    }

    /// The rows at which a batch may begin.
    fn whole(self, rows: usize) -> usize {
        match self.joins_last && rows > self.size && rows % self.size == 1 {
            true => rows - 1,
            false => rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Dense, Normalization};

    fn sizes(batches: Batches, rows: u32) -> Vec<(usize, usize)> {
        let order: Vec<u32> = (0..rows).collect();
        let sizes: Vec<_> =
            batches.iter(&order).map(|(batch, next)| (batch.len(), next.len())).collect();
        assert_eq!(batches.count(rows as usize), sizes.len());
        assert_eq!(sizes.iter().map(|(batch, _)| batch).sum::<usize>(), rows as usize);
        sizes
    }

    #[test]
    fn every_row_is_in_one_batch_and_announced_before_it() {
        assert_eq!(sizes(Batches::of(3), 7), [(3, 3), (3, 1), (1, 0)]);
        assert_eq!(sizes(Batches::of(3), 6), [(3, 3), (3, 0)]);
        assert_eq!(sizes(Batches::of(5), 3), [(3, 0)]);
    }

    #[test]
    fn a_last_row_that_would_be_alone_joins_the_batch_before_it() {
        let layer =
            Dense { normalization: Normalization::BATCH, ..Dense::new(2, Activation::Relu) };
        let network = Network::new(1).layer(layer).dense(1, Activation::Identity);
        let batches = Batches::suiting(&network, 3);
        assert_eq!(batches.largest(), 4);
        assert_eq!(sizes(batches, 7), [(3, 4), (4, 0)]);
        assert_eq!(sizes(batches, 8), [(3, 3), (3, 2), (2, 0)]);
        assert_eq!(sizes(batches, 1), [(1, 0)]);
        let plain = Network::new(1).dense(1, Activation::Identity);
        assert_eq!(Batches::suiting(&plain, 3).largest(), 3);
    }
}
