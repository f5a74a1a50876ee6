//! The flat buffer of parameters: which matrix lies where.

use crate::{Node, NodeId, Op};
use chainrule_math::{Element, Extent, Region, Space};

/// The places of a graph's parameters in one flat buffer, in order of creation. Two graphs that
/// create the same parameters in the same order agree on it.
#[derive(Clone, Debug, Default)]
pub struct ParameterLayout {
    places: Vec<ParameterPlace>,
    length: usize,
}

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
        for (index, node) in nodes.iter().enumerate() {
            let (Op::Parameter, Extent::Fixed(rows)) = (node.op, node.shape.rows) else { continue };
            let region = Region {
                space: Space::Parameters,
                offset: layout.length,
                rows: node.shape.rows,
                capacity: rows,
                columns: node.shape.columns,
            };
            layout.length += region.length::<E>();
            layout.places.push(ParameterPlace {
                node: NodeId(index as u32),
                name: node.name.clone().unwrap_or_default(),
                rows,
                columns: node.shape.columns,
                region,
            });
        }
        layout
    }

    /// Elements of the flat buffer, padding included.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The parameters, in order of creation.
    pub fn places(&self) -> &[ParameterPlace] {
        &self.places
    }
}

impl ParameterPlace {
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

    /// Where element (row, column) lies in the flat buffer.
    pub fn index<E: Element>(&self, row: usize, column: usize) -> usize {
        self.region.index::<E>(row, column)
    }
}
