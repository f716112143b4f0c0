//! The SLSA attestor of witness. <https://github.com/in-toto/go-witness/blob/main/attestation/slsa/slsa.go>
//!
//! Its dependencies have names and no URIs: remotes of git beside files of the working tree. A remote is told by what it looks
//! like. The only parameter is the command, which is all of the build, so that whoever verifies has to say what it may be.

use plimsoll_attest::{DigestSet, Provenance};

use super::Adapter;
use crate::provenance::{BuildView, SourceView};

pub(super) const ADAPTER: Adapter =
    Adapter { name: "witness", build_types: &["https://witness.dev/slsa-build@v0.1"], read };

fn read(view: &mut BuildView, provenance: &Provenance) -> Result<(), String> {
    let Provenance::V1(v1) = provenance else {
        return Err("this type of build has provenance v1".into());
    };
    let dependencies = v1.build_definition.resolved_dependencies.iter().enumerate();
    let mut remotes = dependencies.filter_map(|(index, found)| {
        remote(&found.name, &found.digest, &format!("/predicate/buildDefinition/resolvedDependencies/{index}"))
    });
    let first = remotes.next();
    // Which of several it was fetched from is not told.
    if let Some(source) = first
        && remotes.all(|other| other.repository == source.repository)
    {
        view.state_source(&source);
        view.source = Some(source);
    }
    Ok(())
}

/// A remote at a commit; `None` for a file.
fn remote(name: &str, digest: &DigestSet, place: &str) -> Option<SourceView> {
    digest.get("sha1").filter(|commit| commit.len() == 40)?;
    let spelled = match name.strip_prefix("git@") {
        // `git@github.com:acme/app.git`
        Some(rest) => {
            let (host, path) = rest.split_once(':')?;
            format!("ssh://{host}/{path}")
        }
        None if name.contains("://") => name.to_owned(),
        None => return None,
    };
    let mut source = SourceView::new(&spelled, digest, place);
    source.uri = name.to_owned();
    source.repository.is_some().then_some(source)
}
