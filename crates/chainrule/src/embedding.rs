//! Inputs that are numbers of categories, and what a network learns for each of them.

use crate::{Error, Model, Network};
use chainrule_graph::{Graph, Number, Symbol};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

/// One input that holds the number of a level, 0, 1, ..., `levels` - 1, in place of which the network
/// reads `width` numbers that it learns for each level: row `x` of a matrix E of levels x width. The same
/// as a layer without bias on one-hot inputs, without their zeros (Guo and Berkhahn, "Entity Embeddings of
/// Categorical Variables", 2016, section 3).
///
/// ```
/// use chainrule::{Activation, Model, Network};
/// use ndarray::array;
/// // A number, and one of 500 towns.
/// let network =
///     Network::new(2).embedding(1, 500, 8).dense(16, Activation::Relu).dense(1, Activation::Identity);
/// assert_eq!(network.parameter_count(), 500 * 8 + (1 + 8) * 16 + 16 + 16 + 1);
/// let model: Model = network.build(1)?;
/// assert_eq!(model.predict(array![[0.5, 499.0]].view())?.dim(), (1, 1));
/// assert!(model.predict(array![[0.5, 500.0]].view()).is_err()); // there is no such town
/// # Ok::<(), chainrule::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Embedding {
    /// The input, counted from 0.
    pub input: usize,
    /// Levels.
    pub levels: usize,
    /// Numbers for each level.
    pub width: usize,
}

impl Embedding {
    /// The name of its matrix in the model file.
    pub(crate) fn name(index: usize) -> String {
        format!("embeddings.{index}.weight")
    }

    /// The numbers that it learns.
    pub(crate) fn parameter_count(&self) -> usize {
        self.levels.saturating_mul(self.width)
    }
}

impl Network {
    /// Reads `width` learned numbers in place of an input (counted from 0) that holds the number of one of
    /// `levels` levels: see [`Embedding`].
    pub fn embedding(mut self, input: usize, levels: usize, width: usize) -> Network {
        let place = self.embeddings.partition_point(|earlier| earlier.input <= input);
        self.embeddings.insert(place, Embedding { input, levels, width });
        self
    }

    /// The embeddings, in the order of their inputs.
    pub fn embeddings(&self) -> &[Embedding] {
        &self.embeddings
    }

    /// Numbers that the first layer reads: the inputs, each embedded one replaced by its width.
    pub fn embedded_inputs(&self) -> usize {
        let widths = self.embeddings.iter().map(|embedding| embedding.width);
        let plain = self.inputs().saturating_sub(self.embeddings.len());
        widths.fold(plain, usize::saturating_add)
    }

    /// What is wrong with an embedding, if anything.
    pub(crate) fn embedding_fault(&self) -> Option<String> {
        let inputs = self.inputs();
        for (index, embedding) in self.embeddings.iter().enumerate() {
            let Embedding { input, levels, width } = *embedding;
            if input >= inputs {
                return Some(format!(
                    "embeds input {input}, but there are {inputs}, counted from 0"
                ));
            }
            if index > 0 && self.embeddings[index - 1].input >= input {
                return Some(format!("embeds input {input} twice; give each input one embedding"));
            }
            if levels == 0 || width == 0 || levels > 1 << 24 {
                return Some(format!(
                    "embeds {levels} levels as {width} numbers; give it 1 to {} levels and at least \
                     one number",
                    1 << 24
                ));
            }
        }
        None
    }

    /// Records what the first layer reads of the inputs `x`, and the matrices of the embeddings.
    pub(crate) fn record_embeddings<'g>(
        &self,
        graph: &'g Graph,
        x: Symbol<'g>,
    ) -> (Symbol<'g>, Vec<Symbol<'g>>) {
        let mut matrices = Vec::with_capacity(self.embeddings.len());
        let mut parts = Vec::new();
        let mut start = 0;
        for (index, &Embedding { input, levels, width }) in self.embeddings.iter().enumerate() {
            graph.scope(&format!("embedding {} ({levels} levels, {width} numbers)", index + 1));
            if input > start {
                parts.push(x.slice_columns(start, input - start));
            }
            let matrix = graph.parameter(&Embedding::name(index), levels, width);
            parts.push(matrix.gather_rows(x.slice_columns(input, 1)));
            matrices.push(matrix);
            start = input + 1;
        }
        if matrices.is_empty() {
            return (x, matrices);
        }
        if start < self.inputs() {
            parts.push(x.slice_columns(start, self.inputs() - start));
        }
        let read = parts.into_iter().reduce(Symbol::concatenate).expect("there is an embedding");
        graph.scope("");
        (read, matrices)
    }

    /// Checks that embedded inputs hold the numbers of levels.
    pub(crate) fn check_levels<E: Number>(&self, inputs: ArrayView2<'_, E>) -> Result<(), Error> {
        for Embedding { input, levels, .. } in &self.embeddings {
            let is_level = |number: &E| {
                let number = number.to_f64();
                number >= 0.0 && number < *levels as f64 && number.fract() == 0.0
            };
            let column = inputs.column(*input);
            if let Some(row) = column.iter().position(|number| !is_level(number)) {
                return Err(Error::Examples {
                    what: "inputs",
                    expected: format!(
                        "a whole number from 0 to {} in column {input} (counted from 0), which the \
                         network embeds",
                        levels - 1
                    ),
                    found: format!("{} in row {row}", column[row].to_f64()),
                });
            }
        }
        Ok(())
    }
}

/// What embeddings make of a row of inputs: what the first layer reads.
pub(crate) struct Embedded {
    /// For each input what it is replaced by: the rows of its matrix, or nothing where it stays.
    inputs: Vec<Option<Vec<Vec<f64>>>>,
}

impl Model<f64> {
    /// The model of what the first layer reads, and how rows of inputs become that. Nothing can be between
    /// two levels, but between the numbers learned for them.
    pub(crate) fn after_embeddings(self) -> Result<(Model<f64>, Embedded), Error> {
        let mut inputs = vec![None; self.network().inputs()];
        for (index, embedding) in self.network().embeddings().iter().enumerate() {
            let numbers = self.parameter(&Embedding::name(index)).expect("every matrix has a name");
            inputs[embedding.input] =
                Some(numbers.chunks_exact(embedding.width).map(<[f64]>::to_vec).collect());
        }
        if self.network().embeddings().is_empty() {
            return Ok((self, Embedded { inputs }));
        }
        let mut network = self.network().clone();
        network.replace_embeddings();
        let mut model = Model::zeroed(&network)?;
        let names: Vec<String> =
            model.layout().places().iter().map(|place| place.name.clone()).collect();
        for name in names {
            let numbers = self.parameter(&name).expect("the layers are the same");
            model.set_parameter(&name, &numbers)?;
        }
        Ok((model, Embedded { inputs }))
    }
}

impl Embedded {
    /// What the first layer reads of these inputs, whose levels were checked.
    pub(crate) fn row(&self, inputs: &[f64]) -> Vec<f64> {
        let read = inputs.iter().zip(&self.inputs).flat_map(|(&number, levels)| match levels {
            Some(levels) => levels[number as usize].clone(),
            None => vec![number],
        });
        read.collect()
    }

    /// Zeros, as many as the first layer reads.
    pub(crate) fn nothing(&self) -> Vec<f64> {
        let width = |levels: &Option<Vec<Vec<f64>>>| levels.as_ref().map_or(1, |it| it[0].len());
        vec![0.0; self.inputs.iter().map(width).sum()]
    }

    /// For each input the sum of the numbers that it became.
    pub(crate) fn summed(&self, read: &[f64]) -> Vec<f64> {
        let mut rest = read;
        let width = |levels: &Option<Vec<Vec<f64>>>| levels.as_ref().map_or(1, |it| it[0].len());
        let sum = |levels| {
            let (own, behind) = rest.split_at(width(levels));
            rest = behind;
            own.iter().sum()
        };
        self.inputs.iter().map(sum).collect()
    }
}
