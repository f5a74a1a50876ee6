//! The dropout mask (Srivastava et al., 2014, inverted: kept units are scaled up in training).

use chainrule_math::machine::{Place, Turn};
use chainrule_math::{Element, InstructionSet, Kernel, Lanes};

/// Writes 0 with probability `rate`, else 1 / (1 - rate), for a block whose first element is at
/// `place`. The bits are a pure function of seed, step, layer, row and unit, so any partition of
/// the work draws the same mask.
pub(crate) fn dropout_mask<E: Element>(
    set: InstructionSet,
    turn: Turn,
    (rate, layer): (f64, u32),
    place: Place,
    output: &mut [E],
) {
    let mut key = mix((turn.seed as u32) ^ mix((turn.seed >> 32) as u32));
    key = mix(key ^ mix(turn.step as u32) ^ mix((turn.step >> 32) as u32).rotate_left(16));
    key = mix(key ^ layer.wrapping_mul(GOLDEN));
    // Drop where the draw, uniform over 32 bits, lies below the rate's share of them.
    let threshold = (rate * 4_294_967_296.0) as u32;
    let kept = E::from_f64(1.0 / (1.0 - rate));
    set.run(Mask { key, threshold, kept, place, output });
}

/// 2^32 over the golden ratio: spreads consecutive numbers.
const GOLDEN: u32 = 0x9e37_79b9;

/// A bijection of 32 bits in which every input bit moves every output bit about half of the time
/// (the finaliser of MurmurHash3, Appleby).
#[inline(always)]
fn mix(mut bits: u32) -> u32 {
    bits ^= bits >> 16;
    bits = bits.wrapping_mul(0x85eb_ca6b);
    bits ^= bits >> 13;
    bits = bits.wrapping_mul(0xc2b2_ae35);
    bits ^ (bits >> 16)
}

struct Mask<'a, E> {
    key: u32,
    threshold: u32,
    kept: E,
    place: Place,
    output: &'a mut [E],
}

impl<E: Element> Kernel<E> for Mask<'_, E> {
    type Output = ();
    // Whole numbers only, so the compiler vectorises it and the bits are the same everywhere.
    #[inline(always)]
    fn run<L: Lanes<Element = E>>(self) {
        for (row, line) in self.output.chunks_exact_mut(E::PANEL).enumerate() {
            let row_key = mix(self.key ^ (self.place.row + row) as u32);
            for (column, number) in line.iter_mut().enumerate() {
                let unit = (self.place.column + column) as u32;
                let draw = mix(row_key.wrapping_add(unit.wrapping_mul(GOLDEN)));
                *number = if draw < self.threshold { E::ZERO } else { self.kept };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(turn: Turn, layer: u32, place: Place, rows: usize) -> Vec<f32> {
        let mut output = vec![0.0; rows * f32::PANEL];
        dropout_mask(InstructionSet::best(), turn, (0.3, layer), place, &mut output);
        output
    }

    #[test]
    fn drops_its_share_and_keeps_the_mean() {
        let start = Place { row: 0, column: 0 };
        let drawn = mask(Turn { seed: 1, step: 1, rows: 0 }, 0, start, 10_000);
        let dropped = drawn.iter().filter(|&&x| x == 0.0).count() as f64 / drawn.len() as f64;
        assert!((dropped - 0.3).abs() < 0.005, "{dropped}");
        let mean = drawn.iter().map(|&x| f64::from(x)).sum::<f64>() / drawn.len() as f64;
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
    }

    #[test]
    fn depends_on_the_place_and_not_on_the_block() {
        let turn = Turn { seed: 1, step: 5, rows: 0 };
        let whole = mask(turn, 2, Place { row: 0, column: 16 }, 8);
        let part = mask(turn, 2, Place { row: 3, column: 16 }, 5);
        assert_eq!(whole[3 * f32::PANEL..], part);
        assert_ne!(whole, mask(Turn { step: 6, ..turn }, 2, Place { row: 0, column: 16 }, 8));
        assert_ne!(whole, mask(turn, 3, Place { row: 0, column: 16 }, 8));
        assert_ne!(whole, mask(turn, 2, Place { row: 0, column: 0 }, 8));
    }
}
