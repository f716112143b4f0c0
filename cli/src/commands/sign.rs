//! `plimsoll sign`.

use jiff::Timestamp;
use plimsoll_attest::StatementBuilder;
use plimsoll_registry::CosignTag;
use serde_json::json;

use super::signing::{
    Destination, Image, Kind, Opened, Options, SIGNED, Subject, Written, list, open, report, with_members,
};
use crate::args::SignArguments;
use crate::exit;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(arguments: &SignArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let options = Options { network: &arguments.network, offline, cosign_layout: arguments.cosign_layout };
    let mut subjects = list(&arguments.subjects, arguments.subjects_from.as_deref(), &options, ui)?;
    if arguments.recursive {
        subjects = with_members(subjects)?;
    }
    if arguments.cosign_layout {
        images_only(&subjects)?;
    }
    if arguments.bundle.is_some() && subjects.len() > 1 {
        return Err(Failure::usage("each artifact has a bundle of its own: leave --bundle out")
            .hint("one statement about many artifacts is made with `plimsoll attest`"));
    }
    let mut targets = Vec::new();
    for subject in &subjects {
        let kind = if subject.image().is_some() { Kind::Statement(SIGNED) } else { Kind::Signature };
        targets.push(Destination::of(arguments.bundle.as_deref(), Some(subject), kind)?);
    }
    let mut opened = open(&arguments.signing, &options, ui)?;
    let mut written = Vec::new();
    for (subject, target) in subjects.iter().zip(&targets) {
        written.push(match subject.image() {
            Some(image) => image_signed(image, subject, target.as_ref(), &mut opened, ui)?,
            None => file_signed(subject, target.as_ref(), &mut opened)?,
        });
        if let Some(image) = subject.image().filter(|_| arguments.cosign_layout) {
            written.push(claim_signed(image, subject, &mut opened, ui)?);
        }
    }
    report("sign", arguments.format, &opened, &written)?;
    Ok(exit::DONE)
}

/// Fails where something is no image: the layout is one of registries.
pub(super) fn images_only(subjects: &[Subject]) -> Result<(), Failure> {
    match subjects.iter().find(|subject| subject.image().is_none()) {
        Some(subject) => Err(Failure::usage(format!("--cosign-layout is for images, and {} is none", subject.name))),
        None if subjects.is_empty() => Err(Failure::usage("--cosign-layout is for images: name one")),
        None => Ok(()),
    }
}

/// Signs an image in the older layout of cosign: the claim that names its digest.
fn claim_signed(image: &Image, subject: &Subject, opened: &mut Opened, ui: &mut Ui) -> Result<Written, Failure> {
    let (digest, name) = image.identity();
    let (bundle, layer) = opened.session.sign_claim(&name, digest, Timestamp::now())?;
    Ok(Written {
        subjects: vec![(subject.name.clone(), image.digests())],
        path: None,
        attached: vec![image.attach_layer(CosignTag::Signature, layer, ui)?],
        bundle,
        allowed: Vec::new(),
    })
}

/// Signs the bytes of a file, or a digest.
fn file_signed(subject: &Subject, target: Option<&Destination>, opened: &mut Opened) -> Result<Written, Failure> {
    let bundle = opened.session.sign(&subject.artifact()?, Timestamp::now())?;
    subject.check(bundle.outcome().subject())?;
    if let Some(target) = target {
        target.write(bundle.json())?;
    }
    let digests = bundle.outcome().subject().digests();
    let digests = digests.map(|(algorithm, hex)| (algorithm.token().to_owned(), hex.to_owned())).collect();
    Ok(Written {
        subjects: vec![(subject.name.clone(), digests)],
        path: target.map(|target| target.path().to_owned()),
        attached: Vec::new(),
        bundle,
        allowed: Vec::new(),
    })
}

/// Signs an image: states, as cosign does, that it is signed, and attaches that.
fn image_signed(
    image: &Image,
    subject: &Subject,
    target: Option<&Destination>,
    opened: &mut Opened,
    ui: &mut Ui,
) -> Result<Written, Failure> {
    let statement = StatementBuilder::new(SIGNED, json!({})).subject("", image.digests()).build();
    let (_, bytes) = statement.map_err(|error| Failure::usage(error.to_string()))?;
    let bundle = opened.session.attest(&bytes, Timestamp::now())?;
    if let Some(target) = target {
        target.write(bundle.json())?;
    }
    Ok(Written {
        subjects: vec![(subject.name.clone(), image.digests())],
        path: target.map(|target| target.path().to_owned()),
        attached: vec![image.attach(bundle.json(), SIGNED, ui)?],
        bundle,
        allowed: Vec::new(),
    })
}
