//! Images: what is attached to them in a registry or a layout, and what is in them.

use plimsoll_tests::Layout;

use super::mock_registry::MockRegistry;
use super::place::{Place, RELEASE, STRANGER, sbom};

pub(super) const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const BASE: &str = r#"{"org.opencontainers.image.base.name":"registry.example/base/debian:12"}"#;

pub(super) const POLICY: &str = r#"version = 1
[roots.keys.release]
file = "release.pub"

[signed_by]
signer = [{ key = "release" }]

[sbom]

[packages]
deny = [{ match = "pkg:pypi/evil" }]

[base_image]
allow = ["oci:registry.example/base/*"]
"#;

/// An image in a registry, `:1` of its repository.
struct Ship {
    place: Place,
    registry: MockRegistry,
    layout: Layout,
    image: String,
}

impl Ship {
    fn new(labels: &str, requirements: &str) -> Self {
        let mut layout = Layout::default();
        let files: &[(&str, &[u8])] = &[("app/requirements.txt", requirements.as_bytes())];
        let image = layout.labelled("amd64", labels, &[files]);
        let (place, registry) = (Place::bare(), MockRegistry::start());
        place.directory.write("policy.toml", POLICY);
        layout.push(&registry.host, "acme/app", &image, "1");
        Self { place, registry, layout, image }
    }

    fn name(&self) -> String {
        format!("registry:{}/acme/app:1", self.registry.host)
    }

    fn signed(self) -> Self {
        self.place.must(&[&["sign", self.name().as_str()], &RELEASE[..]].concat());
        self
    }

    fn attested(self, what: &[&str], key: &[&str]) -> Self {
        self.place.must(&[&["attest", self.name().as_str()], what, key].concat());
        self
    }

    /// Pushes what refers to the image.
    fn attach(&mut self, artifact_type: &str, bytes: &[u8]) {
        self.layout.referrer(&self.image, artifact_type, bytes);
        self.layout.push(&self.registry.host, "acme/app", &self.image, "1");
    }
}

#[test]
fn what_is_attached_in_a_registry_counts_and_in_a_layout_too() {
    let ship = Ship::new(BASE, "flask==3.0.3\n").signed().attested(&["--scan"], &RELEASE);
    let answer = ship.place.ask(&ship.name(), &[]);
    answer.passes();
    assert_eq!(answer.digest(), ship.image);
    ship.place.ask(&ship.name(), &["--scan"]).passes();
    let pinned = format!("registry:{}/acme/app@{}", ship.registry.host, ship.image);
    ship.place.ask(&pinned, &[]).passes();

    ship.place.must(&["copy", &ship.name(), "oci-layout:layout:1"]);
    let answer = ship.place.ask("oci-layout:layout:1", &["--offline"]);
    answer.passes();
    assert_eq!(answer.digest(), ship.image);
    ship.place.ask("oci-layout:layout:1", &["--offline", "--scan"]).passes();
    // What was attached and what was found are kept, and asked for nowhere else.
    ship.place.ask("oci-layout:layout:1", &["--scan", "--keep", "kept"]).passes();
    std::fs::rename(ship.place.path("layout"), ship.place.path("elsewhere")).unwrap();
    ship.place.must(&["gate", "--replay", "kept"]);
    std::fs::rename(ship.place.path("elsewhere"), ship.place.path("layout")).unwrap();
    // Evidence that is named stands in for what is attached.
    ship.place.must(&[&["sign", ship.image.as_str(), "--bundle", "only.json"], &RELEASE[..]].concat());
    ship.place.ask("oci-layout:layout:1", &["--bundle", "only.json"]).denies(&["PLM-G0002", "PLM-G0301"]);
    let refused = ship.place.run(&["--offline", "gate", &ship.name(), "--policy", "policy.toml"]);
    assert_eq!(refused.status, Some(2), "{}", refused.stderr);
}

#[test]
fn evidence_about_another_digest_proves_nothing() {
    let mut ship = Ship::new(BASE, "flask==3.0.3\n");
    let other = format!("sha256:{}", "a".repeat(64));
    ship.place.directory.write("good.json", sbom("pkg:pypi/flask@3.0.3"));
    ship.place.must(&[&["sign", other.as_str(), "--bundle", "one.json"], &RELEASE[..]].concat());
    ship.place
        .must(&[&["attest", other.as_str(), "--sbom", "good.json", "--bundle", "two.json"], &RELEASE[..]].concat());
    for name in ["one.json", "two.json"] {
        ship.attach(BUNDLE, &std::fs::read(ship.place.path(name)).unwrap());
    }
    let answer = ship.place.ask(&ship.name(), &[]);
    answer.denies(&["PLM-G0002", "PLM-G0102", "PLM-G0302"]);
    assert!(answer.report.to_string().contains("PLM-V0202"), "{:#}", answer.report);
}

#[test]
fn an_sbom_that_nobody_named_signed_is_none() {
    let mut ship = Ship::new(BASE, "flask==3.0.3\n").signed();
    ship.attach("application/vnd.cyclonedx+json", sbom("pkg:pypi/flask@3.0.3").as_bytes());
    ship.place.ask(&ship.name(), &[]).denies(&["PLM-G0002", "PLM-G0301"]);
    // What is in it can be seen; that there is an SBOM cannot.
    ship.place.ask(&ship.name(), &["--scan"]).denies(&["PLM-G0301"]);
    let ship = ship.attested(&["--scan"], &STRANGER);
    ship.place.ask(&ship.name(), &[]).denies(&["PLM-G0002", "PLM-G0302"]);
}

#[test]
fn a_package_that_the_sbom_hides_is_found_by_looking() {
    let ship = Ship::new(BASE, "evil==1.0\n").signed();
    ship.place.directory.write("good.json", sbom("pkg:pypi/flask@3.0.3"));
    let ship = ship.attested(&["--sbom", "good.json"], &RELEASE);
    // Whoever signs the SBOM is believed, until somebody looks.
    ship.place.ask(&ship.name(), &[]).passes();
    let answer = ship.place.ask(&ship.name(), &["--scan"]);
    answer.denies(&["PLM-G0801"]);
    assert!(answer.report.to_string().contains("(observed)"), "{:#}", answer.report);
    ship.place.directory.write("policy.toml", POLICY.replace("[sbom]", "[sbom]\ntrue = true"));
    ship.place.ask(&ship.name(), &[]).denies(&["PLM-G0303", "PLM-G0801"]);
    // What was looked at in part is not known.
    let left_out = ["--exclude", "app/**"];
    ship.place.ask(&ship.name(), &left_out).denies(&["PLM-G0003", "PLM-G0303"]);
}

#[test]
fn the_base_is_what_the_image_says() {
    for (labels, code) in [(BASE.replace("registry.example", "other.example"), "PLM-G0701"), ("{}".into(), "PLM-G0702")]
    {
        let ship = Ship::new(&labels, "flask==3.0.3\n").signed().attested(&["--scan"], &RELEASE);
        ship.place.ask(&ship.name(), &[]).denies(&[code]);
    }
}

#[test]
fn what_is_broken_beside_what_is_sound_hides_and_proves_nothing() {
    let mut ship = Ship::new(BASE, "flask==3.0.3\n").signed().attested(&["--scan"], &RELEASE);
    ship.attach(BUNDLE, b"{}");
    ship.attach(BUNDLE, b"\xff");
    ship.place.ask(&ship.name(), &[]).passes();

    // Layers that are not what the manifest names, or are gone, were not looked into.
    ship.place.must(&["copy", &ship.name(), "oci-layout:layout:1"]);
    let (layer, _) = ship.layout.blobs.iter().find(|(_, bytes)| bytes.windows(5).any(|held| held == b"flask")).unwrap();
    let file = ship.place.path("layout/blobs/sha256").join(layer.trim_start_matches("sha256:"));
    let bytes = std::fs::read(&file).unwrap();
    for other in [Some(String::from_utf8(bytes).unwrap().replace("flask", "quart")), None] {
        match other {
            Some(text) => std::fs::write(&file, text).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        ship.place.ask("oci-layout:layout:1", &[]).passes();
        let words = ["gate", "oci-layout:layout:1", "--policy", "policy.toml", "--no-tlog", "--scan"];
        let outcome = ship.place.run(&words);
        assert_ne!(outcome.status, Some(0), "{}{}", outcome.stdout, outcome.stderr);
    }
}
