//! Which things of several documents are one thing.
//!
//! A ladder: package URL, strong digest, CPE, then kind, name and version. A lower rung joins only what no higher rung
//! tells apart, and only when it is clear with what: a component without a package URL that fits two with different ones
//! stays by itself.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::Purl;

use super::names::Names;

/// What a component, package or file is known by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Identity {
    /// Canonical, with the version.
    pub(crate) purl: Option<String>,
    /// Strong digests, `ALGORITHM:hex`.
    pub(crate) hashes: Vec<String>,
    /// All digests, by which things are told apart.
    digests: Vec<String>,
    /// CPE names with versions.
    pub(crate) cpes: Vec<String>,
    /// Kind, full name and version.
    pub(crate) name: Option<String>,
    /// The documents that have it.
    inputs: BTreeSet<usize>,
    /// It is a file: files of one content are many.
    pub(crate) is_file: bool,
}

/// The digest of nothing, which many things have.
const OF_NOTHING: &[&str] = &[
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
];

impl Identity {
    /// From what a document says of it.
    pub(crate) fn new(kind: &str, full_name: &str, version: Option<&str>) -> Self {
        let is_file = kind.eq_ignore_ascii_case("file");
        let named = !full_name.is_empty();
        let name = named.then(|| format!("{kind} {full_name}@{}", version.unwrap_or_default()));
        Self { name, is_file, ..Self::default() }
    }

    /// Takes a package URL; the version of the component stands in for one that it has not.
    pub(crate) fn purl(&mut self, text: &str, version: Option<&str>) {
        if self.purl.is_some() {
            return;
        }
        let Ok(purl) = Purl::parse(text) else {
            self.purl = (!text.is_empty()).then(|| text.to_owned());
            return;
        };
        let canonical = purl.to_string();
        self.purl = Some(match (purl.version(), version) {
            (None, Some(version)) if !version.is_empty() => with_version(&purl, version).unwrap_or(canonical),
            _ => canonical,
        });
    }

    /// Takes a digest, if it is strong enough to tell things apart.
    pub(crate) fn hash(&mut self, algorithm: &str, value: &str) {
        let algorithm: String =
            algorithm.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
        let value = value.to_ascii_lowercase();
        self.digests.push(format!("{algorithm}:{value}"));
        let strong = value.len() >= 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        if strong && !OF_NOTHING.contains(&value.as_str()) {
            self.hashes.push(format!("{algorithm}:{value}"));
        }
    }

    /// Takes a CPE name, if it names a version.
    pub(crate) fn cpe(&mut self, text: &str) {
        let fields: Vec<&str> = text.split(':').collect();
        let at = if text.starts_with("cpe:2.3:") { 5 } else { 4 };
        if fields.get(at).is_some_and(|version| !version.is_empty() && !matches!(*version, "*" | "-")) {
            self.cpes.push(text.to_ascii_lowercase());
        }
    }

    /// The best that it is known by, for order.
    pub(crate) fn tie(&self) -> String {
        let hash = self.hashes.iter().min().cloned();
        let name = self.name.clone();
        match &self.purl {
            Some(purl) => format!("0{purl}"),
            None if self.is_file => format!("3{}{}", name.unwrap_or_default(), hash.unwrap_or_default()),
            None => match (hash, name) {
                (Some(hash), name) => format!("1{hash}{}", name.unwrap_or_default()),
                (None, Some(name)) => format!("3{name}"),
                _ => "4".to_owned(),
            },
        }
    }

    fn keys(&self, rung: Rung) -> Vec<String> {
        let name = || self.name.clone().unwrap_or_default();
        match rung {
            Rung::Purl => self.purl.clone().into_iter().collect(),
            Rung::Hash if self.is_file => self.hashes.iter().map(|hash| format!("{hash} {}", name())).collect(),
            Rung::Hash => self.hashes.clone(),
            Rung::Cpe if self.is_file => Vec::new(),
            Rung::Cpe => self.cpes.clone(),
            Rung::Name => self.name.clone().into_iter().collect(),
        }
    }

    /// Takes what another document says of the same thing.
    fn absorb(&mut self, other: &Self) {
        if self.purl.is_none() {
            self.purl.clone_from(&other.purl);
        }
        self.hashes.extend(other.hashes.iter().cloned());
        self.digests.extend(other.digests.iter().cloned());
        self.cpes.extend(other.cpes.iter().cloned());
        self.inputs.extend(other.inputs.iter().copied());
    }

    /// Whether a digest of one algorithm says that two are not the same.
    fn differs(&self, other: &Self) -> bool {
        let algorithm = |hash: &str| hash.split(':').next().map(str::to_owned);
        let has = |one: &Self, name: &Option<String>| one.digests.iter().any(|held| algorithm(held) == *name);
        let shared = self.digests.iter().any(|hash| has(other, &algorithm(hash)));
        shared && !self.digests.iter().any(|hash| other.digests.contains(hash))
    }

    /// All that it is known by, best first.
    pub(crate) fn all_keys(&self) -> Vec<String> {
        let rungs = [Rung::Purl, Rung::Hash, Rung::Cpe, Rung::Name];
        rungs
            .into_iter()
            .flat_map(|rung| self.keys(rung).into_iter().map(move |key| format!("{} {key}", rung.word())))
            .collect()
    }

    /// What of a ladder two things share, if they are one thing: the word for the rung.
    pub(crate) fn matches(&self, other: &Self) -> Option<&'static str> {
        for rung in [Rung::Purl, Rung::Hash, Rung::Cpe, Rung::Name] {
            let (mine, theirs) = (self.keys(rung), other.keys(rung));
            if mine.iter().any(|key| theirs.contains(key)) {
                let clear = rung <= Rung::Hash || !self.differs(other);
                return clear.then_some(rung.word());
            }
            if rung == Rung::Purl && !mine.is_empty() && !theirs.is_empty() {
                return None;
            }
        }
        None
    }
}

fn with_version(purl: &Purl, version: &str) -> Option<String> {
    let mut builder = Purl::builder(purl.kind(), purl.name()).version(version);
    if let Some(namespace) = purl.namespace() {
        builder = builder.namespace(namespace);
    }
    for (key, value) in purl.qualifiers() {
        builder = builder.qualifier(key, value);
    }
    if let Some(subpath) = purl.subpath() {
        builder = builder.subpath(subpath);
    }
    Some(builder.build().ok()?.to_string())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rung {
    Purl,
    Hash,
    Cpe,
    Name,
}

impl Rung {
    fn word(self) -> &'static str {
        match self {
            Self::Purl => "purl",
            Self::Hash => "hash",
            Self::Cpe => "cpe",
            Self::Name => "name",
        }
    }
}

/// Unites the tokens of what is one thing.
pub(super) fn unite(names: &mut Names, things: &[(usize, Identity)]) {
    // What each class of tokens is known by together.
    let mut classes: BTreeMap<usize, Identity> = BTreeMap::new();
    let take = |classes: &mut BTreeMap<usize, Identity>, class: usize, identity: &Identity| {
        classes.entry(class).and_modify(|held| held.absorb(identity)).or_insert_with(|| identity.clone());
    };
    for (token, identity) in things {
        let mut known = identity.clone();
        known.inputs.insert(names.input(*token));
        take(&mut classes, names.find(*token), &known);
        names.tie(*token, identity.tie());
    }
    for rung in [Rung::Purl, Rung::Hash, Rung::Cpe, Rung::Name] {
        let mut held: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (token, identity) in things {
            for key in identity.keys(rung) {
                held.entry(key).or_default().insert(names.find(*token));
            }
        }
        for classes_of_key in held.into_values().filter(|classes| classes.len() > 1) {
            let members: BTreeSet<usize> = classes_of_key.into_iter().map(|class| names.find(class)).collect();
            join(names, &mut classes, rung, &members);
        }
    }
}

/// Unites the classes that share a key, unless a higher rung tells them apart.
fn join(names: &mut Names, classes: &mut BTreeMap<usize, Identity>, rung: Rung, members: &BTreeSet<usize>) {
    let of = |class: &usize, classes: &BTreeMap<usize, Identity>| classes.get(class).cloned().unwrap_or_default();
    let (with, without): (Vec<usize>, Vec<usize>) =
        members.iter().copied().partition(|class| classes.get(class).is_some_and(|held| held.purl.is_some()));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    if rung == Rung::Purl {
        groups.push(with);
    } else {
        let purls: BTreeSet<Option<String>> = with.iter().map(|class| of(class, classes).purl).collect();
        if purls.len() <= 1 {
            groups.push(members.iter().copied().collect());
        } else {
            groups.push(without);
        }
    }
    for group in groups {
        let all: Vec<Identity> = group.iter().map(|class| of(class, classes)).collect();
        let told_apart = rung > Rung::Hash
            && all.iter().enumerate().any(|(at, one)| {
                // A handful in practice; a crowd of one name is not worth comparing each with each.
                // What one document has twice under one name it tells apart itself.
                let apart = |other: &Identity| one.differs(other) || !one.inputs.is_disjoint(&other.inputs);
                all.iter().skip(at.saturating_add(1)).take(64).any(apart)
            });
        let Some((first, rest)) = group.split_first().filter(|_| !told_apart) else { continue };
        for other in rest {
            names.unite(*first, *other);
            let identity = of(other, classes);
            let lead = names.find(*first);
            let mut held = of(first, classes);
            held.absorb(&identity);
            classes.insert(lead, held);
        }
    }
}
