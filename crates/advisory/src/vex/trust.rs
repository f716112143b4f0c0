//! Whose word a statement is, as far as that was verified.

use super::{VexProduct, VexStatement};

/// What a signer is to the products it talks about, as the policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// Who makes the product.
    First,
    /// Anybody else.
    Third,
}

/// What was verified of where a statement comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Trust {
    /// Nothing: its author is a claim. Such statements are shown, and change nothing.
    Unverified,
    /// A valid signature of somebody whom the policy names.
    SignedBy {
        /// The policy's name for the signer.
        signer: Box<str>,
        /// What the signer is to the products.
        party: Party,
    },
    /// The feed of a vendor, taken in by whoever runs this, about the vendor's own packages.
    VendorFeed {
        /// The name of the feed.
        name: Box<str>,
        /// The packages it may speak for, as `TYPE/NAMESPACE`: `rpm/redhat`.
        covers: Vec<Box<str>>,
    },
    /// Whoever runs this said so.
    AddedLocally,
}

impl Trust {
    /// The standing: the higher one is heard.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Self::Unverified => 0,
            Self::SignedBy { party: Party::Third, .. } => 1,
            Self::VendorFeed { .. } => 2,
            Self::SignedBy { party: Party::First, .. } => 3,
            Self::AddedLocally => 4,
        }
    }

    /// Who speaks: statements of one speaker replace each other.
    pub(crate) fn speaker(&self) -> &str {
        match self {
            Self::SignedBy { signer: name, .. } | Self::VendorFeed { name, .. } => name,
            Self::Unverified | Self::AddedLocally => "",
        }
    }

    /// Whether it may clear a package that is malicious by design.
    pub(crate) fn may_clear_malware(&self) -> bool {
        matches!(self, Self::AddedLocally | Self::SignedBy { party: Party::First, .. })
    }

    /// A short name: `signed by acme`.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Unverified => "unverified".to_owned(),
            Self::SignedBy { signer, .. } => format!("signed by {signer}"),
            Self::VendorFeed { name, .. } => format!("feed of {name}"),
            Self::AddedLocally => "added locally".to_owned(),
        }
    }
}

/// A statement, and whose word it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard<'a> {
    /// The statement.
    pub statement: &'a VexStatement,
    /// What was verified of it.
    pub trust: Trust,
    /// What it was attested of ([`VexDocument::attested`](super::VexDocument::attested)).
    pub attested: Option<&'a [VexProduct]>,
}
