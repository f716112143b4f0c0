//! `plimsoll`: arguments in, one library call, output out.

mod args;
mod commands;
mod exit;
mod failure;
mod input;
mod output;
mod password;
mod source;

use std::ffi::{OsStr, OsString};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Arguments;
use crate::output::Ui;

fn main() -> ExitCode {
    // A panic in an extractor is caught and becomes a diagnostic; one anywhere else is reported below.
    std::panic::set_hook(Box::new(|_| {}));
    let arguments = match Arguments::try_parse_from(line(std::env::args_os())) {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { exit::USAGE } else { exit::DONE };
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    let mut ui = Ui::new(&arguments.global);
    let outcome = catch_unwind(AssertUnwindSafe(|| commands::run(&arguments, &mut ui)));
    let code = match outcome {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => ui.failure(&failure),
        Err(_) => ui.internal_error(),
    };
    ExitCode::from(code)
}

/// The words of the command line. A program that is called `cosign` or `gh` takes that tool's commands.
fn line(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut words = words;
    let program = words.next().unwrap_or_default();
    let tool = Path::new(&program)
        .file_stem()
        .and_then(OsStr::to_str)
        .filter(|name| matches!(*name, "cosign" | "gh" | "slsa-verifier"));
    let as_tool: Vec<OsString> =
        tool.map(|tool| vec![OsString::from("compat"), OsString::from(tool)]).unwrap_or_default();
    std::iter::once(program).chain(as_tool).chain(words).collect()
}
