//! What the lockfiles of Erlang, Elixir and Gleam share: packages of Hex, and applications from repositories.

use plimsoll_extract::prelude::*;

use crate::vcs::{git_url, reference};

/// A package of Hex. `repository` is what the lockfile calls where it comes from: `hexpm` is the public one, and
/// `hexpm:name` the packages of an organisation there.
pub(crate) fn hex(name: &str, version: &str, repository: &str, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let organisation = repository.strip_prefix("hexpm:").unwrap_or_default();
    let mut builder = Purl::builder("hex", name).version(version).namespace(organisation);
    let public = matches!(repository, "" | "hexpm");
    if !public && organisation.is_empty() {
        // A self-hosted repository has a name here; its address is in the configuration of the machine.
        builder = builder.qualifier("repository_url", repository);
    }
    let mut component = Component::from_purl(out.purl(builder, line)?);
    if public {
        let url = format!("https://repo.hex.pm/tarballs/{name}-{version}.tar");
        component.references.push(reference(ReferenceKind::Distribution, url));
    }
    Some(component)
}

/// An application from a repository. Hex does not know it, so it is an OTP application whose version is its commit
/// unless the lockfile states one.
pub(crate) fn repository(
    name: &str,
    version: Option<&str>,
    (remote, commit): (&str, &str),
    line: u32,
    out: &mut Sink<'_>,
) -> Option<Component> {
    let url = git_url(remote, Some(commit));
    let builder = Purl::builder("otp", name).version(version.unwrap_or(commit)).qualifier("vcs_url", url.as_str());
    let mut component = Component::from_purl(out.purl(builder, line)?);
    component.references.push(reference(ReferenceKind::Vcs, url));
    Some(component)
}

/// The outer checksum: of the file that Hex serves.
pub(crate) fn add_checksum(component: &mut Component, hex: &str, line: u32, out: &mut Sink<'_>) {
    match Digest::from_hex(DigestAlgorithm::Sha256, hex) {
        Ok(digest) => component.hashes.push(digest),
        Err(_) => out.malformed_entry(line, format!("checksum of {} is not one", component.name)),
    }
}

/// The name of the application in a package that is called otherwise; projects ask for applications.
pub(crate) const APPLICATION: &str = "plimsoll:hex:application";

/// The checksum of a package's parts, which no file has.
pub(crate) const INNER_CHECKSUM: &str = "plimsoll:hex:inner-sha256";
