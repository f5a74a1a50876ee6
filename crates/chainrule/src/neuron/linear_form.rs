//! The weights of a model without hidden layers, in the units of its columns.

use super::Line;
use crate::metrics::check_threshold;
use crate::{Activation, Error, Model, Normalization};
use chainrule_data::{Feature, Preparation, Task};
use chainrule_graph::Number;
use serde::{Deserialize, Serialize};

/// What a model without hidden layers computes, with the scaling of its columns multiplied out: for
/// output k the sum z_k = sum_j w_kj x_j + b_k over the inputs in their own units (before the
/// activation), for a regression the prediction itself.
///
/// ```
/// use chainrule::{Activation, Model, Network, neuron::LinearForm};
/// use ndarray::array;
/// let mut model: Model = Network::new(2).dense(1, Activation::Sigmoid).build(1)?;
/// model.set_layer(0, array![[6.0], [2.0]].view(), array![-5.0].view())?;
/// let form = LinearForm::of(&model).expect("there is no hidden layer");
/// assert_eq!((&form.weights[0], form.biases[0]), (&vec![6.0, 2.0], -5.0));
/// let lines = form.lines(0.5)?;
/// assert_eq!(lines[0].to_string(), "x_2 = -3 x_1 + 2.5: class 1 above, class 0 below");
/// # Ok::<(), chainrule::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LinearForm {
    /// A name for each input.
    pub inputs: Vec<String>,
    /// A name for each output: its class, label or target.
    pub outputs: Vec<String>,
    /// For each output the weights of the inputs.
    pub weights: Vec<Vec<f64>>,
    /// For each output its bias.
    pub biases: Vec<f64>,
    /// What a difference of 1 in the network's own input is in units of the column; 0 for a constant
    /// column.
    #[serde(skip)]
    units: Vec<f64>,
    /// What the sums are divided by before they become probabilities.
    #[serde(skip, default = "one")]
    temperature: f64,
    #[serde(skip)]
    kind: Kind,
    /// The class that a single output speaks against.
    #[serde(skip)]
    other: String,
    /// Whether each input is a column of numbers.
    #[serde(skip)]
    is_of_numbers: bool,
}

fn one() -> f64 {
    1.0
}

/// How outputs become a prediction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Kind {
    /// The sum itself.
    #[default]
    Value,
    /// A class where the sum is above 0: a threshold unit.
    Threshold,
    /// A class where the sigmoid of the sum reaches the threshold.
    Sigmoid,
    /// Several of them, each for itself.
    Labels,
    /// The class of the largest sum.
    Largest,
    /// Something else.
    Other,
}

impl LinearForm {
    /// Of a model; nothing for one with hidden layers, or with a normalisation or skip connection.
    pub fn of<E: Number>(model: &Model<E>) -> Option<LinearForm> {
        let [layer] = model.network().layers() else { return None };
        if layer.normalization != Normalization::None || layer.skip.is_some() {
            return None;
        }
        let preparation = model.preparation.as_ref();
        let (inputs, units) = model.weights(0).dim();
        let scalings = scalings(preparation, inputs);
        let (mut weights, mut biases) = (Vec::new(), Vec::new());
        for output in 0..units {
            let own: Vec<f64> = model.weights(0).column(output).map(|it| it.to_f64()).to_vec();
            let offset: f64 =
                own.iter().zip(&scalings).map(|(w, (offset, factor))| w * factor * offset).sum();
            biases.push(model.biases(0)[output].to_f64() - offset);
            weights.push(own.iter().zip(&scalings).map(|(w, (_, factor))| w * factor).collect());
        }
        let task = preparation.map(Preparation::task);
        let activation = layer.activation.single();
        if let (Some(preparation), Some(Task::Regression), Some(Activation::Identity)) =
            (preparation, task, activation)
        {
            let at = |learned: f32| preparation.unscale(&vec![learned; units]);
            for (output, (one, zero)) in at(1.0).into_iter().zip(at(0.0)).enumerate() {
                let own: &mut Vec<f64> = &mut weights[output];
                own.iter_mut().for_each(|weight| *weight *= one - zero);
                biases[output] = biases[output] * (one - zero) + zero;
            }
        }
        let (outputs, other) = names(preparation, units);
        let kind = match (activation, task) {
            (Some(Activation::Softmax | Activation::LogSoftmax), _) => Kind::Largest,
            (Some(Activation::Sigmoid), Some(Task::MultiClass)) => Kind::Largest,
            (Some(Activation::Sigmoid), Some(Task::MultiLabel)) => Kind::Labels,
            (Some(Activation::Sigmoid), _) if units == 1 => Kind::Sigmoid,
            (Some(Activation::Threshold | Activation::Heaviside), _) if units == 1 => {
                Kind::Threshold
            }
            (Some(Activation::Sigmoid), _) => Kind::Labels,
            (Some(Activation::Identity), None | Some(Task::Regression)) => Kind::Value,
            _ => Kind::Other,
        };
        let unit = |(_, factor): &(f64, f64)| if *factor == 0.0 { 0.0 } else { 1.0 / factor };
        let is_of_numbers = preparation.is_none_or(|it| {
            it.inputs() == it.columns().len() && it.columns().iter().all(Feature::is_linear)
        });
        Some(LinearForm {
            inputs: match preparation {
                Some(preparation) => preparation.feature_names(),
                None => (1..=inputs).map(|input| format!("x_{input}")).collect(),
            },
            outputs,
            weights,
            biases,
            units: scalings.iter().map(unit).collect(),
            temperature: model.confidence.temperature(),
            kind,
            other,
            is_of_numbers,
        })
    }

    /// The lines at which a model of two columns of numbers decides: one for one class of two, for a
    /// label, or for each pair of classes, of which the one is likelier on its positive side; for a
    /// regression the plane of each target. None for other models.
    ///
    /// A class of two, or a label, holds from the probability `threshold` on, usually 0.5: the line is
    /// where the sum is ln(t / (1 - t)).
    ///
    /// # Errors
    /// A threshold that is not between 0 and 1, or one other than 0.5 for a model that does not predict
    /// two classes or labels by their probability.
    pub fn lines(&self, threshold: f64) -> Result<Vec<Line>, Error> {
        let has_pair = self.kind == Kind::Largest && self.outputs.len() == 2;
        let has_threshold = has_pair || matches!(self.kind, Kind::Sigmoid | Kind::Labels);
        check_threshold(threshold, threshold == 0.5 || has_threshold)?;
        if self.inputs.len() != 2 || !self.is_of_numbers {
            return Ok(Vec::new());
        }
        // A calibrated probability is that of the logit divided by the temperature.
        let logit = self.temperature * (threshold / (1.0 - threshold)).ln();
        let all = 0..self.outputs.len();
        Ok(match self.kind {
            Kind::Value => all.map(|output| self.line(output, None, 0.0, None)).collect(),
            Kind::Threshold | Kind::Sigmoid => {
                vec![self.line(0, None, logit, Some(self.other.clone()))]
            }
            Kind::Labels => {
                let not = |output: usize| format!("not {}", self.outputs[output]);
                all.map(|output| self.line(output, None, logit, Some(not(output)))).collect()
            }
            Kind::Largest => {
                let pairs = all.clone().flat_map(|a| (a + 1..all.end).map(move |b| (a, b)));
                let negative = |output: usize| Some(self.outputs[output].clone());
                pairs.map(|(a, b)| self.line(b, Some(a), logit, negative(a))).collect()
            }
            Kind::Other => Vec::new(),
        })
    }

    /// Where the sum of `output`, less that of another, is `level`.
    fn line(
        &self,
        output: usize,
        less: Option<usize>,
        level: f64,
        negative: Option<String>,
    ) -> Line {
        let difference = |input: usize| {
            let own = self.weights[output][input];
            less.map_or(own, |less| own - self.weights[less][input])
        };
        let mut weights = [difference(0), difference(1)];
        let sizes = [0, 1].map(|input| (weights[input] * self.units[input]).abs());
        let largest = sizes[0].max(sizes[1]);
        if negative.is_some() {
            // What is below the rounding of a weight in 32 bits is nothing that was learned.
            for input in 0..2 {
                if sizes[input] <= f64::from(f32::EPSILON) * largest.max(1.0) {
                    weights[input] = 0.0;
                }
            }
        }
        let bias = self.biases[output] - less.map_or(0.0, |less| self.biases[less]) - level;
        // Far from 0 the terms are large and almost cancel: a thousandth of what the sum changes by
        // across the data must not be lost in them.
        // (A plane may be all but flat, where they would only be noise.)
        let most = if negative.is_some() { 13.0 } else { 4.0 };
        let lost = (bias.abs() / largest).log10().ceil();
        let digits = if lost.is_finite() { 4 + lost.clamp(1.0, most) as usize } else { 5 };
        Line {
            digits,
            columns: [self.inputs[0].clone(), self.inputs[1].clone()],
            weights,
            bias,
            positive: self.outputs[output].clone(),
            negative,
        }
    }
}

/// Offset and factor of each input.
fn scalings(preparation: Option<&Preparation>, inputs: usize) -> Vec<(f64, f64)> {
    let Some(preparation) = preparation else { return vec![(0.0, 1.0); inputs] };
    preparation.columns().iter().flat_map(|feature| feature.scalings()).collect()
}

/// The names of the outputs, and of the class that a single one speaks against.
fn names(preparation: Option<&Preparation>, units: usize) -> (Vec<String>, String) {
    let none = String::new();
    match preparation {
        None if units == 1 => (vec!["class 1".to_string()], "class 0".to_string()),
        None => ((0..units).map(|unit| format!("class {unit}")).collect(), none),
        Some(preparation) => match preparation.class_names() {
            [] => (preparation.target_names().to_vec(), none),
            [other, class] if units == 1 => (vec![class.clone()], other.clone()),
            classes => (classes.to_vec(), none),
        },
    }
}
