use plimsoll_model::Purl;
use proptest::prelude::*;

use super::super::{Identifiers, Identity, Party, VexProduct, VexVulnerability};
use super::*;

const VENDOR: &str = "rpm/harbour";

fn said(status: VexStatus, product: &str, second: i64) -> VexStatement {
    let mut statement = VexStatement::new(VexVulnerability::from_ids(["CVE-1"]), status);
    statement.products.push(VexProduct::new(Identifiers::from_text(product)));
    statement.timestamp = jiff::Timestamp::from_second(second).ok();
    statement
}

fn signed(signer: &str, party: Party) -> Trust {
    Trust::SignedBy { signer: signer.into(), party }
}

fn feed() -> Trust {
    Trust::VendorFeed { name: "harbour".into(), covers: vec![VENDOR.into()] }
}

fn subject(purl: &str) -> Subject {
    Subject { component: Identity::from(Purl::parse(purl).unwrap()), artifact: None }
}

fn ask<'a>(purl: &str, heard: &[(Trust, &'a VexStatement)]) -> Assessment<'a> {
    let heard: Vec<Heard<'a>> =
        heard.iter().map(|(trust, statement)| Heard { statement, trust: trust.clone(), attested: None }).collect();
    assess(&Case::new(&subject(purl), &["GHSA-1", "cve-1"]), &heard)
}

use VexStatus::{Affected, Fixed, NotAffected, UnderInvestigation};

#[test]
fn claims_change_nothing() {
    let claim = said(NotAffected, "pkg:npm/a", 5);
    let outcome = ask("pkg:npm/a@1", &[(Trust::Unverified, &claim)]);
    assert_eq!((outcome.effect, outcome.suppresses()), (Effect::AdvisoryHolds, false));
    assert_eq!(outcome.claims().count(), 1);
    let other = said(NotAffected, "pkg:npm/b", 5);
    assert_eq!(ask("pkg:npm/a@1", &[(Trust::Unverified, &other)]).unheard, []);
}

#[test]
fn standing_goes_before_time() {
    let (old, new) = (said(Affected, "pkg:rpm/harbour/a", 1), said(NotAffected, "pkg:rpm/harbour/a", 9));
    let ranks = [signed("third", Party::Third), feed(), signed("maker", Party::First), Trust::AddedLocally];
    for pair in ranks.windows(2) {
        let [lower, higher] = pair else { unreachable!() };
        let outcome = ask("pkg:rpm/harbour/a@1", &[(lower.clone(), &new), (higher.clone(), &old)]);
        assert_eq!(outcome.effect, Effect::Status(Affected), "{higher:?}");
        assert_eq!(outcome.overruled.len(), 1);
        let outcome = ask("pkg:rpm/harbour/a@1", &[(lower.clone(), &old), (higher.clone(), &new)]);
        assert!(outcome.suppresses(), "{higher:?}");
    }
}

#[test]
fn of_one_speaker_the_newest_counts() {
    let statements = [said(NotAffected, "pkg:npm/a", 1), said(UnderInvestigation, "pkg:npm/a@1", 2)];
    let maker = signed("maker", Party::First);
    let outcome = ask("pkg:npm/a@1", &[(maker.clone(), &statements[0]), (maker.clone(), &statements[1])]);
    assert_eq!(outcome.effect, Effect::Status(UnderInvestigation));
    assert_eq!((outcome.conflicts.len(), outcome.overruled.len()), (0, 1));
    // A statement without a time is older than all others.
    let mut timeless = said(Affected, "pkg:npm/a", 1);
    timeless.timestamp = None;
    assert!(ask("pkg:npm/a@1", &[(maker.clone(), &timeless), (maker, &statements[0])]).suppresses());
}

#[test]
fn conflicts_are_shown_and_caution_holds() {
    let (yes, no) = (said(Affected, "pkg:npm/a", 2), said(NotAffected, "pkg:npm/a", 2));
    let maker = signed("maker", Party::First);
    for trusts in [(maker.clone(), maker.clone()), (maker, signed("co-maker", Party::First))] {
        let outcome = ask("pkg:npm/a@1", &[(trusts.0, &no), (trusts.1, &yes)]);
        assert_eq!(outcome.effect, Effect::Status(Affected));
        assert_eq!(outcome.conflicts.iter().map(Voice::status).collect::<Vec<_>>(), [NotAffected]);
    }
}

#[test]
fn fixed_needs_its_version() {
    let maker = signed("maker", Party::First);
    let reason = |product: &str| {
        let fixed = said(Fixed, product, 1);
        let outcome = ask("pkg:npm/a@1.0.0", &[(maker.clone(), &fixed)]);
        (outcome.suppresses(), outcome.unheard.first().map(|(_, why)| *why))
    };
    assert_eq!(reason("pkg:npm/a@1.0.0"), (true, None));
    assert_eq!(reason("pkg:npm/a?vers=vers:npm%2F%3E%3D1.0.0"), (true, None));
    assert_eq!(reason("pkg:npm/a"), (false, Some(Unheard::FixedWithoutVersion)));
    assert_eq!(reason("pkg:npm/a@2.0.0"), (false, None));
}

#[test]
fn what_is_not_sure_only_warns() {
    let maker = signed("maker", Party::First);
    let mut unclear = said(NotAffected, "pkg:npm/a", 9);
    unclear.products[0].identifiers.understood = false;
    let outcome = ask("pkg:npm/a@1", &[(maker.clone(), &unclear)]);
    assert_eq!(outcome.unheard.first().map(|(_, why)| *why), Some(Unheard::Unclear));
    let mut unsound = said(NotAffected, "pkg:npm/a", 9);
    unsound.sound = false;
    let outcome = ask("pkg:npm/a@1", &[(maker.clone(), &unsound)]);
    assert_eq!(outcome.unheard.first().map(|(_, why)| *why), Some(Unheard::Unsound));
    // The same of somebody who warns is heard, and goes before the all-clear of somebody of lower standing.
    unclear.status = Affected;
    let clear = said(NotAffected, "pkg:npm/a", 9);
    let outcome = ask("pkg:npm/a@1", &[(maker, &unclear), (signed("third", Party::Third), &clear)]);
    assert_eq!(outcome.effect, Effect::Status(Affected));
}

#[test]
fn malware_is_not_cleared_by_others() {
    let clear = said(NotAffected, "pkg:npm/a", 9);
    let subject = subject("pkg:npm/a@1");
    let case = Case::new(&subject, &["MAL-2026-1", "CVE-1"]);
    for (trust, cleared) in [
        (signed("third", Party::Third), false),
        (Trust::VendorFeed { name: "x".into(), covers: vec!["npm/".into()] }, false),
        (Trust::Unverified, false),
        (signed("maker", Party::First), true),
        (Trust::AddedLocally, true),
    ] {
        let heard = [Heard { statement: &clear, trust: trust.clone(), attested: None }];
        assert_eq!(assess(&case, &heard).suppresses(), cleared, "{trust:?}");
    }
}

#[test]
fn a_feed_speaks_for_its_own_packages() {
    let clear = said(NotAffected, "pkg:rpm/harbour/a", 1);
    assert!(ask("pkg:rpm/harbour/a@1", &[(feed(), &clear)]).suppresses());
    let foreign = said(NotAffected, "pkg:npm/a", 1);
    let outcome = ask("pkg:npm/a@1", &[(feed(), &foreign)]);
    assert_eq!(outcome.unheard.first().map(|(_, why)| *why), Some(Unheard::NotItsOwn));
}

fn statements() -> impl Strategy<Value = Vec<(Trust, VexStatement)>> {
    let trust = prop_oneof![
        Just(Trust::Unverified),
        Just(Trust::AddedLocally),
        Just(feed()),
        "[ab]".prop_map(|name| signed(&name, Party::First)),
        "[ab]".prop_map(|name| signed(&name, Party::Third)),
    ];
    let product = prop_oneof![
        Just("pkg:rpm/harbour/a"),
        Just("pkg:rpm/harbour/a@1"),
        Just("pkg:rpm/harbour/a@2"),
        Just("pkg:rpm/harbour/b"),
        Just("pkg:rpm"),
    ];
    let status = prop::sample::select(VexStatus::ALL.to_vec());
    let one = (trust, status, product, 0_i64..4, any::<bool>(), "[xy]").prop_map(
        |(trust, status, product, second, sound, impact)| {
            let mut statement = said(status, product, second);
            statement.sound = sound;
            statement.impact = Some(impact.into());
            (trust, statement)
        },
    );
    prop::collection::vec(one, 0..8)
}

fn outcome<'a>(list: &[&'a (Trust, VexStatement)]) -> Assessment<'a> {
    let list: Vec<_> = list.iter().map(|(trust, statement)| (trust.clone(), statement)).collect();
    ask("pkg:rpm/harbour/a@1", &list)
}

proptest! {
    #[test]
    fn claims_never_change_the_effect(list in statements()) {
        let all: Vec<_> = list.iter().collect();
        let vouched: Vec<_> = list.iter().filter(|(trust, _)| *trust != Trust::Unverified).collect();
        let (with, without) = (outcome(&all), outcome(&vouched));
        prop_assert_eq!(with.effect, without.effect);
        prop_assert_eq!(with.decided_by, without.decided_by);
        prop_assert_eq!(with.conflicts, without.conflicts);
        prop_assert_eq!(with.overruled, without.overruled);
    }

    #[test]
    fn order_does_not_matter(list in statements(), turn in 0_usize..8) {
        let forward: Vec<_> = list.iter().collect();
        let mut other: Vec<_> = list.iter().rev().collect();
        let middle = turn.min(other.len());
        other.rotate_left(middle);
        let (one, two) = (outcome(&forward), outcome(&other));
        prop_assert_eq!(one.effect, two.effect);
        let told = |assessment: &Assessment<'_>| {
            let voices = assessment.decided_by.iter().chain(&assessment.conflicts).chain(&assessment.overruled);
            voices.map(|voice| (voice.trust.clone(), voice.status(), voice.statement.impact.clone())).collect::<Vec<_>>()
        };
        prop_assert_eq!(told(&one), told(&two));
    }
}
