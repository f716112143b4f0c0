//! What refers to an image: lists, indices under tags, and those that lie.

use std::collections::BTreeMap;

use plimsoll_model::Digest;
use serde_json::{Value, json};

use super::image::{INDEX, MANIFEST, digest};
use super::push::repository;
use super::quick;
use super::server::Reply;
use super::store::{Behaviour, MODERN, OLD, Registry};
use crate::{Attachment, CosignTag, Descriptor, Layer, Referrer, ReferrerPlace, RegistryError, Repository};

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const SBOM: &str = "application/vnd.cyclonedx+json";

fn subject() -> Descriptor {
    Descriptor::new(MANIFEST, Digest::from_prefixed(&digest(b"subject")).unwrap(), 7)
}

fn bundle(text: &str) -> Attachment {
    Attachment::bundle(text, "dsse-envelope", Some("https://slsa.dev/provenance/v1"))
}

fn sbom() -> Attachment {
    let layers = vec![Layer::new(SBOM, "{}")];
    Attachment { artifact_type: SBOM.into(), layers, annotations: BTreeMap::new(), config: None }
}

fn open(registry: &Registry) -> Repository {
    repository(&registry.name("app"), &quick())
}

fn list(repository: &Repository) -> Vec<Referrer> {
    repository.referrers(&subject().digest, None).unwrap()
}

#[test]
fn what_is_attached_is_found() {
    for (behaviour, place) in [(MODERN, ReferrerPlace::Api), (OLD, ReferrerPlace::FallbackTag)] {
        let registry = Registry::start(behaviour);
        let repository = open(&registry);
        let made = repository.attach(&subject(), &bundle("{\"a\":1}")).unwrap();
        repository.attach(&subject(), &sbom()).unwrap();
        // Again changes nothing.
        repository.attach(&subject(), &bundle("{\"a\":1}")).unwrap();
        let found = list(&repository);
        assert_eq!(found.len(), 2, "{behaviour:?}");
        assert!(found.iter().all(|one| one.place == place));
        let bundles = repository.referrers(&subject().digest, Some(BUNDLE)).unwrap();
        assert_eq!(bundles.len(), 1);
        let listed = &bundles[0].descriptor;
        assert_eq!((&listed.digest, listed.size), (&made.descriptor().digest, made.bytes().len() as u64));
        assert_eq!(listed.artifact_type.as_deref(), Some(BUNDLE));
        assert_eq!(listed.annotations["dev.sigstore.bundle.predicateType"], "https://slsa.dev/provenance/v1");
        let manifest = repository.referrer(&subject().digest, listed).unwrap();
        assert_eq!(repository.blob(&manifest.layers()[0], 100).unwrap(), b"{\"a\":1}");
        // The tag is written where there is no list, and nowhere else.
        let tags: Vec<String> = registry.lock().tags.keys().map(|(_, tag)| tag.clone()).collect();
        let expected = (!behaviour.referrers).then(|| subject().digest.to_string().replace(':', "-"));
        assert_eq!(tags, expected.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn an_attachment_has_the_shape_of_the_specification() {
    let registry = Registry::start(MODERN);
    let made = open(&registry).attach(&subject(), &bundle("x")).unwrap();
    let document: Value = serde_json::from_slice(made.bytes()).unwrap();
    let expected = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": BUNDLE,
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": digest(b"{}"), "size": 2 },
        "layers": [{ "mediaType": BUNDLE, "digest": digest(b"x"), "size": 1 }],
        "subject": { "mediaType": MANIFEST, "digest": subject().digest.to_string(), "size": 7 },
        "annotations": {
            "dev.sigstore.bundle.content": "dsse-envelope",
            "dev.sigstore.bundle.predicateType": "https://slsa.dev/provenance/v1",
        },
    });
    assert_eq!(document, expected);
    let bare = Attachment { layers: Vec::new(), ..sbom() };
    let made = open(&registry).attach(&subject(), &bare).unwrap();
    assert_eq!(made.layers()[0].media_type, "application/vnd.oci.empty.v1+json");
}

#[test]
fn bundles_of_all_versions_are_read() {
    let registry = Registry::start(OLD);
    let repository = open(&registry);
    let older = "application/vnd.dev.sigstore.bundle+json;version=0.2";
    let two = Attachment { artifact_type: older.into(), layers: vec![Layer::new(older, "old")], ..sbom() };
    let none = Attachment { layers: vec![Layer::new("text/plain", "x")], ..two.clone() };
    let both = Attachment { layers: vec![Layer::new(older, "x"), Layer::new(older, "y")], ..two.clone() };
    for attachment in [&bundle("new"), &two, &sbom(), &none, &both] {
        repository.attach(&subject(), attachment).unwrap();
    }
    let found = repository.bundles(&subject().digest).unwrap();
    let read = |at: usize, limit| repository.bundle(&subject().digest, &found[at].descriptor, limit);
    assert_eq!((found.len(), read(0, 3).unwrap(), read(1, 3).unwrap()), (4, b"new".to_vec(), b"old".to_vec()));
    assert!(read(0, 2).is_err() && read(2, 100).is_err() && read(3, 100).is_err());
}

#[test]
fn what_others_wrote_in_the_index_stays() {
    let registry = Registry::start(OLD);
    let other = json!({
        "mediaType": MANIFEST, "digest": digest(b"other"), "size": 5, "artifactType": "a/b",
        "annotations": { "who": "another client" }, "platform": { "os": "linux", "architecture": "s390x" },
        "data": "b3RoZXI=", "x-unknown": [1, { "deep": null }],
    });
    let index =
        json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [other], "annotations": { "kept": "yes" } });
    let tag = subject().digest.to_string().replace(':', "-");
    let held = registry.lock().add("app", INDEX, index.to_string());
    registry.lock().tags.insert(("app".into(), tag.clone()), held);
    open(&registry).attach(&subject(), &bundle("x")).unwrap();
    let stored = registry.lock();
    let (media_type, bytes) = &stored.manifests[&("app".into(), stored.tags[&("app".into(), tag)].clone())];
    let document: Value = serde_json::from_slice(bytes).unwrap();
    assert_eq!(media_type, INDEX);
    assert_eq!((&document["manifests"][0], &document["annotations"]["kept"]), (&other, &json!("yes")));
    let own = &document["manifests"][1];
    assert_eq!(own["artifactType"], BUNDLE);
    assert_eq!(own["annotations"]["dev.sigstore.bundle.content"], "dsse-envelope");
}

#[test]
fn somebody_who_writes_at_the_same_time_is_noticed() {
    let tag = subject().digest.to_string().replace(':', "-");
    let (path, other) = (format!("/manifests/{tag}"), std::sync::atomic::AtomicBool::new(true));
    let empty = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] }).to_string();
    let registry = Registry::with(OLD, move |request, stored| {
        if request.method != "PUT" || !request.path.contains(&path) {
            return None;
        }
        let reply = stored.reply(request, OLD);
        if other.swap(false, std::sync::atomic::Ordering::Relaxed) {
            // Who read the index before it was written writes it without the new entry.
            let held = stored.add("app", INDEX, empty.clone());
            stored.tags.insert(("app".into(), tag.clone()), held);
        }
        Some(reply)
    });
    open(&registry).attach(&subject(), &bundle("x")).unwrap();
    assert_eq!(list(&open(&registry)).len(), 1);
}

#[test]
fn a_tag_that_is_something_else_is_not_replaced() {
    let registry = Registry::start(OLD);
    let repository = open(&registry);
    let tag = subject().digest.to_string().replace(':', "-");
    let image = repository.attach(&subject(), &sbom()).unwrap();
    repository.tag(&image, &tag).unwrap();
    assert!(matches!(repository.attach(&subject(), &bundle("x")), Err(RegistryError::Document { .. })));
    assert!(matches!(repository.referrers(&subject().digest, None), Err(RegistryError::Document { .. })));
    assert_eq!(repository.tagged(&tag).unwrap().unwrap(), image);
}

#[test]
fn an_index_that_leaves_out_what_things_are_is_completed() {
    let registry = Registry::start(OLD);
    let repository = open(&registry);
    let made = repository.attach(&subject(), &bundle("x")).unwrap();
    let descriptor = made.descriptor();
    let entry = json!({ "mediaType": MANIFEST, "digest": descriptor.digest.to_string(), "size": descriptor.size });
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [entry] }).to_string();
    let tag = subject().digest.to_string().replace(':', "-");
    let held = registry.lock().add("app", INDEX, index);
    registry.lock().tags.insert(("app".into(), tag), held);
    let found = repository.referrers(&subject().digest, Some(BUNDLE)).unwrap();
    assert_eq!(found[0].descriptor.annotations["dev.sigstore.bundle.content"], "dsse-envelope");
    assert!(repository.referrers(&subject().digest, Some("other/type")).unwrap().is_empty());
}

#[test]
fn pages_are_turned() {
    for filters in [true, false] {
        let registry = Registry::start(Behaviour { page: 3, filters, ..MODERN });
        let repository = open(&registry);
        for number in 0..10 {
            repository.attach(&subject(), &bundle(&number.to_string())).unwrap();
        }
        repository.attach(&subject(), &sbom()).unwrap();
        assert_eq!(list(&repository).len(), 11);
        assert_eq!(repository.referrers(&subject().digest, Some(BUNDLE)).unwrap().len(), 10, "filters: {filters}");
    }
}

/// A registry that answers lists of referrers with this.
fn listing(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Registry {
    Registry::with(MODERN, move |request, _| request.path.contains("/referrers/").then(|| reply(&request.path)))
}

fn page(entries: &Value) -> Reply {
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries });
    Reply::new(200, index.to_string()).with("Content-Type", INDEX)
}

fn entry(number: u32) -> Value {
    json!({ "mediaType": MANIFEST, "digest": digest(&number.to_be_bytes()), "size": 1, "artifactType": BUNDLE })
}

#[test]
fn next_pages_are_of_the_same_list() {
    let circle = listing(|path| page(&json!([entry(1)])).with("Link", format!("<{path}>; rel=\"next\"")));
    assert!(matches!(open(&circle).referrers(&subject().digest, None), Err(RegistryError::Answer { .. })));
    assert!(circle.server.log().len() < 4);
    let two = listing(|path| {
        let other = if path.contains("?b") { "?a" } else { "?b" };
        page(&json!([])).with("Link", format!("<{other}>; rel=next"))
    });
    assert!(matches!(open(&two).referrers(&subject().digest, None), Err(RegistryError::Answer { .. })));
    assert!(two.server.log().len() < 6);
    for target in ["http://127.0.0.2:1/v2/app/referrers/x", "/v2/other/referrers/x", "https://127.0.0.1/", "http://["] {
        let elsewhere = listing(move |_| page(&json!([entry(1)])).with("Link", format!("<{target}>; rel=\"next\"")));
        let error = open(&elsewhere).referrers(&subject().digest, None).unwrap_err();
        assert!(matches!(error, RegistryError::Answer { .. }), "{target}: {error}");
    }
}

#[test]
fn there_is_an_end_to_what_is_read() {
    // A million in one page.
    let text = entry(1).to_string();
    let entries = vec![text.as_str(); 1_000_000].join(",");
    let body = format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{entries}]}}"#);
    let many = listing(move |_| Reply::new(200, body.clone()).with("Content-Type", INDEX));
    assert!(matches!(open(&many).referrers(&subject().digest, None), Err(RegistryError::Answer { .. })));
    // A million in pages without end.
    let count = std::sync::atomic::AtomicU32::new(0);
    let endless = listing(move |_| {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let entries: Vec<Value> = (0..50).map(|at| entry(number * 50 + at)).collect();
        page(&json!(entries)).with("Link", format!("<?page={number}>; rel=\"next\""))
    });
    let error = open(&endless).referrers(&subject().digest, None).unwrap_err();
    assert!(matches!(error, RegistryError::TooMany { limit: 256, .. }), "{error}");
    assert_eq!(endless.server.log().iter().filter(|one| one.path.contains("/referrers/")).count(), 6);
    // Of another type they are not kept, but not read for ever either.
    let error = open(&endless).referrers(&subject().digest, Some("other/type")).unwrap_err();
    assert!(matches!(error, RegistryError::TooMany { .. }), "{error}");
    assert!(endless.server.log().len() < 300);
    // The limit is the caller's.
    let two = listing(|_| page(&json!([entry(1), entry(2)])));
    assert_eq!(open(&two).with_max_referrers(2).referrers(&subject().digest, None).unwrap().len(), 2);
    assert!(open(&two).with_max_referrers(1).referrers(&subject().digest, None).is_err());
}

#[test]
fn an_index_of_nameless_entries_costs_its_limit() {
    let entries: Vec<Value> = (0..2000)
        .map(|at: u32| json!({ "mediaType": MANIFEST, "digest": digest(&at.to_be_bytes()), "size": 1 }))
        .collect();
    let named = listing(move |_| page(&json!(entries)));
    let error = open(&named).referrers(&subject().digest, Some(BUNDLE)).unwrap_err();
    assert!(matches!(error, RegistryError::TooMany { .. }), "{error}");
    assert!(named.server.log().len() < 300);
}

#[test]
fn a_referrer_that_is_not_what_it_was_listed_as_is_refused() {
    let registry = Registry::start(MODERN);
    let repository = open(&registry);
    let made = repository.attach(&subject(), &bundle("x")).unwrap();
    let other = Digest::from_prefixed(&digest(b"another subject")).unwrap();
    let good = made.descriptor().clone();
    repository.referrer(&subject().digest, &good).unwrap();
    // About something else.
    assert!(matches!(repository.referrer(&other, &good), Err(RegistryError::Document { .. })));
    // Of another size.
    let longer = Descriptor { size: good.size + 1, ..good.clone() };
    assert!(matches!(repository.referrer(&subject().digest, &longer), Err(RegistryError::Document { .. })));
    // Other bytes than its digest names.
    let key = ("app".to_owned(), good.digest.to_string());
    registry.lock().manifests.get_mut(&key).unwrap().1.push(b' ');
    assert!(matches!(repository.referrer(&subject().digest, &good), Err(RegistryError::Digest { .. })));
    // And its blobs.
    let layer = &made.layers()[0];
    registry.lock().blobs.get_mut(&("app".to_owned(), layer.digest.to_string())).unwrap()[0] = b'y';
    assert!(matches!(repository.blob(layer, 100), Err(RegistryError::Digest { .. })));
    for size in [0, 2] {
        assert!(repository.blob(&Descriptor { size, ..layer.clone() }, 100).is_err(), "{size}");
    }
    let huge = Descriptor { size: 5 << 30, ..layer.clone() };
    let before = registry.server.log().len();
    assert!(matches!(repository.blob(&huge, 1 << 20), Err(RegistryError::Document { .. })));
    assert_eq!(registry.server.log().len(), before, "it was not asked for");
}

#[test]
fn documents_of_two_kinds_are_refused() {
    let registry = Registry::start(MODERN);
    let repository = open(&registry);
    let config = json!({ "mediaType": "x/y", "digest": digest(b"{}"), "size": 2 });
    for (media_type, document) in [
        (MANIFEST, json!({ "config": config, "layers": [], "manifests": [] })),
        (INDEX, json!({ "config": config, "layers": [], "manifests": [] })),
        (INDEX, json!({ "mediaType": INDEX, "config": config, "layers": [] })),
        (MANIFEST, json!({ "mediaType": MANIFEST, "manifests": [] })),
        (MANIFEST, json!({ "mediaType": INDEX, "manifests": [] })),
        (MANIFEST, json!({ "layers": [] })),
        (MANIFEST, json!({})),
        (MANIFEST, json!({ "config": config, "layers": [], "fsLayers": [] })),
    ] {
        let digest = registry.lock().add("app", media_type, document.to_string());
        let digest = Digest::from_prefixed(&digest).unwrap();
        assert!(matches!(repository.manifest(&digest), Err(RegistryError::Document { .. })), "{document}");
    }
    let twice = format!(r#"{{"layers":[],"layers":[{config}],"config":{config}}}"#);
    let digest = registry.lock().add("app", MANIFEST, twice);
    assert!(repository.manifest(&Digest::from_prefixed(&digest).unwrap()).is_err());
    // A list of referrers is an index, too.
    let both = listing(|_| {
        let document = json!({ "mediaType": INDEX, "manifests": [], "layers": [] });
        Reply::new(200, document.to_string()).with("Content-Type", INDEX)
    });
    assert!(open(&both).referrers(&subject().digest, None).is_err());
}

#[test]
fn registries_say_in_many_ways_that_they_keep_no_list() {
    for status in [400, 404, 405, 406, 501] {
        let registry = listing(move |_| Reply::new(status, "<html>"));
        assert!(open(&registry).referrers(&subject().digest, None).unwrap().is_empty(), "{status}");
    }
    let page = listing(|_| Reply::new(200, "<html>").with("Content-Type", "text/html"));
    assert!(open(&page).referrers(&subject().digest, None).unwrap().is_empty());
    // One that sends those who ask to a page for people, who are asked to log in there.
    let people = super::server::Server::at("127.0.0.2", |_| Reply::new(401, ""));
    let target = people.host.clone();
    let elsewhere = listing(move |_| Reply::redirect(303, format!("http://{target}/login")));
    assert!(open(&elsewhere).referrers(&subject().digest, None).unwrap().is_empty());
    // Trouble is no such answer: signatures that are there must not seem to be missing.
    for status in [401, 403, 429, 500, 503] {
        let registry = listing(move |_| Reply::new(status, "").with("Retry-After", "0"));
        assert!(open(&registry).referrers(&subject().digest, None).is_err(), "{status}");
    }
}

#[test]
fn cosign_tags_are_written_and_read() {
    let registry = Registry::start(OLD);
    let repository = open(&registry);
    let digest = subject().digest;
    assert!(repository.cosign(&digest, CosignTag::Signature).unwrap().is_none());
    let signature = |text: &str| {
        let mut layer = Layer::new("application/vnd.dev.cosign.simplesigning.v1+json", "{}");
        layer.annotations.insert("dev.cosignproject.cosign/signature".into(), text.into());
        layer
    };
    repository.attach_cosign(&digest, CosignTag::Signature, &[signature("one")]).unwrap();
    let two = [signature("one"), signature("two")];
    repository.attach_cosign(&digest, CosignTag::Signature, &two).unwrap();
    let held = repository.cosign(&digest, CosignTag::Signature).unwrap().unwrap();
    let texts: Vec<&str> =
        held.layers().iter().flat_map(|layer| layer.annotations.values().map(|text| &**text)).collect();
    assert_eq!(texts, ["one", "two"]);
    let tag = format!("sha256-{}.sig", digest.hex());
    assert_eq!(CosignTag::Signature.tag(&digest), tag);
    assert!(registry.lock().tags.contains_key(&("app".to_owned(), tag)));
    assert!(repository.cosign(&digest, CosignTag::Attestation).unwrap().is_none());
    // Many signatures are more than are read.
    let few = open(&registry).with_max_referrers(1);
    assert!(matches!(few.cosign(&digest, CosignTag::Signature), Err(RegistryError::TooMany { .. })));
}
