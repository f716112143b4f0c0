//! Each source, and each status.

use data_encoding::BASE64;
use serde_json::json;

use super::evidence::*;
use super::*;
use crate::published::signer::NPM_PUBLISH;

fn setting() -> Setting {
    Setting::new(&stack().trusted_root_json())
}

fn expect(purl: &str, repository: &str) -> DependencyExpectation {
    DependencyExpectation::new(purl, Some(&format!("github.com/{repository}")), Some(&issuer()), None, "policy:1")
        .unwrap()
}

#[test]
fn npm_proves_who_published_and_says_nobody_expected_it() {
    let (npm, component) = one_npm_package("acme/left-pad");
    let row = setting().row(component, &npm);
    assert_eq!((row.status, row.binding), (Status::Unpinned, Some(Binding::Sbom)), "{row:?}");
    assert_eq!(row.signers[0].source.as_deref(), Some("https://github.com/acme/left-pad"));
    assert!(row.verified.is_empty() && !row.fails());
    let publish = row.pieces.iter().find(|piece| piece.what == What::Publish).unwrap();
    assert!(publish.key.is_some() && publish.refused.is_none(), "{publish:?}");
}

#[test]
fn who_is_expected_is_verified_and_anybody_else_is_not() {
    let (npm, component) = one_npm_package("acme/left-pad");
    let mut setting = setting();
    setting.expectations = vec![expect("pkg:npm/left-pad", "acme/left-pad")];
    let row = setting.row(component.clone(), &npm);
    assert_eq!((row.status, row.verified.len()), (Status::Verified, 1), "{row:?}");
    assert_eq!(row.expected_by, Some(ExpectedBy::Expectation("policy:1".into())));
    setting.expectations = vec![expect("pkg:npm/*", "other/left-pad"), expect("pkg:npm/left-pad", "another/left-pad")];
    let row = setting.row(component.clone(), &npm);
    assert_eq!((row.status, row.fails()), (Status::UnexpectedIdentity, true), "{row:?}");
    assert_eq!(row.expected.as_deref(), Some("https://github.com/other/left-pad"));
    assert_eq!(row.actual.as_deref(), Some("https://github.com/acme/left-pad"));
    // One of several is enough.
    setting.expectations.push(expect("pkg:npm/left-pad", "acme/left-pad"));
    assert_eq!(setting.row(component, &npm).status, Status::Verified);
}

#[test]
fn npm_evidence_about_something_else_is_invalid() {
    let npm = Npm::new();
    let own = |name: &str, version: &str| attested("acme/app", SLSA, &format!("pkg:npm/{name}@{version}"), b"app");
    let publish = |version: &str| npm.publish(&format!("pkg:npm/app@{version}"), "app", version, b"app");
    let cases = [
        ("another package", npm_answer(&[(NPM_PUBLISH, publish("1.0.0")), (SLSA, own("evil", "1.0.0"))])),
        ("another version", npm_answer(&[(SLSA, own("app", "2.0.0"))])),
        ("published as another", npm_answer(&[(NPM_PUBLISH, publish("2.0.0")), (SLSA, own("app", "1.0.0"))])),
        ("other bytes", npm_answer(&[(SLSA, attested("acme/app", SLSA, "pkg:npm/app@1.0.0", b"other"))])),
    ];
    for (name, answer) in cases {
        let table = Table::default()
            .with("npm /-/npm/v1/keys", npm.keys())
            .with("npm /-/npm/v1/attestations/app@1.0.0", answer);
        let row = setting().row(component("pkg:npm/app@1.0.0", &[("SHA-512", &sha512(b"app"))]), &table);
        assert_eq!((row.status, row.fails()), (Status::Invalid, true), "{name}: {row:?}");
    }
}

#[test]
fn a_statement_of_publishing_by_another_key_is_invalid() {
    let (npm, other) = (Npm::new(), Npm::new());
    let table = Table::default()
        .with("npm /-/npm/v1/keys", other.keys())
        .with("npm /-/npm/v1/attestations/%40acme%2fapp@1.0.0", npm.answer("acme/app", "@acme/app", "1.0.0", b"app"))
        .with("npm /-/npm/v1/attestations/@acme%2fapp@1.0.0", npm.answer("acme/app", "@acme/app", "1.0.0", b"app"));
    let row = setting().row(component("pkg:npm/%40acme/app@1.0.0", &[("SHA-512", &sha512(b"app"))]), &table);
    assert_eq!(row.status, Status::Invalid, "{row:?}");
}

#[test]
fn publishing_alone_is_no_provenance() {
    let npm = Npm::new();
    let publish = npm.publish("pkg:npm/app@1.0.0", "app", "1.0.0", b"app");
    let table = Table::default()
        .with("npm /-/npm/v1/keys", npm.keys())
        .with("npm /-/npm/v1/attestations/app@1.0.0", npm_answer(&[(NPM_PUBLISH, publish)]));
    let row = setting().row(component("pkg:npm/app@1.0.0", &[("SHA-512", &sha512(b"app"))]), &table);
    assert_eq!((row.status, row.fails()), (Status::None, false), "{row:?}");
}

#[test]
fn without_a_digest_it_is_bound_to_the_registrys_word() {
    let (npm, _) = one_npm_package("acme/left-pad");
    let integrity = BASE64.encode(&sha2::Digest::finalize(<sha2::Sha512 as sha2::Digest>::new_with_prefix(b"left")));
    let npm =
        npm.with("npm /left-pad/1.3.0", json!({ "dist": { "integrity": format!("sha512-{integrity}") } }).to_string());
    let mut setting = setting();
    setting.expectations = vec![expect("pkg:npm/left-pad", "acme/left-pad")];
    let row = setting.row(component("pkg:npm/left-pad@1.3.0", &[]), &npm);
    assert_eq!((row.status, row.binding), (Status::Verified, Some(Binding::Registry)), "{row:?}");
    assert!(row.notes.iter().any(|note| note.contains("no digest")), "{row:?}");
}

#[test]
fn pypi_asks_about_each_file_and_takes_the_worst() {
    let wheel = "app-1.0-py3-none-any.whl";
    let statement = |name: &str, content: &[u8]| attested("acme/app", PYPI, name, content);
    let release = json!({ "urls": [
        { "filename": wheel, "digests": { "sha256": sha256(b"wheel") } },
        { "filename": "app-1.0.tar.gz", "digests": { "sha256": sha256(b"source") } },
    ] });
    let pypi = Table::default()
        .with("pypi /pypi/app/1.0/json", release.to_string())
        .with(&format!("pypi /integrity/app/1.0/{wheel}/provenance"), pep740(&[statement(wheel, b"wheel")]));
    let mut setting = setting();
    setting.expectations = vec![expect("pkg:pypi/*", "acme/app")];
    let row = setting.row(component("pkg:pypi/app@1.0", &[("SHA-256", &sha256(b"wheel"))]), &pypi);
    assert_eq!(row.status, Status::Verified, "{row:?}");
    // That says who published it, which is not how it was built.
    setting.required.add(Service::PyPi, Requirement::Provenance);
    let strict = setting.row(component("pkg:pypi/app@1.0", &[("SHA-256", &sha256(b"wheel"))]), &pypi);
    assert_eq!((strict.status, strict.fails()), (Status::None, true), "{strict:?}");
    setting.required = Required::default();
    // Of the source distribution nothing is published, and any of the two may be installed.
    let row = setting.row(component("pkg:pypi/app@1.0", &[]), &pypi);
    assert_eq!((row.status, row.binding), (Status::None, Some(Binding::Registry)), "{row:?}");
    // The index has no such file.
    let row = setting.row(component("pkg:pypi/app@1.0", &[("SHA-256", &sha256(b"evil"))]), &pypi);
    assert_eq!(row.status, Status::None);
    assert!(row.notes.iter().any(|note| note.starts_with("no file of this release")), "{row:?}");
    // The statement is about a file of another name.
    let renamed = Table::default()
        .with("pypi /pypi/app/1.0/json", release.to_string())
        .with(&format!("pypi /integrity/app/1.0/{wheel}/provenance"), pep740(&[statement("app-2.0.tar.gz", b"wheel")]));
    let row = setting.row(component("pkg:pypi/app@1.0", &[("SHA-256", &sha256(b"wheel"))]), &renamed);
    assert_eq!(row.status, Status::Invalid, "{row:?}");
}

#[test]
fn gems_are_read_with_their_quirk() {
    let answer = gem(attested("acme/gem", SLSA, "app-1.0.gem", b"gem"));
    let table = Table::default().with("gem /api/v1/attestations/app-1.0.json", answer);
    let row = setting().row(component("pkg:gem/app@1.0", &[("SHA-256", &sha256(b"gem"))]), &table);
    assert_eq!(row.status, Status::Unpinned, "{row:?}");
    assert_eq!(row.notes.len(), 2);
    let empty = Table::default().with("gem /api/v1/attestations/app-1.0.json", "[]");
    assert_eq!(setting().row(component("pkg:gem/app@1.0", &[]), &empty).status, Status::None);
}

#[test]
fn crates_have_the_registrys_word_and_perhaps_more() {
    let answer = json!({ "version": { "checksum": sha256(b"crate"), "trustpub_data": {
        "provider": "github", "repository": "acme/crate", "run_id": "7", "sha": "ab" } } });
    let table = Table::default().with("cargo /api/v1/crates/app/1.0.0", answer.to_string());
    let named = component("pkg:cargo/app@1.0.0", &[("SHA-256", &sha256(b"crate"))]);
    let row = setting().row(named.clone(), &table);
    assert_eq!(
        (row.status, row.asserted.unwrap().repository.unwrap().as_str()),
        (Status::None, "https://github.com/acme/crate")
    );
    let attestations = npm_answer(&[(SLSA, attested("acme/crate", SLSA, "app-1.0.0.crate", b"crate"))]);
    let request = format!("github /repos/acme/crate/attestations/sha256:{}?per_page=100", sha256(b"crate"));
    let table = table.with(&request, attestations);
    assert_eq!(setting().row(named, &table).status, Status::Unpinned);
}

#[test]
fn github_knows_what_a_registry_does_not() {
    let mut named = component("pkg:generic/app@1.0.0", &[("SHA-256", &sha256(b"app"))]);
    named["externalReferences"] = json!([{ "type": "vcs", "url": "https://github.com/acme/app" }]);
    let request = format!("github /repos/acme/app/attestations/sha256:{}?per_page=100", sha256(b"app"));
    let bundle = attested("acme/app", SLSA, "app.tar.gz", b"app");
    let table = Table::default().with(&request, json!({ "attestations": [{ "bundle": bundle }] }).to_string());
    let row = setting().row(named.clone(), &table);
    assert_eq!((row.status, row.matches_stated_repository), (Status::Unpinned, Some(true)), "{row:?}");
    // The repository is where one looks, and proves nothing.
    named["externalReferences"] = json!([{ "type": "vcs", "url": "https://github.com/evil/app" }]);
    let table = Table::default().with(
        &request.replace("acme/app", "evil/app"),
        json!({ "attestations": [{ "bundle": attested("acme/app", SLSA, "app.tar.gz", b"app") }] }).to_string(),
    );
    assert_eq!(setting().row(named, &table).matches_stated_repository, Some(false));
}

#[test]
fn an_address_of_a_bundle_is_not_followed() {
    let mut named = component("pkg:generic/app@1.0.0", &[("SHA-256", &sha256(b"app"))]);
    named["externalReferences"] = json!([{ "type": "vcs", "url": "https://github.com/acme/app" }]);
    let request = format!("github /repos/acme/app/attestations/sha256:{}?per_page=100", sha256(b"app"));
    let answer = json!({ "attestations": [{ "bundle": null, "bundle_url": "https://elsewhere.example/x" }] });
    let row = setting().row(named, &Table::default().with(&request, answer.to_string()));
    assert_eq!(row.status, Status::Unreachable, "{row:?}");
}

#[test]
fn a_signed_sbom_is_no_provenance() {
    let mut named = component("pkg:gem/app@1.0", &[("SHA-256", &sha256(b"app"))]);
    named["externalReferences"] = json!([{ "type": "vcs", "url": "https://github.com/acme/app" }]);
    let request = format!("github /repos/acme/app/attestations/sha256:{}?per_page=100", sha256(b"app"));
    let bundle = attested("acme/app", "https://cyclonedx.org/bom", "app.gem", b"app");
    let table = Table::default().with(&request, json!({ "attestations": [{ "bundle": bundle }] }).to_string());
    let row = setting().row(named, &table);
    assert_eq!((row.status, row.service), (Status::None, Service::GitHub), "{row:?}");
}

#[test]
fn maven_files_are_signed_or_have_another_signature() {
    let bundle = signed("acme/lib", b"jar").to_string();
    let table = Table::default().with("maven /org/acme/lib/1.0/lib-1.0.jar.sigstore.json", bundle);
    let named = component("pkg:maven/org.acme/lib@1.0", &[("SHA-256", &sha256(b"jar"))]);
    let row = setting().row(named.clone(), &table);
    assert_eq!((row.status, row.pieces[0].what), (Status::Unpinned, What::Signature), "{row:?}");
    let other = component("pkg:maven/org.acme/lib@1.0", &[("SHA-256", &sha256(b"evil"))]);
    assert_eq!(setting().row(other, &table).status, Status::Invalid);
    let pgp = Table::default().with("maven /org/acme/lib/1.0/lib-1.0.jar.asc", "-----BEGIN PGP SIGNATURE-----");
    let row = setting().row(named, &pgp);
    assert_eq!((row.status, row.notes[0].contains("PGP")), (Status::None, true));
}

#[test]
fn garbage_is_invalid_and_a_failure_is_unreachable() {
    let named = component("pkg:npm/app@1.0.0", &[("SHA-512", &sha512(b"app"))]);
    let request = "npm /-/npm/v1/attestations/app@1.0.0";
    for garbage in ["garbage", "[1]", r#"{"attestations":[{"bundle":{}}]}"#, r#"{"attestations":[{"bundle":null}]}"#] {
        let row = setting().row(named.clone(), &Table::default().with(request, garbage));
        assert_eq!(row.status, Status::Invalid, "{garbage}: {row:?}");
    }
    let mut required = setting();
    required.required = Required::all();
    let failing = Table::default().failing(request, 503);
    assert!(!setting().row(named.clone(), &failing).fails() && required.row(named.clone(), &failing).fails());
    assert!(setting().check(&sbom(&[named]), &failing).is_incomplete());
}

#[test]
fn another_instance_is_not_trusted() {
    let (npm, component) = one_npm_package("acme/left-pad");
    let mut setting = setting();
    setting.roots = vec![plimsoll_verify::BuiltIn::PublicGood.trusted_root().unwrap()];
    let row = setting.row(component, &npm);
    assert_eq!(row.status, Status::Invalid, "{row:?}");
}

#[test]
fn parts_add_up_and_nobody_is_asked_for_nothing() {
    let table = Table::default();
    let list = sbom(&[
        component("pkg:golang/example.com/a@v1.0.0", &[]),
        component("pkg:deb/debian/bash@5.2", &[]),
        component("pkg:npm/app@1.0.0?repository_url=https://npm.acme.example", &[]),
        component("pkg:docker/nginx@1.25", &[]),
        component("pkg:cargo/app@1.0.0", &[]),
        component("pkg:gem/app@1.0.0", &[]),
        json!({ "type": "library", "name": "nameless" }),
    ]);
    let mut setting = setting();
    setting.only = [Service::Crates].into();
    let report = setting.check(&list, &table);
    let counts = report.counts();
    assert_eq!((counts.components, counts.known, counts.asked, counts.not_applicable), (7, 3, 1, 4), "{report:?}");
    assert_eq!(table.asked(), ["cargo /api/v1/crates/app/1.0.0"]);
    // What has to have provenance does not pass by naming another repository.
    setting.required = Required::of([Service::Npm]);
    let report = setting.check(&list, &table);
    assert_eq!((report.counts().not_applicable, report.counts().failing), (3, 1), "{report:?}");
}
