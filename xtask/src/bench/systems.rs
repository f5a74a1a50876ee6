//! The systems that are measured, and how each is started.

use super::options::Options;
use super::process::Command;
use super::{build, process};
use crate::folders::{root, target};
use serde_json::Value;
use std::path::Path;

/// Every workload.
pub(super) const WORKLOADS: [&str; 7] = ["W1", "W2", "W3", "W4", "W5", "W6", "W7"];

/// A library, and the ways in which it is used.
pub(super) struct Family {
    /// Its name.
    pub(super) name: &'static str,
    /// What its program is told; nothing where there is one way.
    pub(super) ways: &'static [&'static str],
}

/// Every system beside chainrule.
pub(super) const FAMILIES: [Family; 5] = [
    Family { name: "sklearn", ways: &["float32", "float64"] },
    Family { name: "torch", ways: &["fused", "compile", "eager"] },
    Family { name: "jax", ways: &[] },
    Family { name: "candle", ways: &[] },
    Family { name: "burn", ways: &[] },
];

/// What keeps the libraries under Python from wider instructions than AVX2: MKL, oneDNN, PyTorch's own
/// kernels, OpenBLAS, NumPy's own and XLA.
const AVX2: [(&str, &str); 6] = [
    ("MKL_ENABLE_INSTRUCTIONS", "AVX2"),
    ("ONEDNN_MAX_CPU_ISA", "AVX2"),
    ("ATEN_CPU_CAPABILITY", "avx2"),
    ("OPENBLAS_CORETYPE", "Haswell"),
    ("NPY_DISABLE_CPU_FEATURES", "X86_V4 AVX512_ICL AVX512_SPR"),
    ("XLA_FLAGS", "--xla_cpu_max_isa=AVX2"),
];

/// A system in one of its ways, ready to be run.
pub(super) struct System {
    /// Such as `torch fused`.
    pub(super) name: String,
    /// What runs it, or why it cannot be run.
    pub(super) command: Result<Command, String>,
}

/// chainrule's own program on a workload whose files are in the folder.
pub(super) fn own(options: &Options, workload: &str, folder: &Path) -> System {
    let mut command = process::command(&build::runner());
    command.push(workload).push("--data").push(folder);
    if let Some(threads) = options.threads {
        command.push("--threads").push(threads.to_string());
    }
    if let Some(set) = &options.instruction_set {
        command.push("--instruction-set").push(set);
    }
    System { name: "chainrule".to_string(), command: Ok(command) }
}

/// The other systems that are asked for and can do the workload.
pub(super) fn others(options: &Options, workload: &str, folder: &Path) -> Vec<System> {
    let mut systems = Vec::new();
    for asked in &options.against {
        let (family, way) = asked.split_once('-').unwrap_or((asked, ""));
        let ways = match way {
            "" => usual_ways(family, workload, options.threads.is_none()),
            way => vec![way],
        };
        let can = workload != "W7" || family == "sklearn";
        for way in ways.into_iter().filter(|_| can) {
            let name = format!("{family} {way}").trim_end().to_string();
            systems.push(System { name, command: command(options, family, way, folder) });
        }
    }
    systems
}

/// The fast ways of a library, or the one in which it comes.
fn usual_ways(family: &str, workload: &str, by_default: bool) -> Vec<&'static str> {
    match (family, workload, by_default) {
        ("sklearn", _, true) => vec!["float64"],
        ("sklearn", _, false) => vec!["float32", "float64"],
        ("torch", _, true) => vec!["eager"],
        // The ways differ in their optimiser, which predictions do without.
        ("torch", "W6", false) => vec!["eager", "compile"],
        ("torch", _, false) => vec!["fused", "compile"],
        _ => vec![""],
    }
}

fn command(options: &Options, family: &str, way: &str, folder: &Path) -> Result<Command, String> {
    let threads = options.threads.map(|threads| threads.to_string());
    match family {
        "candle" | "burn" => {
            let mut command = process::command(&build::peer(family)?);
            command.push(folder);
            if let Some(threads) = threads {
                command.push(&threads).set("RAYON_NUM_THREADS", &threads);
            }
            Ok(command)
        }
        _ => {
            let python =
                std::env::var("CHAINRULE_PYTHON").unwrap_or_else(|_| "python3".to_string());
            let mut command = process::command(Path::new(&python));
            command.push(root().join(format!("benches/peers/{family}_mlp.py"))).push(folder);
            command.push(threads.as_deref().unwrap_or("default"));
            if !way.is_empty() {
                command.push(way);
            }
            if options.instruction_set.as_deref() == Some("avx2") {
                AVX2.iter().for_each(|(name, value)| {
                    command.set(name, value);
                });
            }
            Ok(command)
        }
    }
}

/// Has the runner write the workload's files, and returns its description.
pub(super) fn prepare(workload: &str) -> Result<(std::path::PathBuf, Value), String> {
    let folder = target().join("bench").join(workload);
    let mut command = process::command(&build::runner());
    command.push(workload).push("--write").push(&folder);
    command.run(std::time::Duration::from_secs(300))?;
    let file = folder.join("workload.json");
    let text =
        std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let description = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    Ok((folder, description))
}
