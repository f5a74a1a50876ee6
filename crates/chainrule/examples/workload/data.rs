//! Rows and classes, the same for every system.
//!
//! The rows are normally distributed; a fixed random teacher, one linear layer, says which class each
//! belongs to. Noise on its scores, as large as they are, leaves every system with about the same
//! loss that cannot be learned away, so that losses after different shuffles can be compared.

use crate::files;
use crate::grid;
use crate::shape::Shape;
use chainrule::Model;
use chainrule::math::random::Stream;
use ndarray::Array2;
use std::error::Error;
use std::path::Path;

/// Rows of numbers and the class of each.
pub(crate) type Rows = (Array2<f32>, Vec<u32>);

/// The workload's rows, from the folder if there is one.
pub(crate) fn rows(shape: &Shape, folder: Option<&Path>) -> Result<Rows, Box<dyn Error>> {
    let size = (shape.rows, shape.inputs());
    match folder {
        Some(folder) => {
            let numbers = files::read(&folder.join("x.f32"), size.0 * size.1, f32::from_le_bytes)?;
            let classes = files::read(&folder.join("y.u32"), size.0, u32::from_le_bytes)?;
            Ok((Array2::from_shape_vec(size, numbers)?, classes))
        }
        None if shape.name == "W7" => grid::digits(),
        None => Ok(made_up(shape)),
    }
}

fn made_up(shape: &Shape) -> Rows {
    let mut stream = Stream::new(1, "inputs");
    let size = (shape.rows, shape.inputs());
    let rows = Array2::from_shape_simple_fn(size, || stream.normal() as f32);
    let (mut teacher, mut noise) = (Stream::new(1, "teacher"), Stream::new(1, "noise"));
    let scale = (shape.inputs() as f64).sqrt().recip();
    let teacher = Array2::from_shape_simple_fn((size.1, shape.classes()), || {
        (teacher.normal() * scale) as f32
    });
    let class = |row: ndarray::ArrayView1<'_, f32>| {
        let mut scores = row.dot(&teacher);
        scores.iter_mut().for_each(|score| *score += noise.normal() as f32);
        let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        best.expect("there are two classes at least").0 as u32
    };
    let classes = rows.rows().into_iter().map(class).collect();
    (rows, classes)
}

/// Writes what every system reads: the workload's description, its rows (row by row), classes and
/// initial weights (for each layer inputs x units row by row, then the biases).
pub(crate) fn write(shape: &Shape, folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let (rows, classes) = rows(shape, None)?;
    files::write(&folder.join("x.f32"), rows.iter().map(|number| number.to_le_bytes()))?;
    files::write(&folder.join("y.u32"), classes.iter().map(|class| class.to_le_bytes()))?;
    let mut description = shape.describe();
    if shape.name == "W7" {
        grid::write(shape, &classes, folder, &mut description)?;
    } else {
        write_weights(&initial(shape)?, &folder.join("initial.f32"))?;
    }
    std::fs::write(folder.join("workload.json"), description.to_string())?;
    Ok(())
}

/// Writes the weights and biases of each layer.
pub(crate) fn write_weights(model: &Model, path: &Path) -> Result<(), Box<dyn Error>> {
    let layers = (0..model.network().layers().len())
        .flat_map(|layer| model.weights(layer).into_iter().chain(model.biases(layer)));
    files::write(path, layers.map(f32::to_le_bytes))
}

/// The model from which every system begins.
pub(crate) fn initial(shape: &Shape) -> Result<Model, chainrule::Error> {
    shape.network().build(1)
}
