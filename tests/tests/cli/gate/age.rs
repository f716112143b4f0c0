//! `[age]`, and what `--published` says.

use super::place::{Answer, POLICY, Place};

/// Asks at a time about an artifact whose SBOM lists `pkg:npm/through@2.3.8`.
fn ask(place: &Place, at: &str, published: &[&str]) -> Answer {
    let mut words = vec!["--bundle", "app.tar.gz.sigstore.json", "--bundle", "sbom.sigstore.json", "--at", at];
    for file in published {
        words.extend(["--published", file]);
    }
    place.ask("app.tar.gz", &words)
}

fn aged(more: &str) -> Place {
    let place = Place::new();
    place.directory.write("policy.toml", format!("{POLICY}\n[age]\nmin_days = 7\n{more}"));
    place.directory.write("published.json", r#"{ "pkg:npm/through@2.3.8": "2026-11-20T10:00:00Z" }"#);
    place
}

#[test]
fn too_new_denies_old_enough_passes_and_unknown_denies() {
    let place = aged("");
    let published = ["published.json"];
    ask(&place, "2026-11-23T00:00:00Z", &published).denies(&["PLM-G0901"]);
    ask(&place, "2026-11-27T09:59:59Z", &published).denies(&["PLM-G0901"]);
    ask(&place, "2026-11-27T10:00:00Z", &published).passes();
    // What is out tomorrow is not old.
    ask(&place, "2026-11-19T00:00:00Z", &published).denies(&["PLM-G0901"]);
    ask(&place, "2026-11-27T10:00:00Z", &[]).denies(&["PLM-G0902"]);
    place.directory.write("another.json", r#"{ "pkg:npm/through@2.3.7": "2011-11-20T10:00:00Z" }"#);
    ask(&place, "2026-11-27T10:00:00Z", &["another.json"]).denies(&["PLM-G0902"]);
    // Of what is said of one version, the latest counts, whichever is named first.
    place.directory.write("older.json", r#"{ "pkg:npm/through@2.3.8?arch=any": "2011-11-20T10:00:00Z" }"#);
    for both in [["older.json", "published.json"], ["published.json", "older.json"]] {
        ask(&place, "2026-11-23T00:00:00Z", &both).denies(&["PLM-G0901"]);
    }
    // An SBOM that nobody signed makes a version newer, and not older.
    let dated = |day: &str| {
        let property = format!(r#""properties":[{{"name":"releaseDate","value":"{day}"}}],"type":"library""#);
        let bom = super::place::sbom("pkg:npm/through@2.3.8").replace(r#""type":"library""#, &property);
        place.directory.write("dated.json", bom);
        let words = ["--bundle", "app.tar.gz.sigstore.json", "--bundle", "sbom.sigstore.json", "--sbom", "dated.json"];
        place.ask("app.tar.gz", &[&words[..], &["--at", "2026-12-23T00:00:00Z"]].concat())
    };
    dated("2011-11-20").denies(&["PLM-G0902"]);
    dated("2026-12-22").denies(&["PLM-G0901"]);
}

#[test]
fn what_the_policy_says_of_unknown_versions_and_of_its_own() {
    let place = aged("unknown = \"warn\"\n");
    let answer = ask(&place, "2026-11-27T10:00:00Z", &[]);
    assert_eq!((answer.verdict(), answer.status), ("warn", Some(0)), "{:#}", answer.report);
    assert_eq!(answer.codes(), ["PLM-G0902"].into());
    ask(&place, "2026-11-23T00:00:00Z", &["published.json"]).denies(&["PLM-G0901"]);
    let place = aged("except = [\"pkg:npm/through\"]\n");
    ask(&place, "2026-11-23T00:00:00Z", &["published.json"]).passes();
}

#[test]
fn what_cannot_be_read_is_no_answer_and_a_replay_asks_nobody() {
    let place = aged("");
    for text in ["[]", r#"{ "through": "2026-11-20T10:00:00Z" }"#, r#"{ "pkg:npm/through@2.3.8": "yesterday" }"#] {
        place.directory.write("wrong.json", text);
        let outcome = place.gate(&["--published", "wrong.json"]);
        assert!(outcome.status == Some(2) && outcome.stderr.contains("wrong.json"), "{text}: {}", outcome.stderr);
    }
    assert_eq!(place.gate(&["--published", "nothing.json"]).status, Some(3));
    let kept = place.gate(&["--published", "published.json", "--keep", "kept", "--at", "2026-11-27T10:00:00Z"]);
    assert_eq!(kept.status, Some(0), "{}{}", kept.stdout, kept.stderr);
    std::fs::remove_file(place.path("published.json")).unwrap();
    place.must(&["gate", "--replay", "kept"]);
}
