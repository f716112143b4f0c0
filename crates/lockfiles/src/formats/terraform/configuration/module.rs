//! A `module` block: where the module comes from.
//! <https://developer.hashicorp.com/terraform/language/modules/sources>

use plimsoll_extract::prelude::*;

use super::{address, exact, ranged};
use crate::hcl::{Block, Value};
use crate::locator::without_password;

/// Emits the module that a block calls. A local one is part of the configuration and is no component.
pub(super) fn emit(block: &Block<'_>, name: &str, out: &mut Sink<'_>) {
    let (source, line) = match block.get("source") {
        Some(Value::Text(source, line)) => (*source, *line),
        Some(_) => {
            let message = format!("the source of module {name} must be evaluated");
            return out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, block.line, message);
        }
        None => return out.malformed_entry(block.line, format!("module {name} left out: it has no source")),
    };
    if source.starts_with("./") || source.starts_with("../") {
        return;
    }
    let range = block.get_str("version").unwrap_or_default();
    let component = match registry(source) {
        true => registered(source, range, line, out),
        false => fetched(source, line, out),
    };
    let Some(mut component) = component else { return };
    component.properties.push(("plimsoll:terraform:kind".into(), "module".into()));
    let at = out.component(component, line);
    out.direct(at, Scope::Unspecified);
}

/// Whether a source is an address of a registry: `[host/]namespace/name/provider`, and no URL.
fn registry(source: &str) -> bool {
    let path = source.split("//").next().unwrap_or(source);
    let parts: Vec<&str> = path.split('/').collect();
    let plain = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let hosts = ["github.com", "bitbucket.org", "gitlab.com"];
    match parts.as_slice() {
        [namespace, name, provider] => [namespace, name, provider].into_iter().all(plain),
        [host, rest @ ..] if rest.len() == 3 && host.contains('.') => !hosts.contains(host) && rest.iter().all(plain),
        _ => false,
    }
}

fn registered(source: &str, range: &str, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let (path, inner) = source.split_once("//").unwrap_or((source, ""));
    let builder = address(path, exact(range).unwrap_or_default()).subpath(inner);
    let mut component = Component::from_purl(out.purl(builder, line)?);
    ranged(&mut component, range, line, out);
    Some(component)
}

/// A module from version control or an archive, in the syntax of go-getter: `git::URL//directory?ref=v1`.
fn fetched(source: &str, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let (tool, location) = source.split_once("::").unwrap_or(("", source));
    let (location, query) = location.split_once('?').unwrap_or((location, ""));
    let revision = query.split('&').find_map(|pair| pair.strip_prefix("ref=")).unwrap_or_default();
    let scheme_end = location.find("://").map_or(0, |at| at.saturating_add(3));
    let directory_at = location.get(scheme_end..)?.find("//").and_then(|at| at.checked_add(scheme_end));
    let (repository, directory) = match directory_at.and_then(|at| location.split_at_checked(at)) {
        Some((repository, directory)) => (repository, directory.trim_matches('/')),
        None => (location, ""),
    };
    let plain = repository.trim_end_matches('/').trim_end_matches(".git");
    let host_path = plain.split_once("://").map_or(plain, |(_, rest)| rest);
    let host_path = host_path.strip_prefix("git@").unwrap_or(host_path).replacen(':', "/", 1);
    let mut parts = host_path.split('/');
    let (host, owner, name) = (parts.next()?, parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let hosted = ["github.com", "bitbucket.org"].contains(&host) && !owner.is_empty() && !name.is_empty();
    let kind = if host == "github.com" { "github" } else { "bitbucket" };
    let clean = without_password(repository).into_owned();
    let is_git = tool == "git" || clean.ends_with(".git") || clean.starts_with("git@") || hosted;
    let url = match (is_git, revision) {
        (false, _) => clean.clone(),
        (true, "") => format!("git+{clean}"),
        (true, revision) => format!("git+{clean}@{revision}"),
    };
    let builder = if hosted {
        Purl::builder(kind, name).namespace(owner).version(revision).subpath(directory)
    } else {
        let last = plain.rsplit(['/', ':']).next().unwrap_or(plain);
        let key = if is_git { "vcs_url" } else { "download_url" };
        Purl::builder("generic", last).version(revision).qualifier(key, url.as_str()).subpath(directory)
    };
    let mut component = Component::from_purl(out.purl(builder, line)?);
    let kind = if is_git { ReferenceKind::Vcs } else { ReferenceKind::Distribution };
    component.references.push(ExternalReference { kind, url: url.into(), hashes: Vec::new() });
    ranged(&mut component, "", line, out);
    Some(component)
}
