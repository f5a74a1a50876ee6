//! How good the network is on real tables, with no setting but the target, and how long it takes,
//! beside scikit-learn's models with their defaults: on the same rows of the same folds.

use super::process::Command;
use super::{build, machine, process, results, tables_report};
use crate::folders::{root, target};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file of the data folder.
struct Data {
    name: &'static str,
    /// Its path below the data folder.
    file: &'static str,
    /// The columns to predict, as `--target` has them.
    targets: &'static str,
}

const DATA: [Data; 10] = [
    Data { name: "iris", file: "tabular/iris.csv", targets: "species" },
    Data { name: "breast", file: "tabular/breast_cancer_wisconsin.csv", targets: "diagnosis" },
    Data { name: "digits", file: "tabular/digits.csv", targets: "column65" },
    Data { name: "titanic", file: "tabular/titanic.csv", targets: "Survived" },
    Data { name: "red", file: "tabular/winequality-red.csv", targets: "quality" },
    Data { name: "white", file: "tabular/winequality-white.csv", targets: "quality" },
    Data {
        name: "emotions",
        file: "tabular/emotions.csv",
        targets: "amazed-suprised,happy-pleased,relaxing-calm,quiet-still,sad-lonely,\
                  angry-aggresive",
    },
    Data {
        name: "yeast",
        file: "tabular/yeast.csv",
        targets: "Class1,Class2,Class3,Class4,Class5,Class6,Class7,Class8,Class9,Class10,Class11,\
                  Class12,Class13,Class14",
    },
    Data {
        name: "california",
        file: "tabular/california_housing.csv",
        targets: "median_house_value",
    },
    Data { name: "adult", file: "tabular/adult.csv", targets: "label" },
];

/// The names in the order of the table.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    DATA.iter().map(|data| data.name)
}

const FOLDS: &str = "5";

/// What is to be measured, and how.
struct Options {
    data: Vec<&'static Data>,
    rounds: usize,
    threads: usize,
    limit: Duration,
}

/// `cargo xtask bench tables ..`.
pub(super) fn run(arguments: &[&str]) -> Result<(), String> {
    let options = Options::read(arguments)?;
    let folder = std::env::var_os("CHAINRULE_DATA").filter(|folder| !folder.is_empty());
    let Some(folder) = folder.map(PathBuf::from) else {
        println!("SKIPPED: CHAINRULE_DATA does not name a folder with tabular/");
        return Ok(());
    };
    if let Err(why) = python().push("-c").push("import pandas, sklearn").run(options.limit) {
        println!("SKIPPED: no scikit-learn with pandas ({why}); see CHAINRULE_PYTHON");
        return Ok(());
    }
    let program = build::program()?;
    for data in &options.data {
        let path = folder.join(data.file);
        if !path.is_file() {
            println!("SKIPPED {}: there is no {}", data.name, path.display());
            continue;
        }
        let found = measure(data, &path, &program, &options)?;
        println!("{}", tables_report::line(&found));
        keep(found)?;
    }
    tables_report::write()
}

/// The file of results. One run may be of some files only: what was found of the others stays.
pub(super) const RESULTS: &str = "tables";

fn keep(found: Value) -> Result<(), String> {
    let mut all = results::read(RESULTS).unwrap_or_else(|| json!({}));
    all[found["name"].as_str().unwrap_or_default()] = found.clone();
    results::write(RESULTS, &all)
}

impl Options {
    fn read(arguments: &[&str]) -> Result<Options, String> {
        let hour = Duration::from_secs(3600);
        let mut options = Options { data: Vec::new(), rounds: 3, threads: 1, limit: hour };
        let mut rest = arguments.iter();
        while let Some(&argument) = rest.next() {
            let mut positive = || {
                let number = rest.next().and_then(|text| text.parse().ok());
                let number = number.filter(|&number: &usize| number > 0);
                number.ok_or_else(|| format!("{argument} needs a positive number"))
            };
            match argument {
                "--rounds" => options.rounds = positive()?,
                "--threads" => options.threads = positive()?,
                "--limit" => options.limit = Duration::from_secs(positive()? as u64),
                name => match DATA.iter().find(|data| data.name == name) {
                    Some(data) => options.data.push(data),
                    None => {
                        let names: Vec<&str> = names().collect();
                        return Err(format!(
                            "unknown argument {name}: {}, --rounds, --threads, --limit",
                            names.join(", ")
                        ));
                    }
                },
            }
        }
        if options.data.is_empty() {
            options.data = DATA.iter().collect();
        }
        Ok(options)
    }
}

/// Everything about one file. The network and scikit-learn's are run in turn, round by round, since
/// their seconds are compared; the others once.
fn measure(data: &Data, path: &Path, program: &Path, options: &Options) -> Result<Value, String> {
    eprintln!("{}", data.name);
    let folder = target().join("bench/tables");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let folds = folder.join(format!("{}.folds.csv", data.name));
    let compare = |models: &str| {
        let mut command = process::command(program);
        command.push("compare").push(path).push("--target").push(data.targets).push("--json");
        command.push("--models").push(models);
        command.push("--threads").push(options.threads.to_string());
        command
    };
    let first = document(
        compare("dummy").push("--folds").push(FOLDS).push("--save-folds").push(&folds),
        options,
    )?;
    let (task, measure) = (text(&first["task"])?, text(&first["main"])?);
    let ours = |models: &str, seed: usize| {
        let mut command = compare(models);
        command.push("--folds-file").push(&folds).push("--seed").push(seed.to_string());
        let found = document(&mut command, options)?;
        let models = found["models"].as_array().ok_or("chainrule compare shows no models")?;
        Ok::<_, String>(models.iter().map(|model| of_ours(model, &measure)).collect::<Vec<_>>())
    };
    let theirs = |models: &[&str], seed: usize| {
        let mut command = python();
        command.push(root().join("benches/tables/sklearn_tables.py")).push(path);
        command.push(data.targets).push(&task).push(&folds).push(options.threads.to_string());
        command.push(seed.to_string());
        for model in models {
            command.push(model);
        }
        let lines = command.run(options.limit)?;
        let lines = lines.lines().map(serde_json::from_str::<Value>);
        lines.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())
    };
    let (mut networks, mut mlps) = (Vec::new(), Vec::new());
    for seed in 1..=options.rounds {
        networks.append(&mut ours("network", seed)?);
        mlps.append(&mut theirs(&["mlp"], seed)?);
    }
    let mut chainrule = vec![together(networks)?];
    chainrule.append(&mut ours("dummy,linear,svm,forest", 1)?);
    let mut scikit_learn = vec![together(mlps)?];
    scikit_learn.append(&mut theirs(&["dummy", "linear", "svm"], 1)?);
    Ok(json!({
        "name": data.name,
        "file": path.file_name().map(|name| name.to_string_lossy()),
        "rows": first["rows"],
        "task": task,
        "measure": measure,
        "rounds": options.rounds,
        "threads": options.threads,
        "chainrule": chainrule,
        "scikit_learn": scikit_learn,
        "date": machine::date(),
        "commit": machine::commit(),
        "machine": machine::host(),
    }))
}

/// The Python that has scikit-learn.
fn python() -> Command {
    let python = std::env::var("CHAINRULE_PYTHON").unwrap_or_else(|_| "python3".to_string());
    process::command(Path::new(&python))
}

/// The JSON that a command prints.
fn document(command: &mut Command, options: &Options) -> Result<Value, String> {
    serde_json::from_str(&command.run(options.limit)?).map_err(|error| error.to_string())
}

fn text(value: &Value) -> Result<String, String> {
    value.as_str().map(str::to_string).ok_or_else(|| "chainrule compare shows no task".to_string())
}

/// A model of `chainrule compare` in the words of the script for scikit-learn.
fn of_ours(model: &Value, measure: &str) -> Value {
    let of_folds = |value: &dyn Fn(&Value) -> Value| -> Vec<Value> {
        model["folds"].as_array().into_iter().flatten().map(value).collect()
    };
    json!({
        "model": model["model"],
        "scores": of_folds(&|fold| fold["scores"][measure].clone()),
        "fit_seconds": of_folds(&|fold| fold["fit_seconds"].clone()),
        "predict_seconds": of_folds(&|fold| fold["predict_seconds"].clone()),
    })
}

/// Of one model's rounds, each with a seed of its own, the one that took neither longest nor shortest to
/// fit, with the mean score of all rounds for each fold.
fn together(mut rounds: Vec<Value>) -> Result<Value, String> {
    let score = |round: &Value, fold: usize| round["scores"][fold].as_f64().unwrap_or(f64::NAN);
    let folds = rounds.first().and_then(|round| round["scores"].as_array()).map_or(0, Vec::len);
    let mean = |fold: usize| {
        rounds.iter().map(|round| score(round, fold)).sum::<f64>() / rounds.len() as f64
    };
    let scores: Vec<f64> = (0..folds).map(mean).collect();
    // That of one cross-validation: seeds that are averaged hide how much a score depends on them.
    let errors: f64 = rounds.iter().map(tables_report::standard_error).sum();
    let standard_error = errors / rounds.len() as f64;
    // Those of each round too: what two models have in common on a fold is not noise between them.
    let of_rounds: Vec<Value> = rounds.iter().map(|round| round["scores"].clone()).collect();
    rounds.sort_by(|a, b| {
        let [a, b] = [a, b].map(|round| tables_report::total(&round["fit_seconds"]));
        a.total_cmp(&b)
    });
    let middle = rounds.len() / 2;
    let mut round =
        rounds.into_iter().nth(middle).ok_or_else(|| "no model was measured".to_string())?;
    round["scores"] = json!(scores);
    round["standard_error"] = json!(standard_error);
    round["rounds"] = json!(of_rounds);
    Ok(round)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_say_which_files() {
        let read = |text: &str| Options::read(&text.split_whitespace().collect::<Vec<_>>());
        let options = read("titanic iris --rounds 3").unwrap();
        let names: Vec<&str> = options.data.iter().map(|data| data.name).collect();
        assert_eq!((names, options.rounds), (vec!["titanic", "iris"], 3));
        assert_eq!(read("").unwrap().data.len(), DATA.len());
        for wrong in ["titanics", "--rounds", "--rounds 0", "--threads few"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rounds_are_taken_together() {
        let round =
            |seconds: f64| json!({ "fit_seconds": [seconds, seconds], "scores": [0.5, seconds] });
        let rounds = [3.0, 1.0, 5.0].map(round).to_vec();
        let found = together(rounds).unwrap();
        assert_eq!((&found["fit_seconds"][0], &found["scores"]), (&json!(3.0), &json!([0.5, 3.0])));
        // Of 0.5 and 3, 0.5 and 1, 0.5 and 5: half of what lies between.
        assert_eq!(found["standard_error"], (1.25 + 0.25 + 2.25) / 3.0);
        assert_eq!(found["rounds"], json!([[0.5, 3.0], [0.5, 1.0], [0.5, 5.0]]));
        assert!(together(Vec::new()).is_err());
    }
}
