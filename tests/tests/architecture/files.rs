//! What lies where, under which name, how large, and what source may not say.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_tests::{note, tracked_files, workspace};

/// The top level, exactly; files and directories whose names start with a dot are free.
const TOP: &[&str] =
    &["Cargo.toml", "Cargo.lock", "README.md", "LICENSE", "crates", "cli", "schemas", "testdata", "tests", "docs"];

/// Names that say nothing about what lives there.
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "core", "helpers", "helper", "misc", "types"];

/// No file is longer.
const MAX_LINES: usize = 800;
/// Files past it are listed. What extractors may have is in `formats.rs`.
const LONG: usize = 500;

/// Rust files of the project with their text.
fn sources() -> Vec<(PathBuf, String)> {
    let rust = tracked_files().into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    rust.map(|path| (path.clone(), fs::read_to_string(workspace().join(path)).unwrap())).collect()
}

fn in_library(path: &Path) -> bool {
    path.starts_with("crates") && path.components().any(|part| part.as_os_str() == "src")
}

/// The code before its `mod tests`.
fn without_tests(path: &Path, text: &str) -> String {
    let below_tests = path.components().any(|part| part.as_os_str() == "tests");
    if below_tests || path.ends_with("tests.rs") || path.ends_with("testing.rs") {
        String::new()
    } else {
        text.split("#[cfg(test)]").next().unwrap().to_owned()
    }
}

#[test]
fn top_level() {
    let entries: BTreeSet<String> = tracked_files()
        .iter()
        .map(|path| path.components().next().unwrap().as_os_str().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    let unknown: Vec<_> = entries.iter().filter(|name| !TOP.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "at the top level, but not in the design: {unknown:?}");
    let missing: Vec<_> = TOP.iter().filter(|name| !entries.contains(**name)).collect();
    assert!(missing.is_empty(), "in the design, but not at the top level: {missing:?}");
}

#[test]
fn names_say_something() {
    for path in tracked_files().iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
        for part in path.components() {
            let name = Path::new(part.as_os_str()).file_stem().unwrap().to_string_lossy();
            assert!(!EMPTY_NAMES.contains(&&*name), "{}: {name:?} names nothing", path.display());
        }
    }
}

#[test]
fn sizes() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        if lines > MAX_LINES {
            wrong.push(format!("{} has {lines} lines", path.display()));
        } else if lines > LONG {
            note(&format!("look hard at {}: {lines} lines", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn libraries_neither_exit_nor_print() {
    let mut wrong = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| in_library(path)) {
        let code = without_tests(&path, &text);
        for (number, line) in code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let macros = ["println!(", "print!(", "eprintln!(", "eprint!(", "dbg!("];
            if line.contains("process::exit") || macros.iter().any(|name| line.contains(name)) {
                wrong.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn libraries_know_no_clock_and_no_machine() {
    let named = [
        "SystemTime::now",
        "Timestamp::now",
        "Instant::now",
        "env::var",
        "env::current_dir",
        "gethostname",
        "env::temp_dir",
    ];
    let mut wrong = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| in_library(path)) {
        // The fixture runner is for tests, behind a feature. What waits for others needs to know how long.
        let exempt = [
            "extract/src/fixture.rs",
            "inventory/src/fixture.rs",
            "provenance/src/published/pace.rs",
            "registry/src/pace.rs",
            "serve/src/admission/flights.rs",
            "serve/src/admission/http.rs",
            "serve/src/connection.rs",
            "serve/src/guard.rs",
            "sign/src/deadline.rs",
        ];
        if exempt.iter().any(|exempt| path.ends_with(exempt)) {
            continue;
        }
        let code = without_tests(&path, &text);
        let found = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let found = found.filter(|line| named.iter().any(|name| line.contains(name)));
        wrong.extend(found.map(|line| format!("{}: {}", path.display(), line.trim())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_lint_is_switched_off_for_a_whole_module() {
    let wrong: Vec<_> = sources()
        .iter()
        .filter(|(_, text)| text.lines().any(|line| line.trim_start().starts_with("#![allow(")))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn notes_to_self_have_an_issue() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            let Some(comment) = line.split_once("//").map(|(_, comment)| comment) else { continue };
            if marks.iter().any(|mark| comment.contains(mark)) && !comment.contains('#') {
                wrong.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
