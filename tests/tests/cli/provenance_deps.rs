//! `plimsoll provenance deps` and `fetch`, with a registry on this machine and a private Sigstore.

use std::fs;

use plimsoll_tests::{AnswerServer, Outcome, PrivateSigstore, plimsoll, sha256};
use serde_json::Value;

/// A gem that a repository built, in an SBOM.
struct Place {
    sigstore: PrivateSigstore,
}

impl Place {
    fn new() -> Self {
        let sigstore = PrivateSigstore::start(|_| {}).unwrap();
        let hash = sha256(b"gem");
        let gem = format!(
            r#"{{"type": "library", "name": "app", "purl": "pkg:gem/app@1.0",
                "hashes": [{{"alg": "SHA-256", "content": "{hash}"}}]}}"#
        );
        let sneaky = r#"{"type": "library", "name": "\u001b[31mred"}"#;
        let sbom = format!(r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{gem}, {sneaky}]}}"#);
        sigstore.write("sbom.json", sbom);
        Self { sigstore }
    }

    /// The registry, where a repository built the gem; none where nothing is published.
    fn registry(&self, repository: Option<&str>) -> AnswerServer {
        let answer = |repository| {
            let bundle = self.sigstore.provenance(repository, "app-1.0.gem", b"gem").unwrap();
            ("/api/v1/attestations/app-1.0.json".to_owned(), (200, format!("[{bundle}]")))
        };
        AnswerServer::start(repository.map(answer))
    }

    fn run(&self, command: &str, registry: &AnswerServer, more: &[&str]) -> Outcome {
        let mut line = plimsoll(["provenance", command, "sbom.json", "--retries", "0"]);
        line.args(["--registry", &format!("gem={}", registry.url())]).args(["--trusted-root", "trusted_root.json"]);
        line.args(more).current_dir(self.sigstore.file("sbom.json").parent().unwrap());
        Outcome::from(line.output().unwrap())
    }

    fn deps(&self, registry: &AnswerServer, more: &[&str]) -> Outcome {
        self.run("deps", registry, more)
    }

    fn issuer(&self) -> String {
        self.sigstore.stack.issuer(&self.sigstore.identity)
    }
}

#[test]
fn who_is_expected_decides() {
    let place = Place::new();
    let registry = place.registry(Some("acme/gem"));
    let nobody = place.deps(&registry, &[]);
    assert_eq!(nobody.status, Some(0), "{}", nobody.stderr);
    assert!(nobody.stdout.contains("unpinned (1)") && nobody.stdout.contains("(UNTRUSTED)"), "{}", nobody.stdout);
    assert!(!nobody.stdout.contains('\u{1b}'), "{:?}", nobody.stdout);
    assert_eq!(place.deps(&registry, &["--require", "gem"]).status, Some(1));
    let issuer = place.issuer();
    let expect = |repository: &str| {
        place.deps(&registry, &["--expect", &format!("pkg:gem/*=github.com/{repository}"), "--issuer", &issuer])
    };
    let right = expect("acme/gem");
    assert_eq!(right.status, Some(0), "{}", right.stderr);
    assert!(right.stdout.contains("verified (1)"), "{}", right.stdout);
    let wrong = expect("acme/other");
    assert_eq!(wrong.status, Some(1));
    assert!(wrong.stdout.contains("expected  https://github.com/acme/other"), "{}", wrong.stdout);
    for bad in ["pkg:gem/*", "gem=github.com/a/b", "pkg:gem/*=acme"] {
        assert_eq!(place.deps(&registry, &["--expect", bad]).status, Some(2), "{bad}");
    }
}

#[test]
fn the_lock_sees_a_change_and_a_loss_and_exceptions_end() {
    let place = Place::new();
    let (first, second, none) =
        (place.registry(Some("acme/gem")), place.registry(Some("evil/gem")), place.registry(None));
    let lock = ["--lock", "provenance.lock"];
    let with = |more: &[&'static str]| [&lock[..], more].concat();
    assert_eq!(place.deps(&first, &lock).status, Some(3), "there is no lock yet");
    assert_eq!(place.deps(&first, &with(&["--update-lock"])).status, Some(0));
    let written = fs::read_to_string(place.sigstore.file("provenance.lock")).unwrap();
    assert!(written.contains("purl = \"pkg:gem/app\"") && !written.contains("refs/heads"), "{written}");
    assert!(place.deps(&first, &lock).stdout.contains("expected by the lock"));

    let changed = place.deps(&second, &with(&["--update-lock"]));
    assert_eq!(changed.status, Some(1), "{}", changed.stdout);
    assert!(changed.stdout.contains("unexpected-identity (1)"), "{}", changed.stdout);
    assert_eq!(fs::read_to_string(place.sigstore.file("provenance.lock")).unwrap(), written);
    let lost = place.deps(&none, &lock);
    assert_eq!(lost.status, Some(1));
    assert!(lost.stdout.contains("the lock says that there was"), "{}", lost.stdout);

    let exception = |expires: &str| {
        let text = format!(
            "version = 1\n[[exception]]\nid = \"EX-1\"\nscope = [\"pkg:gem/app\"]\nrule = [\"dependencies.lost\"]\n\
             reason = \"known\"\nowner = \"ada\"\napprover = \"bob\"\ncreated = 2026-01-01\nexpires = {expires}\n"
        );
        place.sigstore.write("exceptions.toml", text);
        place.deps(&none, &with(&["--exceptions", "exceptions.toml"]))
    };
    let excused = exception("2999-01-01");
    assert_eq!(excused.status, Some(0), "{}{}", excused.stdout, excused.stderr);
    assert!(excused.stdout.contains("excused by EX-1"), "{}", excused.stdout);
    let expired = exception("2026-01-02");
    assert_eq!(expired.status, Some(1));
    assert!(expired.stderr.contains("EX-1") && expired.stderr.contains("expired"), "{}", expired.stderr);

    let accepted = place.deps(&second, &with(&["--update-lock", "--accept", "pkg:gem/app"]));
    assert_eq!(accepted.status, Some(1), "this run still tells");
    assert_eq!(place.deps(&second, &lock).status, Some(0));
}

#[test]
fn a_policy_says_who_and_what() {
    let place = Place::new();
    let registry = place.registry(Some("acme/gem"));
    let issuer = place.issuer();
    let policy = |default: &str, repository: &str, require: &str| {
        let text = format!(
            "version = 1\n[dependencies]\ndefault = \"{default}\"\nrequire = {{ gem = \"{require}\" }}\n\
             tofu = \"provenance.lock\"\n[[dependencies.identity]]\nmatch = [\"pkg:gem/*\"]\n\
             source = \"github.com/{repository}\"\nsigner = {{ san = \"source\", issuer = \"{issuer}\" }}\n"
        );
        place.sigstore.write("policy.toml", text);
        place.deps(&registry, &["--policy", "policy.toml", "--update-lock"])
    };
    let right = policy("deny", "acme/gem", "provenance");
    assert_eq!(right.status, Some(0), "{}{}", right.stdout, right.stderr);
    assert!(right.stdout.contains("expected by policy.toml:6"), "{}", right.stdout);
    let wrong = policy("deny", "acme/other", "provenance");
    assert_eq!(wrong.status, Some(1), "{}{}", wrong.stdout, wrong.stderr);
    let told = policy("warn", "acme/other", "provenance");
    assert_eq!(told.status, Some(0), "{}{}", told.stdout, told.stderr);
    assert!(told.stdout.contains("unexpected-identity (1)"), "{}", told.stdout);
}

#[test]
fn without_a_network_the_record_is_asked() {
    let place = Place::new();
    let registry = place.registry(Some("acme/gem"));
    let fetched = place.run("fetch", &registry, &["-o", "evidence.tar"]);
    assert_eq!(fetched.status, Some(0), "{}", fetched.stderr);
    let nobody = AnswerServer::start([]);
    let offline = place.deps(&nobody, &["--offline", "--evidence", "evidence.tar"]);
    assert_eq!(offline.status, Some(0), "{}", offline.stderr);
    assert!(offline.stdout.contains("unpinned (1)") && offline.stdout.contains("asked nobody"), "{}", offline.stdout);
    assert_eq!(place.deps(&registry, &["--offline"]).status, Some(2));
    assert_eq!(place.run("fetch", &registry, &["-o", "x.tar", "--offline"]).status, Some(2));
    place.sigstore.write("broken.tar", "nothing");
    assert_eq!(place.deps(&nobody, &["--evidence", "broken.tar"]).status, Some(3));
}

#[test]
fn who_cannot_be_asked_is_no_answer() {
    let place = Place::new();
    let down = AnswerServer::start([("/api/v1/attestations/app-1.0.json".to_owned(), (500, String::new()))]);
    let outcome = place.deps(&down, &[]);
    assert_eq!(outcome.status, Some(3));
    assert!(outcome.stdout.contains("unreachable (1)"), "{}", outcome.stdout);
    assert_eq!(place.deps(&down, &["--allow-incomplete"]).status, Some(0));
    assert_eq!(place.deps(&down, &["--allow-incomplete", "--require", "all"]).status, Some(1));
    assert_eq!(place.deps(&down, &["--only", "npm"]).status, Some(0));
}

#[test]
fn each_format_says_it() {
    let place = Place::new();
    let registry = place.registry(Some("acme/gem"));
    let print = |format: &str| place.deps(&registry, &["--format", format]).stdout;
    assert!(
        print("csv").starts_with("status,component,service,source,identity,issuer,digest from,fails,why\r\nunpinned,")
    );
    assert!(print("markdown").contains("| unpinned | pkg:gem/app@1.0 | gem | https://github.com/acme/gem |"));
    let sarif: Value = serde_json::from_str(&print("sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "dependencies.unpinned");
    let json: Value = serde_json::from_str(&print("json")).unwrap();
    assert_eq!((&json["components"][0]["trusted"], &json["counts"]["notApplicable"]), (&false.into(), &1.into()));
}
