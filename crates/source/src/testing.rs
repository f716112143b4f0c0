//! Builders of small archives and images, and a visitor that remembers, for the tests of this crate.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use plimsoll_model::{Budget, DiagnosticCode, DigestAlgorithm};

use crate::hashing::digest_of;
use crate::{File, FileId, FileState, OpenOptions, Source, SourceError, SourceReference, Visited, Visitor, Wanted};

/// A tar file, entry by entry.
#[derive(Default, Clone)]
pub(crate) struct Tar(pub(crate) Vec<u8>);

impl Tar {
    pub(crate) fn header(name: &str, size: u64, flag: u8, link: &str) -> [u8; 512] {
        let mut block = [0; 512];
        let mut put = |at: usize, bytes: &[u8]| block[at..][..bytes.len()].copy_from_slice(bytes);
        put(0, name.as_bytes());
        put(100, b"0000644\0");
        put(124, format!("{size:011o}\0").as_bytes());
        put(136, b"00000000000\0");
        put(156, &[flag]);
        put(157, link.as_bytes());
        put(257, b"ustar\x0000");
        Self::seal(block)
    }

    /// Sets the checksum.
    pub(crate) fn seal(mut block: [u8; 512]) -> [u8; 512] {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block
    }

    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Content, padded.
    pub(crate) fn data(self, bytes: &[u8]) -> Self {
        let mut padded = bytes.to_vec();
        padded.resize(bytes.len().next_multiple_of(512), 0);
        self.raw(&padded)
    }

    pub(crate) fn entry(self, name: &str, flag: u8, link: &str, content: &[u8]) -> Self {
        self.raw(&Self::header(name, content.len() as u64, flag, link)).data(content)
    }

    pub(crate) fn file(self, name: &str, content: &str) -> Self {
        self.entry(name, b'0', "", content.as_bytes())
    }

    pub(crate) fn empty(self, name: &str) -> Self {
        self.file(name, "")
    }

    pub(crate) fn directory(self, name: &str) -> Self {
        self.entry(name, b'5', "", b"")
    }

    pub(crate) fn symlink(self, name: &str, target: &str) -> Self {
        self.entry(name, b'2', target, b"")
    }

    pub(crate) fn hard_link(self, name: &str, target: &str) -> Self {
        self.entry(name, b'1', target, b"")
    }

    pub(crate) fn pax(self, records: &[(&str, &str)]) -> Self {
        let mut body = String::new();
        for (key, value) in records {
            // The length counts its own digits.
            let record = |length: usize| format!("{length} {key}={value}\n");
            let length = record(record(0).len()).len();
            body += &record(length);
        }
        self.entry("PaxHeaders/x", b'x', "", body.as_bytes())
    }

    pub(crate) fn end(self) -> Vec<u8> {
        self.raw(&[0; 1024]).0
    }
}

pub(crate) fn gzip(data: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn sha256(data: &[u8]) -> String {
    digest_of(DigestAlgorithm::Sha256, data).unwrap().to_string()
}

/// A directory that goes away.
pub(crate) struct Scratch(pub(crate) PathBuf);

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Scratch {
    pub(crate) fn new() -> Self {
        let name = format!("plimsoll-source-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The files of an image by their names in a layout or archive, from layers as they are stored.
pub(crate) struct Image {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) layers: Vec<String>,
    pub(crate) diff_ids: Vec<String>,
    pub(crate) config: String,
    pub(crate) manifest: String,
    pub(crate) architecture: String,
}

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

impl Image {
    /// From (stored, uncompressed) layers.
    pub(crate) fn new(layers: &[(Vec<u8>, Vec<u8>)]) -> Self {
        let mut image = Self {
            files: BTreeMap::new(),
            layers: Vec::new(),
            diff_ids: layers.iter().map(|(_, content)| sha256(content)).collect(),
            config: String::new(),
            manifest: String::new(),
            architecture: "amd64".into(),
        };
        for (stored, _) in layers {
            let digest = image.put(stored);
            let size = stored.len();
            image.layers.push(format!(
                r#"{{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{digest}","size":{size}}}"#
            ));
        }
        image.rebuild("");
        image
    }

    pub(crate) fn gzipped(layers: &[Vec<u8>]) -> Self {
        Self::new(&layers.iter().map(|layer| (gzip(layer), layer.clone())).collect::<Vec<_>>())
    }

    fn put(&mut self, bytes: &[u8]) -> String {
        let digest = sha256(bytes);
        self.files.insert(format!("blobs/{}", digest.replace(':', "/")), bytes.to_vec());
        digest
    }

    /// Writes config, manifest and index anew; `extra` goes into the manifest.
    pub(crate) fn rebuild(&mut self, extra: &str) {
        let diff_ids = self.diff_ids.iter().map(|id| format!("\"{id}\"")).collect::<Vec<_>>().join(",");
        let steps = "{\"created_by\":\"ENV\",\"empty_layer\":true},".to_owned()
            + &(0..self.diff_ids.len())
                .map(|n| format!("{{\"created_by\":\"step {n}\"}}"))
                .collect::<Vec<_>>()
                .join(",");
        let config = format!(
            r#"{{"os":"linux","architecture":"{}","created":"2020-01-01T00:00:00Z","config":{{"Labels":{{"a":"b"}}}},
                "rootfs":{{"type":"layers","diff_ids":[{diff_ids}]}},"history":[{steps}]}}"#,
            self.architecture
        );
        self.config = self.put(config.as_bytes());
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json",
                "digest":"{}","size":{}}},"layers":[{}]{extra}}}"#,
            self.config,
            config.len(),
            self.layers.join(",")
        );
        self.manifest = self.put(manifest.as_bytes());
        let descriptor = self.descriptor(&manifest.len().to_string(), "");
        self.index(&[descriptor]);
    }

    pub(crate) fn descriptor(&self, size: &str, extra: &str) -> String {
        format!(r#"{{"mediaType":"{MANIFEST}","digest":"{}","size":{size}{extra}}}"#, self.manifest)
    }

    pub(crate) fn manifest_size(&self) -> usize {
        self.files[&format!("blobs/{}", self.manifest.replace(':', "/"))].len()
    }

    pub(crate) fn index(&mut self, descriptors: &[String]) {
        let index = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, descriptors.join(","));
        self.files.insert("index.json".into(), index.into_bytes());
        self.files.insert("oci-layout".into(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec());
    }

    /// As a layout in a directory.
    pub(crate) fn layout(&self) -> Scratch {
        let scratch = Scratch::new();
        for (name, bytes) in &self.files {
            scratch.write(name, bytes);
        }
        scratch
    }

    /// As an OCI archive; with `manifest.json` as Docker writes it since version 25.
    pub(crate) fn archive(&self, docker: bool) -> Vec<u8> {
        let mut tar = Tar::default();
        for (name, bytes) in &self.files {
            tar = tar.entry(name, b'0', "", bytes);
        }
        if docker {
            let blob = |digest: &str| format!("\"blobs/{}\"", digest.replace(':', "/"));
            let layers: Vec<String> = self.layers.iter().map(|layer| blob(layer.split('"').nth(7).unwrap())).collect();
            let manifest =
                format!(r#"[{{"Config":{},"RepoTags":["x:1"],"Layers":[{}]}}]"#, blob(&self.config), layers.join(","));
            tar = tar.file("manifest.json", &manifest);
        }
        tar.end()
    }
}

/// Wants names that end in `.want`, and files that begin with `ELF`; remembers what it was given.
#[derive(Default)]
pub(crate) struct Picker {
    pub(crate) given: Mutex<BTreeMap<FileId, (String, String)>>,
}

impl Visitor for Picker {
    fn by_path(&self, path: &[u8]) -> Wanted {
        if path.ends_with(b".want") {
            Wanted::Yes
        } else if path.ends_with(b".no") {
            Wanted::No
        } else {
            Wanted::Probe
        }
    }

    fn by_head(&self, _path: &[u8], head: &[u8]) -> bool {
        head.starts_with(b"ELF")
    }

    fn file(&self, id: FileId, file: &File<'_>) {
        let content = String::from_utf8_lossy(&file.bytes().unwrap()).into_owned();
        let old = self.given.lock().unwrap().insert(id, (file.path().to_string(), content));
        assert!(old.is_none(), "{id:?} given twice");
    }
}

/// What came of a visit, in a form that is easy to compare.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// `path=content`, those that are present.
    pub(crate) present: Vec<String>,
    /// `path -2` for removed by layer 2, `path >2` for replaced.
    pub(crate) gone: Vec<String>,
    pub(crate) codes: Vec<DiagnosticCode>,
}

pub(crate) fn see(source: &dyn Source, budget: &Budget) -> Result<Seen, SourceError> {
    let picker = Picker::default();
    let Visited { files, diagnostics, .. } = source.visit(&picker, budget)?;
    let given = picker.given.into_inner().unwrap();
    let mut seen = Seen { present: Vec::new(), gone: Vec::new(), codes: Vec::new() };
    assert!(files.is_sorted_by_key(|file| file.id));
    for file in &files {
        let (path, content) = &given[&file.id];
        assert_eq!(*path, file.path.to_string());
        match file.state {
            FileState::Present => seen.present.push(format!("{path}={content}")),
            FileState::Replaced(by) => seen.gone.push(format!("{path} >{}", by.0)),
            FileState::Removed(by) => seen.gone.push(format!("{path} -{}", by.0)),
        }
    }
    seen.codes.extend(diagnostics.iter().map(|diagnostic| diagnostic.code));
    Ok(seen)
}

pub(crate) fn open(scheme: &str, path: &Path, options: &OpenOptions) -> Result<Vec<Box<dyn Source>>, SourceError> {
    let text =
        if scheme.is_empty() { path.as_os_str().to_owned() } else { format!("{scheme}:{}", path.display()).into() };
    crate::open(&SourceReference::parse(&text)?, options)
}

/// Opens and visits.
pub(crate) fn scan(scheme: &str, path: &Path) -> Result<Seen, SourceError> {
    see(&*open(scheme, path, &OpenOptions::default())?[0], &Budget::default())
}
