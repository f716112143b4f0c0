//! What a JSON file says of itself at its top, found without making anything.

use plimsoll_model::Limits;

use super::lexer::{Event, Lexer};
use crate::encoding::{Encoding, ReadError};
use crate::standard::VersionIndex;

/// A member of the outermost object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Peeked {
    /// It is not there, or comes after what cannot be read.
    Absent,
    /// Text.
    Text(String),
    /// Any other value; of an array the texts, which is how JSON-LD may list its contexts.
    Other(Vec<String>),
}

impl Peeked {
    /// The text of a member.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Other(texts) => texts.first().map(String::as_str),
            Self::Absent => None,
        }
    }
}

/// The members of the outermost object that have these names, in the order of the names, wherever in the file they
/// are. It stops as soon as it has them all; text that cannot be read ends it too. [`super::lexer::text`] makes text
/// of a file.
pub(crate) fn peek_members<const N: usize>(text: &str, names: &[&str; N]) -> [Peeked; N] {
    peek_until(text, names, |_, _| false)
}

/// The same, until a member says `enough`: its name and itself. What comes after that one is not looked for.
pub(crate) fn peek_until<const N: usize>(
    text: &str,
    names: &[&str; N],
    enough: impl Fn(&str, &Peeked) -> bool,
) -> [Peeked; N] {
    let mut found = [const { Peeked::Absent }; N];
    let _ = peek(text, names, &mut found, enough);
    found
}

fn peek(text: &str, names: &[&str], found: &mut [Peeked], enough: impl Fn(&str, &Peeked) -> bool) -> Option<()> {
    let mut lexer = Lexer::new(text, &Limits::DEFAULT);
    let mut missing = names.len();
    if lexer.next().ok()?? != Event::BeginObject {
        return None;
    }
    while missing > 0 {
        let Event::Name(name) = lexer.next().ok()?? else { return None };
        let slot = names.iter().position(|wanted| *wanted == name).and_then(|at| found.get_mut(at));
        let event = lexer.next().ok()??;
        // The first of two members of one name counts, as it does for the reader.
        let Some(slot) = slot.filter(|slot| **slot == Peeked::Absent) else {
            pass(&mut lexer, &event)?;
            continue;
        };
        missing = missing.saturating_sub(1);
        *slot = Peeked::Other(Vec::new());
        match event {
            Event::String(text) => *slot = Peeked::Text(text.into_owned()),
            Event::BeginArray => *slot = Peeked::Other(texts(&mut lexer)?),
            event => pass(&mut lexer, &event)?,
        }
        if enough(&name, slot) {
            break;
        }
    }
    Some(())
}

fn pass(lexer: &mut Lexer<'_>, event: &Event<'_>) -> Option<()> {
    if matches!(event, Event::BeginObject | Event::BeginArray) { lexer.skip().ok() } else { Some(()) }
}

/// The texts at the start of an array; then its end.
fn texts(lexer: &mut Lexer<'_>) -> Option<Vec<String>> {
    const MOST: usize = 16;
    let mut texts = Vec::new();
    loop {
        match lexer.next().ok()?? {
            Event::EndArray => return Some(texts),
            Event::String(text) if texts.len() < MOST => texts.push(text.into_owned()),
            event => pass(lexer, &event)?,
        }
    }
}

/// The version of its standard that a JSON document names.
pub(crate) fn version(text: &str, encoding: Encoding) -> Result<VersionIndex, ReadError> {
    let standard = encoding.standard();
    let name = match encoding {
        Encoding::SpdxJson => "spdxVersion",
        Encoding::Spdx3Json => "@context",
        _ => "specVersion",
    };
    let [found] = peek_members(text, &[name]);
    let Some(said) = found.text() else { return Err(ReadError::Unknown { looked_for: vec![name] }) };
    let version = match encoding {
        Encoding::SpdxJson => said.strip_prefix("SPDX-").unwrap_or(said),
        // https://spdx.org/rdf/3.0.1/spdx-context.jsonld
        // Documents of 3.0.0 are no different.
        Encoding::Spdx3Json => match said.rsplit('/').nth(1).unwrap_or(said) {
            "3.0.0" => "3.0.1",
            version => version,
        },
        _ => said,
    };
    standard
        .version(version)
        .filter(|version| *version >= encoding.since())
        .ok_or_else(|| ReadError::UnknownVersion { standard: standard.name(), version: said.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_members_wherever_they_are() {
        let text =
            r#"{"a": {"specVersion": "no"}, "b": [[]], "specVersion": "1.5", "c": 1, "@context": ["x", {}], "d""#;
        let [version, context, none, number] = peek_members(text, &["specVersion", "@context", "none", "c"]);
        assert_eq!(version.text(), Some("1.5"));
        assert_eq!(context, Peeked::Other(vec!["x".into()]));
        assert_eq!((none, number), (Peeked::Absent, Peeked::Other(Vec::new())));
    }

    #[test]
    fn names_the_version() {
        let of = |text, encoding: Encoding| {
            version(text, encoding)
                .map(|version| encoding.standard().version_name(version))
                .map_err(|error| error.to_string())
        };
        assert_eq!(of(r#"{"specVersion":"1.5"}"#, Encoding::CycloneDxJson), Ok("1.5"));
        assert_eq!(of(r#"{"spdxVersion":"SPDX-2.2"}"#, Encoding::SpdxJson), Ok("2.2"));
        let context = r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}"#;
        assert_eq!(of(context, Encoding::Spdx3Json), Ok("3.0.1"));
        // There is no JSON of CycloneDX 1.1.
        assert!(of(r#"{"specVersion":"1.1"}"#, Encoding::CycloneDxJson).unwrap_err().contains("1.1"));
        assert!(of("{}", Encoding::CycloneDxJson).is_err());
    }
}
