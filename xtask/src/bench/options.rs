//! What the command line asks for.

use super::systems::{FAMILIES, WORKLOADS};
use std::time::Duration;

/// What a bench is to measure, and how.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Options {
    /// The workloads; all if none is named.
    pub(super) workloads: Vec<String>,
    /// Systems beside chainrule: a family such as `torch`, or one of its ways, such as `torch-fused`.
    pub(super) against: Vec<String>,
    /// Threads of every system; none where each shall choose.
    pub(super) threads: Option<usize>,
    /// chainrule's instruction set; none for the widest.
    pub(super) instruction_set: Option<String>,
    /// How often every system has its turn.
    pub(super) rounds: usize,
    /// What a turn may take.
    pub(super) limit: Duration,
    /// Whether to print a line of JSON for each system instead of tables.
    pub(super) json: bool,
}

impl Options {
    /// Reads the arguments after `bench`, or after `bench sweep` and `bench kernels`.
    pub(super) fn read(arguments: &[&str]) -> Result<Options, String> {
        let mut options = Options {
            workloads: Vec::new(),
            // The others are built only when they are asked for.
            against: ["sklearn", "torch", "jax"].map(str::to_string).to_vec(),
            threads: Some(2),
            instruction_set: None,
            rounds: 3,
            limit: Duration::from_secs(300),
            json: false,
        };
        let mut rest = arguments.iter();
        while let Some(&argument) = rest.next() {
            let mut value =
                || rest.next().copied().ok_or_else(|| format!("{argument} needs a value"));
            let positive = |text: &str| {
                let number = text.parse().ok().filter(|&number: &usize| number > 0);
                number.ok_or_else(|| format!("{argument} needs a positive number"))
            };
            match argument {
                "--threads" => options.threads = Some(positive(value()?)?),
                "--defaults" => options.threads = None,
                "--rounds" => options.rounds = positive(value()?)?,
                "--limit" => options.limit = Duration::from_secs(positive(value()?)? as u64),
                "--instruction-set" => options.instruction_set = Some(value()?.to_string()),
                "--against" => options.against = systems(value()?)?,
                "--json" => options.json = true,
                name if WORKLOADS.contains(&name) => options.workloads.push(name.to_string()),
                _ => {
                    return Err(format!(
                        "unknown argument {argument}: W1 to W7, sweep, kernels, plot, --against, \
                         --threads, --defaults, --instruction-set, --rounds, --limit, --json"
                    ));
                }
            }
        }
        if options.workloads.is_empty() {
            options.workloads = WORKLOADS.map(str::to_string).to_vec();
        }
        Ok(options)
    }

    /// The part of a result file's name that says how it was measured.
    pub(super) fn suffix(&self) -> String {
        let threads = self.threads.map_or("defaults".to_string(), |threads| format!("{threads}t"));
        match &self.instruction_set {
            Some(set) => format!("{threads}-{set}"),
            None => threads,
        }
    }
}

/// The systems of a list such as `sklearn,torch-fused`.
fn systems(list: &str) -> Result<Vec<String>, String> {
    let names = list.split(',').filter(|name| !name.is_empty() && *name != "none");
    let known = |name: &str| {
        let (family, way) = name.split_once('-').unwrap_or((name, ""));
        FAMILIES.iter().any(|it| it.name == family && (way.is_empty() || it.ways.contains(&way)))
    };
    names
        .map(|name| match known(name) {
            true => Ok(name.to_string()),
            false => {
                let families: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
                Err(format!("--against: no system {name}; there are {}", families.join(", ")))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_say_what_is_measured() {
        let read = |text: &str| Options::read(&text.split_whitespace().collect::<Vec<_>>());
        let options = read("W4 W1 --threads 1 --instruction-set avx2 --against torch-fused,jax");
        let options = options.unwrap();
        assert_eq!(options.workloads, ["W4", "W1"]);
        assert_eq!(options.against, ["torch-fused", "jax"]);
        assert_eq!(options.suffix(), "1t-avx2");
        assert_eq!(read("").unwrap().workloads.len(), WORKLOADS.len());
        assert_eq!(read("--defaults").unwrap().suffix(), "defaults");
        assert_eq!(read("--against none").unwrap().against, Vec::<String>::new());
        for wrong in
            ["W9", "--threads 0", "--rounds", "--against tensorflow", "--against jax-fused"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
