//! `docker:` and `podman:`: images that a container engine on this machine has, over its Unix socket.
//!
//! The engine is asked for the image's id (`GET /images/NAME/json`), and then for the archive that `docker save` would
//! write of that id (`GET /images/ID/get`, Docker Engine API; Podman offers the same). The archive is streamed; nothing is
//! stored here, though the engine itself may stage it.

use std::ffi::OsStr;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use plimsoll_model::Digest;
use plimsoll_source::{OpenArchive, OpenOptions, RemoteArchive, Source, SourceError, open_archive_stream};
use reqwest::blocking::{Client, Response};
use serde::Deserialize;

use crate::exchange::detail;
use crate::reference::parse_digest;
use crate::transport::client;
use crate::{NetworkOptions, RegistryError};

/// A program that keeps images on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Docker: `DOCKER_HOST`, else its usual sockets.
    Docker,
    /// Podman: `CONTAINER_HOST`, else its usual sockets.
    Podman,
}

/// An engine may put the whole archive together before it sends the first byte.
const PATIENCE: u32 = 20;

#[derive(Deserialize)]
struct Inspected {
    #[serde(rename = "Id")]
    id: String,
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }

    /// Names become paths of URLs: what no image is called is refused here.
    pub(crate) fn check_name(self, name: &str) -> Result<(), RegistryError> {
        let allowed =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b':' | b'/' | b'@');
        let fine =
            name.bytes().all(allowed) && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        if fine && name.len() <= 512 {
            return Ok(());
        }
        Err(RegistryError::Reference { text: name.to_owned(), reason: "an engine calls no image so" })
    }

    /// The socket that the environment names, else the first that is there.
    fn socket(self, network: &NetworkOptions) -> Result<PathBuf, RegistryError> {
        let environment = &network.environment;
        let (variable, named, usual) = match self {
            Self::Docker => ("DOCKER_HOST", &environment.docker_host, &environment.docker_sockets),
            Self::Podman => ("CONTAINER_HOST", &environment.container_host, &environment.podman_sockets),
        };
        let absent = |reason: String| RegistryError::NoEngine { engine: self.name(), reason };
        if let Some(named) = named {
            let path = socket_path(named);
            return path.ok_or_else(|| absent(format!("{variable} names no Unix socket, and no other is supported")));
        }
        let found = usual.iter().find(|path| path.exists()).cloned();
        found.ok_or_else(|| {
            let tried: Vec<String> = usual.iter().map(|path| path.display().to_string()).collect();
            absent(format!("{variable} is not set, and there is no socket at {}", tried.join(" or ")))
        })
    }
}

/// `unix:///run/docker.sock`
fn socket_path(text: &OsStr) -> Option<PathBuf> {
    text.to_str()?.strip_prefix("unix://").filter(|path| path.starts_with('/')).map(PathBuf::from)
}

/// Opens an image that an engine has.
///
/// # Errors
/// There is no engine, or it has no such image.
pub fn open_engine(
    engine: Engine,
    name: &str,
    network: &NetworkOptions,
    options: &OpenOptions,
) -> Result<(Box<dyn Source>, Digest), SourceError> {
    let what = || format!("{}:{name}", engine.name());
    let opened = connect(engine, name, network);
    let (archive, id) = opened.map_err(|error| error.of(what()))?;
    let tag = is_tagged(name).then(|| name.to_owned());
    let archive = RemoteArchive { name: name.to_owned(), tag, archive: Box::new(archive) };
    Ok((open_archive_stream(archive, options), id))
}

/// Whether the engine was asked by a name with a tag, rather than by an id or digest.
fn is_tagged(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default();
    !name.contains('@') && last.contains(':') && !name.starts_with("sha256:")
}

fn connect(engine: Engine, name: &str, network: &NetworkOptions) -> Result<(Archive, Digest), RegistryError> {
    engine.check_name(name)?;
    let socket = engine.socket(network)?;
    let patience = network.timeout.checked_mul(PATIENCE).unwrap_or(Duration::MAX);
    // There is no TLS on a socket; without authorities none are loaded.
    let client = client(patience).no_proxy().unix_socket(socket.as_path()).tls_certs_only([]).build();
    let archive = Archive { engine, client: client.map_err(RegistryError::Client)?, socket, id: String::new() };
    let host = archive.host();
    let mut body = Vec::new();
    let response = archive.get(&format!("images/{name}/json"))?;
    let read = response.take(16 << 20).read_to_end(&mut body);
    read.map_err(|error| RegistryError::Request { host: host.clone(), source: error.into() })?;
    let inspected: Option<Inspected> = serde_json::from_slice(&body).ok();
    let id = inspected.and_then(|inspected| full_id(&inspected.id));
    let id =
        id.ok_or_else(|| RegistryError::Answer { host, reason: "it does not say what the image's id is".into() })?;
    Ok((Archive { id: id.to_string(), ..archive }, id))
}

/// Podman leaves the algorithm out.
fn full_id(text: &str) -> Option<Digest> {
    parse_digest(text).or_else(|| parse_digest(&format!("sha256:{text}")))
}

/// The archive of one image.
struct Archive {
    engine: Engine,
    client: Client,
    socket: PathBuf,
    id: String,
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive").field("socket", &self.socket).field("id", &self.id).finish_non_exhaustive()
    }
}

impl Archive {
    fn host(&self) -> String {
        format!("{} at {}", self.engine.name(), display(&self.socket))
    }

    fn get(&self, path: &str) -> Result<Response, RegistryError> {
        let host = self.host();
        let sent = self.client.get(format!("http://localhost/{path}")).send();
        let response = sent.map_err(|error| {
            let reason = format!("{}: {}", display(&self.socket), root_cause(&error));
            RegistryError::NoEngine { engine: self.engine.name(), reason }
        })?;
        match response.status().as_u16() {
            200 => Ok(response),
            404 => Err(RegistryError::NotFound { host, detail: detail(response) }),
            status => Err(RegistryError::Status { host, status, detail: detail(response) }),
        }
    }
}

impl OpenArchive for Archive {
    fn open(&self) -> Result<Box<dyn Read + Send>, SourceError> {
        let response = self.get(&format!("images/{}/get", self.id));
        Ok(Box::new(response.map_err(|error| error.of(format!("image {}", self.id)))?))
    }
}

fn display(path: &Path) -> String {
    path.display().to_string()
}

/// `Permission denied`, rather than that something failed.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_are_named_by_url() {
        assert_eq!(socket_path(OsStr::new("unix:///run/x.sock")), Some("/run/x.sock".into()));
        for text in ["tcp://127.0.0.1:2375", "ssh://host", "/run/x.sock", "unix://x", ""] {
            assert_eq!(socket_path(OsStr::new(text)), None, "{text}");
        }
    }

    #[test]
    fn names_stay_names() {
        for name in ["debian", "debian:12", "ghcr.io/a/b@sha256:00", "localhost:5000/a"] {
            Engine::Docker.check_name(name).unwrap();
        }
        for name in ["", "../x", "a/../b", "a?b", "a#b", "a%2fb", "a b", "a//b", "/a", "a\r\nb"] {
            assert!(Engine::Docker.check_name(name).is_err(), "{name}");
        }
        assert!(is_tagged("a/b:1") && !is_tagged("localhost:5000/a") && !is_tagged("sha256:00"));
    }
}
