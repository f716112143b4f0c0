//! A project of all that the fixtures hold, laid out in an order that depends on a seed.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_tests::{TemporaryDirectory, fixtures, workspace};

/// Makes the project at `root`, writing its files in an order of the seed's choice.
pub(crate) fn lay_out(root: &TemporaryDirectory, seed: u64) {
    let mut files: Vec<(PathBuf, PathBuf)> = Vec::new();
    let testdata = workspace().join("testdata");
    for fixture in fixtures() {
        let name = fixture.strip_prefix(&testdata).unwrap();
        collect(&fixture, &Path::new("project").join(name), &mut files);
    }
    assert!(files.len() > 20, "{} files", files.len());
    shuffle(&mut files, seed);
    for (from, to) in files {
        root.write(to, fs::read(from).unwrap());
    }
}

fn collect(from: &Path, to: &Path, files: &mut Vec<(PathBuf, PathBuf)>) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            collect(&path, &target, files);
        } else if !path.ends_with("expected.json") {
            files.push((path, target));
        }
    }
}

/// Fisher and Yates, with a linear congruential generator (Knuth's MMIX).
fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    for last in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(last, (state >> 33) as usize % (last + 1));
    }
}
