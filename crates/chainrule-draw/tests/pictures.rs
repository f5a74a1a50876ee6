//! Pictures against what they are of: places, colours, sizes, bytes.

use chainrule::data::{Column, Dataset, Table};
use chainrule::{Recipe, Trained};
use chainrule_draw::{Choice, Color, Look, Picture, Theme, boundaries, boundary, weights};
use resvg::tiny_skia::Pixmap;

fn dataset(columns: Vec<Column>) -> Dataset {
    Dataset { table: Table::new("made up", columns).unwrap(), test: None, target: None }
}

/// Points on both sides of x + 2 y = 25, in units far from 0 to 1.
fn sides() -> Dataset {
    let x: Vec<f64> = (0..60).map(|row| f64::from(row * 37 % 60) / 3.0).collect();
    let y: Vec<f64> = (0..60).map(|row| f64::from(row * 19 % 60) / 4.0).collect();
    let side: Vec<&str> =
        x.iter().zip(&y).map(|(x, y)| if x + 2.0 * y > 25.0 { "above" } else { "below" }).collect();
    dataset(vec![Column::numbers("x", x), Column::numbers("y", y), Column::text("side", &side)])
}

fn train(data: &Dataset, hidden: Vec<usize>, target: &str) -> Trained {
    Recipe {
        hidden,
        targets: vec![target.to_string()],
        epochs: Some(150),
        test: 0.1,
        ..Recipe::default()
    }
    .train(data)
    .unwrap()
}

fn draw(trained: &Trained, data: &Dataset, look: &Look) -> Picture {
    boundary(&trained.model, &data.table, "a title", &Choice::default(), look).unwrap()
}

/// The numbers of an attribute of all elements that begin so.
fn attributes(picture: &Picture, element: &str, name: &str) -> Vec<f64> {
    let key = format!(" {name}=\"");
    let lines = picture.svg().lines().filter(|line| line.starts_with(element));
    lines
        .map(|line| {
            let rest = &line[line.find(&key).unwrap() + key.len()..];
            rest[..rest.find('"').unwrap()].parse().unwrap()
        })
        .collect()
}

/// The picture's places of the points of the data, in the order of the rows.
fn circles(picture: &Picture) -> Vec<(f64, f64)> {
    let xs = attributes(picture, "<circle", "cx");
    let ys = attributes(picture, "<circle", "cy");
    let radii = attributes(picture, "<circle", "r");
    let points = xs.into_iter().zip(ys).zip(radii);
    points.filter(|(_, radius)| *radius == 3.6).map(|(place, _)| place).collect()
}

fn pixel(pixels: &Pixmap, (x, y): (f64, f64)) -> Color {
    let found = pixels.pixel(x as u32, y as u32).unwrap();
    Color(found.red(), found.green(), found.blue())
}

fn decoded(picture: &Picture, scale: f64) -> Pixmap {
    Pixmap::decode_png(&picture.png(scale).unwrap()).unwrap()
}

#[test]
fn the_boundary_of_a_line_lies_on_it() {
    let data = sides();
    let trained = train(&data, vec![], "side");
    let picture = draw(&trained, &data, &Look::default());
    // From pixels to the file's units, by two rows of the data.
    let places = circles(&picture);
    let number = |column: &str, row: usize| data.table.column(column).unwrap().number(row).unwrap();
    let (first, second) = (places[0], places[1]);
    let unit = |place: f64, column: &str, one: f64, two: f64| {
        let (a, b) = (number(column, 0), number(column, 1));
        a + (b - a) * (place - one) / (two - one)
    };
    // The line of the model's own weights: w . (x - offset) factor + b = 0.
    let model = &trained.model;
    let (weights, bias) = (model.weights(0), f64::from(model.biases(0)[0]));
    let logit = |x: f64, y: f64| {
        let columns = model.preparation.as_ref().unwrap().columns();
        let terms = columns.iter().zip([x, y]).zip(weights.column(0).to_vec());
        bias + terms
            .map(|((column, value), weight)| {
                let (offset, factor) = column.scalings()[0];
                (value - offset) * factor * f64::from(weight)
            })
            .sum::<f64>()
    };
    let at =
        |x: f64, y: f64| logit(unit(x, "x", first.0, second.0), unit(y, "y", first.1, second.1));
    let path = picture.svg().lines().find(|line| line.starts_with("<path")).unwrap();
    let path = path.split('"').nth(1).unwrap();
    let points: Vec<f64> = path
        .split(['M', 'L', ' '])
        .filter(|it| !it.is_empty())
        .map(|it| it.parse().unwrap())
        .collect();
    assert!(points.len() > 100, "{path}");
    // How much the logit changes over a pixel, across the line.
    let steep = (at(301.0, 200.0) - at(300.0, 200.0)).hypot(at(300.0, 201.0) - at(300.0, 200.0));
    for point in points.chunks_exact(2) {
        let away = (at(point[0], point[1]) / steep).abs();
        assert!(away < 0.5, "{point:?} is {away} pixels from the line");
    }
    // On both sides of it the pixels have the colours of the classes.
    let (pixels, theme) = (decoded(&picture, 1.0), Theme::LIGHT);
    let nearer = |color: Color, class: usize| {
        let apart = |one: Color, two: Color| {
            let part = |one: u8, two: u8| (f64::from(one) - f64::from(two)).powi(2);
            part(one.0, two.0) + part(one.1, two.1) + part(one.2, two.2)
        };
        let pale = |class| theme.background.mix(theme.category(class), 0.3);
        apart(color, pale(class)) < apart(color, pale(1 - class))
    };
    let mut seen = [0, 0];
    for x in (90..580).step_by(35) {
        for y in (60..460).step_by(35) {
            let place = (f64::from(x), f64::from(y));
            let is_free = |it: &(f64, f64)| (it.0 - place.0).hypot(it.1 - place.1) > 9.0;
            let value = at(place.0, place.1);
            if places.iter().all(is_free) && value.abs() > 4.0 * steep {
                let class = usize::from(value > 0.0);
                assert!(nearer(pixel(&pixels, place), class), "at {place:?}, class {class}");
                seen[class] += 1;
            }
        }
    }
    assert!(seen[0] > 10 && seen[1] > 10, "{seen:?}");
}

#[test]
fn opposite_corners_of_exclusive_or_have_the_same_colour() {
    let corner = |row: usize, bit: usize| ((row >> bit) & 1) as f64 + 0.02 * (row % 7) as f64;
    let column = |bit| (0..80).map(|row| corner(row, bit)).collect();
    let kind: Vec<&str> =
        (0..80).map(|row| if (row ^ (row >> 1)) & 1 == 1 { "one" } else { "none" }).collect();
    let data = dataset(vec![
        Column::numbers("a", column(0)),
        Column::numbers("b", column(1)),
        Column::text("kind", &kind),
    ]);
    let trained = train(&data, vec![16, 16], "kind");
    let picture = draw(&trained, &data, &Look::default());
    let pixels = decoded(&picture, 1.0);
    let (left, right, top, bottom) = (80.0, 588.0, 50.0, 468.0);
    let blueness = |place| {
        let Color(red, _, blue) = pixel(&pixels, place);
        i32::from(blue) - i32::from(red)
    };
    // "none" is the first class, blue; "one" the second, orange.
    for (place, is_blue) in [
        ((left, bottom), true),
        ((right, top), true),
        ((left, top), false),
        ((right, bottom), false),
    ] {
        assert_eq!(blueness(place) > 0, is_blue, "{place:?}");
    }
}

#[test]
fn all_points_lie_within_the_axes_and_wrong_ones_have_rings() {
    let data = sides();
    let trained = train(&data, vec![], "side");
    let picture = draw(&trained, &data, &Look::default());
    let places = circles(&picture);
    assert_eq!(places.len(), 60);
    for (x, y) in places {
        assert!((76.0..=592.0).contains(&x) && (44.0..=474.0).contains(&y), "{x}, {y}");
    }
    let predictions = chainrule::predict_table(&trained.model, &data.table).unwrap();
    let side = data.table.column("side").unwrap();
    let wrong = (0..60).filter(|row| predictions.line(*row, false)[0] != side.cell(*row)).count();
    let rings = attributes(&picture, "<circle", "r").iter().filter(|it| **it > 6.1).count();
    assert_eq!(rings, wrong);
}

#[test]
fn other_columns_are_held_at_their_medians_and_that_is_said() {
    let numbers: Vec<f64> = (0..40).map(f64::from).collect();
    let third: Vec<f64> = numbers.iter().map(|it| (it * it) % 11.0).collect();
    let mut sorted = third.clone();
    sorted.sort_by(f64::total_cmp);
    let median = (sorted[19] + sorted[20]) / 2.0;
    let color: Vec<&str> = (0..40).map(|row| if row % 3 == 0 { "red" } else { "green" }).collect();
    let value = numbers.iter().map(|it| it * 3.0 + 1.0).collect();
    let data = dataset(vec![
        Column::numbers("a", numbers.clone()),
        Column::numbers("b<&>", numbers.iter().rev().copied().collect()),
        Column::numbers("c", third),
        Column::text("color", &color),
        Column::numbers("value", value),
    ]);
    let trained = train(&data, vec![4], "value");
    let picture = draw(&trained, &data, &Look::default());
    let said = format!("c = {median}, color = green (most frequent)");
    assert!(picture.svg().contains(&said), "{said}");
    assert!(picture.svg().contains(">b&lt;&amp;&gt;</text>") && !picture.svg().contains("b<&"));
    let choice = Choice { x: Some("c".into()), y: Some("a".into()), label: None };
    let other = boundary(&trained.model, &data.table, "", &choice, &Look::default()).unwrap();
    assert!(other.svg().contains("b&lt;&amp;&gt; = 19.5"));
    for (x, expected) in [("color", "of categories"), ("cc", "did you mean \"c\"?"), ("a", "both")]
    {
        let choice = Choice { x: Some(x.into()), y: Some("a".into()), label: None };
        let refused = boundary(&trained.model, &data.table, "", &choice, &Look::default());
        let message = refused.unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn equal_input_gives_equal_bytes_and_themes_differ() {
    let data = sides();
    let trained = train(&data, vec![], "side");
    let light = Look { width: Some(420), height: Some(300), ..Look::default() };
    let dark = Look { theme: Theme::DARK, ..light.clone() };
    let (one, two) = (draw(&trained, &data, &light), draw(&trained, &data, &light));
    assert_eq!(one.svg(), two.svg());
    assert_eq!(one.png(1.0).unwrap(), two.png(1.0).unwrap());
    let corner = |look| pixel(&decoded(&draw(&trained, &data, look), 1.0), (2.0, 2.0));
    assert_eq!(corner(&light), Theme::LIGHT.background);
    assert_eq!(corner(&dark), Theme::DARK.background);
    for scale in [0.5, 1.0, 2.0] {
        let pixels = decoded(&one, scale);
        let expected = ((420.0 * scale) as u32, (300.0 * scale) as u32);
        assert_eq!((pixels.width(), pixels.height()), expected);
    }
    assert!(one.png(1e9).unwrap_err().to_string().contains("16384"));
    assert!(one.png(0.0).is_err() && one.png(f64::NAN).is_err());
    let tiny = Look { width: Some(20), ..light };
    let refused = boundary(&trained.model, &data.table, "", &Choice::default(), &tiny);
    assert!(refused.unwrap_err().to_string().contains("200 to 8192"));
}

#[test]
fn a_row_has_a_picture_for_each_model_with_its_name() {
    let data = sides();
    let trained = train(&data, vec![], "side");
    let models =
        [("alpha 0".to_string(), &trained.model), ("alpha <1>".to_string(), &trained.model)];
    let look = Look::default();
    let picture = boundaries(&models, &data.table, "", &Choice::default(), &look).unwrap();
    assert_eq!(circles(&picture).len(), 120);
    assert!(picture.svg().contains("alpha 0<") && picture.svg().contains("alpha &lt;1&gt;"));
    assert!(boundaries(&[], &data.table, "", &Choice::default(), &look).is_err());
}

#[test]
fn the_largest_weight_has_the_end_of_the_scale() {
    let data = sides();
    let trained = train(&data, vec![3], "side");
    let picture = weights(&trained.model, "", 36, &Look::default()).unwrap();
    let found = trained.model.weights(0);
    let most = found.iter().fold(0.0_f32, |most, it| most.max(it.abs()));
    let end = if found.iter().any(|it| *it == most) { 2 } else { 0 };
    let pixels = decoded(&picture, 1.0);
    let theme = Theme::LIGHT;
    let wanted = theme.diverging[end];
    let has = |color: Color| {
        pixels.pixels().iter().filter(|it| Color(it.red(), it.green(), it.blue()) == color).count()
    };
    // A cell of the heat map, besides the row of the bar of colours.
    assert!(has(wanted) > 200, "{}", has(wanted));
    for name in [">x</text>", ">y</text>", ">unit</text>"] {
        assert!(picture.svg().contains(name), "{name}");
    }
}
