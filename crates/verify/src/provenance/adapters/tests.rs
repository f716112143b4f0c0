//! Each folder of `testdata/provenance/views`: a statement with the view of it, and a broken one with the reason.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_attest::{Provenance, Statement};
use serde_json::{Value, json};

use super::super::BuildView;

fn folders() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/provenance/views");
    let mut folders: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

fn view(path: &Path) -> Result<BuildView, String> {
    let statement = Statement::parse(&fs::read(path).unwrap()).map_err(|error| error.to_string())?;
    let provenance = Provenance::of(&statement).map_err(|error| crate::evidence::chain(&error))?;
    BuildView::of(&provenance, statement.predicate_type())
}

/// `PLIMSOLL_UPDATE=1` writes what came out, to be read before it is kept.
#[test]
fn statements_are_seen_as_expected() {
    let mut wrong = Vec::new();
    for folder in folders() {
        let seen = view(&folder.join("statement.json")).map_or_else(Value::from, |view| view.to_json());
        let broken = view(&folder.join("broken.json")).map_or_else(Value::from, |view| view.to_json());
        assert!(seen.is_object() && broken.is_string(), "{}: {seen}, {broken}", folder.display());
        let found = json!({ "view": seen, "broken": broken });
        let path = folder.join("expected.json");
        if std::env::var_os("PLIMSOLL_UPDATE").is_some() {
            fs::write(&path, format!("{found:#}\n")).unwrap();
        }
        let expected = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        if expected.as_ref() != Some(&found) {
            wrong.push(format!("{}: {found:#}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_adapter_has_an_example() {
    let views: Vec<BuildView> = folders().iter().map(|folder| view(&folder.join("statement.json")).unwrap()).collect();
    for adapter in super::ADAPTERS {
        assert!(views.iter().any(|view| view.adapter == Some(adapter.name)), "{}", adapter.name);
    }
}

/// What `provenance generate` writes is read again: the source is there, and no parameter has to be explained.
#[test]
fn what_is_generated_is_seen() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/provenance/generate");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path().join("expected.json");
        let Ok(bytes) = fs::read(&path) else { continue };
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        let statement = document.get("statement").unwrap_or(&document).to_string();
        let statement = Statement::parse(statement.as_bytes()).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let view = BuildView::of(&Provenance::of(&statement).unwrap(), statement.predicate_type());
        let view = view.unwrap_or_else(|error| panic!("{path:?}: {error}"));
        assert!(view.adapter.is_some(), "{path:?}");
        let without = path.components().any(|part| part.as_os_str().to_string_lossy().contains("without-source"));
        assert!(without || view.source.is_some_and(|source| source.commit.is_some()), "{path:?}");
        let unknown: Vec<&str> = view.parameters.iter().filter(|one| !one.known).map(|one| one.path.as_str()).collect();
        // What was run here is all of the build.
        assert!(unknown.is_empty() || unknown.iter().all(|path| path.starts_with("command")), "{path:?}: {unknown:?}");
        seen += 1;
    }
    assert!(seen >= 8, "{seen}");
}
