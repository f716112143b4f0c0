//! Registries from the command line: what is a usage error, what goes through a proxy, and what never happens offline.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll};

/// A server that answers everything with 404 and remembers the first line of each request.
fn listener() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let log: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&log);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut input = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            drop(input.read_line(&mut line));
            seen.lock().unwrap().push(line.trim_end().to_owned());
            while input.read_line(&mut line).is_ok_and(|count| count > 2) {}
            drop(stream.write_all(b"HTTP/1.1 404 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        }
    });
    (host, log)
}

fn scan(arguments: &[&str], environment: &[(&str, &str)]) -> Outcome {
    let mut command = plimsoll(["scan", "--retries", "0"]);
    Outcome::from(command.args(arguments).envs(environment.iter().copied()).output().unwrap())
}

#[test]
fn wrong_words_are_usage_errors() {
    for arguments in [
        ["registry:", ""],
        ["registry:https://ghcr.io/a", ""],
        ["registry:ghcr.io/A", ""],
        ["docker:../x", ""],
        ["registry:ghcr.io/a", "--ca-cert=/nowhere.pem"],
        ["registry:ghcr.io/a", "--plain-http=https://x"],
        ["registry:ghcr.io/a", "--registry-mirror=x"],
        ["registry:ghcr.io/a", "--token-host=x"],
        ["registry:ghcr.io/a", "--timeout=0"],
    ] {
        let given: Vec<&str> = arguments.iter().copied().filter(|argument| !argument.is_empty()).collect();
        let outcome = scan(&given, &[]);
        assert_eq!(outcome.status, Some(2), "{arguments:?}: {}", outcome.stderr);
    }
}

#[test]
fn offline_asks_nobody() {
    let (host, log) = listener();
    let source = format!("registry:{host}/app");
    let outcome = scan(&["--offline", &source], &[]);
    assert_eq!(outcome.status, Some(2), "{}", outcome.stderr);
    let directory = TemporaryDirectory::new();
    let sbom = directory.write("sbom.json", r#"{"bomFormat":"CycloneDX","specVersion":"1.6","version":1}"#);
    let check =
        plimsoll(["sbom", "check", "--offline", sbom.to_str().unwrap(), "--against", &source]).output().unwrap();
    assert_eq!(check.status.code(), Some(2));
    assert!(log.lock().unwrap().is_empty());
    let outcome = scan(&[&source], &[]);
    assert_eq!((outcome.status, log.lock().unwrap().len()), (Some(3), 2), "{}", outcome.stderr);
}

#[test]
fn proxies_are_used_and_passed_by() {
    let (proxy, log) = listener();
    let url = format!("http://{proxy}");
    let asked = |arguments: &[&str], environment: &[(&str, &str)]| {
        log.lock().unwrap().clear();
        let outcome = scan(arguments, environment);
        assert_eq!(outcome.status, Some(3), "{}", outcome.stderr);
        log.lock().unwrap().clone()
    };
    let https = [("HTTPS_PROXY", url.as_str())];
    assert_eq!(asked(&["registry:registry.test/app"], &https), ["CONNECT registry.test:443 HTTP/1.1"]);
    assert_eq!(asked(&["registry:0.0.0.1/app"], &https), ["CONNECT 0.0.0.1:443 HTTP/1.1"]);
    // A host that the user lets have no TLS goes through the other one.
    let http = [("HTTP_PROXY", url.as_str())];
    let plain = asked(&["registry:registry.test/app", "--plain-http", "registry.test"], &http);
    assert_eq!(plain, ["GET http://registry.test/v2/app/manifests/latest HTTP/1.1"]);
    for spared in ["registry.test", ".test", "*"] {
        let environment = [https[0], ("NO_PROXY", spared)];
        assert!(asked(&["registry:registry.test/app"], &environment).is_empty(), "{spared}");
    }
    // An address that no packet leaves for.
    let environment = [https[0], ("NO_PROXY", "0.0.0.0/8")];
    assert!(asked(&["registry:0.0.0.1/app", "--timeout", "1"], &environment).is_empty());
    // Loopback is no business of a proxy.
    assert!(asked(&["registry:127.0.0.1:1/app"], &[https[0], http[0]]).is_empty());
}

#[test]
fn plain_http_is_for_those_who_ask_for_it() {
    let (proxy, log) = listener();
    let url = format!("http://{proxy}");
    // Everything would go through this proxy, so it would see a request in plain text.
    let environment = [("HTTP_PROXY", url.as_str())];
    for arguments in
        [vec!["registry:registry.test/app"], vec!["registry:registry.test/app", "--plain-http", "other.test"]]
    {
        assert_eq!(scan(&arguments, &environment).status, Some(3));
        assert!(log.lock().unwrap().is_empty(), "{arguments:?}");
    }
}

#[test]
fn an_engine_that_is_not_there_is_named() {
    for (source, variable) in [("docker:app", "DOCKER_HOST"), ("podman:app", "CONTAINER_HOST")] {
        let outcome = scan(&[source], &[(variable, "unix:///nowhere/engine.sock")]);
        assert_eq!(outcome.status, Some(3));
        assert!(outcome.stderr.contains("/nowhere/engine.sock"), "{}", outcome.stderr);
        let outcome = scan(&[source], &[(variable, "tcp://127.0.0.1:1")]);
        assert!(outcome.stderr.contains("names no Unix socket"), "{}", outcome.stderr);
    }
}
