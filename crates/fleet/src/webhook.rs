//! Telling a server of one's own what was found.
//!
//! A message is JSON, sent by POST with `X-Plimsoll-Delivery` (the digest of the message, by which a receiver tells a repetition) and, when
//! there is a key, `X-Plimsoll-Signature-256: sha256=HEX`, the HMAC-SHA-256 of the body (RFC 2104), as receivers of GitHub's
//! webhooks know it.

use std::fmt;
use std::thread;
use std::time::Duration;

use aws_lc_rs::hmac;
use data_encoding::HEXLOWER;
use reqwest::blocking::Client;
use reqwest::header::{CONTENT_TYPE, USER_AGENT};
use reqwest::{Url, redirect};
use sha2::{Digest as _, Sha256};

/// How often a message is sent at most.
const ATTEMPTS: u32 = 4;

/// Why a message could not be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// The address is none that may be used.
    #[error("a webhook is https://HOST/PATH, or http:// to this machine; {0}")]
    Address(&'static str),
    /// It was sent, and not taken.
    #[error("{host} did not take the message: {reason}")]
    Refused {
        /// To whom.
        host: String,
        /// Why not.
        reason: String,
    },
}

/// A server that is told. It shows itself by its host alone, as the rest of an address may be a secret.
pub struct Webhook {
    url: Url,
    key: Option<hmac::Key>,
    client: Client,
    pause: Duration,
}

impl Webhook {
    /// A server at an address, and the key that messages are signed with.
    ///
    /// # Errors
    /// The address is not HTTPS and not this machine, or holds a password.
    pub fn new(address: &str, key: Option<&[u8]>, timeout: Duration) -> Result<Self, WebhookError> {
        let url = Url::parse(address).map_err(|_| WebhookError::Address("this is no address"))?;
        let local = url.host_str().is_some_and(|host| {
            host == "localhost"
                || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        });
        if url.scheme() != "https" && !(url.scheme() == "http" && local) {
            return Err(WebhookError::Address("this would send what is found in plain text"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(WebhookError::Address("passwords do not belong in it"));
        }
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(timeout)
            .timeout(timeout)
            .build()
            .map_err(|_| WebhookError::Address("there is no TLS"))?;
        let key = key.map(|key| hmac::Key::new(hmac::HMAC_SHA256, key));
        Ok(Self { url, key, client, pause: Duration::from_millis(500) })
    }

    /// Sends a message until it is taken, a few times.
    ///
    /// # Errors
    /// It was not.
    pub fn send(&self, message: &[u8]) -> Result<(), WebhookError> {
        let delivery = HEXLOWER.encode(&Sha256::digest(message));
        let mut pause = self.pause;
        let mut attempt = 0_u32;
        loop {
            let mut request = self
                .client
                .post(self.url.clone())
                .header(CONTENT_TYPE, "application/json")
                .header(USER_AGENT, concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
                .header("X-Plimsoll-Delivery", &delivery)
                .body(message.to_vec());
            if let Some(key) = &self.key {
                let signature = HEXLOWER.encode(hmac::sign(key, message).as_ref());
                request = request.header("X-Plimsoll-Signature-256", format!("sha256={signature}"));
            }
            let reason = match request.send() {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) if answer.status().is_server_error() || answer.status().as_u16() == 429 => {
                    format!("status {}", answer.status().as_u16())
                }
                Ok(answer) => {
                    return Err(self.refused(format!("status {}", answer.status().as_u16())));
                }
                Err(error) => error.without_url().to_string(),
            };
            attempt = attempt.saturating_add(1);
            if attempt >= ATTEMPTS {
                return Err(self.refused(reason));
            }
            thread::sleep(pause);
            pause = pause.saturating_mul(2);
        }
    }

    fn refused(&self, reason: String) -> WebhookError {
        WebhookError::Refused { host: self.url.host_str().unwrap_or_default().to_owned(), reason }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({})", self.url.host_str().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// Answers one request after the other with these, and gives what was asked.
    fn server(answers: Vec<&'static str>) -> (String, thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/hook?token=s3cret", listener.local_addr().unwrap());
        let served = thread::spawn(move || {
            let answer = |status: &str| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut text = Vec::new();
                let mut buffer = [0; 1024];
                while !text.ends_with(b"{\"a\":1}") {
                    let read = stream.read(&mut buffer).unwrap();
                    text.extend(&buffer[..read]);
                }
                write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
                String::from_utf8(text).unwrap()
            };
            answers.into_iter().map(answer).collect()
        });
        (address, served)
    }

    fn hook(address: &str) -> Webhook {
        let mut hook = Webhook::new(address, Some(b"key"), Duration::from_secs(5)).unwrap();
        hook.pause = Duration::from_millis(1);
        hook
    }

    #[test]
    fn messages_are_signed_and_sent_again() {
        let (address, served) = server(vec!["503 Wait", "204 Taken"]);
        hook(&address).send(br#"{"a":1}"#).unwrap();
        let asked = served.join().unwrap();
        assert_eq!(asked.len(), 2);
        // Python: hmac.new(b"key", b'{"a":1}', "sha256").hexdigest()
        let signature =
            "x-plimsoll-signature-256: sha256=88a67f24bbcdaed0e6c997404bb79a743baf44c6bab2f4c27328e3009d22e342";
        assert!(asked[1].to_lowercase().contains(signature), "{}", asked[1]);
        assert_eq!(asked[0], asked[1]);
    }

    #[test]
    fn a_refusal_is_told_without_the_address() {
        let (address, served) = server(vec!["403 No"]);
        let error = hook(&address).send(br#"{"a":1}"#).unwrap_err();
        served.join().unwrap();
        assert_eq!(error.to_string(), "127.0.0.1 did not take the message: status 403");
        assert!(!format!("{:?}", hook(&address)).contains("s3cret"));
    }

    #[test]
    fn addresses_are_judged() {
        for address in ["http://example.com/", "https://a:b@example.com/", "ftp://example.com", "x"] {
            assert!(Webhook::new(address, None, Duration::from_secs(1)).is_err(), "{address}");
        }
    }
}
