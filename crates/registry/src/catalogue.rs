//! What a registry has: repositories and tags (distribution-spec 1.1, "Listing Tags"; `_catalog` is of Docker's registry API, and not every
//! registry answers it).

use std::collections::BTreeSet;

use plimsoll_model::Digest;
use reqwest::Url;
use serde::Deserialize;

use crate::document::{Document, MANIFEST_LIMIT};
use crate::endpoint::Endpoint;
use crate::exchange::Ask;
use crate::host::shown;
use crate::layout::{Layout, LayoutReference};
use crate::manifest::malformed;
use crate::pages::next_page;
use crate::reference::{is_repository, is_tag};
use crate::transport::Transport;
use crate::{Content, Descriptor, Host, ImageReference, Manifest, NetworkOptions, RegistryError, Repository};

/// Repositories or tags of one list.
const MOST_NAMES: usize = 1_000_000;
const MOST_PAGES: usize = 20_000;
/// Names asked for at once. Registries may give fewer.
const AT_ONCE: &str = "1000";
/// A config is read for its date; they are a few kilobytes.
const CONFIG_LIMIT: u64 = 4 << 20;

const JSON: &str = "application/json";

#[derive(Default, Deserialize)]
struct Names {
    #[serde(default)]
    repositories: Option<Vec<String>>,
    #[serde(default)]
    tags: Option<Vec<String>>,
}

/// The repositories of a registry, in the order of their names; those below a path, when one is named.
///
/// # Errors
/// The registry does not say, or says nonsense.
pub fn repositories(host: &Host, prefix: Option<&str>, network: &NetworkOptions) -> Result<Vec<String>, RegistryError> {
    let transport = Transport::new(network.clone());
    let endpoint = Endpoint::catalogue(host.clone());
    let url = endpoint.catalogue_url(&transport)?;
    let mut names = list(&transport, &endpoint, url, "list of repositories", |names| names.repositories)?;
    names.retain(|name| {
        let below = prefix.is_none_or(|prefix| {
            let rest = name.strip_prefix(prefix.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        below && is_repository(name)
    });
    Ok(names.into_iter().collect())
}

/// The tags of a repository, in the order of their names.
///
/// # Errors
/// The registry does not say, or says nonsense.
pub fn tags(repository: &ImageReference, network: &NetworkOptions) -> Result<Vec<String>, RegistryError> {
    let transport = Transport::new(network.clone());
    let endpoint = Endpoint::new(repository.host().clone(), repository.repository().to_owned());
    let url = endpoint.url(&transport, "tags/list")?;
    let mut names = list(&transport, &endpoint, url, "list of tags", |names| names.tags)?;
    names.retain(|name| is_tag(name));
    Ok(names.into_iter().collect())
}

/// Reads all pages of a list.
fn list(
    transport: &Transport,
    endpoint: &Endpoint,
    mut url: Url,
    what: &str,
    take: impl Fn(Names) -> Option<Vec<String>>,
) -> Result<BTreeSet<String>, RegistryError> {
    url.query_pairs_mut().append_pair("n", AT_ONCE);
    let (mut names, mut seen) = (BTreeSet::new(), BTreeSet::new());
    loop {
        let document = Document::fetch(transport, endpoint, Ask::page(&url, JSON), MANIFEST_LIMIT)?;
        let page: Names =
            serde_json::from_slice(&document.bytes).map_err(|error| malformed(what, error.to_string()))?;
        names.extend(take(page).unwrap_or_default());
        seen.insert(url.to_string());
        if names.len() > MOST_NAMES || seen.len() > MOST_PAGES {
            return Err(RegistryError::TooMany { what: what.to_owned(), limit: MOST_NAMES as u64 });
        }
        match next_page(&document, &url)? {
            Some(next) if seen.contains(next.as_str()) => {
                let reason = "its pages go in a circle".to_owned();
                return Err(RegistryError::Answer { host: shown(&next), reason });
            }
            Some(next) => url = next,
            None => return Ok(names),
        }
    }
}

#[derive(Deserialize)]
struct Config {
    created: Option<String>,
}

/// When an image says that it was built (RFC 3339): of an index, the first image that it lists. `None` when it does not say.
///
/// # Errors
/// The image cannot be had.
pub fn built(reference: &ImageReference, network: &NetworkOptions) -> Result<Option<String>, RegistryError> {
    let repository = Repository::open(reference, network);
    let mut manifest = repository.resolve()?;
    if let Content::Index(listed) = manifest.content() {
        let Some(first) = listed.first().cloned() else { return Ok(None) };
        manifest = repository.described(&first)?;
    }
    let Some(config) = config(&manifest).filter(|config| config.size <= CONFIG_LIMIT).cloned() else { return Ok(None) };
    let bytes = repository.blob(&config, CONFIG_LIMIT)?;
    Ok(serde_json::from_slice::<Config>(&bytes).ok().and_then(|config| config.created))
}

fn config(manifest: &Manifest) -> Option<&Descriptor> {
    match manifest.content() {
        Content::Blobs { config, .. } => Some(config),
        Content::Index(_) => None,
    }
}

/// The digest that a name stands for now.
///
/// # Errors
/// The image cannot be had.
pub fn digest_of_name(reference: &ImageReference, network: &NetworkOptions) -> Result<Digest, RegistryError> {
    Ok(Repository::open(reference, network).resolve()?.descriptor().digest.clone())
}

/// What a name in a layout stands for now.
///
/// # Errors
/// There is no such layout, or nothing of that name in it.
pub fn digest_in_layout(reference: &LayoutReference) -> Result<Digest, RegistryError> {
    Ok(Layout::open(&reference.path)?.resolve(reference)?.descriptor().digest.clone())
}
