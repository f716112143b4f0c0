//! For tests: a server on this machine that remembers what it was asked, and secrets that must turn up nowhere.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What is answered: a status, and a body or, for 3xx, where to go.
pub(crate) type Reply = (u16, String);

/// Listens until the process ends.
#[derive(Clone)]
pub(crate) struct Loopback {
    /// `127.0.0.1:PORT`
    pub(crate) host: String,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Loopback {
    pub(crate) fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let log: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (seen, handler) = (Arc::clone(&log), Arc::new(handler));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, handler) = (Arc::clone(&seen), Arc::clone(&handler));
                thread::spawn(move || serve(stream, &*handler, &seen));
            }
        });
        Self { host, log }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }

    pub(crate) fn log(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, handler: &dyn Fn(&Request) -> Reply, log: &Mutex<Vec<Request>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { method, path, headers, body: String::new() };
    let length: u64 = request.header("content-length").unwrap_or("0").parse().ok()?;
    reader.take(length).read_to_string(&mut request.body).ok()?;
    log.lock().unwrap().push(request.clone());
    let (status, body) = handler(&request);
    let head = match status {
        300..400 => format!("Location: {body}\r\n"),
        _ => "Content-Type: application/json\r\n".to_owned(),
    };
    let length = body.len();
    write!(stream, "HTTP/1.1 {status} X\r\n{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}").ok()
}

/// Eight secrets, each of which may go to one place and be shown nowhere.
pub(crate) const CANARIES: [&str; 8] = [
    "canary-one-2f6c",
    "canary-two-81ad",
    "canary-three-0e3b",
    "canary-four-c77f",
    "canary-five-59d0",
    "canary-six-a4e2",
    "canary-seven-6b18",
    "canary-eight-f395",
];

/// Fails when text that somebody may see holds a secret, also in base64, hexadecimal or as the query of a URL.
pub(crate) fn shows_no_canary(text: &str) {
    for canary in CANARIES {
        for offset in 0..3 {
            let encoded = data_encoding::BASE64_NOPAD.encode(&canary.as_bytes()[offset..offset + 9]);
            assert!(!text.contains(&encoded), "{canary} in base64 in {text}");
        }
        assert!(!text.contains(canary), "{canary} in {text}");
        assert!(!text.contains(&data_encoding::HEXLOWER.encode(canary.as_bytes())), "{canary} in {text}");
    }
}

/// Everything that an error says: its words, those of its causes, and its `Debug`.
pub(crate) fn all_of(error: &dyn std::error::Error) -> String {
    let mut text = format!("{error:?}");
    let mut next = Some(error);
    while let Some(error) = next {
        text.push_str(&format!("\n{error}"));
        next = error.source();
    }
    text
}
