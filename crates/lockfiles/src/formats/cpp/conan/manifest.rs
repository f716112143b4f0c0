//! `conanfile.txt`, `conanfile.py` and `conaninfo.txt`.

use plimsoll_extract::prelude::*;
use syntax::text::LineIndex;

use crate::conan::Reference;
use crate::ini::{self, Line};
use crate::python_literals::{Literals, Token};

/// What a section, attribute or function of this name asks for.
fn scope(name: &str) -> Option<Scope> {
    Some(match name {
        "requires" => Scope::Runtime,
        "build_requires" | "tool_requires" | "python_requires" => Scope::Build,
        "test_requires" => Scope::Dev,
        _ => return None,
    })
}

fn emit(text: &str, scope: Scope, line: u32, out: &mut Sink<'_>) {
    let Some(reference) = Reference::parse_requirement(text) else {
        return out.malformed_entry(line, "requirement left out: it is no reference");
    };
    let Some(mut component) = reference.component(line, out) else { return };
    component.scope = scope;
    let at = out.component(component, line);
    out.direct(at, scope);
}

/// Sections of references, one a line.
pub(super) fn text(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let bytes = file.bytes()?;
    let text = syntax::text::decode(&bytes).text;
    let mut current = None;
    for line in ini::lines(&text) {
        match line {
            Line::Section(_, name) => current = scope(name),
            Line::Entry(number, entry) => {
                let entry = entry.split(" #").next().unwrap_or(entry).trim();
                if let Some(scope) = current {
                    emit(entry, scope, number, out);
                }
            }
        }
    }
    Ok(())
}

/// `requires = "a/1.0", "b/2.0"` and `self.requires("a/1.0")` with literals.
pub(super) fn program(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let bytes = file.bytes()?;
    let text = syntax::text::decode(&bytes).text;
    let lines = LineIndex::new(&*text);
    let (mut current, mut calls) = (None, false);
    let mut project = [None; 3];
    let mut found = Vec::new();
    for token in Literals::new(&text) {
        match token {
            // A keyword argument of a call ends what the call asks for; `name` and `version` count once, as attributes.
            Token::Assigned(name) => {
                calls = false;
                current = scope(name).map(Wanted::Requirement).or(match name {
                    "name" => Some(Wanted::Project(0)),
                    "version" => Some(Wanted::Project(1)),
                    "license" => Some(Wanted::Project(2)),
                    _ => None,
                });
            }
            Token::Called(name) => {
                current = scope(name).map(Wanted::Requirement);
                calls = true;
            }
            Token::Text(literal) => match current {
                Some(Wanted::Requirement(scope)) => {
                    found.push((literal, scope));
                    // Of a call only the first argument is a reference.
                    current = current.filter(|_| !calls);
                }
                Some(Wanted::Project(field)) => {
                    if let Some(place) = project.get_mut(field).filter(|place| place.is_none()) {
                        *place = Some(literal);
                    }
                    current = None;
                }
                None => {}
            },
        }
    }
    if let [Some(name), version, license] = project {
        let mut component = Component::new(ComponentKind::Application, name);
        component.version = version.map(Into::into);
        component.location = Some(file.path().clone());
        component.licenses.extend(license.and_then(License::declared));
        out.project(component, lines.line_of(name).unwrap_or_default());
    }
    for (literal, scope) in found {
        let line = lines.line_of(literal).unwrap_or_default();
        if literal.contains('{') {
            out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("{literal} must be evaluated"));
        } else if literal.contains('/') {
            emit(literal, scope, line, out);
        }
    }
    Ok(())
}

/// What the next literal means.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    Requirement(Scope),
    /// A field of the project: name, version, licence.
    Project(usize),
}

/// The package of a cache and, in `[full_requires]`, what it was built against.
pub(super) fn info(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let bytes = file.bytes()?;
    let text = syntax::text::decode(&bytes).text;
    let path = file.path().to_string();
    let own = own_reference(&path).and_then(|reference| {
        let component = reference.component(0, out)?;
        Some(out.component(component, 0))
    });
    let mut in_full = false;
    for line in ini::lines(&text) {
        match line {
            Line::Section(_, name) => in_full = name == "full_requires",
            Line::Entry(number, entry) if in_full => {
                // `name/version@user/channel:package_id`
                let recipe = entry.split(':').next().unwrap_or(entry);
                let Some(mut reference) = Reference::parse(recipe) else {
                    out.malformed_entry(number, "requirement left out: it is no reference");
                    continue;
                };
                reference.package_id = entry.split_once(':').map(|(_, id)| id.split('#').next().unwrap_or(id));
                let Some(component) = reference.component(number, out) else { continue };
                let at = out.component(component, number);
                match own {
                    Some(own) => out.depends(own, at, Scope::Runtime),
                    None => out.direct(at, Scope::Runtime),
                }
            }
            Line::Entry(..) => {}
        }
    }
    Ok(())
}

/// `data/NAME/VERSION/USER/CHANNEL/package/ID/conaninfo.txt` in the cache of Conan 1.
fn own_reference(path: &str) -> Option<Reference<'_>> {
    let mut parts = path.rsplit('/').skip(1);
    let (id, package) = (parts.next()?, parts.next()?);
    let (channel, user, version, name) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let given = |text: &'_ str| text != "_";
    (package == "package").then_some(Reference {
        name,
        version,
        user: Some(user).filter(|user| given(user)),
        channel: Some(channel).filter(|channel| given(channel)),
        package_id: Some(id),
        ..Reference::default()
    })
}
