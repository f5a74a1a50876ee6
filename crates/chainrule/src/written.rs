//! A network written down with its weights, in TOML or in Rust.
//!
//! ```toml
//! inputs = ["x1", "x2"]        # the columns, or a number of them: x1, x2, ...
//! outputs = ["y"]              # the targets; left out: y, or y1, y2, ...
//!
//! [[layer]]
//! activation = "threshold"
//! weights = [[1, 1], [1, 1]]   # a row for each unit, as on paper
//! biases = [-1.5, -0.5]
//!
//! [[layer]]
//! activation = "threshold"
//! weights = [[-1, 1]]
//! biases = [-0.5]
//! ```
//!
//! What the outputs mean follows from the last activation: one threshold, heaviside or sigmoid unit
//! tells two classes apart, several are labels; a softmax has a class for each unit; anything else is
//! numbers. `classes = [...]` names the classes, which are 0, 1, ... otherwise.
//! Inputs are read as they are, unless `input_offsets` and `input_factors` say that each becomes
//! (x - offset) factor; numbers predicted likewise are output deviation + mean with `output_means` and
//! `output_deviations`. [`Model::to_toml`] writes these keys, so that a trained network comes back with
//! the same bits; folded into the first layer's weights the scaling would round them.

mod read;
mod write;

use crate::{Activation, Error, Loss, Model, Network, Recipe};
use chainrule_data::{Preparation, Scaling, StatedPreparation, Task};
use chainrule_graph::Number;
use ndarray::{Array1, Array2};
use std::path::Path;

/// Larger files are not written by hand.
const LARGEST_FILE: u64 = 64 << 20;

impl<E: Number> Model<E> {
    /// The network with the weights and biases of each layer as on paper: W is units x inputs, a row
    /// for each unit, so that z = W x + b for a column x. ([`Model::weights`] and [`Model::set_layer`]
    /// have the transpose, inputs x units.)
    ///
    /// ```
    /// use chainrule::{Activation, Model, Network};
    /// use ndarray::array;
    /// // XOR: the first hidden unit is AND, the second OR, the output "OR and not AND".
    /// let network =
    ///     Network::new(2).dense(2, Activation::Threshold).dense(1, Activation::Threshold);
    /// let xor: Model = Model::on_paper(&network, &[
    ///     (array![[1.0, 1.0], [1.0, 1.0]], array![-1.5, -0.5]),
    ///     (array![[-1.0, 1.0]], array![-0.5]),
    /// ])?;
    /// let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    /// assert_eq!(xor.predict(inputs.view())?, array![[0.0], [1.0], [1.0], [0.0]]);
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// Another number of layers than the network has, weights of another shape than a layer's, and
    /// numbers that are not finite.
    pub fn on_paper(
        network: &Network,
        layers: &[(Array2<E>, Array1<E>)],
    ) -> Result<Model<E>, Error> {
        if layers.len() != network.layers().len() {
            let expected = format!("{}, one for each layer", network.layers().len());
            return Err(Error::setting("the number of weight matrices", layers.len(), &expected));
        }
        let mut model = network.build(1)?;
        for (index, (weights, biases)) in layers.iter().enumerate() {
            model.set_layer(index, weights.t(), biases.view())?;
        }
        Ok(model)
    }

    /// A model from the text of a network that is written down; see the file format above
    /// [`Model::to_toml`]. The error says the line and layer, what was expected and found.
    ///
    /// ```
    /// use chainrule::Model;
    /// let and = Model::<f32>::from_toml(
    ///     "inputs = 2\n[[layer]]\nactivation = 'threshold'\nweights = [[1, 1]]\nbiases = [-1.5]",
    /// )?;
    /// assert_eq!(and.weights(0).dim(), (2, 1));
    /// let wrong = Model::<f32>::from_toml(
    ///     "inputs = 2\n[[layer]]\nactivation = 'threshold'\nweights = [[1]]\nbiases = [-1.5]",
    /// );
    /// assert!(wrong.unwrap_err().starts_with("line 4, layer 1: expected 2 weights in row 1"));
    /// # Ok::<(), String>(())
    /// ```
    pub fn from_toml(text: &str) -> Result<Model<E>, String> {
        read::model(text)
    }

    /// Reads a network that is written down in a TOML file.
    ///
    /// # Errors
    /// When the file cannot be read, and whatever is wrong in it.
    pub fn load_toml(path: impl AsRef<Path>) -> Result<Model<E>, Error> {
        let path = path.as_ref();
        let fail = |source| Error::File { action: "cannot read", path: path.into(), source };
        let refuse = |problem: String| Error::ModelFile { path: path.into(), problem };
        let size = std::fs::metadata(path).map_err(fail)?.len();
        if size > LARGEST_FILE {
            return Err(refuse(format!("{size} bytes are too many for a network in TOML")));
        }
        let bytes = std::fs::read(path).map_err(fail)?;
        let text = String::from_utf8(bytes).map_err(|_| {
            refuse("expected a network in TOML, found bytes that are no text".to_string())
        })?;
        Model::from_toml(&text).map_err(refuse)
    }

    /// The network as text that [`Model::from_toml`] reads back with the same bits.
    ///
    /// # Errors
    /// What the text cannot say: columns of categories, normalisation, skip connections, or no
    /// names of columns at all.
    pub fn to_toml(&self) -> Result<String, Error> {
        write::text(self)
    }

    /// Gives a model that was built in Rust what tables need: the columns that it reads, unscaled,
    /// and the targets. `classes` may be empty for 0, 1, ...
    ///
    /// # Errors
    /// Names twice, or not as many as the network has inputs or outputs.
    pub fn named(
        self,
        inputs: &[&str],
        targets: &[&str],
        classes: &[&str],
    ) -> Result<Model<E>, Error> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
        let columns: Vec<(String, Scaling)> =
            inputs.iter().map(|name| ((*name).to_string(), UNSCALED)).collect();
        prepared(self, columns, owned(targets), owned(classes), Vec::new())
            .map_err(|problem| Error::setting("the names of the model", "given", &problem))
    }
}

/// As it is.
const UNSCALED: Scaling = Scaling { offset: 0.0, factor: 1.0 };

/// What the outputs of a network mean by its last activation.
fn task_of(network: &Network) -> Task {
    let last = network.layers().last().and_then(|layer| layer.activation.single());
    match (last, network.outputs()) {
        (Some(Activation::Softmax | Activation::LogSoftmax), 2) => Task::Binary,
        (Some(Activation::Softmax | Activation::LogSoftmax), _) => Task::MultiClass,
        (Some(Activation::Sigmoid | Activation::Threshold | Activation::Heaviside), 1) => {
            Task::Binary
        }
        (Some(Activation::Sigmoid | Activation::Threshold | Activation::Heaviside), _) => {
            Task::MultiLabel
        }
        _ => Task::Regression,
    }
}

/// The model with its columns and targets; an error says what was expected.
fn prepared<E: Number>(
    mut model: Model<E>,
    columns: Vec<(String, Scaling)>,
    targets: Vec<String>,
    classes: Vec<String>,
    target_scalings: Vec<(f64, f64)>,
) -> Result<Model<E>, String> {
    let network = model.network();
    let (inputs, outputs, task) = (network.inputs(), network.outputs(), task_of(network));
    if columns.len() != inputs {
        return Err(format!("{inputs} inputs, as the network has, not {}", columns.len()));
    }
    let wanted = if task.has_classes() { 1 } else { outputs };
    if targets.len() != wanted {
        return Err(format!(
            "{wanted} output names for the task {task} with {outputs} units in the last layer, not {}",
            targets.len()
        ));
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let names: Vec<&str> = names.into_iter().chain(targets.iter().map(String::as_str)).collect();
    let repeated = |names: &[&str]| {
        let is_repeated = |index: &usize| names[..*index].contains(&names[*index]);
        (1..names.len()).find(is_repeated).map(|index| names[index].to_string())
    };
    if let Some(name) = repeated(&names) {
        return Err(format!(
            "a name of its own for each input and output (an output is called y unless `outputs` names \
             it), found {name:?} twice"
        ));
    }
    if let Some(class) = repeated(&classes.iter().map(String::as_str).collect::<Vec<_>>()) {
        return Err(format!("different classes, found {class:?} twice"));
    }
    let wanted = if task == Task::Binary { 2 } else { outputs };
    let classes = match (task.has_classes(), classes.is_empty()) {
        (false, true) => classes,
        (false, false) => {
            return Err(format!("no classes for the task {task}; leave them out"));
        }
        (true, true) => (0..wanted).map(|class| class.to_string()).collect(),
        (true, false) if classes.len() == wanted => classes,
        (true, false) => {
            return Err(format!("{wanted} classes for the last layer, not {}", classes.len()));
        }
    };
    let recipe = Recipe {
        targets: targets.clone(),
        task: Some(task),
        loss: Some(match (task, Loss::usual_for(network)) {
            // Numbers are judged by their squares, whatever the network ends in.
            (Task::Regression, _) => Loss::MeanSquaredError,
            (_, usual) => usual,
        }),
        hidden: network.layers()[..network.layers().len() - 1].iter().map(|it| it.units).collect(),
        ..Recipe::default()
    };
    let stated = StatedPreparation { columns, targets, task, classes, target_scalings };
    let preparation: Preparation = stated.prepare().map_err(|error| error.to_string())?;
    model.preparation = Some(preparation);
    model.settings = serde_json::to_value(recipe).expect("a recipe is plain data");
    Ok(model)
}

#[cfg(test)]
mod tests;
