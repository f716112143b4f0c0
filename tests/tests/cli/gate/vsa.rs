//! `--vsa --sign`: what one gate decided about an image is what another goes by.

use plimsoll_tests::Layout;

use super::images::BUNDLE;
use super::mock_registry::MockRegistry;
use super::place::{Place, RELEASE};

const GATE: &str = "https://acme.example/gate";
const FILES: &[(&str, &[u8])] = &[("app/requirements.txt", b"flask==3.0.3\n")];

/// What the second gate asks for.
fn second(verifier: &str, key: &str, more: &str) -> String {
    format!(
        "version = 1\n[roots.keys.release]\nfile = \"release.pub\"\n[roots.keys.other]\nfile = \"other.pub\"\n\
         [[vsa]]\nverifier = \"{verifier}\"\nsigner = [{{ key = \"{key}\" }}]\nresource = \"pkg:oci/app@*?repository_url=*/acme/app\"\n{more}"
    )
}

/// Two images in a registry, of which the first is signed.
struct Fleet {
    place: Place,
    registry: MockRegistry,
    layout: Layout,
    images: [String; 2],
}

impl Fleet {
    fn new() -> Self {
        let (place, registry) = (Place::bare(), MockRegistry::start());
        let mut layout = Layout::default();
        let images = ["amd64", "arm64"].map(|architecture| layout.image(architecture, &[FILES]));
        for (image, tag) in images.iter().zip(["1", "2"]) {
            layout.push(&registry.host, "acme/app", image, tag);
        }
        let policy = "version = 1\n[roots.keys.release]\nfile = \"release.pub\"\n[signed_by]\nsigner = [{ key = \"release\" }]\n";
        place.directory.write("policy.toml", policy);
        let other = plimsoll_tests::workspace().join("testdata/verify/key.pub");
        std::fs::copy(other, place.path("other.pub")).unwrap();
        let fleet = Self { place, registry, layout, images };
        fleet.place.must(&[&["sign", fleet.name("1").as_str()], &RELEASE[..]].concat());
        fleet
    }

    fn name(&self, tag: &str) -> String {
        format!("registry:{}/acme/app:{tag}", self.registry.host)
    }

    /// Decides, and attaches a signed summary of it.
    fn decide(&self, tag: &str, more: &[&str]) -> plimsoll_tests::Outcome {
        let name = self.name(tag);
        let words = ["gate", &name, "--policy", "policy.toml", "--sign", "--verifier-id", GATE];
        self.place.run(&[&words, &RELEASE[..], more].concat())
    }

    /// What is asked by another policy.
    fn ask(&self, tag: &str, policy: &str) -> super::place::Answer {
        self.place.directory.write("second/policy.toml", policy);
        for key in ["release.pub", "other.pub"] {
            std::fs::copy(self.place.path(key), self.place.path("second").join(key)).unwrap();
        }
        self.place.ask_by("second/policy.toml", &self.name(tag), &[])
    }
}

#[test]
fn a_summary_is_attached_and_another_gate_goes_by_it() {
    let fleet = Fleet::new();
    fleet.ask("1", &second(GATE, "release", "")).denies(&["PLM-G1101"]);
    let decided = fleet.decide("1", &["--vsa", "vsa.json"]);
    assert_eq!(decided.status, Some(0), "{}{}", decided.stdout, decided.stderr);
    assert!(decided.stderr.contains("attached to"), "{}", decided.stderr);
    let pinned = format!("registry:{}/acme/app@{}", fleet.registry.host, fleet.images[0]);
    let listed = fleet.place.must(&["referrers", &pinned]);
    assert!(listed.stdout.contains("https://slsa.dev/verification_summary/v1"), "{}", listed.stdout);

    let resource =
        format!("pkg:oci/app@{}?repository_url={}/acme/app", fleet.images[0].replace(':', "%3A"), fleet.registry.host);
    let verify = |verifier: &str, resource: &str| {
        let words = ["vsa", "verify", &fleet.name("1"), "--verifier-id", verifier, "--resource-uri", resource];
        fleet.place.run(&[&words[..], &["--key", "release.pub", "--no-tlog"]].concat())
    };
    let verified = verify(GATE, &resource);
    assert_eq!(verified.status, Some(0), "{}{}", verified.stdout, verified.stderr);
    assert_eq!(verify("https://acme.example/other", &resource).status, Some(1));
    assert_eq!(verify(GATE, &resource.replace("acme/app", "acme/other")).status, Some(1));

    fleet.ask("1", &second(GATE, "release", "")).passes();
    fleet.ask("1", &second("https://acme.example/other", "release", "")).denies(&["PLM-G1102"]);
    fleet.ask("1", &second(GATE, "other", "")).denies(&["PLM-G1102"]);
    fleet.ask("1", &second(GATE, "release", "levels = [\"SLSA_BUILD_LEVEL_3\"]\n")).denies(&["PLM-G1102"]);
    let policy = std::fs::read(fleet.place.path("policy.toml")).unwrap();
    let by = |digest: String| fleet.ask("1", &second(GATE, "release", &format!("policy = \"sha256:{digest}\"\n")));
    by(plimsoll_tests::sha256(&policy)).passes();
    by("a".repeat(64)).denies(&["PLM-G1102"]);
}

#[test]
fn a_summary_that_says_no_or_is_about_another_image_lets_nothing_pass() {
    let mut fleet = Fleet::new();
    // Nobody signed the second one.
    let denied = fleet.decide("2", &["--vsa", "no.json"]);
    assert_eq!(denied.status, Some(1), "{}{}", denied.stdout, denied.stderr);
    fleet.ask("2", &second(GATE, "release", "")).denies(&["PLM-G1102"]);
    let decided = fleet.decide("1", &["--vsa", "yes.json"]);
    assert_eq!(decided.status, Some(0), "{}", decided.stderr);
    let bytes = std::fs::read(fleet.place.path("yes.json")).unwrap();
    fleet.layout.referrer(&fleet.images[1].clone(), BUNDLE, &bytes);
    fleet.layout.push(&fleet.registry.host, "acme/app", &fleet.images[1], "2");
    let answer = fleet.ask("2", &second(GATE, "release", ""));
    answer.denies(&["PLM-G1102"]);
    // A summary is no signature of the image.
    fleet.place.ask(&fleet.name("2"), &[]).denies(&["PLM-G0102"]);
}

#[test]
fn what_a_summary_needs_is_asked_for() {
    let fleet = Fleet::new();
    let name = fleet.name("1");
    let usual = ["gate", &name, "--policy", "policy.toml"];
    for (more, says) in [
        (&["--sign", "--key", "release.key", "--no-tlog"][..], "--verifier-id"),
        (&["--sign", "--key", "release.key", "--no-tlog", "--verifier-id", "gate"], "not a URI"),
        (&["--vsa", "x.json"], "--verifier-id"),
        (&["--key", "release.key"], "--sign"),
    ] {
        let outcome = fleet.place.run(&[&usual, more].concat());
        assert!(outcome.status == Some(2) && outcome.stderr.contains(says), "{more:?}: {}", outcome.stderr);
    }
    assert!(!fleet.place.path("x.json").exists());
}
