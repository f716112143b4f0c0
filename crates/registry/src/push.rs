//! Blobs on their way into a registry (distribution-spec 1.1, "Pushing blobs").
//!
//! What the registry has already is not sent; what another repository of it has is mounted. A blob is sent in one request,
//! which every registry takes. When that does not get through, a large one is sent in parts: the registry is asked how much
//! it has, and the rest follows. Not all take parts, and none says so before: Google's takes none, GitHub's none above
//! 4 MiB. The place of an upload is named by the registry and may be at another host, which gets the bytes and no
//! credentials (`exchange`).
//!
//! No more than one part is in memory. Bytes that are not what their digest names are found out before the registry has the
//! last of them.

use std::io::{self, Read};
use std::thread;

use reqwest::blocking::Response;
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Method, StatusCode, Url};

use plimsoll_source::Hasher;

use crate::checked::{Checked, Fault};
use crate::document::{agree, said_digest};
use crate::endpoint::{Endpoint, backoff};
use crate::exchange::{Ask, Open, Payload, Place, Sent, is_temporary};
use crate::host::shown;
use crate::manifest::malformed;
use crate::transport::Transport;
use crate::{Descriptor, RegistryError};

/// What became of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pushed {
    /// It was sent.
    Sent,
    /// It was there already.
    Present,
    /// Another repository of the registry had it.
    Mounted,
}

/// A blob that is larger is sent as it is read, or in parts of this many bytes.
const PART: u64 = 4 << 20;
/// A registry that wants larger parts gets them, up to here.
const LARGEST_PART: u64 = 64 << 20;
/// An upload that is lost is begun anew so often.
const RESTARTS: u32 = 2;

const BYTES: &str = "application/octet-stream";

/// One blob and where it goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Push<'a> {
    pub(crate) transport: &'a Transport,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) blob: &'a Descriptor,
    /// A repository of the same registry that may have it.
    pub(crate) mount_from: Option<&'a str>,
    /// In parts of this many bytes from the start, in tests.
    pub(crate) part: Option<u64>,
}

/// How an upload ended that did not succeed.
enum Lost {
    /// It may succeed when begun anew.
    Again(RegistryError),
    Finally(RegistryError),
}

/// The answer to the wish to upload.
enum Begun {
    Mounted,
    At { url: Url, part: u64 },
}

impl Push<'_> {
    /// Makes the registry have the blob.
    pub(crate) fn run(&self, open: &Open<'_>) -> Result<Pushed, RegistryError> {
        let mut restarts = 0;
        loop {
            if self.is_present()? {
                return Ok(Pushed::Present);
            }
            let (url, part) = match self.begin()? {
                Begun::Mounted => return Ok(Pushed::Mounted),
                Begun::At { url, part } => (url, part),
            };
            // Each other time, so that a registry without parts gets it whole again.
            let in_parts = self.part.is_some() || self.blob.size <= part || restarts % 2 == 1;
            let outcome = if in_parts { self.parts(url, part, open) } else { self.whole(&url, open) };
            match outcome {
                Ok(()) => return Ok(Pushed::Sent),
                Err(Lost::Again(_)) if restarts < RESTARTS.min(self.transport.options.retries) => {
                    thread::sleep(backoff(self.transport, restarts));
                }
                Err(Lost::Again(error) | Lost::Finally(error)) => return Err(error),
            }
            restarts = restarts.saturating_add(1);
        }
    }

    fn is_present(&self) -> Result<bool, RegistryError> {
        match self.endpoint.send(self.transport, Ask::head(&format!("blobs/{}", self.blob.digest))) {
            Ok(_) => Ok(true),
            Err(RegistryError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn begin(&self) -> Result<Begun, RegistryError> {
        let mount = self.mount_from.map(|from| format!("?mount={}&from={from}", self.blob.digest)).unwrap_or_default();
        let path = format!("blobs/uploads/{mount}");
        let nothing = Payload { media_type: BYTES, content: Sent::Bytes(&[]), at: None };
        let ask = Ask::send(&Method::POST, Place::Path(&path), nothing);
        let response = self.endpoint.send(self.transport, ask)?;
        match response.status() {
            StatusCode::CREATED if self.mount_from.is_some() => {
                self.agrees(&response)?;
                Ok(Begun::Mounted)
            }
            StatusCode::ACCEPTED => {
                let least = response.headers().get("oci-chunk-min-length");
                let least = least.and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok()).unwrap_or(0);
                if least > LARGEST_PART {
                    return Err(answer(&response, format!("it takes no parts of less than {least} bytes")));
                }
                let part = self.part.unwrap_or(PART).max(least);
                Ok(Begun::At { url: location(&response)?, part })
            }
            status => Err(answer(&response, format!("status {status} to the beginning of an upload"))),
        }
    }

    /// Sends the blob as it is read, in one request.
    fn whole(&self, place: &Url, open: &Open<'_>) -> Result<(), Lost> {
        let fault = Fault::default();
        let opened = || -> Result<Box<dyn Read + Send>, RegistryError> {
            Ok(Box::new(Checked::new(open()?, self.blob, &fault)))
        };
        let url = self.final_place(place);
        let content = Sent::Stream { size: self.blob.size, open: &opened };
        let payload = Payload { media_type: BYTES, content, at: None };
        match self.endpoint.send_once(self.transport, Ask::send(&Method::PUT, Place::Named(&url), payload)) {
            Ok(response) => self.is_kept(&response),
            Err(error) => Err(match fault.take() {
                Some(fault) => Lost::Finally(fault),
                None if is_lost(&error) || is_too_much(&error) => Lost::Again(error),
                None => Lost::Finally(error),
            }),
        }
    }

    /// Sends the blob in parts; one that is small in the request that ends the upload.
    fn parts(&self, url: Url, part: u64, open: &Open<'_>) -> Result<(), Lost> {
        let mut reader = open().map_err(Lost::Finally)?;
        let hasher = Hasher::new(self.blob.digest.algorithm());
        let mut hasher = hasher.ok_or_else(|| {
            Lost::Finally(RegistryError::Option {
                text: self.blob.digest.to_string(),
                wanted: "a sha256 or sha512 digest",
            })
        })?;
        let mut at = 0_u64;
        let mut place = url;
        loop {
            let length = part.min(self.blob.size.saturating_sub(at));
            let bytes = self.next(&mut reader, length).map_err(Lost::Finally)?;
            hasher.update(&bytes);
            let end = at.saturating_add(length);
            let is_last = end >= self.blob.size;
            if is_last {
                let what = format!("blob {}", self.blob.digest);
                let whole = self.ends(&mut reader).and_then(|()| agree(&what, &self.blob.digest, hasher.finish()));
                if let Err(error) = whole {
                    self.cancel(&place);
                    return Err(Lost::Finally(error));
                }
                if at == 0 {
                    return self.finish(&place, &bytes);
                }
                place = self.part(place, &bytes, at)?;
                return self.finish(&place, &[]);
            }
            place = self.part(place, &bytes, at)?;
            at = end;
        }
    }

    /// Nothing may follow what its size says.
    fn ends(&self, reader: &mut dyn Read) -> Result<(), RegistryError> {
        match reader.read(&mut [0]) {
            Ok(0) => Ok(()),
            _ => Err(malformed(
                &format!("blob {}", self.blob.digest),
                format!("it does not end after {} bytes", self.blob.size),
            )),
        }
    }

    /// The next part of the blob.
    fn next(&self, reader: &mut dyn Read, length: u64) -> Result<Vec<u8>, RegistryError> {
        let failed = |error: io::Error| match error.downcast::<RegistryError>() {
            Ok(error) => error,
            Err(error) => malformed(&format!("blob {}", self.blob.digest), error.to_string()),
        };
        let mut bytes = Vec::with_capacity(usize::try_from(length.min(LARGEST_PART)).unwrap_or_default());
        reader.take(length).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 == length {
            return Ok(bytes);
        }
        let reason = format!("it ends before the {} bytes that its descriptor says", self.blob.size);
        Err(malformed(&format!("blob {}", self.blob.digest), reason))
    }

    /// Sends a part, from where the registry says it is, until it has all of it; the next one goes to what is returned.
    fn part(&self, mut place: Url, bytes: &[u8], start: u64) -> Result<Url, Lost> {
        let (mut done, mut failures) = (0_usize, 0_u32);
        loop {
            let at = start.saturating_add(done as u64);
            let rest = bytes.get(done..).unwrap_or_default();
            let payload = Payload { media_type: BYTES, content: Sent::Bytes(rest), at: Some(at) };
            let ask = Ask::send(&Method::PATCH, Place::Named(&place), payload);
            let error = match self.endpoint.send_once(self.transport, ask) {
                Ok(response) => {
                    let held = held(response.headers());
                    let end = at.saturating_add(rest.len() as u64);
                    if held.is_some_and(|held| held != end) {
                        let reason = format!("it says that it has other than the {end} bytes it was sent");
                        return Err(Lost::Again(answer(&response, reason)));
                    }
                    return location(&response).map_err(Lost::Finally);
                }
                Err(error) => error,
            };
            if failures >= self.transport.options.retries || !is_passing(&error) {
                let again = is_lost(&error) || (self.part.is_none() && is_too_much(&error));
                return Err(if again { Lost::Again(error) } else { Lost::Finally(error) });
            }
            thread::sleep(backoff(self.transport, failures));
            failures = failures.saturating_add(1);
            // How much came through is known to the registry alone.
            let (url, held) = self.state(&place)?;
            // At the beginning `0-0` can be taken for nothing: of one byte the registry will say so (416).
            let held = held.unwrap_or(0);
            let kept = held.checked_sub(start).and_then(|kept| usize::try_from(kept).ok());
            let Some(kept) = kept.filter(|kept| *kept <= bytes.len()) else { return Err(Lost::Again(error)) };
            if kept > done {
                failures = 0;
            }
            (place, done) = (url, kept);
            if done == bytes.len() {
                return Ok(place);
            }
        }
    }

    /// Where an upload goes on, and how many bytes of it there are, if the registry says so.
    fn state(&self, place: &Url) -> Result<(Url, Option<u64>), Lost> {
        let response = self.endpoint.send(self.transport, Ask::get(place)).map_err(Lost::Again)?;
        let place = location(&response).unwrap_or_else(|_| place.clone());
        Ok((place, held(response.headers())))
    }

    /// Ends the upload: from now on it is a blob.
    fn finish(&self, place: &Url, bytes: &[u8]) -> Result<(), Lost> {
        let url = self.final_place(place);
        let payload = Payload { media_type: BYTES, content: Sent::Bytes(bytes), at: None };
        let ask = Ask::send(&Method::PUT, Place::Named(&url), payload);
        let response = match self.endpoint.send(self.transport, ask) {
            Ok(response) => response,
            // It may have been done all the same, which is looked at first.
            Err(error) if is_lost(&error) => return Err(Lost::Again(error)),
            Err(_) if self.is_present().is_ok_and(|present| present) => return Ok(()),
            Err(error) => return Err(Lost::Finally(error)),
        };
        self.is_kept(&response)
    }

    /// Where the request goes that ends an upload.
    fn final_place(&self, place: &Url) -> Url {
        let mut url = place.clone();
        url.query_pairs_mut().append_pair("digest", &self.blob.digest.to_string());
        url
    }

    /// Whether the registry has made a blob of what was sent.
    fn is_kept(&self, response: &Response) -> Result<(), Lost> {
        if response.status() != StatusCode::CREATED {
            let reason = format!("status {} to the end of an upload", response.status());
            return Err(Lost::Finally(answer(response, reason)));
        }
        self.agrees(response).map_err(Lost::Finally)
    }

    /// Tells the registry that no more comes. Whether it listens is its own affair.
    fn cancel(&self, place: &Url) {
        drop(self.endpoint.send_once(self.transport, Ask::delete(place)));
    }

    /// What the registry says it keeps must be what was sent.
    fn agrees(&self, response: &Response) -> Result<(), RegistryError> {
        match said_digest(response.headers()) {
            Some(said) if said.algorithm() == self.blob.digest.algorithm() && said != self.blob.digest => {
                Err(answer(response, format!("it keeps {said} for {}", self.blob.digest)))
            }
            _ => Ok(()),
        }
    }
}

/// Where the registry wants the next request of an upload.
fn location(response: &Response) -> Result<Url, RegistryError> {
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    let location = location.ok_or_else(|| answer(response, "it names no place for an upload".to_owned()))?;
    let joined = response.url().join(location);
    let mut url = joined.map_err(|_| answer(response, "the place that it names for an upload is no URL".to_owned()))?;
    url.set_fragment(None);
    Ok(url)
}

/// `Range: 0-LAST` as the number of bytes. `0-0` is said for one byte and, by many, for none; it is not relied upon.
fn held(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get("range")?.to_str().ok()?.trim();
    let text = text.strip_prefix("bytes=").unwrap_or(text);
    let (first, last) = text.split_once('-')?;
    let last: u64 = last.parse().ok()?;
    if first != "0" || last == 0 { None } else { last.checked_add(1) }
}

/// Whether waiting may help.
fn is_passing(error: &RegistryError) -> bool {
    match error {
        RegistryError::Request { .. } | RegistryError::Stalled { .. } | RegistryError::Cut { .. } => true,
        // The last: a part that does not begin where the registry thinks (distribution-spec).
        RegistryError::Status { status, .. } => is_temporary(*status) || *status == 416,
        _ => false,
    }
}

/// Whether the registry has forgotten the upload, or was never asked in a way that counts.
fn is_lost(error: &RegistryError) -> bool {
    matches!(error, RegistryError::NotFound { .. }) || is_passing(error)
}

/// Whether the registry may take in parts what it does not take in one.
fn is_too_much(error: &RegistryError) -> bool {
    matches!(error, RegistryError::Status { status: 400 | 405 | 411 | 413 | 501, .. })
}

fn answer(response: &Response, reason: String) -> RegistryError {
    RegistryError::Answer { host: shown(response.url()), reason }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn ranges_of_uploads_are_read() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("range", HeaderValue::from_static(text));
            held(&headers)
        };
        assert_eq!((of("0-9"), of("bytes=0-9")), (Some(10), Some(10)));
        for text in ["", "0-0", "1-9", "0-", "-9", "0-x", "0-18446744073709551615"] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
