//! Fixtures: directories that hold what a format's files look like, and `expected.json`, what must be found in them.
//!
//! For tests only (feature `fixture`). A fixture is found by walking, so that a new one needs no test code. Run with
//! `PLIMSOLL_BLESS=1` to write `expected.json` anew, then review it as code.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_model::{Budget, Component, RelationshipKind, Span};
use plimsoll_source::{OpenOptions, Scheme, SourceReference};
use serde_json::{Value, json};

use crate::{Extraction, Extractor, RunOptions};

/// Checks every fixture below `root`; returns what differs, empty when all is well.
///
/// # Errors
/// A text that names each fixture which differs, and how.
pub fn check(root: &Path, extractors: &[&dyn Extractor]) -> Result<usize, String> {
    let mut cases = Vec::new();
    find(root, &mut cases);
    cases.sort();
    let bless = std::env::var_os("PLIMSOLL_BLESS").is_some();
    let mut failures = String::new();
    for case in &cases {
        let actual = match render_directory(case, extractors) {
            Ok(actual) => actual,
            Err(error) => {
                let _ = writeln!(failures, "{}: {error}", case.display());
                continue;
            }
        };
        let path = case.join("expected.json");
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if expected == actual {
            continue;
        }
        if bless {
            fs::write(&path, &actual).map_err(|error| error.to_string())?;
        } else {
            let _ = writeln!(failures, "{}:\n{}", case.display(), difference(&expected, &actual));
        }
    }
    if failures.is_empty() { Ok(cases.len()) } else { Err(failures) }
}

/// A fixture is a directory with `expected.json`, or a leaf directory on its way to get one.
fn find(directory: &Path, cases: &mut Vec<PathBuf>) {
    let Ok(listing) = fs::read_dir(directory) else { return };
    let entries: Vec<PathBuf> = listing.flatten().map(|entry| entry.path()).collect();
    if entries.iter().any(|path| path.file_name().is_some_and(|name| name == "expected.json")) {
        return cases.push(directory.to_owned());
    }
    entries.iter().filter(|path| path.is_dir()).for_each(|path| find(path, cases));
}

fn render_directory(case: &Path, extractors: &[&dyn Extractor]) -> Result<String, String> {
    let reference = SourceReference { scheme: Scheme::Directory, path: case.to_owned() };
    let sources = plimsoll_source::open(&reference, &OpenOptions::default()).map_err(|error| error.to_string())?;
    let source = sources.first().ok_or("no source")?;
    let extraction = crate::run(&**source, extractors, RunOptions::default(), &Budget::default())
        .map_err(|error| error.to_string())?;
    Ok(render(&extraction))
}

/// What was found, as stable text.
#[must_use]
pub fn render(extraction: &Extraction) -> String {
    let graph = &extraction.graph;
    let key = |at| graph.key(at).map(|key| key.as_str().to_owned()).unwrap_or_default();
    let components: BTreeMap<String, Value> = graph.components().map(|(at, held)| (key(at), component(held))).collect();
    let edges: Vec<String> = graph
        .relationships()
        .iter()
        .map(|edge| {
            let verb = match edge.kind {
                RelationshipKind::Contains => "contains",
                _ => "needs",
            };
            let scope = edge.scope.word().map(|word| format!(" ({word})")).unwrap_or_default();
            format!("{} {verb} {}{scope}", key(edge.from), key(edge.to))
        })
        .collect();
    let roots: Vec<String> = graph.roots().into_iter().map(key).collect();
    let diagnostics: Vec<String> = extraction.diagnostics.iter().map(ToString::to_string).collect();
    let value = json!({ "components": components, "edges": edges, "roots": roots, "diagnostics": diagnostics });
    format!("{value:#}\n")
}

fn component(component: &Component) -> Value {
    let mut out = serde_json::Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.insert(name.to_owned(), value);
        }
    };
    put("range", component.version_range.as_deref().map(Value::from));
    put("scope", component.scope.word().map(Value::from));
    put("supplier", component.supplier.as_deref().map(Value::from));
    put("author", component.author.as_deref().map(Value::from));
    put("description", component.description.as_deref().map(Value::from));
    let list = |items: Vec<String>| (!items.is_empty()).then(|| Value::from(items));
    put("hashes", list(component.hashes.iter().map(ToString::to_string).collect()));
    put("licenses", list(component.licenses.iter().map(|license| license.text().to_owned()).collect()));
    let reference = |reference: &plimsoll_model::ExternalReference| {
        let hashes: Vec<String> = reference.hashes.iter().map(ToString::to_string).collect();
        format!("{:?} {} {}", reference.kind, reference.url, hashes.join(" ")).trim_end().to_owned()
    };
    put("references", list(component.references.iter().map(reference).collect()));
    put("properties", list(component.properties.iter().map(|(name, value)| format!("{name}={value}")).collect()));
    let seen = component.evidence.iter().map(|evidence| {
        let place = match evidence.span {
            Some(Span::Line(line)) => format!(":{line}"),
            Some(Span::Bytes { offset, length }) => format!(" at {offset}+{length}"),
            None => String::new(),
        };
        format!("{}{place} {} {}%", evidence.file, evidence.extractor, evidence.confidence.percent())
    });
    put("evidence", list(seen.collect()));
    Value::Object(out)
}

fn difference(expected: &str, actual: &str) -> String {
    let lost =
        expected.lines().filter(|line| !actual.lines().any(|other| other == *line)).map(|line| format!("- {line}"));
    let new =
        actual.lines().filter(|line| !expected.lines().any(|other| other == *line)).map(|line| format!("+ {line}"));
    lost.chain(new).collect::<Vec<_>>().join("\n")
}
