//! Requests to S3. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::signature::{NO_BODY, Signed, encoded, moment};
use super::{Call, ObjectError, ObjectStore, endpoint, secret};

/// The address of a bucket: a host of its own at Amazon where its name can be one, a path elsewhere.
pub(super) fn base(bucket: &str, region: &str, named: Option<&str>) -> Result<Url, ObjectError> {
    if let Some(text) = named {
        let mut url = endpoint(text)?;
        let path = format!("{}/{bucket}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        return Ok(url);
    }
    let ending = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    // The certificate of Amazon is for one name before its own.
    let own = bucket.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let text = if own {
        format!("https://{bucket}.s3.{region}.{ending}/")
    } else {
        format!("https://s3.{region}.{ending}/{bucket}")
    };
    Url::parse(&text).map_err(|_| ObjectError::Address(format!("{bucket}: this is no name of a bucket")))
}

pub(super) fn list(store: &ObjectStore, next: Option<&str>) -> Result<Call, ObjectError> {
    let mut query = vec![("encoding-type", "url"), ("list-type", "2"), ("prefix", &*store.place.prefix)];
    query.extend(next.map(|next| ("continuation-token", next)));
    query.sort_unstable();
    call(store, None, &query)
}

pub(super) fn get(store: &ObjectStore, key: &str) -> Result<Call, ObjectError> {
    call(store, Some(key), &[])
}

fn call(store: &ObjectStore, key: Option<&str>, query: &[(&str, &str)]) -> Result<Call, ObjectError> {
    let region = store.region();
    let mut url = match &store.options.s3_endpoint {
        Some(_) => store.base.clone(),
        None => base(&store.place.bucket, &region, None)?,
    };
    let start = url.path().trim_end_matches('/').to_owned();
    let path = match key {
        Some(key) => format!("{start}/{}", encoded(key, true)),
        None if start.is_empty() => "/".to_owned(),
        None => start,
    };
    url.set_path(&path);
    // A name such as `a/../b` would be another object.
    if url.path() != path {
        return Err(ObjectError::Address("the name of the object cannot be asked for over HTTP".to_owned()));
    }
    let query: Vec<(String, String)> =
        query.iter().map(|(name, value)| (encoded(name, false), encoded(value, false))).collect();
    if !query.is_empty() {
        let text: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        url.set_query(Some(&text.join("&")));
    }
    let Some(credentials) = &store.options.credentials else { return Ok(Call { url, headers: HeaderMap::new() }) };
    let at = (store.options.clock)();
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let mut signed = vec![("host", host), ("x-amz-content-sha256", NO_BODY.to_owned()), ("x-amz-date", moment(at))];
    signed.extend(credentials.token().map(|token| ("x-amz-security-token", token.to_owned())));
    let request = Signed { path: &path, query: &query, headers: &signed, region: &region, at };
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, secret(&request.authorization(credentials))?);
    headers.insert(HeaderName::from_static("x-amz-content-sha256"), HeaderValue::from_static(NO_BODY));
    headers.insert(HeaderName::from_static("x-amz-date"), secret(&moment(at))?);
    if let Some(token) = credentials.token() {
        headers.insert(HeaderName::from_static("x-amz-security-token"), secret(token)?);
    }
    Ok(Call { url, headers })
}
