//! A blob as a stream that takes up where the connection was cut.

use std::error::Error;
use std::io::{self, Read};
use std::sync::Arc;
use std::thread;

use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::{CONTENT_RANGE, HeaderMap};

use crate::RegistryError;
use crate::endpoint::{Endpoint, backoff};
use crate::exchange::Ask;
use crate::pace::{Pace, Stopwatch};
use crate::transport::Transport;

/// Reads a blob of a known size. It ends after that many bytes, or with an error; never early, and never later. Whether
/// they are the right bytes is told by their digest, which is taken over all parts together.
#[derive(Debug)]
pub(crate) struct BlobReader {
    transport: Arc<Transport>,
    endpoint: Arc<Endpoint>,
    path: String,
    size: u64,
    at: u64,
    response: Option<Response>,
    host: String,
    pace: Pace,
    /// Failures since the transfer last got somewhere, and where that was.
    failures: u32,
    stalls: u32,
    reached: u64,
}

/// A transfer that brings this much between two cuts gets somewhere.
const PROGRESS: u64 = 1 << 20;
/// A server that went silent is asked once more: each time costs the whole time limit.
const STALLS: u32 = 1;

impl BlobReader {
    /// Asks for a blob, which may not be there.
    pub(crate) fn open(
        transport: Arc<Transport>,
        endpoint: Arc<Endpoint>,
        path: String,
        size: u64,
    ) -> Result<Self, RegistryError> {
        let pace = Pace::new(transport.options.timeout);
        let (response, host) = (None, String::new());
        let mut reader =
            Self { transport, endpoint, path, size, at: 0, response, host, pace, failures: 0, stalls: 0, reached: 0 };
        reader.request()?;
        Ok(reader)
    }

    /// Asks for what is still missing.
    fn request(&mut self) -> Result<(), RegistryError> {
        let ask = Ask::bytes(&self.path, self.at);
        let response = self.endpoint.send(&self.transport, ask)?;
        self.host = crate::host::shown(response.url());
        let wrong = |reason: String| RegistryError::Answer { host: self.host.clone(), reason };
        let skip = match response.status() {
            StatusCode::PARTIAL_CONTENT => {
                let (start, total) = range(response.headers()).ok_or_else(|| wrong("its range is malformed".into()))?;
                if start != self.at || total.is_some_and(|total| total != self.size) {
                    return Err(wrong(format!("it sends another range than bytes {}- of {}", self.at, self.size)));
                }
                0
            }
            StatusCode::OK => {
                if let Some(length) = response.content_length().filter(|&length| length != self.size) {
                    return Err(wrong(format!("it has {length} bytes, and its descriptor says {}", self.size)));
                }
                // It does not know ranges: what was read already comes again.
                self.at
            }
            status => return Err(wrong(format!("status {status} to a request for a blob"))),
        };
        self.response = Some(response);
        self.pass_over(skip)
    }

    fn pass_over(&mut self, bytes: u64) -> Result<(), RegistryError> {
        let mut left = bytes;
        let mut buffer = vec![0; 64 << 10];
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let count = match self.receive(buffer.get_mut(..most).unwrap_or_default()) {
                Ok(0) => return self.failed(None).map(|()| self.response = None),
                Ok(count) => count,
                Err(error) => return self.failed(Some(error)).map(|()| self.response = None),
            };
            left = left.saturating_sub(count as u64);
        }
        Ok(())
    }

    /// The next bytes of the connection; an error too when they come too slowly.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(response) = &mut self.response else { return Ok(0) };
        let start = Stopwatch::start();
        let count = response.read(buffer)?;
        if self.pace.goes_on(start, count) { Ok(count) } else { Err(io::ErrorKind::TimedOut.into()) }
    }

    /// Waits before the next attempt, unless there were enough.
    fn failed(&mut self, error: Option<io::Error>) -> Result<(), RegistryError> {
        self.response = None;
        if self.at.saturating_sub(self.reached) >= PROGRESS {
            (self.failures, self.reached) = (0, self.at);
        }
        if error.as_ref().is_some_and(is_time_out) {
            if self.stalls >= STALLS.min(self.transport.options.retries) {
                let seconds = self.transport.options.timeout.as_secs();
                return Err(RegistryError::Stalled { host: self.host.clone(), seconds });
            }
            self.stalls = self.stalls.saturating_add(1);
            self.pace = Pace::new(self.transport.options.timeout);
        }
        if self.failures >= self.transport.options.retries {
            return Err(RegistryError::Cut {
                host: self.host.clone(),
                received: self.at,
                size: self.size,
                attempts: self.failures.saturating_add(1),
                source: error.map(|error| Box::new(error) as Box<dyn Error + Send + Sync>),
            });
        }
        thread::sleep(backoff(&self.transport, self.failures));
        self.failures = self.failures.saturating_add(1);
        Ok(())
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let left = usize::try_from(self.size.saturating_sub(self.at)).unwrap_or(usize::MAX);
            let most = buffer.len().min(left);
            let Some(buffer) = buffer.get_mut(..most).filter(|buffer| !buffer.is_empty()) else { return Ok(0) };
            if self.response.is_none() {
                self.request().map_err(io::Error::other)?;
                continue;
            }
            match self.receive(buffer) {
                Ok(0) => self.failed(None).map_err(io::Error::other)?,
                Ok(count) => {
                    self.at = self.at.saturating_add(count as u64);
                    return Ok(count);
                }
                Err(error) => self.failed(Some(error)).map_err(io::Error::other)?,
            }
        }
    }
}

fn is_time_out(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>());
    error.kind() == io::ErrorKind::TimedOut || inner.is_some_and(reqwest::Error::is_timeout)
}

/// `bytes START-END/TOTAL` (RFC 9110 §14.4); the total may be unknown.
fn range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let text = headers.get(CONTENT_RANGE)?.to_str().ok()?.trim().strip_prefix("bytes ")?;
    let (range, total) = text.trim().split_once('/')?;
    let (start, _) = range.split_once('-')?;
    let total = if total == "*" { None } else { Some(total.parse().ok()?) };
    Some((start.parse().ok()?, total))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn ranges_are_read() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_RANGE, HeaderValue::from_static(text));
            range(&headers)
        };
        assert_eq!(of("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(of("bytes 5-9/*"), Some((5, None)));
        for text in ["", "bytes", "5-9/10", "bytes */10", "bytes x-9/10", "bytes 5-9/x"] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
