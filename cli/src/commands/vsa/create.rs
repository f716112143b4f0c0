//! `plimsoll vsa create`.

use jiff::Timestamp;
use plimsoll_attest::{DigestSet, Statement, StatementBuilder, Subject as Stated};
use serde_json::Value;

use super::{claim, from_report, subjects};
use crate::args::VsaCreateArguments;
use crate::commands::signing::{Destination, Kind, Options, Subject, Written, list, open, report};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui};

pub(super) fn run(arguments: &VsaCreateArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    if !arguments.sign && (arguments.signing.key.is_some() || arguments.signing.identity_token_file.is_some()) {
        return Err(Failure::usage("without --sign nothing is signed: say --sign, or leave away who signs"));
    }
    let options = Options { network: &arguments.network, offline, cosign_layout: false };
    let artifacts = list(&arguments.subjects, None, &options, ui)?;
    let subjects = stated(arguments, &artifacts)?;
    let found = arguments.from_report.as_deref().map(|path| from_report::read(path, &subjects)).transpose()?;
    let (predicate_type, predicate) = claim::predicate(arguments, found.as_ref())?;
    let builder = StatementBuilder::new(predicate_type, predicate);
    let builder = subjects.into_iter().fold(builder, StatementBuilder::about);
    let (statement, bytes) = builder.build().map_err(|error| Failure::usage(error.to_string()))?;
    if found.is_none() {
        ui.status("stated as the flags say: nothing of it was verified here, whoever signs it vouches for it");
    }
    if arguments.sign {
        return sign(arguments, &options, &artifacts, &statement, &bytes, ui);
    }
    let target = arguments.output.clone().map_or(Target::Stdout, Target::File);
    target.write(|out| out.write_all(&bytes).and_then(|()| out.write_all(b"\n")))?;
    Ok(exit::DONE)
}

/// The artifacts, and what is named by other digests.
fn stated(arguments: &VsaCreateArguments, artifacts: &[Subject]) -> Result<Vec<Stated>, Failure> {
    let mut all = Vec::new();
    for artifact in artifacts {
        all.push(Stated { name: artifact.stated_name(), digest: artifact.digests()?, ..Stated::default() });
    }
    let named = subjects::named(arguments.commit.as_deref(), &arguments.subject_digest)?;
    if !named.is_empty() {
        let digest: DigestSet =
            named.iter().map(|digest| (digest.algorithm().to_owned(), digest.value().to_owned())).collect();
        if digest.len() != named.len() {
            return Err(Failure::usage("one thing has one digest of each kind"));
        }
        let mut subject = Stated { digest, ..Stated::default() };
        if let Some(short) = arguments.source_ref.iter().find(|reference| !reference.starts_with("refs/")) {
            return Err(Failure::usage(format!("--source-ref {short}: not in full, such as refs/heads/main")));
        }
        if !arguments.source_ref.is_empty() {
            subject.annotations.insert("sourceRefs".to_owned(), Value::from(arguments.source_ref.clone()));
        }
        all.push(subject);
    }
    Ok(all)
}

fn sign(
    arguments: &VsaCreateArguments,
    options: &Options<'_>,
    artifacts: &[Subject],
    statement: &Statement,
    bytes: &[u8],
    ui: &mut Ui,
) -> Result<u8, Failure> {
    let only = match artifacts {
        [only] if statement.subjects().len() == 1 => Some(only),
        _ => None,
    };
    let target = Destination::of(arguments.bundle.as_deref(), only, Kind::Statement(statement.predicate_type()))?;
    let mut opened = open(&arguments.signing, options, ui)?;
    let bundle = opened.session.attest(bytes, Timestamp::now())?;
    if let Some(target) = &target {
        target.write(bundle.json())?;
    }
    let mut attached = Vec::new();
    for image in artifacts.iter().filter_map(Subject::image) {
        attached.push(image.attach(bundle.json(), statement.predicate_type(), ui)?);
    }
    let subjects = statement.subjects().iter().map(|subject| (subject.name.clone(), subject.digest.clone())).collect();
    let path = target.map(|target| target.path().to_owned());
    let written = Written { subjects, path, attached, bundle, allowed: Vec::new() };
    report("vsa.create", arguments.format, &opened, &[written])?;
    Ok(exit::DONE)
}
