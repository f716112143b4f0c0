//! The search: all anchors of all rules in one pass over the data of a file.
//!
//! The automaton is a DFA of Aho and Corasick: one table look-up a byte whatever the number of rules. Matches overlap
//! (one anchor may be part of another), so all of them are asked for. What a match means is a table beside the
//! automaton. A pattern is tried only at its anchor, on a window of bounded length, and a bounded number of times.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};
use plimsoll_extract::prelude::{File, ReadError};

use super::rule::{Demand, Role, Rule, RuleTest, Rules, Statement};
use super::sections::Range;
use super::{Verdict, glob, verdict};
use crate::object::Object;

/// Bytes that are read at once.
const CHUNK: u64 = 1 << 20;
/// How often one statement is tried in one file. A file with more anchors than that is a list of them.
const MAX_TRIES: u32 = 4096;
/// Versions that one statement is remembered with: more than this is a list, and states nothing about the file.
pub(super) const MAX_VERSIONS: usize = 3;
/// Longest version.
const MAX_VERSION: usize = 64;

/// The rules, ready to search.
pub(crate) struct Engine {
    rules: Vec<Rule>,
    tests: Vec<RuleTest>,
    automaton: Option<AhoCorasick>,
    /// By the number of a literal in the automaton.
    meanings: Vec<Vec<Meaning>>,
    longest: usize,
}

/// What a literal means.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    Statement { rule: u16, statement: u16 },
    Companion { rule: u16, number: u8 },
    Exclude { rule: u16 },
}

/// What is searched.
pub(crate) struct Target<'a> {
    pub(crate) file: File<'a>,
    /// The programs in the file; none when it is no executable.
    pub(crate) objects: &'a [Object],
    /// Where to search, sorted, apart from each other.
    pub(crate) ranges: Vec<Range>,
    /// Whether it is a text file with an interpreter.
    pub(crate) script: bool,
}

/// A statement that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) statement: usize,
    pub(super) version: String,
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// What was found for one rule.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Whether the rule is asked at all.
    pub(super) asked: bool,
    /// Whether the file bears a name of the product.
    pub(super) named: bool,
    /// The number in the name of the file.
    number: Option<Vec<u8>>,
    pub(super) companions: u32,
    pub(super) excluded: bool,
    pub(super) hits: Vec<Hit>,
    tries: u32,
}

impl Engine {
    pub(crate) fn new(rules: Rules) -> Self {
        let mut literals: Vec<Box<[u8]>> = Vec::new();
        let mut meanings: Vec<Vec<Meaning>> = Vec::new();
        let mut numbers = std::collections::HashMap::new();
        let mut add = |literal: &[u8], meaning: Meaning| {
            let number = *numbers.entry(Box::<[u8]>::from(literal)).or_insert_with(|| {
                literals.push(literal.into());
                meanings.push(Vec::new());
                meanings.len().saturating_sub(1)
            });
            if let Some(held) = meanings.get_mut(number) {
                held.push(meaning);
            }
        };
        for (rule, at) in rules.rules.iter().zip(0_u16..) {
            for (statement, number) in rule.statements.iter().zip(0_u16..) {
                for anchor in &statement.anchors {
                    add(anchor, Meaning::Statement { rule: at, statement: number });
                }
            }
            for (companion, number) in rule.companions.iter().zip(0_u8..32) {
                add(companion, Meaning::Companion { rule: at, number });
            }
            rule.excludes.iter().for_each(|literal| add(literal, Meaning::Exclude { rule: at }));
        }
        let longest = literals.iter().map(|literal| literal.len()).max().unwrap_or(1);
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .match_kind(MatchKind::Standard)
            .build(&literals)
            .ok();
        Self { rules: rules.rules, tests: rules.tests, automaton, meanings, longest }
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub(super) fn tests(&self) -> &[RuleTest] {
        &self.tests
    }

    /// What the file says of itself. The flag tells whether something was tried too often to be tried to the end.
    pub(crate) fn classify(&self, target: &Target<'_>) -> Result<(Vec<Verdict<'_>>, bool), ReadError> {
        let mut found = self.candidates(target);
        if !found.iter().any(|state| state.asked) {
            return Ok((Vec::new(), false));
        }
        let mut chunk = Vec::new();
        for &(start, end) in &target.ranges {
            let mut at = start;
            let mut carried = 0_usize;
            while at < end {
                let count = end.saturating_sub(at).min(CHUNK);
                // What the last chunk ended with may start an anchor that this one ends.
                let keep = carried.min(self.overlap());
                chunk.drain(..chunk.len().saturating_sub(keep));
                chunk.extend(target.file.range(at, count)?);
                let window = Window { bytes: &chunk, start: at.saturating_sub(keep as u64), fresh: keep };
                self.search(target, &window, &mut found)?;
                at = at.saturating_add(count);
                carried = chunk.len();
            }
            chunk.clear();
        }
        // A rule that nothing else speaks for would have said nothing in any case.
        let cut =
            |state: &Found| state.tries > MAX_TRIES && state.hits.is_empty() && (state.named || state.companions != 0);
        let cut = found.iter().any(cut);
        Ok((verdict::decide(&self.rules, &found, target), cut))
    }

    /// Bytes of a chunk that are looked at again with the next: an anchor, or a statement without one, may span both.
    fn overlap(&self) -> usize {
        self.longest.max(128)
    }

    /// Which rules are asked. An executable may hold anything; of other files only what bears the name of the product.
    fn candidates(&self, target: &Target<'_>) -> Vec<Found> {
        let path = target.file.path();
        let name = unhashed(path.name());
        let candidate = |rule: &Rule| {
            let named = rule.files.iter().any(|pattern| glob::matches(pattern, &name))
                || rule.paths.iter().any(|part| memchr::memmem::find(path.as_bytes(), part).is_some());
            let named = named && (!target.objects.is_empty() || !is_text_place(path.as_bytes()));
            // What a rule demands of the name is known before anything is read.
            let possible = named || (!target.objects.is_empty() && !rule.requires.contains(&Demand::Name));
            let asked = possible && (rule.scripts || !target.script);
            let number = rule.files.iter().find_map(|pattern| glob::number(pattern, &name));
            Found { asked, named, number: number.map(<[u8]>::to_vec), ..Found::default() }
        };
        self.rules.iter().map(candidate).collect()
    }

    fn search(&self, target: &Target<'_>, window: &Window<'_>, found: &mut [Found]) -> Result<(), ReadError> {
        let Some(automaton) = &self.automaton else { return Ok(()) };
        for hit in automaton.find_overlapping_iter(Input::new(window.bytes)) {
            if hit.end() <= window.fresh {
                continue;
            }
            for &meaning in self.meanings.get(hit.pattern().as_usize()).map(Vec::as_slice).unwrap_or_default() {
                self.note(meaning, hit.start()..hit.end(), target, window, found)?;
            }
        }
        for (rule, state) in self.rules.iter().zip(found) {
            if state.asked && state.named && !state.excluded {
                search_whole(rule, window, state);
            }
        }
        Ok(())
    }

    fn note(
        &self,
        meaning: Meaning,
        anchor: std::ops::Range<usize>,
        target: &Target<'_>,
        window: &Window<'_>,
        found: &mut [Found],
    ) -> Result<(), ReadError> {
        let (rule, statement) = match meaning {
            Meaning::Companion { rule, number } => {
                if let Some(state) = found.get_mut(usize::from(rule)) {
                    state.companions |= 1_u32.checked_shl(number.into()).unwrap_or_default();
                }
                return Ok(());
            }
            Meaning::Exclude { rule } => {
                if let Some(state) = found.get_mut(usize::from(rule)) {
                    state.excluded = true;
                }
                return Ok(());
            }
            Meaning::Statement { rule, statement } => (rule, usize::from(statement)),
        };
        let (Some(state), Some(rule)) = (found.get_mut(usize::from(rule)), self.rules.get(usize::from(rule))) else {
            return Ok(());
        };
        let Some(stated) = rule.statements.get(statement) else { return Ok(()) };
        let known = state.hits.iter().filter(|hit| hit.statement == statement).count();
        if !state.asked || state.excluded || known > MAX_VERSIONS || state.tries > MAX_TRIES {
            return Ok(());
        }
        // A program that does not bear the name is found by what else it says, a library by its own words.
        if rule.role == Role::Program && !state.named && rule.companions.is_empty() && rule.needs > 1 {
            return Ok(());
        }
        state.tries = state.tries.saturating_add(1);
        let at = |offset: usize| window.start.saturating_add(offset as u64);
        let from = at(anchor.start).saturating_sub(stated.before);
        let to = at(anchor.end).saturating_add(stated.after).min(target.file.len());
        let near = window.get(from, to);
        let far = if near.is_none() { target.file.range(from, to.saturating_sub(from))? } else { Vec::new() };
        let anchor = (at(anchor.start), at(anchor.end));
        if let Some(hit) = verify(stated, statement, near.unwrap_or(&far), from, anchor) {
            remember(state, hit);
        }
        Ok(())
    }
}

/// The name of a library without the digest that wheels of Python give those that they bring: `libpng16-529cb57a.so.16`
/// (<https://github.com/pypa/auditwheel>).
fn unhashed(name: &[u8]) -> Cow<'_, [u8]> {
    let at = memchr::memmem::find(name, b".so").unwrap_or_default();
    let (stem, rest) = name.split_at_checked(at).unwrap_or_default();
    let digest = stem.rsplit(|&byte| byte == b'-').next().unwrap_or_default();
    let is_digest = digest.len() == 8 && digest.iter().all(u8::is_ascii_hexdigit);
    match stem.len().checked_sub(9).and_then(|length| stem.get(..length)) {
        Some(plain) if is_digest && !plain.is_empty() => Cow::Owned([plain, rest].concat()),
        _ => Cow::Borrowed(name),
    }
}

/// Whether a file that is no executable lies where settings, completions and documentation of programs bear their names.
fn is_text_place(path: &[u8]) -> bool {
    let places: [&[u8]; 6] =
        [b"etc/", b"completions/", b"completion/", b"share/doc/", b"share/man/", b"site-functions/"];
    places.iter().any(|place| memchr::memmem::find(path, place).is_some())
}

/// A part of the file in memory.
struct Window<'a> {
    bytes: &'a [u8],
    /// Where it starts in the file.
    start: u64,
    /// Bytes at its start that were searched before.
    fresh: usize,
}

impl Window<'_> {
    fn get(&self, from: u64, to: u64) -> Option<&[u8]> {
        let from = usize::try_from(from.checked_sub(self.start)?).ok()?;
        let to = usize::try_from(to.checked_sub(self.start)?).ok()?;
        self.bytes.get(from..to)
    }
}

/// Tries a statement on the bytes around its anchor.
fn verify(stated: &Statement, statement: usize, bytes: &[u8], start: u64, anchor: (u64, u64)) -> Option<Hit> {
    let regex = stated.regex()?;
    for captures in regex.captures_iter(bytes) {
        let whole = captures.get(0)?;
        let (from, to) = (start.saturating_add(whole.start() as u64), start.saturating_add(whole.end() as u64));
        if from < anchor.1 && to > anchor.0 {
            return hit(&captures, statement, start);
        }
        if stated.is_anchored() {
            break;
        }
    }
    None
}

fn hit(captures: &regex::bytes::Captures<'_>, statement: usize, start: u64) -> Option<Hit> {
    let (text, first) = match captures.name("version") {
        Some(version) => (version.as_bytes().to_vec(), version),
        None => parts(captures)?,
    };
    let version = String::from_utf8(text).ok().filter(|version| version.len() <= MAX_VERSION)?;
    let offset = start.saturating_add(first.start() as u64);
    Some(Hit { statement, version, offset, length: first.len() as u64 })
}

/// A version whose numbers touch (`21006` is 2.10.6): those of `version_1` and so on, with dots between them.
fn parts<'b>(captures: &regex::bytes::Captures<'b>) -> Option<(Vec<u8>, regex::bytes::Match<'b>)> {
    let first = captures.name("version_1")?;
    let parts = ["version_1", "version_2", "version_3"].iter().filter_map(|name| captures.name(name));
    let plain = parts.map(|part| {
        let zeros = part.as_bytes().iter().take_while(|byte| **byte == b'0').count();
        part.as_bytes().get(zeros.min(part.len().saturating_sub(1))..).unwrap_or_default()
    });
    Some((plain.collect::<Vec<_>>().join(&b'.'), first))
}

/// Keeps a hit unless its statement said the same before.
fn remember(state: &mut Found, hit: Hit) {
    if !state.hits.iter().any(|held| held.statement == hit.statement && held.version == hit.version) {
        state.hits.push(hit);
    }
}

/// Statements without an anchor: the first one in the data of a file that bears the name of the product.
fn search_whole(rule: &Rule, window: &Window<'_>, state: &mut Found) {
    for (number, stated) in rule.statements.iter().enumerate().filter(|(_, stated)| stated.anchors.is_empty()) {
        if state.hits.iter().any(|hit| hit.statement == number) {
            continue;
        }
        let Some(regex) = stated.regex() else { continue };
        let mut all = regex.captures_iter(window.bytes).filter_map(|captures| hit(&captures, number, window.start));
        let follows = |hit: &Hit| match &state.number {
            Some(number) if stated.follows_name => {
                let rest = hit.version.as_bytes().strip_prefix(number.as_slice());
                rest.is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_digit))
            }
            _ => true,
        };
        let found = all.by_ref().take(MAX_TRIES as usize).find(follows);
        state.hits.extend(found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_wheels() {
        for (name, want) in [
            ("libpng16-529cb57a.so.16.58.0", "libpng16.so.16.58.0"),
            ("libpng16.so", "libpng16.so"),
            ("-529cb57a.so", "-529cb57a.so"),
            ("libstd-c6192dd4c4d410ac.so", "libstd-c6192dd4c4d410ac.so"),
        ] {
            assert_eq!(unhashed(name.as_bytes()), want.as_bytes());
        }
    }
}
