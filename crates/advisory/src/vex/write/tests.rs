use plimsoll_model::Limits;

use super::super::{Justification, VexProduct, read};
use super::*;

const DOCUMENTS: [&[u8]; 4] = [
    include_bytes!("../../../../../testdata/vex/openvex/rocket.json"),
    include_bytes!("../../../../../testdata/vex/openvex/first-version.json"),
    include_bytes!("../../../../../testdata/vex/csaf/harbour.json"),
    include_bytes!("../../../../../testdata/vex/cyclonedx/rocket.json"),
];

fn written(document: &VexDocument, format: OutputFormat) -> (VexDocument, Written) {
    let time = Timestamp::from_second(1_770_000_000).unwrap();
    let written = write(document, format, time);
    (read(written.document.to_string().as_bytes(), &Limits::DEFAULT).unwrap(), written)
}

/// What a statement says, component by component.
fn said(document: &VexDocument) -> Vec<String> {
    let mut out = Vec::new();
    for statement in &document.statements {
        for VexProduct { identifiers, subcomponents } in &statement.products {
            let parts = subcomponents.iter().map(|part| format!("{} {}", identifiers.label(), part.label()));
            let parts: Vec<String> = parts.collect();
            let parts = if parts.is_empty() { vec![identifiers.label()] } else { parts };
            let (ids, reason) = (&statement.vulnerability.id, &statement.justification);
            out.extend(parts.iter().map(|part| format!("{ids} {part} {} {reason:?}", statement.status)));
        }
    }
    out.sort();
    out
}

#[test]
fn openvex_finds_its_way_back() {
    for bytes in &DOCUMENTS[..2] {
        let document = read(bytes, &Limits::DEFAULT).unwrap();
        let (back, written) = written(&document, OutputFormat::OpenVex);
        assert_eq!(back.faults, []);
        assert_eq!(said(&back), said(&document));
        assert_eq!((&back.id, &back.author, &back.role), (&document.id, &document.author, &document.role));
        let times = |document: &VexDocument| {
            document.statements.iter().map(|next| next.effective().map(Timestamp::as_second)).collect::<Vec<_>>()
        };
        assert_eq!(times(&back), times(&document));
        assert_eq!(written.losses, []);
    }
}

#[test]
fn cyclonedx_keeps_what_it_has_no_word_for() {
    let document = read(DOCUMENTS[0], &Limits::DEFAULT).unwrap();
    let (back, written) = written(&document, OutputFormat::CycloneDx);
    assert!(back.faults.is_empty(), "{:?}", back.faults);
    let mut document = document;
    // The range of a package URL becomes one of the versions that are affected.
    document.statements.truncate(3);
    let mut back = back;
    back.statements.retain(|statement| statement.vulnerability.id != "CVE-2026-10003".into());
    assert_eq!(said(&back), said(&document));
    assert!(written.losses.iter().any(|loss| loss.what.contains("names of a product")), "{:?}", written.losses);
}

#[test]
fn everything_is_written_the_same_twice() {
    for bytes in DOCUMENTS {
        let document = read(bytes, &Limits::DEFAULT).unwrap();
        for format in [OutputFormat::OpenVex, OutputFormat::CycloneDx] {
            let (back, first) = written(&document, format);
            assert_eq!(first, written(&document, format).1);
            // What was written once is written the same from what was read back, but for what was lost.
            let (again, _) = written(&back, format);
            assert_eq!(said(&again), said(&back));
        }
    }
}

#[test]
fn products_that_were_not_understood_are_left_out() {
    let document = read(DOCUMENTS[2], &Limits::DEFAULT).unwrap();
    let (back, written) = written(&document, OutputFormat::OpenVex);
    assert!(written.losses.iter().any(|loss| loss.what.contains("was not understood")));
    assert!(said(&back).iter().all(|line| !line.contains("pump")));
}

#[test]
fn justifications_that_lack_a_word_are_told() {
    let document = read(DOCUMENTS[3], &Limits::DEFAULT).unwrap();
    let (back, written) = written(&document, OutputFormat::OpenVex);
    assert!(written.losses.iter().any(|loss| loss.what.contains("requires_environment is written as")));
    let adversary = Justification::VulnerableCodeCannotBeControlledByAdversary;
    assert_eq!(back.statements[0].justification, Some(adversary));
    // A false positive needs no reason in CycloneDX; OpenVEX is told that it is one.
    let statement = back.statements.iter().find(|next| next.vulnerability.is("CVE-2026-10003")).unwrap();
    assert_eq!((statement.impact.as_deref(), statement.sound), (Some("false_positive"), true));
}
