use super::*;
use crate::vex::{VexStatus, VexVulnerability};

const BYTES: &str = "sha256:abababababababababababababababababababababababababababababababab";
const OTHER: &str = "sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd";

fn one(named: &str, held: &str) -> Match {
    let subject = Subject { component: Identity::from(Purl::parse(held).unwrap()), artifact: None };
    product(&VexProduct::new(Identifiers::from_text(named)), &subject)
}

const VERSION: Match = Match::Yes { versioned: true };
const ANY: Match = Match::Yes { versioned: false };

#[test]
fn package_urls() {
    for (named, held, expected) in [
        ("pkg:npm/a", "pkg:npm/a@1.0.0", ANY),
        ("pkg:npm/a@1.0.0", "pkg:npm/a@1.0.0", VERSION),
        ("pkg:npm/a@1.0.0", "pkg:npm/a@1.0.1", Match::No),
        ("pkg:pypi/a@1.0", "pkg:pypi/a@1.0.0", VERSION),
        ("pkg:npm/a@1.0.0", "pkg:npm/a", Match::Possible),
        ("pkg:npm/a", "pkg:npm/b@1", Match::No),
        ("pkg:npm/%40x/a", "pkg:npm/a@1", Match::No),
        ("pkg:deb/debian/a@1?arch=amd64", "pkg:deb/debian/a@1?arch=amd64&distro=debian-12", VERSION),
        ("pkg:deb/debian/a@1?arch=amd64", "pkg:deb/debian/a@1?arch=arm64", Match::No),
        ("pkg:deb/debian/a@1?arch=amd64", "pkg:deb/debian/a@1", Match::Possible),
        ("pkg:npm/a?vers=vers:npm%2F%3E%3D1.0.0%7C%3C2.0.0", "pkg:npm/a@1.5.0", VERSION),
        ("pkg:npm/a?vers=vers:npm%2F%3E%3D1.0.0%7C%3C2.0.0", "pkg:npm/a@2.0.0", Match::No),
        ("pkg:npm/a?vers=vers:npm%2F%3E%3D1.0.0%7C%3C2.0.0", "pkg:npm/a", Match::Possible),
        ("pkg:npm/a?vers=whatever", "pkg:npm/a@1.0.0", Match::Possible),
        ("pkg:npm/a?vers=vers:all%2F*", "pkg:npm/a@1.0.0", ANY),
        ("pkg:npm/a?vers=vers:pypi%2F1.0", "pkg:npm/a@1.0.0", Match::Possible),
        ("pkg:golang/x.example/a#sub", "pkg:golang/x.example/a@v1", Match::No),
        ("pkg:golang/x.example/a", "pkg:golang/x.example/a@v1#sub", ANY),
    ] {
        assert_eq!(one(named, held), expected, "{named} {held}");
    }
}

#[test]
fn several_package_urls_of_a_package_narrow_each_other() {
    let mut named = Identifiers::from_text("pkg:apk/wolfi/git");
    named.add_text("pkg:apk/wolfi/git@2.39");
    let of = |purl: &str| Identity::from(Purl::parse(purl).unwrap());
    assert_eq!(identifiers(&named, &of("pkg:apk/wolfi/git@2.39")), VERSION);
    assert_eq!(identifiers(&named, &of("pkg:apk/wolfi/git@2.40")), Match::No);
    named.add_text("pkg:generic/git");
    assert_eq!(identifiers(&named, &of("pkg:generic/git@2.40")), ANY);
}

#[test]
fn bytes_decide() {
    let image = Identity::from(Purl::parse(&format!("pkg:oci/app@{BYTES}")).unwrap());
    assert_eq!(identifiers(&Identifiers::from_text(BYTES), &image), VERSION);
    assert_eq!(identifiers(&Identifiers::from_text(&format!("pkg:oci/other@{BYTES}")), &image), VERSION);
    assert_eq!(identifiers(&Identifiers::from_text(&format!("pkg:oci/app@{OTHER}")), &image), Match::No);
    let mut both = Identifiers::from_text("pkg:oci/app");
    both.add_text(OTHER);
    assert_eq!(identifiers(&both, &image), Match::No);
}

#[test]
fn a_component_of_a_product_needs_both() {
    let subject = Subject {
        component: Identity::from(Purl::parse("pkg:npm/a@1").unwrap()),
        artifact: Some(Identity::from(Purl::parse(&format!("pkg:oci/app@{BYTES}")).unwrap())),
    };
    let asked = |whole: &str, part: &str| {
        let mut named = VexProduct::new(Identifiers::from_text(whole));
        named.subcomponents.push(Identifiers::from_text(part));
        product(&named, &subject)
    };
    assert_eq!(asked("pkg:oci/app", "pkg:npm/a"), ANY);
    assert_eq!(asked(BYTES, "pkg:npm/a"), VERSION);
    assert_eq!(asked("pkg:oci/app", "pkg:npm/a@1"), VERSION);
    assert_eq!(asked("pkg:oci/app", "pkg:npm/b"), Match::No);
    assert_eq!(asked("pkg:oci/other", "pkg:npm/a"), Match::No);
    assert_eq!(asked("pkg:npm/a@1", "pkg:npm/a@1"), Match::No);
    // A statement about the artifact as a whole is about all that is in it.
    assert_eq!(product(&VexProduct::new(Identifiers::from_text("pkg:oci/app")), &subject), ANY);
}

#[test]
fn platforms_hold_packages_and_are_no_products() {
    let component = Identity::from(Purl::parse("pkg:rpm/harbour/fuel@1?arch=x86_64").unwrap());
    let artifact = Identity { platforms: vec!["cpe:/o:harbour:linux:9.4".into()], ..Identity::default() };
    let subject = Subject { component, artifact: Some(artifact) };
    let mut named = VexProduct::new(Identifiers::from_text("cpe:/o:harbour:linux:9"));
    assert_eq!(product(&named, &subject), Match::Possible);
    named.subcomponents.push(Identifiers::from_text("pkg:rpm/harbour/fuel@1"));
    assert_eq!(product(&named, &subject), VERSION);
    named.identifiers.understood = false;
    assert_eq!(product(&named, &subject), Match::Possible);
}

#[test]
fn names_count_only_where_nothing_stronger_is() {
    let identity = Identity { names: vec!["app".into()], ..Identity::default() };
    let mut named = Identifiers::from_text("app");
    assert_eq!(identifiers(&named, &identity), ANY);
    named.add_text("pkg:oci/app@1");
    assert_eq!(identifiers(&named, &identity), Match::No);
}

#[test]
fn a_statement_without_products_is_about_nothing() {
    let vulnerability = VexVulnerability::from_ids(["CVE-1"]);
    let subject = Subject { component: Identity::from(Purl::parse("pkg:npm/a@1").unwrap()), artifact: None };
    let mut asked = VexStatement::new(vulnerability, VexStatus::NotAffected);
    assert_eq!(statement(&asked, &subject), Match::No);
    asked.products.push(VexProduct::new(Identifiers::default()));
    assert_eq!(statement(&asked, &subject), Match::No);
}
