//! Networks that are written down with their weights.

use super::folder::Folder;

/// Hidden units AND and OR; the output is "OR and not AND".
const XOR: &str = "\
inputs = [\"x1\", \"x2\"]

[[layer]]
activation = \"threshold\"
weights = [[1, 1], [1, 1]]
biases = [-1.5, -0.5]

[[layer]]
activation = \"threshold\"
weights = [[-1, 1]]
biases = [-0.5]
";

/// One threshold unit of two inputs.
fn unit(weights: &str, bias: &str) -> String {
    format!(
        "inputs = [\"x1\", \"x2\"]\n[[layer]]\nactivation = \"threshold\"\nweights = [{weights}]\n\
         biases = [{bias}]\n"
    )
}

#[test]
fn gates_are_threshold_units() {
    let folder = Folder::new();
    folder.write("xor.toml", XOR);
    folder.write("and.toml", unit("[1, 1]", "-1.5"));
    folder.write("or.toml", unit("[1, 1]", "-0.5"));
    folder.write("and-not.toml", unit("[1, -1]", "-0.5"));
    for (gate, outputs) in [("and", "0001"), ("or", "0111"), ("and-not", "0010"), ("xor", "0110")] {
        let predicted = folder.succeed(&format!("predict {gate}.toml {gate}")).out;
        assert_eq!(predicted.replace('\n', ""), format!("y{outputs}"), "{gate}");
        let judged = folder.json(&format!("evaluate {gate}.toml {gate} --json"));
        assert_eq!(judged["accuracy"], 1.0, "{gate}: {judged}");
    }
}

#[test]
fn xor_is_two_and_nots_and_an_or_each_gate_one_neuron() {
    let folder = Folder::new();
    let text = XOR
        .replace("[[1, 1], [1, 1]]", "[[1, -1], [-1, 1]]")
        .replace("[-1.5, -0.5]", "[-0.5, -0.5]")
        .replace("[[-1, 1]]", "[[1, 1]]");
    folder.write("xor.toml", text);
    assert_eq!(folder.succeed("predict xor.toml xor").out, "y\n0\n1\n1\n0\n");
}

#[test]
fn a_written_network_becomes_a_model_file_and_comes_back() {
    let folder = Folder::new();
    folder.write("gate.toml", XOR);
    let built = folder.succeed("build gate.toml").out;
    assert!(built.starts_with("Saved 2 layers and 9 parameters to gate.safetensors."), "{built}");
    assert_eq!(folder.succeed("predict gate.safetensors xor").out, "y\n0\n1\n1\n0\n");
    let text = folder.succeed("inspect gate.safetensors --toml").out;
    folder.write("again.toml", &text);
    folder.succeed("build again.toml");
    assert_eq!(folder.read("again.safetensors"), folder.read("gate.safetensors"));
    let shown = folder.succeed("inspect gate.toml").out;
    assert!(shown.contains("No training step: ") && shown.contains("threshold"), "{shown}");
    // A trained one too, its scaling with it.
    folder.succeed("train moons --hidden 4 --epochs 2");
    folder.write("moons.toml", folder.succeed("inspect moons.safetensors --toml").out);
    let [model, written] = ["moons.safetensors", "moons.toml"]
        .map(|model| folder.succeed(&format!("predict {model} moons --proba")).out);
    assert_eq!(model, written);
}

#[test]
fn units_that_begin_at_zero_stay_equal_in_the_saved_model() {
    let folder = Folder::new();
    folder.succeed("train or --hidden 3 --activation tanh --init zeros --scale none");
    let text = folder.succeed("inspect or.safetensors --toml").out;
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("  [")).collect();
    assert_eq!(rows.len(), 3, "{text}");
    assert!(rows.iter().all(|row| *row == rows[0]), "{text}");
}

#[test]
fn what_is_wrong_in_a_network_is_pointed_at() {
    let folder = Folder::new();
    folder.write("xor.toml", XOR.replace("[[-1, 1]]", "[[-1, 1, 1]]"));
    let outcome = folder.run("predict xor.toml xor");
    assert_eq!(outcome.code, 2);
    let expected = "xor.toml: line 10, layer 2: expected 2 weights in row 1, one for each unit of \
                    layer 1, found 3";
    assert!(outcome.err.contains(expected), "{}", outcome.err);
    assert_eq!(folder.run("build nothing.toml").code, 2);
    folder.write("xor.toml", XOR);
    let outcome = folder.run("build xor.toml -o xor.toml");
    assert!(outcome.code == 2 && outcome.err.contains("written over"), "{}", outcome.err);
}
