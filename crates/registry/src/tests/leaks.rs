//! Registries that want the user's credentials to go elsewhere. In each case there is a server that must not get them,
//! and it remembers every byte it was sent.

use std::sync::Arc;
use std::sync::OnceLock;

use data_encoding::BASE64;

use super::authentication::basic;
use super::image::Image;
use super::server::{Reply, Request, Server};
use super::{Credentials, NAME, PASSWORD, files, open, quick};
use crate::NetworkOptions;

/// A server that is after credentials. It serves the right content to whoever asks, and gives tokens.
fn evil(image: &Image) -> Server {
    let image = image.clone();
    Server::at("127.0.0.2", move |request| {
        if request.path.starts_with("/token") {
            return Reply::new(200, r#"{"token":"TOKEN"}"#);
        }
        image.reply(request, &image.manifest)
    })
}

/// Fails when a server saw anything that is secret.
fn saw_nothing(server: &Server, scenario: &str) {
    let encoded = BASE64.encode(format!("{NAME}:{PASSWORD}").as_bytes());
    for request in server.log() {
        let text = format!("{request:?}");
        assert!(request.header("authorization").is_none(), "{scenario}: {text}");
        for secret in [PASSWORD, "TOKEN", "LEGACY", &encoded] {
            assert!(!text.contains(secret), "{scenario}: {text}");
        }
        assert!(request.header("cookie").is_none() && request.header("referer").is_none(), "{scenario}: {text}");
    }
}

/// How a registry is told who asks.
#[derive(Debug, Clone, Copy)]
enum Wants {
    Token,
    Password,
}

/// A registry that wants a token or a password, for which `instead` may answer anything it likes.
fn registry(
    image: &Image,
    wants: Wants,
    instead: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static,
) -> Server {
    let (image, own) = (image.clone(), Arc::new(OnceLock::<String>::new()));
    let host = Arc::clone(&own);
    let server = Server::start(move |request| {
        let authorization = request.header("authorization");
        if request.path.starts_with("/token") {
            let good = authorization == Some(&basic()) || request.body.contains(PASSWORD);
            return if good { Reply::new(200, r#"{"token":"TOKEN"}"#) } else { Reply::new(401, "") };
        }
        if request.path == "/v2/" {
            return Reply::new(200, "");
        }
        let (good, challenge) = match wants {
            Wants::Token => {
                ("Bearer TOKEN".to_owned(), format!(r#"Bearer realm="http://{}/token""#, host.get().unwrap()))
            }
            Wants::Password => (basic(), r#"Basic realm="it""#.to_owned()),
        };
        if authorization != Some(&good) {
            return Reply::new(401, "").with("WWW-Authenticate", challenge);
        }
        instead(request).unwrap_or_else(|| image.reply(request, &image.manifest))
    });
    own.set(server.host.clone()).unwrap();
    server
}

/// Pulls, whatever comes of it; whether it worked.
fn pulls(server: &Server, options: &NetworkOptions) -> bool {
    let mut options = options.clone();
    options.retries = 1;
    let opened = open(&format!("{}/app", server.host), &options);
    opened.is_ok_and(|opened| files(&*opened.sources[0]).is_ok_and(|files| files.len() == 2))
}

#[test]
fn what_it_redirects_to_is_not_told() {
    let image = Image::new(1000);
    for wants in [Wants::Token, Wants::Password] {
        for part in ["/manifests/", &image.config, &image.layers[0], &image.layers[1]] {
            for status in [301, 302, 303, 307, 308] {
                let scenario = format!("{status} of {part} with {wants:?}");
                let (evil, part) = (evil(&image), part.to_owned());
                let target = evil.host.clone();
                let server = registry(&image, wants, move |request| {
                    let elsewhere = format!("http://{target}{}?signature=1#fragment", request.path);
                    request.path.contains(&part).then(|| Reply::redirect(status, elsewhere))
                });
                let credentials = Credentials::password(&server.host);
                assert!(pulls(&server, &credentials.options()), "{scenario}");
                assert!(!evil.log().is_empty(), "{scenario}");
                saw_nothing(&evil, &scenario);
            }
        }
    }
}

#[test]
fn odd_redirects_tell_nothing() {
    let image = Image::new(1000);
    type Target = fn(&str, &str) -> String;
    let targets: [(&str, Target, bool); 7] = [
        ("without a scheme", |host, path| format!("//{host}{path}"), true),
        ("with a name in it", |host, path| format!("http://{NAME}:x@{host}{path}"), false),
        ("with backslashes", |host, path| format!("http:\\\\{host}{path}"), true),
        ("to another scheme", |host, path| format!("gopher://{host}{path}"), false),
        ("to a cloud's secrets", |_, _| "http://169.254.169.254/latest/meta-data/".to_owned(), false),
        ("to a plain host", |_, path| format!("http://registry.example{path}"), false),
        ("to a file", |_, _| "file:///etc/passwd".to_owned(), false),
    ];
    for (scenario, target, works) in targets {
        let evil = evil(&image);
        let host = evil.host.clone();
        let server = registry(&image, Wants::Token, move |request| {
            request.path.contains("/blobs/").then(|| Reply::redirect(307, target(&host, &request.path)))
        });
        let credentials = Credentials::password(&server.host);
        assert_eq!(pulls(&server, &credentials.options()), works, "{scenario}");
        assert_eq!(!evil.log().is_empty(), works, "{scenario}");
        saw_nothing(&evil, scenario);
    }
}

#[test]
fn a_chain_of_redirects_tells_nothing_on_its_way() {
    // There and back: the registry gets its own token again, the one in between none.
    let image = Image::new(1000);
    let back = Arc::new(OnceLock::<String>::new());
    let to = Arc::clone(&back);
    let evil = Server::at("127.0.0.2", move |request| {
        Reply::redirect(307, format!("http://{}{}?again=1", to.get().unwrap(), request.path))
    });
    let host = evil.host.clone();
    let server = registry(&image, Wants::Token, move |request| {
        let first = request.path.contains("/blobs/") && !request.path.contains("again");
        first.then(|| Reply::redirect(307, format!("http://{host}{}", request.path)))
    });
    back.set(server.host.clone()).unwrap();
    let credentials = Credentials::password(&server.host);
    assert!(pulls(&server, &credentials.options()));
    saw_nothing(&evil, "there and back");
    let round = registry(&image, Wants::Token, |request| Some(Reply::redirect(307, request.path.clone())));
    let credentials = Credentials::password(&round.host);
    assert!(!pulls(&round, &credentials.options()));
    assert!(round.log().len() < 20, "a circle is left");
}

#[test]
fn a_target_that_asks_who_it_is_gets_no_answer() {
    let image = Image::new(1000);
    for challenge in [r#"Basic realm="it""#.to_owned(), r#"Bearer realm="HOST/token""#.to_owned()] {
        let own = Arc::new(OnceLock::<String>::new());
        let host = Arc::clone(&own);
        let evil = Server::at("127.0.0.2", move |_| {
            let challenge = challenge.replace("HOST", &format!("http://{}", host.get().unwrap()));
            Reply::new(401, "").with("WWW-Authenticate", challenge)
        });
        own.set(evil.host.clone()).unwrap();
        let target = evil.host.clone();
        let server = registry(&image, Wants::Token, move |request| {
            request.path.contains("/blobs/").then(|| Reply::redirect(307, format!("http://{target}{}", request.path)))
        });
        let credentials = Credentials::password(&server.host);
        assert!(!pulls(&server, &credentials.options()));
        saw_nothing(&evil, "a target that asks");
        assert_eq!(evil.asked("/token"), 0);
    }
}

#[test]
fn a_cut_transfer_tells_nothing_when_it_goes_on() {
    let image = Image::new(1_000_000);
    let (served, layer) = (image.clone(), image.layers[0].clone());
    let evil = Server::at("127.0.0.2", move |request| {
        let reply = served.reply(request, &served.manifest);
        Reply { cut: (request.from() == 0).then_some(5000), ..reply }
    });
    let target = evil.host.clone();
    let server = registry(&image, Wants::Token, move |request| {
        request.path.contains(&layer).then(|| Reply::redirect(307, format!("http://{target}{}", request.path)))
    });
    let credentials = Credentials::password(&server.host);
    assert!(pulls(&server, &credentials.options()));
    // Each part is asked for at the registry, which may name another place each time.
    assert_eq!((evil.log().len(), server.asked(&image.layers[0])), (2, 2));
    saw_nothing(&evil, "cut");
}

/// A registry whose token service is said to be at `realm`.
fn with_realm(image: &Image, realm: String, token: &'static str) -> Server {
    let image = image.clone();
    Server::start(move |request| {
        if request.path == "/v2/" || request.header("authorization") == Some(&format!("Bearer {token}")) {
            return image.reply(request, &image.manifest);
        }
        Reply::new(401, "").with("WWW-Authenticate", format!(r#"Bearer realm="{realm}",service="registry.docker.io""#))
    })
}

#[test]
fn a_realm_elsewhere_is_not_told() {
    let image = Image::new(1000);
    for identity in [false, true] {
        for (scenario, realm, works) in [
            ("another host", "http://HOST/token", true),
            ("another host, with a query", "http://HOST/token?account=x&service=y", true),
            ("a name in it", "http://NAME@HOST/token", false),
            ("the registry as a name in it", "http://OWN@HOST/token", false),
            ("TLS that is not there", "https://HOST/token", false),
            ("no URL", "/token", false),
            ("another scheme", "file:///token", false),
            ("a plain host", "http://auth.example/token", false),
            ("link-local", "http://169.254.169.254/token", false),
        ] {
            let evil = evil(&image);
            let realm = realm.replace("HOST", &evil.host).replace("NAME", NAME).replace("OWN", "127.0.0.1:5000");
            let server = with_realm(&image, realm, "TOKEN");
            let credentials =
                if identity { Credentials::identity(&server.host) } else { Credentials::password(&server.host) };
            assert_eq!(pulls(&server, &credentials.options()), works, "{scenario}");
            // The token that it gives goes back to the registry, and is not kept from it here.
            saw_nothing(&evil, scenario);
        }
    }
}

#[test]
fn another_port_is_another_service() {
    let image = Image::new(1000);
    let served = image.clone();
    let evil = Server::start(move |request| match request.path.starts_with("/token") {
        true => Reply::new(200, r#"{"token":"TOKEN"}"#),
        false => served.reply(request, &served.manifest),
    });
    let server = with_realm(&image, evil.url("/token"), "TOKEN");
    let credentials = Credentials::password(&server.host);
    assert!(pulls(&server, &credentials.options()));
    saw_nothing(&evil, "another port");
}

#[test]
fn a_realm_that_the_user_names_is_told() {
    let image = Image::new(1000);
    let service = Server::at("127.0.0.3", |request| match request.header("authorization") {
        Some(found) if found == basic() => Reply::new(200, r#"{"token":"TOKEN"}"#),
        _ => Reply::new(401, ""),
    });
    let server = with_realm(&image, service.url("/token"), "TOKEN");
    let credentials = Credentials::password(&server.host);
    assert!(!pulls(&server, &credentials.options()));
    let error = open(&format!("{}/app", server.host), &credentials.options()).unwrap_err();
    assert!(super::told(&error).contains("credentials were not sent to 127.0.0.3"), "{}", super::told(&error));
    let mut options = credentials.options();
    options.token_hosts.push(format!("{}=127.0.0.3", server.host).parse().unwrap());
    assert!(pulls(&server, &options));
    // For one registry, not for all.
    let mut options = credentials.options();
    options.token_hosts.push("127.0.0.1:1=127.0.0.3".parse().unwrap());
    assert!(!pulls(&server, &options));
}

#[test]
fn a_realm_that_redirects_is_not_followed() {
    let image = Image::new(1000);
    let evil = evil(&image);
    let own = Arc::new(OnceLock::<String>::new());
    let (host, target) = (Arc::clone(&own), evil.host.clone());
    let server = Server::start(move |request| match request.path.as_str() {
        "/v2/" => Reply::new(200, ""),
        path if path.starts_with("/token") => Reply::redirect(307, format!("http://{target}/token")),
        _ => Reply::new(401, "")
            .with("WWW-Authenticate", format!(r#"Bearer realm="http://{}/token""#, host.get().unwrap())),
    });
    own.set(server.host.clone()).unwrap();
    let credentials = Credentials::password(&server.host);
    assert!(!pulls(&server, &credentials.options()));
    assert!(evil.log().is_empty());
}

#[test]
fn a_realm_that_changes_is_judged_anew() {
    // The first token comes from the registry itself; then it expires, and the service is elsewhere.
    let image = Image::new(1000);
    let evil = evil(&image);
    let target = evil.host.clone();
    let server = registry(&image, Wants::Token, move |request| {
        let challenge = format!(r#"Bearer realm="http://{target}/token""#);
        request.path.contains("/blobs/").then(|| Reply::new(401, "").with("WWW-Authenticate", challenge))
    });
    let credentials = Credentials::password(&server.host);
    assert!(!pulls(&server, &credentials.options()));
    assert!(evil.asked("/token") > 0);
    saw_nothing(&evil, "a realm that changes");
}

#[test]
fn a_mirror_is_not_told_of_the_registry() {
    let image = Image::new(1000);
    for challenge in [r#"Basic realm="it""#, r#"Bearer realm="http://HOST/token""#] {
        let own = Arc::new(OnceLock::<String>::new());
        let host = Arc::clone(&own);
        let mirror = Server::at("127.0.0.2", move |request| match request.path.as_str() {
            path if path.starts_with("/token") => Reply::new(200, r#"{"token":"OTHER"}"#),
            _ => Reply::new(401, "").with("WWW-Authenticate", challenge.replace("HOST", host.get().unwrap())),
        });
        own.set(mirror.host.clone()).unwrap();
        let server = registry(&image, Wants::Password, |_| None);
        let credentials = Credentials::password(&server.host);
        let mut options = credentials.options();
        options.mirrors.push(format!("{}={}", server.host, mirror.host).parse().unwrap());
        assert!(pulls(&server, &options), "the registry itself is asked after all");
        assert!(!mirror.log().is_empty());
        let encoded = BASE64.encode(format!("{NAME}:{PASSWORD}").as_bytes());
        for request in mirror.log() {
            let text = format!("{request:?}");
            assert!(!text.contains(&encoded) && !text.contains(PASSWORD), "{text}");
        }
    }
}

#[test]
fn a_mirror_that_redirects_tells_nothing() {
    let image = Image::new(1000);
    let evil = evil(&image);
    let target = evil.host.clone();
    let mirror = registry(&image, Wants::Password, move |request| {
        Some(Reply::redirect(307, format!("http://{target}{}", request.path)))
    });
    let server = registry(&image, Wants::Password, |_| None);
    let credentials = Credentials::password(&mirror.host);
    let mut options = credentials.options();
    options.mirrors.push(format!("{}={}", server.host, mirror.host).parse().unwrap());
    assert!(pulls(&server, &options));
    saw_nothing(&evil, "a mirror that redirects");
    saw_nothing(&server, "the registry behind the mirror");
}

#[test]
fn a_name_that_looks_alike_is_another() {
    let image = Image::new(1000);
    let server = registry(&image, Wants::Password, |_| None);
    let port = server.host.rsplit(':').next().unwrap();
    for key in [
        "127.0.0.1".to_owned(),
        "127.0.0.1:1".to_owned(),
        format!("127.0.0.1:{port}0"),
        format!("{}.evil.test", server.host),
        format!("evil.{}", server.host),
        format!("https://127.0.0.1.{port}/v1/"),
        format!("{}/other", server.host),
        "docker.io".to_owned(),
        String::new(),
    ] {
        let credentials = Credentials::password(&key);
        assert!(!pulls(&server, &credentials.options()), "{key}");
    }
    saw_nothing(&server, "a name that looks alike");
}

#[test]
fn a_next_page_is_not_turned_to() {
    let image = Image::new(1000);
    let evil = evil(&image);
    let (served, target) = (image.clone(), evil.host.clone());
    let server = registry(&image, Wants::Token, move |request| {
        let link = format!("<http://{target}/v2/app/tags/list?last=x>; rel=\"next\"");
        let reply = served.reply(request, &served.manifest);
        Some(reply.with("Link", link).with("Location", "http://127.0.0.2/").with("Refresh", "0; url=http://127.0.0.2/"))
    });
    let credentials = Credentials::password(&server.host);
    assert!(pulls(&server, &credentials.options()));
    assert!(evil.log().is_empty());
}

#[test]
fn nothing_is_looked_up_before_it_is_asked_for() {
    let image = Image::new(1000);
    let server = Server::start(image.honest());
    let credentials = Credentials::new(&format!(r#"{{"credHelpers":{{"{}":"plimsoll-none"}}}}"#, server.host));
    let opened = open(&format!("{}/app", server.host), &credentials.options()).unwrap();
    assert!(opened.notices.is_empty());
    assert!(quick().environment.credential_files.is_empty());
}
