//! The API of `serve`, asked by schemathesis what its OpenAPI document says that may be asked, and much that may not.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use plimsoll_tests::{PrivateSigstore, TemporaryDirectory, plimsoll, skip, workspace};

const ADVISORY: &str = r#"{"id": "GHSA-1111-2222-3333", "aliases": ["CVE-2021-44228"], "modified": "2026-01-02T03:04:05Z",
    "summary": "Something that lodash did", "affected": [{"package": {"ecosystem": "npm", "name": "lodash"},
    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "4.17.21"}]}]}]}"#;

/// A server that ends with the test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn serve(arguments: &[&str], home: &Path) -> (Served, String) {
    let mut command = plimsoll(["serve", "--listen", "127.0.0.1:0"]);
    command.args(arguments).env("HOME", home).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut served = Served(command.spawn().unwrap());
    let mut url = String::new();
    BufReader::new(served.0.stdout.take().unwrap()).read_line(&mut url).unwrap();
    (served, url.trim().to_owned())
}

fn document(name: &str, build: u32) -> String {
    serde_json::json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6",
        "metadata": { "component": { "type": "application", "bom-ref": "r", "name": name, "version": build.to_string() } },
        "components": [
            { "type": "library", "bom-ref": "e", "name": "express", "purl": format!("pkg:npm/express@4.{build}.0") },
            { "type": "library", "bom-ref": "l", "name": "lodash", "purl": "pkg:npm/lodash@4.17.20" },
        ],
        "dependencies": [{ "ref": "r", "dependsOn": ["e"] }, { "ref": "e", "dependsOn": ["l"] }],
    })
    .to_string()
}

fn run(arguments: &[&str], home: &Path) -> String {
    let output = plimsoll(arguments).env("HOME", home).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_api_is_what_its_document_says() {
    let Some(python) = std::env::var_os("PLIMSOLL_INTEROP_PYTHON") else {
        return skip("PLIMSOLL_INTEROP_PYTHON is not set");
    };
    let directory = TemporaryDirectory::new();
    let home = directory.path();
    let store = home.join("inventory.db").display().to_string();
    for (name, build) in [("shop", 1), ("shop", 2), ("till", 1)] {
        directory.write(format!("sboms/{name}-{build}.cdx.json"), document(name, build));
    }
    run(&["inventory", "add", "--store", &store, &home.join("sboms").display().to_string()], home);
    // Advisories that are old are refused, and these are as old as their newest record.
    let advisories = home.join("advisories").display().to_string();
    let advisory = directory.write("GHSA-1111-2222-3333.json", ADVISORY).display().to_string();
    run(&["advisories", "import", "--advisories", &advisories, &advisory], home);
    let vex = home.join("vex").display().to_string();
    let token = run(&["serve", "token", "add", "schemathesis", "--role", "admin", "--store", &store], home);
    let given = ["--store", &store, "--advisories", &advisories, "--max-age", "0", "--vex-dir", &vex];
    let (_served, url) = serve(&given, home);
    // One thread: CPython's reader of its own code, which hypothesis uses, fails in several (python/cpython#106905).
    let output = Command::new(python)
        .args(["-m", "schemathesis.cli", "--no-color", "--config-file"])
        .arg(workspace().join("tests/interop/api/schemathesis.toml"))
        .args(["run", &format!("{url}/api/v1/openapi.json"), "--workers", "1"])
        .args([
            "--max-examples",
            "15",
            "--seed",
            "1",
            "--suppress-health-check",
            "all",
            "--generation-database",
            "none",
        ])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .current_dir(home)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// The status of an answer.
fn ask(url: &str, method: &str, path: &str, token: &str) -> u16 {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n");
    write!(stream, "{head}Authorization: Bearer {token}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn an_issuer_of_tokens_opens_the_api_and_a_signal_ends_it() {
    let sigstore = PrivateSigstore::start(|_| {}).unwrap();
    let issuer = sigstore.stack.issuer(&sigstore.identity);
    let token = sigstore.stack.token(&sigstore.identity).unwrap();
    let home = sigstore.file("home");
    std::fs::create_dir_all(&home).unwrap();
    let store = home.join("inventory.db").display().to_string();
    let with = |audience: &str, role: &str| {
        let role = format!("{role}=plimsoll");
        let claim = ["--oidc-role-claim", "actor", "--oidc-role", &role];
        serve(
            &[&["--store", &store, "--oidc-issuer", &issuer, "--oidc-audience", audience], &claim[..]].concat(),
            &home,
        )
    };
    let (mut served, url) = with("sigstore", "read");
    assert_eq!(ask(&url, "GET", "/api/v1/stats", token.expose()), 200);
    assert_eq!(ask(&url, "GET", "/artifacts", token.expose()), 200);
    assert_eq!(ask(&url, "POST", "/api/v1/documents", token.expose()), 403);
    assert_eq!(ask(&url, "GET", "/api/v1/stats", &token.expose()[1..]), 401);
    let stopped = Command::new("kill").args(["-TERM", &served.0.id().to_string()]).status().unwrap();
    assert!(stopped.success() && served.0.wait().unwrap().success());
    let (_served, url) = with("somebody-else", "admin");
    assert_eq!(ask(&url, "GET", "/api/v1/stats", token.expose()), 401);
    let refused =
        plimsoll(["serve", "--listen", "127.0.0.1:0", "--store", &store, "--oidc-issuer", &format!("{issuer}x")])
            .args(["--oidc-audience", "sigstore", "--oidc-role", "read=plimsoll"])
            .env("HOME", &home)
            .output()
            .unwrap();
    assert_eq!(refused.status.code(), Some(3), "{}", String::from_utf8_lossy(&refused.stderr));
}
