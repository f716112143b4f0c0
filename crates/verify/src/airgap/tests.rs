//! Folders as they should be, and as they should not.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use data_encoding::BASE64;
use jiff::Timestamp;
use plimsoll_model::Digest as ContentDigest;
use sha2::Sha512;
use sigstore_crypto::KeyPair;

use super::*;
use crate::{BuiltIn, LogRule, PublicKey, SignerExpectation, read_evidence};

struct Fixture {
    root: PathBuf,
    key: KeyPair,
}

impl Drop for Fixture {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.root));
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

impl Fixture {
    /// A folder with an image, two artifacts and advisories, signed.
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("plimsoll-airgap-{}-{number}", std::process::id()));
        let fixture = Self { root, key: KeyPair::generate_ecdsa_p256().unwrap() };
        let blob = format!("images/blobs/sha256/{}", hex(b"manifest"));
        let long = data_encoding::HEXLOWER.encode(&Sha512::digest(b"layer"));
        for (name, content) in [
            ("images/oci-layout", &b"{}"[..]),
            ("images/index.json", b"{}"),
            (&blob, b"manifest"),
            (&format!("images/blobs/sha512/{long}"), b"layer"),
            ("artifacts/app.tgz", b"app"),
            ("artifacts/empty", b""),
            ("advisories/2026/a.json", b"{}"),
            ("trust/acme.json", b"{}"),
        ] {
            fixture.put(name, content);
        }
        fixture.seal(&fixture.manifest());
        fixture
    }

    fn put(&self, name: &str, content: &[u8]) {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn manifest(&self) -> Manifest {
        let path = |text: &str| FilePath::new(text).unwrap();
        let digest = ContentDigest::from_prefixed(&format!("sha256:{}", hex(b"manifest"))).unwrap();
        Manifest {
            created: Some("2026-11-22T00:00:00Z".parse().unwrap()),
            unsigned: false,
            images: vec![Image {
                source: "registry:ghcr.io/acme/app:1".into(),
                repository: "acme/app".into(),
                tag: Some("1".into()),
                digest: digest.clone(),
                referrers: true,
                manifests: vec![digest],
                left_out: Vec::new(),
            }],
            trust: vec![TrustEntry { name: "acme".into(), path: path("trust/acme.json") }],
            artifacts: vec![path("artifacts/app.tgz"), path("artifacts/empty")],
            sections: vec![Section { name: "advisories".into(), files: vec![path("advisories/2026/a.json")] }],
            files: list(&self.root).unwrap(),
        }
    }

    fn seal(&self, manifest: &Manifest) {
        self.seal_bytes(&manifest.to_json().unwrap());
    }

    fn seal_bytes(&self, manifest: &[u8]) {
        self.put(MANIFEST, manifest);
        self.put(BUNDLE, self.bundle(manifest).as_bytes());
    }

    fn bundle(&self, message: &[u8]) -> String {
        let signature = BASE64.encode(self.key.sign(message).unwrap().as_bytes());
        let digest = BASE64.encode(&Sha256::digest(message));
        format!(
            r#"{{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{{"publicKey":{{"hint":"x"}}}},"messageSignature":{{"messageDigest":{{"algorithm":"SHA2_256","digest":"{digest}"}},"signature":"{signature}"}}}}"#
        )
    }

    fn judge(&self) -> Judgement {
        let folder = Folder::open(&self.root).unwrap();
        let evidence = folder.bundle().map(|bundle| read_evidence(bundle, BUNDLE).unwrap()).unwrap_or_default();
        let key = PublicKey::from_der(self.key.public_key_der().unwrap().as_bytes().to_vec()).unwrap();
        let mut expectation = Expectation::new(SignerExpectation::Keys(vec![key]), Timestamp::now());
        expectation.log = LogRule::NotUsedWithKey;
        folder.verify(&evidence, &expectation, &[BuiltIn::PublicGood.trusted_root().unwrap()]).unwrap()
    }

    /// The codes and paths of what is wrong; nothing can be imported then.
    fn faults(&self) -> Vec<(Code, String)> {
        let judged = self.judge();
        let faults: Vec<_> = judged.faults().iter().map(|fault| (fault.code, fault.path.clone())).collect();
        assert_eq!(judged.sealed().is_some(), faults.is_empty() && judged.signature().is_verified());
        faults
    }

    fn only(&self) -> (Code, String) {
        let faults = self.faults();
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults.into_iter().next().unwrap()
    }
}

fn at(code: Code, path: &str) -> (Code, String) {
    (code, path.to_owned())
}

#[test]
fn a_folder_that_is_as_it_should_be() {
    let fixture = Fixture::new();
    let judged = fixture.judge();
    assert!(judged.signature().is_verified() && judged.faults().is_empty(), "{judged:?}");
    let sealed = judged.sealed().unwrap();
    assert_eq!(sealed.manifest(), &fixture.manifest());
    let path = FilePath::new("artifacts/app.tgz").unwrap();
    assert_eq!(sealed.read(&path, 3).unwrap(), b"app");
    assert!(sealed.read(&path, 2).is_err());
    assert!(sealed.read(&FilePath::new("artifacts/other").unwrap(), 2).is_err());
    // What was verified is compared again.
    fixture.put("artifacts/app.tgz", b"ape");
    assert!(sealed.read(&path, 3).is_err());
}

#[test]
fn the_same_files_make_the_same_manifest() {
    let (one, other) = (Fixture::new(), Fixture::new());
    assert_eq!(one.manifest().to_json().unwrap(), other.manifest().to_json().unwrap());
}

#[test]
fn every_file_that_is_changed_is_told() {
    let fixture = Fixture::new();
    for (path, file) in fixture.manifest().files {
        let full = fixture.root.join(path.as_str());
        let content = fs::read(&full).unwrap();
        for wrong in [[&content[..], b"!"].concat(), content.iter().map(|byte| byte ^ 1).collect()] {
            if wrong == content {
                continue;
            }
            fs::write(&full, &wrong).unwrap();
            assert_eq!(fixture.only(), at(Code::FolderChanged, path.as_str()));
        }
        fs::remove_file(&full).unwrap();
        let told = fixture.faults();
        assert_eq!(told.last().unwrap().0, Code::FolderMissing, "{path}");
        assert!(told.iter().all(|(code, name)| *code == Code::FolderMissing || path.as_str().starts_with(name)));
        symlink("/etc/hostname", &full).unwrap();
        assert_eq!(fixture.only(), at(Code::FolderEntry, path.as_str()));
        fs::remove_file(&full).unwrap();
        // The right content, but elsewhere.
        let away = fixture.root.with_extension("away");
        fs::write(&away, &content).unwrap();
        symlink(&away, &full).unwrap();
        assert_eq!(fixture.only(), at(Code::FolderEntry, path.as_str()));
        fs::remove_file(&full).unwrap();
        fs::remove_file(&away).unwrap();
        fs::write(&full, &content).unwrap();
        assert_eq!(file.size, content.len() as u64);
    }
    assert_eq!(fixture.faults(), []);
}

#[test]
fn what_is_too_much_is_told() {
    let fixture = Fixture::new();
    for name in ["extra", "artifacts/app.tgz.sigstore.json", "images/blobs/sha256/x", ".hidden", "trust/b.json"] {
        fixture.put(name, b"x");
        assert_eq!(fixture.only(), at(Code::FolderExtra, name));
        fs::remove_file(fixture.root.join(name)).unwrap();
    }
    fs::create_dir(fixture.root.join("empty")).unwrap();
    assert_eq!(fixture.only(), at(Code::FolderExtra, "empty"));
    fs::remove_dir(fixture.root.join("empty")).unwrap();
    fixture.put("a\nb", b"x");
    assert_eq!(fixture.only().0, Code::FolderEntry);
    fs::remove_file(fixture.root.join("a\nb")).unwrap();
    // A whole directory behind a link.
    fs::rename(fixture.root.join("trust"), fixture.root.with_extension("trust")).unwrap();
    symlink(fixture.root.with_extension("trust"), fixture.root.join("trust")).unwrap();
    let told = fixture.faults();
    assert_eq!(told, [at(Code::FolderEntry, "trust"), at(Code::FolderMissing, "trust/acme.json")]);
    fs::remove_dir_all(fixture.root.with_extension("trust")).unwrap();
}

#[test]
fn a_manifest_that_nobody_signed_is_not_read() {
    let fixture = Fixture::new();
    let manifest = fs::read(fixture.root.join(MANIFEST)).unwrap();
    let refused = |fixture: &Fixture| {
        let judged = fixture.judge();
        assert!(judged.sealed().is_none() && judged.faults().is_empty());
        judged.signature().refused().first().unwrap().code()
    };
    // Changed by a blank.
    let changed = [&manifest[..], b" "].concat();
    fixture.put(MANIFEST, &changed);
    assert_eq!(refused(&fixture), Code::Subject);
    // And the bundle made to fit, but for the signature.
    let digest = |bytes: &[u8]| BASE64.encode(&Sha256::digest(bytes));
    let fitting = fixture.bundle(&manifest).replace(&digest(&manifest), &digest(&changed));
    fixture.put(BUNDLE, fitting.as_bytes());
    assert_eq!(refused(&fixture), Code::Signature);
    // Signed by somebody else.
    let other = Fixture::new();
    fixture.put(MANIFEST, &manifest);
    fixture.put(BUNDLE, other.bundle(&manifest).as_bytes());
    assert!(matches!(refused(&fixture), Code::Signature | Code::Key));
    // The signature over another folder.
    fixture.put(BUNDLE, fixture.bundle(b"{}").as_bytes());
    assert_eq!(refused(&fixture), Code::Subject);
    fs::remove_file(fixture.root.join(BUNDLE)).unwrap();
    assert_eq!(refused(&fixture), Code::NoEvidence);
    // Links in the place of either.
    symlink(other.root.join(BUNDLE), fixture.root.join(BUNDLE)).unwrap();
    assert_eq!(fixture.faults(), [at(Code::FolderEntry, BUNDLE)]);
    fs::remove_file(fixture.root.join(BUNDLE)).unwrap();
    fixture.put(BUNDLE, fixture.bundle(&manifest).as_bytes());
    fs::remove_file(fixture.root.join(MANIFEST)).unwrap();
    symlink(other.root.join(MANIFEST), fixture.root.join(MANIFEST)).unwrap();
    assert_eq!(fixture.faults(), [at(Code::FolderEntry, MANIFEST)]);
    fs::remove_file(fixture.root.join(MANIFEST)).unwrap();
    assert!(Folder::open(&fixture.root).is_err());
}

#[test]
fn a_statement_is_no_seal() {
    let fixture = Fixture::new();
    let digest = hex(&fs::read(fixture.root.join(MANIFEST)).unwrap());
    let payload = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"x","digest":{{"sha256":"{digest}"}}}}],"predicateType":"https://example.org/failed/v1","predicate":{{}}}}"#
    );
    let kind = "application/vnd.in-toto+json";
    let pae = format!("DSSEv1 {} {kind} {} {payload}", kind.len(), payload.len());
    let signature = BASE64.encode(fixture.key.sign(pae.as_bytes()).unwrap().as_bytes());
    let payload = BASE64.encode(payload.as_bytes());
    let envelope = format!(
        r#"{{"payloadType":"{kind}","payload":"{payload}","signatures":[{{"sig":"{signature}","keyid":""}}]}}"#
    );
    fixture.put(BUNDLE, envelope.as_bytes());
    let judged = fixture.judge();
    assert!(judged.signature().is_verified(), "{judged:?}");
    assert_eq!(fixture.faults(), [at(Code::NothingMatches, MANIFEST)]);
}

#[test]
fn a_signed_manifest_may_still_be_wrong() {
    let fixture = Fixture::new();
    let sound = String::from_utf8(fixture.manifest().to_json().unwrap()).unwrap();
    let blob = hex(b"manifest");
    let long = data_encoding::HEXLOWER.encode(&Sha512::digest(b"layer"));
    for (from, to, code) in [
        ("plimsoll.airgap/1", "plimsoll.airgap/2", Code::FolderManifest),
        ("\"unsigned\"", "\"unsigned\"", Code::FolderManifest),
        ("\"images/oci-layout\"", "\"images/../oci-layout\"", Code::FolderManifest),
        ("\"images/oci-layout\"", "\"/etc/passwd\"", Code::FolderManifest),
        ("\"images/oci-layout\"", "\"images/index.json\"", Code::FolderManifest),
        ("\"images/oci-layout\"", "\"images/other\"", Code::FolderBlob),
        ("\"images/oci-layout\"", "\"airgap.json\"", Code::FolderManifest),
        (
            "\"artifacts\": [\n    \"artifacts/app.tgz\"",
            "\"artifacts\": [\n    \"artifacts/none\"",
            Code::FolderManifest,
        ),
        ("\"name\": \"acme\"", "\"name\": \"acme\", \"name\": \"b\"", Code::FolderManifest),
        ("\"path\": \"trust/acme.json\"", "\"path\": \"trust/none.json\"", Code::FolderManifest),
        ("2026-11-22T00:00:00Z", "tomorrow", Code::FolderManifest),
        (
            &format!("\"digest\": \"sha256:{blob}\""),
            &format!("\"digest\": \"sha256:{}\"", hex(b"x")),
            Code::FolderManifest,
        ),
        (&format!("blobs/sha256/{blob}"), &format!("blobs/sha256/{}", hex(b"x")), Code::FolderManifest),
        (&format!("\"{}\"", hex(b"app")), "\"ABC\"", Code::FolderManifest),
        (&format!("blobs/sha512/{long}"), "blobs/sha512/abc", Code::FolderBlob),
    ] {
        let text = if from == to { sound.replace("\"schema\"", "\"other\"") } else { sound.replacen(from, to, 1) };
        assert_ne!(text, sound, "{from}");
        fixture.seal_bytes(text.as_bytes());
        assert_eq!(fixture.only().0, code, "{from} to {to}");
    }
    for text in ["", "{}", "[]", "null"] {
        fixture.seal_bytes(text.as_bytes());
        assert_eq!(fixture.only(), at(Code::FolderManifest, MANIFEST), "{text}");
    }
    // A blob of SHA-512 under the name of another.
    let other = data_encoding::HEXLOWER.encode(&Sha512::digest(b"other"));
    let blobs = fixture.root.join("images/blobs/sha512");
    fs::rename(blobs.join(&long), blobs.join(&other)).unwrap();
    fixture.seal(&fixture.manifest());
    assert_eq!(fixture.only(), at(Code::FolderBlob, &format!("images/blobs/sha512/{other}")));
    // Fields of later versions are passed over.
    let fixture = Fixture::new();
    fixture.seal_bytes(sound.replacen("{\n", "{\n  \"later\": {},\n", 1).as_bytes());
    assert_eq!(fixture.faults(), []);
}

#[test]
fn paths_are_plain() {
    for bad in ["", "/a", "a//b", "a/", "./a", "a/../b", "..", "a\\b", "a\u{0}b", "a\u{202e}b", "a\u{1b}b"] {
        assert!(FilePath::new(bad).is_err(), "{bad:?}");
    }
    assert!(FilePath::new("a/".repeat(40) + "a").is_err());
    assert!(FilePath::new("a".repeat(5000)).is_err());
    assert_eq!(FilePath::new("ä/b c.json").unwrap().as_str(), "ä/b c.json");
}

#[test]
fn what_cannot_be_listed_is_not_packed() {
    let fixture = Fixture::new();
    symlink(Path::new("/etc/hostname"), fixture.root.join("artifacts/link")).unwrap();
    assert!(matches!(list(&fixture.root), Err(VerifyError::Airgap { path, .. }) if path == "artifacts/link"));
}
