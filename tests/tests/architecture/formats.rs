//! What every format owes: a fixture, a fixture of a broken file, a short source file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_tests::{fixtures, tracked_files, workspace};

/// Where fixtures of formats lie: one directory a crate with extractors.
const ROOTS: [&str; 4] = ["binaries", "installed", "lockfiles", "scan"];

/// The names of all formats, from the registry itself.
fn ids() -> BTreeSet<&'static str> {
    let extractors = plimsoll_scan::extractors();
    let ids: BTreeSet<&str> = extractors.iter().map(|extractor| extractor.id().as_str()).collect();
    assert_eq!(ids.len(), extractors.len(), "two extractors with one name");
    ids
}

/// The format that a case belongs to: `testdata/<crate>/<ecosystem>/<format>/<case>`.
fn format_of(case: &Path) -> Option<String> {
    let below = ROOTS.iter().find_map(|root| case.strip_prefix(Path::new("testdata").join(root)).ok())?;
    Some(below.parent()?.to_string_lossy().into_owned())
}

/// Longest file of an extractor, tests aside.
const MAX_LINES: usize = 400;
/// Extractor files that are longer, each with its reason. The list only shrinks.
const LONGER: &[(&str, &str)] = &[];

/// Formats whose broken file cannot give a diagnostic, each with its reason. The list only shrinks.
const SILENT: &[(&str, &str)] = &[];

fn is_broken(case: &Path) -> bool {
    case.file_name().is_some_and(|name| name.to_string_lossy().starts_with("broken"))
}

fn diagnoses(case: &Path) -> bool {
    let text = fs::read_to_string(workspace().join(case).join("expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
    expected["diagnostics"].as_array().is_some_and(|diagnostics| !diagnostics.is_empty())
}

/// The fixtures, relative to the top.
fn cases() -> Vec<PathBuf> {
    fixtures().into_iter().map(|case| case.strip_prefix(workspace()).unwrap().to_owned()).collect()
}

#[test]
fn every_format_has_a_fixture_and_a_broken_one() {
    let mut by_format: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for case in cases() {
        if let Some(format) = format_of(&case) {
            by_format.entry(format).or_default().push(case);
        }
    }
    let mut wrong = Vec::new();
    for id in ids() {
        let of_format = by_format.remove(id).unwrap_or_default();
        let silent = SILENT.iter().any(|(name, _)| *name == id);
        let diagnosed = of_format.iter().any(|case| diagnoses(case));
        if of_format.iter().all(|case| is_broken(case)) {
            wrong.push(format!("{id}: no fixture of a sound file"));
        }
        let excused = silent && of_format.iter().any(|case| is_broken(case));
        if !diagnosed && !excused {
            wrong.push(format!("{id}: no fixture of a broken file that gives a diagnostic"));
        }
        if diagnosed && silent {
            wrong.push(format!("{id}: gives a diagnostic now, so take it off the list"));
        }
    }
    wrong.extend(by_format.keys().map(|format| format!("{format}: fixtures of no format")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The runner of fixtures finds those that say what it shall find: one without is never looked at.
#[test]
fn every_case_says_what_is_expected() {
    let case_of = |path: PathBuf| {
        let format = Path::new("testdata").join(format_of(&path.iter().take(5).collect::<PathBuf>())?);
        (path.iter().count() > 5 && format.iter().count() == 3).then(|| path.iter().take(5).collect::<PathBuf>())
    };
    let all: BTreeSet<PathBuf> = tracked_files().into_iter().filter_map(case_of).collect();
    let known: BTreeSet<PathBuf> = cases().into_iter().collect();
    let forgotten: Vec<_> = all.difference(&known).map(|case| case.display().to_string()).collect();
    assert!(forgotten.is_empty(), "no expected.json:\n{}", forgotten.join("\n"));
}

#[test]
fn formats_are_short() {
    let mut wrong = Vec::new();
    for path in tracked_files() {
        let rust = path.extension().is_some_and(|extension| extension == "rs");
        if !rust || !path.components().any(|part| part.as_os_str() == "formats") {
            continue;
        }
        let lines = fs::read_to_string(workspace().join(&path)).unwrap().lines().count();
        let listed = LONGER.iter().any(|(name, _)| Path::new(name) == path);
        if lines > MAX_LINES && !listed {
            wrong.push(format!("{} has {lines} lines", path.display()));
        } else if lines <= MAX_LINES && listed {
            wrong.push(format!("{} is short now, so take it off the list", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
