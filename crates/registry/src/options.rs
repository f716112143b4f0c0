//! What the user and the environment say about the network.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::reference::is_repository;
use crate::{Host, RegistryError};

/// How to reach registries. Proxies are those of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, which the client reads.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NetworkOptions {
    /// Hosts that may be spoken to without TLS, besides loopback.
    pub plain_http: Vec<Host>,
    /// Files of certificate authorities (PEM), trusted besides those of the system.
    pub ca_certificates: Vec<PathBuf>,
    /// How often a request or a cut transfer is tried again.
    pub retries: u32,
    /// How long to wait for a connection, an answer, or the next bytes.
    pub timeout: Duration,
    /// How long to wait before the first retry; twice as long before each further one.
    pub backoff: Duration,
    /// Where to look first.
    pub mirrors: Vec<Mirror>,
    /// Hosts that a registry's credentials may be sent to, besides itself.
    pub token_hosts: Vec<TokenHost>,
    /// Where credentials and engines are.
    pub environment: Environment,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            plain_http: Vec::new(),
            ca_certificates: Vec::new(),
            retries: 5,
            timeout: Duration::from_secs(30),
            backoff: Duration::from_millis(500),
            mirrors: Vec::new(),
            token_hosts: Vec::new(),
            environment: Environment::default(),
        }
    }
}

/// A registry that has the images of another: `HOST=MIRROR[/PREFIX]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    pub(crate) of: Host,
    pub(crate) host: Host,
    /// Goes before the repository.
    pub(crate) prefix: Option<String>,
}

impl FromStr for Mirror {
    type Err = RegistryError;

    fn from_str(text: &str) -> Result<Self, RegistryError> {
        let bad = || RegistryError::Option { text: text.to_owned(), wanted: "HOST=MIRROR or HOST=MIRROR/PREFIX" };
        let (of, mirror) = text.split_once('=').ok_or_else(bad)?;
        let (host, prefix) = match mirror.split_once('/') {
            Some((host, prefix)) => (host, Some(prefix.trim_end_matches('/'))),
            None => (mirror, None),
        };
        if prefix.is_some_and(|prefix| !is_repository(prefix)) {
            return Err(bad());
        }
        let parse = |text: &str| text.parse::<Host>().map_err(|_| bad());
        Ok(Self { of: parse(of)?, host: parse(host)?, prefix: prefix.map(str::to_owned) })
    }
}

/// A token service that a registry's credentials may be sent to: `REGISTRY=HOST`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHost {
    pub(crate) registry: Host,
    pub(crate) host: Host,
}

impl FromStr for TokenHost {
    type Err = RegistryError;

    fn from_str(text: &str) -> Result<Self, RegistryError> {
        let bad = || RegistryError::Option { text: text.to_owned(), wanted: "REGISTRY=HOST" };
        let (registry, host) = text.split_once('=').ok_or_else(bad)?;
        Ok(Self { registry: registry.parse().map_err(|_| bad())?, host: host.parse().map_err(|_| bad())? })
    }
}

/// The environment variables and places that matter here. Empty by default: then there are no credentials.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Environment {
    /// Files of credentials, the most important first: `config.json` of Docker, `auth.json` of Podman.
    pub credential_files: Vec<PathBuf>,
    /// `DOCKER_HOST`
    pub docker_host: Option<OsString>,
    /// `CONTAINER_HOST`
    pub container_host: Option<OsString>,
    /// Sockets to try for Docker.
    pub docker_sockets: Vec<PathBuf>,
    /// Sockets to try for Podman.
    pub podman_sockets: Vec<PathBuf>,
}

impl Environment {
    /// From the variables of an environment, which `variable` knows.
    #[must_use]
    pub fn new(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let path = |name: &str| set(name).map(PathBuf::from);
        let home = path("HOME");
        let runtime = path("XDG_RUNTIME_DIR");
        let docker = path("DOCKER_CONFIG").or_else(|| home.as_ref().map(|home| home.join(".docker")));
        let config = path("XDG_CONFIG_HOME").or_else(|| home.as_ref().map(|home| home.join(".config")));
        let credential_files = [
            path("REGISTRY_AUTH_FILE"),
            docker.map(|docker| docker.join("config.json")),
            runtime.as_ref().map(|runtime| runtime.join("containers/auth.json")),
            config.map(|config| config.join("containers/auth.json")),
        ];
        let docker_sockets = [
            Some("/var/run/docker.sock".into()),
            runtime.as_ref().map(|runtime| runtime.join("docker.sock")),
            home.as_ref().map(|home| home.join(".docker/run/docker.sock")),
        ];
        let podman_sockets = [
            runtime.as_ref().map(|runtime| runtime.join("podman/podman.sock")),
            Some("/run/podman/podman.sock".into()),
        ];
        Self {
            credential_files: credential_files.into_iter().flatten().collect(),
            docker_host: set("DOCKER_HOST"),
            container_host: set("CONTAINER_HOST"),
            docker_sockets: docker_sockets.into_iter().flatten().collect(),
            podman_sockets: podman_sockets.into_iter().flatten().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_follow_from_variables() {
        let environment = Environment::new(|name| match name {
            "HOME" => Some("/home/x".into()),
            "XDG_RUNTIME_DIR" => Some("/run/user/1".into()),
            "DOCKER_CONFIG" => Some("".into()),
            _ => None,
        });
        let files =
            ["/home/x/.docker/config.json", "/run/user/1/containers/auth.json", "/home/x/.config/containers/auth.json"];
        assert_eq!(environment.credential_files, files.map(PathBuf::from));
        assert_eq!(environment.podman_sockets[0], PathBuf::from("/run/user/1/podman/podman.sock"));
        assert!(Environment::new(|_| None).credential_files.is_empty());
    }

    #[test]
    fn pairs_of_hosts_are_read() {
        let mirror: Mirror = "docker.io=mirror.example:5000/hub/".parse().unwrap();
        assert_eq!(
            (mirror.of.to_string(), mirror.host.to_string()),
            ("docker.io".into(), "mirror.example:5000".into())
        );
        assert_eq!(mirror.prefix.as_deref(), Some("hub"));
        assert!("docker.io=m".parse::<Mirror>().unwrap().prefix.is_none());
        for text in ["docker.io", "=m", "docker.io=", "docker.io=m/../x", "docker.io=https://m"] {
            assert!(text.parse::<Mirror>().is_err(), "{text}");
        }
        assert!("a.example=b.example".parse::<TokenHost>().is_ok() && "a".parse::<TokenHost>().is_err());
    }
}
