//! Who is told who the user is, and how.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use data_encoding::BASE64;

use super::image::Image;
use super::server::{Reply, Request, Server};
use super::{Credentials, NAME, PASSWORD, open, pull, quick, told};
use crate::credentials::{Credential, ask_program};

pub(super) fn basic() -> String {
    format!("Basic {}", BASE64.encode(format!("{NAME}:{PASSWORD}").as_bytes()))
}

/// A registry that gives the token `TOKEN` at `/token`, for which `allowed` decides, and wants it.
fn with_tokens(image: Image, allowed: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Server {
    let own = Arc::new(std::sync::OnceLock::<String>::new());
    let host = Arc::clone(&own);
    let server = Server::start(move |request| {
        if request.path.starts_with("/token") {
            return if allowed(request) { Reply::new(200, r#"{"token":"TOKEN"}"#) } else { Reply::new(401, "{}") };
        }
        if request.header("authorization") == Some("Bearer TOKEN") || request.path == "/v2/" {
            return image.reply(request, &image.manifest);
        }
        let challenge = format!(r#"Bearer realm="http://{}/token",service="it""#, host.get().unwrap());
        Reply::new(401, "{}").with("WWW-Authenticate", challenge)
    });
    own.set(server.host.clone()).unwrap();
    server
}

#[test]
fn a_token_without_a_name() {
    let server = with_tokens(Image::new(100), |request| request.header("authorization").is_none());
    assert_eq!(pull(&format!("{}/app", server.host), &quick()).unwrap().len(), 2);
    let log = server.log();
    let token = log.iter().find(|request| request.path.starts_with("/token")).unwrap();
    assert_eq!(token.path, "/token?service=it&scope=repository%3Aapp%3Apull");
    // One token serves for all.
    assert_eq!(server.asked("/token"), 1);
}

#[test]
fn a_token_for_a_name_and_a_password() {
    let server = with_tokens(Image::new(100), |request| request.header("authorization") == Some(&basic()));
    let credentials = Credentials::password(&server.host);
    assert_eq!(pull(&format!("{}/app", server.host), &credentials.options()).unwrap().len(), 2);
    let error = open(&format!("{}/app", server.host), &quick()).unwrap_err();
    assert!(told(&error).contains("refuses access"), "{}", told(&error));
}

#[test]
fn a_token_for_an_identity() {
    let server = with_tokens(Image::new(100), |request| {
        request.method == "POST"
            && request.body
                == format!(
                    "grant_type=refresh_token&client_id=plimsoll&service=it&scope=repository%3Aapp%3Apull&refresh_token={PASSWORD}"
                )
    });
    let credentials = Credentials::identity(&server.host);
    assert_eq!(pull(&format!("{}/app", server.host), &credentials.options()).unwrap().len(), 2);
    assert!(!server.log().iter().any(|request| request.path.contains(PASSWORD)));
}

#[test]
fn a_password_each_time() {
    let image = Image::new(100);
    let server = Server::start(move |request| {
        if request.header("authorization") == Some(&basic()) || request.path == "/v2/" {
            return image.reply(request, &image.manifest);
        }
        Reply::new(401, "").with("WWW-Authenticate", r#"Basic realm="it""#)
    });
    let credentials = Credentials::password(&server.host);
    assert_eq!(pull(&format!("{}/app", server.host), &credentials.options()).unwrap().len(), 2);
    assert!(told(&open(&format!("{}/app", server.host), &quick()).unwrap_err()).contains("there are none for it"));
}

#[test]
fn a_token_that_expires_is_replaced() {
    let (image, count) = (Image::new(100), AtomicUsize::new(0));
    let host = Arc::new(std::sync::OnceLock::<String>::new());
    let own = Arc::clone(&host);
    let given = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |request| {
        if request.path.starts_with("/token") {
            let number = given.fetch_add(1, Ordering::Relaxed);
            return Reply::new(200, format!(r#"{{"access_token":"T{number}"}}"#));
        }
        let current = format!("Bearer T{}", given.load(Ordering::Relaxed).saturating_sub(1));
        // Each token is good for one answer.
        if request.header("authorization") == Some(&current) && count.fetch_add(1, Ordering::Relaxed) % 2 == 0 {
            return image.reply(request, &image.manifest);
        }
        let challenge = format!(r#"Bearer realm="http://{}/token""#, own.get().unwrap());
        Reply::new(401, "").with("WWW-Authenticate", challenge)
    });
    host.set(server.host.clone()).unwrap();
    assert_eq!(pull(&format!("{}/app", server.host), &quick()).unwrap().len(), 2);
}

#[test]
fn a_registry_that_is_never_content_is_left() {
    let server = with_tokens(Image::new(100), |_| true);
    let host = server.host.clone();
    let greedy = Server::start(move |request| {
        if request.path == "/v2/" {
            return Reply::new(200, "");
        }
        Reply::new(401, "").with("WWW-Authenticate", format!(r#"Bearer realm="http://{host}/token""#))
    });
    let told = told(&open(&format!("{}/app", greedy.host), &quick()).unwrap_err());
    assert!(told.contains("goes on asking"), "{told}");
    assert!(greedy.log().len() < 8);
}

/// A directory with a program that `PATH` need not name: it is called by its full path through a link in `PATH`.
struct Program(PathBuf);

impl Program {
    fn new(name: &str, script: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("plimsoll-registry-{}-{name}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("docker-credential-test");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self(directory)
    }

    fn ask(&self, limit: Duration) -> Result<Option<Credential>, String> {
        ask_program(&self.0.join("docker-credential-test"), "registry.example", limit)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn programs_are_asked_and_bounded() {
    let second = Duration::from_secs(5);
    let good = Program::new(
        "good",
        r#"read server; [ "$1 $server" = "get registry.example" ] || exit 1
        echo '{"ServerURL":"registry.example","Username":"captain","Secret":"s3cret-passw0rd"}'"#,
    );
    let Ok(Some(Credential::Basic { name, password })) = good.ask(second) else { panic!("no answer") };
    assert_eq!((name.as_str(), password.expose()), (NAME, PASSWORD));
    let token = Program::new("token", r#"echo '{"Username":"<token>","Secret":"t"}'"#);
    assert!(matches!(token.ask(second), Ok(Some(Credential::Identity(_)))));
    let unknown = Program::new("unknown", "echo 'credentials not found in native keychain'; exit 1");
    assert_eq!(unknown.ask(second), Ok(None));
    for (name, script, part) in [
        ("fails", "echo s3cret-passw0rd; echo s3cret-passw0rd >&2; exit 1", "failed"),
        ("garbage", "echo s3cret-passw0rd", "malformed"),
        ("endless", "while :; do echo s3cret-passw0rd-s3cret-passw0rd-s3cret-passw0rd; done", "too much"),
        ("hangs", "sleep 60", "did not answer"),
        ("forks", "sleep 60 & exit 0", "did not answer"),
    ] {
        let start = Instant::now();
        let error = Program::new(name, script).ask(Duration::from_secs(1)).unwrap_err();
        assert!(error.contains(part) && !error.contains(PASSWORD), "{name}: {error}");
        assert!(start.elapsed() < Duration::from_secs(8), "{name}");
    }
}

#[test]
fn a_program_that_is_not_there_costs_only_its_credentials() {
    let server = with_tokens(Image::new(100), |request| request.header("authorization").is_none());
    let credentials = Credentials::new(r#"{"credsStore":"plimsoll-has-no-such-program"}"#);
    let opened = open(&format!("{}/app", server.host), &credentials.options()).unwrap();
    assert!(opened.notices[0].contains("cannot be run"), "{:?}", opened.notices);
    let named = Credentials::new(&format!(r#"{{"credHelpers":{{"{}":"../x"}}}}"#, server.host));
    let opened = open(&format!("{}/app", server.host), &named.options()).unwrap();
    assert!(opened.notices[0].contains("malformed"), "{:?}", opened.notices);
}

#[test]
fn a_broken_file_costs_only_its_credentials() {
    let server = with_tokens(Image::new(100), |request| request.header("authorization").is_none());
    let credentials = Credentials::new(&format!("{{\"auths\": {PASSWORD}"));
    let opened = open(&format!("{}/app", server.host), &credentials.options()).unwrap();
    assert!(opened.notices[0].contains("malformed at line 1") && !opened.notices[0].contains(PASSWORD));
}
