//! Every file of the fixtures, broken at random from a fixed seed, through all extractors: no panic, bounded time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use plimsoll_extract::{RunOptions, run};
use plimsoll_model::{Budget, DiagnosticCode, SourcePath};
use plimsoll_tests::{MemorySource, Random, note, workspace};

/// How long the test goes on; `PLIMSOLL_MUTATIONS_SECONDS` sets another.
const SECONDS: u64 = 20;
/// The longest that one small broken file may take.
const LONGEST: Duration = Duration::from_secs(5);
/// Larger fixtures are left to the fuzz targets.
const MAX_BYTES: usize = 256 << 10;

/// What parsers trip over.
const SPLINTERS: &[&[u8]] = &[
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"{",
    b"[[[[[[[[",
    b"]",
    b"\"",
    b"\\u0000",
    b"'''",
    b"&a *a",
    b"- - - -",
    b"<!DOCTYPE x>",
    b"&lt;",
    b"\r",
    b"\n\n",
    b"-1",
    b"99999999999999999999",
    b"1e999",
    b"null",
    b"@",
    b"#",
    b"../",
    b"\xf0\x9f\x92\xa9",
    b"=",
    b": ",
    b"\t",
    b"${a}",
];

fn mutate(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let end = at + random.below((bytes.len() - at).min(200) + 1);
        match random.below(7) {
            0 => bytes.truncate(at),
            1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let piece = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                drop(bytes.splice(to..to, piece));
            }
            4 => {
                let piece = SPLINTERS[random.below(SPLINTERS.len())];
                drop(bytes.splice(at..at, piece.iter().copied()));
            }
            5 => {
                let from = random.below(other.len() + 1);
                let piece = &other[from..(from + 100).min(other.len())];
                drop(bytes.splice(at..end, piece.iter().copied()));
            }
            _ if at < bytes.len() => bytes[at] = random.number() as u8,
            _ => {}
        }
    }
}

/// The files of each fixture directory.
fn collect(directory: &Path, groups: &mut BTreeMap<PathBuf, Vec<(String, Vec<u8>)>>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, groups);
        } else if !path.ends_with("expected.json")
            && fs::metadata(&path).is_ok_and(|data| data.len() <= MAX_BYTES as u64)
        {
            let name = path.strip_prefix(workspace().join("testdata")).unwrap().to_str().unwrap().to_owned();
            groups.entry(directory.to_owned()).or_default().push((name, fs::read(&path).unwrap()));
        }
    }
}

fn check(files: BTreeMap<SourcePath, Vec<u8>>, story: &str) {
    let source = MemorySource::new(files);
    let start = Instant::now();
    let extraction = run(&source, &plimsoll_scan::extractors(), RunOptions::default(), &Budget::default()).unwrap();
    let bugs: Vec<_> = extraction.diagnostics.iter().filter(|held| held.code == DiagnosticCode::INTERNAL).collect();
    assert!(bugs.is_empty(), "{story}: {bugs:?}\n{}", dump(source.files()));
    assert!(start.elapsed() < LONGEST, "{story} took {:?}", start.elapsed());
}

/// The broken input, for a fixture.
fn dump(files: &BTreeMap<SourcePath, Vec<u8>>) -> String {
    files.iter().map(|(path, bytes)| format!("== {path}\n{}\n", bytes.escape_ascii())).collect()
}

#[test]
fn broken_files_panic_nobody() {
    let seconds =
        std::env::var("PLIMSOLL_MUTATIONS_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SECONDS);
    let seed: u64 = std::env::var("PLIMSOLL_MUTATIONS_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut groups = BTreeMap::new();
    collect(&workspace().join("testdata"), &mut groups);
    let groups: Vec<_> = groups.into_values().collect();
    assert!(groups.len() > 10);
    let start = Instant::now();
    let mut random = Random::new(seed);
    let mut runs = 0_u64;
    while start.elapsed() < Duration::from_secs(seconds) {
        for group in &groups {
            let other = &groups[random.below(groups.len())];
            let other = &other[random.below(other.len())].1;
            let mut files: Vec<(String, Vec<u8>)> = group.clone();
            let victim = random.below(files.len());
            mutate(&mut files[victim].1, other, &mut random);
            let story = format!("seed {seed}, run {runs}, {}", files[victim].0);
            let path = |name: String| SourcePath::new(name.into_bytes()).unwrap();
            check(files.into_iter().map(|(name, bytes)| (path(name), bytes)).collect(), &story);
            runs += 1;
        }
    }
    note(&format!("mutations: {runs} runs in {:?}", start.elapsed()));
}
