//! Named random streams.
//!
//! Every purpose (initial weights of a layer, the shuffle of an epoch, the test split) draws from a
//! stream of its own, so that adding a draw in one place never shifts the numbers of another. The
//! generator is ChaCha8, whose output is fixed by its definition and does not change between
//! releases or platforms.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A reproducible stream of random numbers, fixed by a seed and the name of its purpose.
///
/// ```
/// use chainrule_math::random::Stream;
/// let mut a = Stream::new(1, "split.test");
/// let mut b = Stream::new(1, "split.test");
/// assert_eq!(a.uniform(), b.uniform());
/// assert_ne!(a.uniform(), Stream::new(1, "shuffle").uniform());
/// ```
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream for `name` under `seed`.
    pub fn new(seed: u64, name: &str) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(fingerprint(name));
        Stream(generator)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in [0, 1), a multiple of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in 0..n without bias (rejection; Lemire, ACM TOMACS 29 (2019), algorithm 5).
    ///
    /// # Panics
    /// When `n` is 0.
    pub fn below(&mut self, n: u32) -> u32 {
        assert!(n > 0, "below(0) asks for a number from an empty range");
        loop {
            let product = u64::from(self.0.next_u32()) * u64::from(n);
            // The threshold is below n, and seldom needed: a division costs more than all the rest.
            if product as u32 >= n || product as u32 >= n.wrapping_neg() % n {
                return (product >> 32) as u32;
            }
        }
    }

    /// Standard normal (Box and Muller, 1958). One of the pair is thrown away to keep the stream
    /// free of hidden state. Logarithm and cosine come from `libm`, whose bits are the same
    /// everywhere; those of a square root are so by its definition.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(1.0 - self.uniform())).sqrt();
        radius * libm::cos(2.0 * std::f64::consts::PI * self.uniform())
    }

    /// Puts `items` in random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u32 + 1) as usize);
        }
    }
}

/// FNV-1a, 64 bits.
fn fingerprint(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_never_changes() {
        // Recorded once; a change here means that every saved seed gives another model.
        let mut stream = Stream::new(7, "weights.1");
        assert_eq!(stream.bits(), Stream::new(7, "weights.1").bits());
        assert_eq!([stream.below(10), stream.below(10), stream.below(1)], RECORDED);
    }
    const RECORDED: [u32; 3] = [9, 5, 0];

    #[test]
    #[cfg_attr(miri, ignore = "too many numbers for it")]
    fn normal_has_mean_zero_and_variance_one() {
        let mut stream = Stream::new(3, "normal");
        let draws: Vec<f64> = (0..100_000).map(|_| stream.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 1e5;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1e5;
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
    }

    #[test]
    fn shuffle_keeps_every_item() {
        let mut items: Vec<u32> = (0..100).collect();
        Stream::new(1, "shuffle").shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
