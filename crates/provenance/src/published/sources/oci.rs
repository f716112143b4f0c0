//! Images: what refers to a manifest in its registry, by the referrers API, its fallback tag, and cosign's tags.
//! <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers>
//!
//! The package URL names the registry, so the registry is asked. The version has to be a digest: what a tag stands for is not
//! known from an SBOM.

use plimsoll_model::Digest;
use plimsoll_verify::Subject;

use super::{Asker, Found, Item, Lookup, Source, Trouble};
use crate::published::fetch::{Request, Service};
use crate::published::report::Binding;
use crate::published::{Dependency, What, image};

pub(super) const SOURCE: Source =
    Source { service: Service::Oci, types: &["docker", "oci"], look_up, counts: &[What::Provenance, What::Signature] };

fn look_up(asker: &Asker<'_>, dependency: &Dependency) -> Result<Lookup, Trouble> {
    let not = |reason: &str| Trouble::NotApplicable(reason.to_owned());
    let digest = dependency.purl.version().and_then(|version| Digest::from_prefixed(version).ok());
    let digest = digest.ok_or_else(|| not("its version is no digest: what a tag stands for is not in an SBOM"))?;
    let subject = Subject::from_digests([&digest]).ok_or_else(|| not("its digest is not one that evidence names"))?;
    let repository = repository(dependency).ok_or_else(|| not("it does not say in which registry it is"))?;
    let found = match asker.ask(&Request::image(format!("{repository}@{digest}")))? {
        None => return Ok(Lookup::nothing("the registry does not have this image".to_owned())),
        Some(answer) => match image::read(&answer, &digest) {
            Ok(evidence) if evidence.is_empty() => Found::Nothing,
            Ok(evidence) => Found::Evidence(evidence),
            Err(reason) => Found::Malformed(reason),
        },
    };
    Ok(Lookup::of(Item::new(subject, Binding::Sbom, found)))
}

/// `HOST/REPOSITORY`. The type `oci` has all of it in `repository_url`, the type `docker` only the host.
fn repository(dependency: &Dependency) -> Option<String> {
    let purl = &dependency.purl;
    let url = purl.qualifier("repository_url").map(|url| url.split_once("://").map_or(url, |(_, rest)| rest));
    let url = url.map(|url| url.trim_end_matches('/'));
    if purl.kind() == "oci" {
        let url = url?;
        // Some leave out the name, which the standard wants at the end.
        return Some(if url.contains('/') { url.to_owned() } else { format!("{url}/{}", purl.name()) });
    }
    let namespace = purl.namespace().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    let host = url.unwrap_or("docker.io");
    let library = if host == "docker.io" && namespace.is_empty() { "library/" } else { "" };
    Some(format!("{host}/{library}{namespace}{}", purl.name()))
}

#[cfg(test)]
mod tests {
    use plimsoll_model::Purl;

    use super::*;

    #[test]
    fn package_urls_name_repositories() {
        for (text, wanted) in [
            ("pkg:oci/app@sha256%3Aab?repository_url=ghcr.io/acme/app", Some("ghcr.io/acme/app")),
            ("pkg:oci/app@sha256%3Aab?repository_url=ghcr.io", Some("ghcr.io/app")),
            ("pkg:oci/app@sha256%3Aab", None),
            ("pkg:docker/nginx@sha256%3Aab", Some("docker.io/library/nginx")),
            ("pkg:docker/acme/app@sha256%3Aab?repository_url=ghcr.io", Some("ghcr.io/acme/app")),
        ] {
            let purl = Purl::parse(text).unwrap();
            let dependency = Dependency { purl, digests: Vec::new(), files: Vec::new(), repository: None };
            assert_eq!(repository(&dependency).as_deref(), wanted, "{text}");
        }
    }
}
