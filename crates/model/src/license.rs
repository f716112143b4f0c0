//! Licences of components.

mod aliases;
mod expression;

use expression::{Names, canonical};
use serde::{Deserialize, Serialize};

/// Who says that a licence applies; the names are CycloneDX's `acknowledgement` (1.6 and later).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Acknowledgement {
    /// The authors of the component say so.
    Declared,
    /// An analysis of the component came to this result.
    Concluded,
}

/// A licence statement: the text as it was written, and the SPDX expression it stands for, when it does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct License {
    text: Box<str>,
    expression: Option<Box<str>>,
    acknowledgement: Acknowledgement,
}

impl License {
    /// A declared licence; the text is kept as it is, and read as an SPDX licence expression (SPDX 2.3 Annex D), in which
    /// names that mean one licence (`Apache 2`) may stand for ids. With one that means several (`BSD`) it is free text.
    #[must_use]
    pub fn declared(text: &str) -> Option<Self> {
        Self::new(text, Acknowledgement::Declared)
    }

    /// A licence statement; `None` for empty text and for `UNKNOWN`-like placeholders, which state nothing.
    #[must_use]
    pub fn new(text: &str, acknowledgement: Acknowledgement) -> Option<Self> {
        let text = text.trim();
        let placeholder = ["", "unknown", "none", "noassertion", "n/a", "null"];
        if placeholder.contains(&text.to_ascii_lowercase().as_str()) {
            return None;
        }
        Some(Self { text: text.into(), expression: canonical(text, Names::Aliases).map(Into::into), acknowledgement })
    }

    /// The canonical form of a text that is an SPDX licence expression by the letter, without names that are no ids;
    /// `None` when it is not one.
    #[must_use]
    pub fn spdx_expression(text: &str) -> Option<String> {
        canonical(text.trim(), Names::Ids)
    }

    /// The statement as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The canonical SPDX expression, when the text is one or is a known alias of one.
    #[must_use]
    pub fn expression(&self) -> Option<&str> {
        self.expression.as_deref()
    }

    /// The single SPDX licence id, when the expression is just that.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        let exact = |expression: &&str| spdx::license_id(expression).is_some_and(|id| id.name == *expression);
        self.expression.as_deref().filter(exact)
    }

    /// Whether the terms that may be used hold: of a choice (OR) one, of a sum (AND) all. A term is an id, an id with `+`, a
    /// reference, or one of these `WITH` an exception. `None` when the text is no expression.
    #[must_use]
    pub fn holds(&self, term: &mut dyn FnMut(&str) -> bool) -> Option<bool> {
        expression::holds(self.expression.as_deref()?, term)
    }

    /// Whether a group of the SPDX licence list has an id: `copyleft`, `osi-approved`, `fsf-free`. `None` for another group.
    #[must_use]
    pub fn is_in_group(id: &str, group: &str) -> Option<bool> {
        let id = spdx::license_id(id);
        match group {
            "copyleft" => Some(id.is_some_and(spdx::LicenseId::is_copyleft)),
            "osi-approved" => Some(id.is_some_and(spdx::LicenseId::is_osi_approved)),
            "fsf-free" => Some(id.is_some_and(spdx::LicenseId::is_fsf_free_libre)),
            _ => None,
        }
    }

    /// Who says so.
    #[must_use]
    pub fn acknowledgement(&self) -> Acknowledgement {
        self.acknowledgement
    }
}

#[cfg(test)]
mod tests;
