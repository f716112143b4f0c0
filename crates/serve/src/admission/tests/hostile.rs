//! Reviews that are none, clients that dawdle, and bodies that are too long.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Instant;

use super::*;

#[test]
fn what_is_no_review_gets_a_reason_and_harms_nobody() {
    let running = start(Images::default(), |_| {});
    let deep = "[".repeat(1 << 20);
    let bodies = ["", "{", "null", "\u{feff}{}", "{\"request\":{\"uid\":\"a\"}}", &deep];
    for body in bodies {
        let (status, answer) = running.client().post(body.as_bytes());
        assert_eq!(status, 400, "{answer}");
        assert!(answer.contains("\"detail\""), "{answer}");
    }
    let mut client = running.client();
    client
        .write(b"POST /validate HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 0\r\n\r\n")
        .unwrap();
    assert_eq!(client.answer().0, 415);
    assert_eq!(client.get("/validate").0, 405);
    assert_eq!(client.get("/elsewhere").0, 404);
    assert_eq!(client.get("/healthz").0, 200);
    assert_eq!(client.review(&pod(&["good:1"]))["allowed"], true);
    assert_eq!(running.metrics()["plimsoll_admission_reviews_total{result=\"malformed\"}"], 7);
}

#[test]
fn an_object_that_is_not_of_its_kind_is_denied() {
    let running = start(Images::default(), |_| {});
    for object in [Value::Null, json!([]), json!({ "spec": 1 }), json!({ "kind": "Job" })] {
        let mut review = pod(&[]);
        review["request"]["object"] = object;
        let answer = running.review(&review);
        assert_eq!((&answer["allowed"], &answer["status"]["code"]), (&json!(false), &json!(400)), "{answer}");
    }
    let many: Vec<_> = (0..200).map(|number| format!("good{number}:1")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let answer = running.review(&pod(&many));
    assert!(answer["status"]["message"].as_str().unwrap().starts_with("PLM-K0105"), "{answer}");
}

#[test]
fn answers_are_bounded_and_change_no_terminal() {
    let running = start(Images::default(), |_| {});
    let image = format!("bad{}\u{1b}[31m:1", "x".repeat(100_000));
    let answer = running.review(&pod(&[&image]));
    let text = answer.to_string();
    assert!(text.len() < 10_000 && !text.contains("u001b"), "{}", text.len());
}

#[test]
fn a_body_that_is_too_long_is_refused_in_words() {
    let running = start(Images::default(), |options| options.read_timeout = Duration::from_secs(10));
    let (status, answer) = running.client().post(&vec![b' '; 10 << 20]);
    assert_eq!(status, 413, "{answer}");
    assert!(answer.contains("3145728"), "{answer}");
    assert_eq!(running.review(&pod(&["good:1"]))["allowed"], true);
}

#[test]
fn whoever_dawdles_is_sent_away() {
    let running = start(Images::default(), |_| {});
    let began = Instant::now();
    let mut body = running.client();
    body.write(b"POST /validate HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{")
        .unwrap();
    let mut head = running.client();
    head.write(b"POST /vali").unwrap();
    let mut none = TcpStream::connect(running.server.url().trim_start_matches("https://")).unwrap();
    none.write_all(b"\x16\x03\x01").unwrap();
    assert_eq!(body.answer().0, 408);
    assert!(matches!(head.answer().0, 0 | 408));
    none.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert!(std::io::Read::read(&mut none, &mut [0; 16]).map_or(true, |count| count < 16));
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(running.review(&pod(&["good:1"]))["allowed"], true);
}

#[test]
fn connections_that_do_nothing_hold_up_nobody_for_long() {
    let running = start(Images::default(), |options| options.connections = 4);
    let address = running.server.url().trim_start_matches("https://").to_owned();
    let idle: Vec<_> = (0..20).map(|_| TcpStream::connect(&address).unwrap()).collect();
    assert_eq!(running.review(&pod(&["good:1"]))["allowed"], true);
    drop(idle);
}

#[test]
fn a_certificate_that_changes_is_read_again() {
    let directory = std::env::temp_dir().join(format!("plimsoll-admission-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let (own, key) = (directory.join("tls.crt"), directory.join("tls.key"));
    let put = |name: &str| {
        std::fs::copy(certificate(&format!("{name}.pem")), &own).unwrap();
        std::fs::copy(certificate(&format!("{name}.key.pem")), &key).unwrap();
    };
    put("good");
    let running = start(Images::default(), |options| {
        (options.certificate, options.key) = (own.clone(), key.clone());
        options.look_every = Duration::from_millis(50);
    });
    assert_eq!(running.review(&pod(&["good:1"]))["allowed"], true);
    let told = |part: &str| {
        let end = Instant::now() + Duration::from_secs(20);
        let seen = || {
            running.log.lock().unwrap().iter().any(|line| line["message"].as_str().unwrap_or_default().contains(part))
        };
        while !seen() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(seen(), "{part}");
    };
    std::fs::write(&own, "broken").unwrap();
    told("stays");
    assert_eq!(running.review(&pod(&["good:1"]))["allowed"], true);
    put("self-signed");
    told("read again");
    let mut client = running.client();
    assert!(client.write(b"GET / HTTP/1.1\r\n\r\n").is_err() || client.answer().0 == 0);
    std::fs::remove_dir_all(&directory).unwrap();
}
