//! `config.json` of Docker and `auth.json` of Podman (containers-auth.json(5)): one shape.
//!
//! The keys of `auths` are written in many ways: `ghcr.io`, `https://ghcr.io`, `https://index.docker.io/v1/`, and in
//! Podman's also `ghcr.io/acme/app`, of which the longest that fits counts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use data_encoding::{BASE64, BASE64_NOPAD};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::Credential;
use crate::Host;
use crate::secret::Secret;

/// Such a file has a line or two for each registry.
const LIMIT: u64 = 1 << 20;

/// Podman and helpers write this name when the password is an identity token.
pub(super) const TOKEN_NAME: &str = "<token>";

/// What a file says.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CredentialFile {
    #[serde(default)]
    auths: Option<BTreeMap<String, Entry>>,
    #[serde(default)]
    cred_helpers: Option<BTreeMap<String, String>>,
    #[serde(default)]
    creds_store: Option<String>,
}

/// What it says about one registry.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Entry {
    #[serde(default)]
    auth: Option<Secret>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    password: Option<Secret>,
    #[serde(default, alias = "identityToken")]
    identitytoken: Option<Secret>,
    #[serde(default, alias = "registryToken")]
    registrytoken: Option<Secret>,
}

impl CredentialFile {
    /// Reads a file; `None` when there is none.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, String> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let mut bytes = Zeroizing::new(Vec::new());
        file.take(LIMIT.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        if bytes.len() as u64 > LIMIT {
            return Err(format!("it is larger than {LIMIT} bytes"));
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        // The text of the error may quote the file.
        let parsed = serde_json::from_slice(&bytes);
        parsed.map(Some).map_err(|error| format!("it is malformed at line {} column {}", error.line(), error.column()))
    }

    /// The helper for this registry.
    pub(super) fn helper_of(&self, host: &Host) -> Option<&str> {
        let helpers = self.cred_helpers.as_ref()?;
        let found = helpers.iter().find(|(key, _)| Key::parse(key).is_some_and(|key| key.is(host)));
        found.map(|(_, name)| name.as_str()).filter(|name| !name.is_empty())
    }

    /// The helper for all registries.
    pub(super) fn store(&self) -> Option<&str> {
        self.creds_store.as_deref().filter(|name| !name.is_empty())
    }

    /// What is kept for a repository, or else its registry.
    pub(super) fn entry(&self, host: &Host, repository: &str) -> Option<&Entry> {
        let auths = self.auths.as_ref()?;
        let fitting = auths.iter().filter_map(|(text, entry)| {
            let key = Key::parse(text)?;
            (key.is(host) && key.covers(repository)).then_some((key.path.len(), entry))
        });
        // The first of two that are equally long, whatever the reader.
        fitting
            .fold(None, |best: Option<(usize, &Entry)>, next| best.filter(|best| best.0 >= next.0).or(Some(next)))
            .map(|(_, entry)| entry)
    }
}

impl Entry {
    pub(super) fn credential(&self) -> Option<Credential> {
        let given = |secret: &Option<Secret>| secret.clone().filter(|secret| !secret.is_empty());
        if let Some(token) = given(&self.registrytoken) {
            return Some(Credential::Bearer(token));
        }
        if let Some(token) = given(&self.identitytoken) {
            return Some(Credential::Identity(token));
        }
        if let Some(auth) = given(&self.auth) {
            return decode(&auth);
        }
        let name = self.username.clone().filter(|name| !name.is_empty())?;
        Some(basic(name, given(&self.password)?))
    }
}

/// Name and password; or an identity token under the name that says so.
pub(super) fn basic(name: String, password: Secret) -> Credential {
    if name == TOKEN_NAME { Credential::Identity(password) } else { Credential::Basic { name, password } }
}

/// `base64(NAME:PASSWORD)`
fn decode(auth: &Secret) -> Option<Credential> {
    let text = auth.expose().trim().trim_end_matches('=');
    let padded = auth.expose().trim().as_bytes();
    let bytes = BASE64.decode(padded).or_else(|_| BASE64_NOPAD.decode(text.as_bytes())).ok()?;
    let text = Zeroizing::new(String::from_utf8(bytes).ok()?);
    let (name, password) = text.split_once(':')?;
    Some(basic(name.to_owned(), Secret::new(password.trim_end_matches('\0').to_owned())))
}

/// A key of `auths` or `credHelpers`.
struct Key<'a> {
    host: Host,
    /// The repository, or the start of one; empty for all.
    path: &'a str,
}

impl<'a> Key<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let bare = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
        let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
        // The paths that Docker has put there since its first registry.
        let path = match path.trim_end_matches('/') {
            "v1" | "v2" => "",
            path => path,
        };
        Some(Self { host: host.parse().ok()?, path })
    }

    fn is(&self, host: &Host) -> bool {
        canonical(&self.host) == canonical(host)
    }

    fn covers(&self, repository: &str) -> bool {
        let rest = repository.strip_prefix(self.path);
        self.path.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Docker Hub by one name; another host by its own.
fn canonical(host: &Host) -> String {
    let text = host.to_string();
    match text.as_str() {
        "docker.io" | "index.docker.io" | "registry-1.docker.io" => "docker.io".to_owned(),
        _ => text,
    }
}

/// What helpers know a registry by.
pub(super) fn server_name(host: &Host) -> String {
    match canonical(host).as_str() {
        "docker.io" => "https://index.docker.io/v1/".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> CredentialFile {
        serde_json::from_str(text).unwrap()
    }

    fn name(text: &str, host: &str, repository: &str) -> Option<String> {
        let file = file(text);
        match file.entry(&host.parse().unwrap(), repository)?.credential()? {
            Credential::Basic { name, .. } => Some(name),
            Credential::Identity(token) => Some(format!("identity {}", token.expose())),
            Credential::Bearer(token) => Some(format!("bearer {}", token.expose())),
        }
    }

    fn auth(name: &str) -> String {
        format!(r#"{{"auth":"{}"}}"#, BASE64.encode(format!("{name}:pass:word").as_bytes()))
    }

    #[test]
    fn a_host_is_compared_whole() {
        let text = format!(r#"{{"auths":{{"ghcr.io":{},"localhost:5000":{}}}}}"#, auth("g"), auth("l"));
        assert_eq!(name(&text, "ghcr.io", "a/b").as_deref(), Some("g"));
        assert_eq!(name(&text, "localhost:5000", "a").as_deref(), Some("l"));
        for host in ["ghcr.io.evil.test", "evil-ghcr.io", "hcr.io", "ghcr.io:444", "localhost", "localhost:50", "io"] {
            assert_eq!(name(&text, host, "a/b"), None, "{host}");
        }
    }

    #[test]
    fn keys_are_written_in_many_ways() {
        for key in ["https://index.docker.io/v1/", "docker.io", "https://registry-1.docker.io/v2/"] {
            assert_eq!(
                name(&format!(r#"{{"auths":{{"{key}":{}}}}}"#, auth("h")), "docker.io", "a").as_deref(),
                Some("h")
            );
        }
        let text =
            format!(r#"{{"auths":{{"r.io":{},"r.io/acme":{},"r.io/acme/app":{}}}}}"#, auth("1"), auth("2"), auth("3"));
        assert_eq!(name(&text, "r.io", "other").as_deref(), Some("1"));
        assert_eq!(name(&text, "r.io", "acme/x").as_deref(), Some("2"));
        assert_eq!(name(&text, "r.io", "acme/app").as_deref(), Some("3"));
        assert_eq!(name(&text, "r.io", "acmeevil").as_deref(), Some("1"));
    }

    #[test]
    fn tokens_come_before_passwords() {
        let with = |fields: &str| name(&format!(r#"{{"auths":{{"r.io":{{{fields}}}}}}}"#), "r.io", "a");
        assert_eq!(with(r#""auth":"YTpi","identitytoken":"t""#).as_deref(), Some("identity t"));
        assert_eq!(with(r#""auth":"YTpi","registrytoken":"t""#).as_deref(), Some("bearer t"));
        assert_eq!(with(r#""username":"a","password":"b""#).as_deref(), Some("a"));
        assert_eq!(with(r#""auth":"PHRva2VuPjp0""#).as_deref(), Some("identity t"));
        assert_eq!(with(""), None);
        assert_eq!(with(r#""auth":"no base64!""#), None);
    }

    #[test]
    fn helpers_are_named_for_a_host_or_for_all() {
        let file = file(r#"{"credHelpers":{"gcr.io":"gcloud"},"credsStore":"desktop"}"#);
        assert_eq!(file.helper_of(&"gcr.io".parse().unwrap()), Some("gcloud"));
        assert_eq!(file.helper_of(&"gcr.io.evil.test".parse().unwrap()), None);
        assert_eq!(file.store(), Some("desktop"));
        assert_eq!(server_name(&"docker.io".parse().unwrap()), "https://index.docker.io/v1/");
    }

    #[test]
    fn a_broken_file_is_not_quoted() {
        let path = std::env::temp_dir().join(format!("plimsoll-registry-{}.json", std::process::id()));
        std::fs::write(&path, r#"{"auths":{"r.io":{"auth":"hunter2"#).unwrap();
        let error = CredentialFile::read(&path).unwrap_err();
        std::fs::remove_file(&path).unwrap();
        assert!(!error.contains("hunter2"), "{error}");
        assert!(CredentialFile::read(&path).unwrap().is_none());
    }
}
