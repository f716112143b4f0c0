//! The small languages of build files, EDN, Starlark and Scala literals: any text, through their extractors.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use plimsoll_extract::{Extractor, RunOptions, run};
use plimsoll_model::{Budget, DiagnosticCode, SourcePath};
use plimsoll_tests::MemorySource;

const FILES: [&str; 6] = ["deps.edn", "project.clj", "MODULE.bazel", "WORKSPACE", "build.mill", "paket.lock"];

fuzz_target!(|text: &str| {
    let ids = ["clojure/deps-edn", "clojure/project-clj", "bazel/module", "java/mill", "dotnet/paket"];
    let all = plimsoll_scan::extractors();
    let chosen: Vec<&dyn Extractor> = all.into_iter().filter(|one| ids.contains(&one.id().as_str())).collect();
    assert_eq!(chosen.len(), ids.len());
    let files: BTreeMap<SourcePath, Vec<u8>> =
        FILES.iter().map(|name| (SourcePath::new(*name).unwrap(), text.as_bytes().to_vec())).collect();
    let extraction = run(&MemorySource::new(files), &chosen, RunOptions::default(), &Budget::default()).unwrap();
    let bug = extraction.diagnostics.iter().find(|held| held.code == DiagnosticCode::INTERNAL);
    assert!(bug.is_none(), "{bug:?}");
});
