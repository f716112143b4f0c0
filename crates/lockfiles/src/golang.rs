//! Go packages as the tools before modules locked them: a path with a commit, and sometimes a version.

use plimsoll_extract::prelude::*;

use crate::vcs::{git_url, reference};

/// The component of a path. A version counts when there is one, else the commit, as in no registry of modules.
pub(crate) fn vendored(path: &str, version: &str, commit: &str, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_version = version.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
    let known = if is_version { version } else { commit };
    if known.is_empty() {
        out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("{path} is locked to no version"));
    }
    let purl = out.purl(Purl::builder("golang", name).namespace(namespace).version(known), line)?;
    let mut component = Component::from_purl(purl);
    // The package URL is in lower case; the path is not.
    component.name = path.into();
    component.group = None;
    if is_version && !commit.is_empty() {
        component.properties.push(("plimsoll:git:commit".into(), commit.into()));
    }
    Some(component)
}

/// Where a fork that stands in for a path comes from.
pub(crate) fn add_source(component: &mut Component, source: Option<&str>, commit: &str) {
    let Some(source) = source.map(str::trim).filter(|source| !source.is_empty()) else { return };
    let url = match source.contains("://") || source.starts_with("git@") {
        false => git_url(&format!("https://{source}"), Some(commit)),
        true => git_url(source, Some(commit)),
    };
    component.references.push(reference(ReferenceKind::Vcs, url));
}
