//! The encodings: bytes to tree and back, each following the tables of its standard.
//!
//! A reader gives the tree of whatever it could make sense of, and the [`Fault`]s it met on the way; what is wrong with
//! the content is found by `validate`, which all encodings share. A writer writes a tree that a table describes.

pub(crate) mod cyclonedx_xml;
mod omission;
pub mod protobuf;
mod rdf_xml;
mod spdx2;
mod spdx_xml;
mod tag_value;
mod yaml;

use std::fmt;
use std::io::{self, Write};

use plimsoll_model::Limits;

pub use omission::Omission;
pub(crate) use omission::Omissions;

use crate::fault::{Fault, FaultKind};
use crate::json;
use crate::map::StandardKind;
use crate::standard::{Standard, VersionIndex};
use crate::tree::{Pointer, Value};

/// How a document is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// CycloneDX JSON, 1.2 to 1.7.
    CycloneDxJson,
    /// CycloneDX XML, 1.0 to 1.7.
    CycloneDxXml,
    /// CycloneDX protobuf, 1.3 to 1.7.
    CycloneDxProtobuf,
    /// CycloneDX protobuf in its text form, 1.3 to 1.7.
    CycloneDxTextproto,
    /// SPDX 2 JSON.
    SpdxJson,
    /// SPDX 2 YAML.
    SpdxYaml,
    /// SPDX 2 XML.
    SpdxXml,
    /// SPDX 2 tag-value.
    SpdxTagValue,
    /// SPDX 2 RDF/XML; only read.
    SpdxRdfXml,
    /// SPDX 3 JSON-LD.
    Spdx3Json,
}

/// Every encoding with its name, its standard's name in the tables, and its first version.
const ENCODINGS: &[(Encoding, &str, &str, &str)] = &[
    (Encoding::CycloneDxJson, "cyclonedx-json", "cyclonedx", "1.2"),
    (Encoding::CycloneDxXml, "cyclonedx-xml", "cyclonedx", "1.0"),
    (Encoding::CycloneDxProtobuf, "cyclonedx-protobuf", "cyclonedx", "1.3"),
    (Encoding::CycloneDxTextproto, "cyclonedx-textproto", "cyclonedx", "1.3"),
    (Encoding::SpdxJson, "spdx-json", "spdx-2", "2.2"),
    (Encoding::SpdxYaml, "spdx-yaml", "spdx-2", "2.2"),
    (Encoding::SpdxXml, "spdx-xml", "spdx-2", "2.2"),
    (Encoding::SpdxTagValue, "spdx-tag-value", "spdx-2", "2.2"),
    (Encoding::SpdxRdfXml, "spdx-rdf", "spdx-2", "2.2"),
    (Encoding::Spdx3Json, "spdx-json", "spdx-3", "3.0.1"),
];

impl Encoding {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        ENCODINGS.iter().map(|(encoding, ..)| *encoding)
    }

    fn row(self) -> Option<&'static (Self, &'static str, &'static str, &'static str)> {
        ENCODINGS.iter().find(|(encoding, ..)| *encoding == self)
    }

    /// Its name, as it is typed.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().map(|row| row.1).unwrap_or_default()
    }

    /// Whether it is made of messages, in either form.
    #[must_use]
    pub fn is_protobuf(self) -> bool {
        matches!(self, Self::CycloneDxProtobuf | Self::CycloneDxTextproto)
    }

    /// The standard that it writes down.
    #[must_use]
    pub fn standard_kind(self) -> StandardKind {
        match self.row().map(|row| row.2) {
            Some("spdx-2") => StandardKind::Spdx2,
            Some("spdx-3") => StandardKind::Spdx3,
            _ => StandardKind::CycloneDx,
        }
    }

    /// The tables of the standard that it writes down.
    #[must_use]
    pub fn standard(self) -> &'static Standard {
        self.standard_kind().table()
    }

    /// Whether documents are also written in it.
    #[must_use]
    pub fn is_written(self) -> bool {
        self != Self::SpdxRdfXml
    }

    /// The first version that has it.
    #[must_use]
    pub fn since(self) -> VersionIndex {
        self.row().and_then(|row| self.standard().version(row.3)).unwrap_or(VersionIndex(0))
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A document as it was read: its tree, and what was wrong with the bytes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Parsed {
    /// How it was written down.
    pub encoding: Encoding,
    /// The version that it names.
    pub version: VersionIndex,
    /// The tree, in the shape of the standard's JSON.
    pub tree: Value,
    /// What the encoding's own rules found.
    pub faults: Vec<Fault>,
}

/// Why no tree could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// No standard's marks were found.
    #[error("not a document of a known standard; looked for: {}", looked_for.join(", "))]
    Unknown {
        /// What would have told.
        looked_for: Vec<&'static str>,
    },
    /// A standard that is known, in a version that is not.
    #[error("{standard} {version:?} is not a version that can be read")]
    UnknownVersion {
        /// The standard.
        standard: &'static str,
        /// What the document says.
        version: String,
    },
    /// The bytes are not of the encoding.
    #[error("{0}")]
    Syntax(Box<Fault>),
    /// A limit was reached.
    #[error("{0}")]
    Limit(Box<Fault>),
}

/// Reads bytes of a known encoding.
///
/// # Errors
/// They are not of that encoding, or a limit was reached.
pub fn read(bytes: &[u8], encoding: Encoding, limits: &Limits) -> Result<Parsed, ReadError> {
    if u64::try_from(bytes.len()).is_ok_and(|length| length > limits.member_bytes) {
        let message = format!("larger than {} bytes", limits.member_bytes);
        return Err(ReadError::Limit(Box::new(Fault::new(FaultKind::Limit, Pointer::root(), message))));
    }
    match encoding {
        Encoding::CycloneDxJson | Encoding::SpdxJson | Encoding::Spdx3Json => json::read(bytes, encoding, limits),
        Encoding::CycloneDxXml => cyclonedx_xml::read(bytes, limits),
        Encoding::SpdxYaml => yaml::read(bytes, limits),
        Encoding::SpdxXml => spdx_xml::read(bytes, limits),
        Encoding::SpdxTagValue => tag_value::read(bytes, limits),
        Encoding::SpdxRdfXml => rdf_xml::read(bytes, limits),
        Encoding::CycloneDxProtobuf => protobuf::read(bytes, limits),
        Encoding::CycloneDxTextproto => protobuf::read_text(bytes, limits),
    }
}

/// Writes a tree that follows the tables of a version. What the encoding cannot hold is left out or changed;
/// [`write_with_omissions`] says what.
///
/// # Errors
/// Writing fails.
pub fn write(tree: &Value, encoding: Encoding, version: VersionIndex, out: &mut dyn Write) -> io::Result<()> {
    write_with_omissions(tree, encoding, version, out).map(|_| ())
}

/// Writes a tree that follows the tables of a version, and says what the encoding cannot hold.
///
/// # Errors
/// Writing fails.
pub fn write_with_omissions(
    tree: &Value,
    encoding: Encoding,
    version: VersionIndex,
    out: &mut dyn Write,
) -> io::Result<Vec<Omission>> {
    match encoding {
        Encoding::CycloneDxJson => {
            let (rest, omissions) = cyclonedx_xml::without(tree, version).unzip();
            json::write(rest.as_ref().unwrap_or(tree), out).map(|()| omissions.unwrap_or_default())
        }
        Encoding::SpdxJson | Encoding::Spdx3Json => json::write(tree, out).map(|()| Vec::new()),
        Encoding::CycloneDxXml => cyclonedx_xml::write(tree, version, out),
        Encoding::SpdxYaml => yaml::write(tree, out).map(|()| Vec::new()),
        Encoding::SpdxXml => spdx_xml::write(tree, out),
        Encoding::SpdxTagValue => tag_value::write(tree, version, out),
        Encoding::CycloneDxProtobuf => protobuf::write(tree, version, out),
        Encoding::CycloneDxTextproto => protobuf::write_text(tree, version, out),
        Encoding::SpdxRdfXml => Err(io::Error::new(io::ErrorKind::Unsupported, "RDF/XML is only read")),
    }
}
