use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use plimsoll_inventory::{Context, Intake, Inventory, Label, Location};
use plimsoll_model::Limits;

use super::link::link;
use crate::{Options, Server};

/// What breaks out of text, of an attribute of either quote, and of a comment.
const HOSTILE: &str = r#"--></title>"'><xss onfocus=alert(1) autofocus>&lt;{{7*7}}"#;

struct Site {
    place: PathBuf,
    server: Option<Server>,
}

impl Site {
    fn new(name: &str, documents: &[(String, Context)]) -> Self {
        let place = std::env::temp_dir().join(format!("plimsoll-web-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&place);
        std::fs::create_dir_all(&place).unwrap();
        let location = Location::File(place.join("inventory.db"));
        let mut inventory = Inventory::create(&location).unwrap();
        for (document, context) in documents {
            let intake = Intake::read(document.as_bytes(), context, &Limits::DEFAULT).unwrap();
            inventory.add(&[intake], Timestamp::UNIX_EPOCH).unwrap();
        }
        drop(inventory);
        let server = Server::start(Options::new(location, Arc::new(|| Timestamp::UNIX_EPOCH))).unwrap();
        Self { place, server: Some(server) }
    }

    fn ask(&self, request: &str, headers: &str, body: &str) -> (u16, String, String) {
        let address = self.server.as_ref().unwrap().url().trim_start_matches("http://").to_owned();
        let mut stream = TcpStream::connect(&address).unwrap();
        let length = body.len();
        write!(stream, "{request} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
            .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), body.to_owned())
    }

    fn get(&self, address: &str) -> (u16, String, String) {
        self.ask(&format!("GET {address}"), "", "")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.server.take());
        let _ = std::fs::remove_dir_all(&self.place);
    }
}

fn document(text: &str, version: &str) -> String {
    let purl = format!("pkg:npm/{}@1.0.0", super::link::segment(text));
    serde_json::json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6",
        "metadata": { "component": { "type": "application", "bom-ref": "r", "name": text, "version": version } },
        "components": [
            { "type": "library", "bom-ref": "a", "name": text, "group": text, "version": text, "purl": purl,
              "licenses": [{ "expression": text }, { "license": { "name": text, "url": "javascript:alert(1)" } }],
              "externalReferences": [{ "type": "website", "url": "javascript:alert(1)" }],
              "properties": [{ "name": text, "value": text }] },
            { "type": "library", "bom-ref": "b", "name": text, "version": text },
            { "type": "file", "bom-ref": "c", "name": format!("/opt/{text}") }
        ],
        "dependencies": [{ "ref": "r", "dependsOn": ["a"] }, { "ref": "a", "dependsOn": ["b"] }]
    })
    .to_string()
}

fn context(text: &str) -> Context {
    let label = |name: &str| Label { name: name.to_owned(), value: text.to_owned() };
    let mut context = Context::default();
    context.labels = vec![label("owner"), label("environment"), label(text)];
    context
}

/// A page that is whole, and made by us alone.
fn check(address: &str, body: &str) {
    assert!(body.starts_with("<!DOCTYPE html><html lang=\"en\""), "{address}");
    assert!(body.contains("<h1>") && body.contains("<main id=\"main\"") && body.ends_with("</html>"), "{address}");
    assert!(!body.contains("<xss") && !body.contains(" style=\"") && !body.contains("<style"), "{address}: {body}");
    for tag in body.split("<script").skip(1) {
        assert!(tag.starts_with(" defer src=\"/assets/script-"), "{address}: {tag}");
    }
    for name in ["href=\"", "src=\"", "action=\""] {
        for target in body.split(name).skip(1) {
            assert!(
                target.starts_with('/') && !target.starts_with("//") || target.starts_with('#'),
                "{address}: {target}"
            );
        }
    }
}

#[test]
fn hostile_text_stays_text_on_every_page() {
    let documents = [(document(HOSTILE, "1"), context(HOSTILE)), (document(HOSTILE, HOSTILE), context(HOSTILE))];
    let site = Site::new("hostile", &documents);
    let (status, _, list) = site.get("/artifacts");
    assert_eq!(status, 200);
    let artifacts: Vec<&str> =
        list.split("href=\"/artifacts/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(artifacts.len(), 2, "{list}");
    let purl = format!("pkg:npm/{}@1.0.0", super::link::segment(HOSTILE));
    let mut addresses: Vec<String> = ["/", "/artifacts", "/overview", "/ingest", "/nowhere"].map(str::to_owned).into();
    for artifact in artifacts {
        for tab in ["", "/components", "/tree", "/findings", "/builds", "/changes"] {
            addresses.push(format!("/artifacts/{artifact}{tab}"));
        }
        for component in [&purl, HOSTILE, &format!("{HOSTILE}@{HOSTILE}")] {
            addresses.push(link("/why", &[("artifact", artifact), ("component", component)]));
        }
    }
    for component in [&purl, HOSTILE] {
        addresses.push(link("/component", &[("purl", component)]));
    }
    for query in ["*", HOSTILE, "package:*", "(", &format!("package:\"{}\"", HOSTILE.replace('"', "?"))] {
        addresses.push(link("/", &[("q", query)]));
        addresses.push(link("/artifacts", &[("name", query), ("label", query)]));
    }
    addresses.push(super::vulnerability::address(HOSTILE));
    let mut seen = 0;
    for address in &addresses {
        let (status, head, body) = site.get(address);
        assert!(status < 500, "{address}: {status} {body}");
        assert!(head.contains("content-security-policy: default-src 'none'"), "{address}: {head}");
        check(address, &body);
        // What every link of a page leads to is sound as well.
        seen += usize::from(body.contains("&lt;xss"));
        for target in body.split("href=\"/").skip(1).filter_map(|rest| rest.split('"').next()).take(60) {
            let target = format!("/{}", target.replace("&amp;", "&"));
            if !target.starts_with("/assets") && !target.starts_with("/api") && !target.starts_with("/documents") {
                let (status, _, body) = site.get(&target);
                assert!(
                    status == 200 || address.contains("nowhere") || status == 400,
                    "{address} -> {target}: {status}"
                );
                check(&target, &body);
            }
        }
    }
    assert!(seen > 15, "{seen} pages show it");
}

#[test]
fn pages_of_an_empty_inventory() {
    let site = Site::new("empty", &[]);
    for address in ["/", "/artifacts", "/overview", "/ingest", "/?q=pkg:npm/x", "/component?purl=pkg:npm/x"] {
        let (status, _, body) = site.get(address);
        assert_eq!(status, 200, "{address}");
        check(address, &body);
    }
    let (status, _, body) = site.get("/artifacts/7");
    assert!(status == 404 && body.contains("Not found") && body.contains("PLM-"), "{status} {body}");
}

#[test]
fn forms_and_files() {
    let site = Site::new("forms", &[]);
    let text = document("a", "1");
    let form =
        format!("--x\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a\"\r\n\r\n{text}\r\n--x--\r\n");
    let kind = "Content-Type: multipart/form-data; boundary=x\r\n";
    let (status, ..) = site.ask("POST /ingest", &format!("{kind}Sec-Fetch-Site: cross-site\r\n"), &form);
    assert_eq!(status, 403);
    let (status, head, _) = site.ask("POST /ingest", &format!("{kind}Sec-Fetch-Site: same-origin\r\n"), &form);
    assert!(status == 303 && head.contains("location: /artifacts/"), "{status} {head}");
    let (_, head, body) = site.get("/artifacts");
    assert!(head.contains("cache-control: private, no-cache") && body.contains(">a</a>"));
    let form = "to=dark&back=%2Fartifacts";
    let kind = "Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n";
    let (status, head, _) = site.ask("POST /theme", kind, form);
    assert!(status == 303 && head.contains("theme=dark") && head.contains("location: /artifacts"), "{head}");
    let (_, head, _) = site.ask("POST /theme", kind, "to=dark&back=%2F%2Fevil.example");
    assert!(head.contains("location: /\r\n"), "{head}");
    let (_, _, body) = site.ask("GET /", "Cookie: a=b; theme=dark\r\n", "");
    assert!(body.contains("data-theme=\"dark\""));
    let style =
        body.split("href=\"").find(|rest| rest.starts_with("/assets/style-")).unwrap().split('"').next().unwrap();
    let (status, head, _) = site.get(style);
    assert!(status == 200 && head.contains("immutable") && head.contains("text/css"));
    assert_eq!(site.get("/assets/style-0.css").0, 404);
}
