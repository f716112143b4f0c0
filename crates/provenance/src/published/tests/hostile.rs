//! Servers that answer what nobody asked for.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::evidence::*;
use super::loopback::{Loopback, Reply};
use super::*;

const KEYS: &str = "/-/npm/v1/keys";

fn keys() -> Request {
    Request::new(Service::Npm, KEYS.into(), "application/json")
}

/// What one answer comes to.
fn asked(reply: Reply) -> Result<Answer, FetchError> {
    Loopback::start(move |_| reply.clone()).fetch(|_| {}).fetch(&keys())
}

#[test]
fn an_answer_is_small_and_comes_soon() {
    let mut endless = Reply::json(vec![b'x'; 1 << 20]);
    endless.length = Some(10 << 30);
    assert!(matches!(asked(endless.clone()), Err(FetchError::TooLarge { .. })));
    // The same without saying so.
    endless.times = 40;
    endless.length = None;
    assert!(matches!(asked(endless), Err(FetchError::TooLarge { .. })));
    let mut cut = Reply::json(*b"{");
    cut.length = Some(100);
    assert!(matches!(asked(cut), Err(FetchError::Cut { .. })));
    let mut slow = Reply::json(vec![b' '; 600]);
    slow.drip = Some(Duration::from_millis(20));
    let start = Instant::now();
    assert!(matches!(asked(slow), Err(FetchError::Cut { .. })));
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn pages_and_statuses_are_no_answers() {
    assert!(matches!(asked(Reply::new(200, "text/html; charset=utf-8", "<p>")), Err(FetchError::ContentType { .. })));
    assert!(matches!(asked(Reply::new(403, "application/json", "{}")), Err(FetchError::Status { status: 403, .. })));
    assert!(matches!(asked(Reply::new(500, "application/json", "{}")), Err(FetchError::Status { status: 500, .. })));
    assert!(matches!(asked(Reply::default()), Err(FetchError::Connection { .. })));
    assert_eq!(asked(Reply::new(404, "text/html", "<p>")).unwrap(), Answer::Absent);
    assert_eq!(asked(Reply::json("{}")).unwrap(), Answer::Found(b"{}".to_vec()));
}

#[test]
fn redirects_end_and_take_no_token_along() {
    let loops = Loopback::start(|path| Reply::new(302, "", "").with("Location", path));
    assert!(matches!(loops.fetch(|_| {}).fetch(&keys()), Err(FetchError::Redirect { .. })));
    assert_eq!(loops.log().len(), 4);
    let other = Loopback::start(|_| Reply::json("{}"));
    let target = other.url.clone();
    let points = Loopback::start(move |_| Reply::new(307, "", "").with("Location", format!("{target}/there")));
    let fetch = points.fetch(|options| options.github_token = Token::new("hunter2"));
    let request = Request::new(Service::GitHub, "/repos/a/b".into(), "application/json");
    assert_eq!(fetch.fetch(&request).unwrap(), Answer::Found(b"{}".to_vec()));
    let headers: String = [points.log(), other.log()].concat().into_iter().map(|(_, headers)| headers).collect();
    assert!(!headers.contains("hunter2") && !headers.contains("authorization"), "{headers}");
    let outside = Loopback::start(|_| Reply::new(302, "", "").with("Location", "http://registry.example/"));
    assert!(matches!(outside.fetch(|_| {}).fetch(&keys()), Err(FetchError::Redirect { .. })));
}

#[test]
fn later_is_waited_for_and_then_given_up() {
    let times = Mutex::new(0);
    let once = Loopback::start(move |_| {
        let mut times = times.lock().unwrap();
        *times += 1;
        match *times {
            1 => Reply::new(429, "", "").with("Retry-After", "1"),
            _ => Reply::json("{}"),
        }
    });
    let start = Instant::now();
    assert_eq!(once.fetch(|_| {}).fetch(&keys()).unwrap(), Answer::Found(b"{}".to_vec()));
    assert!(start.elapsed() >= Duration::from_secs(1));

    let never = Loopback::start(|_| Reply::new(429, "", ""));
    let fetch = never.fetch(|_| {});
    let mut last = None;
    for _ in 0..12 {
        last = fetch.fetch(&keys()).err();
    }
    assert!(matches!(last, Some(FetchError::GaveUp { .. })), "{last:?}");
    // Two times each, until it was given up.
    assert_eq!(never.log().len(), 16);
}

#[test]
fn evidence_that_is_changed_anywhere_is_never_verified() {
    let npm = Npm::new();
    let answer = npm.answer("acme/app", "app", "1.0.0", b"app");
    let mut setting = Setting::new(&stack().trusted_root_json());
    let stated = DependencyExpectation::new("pkg:npm/app", Some("github.com/acme/app"), Some(&issuer()), None, "");
    setting.expectations = vec![stated.unwrap()];
    let named = component("pkg:npm/app@1.0.0", &[("SHA-512", &sha512(b"app"))]);
    let judge = |answer: &[u8]| {
        let table = Table::default()
            .with("npm /-/npm/v1/keys", npm.keys())
            .with("npm /-/npm/v1/attestations/app@1.0.0", answer);
        setting.row(named.clone(), &table)
    };
    assert_eq!(judge(answer.as_bytes()).status, Status::Verified);
    let bytes = answer.as_bytes();
    let mut verified = Vec::new();
    for at in (0..bytes.len()).step_by(bytes.len() / 60) {
        let mut changed = bytes.to_vec();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let row = judge(&changed);
        if row.status == Status::Verified {
            verified.push((
                at,
                String::from_utf8_lossy(&bytes[at.saturating_sub(30)..(at + 30).min(bytes.len())]).into_owned(),
            ));
        }
        assert!(matches!(judge(&bytes[..at]).status, Status::Invalid | Status::None), "cut at {at}");
    }
    // What nobody signs, such as the key hint or a media type's spelling, may change; nothing that is signed may.
    assert!(verified.len() <= 2, "{verified:#?}");
}

#[test]
fn names_that_lead_elsewhere_are_not_asked_for() {
    let table = Table::default();
    let setting = Setting::new(&stack().trusted_root_json());
    let list = sbom(&[
        component("pkg:npm/..@1.0.0", &[]),
        component("pkg:npm/a@..", &[]),
        component("pkg:maven/a..b/c@1.0", &[]),
        component("pkg:oci/app@sha256%3Axyz?repository_url=ghcr.io/a", &[]),
        component("pkg:gem/a%2F..%2Fb@1.0", &[]),
    ]);
    let report = setting.check(&list, &table);
    for path in table.asked() {
        assert!(!path.contains("/../") && !path.ends_with("/.."), "{path}");
    }
    assert_eq!(report.counts().components, report.counts().asked + report.counts().not_applicable);
}
