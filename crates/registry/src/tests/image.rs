//! A small image, and a registry that has it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::server::{Reply, Request};

pub(super) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

pub(super) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(bytes)))
}

/// A tar file (POSIX.1-1988 ustar) of regular files; a content of `-> TARGET` makes a link.
pub(super) fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, content) in files {
        let link = content.strip_prefix(b"-> ");
        let content = if link.is_some() { &[] } else { *content };
        let mut header = [0_u8; 512];
        let mut put = |at: usize, bytes: &[u8]| header[at..][..bytes.len()].copy_from_slice(bytes);
        put(0, name.as_bytes());
        put(100, b"0000644\0");
        put(124, format!("{:011o}\0", content.len()).as_bytes());
        put(136, b"00000000000\0        0");
        put(156, if link.is_some() { b"2" } else { b"0" });
        put(157, link.unwrap_or_default());
        put(257, b"ustar\x0000");
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend_from_slice(&header);
        out.extend_from_slice(content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Bytes that do not compress.
pub(super) fn noise(length: u32) -> Vec<u8> {
    (0..length / 4).flat_map(|n| n.wrapping_mul(2_654_435_761).rotate_left(n % 31).to_le_bytes()).collect()
}

/// The parts of an image.
#[derive(Debug, Clone)]
pub(super) struct Image {
    pub(super) blobs: BTreeMap<String, Vec<u8>>,
    /// With their media types.
    pub(super) manifests: BTreeMap<String, (String, Vec<u8>)>,
    pub(super) layers: Vec<String>,
    pub(super) config: String,
    /// Digest of the manifest.
    pub(super) manifest: String,
}

impl Image {
    /// Two layers, one with a file of this many bytes that do not compress.
    pub(super) fn new(large: u32) -> Self {
        Self::of("amd64", &[tar(&[("large.bin", &noise(large))]), tar(&[("etc/os-release", b"ID=debian\n")])])
    }

    /// A layer with a link to a file of this content.
    pub(super) fn linked(content: &str) -> Self {
        Self::of("amd64", &[tar(&[("target", content.as_bytes()), ("wanted", b"-> target")])])
    }

    pub(super) fn of(architecture: &str, layers: &[Vec<u8>]) -> Self {
        let mut blobs = BTreeMap::new();
        let mut put = |bytes: Vec<u8>| {
            let (digest, size) = (digest(&bytes), bytes.len());
            blobs.insert(digest.clone(), bytes);
            (digest, size)
        };
        let diff_ids: Vec<String> = layers.iter().map(|layer| format!("\"{}\"", digest(layer))).collect();
        let config = format!(
            r#"{{"os":"linux","architecture":"{architecture}","rootfs":{{"type":"layers","diff_ids":[{}]}}}}"#,
            diff_ids.join(",")
        );
        let (config, config_size) = put(config.into_bytes());
        let stored: Vec<(String, usize)> = layers.iter().map(|layer| put(gzip(layer))).collect();
        let listed: Vec<String> = stored
            .iter()
            .map(|(digest, size)| format!(r#"{{"mediaType":"{LAYER}","digest":"{digest}","size":{size}}}"#))
            .collect();
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{{"mediaType":"{CONFIG}","digest":"{config}","size":{config_size}}},"layers":[{}]}}"#,
            listed.join(",")
        );
        let mut image = Self { blobs, manifests: BTreeMap::new(), layers: Vec::new(), config, manifest: String::new() };
        image.layers = stored.into_iter().map(|(digest, _)| digest).collect();
        image.manifest = image.add(MANIFEST, manifest);
        image
    }

    pub(super) fn add(&mut self, media_type: &str, document: String) -> String {
        let digest = digest(document.as_bytes());
        self.manifests.insert(digest.clone(), (media_type.to_owned(), document.into_bytes()));
        digest
    }

    pub(super) fn descriptor(&self, digest: &str, more: &str) -> String {
        let (media_type, document) = &self.manifests[digest];
        format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{}{more}}}"#, document.len())
    }

    /// Adds an index of these descriptors; returns its digest.
    pub(super) fn index(&mut self, descriptors: &[String]) -> String {
        let list = descriptors.join(",");
        self.add(INDEX, format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{list}]}}"#))
    }

    /// The reply of a registry that has the image as `app`; `tag` is what its tags stand for.
    pub(super) fn reply(&self, request: &Request, tag: &str) -> Reply {
        let path = request.path.split('?').next().unwrap();
        if path == "/v2/" {
            return Reply::new(200, "{}");
        }
        let Some((kind, name)) = path.strip_prefix("/v2/app/").and_then(|rest| rest.split_once('/')) else {
            return missing("NAME_UNKNOWN");
        };
        match kind {
            "manifests" => {
                let name = if name.starts_with("sha256:") { name } else { tag };
                let Some((media_type, bytes)) = self.manifests.get(name) else { return missing("MANIFEST_UNKNOWN") };
                Reply::new(200, bytes.clone()).with("Content-Type", media_type).with("Docker-Content-Digest", name)
            }
            _ => match self.blobs.get(name) {
                Some(bytes) => ranged(request, bytes),
                None => missing("BLOB_UNKNOWN"),
            },
        }
    }

    /// A handler for a registry that does what it should.
    pub(super) fn honest(self) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
        let image = Arc::new(self);
        move |request| image.reply(request, &image.manifest)
    }
}

fn missing(code: &str) -> Reply {
    Reply::new(404, format!(r#"{{"errors":[{{"code":"{code}","message":"not here"}}]}}"#))
}

/// Bytes from where they are asked for.
pub(super) fn ranged(request: &Request, bytes: &[u8]) -> Reply {
    match request.from() {
        0 => Reply::new(200, bytes),
        from if from >= bytes.len() => Reply::new(416, ""),
        from => {
            let range = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
            Reply::new(206, &bytes[from..]).with("Content-Range", range)
        }
    }
}
