//! `plimsoll attest`.

mod predicate;
mod scan;

use jiff::Timestamp;
use plimsoll_attest::{PROVENANCE_V1, Statement, StatementBuilder};
use plimsoll_model::Limits;
use plimsoll_provenance::generate::Artifact;
use plimsoll_registry::CosignTag;
use plimsoll_sign::SignedBundle;

use self::predicate::{Predicate, read};
use self::scan::scan;
use super::provenance::generate as provenance;
use super::sign::images_only;
use super::signing::{Attached, Destination, Kind, Opened, Options, Subject, Written, list, open, report};
use crate::args::{AttestArguments, BuildFacts};
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
    check_flags(arguments, &subjects)?;
    let made = match &arguments.statement {
        Some(path) => {
            let bytes = input::bytes(path, &Limits::DEFAULT)?;
            let statement = Statement::parse(&bytes)
                .map_err(|error| Failure::failed(anyhow::Error::new(error).context(path.display().to_string())))?;
            Some(Made { statement, bytes, allowed: Vec::new() })
        }
        None if arguments.scan => Some(state(scan(arguments, &subjects, offline, ui)?, &subjects)?),
        None if arguments.provenance && arguments.sbom.is_none() => None,
        None => Some(state(read(arguments, ui)?, &subjects)?),
    };
    let build = arguments.provenance.then(|| build(&arguments.build, &subjects)).transpose()?;
    let only = match subjects.as_slice() {
        [only] => Some(only),
        _ => None,
    };
    let predicate_type = made.as_ref().map_or(PROVENANCE_V1, |made| made.statement.predicate_type()).to_owned();
    let target = Destination::of(arguments.bundle.as_deref(), only, Kind::Statement(&predicate_type))?;
    let mut opened = open(&arguments.signing, &options, ui)?;
    let mut signed = Vec::new();
    if let Some((about, variables)) = build {
        let made = provenance::sign(&mut opened, about, &arguments.build, &arguments.signing, &variables)?;
        ui.status(&made.generated.summary());
        signed.push((made.generated.statement().clone(), made.bundle, Vec::new()));
    }
    if let Some(made) = made {
        let bundle = opened.session.attest(&made.bytes, Timestamp::now())?;
        signed.insert(0, (made.statement, bundle, made.allowed));
    }
    let mut all = Vec::new();
    for (statement, bundle, allowed) in signed {
        if let Some(target) = &target {
            target.write(bundle.json())?;
        }
        let attached = attach(arguments, &opened, &subjects, &statement, &bundle, ui)?;
        let about = statement.subjects().iter().map(|subject| (subject.name.clone(), subject.digest.clone())).collect();
        let path = target.as_ref().map(|target| target.path().to_owned());
        all.push(Written { subjects: about, path, attached, bundle, allowed });
    }
    report("attest", arguments.format, &opened, &all)?;
    Ok(exit::DONE)
}

/// What the grammar of the flags cannot say.
fn check_flags(arguments: &AttestArguments, subjects: &[Subject]) -> Result<(), Failure> {
    if let Some(flag) = arguments.build.first().filter(|_| !arguments.provenance) {
        return Err(Failure::usage(format!("{flag} says something about the build: add --provenance")));
    }
    let two = arguments.provenance && (arguments.scan || arguments.sbom.is_some());
    if two && (arguments.bundle.is_some() || subjects.iter().any(|subject| subject.image().is_none())) {
        return Err(Failure::usage("provenance and an SBOM are two statements, and a bundle holds one")
            .hint("state one after the other, each with its --bundle; both at once are only for images"));
    }
    Ok(())
}

/// Attaches a bundle to the subjects that are images.
fn attach(
    arguments: &AttestArguments,
    opened: &Opened,
    subjects: &[Subject],
    statement: &Statement,
    bundle: &SignedBundle,
    ui: &mut Ui,
) -> Result<Vec<Attached>, Failure> {
    let layer = arguments.cosign_layout.then(|| opened.session.attestation_layer(bundle, Timestamp::now()));
    let layer = layer.transpose()?;
    let mut attached = Vec::new();
    for image in subjects.iter().filter_map(Subject::image) {
        attached.push(image.attach(bundle.json(), statement.predicate_type(), ui)?);
        if let Some(layer) = &layer {
            attached.push(image.attach_layer(CosignTag::Attestation, layer.clone(), ui)?);
        }
    }
    Ok(attached)
}

/// What provenance is to be about, and where what it says comes from.
fn build(facts: &BuildFacts, subjects: &[Subject]) -> Result<(provenance::Prepared, provenance::Variables), Failure> {
    let mut artifacts = Vec::new();
    for subject in subjects {
        artifacts.push(match subject.path() {
            Some(path) if !subject.is_listed() => Artifact::File(path.to_owned()),
            _ => Artifact::Digest { name: subject.stated_name(), digest: subject.digests()? },
        });
    }
    Ok((provenance::Prepared::about(&artifacts)?, provenance::Variables::read(facts)?))
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
