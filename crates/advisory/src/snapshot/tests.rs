use std::fs;
use std::path::PathBuf;

use super::*;
use crate::osv;
use crate::record::RangeEvent;
use plimsoll_model::Limits;

struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("plimsoll-advisory-{}-{name}", std::process::id())))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.0);
    }
}

fn record(id: &str, name: &str, fixed: &str) -> Advisory {
    let text = format!(
        r#"{{"id": "{id}", "aliases": ["CVE-{fixed}"], "modified": "2026-01-01T00:00:00Z", "details": "{}",
        "affected": [{{"package": {{"ecosystem": "npm", "name": "{name}"}},
        "ranges": [{{"type": "SEMVER", "events": [{{"introduced": "0"}}, {{"fixed": "{fixed}"}}]}}]}}]}}"#,
        format!("{id} in {name}, fixed in {fixed}. ").repeat(20)
    );
    osv::read(id, text.as_bytes(), &Limits::DEFAULT).advisory.unwrap()
}

/// Enough for several blocks.
fn records() -> Vec<Advisory> {
    (0..500)
        .map(|number| record(&format!("X-{number}"), &format!("p{}", number % 50), &format!("1.{number}.0")))
        .collect()
}

fn built(records: impl IntoIterator<Item = Advisory>) -> SnapshotBuilder {
    let mut builder = SnapshotBuilder::new();
    records.into_iter().for_each(|record| builder.add(&record));
    builder.exploitation("CVE-1.7.0").known_exploited = Some(crate::KnownExploited::default());
    builder
}

fn bytes(builder: &SnapshotBuilder) -> Vec<u8> {
    let mut bytes = Vec::new();
    builder.write(&mut bytes, Timestamp::UNIX_EPOCH).unwrap();
    bytes
}

fn written(place: &Place) -> Snapshot {
    built(records()).write_file(&place.0, Timestamp::UNIX_EPOCH).unwrap();
    Snapshot::open(&place.0).unwrap()
}

#[test]
fn what_was_written_is_read() {
    let place = Place::new("read");
    let snapshot = written(&place);
    assert_eq!(snapshot.advisories(), 500);
    assert_eq!(snapshot.record("X-7").unwrap().unwrap(), record("X-7", "p7", "1.7.0"));
    assert_eq!(snapshot.record("X-9999").unwrap(), None);
    assert_eq!(snapshot.get("CVE-1.7.0").unwrap()[0].id, "X-7");
    assert_eq!(snapshot.all_of("CVE-1.7.0").unwrap().len(), 1);
    assert!(snapshot.exploitation("CVE-1.7.0").unwrap().unwrap().known_exploited.is_some());
    let mut names = Vec::new();
    let each = |ecosystem: &str, name: &str, _: &str| {
        names.push(format!("{ecosystem}/{name}"));
        Ok::<_, SnapshotError>(())
    };
    snapshot.each_package(each).unwrap();
    assert_eq!((names.len(), names[0].as_str()), (50, "npm/p0"));
    let targets: Vec<_> = (0..50).map(|n| Target::parse(&format!("pkg:npm/p{n}@1.400.0")).unwrap()).collect();
    let found = snapshot.matches(&targets).unwrap();
    // Of the ten of p7, those fixed after 1.400.0: 407 and 457.
    let ids: Vec<_> = found[7].affected().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["X-407", "X-457"]);
    assert_eq!(found[7].matches[0].fixed, ["1.407.0"]);
    let memory = crate::Advisories::from_records(records());
    assert_eq!(memory.matches(&targets), found);
}

#[test]
fn the_order_does_not_matter() {
    let (forward, mut backward) = (records(), records());
    backward.reverse();
    assert_eq!(bytes(&built(forward.clone())), bytes(&built(backward)));
    // Of two records with one id the newer stays; of two of one time the same one always does.
    let mut newer = record("X-7", "p7", "2.0.0");
    let both = |first: &Advisory, second: &Advisory| bytes(&built([first.clone(), second.clone()]));
    assert_eq!(both(&forward[7], &newer), both(&newer, &forward[7]));
    newer.modified = "2026-02-01T00:00:00Z".parse().ok();
    assert_eq!(both(&newer, &forward[7]), bytes(&built([newer.clone()])));
}

#[test]
fn a_snapshot_can_be_added_to() {
    let place = Place::new("delta");
    let snapshot = written(&place);
    let same = SnapshotBuilder::from_snapshot(&snapshot).unwrap();
    assert_eq!(bytes(&same), fs::read(&place.0).unwrap());
    let mut builder = same;
    builder.add(&record("Y-1", "q", "3.0.0"));
    builder.remove("X-7");
    builder.write_file(&place.0, Timestamp::UNIX_EPOCH).unwrap();
    let changed = Snapshot::open(&place.0).unwrap();
    assert_eq!(changed.record("X-7").unwrap(), None);
    let event = &changed.record("Y-1").unwrap().unwrap().affected[0].ranges[0].events[1];
    assert_eq!(*event, RangeEvent::Fixed("3.0.0".into()));
    assert_ne!(changed.digest(), snapshot.digest());
    // One that is open goes on reading what it opened.
    assert!(snapshot.record("X-7").unwrap().is_some());
}

#[test]
fn ages() {
    let mut builder = built([record("X-1", "p", "1.0.0")]);
    let day = |text: &str| text.parse::<Timestamp>().unwrap();
    let place = Place::new("age");
    builder.write_file(&place.0, day("2026-03-01T00:00:00Z")).unwrap();
    let snapshot = Snapshot::open(&place.0).unwrap();
    assert_eq!(snapshot.as_of(), Some(day("2026-01-01T00:00:00Z")));
    assert_eq!(snapshot.age_seconds(day("2026-01-02T00:00:00Z")), Some(86_400));
    builder.fetched("npm", day("2026-03-01T00:00:00Z"));
    builder.fetched("PyPI", day("2026-02-01T00:00:00Z"));
    builder.write_file(&place.0, day("2026-03-01T00:00:00Z")).unwrap();
    let snapshot = Snapshot::open(&place.0).unwrap();
    assert_eq!(snapshot.as_of(), Some(day("2026-03-01T00:00:00Z")));
    assert_eq!(snapshot.as_of_feeds(["npm", "PyPI", "Hex"]), Some(day("2026-02-01T00:00:00Z")));
    assert_eq!(snapshot.feeds().len(), 2);
    // Who adds an advisory does not make the others newer.
    let mut builder = SnapshotBuilder::from_snapshot(&snapshot).unwrap();
    let mut own = record("Y-1", "p", "1.0.0");
    own.modified = Some(day("2026-09-01T00:00:00Z"));
    builder.add(&own);
    builder.write_file(&place.0, day("2026-09-01T00:00:00Z")).unwrap();
    assert_eq!(Snapshot::open(&place.0).unwrap().as_of(), Some(day("2026-03-01T00:00:00Z")));
}

#[test]
fn damage_is_noticed() {
    let place = Place::new("damage");
    let good = bytes(&built(records()));
    let read_all = |bytes: &[u8]| -> Result<(), SnapshotError> {
        fs::write(&place.0, bytes).unwrap();
        let snapshot = Snapshot::open(&place.0)?;
        snapshot.each_advisory(|_| Ok::<_, SnapshotError>(()))?;
        snapshot.each_package(|_, _, _| Ok::<_, SnapshotError>(()))?;
        snapshot.each_exploitation(|_, _| Ok::<_, SnapshotError>(()))?;
        snapshot.get("CVE-1.7.0").map(drop)
    };
    read_all(&good).unwrap();
    for at in (0..good.len()).step_by(97).chain(good.len() - 60..good.len()) {
        let mut bad = good.clone();
        bad[at] ^= 0x40;
        assert!(read_all(&bad).is_err(), "byte {at} of {}", good.len());
    }
    for length in [0, 1, 43, 44, 100, good.len() / 2, good.len() - 1] {
        assert!(read_all(&good[..length]).is_err(), "{length} bytes");
    }
}
