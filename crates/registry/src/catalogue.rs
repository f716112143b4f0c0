//! What a registry has: its repositories, and the tags of each (OCI distribution 1.1, "Listing Tags"; the catalogue is that of
//! `distribution`, spec/api.md, which not every registry has).
//!
//! Both come in pages. A registry that wants to be left alone for a while is waited for, as in all that is asked here.

use std::collections::BTreeSet;

use reqwest::Url;
use reqwest::header::LINK;
use serde::Deserialize;

use crate::document::Document;
use crate::endpoint::Endpoint;
use crate::exchange::Ask;
use crate::host::{same_origin, shown};
use crate::manifest::malformed;
use crate::referrers::next_link;
use crate::transport::Transport;
use crate::{Host, ImageReference, NetworkOptions, RegistryError};

/// Bytes of one page.
const PAGE_BYTES: u64 = 16 << 20;
/// Names that are asked for at once.
const PAGE_NAMES: &str = "1000";
/// Names and pages of one list.
const MOST_NAMES: usize = 1_000_000;
const MOST_PAGES: usize = 100_000;

#[derive(Deserialize)]
struct WireCatalogue {
    repositories: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct WireTags {
    tags: Option<Vec<String>>,
}

/// The repositories of a registry, as far as it lets this user see them, by name.
///
/// # Errors
/// It cannot be asked, or has no catalogue.
pub fn catalogue(host: &Host, network: &NetworkOptions) -> Result<Vec<String>, RegistryError> {
    let transport = Transport::new(network.clone());
    let endpoint = Endpoint::catalogue(host.clone());
    pages(&transport, &endpoint, "_catalog", |bytes| {
        let page: WireCatalogue =
            serde_json::from_slice(bytes).map_err(|error| malformed("catalogue", error.to_string()))?;
        Ok(page.repositories.unwrap_or_default())
    })
}

/// The tags of a repository, by name.
///
/// # Errors
/// It cannot be asked.
pub fn tags(repository: &ImageReference, network: &NetworkOptions) -> Result<Vec<String>, RegistryError> {
    let transport = Transport::new(network.clone());
    let endpoint = Endpoint::new(repository.host().clone(), repository.repository().to_owned());
    pages(&transport, &endpoint, "tags/list", |bytes| {
        let page: WireTags =
            serde_json::from_slice(bytes).map_err(|error| malformed("list of tags", error.to_string()))?;
        Ok(page.tags.unwrap_or_default())
    })
}

/// All names on all pages.
fn pages(
    transport: &Transport,
    endpoint: &Endpoint,
    path: &str,
    read: impl Fn(&[u8]) -> Result<Vec<String>, RegistryError>,
) -> Result<Vec<String>, RegistryError> {
    let mut url = endpoint.url(transport, path)?;
    url.query_pairs_mut().append_pair("n", PAGE_NAMES);
    let (mut names, mut seen) = (BTreeSet::new(), BTreeSet::new());
    loop {
        let document = Document::fetch(transport, endpoint, Ask::page(&url, "application/json"), PAGE_BYTES)?;
        seen.insert(url.to_string());
        names.extend(read(&document.bytes)?);
        if names.len() > MOST_NAMES || seen.len() > MOST_PAGES {
            return Err(RegistryError::TooMany { what: path.to_owned(), limit: MOST_NAMES as u64 });
        }
        match next(&document, &url)? {
            Some(next) if seen.contains(next.as_str()) => {
                return Err(RegistryError::Answer { host: shown(&next), reason: "its pages go in a circle".into() });
            }
            Some(next) => url = next,
            None => return Ok(names.into_iter().collect()),
        }
    }
}

/// The next page (RFC 8288), which must be one of the same list.
fn next(document: &Document, url: &Url) -> Result<Option<Url>, RegistryError> {
    let texts = document.headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let Some(target) = texts.filter_map(next_link).next() else { return Ok(None) };
    let answer = |reason: &str| RegistryError::Answer { host: shown(url), reason: reason.to_owned() };
    let next = url.join(target).map_err(|_| answer("its next page is no URL"))?;
    if !same_origin(&next, url) || next.path() != url.path() {
        return Err(answer("the next page of its list is somewhere else"));
    }
    Ok(Some(next))
}
