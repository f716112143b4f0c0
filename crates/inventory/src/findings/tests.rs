use jiff::Timestamp;
use plimsoll_advisory::vex::{self, Trust, VexBook};
use plimsoll_advisory::{Advisories, osv};
use plimsoll_model::Limits;

use super::{Breakdown, EventKind, Excuse, Finding, FindingFilter, FindingState, Grounds, StatisticsQuery};
use crate::store::Value;
use crate::{Context, Intake, Inventory, Label, Location, Page};

fn document(name: &str, version: &str, created: &str, purls: &[&str]) -> Intake {
    let components: Vec<String> = purls
        .iter()
        .enumerate()
        .map(|(at, purl)| format!(r#"{{"type": "library", "bom-ref": "c{at}", "name": "c{at}", "purl": "{purl}"}}"#))
        .collect();
    let text = format!(
        r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {{"timestamp": "{created}",
        "component": {{"type": "application", "bom-ref": "r", "name": "{name}", "version": "{version}"}}}},
        "components": [{}]}}"#,
        components.join(",")
    );
    let mut context = Context::default();
    context.labels.push(Label { name: "team".to_owned(), value: "crew".to_owned() });
    Intake::read(text.as_bytes(), &context, &Limits::DEFAULT).unwrap()
}

fn advisories(texts: &[(&str, &str, &str, &str)]) -> Advisories {
    Advisories::from_records(texts.iter().map(|(id, package, fixed, word)| {
        let text = format!(
            r#"{{"id": "{id}", "aliases": ["CVE-{id}"], "database_specific": {{"severity": "{word}"}}, "affected": [
            {{"package": {{"ecosystem": "npm", "name": "{package}"}}, "ranges": [
            {{"type": "SEMVER", "events": [{{"introduced": "0"}}, {{"fixed": "{fixed}"}}]}}]}}]}}"#
        );
        osv::read(id, text.as_bytes(), &Limits::DEFAULT).advisory.unwrap()
    }))
}

fn book(id: &str) -> VexBook {
    let text = format!(
        r#"{{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://acme.example/1", "author": "Acme",
        "timestamp": "2026-01-01T00:00:00Z", "version": 1, "statements": [{{"vulnerability": {{"name": "{id}"}},
        "products": [{{"@id": "pkg:npm/hull@1.0.0"}}], "status": "not_affected",
        "justification": "vulnerable_code_not_present"}}]}}"#
    );
    let mut book = VexBook::default();
    book.add(vex::read(text.as_bytes(), &Limits::DEFAULT).unwrap(), &Trust::AddedLocally);
    book
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

struct Store(std::path::PathBuf);

impl Store {
    fn new(name: &str) -> (Self, Inventory) {
        let path = std::env::temp_dir().join(format!("plimsoll-findings-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        let inventory = Inventory::create(&Location::File(path.join("store"))).unwrap();
        (Self(path), inventory)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn happened(inventory: &mut Inventory, advisories: &Advisories, vex: &VexBook, now: i64) -> Vec<String> {
    let done = inventory.reassess(&Grounds::new(advisories, vex), at(now)).unwrap();
    let events = inventory.events(at(now), at(now + 1)).unwrap();
    assert_eq!(done.events.values().sum::<u64>(), events.len() as u64);
    assert!(inventory.reassess(&Grounds::new(advisories, vex), at(now)).unwrap().events.is_empty());
    events
        .iter()
        .map(|event| {
            assert_eq!(event.team, "crew");
            format!("{} {} {} {} {}", event.lineage, event.kind.word(), event.advisory, event.component, event.detail)
        })
        .collect()
}

#[test]
fn opened_vexed_fixed_reopened() {
    let (_held, mut store) = Store::new("life");
    let none = VexBook::default();
    let first = advisories(&[("A-1", "hull", "2.0.0", "HIGH")]);
    store
        .add(&[document("app", "1", "2026-01-01T00:00:00Z", &["pkg:npm/hull@1.0.0", "pkg:npm/mast@1.0.0"])], at(10))
        .unwrap();
    assert_eq!(happened(&mut store, &first, &none, 20), ["app opened A-1 pkg:npm/hull@1.0.0 range"]);
    // Advisories alone bring findings, without the document.
    let more = advisories(&[("A-1", "hull", "2.0.0", "CRITICAL"), ("A-2", "mast", "1.5.0", "LOW")]);
    assert_eq!(
        happened(&mut store, &more, &none, 30),
        ["app changed A-1 pkg:npm/hull@1.0.0 severity high to critical", "app opened A-2 pkg:npm/mast@1.0.0 range"]
    );
    assert_eq!(
        happened(&mut store, &more, &book("CVE-A-1"), 40),
        ["app vexed A-1 pkg:npm/hull@1.0.0 not_affected, added locally"]
    );
    assert_eq!(happened(&mut store, &more, &none, 50), ["app reopened A-1 pkg:npm/hull@1.0.0 no longer vexed"]);
    store
        .add(&[document("app", "2", "2026-01-02T00:00:00Z", &["pkg:npm/hull@2.0.0", "pkg:npm/mast@1.0.0"])], at(55))
        .unwrap();
    assert_eq!(happened(&mut store, &more, &none, 60), ["app fixed A-1 pkg:npm/hull@1.0.0 in 2"]);
    // An older build that is added late changes nothing.
    store.add(&[document("app", "0", "2025-12-01T00:00:00Z", &["pkg:npm/hull@0.1.0"])], at(65)).unwrap();
    assert!(happened(&mut store, &more, &none, 70).is_empty());
    store.add(&[document("app", "3", "2026-01-03T00:00:00Z", &["pkg:npm/hull@1.5.0"])], at(75)).unwrap();
    assert_eq!(
        happened(&mut store, &more, &none, 80),
        ["app reopened A-1 pkg:npm/hull@1.5.0 was fixed", "app fixed A-2 pkg:npm/mast@1.0.0 in 3"]
    );
    // The advisory is taken back.
    let less = advisories(&[("A-2", "mast", "1.5.0", "LOW")]);
    assert_eq!(
        happened(&mut store, &less, &none, 90),
        ["app changed A-1 pkg:npm/hull@1.5.0 the advisory does not say so any more"]
    );
    let open = FindingFilter { states: vec![FindingState::Open], ..FindingFilter::default() };
    assert!(store.findings(&open).unwrap().is_empty());
    assert_eq!(store.findings(&FindingFilter::default()).unwrap().len(), 2);
}

#[test]
fn the_order_of_documents_does_not_matter() {
    let documents = || {
        vec![
            document("a", "1", "2026-01-01T00:00:00Z", &["pkg:npm/hull@1.0.0", "pkg:npm/keel@1.0.0"]),
            document("a", "2", "2026-01-02T00:00:00Z", &["pkg:npm/hull@1.2.0"]),
            document("b", "1", "2026-01-01T00:00:00Z", &["pkg:npm/hull@1.0.0", "pkg:npm/mast@9.0.0"]),
        ]
    };
    let known = advisories(&[
        ("A-1", "hull", "2.0.0", "HIGH"),
        ("A-2", "mast", "1.5.0", "LOW"),
        ("A-3", "keel", "3.0.0", "LOW"),
    ]);
    let shown = |store: &mut Inventory| -> Vec<String> {
        let open = FindingFilter { states: vec![FindingState::Open], ..FindingFilter::default() };
        let rows = store.findings(&open).unwrap();
        rows.iter()
            .map(|row| format!("{} {} {} {:?}", row.artifact.name, row.advisory, row.component, row.fixed))
            .collect()
    };
    let grounds = VexBook::default();
    let (_one, mut forward) = Store::new("forward");
    forward.add(&documents(), at(1)).unwrap();
    forward.reassess(&Grounds::new(&known, &grounds), at(2)).unwrap();
    let (_other, mut backward) = Store::new("backward");
    for document in documents().into_iter().rev() {
        backward.add(&[document], at(1)).unwrap();
        backward.reassess(&Grounds::new(&known, &grounds), at(2)).unwrap();
    }
    let expected = [r#"a A-1 pkg:npm/hull@1.2.0 ["2.0.0"]"#, r#"b A-1 pkg:npm/hull@1.0.0 ["2.0.0"]"#];
    assert_eq!(shown(&mut forward), expected);
    assert_eq!(shown(&mut backward), expected);
}

struct Pass;

impl Excuse for Pass {
    fn fingerprint(&self) -> String {
        "pass".to_owned()
    }

    fn excuse(&self, finding: &Finding<'_>) -> Option<String> {
        (finding.lineage == "app" && finding.ids.contains(&"CVE-A-1")).then(|| "EX-1".to_owned())
    }
}

#[test]
fn exceptions_and_what_runs() {
    let (_held, mut store) = Store::new("runs");
    let known = advisories(&[("A-1", "hull", "2.0.0", "HIGH")]);
    let none = VexBook::default();
    store.add(&[document("app", "1", "2026-01-01T00:00:00Z", &["pkg:npm/hull@1.0.0"])], at(10)).unwrap();
    store.add(&[document("app", "2", "2026-01-02T00:00:00Z", &["pkg:npm/hull@2.0.0"])], at(11)).unwrap();
    assert!(happened(&mut store, &known, &none, 20).is_empty());
    // The old build is what runs.
    let run = |store: &mut Inventory, now: &[i64]| {
        for artifact in [1, 2] {
            let ended = Value::Int(i64::from(!now.contains(&artifact)));
            let sql = "INSERT INTO deployment (shard, environment, cluster, digest, workload, started, image, identity, ended) \
                       SELECT shard, 'prod', 'one', 'd' || id, 'w', 1, '', identity, ?2 FROM artifact \
                       WHERE shard = 0 AND id = ?1 ON CONFLICT (shard, environment, cluster, digest, workload, started) \
                       DO UPDATE SET ended = excluded.ended";
            store.database.execute(sql, &[Value::Int(artifact), ended]).unwrap();
        }
    };
    run(&mut store, &[1]);
    assert_eq!(happened(&mut store, &known, &none, 30), ["app opened A-1 pkg:npm/hull@1.0.0 range"]);
    let excused = Grounds::new(&known, &none).with_exceptions(&Pass);
    let done = store.reassess(&excused, at(35)).unwrap();
    assert_eq!(done.events.get(&EventKind::Excepted), Some(&1));
    run(&mut store, &[1, 2]);
    assert_eq!(store.reassess(&excused, at(36)).unwrap().events.len(), 0);
    run(&mut store, &[]);
    assert_eq!(store.reassess(&excused, at(40)).unwrap().events.get(&EventKind::Undeployed), Some(&1));
    run(&mut store, &[2]);
    assert_eq!(store.reassess(&excused, at(50)).unwrap().events.len(), 0);
}

#[test]
fn statistics_count_what_is_open() {
    let (_held, mut store) = Store::new("statistics");
    let known = advisories(&[("A-1", "hull", "2.0.0", "HIGH"), ("A-2", "mast", "2.0.0", "LOW")]);
    let none = VexBook::default();
    let day = 86_400;
    let both = ["pkg:npm/hull@1.0.0", "pkg:npm/mast@1.0.0"];
    store.add(&[document("app", "1", "2026-01-01T00:00:00Z", &both)], at(day)).unwrap();
    store.add(&[document("other", "1", "2026-01-01T00:00:00Z", &both[..1])], at(day)).unwrap();
    store.reassess(&Grounds::new(&known, &none), at(day)).unwrap();
    store.add(&[document("app", "2", "2026-01-02T00:00:00Z", &["pkg:npm/hull@2.0.0", both[1]])], at(9 * day)).unwrap();
    store.reassess(&Grounds::new(&known, &none), at(9 * day)).unwrap();
    let query = |by| StatisticsQuery { from: at(0), to: at(14 * day), by };
    let told = store.statistics(&query(Breakdown::Severity)).unwrap();
    let rows: Vec<_> =
        told.rows.iter().map(|row| (row.group.as_str(), row.new, row.fixed, row.open, row.survival.median)).collect();
    assert_eq!(rows, [("high", 2, 1, 1, Some(8 * day)), ("low", 1, 0, 1, None)]);
    // Of three one is fixed: half of them last longer than is known.
    assert_eq!((told.total.new, told.total.fixed, told.total.open, told.total.survival.median), (3, 1, 2, None));
    let weeks: Vec<_> = told.weeks.iter().map(|week| (week.new, week.fixed, week.open)).collect();
    assert_eq!(weeks, [(3, 0, 3), (0, 1, 2)]);
    assert_eq!((told.coverage.sbom.part, told.coverage.sbom.whole, told.coverage.provenance.part), (3, 3, 0));
    assert_eq!(told.assessed, Some(at(9 * day)));
    let teams = store.statistics(&query(Breakdown::Team)).unwrap();
    assert_eq!(teams.rows.iter().map(|row| row.group.as_str()).collect::<Vec<_>>(), ["crew"]);
}

#[test]
fn pages_and_counts_are_those_of_the_whole_list() {
    let (_held, mut store) = Store::new("pages");
    let all = advisories(&[("A-1", "hull", "2.0.0", "HIGH"), ("A_2", "mast", "1.5.0", "LOW")]);
    let purls = &["pkg:npm/hull@1.0.0", "pkg:npm/mast@1.0.0"];
    assert_eq!(store.assessed().unwrap(), None);
    for name in ["app", "tool"] {
        store.add(&[document(name, "1", "2026-01-01T00:00:00Z", purls)], at(10)).unwrap();
    }
    store.reassess(&Grounds::new(&all, &VexBook::default()), at(86_500)).unwrap();
    store.reassess(&Grounds::new(&all, &book("CVE-A-1")), at(86_600)).unwrap();
    assert_eq!(store.assessed().unwrap(), Some(at(86_600)));
    let mut filter = FindingFilter::default();
    let mut seen = Vec::new();
    let mut page = Page { rows: 3, after: None };
    loop {
        let listing = store.findings_page(&filter, page).unwrap();
        assert_eq!(listing.total, 4);
        seen.extend(listing.rows.into_iter().map(|row| (row.state, row.artifact.name, row.advisory)));
        page.after = listing.next;
        if page.after.is_none() {
            break;
        }
    }
    let found = |state, name: &str, id: &str| (state, name.to_owned(), id.to_owned());
    let (open, vexed) = (FindingState::Open, FindingState::Vexed);
    let want = [
        found(open, "app", "A_2"),
        found(open, "tool", "A_2"),
        found(vexed, "app", "A-1"),
        found(vexed, "tool", "A-1"),
    ];
    assert_eq!(seen, want);
    let counts = store.finding_counts(&filter).unwrap();
    assert_eq!(counts.iter().map(|count| (count.state, count.findings)).collect::<Vec<_>>(), [(open, 2), (vexed, 2)]);
    let events = store.event_counts(at(100), at(100_000)).unwrap();
    assert_eq!(
        events.iter().map(|count| (count.day, count.kind, count.events)).collect::<Vec<_>>(),
        [(1, EventKind::Opened, 4), (1, EventKind::Vexed, 2)]
    );
    for (advisory, lineage, total) in
        [("CVE-A_2", "", 2), ("CVE-A%2", "", 0), ("A_2", "app", 1), ("", "tool", 2), ("", "t%", 0), ("\\", "", 0)]
    {
        filter.advisory = (!advisory.is_empty()).then(|| advisory.to_owned());
        filter.lineage = (!lineage.is_empty()).then(|| lineage.to_owned());
        let found = store.findings_page(&filter, Page::default()).unwrap();
        assert_eq!((found.total, found.rows.len()), (total, total as usize), "{advisory} {lineage}");
        assert_eq!(found.rows.len(), store.findings(&filter).unwrap().len());
    }
}
