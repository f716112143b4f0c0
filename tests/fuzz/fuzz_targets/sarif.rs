//! Reports of scanners: any bytes. What is read has a tool, and results within bounds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_policy::gate::sarif::{SarifLevel, read};

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = serde_json::from_slice(bytes) else { return };
    let Ok(log) = read(&document) else { return };
    assert_eq!(read(&document).as_ref(), Ok(&log));
    for result in log.runs.iter().flat_map(|run| &run.results) {
        assert!(result.severity.is_none_or(|severity| (0.0..=10.0).contains(&severity)));
        assert_eq!(SarifLevel::named(result.level.word()), Some(result.level));
        assert!(result.rule.chars().count() <= 200 && result.message.chars().count() <= 200);
    }
});
