//! The files that people really have, read from the folder in `CHAINRULE_DATA`.

use chainrule_data::*;
use chainrule_math::random::Stream;
use std::path::PathBuf;

/// The data folder, or a note that the test was not run.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("CHAINRULE_DATA").filter(|folder| !folder.is_empty());
    if folder.is_none() {
        println!("SKIPPED: CHAINRULE_DATA is not set");
    }
    folder.map(PathBuf::from)
}

fn table(
    folder: &std::path::Path,
    name: &str,
    options: &SourceOptions,
) -> Result<Table, DataError> {
    let path = folder.join("tabular").join(name);
    open(path.to_str().unwrap(), options).map(|data| data.table)
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.into()).collect()
}

fn without(columns: &[&str]) -> SourceOptions {
    SourceOptions { columns: ColumnChoice::Except(names(columns)), ..SourceOptions::default() }
}

/// The whole road: judged, split, fitted, applied to the rows held out.
fn prepare(table: &Table, targets: &[String], unseen: Unseen) -> Preparation {
    let judged = judge_target(table, targets, None).unwrap();
    let rows: Vec<usize> = (0..table.rows()).collect();
    let mut stream = Stream::new(1, "split.test");
    let (training, test) = stratified_split(judged.labels.as_deref(), &rows, 0.2, &mut stream);
    let options = PrepareOptions { task: Some(judged.task), unseen, ..PrepareOptions::default() };
    let fitted = Preparation::fit(table, targets, &training, &options).unwrap();
    fitted.validate().unwrap();
    assert_eq!(fitted.features(table, &test).unwrap().len(), test.len() * fitted.inputs());
    fitted.targets(table, &test).unwrap();
    fitted
}

#[test]
fn tables_of_every_kind() {
    let Some(folder) = folder() else { return };
    // Rows, inputs, outputs, task.
    let check = |name: &str, targets: &[&str], options, expected| {
        let table = table(&folder, name, &options).unwrap();
        let fitted = prepare(&table, &names(targets), Unseen::Zeros);
        let found = (table.rows(), fitted.inputs(), fitted.outputs(), fitted.task());
        assert_eq!(found, expected, "{name}: {}", fitted.task_reason());
    };
    let all = SourceOptions::default;
    check("iris.csv", &["species"], all(), (150, 4, 3, Task::MultiClass));
    check("breast_cancer_wisconsin.csv", &["diagnosis"], all(), (569, 30, 1, Task::Binary));
    check("winequality-red.csv", &["quality"], all(), (1599, 11, 6, Task::MultiClass));
    check("winequality-white.csv", &["quality"], all(), (4898, 11, 7, Task::MultiClass));
    check("winequality-red.csv", &["alcohol"], all(), (1599, 11, 1, Task::Regression));
    // Three of the 64 pixels are always blank.
    check("digits.csv", &["column65"], all(), (1797, 61, 10, Task::MultiClass));
    check(
        "california_housing.csv",
        &["median_house_value"],
        without(&["total_bedrooms"]),
        (20640, 12, 1, Task::Regression),
    );
    check(
        "titanic.csv",
        &["Survived"],
        without(&["PassengerId", "Name", "Ticket", "Cabin", "Age", "Embarked"]),
        (891, 6, 1, Task::Binary),
    );
    let adult = table(&folder, "adult.csv", &all()).unwrap();
    assert_eq!((adult.rows(), adult.columns().len()), (32561, 15));
    let fitted = prepare(&adult, &names(&["label"]), Unseen::Zeros);
    assert_eq!((fitted.task(), fitted.class_names().len()), (Task::Binary, 2));
    assert_eq!(fitted.class_names(), ["<=50K", ">50K"]);
    for (name, labels, rows) in [("emotions.csv", 6, 593), ("yeast.csv", 14, 2417)] {
        let table = table(&folder, name, &all()).unwrap();
        let columns = table.column_names();
        let targets = &columns[columns.len() - labels..];
        let fitted = prepare(&table, targets, Unseen::Refuse);
        assert_eq!((table.rows(), fitted.outputs()), (rows, labels), "{name}");
        assert_eq!(fitted.task(), Task::MultiLabel, "{name}");
    }
}

#[test]
fn missing_values_are_counted() {
    let Some(folder) = folder() else { return };
    // As pandas counts them, but for the marks `?` of adult.csv, which pandas must be told of.
    let missing = |name: &str| -> Vec<(String, usize)> {
        let table = table(&folder, name, &SourceOptions::default()).unwrap();
        let columns = table.columns().iter();
        let counts = columns.map(|column| (column.name.clone(), column.missing()));
        counts.filter(|(_, missing)| *missing > 0).collect()
    };
    let expected = |counts: &[(&str, usize)]| -> Vec<(String, usize)> {
        counts.iter().map(|&(name, missing)| (name.to_owned(), missing)).collect()
    };
    assert_eq!(missing("titanic.csv"), expected(&[("Age", 177), ("Cabin", 687), ("Embarked", 2)]));
    assert_eq!(missing("california_housing.csv"), expected(&[("total_bedrooms", 207)]));
    let adult = [("workclass", 1836), ("occupation", 1843), ("native-country", 583)];
    assert_eq!(missing("adult.csv"), expected(&adult));
    for name in ["iris.csv", "emotions.csv", "yeast.csv", "winequality-red.csv", "digits.csv"] {
        assert_eq!(missing(name), [], "{name}");
    }
}

/// The same collections as MULAN has them: labels are nominal `{0,1}` there.
#[test]
fn arff_gives_what_csv_gives() {
    let Some(folder) = folder() else { return };
    for name in ["emotions", "yeast"] {
        let read =
            |ending: &str| table(&folder, &format!("{name}.{ending}"), &SourceOptions::default());
        let (arff, csv) = (read("arff").unwrap(), read("csv").unwrap());
        assert_eq!((arff.rows(), arff.columns()), (csv.rows(), csv.columns()), "{name}");
    }
}

#[test]
fn what_names_rows_is_left_out() {
    let Some(folder) = folder() else { return };
    let options = without(&["Cabin", "Age", "Embarked"]);
    let titanic = table(&folder, "titanic.csv", &options).unwrap();
    let rows: Vec<usize> = (0..titanic.rows()).collect();
    let options = PrepareOptions::default();
    let fitted = Preparation::fit(&titanic, &names(&["Survived"]), &rows, &options).unwrap();
    let left_out: Vec<(&str, ColumnKind)> =
        fitted.left_out().iter().map(|it| (it.name.as_str(), it.kind)).collect();
    let expected = [
        ("PassengerId", ColumnKind::Identifier),
        ("Name", ColumnKind::Text),
        ("Ticket", ColumnKind::Identifier),
    ];
    assert_eq!(left_out, expected);
}

#[test]
fn images_with_their_own_test_set() {
    let Some(folder) = folder() else { return };
    let options = SourceOptions { data_directory: Some(folder.clone()), ..Default::default() };
    for name in ["mnist", "fashion-mnist"] {
        let data = open(name, &options).unwrap();
        let test = data.test.as_ref().unwrap();
        assert_eq!((data.table.rows(), test.rows()), (60000, 10000));
        assert_eq!(data.table.image(), Some(ImageShape { height: 28, width: 28 }));
        let targets = [data.target.unwrap()];
        let fitted = prepare(&data.table, &targets, Unseen::Refuse);
        assert_eq!((fitted.inputs(), fitted.outputs()), (784, 10));
        assert_eq!(fitted.class_names()[9], "9");
        let rows: Vec<usize> = (0..test.rows()).collect();
        let matrix = fitted.features(test, &rows).unwrap();
        let brightest = matrix.iter().copied().fold(0.0, f32::max);
        assert_eq!((matrix.len(), brightest), (7_840_000, 1.0));
    }
    // The same file by its path, its labels found by name.
    let path = folder.join("mnist/t10k-images-idx3-ubyte.gz");
    let data = open(path.to_str().unwrap(), &SourceOptions::default()).unwrap();
    assert_eq!((data.table.rows(), data.target.as_deref()), (10000, Some("label")));
    let labels = data.table.column("label").unwrap();
    let first: Vec<String> = (0..5).map(|row| labels.cell(row)).collect();
    assert_eq!(first, ["7", "2", "1", "0", "4"]);
}

#[test]
fn the_embedded_sets_are_those_of_the_folder() {
    let Some(folder) = folder() else { return };
    let all = SourceOptions::default();
    let iris = table(&folder, "iris.csv", &all).unwrap();
    assert_eq!(open("iris", &all).unwrap().table.columns(), iris.columns());
    let read = table(&folder, "digits.csv", &all).unwrap();
    let digits = open("digits", &all).unwrap().table;
    for (a, b) in digits.columns().iter().zip(read.columns()) {
        assert!((0..1797).all(|row| a.number(row) == b.number(row)), "{}", a.name);
    }
}
