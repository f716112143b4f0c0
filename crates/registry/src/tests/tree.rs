//! What refers to what, as a tree.

use serde_json::json;

use super::image::{INDEX, MANIFEST, digest};
use super::push::repository;
use super::quick;
use super::server::Reply;
use super::store::{MODERN, OLD, Registry};
use crate::{
    Attachment, CopyPlace, CosignTag, Layer, ReferrerPlace, ReferrerTree, RegistryError, TreeOptions, referrer_tree,
};

const SLSA: &str = "https://slsa.dev/provenance/v1";

fn tree(registry: &Registry, wanted: Option<&str>) -> Result<ReferrerTree, RegistryError> {
    let place = CopyPlace::parse(&format!("registry:{}", registry.name("app:1"))).unwrap();
    let options = TreeOptions { wanted_type: wanted.map(str::to_owned), ..TreeOptions::default() };
    referrer_tree(&place, &quick(), &options)
}

/// An index of one image and BuildKit's attestation of it; the image has a bundle with a signature of its own.
fn stocked(registry: &Registry) -> String {
    let repository = repository(&registry.name("app:1"), &quick());
    let (image, attestation) = {
        let mut stored = registry.lock();
        stored.blobs.insert(("app".into(), digest(b"{}")), b"{}".to_vec());
        let config =
            json!({ "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(b"{}"), "size": 2 });
        let image = json!({ "schemaVersion": 2, "config": config, "layers": [] }).to_string();
        let layer = json!({
            "mediaType": "application/vnd.in-toto+json", "digest": digest(b"{}"), "size": 2,
            "annotations": { "in-toto.io/predicate-type": "https://spdx.dev/Document" },
        });
        let attestation = json!({ "schemaVersion": 2, "config": config, "layers": [layer] }).to_string();
        let entry = |digest: &str, text: &str| json!({ "mediaType": MANIFEST, "digest": digest, "size": text.len() });
        let held = [stored.add("app", MANIFEST, image.clone()), stored.add("app", MANIFEST, attestation.clone())];
        let mut entries = [entry(&held[0], &image), entry(&held[1], &attestation)];
        entries[0]["platform"] = json!({ "os": "linux", "architecture": "arm", "variant": "v7" });
        entries[1]["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
        entries[1]["annotations"] = json!({
            "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": held[0],
        });
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries }).to_string();
        let index = stored.add("app", INDEX, index);
        stored.tags.insert(("app".into(), "1".into()), index);
        held.into()
    };
    let image = repository.manifest(&plimsoll_model::Digest::from_prefixed(&image).unwrap()).unwrap();
    let bundle = repository.attach(image.descriptor(), &Attachment::bundle("{}", "dsse-envelope", Some(SLSA))).unwrap();
    repository.attach(bundle.descriptor(), &Attachment::bundle("x", "message-signature", None)).unwrap();
    let mut layer = Layer::new("application/vnd.dsse.envelope.v1+json", "{ }");
    layer.annotations.insert("predicateType".into(), "https://cyclonedx.org/bom".into());
    repository.attach_cosign(&image.descriptor().digest, CosignTag::Attestation, &[layer]).unwrap();
    attestation
}

#[test]
fn all_that_refers_is_shown_where_it_belongs() {
    for behaviour in [MODERN, OLD] {
        let registry = Registry::start(behaviour);
        let attestation = stocked(&registry);
        let root = tree(&registry, None).unwrap();
        assert!(root.referrers.is_empty());
        let [member] = root.members.as_slice() else { panic!("{root:?}") };
        assert_eq!(member.subject.platform.as_deref(), Some("linux/arm/v7"));
        let [bundle, cosign, buildkit] = member.referrers.as_slice() else { panic!("{member:?}") };
        assert_eq!(bundle.referrer.descriptor.predicate_type(), Some(SLSA));
        assert_eq!(bundle.referrers.len(), 1);
        assert_eq!(cosign.referrer.place, ReferrerPlace::CosignTag(CosignTag::Attestation));
        assert_eq!(cosign.layers[0].predicate_type(), Some("https://cyclonedx.org/bom"));
        assert_eq!(buildkit.referrer.descriptor.digest.to_string(), attestation);
        assert_eq!(buildkit.layers[0].predicate_type(), Some("https://spdx.dev/Document"));
    }
}

#[test]
fn a_type_is_an_artifact_type_or_one_of_predicates() {
    let registry = Registry::start(MODERN);
    stocked(&registry);
    let found = |wanted: &str| -> Vec<(ReferrerPlace, usize)> {
        let root = tree(&registry, Some(wanted)).unwrap();
        root.members[0].referrers.iter().map(|node| (node.referrer.place, node.referrers.len())).collect()
    };
    assert_eq!(found("application/vnd.dev.sigstore.bundle.v0.3+json"), [(ReferrerPlace::Api, 1)]);
    assert_eq!(found(SLSA), [(ReferrerPlace::Api, 1)]);
    assert_eq!(found("https://spdx.dev/Document"), [(ReferrerPlace::Index, 0)]);
    let attestation = ReferrerPlace::CosignTag(CosignTag::Attestation);
    assert_eq!(found("https://cyclonedx.org/bom"), [(attestation, 0)]);
    assert_eq!(found("application/vnd.dsse.envelope.v1+json"), [(attestation, 0)]);
    assert!(found("a/b").is_empty());
}

#[test]
fn lists_that_go_in_circles_or_down_for_ever_end() {
    let stocked_registry = Registry::start(OLD);
    stocked(&stocked_registry);
    for forever in [false, true] {
        let stored = std::sync::Arc::clone(&stocked_registry.stored);
        let count = std::sync::atomic::AtomicU32::new(0);
        let lying = Registry::with(MODERN, move |request, _| {
            if !request.path.contains("/referrers/") {
                return Some(stored.lock().unwrap().reply(request, OLD));
            }
            let number = if forever { count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) } else { 0 };
            let digest = digest(&number.to_be_bytes());
            let entry = json!({ "mediaType": MANIFEST, "digest": digest, "size": 1, "artifactType": "a/b" });
            let page = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [entry] });
            Some(Reply::new(200, page.to_string()).with("Content-Type", INDEX))
        });
        let outcome = tree(&lying, None);
        assert_eq!(outcome.is_err(), forever, "{outcome:?}");
        assert!(lying.server.log().len() < 40);
    }
}
