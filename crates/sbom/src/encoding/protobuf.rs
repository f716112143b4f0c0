//! CycloneDX protobuf, 1.3 to 1.7, in its binary and its text form. <https://github.com/CycloneDX/specification>
//!
//! There is no code for each message: `schemas/cyclonedx/protobuf.table` says how every object is written, and the same
//! reader and writer follow it in all versions (docs/decisions/0010-protobuf-by-table.md). The text form is read to bytes
//! and printed from bytes, so both forms have one meaning.
//!
//! What surprises: protobuf cannot tell a missing array from an empty one; an instant has no offset; a value that is
//! missing may mean number 0; and nothing can be signed. [`loss`] says what a document loses.

mod instant;
mod read;
mod table;
mod text;
mod wire;
mod write;

use std::io::{self, Write};

use plimsoll_model::Limits;

use self::read::Reader;
use self::table::Schema;
use self::text::Parser;
use self::wire::{Payload, Slice};
use self::write::Writer;
use super::{Encoding, Omission, Parsed, ReadError};
use crate::fault::{Fault, FaultKind};
use crate::standard::{Object, Rule, RuleKind, Standard, VersionIndex};
use crate::tree::{Pointer, Value};

/// The member that keeps the fields that the table does not know: their bytes, in base64. No standard has it.
pub const UNKNOWN_FIELDS: &str = "$protobuf";

/// Messages within messages; protobuf's own readers stop there too.
const MOST_DEPTH: u32 = 100;

/// The number of the field with the version.
const SPEC_VERSION: u32 = 1;

/// Where the text form is looked at to tell what it is.
const LOOK_BYTES: usize = 64 << 10;

/// The version of a CycloneDX document in protobuf's binary form, `None` for anything else. The start of a file is
/// enough when the version is in it, as it is first in what writers make.
#[must_use]
pub fn looks_like(bytes: &[u8]) -> Option<VersionIndex> {
    let version = spec_version(bytes, true)?;
    known(&version)
}

/// Whether bytes are the binary form of a version that is known or not.
pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    spec_version(bytes, true).is_some_and(|version| version.split('.').all(number))
}

/// The version of a CycloneDX document in protobuf's text form, `None` for anything else. The start of a file is enough
/// when the version is in it.
#[must_use]
pub fn looks_like_text(bytes: &[u8]) -> Option<VersionIndex> {
    let start = bytes.get(..LOOK_BYTES).unwrap_or(bytes);
    let text = start.utf8_chunks().next()?.valid();
    known(&text_version(text).or_else(|| header_version(text))?)
}

/// The places of what a document of this version loses in protobuf: what has no number, what comes back as another
/// value, and arrays without items.
#[must_use]
pub fn loss(tree: &Value, version: VersionIndex) -> Vec<Pointer> {
    Writer::new(version).document(tree).1.into_iter().map(|omission| omission.pointer).collect()
}

/// Whether a rule of the standard cannot be asked of messages, as they have no place for one of its members.
pub(crate) fn is_beyond(object: &Object, rule: &Rule) -> bool {
    let names = || rule.members.iter().flat_map(|member| member.split('+'));
    rule.kind != RuleKind::Code && names().any(|name| !table::says(object, name.split(':').next().unwrap_or(name)))
}

fn known(name: &str) -> Option<VersionIndex> {
    Standard::cyclonedx().version(name).filter(|version| *version >= Encoding::CycloneDxProtobuf.since())
}

/// The text of field 1, when everything before it, and what is looked at after it, is a field of the document.
fn spec_version(bytes: &[u8], start: bool) -> Option<String> {
    let schema = Schema::of(Standard::cyclonedx().latest());
    let root = schema.message(schema.document());
    let mut found = None;
    for entry in Slice::new(bytes).entries() {
        match entry {
            Ok(entry) if entry.number == SPEC_VERSION => {
                let Payload::Bytes(part) = entry.payload else { return None };
                found = Some(std::str::from_utf8(part.bytes).ok()?.to_owned());
                if start {
                    break;
                }
            }
            Ok(entry) if start && root.slot(entry.number).is_none() => return None,
            Ok(_) => {}
            Err(_) => break,
        }
    }
    found
}

/// What follows `spec_version:` outside of all braces.
fn text_version(text: &str) -> Option<String> {
    let mut depth = 0_u32;
    for line in text.lines() {
        let line = line.trim_start();
        if depth == 0
            && let Some(rest) = line.strip_prefix("spec_version")
        {
            let rest = rest.trim_start().strip_prefix(':')?.trim_start();
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            return rest.get(1..)?.split_once(quote).map(|(version, _)| version.to_owned());
        }
        if !line.starts_with('#') {
            depth = depth.saturating_add(braces(line, ['{', '<'])).saturating_sub(braces(line, ['}', '>']));
        }
    }
    None
}

/// The version in the comments at the start of the text, where its format has a place for the name of the definition:
/// `# proto-file: schema/bom-1.7.proto`, `# proto-message: cyclonedx.v1_7.Bom`.
fn header_version(text: &str) -> Option<String> {
    let comments = text.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with('#'));
    comments.filter_map(|line| line.trim_start_matches(['#', ' ']).strip_prefix("proto-")).find_map(|line| {
        let file =
            line.strip_prefix("file:").and_then(|path| path.trim().rsplit_once("bom-")?.1.strip_suffix(".proto"));
        let package = || line.strip_prefix("message:")?.trim().strip_prefix("cyclonedx.v")?.strip_suffix(".Bom");
        file.or_else(package).map(|version| version.replace('_', "."))
    })
}

/// Braces of a line outside of its strings.
fn braces(line: &str, marks: [char; 2]) -> u32 {
    let (mut quote, mut escaped, mut count) = (None, false, 0_u32);
    for c in line.chars() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(held) if c == held => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c == '#' => break,
            None if marks.contains(&c) => count = count.saturating_add(1),
            None => {}
        }
    }
    count
}

/// The version that a document names.
fn version(name: Option<String>) -> Result<VersionIndex, ReadError> {
    let Some(name) = name else { return Err(ReadError::Unknown { looked_for: vec!["spec_version"] }) };
    known(&name).ok_or(ReadError::UnknownVersion { standard: Standard::cyclonedx().name(), version: name })
}

/// Reads the binary form.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Parsed, ReadError> {
    // What is not a message has no version either; say what is wrong with it.
    let version = match version(spec_version(bytes, false)) {
        Err(ReadError::Unknown { .. }) => {
            let broken = Slice::new(bytes).entries().find_map(Result::err);
            return Err(match broken {
                Some(error) => read::syntax(error, &Pointer::root()),
                None => ReadError::Unknown { looked_for: vec!["spec_version"] },
            });
        }
        version => version?,
    };
    let (tree, faults) = Reader::new(version, MOST_DEPTH.min(limits.depth)).document(bytes)?;
    Ok(Parsed { encoding: Encoding::CycloneDxProtobuf, version, tree, faults })
}

/// Reads the text form.
pub(super) fn read_text(bytes: &[u8], limits: &Limits) -> Result<Parsed, ReadError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let text = format!("text that is not UTF-8, at byte {}", error.valid_up_to());
        ReadError::Syntax(Box::new(Fault::new(FaultKind::Syntax, Pointer::root(), text)))
    })?;
    // Names are those of all versions, so that the version need not be known to find it.
    let depth = MOST_DEPTH.min(limits.depth);
    let parse = |version| Parser::new(text, Schema::of(version), depth).document();
    let (bytes, _) = parse(Standard::cyclonedx().latest())?;
    let said = spec_version(&bytes, false);
    let header = header_version(text).filter(|_| said.is_none());
    let version = version(said.or_else(|| header.clone()))?;
    let (mut bytes, mut faults) = parse(version)?;
    if let Some(name) = header {
        let text = format!("there is no spec_version; the head of the file says {name}");
        faults.push(Fault::new(FaultKind::Missing, Pointer::root().member("specVersion"), text).as_advice());
        wire::put_bytes(&mut bytes, SPEC_VERSION, name.as_bytes());
    }
    let (tree, found) = Reader::new(version, depth).document(&bytes)?;
    faults.extend(found);
    Ok(Parsed { encoding: Encoding::CycloneDxTextproto, version, tree, faults })
}

/// Writes the binary form.
pub(super) fn write(tree: &Value, version: VersionIndex, out: &mut dyn Write) -> io::Result<Vec<Omission>> {
    let (bytes, omissions) = Writer::new(version).document(tree);
    out.write_all(&bytes)?;
    Ok(omissions)
}

/// Writes the text form.
pub(super) fn write_text(tree: &Value, version: VersionIndex, out: &mut dyn Write) -> io::Result<Vec<Omission>> {
    let package = Standard::cyclonedx().version_name(version).replace('.', "_");
    let mut text = format!("# proto-message: cyclonedx.v{package}.Bom\n\n");
    let (bytes, omissions) = Writer::new(version).document(tree);
    text::print(&bytes, Schema::of(version), &mut text);
    out.write_all(text.as_bytes())?;
    Ok(omissions)
}

#[cfg(test)]
mod tests;
