//! Where a function of two numbers is zero, as lines: marching squares (Lorensen and Cline, 1987,
//! in two dimensions).

/// The part of a line within one cell, from one point to another.
pub(crate) type Segment = ((f64, f64), (f64, f64));

/// The lines along which `value(column, row)` is 0, for values at the points of a grid of `columns`
/// x `rows`; between them it is taken to run straight. Places are in columns and rows.
pub(crate) fn zero_lines(
    columns: usize,
    rows: usize,
    value: impl Fn(usize, usize) -> f64,
) -> Vec<Segment> {
    let mut segments = Vec::new();
    for row in 0..rows.saturating_sub(1) {
        for column in 0..columns.saturating_sub(1) {
            // The corners in turn around the cell.
            let corners = [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(right, down)| {
                let (x, y) = (column + right, row + down);
                ((x as f64, y as f64), value(x, y))
            });
            let mut crossings = Vec::with_capacity(4);
            for side in 0..4 {
                let (((x, y), from), ((to_x, to_y), to)) = (corners[side], corners[(side + 1) % 4]);
                if (from > 0.0) != (to > 0.0) && (to - from).is_finite() {
                    let share = from / (from - to);
                    crossings.push((x + (to_x - x) * share, y + (to_y - y) * share));
                }
            }
            // Four crossings are a saddle: which two belong together follows from the middle.
            if crossings.len() == 4 {
                let middle = corners.iter().map(|(_, value)| value).sum::<f64>() / 4.0;
                if (middle > 0.0) != (corners[0].1 > 0.0) {
                    crossings.rotate_left(1);
                }
            }
            segments.extend(crossings.chunks_exact(2).map(|two| (two[0], two[1])));
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_is_found_exactly() {
        // x + 2 y = 3.3
        let lines = zero_lines(5, 4, |x, y| x as f64 + 2.0 * y as f64 - 3.3);
        assert!(!lines.is_empty());
        for (from, to) in lines {
            for (x, y) in [from, to] {
                assert!((x + 2.0 * y - 3.3).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_saddle_is_parted_on_the_side_of_its_middle() {
        // Corners in turn: +, -, +, -; a middle above 0 joins the two that are above 0.
        let joined = zero_lines(2, 2, |x, y| if x == y { 3.0 } else { -1.0 });
        assert_eq!(joined.len(), 2);
        let around = |lines: &[Segment], (x, y): (f64, f64)| {
            lines.iter().any(|(from, to)| {
                let near = |point: &(f64, f64)| (point.0 - x).abs() + (point.1 - y).abs() < 0.5;
                near(from) && near(to)
            })
        };
        assert!(around(&joined, (1.0, 0.0)) && around(&joined, (0.0, 1.0)));
        let parted = zero_lines(2, 2, |x, y| if x == y { 1.0 } else { -3.0 });
        assert!(around(&parted, (0.0, 0.0)) && around(&parted, (1.0, 1.0)));
    }

    #[test]
    fn a_circle_is_as_long_as_it_should_be() {
        let radius = |x: usize, y: usize| ((x as f64 - 50.0).hypot(y as f64 - 50.0)) - 30.0;
        let lines = zero_lines(101, 101, radius);
        let length: f64 = lines.iter().map(|(a, b)| (a.0 - b.0).hypot(a.1 - b.1)).sum();
        assert!((length / (2.0 * std::f64::consts::PI * 30.0) - 1.0).abs() < 1e-3, "{length}");
    }
}
