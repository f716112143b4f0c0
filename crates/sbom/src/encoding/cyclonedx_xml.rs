//! CycloneDX XML, 1.0 to 1.7 (ECMA-424; schemas at <https://cyclonedx.org/docs/latest/xml/>).
//!
//! Reader and writer follow `schemas/cyclonedx/xml.table`, which says how each field is spelled; no field has code. The
//! namespace of the root names the version. What XML demands beyond the shape of a document is found while reading: the
//! order of elements, elements that are there twice, text where none may be, what XML alone requires.
//!
//! # Beyond the fields
//! The schema lets others add elements and attributes of their own nearly everywhere; an XML signature is one. They stay
//! in the tree as they are written, in members that start with [`OTHER`]: no JSON has those names, and no other encoding
//! writes them. Hints where schemas are (`xsi:schemaLocation`) are dropped.
//!
//! # What XML cannot hold
//! XML 1.0 has no control characters but tab and the line ends: the writer puts U+FFFD for them, and U+FFFE and U+FFFF,
//! and reports it. Lines and tabs in the many texts that the schema calls normalized become spaces when they are read.

mod nodes;
mod only;
mod read;
mod table;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use only::without;
pub(super) use read::read;
pub(super) use write::write;

/// What the namespaces of all versions start with.
const NAMESPACE: &str = "http://cyclonedx.org/schema/bom/";

/// The namespace of attributes about schemas (XML Schema part 1, 2.6).
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The start of the names of members that hold what is of other namespaces.
pub(crate) const OTHER: &str = "xml:";

/// The member for elements of other namespaces: an array of texts. Those in the element around the items of a field are
/// in one with the name of the field after a slash.
const OTHER_ELEMENTS: &str = "xml:elements";

/// The member for attributes that the schema does not name: an object, by name or `{namespace}name`.
const OTHER_ATTRIBUTES: &str = "xml:attributes";

/// Whether a name is that of such a member.
pub(crate) fn is_reserved(name: &str) -> bool {
    [OTHER_ELEMENTS, OTHER_ATTRIBUTES]
        .iter()
        .any(|reserved| name.strip_prefix(reserved).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}
