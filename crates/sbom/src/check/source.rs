//! What a document is held against.

use plimsoll_model::Diagnostic;

use crate::document::Element;
use crate::{Document, Observation};

/// Purl types that scans read. A claim of another type is one that nobody looked for.
const READ: &[&str] = &["apk", "cargo", "composer", "deb", "gem", "golang", "maven", "npm", "nuget", "pypi", "rpm"];

/// Ends of names of the files that list packages, with the type of these.
const LISTS: &[(&str, &str)] = &[
    ("dpkg/status", "deb"),
    (".list", "deb"),
    (".control", "deb"),
    ("apk/db/installed", "apk"),
    ("rpm/Packages", "rpm"),
    ("rpm/Packages.db", "rpm"),
    ("rpm/rpmdb.sqlite", "rpm"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
    ("yarn.lock", "npm"),
    ("pnpm-lock.yaml", "npm"),
    ("bun.lock", "npm"),
    ("package.json", "npm"),
    ("METADATA", "pypi"),
    ("PKG-INFO", "pypi"),
    ("requirements.txt", "pypi"),
    ("poetry.lock", "pypi"),
    ("Pipfile.lock", "pypi"),
    ("pdm.lock", "pypi"),
    ("pylock.toml", "pypi"),
    ("uv.lock", "pypi"),
    (".jar", "maven"),
    (".war", "maven"),
    (".ear", "maven"),
    ("pom.xml", "maven"),
    ("gradle.lockfile", "maven"),
    ("Cargo.lock", "cargo"),
    ("go.mod", "golang"),
    ("go.sum", "golang"),
    ("Gemfile.lock", "gem"),
    (".gemspec", "gem"),
    ("composer.lock", "composer"),
    ("installed.json", "composer"),
    ("packages.lock.json", "nuget"),
    (".deps.json", "nuget"),
    ("packages.config", "nuget"),
];

/// Something of the artifact that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// The file; `None` for the artifact as a whole.
    pub file: Option<String>,
    /// The stable code of the diagnostic.
    pub code: &'static str,
    /// Why.
    pub message: String,
}

impl Unread {
    /// The type of the packages that the file lists, as far as its name tells.
    fn kind(&self) -> Option<&'static str> {
        let file = self.file.as_deref()?;
        LISTS.iter().find(|(end, _)| file.ends_with(end)).map(|(_, kind)| *kind)
    }
}

/// What was found, and what could not be.
#[derive(Debug, Clone)]
pub struct Source {
    pub(super) document: Document,
    pub(super) layers: Vec<String>,
    pub(super) unread: Vec<Unread>,
}

impl Source {
    /// What was written down of a scan: what it found, the digests of layers, and what it could not read.
    #[must_use]
    pub fn new(document: Document, layers: Vec<String>, unread: Vec<Unread>) -> Self {
        Self { document, layers, unread }
    }

    /// What could not be read.
    #[must_use]
    pub fn unread(&self) -> &[Unread] {
        &self.unread
    }

    /// The digests of the layers of an image, the lowest first.
    #[must_use]
    pub fn layers(&self) -> &[String] {
        &self.layers
    }

    /// What hides a package of a type that is claimed from one of these places: the first of what could not be read.
    pub(super) fn hides(&self, kind: &str, places: &[String]) -> Option<&Unread> {
        let held = |unread: &&Unread| match &unread.file {
            // A limit that was reached, a layer that is broken: anything may be missing.
            None => true,
            Some(file) => unread.kind() == Some(kind) || places.iter().any(|place| place == file),
        };
        self.unread.iter().find(held)
    }

    /// Whether anybody looked for packages of a type.
    pub(super) fn looks_for(kind: &str) -> bool {
        READ.contains(&kind)
    }
}

/// What was found by something else than a scan, and is all that there is.
impl From<Document> for Source {
    fn from(document: Document) -> Self {
        Self { document, layers: Vec::new(), unread: Vec::new() }
    }
}

impl From<&Observation> for Source {
    fn from(observation: &Observation) -> Self {
        let unread = |held: &Diagnostic| Unread {
            file: held.file.as_ref().map(ToString::to_string),
            code: held.code.info().id,
            message: held.message.to_string(),
        };
        let incomplete = observation.diagnostics.iter().filter(|held| held.is_incomplete());
        let mut unread: Vec<Unread> = incomplete.map(unread).collect();
        unread.sort();
        unread.dedup();
        Self {
            document: Document::from(observation),
            layers: observation.layers.iter().map(|layer| layer.diff_id.to_string()).collect(),
            unread,
        }
    }
}

/// Where a document says that it saw an element, without the slash that some tools begin a path with.
pub(super) fn places(element: &Element) -> Vec<String> {
    let seen = element.sightings.iter().map(|seen| seen.location.as_str());
    // Syft numbers its places: `syft:location:0:path`.
    let syft = element.properties.iter().filter(|held| {
        held.name.starts_with("syft:location:") && held.name.ends_with(":path")
            || held.name == "aquasecurity:trivy:FilePath"
    });
    let all = seen.chain(syft.map(|held| held.value.as_str()));
    let mut places: Vec<String> =
        all.map(|place| place.trim_start_matches("./").trim_start_matches('/').to_owned()).collect();
    places.sort();
    places.dedup();
    places
}
