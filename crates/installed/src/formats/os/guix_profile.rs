//! `manifest` of a Guix profile: what was asked for, and what came with it. Versions 2 to 4 of the format.
//! <https://guix.gnu.org/manual/en/html_node/Invoking-guix-package.html>, `guix/profiles.scm`
//!
//! The file is one S-expression: `(manifest (version 4) (packages ((NAME VERSION OUTPUT ITEM (propagated-inputs (…)) …) …)))`,
//! where an entry within `propagated-inputs` has the same shape. The item is the path in the store.

use plimsoll_extract::prelude::*;

use crate::faults::Faults;

/// Reads manifests of Guix profiles.
pub(in crate::formats) struct GuixProfile;

/// How deep entries may nest; real ones stay below twenty lists.
const MAX_DEPTH: usize = 128;

/// What every path of an item has in it.
const STORE: &str = "/store/";

/// Characters of the digest in a store path.
const DIGEST: usize = 32;

impl Extractor for GuixProfile {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/guix-profile")
    }

    fn about(&self) -> About {
        About {
            title: "Guix profile manifests, versions 2 to 4",
            specification: "https://guix.gnu.org/manual/en/html_node/Invoking-guix-package.html",
            facts: &[Fact::Edges, Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Path("gnu/store/*-profile/manifest")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        if !bytes.trim_ascii_start().starts_with(b";") && memchr::memmem::find(&bytes, b"(manifest").is_none() {
            return Err(ExtractError::malformed("not the manifest of a profile"));
        }
        let mut reader = Reader { rest: &bytes, line: 1 };
        let mut lists: Vec<List> = Vec::new();
        let mut faults = Faults::default();
        while let Some(token) = reader.next() {
            match token {
                Token::Open if lists.len() >= MAX_DEPTH => {
                    return Err(ExtractError::malformed_at(reader.line, "lists are nested too deeply"));
                }
                Token::Open => lists.push(List { line: reader.line, ..List::default() }),
                Token::Text(text) => {
                    if let Some(list) = lists.last_mut().filter(|list| list.words.len() < 4) {
                        list.words.push(text);
                    }
                    settle(&mut lists, out);
                }
                Token::Symbol => {}
                Token::Close => {
                    let Some(list) = lists.pop() else { break };
                    let is_entry = list.words.iter().any(|word| word.contains(STORE));
                    if is_entry && list.package.is_none() {
                        faults.entry(out, Span::Line(list.line), "an entry lacks a word; left out");
                    }
                }
            }
        }
        if lists.is_empty() {
            Ok(())
        } else {
            Err(ExtractError::Truncated { message: "the manifest ends within a list".to_owned() })
        }
    }
}

/// A list that is open: an entry, once it has four words.
#[derive(Default)]
struct List {
    line: u32,
    words: Vec<String>,
    package: Option<ComponentRef>,
}

/// Emits the innermost list, once it is a whole entry, and links it to the entry around it.
fn settle(lists: &mut [List], out: &mut Sink<'_>) {
    let Some((list, outer)) = lists.split_last_mut() else { return };
    let [name, version, output, item] = list.words.as_slice() else { return };
    if list.package.is_some() || !item.contains(STORE) {
        return;
    }
    let base = item.rsplit('/').next().unwrap_or_default();
    let digest = base.get(..DIGEST).filter(|_| base.get(DIGEST..).is_some_and(|rest| rest.starts_with('-')));
    let purl = Purl::builder("guix", name.as_str())
        .version(version.as_str())
        .qualifier("output", if output == "out" { "" } else { output })
        .qualifier("outputhash", digest.unwrap_or_default());
    let Some(purl) = out.purl(purl, list.line) else { return };
    let at = out.component(Component::from_purl(purl), list.line);
    list.package = Some(at);
    match outer.iter().rev().find_map(|list| list.package) {
        Some(from) => out.depends(from, at, Scope::Runtime),
        None => out.direct(at, Scope::Runtime),
    }
}

enum Token {
    Open,
    Close,
    Text(String),
    /// A symbol, number or anything else that says nothing here.
    Symbol,
}

/// Reads the tokens of an S-expression.
struct Reader<'a> {
    rest: &'a [u8],
    line: u32,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<Token> {
        loop {
            let (&first, after) = self.rest.split_first()?;
            self.rest = after;
            match first {
                b'\n' => self.line = self.line.saturating_add(1),
                b';' => {
                    let end = memchr::memchr(b'\n', after).unwrap_or(after.len());
                    self.rest = after.get(end..).unwrap_or_default();
                }
                b'(' | b'[' => return Some(Token::Open),
                b')' | b']' => return Some(Token::Close),
                b'"' => return Some(Token::Text(self.text())),
                _ if first.is_ascii_whitespace() => {}
                _ => {
                    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"()[]\";".contains(byte);
                    let end = after.iter().position(is_end).unwrap_or(after.len());
                    self.rest = after.get(end..).unwrap_or_default();
                    return Some(Token::Symbol);
                }
            }
        }
    }

    /// The string after its opening quote; a backslash takes the next character as it is.
    fn text(&mut self) -> String {
        let mut bytes = Vec::new();
        while let Some((&byte, after)) = self.rest.split_first() {
            self.rest = after;
            match byte {
                b'"' => break,
                b'\\' => {
                    if let Some((&escaped, after)) = after.split_first() {
                        bytes.push(escaped);
                        self.rest = after;
                    }
                }
                _ => {
                    self.line = self.line.saturating_add(u32::from(byte == b'\n'));
                    bytes.push(byte);
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
