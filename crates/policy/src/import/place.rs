//! A node of a policy with its path, and what has to be said of it.

use plimsoll_syntax::yaml::Node;

use super::{Effect, Remark};

/// A node, and where it is.
#[derive(Clone)]
pub(super) struct Place<'a> {
    file: &'a str,
    node: &'a Node,
    path: String,
}

impl<'a> Place<'a> {
    pub(super) fn root(file: &'a str, node: &'a Node) -> Self {
        Self { file, node, path: String::new() }
    }

    pub(super) fn file(&self) -> &'a str {
        self.file
    }

    pub(super) fn line(&self) -> u32 {
        self.node.line()
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The value of a key; nothing is as if it were not there.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let node = self.node.get(key).filter(|node| !node.is_null())?;
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Some(Self { file: self.file, node, path })
    }

    /// The nodes of a sequence.
    pub(super) fn items(&self) -> Vec<Self> {
        let item = |(at, node)| Self { file: self.file, node, path: format!("{}[{at}]", self.path) };
        self.node.items().enumerate().map(item).collect()
    }

    /// The nodes of the sequence of a key.
    pub(super) fn list(&self, key: &str) -> Vec<Self> {
        self.get(key).map(|list| list.items()).unwrap_or_default()
    }

    /// A scalar, whatever it says.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.node.as_str()
    }

    /// Whether it is nothing: an empty text, list or mapping.
    pub(super) fn is_empty(&self) -> bool {
        match (self.node.as_str(), self.node.as_seq(), self.node.as_map()) {
            (Some(text), ..) => text.is_empty(),
            (_, Some(items), _) => items.is_empty(),
            (_, _, Some(entries)) => entries.is_empty(),
            _ => true,
        }
    }

    pub(super) fn is_true(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value.node.as_bool() == Some(true) || value.text() == Some("true"))
    }

    /// A text that says the same whenever it is read; anything else is told.
    pub(super) fn fixed(&self, remarks: &mut Remarks) -> Option<&'a str> {
        match self.text() {
            Some(text) if !text.trim().is_empty() && !text.contains("{{") => Some(text),
            Some(_) => {
                remarks.denies(self, "its value is only known in a cluster", ANY);
                None
            }
            None => {
                remarks.denies(self, "it is no text", ANY);
                None
            }
        }
    }

    /// Whether its keys are all known, once each. Those that are not are told.
    pub(super) fn is_known(&self, known: &[&str], remarks: &mut Remarks) -> bool {
        let Some(entries) = self.node.as_map() else {
            remarks.denies(self, "it is not what has to be here", ANY);
            return false;
        };
        let mut seen = std::collections::BTreeSet::new();
        let mut all = true;
        for (key, node) in entries {
            let name = key.as_str().unwrap_or("?");
            let place = Self { file: self.file, node, path: format!("{}.{}", self.path, super::word(name)) };
            if !seen.insert(name) {
                remarks.denies(&place, "it is there twice", ANY);
            } else if !known.contains(&name) && !node.is_null() {
                remarks.denies(&place, "it is not known", "nobody can say what it asks for");
            } else {
                continue;
            }
            all = false;
        }
        all
    }
}

const ANY: &str = "a condition would be left out";

/// What was not converted.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    pub(super) all: Vec<Remark>,
}

impl Remarks {
    pub(super) fn denies(&mut self, place: &Place<'_>, why: impl Into<String>, weakens: &'static str) {
        self.push(place, why.into(), Some(weakens), Effect::Denies);
    }

    pub(super) fn stricter(&mut self, place: &Place<'_>, why: impl Into<String>) {
        self.push(place, why.into(), None, Effect::Stricter);
    }

    pub(super) fn noted(&mut self, place: &Place<'_>, why: impl Into<String>) {
        self.push(place, why.into(), None, Effect::Noted);
    }

    fn push(&mut self, place: &Place<'_>, why: String, weakens: Option<&'static str>, effect: Effect) {
        let (file, line, path) = (place.file.to_owned(), place.line(), place.path.clone());
        self.all.push(Remark { file, line, path, why, weakens, effect });
    }

    /// How many there are.
    pub(super) fn mark(&self) -> usize {
        self.all.len()
    }

    /// Whether something was refused since a mark.
    pub(super) fn denies_since(&self, mark: usize) -> bool {
        self.all.iter().skip(mark).any(|remark| remark.effect == Effect::Denies)
    }

    /// What was refused since a mark is only one of several things that would do.
    pub(super) fn was_a_choice(&mut self, mark: usize) {
        for remark in self.all.iter_mut().skip(mark).filter(|remark| remark.effect == Effect::Denies) {
            remark.effect = Effect::Stricter;
            remark.weakens = None;
        }
    }
}
