//! A server on this machine with an answer for each path.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// Listens until the process ends. What it has no answer to is not there (404).
pub struct AnswerServer {
    url: String,
}

impl AnswerServer {
    /// Answers each path, with its query, by a status and a body.
    ///
    /// # Panics
    /// It cannot listen.
    #[must_use]
    pub fn start(answers: impl IntoIterator<Item = (String, (u16, String))>) -> Self {
        Self::of_bytes(answers.into_iter().map(|(path, (status, body))| (path, (status, body.into_bytes()))))
    }

    /// As [`AnswerServer::start`], for what is no text.
    ///
    /// # Panics
    /// It cannot listen.
    #[must_use]
    pub fn of_bytes(answers: impl IntoIterator<Item = (String, (u16, Vec<u8>))>) -> Self {
        let answers: Arc<BTreeMap<String, (u16, Vec<u8>)>> = Arc::new(answers.into_iter().collect());
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap_or_else(|error| panic!("cannot listen: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("listens nowhere: {error}"));
        let url = format!("http://{address}");
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answers = Arc::clone(&answers);
                // Who asked may be gone.
                thread::spawn(move || drop(serve(stream, &answers)));
            }
        });
        Self { url }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

fn serve(stream: TcpStream, answers: &BTreeMap<String, (u16, Vec<u8>)>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let path = line.split_whitespace().nth(1).unwrap_or_default();
    let missing = (404, Vec::new());
    let (status, body) = answers.get(path).unwrap_or(&missing);
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Type: application/json\r\n");
    let mut out = stream;
    out.write_all(format!("{head}Content-Length: {length}\r\n\r\n").as_bytes())?;
    out.write_all(body)?;
    out.flush()
}
