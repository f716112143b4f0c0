//! The language of CMake, as its extractor reads it.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use plimsoll_extract::{RunOptions, run};
use plimsoll_model::{Budget, DiagnosticCode, SourcePath};
use plimsoll_tests::MemorySource;

fuzz_target!(|data: &[u8]| {
    let extractor = plimsoll_scan::extractors().into_iter().find(|held| held.id().as_str() == "cpp/cmake").unwrap();
    let files = ["CMakeLists.txt"].map(|name| (SourcePath::new(name).unwrap(), [b"# FetchContent\n", data].concat()));
    let source = MemorySource::new(BTreeMap::from(files));
    let extraction = run(&source, &[extractor], RunOptions::default(), &Budget::default()).unwrap();
    assert!(extraction.diagnostics.iter().all(|held| held.code != DiagnosticCode::INTERNAL));
});
