//! What a line can tell apart: 14 of the 16 gates of two inputs, and neither XOR nor its opposite.

fn main() {
    // A grid of weights and biases that holds a line for every gate that has one.
    let steps: Vec<f64> = (-4..=4).map(|step| f64::from(step) / 2.0).collect();
    let rows = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)];
    println!("  gate   most rows right");
    let mut separable = 0;
    for gate in 0..16_u32 {
        let wanted = |row: usize| gate >> (3 - row) & 1 == 1;
        let mut best = 0;
        for &w1 in &steps {
            for &w2 in &steps {
                for &bias in &steps {
                    let fires = |(x1, x2): (f64, f64)| w1 * x1 + w2 * x2 + bias > 0.0;
                    let right = (0..4).filter(|&row| fires(rows[row]) == wanted(row)).count();
                    best = best.max(right);
                }
            }
        }
        separable += u32::from(best == 4);
        if matches!(gate, 0b0001 | 0b0111 | 0b0010 | 0b0110 | 0b1001) {
            println!("  {gate:04b}   {best} of 4");
        }
    }
    println!("{separable} of the 16 gates are separable");
}
