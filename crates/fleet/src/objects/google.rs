//! Requests to Google Cloud Storage. <https://cloud.google.com/storage/docs/json_api/v1/objects/list>

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap};

use super::signature::encoded;
use super::{Call, ObjectError, ObjectStore, endpoint, secret};

const HOME: &str = "https://storage.googleapis.com/";

pub(super) fn base(named: Option<&str>) -> Result<Url, ObjectError> {
    match named {
        // Emulators are named by host and port alone.
        Some(text) if !text.contains("://") => endpoint(&format!("http://{text}/")),
        Some(text) => endpoint(text),
        None => endpoint(HOME),
    }
}

pub(super) fn list(store: &ObjectStore, next: Option<&str>) -> Result<Call, ObjectError> {
    let mut query = format!("fields=items(name,size),nextPageToken&prefix={}", encoded(&store.place.prefix, false));
    if let Some(next) = next {
        query.push_str("&pageToken=");
        query.push_str(&encoded(next, false));
    }
    call(store, "", &query)
}

pub(super) fn get(store: &ObjectStore, key: &str) -> Result<Call, ObjectError> {
    call(store, &format!("/{}", encoded(key, false)), "alt=media")
}

fn call(store: &ObjectStore, object: &str, query: &str) -> Result<Call, ObjectError> {
    let mut url = store.base.clone();
    let path = format!("{}/storage/v1/b/{}/o{object}", url.path().trim_end_matches('/'), store.place.bucket);
    url.set_path(&path);
    if url.path() != path {
        return Err(ObjectError::Address("the name of the object cannot be asked for over HTTP".to_owned()));
    }
    url.set_query(Some(query));
    let mut headers = HeaderMap::new();
    if let Some(token) = &store.options.google_token {
        headers.insert(AUTHORIZATION, secret(&format!("Bearer {}", token.0))?);
    }
    Ok(Call { url, headers })
}
