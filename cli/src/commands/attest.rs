//! `plimsoll attest`.

mod predicate;

use jiff::Timestamp;
use plimsoll_attest::{Statement, StatementBuilder};
use plimsoll_model::Limits;

use self::predicate::{Predicate, read};
use super::signing::{Destination, Kind, Options, Subject, Written, list, open, report};
use crate::args::AttestArguments;
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::Ui;

/// A statement and its bytes.
struct Made {
    statement: Statement,
    bytes: Vec<u8>,
    allowed: Vec<&'static str>,
}

pub(super) fn run(arguments: &AttestArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let subjects = list(&arguments.subjects, arguments.subjects_from.as_deref())?;
    let Made { statement, bytes, allowed } = match &arguments.statement {
        Some(path) => {
            let bytes = input::bytes(path, &Limits::DEFAULT)?;
            let statement = Statement::parse(&bytes)
                .map_err(|error| Failure::failed(anyhow::Error::new(error).context(path.display().to_string())))?;
            Made { statement, bytes, allowed: Vec::new() }
        }
        None => state(read(arguments, ui)?, &subjects)?,
    };
    let only = match subjects.as_slice() {
        [only] => Some(only),
        _ => None,
    };
    let target = Destination::of(arguments.bundle.as_deref(), only, Kind::Statement(statement.predicate_type()))?;
    let options = Options { network: &arguments.network, offline };
    let mut opened = open(&arguments.signing, &options, ui)?;
    let bundle = opened.session.attest(&bytes, Timestamp::now())?;
    target.write(bundle.json())?;
    let about = statement.subjects().iter().map(|subject| (subject.name.clone(), subject.digest.clone())).collect();
    let written = Written { subjects: about, path: target.path().to_owned(), bundle, allowed };
    report("attest", arguments.format, &opened, &[written])?;
    Ok(exit::DONE)
}

/// A statement of a predicate about the subjects.
fn state(predicate: Predicate, subjects: &[Subject]) -> Result<Made, Failure> {
    let mut builder = StatementBuilder::new(predicate.uri, predicate.value);
    for subject in subjects {
        builder = builder.subject(subject.stated_name(), subject.digests()?);
    }
    let (statement, bytes) = builder.build().map_err(|error| Failure::usage(error.to_string()))?;
    Ok(Made { statement, bytes, allowed: predicate.allowed })
}
