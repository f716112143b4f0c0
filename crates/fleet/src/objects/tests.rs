//! Stores on this machine.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use super::*;

/// Answers one request after the other, and gives what was asked: the head of each.
fn server(answers: Vec<(&'static str, String)>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        let answer = |(head, body): (&str, String)| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut text = Vec::new();
            let mut buffer = [0; 1024];
            while !text.ends_with(b"\r\n\r\n") {
                let read = stream.read(&mut buffer).unwrap();
                text.extend(&buffer[..read]);
            }
            let length = body.len();
            write!(stream, "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").unwrap();
            String::from_utf8(text).unwrap()
        };
        answers.into_iter().map(answer).collect()
    });
    (address, served)
}

fn clock() -> Timestamp {
    "2013-05-24T00:00:00Z".parse().unwrap()
}

fn options(address: &str, named: bool) -> ObjectOptions {
    let mut network = NetworkOptions::default();
    (network.retries, network.backoff) = (1, Duration::from_millis(1));
    ObjectOptions {
        s3_endpoint: Some(address.to_owned()),
        region: None,
        credentials: named
            .then(|| AwsCredentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG", Some("t0k")).unwrap()),
        google_endpoint: Some(address.to_owned()),
        google_token: named.then(|| ObjectToken::new("s3cret").unwrap()),
        network,
        clock,
    }
}

fn store(place: &str, address: &str, named: bool) -> ObjectStore {
    ObjectStore::new(ObjectPlace::parse(place).unwrap(), options(address, named)).unwrap()
}

fn keys(store: &ObjectStore) -> Result<Vec<String>, ObjectError> {
    let mut keys = Vec::new();
    store.list(&mut |entries| {
        keys.extend(entries.into_iter().map(|entry| entry.key));
        ControlFlow::Continue(())
    })?;
    Ok(keys)
}

fn page(key: &str, next: &str) -> String {
    let next = match next {
        "" => String::new(),
        next => format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{next}</NextContinuationToken>"),
    };
    format!("<ListBucketResult><Contents><Key>{key}</Key><Size>3</Size></Contents>{next}</ListBucketResult>")
}

/// The signature over a request as it came in, by what the store knows: the key of its secret, and the request itself.
fn resigned(head: &str, secret: &str) -> String {
    let line = head.lines().next().unwrap();
    let target = line.split(' ').nth(1).unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let header = |wanted: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).unwrap().1.to_owned()
    };
    let authorization = header("authorization");
    let part = |name: &str| authorization.split(name).nth(1).unwrap().split(',').next().unwrap().to_owned();
    let names = part("SignedHeaders=");
    let headers: Vec<(&str, String)> = names.split(';').map(|name| (name, header(name))).collect();
    let pair = |text: &str| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
    let query: Vec<(String, String)> = query.split('&').filter(|text| !text.is_empty()).map(pair).collect();
    let region = part("Credential=").split('/').nth(2).unwrap().to_owned();
    let signed = signature::Signed { path, query: &query, headers: &headers, region: &region, at: clock() };
    let key = part("Credential=").split('/').next().unwrap().to_owned();
    let again = signed.authorization(&AwsCredentials::new(&key, secret, None).unwrap());
    assert_eq!(again, authorization);
    names
}

#[test]
fn pages_and_objects_of_s3_are_asked_for_with_a_signature() {
    let answers = vec![
        ("503 Slow Down", String::new()),
        ("200 OK", page("a/b%20c.json", "n+/=")),
        ("200 OK", page("a/d.json", "")),
        ("200 OK", "{}".to_owned()),
    ];
    let (address, served) = server(answers);
    let store = store("s3://boxes/a/ b", &address, true);
    assert_eq!(keys(&store).unwrap(), ["a/b c.json", "a/d.json"]);
    let mut text = String::new();
    store.get("a/b c.json").unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "{}");
    let asked = served.join().unwrap();
    assert!(asked[0].starts_with("GET /boxes?encoding-type=url&list-type=2&prefix=a%2F%20b HTTP/1.1"), "{}", asked[0]);
    assert!(asked[2].contains("?continuation-token=n%2B%2F%3D&encoding-type=url&"), "{}", asked[2]);
    assert!(asked[3].starts_with("GET /boxes/a/b%20c.json HTTP/1.1"), "{}", asked[3]);
    for head in &asked {
        let names = resigned(head, "wJalrXUtnFEMI/K7MDENG");
        assert_eq!(names, "host;x-amz-content-sha256;x-amz-date;x-amz-security-token");
    }
    assert_eq!(store.place().name("a/b c.json"), "s3://boxes/a/b c.json");
    assert!(!format!("{store:?}").contains("wJalr"));
}

#[test]
fn who_names_nobody_signs_nothing() {
    let (address, served) = server(vec![("403 Forbidden", String::new())]);
    let error = keys(&store("s3://boxes", &address, false)).unwrap_err();
    assert!(error.to_string().contains("answered 403: it was asked without credentials"), "{error}");
    assert!(!served.join().unwrap()[0].to_lowercase().contains("authorization"));
}

#[test]
fn the_store_says_where_a_bucket_is() {
    let answers = vec![("301 Moved\r\nx-amz-bucket-region: eu-west-1", String::new()), ("200 OK", page("a", ""))];
    let (address, served) = server(answers);
    assert_eq!(keys(&store("s3://boxes", &address, true)).unwrap(), ["a"]);
    let asked = served.join().unwrap();
    assert!(asked[0].contains("/us-east-1/s3/") && asked[1].contains("/eu-west-1/s3/"), "{}", asked[1]);
}

#[test]
fn pages_and_objects_of_google() {
    let answers = vec![
        ("200 OK", r#"{"items": [{"name": "a/b.json", "size": "2"}], "nextPageToken": "n/"}"#.to_owned()),
        ("200 OK", r#"{"items": [{"name": "a/c.json"}]}"#.to_owned()),
        ("200 OK", "{}".to_owned()),
    ];
    let (address, served) = server(answers);
    let store = store("gs://boxes/a", &address, true);
    assert_eq!(keys(&store).unwrap(), ["a/b.json", "a/c.json"]);
    let mut text = String::new();
    store.get("a/b.json").unwrap().read_to_string(&mut text).unwrap();
    let asked = served.join().unwrap();
    let list = "GET /storage/v1/b/boxes/o?fields=items(name,size),nextPageToken&prefix=a HTTP/1.1";
    assert!(asked[0].starts_with(list), "{}", asked[0]);
    assert!(asked[1].contains("&pageToken=n%2F "), "{}", asked[1]);
    assert!(asked[2].starts_with("GET /storage/v1/b/boxes/o/a%2Fb.json?alt=media HTTP/1.1"), "{}", asked[2]);
    assert!(asked.iter().all(|head| head.to_lowercase().contains("authorization: bearer s3cret")));
}

#[test]
fn hostile_stores() {
    // A page that points at itself, names that lead elsewhere, a redirect.
    let (address, served) = server(vec![("200 OK", page("a", "n")), ("200 OK", page("a", "n"))]);
    let error = keys(&store("s3://boxes", &address, false)).unwrap_err();
    assert!(error.to_string().contains("points at itself"), "{error}");
    served.join().unwrap();
    let aside = store("s3://boxes", &address, false);
    for key in ["../other/x", "a/../../x", "."] {
        assert!(matches!(aside.get(key), Err(ObjectError::Address(_))), "{key}");
    }
    let (address, served) = server(vec![("302 Found\r\nLocation: http://127.0.0.1:1/", String::new())]);
    assert!(matches!(keys(&store("s3://boxes", &address, true)), Err(ObjectError::Status { status: 302, .. })));
    served.join().unwrap();
}

#[test]
fn addresses_are_judged() {
    for bad in ["s3://", "s3://a", "s3://a..b/c", "s3://bo xes", "gs:///x", "http://boxes", "s3://boxes@host/x"] {
        assert!(ObjectPlace::parse(bad).is_err(), "{bad}");
    }
    let new = |address: &str| ObjectStore::new(ObjectPlace::parse("s3://boxes").unwrap(), options(address, true));
    for bad in ["http://example.com", "https://a:b@example.com", "ftp://x", "https://example.com?x=y", "x"] {
        assert!(new(bad).is_err(), "{bad}");
    }
    assert!(new("https://example.com").is_ok());
    let base = |bucket: &str, region: &str| s3::base(bucket, region, None).unwrap().to_string();
    assert_eq!(base("boxes", "eu-west-1"), "https://boxes.s3.eu-west-1.amazonaws.com/");
    assert_eq!(base("boxes.example", "us-east-1"), "https://s3.us-east-1.amazonaws.com/boxes.example");
}
