//! Copies between registries and layouts: the same bytes everywhere, and nothing that is not what its digest names.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use plimsoll_model::Digest;
use serde_json::{Value, json};

use super::image::{INDEX, Image, digest};
use super::push::repository;
use super::quick;
use super::server::Reply;
use super::store::{Behaviour, MODERN, OLD, Registry};
use crate::{Attachment, Copied, CopyOptions, CopyPlace, CosignTag, Layer, RegistryError, copy};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A directory that goes away.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let name = format!("plimsoll-copy-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }

    fn place(&self, rest: &str) -> String {
        format!("oci-layout:{}{rest}", self.0.display())
    }

    fn index(&self) -> Value {
        serde_json::from_slice(&fs::read(self.0.join("index.json")).unwrap()).unwrap()
    }

    fn blob(&self, digest: &str) -> PathBuf {
        self.0.join("blobs").join(digest.replace(':', "/"))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run(source: &str, target: &str) -> Result<Copied, RegistryError> {
    let (source, target) = (CopyPlace::parse(source).unwrap(), CopyPlace::parse(target).unwrap());
    copy(&source, &target, &quick(), &CopyOptions::default())
}

fn place(registry: &Registry, rest: &str) -> String {
    format!("registry:{}", registry.name(rest))
}

/// Puts an index of two images as `app:1` into a registry, the first image signed in three ways, and a signature signed.
fn stocked(behaviour: Behaviour) -> (Registry, String) {
    let registry = Registry::start(behaviour);
    let mut image = Image::new(30_000);
    let other = Image::of("arm64", &[super::image::tar(&[("arm", b"64")])]);
    image.blobs.extend(other.blobs.clone());
    image.manifests.extend(other.manifests.clone());
    let platform = |architecture: &str| format!(r#","platform":{{"os":"linux","architecture":"{architecture}"}}"#);
    let members =
        [image.descriptor(&image.manifest, &platform("amd64")), image.descriptor(&other.manifest, &platform("arm64"))];
    let index = image.index(&members);
    {
        let mut stored = registry.lock();
        for (digest, bytes) in &image.blobs {
            stored.blobs.insert(("app".into(), digest.clone()), bytes.clone());
        }
        for (digest, held) in &image.manifests {
            stored.manifests.insert(("app".into(), digest.clone()), held.clone());
        }
        stored.tags.insert(("app".into(), "1".into()), index.clone());
    }
    let repository = repository(&registry.name("app:1"), &quick());
    let root = repository.resolve().unwrap();
    let bundle = Attachment::bundle("{\"signed\":\"index\"}", "message-signature", None);
    let signature = repository.attach(root.descriptor(), &bundle).unwrap();
    repository.attach(signature.descriptor(), &Attachment::bundle("countersigned", "message-signature", None)).unwrap();
    let member = repository.manifest(&Digest::from_prefixed(&image.manifest).unwrap()).unwrap();
    let provenance = Attachment::bundle("{}", "dsse-envelope", Some("https://slsa.dev/provenance/v1"));
    repository.attach(member.descriptor(), &provenance).unwrap();
    let layer = Layer::new("application/vnd.dev.cosign.simplesigning.v1+json", "{\"critical\":{}}");
    repository.attach_cosign(&member.descriptor().digest, CosignTag::Signature, &[layer]).unwrap();
    (registry, index)
}

/// Manifests and blobs of a repository by digest, but for lists of referrers; tags of cosign's and of people's.
fn content(registry: &Registry, repository: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let stored = registry.lock();
    let lists: Vec<&String> = stored
        .tags
        .iter()
        .filter(|((_, tag), _)| tag.len() == 71 && !tag.contains('.'))
        .map(|(_, held)| held)
        .collect();
    let digests = stored.manifests.iter().filter(|(_, (_, bytes))| {
        !String::from_utf8_lossy(bytes).contains("\"artifactType\"")
            || String::from_utf8_lossy(bytes).contains("subject")
    });
    let mut digests: BTreeSet<String> = digests
        .filter(|((name, held), _)| name == repository && !lists.contains(&held))
        .map(|((_, held), _)| held.clone())
        .collect();
    digests.extend(stored.blobs.keys().filter(|(name, _)| name == repository).map(|(_, digest)| digest.clone()));
    let tags = stored.tags.keys().filter(|(name, tag)| name == repository && (tag.contains('.') || tag.len() < 20));
    (digests, tags.map(|(_, tag)| tag.clone()).collect())
}

#[test]
fn everything_arrives_wherever_it_goes() {
    for from in [MODERN, OLD] {
        let (source, index) = stocked(from);
        for to in [MODERN, OLD] {
            let scenario = format!("{from:?} to {to:?}");
            let target = Registry::start(to);
            let copied = run(&place(&source, "app:1"), &place(&target, "other/name:1")).unwrap();
            assert_eq!(copied.digest.to_string(), index, "{scenario}");
            assert_eq!(copied.manifests.len(), 7, "{scenario}");
            assert_eq!(content(&target, "other/name"), content(&source, "app"), "{scenario}");
            // And what was attached is found there.
            let repository = repository(&target.name("other/name:1"), &quick());
            let found = repository.referrers(&copied.digest, None).unwrap();
            assert_eq!(found[0].descriptor.annotations["dev.sigstore.bundle.content"], "message-signature");
            assert_eq!(repository.referrers(&found[0].descriptor.digest, None).unwrap().len(), 1, "{scenario}");
            // A second time there is nothing to send.
            let again = run(&place(&source, "app:1"), &place(&target, "other/name:1")).unwrap();
            assert_eq!((again.sent, again.manifests.len()), (0, 7), "{scenario}");
            assert_eq!(content(&target, "other/name"), content(&source, "app"), "{scenario}");
        }
    }
}

#[test]
fn a_layout_keeps_everything() {
    let (source, index) = stocked(OLD);
    let (first, second) = (Directory::new(), Directory::new());
    run(&place(&source, "app:1"), &first.place("")).unwrap();
    let listed = first.index();
    let entries = listed["manifests"].as_array().unwrap();
    assert_eq!(entries[0]["digest"], index.as_str());
    assert_eq!(entries.len(), 5, "root, three referrers, one of cosign's tags: {listed}");
    let names: Vec<&str> =
        entries.iter().filter_map(|entry| entry["annotations"]["org.opencontainers.image.ref.name"].as_str()).collect();
    assert!(names[0] == "1" && names[1].ends_with(".sig") && names.len() == 2, "{names:?}");
    // From one layout to another, and back to registries: the same.
    let copied = run(&first.place(""), &second.place(":2")).unwrap();
    assert_eq!((copied.digest.to_string(), copied.manifests.len()), (index.clone(), 7));
    for behaviour in [MODERN, OLD] {
        let target = Registry::start(behaviour);
        run(&second.place(":2"), &place(&target, "app:1")).unwrap();
        assert_eq!(content(&target, "app"), content(&source, "app"), "{behaviour:?}");
    }
    // Again changes no byte of the index, and a name can be moved.
    let before = fs::read(first.0.join("index.json")).unwrap();
    let again = run(&place(&source, "app:1"), &first.place("")).unwrap();
    assert_eq!((again.sent, fs::read(first.0.join("index.json")).unwrap()), (0, before));
    assert!(
        fs::read_dir(first.0.join("blobs/sha256"))
            .unwrap()
            .all(|entry| { !entry.unwrap().file_name().to_string_lossy().contains("partial") })
    );
    let member = entries[0]["digest"].as_str().unwrap();
    assert!(run(&first.place(&format!("@{member}")), &second.place(":3")).is_ok());
    for missing in [":nope", &format!("@{}", digest(b"nope"))] {
        assert!(run(&first.place(missing), &second.place(":x")).is_err(), "{missing}");
    }
}

#[test]
fn referrers_can_be_left_out() {
    let (source, _) = stocked(MODERN);
    let target = Registry::start(MODERN);
    let (from, to) = (CopyPlace::parse(&place(&source, "app:1")), CopyPlace::parse(&place(&target, "app:1")));
    let options = CopyOptions { referrers: false, ..CopyOptions::default() };
    let copied = copy(&from.unwrap(), &to.unwrap(), &quick(), &options).unwrap();
    assert_eq!((copied.manifests.len(), target.sent("PUT", "/manifests/")), (3, 4));
}

#[test]
fn blobs_are_mounted_within_a_registry() {
    let (registry, _) = stocked(MODERN);
    let copied = run(&place(&registry, "app:1"), &place(&registry, "other:1")).unwrap();
    assert_eq!(copied.sent, 0);
    assert!(copied.present > 5);
    assert_eq!(content(&registry, "other"), content(&registry, "app"));
}

#[test]
fn a_name_with_a_digest_is_that_and_no_other() {
    let (source, index) = stocked(MODERN);
    let target = Registry::start(MODERN);
    run(&place(&source, "app:1"), &place(&target, &format!("app@{index}"))).unwrap();
    assert!(target.lock().tags.keys().all(|(_, tag)| tag.contains('.')), "no tag was asked for");
    let error = run(&place(&source, "app:1"), &place(&target, &format!("app@{}", digest(b"x")))).unwrap_err();
    assert!(matches!(error, RegistryError::Document { .. }), "{error}");
}

#[test]
fn wrong_bytes_are_not_copied() {
    let (source, _) = stocked(MODERN);
    let keys: Vec<(String, String)> = source.lock().blobs.keys().cloned().collect();
    for key in keys {
        let good = source.lock().blobs[&key].clone();
        let mut wrong = good.clone();
        wrong[0] ^= 1;
        source.lock().blobs.insert(key.clone(), wrong);
        let (registry, layout) = (Registry::start(MODERN), Directory::new());
        for target in [place(&registry, "app:1"), layout.place("")] {
            let error = run(&place(&source, "app:1"), &target).unwrap_err();
            assert!(matches!(error, RegistryError::Digest { .. }), "{error}");
        }
        assert!(!registry.lock().blobs.contains_key(&key) && !layout.blob(&key.1).exists());
        assert!(
            !registry.lock().tags.contains_key(&("app".into(), "1".into())) && !layout.0.join("index.json").exists()
        );
        source.lock().blobs.insert(key, good);
    }
    let keys: Vec<(String, String)> = source.lock().manifests.keys().cloned().collect();
    for key in keys {
        source.lock().manifests.get_mut(&key).unwrap().1.push(b'\n');
        let error = run(&place(&source, "app:1"), &place(&Registry::start(MODERN), "app:1")).unwrap_err();
        assert!(matches!(error, RegistryError::Digest { .. } | RegistryError::Document { .. }), "{error}");
        source.lock().manifests.get_mut(&key).unwrap().1.pop();
    }
}

#[test]
fn damaged_layouts_are_not_copied_and_are_mended() {
    let (source, index) = stocked(MODERN);
    let layout = Directory::new();
    let copied = run(&place(&source, "app:1"), &layout.place("")).unwrap();
    let manifest = copied.manifests[0].descriptor.digest.to_string();
    let blob = source.lock().blobs.iter().max_by_key(|(_, bytes)| bytes.len()).unwrap().0.1.clone();
    for (damaged, what) in [(manifest, "manifest"), (blob, "blob")] {
        let path = layout.blob(&damaged);
        let good = fs::read(&path).unwrap();
        let mut wrong = good.clone();
        wrong[10] ^= 1;
        for bytes in [wrong, good[..good.len() - 1].to_vec(), [good.clone(), vec![0]].concat()] {
            fs::write(&path, bytes).unwrap();
            assert!(run(&layout.place(""), &place(&Registry::start(MODERN), "app:1")).is_err(), "{what}");
        }
        fs::remove_file(&path).unwrap();
        assert!(run(&layout.place(""), &place(&Registry::start(MODERN), "app:1")).is_err(), "{what}");
        fs::write(&path, b"damaged").unwrap();
        run(&place(&source, "app:1"), &layout.place("")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), good, "{what}");
    }
    // What is no layout is not made one.
    let other = Directory::new();
    fs::create_dir_all(&other.0).unwrap();
    fs::write(other.0.join("precious"), "").unwrap();
    assert!(matches!(run(&layout.place(""), &other.place("")), Err(RegistryError::Layout { .. })));
    assert_eq!(fs::read_dir(&other.0).unwrap().count(), 1);
    // A digest in it that is a path.
    let evil =
        json!({ "schemaVersion": 2, "manifests": [{ "mediaType": INDEX, "digest": "sha256:../../../x", "size": 1 }] });
    fs::write(layout.0.join("index.json"), evil.to_string()).unwrap();
    assert!(matches!(run(&layout.place(""), &other.place("")), Err(RegistryError::Document { .. })));
    assert!(!index.is_empty());
}

#[test]
fn a_circle_of_claims_ends() {
    // Each is said to be about the other; what they say themselves counts.
    let (source, _) = stocked(MODERN);
    let signature = {
        let repository = repository(&source.name("app:1"), &quick());
        let root = repository.resolve().unwrap().descriptor().digest.clone();
        repository.referrers(&root, None).unwrap()[0].descriptor.clone()
    };
    let stored = std::sync::Arc::clone(&source.stored);
    let lying = Registry::with(MODERN, move |request, _| {
        if !request.path.contains("/referrers/") {
            return Some(stored.lock().unwrap().reply(request, MODERN));
        }
        let entry = json!({
            "mediaType": signature.media_type, "digest": signature.digest.to_string(), "size": signature.size,
            "artifactType": "a/b",
        });
        let page = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [entry] });
        Some(Reply::new(200, page.to_string()).with("Content-Type", INDEX))
    });
    let error = run(&place(&lying, "app:1"), &place(&Registry::start(MODERN), "app:1")).unwrap_err();
    assert!(matches!(error, RegistryError::Document { .. }), "{error}");
    assert!(lying.server.log().len() < 30);
}

#[test]
fn there_is_an_end_to_depth() {
    // An index in an index in an index.
    let registry = Registry::start(MODERN);
    let mut held = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] }).to_string();
    for _ in 0..12 {
        let digest = registry.lock().add("app", INDEX, held.clone());
        let entry = json!({ "mediaType": INDEX, "digest": digest, "size": held.len() });
        held = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [entry] }).to_string();
    }
    let digest = registry.lock().add("app", INDEX, held);
    registry.lock().tags.insert(("app".into(), "1".into()), digest);
    let error = run(&place(&registry, "app:1"), &place(&Registry::start(MODERN), "app:1")).unwrap_err();
    assert!(matches!(error, RegistryError::TooMany { .. }), "{error}");
}

#[test]
fn sizes_that_are_lies_are_found() {
    let registry = Registry::start(MODERN);
    let config = digest(b"{}");
    registry.lock().blobs.insert(("app".into(), config.clone()), b"{}".to_vec());
    for size in [0_u64, 1, 3, u64::MAX] {
        let manifest = json!({
            "schemaVersion": 2, "layers": [],
            "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": size },
        });
        let digest = registry.lock().add("app", super::image::MANIFEST, manifest.to_string());
        registry.lock().tags.insert(("app".into(), "1".into()), digest);
        for target in [place(&Registry::start(MODERN), "app:1"), Directory::new().place("")] {
            assert!(run(&place(&registry, "app:1"), &target).is_err(), "{size}");
        }
    }
}

#[test]
fn places_are_read() {
    for (text, path, tag) in [
        ("oci-layout:dir", "dir", None),
        ("oci-layout:/a/b:1.0", "/a/b", Some("1.0")),
        ("oci-layout:a:b/", "a:b/", None),
        ("oci-layout:a:b:c", "a:b", Some("c")),
    ] {
        let CopyPlace::Layout(layout) = CopyPlace::parse(text).unwrap() else { panic!("{text}") };
        assert_eq!((layout.path.to_str().unwrap(), layout.tag.as_deref()), (path, tag), "{text}");
    }
    let CopyPlace::Layout(pinned) = CopyPlace::parse(&format!("oci-layout:d@{}", digest(b""))).unwrap() else {
        panic!()
    };
    assert!(pinned.digest.is_some() && pinned.tag.is_none());
    for text in [
        "",
        "dir",
        "docker:x",
        "registry:",
        "oci-layout:",
        "oci-layout::1",
        "oci-layout:d@sha256:../x",
        "registry:a@sha256:../x",
    ] {
        assert!(CopyPlace::parse(text).is_err(), "{text}");
    }
}
