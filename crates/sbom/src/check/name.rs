//! One name for one package, however the tool that made the document writes it.
//!
//! Tools differ in what they put into a purl: whether the distribution and the architecture stand there (`distro`, `arch`),
//! where the epoch stands (`1:2.3` or `epoch=1`), whether a Go version has its `v`, whether a scope or a Maven group is a
//! namespace or part of the name. None of these makes two packages of one. Letters are folded only where the registry
//! folds them: on npm, two names that differ in case are two packages.

use plimsoll_model::Purl;
use plimsoll_version::Scheme;

use crate::document::{Element, ElementKind};
use crate::identity::{purl, version};

/// Types whose namespace is the distribution, which is one for a whole artifact and spelled differently.
const DISTRIBUTED: &[&str] = &["alpm", "apk", "deb", "rpm"];

/// Types whose registries take names in any case for the same.
const FOLDED: &[&str] = &[
    "alpm",
    "apk",
    "bitbucket",
    "cargo",
    "composer",
    "conda",
    "deb",
    "github",
    "gitlab",
    "golang",
    "hex",
    "nuget",
    "oci",
    "pub",
    "pypi",
];

/// Qualifiers that tell two packages of one name and version apart, when both tools write them.
const VARIANTS: &[&str] = &["arch", "classifier", "platform"];

/// What a component is called, without the habits of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// The type of its purl; empty without one.
    pub(super) kind: String,
    /// Its namespace or group; empty for none.
    pub(super) namespace: String,
    /// Its name.
    pub(super) name: String,
    /// Its version; empty for none.
    pub(super) version: String,
    /// Which of several of that name and version; empty when it is not said.
    pub(super) variant: String,
}

impl Name {
    /// The name of an element.
    pub(super) fn of(element: &Element) -> Self {
        match purl(element).map(|purl| (purl.kind().to_owned(), purl)).or_else(|| short_purl(element)) {
            Some((kind, purl)) => Self::of_purl(&kind, &purl, element),
            None => Self {
                kind: String::new(),
                namespace: element.group.clone().unwrap_or_default(),
                name: element.name.clone(),
                version: version(element).unwrap_or_default().to_owned(),
                variant: String::new(),
            },
        }
    }

    fn of_purl(kind: &str, purl: &Purl, element: &Element) -> Self {
        let mut namespace = purl.namespace().unwrap_or_default().to_owned();
        let mut name = purl.name().to_owned();
        // `pkg:golang/github.com%2Facme%2Fx`, `pkg:maven/org.acme:x`, `pkg:npm/%40acme%2Fx`
        let separator = if kind == "maven" { ':' } else { '/' };
        if let Some((before, after)) = name.rsplit_once(separator).filter(|_| namespace.is_empty()) {
            (namespace, name) = (before.to_owned(), after.to_owned());
        }
        if DISTRIBUTED.contains(&kind) {
            namespace.clear();
        }
        if FOLDED.contains(&kind) {
            (namespace, name) = (namespace.to_lowercase(), name.to_lowercase());
        }
        if kind == "cargo" || kind == "pypi" {
            name = name.replace('_', "-");
        }
        let qualifier = |wanted: &str| purl.qualifiers().find(|(key, _)| *key == wanted).map(|(_, value)| value);
        let stated = purl.version().or_else(|| version(element)).unwrap_or_default();
        let variants = VARIANTS.iter().filter_map(|key| Some(format!("{key}={}", qualifier(key)?)));
        Self {
            kind: kind.to_owned(),
            namespace,
            name,
            version: plain_version(kind, stated, qualifier("epoch")),
            variant: variants.collect::<Vec<_>>().join("&"),
        }
    }

    /// How its versions are ordered.
    pub(super) fn scheme(&self) -> Option<Scheme> {
        Scheme::for_purl_type(&self.kind)
    }

    /// What it is whatever its version and variant.
    pub(super) fn key(&self) -> String {
        format!("{}:{}/{}", self.kind, self.namespace, self.name)
    }

    /// The name as people write it without a purl, letters folded.
    pub(super) fn spoken(&self) -> String {
        let full =
            if self.namespace.is_empty() { self.name.clone() } else { format!("{}/{}", self.namespace, self.name) };
        full.replace(':', "/").to_lowercase()
    }
}

/// A purl without the namespace that its type requires, as tools write it that do not know one: its type, and the rest
/// under a type that requires nothing.
fn short_purl(element: &Element) -> Option<(String, Purl)> {
    let (kind, rest) = element.purls.first()?.strip_prefix("pkg:")?.split_once('/')?;
    let purl = Purl::parse(&format!("pkg:generic/{rest}")).ok()?;
    Some((kind.to_ascii_lowercase(), purl))
}

/// A version without what only some tools write.
fn plain_version(kind: &str, version: &str, epoch: Option<&str>) -> String {
    match kind {
        "deb" | "rpm" => match (version.split_once(':'), epoch) {
            (Some(("0", rest)), _) => rest.to_owned(),
            (None, Some(epoch)) if epoch != "0" => format!("{epoch}:{version}"),
            _ => version.to_owned(),
        },
        "golang" => {
            let version = version.strip_prefix("go").or_else(|| version.strip_prefix('v')).unwrap_or(version);
            version.strip_suffix("+incompatible").unwrap_or(version).to_owned()
        }
        "composer" | "github" | "githubactions" | "swift" => {
            let rest = version.strip_prefix(['v', 'V']);
            rest.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(version).to_owned()
        }
        "pypi" | "nuget" => without_zeros(&version.to_lowercase()),
        _ => version.to_owned(),
    }
}

/// `1.0.0` is `1`, for ecosystems to which both are one version (PEP 440, NuGet).
fn without_zeros(version: &str) -> String {
    let mut left = version;
    if left.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        while let Some(rest) = left.strip_suffix(".0") {
            left = rest;
        }
    }
    left.to_owned()
}

/// What kind of component it is, in CycloneDX's words.
pub(super) fn kind_word(element: &Element) -> &str {
    match &element.kind {
        ElementKind::Component(kind) => kind,
        ElementKind::Service => "service",
        ElementKind::File => "file",
        ElementKind::Snippet => "snippet",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(purl: &str) -> Name {
        let mut element = Element::new(ElementKind::Component("library".into()), "x", "x");
        element.purls = vec![purl.to_owned()];
        Name::of(&element)
    }

    #[test]
    fn habits_of_tools_do_not_matter() {
        for (one, other) in [
            (
                "pkg:deb/debian/bsdutils@1:2.38.1-5?arch=amd64",
                "pkg:deb/debian/bsdutils@2.38.1-5?epoch=1&distro=debian-12",
            ),
            ("pkg:rpm/redhat/bash@0:5.1-2.el9", "pkg:rpm/rhel/bash@5.1-2.el9?epoch=0&distro=rhel-9.4"),
            ("pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64", "pkg:apk/musl@1.2.5-r0"),
            ("pkg:golang/github.com/Acme/X@v1.2.3", "pkg:golang/github.com%2Facme%2Fx@1.2.3"),
            ("pkg:golang/stdlib@go1.22.1", "pkg:golang/stdlib@1.22.1"),
            ("pkg:golang/a.example/b@v2.0.0%2Bincompatible", "pkg:golang/a.example/b@v2.0.0"),
            ("pkg:npm/%40acme/x@1.0.0", "pkg:npm/%40acme%2Fx@1.0.0"),
            ("pkg:maven/org.acme/x@1", "pkg:maven/org.acme:x@1?type=jar"),
            ("pkg:pypi/Foo_Bar@1.0.0", "pkg:pypi/foo-bar@1.0"),
            ("pkg:cargo/serde_json@1.0.1", "pkg:cargo/serde-json@1.0.1"),
            ("pkg:nuget/Newtonsoft.Json@13.0.0", "pkg:nuget/newtonsoft.json@13"),
            ("pkg:composer/acme/x@v2.1.0", "pkg:composer/acme/x@2.1.0"),
        ] {
            let (one, other) = (name(one), name(other));
            assert_eq!((one.key(), &one.version), (other.key(), &other.version));
        }
    }

    #[test]
    fn other_packages_stay_other() {
        for (one, other) in [
            ("pkg:npm/JSONStream@1", "pkg:npm/jsonstream@1"),
            ("pkg:npm/%40acme/x@1", "pkg:npm/x@1"),
            ("pkg:maven/org.acme/x@1", "pkg:maven/com.acme/x@1"),
            ("pkg:golang/github.com/a/x@1", "pkg:golang/github.com/b/x@1"),
            ("pkg:deb/debian/x@1", "pkg:rpm/redhat/x@1"),
        ] {
            assert_ne!(name(one).key(), name(other).key());
        }
        assert_ne!(name("pkg:npm/x@1.0.0").version, name("pkg:npm/x@1.0").version);
        assert_ne!(name("pkg:deb/debian/x@1:2").version, name("pkg:deb/debian/x@2").version);
    }
}
