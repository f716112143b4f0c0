//! Several images: one digest was named, and that is what is decided about and looked into.

use plimsoll_tests::{Layout, docker_archive, tar};

use super::mock_registry::MockRegistry;
use super::place::{Place, RELEASE};

const POLICY: &str = r#"version = 1
[packages]
deny = [{ match = "pkg:pypi/evil" }]
"#;

const GOOD: &[(&str, &[u8])] = &[("app/requirements.txt", b"flask==3.0.3\n")];
const BAD: &[(&str, &[u8])] = &[("app/requirements.txt", b"evil==1.0\n")];

fn place() -> Place {
    let place = Place::bare();
    place.directory.write("policy.toml", POLICY);
    place
}

#[test]
fn what_is_named_in_a_layout_is_looked_into_and_no_neighbour() {
    for (first, second) in [("amd64", "amd64"), ("amd64", "arm64"), ("arm64", "amd64")] {
        let mut layout = Layout::default();
        let (good, bad) = (layout.image(first, &[GOOD]), layout.image(second, &[BAD]));
        for listed in [vec![&*good, &*bad], vec![&*bad, &*good], vec![&*good], vec![&*bad]] {
            let place = place();
            layout.write_listing(&place.path("layout"), &listed);
            for flags in [&["--scan"][..], &["--scan", "--platform", "linux/amd64"]] {
                let named = format!("oci-layout:layout@{bad}");
                let outcome = place.run(&[&["gate", &named, "--policy", "policy.toml"], flags].concat());
                assert_ne!(outcome.status, Some(0), "{listed:?}: {}", outcome.stdout);
            }
            place.ask(&format!("oci-layout:layout@{bad}"), &["--scan"]).denies(&["PLM-G0801"]);
            let answer = place.ask(&format!("oci-layout:layout@{good}"), &["--scan"]);
            answer.passes();
            assert_eq!(answer.digest(), good);
        }
    }
}

#[test]
fn an_index_is_decided_about_as_an_index() {
    let (place, registry) = (place(), MockRegistry::start());
    let mut layout = Layout::default();
    let (amd64, arm64) = (layout.image("amd64", &[GOOD]), layout.image("arm64", &[BAD]));
    let index = layout.index(&[("amd64", &amd64), ("arm64", &arm64)]);
    layout.push(&registry.host, "acme/app", &index, "1");
    layout.write(&place.path("layout"), &index);
    let name = |digest: &str| format!("registry:{}/acme/app@{digest}", registry.host);
    let tagged = format!("registry:{}/acme/app:1", registry.host);
    // One image of it was looked into, and the other is the bad one.
    for named in [&*tagged, "oci-layout:layout"] {
        for flags in [&["--scan"][..], &["--scan", "--platform", "linux/amd64"]] {
            let answer = place.ask(named, flags);
            answer.denies(&["PLM-G0003"]);
            assert_eq!(answer.digest(), index);
            assert!(answer.stderr.contains("of which one was looked into"), "{}", answer.stderr);
            let let_pass = place.ask(named, &[flags, &["--allow-incomplete"]].concat());
            assert_eq!((let_pass.verdict(), let_pass.codes()), ("warn", ["PLM-G0003"].into()), "{:#}", let_pass.report);
        }
        place.ask(named, &["--scan", "--platform", "linux/arm64"]).denies(&["PLM-G0003", "PLM-G0801"]);
    }
    place.ask(&name(&amd64), &["--scan"]).passes();
    place.ask(&name(&arm64), &["--scan"]).denies(&["PLM-G0801"]);

    // Who signed one of the images did not sign the index, and the other way round.
    let signed =
        "version = 1\n[roots.keys.release]\nfile = \"release.pub\"\n[signed_by]\nsigner = [{ key = \"release\" }]\n";
    place.directory.write("policy.toml", signed);
    place.must(&[&["sign", &name(&amd64)], &RELEASE[..]].concat());
    place.ask(&name(&amd64), &[]).passes();
    place.ask(&tagged, &[]).denies(&["PLM-G0101"]);
    place.must(&[&["sign", &tagged], &RELEASE[..]].concat());
    place.ask(&tagged, &[]).passes();
    place.ask(&name(&arm64), &[]).denies(&["PLM-G0101"]);
}

#[test]
fn an_index_of_one_image_is_known_as_a_whole() {
    let place = place();
    let mut layout = Layout::default();
    let image = layout.image("arm64", &[GOOD]);
    let index = layout.buildkit("arm64", &image, &[b"{}"]);
    layout.write(&place.path("layout"), &index);
    let answer = place.ask("oci-layout:layout", &["--scan"]);
    answer.passes();
    assert_eq!(answer.digest(), index);
}

#[test]
fn an_archive_of_two_images_is_not_known_by_its_first() {
    let place = place();
    let one = docker_archive("app:1", &[&[("app/requirements.txt", "flask==3.0.3\n")]]);
    place.directory.write("one.tar", &one);
    place.ask("docker-archive:one.tar", &["--scan"]).passes();
    let mut layout = Layout::default();
    let (good, bad) = (layout.image("amd64", &[GOOD]), layout.image("amd64", &[BAD]));
    layout.write_listing(&place.path("layout"), &[&good, &bad]);
    let mut files = vec![
        ("oci-layout".to_owned(), std::fs::read(place.path("layout/oci-layout")).unwrap()),
        ("index.json".to_owned(), std::fs::read(place.path("layout/index.json")).unwrap()),
    ];
    for entry in std::fs::read_dir(place.path("layout/blobs/sha256")).unwrap() {
        let path = entry.unwrap().path();
        files.push((format!("blobs/sha256/{}", path.file_name().unwrap().display()), std::fs::read(&path).unwrap()));
    }
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    place.directory.write("two.tar", tar(&files));
    place.ask("oci-archive:two.tar", &["--scan"]).denies(&["PLM-G0003"]);
}
