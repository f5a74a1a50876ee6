//! burn on the CPU (its backend flex): `RAYON_NUM_THREADS=2 peer-burn FOLDER 2`.

#[path = "../../common.rs"]
mod common;

use burn::module::{Module, Param};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use common::{Shuffle, Workload};

const VERSION: &str = "0.22.1";

#[derive(Module, Debug)]
struct Network {
    layers: Vec<Linear>,
}

impl Network {
    fn new(workload: &Workload, device: &Device) -> Network {
        let layer = |(inputs, units, weights, biases)| {
            let mut layer = LinearConfig::new(inputs, units).init(device);
            let weights = TensorData::new::<f32, _>(weights, [inputs, units]);
            let biases = TensorData::new::<f32, _>(biases, [units]);
            layer.weight = Param::from_tensor(Tensor::from_data(weights, device));
            layer.bias = Some(Param::from_tensor(Tensor::from_data(biases, device)));
            layer
        };
        Network { layers: workload.initial().into_iter().map(layer).collect() }
    }

    fn forward(&self, inputs: Tensor<2>, is_tanh: bool) -> Tensor<2> {
        let last = self.layers.len() - 1;
        self.layers.iter().enumerate().fold(inputs, |values, (index, layer)| {
            let values = layer.forward(values);
            match (index == last, is_tanh) {
                (true, _) => values,
                (false, true) => values.tanh(),
                (false, false) => activation::relu(values),
            }
        })
    }
}

fn predict(workload: &Workload, system: &str, device: &Device) {
    let columns = workload.widths[0];
    let rows = |count: usize| {
        let numbers = workload.inputs()[..count * columns].to_vec();
        Tensor::<2>::from_data(TensorData::new(numbers, [count, columns]), device)
    };
    let (one, many) = (rows(1), rows(1024));
    let network = Network::new(workload, device);
    workload.predict(system, VERSION, |rows| {
        let inputs = if rows == 1 { one.clone() } else { many.clone() };
        let outputs = activation::softmax(network.forward(inputs, workload.is_tanh), 1);
        std::hint::black_box(outputs.into_data());
    });
}

fn main() {
    let workload = common::workload();
    let system = if cfg!(feature = "avx512") { "burn (AVX-512)" } else { "burn" };
    let plain = Device::flex();
    if workload.name == "W6" {
        return predict(&workload, system, &plain);
    }
    let device = plain.clone().autodiff();
    let (rows, columns) = (workload.rows, workload.widths[0]);
    let is_binary = *workload.widths.last().expect("widths") == 1;
    let x = Tensor::<2>::from_data(TensorData::new(workload.inputs(), [rows, columns]), &plain);
    let y: Vec<i64> = workload.classes().into_iter().map(i64::from).collect();
    let y = Tensor::<1, Int>::from_data(TensorData::new(y, [rows]), &plain);
    let cross_entropy = CrossEntropyLossConfig::new().init(&device);
    workload.train(system, VERSION, || {
        let mut network = Some(Network::new(&workload, &device));
        let mut optimizer = AdamConfig::new().init();
        let mut shuffle = Shuffle::new();
        let (x, y, plain, workload, cross_entropy) = (&x, &y, &plain, &workload, &cross_entropy);
        move || {
            let mut total = 0.0;
            for chosen in shuffle.order(rows).chunks(workload.batch) {
                let count = chosen.len();
                let chosen: Vec<i64> = chosen.iter().copied().map(i64::from).collect();
                let chosen = Tensor::<1, Int>::from_data(TensorData::new(chosen, [count]), plain);
                let inputs = x.clone().select(0, chosen.clone()).autodiff();
                let targets = y.clone().select(0, chosen);
                let now = network.take().expect("the network");
                let logits = now.forward(inputs, workload.is_tanh);
                let loss = if is_binary {
                    // Of a logit z: softplus(z) - y z.
                    let targets = targets.float().reshape([count, 1]).autodiff();
                    (activation::softplus(logits.clone(), 1.0) - logits * targets).mean()
                } else {
                    cross_entropy.forward(logits, targets.autodiff())
                };
                let gradients = loss.backward();
                total += f64::from(loss.into_scalar::<f32>()) * count as f64;
                let gradients = GradientsParams::from_grads(gradients, &now);
                network = Some(optimizer.step(workload.learning_rate, now, gradients));
            }
            total / rows as f64
        }
    });
}
