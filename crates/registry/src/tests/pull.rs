//! Names, platforms and documents.

use std::sync::Arc;

use plimsoll_source::{OpenOptions, SourceError};

use super::image::{Image, MANIFEST, digest};
use super::server::{Reply, Server};
use super::{open, pull, quick, told};
use crate::{ImageReference, RegistryError, open_registry};

#[test]
fn a_tag_is_resolved_once() {
    let image = Image::new(5000);
    let server = Server::start(image.clone().honest());
    let opened = open(&format!("{}/app:1", server.host), &quick()).unwrap();
    assert_eq!(opened.digest.to_string(), image.manifest);
    let source = &opened.sources[0];
    assert_eq!(super::files(&**source).unwrap()["large.bin"], 5000);
    let info = source.info();
    let described = info.image.as_ref().unwrap();
    assert_eq!(described.tags, [format!("{}/app:1", server.host)]);
    assert_eq!(described.repository.as_deref(), Some(format!("{}/app", server.host).as_str()));
    assert_eq!(described.manifest_digest.as_ref().unwrap().to_string(), image.manifest);
    assert!(described.index_digest.is_none() && info.digests_checked);
    assert_eq!((server.asked("/manifests/1"), server.asked("/manifests/")), (1, 1));
    assert_eq!(server.asked("/blobs/"), 3);
}

#[test]
fn a_digest_is_asked_for_and_compared() {
    let image = Image::new(100);
    let server = Server::start(image.clone().honest());
    let name = format!("{}/app:old@{}", server.host, image.manifest);
    assert_eq!(pull(&name, &quick()).unwrap().len(), 2);
    assert_eq!(server.asked("/manifests/old"), 0);
    let other = Image::new(104);
    let (wrong, wanted) = (other.clone(), image.manifest.clone());
    let liar = Server::start(move |request| {
        let mut reply = wrong.reply(request, &wrong.manifest);
        if request.path.contains(&wanted) {
            reply = wrong.reply(
                &super::server::Request { path: "/v2/app/manifests/1".into(), ..request.clone() },
                &wrong.manifest,
            );
        }
        reply
    });
    let error = open(&format!("{}/app@{}", liar.host, image.manifest), &quick()).unwrap_err();
    assert!(matches!(error, SourceError::DigestMismatch { .. }), "{}", told(&error));
}

#[test]
fn what_a_registry_says_of_a_digest_must_be_so() {
    let image = Image::new(100);
    let server = Server::start(move |request| {
        let mut reply = image.reply(request, &image.manifest);
        for (name, value) in &mut reply.headers {
            if name == "Docker-Content-Digest" {
                *value = digest(b"other");
            }
        }
        reply
    });
    let error = open(&format!("{}/app", server.host), &quick()).unwrap_err();
    assert!(matches!(error, SourceError::DigestMismatch { .. }), "{}", told(&error));
}

#[test]
fn platforms_of_an_index_are_chosen_as_in_a_layout() {
    let mut all = Image::new(100);
    let arm = Image::of("arm64", &[vec![0; 1024]]);
    all.blobs.extend(arm.blobs.clone());
    all.manifests.extend(arm.manifests.clone());
    let platform = |name: &str| format!(r#","platform":{{"os":"linux","architecture":"{name}"}}"#);
    let (own, other) = (all.manifest.clone(), arm.manifest.clone());
    let nested = all.index(&[all.descriptor(&other, &platform("arm64"))]);
    let listed = [all.descriptor(&own, &platform("amd64")), all.descriptor(&nested, "")];
    let root = all.index(&listed);
    let (image, tag) = (Arc::new(all), root.clone());
    let server = Server::start(move |request| image.reply(request, &tag));
    let reference: ImageReference = format!("{}/app", server.host).parse().unwrap();
    let with = |platform: Option<&str>| {
        let mut options = OpenOptions::default();
        options.platform = platform.map(str::to_owned);
        open_registry(&reference, &quick(), &options)
    };
    let opened = with(None).unwrap();
    assert_eq!(opened.digest.to_string(), root);
    let described = opened.sources[0].info().image.clone().unwrap();
    assert_eq!(described.architecture.as_deref(), Some("amd64"));
    assert_eq!(described.index_digest.unwrap().to_string(), root);
    // The manifest of a platform that is named in the index is not fetched unless it is chosen.
    assert_eq!(server.asked(&other), 0);
    let arm = with(Some("linux/arm64")).unwrap();
    assert_eq!(arm.sources[0].info().image.as_ref().unwrap().architecture.as_deref(), Some("arm64"));
    assert_eq!(with(Some("all")).unwrap().sources.len(), 2);
    assert!(matches!(with(Some("linux/s390x")), Err(SourceError::Platform { .. })));
}

#[test]
fn old_and_foreign_documents_are_named() {
    let schema1 = r#"{"schemaVersion":1,"name":"app","tag":"1","fsLayers":[{"blobSum":"sha256:00"}]}"#;
    let artifact = format!(
        r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{{"mediaType":"application/vnd.example","digest":"{}","size":2}},"layers":[]}}"#,
        digest(b"{}")
    );
    for (document, kind, part) in [
        (schema1, "application/vnd.docker.distribution.manifest.v1+prettyjws", "schema 1"),
        (artifact.as_str(), MANIFEST, "lists no image"),
        ("<html>", "text/html", "malformed"),
        (r#"{"manifests":[],"layers":[],"config":{"digest":"x","size":1}}"#, MANIFEST, "at once"),
        (r#"{"manifests":[]}"#, MANIFEST, "at once"),
    ] {
        let (document, kind) = (document.to_owned(), kind.to_owned());
        let server = Server::start(move |_| Reply::new(200, document.clone()).with("Content-Type", kind.clone()));
        let told = told(&open(&format!("{}/app", server.host), &quick()).unwrap_err());
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn documents_have_a_limit() {
    let huge = Server::start(|request| match request.path.as_str() {
        "/v2/" => Reply::new(200, ""),
        _ => Reply::new(200, vec![b' '; (4 << 20) + 1]),
    });
    let claimed = Server::start(|request| match request.path.as_str() {
        "/v2/" => Reply::new(200, ""),
        _ => Reply { length: Some("99999999999999".into()), ..Reply::new(200, "{") },
    });
    for server in [huge, claimed] {
        let told = told(&open(&format!("{}/app", server.host), &quick()).unwrap_err());
        assert!(told.contains("more than 4194304 bytes"), "{told}");
    }
    let image = Image::new(100);
    let config = image.config.clone();
    let long = Server::start(move |request| match image.reply(request, &image.manifest) {
        reply if request.path.contains(&config) => Reply::new(200, [reply.body, vec![b' '; 1 << 20]].concat()),
        reply => reply,
    });
    assert!(told(&open(&format!("{}/app", long.host), &quick()).unwrap_err()).contains("more than"));
}

#[test]
fn an_index_cannot_ask_for_requests_without_end() {
    let mut image = Image::new(100);
    let many: Vec<String> = (0..5000)
        .map(|n| format!(r#"{{"mediaType":"{MANIFEST}","digest":"{}","size":2}}"#, digest(&[n as u8, (n >> 8) as u8])))
        .collect();
    let root = image.index(&many);
    let server = Server::start(move |request| match image.reply(request, &root) {
        reply if request.path.contains(&root) || !request.path.contains("/manifests/sha256") => reply,
        _ => Reply::new(200, "{}").with("Content-Type", MANIFEST),
    });
    assert!(open(&format!("{}/app", server.host), &quick()).is_err());
    assert!(server.log().len() < 1010);
}

#[test]
fn layers_that_may_be_absent_may_be() {
    for present in [false, true] {
        let mut image = Image::new(100);
        let (media_type, document) = image.manifests.remove(&image.manifest.clone()).unwrap();
        let foreign = String::from_utf8(document).unwrap().replacen(
            "application/vnd.oci.image.layer.v1.tar+gzip",
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            1,
        );
        image.manifest = image.add(&media_type, foreign);
        if !present {
            image.blobs.remove(&image.layers[0]);
        }
        let server = Server::start(image.honest());
        let files = pull(&format!("{}/app", server.host), &quick()).unwrap();
        assert_eq!(files.contains_key("large.bin"), present);
    }
}

#[test]
fn what_is_not_there_is_said() {
    let server = Server::start(Image::new(100).honest());
    let error = open(&format!("{}/other:1", server.host), &quick()).unwrap_err();
    assert!(matches!(RegistryError::find(&error), Some(RegistryError::NotFound { .. })));
    assert!(told(&error).contains("NAME_UNKNOWN not here"), "{}", told(&error));
    // Asked for once: it will not be there the second time either.
    assert_eq!(server.asked("/v2/other/"), 1);
}

#[test]
fn a_mirror_is_asked_first_and_need_not_have_it() {
    let image = Image::new(100);
    let upstream = Server::start(image.clone().honest());
    let (full, empty) = (Server::start(image.honest()), Server::start(|_| Reply::new(404, "")));
    for (mirror, served) in [(full.host.clone(), 0), (empty.host.clone(), 3), ("127.0.0.1:1".to_owned(), 3)] {
        let before = upstream.asked("/blobs/");
        let mut options = quick();
        options.retries = 0;
        options.mirrors.push(format!("{}={mirror}", upstream.host).parse().unwrap());
        assert_eq!(pull(&format!("{}/app", upstream.host), &options).unwrap().len(), 2);
        assert_eq!(upstream.asked("/blobs/") - before, served);
    }
}
