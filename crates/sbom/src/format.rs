//! The formats that documents are written in.

use std::fmt;
use std::io::{self, Write};

use crate::convert::{loss_of, tree_of};
use crate::encoding::{self, Encoding};
use crate::observation::stream;
use crate::standard::{Standard, VersionIndex};
use crate::{Document, Loss, Observation, native, purls, table};

/// A format and, where it has several, its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// An encoding of a standard, in a version of it.
    Standard(Encoding, VersionIndex),
    /// Our own JSON: everything that is known.
    PlimsollJson,
    /// Columns for people.
    Table,
    /// One package URL a line.
    Purls,
}

/// A format that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown output format {asked:?}; there are: {}", Format::list())]
pub struct FormatError {
    asked: String,
}

/// The version that a bare name means; the latest of the encoding where none is listed. Stable within a major release.
const UNVERSIONED: &[(&str, &str)] = &[
    ("cyclonedx-json", "1.6"),
    ("cyclonedx-xml", "1.6"),
    ("cyclonedx-protobuf", "1.6"),
    ("cyclonedx-textproto", "1.6"),
    ("spdx-json", "2.3"),
];

impl Format {
    /// Reads `NAME` or `NAME@VERSION`.
    ///
    /// # Errors
    /// There is no such format.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let unknown = || FormatError { asked: text.to_owned() };
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let own = match (name, version) {
            ("json" | "plimsoll-json", None | Some("1")) => Some(Self::PlimsollJson),
            ("table", None) => Some(Self::Table),
            ("purls", None) => Some(Self::Purls),
            _ => None,
        };
        if let Some(own) = own {
            return Ok(own);
        }
        let usual = UNVERSIONED.iter().find(|(known, _)| *known == name).map(|(_, version)| *version);
        let mut written = Encoding::all().filter(|encoding| encoding.name() == name && encoding.is_written());
        let version = version.or(usual);
        written
            .find_map(|encoding| {
                let table = encoding.standard();
                let index = version.map_or(Some(table.latest()), |version| table.version(version))?;
                (index >= encoding.since()).then_some(Self::Standard(encoding, index))
            })
            .ok_or_else(unknown)
    }

    /// All formats, as they are typed.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let standards = Encoding::all().filter(|encoding| encoding.is_written()).flat_map(|encoding| {
            let since = encoding.since();
            (since.0..=encoding.standard().latest().0).map(move |at| Self::Standard(encoding, VersionIndex(at)))
        });
        standards.chain([Self::PlimsollJson, Self::Table, Self::Purls]).collect()
    }

    /// Their names in one line, the versions of each together.
    #[must_use]
    pub fn list() -> String {
        let mut names: Vec<(String, Vec<&'static str>)> = Vec::new();
        for format in Self::all() {
            let (name, version) = format.parts();
            match names.iter_mut().find(|(known, _)| known == name) {
                Some((_, versions)) => versions.push(version),
                None => names.push((name.to_owned(), vec![version])),
            }
        }
        let one = |(name, versions): &(String, Vec<&'static str>)| match versions.as_slice() {
            [""] => name.clone(),
            [only] => format!("{name}@{only}"),
            [first, .., last] => format!("{name}@{first}..{last}"),
            [] => name.clone(),
        };
        names.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn parts(self) -> (&'static str, &'static str) {
        match self {
            Self::Standard(encoding, version) => (encoding.name(), encoding.standard().version_name(version)),
            Self::PlimsollJson => ("plimsoll-json", "1"),
            Self::Table => ("table", ""),
            Self::Purls => ("purls", ""),
        }
    }

    /// Writes what a scan observed.
    ///
    /// # Errors
    /// Writing fails.
    pub fn write_observation(self, observation: &Observation, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::PlimsollJson => native::write(observation, out),
            Self::Standard(Encoding::CycloneDxJson, version)
                if Standard::cyclonedx().version("1.6") <= Some(version) =>
            {
                stream::write(observation, version, out)
            }
            Self::Standard(encoding, version) => {
                let tree = tree_of(&Document::from(observation), encoding.standard_kind(), version);
                encoding::write(&tree, encoding, version, out)
            }
            Self::Table => table::write(&Document::from(observation), out),
            Self::Purls => purls::write_observation(observation, out),
        }
    }

    /// Writes a document. Our own JSON is written of scans only, as a document does not say all that it holds.
    ///
    /// # Errors
    /// Writing fails, or the format is our own JSON.
    pub fn write_document(self, document: &Document, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Standard(encoding, version) => {
                encoding::write(&tree_of(document, encoding.standard_kind(), version), encoding, version, out)
            }
            Self::Table => table::write(document, out),
            Self::Purls => purls::write(document, out),
            Self::PlimsollJson => {
                Err(io::Error::new(io::ErrorKind::Unsupported, "plimsoll-json is written by scan only"))
            }
        }
    }

    /// How many facts of each kind that matters the format cannot carry of an observation. Costs more than writing it.
    #[must_use]
    pub fn loss(self, observation: &Observation) -> Loss {
        let document = || Document::from(observation);
        match self {
            Self::PlimsollJson => Loss::default(),
            Self::Standard(encoding, version) => loss_of(&document(), encoding, version),
            Self::Table | Self::Purls => {
                let mut loss = Loss::default();
                loss.add("edge", document().edges.len());
                if self == Self::Purls {
                    let without = observation.graph.components().filter(|(_, component)| component.purl.is_none());
                    loss.add("component", without.count());
                }
                loss
            }
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            (name, "") => f.write_str(name),
            (name, version) => write!(f, "{name}@{version}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions() {
        let name = |text: &str| Format::parse(text).map(|format| format.to_string());
        assert_eq!(name("cyclonedx-json").unwrap(), "cyclonedx-json@1.6");
        assert_eq!(name("cyclonedx-xml@1.0").unwrap(), "cyclonedx-xml@1.0");
        assert_eq!(name("spdx-json").unwrap(), "spdx-json@2.3");
        assert_eq!(name("spdx-json@3.0.1").unwrap(), "spdx-json@3.0.1");
        assert_eq!(name("spdx-tag-value").unwrap(), "spdx-tag-value@2.3");
        assert_eq!(name("json").unwrap(), "plimsoll-json@1");
        for unknown in ["cyclonedx-json@9", "cyclonedx-json@1.1", "spdx-rdf", "table@1", ""] {
            let error = name(unknown).unwrap_err().to_string();
            assert!(error.contains("cyclonedx-xml@1.0..1.7"), "{error}");
        }
    }

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in Format::all() {
            assert_eq!(Format::parse(&format.to_string()), Ok(format));
        }
    }
}
