//! What is wrong with a document, and where.

use std::fmt;

use crate::tree::Pointer;

/// The sorts of faults; their words are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// The bytes are not of the encoding.
    Syntax,
    /// A budget was reached.
    Limit,
    /// A member is there twice.
    Duplicate,
    /// A member that the version does not have.
    Unknown,
    /// A required member is missing.
    Missing,
    /// A value of the wrong kind.
    Type,
    /// Not one of the values that there are.
    Value,
    /// Text that does not match its pattern or format.
    Format,
    /// Too long, short, many, few, great or small.
    Range,
    /// Two items that must differ are the same.
    Unique,
    /// Members that exclude or need each other.
    Members,
    /// In the wrong order.
    Order,
    /// A name of an element that is there twice, or that no element has.
    Reference,
    /// A rule of the standard that its schema does not say.
    Semantic,
}

impl FaultKind {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Limit => "limit",
            Self::Duplicate => "duplicate",
            Self::Unknown => "unknown",
            Self::Missing => "missing",
            Self::Type => "type",
            Self::Value => "value",
            Self::Format => "format",
            Self::Range => "range",
            Self::Unique => "unique",
            Self::Members => "members",
            Self::Order => "order",
            Self::Reference => "reference",
            Self::Semantic => "semantic",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What sort of fault.
    pub kind: FaultKind,
    /// Where in the tree.
    pub pointer: Pointer,
    /// The line in the file, from 1, when it is known.
    pub line: Option<u32>,
    /// A sentence about it, without the place; text of the document is quoted and cut short.
    pub message: String,
    /// It is advice: the document is valid with it.
    pub advice: bool,
}

impl Fault {
    /// A fault at a place.
    #[must_use]
    pub fn new(kind: FaultKind, pointer: Pointer, message: impl Into<String>) -> Self {
        Self { kind, pointer, line: None, message: message.into(), advice: false }
    }

    /// Adds the line.
    #[must_use]
    pub fn on_line(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }

    /// Makes it advice.
    #[must_use]
    pub fn as_advice(mut self) -> Self {
        self.advice = true;
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.pointer.as_str().is_empty() {
            write!(f, "{}: ", self.pointer)?;
        }
        f.write_str(&self.message)
    }
}
