//! One row through a model, layer by layer and back.

use super::trace::Arguments;
use crate::failure::Failure;
use std::path::Path;
use std::process::ExitCode;

pub(super) fn run(_arguments: &Arguments, _path: &Path) -> Result<ExitCode, Failure> {
    Err(Failure::input("not yet"))
}
