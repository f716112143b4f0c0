//! `plimsoll attest`.

mod predicate;
mod scan;

use jiff::Timestamp;
use plimsoll_attest::{Statement, StatementBuilder};
use plimsoll_model::Limits;
use plimsoll_registry::CosignTag;

use self::predicate::{Predicate, read};
use self::scan::scan;
use super::sign::images_only;
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
    let options = Options { network: &arguments.network, offline, cosign_layout: arguments.cosign_layout };
    let subjects = list(&arguments.subjects, arguments.subjects_from.as_deref(), &options, ui)?;
    if arguments.cosign_layout {
        images_only(&subjects)?;
    }
    let Made { statement, bytes, allowed } = match &arguments.statement {
        Some(path) => {
            let bytes = input::bytes(path, &Limits::DEFAULT)?;
            let statement = Statement::parse(&bytes)
                .map_err(|error| Failure::failed(anyhow::Error::new(error).context(path.display().to_string())))?;
            Made { statement, bytes, allowed: Vec::new() }
        }
        None if arguments.scan => state(scan(arguments, &subjects, offline, ui)?, &subjects)?,
        None => state(read(arguments, ui)?, &subjects)?,
    };
    let only = match subjects.as_slice() {
        [only] => Some(only),
        _ => None,
    };
    let target = Destination::of(arguments.bundle.as_deref(), only, Kind::Statement(statement.predicate_type()))?;
    let mut opened = open(&arguments.signing, &options, ui)?;
    let bundle = opened.session.attest(&bytes, Timestamp::now())?;
    let layer = arguments.cosign_layout.then(|| opened.session.attestation_layer(&bundle, Timestamp::now()));
    let layer = layer.transpose()?;
    if let Some(target) = &target {
        target.write(bundle.json())?;
    }
    let mut attached = Vec::new();
    for image in subjects.iter().filter_map(Subject::image) {
        attached.push(image.attach(bundle.json(), statement.predicate_type(), ui)?);
        if let Some(layer) = &layer {
            attached.push(image.attach_layer(CosignTag::Attestation, layer.clone(), ui)?);
        }
    }
    let about = statement.subjects().iter().map(|subject| (subject.name.clone(), subject.digest.clone())).collect();
    let written =
        Written { subjects: about, path: target.map(|target| target.path().to_owned()), attached, bundle, allowed };
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
