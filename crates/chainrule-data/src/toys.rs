//! Data sets to learn with: the gates, and small made-up shapes in two columns `x1` and `x2`.
//!
//! The gates are their truth tables. The others are drawn from a seed by named streams, so that they
//! are the same bits everywhere; [`crate::open`] has each with [`ROWS`] rows, [`SEED`] and a usual
//! noise, and the functions here make more, fewer or noisier rows; they panic when asked for none. The
//! spiral, `plane` and `gaussians` follow TensorFlow's playground (Smilkov and others, 2017), `moons` and
//! `circles` scikit-learn's `make_moons` and `make_circles`.

use crate::column::Column;
use crate::table::Table;
use chainrule_math::Algebra;
use chainrule_math::random::Stream;
use std::f64::consts::{PI, TAU};

/// Rows of the shapes that [`crate::open`] makes.
pub const ROWS: usize = 400;

/// The seed of the shapes that [`crate::open`] makes.
pub const SEED: u64 = 1;

/// A gate of two inputs: its output for (0, 0), (0, 1), (1, 0) and (1, 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// 1 if both are 1.
    And,
    /// 1 if one of them is 1, or both.
    Or,
    /// 1 if the first is 1 and the second is not.
    AndNot,
    /// 1 if exactly one of them is 1.
    Xor,
}

impl Gate {
    /// Every gate.
    pub const ALL: [Gate; 4] = [Gate::And, Gate::Or, Gate::AndNot, Gate::Xor];

    /// Its name: `and`, `or`, `and-not` or `xor`.
    pub fn name(self) -> &'static str {
        match self {
            Gate::And => "and",
            Gate::Or => "or",
            Gate::AndNot => "and-not",
            Gate::Xor => "xor",
        }
    }

    /// What it says of two inputs.
    pub fn output(self, x1: bool, x2: bool) -> bool {
        match self {
            Gate::And => x1 && x2,
            Gate::Or => x1 || x2,
            Gate::AndNot => x1 && !x2,
            Gate::Xor => x1 != x2,
        }
    }

    /// Its four rows: the columns `x1`, `x2` and `y`, all 0 or 1, counting up.
    ///
    /// ```
    /// use chainrule_data::toys::Gate;
    /// let table = Gate::AndNot.table();
    /// let y: Vec<_> = (0..4).map(|row| table.column("y").unwrap().cell(row)).collect();
    /// assert_eq!(y, ["0", "0", "1", "0"]);
    /// ```
    pub fn table(self) -> Table {
        let inputs = [(false, false), (false, true), (true, false), (true, true)];
        let column = |name: &str, value: &dyn Fn(bool, bool) -> bool| {
            let values = inputs.map(|(x1, x2)| f64::from(u8::from(value(x1, x2))));
            Column::numbers(name, values.to_vec())
        };
        let columns = vec![
            column("x1", &|x1, _| x1),
            column("x2", &|_, x2| x2),
            column("y", &|x1, x2| self.output(x1, x2)),
        ];
        made(self.name(), columns)
    }
}

/// Two half circles that reach into each other, of radius 1: `upper` about (0, 0), `lower` about (1, 1/2).
/// `noise` is the standard deviation of what is added to each coordinate.
///
/// ```
/// use chainrule_data::toys;
/// let table = toys::moons(100, 0.0, 1);
/// let number = |name: &str, row: usize| table.column(name).unwrap().number(row).unwrap();
/// for row in (0..100).step_by(2) {
///     // The even rows are the upper moon.
///     assert!((number("x1", row).powi(2) + number("x2", row).powi(2) - 1.0).abs() < 1e-12);
/// }
/// ```
pub fn moons(rows: usize, noise: f64, seed: u64) -> Table {
    let mut stream = Stream::new(seed, "data.moons");
    classes("moons", &["upper", "lower"], rows, |class, share| {
        let angle = PI * share;
        let (x, y) = (cos(angle), sin(angle));
        let (x, y) = if class == 0 { (x, y) } else { (1.0 - x, 0.5 - y) };
        (x + noise * stream.normal(), y + noise * stream.normal())
    })
}

/// A circle of radius 1/2, `inner`, in one of radius 1, `outer`, both about (0, 0). `noise` is the
/// standard deviation of what is added to each coordinate.
pub fn circles(rows: usize, noise: f64, seed: u64) -> Table {
    let mut stream = Stream::new(seed, "data.circles");
    classes("circles", &["inner", "outer"], rows, |class, share| {
        let (radius, angle) = (if class == 0 { 0.5 } else { 1.0 }, TAU * share);
        let (x, y) = (radius * cos(angle), radius * sin(angle));
        (x + noise * stream.normal(), y + noise * stream.normal())
    })
}

/// Two arms, `a` and `b`, that wind 1 3/4 times around (0, 0) and each other, out to a radius of 5.
/// `noise` is the farthest that a coordinate is moved, uniformly.
pub fn spiral(rows: usize, noise: f64, seed: u64) -> Table {
    let mut stream = Stream::new(seed, "data.spiral");
    classes("spiral", &["a", "b"], rows, |class, share| {
        let (radius, angle) = (5.0 * share, 1.75 * TAU * share + PI * class as f64);
        let mut moved = |place: f64| place + noise * (2.0 * stream.uniform() - 1.0);
        (moved(radius * sin(angle)), moved(radius * cos(angle)))
    })
}

/// Three clouds, `a`, `b` and `c`, about the corners (0, 2), (-2, -1) and (2, -1) of a triangle.
/// `noise` is their standard deviation along each axis.
pub fn blobs(rows: usize, noise: f64, seed: u64) -> Table {
    const CENTRES: [(f64, f64); 3] = [(0.0, 2.0), (-2.0, -1.0), (2.0, -1.0)];
    let mut stream = Stream::new(seed, "data.blobs");
    classes("blobs", &["a", "b", "c"], rows, |class, _| {
        let (x, y) = CENTRES[class];
        (x + noise * stream.normal(), y + noise * stream.normal())
    })
}

/// The plane y = (x1 + x2) / 10 over the square from -6 to 6. `noise` is the standard deviation of
/// what is added to y.
pub fn plane(rows: usize, noise: f64, seed: u64) -> Table {
    surface("plane", rows, noise, seed, |x1, x2| (x1 + x2) / 10.0)
}

/// Six hills and hollows over the square from -6 to 6: cones of height 1 and radius 2, in turn up and
/// down, about (-4, 2.5), (0, 2.5), (4, 2.5), and the other way up about (-4, -2.5), (0, -2.5),
/// (4, -2.5); where two overlap, the one that is farther from 0. `noise` is the standard deviation of
/// what is added to y.
pub fn gaussians(rows: usize, noise: f64, seed: u64) -> Table {
    const CENTRES: [(f64, f64, f64); 6] = [
        (-4.0, 2.5, 1.0),
        (0.0, 2.5, -1.0),
        (4.0, 2.5, 1.0),
        (-4.0, -2.5, -1.0),
        (0.0, -2.5, 1.0),
        (4.0, -2.5, -1.0),
    ];
    surface("gaussians", rows, noise, seed, |x1, x2| {
        let heights = CENTRES.map(|(x, y, sign)| {
            let distance = ((x1 - x) * (x1 - x) + (x2 - y) * (x2 - y)).sqrt();
            sign * (1.0 - distance / 2.0).clamp(0.0, 1.0)
        });
        let farther = |a: f64, b: f64| if b.abs() > a.abs() { b } else { a };
        heights.into_iter().fold(0.0, farther)
    })
}

/// The standard library's differ between platforms; these do not.
fn sin(angle: f64) -> f64 {
    Algebra::sin(angle)
}

fn cos(angle: f64) -> f64 {
    Algebra::cos(angle)
}

/// Rows of the classes in turn. `place` gets the class and how far along its rows a row is, from 0
/// to 1, and says where it lies.
fn classes(
    name: &str,
    classes: &[&str],
    rows: usize,
    mut place: impl FnMut(usize, f64) -> (f64, f64),
) -> Table {
    let each = rows.div_ceil(classes.len());
    let share = |index: usize| index as f64 / each.saturating_sub(1).max(1) as f64;
    let of_row = |row: usize| (row % classes.len(), share(row / classes.len()));
    let places: Vec<(f64, f64)> =
        (0..rows).map(of_row).map(|(class, share)| place(class, share)).collect();
    let names: Vec<&str> = (0..rows).map(|row| classes[row % classes.len()]).collect();
    made(name, points(&places).chain([Column::text("class", &names)]).collect())
}

/// Rows of a surface over the square from -6 to 6.
fn surface(
    name: &str,
    rows: usize,
    noise: f64,
    seed: u64,
    height: impl Fn(f64, f64) -> f64,
) -> Table {
    let mut stream = Stream::new(seed, &format!("data.{name}"));
    let mut places = Vec::with_capacity(rows);
    let mut heights = Vec::with_capacity(rows);
    for _ in 0..rows {
        let mut coordinate = || 6.0 * (2.0 * stream.uniform() - 1.0);
        let (x1, x2) = (coordinate(), coordinate());
        places.push((x1, x2));
        heights.push(height(x1, x2) + noise * stream.normal());
    }
    made(name, points(&places).chain([Column::numbers("y", heights)]).collect())
}

fn points(places: &[(f64, f64)]) -> impl Iterator<Item = Column> {
    let (x1, x2) = places.iter().copied().unzip();
    [Column::numbers("x1", x1), Column::numbers("x2", x2)].into_iter()
}

fn made(name: &str, columns: Vec<Column>) -> Table {
    Table::new(name, columns).expect("columns of one length and different names")
}

/// The data set of this name as the program has it, with its target.
pub(crate) fn named(name: &str) -> Option<(Table, &'static str)> {
    if let Some(gate) = Gate::ALL.into_iter().find(|gate| gate.name() == name) {
        return Some((gate.table(), "y"));
    }
    match name {
        "moons" => Some((moons(ROWS, 0.15, SEED), "class")),
        "circles" => Some((circles(ROWS, 0.08, SEED), "class")),
        "spiral" => Some((spiral(ROWS, 0.2, SEED), "class")),
        "blobs" => Some((blobs(ROWS, 0.6, SEED), "class")),
        "plane" => Some((plane(ROWS, 0.02, SEED), "y")),
        "gaussians" => Some((gaussians(ROWS, 0.02, SEED), "y")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(table: &Table, name: &str) -> Vec<f64> {
        let column = table.column(name).unwrap();
        (0..table.rows()).map(|row| column.number(row).unwrap()).collect()
    }

    fn class(table: &Table, row: usize) -> String {
        table.column("class").unwrap().cell(row)
    }

    #[test]
    fn gates_are_their_truth_tables() {
        for (gate, outputs) in [
            (Gate::And, [0.0, 0.0, 0.0, 1.0]),
            (Gate::Or, [0.0, 1.0, 1.0, 1.0]),
            (Gate::AndNot, [0.0, 0.0, 1.0, 0.0]),
            (Gate::Xor, [0.0, 1.0, 1.0, 0.0]),
        ] {
            let table = gate.table();
            assert_eq!(numbers(&table, "x1"), [0.0, 0.0, 1.0, 1.0]);
            assert_eq!(numbers(&table, "x2"), [0.0, 1.0, 0.0, 1.0]);
            assert_eq!(numbers(&table, "y"), outputs, "{}", gate.name());
        }
    }

    #[test]
    fn the_bits_never_change() {
        // Recorded once; a change here means that every printed result on these sets changes.
        let first = |table: Table| [numbers(&table, "x1")[1], numbers(&table, "x2")[1]];
        let found = [
            first(moons(ROWS, 0.15, SEED)),
            first(circles(ROWS, 0.08, SEED)),
            first(spiral(ROWS, 0.2, SEED)),
            first(blobs(ROWS, 0.6, SEED)),
            first(plane(ROWS, 0.02, SEED)),
            first(gaussians(ROWS, 0.02, SEED)),
        ];
        assert_eq!(found.map(|point| point.map(f64::to_bits)), RECORDED);
    }
    const RECORDED: [[u64; 2]; 6] = [
        [4590603081144576247, 4603207399446237803],
        [4607314340532409594, 4586047710805816865],
        [13810626034180402336, 4590528787648549984],
        [13825231753626720064, 13833461934071060140],
        [4611357096936970610, 4616316550746689774],
        [13839686947409291094, 4615391787737058735],
    ];

    #[test]
    fn without_noise_the_shapes_are_exact() {
        let table = circles(60, 0.0, 3);
        let (x1, x2) = (numbers(&table, "x1"), numbers(&table, "x2"));
        for row in 0..60 {
            let radius = (x1[row] * x1[row] + x2[row] * x2[row]).sqrt();
            let expected = if class(&table, row) == "inner" { 0.5 } else { 1.0 };
            assert!((radius - expected).abs() < 1e-12);
        }
        // The arms of the spiral are each other's half turn.
        let table = spiral(60, 0.0, 3);
        let (x1, x2) = (numbers(&table, "x1"), numbers(&table, "x2"));
        for row in (0..60).step_by(2) {
            assert!((x1[row] + x1[row + 1]).abs() < 1e-12 && (x2[row] + x2[row + 1]).abs() < 1e-12);
        }
        assert!(((x1[58] * x1[58] + x2[58] * x2[58]).sqrt() - 5.0).abs() < 1e-12);
        let table = plane(60, 0.0, 3);
        let (x1, x2, y) = (numbers(&table, "x1"), numbers(&table, "x2"), numbers(&table, "y"));
        assert!((0..60).all(|row| y[row] == (x1[row] + x2[row]) / 10.0));
        let table = gaussians(2000, 0.0, 3);
        let (x1, x2, y) = (numbers(&table, "x1"), numbers(&table, "x2"), numbers(&table, "y"));
        let near = |x: f64, z: f64| {
            let close = |row: &usize| (x1[*row] - x).abs() < 0.3 && (x2[*row] - z).abs() < 0.3;
            y[(0..2000).find(close).expect("a row near each centre")]
        };
        assert!(near(-4.0, 2.5) > 0.7 && near(0.0, 2.5) < -0.7 && near(4.0, -2.5) < -0.7);
    }

    #[test]
    fn noise_has_the_size_that_is_asked_for() {
        let (still, moved) = (plane(4000, 0.0, 1), plane(4000, 0.5, 1));
        // The draws of places and noise share a stream, so that noise changes no place.
        assert_eq!(numbers(&still, "x1"), numbers(&moved, "x1"));
        let squares: f64 = numbers(&still, "y")
            .iter()
            .zip(numbers(&moved, "y"))
            .map(|(still, moved)| (moved - still) * (moved - still))
            .sum();
        assert!(((squares / 4000.0).sqrt() - 0.5).abs() < 0.02);
    }

    #[test]
    fn classes_take_turns_and_any_number_of_rows_will_do() {
        for rows in [1, 2, 5] {
            let tables = [moons(rows, 0.1, 1), circles(rows, 0.1, 1), spiral(rows, 0.1, 1)];
            for table in [&tables[..], &[blobs(rows, 0.1, 1), plane(rows, 0.1, 1)]].concat() {
                assert_eq!(table.rows(), rows, "{}", table.name());
            }
        }
        let table = blobs(7, 0.1, 1);
        assert_eq!((0..7).map(|row| class(&table, row)).collect::<String>(), "abcabca");
        assert_ne!(numbers(&moons(9, 0.1, 1), "x1"), numbers(&moons(9, 0.1, 2), "x1"));
    }
}
