//! `inventory scan`: a list that several processes share.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use plimsoll_tests::{Layout, Outcome, PostgresServer, TemporaryDirectory, plimsoll};
use serde_json::Value;

/// How long a manifest takes, so that workers can be killed midway.
const DELAY: Duration = Duration::from_millis(150);

/// A registry of images `app-NUMBER:1`, with a catalogue in pages.
fn registry(images: usize) -> String {
    let mut answers: BTreeMap<String, (String, Vec<u8>)> = BTreeMap::new();
    for number in 0..images {
        let mut layout = Layout::default();
        let package = format!(r#"{{"name": "part", "version": "1.{number}.0"}}"#);
        let root = layout.image("amd64", &[&[("usr/lib/node_modules/part/package.json", package.as_bytes())]]);
        for (digest, bytes) in &layout.blobs {
            answers.insert(format!("/v2/app-{number}/blobs/{digest}"), (String::new(), bytes.clone()));
        }
        for (digest, media_type, bytes) in &layout.manifests {
            for name in [digest.as_str(), "1"].into_iter().filter(|name| *name != "1" || *digest == root) {
                let path = format!("/v2/app-{number}/manifests/{name}");
                answers.insert(path, ((*media_type).to_owned(), bytes.clone()));
            }
        }
        let tags = format!(r#"{{"name": "app-{number}", "tags": ["1", "0.9"]}}"#);
        answers.insert(format!("/v2/app-{number}/tags/list"), ("application/json".to_owned(), tags.into_bytes()));
    }
    let answers = Arc::new(answers);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answers = Arc::clone(&answers);
            thread::spawn(move || drop(serve(stream, &answers, images)));
        }
    });
    host
}

fn serve(stream: TcpStream, answers: &BTreeMap<String, (String, Vec<u8>)>, images: usize) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut header) = (String::new(), String::new());
    reader.read_line(&mut line)?;
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let path = line.split_whitespace().nth(1).unwrap_or_default();
    let bare = path.split('?').next().unwrap_or_default();
    if bare.contains("/manifests/") {
        thread::sleep(DELAY);
    }
    let (mut more, mut kind, mut body) = (String::new(), "application/json".to_owned(), b"{}".to_vec());
    if bare == "/v2/_catalog" {
        // Two pages: the names with an even number, and the rest.
        let second = path.contains("last=");
        let names: Vec<String> = (0..images)
            .filter(|number| (number % 2 == 1) == second)
            .map(|number| format!("\"app-{number}\""))
            .collect();
        body = format!("{{\"repositories\": [{}]}}", names.join(",")).into_bytes();
        if !second {
            more = "Link: </v2/_catalog?n=1000&last=x>; rel=\"next\"\r\n".to_owned();
        }
    } else if bare != "/v2/" {
        let Some((media_type, bytes)) = answers.get(bare) else {
            return (&stream).write_all(b"HTTP/1.1 404 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        };
        (kind, body) = (media_type.clone(), bytes.clone());
    }
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: {kind}\r\n{more}Content-Length: {length}\r\n\r\n"
    );
    (&stream).write_all(head.as_bytes())?;
    (&stream).write_all(&body)
}

fn worker(from: &str, store: &str, more: &[&str]) -> Command {
    let mut command =
        plimsoll(["inventory", "scan", "--from", from, "--store", store, "--format", "json", "--lease", "3"]);
    command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn report(outcome: &Outcome) -> Value {
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn a_registry_is_scanned_and_hunted_through() {
    let host = registry(5);
    let directory = TemporaryDirectory::new();
    let store = directory.path().join("i.db").to_str().unwrap().to_owned();
    let from = format!("registry:{host}");
    let more = ["--tag-glob", "*", "--newest", "1", "--hunt", "pkg:npm/part@<1.2.0"];
    let first = report(&Outcome::from(worker(&from, &store, &more).output().unwrap()));
    assert_eq!((first["done"].as_u64(), first["failed"].as_u64()), (Some(5), Some(0)), "{first}");
    assert_eq!(first["hits"].as_array().unwrap().len(), 2, "{first}");
    // What is done is not done again.
    let second = report(&Outcome::from(worker(&from, &store, &more).output().unwrap()));
    assert_eq!((second["done"].as_u64(), second["hits"].as_array().unwrap().len()), (Some(5), 0), "{second}");
}

#[test]
fn an_image_that_cannot_be_had_is_told_and_counted() {
    let host = registry(1);
    let directory = TemporaryDirectory::new();
    let list = directory.write("list", format!("{host}/app-0:1\n{host}/app-9:1\n"));
    let store = directory.path().join("i.db").to_str().unwrap().to_owned();
    let failures = directory.path().join("failures");
    let more = ["--failures", failures.to_str().unwrap(), "--retries", "0", "--strict", "--attempts", "2"];
    let outcome = Outcome::from(worker(list.to_str().unwrap(), &store, &more).output().unwrap());
    assert_eq!(outcome.status, Some(4), "{}", outcome.stderr);
    assert!(std::fs::read_to_string(&failures).unwrap().starts_with(&format!("registry:{host}/app-9:1 # ")));
    let outcome = plimsoll(["inventory", "list", "--store", &store, "--format", "json"]).output().unwrap();
    let list: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!((list["artifacts"].as_u64(), list["denominator"]["failed"].as_u64()), (Some(1), Some(1)));
    assert_eq!(list["rows"][0]["claim"], "observed");
}

#[test]
fn four_workers_of_which_two_are_killed_scan_every_image_once() {
    const IMAGES: usize = 60;
    let Some(server) = PostgresServer::shared() else { return };
    let (host, store) = (registry(IMAGES), server.database());
    let directory = TemporaryDirectory::new();
    let names: Vec<String> = (0..IMAGES).map(|number| format!("{host}/app-{number}:1")).collect();
    let list = directory.write("list", names.join("\n"));
    let mut workers: Vec<Child> =
        (0..4).map(|_| worker(list.to_str().unwrap(), &store, &[]).spawn().unwrap()).collect();
    thread::sleep(Duration::from_millis(900));
    for killed in &mut workers[..2] {
        killed.kill().unwrap();
        killed.wait().unwrap();
    }
    for ended in workers.split_off(2) {
        let told = report(&Outcome::from(ended.wait_with_output().unwrap()));
        assert_eq!((told["done"].as_u64(), told["failed"].as_u64()), (Some(IMAGES as u64), Some(0)), "{told}");
    }
    let outcome = plimsoll(["inventory", "list", "--store", &store, "--format", "json"]).output().unwrap();
    let listed: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(listed["artifacts"].as_u64(), Some(IMAGES as u64));
    let mut client = postgres::Client::connect(&store, postgres::NoTls).unwrap();
    let documents: i64 = client.query_one("SELECT count(*) FROM document", &[]).unwrap().get(0);
    assert_eq!(documents, IMAGES as i64);
}
