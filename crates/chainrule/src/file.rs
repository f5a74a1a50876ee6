//! The model file: safetensors, written whole or not at all.
//!
//! Weights are tensors `layers.0.weight` (inputs x units) and `layers.0.bias`; a normalised layer has
//! a `scale` too, and running statistics where they are over the batch. Everything else is canonical
//! JSON (sorted keys) under the metadata key `chainrule`. Nothing that differs between
//! equal models is written: no time, no path, no number of threads.

use crate::confidence::Confidence;
use crate::model::wrong_number;
use crate::network::Tensor;
use crate::{Error, Model, Network};
use chainrule_data::{Preparation, Task};
use chainrule_graph::Number;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::Path;

/// The version that this library writes and reads.
const VERSION: u32 = 1;
/// The metadata key.
const KEY: &str = "chainrule";
/// Larger files are not models of this library; stops a hostile one before it is read.
const LARGEST_FILE: u64 = 64 << 30;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    version: u32,
    network: Network,
    #[serde(default)]
    preparation: Option<Preparation>,
    #[serde(default)]
    settings: Value,
    #[serde(default, skip_serializing_if = "Confidence::is_none")]
    confidence: Confidence,
}

impl<E: Number> Model<E> {
    /// The bytes of the model file. Equal models have equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let description = Description {
            version: VERSION,
            network: self.network().clone(),
            preparation: self.preparation.clone(),
            settings: self.settings.clone(),
            confidence: self.confidence.clone(),
        };
        let value = serde_json::to_value(description).expect("descriptions are plain data");
        let metadata = HashMap::from([(KEY.to_string(), canonical(&value))]);
        let tensors: Vec<(&str, Vec<usize>, Vec<u8>)> = self
            .layout()
            .places()
            .iter()
            .map(|place| {
                let shape = match place.name.ends_with("weight") {
                    true => vec![place.rows, place.columns],
                    false => vec![place.columns],
                };
                let values = place.read(self.parameters());
                (place.name.as_str(), shape, values.iter().flat_map(|x| bytes_of(*x)).collect())
            })
            .collect();
        let views = tensors.iter().map(|(name, shape, bytes)| {
            let view = TensorView::new(dtype::<E>(), shape.clone(), bytes);
            (*name, view.expect("the bytes of a tensor fit its shape"))
        });
        safetensors::serialize(views, Some(metadata)).expect("a model can be serialised")
    }

    /// Writes the model file: under a temporary name in the same folder, synced, then renamed, so
    /// that `path` never holds half a model.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        write_whole(path.as_ref(), &self.to_bytes())
    }

    /// Reads a model file. Numbers of 64 bits are rounded for a model of 32; [`has_64_bits`] tells
    /// whether they would be.
    ///
    /// # Errors
    /// When the file cannot be read, is truncated or damaged, or was written by a later version.
    pub fn load(path: impl AsRef<Path>) -> Result<Model<E>, Error> {
        let path = path.as_ref();
        Model::from_bytes(&read(path)?)
            .map_err(|problem| Error::ModelFile { path: path.into(), problem })
    }

    /// Reads the bytes of a model file; the error says what was expected and found.
    pub fn from_bytes(bytes: &[u8]) -> Result<Model<E>, String> {
        let damaged = |error: &dyn std::fmt::Display| {
            format!(
                "expected a model file (.safetensors) written by chainrule, but it is damaged or \
                 of another kind ({error}); train again or restore it from a copy"
            )
        };
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(&error))?;
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| damaged(&error))?;
        let text =
            metadata.metadata().as_ref().and_then(|metadata| metadata.get(KEY)).ok_or(
                "a safetensors file, but without chainrule's description: another program's",
            )?;
        let value: Value = serde_json::from_str(text).map_err(|error| damaged(&error))?;
        match value.get("version").and_then(Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => {
                return Err(format!(
                    "written in version {version} of the model format, but this program reads \
                     version {VERSION}; use a newer chainrule, or train again"
                ));
            }
            None => return Err(damaged(&"its description has no version")),
        }
        let description: Description =
            serde_json::from_value(value).map_err(|error| damaged(&error))?;
        let network = description.network;
        network.check().map_err(|error| damaged(&error))?;
        // Every tensor is compared with the description before memory is taken for the network, so
        // that a lying description cannot ask for more than the file holds.
        for Tensor { name, shape } in network.tensors() {
            let tensor = tensors.tensor(&name).map_err(|error| damaged(&error))?;
            if tensor.shape() != shape {
                let found = tensor.shape();
                return Err(damaged(&format!("{name} is {found:?}, not {shape:?}")));
            }
            if !matches!(tensor.dtype(), Dtype::F32 | Dtype::F64) {
                let found = tensor.dtype();
                return Err(damaged(&format!("{name} is of {found:?} numbers, not of F32 or F64")));
            }
        }
        let described = network.tensors().count();
        if tensors.len() != described {
            let found = tensors.len();
            return Err(damaged(&format!("it has {found} tensors, its network {described}")));
        }
        if let Some(preparation) = &description.preparation {
            preparation.validate().map_err(|error| damaged(&error))?;
            let (prepared, inputs) = (preparation.inputs(), network.inputs());
            // Two classes are met by one sigmoid or by a softmax of two.
            let of_two = preparation.task() == Task::Binary && network.outputs() == 2;
            if prepared != inputs || (preparation.outputs() != network.outputs() && !of_two) {
                return Err(damaged(&format!(
                    "its preparation gives {prepared} inputs and {} outputs, its network has \
                     {inputs} and {}",
                    preparation.outputs(),
                    network.outputs()
                )));
            }
        }
        let confidence = description.confidence;
        let known = description.preparation.as_ref();
        let task = known.map(|known| (known.task(), known.target_names().len()));
        let fault = match task {
            Some((task, targets)) => confidence.fault(task, targets),
            None if confidence.is_none() => None,
            None => Some("a confidence, but no preparation of a table".to_string()),
        };
        if let Some(fault) = fault {
            return Err(damaged(&format!("it has {fault}")));
        }
        let mut model = Model::zeroed(&network).map_err(|error| damaged(&error))?;
        for place in model.layout().clone().places() {
            let tensor = tensors.tensor(&place.name).map_err(|error| damaged(&error))?;
            let size = if tensor.dtype() == Dtype::F32 { 4 } else { 8 };
            let values: Vec<E> = tensor.data().chunks(size).map(number_of).collect();
            if let Some(value) = wrong_number(&place.name, &values) {
                return Err(damaged(&format!("{} holds {value}", place.name)));
            }
            place.write(model.parameters_mut(), &values);
        }
        model.preparation = description.preparation;
        model.settings = description.settings;
        model.confidence = confidence;
        Ok(model)
    }
}

/// Whether the numbers of a model file have 64 bits, so that a model of 32 would round them.
///
/// # Errors
/// When the file cannot be read, or is none of a model.
pub fn has_64_bits(path: impl AsRef<Path>) -> Result<bool, Error> {
    let path = path.as_ref();
    let bytes = read(path)?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|error| Error::ModelFile {
        path: path.into(),
        problem: format!("expected a model file (.safetensors), but it is damaged ({error})"),
    })?;
    Ok(tensors.iter().any(|(_, tensor)| tensor.dtype() == Dtype::F64))
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let fail = |source| Error::File { action: "cannot read", path: path.into(), source };
    let size = std::fs::metadata(path).map_err(fail)?.len();
    if size > LARGEST_FILE {
        let problem = format!("{size} bytes are too many for a model");
        return Err(Error::ModelFile { path: path.into(), problem });
    }
    std::fs::read(path).map_err(fail)
}

/// Writes a file under a temporary name beside it, syncs it, and renames it, so that `path` never
/// holds half of it. A link is followed; an existing file keeps its permissions; a device or a pipe
/// is written into, since a rename would replace it.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_whole_by(path, |file| {
        let fail = |source| Error::File { action: "cannot write", path: path.into(), source };
        file.write_all(bytes).map_err(fail)
    })
}

/// The same for what is written piece by piece; nothing is left of it where that fails.
///
/// # Errors
/// When the folder or the file cannot be written, and what `write` returns.
pub fn write_whole_by<F: From<Error>>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), F>,
) -> Result<(), F> {
    let fail = |source| F::from(Error::File { action: "cannot write", path: path.into(), source });
    let existing = std::fs::metadata(path).ok();
    if existing.as_ref().is_some_and(|found| !found.is_file() && !found.is_dir()) {
        let mut open = std::fs::OpenOptions::new().write(true).open(path).map_err(fail)?;
        return write(&mut open);
    }
    if existing.as_ref().is_some_and(|found| found.permissions().readonly()) {
        return Err(fail(std::io::Error::from(std::io::ErrorKind::PermissionDenied)));
    }
    let target = match existing {
        Some(_) => std::fs::canonicalize(path).map_err(fail)?,
        None => path.to_path_buf(),
    };
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        // Temporary files are private by default; this is an ordinary file, less the umask.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(|error| fail(bare(error)))?;
    if let Some(found) = existing {
        file.as_file().set_permissions(found.permissions()).map_err(fail)?;
    }
    write(&mut file)?;
    file.as_file().sync_all().map_err(fail)?;
    file.persist(&target).map_err(|error| fail(error.error))?;
    #[cfg(unix)]
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(fail)?;
    Ok(())
}

/// What the system said, without the temporary name that the user knows nothing of.
fn bare(error: std::io::Error) -> std::io::Error {
    let inner = error.get_ref().and_then(|wrapped| wrapped.source());
    let number = inner
        .and_then(|inner| inner.downcast_ref::<std::io::Error>())
        .and_then(std::io::Error::raw_os_error);
    number.map_or(error, std::io::Error::from_raw_os_error)
}

/// JSON with the keys of every object in order, whatever order the map type keeps.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            let members: Vec<String> = sorted
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        _ => value.to_string(),
    }
}

fn dtype<E: Number>() -> Dtype {
    match E::NAME {
        "F32" => Dtype::F32,
        _ => Dtype::F64,
    }
}

/// Little-endian bytes, as safetensors has them.
fn bytes_of<E: Number>(number: E) -> Vec<u8> {
    match size_of::<E>() {
        4 => (number.to_f64() as f32).to_le_bytes().to_vec(),
        _ => number.to_f64().to_le_bytes().to_vec(),
    }
}

fn number_of<E: Number>(bytes: &[u8]) -> E {
    E::from_f64(match bytes.len() {
        4 => f64::from(f32::from_le_bytes(bytes.try_into().expect("four bytes"))),
        _ => f64::from_le_bytes(bytes.try_into().expect("eight bytes")),
    })
}
