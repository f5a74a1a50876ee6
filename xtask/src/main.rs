//! Tasks of the project. `cargo xtask test` is everything that must hold; `cargo xtask bench`
//! measures against other systems; `cargo xtask fuzz` feeds the readers what nobody would write; `cargo
//! xtask neon`, `miri` and `sanitize` test the unsafe code where the plain tests cannot see.

mod bench;
mod coverage;
mod folders;
mod fuzz;
mod instructions;
mod memory;
mod neon;
mod python;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
usage:
  cargo xtask test [--require-all]   format, lints, documentation, unit, integration and doc tests;
                                     what needs a data folder (CHAINRULE_DATA) is skipped without
                                     one, or with --require-all fails
  cargo xtask bench [W1 .. W7] [--against sklearn,torch,jax,candle,burn] [--threads N | --defaults]
                    [--instruction-set S] [--rounds N] [--limit SECONDS] [--json]
                                     chainrule and what is installed of the others, interleaved
                                     (Python from CHAINRULE_PYTHON, else python3); see
                                     benches/README.md
  cargo xtask bench sweep            seconds of an epoch over parameters and over rows
  cargo xtask bench kernels          products against the processor's peak
  cargo xtask bench tables [NAME ..] [--rounds N] [--threads N] [--limit SECONDS]
                                     scores and seconds on whole tables of CHAINRULE_DATA, five folds,
                                     beside scikit-learn (from CHAINRULE_PYTHON): iris, breast, digits,
                                     titanic, red, white, emotions, yeast, california, adult; the last
                                     takes scikit-learn a quarter of an hour
  cargo xtask bench python [MEASURE ..] [--rounds N] [--threads N]
                                     the Python package's estimators beside scikit-learn's, in turn
                                     (see benches/python/compare.py)
  cargo xtask bench plot             tables and pictures anew from benches/results
  cargo xtask fuzz [TARGET ..] [--seconds N]
                                     the readers on made-up input, 300 s each; a target is a file in
                                     fuzz/fuzz_targets (needs a C++ compiler)
  cargo xtask instructions [--record]
                                     instructions of a small and a middle training step, compared
                                     with benches/instructions.json (needs valgrind)
  cargo xtask python [-- ARGUMENTS]  the Python package: its wheel, installed beside what its tests
                                     need (made in target/python by CHAINRULE_PYTHON, else python3;
                                     the first time over the network), and pytest, with ARGUMENTS
  cargo xtask neon                   the code for 64-bit Arm under an emulator (needs rustup's target
                                     aarch64-unknown-linux-gnu, a linker for it and qemu-user)
  cargo xtask miri                   the unsafe code under Miri (needs nightly Rust)
  cargo xtask sanitize               the same under the address and thread sanitizers (needs nightly
                                     Rust); these three skip what they lack the tools for";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.split_first() {
        Some((&"test", [])) => test::run(false),
        Some((&"test", ["--require-all"])) => test::run(true),
        Some((&"bench", rest)) => bench::run(rest),
        Some((&"fuzz", rest)) => fuzz::run(rest),
        Some((&"python", rest)) => python::run(rest),
        Some((&"neon", [])) => neon::run(),
        Some((&"miri", [])) => memory::miri(),
        Some((&"sanitize", [])) => memory::sanitize(),
        Some((&"instructions", rest)) if rest.is_empty() || rest == ["--record"] => {
            match instructions::run(!rest.is_empty()) {
                Ok(Some(why)) => Err(why),
                other => other.map(|_| ()),
            }
        }
        _ => Err(USAGE.to_string()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
