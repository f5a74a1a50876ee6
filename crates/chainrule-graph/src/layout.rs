//! The flat buffer of parameters: which matrix lies where.

use crate::{Node, NodeId, Op};
use chainrule_math::machine::Stretch;
use chainrule_math::{Element, Extent, Region, Space};

/// The places of a graph's parameters, and after them its states, in one flat buffer, each in order
/// of creation. Two graphs that create the same ones in the same order agree on it.
#[derive(Clone, Debug, Default)]
pub struct ParameterLayout {
    places: Vec<ParameterPlace>,
    length: usize,
    learned: usize,
}

/// Lines of a stretch: 256 cache lines of the gradient stay in the nearest cache between measuring and
/// using them, and are many enough that the calls for each stretch cost nothing (64 cost 2 % of a step
/// of 784-128-10).
const LINES: usize = 256;

/// One parameter.
#[derive(Clone, Debug)]
pub struct ParameterPlace {
    /// Its node.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    pub(crate) region: Region,
}

impl ParameterLayout {
    pub(crate) fn new<E: Element>(nodes: &[Node]) -> ParameterLayout {
        let mut layout = ParameterLayout::default();
        // The states come last, so that what is learned is one piece.
        layout.add::<E>(nodes, Op::Parameter);
        layout.learned = layout.length;
        layout.add::<E>(nodes, Op::State);
        layout
    }

    fn add<E: Element>(&mut self, nodes: &[Node], kind: Op) {
        for (index, node) in nodes.iter().enumerate().filter(|(_, node)| node.op == kind) {
            let Extent::Fixed(rows) = node.shape.rows else { continue };
            let region = Region {
                space: Space::Parameters,
                offset: self.length,
                rows: node.shape.rows,
                capacity: rows,
                columns: node.shape.columns,
            };
            self.length += region.length::<E>();
            self.places.push(ParameterPlace {
                node: NodeId(index as u32),
                name: node.name.clone().unwrap_or_default(),
                rows,
                columns: node.shape.columns,
                region,
            });
        }
    }

    /// Elements of the flat buffer, padding included.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Elements of its first part, which is learned; the rest are states.
    pub fn learned(&self) -> usize {
        self.learned
    }

    /// What is learned of the parameters that `wanted` says, in lines: whole ones of neighbouring
    /// parameters together, in stretches short enough that an update works on them in the nearest
    /// cache.
    pub fn stretches<E: Element>(&self, wanted: impl Fn(NodeId) -> bool) -> Vec<Stretch> {
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut add = |start: usize, lines: usize, width: usize| {
            let mut done = 0;
            while done < lines {
                let start = start + done * E::PANEL;
                match stretches.last_mut() {
                    Some(last)
                        if last.width == width
                            && last.lines < LINES
                            && last.start + last.lines * E::PANEL == start =>
                    {
                        let more = (LINES - last.lines).min(lines - done);
                        last.lines += more;
                        done += more;
                    }
                    _ => {
                        let more = LINES.min(lines - done);
                        stretches.push(Stretch { start, lines: more, width });
                        done += more;
                    }
                }
            }
        };
        for place in self.learned_places().filter(|place| wanted(place.node)) {
            let (whole, rest) = (place.columns / E::PANEL, place.columns % E::PANEL);
            let (start, lines) = (place.region.offset, whole * place.rows);
            add(start, lines, E::PANEL);
            if rest > 0 {
                add(start + lines * E::PANEL, place.rows, rest);
            }
        }
        stretches
    }

    /// The parameters, in order of creation.
    pub fn learned_places(&self) -> impl Iterator<Item = &ParameterPlace> {
        self.places.iter().filter(|place| place.region.offset < self.learned)
    }

    /// The numbers of the parameters in a buffer laid out so, one after the other without padding.
    pub fn gather<E: Element>(&self, buffer: &[E]) -> Vec<f64> {
        let numbers = self.learned_places().flat_map(|place| place.read(buffer));
        numbers.map(|number| number.to_f64()).collect()
    }

    /// Writes such numbers to their places in the buffer.
    ///
    /// # Panics
    /// When there are not as many as parameters.
    pub fn scatter<E: Element>(&self, mut numbers: &[f64], buffer: &mut [E]) {
        for place in self.learned_places() {
            let (own, rest) = numbers.split_at(place.rows * place.columns);
            let own: Vec<E> = own.iter().map(|&number| E::from_f64(number)).collect();
            place.write(buffer, &own);
            numbers = rest;
        }
    }

    /// The place of this name.
    pub fn find(&self, name: &str) -> Option<&ParameterPlace> {
        self.places.iter().find(|place| place.name == name)
    }

    pub(crate) fn region(&self, node: NodeId) -> Region {
        let place = self.places.iter().find(|place| place.node == node);
        place.expect("parameters and states have places").region
    }

    /// The parameters in order of creation, then the states.
    pub fn places(&self) -> &[ParameterPlace] {
        &self.places
    }
}

impl ParameterPlace {
    /// Whether the flat buffer has these row-major values here, bit by bit.
    pub fn holds<E: Element>(&self, buffer: &[E], values: &[E]) -> bool {
        let same = |own: &[E], other: &[E]| {
            // Without stopping at the first that differs: whole registers at a time. A number that is
            // none equals nothing, so what holds one is never known to be the same.
            own.iter().zip(other).fold(true, |same, (own, other)| same & (own == other))
        };
        values.len() == self.rows * self.columns
            && (0..self.rows).all(|row| {
                (0..self.columns).step_by(E::PANEL).all(|column| {
                    let width = (self.columns - column).min(E::PANEL);
                    let (start, first) =
                        (self.index::<E>(row, column), row * self.columns + column);
                    same(&buffer[start..start + width], &values[first..first + width])
                })
            })
    }

    /// Writes row-major values into the flat buffer.
    ///
    /// # Panics
    /// When there are not rows x columns values.
    pub fn write<E: Element>(&self, buffer: &mut [E], values: &[E]) {
        assert_eq!(values.len(), self.rows * self.columns, "values of {}", self.name);
        for row in 0..self.rows {
            for column in 0..self.columns {
                buffer[self.region.index::<E>(row, column)] = values[row * self.columns + column];
            }
        }
    }

    /// Reads row-major values out of the flat buffer (of parameters, gradients or states).
    pub fn read<E: Element>(&self, buffer: &[E]) -> Vec<E> {
        let places =
            (0..self.rows).flat_map(|row| (0..self.columns).map(move |column| (row, column)));
        places.map(|(row, column)| buffer[self.region.index::<E>(row, column)]).collect()
    }

    /// Whether all of its numbers in the flat buffer are finite.
    pub fn is_finite<E: Element>(&self, buffer: &[E]) -> bool {
        (0..self.region.panels::<E>()).all(|panel| {
            let width = (self.columns - panel * E::PANEL).min(E::PANEL);
            let start = self.region.offset + panel * self.region.capacity * E::PANEL;
            let lines = buffer[start..][..self.rows * E::PANEL].chunks_exact(E::PANEL);
            lines.into_iter().all(|line| line[..width].iter().all(|number| number.is_finite()))
        })
    }

    /// Where element (row, column) lies in the flat buffer.
    pub fn index<E: Element>(&self, row: usize, column: usize) -> usize {
        self.region.index::<E>(row, column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Graph;

    #[test]
    fn stretches_are_all_that_is_learned_and_nothing_else() {
        let graph = Graph::new();
        for (name, rows, columns) in [("a", 100, 37), ("b", 1, 16), ("c", 1, 5), ("d", 3, 64)] {
            graph.parameter(name, rows, columns);
            graph.state(&format!("state of {name}"), 1, columns);
        }
        let layout = ParameterLayout::new::<f32>(&graph.nodes());
        let mut learned = vec![0; layout.length()];
        for stretch in layout.stretches::<f32>(|_| true) {
            assert!((1..=LINES).contains(&stretch.lines));
            for line in 0..stretch.lines {
                for column in 0..stretch.width {
                    learned[stretch.start + line * f32::PANEL + column] += 1;
                }
            }
        }
        let mut expected = vec![0; layout.length()];
        for place in layout.learned_places() {
            for row in 0..place.rows {
                for column in 0..place.columns {
                    expected[place.index::<f32>(row, column)] += 1;
                }
            }
        }
        assert_eq!(learned, expected);
        assert_eq!(layout.places().len(), 8);
        assert!(layout.find("state of a").unwrap().region.offset >= layout.learned());
    }
}
