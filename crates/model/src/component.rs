//! Components: the things that a source holds.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

use crate::{Digest, Evidence, LayerIndex, License, Purl, SourcePath};

/// What sort of thing a component is; the names are CycloneDX's component types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ComponentKind {
    /// A package that other software uses.
    Library,
    /// A program, or a project that is built here.
    Application,
    /// An operating system distribution.
    OperatingSystem,
    /// A container image.
    Container,
    /// A file, in the file catalogue.
    File,
    /// A framework.
    Framework,
    /// Firmware.
    Firmware,
    /// A trained model.
    MachineLearningModel,
}

impl ComponentKind {
    /// The kind as CycloneDX spells it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Library => "library",
            Self::Application => "application",
            Self::OperatingSystem => "operating-system",
            Self::Container => "container",
            Self::File => "file",
            Self::Framework => "framework",
            Self::Firmware => "firmware",
            Self::MachineLearningModel => "machine-learning-model",
        }
    }
}

/// When a component is needed. Ordered: when two files disagree the greater one holds, so that a package which is
/// `Dev` in one lockfile and `Runtime` in another is `Runtime`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Scope {
    /// Only to develop or test.
    Dev,
    /// Only to build; not part of the result.
    Build,
    /// At run time, when a chosen feature or platform asks for it.
    Optional,
    /// The format does not say; treated as needed.
    #[default]
    Unspecified,
    /// At run time.
    Runtime,
}

impl Scope {
    /// The scope as a word, for properties and reports; `None` when unspecified.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Dev => Some("dev"),
            Self::Build => Some("build"),
            Self::Optional => Some("optional"),
            Self::Unspecified => None,
            Self::Runtime => Some("runtime"),
        }
    }
}

/// What an external reference points at; the names are CycloneDX's external reference types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ReferenceKind {
    /// A file that can be downloaded and installed; its digests belong to that file.
    Distribution,
    /// The archive of the source code.
    SourceDistribution,
    /// The version control system; with a commit, `git+https://…@commit`.
    Vcs,
    /// The project's web page.
    Website,
    /// The issue tracker.
    IssueTracker,
    /// Documentation.
    Documentation,
}

impl ReferenceKind {
    /// The kind as CycloneDX spells it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Distribution => "distribution",
            Self::SourceDistribution => "source-distribution",
            Self::Vcs => "vcs",
            Self::Website => "website",
            Self::IssueTracker => "issue-tracker",
            Self::Documentation => "documentation",
        }
    }
}

/// A URL that belongs to a component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExternalReference {
    /// What it points at.
    pub kind: ReferenceKind,
    /// The URL, as the format gives it. A bare file name is allowed for a distribution whose index is not recorded.
    pub url: Box<str>,
    /// Digests of what is at the URL.
    pub hashes: Vec<Digest>,
}

/// What the layers of an image did to a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LayerHistory {
    /// The layer that brought it in.
    pub introduced: LayerIndex,
    /// The last layer that wrote a file which shows it.
    pub changed: LayerIndex,
    /// The layer that removed it; only under `--scope all-layers`.
    pub removed: Option<LayerIndex>,
}

/// One thing that a source holds, with everything that is known about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// What sort of thing it is.
    pub kind: ComponentKind,
    /// The group of its name: npm scope with `@`, Maven groupId, Composer vendor.
    pub group: Option<Box<str>>,
    /// The name without its group.
    pub name: Box<str>,
    /// The exact version; `None` when only a range is known.
    pub version: Option<Box<str>>,
    /// The range that was asked for, in the format's own words, when it is not pinned.
    pub version_range: Option<Box<str>>,
    /// The package URL; `None` for what no registry knows, such as a workspace member.
    pub purl: Option<Purl>,
    /// For a component without purl: the file or directory that it lives in, which tells it from its namesakes.
    pub location: Option<SourcePath>,
    /// When it is needed.
    pub scope: Scope,
    /// Digests of the component as it is delivered (its single archive or file).
    pub hashes: Vec<Digest>,
    /// Licence statements.
    pub licenses: Vec<License>,
    /// URLs, with the digests of what is there.
    pub references: Vec<ExternalReference>,
    /// Who supplies it: the maintainer or vendor that the metadata names.
    pub supplier: Option<Box<str>>,
    /// Who wrote it.
    pub author: Option<Box<str>>,
    /// A line about it.
    pub description: Option<Box<str>>,
    /// Copyright text.
    pub copyright: Option<Box<str>>,
    /// Facts that have no field of their own; names as `plimsoll:ecosystem:fact`.
    pub properties: Vec<(Cow<'static, str>, Box<str>)>,
    /// Why we say that it is there.
    pub evidence: Vec<Evidence>,
    /// What the layers did to it.
    pub layers: Option<LayerHistory>,
}

impl Component {
    /// A component of this kind and name, with nothing else known.
    #[must_use]
    pub fn new(kind: ComponentKind, name: impl Into<Box<str>>) -> Self {
        Self {
            kind,
            group: None,
            name: name.into(),
            version: None,
            version_range: None,
            purl: None,
            location: None,
            scope: Scope::Unspecified,
            hashes: Vec::new(),
            licenses: Vec::new(),
            references: Vec::new(),
            supplier: None,
            author: None,
            description: None,
            copyright: None,
            properties: Vec::new(),
            evidence: Vec::new(),
            layers: None,
        }
    }

    /// A library with the names and version that its purl says.
    #[must_use]
    pub fn from_purl(purl: Purl) -> Self {
        let (group, name): (Option<Box<str>>, Box<str>) = match (purl.kind(), purl.namespace()) {
            // A distribution or architecture is not part of the name.
            ("deb" | "rpm" | "apk" | "alpm" | "opkg" | "qpkg", _) | (_, None) => (None, purl.name().into()),
            // A Go module's name is its whole path.
            ("golang", Some(namespace)) => (None, format!("{namespace}/{}", purl.name()).into()),
            (_, Some(namespace)) => (Some(namespace.into()), purl.name().into()),
        };
        let version = purl.version().map(Into::into);
        Self { group, version, purl: Some(purl), ..Self::new(ComponentKind::Library, name) }
    }

    /// What this component is, for joining two findings of one thing.
    #[must_use]
    pub fn key(&self) -> ComponentKey {
        let text = match &self.purl {
            Some(purl) => match &self.version_range {
                // Unpinned: two ranges are two statements, kept apart.
                Some(range) if self.version.is_none() => format!("{purl} {range}"),
                _ => purl.to_string(),
            },
            None => self.local_key(),
        };
        ComponentKey(text.into())
    }

    fn local_key(&self) -> String {
        let mut text = format!("{}:", self.kind.word());
        if let Some(group) = &self.group {
            text.push_str(group);
            text.push('/');
        }
        text.push_str(&self.name);
        if let Some(version) = &self.version {
            text.push('@');
            text.push_str(version);
        }
        if let Some(location) = &self.location {
            text.push_str(" at ");
            text.push_str(&location.to_string());
        }
        text
    }

    /// Takes over what `other`, another finding of the same thing, knows and this one does not.
    pub fn absorb(&mut self, other: Self) {
        fill(&mut self.group, other.group);
        fill(&mut self.version, other.version);
        fill(&mut self.version_range, other.version_range);
        fill(&mut self.supplier, other.supplier);
        fill(&mut self.author, other.author);
        fill(&mut self.description, other.description);
        fill(&mut self.copyright, other.copyright);
        self.scope = self.scope.max(other.scope);
        self.hashes.extend(other.hashes);
        self.licenses.extend(other.licenses);
        self.references.extend(other.references);
        self.properties.extend(other.properties);
        self.evidence.extend(other.evidence);
        self.layers = match (self.layers, other.layers) {
            (Some(mine), Some(theirs)) => Some(LayerHistory {
                introduced: mine.introduced.min(theirs.introduced),
                changed: mine.changed.max(theirs.changed),
                // Removed only when every finding of it was.
                removed: mine.removed.zip(theirs.removed).map(|(mine, theirs)| mine.max(theirs)),
            }),
            (mine, theirs) => mine.or(theirs),
        };
    }

    /// Gives back the room that its lists have to spare; there may be a million components.
    pub fn shrink_to_fit(&mut self) {
        self.hashes.shrink_to_fit();
        self.licenses.shrink_to_fit();
        self.references.shrink_to_fit();
        self.properties.shrink_to_fit();
    }

    /// Sorts every list and drops doubles, so that the order of finding leaves no trace.
    pub(crate) fn settle(&mut self) {
        self.hashes.sort_unstable();
        self.hashes.dedup();
        self.licenses.sort_unstable();
        self.licenses.dedup();
        self.properties.sort_unstable();
        self.properties.dedup();
        self.evidence.sort_unstable();
        self.evidence.dedup();
        self.references.sort_unstable();
        self.references.dedup_by(|later, kept| {
            let same = later.kind == kept.kind && later.url == kept.url;
            if same {
                kept.hashes.append(&mut later.hashes);
            }
            same
        });
        for reference in &mut self.references {
            reference.hashes.sort_unstable();
            reference.hashes.dedup();
        }
    }
}

fn fill<T: Ord>(mine: &mut Option<T>, theirs: Option<T>) {
    // The lesser of two differing values: which came first must not show.
    match (mine.as_ref(), theirs) {
        (None, theirs) => *mine = theirs,
        (Some(held), Some(theirs)) if theirs < *held => *mine = Some(theirs),
        _ => {}
    }
}

/// A file in a file catalogue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileRecord {
    /// Its path.
    pub path: SourcePath,
    /// Its layer.
    pub layer: Option<LayerIndex>,
    /// Bytes.
    pub size: u64,
    /// Digests of its content.
    pub hashes: Vec<Digest>,
}

/// The identity of a component: its purl, or its kind, name, version and location when it has none. Sorts as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComponentKey(Box<str>);

impl ComponentKey {
    /// The text of the key; unique within a graph, so it also serves as `bom-ref`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ComponentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
