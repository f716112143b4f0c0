//! `plimsoll sign`.

use jiff::Timestamp;

use super::signing::{Destination, Kind, Options, Written, list, open, report};
use crate::args::SignArguments;
use crate::exit;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(arguments: &SignArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let subjects = list(&arguments.subjects, arguments.subjects_from.as_deref())?;
    if arguments.bundle.is_some() && subjects.len() > 1 {
        return Err(Failure::usage("each artifact has a bundle of its own: leave --bundle out")
            .hint("one statement about many artifacts is made with `plimsoll attest`"));
    }
    let mut targets = Vec::new();
    for subject in &subjects {
        targets.push(Destination::of(arguments.bundle.as_deref(), Some(subject), Kind::Signature)?);
    }
    let options = Options { network: &arguments.network, offline };
    let mut opened = open(&arguments.signing, &options, ui)?;
    let mut written = Vec::new();
    for (subject, target) in subjects.iter().zip(&targets) {
        let bundle = opened.session.sign(&subject.artifact()?, Timestamp::now())?;
        target.write(bundle.json())?;
        let digests = bundle.outcome().subject().digests();
        let digests = digests.map(|(algorithm, hex)| (algorithm.token().to_owned(), hex.to_owned())).collect();
        written.push(Written {
            subjects: vec![(subject.name.clone(), digests)],
            path: target.path().to_owned(),
            bundle,
            allowed: Vec::new(),
        });
    }
    report("sign", arguments.format, &opened, &written)?;
    Ok(exit::DONE)
}
