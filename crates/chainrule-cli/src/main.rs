//! The program `chainrule`.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    chainrule_cli::main()
}
