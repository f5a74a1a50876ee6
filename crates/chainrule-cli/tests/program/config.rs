//! Settings from a file: `--config`, `--print-config`, and every flag.

use crate::folder::Folder;

/// A table with numbers `x`, `y`, counts `n`, weights `w` and classes `kind`.
fn table(folder: &Folder) {
    let line = |row: usize| {
        let (x, y) = (row % 7, (row * 5) % 11);
        let kind = if (row * 3) % 8 < 3 { "low" } else { "high" };
        format!("{x}.5,{y},{},{},{kind}\n", (x + y) % 4, 1 + row % 3)
    };
    folder.write("t.csv", format!("x,y,n,w,kind\n{}", (0..90).map(line).collect::<String>()));
}

/// Trains with the flags, then from what `--print-config` writes for them: the models are equal, and
/// so is the file that is written from the file.
fn same_from_file(folder: &Folder, flags: &str) {
    folder.succeed(&format!("train {flags} --output flags"));
    let config = folder.succeed(&format!("train {flags} --print-config")).out;
    folder.write("run.toml", &config);
    folder.succeed("train --config run.toml --output file");
    assert!(folder.read("flags") == folder.read("file"), "{flags}\n{config}");
    let again = folder.succeed("train --config run.toml --print-config").out;
    assert_eq!(again, config, "{flags}");
}

#[test]
fn print_config_gives_the_same_model_bytes() {
    let folder = Folder::new();
    table(&folder);
    for flags in [
        "digits --epochs 2",
        "iris",
        "t.csv --target kind --epochs 3",
        "t.csv --target y --epochs 3 --hidden none --loss huber(0.5) --drop kind --scale unit",
        "t.csv --target n --task regression --loss poisson --drop kind --epochs 3 --hidden 4",
        "t.csv --target kind --drop n,w --epochs 3 --hidden 8,6 --activation elu(0.5):3+tanh:5,selu \
         --normalization batch(momentum=0.2,epsilon=0.001),layer --init orthogonal,uniform(0.2),zeros \
         --dropout 0.1,0.2 --input-dropout 0.05 --batch-size 20",
        "t.csv --target kind --epochs 3 --hidden 5,5 --skip 1:2 --label-smoothing 0.1 --l1 0.01 \
         --alpha 0.1 --clip-norm 1 --clip-value 0.5 --sample-weight w --class-weights balanced",
        "t.csv --target kind --epochs 3 --class-weights low=2,high=0.5 --schedule step(every=1,factor=0.5) \
         --warm-up 0.5 --optimizer adamw(weight_decay=0.1) --learning-rate 0.01 --momentum 0.8",
        "t.csv --target kind --optimizer lbfgs --hidden 6 --epochs 5 --no-improvement 4 --tolerance 0.001",
        "t.csv --target kind --validation 0 --epochs 2",
        "t.csv --target kind --validation 0 --optimizer lbfgs --no-improvement 3 --split-seed 4",
        "t.csv --target kind --epochs 4 --score loss --validation 0.2 --test 0.3 --patience 2 --seed 9 --threads 2 \
         --header present --delimiter , --missing ?,-9 --loss quadratic",
    ] {
        same_from_file(&folder, flags);
    }
}

#[test]
fn flags_win_over_the_file() {
    let folder = Folder::new();
    let config = "data = \"iris\"\nepochs = 3\nhidden = [8]\nseed = 4\noutput = \"a.model\"\n";
    folder.write("run.toml", config);
    folder.succeed("train --config run.toml");
    folder.succeed("train iris --epochs 3 --hidden 8 --seed 4 --output b.model");
    assert!(folder.read("a.model") == folder.read("b.model"));
    folder.succeed("train iris --config run.toml --epochs 2 --hidden none --output c.model");
    folder.succeed("train iris --epochs 2 --hidden none --seed 4 --output d.model");
    assert!(folder.read("c.model") == folder.read("d.model"));
    assert!(folder.read("a.model") != folder.read("c.model"));
    // What belongs to the file's optimiser gives way with it, and so does what a flag excludes.
    folder.write("rate.toml", "data = \"iris\"\nlearning_rate = 0.5\nepochs = 2\nbatch_size = 9\n");
    folder
        .succeed("train --config rate.toml --optimizer adam(learning_rate=0.002) --output e.model");
    folder.succeed("train iris --epochs 2 --batch-size 9 --learning-rate 0.002 --output f.model");
    assert!(folder.read("e.model") == folder.read("f.model"));
    let shown = folder.succeed("train iris --print-config").out;
    folder.write("whole.toml", format!("{shown}\njson = true\n"));
    for flags in [
        "--optimizer lbfgs --epochs 2",
        "--validation 0 --epochs 2",
        "--warm-start a.model --epochs 1",
        "--print-config",
    ] {
        folder.succeed(&format!("train --config whole.toml {flags} --output g.model"));
    }
    folder.succeed("train --config run.toml --output h.model -- iris");
    // A list is replaced, not added to.
    let shown = folder.succeed("train digits --config run.toml --print-config").out;
    assert!(shown.contains("\ndata = \"digits\"\n"), "{shown}");
    assert!(!folder.names().contains(&"digits.safetensors".to_string()), "nothing is trained");
}

#[test]
fn what_is_wrong_in_a_file_names_the_line_and_the_nearest_right_one() {
    let folder = Folder::new();
    let message = |text: &str| {
        folder.write("run.toml", text);
        let outcome = folder.run("train --config run.toml");
        assert_eq!(outcome.code, 2, "{}", outcome.err);
        outcome.err
    };
    let found = message("data = \"iris\"\n\nlearning-rate = 0.1\n");
    assert!(found.contains("run.toml, line 3: there is no key \"learning-rate\""), "{found}");
    assert!(found.contains("did you mean \"learning_rate\"?"), "{found}");
    let found = message("data = \"iris\"\nactivation = [\"relu\", \"tahn\"]\n");
    assert!(found.contains("run.toml, line 2: activation"), "{found}");
    assert!(found.contains("did you mean \"tanh\"?"), "{found}");
    let found = message("data = \"iris\"\nschedule = \"step(evry=3)\"\n");
    assert!(found.contains("line 2") && found.contains("did you mean \"every\"?"), "{found}");
    let found = message("data = \"iris\"\nalpha = \"much\"\n");
    assert!(found.contains("line 2: alpha is \"much\": expected 0 or a number"), "{found}");
    let found = message("data = \"iris\"\nepochs = \n");
    assert!(found.contains("run.toml, line 2: expected TOML"), "{found}");
    let found = message("epochs = 3\n");
    assert!(found.contains("no data are named"), "{found}");
    let outcome = folder.run("train --config absent.toml");
    assert!(outcome.code == 2 && outcome.err.contains("absent.toml: expected a configuration"));
}

/// Every key stands in what is printed, set or as a comment; none is forgotten.
#[test]
fn every_flag_of_train_has_a_key() {
    let folder = Folder::new();
    let shown = folder.succeed("train iris --print-config").out;
    let help = folder.succeed("help train").out;
    let flags: Vec<&str> = help
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("--"))
        .filter(|word| word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-'))
        .collect();
    assert!(flags.len() > 40, "{flags:?}");
    for flag in flags {
        let key = flag.replace('-', "_");
        let has_key = shown.lines().any(|line| {
            line.trim_start_matches("# ")
                .split_once('=')
                .is_some_and(|(name, _)| name.trim() == key)
        });
        let is_about_files = ["config", "print-config", "help"].contains(&flag);
        assert!(has_key != is_about_files, "{flag}");
    }
}

#[test]
fn a_warm_start_goes_on_with_the_models_own_network_and_preparation() {
    let folder = Folder::new();
    table(&folder);
    folder.succeed("train t.csv --target kind --drop n --hidden 6 --epochs 2 --output first.model");
    let flags = "train t.csv --warm-start first.model --epochs 2 --seed 3";
    let found = folder.json(&format!("{flags} --json --output second.model"));
    assert_eq!(found["task"], "binary");
    assert!(folder.read("first.model") != folder.read("second.model"));
    folder.succeed("evaluate second.model t.csv");
    let config = folder.succeed(&format!("{flags} --print-config")).out;
    folder.write("run.toml", &config);
    folder.succeed("train --config run.toml --output third.model");
    assert!(folder.read("second.model") == folder.read("third.model"), "{config}");

    // The loss and the output layer are the model's, whatever the task has usually.
    for flags in [
        "--target n --task regression --loss poisson",
        "--target y --task regression --loss huber(0.5)",
        "--target kind --loss cross_entropy",
    ] {
        folder.succeed(&format!("train t.csv {flags} --hidden 4 --epochs 2 --output a.model"));
        let again = "train t.csv --warm-start a.model --epochs 1 --output b.model";
        let shown = folder.succeed(again).out;
        let loss = flags.rsplit(' ').next().unwrap();
        assert!(shown.contains(&format!("{loss}, adam")), "{shown}");
        // The rows set aside are the same whatever the seed, so a rate that moves nothing judges alike.
        let judged = |seed: &str| {
            let flags = format!("{again} --seed {seed} --learning-rate 1e-30 --json");
            folder.json(&flags)["test"].clone()
        };
        assert_eq!(judged("1"), judged("77"), "{flags}");
    }

    let refused = |flags: &str| {
        let outcome = folder.run(&format!("train t.csv --warm-start first.model {flags}"));
        assert_eq!(outcome.code, 2, "{flags}");
        outcome.err
    };
    assert!(refused("--hidden 8").contains("cannot be used with"));
    let found = refused("--target y");
    assert!(found.contains("kind, which the model predicts"), "{found}");
}

#[test]
fn columns_with_commas_are_named_in_quotes() {
    let folder = Folder::new();
    let lines: String =
        (0..40).map(|row| format!("{},{},{}\n", row % 5, row % 3, row % 2)).collect();
    folder.write("t.csv", format!("\"a,b\",c,\"d,e\"\n{lines}"));
    let found = folder.run_words(&[
        "train", "t.csv", "--target", "\"d,e\"", "--drop", "\"a,b\"", "--epochs", "1", "--json",
    ]);
    assert_eq!(found.code, 0, "{}", found.err);
}

#[test]
fn settings_that_do_not_go_together_are_refused_with_the_remedy() {
    let folder = Folder::new();
    table(&folder);
    let refused = |flags: &str| {
        let outcome = folder.run(&format!("train t.csv {flags}"));
        assert_eq!(outcome.code, 2, "{flags}: {}", outcome.err);
        outcome.err
    };
    let found = refused("--target y --task regression --class-weights balanced");
    assert!(found.contains("the task is regression, which has no classes"), "{found}");
    let found = refused("--target kind --class-weights lo=2");
    assert!(found.contains("did you mean \"low\"?"), "{found}");
    let found = refused("--target y --task regression --sample-weight kind");
    assert!(found.contains("expected numbers of at least 0 in the column `kind`"), "{found}");
    let found = refused("--target kind --sample-weight weight");
    assert!(found.contains("there is no column `weight`"), "{found}");
    let negative = "x,n\n".to_string() + &"1,2\n2,0\n3,1\n4,-1\n".repeat(10);
    folder.write("n.csv", negative);
    let outcome = folder.run("train n.csv --target n --task regression --loss poisson");
    assert!(outcome.code == 2 && outcome.err.contains("-1 in row 4"), "{}", outcome.err);
    let found = refused("--target kind --score r2 --epochs 1");
    assert!(found.contains("since classes are predicted"), "{found}");
    let found = refused("--target kind --hidden 1 --normalization layer");
    assert!(found.contains("layer normalisation would make constant"), "{found}");
    let found = refused("--target kind --optimizer lbfgs --batch-size 10");
    assert!(found.contains("takes all training rows in each step"), "{found}");
    let found = refused("--target kind --hidden 4 --optimizer lbfgs --dropout 0.2");
    assert!(found.contains("dropout rate is 0.2"), "{found}");
    let found = refused("--target kind --hidden 4 --normalization batch --batch-size 1");
    assert!(found.contains("at least 2 rows in every batch"), "{found}");
    let found = refused("--target y --task regression --loss huber(-1)");
    assert!(found.contains("delta of huber is -1, but must be a positive number"), "{found}");
    let found = refused("--target kind --skip 5:6");
    assert!(found.contains("between layers up to 3"), "{found}");
    let found = refused("--target kind --label-smoothing 0.1 --loss quadratic");
    assert!(found.contains("only cross_entropy and binary_cross_entropy"), "{found}");
}

#[test]
fn units_that_begin_equal_are_warned_of() {
    let folder = Folder::new();
    for flags in ["--hidden 8 --init zeros", "--init zeros"] {
        let outcome = folder.succeed(&format!("train iris {flags} --epochs 2"));
        assert_eq!(outcome.err.matches("layer 1: its").count(), 1, "{}", outcome.err);
    }
    let outcome = folder.succeed("train iris --hidden 8 --init zeros --epochs 2");
    assert!(outcome.err.contains("its 8 units begin equal"), "{}", outcome.err);
}

#[test]
fn a_column_of_weights_may_be_named_among_those_left_out() {
    let folder = Folder::new();
    table(&folder);
    let flags = "train t.csv --target kind --sample-weight w --epochs 2 --hidden 4 --drop n";
    folder.succeed(&format!("{flags} --output a.model"));
    folder.succeed(&format!("{flags},w --output b.model"));
    assert!(folder.succeed("inspect a.model").out.contains("column w"));
    assert_eq!(
        folder.succeed("predict a.model t.csv").out,
        folder.succeed("predict b.model t.csv").out
    );
}
