//! What is said of a search.

use super::train_report;
use super::tune::Files;
use crate::failure::Failure;
use crate::render::{Table, count, document, duration, print, say, settings_in_words};
use chainrule::Trained;
use chainrule::tune::{Found, Outcome, Run, SearchStop, Space, ranking};
use chainrule_draw::{Look, tuning};
use serde_json::{Value, json};
use std::path::Path;

/// Trials of the table.
const SHOWN: usize = 5;

/// The result, for people or for machines.
pub(super) fn report(
    found: &Found,
    trained: Option<&Trained>,
    files: &Files,
    history: &Path,
    name: &str,
    is_json: bool,
) -> Result<(), Failure> {
    if is_json {
        let mut value = found_json(found);
        if let Some(trained) = trained {
            value["validation"] = json!(trained.validation);
            value["test"] = json!(trained.test);
            value["model"] = json!(files.model);
        }
        value["config"] = json!(files.config);
        value["journal"] = json!(files.journal);
        value["picture"] = json!(files.picture);
        return document(&value);
    }
    let trials = found.runs.iter().filter(|run| run.rung == 0).count();
    let failed = found.runs.iter().filter(|run| run.score().is_none()).count();
    let resumed = match found.resumed {
        0 => String::new(),
        runs => format!(", of which {} from the file", count(runs, "run")),
    };
    let stopped = match found.stop {
        SearchStop::Finished => "",
        SearchStop::Time => ", stopped by the clock",
        SearchStop::Interrupted => ", interrupted",
    };
    let failed = match failed {
        0 => String::new(),
        failed => format!(", {failed} failed"),
    };
    say(format_args!(
        "Searched {} ({}{failed}) in {}{resumed}{stopped}; judged by {}.\n",
        count(trials, "trial"),
        count(found.runs.len(), "run"),
        duration(found.seconds),
        found.judging,
    ))?;
    let ranking = ranking(&found.runs);
    let mut table = Table::new(1);
    let measure = found.best.measure().map_or("score", |measure| measure.name());
    table.line([
        "trial",
        measure,
        "",
        "epochs",
        "hidden",
        "activation",
        "rate",
        "alpha",
        "batch",
        "dropout",
    ]);
    for run in ranking.iter().take(SHOWN) {
        table.line(cells(run, &run.trial.to_string()));
    }
    // The first trial is the usual network, unless a grid was searched.
    let usual = ranking.iter().position(|run| run.trial == 0);
    if let Some(place) = usual.filter(|&place| place >= SHOWN) {
        table.line(cells(ranking[place], "0"));
    }
    print(table)?;
    if let Some(trained) = trained {
        train_report::report(trained, &files.model, history, name)?;
    }
    say(format_args!(
        "\nSettings: {} (chainrule train --config makes the same model)\nRuns: {}\nPicture: {}",
        files.config.display(),
        files.journal.display(),
        files.picture.display(),
    ))
}

fn cells(run: &Run, trial: &str) -> Vec<String> {
    let (score, spread) = match run.outcome {
        Outcome::Judged { score, spread, .. } => {
            (format!("{score:.4}"), spread.map_or(String::new(), |it| format!("± {it:.4}")))
        }
        Outcome::Failed(_) => ("failed".to_string(), String::new()),
    };
    let words = settings_in_words(&run.settings);
    [trial.to_string(), score, spread, run.epochs.to_string()].into_iter().chain(words).collect()
}

/// All of a search for machines.
fn found_json(found: &Found) -> Value {
    json!({
        "best": found.best,
        "runs": found.runs,
        "trials": found.runs.iter().filter(|run| run.rung == 0).count(),
        "failed": found.runs.iter().filter(|run| run.score().is_none()).count(),
        "resumed": found.resumed,
        "rungs": found.rungs,
        "judged_by": found.judging.to_string(),
        "stop": found.stop,
        "seconds": found.seconds,
        "settings": found.recipe,
    })
}

/// Writes the picture of the score against each knob.
pub(super) fn write_picture(
    found: &Found,
    space: &Space,
    name: &str,
    path: &Path,
) -> Result<(), Failure> {
    let picture = tuning(&found.runs, space, name, &Look::default())?;
    Ok(picture.save(path)?)
}
