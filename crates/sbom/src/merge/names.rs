//! The names of things while documents are merged.
//!
//! Each name of each input becomes a token, so that one name for two things and two names for one thing are no trouble:
//! tokens of one thing are united, and every class of tokens gets one name at the end. In the trees a token is its number
//! between two marks, also within a licence expression.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::schema::{Role, Schema};
use crate::map::StandardKind;
use crate::tree::Value;

/// Stands before and after the number of a token.
const MARK: char = '\u{1}';
/// Parts what a thing is known by from what else it is.
const WITHIN: char = '\u{1f}';
/// Stands for marks of the document's own.
const ESCAPE: char = '\u{2}';

/// What sort of name it is: each sort is a world of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Sort {
    Element,
    License,
    Document,
}

/// A name of an input.
#[derive(Debug)]
struct Token {
    sort: Sort,
    /// The name, unless the thing has none.
    text: Option<Box<str>>,
    /// The input that has it.
    input: usize,
    /// What the thing is, to choose who keeps a name that several want.
    tie: String,
    parent: usize,
}

/// All names of all inputs.
pub(super) struct Names {
    standard: StandardKind,
    tokens: Vec<Token>,
    places: HashMap<(usize, Sort, Box<str>), usize>,
    /// The identities of the inputs, to resolve what refers to another document that is merged too.
    documents: Vec<(String, usize)>,
    /// Inputs and their names for other documents that are merged too.
    externals: HashMap<(usize, Box<str>), usize>,
    /// Names that are given, whatever the inputs have.
    forced: Vec<(usize, String)>,
}

impl Names {
    pub(super) fn new(standard: StandardKind) -> Self {
        Self {
            standard,
            tokens: Vec::new(),
            places: HashMap::new(),
            documents: Vec::new(),
            externals: HashMap::new(),
            forced: Vec::new(),
        }
    }

    /// Takes the name that an input has for another.
    pub(super) fn external(&mut self, input: usize, name: &str, other: usize) {
        self.externals.insert((input, Box::from(name)), other);
    }

    /// Gives a thing a name of its own.
    pub(super) fn force(&mut self, token: usize, name: String) {
        self.forced.push((token, name));
    }

    /// Takes the identity of an input: what references to its elements start with.
    pub(super) fn document(&mut self, prefix: String, input: usize) {
        self.documents.push((prefix, input));
    }

    /// A token for a thing, with its name if it has one.
    pub(super) fn token(&mut self, sort: Sort, text: Option<&str>, input: usize) -> usize {
        let number = self.tokens.len();
        let token = Token { sort, text: text.map(Box::from), input, tie: String::new(), parent: number };
        self.tokens.push(token);
        number
    }

    /// The input of a name: names of SPDX 3 are the same in every document, but for those of blank nodes.
    fn world(&self, text: &str, input: usize) -> usize {
        if self.standard == StandardKind::Spdx3 && !text.starts_with("_:") { usize::MAX } else { input }
    }

    fn define(&mut self, sort: Sort, text: &str, input: usize) -> usize {
        let world = self.world(text, input);
        let key = (world, sort, Box::from(text));
        let number = self.token(sort, Some(text), input);
        // Of two things with one name in one document, the first is meant by those who refer to it.
        if let Some(held) = self.places.get(&key).copied() {
            if world == usize::MAX {
                self.unite(held, number);
            }
        } else {
            self.places.insert(key, number);
        }
        number
    }

    /// Puts tokens in the place of the names of a document.
    pub(super) fn take_names(&mut self, tree: &mut Value, schema: Schema, input: usize) {
        schema.visit(tree, schema.standard.root_type(), &mut |role, value| {
            let sort = match role {
                Role::Name => Sort::Element,
                Role::LicenseName => Sort::License,
                Role::DocumentName => Sort::Document,
                Role::Link | Role::Expression => return,
            };
            let Some(text) = value.as_str() else { return };
            let number = self.define(sort, text, input);
            *value = Value::text(mark(number));
        });
    }

    /// Puts tokens in the place of references to names; what nothing has as its name stays text.
    pub(super) fn take_links(&mut self, tree: &mut Value, schema: Schema, input: usize) {
        schema.visit(tree, schema.standard.root_type(), &mut |role, value| {
            let Some(text) = value.as_str() else { return };
            let next = match role {
                Role::Link => self.link(text, input),
                Role::Expression => self.expression(text, input),
                _ => return,
            };
            *value = Value::text(next);
        });
    }

    fn find_name(&self, sort: Sort, text: &str, input: usize) -> Option<usize> {
        self.places.get(&(self.world(text, input), sort, Box::from(text))).copied()
    }

    fn link(&self, text: &str, input: usize) -> String {
        if let Some(number) = self.find_name(Sort::Element, text, input) {
            return mark(number);
        }
        match self.standard {
            StandardKind::CycloneDx => {
                let elsewhere = self.documents.iter().find_map(|(prefix, other)| {
                    let name = text.strip_prefix(prefix.as_str())?.strip_prefix('#')?;
                    let decoded = decode(name);
                    self.find_name(Sort::Element, name, *other)
                        .or_else(|| self.find_name(Sort::Element, &decoded, *other))
                });
                elsewhere.map_or_else(|| escape(text), mark)
            }
            StandardKind::Spdx2 => match text.split_once(':') {
                Some((document, element)) => {
                    let other = self.externals.get(&(input, Box::from(document)));
                    let inside = other.and_then(|other| self.find_name(Sort::Element, element, *other));
                    match (inside, self.find_name(Sort::Document, document, input)) {
                        (Some(number), _) => mark(number),
                        (None, Some(number)) => format!("{}:{}", mark(number), escape(element)),
                        _ => escape(text),
                    }
                }
                None => escape(text),
            },
            StandardKind::Spdx3 => escape(text),
        }
    }

    fn expression(&self, text: &str, input: usize) -> String {
        if !text.contains("Ref-") {
            return escape(text);
        }
        let is_word = |c: char| c.is_ascii_alphanumeric() || "-.+:".contains(c);
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(is_word) {
            let (before, from) = rest.split_at(start);
            out.push_str(&escape(before));
            let end = from.find(|c| !is_word(c)).unwrap_or(from.len());
            let (word, after) = from.split_at(end);
            out.push_str(&self.license_word(word, input));
            rest = after;
        }
        out.push_str(&escape(rest));
        out
    }

    fn license_word(&self, word: &str, input: usize) -> String {
        match word.split_once(':') {
            Some((document, license)) => match self.find_name(Sort::Document, document, input) {
                Some(number) => format!("{}:{license}", mark(number)),
                None => word.to_owned(),
            },
            None => self.find_name(Sort::License, word, input).map_or_else(|| word.to_owned(), mark),
        }
    }

    /// The token of the class that a token is in.
    pub(super) fn find(&self, mut number: usize) -> usize {
        while let Some(token) = self.tokens.get(number) {
            if token.parent == number {
                break;
            }
            number = token.parent;
        }
        number
    }

    /// Makes two tokens one thing.
    pub(super) fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.find(one), self.find(other));
        // The smaller number leads, which keeps the paths short enough: later inputs point at earlier ones.
        let (lead, follow) = if one <= other { (one, other) } else { (other, one) };
        if let Some(token) = self.tokens.get_mut(follow) {
            token.parent = lead;
        }
    }

    /// Makes every path as short as can be.
    pub(super) fn settle(&mut self) {
        for number in 0..self.tokens.len() {
            let lead = self.find(number);
            if let Some(token) = self.tokens.get_mut(number) {
                token.parent = lead;
            }
        }
    }

    /// The input that has a token.
    pub(super) fn input(&self, number: usize) -> usize {
        self.tokens.get(number).map_or(usize::MAX, |token| token.input)
    }

    /// Says what a thing is.
    pub(super) fn tie(&mut self, number: usize, tie: String) {
        if let Some(token) = self.tokens.get_mut(number) {
            token.tie = tie;
        }
    }

    /// Says first what a thing is known by; what it is otherwise decides between things known by the same.
    pub(super) fn add_tie(&mut self, number: usize, tie: String) {
        if let Some(token) = self.tokens.get_mut(number) {
            token.tie = format!("{tie}{WITHIN}{}", token.tie);
        }
    }

    /// What the thing of each class is, in words that do not depend on the order of the inputs.
    pub(super) fn class_ties(&self) -> HashMap<usize, &str> {
        let mut ties: HashMap<usize, &str> = HashMap::new();
        for (number, token) in self.tokens.iter().enumerate().filter(|(_, token)| !token.tie.is_empty()) {
            let held = ties.entry(self.find(number)).or_insert(&token.tie);
            if token.tie.as_str() < *held {
                *held = &token.tie;
            }
        }
        ties
    }

    /// How many names of inputs are no longer the same.
    pub(super) fn renamed(&self, finals: &Finals) -> Vec<(usize, String, String)> {
        let changed = self.tokens.iter().enumerate().filter_map(|(number, token)| {
            let text = token.text.as_deref()?;
            let now = finals.names.get(&self.find(number))?;
            (now != text).then(|| (token.input, text.to_owned(), now.clone()))
        });
        changed.collect()
    }

    /// Gives every class its name. The names of `first` stay, when there is one; otherwise the least name is taken, and of
    /// several things that want one name the least keeps it, so that the order of inputs does not matter.
    pub(super) fn finals(&self, first: Option<usize>) -> Finals {
        let mut classes: BTreeMap<usize, (bool, Option<&str>, String, Sort)> = BTreeMap::new();
        for (number, token) in self.tokens.iter().enumerate() {
            let held = classes.entry(self.find(number)).or_insert_with(|| (true, None, token.tie.clone(), token.sort));
            if !token.tie.is_empty() && (held.2.is_empty() || token.tie < held.2) {
                held.2.clone_from(&token.tie);
            }
            let Some(text) = token.text.as_deref() else { continue };
            let later = first != Some(token.input);
            if held.1.is_none_or(|text_held| (later, text) < (held.0, text_held)) {
                held.0 = later;
                held.1 = Some(text);
            }
        }
        let mut wanted: Vec<(Sort, bool, &str, &str, usize)> = classes
            .iter()
            .filter_map(|(number, (later, text, tie, sort))| {
                Some((*sort, *later || first.is_none(), (*text)?, tie.as_str(), *number))
            })
            .collect();
        wanted.sort();
        let all: HashSet<(Sort, &str)> = wanted.iter().map(|(sort, _, text, ..)| (*sort, *text)).collect();
        let mut taken: HashSet<(Sort, String)> = HashSet::new();
        let mut names = HashMap::new();
        for (token, name) in &self.forced {
            let class = self.find(*token);
            taken.insert((Sort::Element, name.clone()));
            names.insert(class, name.clone());
        }
        for (sort, _, text, tie, number) in &wanted {
            if names.contains_key(number) {
                continue;
            }
            let mut name = (*text).to_owned();
            let mut attempt = 0_usize;
            while !taken.insert((*sort, name.clone())) || (attempt > 0 && all.contains(&(*sort, name.as_str()))) {
                name = self.other_name(text, tie, attempt);
                attempt = attempt.saturating_add(1);
            }
            names.insert(*number, name);
        }
        Finals { names }
    }

    /// A name for a thing whose own is another's.
    fn other_name(&self, text: &str, tie: &str, attempt: usize) -> String {
        let mut hasher = Sha256::new();
        // What it is known by, as far as it is: what else is said of it may grow by the next merge.
        hasher.update(tie.split(WITHIN).next().unwrap_or_default());
        let digest: String = hasher.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let separator = if self.standard == StandardKind::CycloneDx { '#' } else { '-' };
        if attempt == 0 { format!("{text}{separator}{digest}") } else { format!("{text}{separator}{digest}-{attempt}") }
    }

    /// Puts names in the place of tokens.
    pub(super) fn give_back(&self, tree: &mut Value, schema: Schema, finals: &Finals) {
        schema.visit(tree, schema.standard.root_type(), &mut |_, value| {
            let Some(text) = value.as_str() else { return };
            if text.contains([MARK, ESCAPE]) {
                let text = self.resolve(text, &|number| finals.names.get(&number).cloned().unwrap_or_default());
                *value = Value::text(text);
            }
        });
    }

    /// A text with each token replaced by a word for its class.
    pub(super) fn resolve(&self, text: &str, word: &dyn Fn(usize) -> String) -> String {
        self.replace(text, &|number| word(self.find(number)))
    }

    /// A text with each token replaced by what its document has for it.
    pub(super) fn resolve_original(&self, text: &str) -> String {
        let original = |number: usize| self.tokens.get(number).and_then(|token| token.text.as_deref());
        self.replace(text, &|number| original(number).unwrap_or_default().to_owned())
    }

    /// A text with each token replaced by what its document has for it, and what that is.
    pub(super) fn resolve_tied(&self, text: &str) -> String {
        // The name of a blank node says nothing; that of anything else comes first.
        let tied = |token: &Token| match token.text.as_deref() {
            Some(text) if !text.starts_with("_:") => format!("{text}{}", token.tie),
            _ => token.tie.clone(),
        };
        self.replace(text, &|number| self.tokens.get(number).map(tied).unwrap_or_default())
    }

    fn replace(&self, text: &str, word: &dyn Fn(usize) -> String) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find([MARK, ESCAPE]) {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            let mut characters = from.chars();
            if characters.next() == Some(ESCAPE) {
                out.push(if characters.next() == Some('1') { MARK } else { ESCAPE });
                rest = characters.as_str();
                continue;
            }
            let Some((number, after)) = characters.as_str().split_once(MARK) else { break };
            if let Ok(number) = number.parse::<usize>() {
                out.push_str(&word(number));
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// The names that things have in the end.
pub(super) struct Finals {
    names: HashMap<usize, String>,
}

/// A token as it stands in a tree.
pub(super) fn mark(number: usize) -> String {
    format!("{MARK}{number}{MARK}")
}

/// The token that a text is.
pub(super) fn marked(text: &str) -> Option<usize> {
    text.strip_prefix(MARK)?.strip_suffix(MARK)?.parse().ok()
}

fn escape(text: &str) -> String {
    if !text.contains([MARK, ESCAPE]) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            MARK => out.push_str("\u{2}1"),
            ESCAPE => out.push_str("\u{2}2"),
            other => out.push(other),
        }
    }
    out
}

/// Percent-decoded, as the fragment of a BOM-Link is written.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let pair = (*first == b'%').then(|| after.split_at_checked(2)).flatten();
        let byte = pair.and_then(|(pair, _)| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        match (byte, pair) {
            (Some(byte), Some((_, after))) => {
                bytes.push(byte);
                rest = after;
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The digest of bytes, in hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string does not fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}
