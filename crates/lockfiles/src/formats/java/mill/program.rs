//! As much of Scala as tells which string literals are dependencies, and of which module.

use std::collections::BTreeSet;

use plimsoll_extract::prelude::*;

use crate::scala::{Token, Tokens, Values};

/// Blocks within blocks whose names are known.
const MAX_BLOCKS: usize = 1024;

/// A dependency literal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Literal<'a> {
    pub(super) text: &'a str,
    pub(super) line: u32,
    pub(super) scope: Scope,
    /// A platform, which gives others their versions.
    pub(super) is_platform: bool,
    /// The binary version of Scala that the build itself is compiled with, when it is for the build.
    pub(super) build: Option<&'static str>,
}

/// What a build file says.
#[derive(Debug, Default)]
pub(super) struct Program<'a> {
    pub(super) dependencies: Vec<Literal<'a>>,
    values: Values<'a>,
    scala: BTreeSet<&'a str>,
}

impl<'a> Program<'a> {
    /// Reads a program.
    pub(super) fn read(text: &'a str) -> Self {
        let mut program = Self::default();
        // The names of the definitions that are open: `object test`.
        let mut blocks: Vec<bool> = Vec::new();
        let mut deeper = 0_usize;
        let mut pending_test = false;
        // The definition whose value this is: `def ivyDeps`.
        let mut definition = "";
        let mut before: [Token<'a>; 2] = [Token::Close; 2];
        for (token, line) in Tokens::new(text) {
            if matches!(token, Token::Dot | Token::Percent(_)) {
                continue;
            }
            match (before, token) {
                ([_, Token::Word("object" | "trait" | "class")], Token::Word(name)) => {
                    pending_test = name.to_ascii_lowercase().contains("test");
                }
                ([_, Token::Word("def" | "val")], Token::Word(name)) => definition = name,
                ([_, Token::Word("ivy" | "mvn" | "dep")], Token::Text(text)) => {
                    let in_test = blocks.contains(&true);
                    let scope = scope_of(definition, in_test);
                    let is_platform = definition.to_ascii_lowercase().contains("bom");
                    program.dependencies.push(Literal { text, line, scope, is_platform, build: None });
                }
                ([_, Token::Word("ivy" | "mvn")], Token::Quoted(text)) => {
                    // Only Mill 0 has such imports.
                    let build = Some("2.13");
                    program.dependencies.push(Literal { text, line, scope: Scope::Build, is_platform: false, build });
                }
                (_, Token::Text(text)) if !definition.is_empty() => {
                    if definition == "scalaVersion" {
                        program.scala.insert(text);
                    }
                    program.values.add(definition, text);
                }
                (_, Token::Open) if blocks.len() >= MAX_BLOCKS => deeper = deeper.saturating_add(1),
                (_, Token::Open) => blocks.push(std::mem::take(&mut pending_test)),
                (_, Token::Close) if deeper > 0 => deeper = deeper.saturating_sub(1),
                (_, Token::Close) => drop(blocks.pop()),
                _ => {}
            }
            before = [before[1], token];
        }
        program
    }

    /// The version of Scala, when the file has only one.
    pub(super) fn scala_version(&self) -> Option<String> {
        let mut known: BTreeSet<String> = self.scala.iter().map(|text| self.interpolate(text)).collect();
        known.pop_first().filter(|_| known.is_empty())
    }

    /// Fills in what the file gives a string; what is not known stays a `$`.
    pub(super) fn interpolate(&self, text: &str) -> String {
        self.values.interpolate(text)
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
        assert_eq!(program.scala_version().as_deref(), Some("3.3.1"));
    }
}
