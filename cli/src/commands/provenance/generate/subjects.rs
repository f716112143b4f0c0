//! What was built, as the flags name it.

use std::path::PathBuf;

use plimsoll_provenance::generate::Artifact;

use crate::args::GenerateArguments;
use crate::commands::listed;
use crate::commands::signing::{Image, Options, list as resolved};
use crate::failure::Failure;
use crate::output::Ui;

/// Artifacts, the images among them, and the file if there is only one of anything.
type Listed = (Vec<Artifact>, Vec<Image>, Option<PathBuf>);

/// Everything that is named. What an image stands for is asked here, once.
pub(super) fn list(arguments: &GenerateArguments, options: &Options<'_>, ui: &mut Ui) -> Result<Listed, Failure> {
    let (mut artifacts, mut images) = (Vec::new(), Vec::new());
    for name in &arguments.subject {
        if name.starts_with("registry:") {
            for subject in resolved(std::slice::from_ref(name), None, options, ui)? {
                artifacts.push(Artifact::Digest { name: subject.stated_name(), digest: subject.digests()? });
                images.extend(subject.into_image());
            }
            continue;
        }
        artifacts.extend(Artifact::files(name.strip_prefix("file:").unwrap_or(name))?);
    }
    for text in &arguments.subject_digest {
        artifacts.push(Artifact::digest(text)?);
    }
    if let Some(path) = &arguments.subjects_from {
        for listed in listed::read(path)? {
            let digest = listed.digest.digests().map(|(algorithm, hex)| (algorithm.token().to_owned(), hex.to_owned()));
            artifacts.push(Artifact::Digest { name: listed.name, digest: digest.collect() });
        }
    }
    let only = match artifacts.as_slice() {
        [Artifact::File(path)] => Some(path.clone()),
        _ => None,
    };
    Ok((artifacts, images, only))
}
