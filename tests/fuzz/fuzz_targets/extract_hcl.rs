//! HCL, as the extractor of Terraform reads it.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use plimsoll_extract::{RunOptions, run};
use plimsoll_model::{Budget, DiagnosticCode, SourcePath};
use plimsoll_tests::MemorySource;

fuzz_target!(|data: &[u8]| {
    let extractor =
        plimsoll_scan::extractors().into_iter().find(|held| held.id().as_str() == "terraform/configuration").unwrap();
    let files = ["main.tf", ".terraform.lock.hcl"].map(|name| (SourcePath::new(name).unwrap(), data.to_vec()));
    let source = MemorySource::new(BTreeMap::from(files));
    let extraction = run(&source, &[extractor], RunOptions::default(), &Budget::default()).unwrap();
    assert!(extraction.diagnostics.iter().all(|held| held.code != DiagnosticCode::INTERNAL));
});
