//! The assignments of a specification.

use plimsoll_extract::prelude::*;
use serde::{Deserialize, Serialize};

use super::literal::{Cursor, Literal};

/// Another gem that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// `~> 1.0` and the like; all of them hold.
    pub(super) requirements: Vec<String>,
    pub(super) development: bool,
}

/// What a specification says.
#[derive(Debug, Default)]
pub(super) struct Specification {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) platform: Option<String>,
    pub(super) licenses: Vec<String>,
    pub(super) authors: Vec<String>,
    pub(super) homepage: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) metadata: Vec<(String, String)>,
    pub(super) dependencies: Vec<Dependency>,
    /// The line of the name.
    pub(super) line: u32,
}

impl Specification {
    /// Reads what is literal; the rest is passed over.
    pub(super) fn read(text: &str) -> Self {
        let mut found = Self::default();
        let mut variable: Option<&str> = None;
        let mut stub: Option<(&str, u32)> = None;
        let mut in_else = false;
        let mut cursor = Cursor::new(text);
        let mut line = 1_u32;
        while !cursor.rest.is_empty() && !cursor.unterminated {
            let before = cursor.rest;
            cursor.rest = cursor.rest.trim_start_matches([' ', '\t']);
            let content = cursor.rest.split('\n').next().unwrap_or_default().trim_end();
            match (content, variable) {
                ("else", _) => in_else = true,
                ("end", _) => in_else = false,
                (_, None) if content.starts_with("# stub: ") => stub = content.get(8..).map(|stub| (stub, line)),
                (_, None) if content.starts_with("Gem::Specification.new") => variable = block_variable(content),
                (_, Some(variable)) if cursor.eat(variable) && cursor.eat(".") => {
                    found.read_statement(&mut cursor, line, in_else);
                }
                _ => {}
            }
            // To the next line, from wherever the statement ended.
            cursor.rest = cursor.rest.split_once('\n').map_or("", |(_, rest)| rest);
            let read = before.len().saturating_sub(cursor.rest.len());
            let ends = before.get(..read).unwrap_or_default().bytes().filter(|&byte| byte == b'\n').count();
            line = line.saturating_add(u32::try_from(ends).unwrap_or(u32::MAX));
        }
        if let Some((stub, line)) = stub {
            found.fill_from_stub(stub, line);
        }
        found
    }

    /// `name = literal`, or `add_dependency(literal, literal)`. The cursor stays where it is when it is neither.
    fn read_statement(&mut self, cursor: &mut Cursor<'_>, line: u32, in_else: bool) {
        let mut ahead = *cursor;
        let name = ahead.word();
        ahead.skip_blanks();
        if let "add_dependency" | "add_runtime_dependency" | "add_development_dependency" = name {
            let development = name == "add_development_dependency";
            let dependency = dependency(&mut ahead, development);
            cursor.unterminated = ahead.unterminated;
            if let Some(dependency) = dependency {
                *cursor = ahead;
                if !in_else && !self.dependencies.contains(&dependency) {
                    self.dependencies.push(dependency);
                }
            }
            return;
        }
        if !ahead.eat("=") || ahead.rest.starts_with(['=', '~', '>']) {
            return;
        }
        let value = ahead.literal();
        cursor.unterminated = ahead.unterminated;
        let Some(value) = value else { return };
        *cursor = ahead;
        match (name, value) {
            ("name", Literal::Text(text)) if !text.is_empty() => {
                self.name = Some(text);
                self.line = line;
            }
            ("version", Literal::Text(text)) if !text.is_empty() => self.version = Some(text),
            ("platform", Literal::Text(text)) => self.platform = Some(text),
            ("licenses" | "license", value) => self.licenses = value.into_texts(),
            ("authors" | "author", value) => self.authors = value.into_texts(),
            ("homepage", value) => self.homepage = value.into_text(),
            ("summary", value) => self.summary = value.into_text(),
            ("metadata", Literal::Map(entries)) => self.metadata = entries,
            _ => {}
        }
    }

    /// `name version platform paths`, NUL between the paths.
    fn fill_from_stub(&mut self, stub: &str, line: u32) {
        let mut words = stub.split(' ');
        let mut next = || words.next().filter(|word| !word.is_empty()).map(str::to_owned);
        let (name, version, platform) = (next(), next(), next());
        if self.name.is_none() || self.version.is_none() {
            self.line = line;
        }
        self.name = self.name.take().or(name);
        self.version = self.version.take().or(version);
        self.platform = self.platform.take().or(platform);
    }

    /// The URLs, and what they are of.
    pub(super) fn urls(&self) -> impl Iterator<Item = (ReferenceKind, &str)> {
        let metadata = self.metadata.iter().filter_map(|(key, url)| {
            let kind = match key.as_str() {
                "homepage_uri" => ReferenceKind::Website,
                "source_code_uri" => ReferenceKind::Vcs,
                "bug_tracker_uri" => ReferenceKind::IssueTracker,
                "documentation_uri" => ReferenceKind::Documentation,
                _ => return None,
            };
            Some((kind, url.as_str()))
        });
        let homepage = self.homepage.as_deref().map(|url| (ReferenceKind::Website, url));
        homepage.into_iter().chain(metadata).filter(|(_, url)| !url.is_empty())
    }
}

/// The variable in `Gem::Specification.new do |s|`.
fn block_variable(content: &str) -> Option<&str> {
    let (_, rest) = content.split_once('|')?;
    let (variable, _) = rest.split_once('|')?;
    let variable = variable.trim();
    (!variable.is_empty()).then_some(variable)
}

/// `("name", [">= 1", "< 2"])`, or the same without brackets.
fn dependency(cursor: &mut Cursor<'_>, development: bool) -> Option<Dependency> {
    let bracketed = cursor.eat("(");
    let name = cursor.literal()?.into_text()?;
    let mut requirements = Vec::new();
    loop {
        cursor.skip_blanks();
        if !cursor.eat(",") {
            break;
        }
        requirements.extend(cursor.literal()?.into_texts());
    }
    (!bracketed || cursor.eat(")")).then_some(Dependency { name, requirements, development })
}
