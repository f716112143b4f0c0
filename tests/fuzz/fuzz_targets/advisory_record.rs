//! OSV records: any bytes. What is read goes into a snapshot and comes out the same, and packages can be matched with it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_advisory::{Advisories, SnapshotBuilder, Target, osv};
use plimsoll_model::Limits;

fuzz_target!(|data: &[u8]| {
    let reading = osv::read("fuzz", data, &Limits::DEFAULT);
    let Some(advisory) = reading.advisory else {
        assert!(!reading.diagnostics.is_empty());
        return;
    };
    let mut targets = Vec::new();
    for package in advisory.packages() {
        let purl = format!("pkg:{}/x@1.0", package.kind.unwrap_or("generic"));
        targets.extend(Target::parse(&purl));
    }
    for affected in &advisory.affected {
        for purl in affected.purl.iter().chain(&affected.versions) {
            targets.extend(Target::parse(purl).map(|target| target.with_version("1.0").with_distribution("debian-12")));
        }
    }
    let mut builder = SnapshotBuilder::new();
    builder.add(&advisory);
    let mut bytes = Vec::new();
    builder.write(&mut bytes, plimsoll_advisory::Timestamp::UNIX_EPOCH).unwrap();
    let _ = Advisories::from_records([advisory]).matches(&targets);
});
