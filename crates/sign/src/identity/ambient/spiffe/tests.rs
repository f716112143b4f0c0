use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

use serde_json::json;

use super::super::super::tests::{good, jwt};
use super::super::Environment;
use super::*;
use crate::loopback::{CANARIES, all_of, shows_no_canary};

fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let [_, _, high, low] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&[0, high, low, kind, flags, 0, 0, 0, stream], payload].concat()
}

/// An answer with one message.
fn grpc_message(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0], length.as_slice(), message].concat()
}

/// A field of Protocol Buffers.
fn field(key: u8, content: &[u8]) -> Vec<u8> {
    let [low, high] = [content.len() & 0x7f, content.len() >> 7].map(|part| u8::try_from(part).unwrap());
    [&[key, low | 0x80, high], content].concat()
}

fn read_frame(stream: &mut UnixStream) -> Option<(u8, u8, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).ok()?;
    let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
    stream.read_exact(&mut payload).ok()?;
    Some((head[3], head[4], payload))
}

/// An agent that checks what it is asked, and answers with these bytes.
fn fetch(name: &str, answer: Vec<u8>) -> Result<IdentityToken, IdentityError> {
    let path = std::env::temp_dir().join(format!("plimsoll-spiffe-{name}-{}", std::process::id()));
    drop(std::fs::remove_file(&path));
    let listener = UnixListener::bind(&path).unwrap();
    let agent = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut preface = [0; 24];
        stream.read_exact(&mut preface).unwrap();
        assert_eq!(&preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        assert_eq!(read_frame(&mut stream).unwrap(), (4, 0, Vec::new()));
        let (kind, flags, headers) = read_frame(&mut stream).unwrap();
        assert_eq!((kind, flags), (1, 4));
        let text = String::from_utf8_lossy(&headers).into_owned();
        assert!(text.contains("/SpiffeWorkloadAPI/FetchJWTSVID") && text.contains("workload.spiffe.io\u{4}true"));
        let (kind, flags, body) = read_frame(&mut stream).unwrap();
        assert_eq!((kind, flags), (0, 1));
        assert_eq!(body, grpc_message(b"\x0a\x08sigstore"));
        // Settings and a ping, which are answered; then the answer.
        let settings = [frame(4, 0, 0, &[0, 3, 0, 0, 0, 100]), frame(6, 0, 0, b"12345678")].concat();
        drop(stream.write_all(&[settings, answer].concat()));
        if let (Some(settings), Some(ping)) = (read_frame(&mut stream), read_frame(&mut stream)) {
            assert_eq!((settings, ping), ((4, 1, Vec::new()), (6, 1, b"12345678".to_vec())));
        }
        // Until the other side hangs up.
        drop(read_frame(&mut stream));
    });
    let uri = format!("unix://{}", path.display());
    let environment = Environment::new(move |name| (name == "SPIFFE_ENDPOINT_SOCKET").then(|| uri.clone().into()));
    let mut options = AmbientOptions::new(environment);
    options.timeout = Duration::from_millis(500);
    let outcome = find(&options).unwrap().unwrap().fetch();
    agent.join().unwrap();
    std::fs::remove_file(&path).unwrap();
    outcome
}

fn svid(token: &str) -> Vec<u8> {
    // Besides: a number, the hint, and a second identity.
    let first = [field(0x0a, b"spiffe://example/ci"), field(0x12, token.as_bytes()), field(0x1a, b"hint")].concat();
    [&[0x18, 0x96, 0x01], &*field(0x0a, &first), &*field(0x0a, &field(0x12, b"second"))].concat()
}

#[test]
fn the_agent_gives_a_token() {
    let mut claims = good();
    claims["sub"] = json!("spiffe://example/ci");
    let message = grpc_message(&svid(&jwt(&claims)));
    let (start, rest) = message.split_at(100);
    let padded = [&[3], start, &[0; 3]].concat();
    let answer =
        [frame(1, 4, 1, b"\x88"), frame(0, 8, 1, &padded), frame(0, 0, 1, rest), frame(1, 5, 1, b"\x00")].concat();
    assert_eq!(fetch("good", answer).unwrap().claims().subject(), "spiffe://example/ci");
}

#[test]
fn agents_that_give_none_say_why() {
    let canary = grpc_message(&svid(CANARIES[0]));
    for (name, answer, word) in [
        ("trailers", frame(1, 5, 1, b"\x00"), "no identity for this workload"),
        ("reset", frame(3, 0, 1, &[0, 0, 0, 8]), "refused the call"),
        ("away", frame(7, 0, 0, &[0; 8]), "refused the call"),
        ("empty", frame(0, 1, 1, &grpc_message(b"")), "no JWT-SVID"),
        ("short", frame(0, 1, 1, &[0, 0, 0, 0, 9, 1]), "as it should"),
        ("compressed", frame(0, 1, 1, &[1, 0, 0, 0, 0]), "as it should"),
        ("large", vec![0xff; 9], "as it should"),
        ("padding", frame(0, 9, 1, &[9, 0]), "as it should"),
        ("field", frame(0, 1, 1, &grpc_message(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff])), "no JWT-SVID"),
        ("pings", [frame(0, 0, 1, &[0; 16_000]).repeat(5), Vec::new()].concat(), "too large"),
        ("silence", Vec::new(), "takes too long"),
        ("token", frame(0, 1, 1, &canary), "cannot be used"),
    ] {
        let error = fetch(name, answer).unwrap_err();
        assert!(error.to_string().contains(word), "{name}: {error}");
        shows_no_canary(&all_of(&error));
    }
}

#[test]
fn sockets_are_named_by_their_uri() {
    let find_uri = |uri: &'static str| {
        find(&AmbientOptions::new(Environment::new(move |name| (name == "SPIFFE_ENDPOINT_SOCKET").then(|| uri.into()))))
    };
    for good in ["unix:///run/agent.sock", "unix:/run/agent.sock"] {
        assert!(find_uri(good).unwrap().is_some(), "{good}");
    }
    for bad in ["tcp://127.0.0.1:8000", "/run/agent.sock", "unix://host/x", "unix:///x?y", "unix:"] {
        assert!(find_uri(bad).is_err(), "{bad}");
    }
    let error = find_uri("unix:///nonexistent/agent.sock").unwrap().unwrap().fetch().unwrap_err();
    assert!(error.to_string().contains("cannot be reached"), "{error}");
}
