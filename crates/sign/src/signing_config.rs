//! Where to sign: signing configurations, version 0.2, and what is chosen from one.
//! <https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto>
//!
//! Of each operator the newest version that is known here and valid now; of those as many as the configuration asks for
//! (`ANY` is one, `ALL`, `EXACT` a number). A log of version 1 needs no timestamp authority; one of version 2 does. Versions
//! that are not known are passed over, as the specification has it: that is how new ones are introduced.

mod wire;

use jiff::Timestamp;

use crate::SignError;

/// Where to sign.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SigningConfig {
    authorities: Vec<Service>,
    issuers: Vec<Service>,
    logs: Vec<Service>,
    timestamps: Vec<Service>,
    log_choice: Choice,
    timestamp_choice: Choice,
}

/// A service, by where it is and which version of its interface it speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Service {
    url: String,
    version: u32,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    operator: String,
}

/// How many of several are to be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Choice {
    #[default]
    Any,
    All,
    Exact(usize),
}

/// A transparency log to sign into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Where it is.
    pub url: String,
    /// The version of its interface.
    pub version: LogVersion,
}

/// The versions of logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogVersion {
    /// Rekor v1.
    V1,
    /// Rekor v2.
    V2,
}

impl LogVersion {
    /// The version with this number.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::V1),
            2 => Some(Self::V2),
            _ => None,
        }
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }
}

/// Services that a user names, in place of those of a configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overrides {
    /// The certificate authority.
    pub authority: Option<String>,
    /// The transparency log. Its version is that of the configuration's log at this address, else 1.
    pub log: Option<String>,
    /// The version of that log.
    pub log_version: Option<LogVersion>,
    /// The timestamp authority.
    pub timestamps: Option<String>,
}

/// The services that are used for a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Services {
    /// Who certifies; needed only without a key.
    pub authority: Option<String>,
    /// Who is asked for a person's identity.
    pub issuer: Option<String>,
    /// The logs.
    pub logs: Vec<Log>,
    /// The timestamp authorities.
    pub timestamps: Vec<String>,
}

/// What a signature needs of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// A certificate: keyless.
    pub certificate: bool,
    /// An entry in a log.
    pub log: bool,
    /// Timestamps, where there are authorities.
    pub timestamps: bool,
}

impl SigningConfig {
    /// Reads a configuration (`application/vnd.dev.sigstore.signingconfig.v0.2+json`).
    ///
    /// # Errors
    /// It is none, has a key twice, or says something that is not understood.
    pub fn parse(json: &str) -> Result<Self, SignError> {
        wire::config(json)
    }

    /// The services to use now.
    ///
    /// # Errors
    /// One that is needed is missing, not valid now, of a version that is not known, or there are too few.
    pub fn services(&self, now: Timestamp, needs: Needs, overrides: &Overrides) -> Result<Services, SignError> {
        let authority = match &overrides.authority {
            Some(url) => Some(url.clone()),
            None if needs.certificate => {
                let found =
                    one(&self.authorities, now).map_err(|reason| missing("certificate authority", now, reason))?;
                Some(found.ok_or_else(|| none("certificate authority", now, &self.authorities))?.url.clone())
            }
            None => None,
        };
        let logs = if needs.log { self.logs(now, overrides)? } else { Vec::new() };
        let timestamps = match &overrides.timestamps {
            Some(url) => vec![url.clone()],
            None if needs.timestamps => choose(&self.timestamps, &[1], self.timestamp_choice, now)
                .map_err(|reason| missing("timestamp authority", now, reason))?
                .into_iter()
                .map(|service| service.url.clone())
                .collect(),
            None => Vec::new(),
        };
        if needs.certificate && timestamps.is_empty() && !logs.iter().any(|log| log.version == LogVersion::V1) {
            return Err(none("timestamp authority", now, &self.timestamps));
        }
        let issuer = one(&self.issuers, now).ok().flatten().map(|service| service.url.clone());
        Ok(Services { authority, issuer, logs, timestamps })
    }

    fn logs(&self, now: Timestamp, overrides: &Overrides) -> Result<Vec<Log>, SignError> {
        if let Some(url) = &overrides.log {
            let same = |service: &&Service| service.url.trim_end_matches('/') == url.trim_end_matches('/');
            let known = self.logs.iter().find(same).and_then(|service| LogVersion::from_number(service.version));
            let version = overrides.log_version.or(known).unwrap_or(LogVersion::V1);
            return Ok(vec![Log { url: url.clone(), version }]);
        }
        let versions: &[u32] = match overrides.log_version {
            Some(LogVersion::V1) => &[1],
            Some(LogVersion::V2) => &[2],
            None => &[1, 2],
        };
        let chosen = choose(&self.logs, versions, self.log_choice, now)
            .map_err(|reason| missing("transparency log", now, reason))?;
        let logs: Vec<Log> = chosen
            .into_iter()
            .filter_map(|service| {
                Some(Log { url: service.url.clone(), version: LogVersion::from_number(service.version)? })
            })
            .collect();
        if logs.is_empty() { Err(none("transparency log", now, &self.logs)) } else { Ok(logs) }
    }
}

/// Any one.
fn one(services: &[Service], now: Timestamp) -> Result<Option<&Service>, String> {
    Ok(choose(services, &[1], Choice::Any, now)?.into_iter().next())
}

/// As many as are asked for; of each operator the newest version that is known.
fn choose<'a>(
    services: &'a [Service],
    versions: &[u32],
    choice: Choice,
    now: Timestamp,
) -> Result<Vec<&'a Service>, String> {
    let mut chosen: Vec<&Service> = Vec::new();
    for service in services.iter().filter(|service| service.is_valid(now) && versions.contains(&service.version)) {
        let of_same =
            chosen.iter_mut().find(|other| !service.operator.is_empty() && other.operator == service.operator);
        match of_same {
            Some(other) if other.version < service.version => *other = service,
            Some(_) => {}
            None => chosen.push(service),
        }
    }
    chosen.sort_by_key(|service| std::cmp::Reverse(service.version));
    match choice {
        Choice::All => {}
        Choice::Any => chosen.truncate(1),
        Choice::Exact(count) if chosen.len() < count => {
            return Err(format!("{count} of different operators are wanted, and there are {}", chosen.len()));
        }
        Choice::Exact(count) => chosen.truncate(count),
    }
    Ok(chosen)
}

impl Service {
    /// Both ends are included. A service without a beginning has none that counts.
    fn is_valid(&self, now: Timestamp) -> bool {
        self.start.is_some_and(|start| start <= now) && self.end.is_none_or(|end| now <= end)
    }
}

fn missing(service: &'static str, now: Timestamp, reason: String) -> SignError {
    SignError::NoService { service, now, reason }
}

fn none(service: &'static str, now: Timestamp, services: &[Service]) -> SignError {
    let reason = match services {
        [] => "it names none".to_owned(),
        some => {
            let shown = |service: &Service| format!("{} (version {})", service.url, service.version);
            format!("it has {}", some.iter().map(shown).collect::<Vec<_>>().join(", "))
        }
    };
    missing(service, now, reason)
}

#[cfg(test)]
mod tests;
