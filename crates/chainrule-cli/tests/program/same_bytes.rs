//! Equal settings give equal model files, on any number of threads and with any kernel.

use crate::folder::Folder;

const RUN: &str = "train digits --hidden 40,24 --dropout 0.3 --batch-size 300 --epochs 2 --json";

#[test]
fn threads_and_kernels_leave_no_trace() {
    let folder = Folder::new();
    folder.succeed(RUN);
    let expected = folder.read("digits.safetensors");
    let kernels = ["scalar", "neon", "avx2", "avx512"];
    let available = |kernel: &&str| chainrule::math::InstructionSet::named(kernel).is_some();
    for kernel in kernels.into_iter().filter(available) {
        for threads in [1, 2, 3, 7] {
            let options = format!("--threads {threads} --kernel {kernel} --output forced");
            let found = folder.json(&format!("{RUN} {options}"));
            assert_eq!(found["threads_used"], threads);
            assert_eq!(found["kernel"], kernel);
            assert!(folder.read("forced") == expected, "{options}");
        }
    }
}

#[test]
fn a_run_can_be_repeated() {
    let folder = Folder::new();
    let command = "train iris --epochs 4 --hidden 8";
    folder.succeed(command);
    let first = folder.read("iris.safetensors");
    folder.succeed(command);
    assert!(folder.read("iris.safetensors") == first);
    folder.succeed(&format!("{command} --seed 2"));
    assert!(folder.read("iris.safetensors") != first);
}
