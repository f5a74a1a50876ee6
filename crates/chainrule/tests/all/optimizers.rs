//! Every optimiser on two functions whose minimum is known, run by the engine that trains networks.

use chainrule::graph::{Graph, Shape, Symbol, Values};
use chainrule::math::Algebra;
use chainrule::optim::{
    Adagrad, Adam, AdamHat, AdamW, Lbfgs, Minimum, Momentum, MomentumAverage, MomentumClassic,
    Nesterov, NesterovClassic, Outcome, RmsProp, Sgd, minimize,
};
use chainrule::train::Stop;
use chainrule::{Activation, Error, Examples, Model, Network, Optimizer, Training};
use ndarray::array;

fn row(numbers: &[f64]) -> Values {
    Values { rows: 1, columns: numbers.len(), numbers: numbers.to_vec() }
}

/// sum c_i (w_i - t_i)^2 from w = 0, with curvatures c that differ eightfold.
fn parabola(optimizer: Optimizer, steps: usize) -> (Minimum, f64) {
    let (curvatures, targets) = ([0.5, 1.0, 2.0, 4.0], [1.0, -2.0, 0.5, 3.0]);
    let graph = Graph::new();
    let given = |name| graph.input(name, Shape::matrix(1, 4));
    let error = graph.parameter("w", 1, 4) - given("t");
    let objective = (given("c") * error * error).sum();
    let values = [("w", row(&[0.0; 4])), ("t", row(&targets)), ("c", row(&curvatures))];
    let minimum = minimize(&graph, objective, &values, optimizer, steps).unwrap();
    let distance = furthest(&minimum, "w", &targets);
    (minimum, distance)
}

/// (1 - x)^2 + 100 (y - x^2)^2 from the usual start (Rosenbrock, 1960): a bent valley, steep across
/// and nearly flat along, with the minimum 0 at (1, 1).
fn rosenbrock(optimizer: Optimizer, steps: usize) -> (Minimum, f64) {
    let graph = Graph::new();
    let (x, y) = (graph.parameter("x", 1, 1), graph.parameter("y", 1, 1));
    let (along, across) = (Symbol::ONE - x, y - x * x);
    let objective = along * along + Symbol::constant(100.0) * across * across;
    let start = [("x", Values::scalar(-1.2)), ("y", Values::scalar(1.0))];
    let minimum = minimize(&graph, objective, &start, optimizer, steps).unwrap();
    let distance = furthest(&minimum, "x", &[1.0]).max(furthest(&minimum, "y", &[1.0]));
    (minimum, distance)
}

/// The largest error of a parameter's elements.
fn furthest(minimum: &Minimum, name: &str, targets: &[f64]) -> f64 {
    let found = minimum.parameters[name].numbers.iter().zip(targets);
    found.map(|(found, target)| (found - target).abs()).fold(0.0, f64::max)
}

/// A row is `name of the test: function, optimiser, steps, distance;`: how near to the minimum each
/// parameter is after so many steps.
macro_rules! converges {
    ($($name:ident: $function:ident, $optimizer:expr, $steps:literal, $tolerance:literal;)+) => {$(
        #[test]
        fn $name() {
            let (_, distance) = $function($optimizer.into(), $steps);
            assert!(distance <= $tolerance, "{distance} from the minimum");
        }
    )+};
}

// Each function with a learning rate that suits its curvature: 8 at most on the parabola, about 1000
// in Rosenbrock's valley.
converges! {
    sgd_on_a_parabola: parabola, Sgd { learning_rate: 0.1 }, 300, 1e-12;
    sgd_in_rosenbrocks_valley: rosenbrock, Sgd { learning_rate: 1e-3 }, 50_000, 1e-8;
    momentum_on_a_parabola: parabola, Momentum { learning_rate: 0.02, momentum: 0.9 }, 500, 1e-10;
    momentum_in_rosenbrocks_valley:
        rosenbrock, Momentum { learning_rate: 5e-4, momentum: 0.9 }, 20_000, 1e-12;
    momentum_average_on_a_parabola:
        parabola, MomentumAverage { learning_rate: 0.2, momentum: 0.9 }, 500, 1e-10;
    momentum_average_in_rosenbrocks_valley:
        rosenbrock, MomentumAverage { learning_rate: 5e-3, momentum: 0.9 }, 20_000, 1e-12;
    momentum_classic_on_a_parabola:
        parabola, MomentumClassic { learning_rate: 0.02, momentum: 0.9 }, 500, 1e-10;
    momentum_classic_in_rosenbrocks_valley:
        rosenbrock, MomentumClassic { learning_rate: 5e-4, momentum: 0.9 }, 20_000, 1e-12;
    nesterov_on_a_parabola: parabola, Nesterov { learning_rate: 0.02, momentum: 0.9 }, 500, 1e-12;
    nesterov_in_rosenbrocks_valley:
        rosenbrock, Nesterov { learning_rate: 5e-4, momentum: 0.9 }, 20_000, 1e-12;
    nesterov_classic_on_a_parabola:
        parabola, NesterovClassic { learning_rate: 0.02, momentum: 0.9 }, 500, 1e-12;
    nesterov_classic_in_rosenbrocks_valley:
        rosenbrock, NesterovClassic { learning_rate: 5e-4, momentum: 0.9 }, 20_000, 1e-12;
    adagrad_on_a_parabola:
        parabola, Adagrad { learning_rate: 1.0, ..Adagrad::default() }, 500, 1e-12;
    adagrad_in_rosenbrocks_valley:
        rosenbrock, Adagrad { learning_rate: 0.5, ..Adagrad::default() }, 50_000, 1e-10;
    rmsprop_on_a_parabola:
        parabola, RmsProp { learning_rate: 1e-3, ..RmsProp::default() }, 5000, 1e-12;
    // Its steps do not shrink with the gradient: it ends by going to and fro by the learning rate.
    rmsprop_in_rosenbrocks_valley:
        rosenbrock, RmsProp { learning_rate: 2e-4, ..RmsProp::default() }, 50_000, 2e-4;
    adam_on_a_parabola: parabola, Adam { learning_rate: 0.05, ..Adam::default() }, 1000, 1e-12;
    adam_in_rosenbrocks_valley:
        rosenbrock, Adam { learning_rate: 0.01, ..Adam::default() }, 20_000, 2e-4;
    adam_hat_on_a_parabola:
        parabola, AdamHat { learning_rate: 0.05, ..AdamHat::default() }, 1000, 1e-12;
    adam_hat_in_rosenbrocks_valley:
        rosenbrock, AdamHat { learning_rate: 0.01, ..AdamHat::default() }, 20_000, 2e-4;
    // Decay moves the minimum, so it is judged by itself below.
    adamw_on_a_parabola:
        parabola,
        AdamW { learning_rate: 0.05, weight_decay: 0.0, ..AdamW::default() }, 1000, 1e-12;
    adamw_in_rosenbrocks_valley:
        rosenbrock,
        AdamW { learning_rate: 0.01, weight_decay: 0.0, ..AdamW::default() }, 20_000, 2e-4;
    lbfgs_on_a_parabola: parabola, Lbfgs::default(), 20, 1e-7;
    lbfgs_in_rosenbrocks_valley: rosenbrock, Lbfgs::default(), 50, 1e-7;
}

/// Without a gradient, what is left of a weight after n steps is (1 - eta lambda)^n.
#[test]
fn adamw_lets_weights_decay() {
    let graph = Graph::new();
    let x = graph.parameter("x", 1, 1);
    graph.parameter("idle", 1, 2);
    let values = [("x", Values::scalar(1.0)), ("idle", row(&[3.0, -2.0]))];
    let settings = AdamW { learning_rate: 0.5, weight_decay: 0.1, ..AdamW::default() };
    let minimum = minimize(&graph, x * x, &values, settings, 10).unwrap();
    let left = 0.95_f64.powi(10);
    assert!(furthest(&minimum, "idle", &[3.0 * left, -2.0 * left]) < 1e-14);
}

#[test]
fn lbfgs_says_why_it_ends() {
    let (minimum, _) = rosenbrock(Lbfgs::default().into(), 1000);
    assert_eq!(minimum.outcome, Outcome::Converged);
    assert!(minimum.objective.windows(2).all(|pair| pair[1] < pair[0]), "every step goes down");
    let (minimum, _) = rosenbrock(Lbfgs::default().into(), 5);
    assert_eq!((minimum.outcome, minimum.objective.len()), (Outcome::AllSteps, 6));
    // A tolerance that rounding does not allow.
    let strict = Lbfgs { tolerance: 0.0, ..Lbfgs::default() };
    let (minimum, distance) = parabola(strict.into(), 1000);
    assert!(matches!(minimum.outcome, Outcome::NoneSmaller | Outcome::Converged));
    assert!(distance < 1e-12, "{distance}");
}

/// In f32, where the line search ends at what rounding leaves of the loss.
#[test]
fn lbfgs_trains_a_network_until_it_converges() {
    let inputs = array![[-1.0_f32, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]];
    let xor = Examples::classes(inputs.view(), &[0, 1, 1, 0]).unwrap();
    let network = Network::new(2).dense(4, Activation::Tanh).dense(2, Activation::Softmax);
    let mut model: Model = network.build(1).unwrap();
    let training = Training { alpha: 0.01, epochs: 500, ..Training::new(&network) };
    let report = training.optimizer(Lbfgs::default()).fit(&mut model, &xor).unwrap();
    assert_eq!(report.stop, Stop::Converged);
    assert!(report.history.len() < 200, "{} steps", report.history.len());
    assert_eq!(model.predict_classes(inputs.view()).unwrap(), [0, 1, 1, 0]);
}

#[test]
fn an_objective_that_is_no_number_ends_the_run() {
    let graph = Graph::new();
    let x = graph.parameter("x", 1, 1);
    let start = [("x", Values::scalar(1.0))];
    for optimizer in [Optimizer::from(Sgd { learning_rate: 0.1 }), Lbfgs::default().into()] {
        let minimum = minimize(&graph, (-x).ln(), &start, optimizer, 10).unwrap();
        assert_eq!(minimum.outcome, Outcome::NotFinite);
        assert_eq!(minimum.parameters["x"], Values::scalar(1.0));
    }
    // Steps so long that they leave the numbers.
    let (minimum, _) = parabola(Sgd { learning_rate: 100.0 }.into(), 1000);
    assert_eq!(minimum.outcome, Outcome::NotFinite);
}

/// The mean squared error of a line through points, by rows of a batch: the least squares.
#[test]
fn a_line_is_fitted_to_the_rows_of_a_batch() {
    let graph = Graph::new();
    let (x, y) = (graph.input("x", Shape::batch(1)), graph.input("y", Shape::batch(1)));
    let (slope, shift) = (graph.parameter("slope", 1, 1), graph.parameter("shift", 1, 1));
    let error = x.product(slope) + shift - y;
    let column = |numbers: &[f64]| Values { rows: 4, columns: 1, numbers: numbers.to_vec() };
    let values = [
        ("slope", Values::scalar(0.0)),
        ("x", column(&[0.0, 1.0, 2.0, 3.0])),
        ("y", column(&[1.0, 2.0, 4.0, 5.0])),
        ("shift", Values::scalar(0.0)),
    ];
    let minimum = minimize(&graph, (error * error).mean(), &values, Lbfgs::default(), 50).unwrap();
    // By hand: slope = 7/5, shift = 3 - 1.5 * 7/5.
    assert!(furthest(&minimum, "slope", &[1.4]) < 1e-6);
    assert!(furthest(&minimum, "shift", &[0.9]) < 1e-6);
}

#[test]
fn what_does_not_fit_is_refused() {
    let graph = Graph::new();
    let x = graph.parameter("x", 1, 2);
    let message = |values: &[(&str, Values)], objective, optimizer: Optimizer| {
        let result: Result<Minimum, Error> = minimize(&graph, objective, values, optimizer, 1);
        result.unwrap_err().to_string()
    };
    let (start, sgd) = ([("x", row(&[1.0, 2.0]))], Optimizer::from(Sgd { learning_rate: 0.1 }));
    let objective = (x * x).sum();
    assert!(message(&[], objective, sgd).contains("the value of \"x\" is missing"));
    assert!(message(&[("x", row(&[1.0]))], objective, sgd).contains("1 numbers as 1 x 1"));
    assert!(message(&start, x * x, sgd).contains("take its sum or mean first"));
    let wrong = Sgd { learning_rate: -1.0 }.into();
    assert!(message(&start, objective, wrong).contains("must be a positive number"));
}
