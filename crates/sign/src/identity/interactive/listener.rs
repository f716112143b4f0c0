//! Where the browser comes back to: a server on this machine that answers one question.
//!
//! It is on a port that the system chose, speaks only of `/auth/callback`, and believes only a request with the state that
//! was sent out. Browsers open connections that they do not use, so each has a thread of its own and little time. The
//! address says `localhost`, not 127.0.0.1 as RFC 8252 §8.3 would have it: the public issuer accepts no other.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

use super::super::IdentityError;
use crate::deadline::Deadline;
use crate::secret::SecretText;

const PATH: &str = "/auth/callback";
/// Bytes of a request's head.
const HEAD_LIMIT: usize = 16 << 10;
/// Connections in all: a browser makes a handful.
const CONNECTIONS: usize = 64;
/// How long a connection may take to say what it wants.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// Waits for the browser.
pub(super) struct Listener {
    port: u16,
    connections: Receiver<(TcpStream, Query)>,
}

/// The parameters of a request for the path.
type Query = Vec<(String, SecretText)>;

impl Listener {
    pub(super) fn start() -> Result<Self, IdentityError> {
        let failed = |_| IdentityError::SignIn("no port on this machine can be listened at".to_owned());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let (sender, connections) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten().take(CONNECTIONS) {
                let sender = sender.clone();
                thread::spawn(move || hear(stream, port, &sender));
            }
        });
        Ok(Self { port, connections })
    }

    pub(super) fn redirect_uri(&self) -> String {
        format!("http://localhost:{}{PATH}", self.port)
    }

    /// The code that the browser brings; `None` when it does not come in time.
    pub(super) fn wait(&self, state: &SecretText, end: Deadline) -> Result<Option<SecretText>, IdentityError> {
        let (stream, mut query) = match self.connections.recv_timeout(end.left()) {
            Ok(heard) => heard,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(None),
        };
        let mut take = |name: &str| {
            let place = query.iter().position(|(key, _)| key == name)?;
            Some(query.swap_remove(place).1)
        };
        let given = take("state").unwrap_or_else(|| SecretText::new(String::new()));
        let same = verify_slices_are_equal(given.expose().as_bytes(), state.expose().as_bytes()).is_ok();
        if !same {
            answer(stream, "400 Bad Request", "This sign-in was not asked for.");
            return Err(IdentityError::SignIn(
                "the browser brought the answer to another sign-in (its state differs)".to_owned(),
            ));
        }
        if let Some(error) = take("error") {
            answer(stream, "200 OK", "Signing in failed. You may close this window.");
            let error: String = plimsoll_model::printable(error.expose()).chars().take(80).collect();
            return Err(IdentityError::SignIn(format!("the identity provider says {error}")));
        }
        let code = take("code").filter(|code| !code.is_empty());
        match code {
            Some(code) => {
                answer(stream, "200 OK", "You are signed in. You may close this window.");
                Ok(Some(code))
            }
            None => {
                answer(stream, "400 Bad Request", "Something is missing here.");
                Err(IdentityError::SignIn("the browser brought no code".to_owned()))
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // The thread ends with the next connection, since nobody takes what it hears.
        drop(TcpStream::connect_timeout(&(Ipv4Addr::LOCALHOST, self.port).into(), Duration::from_millis(100)));
    }
}

/// Reads the head of a request, and passes on what is asked of the path.
fn hear(mut stream: TcpStream, port: u16, sender: &Sender<(TcpStream, Query)>) {
    let Some(head) = read_head(&mut stream) else { return };
    let hosts = [format!("localhost:{port}"), format!("127.0.0.1:{port}")];
    let mut lines = head.lines();
    let request = lines.next().unwrap_or_default();
    let host = lines.find_map(|line| line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("host")));
    // Another name for this machine is somebody else's page.
    if !host.is_some_and(|(_, value)| hosts.iter().any(|host| host == value.trim())) {
        return answer(stream, "421 Misdirected Request", "");
    }
    let mut words = request.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if method != "GET" || path != PATH {
        return answer(stream, "404 Not Found", "");
    }
    let query = query.split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((decoded(name)?.expose().clone(), decoded(value)?))
    });
    drop(sender.send((stream, query.collect())));
}

fn read_head(stream: &mut TcpStream) -> Option<Zeroizing<String>> {
    let end = Deadline::after(HEAD_TIME);
    let mut head = Zeroizing::new(Vec::with_capacity(HEAD_LIMIT));
    let mut piece = Zeroizing::new([0; 2048]);
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let left = Some(end.left()).filter(|left| !left.is_zero())?;
        stream.set_read_timeout(Some(left)).ok()?;
        let count = stream.read(piece.as_mut_slice()).ok().filter(|count| *count > 0)?;
        head.extend_from_slice(piece.get(..count)?);
        if head.len() > HEAD_LIMIT {
            return None;
        }
    }
    String::from_utf8(std::mem::take(&mut head)).ok().map(Zeroizing::new)
}

/// A value of a query (WHATWG URL §5.1).
fn decoded(text: &str) -> Option<SecretText> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                bytes.extend(data_encoding::HEXLOWER_PERMISSIVE.decode(&digits).ok()?);
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok().map(SecretText::new)
}

fn answer(mut stream: TcpStream, status: &str, sentence: &str) {
    let page = format!("<!doctype html><meta charset=utf-8><title>Plimsoll</title><p>{sentence}</p>\n");
    let length = page.len();
    let head = "Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
                Content-Security-Policy: default-src 'none'\r\nConnection: close\r\n";
    // A browser that went away has what it came for.
    drop(write!(stream, "HTTP/1.1 {status}\r\n{head}Content-Length: {length}\r\n\r\n{page}"));
}
