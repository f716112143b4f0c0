//! Trust on first use.

use super::evidence::*;
use super::*;

fn setting() -> Setting {
    Setting::new(&stack().trusted_root_json())
}

fn locked(setting: &mut Setting, component: &serde_json::Value, fetch: &dyn Fetch) -> Vec<String> {
    let report = setting.check(&sbom(std::slice::from_ref(component)), fetch);
    let mut lock = setting.lock.take().unwrap_or_default();
    let changes = lock.update(&report, &BTreeSet::new());
    // As it is read again.
    setting.lock = Some(Lock::parse(&lock.to_toml()).unwrap());
    changes
}

#[test]
fn the_first_signer_is_kept_and_another_is_seen() {
    let (first, component) = one_npm_package("acme/left-pad");
    let mut setting = setting();
    assert_eq!(locked(&mut setting, &component, &first), ["pkg:npm/left-pad added"]);
    let row = setting.row(component.clone(), &first);
    assert_eq!((row.status, row.expected_by), (Status::Verified, Some(ExpectedBy::Lock)));
    assert!(locked(&mut setting, &component, &first).is_empty());

    let (second, _) = one_npm_package("evil/left-pad");
    let row = setting.row(component.clone(), &second);
    assert_eq!((row.status, row.fails()), (Status::UnexpectedIdentity, true), "{row:?}");
    assert_eq!(row.actual.as_deref(), Some("https://github.com/evil/left-pad"));
    // Updating takes no change by itself.
    assert!(locked(&mut setting, &component, &second).is_empty());
    let report = setting.check(&sbom(std::slice::from_ref(&component)), &second);
    let accepted = ["pkg:npm/left-pad".to_owned()].into();
    let changes = setting.lock.as_mut().unwrap().update(&report, &accepted);
    assert_eq!(changes, ["pkg:npm/left-pad replaced"]);
    assert_eq!(setting.row(component, &second).status, Status::Verified);
}

#[test]
fn provenance_that_is_lost_is_seen() {
    let (npm, component) = one_npm_package("acme/left-pad");
    let mut setting = setting();
    locked(&mut setting, &component, &npm);
    let row = setting.row(component.clone(), &Table::default());
    assert_eq!((row.status, row.lost, row.fails()), (Status::None, true, true), "{row:?}");
    let report = setting.check(&sbom(std::slice::from_ref(&component)), &Table::default());
    let changes = setting.lock.as_mut().unwrap().update(&report, &["pkg:npm/left-pad".to_owned()].into());
    assert_eq!(changes, ["pkg:npm/left-pad removed"]);
    assert!(!setting.row(component, &Table::default()).fails());
}

#[test]
fn what_is_stated_decides_over_what_was_seen() {
    let (first, component) = one_npm_package("acme/left-pad");
    let mut setting = setting();
    locked(&mut setting, &component, &first);
    let (second, _) = one_npm_package("acme/moved");
    let stated =
        DependencyExpectation::new("pkg:npm/left-pad", Some("github.com/acme/moved"), Some(&issuer()), None, "");
    setting.expectations = vec![stated.unwrap()];
    let row = setting.row(component, &second);
    assert_eq!(row.status, Status::Verified, "{row:?}");
    assert!(row.notes.iter().any(|note| note.contains("lock")), "{row:?}");
}

#[test]
fn an_exception_covers_what_is_missing_and_never_what_is_wrong() {
    let (npm, component) = one_npm_package("acme/left-pad");
    let mut setting = setting();
    locked(&mut setting, &component, &npm);
    let mut report = setting.check(&sbom(std::slice::from_ref(&component)), &Table::default());
    let excuse = || Excuse {
        id: "EX-1".into(),
        reason: "known".into(),
        owner: "ada@example.org".into(),
        expires: "2026-12-01T00:00:00Z".parse().unwrap(),
    };
    assert_eq!((report.counts().failing, report.rows[0].rule()), (1, Some("dependencies.lost")));
    report.excuse(|row| (row.rule() == Some("dependencies.lost")).then(excuse));
    assert_eq!((report.counts().failing, report.counts().excused), (0, 1));
    report.excuse(|row| (row.rule() == Some("dependencies.none")).then(excuse));
    assert_eq!((report.counts().failing, report.counts().excused), (1, 0));
    let broken = Table::default().with("npm /-/npm/v1/attestations/left-pad@1.3.0", "garbage");
    let mut report = setting.check(&sbom(&[component]), &broken);
    report.excuse(|_| Some(excuse()));
    assert_eq!((report.counts().failing, report.counts().excused), (1, 0));
}
