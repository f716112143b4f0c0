//! Files from repositories of TUF, by the same rules as requests to services.

use reqwest::Method;

use super::http::{Http, NetworkOptions, Request};
use crate::instance::{Fetch, FetchError};
use crate::secret::SecretBytes;

const NOT_FOUND: u16 = 404;

/// Gets files over HTTPS.
#[derive(Debug)]
pub struct Downloads {
    http: Http,
    service: &'static str,
}

impl Downloads {
    /// As the options say.
    #[must_use]
    pub fn new(network: NetworkOptions) -> Self {
        Self::for_service(network, "TUF repository")
    }

    /// The same from something else, as errors will call it.
    #[must_use]
    pub fn for_service(network: NetworkOptions, service: &'static str) -> Self {
        Self { http: Http::new(network), service }
    }
}

impl Fetch for Downloads {
    fn fetch(&self, url: &str, max: u64) -> Result<Option<Vec<u8>>, FetchError> {
        let request = Request {
            method: Method::GET,
            service: self.service,
            url: url.to_owned(),
            content_type: "",
            accept: "*/*",
            body: SecretBytes::new(Vec::new()),
            bearer: None,
            secret: None,
            limit: max,
        };
        // Stores of objects say 403 for what is not there.
        let answer = self.http.ask(&request, &[403, NOT_FOUND])?;
        Ok((answer.status < 300).then_some(answer.body))
    }
}
