//! `[base_image]`: on which image an image may be built, and how old that may be.
//!
//! ```toml
//! [base_image]
//! allow = ["oci:gcr.io/distroless/*", "sha256:…"]
//! max_age_days = 30
//! ```
//!
//! Which base it is comes from proven provenance, which lists the images that the build fetched, and from the image itself
//! (`org.opencontainers.image.base.*`, bound by its digest). Provenance does not say which of the images that it lists is the base: where the
//! image names one of them that is it; else all that are listed have to be allowed, and what the image names too. The name of an image
//! is what its digest was fetched by; who wants one image and no other allows a digest.

use std::collections::BTreeSet;

use plimsoll_model::Purl;
use plimsoll_verify::BuildView;

use super::{Keys, Rule, RuleKind};
use crate::file::Fields;
use crate::gate::context::Context;
use crate::gate::{GateCheck, GateCode, ImageFacts};
use crate::judgement::{Build, BuildState, Verdict};
use crate::words::quote;
use crate::{Name, NamePattern, PolicyError};

const KEYS: &[&str] = &["allow", "max_age_days"];
pub(super) const KIND: RuleKind = RuleKind { name: "base_image", keys: KEYS, within: &[], read };

const SECONDS_A_DAY: i64 = 86_400;

#[derive(Debug)]
struct BaseImage {
    allow: Vec<NamePattern>,
    max_age_days: Option<u32>,
}

fn read(fields: &Fields<'_>, _: &Keys) -> Result<Box<dyn Rule>, PolicyError> {
    let mut allow = Vec::new();
    for text in fields.texts("allow")? {
        let pattern = NamePattern::parse(text).map_err(|problem| fields.fault("allow", problem))?;
        if !text.starts_with("oci:") && !pattern.is_digest() {
            return Err(fields.fault("allow", format!("{} is no image: it begins with oci: or sha256:", quote(text))));
        }
        allow.push(pattern);
    }
    let max_age_days = super::days(fields, "max_age_days")?;
    if allow.is_empty() && max_age_days.is_none() {
        return Err(fields.missing("allow"));
    }
    Ok(Box::new(BaseImage { allow, max_age_days }))
}

/// A repository and a tag.
type Tagged = (String, Option<String>);

/// An image that may be the base.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Image {
    /// Host and path, as `oci:` writes it, and the tag.
    name: Option<Tagged>,
    digest: Option<String>,
    place: String,
}

impl Image {
    fn names(&self) -> Vec<Name> {
        let mut names = Vec::new();
        if let Some((repository, tag)) = &self.name {
            names.push(Name::Image { repository: repository.clone(), tag: tag.clone() });
        }
        names.extend(self.digest.clone().map(Name::Digest));
        names
    }

    fn told(&self) -> String {
        let name = self.name.as_ref().map(|(repository, tag)| match tag {
            Some(tag) => format!("oci:{repository}:{tag}"),
            None => format!("oci:{repository}"),
        });
        name.into_iter().chain(self.digest.clone()).collect::<Vec<_>>().join("@")
    }

    /// Whether two are one image: by the digest where both have one, else by the name.
    fn is(&self, other: &Self) -> bool {
        match (&self.digest, &other.digest) {
            (Some(one), Some(other)) => one == other,
            _ => self.name.is_some() && self.name == other.name,
        }
    }
}

impl Rule for BaseImage {
    fn judge(&self, context: &Context<'_>) -> Vec<GateCheck> {
        let fetched = fetched(context);
        let own = context.input.image.and_then(own);
        let bases: Vec<&Image> = match &own {
            Some(own) if fetched.is_empty() => vec![own],
            Some(own) => match fetched.iter().find(|image| own.is(image)) {
                Some(_) => vec![own],
                None => std::iter::once(own).chain(&fetched).collect(),
            },
            None => fetched.iter().collect(),
        };
        if bases.is_empty() {
            let (code, means) = (GateCode::BaseImageUnknown, GateCode::BaseImageUnknown.means());
            return vec![GateCheck::failed("base-image", code, means)];
        }
        let mut checks: Vec<GateCheck> = bases.into_iter().filter_map(|base| self.of(base)).collect();
        checks.extend(self.age(context));
        checks
    }

    fn explain(&self) -> (Vec<String>, Vec<String>) {
        let mut sentences = Vec::new();
        if !self.allow.is_empty() {
            let names: Vec<&str> = self.allow.iter().map(NamePattern::as_str).collect();
            sentences.push(format!("It has to be built on {}.", names.join(" or ")));
        }
        if let Some(days) = self.max_age_days {
            sentences.push(format!("What it is built on has to be at most {days} days old."));
        }
        let broad = self.allow.iter().any(NamePattern::is_broad);
        (sentences, broad.then(|| "the base may be any image of a place".to_owned()).into_iter().collect())
    }
}

impl BaseImage {
    fn of(&self, base: &Image) -> Option<GateCheck> {
        if self.allow.is_empty() {
            return None;
        }
        let names = base.names();
        let is_allowed = self.allow.iter().any(|allowed| names.iter().any(|name| allowed.matches(name).is_some()));
        let expected: Vec<&str> = self.allow.iter().map(NamePattern::as_str).collect();
        let check = if is_allowed {
            GateCheck::passed("base-image", "it is built on an image that is allowed")
        } else {
            GateCheck::failed("base-image", GateCode::BaseImageDenied, GateCode::BaseImageDenied.means())
        };
        Some(check.about(base.told()).between(expected.join(" or "), base.told()).at(&base.place))
    }

    fn age(&self, context: &Context<'_>) -> Option<GateCheck> {
        let days = self.max_age_days?;
        let at = context.input.at;
        let created = context.input.image.and_then(|image| image.base_created);
        let age = created.map(|created| at.duration_since(created).as_secs());
        let most = i64::from(days).saturating_mul(SECONDS_A_DAY);
        let check = match age.is_some_and(|age| age <= most) {
            true => GateCheck::passed("base-image-age", "its base is new enough"),
            false => GateCheck::failed("base-image-age", GateCode::BaseImageAge, GateCode::BaseImageAge.means()),
        };
        let actual =
            created.map_or_else(|| "nobody says when it was made".to_owned(), |created| format!("made {created}"));
        Some(check.between(format!("at most {days} days before {at}"), actual).at("image"))
    }
}

/// What the image says itself.
fn own(image: &ImageFacts) -> Option<Image> {
    let digest = image.base_digest.clone();
    let name = image.base_name.as_deref().map(repository);
    (digest.is_some() || name.is_some()).then(|| Image { name, digest, place: "image".to_owned() })
}

/// The images that proven builds fetched.
fn fetched(context: &Context<'_>) -> BTreeSet<Image> {
    let builds = context.judgement().verdicts().iter().flat_map(Verdict::builds);
    let proven = builds.filter(|build| build.state() == BuildState::Proven);
    proven.filter_map(|build| Some((build, build.view()?))).flat_map(|(build, view)| images(build, view)).collect()
}

fn images(build: &Build, view: &BuildView) -> Vec<Image> {
    let of = |dependency: &plimsoll_attest::ResourceDescriptor| {
        let sha256 = dependency.digest.get("sha256").map(|hex| format!("sha256:{hex}"));
        let (name, digest) = reference(&dependency.uri)?;
        Some(Image { name: Some(name), digest: sha256.or(digest), place: build.place().to_owned() })
    };
    view.dependencies.iter().filter_map(of).collect()
}

/// The image that a URI names: `pkg:docker/…`, `pkg:oci/…`, `oci://…`, `docker://…`. `None` when it names none.
fn reference(uri: &str) -> Option<(Tagged, Option<String>)> {
    if let Some(rest) = ["oci://", "docker://", "docker-image://"].iter().find_map(|scheme| uri.strip_prefix(scheme)) {
        let (name, digest) =
            rest.split_once('@').map_or((rest, None), |(name, digest)| (name, Some(digest.to_owned())));
        return Some((repository(name), digest));
    }
    let purl = Purl::parse(uri).ok().filter(|purl| matches!(purl.kind(), "docker" | "oci"))?;
    let qualifier = |name: &str| purl.qualifiers().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
    let version = purl.version().map(str::to_owned);
    let (digest, tag) = match version {
        Some(version) if version.contains(':') => (Some(version), qualifier("tag")),
        tag => (qualifier("digest"), tag.or_else(|| qualifier("tag"))),
    };
    let path: Vec<&str> = purl.namespace().into_iter().chain([purl.name()]).collect();
    let path = path.join("/");
    let name = match qualifier("repository_url") {
        // Of OCI it is the repository itself, of Docker its registry.
        Some(url) if purl.kind() == "oci" => url,
        Some(url) => format!("{}/{path}", url.trim_end_matches('/')),
        None => path,
    };
    Some(((repository(&name).0, tag), digest))
}

/// Host, path and tag of an image, as Docker completes them: `debian` is `docker.io/library/debian`.
fn repository(name: &str) -> Tagged {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let name = name.strip_prefix("https://").unwrap_or(name);
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag.to_owned())),
        _ => (name, None),
    };
    let host =
        path.split_once('/').map(|(host, _)| host).filter(|host| host.contains(['.', ':']) || *host == "localhost");
    let path = match (host, path.contains('/')) {
        (Some(_), _) => path.to_owned(),
        (None, true) => format!("docker.io/{path}"),
        (None, false) => format!("docker.io/library/{path}"),
    };
    (path.strip_prefix("index.").unwrap_or(&path).to_owned(), tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_by_their_uris() {
        let hex = "a".repeat(64);
        for (uri, name, tag, digest) in [
            (
                "pkg:docker/debian@bookworm?platform=linux%2Famd64".to_owned(),
                "docker.io/library/debian",
                Some("bookworm"),
                None,
            ),
            ("pkg:docker/acme/base@1".to_owned(), "docker.io/acme/base", Some("1"), None),
            (
                "pkg:docker/gcr.io/distroless/static@nonroot".to_owned(),
                "gcr.io/distroless/static",
                Some("nonroot"),
                None,
            ),
            (
                format!("pkg:oci/static@sha256%3A{hex}?repository_url=gcr.io/distroless/static"),
                "gcr.io/distroless/static",
                None,
                Some(&hex),
            ),
            (format!("oci://ghcr.io/acme/base@sha256:{hex}"), "ghcr.io/acme/base", None, Some(&hex)),
            ("docker-image://docker.io/library/golang:1.24".to_owned(), "docker.io/library/golang", Some("1.24"), None),
            ("oci://localhost:5000/base:v1".to_owned(), "localhost:5000/base", Some("v1"), None),
        ] {
            let digest = digest.map(|hex| format!("sha256:{hex}"));
            assert_eq!(reference(&uri), Some(((name.to_owned(), tag.map(str::to_owned)), digest)), "{uri}");
        }
        for uri in ["", "pkg:npm/debian@1", "git+https://github.com/acme/app", "https://example.com/a.tgz"] {
            assert_eq!(reference(uri), None, "{uri}");
        }
    }
}
