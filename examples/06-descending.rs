//! Gradient descent on a parabola at several learning rates, and optimisers in a narrow valley.

use chainrule::graph::{Graph, Symbol, Values};
use chainrule::math::Algebra;
use chainrule::optim::{Adam, Lbfgs, Momentum, Nesterov, Outcome, Sgd, minimize};
use chainrule::{Error, Optimizer};

fn main() -> Result<(), Error> {
    println!("J = (w - 3)^2 from w = 0");
    println!("  rate   w after 1, 2, 3, 4 steps");
    for learning_rate in [0.1, 0.5, 0.9, 1.0, 1.1] {
        let mut places = Vec::new();
        for steps in 1..=4 {
            let graph = Graph::new();
            let w = graph.parameter("w", 1, 1);
            let distance = w - Symbol::constant(3.0);
            let start = [("w", Values::scalar(0.0))];
            let descent = Sgd { learning_rate };
            let found = minimize(&graph, distance * distance, &start, descent, steps)?;
            places.push(format!("{:.4}", found.parameters["w"].numbers[0]));
        }
        println!("  {learning_rate:<4}   {}", places.join(", "));
    }

    println!("\nJ = (x^2 + 25 y^2) / 2 from (10, 1)");
    println!("  optimiser   after 10 steps   after 50         after 200");
    let optimizers: [(&str, Optimizer); 6] = [
        ("sgd, 0.07", Sgd { learning_rate: 0.07 }.into()),
        ("sgd, 0.09", Sgd { learning_rate: 0.09 }.into()),
        ("momentum", Momentum { learning_rate: 0.04, momentum: 0.8 }.into()),
        ("nesterov", Nesterov { learning_rate: 0.04, momentum: 0.8 }.into()),
        ("adam", Adam { learning_rate: 0.5, ..Adam::default() }.into()),
        ("lbfgs", Lbfgs::default().into()),
    ];
    for (name, optimizer) in optimizers {
        let mut objectives = Vec::new();
        for steps in [10, 50, 200] {
            let graph = Graph::new();
            let (x, y) = (graph.parameter("x", 1, 1), graph.parameter("y", 1, 1));
            let valley = Symbol::constant(0.5) * (x * x + Symbol::constant(25.0) * y * y);
            let start = [("x", Values::scalar(10.0)), ("y", Values::scalar(1.0))];
            let found = minimize(&graph, valley, &start, optimizer, steps)?;
            let last = found.objective.last().copied().unwrap_or(f64::NAN);
            let ends_early = found.outcome != Outcome::AllSteps;
            objectives.push(format!("{last:.1e}{}", if ends_early { " (done)" } else { "" }));
        }
        let [ten, fifty, many] = &objectives[..] else { unreachable!("three numbers of steps") };
        println!("  {name:<9}   {ten:<14}   {fifty:<14}   {many}");
    }
    Ok(())
}
