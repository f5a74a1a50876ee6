//! The chain rule by hand and by the graph; and why the walk back is cheap where paths are many.

use chainrule::graph::{Graph, GraphError, Symbol};

fn main() -> Result<(), GraphError> {
    // f = x^2 y / z: forward, then back with a multiplication for each arrow.
    let (x, y, z) = (3.0, 4.0, 2.0);
    let v1 = x * x;
    let v2 = v1 * y;
    let f = v2 / z;
    let df_dv2 = 1.0 / z;
    let df_dz = -f / z;
    let df_dv1 = df_dv2 * y;
    let df_dy = df_dv2 * v1;
    let df_dx = df_dv1 * 2.0 * x;
    println!("by hand:    f = {f}, gradient {:?}", [df_dx, df_dy, df_dz]);

    let graph = Graph::new();
    let inputs = ["x", "y", "z"].map(|name| graph.scalar(name));
    let [sx, sy, sz] = inputs;
    let recorded = sx * sx * sy / sz;
    let point = [("x", x), ("y", y), ("z", z)];
    let value = graph.evaluate(&[recorded], &point)?[0];
    let gradient = graph.evaluate(&graph.gradient(recorded, &inputs)?, &point)?;
    println!("by graph:   f = {value}, gradient {gradient:?}");

    // Central differences: no rule at all, and two evaluations for each input.
    let function = |[x, y, z]: [f64; 3]| x * x * y / z;
    let step = 1e-5;
    let differences = [0, 1, 2].map(|input| {
        let mut sides = [[x, y, z]; 2];
        sides[0][input] += step;
        sides[1][input] -= step;
        (function(sides[0]) - function(sides[1])) / (2.0 * step)
    });
    println!("differences:        gradient {differences:.6?}");

    // Squaring 1 again and again: every local gradient is 1, so dc/da counts the paths.
    println!("\n  squares   nodes   nodes with the gradient   paths = dc/da");
    for squares in [1, 10, 30] {
        let graph = Graph::new();
        let a = graph.scalar("a");
        let c: Symbol<'_> = (0..squares).fold(a, |value, _| value * value);
        let nodes = graph.len();
        let by_a = graph.gradient(c, &[a])?;
        let slope = graph.evaluate(&by_a, &[("a", 1.0)])?[0];
        println!("  {squares:<7}   {nodes:<5}   {:<23}   {slope}", graph.len());
    }
    Ok(())
}
