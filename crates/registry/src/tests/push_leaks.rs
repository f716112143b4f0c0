//! Who is told what when something is pushed or copied: mirrors, two registries at once, tokens that expire.

use std::sync::atomic::{AtomicUsize, Ordering};

use data_encoding::BASE64;
use plimsoll_model::Digest;

use super::image::{digest, noise};
use super::push::repository;
use super::server::{Reply, Request, Server};
use super::store::{MODERN, OLD, Registry};
use super::{Credentials, NAME, PASSWORD, quick};
use crate::{Attachment, CopyOptions, CopyPlace, Descriptor, copy};

fn subject() -> Descriptor {
    Descriptor::new(super::image::MANIFEST, Digest::from_prefixed(&digest(b"subject")).unwrap(), 7)
}

#[test]
fn mirrors_are_asked_and_never_written_to() {
    let registry = Registry::start(OLD);
    let mirror = Registry::start(OLD);
    let mut options = quick();
    options.mirrors.push(format!("{}={}", registry.server.host, mirror.server.host).parse().unwrap());
    let repository = repository(&registry.name("app:1"), &options);
    let made = repository.attach(&subject(), &Attachment::bundle("x", "message-signature", None)).unwrap();
    repository.put_manifest(&made, Some("1")).unwrap();
    assert!(mirror.server.log().iter().all(|request| ["GET", "HEAD"].contains(&request.method.as_str())));
    // What the mirror does not list is looked for at the registry.
    assert_eq!(repository.referrers(&subject().digest, None).unwrap().len(), 1);
    assert!(mirror.server.asked("/referrers/") > 0);
    assert_eq!(repository.resolve().unwrap(), made);
}

/// Fails when a server saw what is for another.
fn saw_no(server: &Server, secret: &str, scenario: &str) {
    let encoded = BASE64.encode(secret.as_bytes());
    for request in server.log() {
        let text = format!("{request:?}");
        assert!(!text.contains(secret) && !text.contains(&encoded), "{scenario}: {text}");
    }
}

#[test]
fn two_registries_learn_nothing_of_each_other() {
    let wants = |secret: &'static str| {
        move |request: &Request| {
            let good = format!("Basic {}", BASE64.encode(secret.as_bytes()));
            let refused = request.path != "/v2/" && request.header("authorization") != Some(&good);
            refused.then(|| Reply::new(401, "").with("WWW-Authenticate", r#"Basic realm="it""#))
        }
    };
    let (one, two) = ("captain:first-secret", "captain:second-secret");
    let (asks_one, asks_two) = (wants(one), wants(two));
    let source = Registry::with(MODERN, move |request, _| asks_one(request));
    let target = Registry::with(MODERN, move |request, _| asks_two(request));
    let entry = |host: &str, secret: &str| format!(r#""{host}":{{"auth":"{}"}}"#, BASE64.encode(secret.as_bytes()));
    let auths = [entry(&source.server.host, one), entry(&target.server.host, two)].join(",");
    let credentials = Credentials::new(&format!(r#"{{"auths":{{{auths}}}}}"#));
    let from = repository(&source.name("app:1"), &credentials.options());
    let made = from.attach(&subject(), &Attachment::bundle("x", "message-signature", None)).unwrap();
    from.tag(&made, "1").unwrap();
    let [from, to] =
        [&source, &target].map(|registry| CopyPlace::parse(&format!("registry:{}", registry.name("app:1"))).unwrap());
    copy(&from, &to, &credentials.options(), &CopyOptions::default()).unwrap();
    assert!(target.lock().tags.contains_key(&("app".to_owned(), "1".to_owned())));
    saw_no(&target.server, one, "the target");
    saw_no(&source.server, two, "the source");
}

#[test]
fn a_token_that_expires_within_an_upload_is_replaced() {
    let count = AtomicUsize::new(0);
    let registry = Registry::with_tokens(MODERN, move |request, _| {
        let expired = request.method == "PATCH" && count.fetch_add(1, Ordering::Relaxed) == 1;
        let challenge = format!(r#"Bearer realm="http://{}/token",service="it""#, request.header("host").unwrap());
        expired.then(|| Reply::new(401, "").with("WWW-Authenticate", challenge))
    });
    let credentials = Credentials::password(&registry.server.host);
    let mut repository = repository(&registry.name("app"), &credentials.options());
    repository.part = Some(10_000);
    repository.push_blob("x/y", &noise(45_000)).unwrap();
    assert_eq!((registry.sent("POST", "/uploads/"), registry.server.asked("/token")), (1, 2));
}

#[test]
fn who_may_only_pull_is_told_so() {
    // The token service gives less than it is asked for.
    let stingy = Server::start(move |request| match request.path.as_str() {
        "/v2/" => Reply::new(200, ""),
        path if path.starts_with("/token") => Reply::new(200, r#"{"token":"TOKEN-PULL"}"#),
        _ if request.header("authorization").is_some() && request.method == "HEAD" => Reply::new(404, ""),
        _ => {
            let host = request.header("host").unwrap();
            let challenge = format!(r#"Bearer realm="http://{host}/token",error="insufficient_scope""#);
            Reply::new(401, "").with("WWW-Authenticate", challenge)
        }
    });
    let credentials = Credentials::password(&stingy.host);
    let error = repository(&format!("{}/app", stingy.host), &credentials.options()).push_blob("x/y", b"z").unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("refuses access") && !text.contains(PASSWORD) && !text.contains(NAME), "{text}");
    assert!(stingy.log().len() < 12);
}
