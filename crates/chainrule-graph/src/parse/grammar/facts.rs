//! What is known of a value before it is recorded.

use crate::graph::shape_of;
use crate::ops::{Function, Keep};
use crate::parse::matrix::bounded;
use crate::{Op, Shape};

/// What is known of a value while the text is read.
#[derive(Clone, Copy, Debug)]
pub(in crate::parse) struct Facts {
    pub(super) shape: Shape,
    /// How often it has been differentiated.
    pub(super) order: u8,
    /// The function on the way to it that has no usable slope, if there is one.
    pub(super) flat: Option<&'static str>,
}

impl Facts {
    pub(super) const NUMBER: Facts = Facts::of(Shape::SCALAR);

    /// Those of an input.
    pub(super) const fn of(shape: Shape) -> Facts {
        Facts { shape, order: 0, flat: None }
    }

    /// Those of a function of it.
    pub(super) fn through(self, function: Function) -> Facts {
        match function.keeps() {
            Keep::NoSlope => Facts { flat: self.flat.or(Some(function.name())), ..self },
            _ => self,
        }
    }

    /// Those of a value of this shape made from all of these.
    pub(super) fn all(shape: Shape, parts: &[Facts]) -> Facts {
        Facts {
            shape,
            order: parts.iter().map(|it| it.order).max().unwrap_or(0),
            flat: parts.iter().find_map(|it| it.flat),
        }
    }
}

/// Those of an operation, or what is wrong with its shapes.
pub(super) fn joined(op: &Op, name: &str, parts: &[Facts]) -> Result<Facts, String> {
    let shapes: Vec<Shape> = parts.iter().map(|it| it.shape).collect();
    let shape = shape_of(op, &shapes).and_then(bounded);
    shape.map(|shape| Facts::all(shape, parts)).map_err(|expected| misfit(name, &shapes, &expected))
}

/// The message for shapes that do not go together.
pub(super) fn misfit(name: &str, shapes: &[Shape], expected: &str) -> String {
    let found: Vec<String> = shapes.iter().map(Shape::to_string).collect();
    format!("{name} of {}: {expected}", found.join(" and "))
}
