//! The assignments at the top of a Lua program, as far as they are literals.

use std::collections::HashMap;

use plimsoll_extract::syntax::trees::{Tree, parts};

/// The most assignments that are kept: a rockspec has about ten.
const MAX_ASSIGNMENTS: usize = 4096;

/// The most bytes of a text that is put together.
const MAX_TEXT: usize = 1 << 12;

pub(super) struct Program<'t> {
    texts: HashMap<&'t str, (String, u32)>,
    tables: HashMap<&'t str, &'t [Tree<'t>]>,
}

impl<'t> Program<'t> {
    pub(super) fn read(trees: &'t [Tree<'t>]) -> Self {
        let mut program = Self { texts: HashMap::new(), tables: HashMap::new() };
        for (at, window) in trees.windows(3).enumerate().filter(|(_, window)| is_assignment(window)) {
            let [name, _, value] = window else { continue };
            let Some(name) = name.word() else { continue };
            if program.texts.len().saturating_add(program.tables.len()) >= MAX_ASSIGNMENTS {
                break;
            }
            if let Some(table) = value.group('{') {
                program.tables.insert(name, table);
                continue;
            }
            let expression = trees.get(at.saturating_add(2)..).unwrap_or_default();
            if let Some(text) = program.evaluate(expression) {
                program.texts.insert(name, (text, value.line()));
            }
        }
        program
    }

    /// A text variable and its line.
    pub(super) fn text(&self, name: &str) -> Option<(&str, u32)> {
        self.texts.get(name).map(|(text, line)| (text.as_str(), *line)).filter(|(text, _)| !text.is_empty())
    }

    /// The content of a table variable.
    pub(super) fn table(&self, name: &str) -> &'t [Tree<'t>] {
        self.tables.get(name).copied().unwrap_or_default()
    }

    /// A text in a table. Texts that are put together are only known as variables.
    pub(super) fn field(&self, table: &str, key: &str) -> Option<&str> {
        let (_, value) = entries(self.table(table)).find(|(name, _)| *name == Some(key))?;
        match value {
            [only] => only.text().or_else(|| self.text(only.word()?).map(|(text, _)| text)),
            [first, ..] => first.text(),
            [] => None,
        }
    }

    /// The text that an expression starts with: literals and text variables, joined by `..`.
    pub(super) fn evaluate(&self, expression: &[Tree<'_>]) -> Option<String> {
        let mut out = String::new();
        let mut rest = expression;
        loop {
            let (first, after) = rest.split_first()?;
            match (first.text(), first.word()) {
                (Some(text), _) => out.push_str(text),
                (None, Some(word)) => out.push_str(&self.texts.get(word)?.0),
                (None, None) => return None,
            }
            if out.len() > MAX_TEXT {
                return None;
            }
            match after {
                [dots, after @ ..] if dots.is_mark("..") => rest = after,
                _ => return Some(out),
            }
        }
    }
}

fn is_assignment(window: &[Tree<'_>]) -> bool {
    matches!(window, [name, equals, _] if name.word().is_some() && equals.is_mark("="))
}

/// The entries of a table: `key = value`, `["key"] = value`, or a value alone.
pub(super) fn entries<'t>(table: &'t [Tree<'t>]) -> impl Iterator<Item = (Option<&'t str>, &'t [Tree<'t>])> {
    parts(table, &[",", ";"]).map(|part| match part {
        [key, equals, value @ ..] if equals.is_mark("=") => {
            (key.word().or_else(|| key.group('[')?.first()?.text()), value)
        }
        value => (None, value),
    })
}
