//! Any bytes as an archive or image: the first byte chooses how they are read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_model::DiagnosticCode;
use plimsoll_scan::{ScanOptions, scan};
use plimsoll_source::{Scheme, SourceReference};

const SCHEMES: &[Scheme] = &[Scheme::Archive, Scheme::DockerArchive, Scheme::OciArchive, Scheme::File, Scheme::Detect];

fuzz_target!(|data: &[u8]| {
    let [first, rest @ ..] = data else { return };
    let path = std::env::temp_dir().join(format!("plimsoll-fuzz-{}", std::process::id()));
    std::fs::write(&path, rest).unwrap();
    let scheme = SCHEMES[usize::from(*first) % SCHEMES.len()];
    if let Ok(scans) = scan(&SourceReference { scheme, path }, &ScanOptions::default()) {
        let mut diagnostics = scans.iter().flat_map(|scan| &scan.document.diagnostics);
        assert!(diagnostics.all(|held| held.code != DiagnosticCode::INTERNAL));
    }
});
