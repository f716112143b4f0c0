//! Pinned requirements in `setup.py` and `setup.cfg` of setuptools.
//! <https://setuptools.pypa.io/en/latest/references/keywords.html>
//!
//! `setup.py` is a program, and nothing is ever run here: only string literals are looked at, the lines of long ones one
//! by one, and those that are a requirement with one exact version are kept. What is asked for without a version is a
//! range for others to choose from: it is not listed, and the file gets a note.

use plimsoll_extract::prelude::*;
use syntax::pep508::Requirement;

use crate::pypi::{self, Origin};
use crate::python_literals::{Literals, Token};

/// Reads the requirements that setuptools is given.
pub(crate) struct Setup;

impl Extractor for Setup {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("python/setup")
    }

    fn about(&self) -> About {
        About {
            title: "setup.py and setup.cfg, literal pinned requirements",
            specification: "https://setuptools.pypa.io/en/latest/references/keywords.html",
            facts: &[Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("setup.py"), Interest::Name("setup.cfg")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let mut found = Found { file: file.path(), unpinned: false };
        if file.path().name() == b"setup.py" {
            program(&text, &mut found, out);
        } else {
            configuration(&text, &mut found, out);
        }
        if found.unpinned {
            out.diagnose(DiagnosticCode::UNPINNED, 0, "requirements without an exact version are not listed");
        }
        Ok(())
    }
}

struct Found<'a> {
    file: &'a SourcePath,
    /// A list of requirements has some that name no exact version.
    unpinned: bool,
}

impl Found<'_> {
    /// A line that may be a requirement; `scope` when it stands where requirements do.
    fn line(&mut self, line: &str, number: u32, scope: Option<Scope>, out: &mut Sink<'_>) {
        let Ok(requirement) = Requirement::parse(line) else { return };
        match pypi::pin(requirement.specifier) {
            Ok(Some(version)) => {
                let named = (requirement.name, Some(version));
                let component = pypi::component(out, self.file, named, Origin::Index(None), number);
                let Some(mut component) = component else { return };
                component.scope = scope.unwrap_or_default();
                let marker = line.split_once(';').map(|(_, marker)| marker.trim());
                if let Some(marker) = marker.filter(|marker| !marker.is_empty()) {
                    component.properties.push((pypi::MARKER.into(), marker.into()));
                    if pypi::is_conditional(marker, &[]) {
                        component.scope = component.scope.min(Scope::Optional);
                    }
                }
                let at = out.component(component, number);
                out.direct(at, scope.unwrap_or_default());
            }
            Ok(None) => self.unpinned |= scope.is_some(),
            Err(message) if scope.is_some() => out.malformed_entry(number, format!("requirement left out: {message}")),
            Err(_) => {}
        }
    }
}

/// What a keyword of `setup()` asks for; also a variable of that name.
fn scope(keyword: &str) -> Option<Scope> {
    let keyword = keyword.to_ascii_lowercase();
    Some(match keyword.as_str() {
        "install_requires" | "requirements" | "requires" => Scope::Runtime,
        "extras_require" => Scope::Optional,
        "tests_require" => Scope::Dev,
        "setup_requires" => Scope::Build,
        _ => return None,
    })
}

fn program(text: &str, found: &mut Found<'_>, out: &mut Sink<'_>) {
    let mut current = None;
    let lines = syntax::text::LineIndex::new(text);
    for token in Literals::new(text) {
        match token {
            Token::Assigned(name) => current = scope(name),
            Token::Called(_) => {}
            Token::Text(literal) => {
                for (_, line) in syntax::text::lines(literal) {
                    let number = lines.line_of(line).unwrap_or_default();
                    found.line(line.trim(), number, current, out);
                }
            }
        }
    }
}

/// `[options]` and `[options.extras_require]`; a value goes on over indented lines.
fn configuration(text: &str, found: &mut Found<'_>, out: &mut Sink<'_>) {
    let mut section = "";
    let mut current = None;
    for (number, line) in syntax::text::lines(text) {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            section = name.trim();
            current = None;
        } else if line.starts_with([' ', '\t']) {
            if current.is_some() {
                found.line(trimmed, number, current, out);
            }
        } else if let Some((key, value)) = line.split_once('=') {
            current = match section {
                "options" => scope(key.trim()),
                "options.extras_require" => Some(Scope::Optional),
                _ => None,
            };
            if current.is_some() {
                value.split(';').take(1).for_each(|value| found.line(value.trim(), number, current, out));
            }
        }
    }
}
