//! Any extractor on any bytes: the first two bytes choose the extractor, the third which of its files the rest is.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use plimsoll_extract::{Interest, RunOptions, run};
use plimsoll_model::{Budget, DiagnosticCode, SourcePath};
use plimsoll_tests::MemorySource;

fuzz_target!(|data: &[u8]| {
    let [first, second, third, rest @ ..] = data else { return };
    let extractors = plimsoll_scan::extractors();
    let choice = usize::from(u16::from_le_bytes([*first, *second])) % extractors.len();
    let extractor = extractors[choice];
    let interests = extractor.interest();
    let (path, content) = match interests[usize::from(*third) % interests.len()] {
        Interest::Name(name) => (format!("a/{name}"), rest.to_vec()),
        Interest::Suffix(suffix) => (format!("a/x{suffix}"), rest.to_vec()),
        Interest::Path(path) => (path.to_owned(), rest.to_vec()),
        Interest::Magic(magic) => ("bin/x".to_owned(), [magic, rest].concat()),
    };
    let files = BTreeMap::from([(SourcePath::new(path.into_bytes()).unwrap(), content)]);
    let extraction = run(&MemorySource::new(files), &[extractor], RunOptions::default(), &Budget::default()).unwrap();
    let bug = extraction.diagnostics.iter().find(|held| held.code == DiagnosticCode::INTERNAL);
    assert!(bug.is_none(), "{}: {bug:?}", extractor.id());
});
