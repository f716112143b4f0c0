//! Asking over the network.
//!
//! The rules: HTTPS, or plain HTTP to this machine and to hosts that the user names; a redirect is followed a few times, to
//! HTTPS, and never with a token; an answer has a limited size and comes in a limited time; "later" is waited for, not longer
//! than half a minute; a service that fails again and again is not asked any more, so that a run ends. What an SBOM says goes
//! into paths, encoded, and never decides which host is asked; only images name their registry themselves, and one on this
//! machine or its wire is not asked unless the user names it.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read as _;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use plimsoll_registry::NetworkOptions;
use reqwest::blocking::{Client, Response};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use reqwest::{Certificate, Url, redirect, retry};

use super::fetch::{Answer, Fetch, FetchError, Request, Service, bare};
use super::image;
use super::pace::{Deadline, Pace};

/// Bytes of one answer. An attestation may hold an SBOM, of at most 16 MiB at GitHub, in base64.
const ANSWER_LIMIT: u64 = 32 << 20;
/// Bytes of a file of certificates.
const CERTIFICATE_FILE: u64 = 16 << 20;
/// The longest that a service may ask to be left alone.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How often a service points elsewhere.
const REDIRECTS: usize = 3;
/// A service that failed so often in a row is not asked any more.
const FAILURES: u32 = 8;
/// How much longer than the time limit a whole answer may take.
const WHOLE_ANSWER: u32 = 4;
/// crates.io asks for no more than one request a second (<https://crates.io/data-access#api>).
const CRATES_PACE: Duration = Duration::from_secs(1);

/// A secret that is sent to GitHub and shown nowhere.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// `None` for an empty one, and for one that no header can hold.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        plain.then(|| Self(text.to_owned()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Where services are, when not where they usually are.
#[derive(Debug, Clone, Default)]
pub struct Registries {
    bases: BTreeMap<Service, String>,
    images: Vec<String>,
}

impl Registries {
    /// A mirror of a service. For images, a host that may be asked although it is on this machine.
    ///
    /// # Errors
    /// It is no URL that may be asked: not HTTP or HTTPS, with a user, a query or a fragment.
    pub fn set(&mut self, service: Service, address: &str) -> Result<(), FetchError> {
        let refused = |reason| FetchError::Refused { target: service.name().to_owned(), reason };
        if service == Service::Oci {
            self.images.push(bare(address));
            return Ok(());
        }
        let url = Url::parse(address).map_err(|_| refused("it is no URL"))?;
        if !matches!(url.scheme(), "https" | "http") || url.cannot_be_a_base() {
            return Err(refused("it is neither HTTPS nor HTTP"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("it holds credentials"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refused("it holds more than a path"));
        }
        self.bases.insert(service, address.trim_end_matches('/').to_owned());
        Ok(())
    }

    /// Whether a repository that a package URL names (`repository_url`) is the one that is asked here: the public one, or the
    /// mirror. What is in another is not asked about: whoever has the name there need not be who has it here.
    pub(super) fn serves(&self, service: Service, repository: &str) -> bool {
        let named = bare(repository);
        self.bases.get(&service).is_some_and(|mirror| bare(mirror) == named)
            || service.base().is_some_and(|base| bare(base) == named)
            || service.aliases().iter().any(|alias| bare(alias) == named)
    }

    fn base(&self, service: Service) -> Option<&str> {
        self.bases.get(&service).map(String::as_str).or_else(|| service.base())
    }
}

/// How services are asked.
#[derive(Debug, Clone, Default)]
pub struct HttpOptions {
    /// Certificates, time limits, retries; what registries of images need besides.
    pub network: NetworkOptions,
    /// Mirrors.
    pub registries: Registries,
    /// For GitHub, which answers few who bring none. Sent to `api.github.com`, or the `api.TENANT.ghe.com` that is named as
    /// GitHub's address, alone.
    pub github_token: Option<Token>,
}

/// Asks services over HTTP. It has one client for this machine, which uses neither proxies nor TLS, and one for all others.
#[derive(Debug)]
pub struct HttpFetch {
    options: HttpOptions,
    local: OnceLock<Client>,
    remote: OnceLock<Client>,
    failures: BTreeMap<Service, AtomicU32>,
    crates: Pace,
}

impl HttpFetch {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(options: HttpOptions) -> Self {
        Self {
            options,
            local: OnceLock::new(),
            remote: OnceLock::new(),
            failures: Service::ALL.iter().map(|service| (*service, AtomicU32::new(0))).collect(),
            crates: Pace::new(CRATES_PACE),
        }
    }

    pub(super) fn ask(&self, request: &Request) -> Result<Answer, FetchError> {
        if request.service() == Service::Oci {
            return image::ask(request, &self.options.network, &self.options.registries.images);
        }
        self.ask_at(&self.address(request)?, request)
    }

    /// What is at an address that a service names in an answer: asked as a place that it points to, without its token.
    pub(super) fn linked(&self, service: Service, address: &str) -> Result<Answer, FetchError> {
        let refused = |reason| FetchError::Refused { target: service.name().to_owned(), reason };
        let base = self.options.registries.base(service).and_then(|base| Url::parse(base).ok());
        let url = self.target(&base.ok_or_else(|| refused("it has no address"))?, address)?;
        self.ask_at(&url, &Request::new(service, String::new(), "application/json, */*"))
    }

    fn ask_at(&self, url: &Url, request: &Request) -> Result<Answer, FetchError> {
        let network = &self.options.network;
        let (mut wait, mut left) = (network.backoff, network.retries);
        loop {
            self.pace(request.service());
            let outcome = self.follow(url, request);
            let pause = match &outcome {
                // Who is asked for more patience than there is does not ask again.
                Ok(Heard::Later(asked, _)) => Some(asked.unwrap_or(wait)).filter(|pause| *pause <= LONGEST_WAIT),
                Err(FetchError::Connection { .. } | FetchError::Cut { .. }) => Some(wait),
                _ => None,
            };
            match (pause, outcome) {
                (Some(pause), _) if left > 0 => thread::sleep(pause.min(LONGEST_WAIT)),
                (_, Ok(Heard::Answer(answer))) => return Ok(answer),
                (_, Ok(Heard::Later(_, error))) | (_, Err(error)) => return Err(error),
            }
            left = left.saturating_sub(1);
            wait = wait.saturating_mul(2);
        }
    }

    /// Waits until it is polite to ask crates.io again. A mirror decides for itself.
    fn pace(&self, service: Service) {
        if service != Service::Crates || self.options.registries.bases.contains_key(&service) {
            return;
        }
        self.crates.wait();
    }

    /// The address of a request.
    fn address(&self, request: &Request) -> Result<Url, FetchError> {
        let refused = |reason| FetchError::Refused { target: request.service().name().to_owned(), reason };
        let base = self.options.registries.base(request.service()).ok_or_else(|| refused("it has no address"))?;
        let base_url = Url::parse(base).map_err(|_| refused("it is no URL"))?;
        let url = Url::parse(&format!("{base}{}", request.path())).map_err(|_| refused("it is no URL"))?;
        // What is encoded cannot leave the base; should it ever, nothing is asked.
        if url.origin() != base_url.origin() || !url.path().starts_with(base_url.path()) {
            return Err(refused("the request leaves the service"));
        }
        self.may_ask(&url).map_err(refused)?;
        Ok(url)
    }

    fn may_ask(&self, url: &Url) -> Result<(), &'static str> {
        match url.scheme() {
            "https" => Ok(()),
            "http" if is_loopback(url) || self.plain_http(url) => Ok(()),
            "http" => Err("it is not encrypted"),
            _ => Err("it is neither HTTPS nor HTTP"),
        }
    }

    fn plain_http(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let with_port = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
        self.options.network.plain_http.iter().map(ToString::to_string).any(|known| known == host || known == with_port)
    }

    /// Asks, and asks again where it is pointed to.
    fn follow(&self, start: &Url, request: &Request) -> Result<Heard, FetchError> {
        let mut url = start.clone();
        for _ in 0..=REDIRECTS {
            let response = self.once(&url, start, request)?;
            let status = response.status().as_u16();
            if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                return self.heard(response, &url);
            }
            let target = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            url = self.target(&url, target.unwrap_or_default())?;
        }
        Err(FetchError::Redirect { host: shown(&url), target: shown(&url), reason: "it points on and on" })
    }

    /// Where a service points to, when that may be asked.
    fn target(&self, from: &Url, location: &str) -> Result<Url, FetchError> {
        let refused = |target: String, reason| FetchError::Redirect { host: shown(from), target, reason };
        let url = from.join(location).map_err(|_| refused("nowhere".into(), "it is no URL"))?;
        let target = format!("{}://{}", url.scheme(), shown(&url));
        if location.is_empty() {
            return Err(refused("nowhere".into(), "it is no URL"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused(target, "it holds credentials"));
        }
        if is_near(&url) && !is_loopback(from) {
            return Err(refused(target, "it is this machine or its wire"));
        }
        self.may_ask(&url).map_err(|reason| refused(target, reason))?;
        Ok(url)
    }

    fn once(&self, url: &Url, start: &Url, request: &Request) -> Result<Response, FetchError> {
        let mut call = self.client(url)?.get(url.clone()).header(ACCEPT, request.accept());
        if request.service() == Service::GitHub {
            call = call.header("X-GitHub-Api-Version", "2022-11-28");
        }
        if url.origin() == start.origin()
            && let Some(token) = self.token_for(url)
        {
            call = call.header(AUTHORIZATION, format!("Bearer {}", token.0));
        }
        call.send().map_err(|error| FetchError::Connection { host: shown(url), source: error.without_url().into() })
    }

    /// The token, for the one host that it is of.
    fn token_for(&self, url: &Url) -> Option<&Token> {
        let host = url.host_str().unwrap_or_default();
        let tenant = host.strip_prefix("api.").and_then(|host| host.strip_suffix(".ghe.com"));
        let tenant = tenant.is_some_and(|tenant| !tenant.is_empty() && !tenant.contains('.'))
            && self.options.registries.base(Service::GitHub) == Some(&*format!("https://{host}"));
        let own = url.scheme() == "https" && (host == "api.github.com" || tenant) && url.port().is_none();
        self.options.github_token.as_ref().filter(|_| own)
    }

    fn heard(&self, response: Response, url: &Url) -> Result<Heard, FetchError> {
        let status = response.status().as_u16();
        match status {
            200 => {}
            404 | 410 => return Ok(Heard::Answer(Answer::Absent)),
            // GitHub says 403 where others say 429.
            408 | 429 | 500 | 502..=504 | 403 if status != 403 || response.headers().contains_key(RETRY_AFTER) => {
                return Ok(Heard::Later(asked_to_wait(&response), FetchError::Status { host: shown(url), status }));
            }
            _ => return Err(FetchError::Status { host: shown(url), status }),
        }
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if let Some(content_type) = content_type.map(str::to_ascii_lowercase).filter(|text| is_page(text)) {
            return Err(FetchError::ContentType { host: shown(url), content_type });
        }
        let limit = self.options.network.timeout.saturating_mul(WHOLE_ANSWER);
        read(response, url, limit).map(|body| Heard::Answer(Answer::Found(body)))
    }

    fn client(&self, url: &Url) -> Result<&Client, FetchError> {
        let local = is_loopback(url) && url.scheme() == "http";
        let slot = if local { &self.local } else { &self.remote };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let timeout = self.options.network.timeout;
        let mut builder = Client::builder()
            // crates.io refuses who does not say who they are.
            .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION"), " (", env!("CARGO_PKG_REPOSITORY"), ")"))
            .http1_only()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .connect_timeout(timeout)
            .timeout(timeout);
        builder =
            if local { builder.no_proxy().tls_certs_only([]) } else { builder.tls_certs_merge(self.certificates()?) };
        let made = builder.build().map_err(FetchError::Client)?;
        Ok(slot.get_or_init(|| made))
    }

    fn certificates(&self) -> Result<Vec<Certificate>, FetchError> {
        let mut all = Vec::new();
        for path in &self.options.network.ca_certificates {
            let refused = |reason| FetchError::Refused { target: path.display().to_string(), reason };
            let length = std::fs::metadata(path).map_err(|_| refused("it cannot be read"))?.len();
            if length > CERTIFICATE_FILE {
                return Err(refused("it is too large for a file of certificates"));
            }
            let pem = std::fs::read(path).map_err(|_| refused("it cannot be read"))?;
            all.extend(Certificate::from_pem_bundle(&pem).map_err(|_| refused("it holds no certificate in PEM"))?);
        }
        Ok(all)
    }
}

impl Fetch for HttpFetch {
    fn fetch(&self, request: &Request) -> Result<Answer, FetchError> {
        let service = request.service();
        let Some(count) = self.failures.get(&service) else { return self.ask(request) };
        let failures = count.load(Ordering::Relaxed);
        if failures >= FAILURES {
            return Err(FetchError::GaveUp { service, failures });
        }
        let outcome = self.ask(request);
        match &outcome {
            Ok(_) => count.store(0, Ordering::Relaxed),
            // That an image is not had says nothing about the next one, which may be elsewhere.
            Err(FetchError::Refused { .. } | FetchError::Image(_)) => {}
            Err(_) => {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
        outcome
    }
}

/// What came of asking once.
enum Heard {
    Answer(Answer),
    /// To be asked again, after this time if it says so; else this is the error.
    Later(Option<Duration>, FetchError),
}

/// Reads an answer to its end, but not for longer than this.
fn read(mut response: Response, url: &Url, limit: Duration) -> Result<Vec<u8>, FetchError> {
    let cut = |reason: String| FetchError::Cut { host: shown(url), reason };
    if response.content_length().is_some_and(|length| length > ANSWER_LIMIT) {
        return Err(FetchError::TooLarge { host: shown(url), limit: ANSWER_LIMIT });
    }
    let (deadline, mut body, mut chunk) = (Deadline::after(limit), Vec::new(), vec![0; 1 << 16]);
    loop {
        let count = match response.read(&mut chunk) {
            Ok(0) => return Ok(body),
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(cut(error.kind().to_string())),
        };
        body.extend_from_slice(chunk.get(..count).unwrap_or_default());
        if body.len() as u64 > ANSWER_LIMIT {
            return Err(FetchError::TooLarge { host: shown(url), limit: ANSWER_LIMIT });
        }
        if deadline.is_over() {
            return Err(cut(format!("it took longer than {} s", limit.as_secs())));
        }
    }
}

/// `Retry-After` in seconds (RFC 9110 §10.2.3). A date is not waited for.
fn asked_to_wait(response: &Response) -> Option<Duration> {
    response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// A page for people is what a portal or a proxy answers.
fn is_page(content_type: &str) -> bool {
    content_type.starts_with("text/html") || content_type.starts_with("application/xhtml")
}

/// Host and port of a URL, for messages.
fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn name(url: &Url) -> String {
    url.host_str().unwrap_or_default().trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase()
}

fn is_loopback(url: &Url) -> bool {
    image::is_loopback(&name(url))
}

/// This machine, or an address that reaches no further than its wire.
fn is_near(url: &Url) -> bool {
    let name = name(url);
    image::is_loopback(&name) || name.parse::<IpAddr>().is_ok_and(image::is_link_local)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn the_token_is_for_one_host_and_shown_nowhere() {
        let options = HttpOptions { github_token: Token::new("hunter2secret"), ..HttpOptions::default() };
        assert!(!format!("{options:?}").contains("hunter2"));
        let fetch = HttpFetch::new(options);
        assert!(fetch.token_for(&url("https://api.github.com/repos/a/b")).is_some());
        for other in [
            "http://api.github.com/",
            "https://api.github.com.evil.test/",
            "https://api.github.com:8443/",
            "https://github.com/",
            "http://127.0.0.1:80/",
        ] {
            assert!(fetch.token_for(&url(other)).is_none(), "{other}");
        }
        let mut options = HttpOptions { github_token: Token::new("hunter2secret"), ..HttpOptions::default() };
        assert!(fetch.token_for(&url("https://api.acme.ghe.com/")).is_none());
        options.registries.set(Service::GitHub, "https://api.acme.ghe.com").unwrap();
        let fetch = HttpFetch::new(options);
        assert!(fetch.token_for(&url("https://api.acme.ghe.com/repos/a/b")).is_some());
        for other in ["https://api.other.ghe.com/", "https://api.x.acme.ghe.com/", "https://acme.ghe.com/"] {
            assert!(fetch.token_for(&url(other)).is_none(), "{other}");
        }
        assert!(Token::new(" ").is_none() && Token::new("a\nb").is_none());
    }

    #[test]
    fn redirects_lead_outward_and_stay_encrypted() {
        let fetch = HttpFetch::new(HttpOptions::default());
        let from = url("https://pypi.org/integrity/x");
        assert!(fetch.target(&from, "https://files.example/x").is_ok());
        assert!(fetch.target(&from, "/elsewhere").is_ok());
        for bad in [
            "http://files.example/x",
            "https://user:word@files.example/",
            "https://127.0.0.1/",
            "http://127.0.0.1/",
            "https://169.254.169.254/latest",
            "https://localhost/",
            "file:///etc/passwd",
            "",
        ] {
            assert!(fetch.target(&from, bad).is_err(), "{bad}");
        }
        assert!(fetch.target(&url("http://127.0.0.1:1/"), "http://127.0.0.1:2/x").is_ok());
    }

    #[test]
    fn mirrors_are_addresses() {
        let mut registries = Registries::default();
        registries.set(Service::Npm, "https://npm.acme.example/api/npm/").unwrap();
        for bad in ["npm.acme.example", "ftp://x/", "https://user:pass@x/", "https://x/?a", "https://x/#a"] {
            assert!(registries.set(Service::PyPi, bad).is_err(), "{bad}");
        }
        let fetch = HttpFetch::new(HttpOptions { registries: registries.clone(), ..HttpOptions::default() });
        let request = Request::new(Service::Npm, "/-/npm/v1/keys".into(), "application/json");
        let address = fetch.address(&request).unwrap();
        assert_eq!(address.as_str(), "https://npm.acme.example/api/npm/-/npm/v1/keys");
        let leaves = Request::new(Service::Npm, "/../../x".into(), "application/json");
        assert!(fetch.address(&leaves).is_err());
        assert!(registries.serves(Service::Npm, "https://npm.acme.example/api/npm"));
        assert!(registries.serves(Service::Npm, "https://registry.npmjs.org/"));
        assert!(!registries.serves(Service::Npm, "https://npm.other.example/"));
    }
}
