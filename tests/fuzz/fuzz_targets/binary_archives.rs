//! `bun.lockb` and `app.asar`: any bytes behind the start that each of them has.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use plimsoll_extract::{Extractor, RunOptions, run};
use plimsoll_model::{Budget, DiagnosticCode, SourcePath};
use plimsoll_tests::MemorySource;

fuzz_target!(|data: &[u8]| {
    let ids = ["javascript/asar", "javascript/bun-lockb"];
    let all = plimsoll_scan::extractors();
    let chosen: Vec<&dyn Extractor> = all.into_iter().filter(|one| ids.contains(&one.id().as_str())).collect();
    assert_eq!(chosen.len(), ids.len());
    let header = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let numbers = [4, header.saturating_add(8), header.saturating_add(4), header].map(u32::to_le_bytes).concat();
    let files = [
        ("bun.lockb", [&b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n\x02\0\0\0"[..], data].concat()),
        ("app.asar", [numbers.as_slice(), data].concat()),
        ("raw.asar", data.to_vec()),
    ];
    let files: BTreeMap<SourcePath, Vec<u8>> =
        files.into_iter().map(|(name, bytes)| (SourcePath::new(name).unwrap(), bytes)).collect();
    let extraction = run(&MemorySource::new(files), &chosen, RunOptions::default(), &Budget::default()).unwrap();
    let bug = extraction.diagnostics.iter().find(|held| held.code == DiagnosticCode::INTERNAL);
    assert!(bug.is_none(), "{bug:?}");
});
