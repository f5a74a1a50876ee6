//! Speed: chainrule and other systems on the same work in turn, so that a drift of the machine's
//! speed meets all of them alike; how the time grows with rows and parameters; the products against
//! the most that the processor can multiply; scores on real tables beside scikit-learn's; the Python
//! package beside scikit-learn.

pub(crate) mod build;
mod chart;
mod compare;
mod kernels;
mod machine;
mod measured;
mod options;
mod process;
mod python;
mod results;
mod summary;
mod svg;
mod sweep;
mod systems;
mod table;
mod tables;
mod tables_report;

use options::Options;

/// `cargo xtask bench ..`.
pub(crate) fn run(arguments: &[&str]) -> Result<(), String> {
    match arguments.split_first() {
        Some((&"sweep", rest)) => sweep::run(&Options::read(rest)?),
        Some((&"kernels", rest)) => kernels::run(&Options::read(rest)?),
        Some((&"tables", rest)) => tables::run(rest),
        Some((&"python", rest)) => python::run(rest),
        Some((&"plot", [])) => {
            summary::write()?;
            tables_report::write()
        }
        _ => compare::run(&Options::read(arguments)?),
    }
}
