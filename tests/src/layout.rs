//! OCI layouts made here, and their way into a registry.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use crate::image::{sha256, tar};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// An image for one or more platforms.
#[derive(Debug, Default)]
pub struct Layout {
    /// Layers and configs by digest.
    pub blobs: BTreeMap<String, Vec<u8>>,
    /// Manifests and indexes by digest, each after those that it names, with their media types.
    pub manifests: Vec<(String, &'static str, Vec<u8>)>,
}

impl Layout {
    fn put(&mut self, bytes: Vec<u8>) -> (String, usize) {
        let (name, size) = (format!("sha256:{}", sha256(&bytes)), bytes.len());
        self.blobs.insert(name.clone(), bytes);
        (name, size)
    }

    fn add(&mut self, media_type: &'static str, document: String) -> String {
        let name = format!("sha256:{}", sha256(document.as_bytes()));
        self.manifests.push((name.clone(), media_type, document.into_bytes()));
        name
    }

    /// Adds an image of these layers of files, the lowest first; returns the digest of its manifest.
    pub fn image(&mut self, architecture: &str, layers: &[&[(&str, &[u8])]]) -> String {
        self.labelled(architecture, "{}", layers)
    }

    /// The same with labels: a JSON object.
    pub fn labelled(&mut self, architecture: &str, labels: &str, layers: &[&[(&str, &[u8])]]) -> String {
        let inner = if labels == "{}" { String::new() } else { format!(r#""Labels":{labels}"#) };
        let layers: Vec<(String, usize)> = layers.iter().map(|files| self.put(tar(files))).collect();
        let diff_ids: Vec<String> = layers.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let (config, size) = self.put(
            format!(
                r#"{{"os":"linux","architecture":"{architecture}","created":"2024-05-01T10:00:00Z","config":{{{inner}}},"rootfs":{{"type":"layers","diff_ids":[{}]}}}}"#,
                diff_ids.join(",")
            )
            .into_bytes(),
        );
        let layers: Vec<String> = layers
            .iter()
            .map(|(name, size)| {
                format!(r#"{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{name}","size":{size}}}"#)
            })
            .collect();
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config}","size":{size}}},"layers":[{}]}}"#,
            layers.join(",")
        );
        self.add(MANIFEST, manifest)
    }

    /// Adds an index of images by architecture; returns its digest.
    pub fn index(&mut self, images: &[(&str, &str)]) -> String {
        let listed: Vec<String> = images
            .iter()
            .map(|(architecture, name)| {
                self.descriptor(name, &format!(r#","platform":{{"os":"linux","architecture":"{architecture}"}}"#))
            })
            .collect();
        self.add(INDEX, format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{}]}}"#, listed.join(",")))
    }

    /// Adds an index of one image and BuildKit's statements about it; returns its digest.
    pub fn buildkit(&mut self, architecture: &str, image: &str, statements: &[&[u8]]) -> String {
        let (config, size) = self.put(b"{\"architecture\":\"unknown\",\"os\":\"unknown\"}".to_vec());
        let layers: Vec<String> = statements
            .iter()
            .map(|bytes| {
                let (layer, size) = self.put(bytes.to_vec());
                format!(r#"{{"mediaType":"application/vnd.in-toto+json","digest":"{layer}","size":{size},"annotations":{{"in-toto.io/predicate-type":"https://slsa.dev/provenance/v0.2"}}}}"#)
            })
            .collect();
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config}","size":{size}}},"layers":[{}]}}"#,
            layers.join(",")
        );
        let attestation = self.add(MANIFEST, manifest);
        let own = self.descriptor(image, &format!(r#","platform":{{"os":"linux","architecture":"{architecture}"}}"#));
        let about = format!(
            r#","annotations":{{"vnd.docker.reference.digest":"{image}","vnd.docker.reference.type":"attestation-manifest"}},"platform":{{"os":"unknown","architecture":"unknown"}}"#
        );
        let beside = self.descriptor(&attestation, &about);
        self.add(INDEX, format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{own},{beside}]}}"#))
    }

    /// Adds an artifact about a manifest, of one blob; returns the digest of its manifest.
    pub fn referrer(&mut self, subject: &str, artifact_type: &str, bytes: &[u8]) -> String {
        let (config, _) = self.put(b"{}".to_vec());
        let (layer, size) = self.put(bytes.to_vec());
        let document = format!(
            r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","artifactType":"{artifact_type}","config":{{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{config}","size":2}},"layers":[{{"mediaType":"{artifact_type}","digest":"{layer}","size":{size}}}],"subject":{},"annotations":{{"dev.sigstore.bundle.predicateType":"https://slsa.dev/provenance/v1"}}}}"#,
            self.descriptor(subject, "")
        );
        self.add(MANIFEST, document)
    }

    fn descriptor(&self, name: &str, more: &str) -> String {
        let found = self.manifests.iter().find(|(digest, ..)| digest == name);
        let (media_type, size) = found.map_or(("", 0), |(_, media_type, bytes)| (media_type, bytes.len()));
        format!(r#"{{"mediaType":"{media_type}","digest":"{name}","size":{size}{more}}}"#)
    }

    /// Writes the layout; `root` is what its index lists.
    ///
    /// # Panics
    /// The system refuses.
    pub fn write(&self, directory: &Path, root: &str) {
        self.write_listing(directory, &[root]);
    }

    /// Writes the layout with an index that lists these manifests.
    ///
    /// # Panics
    /// The system refuses.
    pub fn write_listing(&self, directory: &Path, listed: &[&str]) {
        let blobs = directory.join("blobs/sha256");
        fs::create_dir_all(&blobs).unwrap_or_else(|error| panic!("{error}"));
        let write = |path: &Path, bytes: &[u8]| fs::write(path, bytes).unwrap_or_else(|error| panic!("{error}"));
        let manifests = self.manifests.iter().map(|(name, _, bytes)| (name, bytes));
        for (name, bytes) in self.blobs.iter().chain(manifests) {
            write(&blobs.join(name.trim_start_matches("sha256:")), bytes);
        }
        let listed: Vec<String> = listed.iter().map(|name| self.descriptor(name, "")).collect();
        let index = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, listed.join(","));
        write(&directory.join("index.json"), index.as_bytes());
        write(&directory.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#);
    }

    /// Pushes everything to a repository of a registry at `HOST:PORT`; `root` gets the tag.
    ///
    /// # Panics
    /// The registry refuses.
    pub fn push(&self, host: &str, repository: &str, root: &str, tag: &str) {
        for (name, bytes) in &self.blobs {
            let begun = http(host, "POST", &format!("/v2/{repository}/blobs/uploads/"), "text/plain", b"");
            let location = begun.lines().find_map(|line| line.strip_prefix("Location: ")).unwrap_or_default();
            let path = location.split_once(host).map_or(location, |(_, path)| path);
            let joint = if path.contains('?') { '&' } else { '?' };
            let put = http(host, "PUT", &format!("{path}{joint}digest={name}"), "application/octet-stream", bytes);
            assert!(put.starts_with("HTTP/1.1 201"), "{put}");
        }
        for (name, media_type, bytes) in &self.manifests {
            let reference = if name == root { tag } else { name };
            let put = http(host, "PUT", &format!("/v2/{repository}/manifests/{reference}"), media_type, bytes);
            assert!(put.starts_with("HTTP/1.1 201"), "{put}");
        }
    }
}

/// One request, and the answer with its head.
fn http(host: &str, method: &str, path: &str, media_type: &str, body: &[u8]) -> String {
    let run = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(host)?;
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        let _ = write!(head, "Content-Type: {media_type}\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    run().unwrap_or_else(|error| panic!("{method} {path} at {host}: {error}"))
}
