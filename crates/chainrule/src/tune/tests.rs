//! Whole searches on real rows.

use super::*;
use crate::{Error, Recipe};
use chainrule_data::{Dataset, SourceOptions, open};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

fn iris() -> Dataset {
    open("iris", &SourceOptions::default()).unwrap()
}

fn search(strategy: Strategy, trials: usize) -> Search {
    let recipe = Recipe { epochs: Some(9), ..Recipe::default() };
    let mut space = Space::usual(&recipe, 120);
    space.set(Knob::Width, "4,8").unwrap();
    space.set(Knob::Depth, "1..2").unwrap();
    Search {
        strategy,
        trials: Some(trials),
        judging: Some(Judging::HoldOut(0.25)),
        threads: Some(1),
        ..Search::new(recipe, space)
    }
}

fn run(search: &Search, data: &Dataset, journal: Option<&Path>) -> Result<Found, Error> {
    search.run(data, journal, &mut |_: &Event<'_>| ControlFlow::Continue(()))
}

/// The runs without the time that they took, by trial and rung.
fn timeless(runs: &[Run]) -> Vec<Run> {
    let mut runs: Vec<Run> = runs.iter().map(|run| Run { seconds: 0.0, ..run.clone() }).collect();
    runs.sort_by_key(Run::job);
    runs
}

#[test]
fn random_trials_are_the_same_on_any_number_of_threads() {
    let alone = run(&search(Strategy::Random, 6), &iris(), None).unwrap();
    let together = Search { threads: Some(4), ..search(Strategy::Random, 6) };
    let together = run(&together, &iris(), None).unwrap();
    assert_eq!(timeless(&alone.runs), timeless(&together.runs));
    assert_eq!((alone.best.trial, alone.rungs), (together.best.trial, 1));
    // The first is the usual network, as near as the space has it.
    assert_eq!(alone.runs[0].settings.hidden, [8, 8]);
    assert!(alone.runs.iter().all(|run| run.epochs == 9));
}

#[test]
fn halving_trains_most_trials_for_few_epochs() {
    let found = run(&search(Strategy::default(), 9), &iris(), None).unwrap();
    let on_rung = |rung: usize| found.runs.iter().filter(move |run| run.rung == rung);
    assert_eq!((found.rungs, on_rung(0).count()), (3, 9));
    assert!(on_rung(1).count() >= 3 && on_rung(2).count() >= 1);
    for (rung, epochs) in [(0, 1), (1, 3), (2, 9)] {
        assert!(on_rung(rung).all(|run| run.epochs == epochs), "{rung}");
    }
    assert_eq!(found.best.rung, 2);
    // The usual settings have all epochs too.
    assert!(on_rung(2).any(|run| run.trial == 0));
    assert_eq!(found.best, *ranking(&found.runs)[0]);
}

#[test]
fn a_grid_is_tried_whole_and_ends_with_its_best() {
    let recipe = Recipe { epochs: Some(9), hidden: vec![8], ..Recipe::default() };
    let mut space = Space::fixed(&recipe, 120);
    space.set(Knob::LearningRate, "1e-5,0.03").unwrap();
    space.set(Knob::Alpha, "1e-6..1e-4").unwrap();
    let grid = Search { strategy: Strategy::Grid, ..Search::new(recipe, space) };
    let found = run(&grid, &iris(), None).unwrap();
    assert_eq!((found.runs.len(), found.judging), (6, Judging::Folds(5)));
    assert_eq!(found.best.settings.learning_rate, 0.03);
    assert_eq!(found.recipe.optimizer.unwrap().learning_rate(), 0.03);
    let Outcome::Judged { spread: Some(spread), score, .. } = found.best.outcome else {
        panic!("folds have a spread")
    };
    assert!(score > 0.8 && spread < 0.2, "{score} {spread}");
    let message = run(&Search { trials: Some(5), ..grid }, &iris(), None).unwrap_err().to_string();
    assert!(message.contains("at least 6, the combinations of the grid"), "{message}");
}

/// Test rows with other values change nothing that a search sees.
#[test]
fn the_test_rows_are_never_met() {
    let data = iris();
    let searched = search(Strategy::Random, 2);
    let rows = searched.recipe.rows_before_test(&data).unwrap();
    assert_eq!(rows.len(), 120);
    let mut columns = data.table.columns().to_vec();
    for column in &mut columns {
        if let chainrule_data::Values::Numbers(values) = &mut column.values {
            for (row, value) in values.iter_mut().enumerate() {
                if !rows.contains(&row) {
                    *value = 1e6 + row as f64;
                }
            }
        }
    }
    let table = chainrule_data::Table::new("iris", columns).unwrap();
    let other = Dataset { table, ..data.clone() };
    let (one, two) = (run(&searched, &data, None).unwrap(), run(&searched, &other, None).unwrap());
    assert_eq!(timeless(&one.runs), timeless(&two.runs));
    for judging in [Judging::HoldOut(0.3), Judging::Folds(4)] {
        for fold in judging.folds(&searched.recipe, &data, &rows).unwrap() {
            let mut all = [fold.training, fold.test].concat();
            all.sort_unstable();
            assert_eq!(all, rows);
        }
    }
}

/// However many runs have ended when a search is killed, it ends as if it had not been.
#[test]
fn a_search_goes_on_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whole.tune.jsonl");
    let (data, searched) = (iris(), search(Strategy::default(), 9));
    let whole = run(&searched, &data, Some(&path)).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1 + whole.runs.len());
    for kept in [1, 4, 9, lines.len()] {
        let path = folder.path().join(format!("{kept}.tune.jsonl"));
        let torn = lines.get(kept).map_or("", |line| &line[..line.len() / 2]);
        std::fs::write(&path, lines[..kept].join("\n") + "\n" + torn).unwrap();
        let found = run(&searched, &data, Some(&path)).unwrap();
        assert_eq!(found.resumed, kept - 1);
        assert_eq!(timeless(&found.runs), timeless(&whole.runs));
        assert_eq!((found.best.job(), &found.recipe), (whole.best.job(), &whole.recipe));
    }
    // More trials may be wanted later, from the same file.
    let more = Search { trials: Some(12), ..searched.clone() };
    let found = run(&more, &data, Some(&path)).unwrap();
    assert!(found.resumed == whole.runs.len() && found.runs.len() >= whole.runs.len() + 3);
    // But not of another search.
    let mut other = searched;
    other.recipe.seed = 2;
    let message = run(&other, &data, Some(&path)).unwrap_err().to_string();
    assert!(message.contains("seed (1, now 2)"), "{message}");
}

#[test]
fn what_diverges_is_recorded_and_the_search_goes_on() {
    let mut searched = search(Strategy::Random, 8);
    searched.recipe.optimizer = Some("sgd".parse().unwrap());
    searched.space = Space::fixed(&searched.recipe, 120);
    searched.space.set(Knob::LearningRate, "0.05,1e30").unwrap();
    let found = run(&searched, &iris(), None).unwrap();
    let failed =
        |run: &&Run| matches!(&run.outcome, Outcome::Failed(why) if why.contains("diverged"));
    let failures = found.runs.iter().filter(failed).count();
    assert!(failures > 0 && failures < 8, "{failures}");
    assert_eq!(found.best.settings.learning_rate, 0.05);
    searched.space.set(Knob::LearningRate, "1e30").unwrap();
    let message = run(&searched, &iris(), None).unwrap_err().to_string();
    assert!(message.contains("each of the 8 trials that have ended failed"), "{message}");
    assert!(message.contains("smaller learning rates"), "{message}");
}

#[test]
fn a_search_stops_when_asked_and_by_the_clock() {
    let searched = search(Strategy::Random, 50);
    let mut ended = 0;
    let mut listener = |event: &Event<'_>| {
        ended += usize::from(matches!(event, Event::Ended(_)));
        if ended >= 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let found = searched.run(&iris(), None, &mut listener).unwrap();
    assert_eq!((found.runs.len(), found.stop), (2, SearchStop::Interrupted));

    let time = Some(Duration::from_millis(300));
    let recipe = Recipe { epochs: Some(200), ..searched.recipe.clone() };
    let timed = Search { time, trials: None, recipe, ..searched.clone() };
    let found = run(&timed, &iris(), None).unwrap();
    assert_eq!(found.stop, SearchStop::Time);
    assert!(!found.runs.is_empty() && found.seconds < 30.0);
    let none = Search { time: Some(Duration::ZERO), trials: None, ..searched };
    let message = run(&none, &iris(), None).unwrap_err().to_string();
    assert!(message.contains("no trial ended within the time"), "{message}");
}

#[test]
fn what_cannot_be_searched_is_refused_before_any_trial() {
    let refused = |change: &dyn Fn(&mut Search)| {
        let mut searched = search(Strategy::default(), 3);
        change(&mut searched);
        run(&searched, &iris(), None).unwrap_err().to_string()
    };
    let message = refused(&|it| it.recipe.kind = crate::Kind::Softmax);
    assert!(message.contains("must be mlp"), "{message}");
    let message = refused(&|it| it.recipe.optimizer = Some("lbfgs".parse().unwrap()));
    assert!(message.contains("such as adam"), "{message}");
    let message = refused(&|it| it.strategy = Strategy::Halving { reduction: 1 });
    assert!(message.contains("from 2 to 100"), "{message}");
    let message = refused(&|it| it.trials = Some(0));
    assert!(message.contains("at least 1"), "{message}");
    let message = refused(&|it| it.judging = Some(Judging::Folds(1)));
    assert!(message.contains("at least 2"), "{message}");
    let message = refused(&|it| it.recipe.targets = vec!["speceis".to_string()]);
    assert!(message.contains("speceis"), "{message}");
    let message = refused(&|it| it.recipe.score = crate::Score::R2);
    assert!(message.contains("r2"), "{message}");
}
