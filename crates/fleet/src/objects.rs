//! Objects in stores: S3 (and what speaks like it, such as MinIO) and Google Cloud Storage. They are listed and read, never written.
//!
//! HTTPS, or plain HTTP to this machine and to hosts that the user names. No redirect is followed: a store that is asked in the
//! wrong region names the right one in a header. Names and sizes are what the store says, and decide nothing; every answer has a limited
//! size. Secrets are shown nowhere.

mod google;
mod listing;
mod s3;
mod signature;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io::Read;
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use plimsoll_registry::NetworkOptions;
use reqwest::blocking::{Client, Response};
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Certificate, Url, redirect, retry};

pub use signature::AwsCredentials;

/// Bytes of one page of a list: a thousand names of a kilobyte each, and what is around them.
const PAGE_BYTES: u64 = 16 << 20;
/// Bytes of a file of certificates.
const CERTIFICATE_FILE: u64 = 16 << 20;
/// The longest that a store may ask to be left alone.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How much longer than the time limit a whole answer may take.
const WHOLE_ANSWER: u32 = 10;

/// Why objects could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectError {
    /// The address is none that may be asked.
    #[error("{0}")]
    Address(String),
    /// The store was not reached, or the answer broke off.
    #[error("{host} could not be asked: {reason}")]
    Connection {
        /// Who was asked.
        host: String,
        /// What went wrong.
        reason: String,
    },
    /// The store refused.
    #[error("{host} answered {status}{hint}")]
    Status {
        /// Who was asked.
        host: String,
        /// The status of HTTP.
        status: u16,
        /// What may help.
        hint: &'static str,
    },
    /// The list is none.
    #[error("the list of {host} cannot be read: {reason}")]
    Listing {
        /// Who was asked.
        host: String,
        /// Why not.
        reason: String,
    },
}

/// A bucket, and how the names begin that are meant: `s3://bucket/prefix`, `gs://bucket/prefix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPlace {
    kind: Kind,
    bucket: String,
    prefix: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    S3,
    Google,
}

impl ObjectPlace {
    /// Whether a text is meant as one.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        text.starts_with("s3://") || text.starts_with("gs://")
    }

    /// Reads an address.
    ///
    /// # Errors
    /// It is none: another scheme, or no name of a bucket.
    pub fn parse(text: &str) -> Result<Self, ObjectError> {
        let wrong = |why: &str| Err(ObjectError::Address(format!("{text}: {why}")));
        let (kind, rest) = match (text.strip_prefix("s3://"), text.strip_prefix("gs://")) {
            (Some(rest), _) => (Kind::S3, rest),
            (None, Some(rest)) => (Kind::Google, rest),
            (None, None) => return wrong("write s3://BUCKET/PREFIX or gs://BUCKET/PREFIX"),
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if !(3..=222).contains(&bucket.len()) || !bucket.bytes().all(plain) || bucket.contains("..") {
            return wrong("this is no name of a bucket");
        }
        Ok(Self { kind, bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }

    /// What an object is called: the address that names it alone.
    #[must_use]
    pub fn name(&self, key: &str) -> String {
        let scheme = if self.kind == Kind::S3 { "s3" } else { "gs" };
        format!("{scheme}://{}/{key}", self.bucket)
    }
}

/// A secret that is sent to a store and shown nowhere.
#[derive(Clone)]
pub struct ObjectToken(String);

impl ObjectToken {
    /// `None` for an empty one, and for one that no header can hold.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        plain.then(|| Self(text.to_owned()))
    }
}

impl fmt::Debug for ObjectToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ObjectToken(…)")
    }
}

/// How a store is asked.
#[derive(Debug, Clone)]
pub struct ObjectOptions {
    /// Where S3 is, when it is not that of Amazon.
    pub s3_endpoint: Option<String>,
    /// The region; `us-east-1` when nobody says.
    pub region: Option<String>,
    /// Who asks S3; nobody in particular without.
    pub credentials: Option<AwsCredentials>,
    /// Where Google's storage is, when it is not where it usually is.
    pub google_endpoint: Option<String>,
    /// Who asks Google; nobody in particular without.
    pub google_token: Option<ObjectToken>,
    /// Certificates, time limits, retries.
    pub network: NetworkOptions,
    /// What time it is: signatures say so.
    pub clock: fn() -> Timestamp,
}

/// An object of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectEntry {
    /// Its name in the bucket.
    pub key: String,
    /// Its size, as the store says.
    pub size: u64,
}

/// A page of a list.
#[derive(Debug, Default, PartialEq, Eq)]
struct Page {
    entries: Vec<ObjectEntry>,
    next: Option<String>,
}

/// The objects of a bucket.
pub struct ObjectStore {
    place: ObjectPlace,
    options: ObjectOptions,
    client: Client,
    base: Url,
    /// Where the bucket is, once S3 said so.
    region: Mutex<String>,
}

impl fmt::Debug for ObjectStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectStore").field("place", &self.place).finish_non_exhaustive()
    }
}

impl ObjectStore {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// The address of the store may not be asked.
    pub fn new(place: ObjectPlace, options: ObjectOptions) -> Result<Self, ObjectError> {
        let region = options.region.clone().unwrap_or_else(|| "us-east-1".to_owned());
        let named = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if region.is_empty() || !region.bytes().all(named) {
            return Err(ObjectError::Address("the region is no name".to_owned()));
        }
        let base = match place.kind {
            Kind::S3 => s3::base(&place.bucket, &region, options.s3_endpoint.as_deref())?,
            Kind::Google => google::base(options.google_endpoint.as_deref())?,
        };
        may_ask(&base, &options.network)?;
        let client = client(&base, &options.network)?;
        Ok(Self { place, options, client, base, region: Mutex::new(region) })
    }

    /// What it is about.
    #[must_use]
    pub fn place(&self) -> &ObjectPlace {
        &self.place
    }

    /// Hands over all objects whose names begin as asked, in the order of the store, a page at a time.
    ///
    /// # Errors
    /// The store cannot be asked, or its list not read. What came before was handed over.
    pub fn list(&self, each: &mut dyn FnMut(Vec<ObjectEntry>) -> ControlFlow<()>) -> Result<(), ObjectError> {
        let mut next: Option<String> = None;
        loop {
            let response = self.ask(&|store| match store.place.kind {
                Kind::S3 => s3::list(store, next.as_deref()),
                Kind::Google => google::list(store, next.as_deref()),
            })?;
            let mut bytes = Vec::new();
            let read = response.take(PAGE_BYTES.saturating_add(1)).read_to_end(&mut bytes);
            read.map_err(|error| self.connection(error.to_string()))?;
            let page = if bytes.len() as u64 > PAGE_BYTES {
                Err("a page of it is too large".to_owned())
            } else {
                match self.place.kind {
                    Kind::S3 => listing::s3(&bytes),
                    Kind::Google => listing::google(&bytes),
                }
            };
            let page = page.map_err(|reason| ObjectError::Listing { host: self.host(), reason })?;
            if !page.entries.is_empty() && each(page.entries).is_break() {
                return Ok(());
            }
            match page.next {
                // A store that points at the page it gave would be asked for ever.
                Some(after) if Some(&after) != next.as_ref() => next = Some(after),
                Some(_) => {
                    let reason = "a page points at itself".to_owned();
                    return Err(ObjectError::Listing { host: self.host(), reason });
                }
                None => return Ok(()),
            }
        }
    }

    /// An object, to be read as far as is wanted.
    ///
    /// # Errors
    /// The store cannot be asked, or does not give it.
    pub fn get(&self, key: &str) -> Result<Box<dyn Read + Send>, ObjectError> {
        let response = self.ask(&|store| match store.place.kind {
            Kind::S3 => s3::get(store, key),
            Kind::Google => google::get(store, key),
        })?;
        Ok(Box::new(response))
    }

    fn host(&self) -> String {
        self.base.host_str().unwrap_or_default().to_owned()
    }

    fn connection(&self, reason: String) -> ObjectError {
        ObjectError::Connection { host: self.host(), reason }
    }

    fn region(&self) -> String {
        self.region.lock().map(|region| region.clone()).unwrap_or_default()
    }

    /// Asks until there is an answer, a few times. Each time is a request of its own, as its signature is of its moment.
    fn ask(&self, request: &dyn Fn(&Self) -> Result<Call, ObjectError>) -> Result<Response, ObjectError> {
        let network = &self.options.network;
        let (mut wait, mut left, mut moved) = (network.backoff, network.retries, false);
        loop {
            let call = request(self)?;
            may_ask(&call.url, network)?;
            let sent = self.client.get(call.url).headers(call.headers).send();
            let (pause, error) = match sent {
                Ok(response) if response.status().as_u16() == 200 => return Ok(response),
                Ok(response) => {
                    let status = response.status().as_u16();
                    if !moved && self.moved(&response) {
                        moved = true;
                        continue;
                    }
                    let later = matches!(status, 408 | 429 | 500 | 502..=504);
                    let error = ObjectError::Status { host: self.host(), status, hint: self.hint(status) };
                    (later.then(|| asked_to_wait(&response).unwrap_or(wait)), error)
                }
                Err(error) => (Some(wait), self.connection(root(&error.without_url()))),
            };
            match pause.filter(|pause| left > 0 && *pause <= LONGEST_WAIT) {
                Some(pause) => thread::sleep(pause),
                None => return Err(error),
            }
            left = left.saturating_sub(1);
            wait = wait.saturating_mul(2);
        }
    }

    /// Whether S3 says that the bucket is in another region, which is then taken.
    fn moved(&self, response: &Response) -> bool {
        if self.place.kind != Kind::S3 || !matches!(response.status().as_u16(), 301 | 307 | 400 | 403) {
            return false;
        }
        let named = response.headers().get("x-amz-bucket-region").and_then(|value| value.to_str().ok());
        let plain = |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        match (named.filter(plain), self.region.lock()) {
            (Some(named), Ok(mut region)) if *region != named => {
                named.clone_into(&mut region);
                true
            }
            _ => false,
        }
    }

    fn hint(&self, status: u16) -> &'static str {
        let named = match self.place.kind {
            Kind::S3 => self.options.credentials.is_some(),
            Kind::Google => self.options.google_token.is_some(),
        };
        match (status, named, self.place.kind) {
            (401 | 403, false, Kind::S3) => {
                ": it was asked without credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)"
            }
            (401 | 403, false, Kind::Google) => ": it was asked without a token (GOOGLE_OAUTH_ACCESS_TOKEN)",
            (401 | 403, true, _) => ": the credentials may not read it, or are not right",
            (404, ..) => ": there is no such bucket or object",
            _ => "",
        }
    }
}

/// A request.
struct Call {
    url: Url,
    headers: HeaderMap,
}

/// A value of a header that is in no log.
fn secret(text: &str) -> Result<HeaderValue, ObjectError> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| ObjectError::Address("the credentials hold what no header can".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn asked_to_wait(response: &Response) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

/// What went wrong at the bottom of it.
fn root(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}

/// The address of a store that the user names.
fn endpoint(text: &str) -> Result<Url, ObjectError> {
    let wrong = |why: &str| ObjectError::Address(format!("the address of the store {why}"));
    let url = Url::parse(text).map_err(|_| wrong("is no URL"))?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
        return Err(wrong("is neither HTTPS nor HTTP"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("holds more than a host and a path"));
    }
    Ok(url)
}

fn may_ask(url: &Url, network: &NetworkOptions) -> Result<(), ObjectError> {
    if url.scheme() == "https" || is_local(url) {
        return Ok(());
    }
    let host = url.host_str().unwrap_or_default();
    let with_port = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
    let named = network.plain_http.iter().map(ToString::to_string).any(|known| known == host || known == with_port);
    if named {
        Ok(())
    } else {
        Err(ObjectError::Address(format!("{host} is not encrypted (--plain-http {host} allows it)")))
    }
}

/// Plain HTTP to this machine.
fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let local = host.parse::<IpAddr>().map_or(host == "localhost", |address| address.is_loopback());
    url.scheme() == "http" && local
}

fn client(base: &Url, network: &NetworkOptions) -> Result<Client, ObjectError> {
    let mut builder = Client::builder()
        .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
        .http1_only()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .connect_timeout(network.timeout)
        .timeout(network.timeout.saturating_mul(WHOLE_ANSWER));
    builder = if is_local(base) {
        builder.no_proxy().tls_certs_only([])
    } else {
        builder.tls_certs_merge(certificates(network)?)
    };
    builder.build().map_err(|_| ObjectError::Address("there is no TLS".to_owned()))
}

fn certificates(network: &NetworkOptions) -> Result<Vec<Certificate>, ObjectError> {
    let mut all = Vec::new();
    for path in &network.ca_certificates {
        let wrong = || ObjectError::Address(format!("{} holds no certificate in PEM that can be read", path.display()));
        let length = std::fs::metadata(path).map_err(|_| wrong())?.len();
        if length > CERTIFICATE_FILE {
            return Err(wrong());
        }
        let pem = std::fs::read(path).map_err(|_| wrong())?;
        all.extend(Certificate::from_pem_bundle(&pem).map_err(|_| wrong())?);
    }
    Ok(all)
}
