//! A registry that takes what is pushed, with or without a list of referrers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use super::image::{INDEX, digest, ranged};
use super::server::{Reply, Request, Server};

type Named<T> = BTreeMap<(String, String), T>;

/// What a registry has, by repository and name.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub(super) blobs: Named<Vec<u8>>,
    /// With their media types, by digest.
    pub(super) manifests: Named<(String, Vec<u8>)>,
    pub(super) tags: Named<String>,
    pub(super) uploads: BTreeMap<u64, Vec<u8>>,
    begun: u64,
}

/// How a registry behaves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Behaviour {
    /// It has `/referrers/`.
    pub(super) referrers: bool,
    /// It says that it filtered, and does.
    pub(super) filters: bool,
    /// Entries in a page.
    pub(super) page: usize,
}

/// One that knows referrers.
pub(super) const MODERN: Behaviour = Behaviour { referrers: true, filters: true, page: 1000 };
/// One that does not.
pub(super) const OLD: Behaviour = Behaviour { referrers: false, ..MODERN };

/// A registry that runs.
pub(super) struct Registry {
    pub(super) server: Server,
    pub(super) stored: Arc<Mutex<Stored>>,
}

impl Registry {
    pub(super) fn start(behaviour: Behaviour) -> Self {
        Self::with(behaviour, |_, _| None)
    }

    /// One for which `instead` may answer anything it likes, and change what is there.
    pub(super) fn with(
        behaviour: Behaviour,
        instead: impl Fn(&Request, &mut Stored) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let stored: Arc<Mutex<Stored>> = Arc::default();
        let held = Arc::clone(&stored);
        let server = Server::start(move |request| {
            let mut stored = held.lock().unwrap();
            instead(request, &mut stored).unwrap_or_else(|| stored.reply(request, behaviour))
        });
        Self { server, stored }
    }

    /// One that wants tokens, each good for what it was asked for.
    pub(super) fn with_tokens(
        behaviour: Behaviour,
        instead: impl Fn(&Request, &mut Stored) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let own = Arc::new(OnceLock::<String>::new());
        let host = Arc::clone(&own);
        let registry = Self::with(behaviour, move |request, stored| {
            if request.path == "/v2/" {
                return Some(Reply::new(200, ""));
            }
            if request.path.starts_with("/token") {
                let pushes = request.path.contains("pull%2Cpush") || request.body.contains("pull%2Cpush");
                let token = if pushes { "TOKEN-PUSH" } else { "TOKEN-PULL" };
                let good = request.header("authorization") == Some(&super::authentication::basic());
                let reply = Reply::new(200, format!(r#"{{"token":"{token}"}}"#));
                return Some(if good { reply } else { Reply::new(401, "") });
            }
            let writes = !["GET", "HEAD"].contains(&request.method.as_str());
            let enough = match request.header("authorization") {
                Some("Bearer TOKEN-PUSH") => true,
                Some("Bearer TOKEN-PULL") => !writes,
                _ => false,
            };
            if !enough {
                let challenge = format!(r#"Bearer realm="http://{}/token",service="it""#, host.get().unwrap());
                return Some(Reply::new(401, "").with("WWW-Authenticate", challenge));
            }
            instead(request, stored)
        });
        own.set(registry.server.host.clone()).unwrap();
        registry
    }

    pub(super) fn name(&self, rest: &str) -> String {
        format!("{}/{rest}", self.server.host)
    }

    /// How often something was sent.
    pub(super) fn sent(&self, method: &str, part: &str) -> usize {
        self.server.log().iter().filter(|request| request.method == method && request.path.contains(part)).count()
    }

    pub(super) fn lock(&self) -> std::sync::MutexGuard<'_, Stored> {
        self.stored.lock().unwrap()
    }
}

fn missing(code: &str) -> Reply {
    Reply::new(404, format!(r#"{{"errors":[{{"code":"{code}","message":"not here"}}]}}"#))
}

fn query(path: &str, name: &str) -> Option<String> {
    let url = reqwest::Url::parse(&format!("http://x{path}")).unwrap();
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

impl Stored {
    /// Puts a manifest where it belongs, whatever it is; returns its digest.
    pub(super) fn add(&mut self, repository: &str, media_type: &str, bytes: impl Into<Vec<u8>>) -> String {
        let bytes = bytes.into();
        let digest = digest(&bytes);
        self.manifests.insert((repository.to_owned(), digest.clone()), (media_type.to_owned(), bytes));
        digest
    }

    pub(super) fn reply(&mut self, request: &Request, behaviour: Behaviour) -> Reply {
        let path = request.path.split('?').next().unwrap();
        let rest = path.strip_prefix("/v2/").unwrap_or_default();
        if rest.is_empty() {
            return Reply::new(200, "{}");
        }
        for (part, kind) in [("/blobs/uploads/", 0), ("/blobs/", 1), ("/manifests/", 2), ("/referrers/", 3)] {
            let Some((repository, name)) = rest.split_once(part) else { continue };
            return match kind {
                0 => self.upload(request, repository, name),
                1 => match self.blobs.get(&(repository.to_owned(), name.to_owned())) {
                    Some(bytes) => ranged(request, bytes),
                    None => missing("BLOB_UNKNOWN"),
                },
                2 if request.method == "PUT" => self.put(request, repository, name, behaviour),
                2 => self.manifest(repository, name),
                _ if behaviour.referrers => self.referrers(request, repository, name, behaviour),
                _ => Reply::new(404, "404 page not found"),
            };
        }
        missing("NAME_UNKNOWN")
    }

    fn upload(&mut self, request: &Request, repository: &str, name: &str) -> Reply {
        if request.method == "POST" {
            let mount = query(&request.path, "mount").zip(query(&request.path, "from"));
            if let Some((digest, from)) = mount
                && let Some(bytes) = self.blobs.get(&(from, digest.clone())).cloned()
            {
                self.blobs.insert((repository.to_owned(), digest.clone()), bytes);
                return Reply::new(201, "").with("Docker-Content-Digest", digest);
            }
            self.begun += 1;
            self.uploads.insert(self.begun, Vec::new());
            return Reply::new(202, "").with("Location", self.place(repository, self.begun));
        }
        let number: u64 = name.parse().unwrap();
        let Some(held) = self.uploads.get_mut(&number) else { return missing("BLOB_UPLOAD_UNKNOWN") };
        match request.method.as_str() {
            "PATCH" => {
                let start = request.header("content-range").and_then(|range| range.split('-').next()?.parse().ok());
                if start != Some(held.len()) {
                    return Reply::new(416, "").with("Range", format!("0-{}", held.len().saturating_sub(1)));
                }
                held.extend_from_slice(&request.bytes);
                let range = format!("0-{}", held.len() - 1);
                Reply::new(202, "").with("Location", self.place(repository, number)).with("Range", range)
            }
            "PUT" => {
                held.extend_from_slice(&request.bytes);
                let (bytes, wanted) = (std::mem::take(held), query(&request.path, "digest").unwrap());
                self.uploads.remove(&number);
                if digest(&bytes) != wanted {
                    return Reply::new(400, r#"{"errors":[{"code":"DIGEST_INVALID"}]}"#);
                }
                self.blobs.insert((repository.to_owned(), wanted.clone()), bytes);
                Reply::new(201, "").with("Docker-Content-Digest", wanted)
            }
            "DELETE" => {
                self.uploads.remove(&number);
                Reply::new(204, "")
            }
            _ => {
                let range = format!("0-{}", held.len().saturating_sub(1));
                Reply::new(204, "").with("Location", self.place(repository, number)).with("Range", range)
            }
        }
    }

    fn place(&self, repository: &str, number: u64) -> String {
        format!("/v2/{repository}/blobs/uploads/{number}?state=a%2Fb")
    }

    fn put(&mut self, request: &Request, repository: &str, name: &str, behaviour: Behaviour) -> Reply {
        let document: serde_json::Value = serde_json::from_slice(&request.bytes).unwrap();
        let listed = ["layers", "config"].map(|member| document[member].clone());
        for blob in listed[0].as_array().into_iter().flatten().chain(listed[1].as_object().map(|_| &listed[1])) {
            let key = (repository.to_owned(), blob["digest"].as_str().unwrap().to_owned());
            if !self.blobs.contains_key(&key) {
                return Reply::new(400, r#"{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}"#);
            }
        }
        let media_type = request.header("content-type").unwrap().to_owned();
        let digest = self.add(repository, &media_type, request.bytes.clone());
        if name.starts_with("sha256:") {
            assert_eq!(name, digest);
        } else {
            self.tags.insert((repository.to_owned(), name.to_owned()), digest.clone());
        }
        let reply = Reply::new(201, "").with("Docker-Content-Digest", digest);
        match document["subject"]["digest"].as_str() {
            Some(subject) if behaviour.referrers => reply.with("OCI-Subject", subject),
            _ => reply,
        }
    }

    fn manifest(&self, repository: &str, name: &str) -> Reply {
        let key = |name: &str| (repository.to_owned(), name.to_owned());
        let digest = self.tags.get(&key(name)).map_or(name, String::as_str);
        let Some((media_type, bytes)) = self.manifests.get(&key(digest)) else { return missing("MANIFEST_UNKNOWN") };
        Reply::new(200, bytes.clone()).with("Content-Type", media_type).with("Docker-Content-Digest", digest)
    }

    fn referrers(&self, request: &Request, repository: &str, subject: &str, behaviour: Behaviour) -> Reply {
        let wanted = query(&request.path, "artifactType").filter(|_| behaviour.filters);
        let mut entries = Vec::new();
        for ((held_in, digest), (media_type, bytes)) in &self.manifests {
            let document: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
            if held_in != repository || document["subject"]["digest"] != subject {
                continue;
            }
            let artifact_type = document["artifactType"].as_str().or(document["config"]["mediaType"].as_str());
            if wanted.as_deref().is_some_and(|wanted| artifact_type != Some(wanted)) {
                continue;
            }
            let mut entry = serde_json::json!({
                "mediaType": media_type, "digest": digest, "size": bytes.len(), "artifactType": artifact_type,
            });
            if document["annotations"].is_object() {
                entry["annotations"] = document["annotations"].clone();
            }
            entries.push(entry);
        }
        let from = query(&request.path, "last").map_or(0, |last| last.parse::<usize>().unwrap());
        let end = (from + behaviour.page).min(entries.len());
        let index = serde_json::json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries[from..end] });
        let mut reply = Reply::new(200, index.to_string()).with("Content-Type", INDEX);
        if wanted.is_some() {
            reply = reply.with("OCI-Filters-Applied", "artifactType");
        }
        if end < entries.len() {
            reply = reply.with("Link", format!("</v2/{repository}/referrers/{subject}?last={end}>; rel=\"next\""));
        }
        reply
    }
}
