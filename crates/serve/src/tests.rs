//! A server as clients meet it: over a socket, with requests written by hand.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use plimsoll_inventory::{Inventory, Location, Role};
use serde_json::Value;

use crate::api::{Need, ROUTES};
use crate::{Options, ServeError, Server, new_token};

mod respond;

const BOM: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"metadata":{"component":{"type":"application",
    "bom-ref":"shop","name":"shop","version":"1.0"}},"components":[{"type":"library","bom-ref":"a","name":"lodash","version":"4.17.20",
    "purl":"pkg:npm/lodash@4.17.20"}],"dependencies":[{"ref":"shop","dependsOn":["a"]}]}"#;

struct Running {
    server: Option<Server>,
    host: String,
    directory: PathBuf,
    location: Location,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.server.take());
        drop(std::fs::remove_dir_all(&self.directory));
    }
}

struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}: {}", self.status, self.body))
    }
}

fn start(tokens: &[(&str, Role)]) -> (Running, Vec<String>) {
    start_with(tokens, |_, _| {})
}

fn start_with(tokens: &[(&str, Role)], change: impl FnOnce(&mut Options, &std::path::Path)) -> (Running, Vec<String>) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("plimsoll-serve-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let directory = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&directory).unwrap();
    let location = Location::File(directory.join("inventory.db"));
    let mut inventory = Inventory::create(&location).unwrap();
    let make = |(name, role): &(&str, Role)| new_token(&mut inventory, name, *role, None, Timestamp::now()).unwrap();
    let made = tokens.iter().map(make).collect();
    let mut options = Options::new(location.clone(), Arc::new(Timestamp::now));
    options.header_timeout = Duration::from_millis(500);
    options.max_upload = 1 << 20;
    change(&mut options, &directory);
    let server = Server::start(options).unwrap();
    let host = server.url().trim_start_matches("http://").to_owned();
    (Running { server: Some(server), host, directory, location }, made)
}

impl Running {
    fn raw(&self, request: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // The server may refuse before all was sent.
        drop(stream.write_all(request));
        let mut bytes = Vec::new();
        drop(stream.read_to_end(&mut bytes));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        Reply { status, head: format!("{}\r\n", head.to_ascii_lowercase()), body: body.to_owned() }
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "Host") {
            head.push_str(&format!("Host: {}\r\n", self.host));
        }
        headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        self.raw(&[head.as_bytes(), b"\r\n", body].concat())
    }

    fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], b"")
    }
}

#[test]
fn a_document_goes_in_once_and_answers_come_out() {
    let (server, _) = start(&[]);
    let first = server.ask("POST", "/api/v1/documents", &[], BOM.as_bytes());
    assert_eq!((first.status, first.json()["state"].as_str()), (201, Some("new")), "{}", first.body);
    let again = server.ask("POST", "/api/v1/documents", &[], BOM.as_bytes());
    assert_eq!((again.status, again.json()["document"].clone()), (200, first.json()["document"].clone()));
    let found = server.get("/api/v1/find?q=pkg:npm/lodash").json();
    assert_eq!((found["artifacts"].as_u64(), found["denominator"]["artifacts"].as_u64()), (Some(1), Some(1)));
    assert_eq!(server.get("/api/v1/documents/1").body, BOM);
    for path in ["", "/components", "/tree", "/why?component=pkg:npm/lodash", "/history"] {
        let reply = server.get(&format!("/api/v1/artifacts/1{path}"));
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    }
    let why = server.get("/api/v1/artifacts/shop/why?component=pkg:npm/lodash").json();
    assert_eq!(why["matches"][0]["text"], "pkg:npm/lodash@4.17.20");
    assert_eq!(server.get("/api/v1/artifacts/1/diff").status, 404);
    assert_eq!(server.get("/api/v1/artifacts/nothing").status, 404);
    assert!(server.get("/api/v1/export").body.contains("\"name\":\"shop\""));
    assert!(server.get("/api/v1/export?format=csv").body.contains("\"shop\",\"1.0\""));
    assert!(server.get("/metrics").body.contains("plimsoll_ingested_documents_total{result=\"known\"} 1\n"));
    let broken = server.ask("POST", "/api/v1/documents", &[], b"{\"bomFormat\": 7");
    assert_eq!(broken.status, 422, "{}", broken.body);
    assert!(broken.head.contains("application/problem+json"));
}

#[test]
fn uploads_of_dependency_track_clients() {
    let (server, tokens) = start(&[("ci", Role::Write)]);
    let key = ("X-Api-Key", tokens[0].as_str());
    let encoded = data_encoding::BASE64.encode(BOM.as_bytes());
    let body =
        format!(r#"{{"projectName":"till","projectVersion":"2","autoCreate":true,"isLatest":true,"bom":"{encoded}"}}"#);
    let put = server.ask("PUT", "/api/v1/bom", &[key, ("Content-Type", "application/json")], body.as_bytes());
    assert_eq!(put.status, 200, "{}", put.body);
    let token = put.json()["token"].as_str().unwrap().to_owned();
    let state = server.ask("GET", &format!("/api/v1/bom/token/{token}"), &[key], b"");
    assert_eq!(state.json(), serde_json::json!({ "processing": false }));
    let event = server.ask("GET", &format!("/api/v1/event/token/{token}"), &[key], b"");
    assert_eq!(event.json(), state.json());
    let mut form = String::new();
    for (name, value) in
        [("projectName", "desk"), ("projectVersion", "3"), ("autoCreate", "true"), ("bom", &BOM.replace("shop", "x"))]
    {
        form.push_str(&format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    form.push_str("--b--\r\n");
    let media = ("Content-Type", "multipart/form-data; boundary=b");
    let post = server.ask("POST", "/api/v1/bom", &[key, media], form.as_bytes());
    assert_eq!(post.status, 200, "{}", post.body);
    let list = server.ask("GET", "/api/v1/artifacts", &[key], b"").json();
    let names: Vec<_> =
        list["rows"].as_array().unwrap().iter().map(|row| format!("{}:{}", row["name"], row["version"])).collect();
    assert_eq!(names, ["\"desk\":\"3\"", "\"till\":\"2\""]);
    assert!(server.get("/api/version").json()["version"].as_str().unwrap().starts_with("4."));
    for broken in ["", "{}", "[]", r#"{"bom":"*"}"#, r#"{"bom":"e30="}"#] {
        assert!((400..500).contains(&server.ask("PUT", "/api/v1/bom", &[key], broken.as_bytes()).status), "{broken}");
    }
}

#[test]
fn every_route_wants_its_role() {
    let roles = [Role::Read, Role::Write, Role::Admin];
    let (server, tokens) = start(&[("r", Role::Read), ("w", Role::Write), ("a", Role::Admin)]);
    for route in ROUTES {
        let path = route
            .path
            .replace("{artifact}", "1")
            .replace("{document}", "1")
            .replace("{uuid}", "x")
            .replace("{attestation}", "1")
            .replace("{id}", "x");
        let method = route.method.as_str();
        let without = server.ask(method, &path, &[], b"").status;
        assert_eq!(without == 401, route.need != Need::Nothing, "{method} {path} without a token: {without}");
        for (role, token) in roles.iter().zip(&tokens) {
            let status = server.ask(method, &path, &[("Authorization", &format!("Bearer {token}"))], b"").status;
            let refused = matches!(route.need, Need::Role(need) if need > *role);
            assert_eq!(status == 403, refused, "{method} {path} as {}: {status}", role.word());
            // This server has no advisories, and says so rather than "none".
            let without = status == 503 && path.ends_with(['x', 'd']) && path.contains("/x");
            assert!((status < 500 || without) && status != 401 && status != 405, "{method} {path}: {status}");
        }
    }
    assert_eq!(server.get("/artifacts").status, 303);
    assert_eq!(server.get("/login").status, 200);
    let log = server.ask("GET", "/api/v1/audit-log", &[("X-Api-Key", &tokens[2])], b"").json();
    assert!(log["rows"].as_array().unwrap().iter().any(|row| row["actor"] == "r" && row["status"] == 403), "{log}");
    let mut inventory = Inventory::open(&server.location).unwrap();
    inventory.revoke_token("r").unwrap();
    assert_eq!(server.ask("GET", "/api/v1/find", &[("X-Api-Key", &tokens[0])], b"").status, 401);
}

#[test]
fn guesses_are_slowed_down() {
    let (server, tokens) = start(&[("r", Role::Read)]);
    let statuses: Vec<u16> = (0..25)
        .map(|_| server.ask("GET", "/api/v1/find", &[("Authorization", "Bearer plim_guess")], b"").status)
        .collect();
    assert!(statuses.starts_with(&[401; 20]) && statuses.ends_with(&[429; 5]), "{statuses:?}");
    assert_eq!(server.ask("GET", "/api/v1/find", &[("X-Api-Key", &tokens[0])], b"").status, 200);
}

#[test]
fn pages_of_strangers_reach_nothing() {
    let (server, _) = start(&[]);
    for host in ["evil.example", "127.0.0.1.evil.example:80", "10.0.0.1", ""] {
        let status = server.ask("GET", "/api/v1/find", &[("Host", host)], b"").status;
        assert!(matches!(status, 400 | 421), "{host}: {status}");
    }
    assert_eq!(server.ask("GET", "/health", &[("Host", "localhost:1")], b"").status, 200);
    let own = format!("http://{}", server.host);
    for (name, value, want) in [
        ("Sec-Fetch-Site", "cross-site", 403),
        ("Sec-Fetch-Site", "same-site", 403),
        ("Sec-Fetch-Site", "same-origin", 201),
        ("Origin", "http://evil.example", 403),
        ("Origin", "null", 403),
        ("Origin", own.as_str(), 200),
    ] {
        let status = server.ask("POST", "/api/v1/documents", &[(name, value)], BOM.as_bytes()).status;
        assert_eq!(status, want, "{name}: {value}");
    }
    let (guarded, tokens) = start(&[("w", Role::Write)]);
    let own = format!("http://{}", guarded.host);
    let form = format!("token={}&back=//evil.example", tokens[0]);
    let begin = |headers: &[(&str, &str)]| {
        let headers = [headers, &[("Content-Type", "application/x-www-form-urlencoded")]].concat();
        guarded.ask("POST", "/session", &headers, form.as_bytes())
    };
    assert_eq!(begin(&[]).status, 403);
    let begun = begin(&[("Origin", &own)]);
    assert_eq!(begun.status, 303, "{}", begun.body);
    assert!(
        begun.head.contains("location: /\r\n") && begun.head.contains("httponly; samesite=strict"),
        "{}",
        begun.head
    );
}

#[test]
fn others_are_not_let_in_without_tokens() {
    let (server, _) = start(&[]);
    let mut options = Options::new(server.location.clone(), Arc::new(Timestamp::now));
    options.listen = ([0, 0, 0, 0], 0).into();
    assert!(matches!(Server::start(options).map(drop), Err(ServeError::Open { .. })));
}

#[test]
fn every_answer_has_the_headers_that_keep_browsers_strict() {
    let (server, _) = start(&[]);
    for path in ["/", "/health", "/api/v1/artifacts/0", "/api/v1/nothing", "/nothing"] {
        let reply = server.get(path);
        for header in
            ["content-security-policy: default-src 'none'", "x-content-type-options: nosniff", "x-request-id: "]
        {
            assert!(reply.head.contains(header), "{path}: {}", reply.head);
        }
        if path.starts_with("/api") {
            assert!(reply.head.contains("application/problem+json"), "{path}: {}", reply.head);
        }
    }
}

#[test]
fn hostile_requests_are_refused_and_the_server_goes_on() {
    let (server, _) = start(&[]);
    let garbage: Vec<u8> = (0..10_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let reply = server.ask("POST", "/api/v1/documents", &[], &garbage);
    assert!(matches!(reply.status, 0 | 413), "{}", reply.status);
    assert!(matches!(server.raw(&garbage[..300_000]).status, 0 | 400 | 431));
    let zipped = server.ask("POST", "/api/v1/documents", &[("Content-Encoding", "gzip")], b"\x1f\x8b");
    assert_eq!(zipped.status, 415);
    let long = "a".repeat(100_000);
    assert!(matches!(server.ask("GET", "/health", &[("X-Long", &long)], b"").status, 0 | 431));
    let many: Vec<(String, String)> = (0..500).map(|at| (format!("X-{at}"), "1".to_owned())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert!(matches!(server.ask("GET", "/health", &many, b"").status, 0 | 431));
    for path in [
        "/assets/..%2f..%2fetc%2fpasswd",
        "/assets/../../etc/passwd",
        "/api/v1/documents/..%2f1",
        "/api/v1/documents/-1",
        "/api/v1/documents/99999999999999999999",
        "/api/v1/documents/18446744073709551615",
        "/api/v1/artifacts/%ff%fe",
        "/api/v1/artifacts/%00",
        "/api/v1/find?q=%ff",
        "/api/v1/find?q=%22",
        "/api/v1/find?rows=-1",
        "/api/v1/find?after=18446744073709551615&rows=18446744073709551615",
        "/api/v1/artifacts?name=%5B",
        "/api/v1/components?component=",
        "/api/v1/bom/token/x",
    ] {
        let reply = server.get(path);
        assert!((200..500).contains(&reply.status), "{path}: {} {}", reply.status, reply.body);
    }
    // One byte and then nothing: the server does not wait.
    let begun = Instant::now();
    let slow = server.raw(b"G");
    assert!(matches!(slow.status, 0 | 408) && begun.elapsed() < Duration::from_secs(10));
    assert_eq!(server.get("/health").status, 200);
}

#[test]
fn the_document_is_the_table() {
    let document = crate::openapi_document();
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let route =
                ROUTES.iter().find(|route| route.path == path && route.method.as_str().eq_ignore_ascii_case(method));
            assert_eq!(route.unwrap().id, operation["operationId"]);
            operations += 1;
        }
    }
    assert_eq!(operations, ROUTES.len());
    // Whatever is referred to is there.
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
    let ids: std::collections::BTreeSet<_> = ROUTES.iter().map(|route| route.id).collect();
    assert_eq!(ids.len(), ROUTES.len());
    let committed = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/openapi.json");
    let want = format!("{document:#}\n");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&committed, &want).unwrap();
    }
    assert!(std::fs::read_to_string(&committed).unwrap_or_default() == want, "write it with UPDATE_OPENAPI=1");
}
