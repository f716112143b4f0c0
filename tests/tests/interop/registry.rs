//! Images from `docker-registry` (the Debian package), on loopback: the same documents as from the layout that was
//! pushed, whatever happens to the connection, and none when the registry's bytes are not the ones that were pushed.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use plimsoll_tests::{Layout, Outcome, TemporaryDirectory, plimsoll, skip_without};
use serde_json::Value;

mod signing;

/// A registry that ends with the test.
struct Registry {
    child: Child,
    host: String,
    data: TemporaryDirectory,
}

impl Registry {
    /// Starts one on a free port; `None`, which is said, when the program is not there.
    fn start() -> Option<Self> {
        let data = TemporaryDirectory::new();
        let root = data.path().join("data");
        let config = format!(
            "version: 0.1\nlog:\n  level: info\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:0\n",
            root.display()
        );
        let config = data.write("config.yml", config);
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let Ok(mut child) = command.spawn() else {
            skip_without("docker-registry");
            return None;
        };
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let host = loop {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "docker-registry ended");
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.split(['"', ',', ' ']).next().unwrap().to_owned();
            }
        };
        // It must not stop for want of a reader.
        thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Some(Self { child, host, data })
    }

    /// Where the registry keeps a blob.
    fn blob(&self, digest: &str) -> std::path::PathBuf {
        let hex = digest.trim_start_matches("sha256:");
        self.data.path().join(format!("data/docker/registry/v2/blobs/sha256/{}/{hex}/data", &hex[..2]))
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

const STATUS: &[u8] = b"Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.2.13\n\n";
const OS: &[u8] = b"ID=debian\nVERSION_ID=12\n";

/// An index of two images; returns it and its digest.
fn layout() -> (Layout, String) {
    let noise: Vec<u8> = (0..500_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let base: &[(&str, &[u8])] = &[("etc/os-release", OS), ("var/lib/dpkg/status", STATUS), ("noise", &noise)];
    let mut layout = Layout::default();
    let amd64 = layout.image("amd64", &[base, &[("app/requirements.txt", b"flask==3.0.3\n")]]);
    let arm64 = layout.image("arm64", &[base, &[("app/requirements.txt", b"flask==3.0.2\n")]]);
    let index = layout.index(&[("amd64", &amd64), ("arm64", &arm64)]);
    (layout, index)
}

fn scan(source: &str, more: &[&str]) -> Outcome {
    let mut arguments = vec!["scan", source, "-o", "cyclonedx-json"];
    arguments.extend(more);
    Outcome::from(plimsoll(arguments).output().unwrap())
}

/// The document without what names the source.
fn content(outcome: &Outcome) -> Value {
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let root = document["metadata"]["component"]["bom-ref"].as_str().unwrap().to_owned();
    let mut document: Value = serde_json::from_str(&outcome.stdout.replace(&root, "ROOT")).unwrap();
    let members = document.as_object_mut().unwrap();
    members.remove("serialNumber");
    let component = members["metadata"]["component"].as_object_mut().unwrap();
    for named in ["name", "version", "purl"] {
        component.remove(named);
    }
    let names = |property: &Value| {
        ["plimsoll:image:tag", "plimsoll:image:index-digest"].contains(&property["name"].as_str().unwrap())
    };
    component["properties"].as_array_mut().unwrap().retain(|property| !names(property));
    document
}

#[test]
fn a_registry_gives_what_its_layout_gives() {
    let Some(registry) = Registry::start() else { return };
    let (layout, index) = layout();
    let directory = TemporaryDirectory::new();
    layout.write(directory.path(), &index);
    layout.push(&registry.host, "acme/app", &index, "1.0");
    let local = format!("oci-layout:{}", directory.path().display());
    for platform in ["linux/amd64", "linux/arm64"] {
        let expected = content(&scan(&local, &["--platform", platform]));
        assert!(expected["components"].as_array().unwrap().len() > 2);
        for name in ["acme/app:1.0".to_owned(), format!("acme/app@{index}"), format!("acme/app:x@{index}")] {
            let outcome = scan(&format!("registry:{}/{name}", registry.host), &["--platform", platform]);
            assert!(outcome.stderr.contains(&format!("is {index}")), "{}", outcome.stderr);
            assert_eq!(content(&outcome), expected, "{name}");
        }
    }
    let manifest = &layout.manifests[0].0;
    let pinned = scan(&format!("registry:{}/acme/app@{manifest}", registry.host), &[]);
    assert_eq!(content(&pinned), content(&scan(&local, &["--platform", "linux/amd64"])));
    let document: Value = serde_json::from_str(&pinned.stdout).unwrap();
    let purl = document["metadata"]["component"]["purl"].as_str().unwrap();
    assert!(purl.starts_with(&format!("pkg:oci/app@{manifest}")) && purl.contains("repository_url="), "{purl}");
    // The document is true of the image that it was made of.
    let sbom = directory.write("sbom.json", &pinned.stdout);
    let source = format!("registry:{}/acme/app@{manifest}", registry.host);
    let check = ["sbom", "check", sbom.to_str().unwrap(), "--against", &source, "--fail-on", "any"];
    let checked = Outcome::from(plimsoll(check).output().unwrap());
    assert_eq!(checked.status, Some(0), "{}{}", checked.stdout, checked.stderr);
    for missing in ["acme/app:2", "acme/other:1"] {
        let outcome = scan(&format!("registry:{}/{missing}", registry.host), &[]);
        assert_eq!(outcome.status, Some(3), "{}", outcome.stderr);
        assert!(outcome.stdout.is_empty());
    }
}

/// Passes connections on, and ends the first answer that is long after a share of it.
fn cutting(target: &str, percent: usize, size: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let (target, cuts) = (target.to_owned(), Arc::new(AtomicUsize::new(0)));
    let keep = size.saturating_mul(percent).div_euclid(100);
    let counted = Arc::clone(&cuts);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(&target).unwrap();
            let counted = Arc::clone(&counted);
            thread::spawn(move || pass(&client, &server, keep, &counted));
        }
    });
    (host, cuts)
}

fn pass(client: &TcpStream, server: &TcpStream, keep: usize, cuts: &AtomicUsize) {
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || std::io::copy(&mut from, &mut to));
    let (mut server_side, mut client_side) = (server, client);
    let mut buffer = vec![0; 16 << 10];
    let mut left = None;
    while let Ok(count) = server_side.read(&mut buffer) {
        let head = String::from_utf8_lossy(&buffer[..count.min(1000)]).into_owned();
        if count == 0 {
            break;
        }
        let body = head.find("\r\n\r\n").map(|end| end.saturating_add(4));
        if left.is_none() && head.starts_with("HTTP/1.1 200") && head.contains("Content-Length: 20") {
            // The large layer, the first time.
            if cuts.fetch_add(1, Ordering::SeqCst) == 0 {
                left = Some(keep.saturating_add(body.unwrap()));
            }
        }
        let most = left.map_or(count, |left: usize| left.min(count));
        if client_side.write_all(&buffer[..most]).is_err() {
            break;
        }
        left = left.map(|left| left.saturating_sub(most));
        if left == Some(0) {
            break;
        }
    }
    drop(client.shutdown(std::net::Shutdown::Both));
    drop(server.shutdown(std::net::Shutdown::Both));
}

#[test]
fn a_cut_connection_costs_nothing() {
    let Some(registry) = Registry::start() else { return };
    let (layout, index) = layout();
    layout.push(&registry.host, "app", &index, "1");
    let expected = content(&scan(&format!("registry:{}/app:1", registry.host), &[]));
    let large = layout.blobs.values().map(Vec::len).max().unwrap();
    assert!(large.to_string().starts_with("20"), "{large}");
    for percent in [0, 50, 99] {
        let (host, cuts) = cutting(&registry.host, percent, large);
        let outcome = scan(&format!("registry:{host}/app:1"), &[]);
        assert_eq!(content(&outcome), expected, "{percent} %: {}", outcome.stderr);
        assert!(cuts.load(Ordering::SeqCst) > 0, "{percent} %: nothing was cut");
    }
}

#[test]
fn other_bytes_than_were_pushed_are_refused() {
    let Some(registry) = Registry::start() else { return };
    let (layout, index) = layout();
    layout.push(&registry.host, "app", &index, "1");
    let manifest = layout.manifests[0].0.clone();
    let large = layout.blobs.iter().max_by_key(|(_, bytes)| bytes.len()).unwrap().0.clone();
    for digest in [large, manifest] {
        let path = registry.blob(&digest);
        let whole = fs::read(&path).unwrap();
        let mut changed = whole.clone();
        let at = changed.len() / 2;
        changed[at] ^= 1;
        fs::write(&path, &changed).unwrap();
        refused(&registry.host, "changed");
        fs::write(&path, &whole[..at]).unwrap();
        refused(&registry.host, "cut off");
        fs::write(Path::new(&path), whole).unwrap();
    }
    content(&scan(&format!("registry:{}/app:1", registry.host), &[]));
}

fn refused(host: &str, how: &str) {
    let outcome = scan(&format!("registry:{host}/app:1"), &["--retries", "1"]);
    assert_eq!(outcome.status, Some(3), "{how}: {}{}", outcome.stdout, outcome.stderr);
    assert!(outcome.stdout.is_empty(), "{how}");
}

/// Manifests and blobs of a layout by digest, in files.
fn files(directory: &TemporaryDirectory) -> Vec<(String, Vec<u8>)> {
    let listing = fs::read_dir(directory.path().join("blobs/sha256")).unwrap();
    let mut files: Vec<(String, Vec<u8>)> = listing
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn run(arguments: &[&str]) -> Outcome {
    let outcome = Outcome::from(plimsoll(arguments).output().unwrap());
    assert_eq!(outcome.status, Some(0), "{arguments:?}: {}", outcome.stderr);
    outcome
}

/// The registry keeps no list of referrers, so that they are found under the tag that the specification has for that.
#[test]
fn an_image_and_what_refers_to_it_go_to_a_registry_and_back() {
    const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
    let (Some(registry), Some(second)) = (Registry::start(), Registry::start()) else { return };
    let (mut layout, index) = layout();
    let member = layout.manifests[0].0.clone();
    let bundle = layout.referrer(&index, BUNDLE, b"a bundle");
    let counter = layout.referrer(&bundle, BUNDLE, b"a bundle about a bundle");
    let sbom = layout.referrer(&member, "application/vnd.cyclonedx+json", b"{}");
    let [from, back, again] = [TemporaryDirectory::new(), TemporaryDirectory::new(), TemporaryDirectory::new()];
    layout.write_listing(from.path(), &[&index, &bundle, &counter, &sbom]);
    let place = |directory: &TemporaryDirectory| format!("oci-layout:{}", directory.path().display());
    let name = |registry: &Registry, rest: &str| format!("registry:{}/{rest}", registry.host);
    // There, to another repository, to another registry, and back.
    let sent = run(&["copy", &place(&from), &name(&registry, "acme/app:1.0")]);
    assert_eq!(sent.stdout.trim(), index, "{}", sent.stderr);
    run(&["copy", &name(&registry, "acme/app:1.0"), &name(&registry, "mirror/app:1.0")]);
    run(&["copy", &name(&registry, "mirror/app:1.0"), &name(&second, "app:2")]);
    run(&["copy", &name(&second, "app:2"), &place(&back)]);
    assert_eq!(files(&back), files(&from));
    run(&["copy", &format!("{}:2", place(&back)), &format!("{}:3", place(&again))]);
    assert_eq!(files(&again), files(&from));
    // What was sent is not sent again.
    let repeated = run(&["copy", &place(&from), &name(&registry, "acme/app:1.0"), "--format", "json"]);
    let report: Value = serde_json::from_str(&repeated.stdout).unwrap();
    assert_eq!(report["blobs"]["sent"], 0, "{report}");
    // The tree is the same everywhere.
    for source in [name(&registry, "acme/app:1.0"), name(&second, &format!("app@{index}"))] {
        let listed = run(&["referrers", &source, "--format", "json"]);
        let report: Value = serde_json::from_str(&listed.stdout).unwrap();
        let subject = &report["subject"];
        assert_eq!(subject["digest"], index.as_str());
        let found = &subject["referrers"][0];
        assert_eq!((&found["digest"], &found["foundIn"]), (&bundle.as_str().into(), &"fallback-tag".into()));
        assert_eq!(found["predicateType"], "https://slsa.dev/provenance/v1");
        assert_eq!(found["referrers"][0]["digest"], counter.as_str());
        assert_eq!(subject["members"][0]["referrers"][0]["digest"], sbom.as_str());
    }
    let text = run(&["referrers", &name(&registry, "acme/app:1.0"), "--type", "application/vnd.cyclonedx+json"]).stdout;
    assert!(text.contains(&sbom) && !text.contains(&bundle), "{text}");
    // The image can be scanned where it went, and what was changed on the way is refused.
    let scanned = scan(&name(&second, "app:2"), &["--platform", "linux/amd64"]);
    let local = scan(&place(&back), &["--platform", "linux/amd64"]);
    assert_eq!(content(&scanned), content(&local));
    let path = second.blob(&bundle);
    let mut changed = fs::read(&path).unwrap();
    changed[20] ^= 1;
    fs::write(&path, changed).unwrap();
    let target = place(&TemporaryDirectory::new());
    let refused = Outcome::from(plimsoll(["copy", &name(&second, "app:2"), &target]).output().unwrap());
    assert_eq!(refused.status, Some(3), "{}", refused.stderr);
}

/// A large layer goes in parts, and the registry takes them as one.
#[test]
fn large_layers_arrive_whole() {
    let (Some(registry), directory) = (Registry::start(), TemporaryDirectory::new()) else { return };
    let noise: Vec<u8> = (0..5_000_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let mut layout = Layout::default();
    let image = layout.image("amd64", &[&[("noise", &noise)]]);
    layout.write(directory.path(), &image);
    let source = format!("oci-layout:{}", directory.path().display());
    run(&["copy", &source, &format!("registry:{}/large:1", registry.host)]);
    let back = TemporaryDirectory::new();
    run(&["copy", &format!("registry:{}/large:1", registry.host), &format!("oci-layout:{}", back.path().display())]);
    assert_eq!(files(&back), files(&directory));
}

#[test]
fn a_signed_folder_goes_from_one_registry_to_another() {
    let (Some(registry), Some(beyond)) = (Registry::start(), Registry::start()) else { return };
    let (mut layout, index) = layout();
    let sbom = layout.referrer(&index, "application/vnd.cyclonedx+json", b"{}");
    let directory = TemporaryDirectory::new();
    layout.write_listing(&directory.path().join("harbour"), &[&index, &sbom]);
    let done = |line: &str| {
        let mut command = plimsoll(line.split(' '));
        let output = command.current_dir(directory.path()).env("PLIMSOLL_PASSWORD", "quay").output().unwrap();
        let outcome = Outcome::from(output);
        assert_eq!(outcome.status, Some(0), "{line}: {}", outcome.stderr);
        outcome.stdout
    };
    let (from, to) = (&registry.host, &beyond.host);
    done(&format!("copy oci-layout:harbour registry:{from}/acme/app:1.2"));
    done("keys generate -o k");
    let pack =
        |name: &str| done(&format!("airgap pack --image registry:{from}/acme/app:1.2 -o {name} --key k.key --no-tlog"));
    assert_eq!(pack("out"), pack("again"));
    done(&format!("airgap import out --key k.pub --no-tlog --to registry:{to}/mirror"));
    let tree = done(&format!("referrers registry:{to}/mirror/acme/app:1.2"));
    assert!(tree.contains(&index) && tree.contains(&sbom), "{tree}");
    // To a registry without a prefix, by the digest alone.
    let pinned = format!("registry:{from}/acme/app@{index}");
    done(&format!("airgap pack --image {pinned} -o pinned --key k.key --no-tlog"));
    done(&format!("airgap import pinned --key k.pub --no-tlog --to registry:{to}"));
    assert!(done(&format!("referrers registry:{to}/acme/app@{index}")).contains(&sbom));
    let latest = plimsoll(["referrers", &format!("registry:{to}/acme/app")]).output().unwrap();
    assert_eq!(latest.status.code(), Some(3));
}

/// What is attached to an image in a registry is found there, and with the flags and exit statuses of cosign too.
#[test]
fn what_is_attached_in_a_registry_is_verified() {
    let Some(registry) = Registry::start() else { return };
    let (layout, index) = layout();
    let directory = TemporaryDirectory::new();
    layout.write(directory.path(), &index);
    let source = format!("oci-layout:{}", directory.path().display());
    for name in ["signed:1", "bare:1"] {
        run(&["copy", &source, &format!("registry:{}/{name}", registry.host)]);
    }
    let keys = plimsoll_tests::workspace().join("testdata/keys");
    let private = keys.join("pkcs8-p256.pem").display().to_string();
    let public = keys.join("p256.pub").display().to_string();
    let other = keys.join("../verify/key.pub").display().to_string();
    directory.write("predicate.json", "{}");
    let predicate = directory.path().join("predicate.json").display().to_string();
    let image = format!("{}/signed:1", registry.host);
    let place = format!("registry:{image}");
    let review = "https://example.org/review/v1";
    run(&["sign", &place, "--key", &private, "--no-tlog"]);
    run(&["attest", &place, "--type", review, "--predicate", &predicate, "--key", &private, "--no-tlog"]);
    let verified = run(&["verify", &place, "--key", &public, "--no-tlog"]);
    assert!(verified.stdout.contains(&index), "{}", verified.stdout);
    run(&["verify", &place, "--key", &public, "--no-tlog", "--type", review]);
    let cosign = |command: &str, more: &[&str]| {
        let line = ["compat", "cosign", command, "--insecure-ignore-tlog", "--key", &public];
        Outcome::from(plimsoll([line.as_slice(), more].concat()).output().unwrap())
    };
    let outcome = cosign("verify", &[&image]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let claims: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(claims[0]["critical"]["image"]["docker-manifest-digest"], index.as_str());
    let outcome = cosign("verify-attestation", &["--type", review, &image]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let envelope: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(envelope["payloadType"], "application/vnd.in-toto+json");
    let (bare, missing) = (format!("{}/bare:1", registry.host), format!("{}/signed:2", registry.host));
    for (command, more, status) in [
        ("verify-attestation", vec!["--type", "cyclonedx", &image], 1),
        ("verify", vec![bare.as_str()], 10),
        ("verify", vec![missing.as_str()], 11),
    ] {
        let outcome = cosign(command, &more);
        assert_eq!(outcome.status, Some(status), "{command} {more:?}: {}", outcome.stderr);
    }
    let line = ["compat", "cosign", "verify", "--insecure-ignore-tlog", "--key", &other, &image];
    let outcome = Outcome::from(plimsoll(line).output().unwrap());
    assert_eq!(outcome.status, Some(12), "{}", outcome.stderr);
}
