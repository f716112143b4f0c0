//! What published advisories mean for packages, checked by hand: `testdata/advisory`.

use std::fs;
use std::path::PathBuf;

use plimsoll_advisory::{Advisories, Target, osv};
use plimsoll_model::Limits;

fn file(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/advisory").join(name);
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn cases() {
    let records = file("records.jsonl");
    let records = records.lines().map(|line| {
        let reading = osv::read(line, line.as_bytes(), &Limits::DEFAULT);
        assert!(reading.diagnostics.is_empty(), "{:?}", reading.diagnostics);
        reading.advisory.unwrap()
    });
    let advisories = Advisories::from_records(records);
    let (cases, mut wrong, mut count) = (file("cases.tsv"), Vec::new(), 0);
    for case in cases.lines().skip(1) {
        let [purl, id, expected, source] = case.split('\t').collect::<Vec<_>>()[..] else { panic!("{case}") };
        assert!(source.starts_with("https://"), "{case}");
        count += 1;
        let matched = advisories.matches(&[Target::parse(purl).unwrap()]);
        let state =
            matched[0].matches.iter().find(|found| found.id == id).map_or("absent", |found| found.state.as_str());
        if state != expected {
            wrong.push(format!("{purl} {id}: {state}, not {expected} ({source})"));
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 100, "{count} cases");
}
