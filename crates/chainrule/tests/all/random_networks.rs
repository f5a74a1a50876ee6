//! Properties of gradients over random networks: any depth, widths, activations, normalisation, skip
//! connections, weights and losses.

use chainrule::graph::CheckOptions;
use chainrule::math::random::Stream;
use chainrule::train::check_gradient;
use chainrule::{
    Activation, Dense, Examples, Initializer, LayerActivation, Loss, Model, Network, Normalization,
    Training,
};
use ndarray::Array2;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

/// Rows of a batch: enough that batch normalisation does not turn every number into a sign.
const ROWS: std::ops::RangeInclusive<usize> = 4..=9;

fn activation() -> impl Strategy<Value = Activation> {
    let trained =
        Activation::NAMES.iter().copied().filter(|name| !["heaviside", "threshold"].contains(name));
    select(trained.collect::<Vec<_>>()).prop_map(|name| name.parse().unwrap())
}

/// One activation, or two groups.
fn activations(units: usize) -> impl Strategy<Value = LayerActivation> {
    (activation(), activation(), 0..units).prop_map(move |(first, second, cut)| match cut {
        0 => LayerActivation::Whole(first),
        cut => LayerActivation::Groups(vec![(cut, first), (units - cut, second)]),
    })
}

fn normalization() -> impl Strategy<Value = Normalization> {
    // With epsilons large enough that a unit of constant value has a usable derivative.
    select(vec![
        Normalization::None,
        Normalization::Batch { momentum: 0.1, epsilon: 0.1 },
        Normalization::Layer { epsilon: 0.1 },
    ])
}

fn hidden_layer() -> impl Strategy<Value = Dense> {
    (1..=20_usize).prop_flat_map(|units| {
        (activations(units), normalization(), prop::bool::weighted(0.2)).prop_map(
            move |(activation, normalization, drops)| Dense {
                // A single unit cannot be normalised over its layer.
                normalization: match (normalization, units) {
                    (Normalization::Layer { .. }, 1) => Normalization::None,
                    (other, _) => other,
                },
                initializer: Initializer::GlorotNormal,
                dropout: if drops { 0.3 } else { 0.0 },
                ..Dense::new(units, activation)
            },
        )
    })
}

#[derive(Debug)]
struct Case {
    network: Network,
    training: Training,
    rows: usize,
    weighted: bool,
    seed: u64,
}

fn cases() -> impl Strategy<Value = Case> {
    let loss = select(Loss::NAMES.to_vec()).prop_map(|name| name.parse::<Loss>().unwrap());
    let layers = prop::collection::vec(hidden_layer(), 0..=3);
    let penalties = (select(vec![0.0, 0.1]), select(vec![0.0, 0.05]), select(vec![0.0, 0.2]));
    let rest = (1..=4_usize, ROWS, any::<bool>(), any::<bool>(), any::<u64>());
    (1..=6_usize, layers, loss, penalties, rest).prop_map(
        |(inputs, layers, loss, (alpha, l1, smoothing), (outputs, rows, weighted, skips, seed))| {
            let outputs = if loss == Loss::CrossEntropy { outputs + 1 } else { outputs };
            let mut network = Network::new(inputs);
            for (index, layer) in layers.into_iter().enumerate() {
                // The nearest earlier layer as wide as this one.
                let from = (0..index).rev().find(|&it| network.layers()[it].units == layer.units);
                let from = from.map(|it| it + 1).or((layer.units == inputs).then_some(0));
                network = network.layer(Dense { skip: from.filter(|_| skips), ..layer });
            }
            let last = loss.output_activation().unwrap_or(Activation::Identity);
            let output = Dense::new(outputs, last);
            let network = network.layer(Dense { initializer: Initializer::GlorotNormal, ..output });
            let label_smoothing = if loss.is_of_classes() { smoothing } else { 0.0 };
            let training = Training {
                loss,
                alpha,
                l1,
                label_smoothing,
                batch_size: rows,
                seed,
                ..Training::new(&network)
            };
            Case { network, training, rows, weighted, seed }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        // The same networks in every run: about one in ten thousand has a derivative of 0 beside a
        // kink, which differences short enough to avoid the kink know to 5e-6 only.
        rng_seed: RngSeed::Fixed(6),
        ..ProptestConfig::default()
    })]

    #[test]
    fn gradients_of_random_networks_agree_with_differences(case in cases()) {
        let Case { network, training, rows, weighted, seed } = case;
        let mut model: Model<f64> = network.build(seed).unwrap();
        let mut stream = Stream::new(seed, "random network");
        // Biases and scales away from where they begin.
        for layer in 0..network.layers().len() {
            for kind in ["bias", "scale"] {
                let name = format!("layers.{layer}.{kind}");
                if let Some(numbers) = model.parameter(&name) {
                    let moved: Vec<f64> =
                        numbers.iter().map(|number| number + 0.3 * stream.normal()).collect();
                    model.set_parameter(&name, &moved).unwrap();
                }
            }
        }
        let inputs =
            Array2::from_shape_simple_fn((rows, network.inputs()), || stream.normal());
        let targets = Array2::from_shape_simple_fn((rows, network.outputs()), || match training.loss {
            Loss::CrossEntropy | Loss::BinaryCrossEntropy => stream.uniform(),
            Loss::Poisson => f64::from(stream.below(5)),
            _ => 2.0 * stream.normal(),
        });
        let weights: Vec<f64> = (0..rows).map(|_| 0.1 + stream.uniform()).collect();
        let examples = Examples::values(inputs.view(), targets.view()).unwrap();
        let examples = if weighted { examples.weighted(&weights).unwrap() } else { examples };
        let options = CheckOptions { most: 6 };
        let report = check_gradient(&model, &training, &examples, &options).unwrap();
        prop_assert!(report.passes(1e-6), "{:?}", report.worst());
    }
}
