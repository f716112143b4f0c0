//! The documents as they are written.

use jiff::Timestamp;
use serde::Deserialize;

use super::{Choice, Service, SigningConfig};
use crate::SignError;

const CONFIG: &str = "application/vnd.dev.sigstore.signingconfig.v0.2+json";
/// A configuration is a few kilobytes.
const MAX_BYTES: usize = 4 << 20;
/// More services than this of one kind are no configuration.
const MAX_SERVICES: usize = 64;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    media_type: String,
    #[serde(default)]
    ca_urls: Vec<WireService>,
    #[serde(default)]
    oidc_urls: Vec<WireService>,
    #[serde(default)]
    rekor_tlog_urls: Vec<WireService>,
    #[serde(default)]
    tsa_urls: Vec<WireService>,
    #[serde(default)]
    rekor_tlog_config: Option<Selection>,
    #[serde(default)]
    tsa_config: Option<Selection>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireService {
    url: String,
    #[serde(default)]
    major_api_version: u32,
    #[serde(default)]
    valid_for: Option<Period>,
    #[serde(default)]
    operator: Option<String>,
}

#[derive(Deserialize)]
struct Period {
    #[serde(default)]
    start: Option<Timestamp>,
    #[serde(default)]
    end: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Selection {
    #[serde(default)]
    selector: Option<String>,
    #[serde(default)]
    count: Option<u32>,
}

/// Reads a document whose keys are there once.
fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, SignError> {
    let bad = |error: serde_json::Error| SignError::Config(error.to_string());
    if json.len() > MAX_BYTES {
        return Err(SignError::Config(format!("it is larger than {MAX_BYTES} bytes")));
    }
    plimsoll_attest::refuse_duplicates(json.as_bytes()).map_err(bad)?;
    serde_json::from_str(json).map_err(bad)
}

pub(super) fn config(json: &str) -> Result<SigningConfig, SignError> {
    let wire: Config = read(json)?;
    if wire.media_type != CONFIG {
        return Err(SignError::Config(format!("it is {:?}, and {CONFIG} is read", wire.media_type)));
    }
    Ok(SigningConfig {
        authorities: services(wire.ca_urls)?,
        issuers: services(wire.oidc_urls)?,
        logs: services(wire.rekor_tlog_urls)?,
        timestamps: services(wire.tsa_urls)?,
        log_choice: choice(wire.rekor_tlog_config)?,
        timestamp_choice: choice(wire.tsa_config)?,
    })
}

fn services(wire: Vec<WireService>) -> Result<Vec<Service>, SignError> {
    if wire.len() > MAX_SERVICES {
        return Err(SignError::Config(format!("it names more than {MAX_SERVICES} services of a kind")));
    }
    let service = |wire: WireService| {
        let period = wire.valid_for.unwrap_or(Period { start: None, end: None });
        Service {
            url: wire.url,
            version: wire.major_api_version,
            start: period.start,
            end: period.end,
            operator: wire.operator.unwrap_or_default(),
        }
    };
    Ok(wire.into_iter().map(service).collect())
}

/// Without a selector one is enough. One that says that it is undefined, or a number without a number, is refused: what was
/// meant would be a guess.
fn choice(wire: Option<Selection>) -> Result<Choice, SignError> {
    let Some(Selection { selector, count }) = wire else { return Ok(Choice::Any) };
    match (selector.as_deref(), count) {
        (None | Some("ANY"), _) => Ok(Choice::Any),
        (Some("ALL"), _) => Ok(Choice::All),
        (Some("EXACT"), Some(count)) if count > 0 => Ok(Choice::Exact(usize::try_from(count).unwrap_or(usize::MAX))),
        (Some("EXACT"), _) => Err(SignError::Config("EXACT comes without a count".into())),
        (Some(other), _) => Err(SignError::Config(format!("{other:?} does not say how many services are wanted"))),
    }
}
