//! Losses and their slopes: of three predictions, and of a probability by the neuron's z.

use chainrule::graph::{Graph, Trace, parse};
use std::error::Error;

/// The value of an expression and its derivative by the name `by`.
fn value_and_slope(
    text: &str,
    by: &str,
    point: &[(&str, f64)],
) -> Result<(f64, f64), Box<dyn Error>> {
    let graph = Graph::new();
    let parsed = parse(&graph, text)?;
    let trace = Trace::new(&graph, parsed.result, point)?;
    let slope = trace.step(by).and_then(|step| step.gradient).unwrap_or(0.0);
    Ok((trace.outcome().value, slope))
}

fn main() -> Result<(), Box<dyn Error>> {
    let rows = [(1.5, 1.0), (2.0, 2.0), (6.0, 3.0)];
    println!("  loss                  rows               mean       slopes");
    for loss in ["mean_squared_error", "half_sum_of_squares", "mean_absolute_error", "huber"] {
        let text = format!("{loss}(y, a)");
        let mut losses = Vec::new();
        let mut slopes = Vec::new();
        for (a, y) in rows {
            let (value, slope) = value_and_slope(&text, "a", &[("y", y), ("a", a)])?;
            losses.push(value);
            slopes.push(slope);
        }
        let mean = losses.iter().sum::<f64>() / 3.0;
        println!("  {loss:<20}  {:<17}  {mean:<9.6}  {slopes:?}", format!("{losses:?}"));
    }

    println!("\n  y = 1     p         cross-entropy  slope      half square  slope");
    for z in [-5.0, -2.0, 0.0, 2.0, 5.0] {
        let (p, _) = value_and_slope("sigmoid(z)", "z", &[("z", z)])?;
        let (entropy, steep) = value_and_slope("binary_cross_entropy(1, z)", "z", &[("z", z)])?;
        let square = "half_sum_of_squares(1, sigmoid(z))";
        let (square, flat) = value_and_slope(square, "z", &[("z", z)])?;
        println!(
            "  z = {z:<4}  {p:<8.6}  {entropy:<13.6}  {steep:<9.6}  {square:<11.6}  {flat:<9.6}"
        );
    }
    Ok(())
}
