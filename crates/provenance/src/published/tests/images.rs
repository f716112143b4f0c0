//! An image in a registry that keeps no list of referrers, so that they are under the fallback tag.

use serde_json::json;

use super::evidence::*;
use super::loopback::{Loopback, Reply};
use super::*;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

fn descriptor(media_type: &str, bytes: &[u8]) -> serde_json::Value {
    json!({ "mediaType": media_type, "digest": format!("sha256:{}", sha256(bytes)), "size": bytes.len() })
}

fn manifest(layers: &[serde_json::Value], subject: Option<serde_json::Value>) -> String {
    let mut manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor("application/vnd.oci.empty.v1+json", b"{}"),
        "layers": layers,
    });
    if let Some(subject) = subject {
        manifest["subject"] = subject;
        manifest["artifactType"] = BUNDLE.into();
    }
    manifest.to_string()
}

/// The image's manifest, and a registry where this is attached to it.
fn registry(attach: impl FnOnce(&[u8]) -> Vec<u8>) -> (String, Loopback) {
    let image = manifest(&[], None);
    let bundle = attach(image.as_bytes());
    let attached = manifest(&[descriptor(BUNDLE, &bundle)], Some(descriptor(MANIFEST, image.as_bytes())));
    let listed = descriptor(MANIFEST, attached.as_bytes());
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [listed] }).to_string();
    let at = |what: &str, name: String| format!("/v2/acme/app/{what}/{name}");
    let named = |bytes: &[u8]| format!("sha256:{}", sha256(bytes));
    let answers = BTreeMap::from([
        (at("manifests", named(image.as_bytes())), (MANIFEST, image.clone().into_bytes())),
        (at("manifests", format!("sha256-{}", sha256(image.as_bytes()))), (INDEX, index.into_bytes())),
        (at("manifests", named(attached.as_bytes())), (MANIFEST, attached.into_bytes())),
        (at("blobs", named(&bundle)), ("application/octet-stream", bundle)),
    ]);
    let server = Loopback::start(move |path| match answers.get(path) {
        Some((media_type, body)) => Reply::new(200, media_type, body.clone()),
        None => Reply::new(404, "application/json", "{}"),
    });
    (image, server)
}

fn row(image: &str, server: &Loopback, allowed: bool) -> Row {
    let host = server.url.trim_start_matches("http://");
    let purl = format!("pkg:oci/app@sha256%3A{}?repository_url={host}/acme/app", sha256(image.as_bytes()));
    let fetch = server.fetch(|options| {
        options.network.retries = 0;
        if allowed {
            options.registries.set(Service::Oci, host).unwrap();
        }
    });
    let mut report = Setting::new(&stack().trusted_root_json()).check(&sbom(&[component(&purl, &[])]), &fetch);
    report.rows.remove(0)
}

#[test]
fn what_refers_to_an_image_is_found_under_the_fallback_tag() {
    let (image, server) = registry(|image| attested("acme/app", SLSA, "app", image).to_string().into_bytes());
    let found = row(&image, &server, true);
    assert_eq!((found.status, found.binding), (Status::Unpinned, Some(Binding::Sbom)), "{found:?}");
    assert_eq!(found.pieces[0].what, What::Provenance);
}

#[test]
fn what_is_attached_may_be_anything() {
    let (image, server) = registry(|_| attested("acme/app", SLSA, "app", b"other").to_string().into_bytes());
    assert_eq!(row(&image, &server, true).status, Status::Invalid);
    let (image, server) = registry(|_| b"garbage".to_vec());
    assert_eq!(row(&image, &server, true).status, Status::Invalid);
}

#[test]
fn a_registry_on_this_machine_has_to_be_named() {
    let (image, server) = registry(|_| Vec::new());
    let found = row(&image, &server, false);
    assert_eq!(found.status, Status::Unreachable);
    assert!(found.reason.contains("--registry oci="), "{found:?}");
    assert!(server.log().is_empty());
}
