//! Model files: loaded, written, loaded again, and asked for a prediction.
//!
//! An input is a model file; or, when it begins with `{`, the description of one, to which a file is
//! made: the lengths and checks around the description would else hide it from the fuzzer.

#![no_main]

use chainrule::{Model, Network};
use chainrule_fuzz::bounded;
use libfuzzer_sys::fuzz_target;
use ndarray::Array2;
use safetensors::SafeTensors;
use std::borrow::Cow;
use std::collections::HashMap;

fuzz_target!(|input: &[u8]| {
    let file = match input.first() {
        Some(b'{') => Cow::Owned(file_of(&String::from_utf8_lossy(input))),
        _ => Cow::Borrowed(input),
    };
    let most = allowed(file.len());
    let Ok(model) = bounded("loading", most, || Model::<f32>::from_bytes(&file)) else { return };
    let written = bounded("writing", most, || model.to_bytes());
    let again = Model::<f32>::from_bytes(&written).expect("what was written can be read");
    assert_eq!(again.to_bytes(), written, "read and written again, the bytes are others");
    let inputs = model.network().inputs();
    let zeros = Array2::zeros((1, inputs));
    let predicted = bounded("predicting", most, || model.predict(zeros.view()));
    assert_eq!(predicted.expect("zeros are inputs").dim(), (1, model.network().outputs()));
});

/// Bytes that loading, writing or running a model file of `length` may take. A weight of four bytes
/// takes up to sixteen times as many where a layer has one unit, since panels are as wide as a cache
/// line; most takes a layer whose every unit has an activation of its own, each some steps of the
/// plan. (Found: 150.)
fn allowed(length: usize) -> usize {
    (1 << 16) + 300 * length
}

/// Weights and biases of the largest network that is made to a description.
const LARGEST: usize = 10_000;

/// A model file of this description, with the tensors that it asks for if they are few.
fn file_of(description: &str) -> Vec<u8> {
    let described = || {
        let value: serde_json::Value = serde_json::from_str(description).ok()?;
        let network: Network = serde_json::from_value(value.get("network")?.clone()).ok()?;
        (network.parameter_count() <= LARGEST).then(|| network.build::<f32>(1).ok())?
    };
    let bytes = described().map(|model| model.to_bytes()).unwrap_or_default();
    let tensors = SafeTensors::deserialize(&bytes).map(|file| file.tensors()).unwrap_or_default();
    let metadata = HashMap::from([("chainrule".to_owned(), description.to_owned())]);
    safetensors::serialize(tensors, Some(metadata)).expect("tensors can be written")
}
