//! Files over HTTP, under the rules of requests to services.

use reqwest::Method;

use crate::NetworkOptions;
use crate::instance::{Fetch, FetchError};
use crate::secret::SecretBytes;
use crate::services::http::{Http, Request};

/// Fetches files of TUF repositories and other public records.
#[derive(Debug)]
pub struct Downloads {
    http: Http,
}

impl Downloads {
    /// Within these options.
    #[must_use]
    pub fn new(options: NetworkOptions) -> Self {
        Self { http: Http::new(options) }
    }
}

impl Fetch for Downloads {
    fn fetch(&self, url: &str, max: u64) -> Result<Option<Vec<u8>>, FetchError> {
        let request = Request {
            method: Method::GET,
            service: "repository",
            url: url.to_owned(),
            content_type: "",
            accept: "*/*",
            body: SecretBytes::new(Vec::new()),
            secret: None,
        };
        // Object stores answer 403 for what is not there.
        let answer = self.http.ask(&request, &[403, 404])?;
        if !(200..300).contains(&answer.status) {
            return Ok(None);
        }
        if answer.body.len() as u64 > max {
            return Err(format!("it is larger than {max} bytes").into());
        }
        Ok(Some(answer.body))
    }
}
