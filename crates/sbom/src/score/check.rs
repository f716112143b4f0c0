//! The checks: what each looks for. Names are those of `schemas/profiles/checks.table`.

mod component;
mod document;
mod licenses;

use super::facts::{Facts, Item};

/// What a check finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is there.
    Present,
    /// It is said to be unknown.
    Unknown,
    /// It is left out.
    Missing,
    /// It is left out, and whether there is such a thing cannot be told.
    CannotTell,
    /// The question does not arise.
    NotApplicable,
}

impl Outcome {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Unknown => "unknown",
            Self::Missing => "missing",
            Self::CannotTell => "cannot-tell",
            Self::NotApplicable => "not-applicable",
        }
    }

    /// Present, else unknown when that is said, else missing.
    fn of(present: bool, unknown: impl FnOnce() -> bool) -> Self {
        if present {
            Self::Present
        } else if unknown() {
            Self::Unknown
        } else {
            Self::Missing
        }
    }

    /// Present or missing.
    fn is(present: bool) -> Self {
        Self::of(present, || false)
    }
}

/// A check.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) name: &'static str,
    look: Look,
}

#[derive(Debug)]
enum Look {
    Document(fn(&Facts<'_>) -> Outcome),
    Component(fn(&Item<'_>) -> Outcome),
}

impl Check {
    const fn document(name: &'static str, look: fn(&Facts<'_>) -> Outcome) -> Self {
        Self { name, look: Look::Document(look) }
    }

    const fn component(name: &'static str, look: fn(&Item<'_>) -> Outcome) -> Self {
        Self { name, look: Look::Component(look) }
    }

    pub(super) fn is_of_components(&self) -> bool {
        matches!(self.look, Look::Component(_))
    }

    /// Asks the document.
    pub(super) fn of_document(&self, facts: &Facts<'_>) -> Outcome {
        match self.look {
            Look::Document(look) => look(facts),
            Look::Component(_) => Outcome::NotApplicable,
        }
    }

    /// Asks a component.
    pub(super) fn of_component(&self, item: &Item<'_>) -> Outcome {
        match self.look {
            Look::Component(look) => look(item),
            Look::Document(_) => Outcome::NotApplicable,
        }
    }
}

/// The check of a name.
pub(super) fn named(name: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.name == name)
}

/// All of them.
pub(super) static CHECKS: &[Check] = &[
    Check::document("author", document::author),
    Check::document("author-contact", document::author_contact),
    Check::document("build-context", document::build_context),
    Check::document("coverage", document::coverage),
    Check::document("creator", document::creator),
    Check::document("creator-comment", document::creator_comment),
    Check::document("creator-organization-and-tool", document::creator_organization_and_tool),
    Check::document("data-license", document::data_license),
    Check::document("document-id", document::id),
    Check::document("document-name", document::name),
    Check::document("document-supplier", document::supplier),
    Check::document("format-bsi-2.1", document::format_bsi),
    Check::document("format-name", document::format),
    Check::document("format-telco", document::format_telco),
    Check::document("format-version", document::format),
    Check::document("generation-context", document::generation_context),
    Check::document("machine-readable", document::format),
    Check::document("no-vulnerabilities", document::no_vulnerabilities),
    Check::document("primary", document::primary),
    Check::document("relationships", document::relationships),
    Check::document("sbom-uri", document::uri),
    Check::document("sbom-version", document::version),
    Check::document("schema-valid", document::schema_valid),
    Check::document("signature", document::signature),
    Check::document("timestamp", document::timestamp),
    Check::document("tool-name", document::tool_name),
    Check::document("tool-version", document::tool_version),
    Check::component("archive", component::archive),
    Check::component("completeness", component::completeness),
    Check::component("copyright", component::copyright),
    Check::component("cpe", component::cpe),
    Check::component("dependencies", component::dependencies),
    Check::component("deployable-uri", component::deployable_uri),
    Check::component("download-location", component::download_location),
    Check::component("executable", component::executable),
    Check::component("filename", component::filename),
    Check::component("files-analyzed", component::files_analyzed),
    Check::component("hash-algorithm", component::hash_algorithm),
    Check::component("hash-deployable", component::hash_deployable),
    Check::component("hash-not-weak", component::hash_not_weak),
    Check::component("hash-strong", component::hash_strong),
    Check::component("hash-value", component::hash_value),
    Check::component("identifier", component::identifier),
    Check::component("license", licenses::any),
    Check::component("license-concluded", licenses::concluded),
    Check::component("license-declared", licenses::declared),
    Check::component("license-effective", licenses::effective),
    Check::component("license-not-deprecated", licenses::not_deprecated),
    Check::component("license-not-restrictive", licenses::not_restrictive),
    Check::component("license-valid", licenses::valid),
    Check::component("local-id", component::local_id),
    Check::component("name", component::name),
    Check::component("producer", component::producer),
    Check::component("producer-contact", component::producer_contact),
    Check::component("purl", component::purl),
    Check::component("purpose", component::purpose),
    Check::component("relationship", component::relationship),
    Check::component("security-txt", component::security_txt),
    Check::component("source-hash", component::source_hash),
    Check::component("source-uri", component::source_uri),
    Check::component("structured", component::structured),
    Check::component("supplier", component::supplier),
    Check::component("version", component::version),
];
