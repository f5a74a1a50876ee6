//! A network with its weights, and what belongs to it.

use crate::predict::KeptPlans;
use crate::{Error, Network};
use chainrule_data::Preparation;
use chainrule_graph::{Graph, Number, ParameterLayout, ParameterPlace, Plan, Request};
use chainrule_math::Buffer;
use chainrule_math::random::Stream;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

/// A network with weights: what is trained, saved, loaded and asked for predictions.
///
/// ```
/// use chainrule::{Activation, Model, Network};
/// let model: Model = Network::new(2).dense(1, Activation::Identity).build(7)?;
/// assert_eq!(model.weights(0).dim(), (2, 1));
/// # Ok::<(), chainrule::Error>(())
/// ```
pub struct Model<E: Number = f32> {
    network: Network,
    layout: ParameterLayout,
    parameters: Buffer<E>,
    kept_plans: KeptPlans<E>,
    /// How a table becomes this network's inputs, for models of tables.
    pub preparation: Option<Preparation>,
    /// The settings it was trained with, for whoever reads the file.
    pub settings: serde_json::Value,
}

impl Network {
    /// The network with initial weights drawn from `seed`.
    ///
    /// # Errors
    /// When a layer is described wrongly.
    pub fn build<E: Number>(&self, seed: u64) -> Result<Model<E>, Error> {
        let mut model = Model::zeroed(self)?;
        for (index, (layer, (inputs, units))) in self.layers().iter().zip(self.shapes()).enumerate()
        {
            let mut stream = Stream::new(seed, &format!("weights.{}", index + 1));
            let activation = layer.activation.main();
            let weights = layer.initializer.draw(&mut stream, inputs, units, activation);
            let weights: Vec<E> = weights.into_iter().map(E::from_f64).collect();
            let place = model.place(index, "weight").clone();
            place.write(&mut model.parameters, &weights);
        }
        // Scales and variances begin at 1, everything else at 0.
        for place in model.layout.places() {
            if place.name.ends_with(".scale") || place.name.ends_with(".running_variance") {
                place.write(&mut model.parameters, &vec![E::ONE; place.columns]);
            }
        }
        Ok(model)
    }
}

impl<E: Number> Model<E> {
    /// The network with all parameters zero.
    pub(crate) fn zeroed(network: &Network) -> Result<Model<E>, Error> {
        network.check()?;
        let graph = Graph::new();
        let recorded = network.record(&graph, network.input(&graph), false);
        let request = Request {
            outputs: vec![recorded.output.id()],
            capacity: 1,
            fuse: true,
            ..Request::default()
        };
        let layout = Plan::<E>::new(&graph, &request)?.parameters().clone();
        Ok(Model {
            network: network.clone(),
            parameters: Buffer::zeroed(layout.length(), 9),
            layout,
            kept_plans: KeptPlans::default(),
            preparation: None,
            settings: serde_json::Value::Null,
        })
    }

    /// The same weights in a network that differs in nothing that has weights.
    pub(crate) fn with_network(&self, network: &Network) -> Result<Model<E>, Error> {
        let mut model = Model::zeroed(network)?;
        model.parameters.copy_from_slice(&self.parameters);
        Ok(model)
    }

    /// The same weights in 64 bits.
    pub(crate) fn widened(&self) -> Result<Model<f64>, Error> {
        let mut wide = Model::<f64>::zeroed(&self.network)?;
        for place in wide.layout.clone().places() {
            let own = self.layout.find(&place.name).expect("networks alike have the same names");
            let numbers: Vec<f64> =
                own.read(&self.parameters).iter().map(|number| number.to_f64()).collect();
            place.write(&mut wide.parameters, &numbers);
        }
        Ok(wide)
    }

    /// What predictions keep for those that follow.
    pub(crate) fn kept_plans(&self) -> &KeptPlans<E> {
        &self.kept_plans
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The weights of a layer (counted from 0): inputs x units.
    ///
    /// # Panics
    /// When there is no such layer.
    pub fn weights(&self, layer: usize) -> Array2<E> {
        let place = self.place(layer, "weight");
        Array2::from_shape_vec((place.rows, place.columns), place.read(&self.parameters))
            .expect("a parameter has rows x columns numbers")
    }

    /// The biases of a layer (counted from 0).
    ///
    /// # Panics
    /// When there is no such layer.
    pub fn biases(&self, layer: usize) -> Array1<E> {
        Array1::from_vec(self.place(layer, "bias").read(&self.parameters))
    }

    /// Replaces the weights (inputs x units) and biases of a layer (counted from 0).
    ///
    /// # Errors
    /// When there is no such layer, their shapes are not the layer's, or a number is not finite.
    pub fn set_layer(
        &mut self,
        layer: usize,
        weights: ArrayView2<'_, E>,
        biases: ArrayView1<'_, E>,
    ) -> Result<(), Error> {
        if layer >= self.network.layers().len() {
            let problem = format!("does not exist; there are {}", self.network.layers().len());
            return Err(Error::Network { layer: layer + 1, problem });
        }
        crate::examples::require_finite("weights", weights)?;
        crate::examples::require_finite("biases", biases.insert_axis(ndarray::Axis(0)))?;
        let [weight, bias] = ["weight", "bias"].map(|kind| self.place(layer, kind));
        if weights.dim() != (weight.rows, weight.columns) || biases.len() != bias.columns {
            return Err(Error::Network {
                layer: layer + 1,
                problem: format!(
                    "takes {} x {} weights and {} biases, but got {} x {} and {}",
                    weight.rows,
                    weight.columns,
                    bias.columns,
                    weights.nrows(),
                    weights.ncols(),
                    biases.len()
                ),
            });
        }
        let (weight, bias) = (weight.clone(), bias.clone());
        weight.write(&mut self.parameters, &weights.iter().copied().collect::<Vec<E>>());
        bias.write(&mut self.parameters, &biases.to_vec());
        Ok(())
    }

    /// A parameter or state by its name in the model file, such as `layers.0.scale`: its numbers
    /// row by row.
    pub fn parameter(&self, name: &str) -> Option<Vec<E>> {
        self.layout.find(name).map(|place| place.read(&self.parameters))
    }

    /// Replaces a parameter or state by its name in the model file, its numbers row by row.
    ///
    /// # Errors
    /// When there is no such name, or not as many finite numbers.
    pub fn set_parameter(&mut self, name: &str, numbers: &[E]) -> Result<(), Error> {
        let Some(place) = self.layout.find(name) else {
            let known: Vec<&str> =
                self.layout.places().iter().map(|place| place.name.as_str()).collect();
            return Err(Error::unknown("parameter", name, &known));
        };
        let length = place.rows * place.columns;
        let found = match wrong_number(name, numbers) {
            Some(number) => number.to_string(),
            None => format!("{} numbers", numbers.len()),
        };
        if numbers.len() != length || wrong_number(name, numbers).is_some() {
            let expected = format!("{length} finite numbers, variances at least 0");
            return Err(Error::setting(format!("the parameter {name}"), found, &expected));
        }
        place.write(&mut self.parameters, numbers);
        Ok(())
    }

    fn place(&self, layer: usize, kind: &str) -> &ParameterPlace {
        let place = self.layout.find(&format!("layers.{layer}.{kind}"));
        place.unwrap_or_else(|| panic!("there is no layer {layer}"))
    }

    /// Where each parameter lies in the flat buffer.
    pub fn layout(&self) -> &ParameterLayout {
        &self.layout
    }

    /// The flat buffer of parameters.
    pub fn parameters(&self) -> &[E] {
        &self.parameters
    }

    /// The flat buffer of parameters, to be changed.
    pub fn parameters_mut(&mut self) -> &mut [E] {
        &mut self.parameters
    }
}

/// A number that the parameter or state of this name cannot have, if there is one.
pub(crate) fn wrong_number<E: Number>(name: &str, numbers: &[E]) -> Option<E> {
    let is_variance = name.ends_with(".running_variance");
    let is_wrong = |number: &&E| {
        !chainrule_math::Element::is_finite(**number) || is_variance && number.to_f64() < 0.0
    };
    numbers.iter().find(is_wrong).copied()
}

impl<E: Number> Clone for Model<E> {
    fn clone(&self) -> Self {
        let mut parameters = Buffer::zeroed(self.parameters.len(), 9);
        parameters.copy_from_slice(&self.parameters);
        Model {
            network: self.network.clone(),
            layout: self.layout.clone(),
            parameters,
            kept_plans: KeptPlans::default(),
            preparation: self.preparation.clone(),
            settings: self.settings.clone(),
        }
    }
}

impl<E: Number> std::fmt::Debug for Model<E> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Model").field("network", &self.network).finish_non_exhaustive()
    }
}
