use super::*;
use crate::Activation;
use crate::train::Schedule;
use crate::{Model, Training, evaluate_table, predict_table, training_of};
use chainrule_data::{Column, SourceOptions, Table, open};

fn data_set(columns: Vec<Column>, target: &str) -> Dataset {
    let table = Table::new("made up", columns).unwrap();
    Dataset { table, test: None, target: Some(target.to_string()) }
}

/// Rows whose kind is told by whether x is above 10.
fn two_kinds(rows: usize) -> Dataset {
    let x = (0..rows).map(|row| (row * 7 % 20) as f64).collect::<Vec<_>>();
    let kinds: Vec<&str> = x.iter().map(|x| if *x > 10.0 { "high" } else { "low" }).collect();
    let kind = Column::text("kind", &kinds);
    data_set(vec![Column::numbers("x", x), kind], "kind")
}

fn small() -> Recipe {
    Recipe { hidden: vec![8], epochs: Some(3), dropout: vec![], ..Recipe::default() }
}

#[test]
fn a_recipe_is_plain_data_without_what_does_not_matter() {
    let recipe = Recipe { threads: Some(3), schedule: Some(Schedule::Cosine), ..Recipe::default() };
    let text = serde_json::to_string(&recipe).unwrap();
    assert!(!text.contains("threads") && !text.contains("instruction_set"));
    let read: Recipe = serde_json::from_str(&text).unwrap();
    assert_eq!(read, Recipe { threads: None, ..recipe });
    assert_eq!(serde_json::from_str::<Recipe>("{}").unwrap(), Recipe::default());
    assert!(serde_json::from_str::<Recipe>("{\"epoch\": 3}").is_err());
}

#[test]
fn the_model_knows_every_choice_that_was_made() {
    let trained = small().train(&two_kinds(100)).unwrap();
    let recipe: Recipe = serde_json::from_value(trained.model.settings.clone()).unwrap();
    assert_eq!(recipe.targets, ["kind"]);
    assert_eq!((recipe.task, recipe.scale), (Some(Task::Binary), Some(Scale::Standard)));
    assert_eq!((recipe.loss, recipe.batch_size), (Some(Loss::BinaryCrossEntropy), Some(32)));
    let training = training_of(&trained.model);
    assert_eq!((training.epochs, training.loss), (3, Loss::BinaryCrossEntropy));
    // The same recipe with every choice filled in gives the same model.
    let again = recipe.train(&two_kinds(100)).unwrap();
    assert!(again.model.to_bytes() == trained.model.to_bytes());
}

#[test]
fn what_nobody_states_is_chosen_together() {
    let data = two_kinds(1000);
    let training = |recipe: Recipe| recipe.prepare(&data).unwrap().training;
    let usual = training(Recipe { test: 0.0, ..Recipe::default() });
    // 900 rows to learn from, in steps of 32: 29 an epoch, 950 in all for two classes.
    assert_eq!((usual.optimizer.learning_rate(), usual.schedule), (0.003, Schedule::Cosine));
    assert_eq!((usual.alpha, usual.epochs, usual.patience), (64.0 / 900.0, 950 / 29, None));
    assert_eq!(usual.label_smoothing, 0.0);
    let task = Some(Task::MultiClass);
    let classes = training(Recipe { test: 0.0, task, ..Recipe::default() });
    assert_eq!((classes.alpha, classes.epochs), (32.0 / 900.0, 2000 / 29));
    assert_eq!(classes.label_smoothing, 0.05);
    // Adam with another rate is the usual training still, and layers of one's own are not held back.
    let adam = crate::optim::Adam { learning_rate: 0.001, ..Default::default() };
    let faster = training(Recipe { test: 0.0, optimizer: Some(adam.into()), ..Recipe::default() });
    assert_eq!(faster, Training { optimizer: adam.into(), ..usual.clone() });
    let own = training(Recipe { test: 0.0, hidden: vec![16, 16], task, ..Recipe::default() });
    assert_eq!((own.alpha, own.label_smoothing), (0.0, 0.0));
    assert_eq!(
        (own.schedule, own.score, own.epochs),
        (usual.schedule, usual.score, classes.epochs)
    );
    let dropout =
        |recipe: Recipe| recipe.prepare(&data).unwrap().model.network().layers()[0].dropout;
    assert_eq!(dropout(Recipe::default()), 0.5);
    assert_eq!(dropout(Recipe { task, ..Recipe::default() }), 0.2);
    assert_eq!(dropout(Recipe { hidden: vec![256], ..Recipe::default() }), 0.0);
    // Another optimiser is all that there is, as are a schedule and a penalty.
    let named = Optimizer::from(crate::optim::Sgd { learning_rate: 0.1 });
    let plain = Recipe { optimizer: Some(named), ..Recipe::default() };
    assert_eq!(dropout(plain.clone()), 0.0);
    let plain = training(plain);
    assert_eq!((plain.alpha, plain.schedule), (0.0, Schedule::Constant));
    assert!(plain.patience.is_some());
    let schedule = Some(Schedule::Constant);
    let stated = training(Recipe { schedule, alpha: Some(0.5), ..Recipe::default() });
    assert_eq!((stated.alpha, stated.schedule), (0.5, Schedule::Constant));
    // A truth table has too few rows to be thought anything of.
    let gate = Recipe::default().prepare(&two_kinds(8)).unwrap().training;
    assert_eq!((gate.alpha, gate.schedule), (0.0, Schedule::Constant));
    assert_eq!(gate.optimizer.learning_rate(), 0.001);
    let single = Recipe { kind: Kind::Logistic, hidden: Vec::new(), ..Recipe::default() };
    assert_eq!(training(single).alpha, 0.0);
}

#[test]
fn rows_without_a_target_are_neither_learned_from_nor_judged() {
    let mut data = two_kinds(100);
    let mut columns = data.table.columns().to_vec();
    let chainrule_data::Values::Text { codes, .. } = &mut columns[1].values else { panic!() };
    (0..100).step_by(4).for_each(|row| codes[row] = chainrule_data::MISSING);
    data.table = Table::new("made up", columns).unwrap();
    let trained = small().train(&data).unwrap();
    assert_eq!(trained.rows, Rows { training: 54, validation: 6, test: 15 });
    assert!(trained.warnings.iter().any(|it| it.contains("25 of 100 rows are left out")));
    assert_eq!(evaluate_table(&trained.model, &data.table).unwrap().rows, 75);
    assert_eq!(predict_table(&trained.model, &data.table).unwrap().rows, 100);
}

#[test]
fn columns_of_many_categories_are_embedded_where_there_are_hidden_layers() {
    let town: Vec<String> = (0..400).map(|row| format!("town {}", row * 7 % 60)).collect();
    let y: Vec<f64> = (0..400).map(|row| f64::from(row * 7 % 60)).collect();
    let data = data_set(vec![Column::text("town", &town), Column::numbers("y", y)], "y");
    let recipe = Recipe { hidden: vec![16], task: Some(Task::Regression), ..Recipe::default() };
    let trained = recipe.train(&data).unwrap();
    assert_eq!(trained.model.network().embeddings().len(), 1);
    assert!(trained.test.unwrap().regression.unwrap().r2 > 0.9, "{:?}", trained.test);
    let back = Model::<f32>::from_bytes(&trained.model.to_bytes()).unwrap();
    let both = [&trained.model, &back].map(|model| predict_table(model, &data.table).unwrap());
    assert_eq!(both[0], both[1]);
    let linear = Recipe { kind: Kind::Linear, hidden: Vec::new(), ..recipe };
    assert!(linear.train(&data).unwrap().model.network().embeddings().is_empty());
}

#[test]
fn test_and_validation_rows_leave_no_trace_in_the_preparation() {
    let data = two_kinds(100);
    let prepared = small().prepare(&data).unwrap();
    assert_eq!(prepared.rows, Rows { training: 72, validation: 8, test: 20 });
    let Prepared { model, .. } = prepared;
    // The rows that stayed are found again by the streams that chose them.
    let labels: Vec<u32> =
        (0..100).map(|row| u32::from(data.table.columns()[1].cell(row) == "low")).collect();
    let split = |rows: &[usize], share, name| {
        let mut stream = chainrule_math::random::Stream::new(1, name);
        chainrule_data::stratified_split(Some(&labels), rows, share, &mut stream).0
    };
    let rest = split(&(0..100).collect::<Vec<_>>(), 0.2, "split.test");
    let training = split(&rest, 0.1, "split.validation");
    let mean =
        training.iter().map(|&row| data.table.columns()[0].number(row).unwrap()).sum::<f64>()
            / training.len() as f64;
    let preparation = model.preparation.unwrap();
    let (offset, _) = preparation.columns()[0].scalings()[0];
    assert!((offset - mean).abs() < 1e-12);
}

#[test]
fn errors_of_a_regression_are_in_its_own_units() {
    let x: Vec<f64> = (0..80).map(f64::from).collect();
    let y: Vec<f64> = x.iter().map(|x| 5000.0 + 30.0 * x).collect();
    let columns = vec![Column::numbers("x", x), Column::numbers("y", y.clone())];
    let data = data_set(columns, "y");
    let recipe = Recipe { test: 0.0, epochs: Some(10), ..small() };
    let trained = recipe.train(&data).unwrap();
    assert!(trained.test.is_none());
    let predicted = predict_table(&trained.model, &data.table).unwrap().values;
    let squares: f64 = predicted.iter().zip(&y).map(|(p, y)| (p - y).powi(2)).sum();
    let found = evaluate_table(&trained.model, &data.table).unwrap().regression.unwrap();
    assert!((found.rmse / (squares / 80.0).sqrt() - 1.0).abs() < 1e-5, "{found:?}");
    // And so they are in the history.
    let history = trained.report.chosen().validation.unwrap().regression.unwrap();
    assert_eq!(Some(history), trained.validation.unwrap().regression);
}

#[test]
fn two_classes_by_a_softmax_can_be_saved_and_read() {
    let data = two_kinds(100);
    let recipe = Recipe { loss: Some(Loss::CrossEntropy), ..small() };
    let model = recipe.train(&data).unwrap().model;
    assert_eq!(model.network().outputs(), 2);
    let read = Model::from_bytes(&model.to_bytes()).unwrap();
    let expected = predict_table(&model, &data.table).unwrap();
    assert_eq!(predict_table(&read, &data.table).unwrap(), expected);
    assert_eq!(expected.probabilities.len(), 200);
}

#[test]
fn labels_by_a_squared_loss_are_judged_as_labels() {
    let bit = |part: usize| (0..60).map(|row| f64::from(row % part == 0)).collect::<Vec<_>>();
    let columns = [2, 3].map(|part| Column::numbers(format!("label{part}"), bit(part)));
    let data = Dataset {
        table: Table::new("t", [&columns[..], &[Column::numbers("x", bit(2))]].concat()).unwrap(),
        test: None,
        target: None,
    };
    let targets = vec!["label2".to_string(), "label3".to_string()];
    let recipe = Recipe { targets, loss: Some(Loss::Quadratic), ..small() };
    let trained = recipe.train(&data).unwrap();
    assert_eq!(trained.task, Task::MultiLabel);
    let test = trained.test.unwrap();
    assert!(test.accuracy.is_some() && test.regression.is_none());
}

#[test]
fn small_tables_are_said_to_be_small() {
    let data = two_kinds(12);
    let trained = small().train(&data).unwrap();
    assert_eq!(trained.rows, Rows { training: 9, validation: 1, test: 2 });
    assert!(trained.warnings.iter().any(|it| it.contains("of the 2 classes only 1")));
    let trained = Recipe { validation: 0.05, ..small() }.train(&two_kinds(11)).unwrap();
    assert!(trained.validation.is_none());
    assert!(trained.warnings.iter().any(|it| it.contains("weights of the last epoch")));
    assert_eq!(trained.report.chosen_epoch, 3);
    let quiet = Recipe { validation: 0.0, patience: Some(1), ..small() };
    assert!(quiet.train(&two_kinds(100)).unwrap().warnings.is_empty());
}

#[test]
fn categories_that_only_test_rows_have_are_a_warning() {
    let colours: Vec<&str> =
        (0..40).map(|row| ["red", "blue", "rare"][row % 2 + row / 39]).collect();
    let kinds: Vec<&str> = (0..40).map(|row| ["a", "b"][row % 2]).collect();
    let columns = vec![Column::text("colour", &colours), Column::text("kind", &kinds)];
    let data = data_set(columns, "kind");
    // Some seeds set the only row of its colour aside.
    let warned = (1..40).filter(|&seed| {
        let trained = Recipe { seed, epochs: Some(1), ..small() }.train(&data).unwrap();
        trained.warnings.iter().any(|it| it.contains("the category `rare` of 1"))
    });
    assert!((1..30).contains(&warned.count()));
}

#[test]
fn what_cannot_be_done_is_said_before_training() {
    let data = two_kinds(100);
    let message = |recipe: Recipe| recipe.prepare(&data).map(|_| ()).unwrap_err().to_string();
    let regression = Recipe {
        targets: vec!["x".to_string()],
        task: Some(Task::Regression),
        loss: Some(Loss::CrossEntropy),
        ..small()
    };
    let found = message(regression);
    assert!(found.contains("such as mean_squared_error or huber") && found.contains("regression"));
    let found =
        message(Recipe { activations: vec![Activation::Tanh.into(); 3], ..Recipe::default() });
    assert!(found.contains("one for all 2 of them"), "{found}");
    let found = message(Recipe { activations: vec![Activation::Heaviside.into()], ..small() });
    assert!(found.contains("heaviside has no derivative"), "{found}");
    let found = message(Recipe { test: 1.0, ..small() });
    assert!(found.contains("share of test rows is 1"), "{found}");
    let found = message(Recipe { hidden: vec![1 << 20, 1 << 20], ..small() });
    assert!(found.contains("layer 2") && found.contains("smaller"), "{found}");
    let found = message(Recipe { targets: vec!["knd".to_string()], ..small() });
    assert!(found.contains("did you mean `kind`"), "{found}");
}

#[test]
fn a_run_that_diverges_leaves_its_last_good_weights() {
    let iris = open("iris", &SourceOptions::default()).unwrap();
    let recipe = Recipe {
        targets: vec!["petal_width".to_string()],
        hidden: Vec::new(),
        optimizer: Some(crate::optim::Sgd { learning_rate: 1.2 }.into()),
        ..Recipe::default()
    };
    let mut prepared = recipe.prepare(&iris).unwrap();
    let error = prepared.train(&mut []).unwrap_err();
    let Error::Diverged(divergence) = error else { panic!("{error}") };
    assert!(!divergence.history.is_empty());
    assert!(prepared.model.parameters().iter().all(|weight| weight.is_finite()));
}
