//! Whether a document says what its standard allows, and where it does not.
//!
//! One pass over events, so that a JSON file of any size is validated straight from its bytes: nothing is built but a
//! frame for each open bracket, and the names and references of elements. A tree gives the same events, so every
//! encoding has the same verdict. What is allowed comes from the tables of the standard; code is only here for the sorts
//! of types and rules that tables speak of.
//!
//! A document is valid without faults other than advice. Advice is what the standard's schema accepts and its text does
//! not, or what will surprise: references that lead nowhere, dependencies in circles, fields past their time.

mod check;
mod events;
mod faults;
pub(crate) mod format;
mod hash;
mod plan;
mod references;
mod rules;
mod scalar;
mod spdx2;
mod spdx3;
mod unions;
mod words;

use plimsoll_model::Limits;

use crate::encoding::{self, Encoding, Parsed, ReadError, protobuf};
use crate::fault::Fault;
use crate::json::lexer::{Lexer, Lines, text};
use crate::json::peek;
use crate::standard::VersionIndex;
use crate::tree::Pointer;
use check::Checker;
use events::{Events, TextEvents, TreeEvents};
use plan::Plan;

/// What was found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Verdict {
    /// How the document is written down.
    pub encoding: Encoding,
    /// The version that it names.
    pub version: VersionIndex,
    /// What is wrong, in the order of the file; at most some thousands, with one more that says so.
    pub faults: Vec<Fault>,
    /// How much there is of what.
    pub counts: Counts,
    valid: bool,
}

impl Verdict {
    /// Whether nothing is wrong but what is advice.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.valid
    }
}

/// How many objects a document has of each sort, by the names of the standard's table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(pub(crate) Vec<(&'static str, u64)>);

impl Counts {
    /// How many objects of a name there are: `component`, `dependency`, `package`…
    #[must_use]
    pub fn of(&self, object: &str) -> u64 {
        self.0.iter().find(|(name, _)| *name == object).map_or(0, |(_, count)| *count)
    }

    /// All that are there, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().copied()
    }
}

/// Validates bytes of a known encoding.
///
/// # Errors
/// They are not of that encoding, they name no version that has it, or a limit was reached.
pub fn validate(bytes: &[u8], encoding: Encoding, limits: &Limits) -> Result<Verdict, ReadError> {
    if !matches!(encoding, Encoding::CycloneDxJson | Encoding::SpdxJson | Encoding::Spdx3Json) {
        return Ok(validate_tree(&encoding::read(bytes, encoding, limits)?));
    }
    let text = text(bytes).map_err(|fault| ReadError::Syntax(Box::new(fault)))?;
    let version = match peek::version(&text, encoding) {
        Ok(version) => version,
        Err(error) => return Err(syntax_before(&text, limits).unwrap_or(error)),
    };
    let plan = Plan::new(encoding, version);
    let events = || TextEvents::new(Lexer::new(&text, limits));
    let mut checker = Checker::new(&plan, encoding, limits);
    if let Err(error) = checker.run(&mut events()) {
        let fault = Box::new(error.fault(&text, checker.here()));
        return Err(if error.limit { ReadError::Limit(fault) } else { ReadError::Syntax(fault) });
    }
    let found = verdict(checker, encoding, version, events, Some(&mut Lines::new(&text)), Vec::new());
    if encoding == Encoding::SpdxJson {
        // Its rules tie elements to each other, so they need the tree.
        let tree = encoding::read(bytes, encoding, limits)?.tree;
        return Ok(spdx2::complete(found, &tree, Some(&text)));
    }
    Ok(found)
}

/// Text that is not JSON names no version either; that it is not JSON is the better answer.
fn syntax_before(text: &str, limits: &Limits) -> Option<ReadError> {
    let mut lexer = Lexer::new(text, limits);
    loop {
        match lexer.next() {
            Ok(Some(_)) => {}
            Ok(None) => return None,
            Err(error) => {
                let fault = Box::new(error.fault(text, Pointer::root()));
                return Some(if error.limit { ReadError::Limit(fault) } else { ReadError::Syntax(fault) });
            }
        }
    }
}

/// Validates a document that was read; the faults that its reader found are part of the verdict.
#[must_use]
pub fn validate_tree(parsed: &Parsed) -> Verdict {
    let mut plan = Plan::new(parsed.encoding, parsed.version);
    if parsed.encoding.is_protobuf() {
        plan = plan.without(protobuf::is_beyond);
    }
    let mut checker = Checker::new(&plan, parsed.encoding, &Limits::DEFAULT);
    // What XML lets others add is not the standard's, nor are fields of protobuf that nobody knows; the reader said so.
    let without = match parsed.encoding {
        Encoding::CycloneDxXml => Some(encoding::cyclonedx_xml::OTHER),
        encoding if encoding.is_protobuf() => Some(protobuf::UNKNOWN_FIELDS),
        _ => None,
    };
    // Trees have no syntax to go wrong.
    let events = || TreeEvents::new(&parsed.tree, without);
    let _ = checker.run(&mut events());
    let found = verdict(checker, parsed.encoding, parsed.version, events, None, parsed.faults.clone());
    if parsed.encoding.standard().name() == "spdx-2" {
        return spdx2::complete(found, &parsed.tree, None);
    }
    found
}

fn verdict<'a, E: Events<'a>>(
    checker: Checker<'a, '_>,
    encoding: Encoding,
    version: VersionIndex,
    events: impl Fn() -> E,
    lines: Option<&mut Lines<'_>>,
    mut faults: Vec<Fault>,
) -> Verdict {
    let most = checker.most_items();
    let (mut sink, counts) = checker.finish(&mut events());
    if encoding == Encoding::Spdx3Json {
        spdx3::check(version, most, &mut events(), &mut events(), &mut sink);
    }
    let valid = sink.is_valid() && faults.iter().all(|fault| fault.advice);
    faults.extend(sink.into_faults(lines));
    Verdict { encoding, version, faults, counts, valid }
}

#[cfg(test)]
mod tests;
