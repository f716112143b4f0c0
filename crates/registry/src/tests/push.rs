//! Blobs and manifests that are pushed, on good connections and bad ones.

use std::sync::atomic::{AtomicUsize, Ordering};

use plimsoll_model::Digest;

use super::image::{MANIFEST, digest, noise};
use super::server::{HANG_UP, Reply, Server};
use super::store::{MODERN, OLD, Registry};
use super::{Credentials, NAME, PASSWORD, quick};
use crate::{Descriptor, ImageReference, Manifest, NetworkOptions, RegistryError, Repository};

pub(super) fn repository(name: &str, options: &NetworkOptions) -> Repository {
    let reference: ImageReference = name.parse().unwrap();
    Repository::open(&reference, options)
}

/// One whose parts are small.
fn in_parts(registry: &Registry) -> Repository {
    let mut repository = repository(&registry.name("app"), &quick());
    repository.part = Some(10_000);
    repository
}

/// A manifest without layers.
fn manifest(repository: &Repository) -> Manifest {
    let config = repository.push_blob("application/vnd.oci.image.config.v1+json", b"{}").unwrap();
    let text = format!(
        r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{{"mediaType":"{}","digest":"{}","size":2}},"layers":[]}}"#,
        config.media_type, config.digest
    );
    Manifest::made(text.into_bytes()).unwrap()
}

#[test]
fn what_is_pushed_is_there() {
    let registry = Registry::start(MODERN);
    let repository = repository(&registry.name("acme/app:1"), &quick());
    let manifest = manifest(&repository);
    repository.put_manifest(&manifest, Some("1")).unwrap();
    repository.tag(&manifest, "latest").unwrap();
    let held = repository.resolve().unwrap();
    assert_eq!((held.bytes(), held.descriptor()), (manifest.bytes(), manifest.descriptor()));
    assert_eq!(repository.manifest(&held.descriptor().digest).unwrap(), held);
    assert_eq!(repository.tagged("latest").unwrap().unwrap(), held);
    assert!(repository.tagged("other").unwrap().is_none());
    let crate::Content::Blobs { config, .. } = held.content() else { panic!("an index") };
    assert_eq!(repository.blob(config, 100).unwrap(), b"{}");
    assert!(repository.tag(&manifest, "../x").is_err() && repository.tagged("a/b").is_err());
}

#[test]
fn what_is_there_is_not_sent_again() {
    let registry = Registry::start(MODERN);
    let repository = repository(&registry.name("app"), &quick());
    for _ in 0..2 {
        repository.push_blob("x/y", b"once").unwrap();
    }
    assert_eq!((registry.sent("POST", "/uploads/"), registry.sent("PUT", "/uploads/")), (1, 1));
    // The smallest blob is one, too.
    repository.push_blob("x/y", b"").unwrap();
    assert_eq!(registry.lock().blobs.len(), 2);
}

#[test]
fn a_large_blob_goes_in_parts() {
    let registry = Registry::start(MODERN);
    let bytes = noise(95_000);
    let pushed = in_parts(&registry).push_blob("x/y", &bytes).unwrap();
    assert_eq!(registry.lock().blobs[&("app".to_owned(), pushed.digest.to_string())], bytes);
    assert_eq!((registry.sent("PATCH", ""), registry.sent("PUT", "")), (10, 1));
    // The query of the place is kept as it was.
    assert!(registry.server.log().iter().filter(|one| one.method == "PATCH").all(|one| one.path.contains("a%2Fb")));
}

#[test]
fn a_registry_may_want_larger_parts() {
    let registry = Registry::with(MODERN, |request, stored| {
        let begins = request.method == "POST";
        begins.then(|| stored.reply(request, MODERN).with("OCI-Chunk-Min-Length", "40000"))
    });
    in_parts(&registry).push_blob("x/y", &noise(95_000)).unwrap();
    assert_eq!(registry.sent("PATCH", ""), 3);
    let greedy = Registry::with(MODERN, |request, stored| {
        let begins = request.method == "POST";
        begins.then(|| stored.reply(request, MODERN).with("OCI-Chunk-Min-Length", "99999999999"))
    });
    assert!(in_parts(&greedy).push_blob("x/y", &noise(95_000)).is_err());
}

#[test]
fn a_cut_upload_goes_on_where_it_was() {
    for kept in [0_usize, 1, 5_000, 10_000] {
        let count = AtomicUsize::new(0);
        let registry = Registry::with(MODERN, move |request, stored| {
            // The third part is cut: the registry keeps some of it, and nobody is told.
            if request.method != "PATCH" || count.fetch_add(1, Ordering::Relaxed) != 2 {
                return None;
            }
            let held = stored.uploads.values_mut().next().unwrap();
            held.extend_from_slice(&request.bytes[..kept]);
            Some(Reply::new(HANG_UP, ""))
        });
        let bytes = noise(45_000);
        let pushed = in_parts(&registry).push_blob("x/y", &bytes).unwrap();
        assert_eq!(registry.lock().blobs[&("app".to_owned(), pushed.digest.to_string())], bytes, "{kept}");
        assert_eq!(registry.sent("POST", ""), 1, "{kept}: it was not begun anew");
        let expected = if kept == 10_000 { 5 } else { 6 };
        assert_eq!(registry.sent("PATCH", ""), expected, "{kept}");
    }
}

#[test]
fn an_upload_that_is_forgotten_begins_anew() {
    let count = AtomicUsize::new(0);
    let registry = Registry::with(MODERN, move |request, stored| {
        if request.method == "PATCH" && count.fetch_add(1, Ordering::Relaxed) == 2 {
            stored.uploads.clear();
        }
        None
    });
    let bytes = noise(45_000);
    in_parts(&registry).push_blob("x/y", &bytes).unwrap();
    assert_eq!(registry.sent("POST", ""), 2);
    // Not for ever.
    let forgetful = Registry::with(MODERN, |request, stored| {
        if request.method == "PATCH" {
            stored.uploads.clear();
        }
        None
    });
    assert!(matches!(in_parts(&forgetful).push_blob("x/y", &bytes), Err(RegistryError::NotFound { .. })));
    assert!(forgetful.server.log().len() < 20);
}

#[test]
fn an_answer_that_is_lost_is_no_loss() {
    let count = AtomicUsize::new(0);
    let registry = Registry::with(MODERN, move |request, stored| {
        // It does what it was told, and the connection ends.
        if request.method == "PUT" && count.fetch_add(1, Ordering::Relaxed) == 0 {
            stored.reply(request, MODERN);
            return Some(Reply::new(HANG_UP, ""));
        }
        None
    });
    repository(&registry.name("app"), &quick()).push_blob("x/y", b"once").unwrap();
    assert_eq!(registry.lock().blobs.len(), 1);
}

#[test]
fn a_server_in_trouble_is_asked_again() {
    for status in [429, 500, 503] {
        let count = AtomicUsize::new(0);
        let registry = Registry::with(MODERN, move |_, _| {
            let busy = count.fetch_add(1, Ordering::Relaxed).is_multiple_of(3);
            busy.then(|| Reply::new(status, "").with("Retry-After", "0"))
        });
        let repository = in_parts(&registry);
        repository.push_blob("x/y", &noise(25_000)).unwrap();
        repository.put_manifest(&manifest(&repository), Some("1")).unwrap();
        assert_eq!(registry.lock().blobs.len(), 2, "{status}");
    }
}

#[test]
fn what_is_refused_is_said() {
    for (status, method) in [(403, "POST"), (400, "PUT"), (413, "PATCH"), (405, "POST")] {
        let registry = Registry::with(MODERN, move |request, _| {
            let here = request.method == method;
            here.then(|| Reply::new(status, r#"{"errors":[{"code":"NO","message":"not today"}]}"#))
        });
        let error = in_parts(&registry).push_blob("x/y", &noise(25_000)).unwrap_err();
        assert!(error.to_string().contains("not today"), "{status}: {error}");
        assert!(registry.server.log().len() < 12, "{status}");
    }
}

/// More than goes from memory.
const LARGE: u32 = 9_000_000;

#[test]
fn a_large_blob_goes_as_it_is_read() {
    let registry = Registry::start(MODERN);
    let repository = repository(&registry.name("app"), &quick());
    let bytes = noise(LARGE);
    let pushed = repository.push_blob("x/y", &bytes).unwrap();
    assert_eq!(registry.lock().blobs[&("app".to_owned(), pushed.digest.to_string())], bytes);
    assert_eq!((registry.sent("PATCH", ""), registry.sent("PUT", "")), (0, 1));
}

#[test]
fn what_does_not_go_whole_goes_in_parts() {
    for status in [HANG_UP, 400, 413, 503] {
        let registry = Registry::with(MODERN, move |request, _| {
            (request.method == "PUT" && request.bytes.len() > 5_000_000).then(|| Reply::new(status, ""))
        });
        let bytes = noise(LARGE);
        let pushed = repository(&registry.name("app"), &quick()).push_blob("x/y", &bytes).unwrap();
        assert_eq!(registry.lock().blobs[&("app".to_owned(), pushed.digest.to_string())], bytes, "{status}");
        let log = registry.server.log();
        assert!(log.iter().all(|request| request.method != "PATCH" || request.bytes.len() <= 4 << 20), "{status}");
        assert_eq!(registry.sent("PATCH", ""), 3, "{status}");
    }
}

#[test]
fn what_does_not_go_in_parts_goes_whole_again() {
    let count = AtomicUsize::new(0);
    let registry = Registry::with(MODERN, move |request, _| match request.method.as_str() {
        "PUT" if count.fetch_add(1, Ordering::Relaxed) == 0 => Some(Reply::new(HANG_UP, "")),
        "PATCH" => Some(Reply::new(405, "")),
        _ => None,
    });
    repository(&registry.name("app"), &quick()).push_blob("x/y", &noise(LARGE)).unwrap();
    assert_eq!((registry.sent("PATCH", ""), registry.sent("PUT", "")), (1, 2));
}

#[test]
fn a_token_that_expires_before_a_stream_begins_it_again() {
    let count = AtomicUsize::new(0);
    let registry = Registry::with_tokens(MODERN, move |request, _| {
        let expired = request.method == "PUT" && count.fetch_add(1, Ordering::Relaxed) == 0;
        let challenge = format!(r#"Bearer realm="http://{}/token",service="it""#, request.header("host").unwrap());
        expired.then(|| Reply::new(401, "").with("WWW-Authenticate", challenge))
    });
    let credentials = Credentials::password(&registry.server.host);
    repository(&registry.name("app"), &credentials.options()).push_blob("x/y", &noise(LARGE)).unwrap();
    assert_eq!((registry.sent("POST", "/uploads/"), registry.sent("PUT", "")), (1, 2));
}

#[test]
fn wrong_bytes_in_a_stream_do_not_arrive() {
    let registry = Registry::start(MODERN);
    let repository = repository(&registry.name("app"), &quick());
    let (size, other) = (u64::from(LARGE), vec![1_u8; LARGE as usize]);
    for (said, size) in [(other, size), (noise(LARGE), size - 1), (noise(LARGE), size + 1)] {
        let wanted: Digest = Digest::from_prefixed(&digest(&said)).unwrap();
        let blob = Descriptor::new("x/y", wanted, size);
        let error = repository.push_stream(&blob, &|| Ok(Box::new(std::io::Cursor::new(noise(LARGE))))).unwrap_err();
        assert!(matches!(error, RegistryError::Digest { .. } | RegistryError::Document { .. }), "{error}");
    }
    assert!(registry.lock().blobs.is_empty() && registry.sent("PUT", "") == 0, "no request came in whole");
}

#[test]
fn a_blob_of_another_repository_is_mounted() {
    let registry = Registry::start(MODERN);
    let from = repository(&registry.name("base"), &quick());
    let blob = from.push_blob("x/y", b"shared").unwrap();
    let to = repository(&registry.name("app"), &quick()).mounting(&from);
    let unread: &crate::exchange::Open<'_> = &|| panic!("it need not be read");
    assert_eq!(to.push_stream(&blob, unread).unwrap(), crate::Pushed::Mounted);
    // What is not there is sent.
    to.push_blob("x/y", b"own").unwrap();
    let keys: Vec<_> = registry.lock().blobs.keys().map(|(repository, _)| repository.clone()).collect();
    assert_eq!(keys, ["app", "app", "base"]);
}

#[test]
fn wrong_bytes_are_not_kept() {
    let registry = Registry::start(MODERN);
    let repository = in_parts(&registry);
    for (said, size) in [(vec![1_u8; 25_000], 25_000_u64), (noise(25_000), 24_000), (noise(25_000), 26_000)] {
        let wanted: Digest = Digest::from_prefixed(&digest(&said)).unwrap();
        let blob = Descriptor::new("x/y", wanted, size);
        let error = repository.push_stream(&blob, &|| Ok(Box::new(std::io::Cursor::new(noise(25_000))))).unwrap_err();
        assert!(matches!(error, RegistryError::Digest { .. } | RegistryError::Document { .. }), "{error}");
    }
    assert!(registry.lock().blobs.is_empty());
    assert_eq!(registry.sent("PUT", ""), 0);
}

#[test]
fn a_registry_that_keeps_something_else_is_found_out() {
    let other = digest(b"other");
    let registry = Registry::with(MODERN, move |request, _| {
        (request.method == "PUT").then(|| Reply::new(201, "").with("Docker-Content-Digest", other.clone()))
    });
    let repository = repository(&registry.name("app"), &quick());
    assert!(matches!(repository.push_blob("x/y", b"mine"), Err(RegistryError::Answer { .. })));
    let text = format!(r#"{{"config":{{"mediaType":"x","digest":"{}","size":2}},"layers":[]}}"#, digest(b"{}"));
    let made = Manifest::made(text.into_bytes()).unwrap();
    assert!(matches!(repository.put_manifest(&made, None), Err(RegistryError::Answer { .. })));
}

#[test]
fn tokens_are_asked_for_what_is_done() {
    let registry = Registry::with_tokens(OLD, |_, _| None);
    let credentials = Credentials::password(&registry.server.host);
    let reader = repository(&registry.name("app:1"), &credentials.options());
    assert!(matches!(reader.resolve(), Err(RegistryError::NotFound { .. })));
    let scopes = |registry: &Registry| -> Vec<String> {
        let log = registry.server.log();
        log.iter().filter_map(|one| Some(one.path.split_once("&scope=")?.1.to_owned())).collect()
    };
    assert_eq!(scopes(&registry), ["repository%3Aapp%3Apull"]);
    let manifest = manifest(&reader);
    reader.put_manifest(&manifest, Some("1")).unwrap();
    assert_eq!(scopes(&registry), ["repository%3Aapp%3Apull", "repository%3Aapp%3Apull%2Cpush"]);
    // For mounting, what it is mounted from has to be read.
    let from = repository(&registry.name("base"), &credentials.options());
    let to = repository(&registry.name("other"), &credentials.options()).mounting(&from);
    to.push_blob("x/y", b"z").unwrap();
    assert_eq!(scopes(&registry)[2], "repository%3Aother%3Apull%2Cpush&scope=repository%3Abase%3Apull");
}

/// Fails when a server saw anything that is secret.
fn saw_nothing(server: &Server, scenario: &str) {
    for request in server.log() {
        let text = format!("{request:?}");
        assert!(request.header("authorization").is_none(), "{scenario}: {text}");
        assert!(![PASSWORD, NAME, "TOKEN"].iter().any(|secret| text.contains(secret)), "{scenario}: {text}");
    }
}

#[test]
fn a_place_elsewhere_gets_no_credentials() {
    for challenges in [false, true] {
        for redirects in [false, true] {
            let scenario = format!("challenges {challenges}, redirects {redirects}");
            let evil = Server::at("127.0.0.2", move |request| match request.method.as_str() {
                _ if challenges => Reply::new(401, "").with("WWW-Authenticate", r#"Basic realm="it""#),
                "PATCH" => Reply::new(202, "").with("Location", "/upload"),
                _ => Reply::new(201, ""),
            });
            let target = evil.host.clone();
            let registry = Registry::with_tokens(MODERN, move |request, _| {
                let place = format!("http://{target}/upload?signature=1");
                match request.method.as_str() {
                    "POST" if redirects => Some(Reply::new(202, "").with("Location", "/v2/app/blobs/uploads/1")),
                    "POST" => Some(Reply::new(202, "").with("Location", place)),
                    "PUT" | "PATCH" => Some(Reply::redirect(307, place)),
                    _ => None,
                }
            });
            let credentials = Credentials::password(&registry.server.host);
            let mut repository = repository(&registry.name("app"), &credentials.options());
            repository.part = Some(10_000);
            for bytes in [noise(4), noise(25_000)] {
                let pushed = repository.push_blob("x/y", &bytes);
                assert_eq!(pushed.is_ok(), !challenges, "{scenario}");
            }
            assert!(!evil.log().is_empty(), "{scenario}");
            saw_nothing(&evil, &scenario);
        }
    }
}

#[test]
fn places_that_nobody_should_write_to_are_not_followed() {
    for place in [
        "http://169.254.169.254/latest/meta-data/",
        "http://plain.example/upload",
        "http://user:password@127.0.0.1/upload",
        "file:///etc/passwd",
        "http://[",
    ] {
        let registry = Registry::with(MODERN, move |request, _| {
            (request.method == "POST").then(|| Reply::new(202, "").with("Location", place))
        });
        let error = repository(&registry.name("app"), &quick()).push_blob("x/y", b"z").unwrap_err();
        assert!(matches!(error, RegistryError::Target { .. } | RegistryError::Answer { .. }), "{place}: {error}");
    }
    // Nor one that turns what is sent into a question.
    for status in [301, 302, 303] {
        let registry = Registry::with(MODERN, move |request, _| {
            (request.method == "PUT").then(|| Reply::redirect(status, "/v2/app/elsewhere"))
        });
        let error = repository(&registry.name("app"), &quick()).push_blob("x/y", b"z").unwrap_err();
        assert!(error.to_string().contains("redirects what is sent"), "{error}");
    }
}

#[test]
fn a_digest_that_is_a_path_never_leaves() {
    let registry = Registry::start(MODERN);
    assert!(registry.name("app@sha256:../../x").parse::<ImageReference>().is_err());
    let evil = r#"{"schemaVersion":2,"config":{"mediaType":"x","digest":"sha256:../../other","size":2},"layers":[]}"#;
    let digest = registry.lock().add("app", MANIFEST, evil);
    registry.lock().tags.insert(("app".into(), "latest".into()), digest);
    let repository = repository(&registry.name("app"), &quick());
    assert!(matches!(repository.resolve(), Err(RegistryError::Document { .. })));
    assert!(registry.server.log().iter().all(|request| !request.path.contains("..")));
}
