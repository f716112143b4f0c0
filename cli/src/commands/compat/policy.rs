//! What other tools' flags ask for, in our own.
//!
//! cosign and gh search with regular expressions: one without anchors matches anywhere. Ours take all of the value, so
//! theirs are let in with anything around them, and the user is warned.

use clap::Parser;
use plimsoll_verify::{Evidence, Outcome, Pattern};

use crate::args::{Arguments, NetworkArguments, SigningArguments, VerificationArguments};
use crate::commands::expected::{self, Expected};
use crate::commands::verify::report;
use crate::failure::Failure;
use crate::output::Ui;

/// Flags of our own commands.
#[derive(Debug, Parser)]
struct Verification {
    #[command(flatten)]
    flags: VerificationArguments,
}

#[derive(Debug, Parser)]
struct Signing {
    #[command(flatten)]
    flags: SigningArguments,
}

#[derive(Debug, Parser)]
struct Network {
    #[command(flatten)]
    flags: NetworkArguments,
}

/// Flags of our own, put together.
#[derive(Debug, Default)]
pub(super) struct Flags(Vec<String>);

impl Flags {
    /// With a flag that has a value, if it was given.
    pub(super) fn value(&mut self, name: &str, value: Option<impl AsRef<str>>) {
        if let Some(value) = value {
            self.0.push(format!("--{name}={}", value.as_ref()));
        }
    }

    /// With a flag that has a path.
    pub(super) fn path(&mut self, name: &str, path: Option<&std::path::PathBuf>) -> Result<(), Failure> {
        let Some(path) = path else { return Ok(()) };
        let text = path.to_str().ok_or_else(|| Failure::usage(format!("{}: not UTF-8", path.display())))?;
        self.value(name, Some(text));
        Ok(())
    }

    /// With a switch.
    pub(super) fn switch(&mut self, name: &str, on: bool) {
        if on {
            self.0.push(format!("--{name}"));
        }
    }

    /// As words of a command line.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(super) fn expected(self, ui: &mut Ui) -> Result<Expected, Failure> {
        expected::read(&read::<Verification>(self)?.flags, ui)
    }

    pub(super) fn signing(self) -> Result<SigningArguments, Failure> {
        Ok(read::<Signing>(self)?.flags)
    }

    pub(super) fn network(self) -> Result<NetworkArguments, Failure> {
        Ok(read::<Network>(self)?.flags)
    }
}

fn read<T: Parser>(flags: Flags) -> Result<T, Failure> {
    let line = std::iter::once("plimsoll".to_owned()).chain(flags.0);
    T::try_parse_from(line).map_err(|error| Failure::usage(error.to_string()))
}

/// Runs a command of our own.
pub(super) fn own(line: &[&str], ui: &mut Ui) -> Result<u8, Failure> {
    let line = std::iter::once(&"plimsoll").chain(line);
    let arguments = Arguments::try_parse_from(line).map_err(|error| Failure::usage(error.to_string()))?;
    crate::commands::run(&arguments, ui)
}

/// An expression that is searched for, as one that takes all of the value.
pub(super) fn searched(flag: &str, regex: &str, ui: &mut Ui) -> Result<String, Failure> {
    // By itself first: what surrounds it could complete what is only half an expression.
    Pattern::regex(regex).map_err(|error| Failure::usage(error.to_string()))?;
    if !(regex.starts_with('^') && regex.ends_with('$')) {
        ui.warning(&format!(
            "--{flag} matches anywhere in the value; begin it with ^ and end it with $ to match all of it"
        ));
    }
    Ok(format!("(?s:.*)(?:{regex})(?s:.*)"))
}

/// A text that is compared without regard to case. Names of owners, repositories and refs at GitHub that differ in case
/// differ in ASCII, so that the tables of Unicode are not needed.
pub(super) fn caseless(text: &str) -> String {
    format!("(?i-u:{})", expected::regex_quoted(text))
}

/// Says why nothing is verified.
pub(super) fn refused(ui: &mut Ui, name: &str, outcome: &Outcome) {
    report::refused(ui, name, outcome);
}

/// The text that a piece of evidence was read from: a line of a file, or all of it.
pub(super) fn raw<'a>(bytes: &'a [u8], place: &str, piece: &Evidence) -> &'a [u8] {
    let number = piece.place().strip_prefix(place).and_then(|rest| rest.strip_prefix(':'));
    match number.and_then(|number| number.parse::<usize>().ok()) {
        Some(number) => bytes.split(|byte| *byte == b'\n').nth(number.saturating_sub(1)).unwrap_or_default(),
        None => bytes,
    }
}
