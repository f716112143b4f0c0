//! VEX documents of every format, and CSAF advisories: any bytes. What is read can be written, what is written can be read,
//! and a claim never clears anything.

#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use plimsoll_advisory::csaf::read_advisories;
use plimsoll_advisory::vex::{Identity, OutputFormat, Subject, Trust, VexBook, merge, read, write};
use plimsoll_model::Limits;

fuzz_target!(|bytes: &[u8]| {
    drop(read_advisories(bytes, &Limits::DEFAULT));
    let Ok(document) = read(bytes, &Limits::DEFAULT) else { return };
    for format in [OutputFormat::OpenVex, OutputFormat::CycloneDx] {
        let written = write(&document, format, Timestamp::UNIX_EPOCH);
        assert_eq!(written, write(&document, format, Timestamp::UNIX_EPOCH));
        read(written.document.to_string().as_bytes(), &Limits::DEFAULT).expect("what was written");
    }
    let document = merge(&[document]);
    let first = document.statements.first().and_then(|statement| {
        let purl = statement.products.first()?.identifiers.purls.first()?.clone();
        Some((Subject { component: Identity::from(purl), artifact: None }, statement.vulnerability.id.clone()))
    });
    if let Some((subject, id)) = first {
        let mut book = VexBook::default();
        book.add(document, &Trust::Unverified);
        assert!(!book.assess(&subject, &[&*id]).suppresses());
    }
});
