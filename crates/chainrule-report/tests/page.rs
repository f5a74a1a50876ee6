//! The page against what it is of: complete, well formed, escaped, and in need of nothing else.

use chainrule::data::{Column, Dataset, SourceOptions, Table, Values, open};
use chainrule::{Model, Recipe, evaluate_table};
use chainrule_report::{Options, Report, Settings};
use roxmltree::{Document, Node, ParsingOptions};

fn dataset(columns: Vec<Column>) -> Dataset {
    Dataset { table: Table::new("made up", columns).unwrap(), test: None, target: None }
}

fn trained(data: &Dataset, targets: &[&str]) -> Model {
    let recipe = Recipe {
        targets: targets.iter().map(|it| it.to_string()).collect(),
        hidden: vec![8],
        epochs: Some(30),
        ..Recipe::default()
    };
    recipe.train(data).unwrap().model
}

fn report(model: &Model, table: &Table) -> (Report, String) {
    let options = Options {
        model: "model.safetensors".to_string(),
        data: "data.csv".to_string(),
        settings: Settings {
            command: "chainrule train data.csv --config model.toml".to_string(),
            toml: "data = \"data.csv\"\n".to_string(),
        },
        ..Options::default()
    };
    let report = Report::of(model, table, options).unwrap();
    let page = report.page(model).unwrap();
    (report, page)
}

fn parsed(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page, options).expect("the page is well formed")
}

/// The text of the section with this name.
fn section(document: &Document<'_>, id: &str) -> String {
    let node = document.descendants().find(|it| it.attribute("id") == Some(id));
    let node = node.unwrap_or_else(|| panic!("no section {id}"));
    node.descendants().filter(Node::is_text).filter_map(|it| it.text()).collect()
}

/// Nothing is fetched, run or posted; every link leads within the page, every name is its own.
fn check_alone(page: &str) {
    let document = parsed(page);
    let mut names = std::collections::HashSet::new();
    for node in document.descendants().filter(Node::is_element) {
        let tag = node.tag_name().name();
        assert!(!["script", "link", "iframe", "object", "embed", "form"].contains(&tag), "{tag}");
        for attribute in node.attributes() {
            let (key, value) = (attribute.name(), attribute.value());
            assert!(!key.starts_with("on"), "{key}");
            match key {
                "href" => assert!(value.starts_with('#') || value.starts_with("data:"), "{value}"),
                "src" | "srcset" | "action" => panic!("{key} = {value}"),
                "id" => assert!(names.insert(value.to_string()), "{value} is there twice"),
                "clip-path" => {
                    let name = value.trim_start_matches("url(#").trim_end_matches(')');
                    assert!(page.contains(&format!("id=\"{name}\"")), "{value}");
                }
                _ => {}
            }
        }
        // Where a link leads there is something.
        if let Some(place) = node.attribute("href").and_then(|it| it.strip_prefix('#')) {
            assert!(page.contains(&format!("id=\"{place}\"")), "{place}");
        }
        if tag == "svg" {
            assert!(node.attribute("aria-label").is_some_and(|label| !label.is_empty()));
        }
    }
    let spaces = [
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xhtml",
        "http://www.w3.org/1999/xlink",
    ];
    let rest = spaces.iter().fold(page.to_string(), |page, space| page.replace(space, ""));
    assert!(!rest.contains("http://") && !rest.contains("https://"));
    assert!(!page.contains("@import") && !page.replace("url(#", "").contains("url("));
}

#[test]
fn two_classes_have_every_section() {
    let data = open("moons", &SourceOptions::default()).unwrap();
    let model = trained(&data, &[]);
    let (report, page) = report(&model, &data.table);
    check_alone(&page);
    let document = parsed(&page);
    let scores = section(&document, "scores");
    let accuracy = evaluate_table(&model, &data.table).unwrap().accuracy.unwrap();
    assert_eq!(report.evaluation.accuracy, Some(accuracy));
    assert!(scores.contains("Accuracy") && scores.contains("Brier score"), "{scores}");
    assert!(section(&document, "confusion").contains("true \\ predicted"));
    for title in ["ROC curve", "Precision and recall", "Reliability"] {
        assert!(section(&document, "curves").contains(title), "{title}");
    }
    assert!(section(&document, "segments").contains("95 % interval"));
    assert!(section(&document, "importance").contains("accuracy lost"));
    assert!(section(&document, "training").contains("no history"));
    assert!(section(&document, "data").contains("target"));
    assert!(section(&document, "network").contains("8 units"));
    assert!(!section(&document, "doctor").is_empty());
    assert!(section(&document, "settings").contains("data = \"data.csv\""));
    // Of a table that does not change, neither does the page.
    assert_eq!(page, report.page(&model).unwrap());
}

#[test]
fn the_json_holds_what_the_page_shows() {
    let data = open("iris", &SourceOptions::default()).unwrap();
    let model = trained(&data, &[]);
    let (report, page) = report(&model, &data.table);
    check_alone(&page);
    let json = serde_json::to_value(&report).unwrap();
    let confusion: Vec<Vec<usize>> =
        serde_json::from_value(json["judgement"]["confusion"].clone()).unwrap();
    assert_eq!(confusion.iter().flatten().sum::<usize>(), 150);
    let document = parsed(&page);
    let cells: usize = document
        .descendants()
        .filter(|it| it.attribute("class").is_some_and(|it| it.starts_with("cell")))
        .map(|it| it.text().unwrap().parse::<usize>().unwrap())
        .sum();
    assert_eq!(cells, 150);
    let columns = json["columns"].as_array().unwrap();
    assert_eq!((columns.len(), columns[0]["role"].as_str()), (5, Some("target")));
    assert_eq!(json["segments"]["columns"].as_array().unwrap().len(), 4);
    assert_eq!(json["importance"]["columns"].as_array().unwrap().len(), 4);
    assert_eq!(json["settings"]["toml"], "data = \"data.csv\"\n");
}

#[test]
fn names_from_files_are_never_elements() {
    let hostile = "</td><script>alert(1)</script>&\"'\u{1b}\u{202e}";
    let class = "<img src=x onerror=alert(2)>";
    let rows = 80;
    let sides: Vec<&str> =
        (0..rows).map(|row| if row % 2 == 0 { class } else { "{{ 7 * 7 }}" }).collect();
    let levels: Vec<&str> = (0..rows).map(|row| ["</svg><b>", "]]>", "--><i>"][row % 3]).collect();
    let numbers: Vec<f64> = (0..rows).map(|row| (row % 2) as f64 + row as f64 / 100.0).collect();
    let data = dataset(vec![
        Column::numbers(hostile, numbers),
        Column::text("<style>*{display:none}", &levels),
        Column::text("<script>target", &sides),
    ]);
    let model = trained(&data, &["<script>target"]);
    let (_, page) = report(&model, &data.table);
    check_alone(&page);
    for tag in ["<script", "<img", "<b>", "<i>", "<style>*"] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert!(page.contains("{{ 7 * 7 }}") && !page.contains(">49<"));
    assert!(page.contains("&lt;script&gt;alert(1)"));
    assert!(!page.contains('\u{202e}') && !page.contains('\u{1b}'));
}

#[test]
fn numbers_have_residuals() {
    let x: Vec<f64> = (0..400).map(|row| f64::from(row * 37 % 400) / 40.0).collect();
    let y: Vec<f64> = x.iter().map(|x| 3.0 * x + x.sin()).collect();
    let data = dataset(vec![Column::numbers("x", x.clone()), Column::numbers("y", y.clone())]);
    let model = trained(&data, &["y"]);
    let (report, page) = report(&model, &data.table);
    check_alone(&page);
    let document = parsed(&page);
    assert_eq!(report.residuals[0].points.len(), 400);
    // By hand: the mean of what is left.
    let predictions = chainrule::predict_table(&model, &data.table).unwrap();
    let mean = y.iter().zip(&predictions.values).map(|(y, p)| y - p).sum::<f64>() / 400.0;
    assert!((report.residuals[0].summary.mean - mean).abs() < 1e-12);
    let residuals = section(&document, "residuals");
    for title in ["Predicted against true", "Residuals", "How the residuals lie"] {
        assert!(residuals.contains(title), "{title}");
    }
    assert!(!page.contains("id=\"confusion\"") && !page.contains("id=\"curves\""));
}

#[test]
fn labels_have_curves_of_each() {
    let x: Vec<f64> = (0..120).map(|row| f64::from(row * 37 % 120)).collect();
    let label =
        |limit: f64| x.iter().map(|x| f64::from(u8::from(*x > limit))).collect::<Vec<f64>>();
    let (low, high) = (label(30.0), label(80.0));
    let data = dataset(vec![
        Column::numbers("x", x),
        Column::numbers("above 30", low),
        Column::numbers("above 80", high),
    ]);
    let model = trained(&data, &["above 30", "above 80"]);
    let (_, page) = report(&model, &data.table);
    check_alone(&page);
    let document = parsed(&page);
    assert!(section(&document, "scores").contains("Hamming loss"));
    let curves = section(&document, "curves");
    assert!(curves.contains("above 30") && curves.contains("above 80"));
}

#[test]
fn one_row_and_one_class_are_pages_too() {
    let data = open("iris", &SourceOptions::default()).unwrap();
    let model = trained(&data, &[]);
    let one = |column: &Column| Column::text(column.name.clone(), &[column.cell(0)]);
    let number =
        |column: &Column| Column::numbers(column.name.clone(), vec![column.number(0).unwrap()]);
    let of = |column: &Column| match column.values {
        Values::Text { .. } => one(column),
        _ => number(column),
    };
    let names = data.table.column_names();
    let columns = names.iter().map(|name| of(data.table.column(name).unwrap())).collect();
    let table = Table::new("one row", columns).unwrap();
    let (report, page) = report(&model, &table);
    check_alone(&page);
    assert_eq!(report.rows, 1);
    assert!(report.importance.is_none() && page.contains("fewer than 50 rows"));
    assert!(page.contains("not defined"), "a class without rows has no area");
}

#[test]
fn many_classes_and_long_names_stay_readable() {
    let rows = 600;
    let name =
        |class: usize| format!("class number {class} with a name that goes on and on {class}");
    let classes: Vec<String> = (0..rows).map(|row| name(row % 20)).collect();
    let x: Vec<f64> = (0..rows).map(|row| (row % 20) as f64 + (row / 20) as f64 / 100.0).collect();
    let data = dataset(vec![Column::numbers("x", x), Column::text("class", &classes)]);
    let (_, page) = report(&trained(&data, &["class"]), &data.table);
    check_alone(&page);
    assert!(page.contains("Most often confused"));
    assert!(page.contains("Drawn are the 8 of 20"));
}

#[test]
fn thirty_thousand_rows_make_a_page_of_less_than_a_megabyte() {
    let rows = 30_000;
    let column = |index: usize| {
        let numbers = (0..rows).map(|row| ((row * (37 + index)) % 1009) as f64 / 7.0).collect();
        Column::numbers(format!("column {index}"), numbers)
    };
    let mut columns: Vec<Column> = (0..8).map(column).collect();
    let y = (0..rows).map(|row| ((row * 37) % 1009) as f64 + ((row * 11) % 97) as f64).collect();
    columns.push(Column::numbers("y", y));
    let data = dataset(columns);
    let recipe = Recipe {
        targets: vec!["y".to_string()],
        hidden: vec![4],
        epochs: Some(1),
        ..Recipe::default()
    };
    let (_, page) = report(&recipe.train(&data).unwrap().model, &data.table);
    check_alone(&page);
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    assert!(page.contains("1200 of 30\u{202f}000 rows"));
}
