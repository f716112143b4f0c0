//! The formats that documents are written in.

use std::fmt;
use std::io::{self, Write};

use crate::cyclonedx::{self, CycloneDxJson};
use crate::native::PlimsollJson;
use crate::purls::Purls;
use crate::spdx::SpdxJson;
use crate::table::Table;
use crate::{Loss, Observation};

/// Writes a document in one format.
pub trait Encoder {
    /// Writes the document and returns what the format could not carry.
    ///
    /// # Errors
    /// Writing fails.
    fn encode(&self, document: &Observation, out: &mut dyn Write) -> Result<Loss, EncodeError>;
}

/// Why a document could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Writing failed.
    #[error("cannot write the document")]
    Write(#[from] io::Error),
}

/// A format and, where it has several, its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// CycloneDX JSON 1.6 (ECMA-424, first edition).
    CycloneDxJson16,
    /// CycloneDX JSON 1.7 (ECMA-424, second edition).
    CycloneDxJson17,
    /// SPDX JSON 2.3.
    SpdxJson23,
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

/// Name, version and format; the first of a name is what the bare name means.
const FORMATS: &[(&str, &str, Format)] = &[
    ("cyclonedx-json", "1.6", Format::CycloneDxJson16),
    ("cyclonedx-json", "1.7", Format::CycloneDxJson17),
    ("spdx-json", "2.3", Format::SpdxJson23),
    ("plimsoll-json", "1", Format::PlimsollJson),
    ("table", "", Format::Table),
    ("purls", "", Format::Purls),
];

impl Format {
    /// Reads `NAME` or `NAME@VERSION`.
    ///
    /// # Errors
    /// There is no such format.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let name = if name == "json" { "plimsoll-json" } else { name };
        FORMATS
            .iter()
            .find(|(known, of, _)| *known == name && version.is_none_or(|version| version == *of))
            .map(|(_, _, format)| *format)
            .ok_or_else(|| FormatError { asked: text.to_owned() })
    }

    /// All formats, as they are typed.
    #[must_use]
    pub fn list() -> String {
        let names: Vec<String> = FORMATS
            .iter()
            .map(|(name, version, _)| if version.is_empty() { (*name).to_owned() } else { format!("{name}@{version}") })
            .collect();
        names.join(", ")
    }

    /// The encoder of the format.
    #[must_use]
    pub fn encoder(self) -> Box<dyn Encoder> {
        match self {
            Self::CycloneDxJson16 => Box::new(CycloneDxJson { version: cyclonedx::Version::V1_6 }),
            Self::CycloneDxJson17 => Box::new(CycloneDxJson { version: cyclonedx::Version::V1_7 }),
            Self::SpdxJson23 => Box::new(SpdxJson),
            Self::PlimsollJson => Box::new(PlimsollJson),
            Self::Table => Box::new(Table),
            Self::Purls => Box::new(Purls),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = FORMATS.iter().find(|(_, _, format)| format == self);
        match found {
            Some((name, "", _)) => f.write_str(name),
            Some((name, version, _)) => write!(f, "{name}@{version}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions() {
        assert_eq!(Format::parse("cyclonedx-json").unwrap(), Format::CycloneDxJson16);
        assert_eq!(Format::parse("cyclonedx-json@1.7").unwrap().to_string(), "cyclonedx-json@1.7");
        let error = Format::parse("cyclonedx-json@9").unwrap_err().to_string();
        assert!(error.contains("spdx-json@2.3"), "{error}");
    }
}
