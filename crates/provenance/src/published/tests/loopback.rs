//! A registry on this machine, and what goes wrong with one.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::*;

/// What is answered: bytes that go out as they are, and whether the connection stays open for a while after them.
#[derive(Clone, Default)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    /// Instead of the true length.
    pub(super) length: Option<u64>,
    /// Byte by byte, with this in between.
    pub(super) drip: Option<Duration>,
    /// How often the body is sent.
    pub(super) times: usize,
}

impl Reply {
    pub(super) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type", content_type.to_owned())];
        Self { status, headers, body: body.into(), times: 1, ..Self::default() }
    }

    pub(super) fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "application/json", body)
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Requests with their headers, as they came.
type Log = Arc<Mutex<Vec<(String, String)>>>;

/// Listens until the process ends.
pub(super) struct Loopback {
    pub(super) url: String,
    log: Log,
}

impl Loopback {
    pub(super) fn start(handler: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (log, handler) = (Log::default(), Arc::new(handler));
        let seen = Arc::clone(&log);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, handler) = (Arc::clone(&seen), Arc::clone(&handler));
                // Who asked may be gone.
                thread::spawn(move || drop(serve(stream, &*handler, &seen)));
            }
        });
        Self { url, log }
    }

    pub(super) fn log(&self) -> Vec<(String, String)> {
        self.log.lock().unwrap().clone()
    }

    /// A client that finds npm here.
    pub(super) fn fetch(&self, change: impl FnOnce(&mut HttpOptions)) -> HttpFetch {
        let mut options = HttpOptions::default();
        options.network.timeout = Duration::from_millis(500);
        options.network.backoff = Duration::from_millis(1);
        options.network.retries = 1;
        for service in [Service::Npm, Service::GitHub, Service::PyPi, Service::Crates] {
            options.registries.set(service, &self.url).unwrap();
        }
        change(&mut options);
        HttpFetch::new(options)
    }
}

fn serve(stream: TcpStream, handler: &dyn Fn(&str) -> Reply, log: &Log) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut headers) = (String::new(), String::new());
    reader.read_line(&mut line)?;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? <= 2 {
            break;
        }
        headers.push_str(&header.to_ascii_lowercase());
    }
    let path = line.split_whitespace().nth(1).unwrap_or_default().to_owned();
    log.lock().unwrap().push((path.clone(), headers));
    let reply = handler(&path);
    let mut out = stream;
    if reply.status == 0 {
        return Ok(());
    }
    let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    let length = reply.length.unwrap_or((reply.body.len() * reply.times) as u64);
    head += &format!("Content-Length: {length}\r\n\r\n");
    out.write_all(head.as_bytes())?;
    for _ in 0..reply.times {
        match reply.drip {
            None => out.write_all(&reply.body)?,
            Some(pause) => {
                for byte in &reply.body {
                    out.write_all(&[*byte])?;
                    thread::sleep(pause);
                }
            }
        }
    }
    out.flush()
}
