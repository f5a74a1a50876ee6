//! chainrule on one of the workloads of benches: `cargo run --release -p chainrule --example workload
//! -- W4 --threads 2` prints one line of JSON. `cargo xtask bench` runs it beside other systems.
//!
//! ```text
//! workload W1 .. W7 [--threads N] [--instruction-set S] [--data FOLDER]
//! workload W1 .. W7 --write FOLDER        the files that all systems read
//! workload --rows N --widths 64,100,10 --batch N [--epochs N] [--repeats N] ...
//! workload machine                        instruction sets, and how fast threads hand over
//! ```
//!
//! Without `--threads` the library chooses, as it does for everyone who names none. Without `--data`
//! the same numbers are made up anew.

mod data;
mod files;
mod grid;
mod machine;
mod prediction;
mod shape;
mod training;

use chainrule::math::InstructionSet;
use serde_json::{Value, json};
use shape::Shape;
use std::error::Error;
use std::path::PathBuf;

/// What the command line asks for.
struct Asked {
    shape: Shape,
    threads: Option<usize>,
    set: Option<InstructionSet>,
    data: Option<PathBuf>,
    write: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments == ["machine"] {
        println!("{}", machine::describe());
        return Ok(());
    }
    let asked = read(&arguments)?;
    if let Some(folder) = &asked.write {
        return data::write(&asked.shape, folder);
    }
    let mut line = match asked.shape.name.as_str() {
        "W6" => prediction::measure(&asked)?,
        "W7" => grid::measure(&asked)?,
        _ => training::measure(&asked)?,
    };
    line["system"] = json!("chainrule");
    line["version"] = json!(env!("CARGO_PKG_VERSION"));
    line["workload"] = json!(asked.shape.name);
    line["threads"] = json!(asked.threads);
    line["peak_memory_mb"] = peak_memory();
    println!("{line}");
    Ok(())
}

/// Reads the command line.
fn read(arguments: &[String]) -> Result<Asked, Box<dyn Error>> {
    let (mut shape, mut threads, mut set) = (Shape::custom(), None, None);
    let (mut data, mut write) = (None, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if let Some(named) = Shape::named(argument) {
            shape = named;
            continue;
        }
        let value =
            rest.next().ok_or_else(|| format!("{argument}: unknown, or without a value"))?;
        match argument.as_str() {
            "--threads" => threads = Some(value.parse()?),
            "--instruction-set" => {
                let named = InstructionSet::named(value);
                set = Some(named.ok_or_else(|| format!("this machine has no {value}"))?);
            }
            "--data" => data = Some(PathBuf::from(value)),
            "--write" => write = Some(PathBuf::from(value)),
            "--rows" => shape.rows = value.parse()?,
            "--batch" => shape.batch = value.parse()?,
            "--epochs" => shape.epochs = value.parse()?,
            "--repeats" => shape.repeats = value.parse()?,
            "--widths" => {
                let widths: Result<_, _> = value.split(',').map(str::parse).collect();
                shape.widths = widths?;
            }
            _ => return Err(format!("unknown argument {argument}").into()),
        }
    }
    let has_size = shape.widths.len() >= 2
        && shape.rows > 0
        && shape.batch > 0
        && shape.epochs > 0
        && shape.repeats > 0;
    match has_size {
        true => Ok(Asked { shape, threads, set, data, write }),
        false => Err("name a workload, W1 to W7, or --rows, --widths and --batch".into()),
    }
}

/// The most memory that this process had at once, in megabytes, where the system tells.
fn peak_memory() -> Value {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = peak.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    json!(kibibytes.map(|number| number * 1024.0 / 1e6))
}
