//! `plimsoll airgap`: packed, carried, tampered with, imported.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use plimsoll_tests::{Layout, Outcome, TemporaryDirectory, plimsoll, workspace};
use serde_json::Value;

const KEY: &str = "--key k.pub --no-tlog";

fn run(directory: &TemporaryDirectory, line: &str) -> Outcome {
    let mut command = plimsoll(line.split(' '));
    command.current_dir(directory.path()).env("PLIMSOLL_PASSWORD", "quay");
    Outcome::from(command.env("PLIMSOLL_TRUST", directory.path().join("known")).output().unwrap())
}

fn done(directory: &TemporaryDirectory, line: &str) -> Outcome {
    let outcome = run(directory, line);
    assert_eq!(outcome.status, Some(0), "{line}: {}{}", outcome.stdout, outcome.stderr);
    outcome
}

/// A directory with a key, an image that has an SBOM, an artifact and advisories; and the digests of image and SBOM.
fn stocked() -> (TemporaryDirectory, [String; 2]) {
    let directory = TemporaryDirectory::new();
    let mut layout = Layout::default();
    let image = layout.image("amd64", &[&[("etc/os-release", b"ID=debian\n")]]);
    let sbom = layout.referrer(&image, "application/vnd.cyclonedx+json", b"{}");
    layout.write_listing(&directory.path().join("harbour"), &[&image, &sbom]);
    directory.write("app.tgz", "the app");
    directory.write("app.tgz.sigstore.json", "{}");
    directory.write("osv/2026/a.json", "{}");
    directory.write("osv/b.json", "{}");
    directory.write("policy.toml", "");
    done(&directory, "keys generate -o k");
    (directory, [image, sbom])
}

const PACK: &str = "airgap pack --image acme/app:1.2=oci-layout:harbour --artifact app.tgz --bundle app.tgz.sigstore.json \
                    --include advisories=osv --include policy=policy.toml --include-trust staging";

fn pack(directory: &TemporaryDirectory, name: &str) -> Outcome {
    done(directory, &format!("{PACK} -o {name} --key k.key --no-tlog"))
}

/// Every file below a directory, with its content.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![root.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// A report, which is as its schema says.
fn report(outcome: &Outcome) -> Value {
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    valid(&report);
    report
}

fn valid(document: &Value) {
    let name = document["schema"].as_str().unwrap().replace('/', ".");
    let schema = fs::read(workspace().join(format!("schemas/{name}.schema.json"))).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn the_same_input_makes_the_same_folder() {
    let (directory, _) = stocked();
    let (one, other) = (pack(&directory, "one"), pack(&directory, "other"));
    assert!(one.stdout.starts_with("sha256:"));
    assert_eq!(one.stdout, other.stdout);
    let (mut one, mut other) = (files(&directory.path().join("one")), files(&directory.path().join("other")));
    // A signature is another one each time.
    for folder in [&mut one, &mut other] {
        folder.remove("airgap.json.sigstore.json").unwrap();
    }
    assert_eq!(one, other);
    valid(&serde_json::from_slice(&one["airgap.json"]).unwrap());
    let names: Vec<&str> = one.keys().map(String::as_str).filter(|name| !name.contains("/blobs/")).collect();
    assert_eq!(
        names,
        [
            "advisories/2026/a.json",
            "advisories/b.json",
            "airgap.json",
            "artifacts/app.tgz",
            "artifacts/app.tgz.sigstore.json",
            "images/index.json",
            "images/oci-layout",
            "policy/policy.toml",
            "trust/staging.json"
        ]
    );
    let dated = done(&directory, "airgap pack --artifact app.tgz -o dated --unsigned --timestamp 2026-11-22T10:00:00Z");
    assert!(dated.stderr.contains("is not signed"), "{}", dated.stderr);
    let manifest: Value = serde_json::from_slice(&files(&directory.path().join("dated"))["airgap.json"]).unwrap();
    assert_eq!((&manifest["created"], &manifest["unsigned"]), (&"2026-11-22T10:00:00Z".into(), &true.into()));
    valid(&manifest);
}

#[test]
fn a_folder_is_verified_and_imported() {
    let (directory, [image, sbom]) = stocked();
    pack(&directory, "out");
    // Offline, and far from where it was packed.
    fs::remove_dir_all(directory.path().join("harbour")).unwrap();
    let outcome = done(&directory, &format!("--offline airgap verify out {KEY}"));
    for part in
        ["verified: airgap.json", "whole: ", "acme/app:1.2 sha256:", "instance      staging", "artifacts/app.tgz"]
    {
        assert!(outcome.stdout.contains(part), "{part}: {}", outcome.stdout);
    }
    let verified = report(&done(&directory, &format!("airgap verify out {KEY} --format json")));
    assert_eq!(
        (&verified["verified"], &verified["contents"]["images"][0]["digest"]),
        (&true.into(), &(&*image).into())
    );
    let line = format!("--offline airgap import out {KEY} --to oci-layout:second --add-trust --format json");
    let imported = report(&done(&directory, &line));
    assert_eq!(imported["imported"]["images"][0]["digest"], *image);
    assert_eq!(imported["imported"]["trust"][0]["added"], false);
    let tree = done(&directory, &format!("referrers oci-layout:second@{image}"));
    assert!(tree.stdout.contains(&sbom), "{}", tree.stdout);
    // Again: everything is there.
    let again = report(&done(&directory, &line));
    assert_eq!(again["imported"]["images"][0]["sent"], 0);
    // The signature may be elsewhere, and is then the only one that counts.
    fs::rename(directory.path().join("out/airgap.json.sigstore.json"), directory.path().join("seal.json")).unwrap();
    assert_eq!(run(&directory, &format!("airgap verify out {KEY}")).status, Some(1));
    done(&directory, &format!("airgap verify out {KEY} --bundle seal.json"));
}

#[test]
fn whatever_is_tampered_with_is_refused() {
    let (directory, _) = stocked();
    pack(&directory, "out");
    let root = directory.path().join("out");
    let sound = files(&root);
    let refused = |code: &str, what: &str| {
        let line = format!("airgap import out {KEY} --to oci-layout:target --add-trust --format json");
        let outcome = run(&directory, &line);
        assert_eq!(outcome.status, Some(1), "{what}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(code), "{what}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("nothing was imported"), "{what}");
        assert_eq!(report(&outcome)["verified"], false, "{what}");
        assert!(!directory.path().join("target").exists(), "{what}");
        assert_eq!(run(&directory, &format!("airgap verify out {KEY}")).status, Some(1), "{what}");
    };
    // One of each kind.
    let blob = sound.keys().find(|name| name.contains("/blobs/")).unwrap().as_str();
    for name in [blob, "images/index.json", "trust/staging.json", "artifacts/app.tgz", "advisories/b.json"] {
        let content = &sound[name];
        let path = root.join(name);
        let mut flipped = content.clone();
        *flipped.last_mut().unwrap() ^= 1;
        fs::write(&path, flipped).unwrap();
        refused("PLM-V0704", name);
        fs::write(&path, [&content[..], b"\n"].concat()).unwrap();
        refused("PLM-V0704", name);
        fs::remove_file(&path).unwrap();
        refused("PLM-V0702", name);
        fs::write(directory.path().join("away"), content).unwrap();
        symlink(directory.path().join("away"), &path).unwrap();
        refused("PLM-V0705", name);
        fs::remove_file(&path).unwrap();
        fs::write(&path, content).unwrap();
    }
    fs::write(root.join("artifacts/more.tgz"), "x").unwrap();
    refused("PLM-V0703", "one more");
    fs::remove_file(root.join("artifacts/more.tgz")).unwrap();
    let manifest = String::from_utf8(sound["airgap.json"].clone()).unwrap();
    fs::write(root.join("airgap.json"), manifest.replacen("acme/app", "acme/ape", 1)).unwrap();
    refused("PLM-V0202", "the manifest");
    fs::write(root.join("airgap.json"), &manifest).unwrap();
    // The signature over another folder, by the same key.
    done(&directory, "airgap pack --artifact app.tgz -o other --key k.key --no-tlog");
    fs::copy(directory.path().join("other/airgap.json.sigstore.json"), root.join("airgap.json.sigstore.json")).unwrap();
    refused("PLM-V0202", "another signature");
    fs::write(root.join("airgap.json.sigstore.json"), &sound["airgap.json.sigstore.json"]).unwrap();
    done(&directory, &format!("airgap verify out {KEY}"));
    // Somebody else's key.
    done(&directory, "keys generate -o other-key");
    assert_eq!(run(&directory, "airgap verify out --key other-key.pub --no-tlog").status, Some(1));
}

#[test]
fn instances_are_added_when_asked_for() {
    let (directory, _) = stocked();
    let root = done(&directory, "trust export staging").stdout;
    let root: Value = serde_json::from_str(&root).unwrap();
    directory.write("root.json", root["trustedRoot"].to_string());
    let pack = "airgap pack --include-trusted-root acme=root.json --key k.key --no-tlog";
    done(&directory, &format!("{pack} -o out"));
    done(&directory, &format!("airgap import out {KEY} --to oci-layout:none"));
    assert_eq!(run(&directory, "trust show acme").status, Some(2));
    let added = report(&done(&directory, &format!("airgap import out {KEY} --add-trust --format json")));
    assert_eq!(added["imported"]["trust"][0]["added"], true);
    done(&directory, "trust show acme");
    let known = report(&done(&directory, &format!("airgap import out {KEY} --add-trust --format json")));
    assert_eq!(known["imported"]["trust"][0]["added"], false);
    // Another one under the same name, and an image that must not be imported then.
    let github: Value = serde_json::from_str(&done(&directory, "trust export github").stdout).unwrap();
    directory.write("root.json", github["trustedRoot"].to_string());
    done(&directory, &format!("{pack} -o differs --image acme/app:1=oci-layout:harbour"));
    let outcome = run(&directory, &format!("airgap import differs {KEY} --add-trust --to oci-layout:third"));
    assert_eq!(outcome.status, Some(2), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("another instance is known as acme"), "{}", outcome.stderr);
    assert!(!directory.path().join("third").exists());
}

#[test]
fn wrong_words_are_usage_errors() {
    let (directory, _) = stocked();
    directory.write("twice/app.tgz", "another");
    fs::create_dir(directory.path().join("there")).unwrap();
    let pack = "airgap pack --unsigned";
    for line in [
        format!("{pack} -o out"),
        format!("{pack} -o there --artifact app.tgz"),
        format!("{pack} -o out --artifact app.tgz --artifact twice/app.tgz"),
        format!("{pack} -o out --key k.key --artifact app.tgz"),
        format!("{pack} -o out --include images=osv"),
        format!("{pack} -o out --include ../x=osv"),
        format!("{pack} -o out --include osv"),
        format!("{pack} -o out --include-trust nobody"),
        format!("{pack} -o out --image harbour"),
        format!("{pack} -o out --image A:1=oci-layout:harbour"),
        format!("{pack} -o out --image app:1=oci-layout:harbour --image app:1=oci-layout:harbour"),
        format!("--offline {pack} -o out --image registry:127.0.0.1:1/app"),
        "airgap verify there".to_owned() + " --key k.pub --type spdx",
        format!("airgap import there {KEY}"),
        format!("airgap import there {KEY} --to registry:"),
        format!("airgap import there {KEY} --to registry:acme"),
        format!("airgap import there {KEY} --to oci-layout:x:1"),
        format!("airgap import there {KEY} --to somewhere"),
    ] {
        let outcome = run(&directory, &line);
        assert_eq!(outcome.status, Some(2), "{line}: {}", outcome.stderr);
    }
    // What cannot be read, or is no folder.
    symlink("/etc/hostname", directory.path().join("osv/link")).unwrap();
    for line in [
        format!("{pack} -o out --artifact nowhere"),
        format!("{pack} -o out --artifact osv"),
        format!("{pack} -o out --include advisories=osv"),
        format!("{pack} -o out --artifact app.tgz --image app:1=oci-layout:nowhere"),
        format!("airgap verify there {KEY}"),
        format!("airgap verify nowhere {KEY}"),
    ] {
        let outcome = run(&directory, &line);
        assert_eq!(outcome.status, Some(3), "{line}: {}", outcome.stderr);
    }
    // Nothing is left behind.
    let left: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name == "out" || name.to_str().unwrap().ends_with(".partial")), "{left:?}");
    // Nobody is named who may have signed.
    pack_small(&directory);
    let outcome = run(&directory, "airgap verify small");
    assert_eq!(outcome.status, Some(2), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("name who has to have signed"), "{}", outcome.stderr);
}

fn pack_small(directory: &TemporaryDirectory) {
    done(directory, "airgap pack --artifact app.tgz -o small --key k.key --no-tlog");
}
