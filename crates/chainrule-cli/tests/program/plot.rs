//! `chainrule plot`: pictures of models and of how they learned.

use crate::folder::Folder;

/// A folder with a table and a model of its two columns of numbers.
fn trained() -> Folder {
    let folder = Folder::new();
    folder.write_table("table.csv", 60);
    folder.succeed("train table.csv --target kind --hidden 6 --epochs 5");
    folder
}

#[test]
fn every_picture_is_written_where_it_says() {
    let folder = trained();
    for (arguments, file) in [
        ("boundary table.safetensors table.csv", "table.boundary.svg"),
        ("boundary table.safetensors table.csv -o b.png --theme dark", "b.png"),
        ("loss table.safetensors --log", "table.loss.svg"),
        ("weights table.safetensors", "table.weights.svg"),
        ("activations relu,elu(0.5)", "activations.svg"),
        (
            "boundaries table.csv --target kind --alphas 0,0.1 --hidden 4 --epochs 3",
            "table.boundaries.svg",
        ),
    ] {
        let outcome = folder.succeed(&format!("plot {arguments}"));
        assert!(outcome.out.contains(&format!("Picture in {file} (")), "{}", outcome.out);
        let start = if file.ends_with("png") { &b"\x89PNG"[..] } else { &b"<svg"[..] };
        let first = folder.read(file);
        assert!(first.starts_with(start), "{file}");
        folder.succeed(&format!("plot {arguments}"));
        assert_eq!(folder.read(file), first, "{arguments} twice");
    }
}

#[test]
fn the_loss_has_a_point_for_each_epoch() {
    let folder = trained();
    folder.succeed("plot loss table.safetensors");
    let svg = String::from_utf8(folder.read("table.loss.svg")).unwrap();
    let curves = svg.lines().filter(|it| it.starts_with("<polyline") && it.contains("width=\"2\""));
    let points: Vec<usize> =
        curves.map(|it| it.split('"').nth(1).unwrap().split(' ').count()).collect();
    assert_eq!(points, [5, 5, 5]);
}

#[test]
fn a_png_has_the_size_that_is_asked_for() {
    let folder = trained();
    folder.succeed("plot weights table.safetensors -o w.png --width 500 --height 300 --scale 1.5");
    let png = folder.read("w.png");
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((side(16), side(20)), (750, 450));
}

#[test]
fn bad_input_is_said_and_nothing_is_lost() {
    let folder = trained();
    folder.write("one.csv", "a,kind\n".to_string() + &"3,x\n4,y\n".repeat(20));
    folder.succeed("train one.csv --target kind --hidden 2 --epochs 1");
    folder.write("notes.svg", "my own notes");
    let model = folder.read("table.safetensors");
    std::fs::remove_file(folder.path("one.history.jsonl")).unwrap();
    for (arguments, parts) in [
        ("loss one.safetensors", &["one.history.jsonl", "--history"][..]),
        ("boundary one.safetensors one.csv", &["two columns of numbers", "\"a\""]),
        ("boundary table.safetensors table.csv --x aa", &["\"aa\"", "did you mean \"a\"?"]),
        ("boundary table.safetensors table.csv --x a --y a", &["both directions"]),
        ("boundary table.safetensors missing.csv", &["missing.csv"]),
        ("weights missing.safetensors", &["missing.safetensors", "check the path"]),
        ("weights table.safetensors -o picture.gif", &["picture.gif", ".svg or .png"]),
        ("weights table.safetensors -o table.safetensors", &[".svg or .png"]),
        ("weights table.safetensors -o notes.svg", &["notes.svg", "not a picture"]),
        ("weights table.safetensors --width 3", &["--width", "200 to 8192"]),
        ("weights table.safetensors -o w.png --scale 1000", &["16384"]),
        ("activations rleu", &["did you mean \"relu\"?"]),
        ("activations softmax", &["softmax", "whole row"]),
        ("loss table.safetensors --history table.csv", &["table.csv: line 1", "an epoch"]),
        ("boundaries table.csv --target kind --alphas -1", &["--alphas", "-1"]),
    ] {
        let outcome = folder.run(&format!("plot {arguments}"));
        assert_eq!(outcome.code, 2, "{arguments}: {}{}", outcome.out, outcome.err);
        for part in parts {
            assert!(outcome.err.contains(part), "{part:?} is not in\n{}", outcome.err);
        }
    }
    assert_eq!(folder.read("table.safetensors"), model);
    assert_eq!(folder.read("notes.svg"), b"my own notes");
}
