//! As much of Scala as tells which string literals are dependencies, and of which module.

use std::collections::{BTreeSet, HashMap};

use plimsoll_extract::prelude::*;

/// Bytes that one text may take when values are filled in.
const MAX_TEXT: usize = 4096;

/// A dependency literal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Literal<'a> {
    pub(super) text: &'a str,
    pub(super) line: u32,
    pub(super) scope: Scope,
    /// A platform, which gives others their versions.
    pub(super) is_platform: bool,
}

/// What a build file says.
#[derive(Debug, Default)]
pub(super) struct Program<'a> {
    pub(super) dependencies: Vec<Literal<'a>>,
    /// Names that are given a string, once.
    values: HashMap<&'a str, Option<&'a str>>,
    scala: BTreeSet<&'a str>,
}

/// A token that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Text(&'a str),
    /// A name between backticks.
    Quoted(&'a str),
    Open,
    Close,
}

impl<'a> Program<'a> {
    /// Reads a program.
    pub(super) fn read(text: &'a str) -> Self {
        let mut program = Self::default();
        // The names of the definitions that are open: `object test`.
        let mut blocks: Vec<bool> = Vec::new();
        let mut pending_test = false;
        // The definition whose value this is: `def ivyDeps`.
        let mut definition = "";
        let mut before: [Token<'a>; 2] = [Token::Close; 2];
        let tokens = Tokens { rest: text, line: 1 };
        for (token, line) in tokens {
            match (before, token) {
                ([_, Token::Word("object" | "trait" | "class")], Token::Word(name)) => {
                    pending_test = name.to_ascii_lowercase().contains("test");
                }
                ([_, Token::Word("def" | "val")], Token::Word(name)) => definition = name,
                ([_, Token::Word("ivy" | "mvn" | "dep")], Token::Text(text)) => {
                    let in_test = blocks.contains(&true);
                    let scope = scope_of(definition, in_test);
                    let is_platform = definition.to_ascii_lowercase().contains("bom");
                    program.dependencies.push(Literal { text, line, scope, is_platform });
                }
                ([_, Token::Word("ivy" | "mvn")], Token::Quoted(text)) => {
                    program.dependencies.push(Literal { text, line, scope: Scope::Build, is_platform: false });
                }
                (_, Token::Text(text)) if !definition.is_empty() => {
                    if definition == "scalaVersion" {
                        program.scala.insert(text);
                    }
                    // Two strings for one name: it is not known which.
                    program.values.entry(definition).and_modify(|held| *held = None).or_insert(Some(text));
                }
                (_, Token::Open) => blocks.push(std::mem::take(&mut pending_test)),
                (_, Token::Close) => drop(blocks.pop()),
                _ => {}
            }
            before = [before[1], token];
        }
        program
    }

    /// The version of Scala, when the file has only one.
    pub(super) fn scala_version(&self) -> Option<&str> {
        let mut known: BTreeSet<String> = self.scala.iter().map(|text| self.interpolate(text)).collect();
        let only = known.pop_first().filter(|_| known.is_empty())?;
        self.scala
            .iter()
            .copied()
            .find(|text| *text == only)
            .or_else(|| self.values.values().flatten().copied().find(|text| *text == only))
    }

    /// Fills in `$name` and `${name}`; what is not known is left as it is.
    pub(super) fn interpolate(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let (name, after) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                Some(found) => found,
                None => {
                    let end = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
                    after.split_at_checked(end).unwrap_or((after, ""))
                }
            };
            let last = name.rsplit('.').next().unwrap_or(name);
            match self.values.get(last) {
                Some(Some(value)) if out.len() < MAX_TEXT => out.push_str(value),
                _ => out.push('$'),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// When the dependencies of a definition are needed.
fn scope_of(definition: &str, in_test: bool) -> Scope {
    let lower = definition.to_ascii_lowercase();
    if in_test {
        Scope::Dev
    } else if lower.starts_with("compile") || lower.contains("plugin") || lower.contains("processor") {
        Scope::Build
    } else {
        Scope::Runtime
    }
}

/// Walks a program once. Comments are passed over.
struct Tokens<'a> {
    rest: &'a str,
    line: u32,
}

impl<'a> Tokens<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        let lines = memchr::memchr_iter(b'\n', taken.as_bytes()).count();
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.rest = rest;
        taken
    }

    /// Up to a mark, which is taken with it; without one, all that is left.
    fn until(&mut self, mark: &str) -> &'a str {
        let end = self.rest.find(mark).unwrap_or(self.rest.len());
        let taken = self.take(end);
        if self.rest.starts_with(mark) {
            self.take(mark.len());
        }
        taken
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (Token<'a>, u32);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let first = self.rest.chars().next()?;
            let line = self.line;
            let token = match first {
                '/' if self.rest.starts_with("//") => {
                    self.until("\n");
                    continue;
                }
                '/' if self.rest.starts_with("/*") => {
                    self.until("*/");
                    continue;
                }
                '"' if self.rest.starts_with("\"\"\"") => {
                    self.take(3);
                    Token::Text(self.until("\"\"\""))
                }
                '"' => {
                    self.take(1);
                    let end = self.rest.find(['"', '\n']).unwrap_or(self.rest.len());
                    let text = self.take(end);
                    self.take(1);
                    Token::Text(text)
                }
                '`' => {
                    self.take(1);
                    Token::Quoted(self.until("`"))
                }
                '{' => {
                    self.take(1);
                    Token::Open
                }
                '}' => {
                    self.take(1);
                    Token::Close
                }
                c if c.is_alphanumeric() || c == '_' => {
                    let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
                    Token::Word(self.take(end))
                }
                c => {
                    self.take(c.len_utf8());
                    continue;
                }
            };
            return Some((token, line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_with_their_scopes() {
        let program = Program::read(
            "import $ivy.`a::plugin:1`\nval v = \"2\"\nobject m extends ScalaModule {\n def scalaVersion = \"3.3.1\"\n \
             def ivyDeps = Agg(ivy\"a::b:$v\" /* ivy\"no:no:1\" */)\n def compileIvyDeps = Agg(mvn\"c:d:${v}.1\")\n \
             object test extends ScalaTests { def ivyDeps = Agg(ivy\"e:f:$unknown\") }\n}\n",
        );
        let found: Vec<_> =
            program.dependencies.iter().map(|one| (program.interpolate(one.text), one.line, one.scope)).collect();
        assert_eq!(
            found,
            [
                ("a::plugin:1".to_owned(), 1, Scope::Build),
                ("a::b:2".to_owned(), 5, Scope::Runtime),
                ("c:d:2.1".to_owned(), 6, Scope::Build),
                ("e:f:$".to_owned(), 7, Scope::Dev),
            ]
        );
        assert_eq!(program.scala_version(), Some("3.3.1"));
    }
}
