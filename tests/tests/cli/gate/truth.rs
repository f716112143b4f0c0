//! `[sbom] true = true`: what an SBOM says is held against what is in the artifact.

use plimsoll_tests::tar;
use serde_json::Value;

use super::place::{Place, RELEASE, STRANGER};

const POLICY: &str = r#"version = 1
[roots.keys.release]
file = "release.pub"

[sbom]
signer = [{ key = "release" }]
true = true
"#;

const FILES: &[(&str, &[u8])] = &[("api/requirements.txt", b"flask==3.0.3\nclick==8.1.7\n")];

/// An archive, and what a scan says of it.
fn packed() -> (Place, Value) {
    let place = Place::bare();
    place.directory.write("policy.toml", POLICY);
    place.directory.write("app.tar", tar(FILES));
    place.must(&["scan", "app.tar", "-o", "cyclonedx-json=own.json"]);
    let own = serde_json::from_slice(&std::fs::read(place.path("own.json")).unwrap()).unwrap();
    (place, own)
}

/// States an SBOM about the archive, in a bundle of this name.
fn state(place: &Place, sbom: &Value, bundle: &str, key: &[&str]) {
    place.directory.write("stated.json", sbom.to_string());
    place.must(&[&["attest", "app.tar", "--sbom", "stated.json", "--bundle", bundle], key].concat());
}

fn at(sbom: &Value, purl: &str) -> usize {
    let listed = sbom["components"].as_array().unwrap();
    listed.iter().position(|one| one["purl"].as_str().is_some_and(|held| held.starts_with(purl))).unwrap()
}

#[test]
fn an_sbom_that_hides_a_package_or_makes_one_up_is_untrue() {
    let (place, own) = packed();
    state(&place, &own, "true.json", &RELEASE);
    place.ask("app.tar", &["--bundle", "true.json"]).passes();
    place.ask("archive:app.tar", &["--bundle", "true.json"]).passes();
    // Whatever the rule calls the artifact, it is looked into without being asked.
    let digest = format!("[sbom]\nmatch = \"sha256:{}\"", plimsoll_tests::sha256(&tar(FILES)));
    place.directory.write("digest/policy.toml", POLICY.replace("[sbom]", &digest));
    std::fs::copy(place.path("release.pub"), place.path("digest/release.pub")).unwrap();
    place.ask_by("digest/policy.toml", "app.tar", &["--bundle", "true.json"]).passes();

    let mut hides = own.clone();
    let hidden = at(&own, "pkg:pypi/click");
    let gone = hides["components"].as_array_mut().unwrap().remove(hidden);
    hides["dependencies"].as_array_mut().unwrap().retain(|one| one["ref"] != gone["bom-ref"]);
    for one in hides["dependencies"].as_array_mut().unwrap() {
        if let Some(on) = one["dependsOn"].as_array_mut() {
            on.retain(|to| *to != gone["bom-ref"]);
        }
    }
    state(&place, &hides, "hides.json", &RELEASE);
    let answer = place.ask("app.tar", &["--bundle", "hides.json"]);
    answer.denies(&["PLM-G0303"]);
    assert!(answer.report.to_string().contains("click"), "{:#}", answer.report);

    let mut older = own.clone();
    older["components"][at(&own, "pkg:pypi/flask")]["version"] = "2.0.0".into();
    older["components"][at(&own, "pkg:pypi/flask")]["purl"] = "pkg:pypi/flask@2.0.0".into();
    state(&place, &older, "older.json", &RELEASE);
    place.ask("app.tar", &["--bundle", "older.json"]).denies(&["PLM-G0303"]);

    let mut more = own.clone();
    more["components"].as_array_mut().unwrap().push(serde_json::json!({
        "type": "library", "bom-ref": "x", "name": "left-pad", "version": "1.3.0", "purl": "pkg:npm/left-pad@1.3.0",
    }));
    state(&place, &more, "more.json", &RELEASE);
    place.ask("app.tar", &["--bundle", "more.json"]).denies(&["PLM-G0303"]);

    // One true SBOM of somebody who may say so is enough, and of nobody else.
    place.ask("app.tar", &["--bundle", "hides.json", "--bundle", "true.json"]).passes();
    state(&place, &own, "stranger.json", &STRANGER);
    place.ask("app.tar", &["--bundle", "hides.json", "--bundle", "stranger.json"]).denies(&["PLM-G0303"]);
    place.ask("app.tar", &["--bundle", "stranger.json"]).denies(&["PLM-G0302"]);
    place.ask("app.tar", &["--sbom", "own.json"]).denies(&["PLM-G0301"]);
}

#[test]
fn what_nobody_looked_into_or_could_not_read_is_not_true() {
    let (place, own) = packed();
    state(&place, &own, "true.json", &RELEASE);
    let digest = place.ask("app.tar", &["--bundle", "true.json"]).digest();
    place.ask(&digest, &["--bundle", "true.json"]).denies(&["PLM-G0304"]);

    let broken: &[(&str, &[u8])] = &[FILES[0], ("web/package-lock.json", b"{ broken")];
    place.directory.write("app.tar", tar(broken));
    state(&place, &own, "of-broken.json", &RELEASE);
    let answer = place.ask("app.tar", &["--bundle", "of-broken.json"]);
    assert_eq!(answer.verdict(), "deny", "{:#}", answer.report);
    assert!(!answer.codes().is_disjoint(&["PLM-G0303", "PLM-G0304"].into()), "{:#}", answer.report);
    place.ask("app.tar", &["--bundle", "true.json"]).denies(&["PLM-G0302"]);
}

#[test]
fn each_file_of_a_directory_is_held_against_its_own() {
    let (place, own) = packed();
    place.directory.write("dist/good.tar", tar(FILES));
    place.directory.write("dist/bad.tar", tar(&[FILES[0], ("web/requirements.txt", b"evil==1.0\n")]));
    place.directory.write("stated.json", own.to_string());
    for name in ["good", "bad"] {
        let (file, bundle) = (format!("dist/{name}.tar"), format!("dist/{name}.tar.sigstore.json"));
        place.must(&[&["attest", &file, "--sbom", "stated.json", "--bundle", &bundle], &RELEASE[..]].concat());
    }
    let answer = place.ask("dist", &[]);
    let told: Vec<(&str, &str)> = answer.report["subjects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one["verdict"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("dist/bad.tar", "deny"), ("dist/good.tar", "pass")], "{:#}", answer.report);
    assert_eq!(answer.codes(), ["PLM-G0303"].into(), "{:#}", answer.report);
    assert_eq!(answer.status, Some(1));
}
