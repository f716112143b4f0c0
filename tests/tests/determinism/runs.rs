//! Many runs, one result.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use plimsoll_tests::{Outcome, TemporaryDirectory, binary, plimsoll};
use sha2::{Digest as _, Sha256};

use crate::project::lay_out;

const FORMATS: &[&str] =
    &["cyclonedx-json@1.6", "cyclonedx-json@1.7", "spdx-json@2.3", "plimsoll-json@1", "table", "purls"];

/// Surroundings that must leave no trace: time zone, language, umask, threads.
const SURROUNDINGS: &[(&str, &str, &str, &str)] = &[
    ("UTC", "C", "022", "1"),
    ("Pacific/Kiritimati", "tr_TR.UTF-8", "077", "2"),
    ("America/St_Johns", "de_DE.ISO-8859-1", "000", "8"),
    ("", "", "027", "3"),
];

/// Scans the project from within and from without, and gives the digest of each document.
fn digests(root: &Path, run: usize) -> BTreeMap<String, String> {
    let (zone, language, mask, jobs) = SURROUNDINGS[run % SURROUNDINGS.len()];
    let out = TemporaryDirectory::new();
    let (directory, source) = match run % 3 {
        0 => (root.join("project"), "dir:../project".to_owned()),
        1 => (root.to_owned(), "dir:project".to_owned()),
        _ => (out.path().to_owned(), format!("dir:{}", root.join("project").display())),
    };
    let script = format!("umask {mask}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(binary()).args(["scan", &source, "--jobs", jobs]).current_dir(directory);
    command.env_clear().envs([
        ("TZ", zone),
        ("LANG", language),
        ("LC_ALL", language),
        ("COLUMNS", "40"),
        ("HOME", "/nowhere"),
    ]);
    for (at, format) in FORMATS.iter().enumerate() {
        command.arg("-o").arg(format!("{format}={}", out.path().join(at.to_string()).display()));
    }
    let outcome = Outcome::from(command.output().unwrap());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let digest = |at: usize| {
        let bytes = fs::read(out.path().join(at.to_string())).unwrap();
        assert_no_trace(&String::from_utf8(bytes.clone()).unwrap(), root);
        Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    FORMATS.iter().enumerate().map(|(at, format)| ((*format).to_owned(), digest(at))).collect()
}

/// Neither where the project lies, nor whose machine it is.
fn assert_no_trace(text: &str, root: &Path) {
    let above = root.parent().unwrap().to_str().unwrap();
    let temporary = root.file_name().unwrap().to_str().unwrap();
    // A fixture has a directory `tmp` of its own: a path is absolute where nothing of a path stands before it.
    let begins = |at: usize| !text[..at].ends_with(|before: char| before.is_alphanumeric() || "._-".contains(before));
    let absolute = text.match_indices(&format!("{above}/")).find(|(at, _)| begins(*at));
    assert!(absolute.is_none() && !text.contains(temporary), "the document holds an absolute path: {absolute:?}");
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    for name in [host.trim(), &std::env::var("USER").unwrap_or_default()] {
        // A short name would be found by chance.
        assert!(name.len() < 6 || !text.contains(name), "the document holds {name:?}");
    }
}

#[test]
fn twenty_runs_one_result() {
    let roots: Vec<TemporaryDirectory> = (1..=4).map(|_| TemporaryDirectory::new()).collect();
    for (seed, root) in roots.iter().enumerate() {
        lay_out(root, seed as u64);
    }
    let first = digests(roots[0].path(), 0);
    for run in 1..20 {
        let root = &roots[run / 4 % roots.len()];
        assert_eq!(digests(root.path(), run), first, "run {run} differs");
    }
}

/// Times of files are not content.
#[test]
fn the_clock_leaves_no_trace() {
    let root = TemporaryDirectory::new();
    root.write("requirements.txt", "flask==3.0.3\n");
    let scan = || {
        Outcome::from(plimsoll(["scan", "dir:.", "-o", "spdx-json"]).current_dir(root.path()).output().unwrap()).stdout
    };
    let before = scan();
    let file = fs::File::options().write(true).open(root.path().join("requirements.txt")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(scan(), before);
}
