//! `plimsoll vex`: one file a subcommand.

mod add;
mod check;
mod convert;
pub(super) mod local;
mod merge;
mod show;

use std::path::Path;

use jiff::Timestamp;
use plimsoll_advisory::vex::{OutputFormat, VexDocument, VexError, read, write};
use plimsoll_model::Limits;
use plimsoll_verify::read_evidence;

use super::vex_evidence;
use crate::args::{VexCommand, VexOutput};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui};

pub(super) fn run(command: &VexCommand, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        VexCommand::Add(arguments) => add::run(arguments, ui),
        VexCommand::Show(arguments) => show::run(arguments, ui),
        VexCommand::Check(arguments) => check::run(arguments, ui),
        VexCommand::Convert(arguments) => convert::run(arguments, ui),
        VexCommand::Merge(arguments) => merge::run(arguments, ui),
    }
}

/// A document that the command line names, and whether it was within something signed, which nobody has verified here.
pub(super) fn open(path: &Path, limits: &Limits) -> Result<(VexDocument, bool), Failure> {
    let bytes = input::bytes(path, limits)?;
    let name = path.display().to_string();
    match read(&bytes, limits) {
        Ok(document) => Ok((document, false)),
        Err(VexError::Unknown) => match enveloped(&bytes, &name, limits) {
            Some(document) => Ok((document, true)),
            None => Err(unreadable(&name, VexError::Unknown)),
        },
        Err(error) => Err(unreadable(&name, error)),
    }
}

fn unreadable(name: &str, error: VexError) -> Failure {
    Failure::failed(anyhow::Error::new(error).context(format!("cannot read {name}")))
}

/// The document in the first envelope or bundle that holds one.
fn enveloped(bytes: &[u8], name: &str, limits: &Limits) -> Option<VexDocument> {
    let pieces = read_evidence(bytes, name).ok()?;
    pieces.iter().find_map(|piece| vex_evidence::document(&piece.unverified_statement()?, limits))
}

/// `--timestamp`, else `SOURCE_DATE_EPOCH`, else now: statements without a time never replace others.
fn time(output: &VexOutput) -> Result<Timestamp, Failure> {
    let time = super::time::timestamp(output.timestamp.as_deref())?;
    Ok(time.and_then(|time| time.as_str().parse().ok()).unwrap_or_else(Timestamp::now))
}

/// Gives a document the author and name of the command line.
fn describe(document: &mut VexDocument, output: &VexOutput) {
    if let Some(author) = &output.author {
        document.author = Some(author.as_str().into());
    }
    if let Some(id) = &output.id {
        document.id = Some(id.as_str().into());
    }
}

/// Writes a document and tells what it lost; gives the exit status.
fn put(
    document: &VexDocument,
    output: &VexOutput,
    time: Timestamp,
    accept_loss: bool,
    ui: &mut Ui,
) -> Result<u8, Failure> {
    let (format, target) = match &output.output {
        Some(chosen) => (chosen.format, chosen.target.clone()),
        None => (OutputFormat::OpenVex, Target::Stdout),
    };
    let written = write(document, format, time);
    for loss in &written.losses {
        if loss.is_grave { ui.warning(&loss.to_string()) } else { ui.status(&loss.to_string()) }
    }
    target.write(|out| crate::output::write_json(out, &written.document).map_err(Failure::from))?;
    let grave = written.losses.iter().any(|loss| loss.is_grave);
    Ok(if grave && !accept_loss { exit::INCOMPLETE } else { exit::DONE })
}

/// Tells the faults of a document that is used all the same.
pub(super) fn warn(path: &Path, document: &VexDocument, ui: &mut Ui) {
    for fault in &document.faults {
        ui.warning(&format!(
            "{}:{} {fault}",
            path.display(),
            fault.line.map(|line| format!("{line}:")).unwrap_or_default()
        ));
    }
}
