//! candle on the CPU: `RAYON_NUM_THREADS=2 peer-candle FOLDER 2`.

#[path = "../../common.rs"]
mod common;

use candle_core::{D, DType, Device, Result, Tensor, Var};
use candle_nn::{AdamW, Linear, Module, Optimizer, ParamsAdamW, loss, ops};
use common::{Shuffle, Workload};

const VERSION: &str = "0.11.1";

fn forward(layers: &[Linear], inputs: &Tensor, is_tanh: bool) -> Result<Tensor> {
    let mut values = inputs.clone();
    for (index, layer) in layers.iter().enumerate() {
        values = layer.forward(&values)?;
        if index + 1 < layers.len() {
            values = if is_tanh { values.tanh()? } else { values.relu()? };
        }
    }
    Ok(values)
}

/// The variables of each layer, weights and biases in turn.
fn variables(workload: &Workload) -> Result<Vec<Var>> {
    let mut variables = Vec::new();
    for (inputs, units, weights, biases) in workload.initial() {
        let weights = Tensor::from_vec(weights, (inputs, units), &Device::Cpu)?;
        variables.push(Var::from_tensor(&weights.t()?.contiguous()?)?);
        variables.push(Var::from_tensor(&Tensor::from_vec(biases, units, &Device::Cpu)?)?);
    }
    Ok(variables)
}

fn layers(variables: &[Var], detached: bool) -> Vec<Linear> {
    let read = |variable: &Var| match detached {
        true => variable.as_tensor().detach(),
        false => variable.as_tensor().clone(),
    };
    variables
        .chunks_exact(2)
        .map(|pair| Linear::new(read(&pair[0]), Some(read(&pair[1]))))
        .collect()
}

fn predict(workload: &Workload) -> Result<()> {
    let columns = workload.widths[0];
    let inputs = Tensor::from_vec(workload.inputs(), (workload.rows, columns), &Device::Cpu)?;
    let many = inputs.narrow(0, 0, 1024)?.copy()?;
    let one = inputs.narrow(0, 0, 1)?.copy()?;
    let layers = layers(&variables(workload)?, true);
    workload.predict("candle", VERSION, |rows| {
        let inputs = if rows == 1 { &one } else { &many };
        let outputs = forward(&layers, inputs, workload.is_tanh).expect("a forward pass");
        let outputs = ops::softmax(&outputs, D::Minus1).expect("a softmax");
        std::hint::black_box(outputs.to_vec2::<f32>().expect("numbers"));
    });
    Ok(())
}

fn main() -> Result<()> {
    let workload = common::workload();
    if workload.name == "W6" {
        return predict(&workload);
    }
    let columns = workload.widths[0];
    let is_binary = *workload.widths.last().expect("widths") == 1;
    let x = Tensor::from_vec(workload.inputs(), (workload.rows, columns), &Device::Cpu)?;
    let y = Tensor::from_vec(workload.classes(), workload.rows, &Device::Cpu)?;
    workload.train("candle", VERSION, || {
        let variables = variables(&workload).expect("the initial weights");
        let layers = layers(&variables, false);
        // AdamW without decay is Adam.
        let settings =
            ParamsAdamW { lr: workload.learning_rate, weight_decay: 0.0, ..Default::default() };
        let mut optimizer = AdamW::new(variables, settings).expect("an optimiser");
        let mut shuffle = Shuffle::new();
        let (x, y, workload) = (&x, &y, &workload);
        move || {
            let mut epoch = || -> Result<f64> {
                let mut total = 0.0;
                for rows in shuffle.order(workload.rows).chunks(workload.batch) {
                    let chosen = Tensor::new(rows, &Device::Cpu)?;
                    let (x, y) = (x.index_select(&chosen, 0)?, y.index_select(&chosen, 0)?);
                    let logits = forward(&layers, &x, workload.is_tanh)?;
                    let loss = if is_binary {
                        let y = y.to_dtype(DType::F32)?.reshape((rows.len(), 1))?;
                        loss::binary_cross_entropy_with_logit(&logits, &y)?
                    } else {
                        loss::cross_entropy(&logits, &y)?
                    };
                    optimizer.backward_step(&loss)?;
                    total += f64::from(loss.to_scalar::<f32>()?) * rows.len() as f64;
                }
                Ok(total / workload.rows as f64)
            };
            epoch().expect("an epoch")
        }
    });
    Ok(())
}
