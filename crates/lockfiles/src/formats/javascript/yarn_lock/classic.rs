//! The syntax of Yarn Classic: blocks by indentation, a key and a value on a line, quotes where needed.

use std::borrow::Cow;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::npm::{self, Origin};
use plimsoll_extract::syntax::text;

use super::locked::{Entry, Identity, Need};

/// What the lines of an entry belong to.
#[derive(Clone, Copy, PartialEq)]
enum Block {
    Fields,
    Dependencies,
    Optional,
    Other,
}

/// Reads the entries.
pub(super) fn read<'a>(text: &'a str, out: &mut Sink<'_>) -> Vec<Entry<'a>> {
    let mut entries: Vec<Raw<'a>> = Vec::new();
    let mut block = Block::Other;
    for (number, line) in text::lines(text) {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = line.len().saturating_sub(line.trim_start().len());
        if indent == 0 {
            block = Block::Other;
            match content.strip_suffix(':').map(tokens) {
                Some(descriptors) if !descriptors.is_empty() => {
                    entries.push(Raw { descriptors, line: number, ..Raw::default() });
                    block = Block::Fields;
                }
                _ => out.malformed_entry(number, "line is neither an entry nor within one"),
            }
            continue;
        }
        let Some(entry) = entries.last_mut() else { continue };
        if indent <= 2 {
            block = entry.field(content, block);
        } else {
            entry.need(content, block);
        }
    }
    entries.into_iter().filter_map(|raw| raw.finish(out)).collect()
}

#[derive(Default)]
struct Raw<'a> {
    descriptors: Vec<Cow<'a, str>>,
    line: u32,
    version: Option<Cow<'a, str>>,
    resolved: Option<Cow<'a, str>>,
    integrity: Option<Cow<'a, str>>,
    needs: Vec<Need<'a>>,
}

impl<'a> Raw<'a> {
    fn field(&mut self, content: &'a str, block: Block) -> Block {
        match content {
            _ if block == Block::Other => return Block::Other,
            "dependencies:" => return Block::Dependencies,
            "optionalDependencies:" => return Block::Optional,
            _ => {}
        }
        let mut words = tokens(content).into_iter();
        let slot = match words.next().as_deref() {
            Some("version") => &mut self.version,
            Some("resolved") => &mut self.resolved,
            Some("integrity") => &mut self.integrity,
            _ => return Block::Fields,
        };
        *slot = words.next();
        if let (Some(held), "integrity") = (slot, content.split(' ').next().unwrap_or_default()) {
            // Several digests, separated by spaces, are not quoted.
            for more in words {
                held.to_mut().push(' ');
                held.to_mut().push_str(&more);
            }
        }
        Block::Fields
    }

    fn need(&mut self, content: &'a str, block: Block) {
        if !matches!(block, Block::Dependencies | Block::Optional) {
            return;
        }
        let mut words = tokens(content).into_iter();
        if let Some(name) = words.next() {
            let range = words.next().unwrap_or_default();
            let descriptor = format!("{name}@{range}");
            self.needs.push(Need { name, descriptor, optional: block == Block::Optional });
        }
    }

    fn finish(self, out: &mut Sink<'_>) -> Option<Entry<'a>> {
        let first = self.descriptors.first()?;
        let (called, range) = npm::split_descriptor(first);
        let range = range.unwrap_or_default();
        let origin = match (self.resolved.as_deref().map(Origin::parse), Origin::parse(range)) {
            // A directory has no `resolved`; an archive from a path keeps it.
            (None | Some(Origin::Path(_)), Origin::Path(_)) => Identity::Local,
            (Some(origin), _) => Identity::package(origin),
            (None, Origin::Registry) if has_unknown_protocol(range) => Identity::Local,
            (None, origin) => Identity::package(origin),
        };
        let from_url = self.resolved.as_deref().and_then(registry_name);
        let alias = npm::alias(range).map(|(name, _)| name.to_owned());
        let name = from_url.or(alias).unwrap_or_else(|| called.to_owned());
        if self.version.is_none() {
            out.malformed_entry(self.line, format!("{first} has no version"));
        }
        Some(Entry {
            name: name.into(),
            version: self.version,
            identity: origin,
            integrity: self.integrity,
            properties: Vec::new(),
            line: self.line,
            needs: self.needs,
            descriptors: self.descriptors,
        })
    }
}

/// The name in the URL of a registry's archive, `…/@scope/name/-/name-1.0.0.tgz`: what was fetched, whatever
/// `resolutions` or an alias call it.
fn registry_name(url: &str) -> Option<String> {
    let (path, _) = url.strip_prefix("http").and_then(|rest| rest.split_once("://"))?.1.split_once("/-/")?;
    let mut parts = path.rsplit('/');
    let last = parts.next()?;
    let name = match last.split_once("%2f").or_else(|| last.split_once("%2F")) {
        Some((scope, name)) => format!("{scope}/{name}"),
        None => match parts.next() {
            Some(scope) if scope.starts_with('@') => format!("{scope}/{last}"),
            // The host is no name.
            Some(_) => last.to_owned(),
            None => return None,
        },
    };
    npm::split_name(&name).is_some().then_some(name)
}

/// `name@protocol:…` where the protocol is none that is known: where it comes from cannot be told.
fn has_unknown_protocol(range: &str) -> bool {
    let scheme = range.split(':').next().unwrap_or_default();
    scheme.len() < range.len()
        && scheme != "npm"
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+')
}

/// Splits at commas and spaces outside of quotes, and takes the quotes and their escapes away.
fn tokens(text: &str) -> Vec<Cow<'_, str>> {
    let mut words = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return words;
        }
        let end = match rest.strip_prefix('"') {
            Some(inner) => closing_quote(inner).map_or(rest.len(), |at| at.saturating_add(2)),
            None => rest.find([' ', '\t', ',']).unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        words.push(unquote(word));
        rest = after;
    }
}

fn closing_quote(inner: &str) -> Option<usize> {
    let mut escaped = false;
    inner.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

fn unquote(word: &str) -> Cow<'_, str> {
    let Some(inner) = word.strip_prefix('"') else { return word.into() };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    if inner.contains('\\') {
        // Quoted text is what JSON.stringify wrote.
        if let Ok(text) = serde_json::from_str::<String>(word) {
            return text.into();
        }
    }
    inner.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let read = |text| tokens(text).into_iter().map(Cow::into_owned).collect::<Vec<_>>();
        assert_eq!(read(r#""@a/b@^1 || ^2", c@*"#), ["@a/b@^1 || ^2", "c@*"]);
        assert_eq!(read(r#"resolved "https://x/y#z""#), ["resolved", "https://x/y#z"]);
        assert_eq!(read(r#""a\"b" "open"#), ["a\"b", "open"]);
        assert_eq!(read("\"\\"), ["\\"]);
    }

    #[test]
    fn names_in_urls() {
        for (url, want) in [
            ("https://registry.yarnpkg.com/@types/node/-/node-20.tgz#47", Some("@types/node")),
            ("https://r.example/npm/ms/-/ms-2.1.3.tgz", Some("ms")),
            ("https://r.example/@a%2fb/-/b-1.tgz", Some("@a/b")),
            ("https://r.example/-/x.tgz", None),
            ("https://codeload.github.com/a/b/tar.gz/0123", None),
        ] {
            assert_eq!(registry_name(url).as_deref(), want, "{url}");
        }
    }

    #[test]
    fn protocols() {
        assert!(has_unknown_protocol("unsupported:~2.0.6"));
        assert!(!has_unknown_protocol("npm:a@1") && !has_unknown_protocol("^1 || ^2"));
    }
}
