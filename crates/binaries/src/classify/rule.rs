//! A rule, and how it is written in TOML. See `docs/concepts/classifiers.md`.

use plimsoll_extract::syntax::toml::{self, Array, Table};
use plimsoll_model::{Limits, Purl};
use regex::bytes::{Regex, RegexBuilder};

/// What a rule finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A program: what the file is.
    Program,
    /// A library: what the file is when it bears the library's name, else what is linked into it.
    Library,
}

/// A signal that a rule may demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    /// The file has one of the names in `files` or one of the paths in `paths`.
    Name,
    /// One of the `companions` is in the file.
    Companion,
    /// The file has a soname that starts as `sonames` say, or exports one of `symbols`.
    Export,
}

/// How one generation of a product states its version.
#[derive(Debug)]
pub(crate) struct Statement {
    /// Literal bytes, any of which leads to the statement; none: the data of a file with the right name is searched as a
    /// whole.
    pub(crate) anchors: Vec<Box<[u8]>>,
    /// What must stand there. Compiled when the anchor is first seen.
    pattern: Box<str>,
    compiled: std::sync::OnceLock<Option<Regex>>,
    /// Bytes before the anchor that the pattern may look at.
    pub(crate) before: u64,
    /// Bytes after the anchor that it may look at.
    pub(crate) after: u64,
    /// The statement does not name the product (`5.6.1`), so that it is no signal of its own.
    pub(crate) weak: bool,
    /// The version starts with the number in the name of the file: `3.11` of `python3.11`.
    pub(crate) follows_name: bool,
}

/// One product.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: Box<str>,
    pub(crate) title: Box<str>,
    pub(crate) role: Role,
    /// The package URL as far as its version.
    purl: Box<str>,
    /// The version in the package URL: `v{version}`.
    version: Box<str>,
    pub(crate) files: Vec<Box<[u8]>>,
    pub(crate) paths: Vec<Box<[u8]>>,
    pub(crate) sonames: Vec<Box<[u8]>>,
    pub(crate) symbols: Vec<Box<[u8]>>,
    pub(crate) companions: Vec<Box<[u8]>>,
    pub(crate) excludes: Vec<Box<[u8]>>,
    pub(crate) requires: Vec<Demand>,
    pub(crate) yields_to: Vec<Box<str>>,
    /// Signals without which nothing is said.
    pub(crate) needs: u8,
    /// Whether other programs have it in them, so that without its name it is a part of the file.
    pub(crate) embeddable: bool,
    /// Whether text files of these names are read, too.
    pub(crate) scripts: bool,
    pub(crate) statements: Vec<Statement>,
}

/// An example of what a rule finds.
#[derive(Debug)]
pub(crate) struct RuleTest {
    pub(crate) line: u32,
    pub(crate) rule: Box<str>,
    /// The path of the file; none: an executable of any name.
    pub(crate) file: Option<Box<str>>,
    pub(crate) data: Box<[u8]>,
    /// The version that must be found; none: the rule must find nothing.
    pub(crate) version: Option<Box<str>>,
}

/// Why rules could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// It is not TOML.
    #[error("the rules are not valid TOML: {0}")]
    Syntax(#[from] plimsoll_extract::syntax::Error),
    /// A rule lacks something, or has something that it may not have.
    #[error("line {line}: {message}")]
    Rule {
        /// Where.
        line: u32,
        /// What is wrong.
        message: String,
    },
}

/// A set of rules.
#[derive(Debug, Default)]
pub struct Rules {
    pub(crate) rules: Vec<Rule>,
    pub(crate) tests: Vec<RuleTest>,
}

/// Most bytes of an anchor, and of a window around it.
const MAX_ANCHOR: usize = 128;
const MAX_WINDOW: i64 = 2048;
/// Bytes after an anchor that a pattern may look at when the rule does not say.
const AFTER: i64 = 96;

const RULE_KEYS: &[&str] = &[
    "id",
    "title",
    "role",
    "purl",
    "files",
    "paths",
    "sonames",
    "symbols",
    "companions",
    "excludes",
    "requires",
    "yields_to",
    "needs",
    "embeddable",
    "scripts",
    "match",
];
const MATCH_KEYS: &[&str] = &["anchor", "anchors", "pattern", "before", "after", "weak", "follows_name"];
const TEST_KEYS: &[&str] = &["rule", "file", "data", "version"];

impl Rules {
    /// Reads rules.
    ///
    /// # Errors
    /// The text is not TOML, or a rule in it is not valid.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let document = toml::parse(text, &Limits::DEFAULT)?;
        known(document.root(), &["rule", "test"])?;
        let rules: Vec<Rule> = document.root().tables("rule").map(rule).collect::<Result<_, _>>()?;
        for (at, rule) in rules.iter().enumerate() {
            if rules.iter().take(at).any(|other| other.id == rule.id) {
                return Err(RuleError::Rule { line: 0, message: format!("two rules have the id {}", rule.id) });
            }
        }
        let tests = document.root().tables("test").map(test).collect::<Result<_, _>>()?;
        Ok(Self { rules, tests })
    }

    /// Adds other rules; one with the id of a rule that is there takes its place.
    pub fn extend(&mut self, more: Self) {
        self.tests.extend(more.tests);
        for rule in more.rules {
            match self.rules.iter_mut().find(|held| held.id == rule.id) {
                Some(held) => *held = rule,
                None => self.rules.push(rule),
            }
        }
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

impl Rule {
    /// The package URL of this product in a version.
    pub(crate) fn purl(&self, version: &str) -> Option<Purl> {
        let base = Purl::parse(&self.purl).ok()?;
        let mut purl = Purl::builder(base.kind(), base.name()).version(self.version.replace("{version}", version));
        if let Some(namespace) = base.namespace() {
            purl = purl.namespace(namespace);
        }
        purl.build().ok()
    }

    /// The package URL without a version, for the documentation.
    #[cfg(test)]
    pub(crate) fn base_purl(&self) -> &str {
        &self.purl
    }
}

impl Statement {
    /// The pattern; `None` when it does not compile, which a test of the rules finds.
    pub(crate) fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.pattern, self.is_anchored()).ok()).as_ref()
    }

    /// Whether the pattern starts where the anchor does.
    pub(crate) fn is_anchored(&self) -> bool {
        !self.anchors.is_empty() && self.before == 0
    }
}

fn compile(pattern: &str, anchored: bool) -> Result<Regex, regex::Error> {
    let whole = if anchored { format!(r"\A(?:{pattern})") } else { pattern.to_owned() };
    RegexBuilder::new(&whole).unicode(false).dot_matches_new_line(true).build()
}

fn fault(table: Table<'_>, message: impl Into<String>) -> RuleError {
    RuleError::Rule { line: table.line(), message: message.into() }
}

/// A key that we do not know is a slip of the pen, and would silently weaken the rule.
fn known(table: Table<'_>, keys: &[&str]) -> Result<(), RuleError> {
    match table.iter().find(|(key, _)| !keys.contains(key)) {
        Some((key, value)) => Err(RuleError::Rule { line: value.line(), message: format!("unknown key {key}") }),
        None => Ok(()),
    }
}

fn text<'d>(table: Table<'d>, key: &str) -> Result<&'d str, RuleError> {
    table.get_str(key).filter(|text| !text.is_empty()).ok_or_else(|| fault(table, format!("{key} is missing")))
}

fn flag(table: Table<'_>, key: &str) -> Option<bool> {
    table.get(key).and_then(toml::Value::as_bool)
}

fn list(table: Table<'_>, key: &str) -> Vec<Box<str>> {
    table.array(key).into_iter().flat_map(Array::strs).map(Into::into).collect()
}

fn bytes(table: Table<'_>, key: &str) -> Result<Vec<Box<[u8]>>, RuleError> {
    let list: Vec<Box<[u8]>> = list(table, key).iter().map(|text| unescaped(text)).collect();
    match list.iter().any(|item| item.is_empty() || item.len() > MAX_ANCHOR) {
        true => Err(fault(table, format!("{key} has a string that is empty or longer than {MAX_ANCHOR} bytes"))),
        false => Ok(list),
    }
}

/// TOML strings are Unicode, and what stands in programs need not be: in a literal string `\xNN` is that byte, and `\n`
/// the end of a line.
fn unescaped(text: &str) -> Box<[u8]> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.extend_from_slice(plain.as_bytes());
        let hexadecimal = escape.strip_prefix('x').and_then(|digits| digits.get(..2));
        let (byte, length) = match hexadecimal.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => (byte, 3),
            None if escape.starts_with('n') => (b'\n', 1),
            None => (b'\\', 0),
        };
        out.push(byte);
        rest = escape.get(length..).unwrap_or_default();
    }
    out.extend_from_slice(rest.as_bytes());
    out.into()
}

fn rule(table: Table<'_>) -> Result<Rule, RuleError> {
    known(table, RULE_KEYS)?;
    let id = text(table, "id")?;
    let (purl, version) = match text(table, "purl")?.rsplit_once('@') {
        Some((purl, version)) => (purl, version),
        None => (text(table, "purl")?, "{version}"),
    };
    let role = match table.get_str("role").unwrap_or("program") {
        "program" => Role::Program,
        "library" => Role::Library,
        other => return Err(fault(table, format!("the role of {id} is {other}, not program or library"))),
    };
    let requires = list(table, "requires").iter().map(|word| demand(table, word)).collect::<Result<_, _>>()?;
    let rule = Rule {
        id: id.into(),
        title: table.get_str("title").unwrap_or(id).into(),
        role,
        purl: purl.into(),
        version: version.into(),
        files: bytes(table, "files")?,
        paths: bytes(table, "paths")?,
        sonames: bytes(table, "sonames")?,
        symbols: bytes(table, "symbols")?,
        companions: bytes(table, "companions")?,
        excludes: bytes(table, "excludes")?,
        requires,
        yields_to: list(table, "yields_to"),
        needs: table.get("needs").and_then(toml::Value::as_integer).map_or(2, |count| count.clamp(1, 5) as u8),
        embeddable: flag(table, "embeddable").unwrap_or_default(),
        scripts: flag(table, "scripts").unwrap_or_default(),
        statements: table.tables("match").map(statement).collect::<Result<_, _>>()?,
    };
    if rule.purl("1").is_none() {
        return Err(fault(table, format!("the purl of {id} is not valid")));
    }
    if rule.statements.is_empty() {
        return Err(fault(table, format!("{id} has no [[rule.match]]")));
    }
    if rule.files.is_empty() && rule.statements.iter().any(|statement| statement.anchors.is_empty()) {
        return Err(fault(table, format!("{id} has a match without anchor, but no files to search for it")));
    }
    Ok(rule)
}

fn demand(table: Table<'_>, word: &str) -> Result<Demand, RuleError> {
    match word {
        "name" => Ok(Demand::Name),
        "companion" => Ok(Demand::Companion),
        "export" => Ok(Demand::Export),
        _ => Err(fault(table, format!("requires {word}, which is not name, companion or export"))),
    }
}

fn statement(table: Table<'_>) -> Result<Statement, RuleError> {
    known(table, MATCH_KEYS)?;
    let number = |key, default: i64| {
        let value = table.get(key).and_then(toml::Value::as_integer).unwrap_or(default);
        u64::try_from(value.clamp(0, MAX_WINDOW)).unwrap_or_default()
    };
    let mut anchors = bytes(table, "anchors")?;
    anchors.extend(table.get_str("anchor").map(unescaped));
    if anchors.iter().any(|anchor| anchor.len() < 3 || anchor.len() > MAX_ANCHOR) {
        return Err(fault(table, format!("an anchor has 3 to {MAX_ANCHOR} bytes")));
    }
    let follows_name = flag(table, "follows_name").unwrap_or_default();
    let statement = Statement {
        weak: flag(table, "weak").unwrap_or(anchors.is_empty() && !follows_name),
        anchors,
        follows_name,
        pattern: text(table, "pattern")?.into(),
        compiled: std::sync::OnceLock::new(),
        before: number("before", 0),
        after: number("after", AFTER),
    };
    Ok(statement)
}

fn test(table: Table<'_>) -> Result<RuleTest, RuleError> {
    known(table, TEST_KEYS)?;
    Ok(RuleTest {
        line: table.line(),
        rule: text(table, "rule")?.into(),
        file: table.get_str("file").map(Into::into),
        data: unescaped(text(table, "data")?),
        version: table.get_str("version").map(Into::into),
    })
}

impl Rules {
    /// Compiles all patterns, which a scan does one by one when it needs them.
    pub(super) fn compile(&self) -> Result<(), RuleError> {
        for rule in &self.rules {
            for statement in &rule.statements {
                let message = match compile(&statement.pattern, statement.is_anchored()) {
                    Ok(regex)
                        if regex.capture_names().flatten().any(|name| matches!(name, "version" | "version_1")) =>
                    {
                        continue;
                    }
                    Ok(_) => format!("{}: the pattern captures no version", rule.id),
                    Err(error) => format!("{}: {error}", rule.id),
                };
                return Err(RuleError::Rule { line: 0, message });
            }
        }
        Ok(())
    }
}
