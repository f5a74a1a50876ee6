//! Random orthogonal matrices.

use chainrule_math::random::Stream;

/// `inputs x units` weights, row by row: the shorter side's vectors are orthogonal, each as long as
/// `gain`.
///
/// Normal draws are made orthogonal one after the other (Gram and Schmidt); since the normal
/// distribution is the same in all directions, so is the result (Saxe et al., 2014). Everything is
/// done twice, after which the vectors are orthogonal to the last bits ("twice is enough", Giraud et
/// al., 2005).
pub(super) fn draw(stream: &mut Stream, inputs: usize, units: usize, gain: f64) -> Vec<f64> {
    let (count, length) = (inputs.min(units), inputs.max(units));
    let mut vectors: Vec<Vec<f64>> =
        (0..count).map(|_| (0..length).map(|_| stream.normal()).collect()).collect();
    for index in 0..count {
        let (before, rest) = vectors.split_at_mut(index);
        let vector = &mut rest[0];
        for _ in 0..2 {
            for other in before.iter() {
                let overlap = dot(vector, other);
                for (number, along) in vector.iter_mut().zip(other) {
                    *number -= overlap * along;
                }
            }
            let size = dot(vector, vector).sqrt();
            vector.iter_mut().for_each(|number| *number /= size);
        }
    }
    let at = |row: usize, column: usize| match inputs <= units {
        true => vectors[row][column],
        false => vectors[column][row],
    };
    (0..inputs * units).map(|place| gain * at(place / units, place % units)).collect()
}

/// In eight sums side by side, which is quick and has one order.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    for (a, b) in a.chunks(8).zip(b.chunks(8)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_sides_vectors_are_orthogonal_and_as_long_as_the_gain() {
        for (inputs, units) in [(7, 7), (5, 40), (40, 5), (1, 3), (130, 130)] {
            let weights = draw(&mut Stream::new(3, "weights.1"), inputs, units, 1.5);
            let (count, length) = (inputs.min(units), inputs.max(units));
            let at = |vector: usize, place: usize| match inputs <= units {
                true => weights[vector * units + place],
                false => weights[place * units + vector],
            };
            for a in 0..count {
                for b in 0..=a {
                    let overlap: f64 = (0..length).map(|place| at(a, place) * at(b, place)).sum();
                    let expected = if a == b { 2.25 } else { 0.0 };
                    assert!((overlap - expected).abs() < 1e-13, "{inputs} x {units}: {overlap}");
                }
            }
        }
    }
}
