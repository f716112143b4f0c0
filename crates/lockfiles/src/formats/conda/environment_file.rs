//! `environment.yml` of conda, with its `pip:` list.
//! <https://docs.conda.io/projects/conda/en/latest/user-guide/tasks/manage-environments.html#creating-an-environment-file-manually>
//!
//! An entry is a match specification, or a mapping whose only known key is `pip`. Other tools have files of this name:
//! one without a list of `dependencies` is none of conda's.

use plimsoll_extract::prelude::*;
use syntax::yaml::{self, Node};

use crate::conda::Spec;
use crate::pip_requirement::{self, Entry};
use crate::pypi::Origin;

/// Reads environment files of conda.
pub(crate) struct EnvironmentFile;

impl Extractor for EnvironmentFile {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("conda/environment-file")
    }

    fn about(&self) -> About {
        About {
            title: "conda environment.yml, with pip",
            specification: "https://docs.conda.io/projects/conda/en/latest/user-guide/tasks/manage-environments.html",
            facts: &[Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("*environment*.yml"),
            Interest::Path("*environment*.yaml"),
            Interest::Name("conda.yml"),
            Interest::Name("conda.yaml"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let usual = file.path().name().starts_with(b"environment.");
        if !usual && memchr::memmem::find(&bytes, b"dependencies").is_none() {
            return Ok(());
        }
        let text = syntax::text::decode(&bytes).text;
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        let root = documents.first();
        match root.and_then(|root| root.get("dependencies")) {
            Some(list) if list.as_seq().is_some() => {
                list.items().for_each(|entry| dependency(entry, file.path(), out));
            }
            // `dependencies: {…}` is another tool's.
            Some(_) => {}
            None if root.is_some_and(|root| root.as_str().is_some()) => {
                return Err(ExtractError::malformed_at(1, "not an environment: a mapping is expected"));
            }
            None => {}
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

fn dependency(entry: &Node, path: &SourcePath, out: &mut Sink<'_>) {
    let line = entry.line();
    if let Some(text) = entry.as_str() {
        let Some(spec) = Spec::parse(text).filter(|spec| !is_number(spec.name)) else {
            return out.malformed_entry(line, "dependency left out: it has no name");
        };
        if let Some(component) = spec.component(line, out) {
            let at = out.component(component, line);
            out.direct(at, Scope::Runtime);
        }
        return;
    }
    let Some(requirements) = entry.get("pip") else {
        return out.malformed_entry(line, "dependency left out: it is no specification");
    };
    if requirements.as_seq().is_none() && !requirements.is_null() {
        out.malformed_entry(requirements.line(), "requirements of pip left out: they are no list");
    }
    for requirement in requirements.items() {
        pip(requirement, path, out);
    }
}

fn is_number(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn pip(requirement: &Node, path: &SourcePath, out: &mut Sink<'_>) {
    let line = requirement.line();
    let Some(text) = requirement.as_str() else {
        return out.malformed_entry(line, "requirement of pip left out: it is no text");
    };
    match pip_requirement::parse(text.trim()) {
        Entry::Package(package) => {
            if let Some(at) = pip_requirement::component(&package, Origin::Index(None), path, line, out) {
                let open = out.get_mut(at).filter(|held| held.version.is_none()).map(|held| held.name.to_string());
                if let Some(name) = open {
                    out.diagnose(DiagnosticCode::UNPINNED, line, format!("{name} is not pinned"));
                }
                out.direct(at, Scope::Runtime);
            }
        }
        // A requirements file is read on its own.
        Entry::Include { .. } | Entry::Index(_) | Entry::Nothing => {}
        Entry::Malformed(message) => out.malformed_entry(line, format!("requirement of pip left out: {message}")),
    }
}
