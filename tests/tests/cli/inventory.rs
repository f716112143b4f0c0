//! `inventory`: what is added, told and taken out again.

use std::process::Stdio;

use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll};
use serde_json::Value;

/// An inventory in a directory of its own.
struct Store(TemporaryDirectory);

impl Store {
    fn new() -> Self {
        Self(TemporaryDirectory::new())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with(arguments, b"")
    }

    fn run_with(&self, arguments: &[&str], input: &[u8]) -> Outcome {
        let mut command = plimsoll(["inventory"]);
        command.args(arguments).env("PLIMSOLL_STORE", self.path("inventory.db"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Who does not read its input closes it.
        drop(std::io::Write::write_all(&mut child.stdin.take().unwrap(), input));
        Outcome::from(child.wait_with_output().unwrap())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let outcome = self.run(&[arguments, &["--format", "json"]].concat());
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {}", outcome.stderr))
    }
}

fn sbom(name: &str, version: &str, digest: &str) -> String {
    let hashes = match digest {
        "" => String::new(),
        hex => format!(r#", "hashes": [{{"alg": "SHA-256", "content": "{hex}"}}]"#),
    };
    format!(
        r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {{"component": {{"type": "container", "bom-ref": "r",
        "name": "{name}", "version": "{version}"{hashes}}}}},
        "components": [{{"type": "library", "name": "lodash", "version": "4.17.20", "purl": "pkg:npm/lodash@4.17.20"}}]}}"#
    )
}

#[test]
fn directories_are_added_once_and_nothing_is_dropped_silently() {
    let store = Store::new();
    let bytes = sbom("shop", "1", "");
    store.0.write("in/app.cdx.json", &bytes);
    store.0.write("in/deep/er/two.json", sbom("shop", "2", ""));
    store.0.write("in/cut.cdx.json", &bytes[..90]);
    store.0.write("in/empty.spdx.json", "");
    store.0.write("in/readme.md", "words");
    store.0.write("in/package.json", r#"{"name": "x"}"#);
    std::os::unix::fs::symlink("..", store.0.path().join("in/deep/circle")).unwrap();
    let directory = store.path("in");
    let report = store.json(&["add", &directory, "--team", "web"]);
    let counts = ["added", "known", "failed", "other"].map(|name| report[name].as_u64().unwrap());
    assert_eq!(counts, [2, 0, 2, 3], "{report}");
    assert_eq!(store.run(&["add", &directory, "--strict"]).status, Some(4));
    let list = store.json(&["list", "--team", "web"]);
    assert_eq!((list["artifacts"].as_u64(), list["denominator"]["failed"].as_u64()), (Some(2), Some(2)), "{list}");
    // Once it can be read, it is no failure any more.
    store.0.write("in/cut.cdx.json", sbom("shop", "3", ""));
    store.json(&["add", &directory]);
    assert_eq!(store.json(&["list"])["denominator"]["failed"], 1);
    assert_eq!(store.run(&["add", &store.path("nothing")]).status, Some(3));
    assert_eq!(store.run(&["add", &store.path("in/readme.md")]).status, Some(3));
}

#[test]
fn documents_come_by_pipe_list_and_name() {
    let store = Store::new();
    let tar = plimsoll_tests::tar(&[
        ("a.json", sbom("a", "1", "").as_bytes()),
        ("evil\u{1b}[2J.cdx.json", b"{\"bomFormat\": \"CycloneDX\""),
        ("note", b"no"),
    ]);
    let outcome = store.run_with(&["add", "-"], &tar);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    assert!(
        outcome.stdout.starts_with("1 added, 0 known before, 1 could not be read, 1 passed over"),
        "{}",
        outcome.stdout
    );
    assert!(!outcome.stderr.contains('\u{1b}') && outcome.stderr.contains("stdin:evil"), "{}", outcome.stderr);
    assert_eq!(store.run_with(&["add", "-"], sbom("b", "1", "").as_bytes()).status, Some(0));
    let path = store.0.write("in/desk-2.4.json", sbom("", "", ""));
    let name = r"(?<name>[^/]+)-(?<version>[0-9.]+)[.]json$";
    let list = format!("{}\n{}\n", path.display(), store.path("gone.json"));
    let outcome =
        store.run_with(&["add", "--from-list", "-", "--artifact-from-name", name, "--strict"], list.as_bytes());
    assert_eq!(outcome.status, Some(4), "{}", outcome.stderr);
    let names = store.run(&["list", "--format", "csv"]).stdout;
    assert!(names.contains("desk,2.4,") && names.contains("\r\nb,1,"), "{names}");
    assert_eq!(store.run(&["add", "x", "--artifact-from-name", "(?<team>x)"]).status, Some(2));
}

#[test]
fn what_runs_is_told_and_counted() {
    let store = Store::new();
    let (known, unknown) = ("a".repeat(64), "b".repeat(64));
    store.run_with(&["add", "-"], sbom("shop", "1", &known).as_bytes());
    let list = format!("acme/shop@sha256:{known} web/shop\nsha256:{unknown}\n");
    let outcome = store.run_with(&["deployed", "-", "--env", "prod", "--cluster", "eu"], list.as_bytes());
    let told = "2 run in prod on eu: 2 new, 0 ended; 1 images run and were never scanned\n";
    assert_eq!(outcome.stdout, told, "{}", outcome.stderr);
    assert_eq!(store.json(&["list"])["denominator"]["neverScanned"], 1);
    let shown = store.run(&["show", &known[..12]]).stdout;
    assert!(shown.contains("runs         prod on eu: web/shop"), "{shown}");
    let gone = format!("sha256:{unknown}\n");
    let outcome = store.run_with(&["deployed", "-", "--env", "prod", "--cluster", "eu"], gone.as_bytes());
    assert!(outcome.stdout.contains("0 new, 1 ended"), "{}", outcome.stdout);
}

#[test]
fn artifacts_are_labelled_written_out_and_taken_out() {
    let store = Store::new();
    let bytes = sbom("acme/shop", "1", "");
    store.run_with(&["add", "-"], bytes.as_bytes());
    store.run_with(&["add", "-"], sbom("acme/desk", "1", "").as_bytes());
    let table = store.0.write("owners.csv", "artifact,team,owner\r\nacme/*,web,\"Smith, Ann\"\r\nnobody,x,y\r\n");
    let outcome = store.run(&["label", "--from", table.to_str().unwrap()]);
    assert!(
        outcome.stderr.contains("no artifact nobody") && outcome.stderr.contains("2 artifacts"),
        "{}",
        outcome.stderr
    );
    assert_eq!(store.run(&["label", "acme/shop", "tier=1", "team="]).status, Some(0));
    let shown = store.json(&["show", "acme/shop"]);
    assert_eq!(shown["labels"], serde_json::json!({ "owner": "Smith, Ann", "tier": "1" }));
    let out = store.path("out");
    assert_eq!(store.run(&["export", "acme/shop", "--output", &out]).status, Some(0));
    let digest = shown["documents"][0]["digest"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    let written = std::fs::read(format!("{out}/{digest}.cdx.json")).unwrap();
    assert_eq!(written, bytes.as_bytes());
    assert_eq!(store.run(&["remove"]).status, Some(2));
    assert_eq!(store.run(&["remove", "--name", "acme/s*", "--dry-run"]).stdout, "acme/shop@1\n");
    assert_eq!(store.run(&["remove", "--name", "acme/s*"]).stdout, "1 artifact and 1 document taken out\n");
    assert_eq!(store.json(&["list"])["artifacts"], 1);
    assert_eq!(store.run(&["show", "nobody"]).status, Some(3));
}

#[test]
fn attestations_are_kept_with_what_is_known_of_their_signature() {
    let store = Store::new();
    let hex = "c".repeat(64);
    let statement = format!(
        r#"{{"_type": "https://in-toto.io/Statement/v1", "subject": [{{"name": "shop", "digest": {{"sha256": "{hex}"}}}}],
        "predicateType": "https://cyclonedx.org/bom", "predicate": {}}}"#,
        sbom("shop", "1", "")
    );
    store.0.write("in/shop.intoto.json", &statement);
    let report = store.json(&["add", &store.path("in")]);
    assert_eq!(
        (report["added"].as_u64(), report["attestations"]["unverified"].as_u64()),
        (Some(1), Some(1)),
        "{report}"
    );
    let shown = store.json(&["show", &hex[..12]]);
    assert_eq!(shown["attestations"][0]["reason"], "it is not signed", "{shown}");
    assert_eq!(shown["documents"][0]["claim"], "unsigned claim");
}

#[test]
fn objects_of_a_store_are_added_and_come_back_as_an_archive() {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for _ in 0..4 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") {
                stream.read_exact(&mut byte).unwrap();
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap();
            let document = |name: &str| {
                format!(
                    r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {{"component": {{"type": "application",
                    "name": "{name}", "version": "1"}}}}, "components": [{{"type": "library", "name": "a", "version": "1",
                    "purl": "pkg:npm/a@1"}}]}}"#
                )
            };
            let object = |key: &str, size: u32| format!("<Contents><Key>{key}</Key><Size>{size}</Size></Contents>");
            let body = match head.split(' ').nth(1).unwrap() {
                "/boxes/s/a.cdx.json" => document("shop"),
                "/boxes/s/b.cdx.json" => document("desk"),
                "/boxes/s/readme" => "hello".to_owned(),
                _ => format!(
                    "<ListBucketResult>{}{}{}{}</ListBucketResult>",
                    object("s/", 0),
                    object("s/a.cdx.json", 300),
                    object("s/b.cdx.json", 300),
                    object("s/readme", 5)
                ),
            };
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
                .unwrap();
            asked.push(head);
        }
        asked
    });
    let store = Store::new();
    let mut add = plimsoll(["inventory", "add", "s3://boxes/s/", "--store", &store.path("i.db")]);
    add.env("AWS_ENDPOINT_URL", &address).env("AWS_ACCESS_KEY_ID", "key").env("AWS_SECRET_ACCESS_KEY", "s3cret");
    let added = Outcome::from(add.output().unwrap());
    assert_eq!(added.stdout, "2 added, 0 known before, 0 could not be read, 2 passed over\n", "{}", added.stderr);
    let asked = served.join().unwrap();
    assert!(asked.iter().all(|head| head.contains("AWS4-HMAC-SHA256 Credential=key/") && !head.contains("s3cret")));
    let offline = plimsoll(["--offline", "inventory", "add", "s3://boxes", "--store", &store.path("i.db")]).output();
    assert_eq!(offline.unwrap().status.code(), Some(2));
    // All of it as an archive, which is read again; the same bytes each time.
    let tar = |name: &str| {
        let path = store.path(name);
        let written = plimsoll(["inventory", "export", "-o", &path, "--store", &store.path("i.db")]).output().unwrap();
        assert!(written.status.success());
        std::fs::read(path).unwrap()
    };
    assert!(tar("one.tar") == tar("two.tar"));
    let again =
        plimsoll(["inventory", "add", &store.path("one.tar"), "--store", &store.path("j.db")]).output().unwrap();
    let again = Outcome::from(again);
    assert_eq!(again.stdout, "2 added, 0 known before, 0 could not be read, 0 passed over\n", "{}", again.stderr);
}
