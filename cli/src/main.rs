//! `plimsoll`: arguments in, one library call, output out.

mod args;
mod commands;
mod exit;
mod failure;
mod input;
mod output;
mod password;
mod source;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Arguments;
use crate::output::Ui;

fn main() -> ExitCode {
    // A panic in an extractor is caught and becomes a diagnostic; one anywhere else is reported below.
    std::panic::set_hook(Box::new(|_| {}));
    let arguments = match Arguments::try_parse() {
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
