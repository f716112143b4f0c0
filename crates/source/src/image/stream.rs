//! Archives that can be read once, from the start to the end: standard input, and compressed image archives.
//!
//! The documents that say which members are layers mostly come last. So every member that looks like a layer is walked
//! as it goes by, and small documents are kept; which walks count is decided at the end. Until then nobody knows which
//! layer a member is: files are handed over without a layer and with the number of the member in their id, and
//! [`crate::Visited`] lists those of the image with the layer that they are in.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead as _, BufReader, Cursor, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use plimsoll_model::{Budget, Diagnostic, DiagnosticCode, Digest, DigestAlgorithm};

use super::docker;
use super::members::{Member, Members};
use super::oci::{self, Plan};
use super::remote::{OpenArchive, RemoteArchive};
use super::store::{Blob, DOCUMENT_LIMIT};
use crate::archive::first_member;
use crate::compression::{Compression, Metered};
use crate::hashing::{Hasher, HashingReader};
use crate::input::{Input, Section};
use crate::layer::{Algorithms, Chunks, Scan, Scanner, compare, layer_index, pipe, read_limited};
use crate::layered::{Walked, entries, hand_over, merge};
use crate::overlay::{Origin, Tracked};
use crate::tar::{BLOCK, BodyReader, EntryKind, Reader, TarError, is_header};
use crate::{OpenOptions, Source, SourceError, SourceInfo, SourceKind, Visited, Visitor};

/// What is expected of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    Image,
    /// The first member tells an image from an archive.
    Anything,
}

/// An archive that is read in one go.
pub(crate) struct Streamed {
    name: String,
    expect: Expect,
    options: OpenOptions,
    origin: Bytes,
    taken: AtomicBool,
    /// Known before the first byte.
    early: SourceInfo,
    /// Known after the last one.
    info: OnceLock<SourceInfo>,
}

/// Where the bytes of a stream come from.
enum Bytes {
    Stdin,
    /// Can be read again.
    File(Section),
    /// Can be asked for again. The tag is the one that the user named.
    Remote {
        archive: Box<dyn OpenArchive>,
        tag: Option<String>,
    },
}

/// Whether a member of this name begins an image: `docker save` of any age, `podman save`, `skopeo`, `buildkit`.
pub(crate) fn is_image_member(name: &[u8]) -> bool {
    let name = name.strip_prefix(b"./").unwrap_or(name);
    let first = name.split(|&byte| byte == b'/').next().unwrap_or_default();
    let digest = first.get(..64).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
    matches!(first, b"blobs" | b"manifest.json" | b"index.json" | b"oci-layout" | b"repositories")
        || (digest && matches!(first.get(64..), Some(b"" | b".json" | b".tar")))
}

/// A member that looks like a layer, as it went by.
struct Passed {
    scan: Result<Scan, SourceError>,
    blob: Option<Digest>,
    content: Option<Digest>,
}

/// Documents may take this much memory together.
const DOCUMENTS: u64 = 64 << 20;

/// What a stream turned out to be.
enum Outcome {
    Archive(Scan),
    Image(Members, Vec<Passed>),
}

impl Streamed {
    pub(crate) fn stdin(options: &OpenOptions) -> Self {
        Self::new(Bytes::Stdin, "stdin", Expect::Anything, options)
    }

    pub(crate) fn file(file: Section, name: &str, expect: Expect, options: &OpenOptions) -> Self {
        Self::new(Bytes::File(file), name, expect, options)
    }

    pub(crate) fn remote(RemoteArchive { name, tag, archive }: RemoteArchive, options: &OpenOptions) -> Self {
        Self::new(Bytes::Remote { archive, tag }, &name, Expect::Image, options)
    }

    fn new(origin: Bytes, name: &str, expect: Expect, options: &OpenOptions) -> Self {
        let early = SourceInfo {
            kind: if expect == Expect::Image { SourceKind::Image } else { SourceKind::Archive },
            name: name.to_owned(),
            digests: Vec::new(),
            image: None,
            digests_checked: !options.insecure_skip_digests,
        };
        let (name, options) = (name.to_owned(), options.clone());
        Self { name, expect, options, origin, taken: AtomicBool::new(false), early, info: OnceLock::new() }
    }

    fn raw(&self) -> Result<Box<dyn Read + Send>, SourceError> {
        match &self.origin {
            Bytes::File(file) => Ok(Box::new(file.reader())),
            Bytes::Remote { archive, .. } => archive.open(),
            Bytes::Stdin if self.taken.swap(true, Ordering::Relaxed) => Err(SourceError::Unsupported {
                what: "standard input".into(),
                reason: "it can be read only once; save it to a file".into(),
            }),
            Bytes::Stdin => Ok(Box::new(io::stdin())),
        }
    }

    fn scanner<'a>(&'a self, visitor: &'a dyn Visitor, budget: &'a Budget, whiteouts: bool) -> Scanner<'a> {
        Scanner { visitor, budget, exclude: &self.options.exclude, id_layer: 0, layer: None, whiteouts }
    }

    fn check(&self) -> bool {
        !self.options.insecure_skip_digests
    }
}

impl Source for Streamed {
    /// Complete after the visit.
    fn info(&self) -> &SourceInfo {
        self.info.get().unwrap_or(&self.early)
    }

    fn visit(&self, visitor: &dyn Visitor, budget: &Budget) -> Result<Visited, SourceError> {
        let blob = (self.check() && self.expect == Expect::Anything).then_some(DigestAlgorithm::Sha256);
        let algorithms = Algorithms { blob, content: None };
        let piped = pipe(self.raw()?, algorithms, budget, |chunks| self.consume(chunks, visitor, budget));
        let piped = piped.map_err(|error| SourceError::reading(&self.name, error))?;
        match piped.value? {
            Outcome::Archive(scan) => {
                let mut info = self.early.clone();
                info.digests.extend(piped.blob);
                let _ = self.info.set(info);
                let Scan { records, notes, entries } = scan;
                let walked = vec![Walked { id_layer: 0, records: Arc::new(records), notes, entries }];
                self.finish(walked, oci::skipped(&self.options).into_iter().collect(), visitor, budget, false)
            }
            Outcome::Image(members, passed) => self.image(&members, passed, visitor, budget),
        }
    }
}

impl Streamed {
    fn consume(&self, chunks: &mut Chunks, visitor: &dyn Visitor, budget: &Budget) -> Result<Outcome, SourceError> {
        let start = chunks.fill_buf().map_err(|error| SourceError::reading(&self.name, error))?;
        let Some(first) = first_member(start) else {
            return Err(SourceError::Unrecognised {
                path: self.name.clone().into(),
                looked_for: "a tar file of any sort, perhaps compressed",
            });
        };
        if self.expect == Expect::Anything && !is_image_member(&first) {
            let mut scan = Scan::default();
            self.scanner(visitor, budget, false).walk(chunks, None, &mut scan).map_err(|error| error.of(&self.name))?;
            return Ok(Outcome::Archive(scan));
        }
        let mut reader = Reader::new(chunks);
        let (mut members, mut passed, mut kept) = (Members::default(), Vec::new(), 0_u64);
        while let Some(entry) = reader.next().map_err(|error| error.of(&self.name))? {
            let member = if entry.kind == EntryKind::File && !entry.sparse {
                let mut scanner = self.scanner(visitor, budget, true);
                scanner.id_layer = layer_index(passed.len()).0;
                let member = member(&scanner, reader.body(), &entry.name, entry.size, self.check(), &mut kept);
                match member.map_err(|error| TarError::Read(error).of(&self.name))? {
                    Seen::Layer(layer) => {
                        passed.push(layer);
                        let number = passed.len().saturating_sub(1);
                        Some(Member::Blob(Blob::Passed { number, length: entry.size }))
                    }
                    Seen::Document(bytes) => Some(Member::Document(bytes)),
                    Seen::Other => None,
                }
            } else {
                Members::link(&entry)
            };
            if let Some(member) = member {
                members.add(&entry.name, member, &self.name)?;
            }
        }
        reader.drain().map_err(|error| error.of(&self.name))?;
        Ok(Outcome::Image(members, passed))
    }

    fn plan(&self, members: &Members) -> Result<Plan, SourceError> {
        let mut plans = if members.has_docker_manifest() {
            docker::plan(members, &self.options)?
        } else if members.has("oci-layout") && members.has("index.json") {
            oci::plan(members, &self.options)?
        } else {
            return Err(SourceError::Unrecognised {
                path: self.name.clone().into(),
                looked_for: "manifest.json as `docker save` writes it, or oci-layout and index.json",
            });
        };
        match (plans.pop(), plans.is_empty()) {
            (Some(plan), true) => Ok(plan),
            _ => Err(SourceError::Unsupported {
                what: self.name.clone(),
                reason: "several images cannot be read from one stream; save it to a file that is not compressed"
                    .into(),
            }),
        }
    }

    fn image(
        &self,
        members: &Members,
        passed: Vec<Passed>,
        visitor: &dyn Visitor,
        budget: &Budget,
    ) -> Result<Visited, SourceError> {
        let plan = self.plan(members)?;
        let mut passed: Vec<(Option<Passed>, Arc<_>)> =
            passed.into_iter().map(|layer| (Some(layer), Arc::default())).collect();
        let mut walked: Vec<Walked> = Vec::new();
        for (position, layer) in plan.layers.iter().enumerate() {
            let what = format!("layer {position}");
            let Some(Blob::Passed { number, .. }) = layer.blob else {
                return Err(SourceError::malformed(what, "it is not a tar file"));
            };
            let Some((first, records)) = passed.get_mut(number) else { continue };
            let mut next = Walked {
                id_layer: layer_index(number).0,
                records: Arc::clone(records),
                notes: Default::default(),
                entries: 0,
            };
            // An image may have one layer twice, and it went by once.
            if let Some(Passed { scan, blob, content }) = first.take() {
                let scan = scan?;
                if self.check() {
                    compare(&what, layer.digest.as_ref(), blob)?;
                    compare(&format!("{what} when uncompressed"), Some(&layer.diff_id), content)?;
                }
                *records = Arc::new(scan.records);
                next.records = Arc::clone(records);
                next.notes = scan.notes.in_layer(layer_index(position));
                next.entries = scan.entries;
            }
            walked.push(next);
        }
        let mut notices = plan.notices;
        notices.extend(oci::skipped(&self.options));
        let mut described = plan.info;
        if let Bytes::Remote { tag, .. } = &self.origin {
            described.tags = tag.iter().cloned().collect();
        }
        let _ = self.info.set(oci::source_info(described, &self.name, &self.options));
        self.finish(walked, notices, visitor, budget, true)
    }

    fn finish(
        &self,
        walked: Vec<Walked>,
        notices: Vec<Diagnostic>,
        visitor: &dyn Visitor,
        budget: &Budget,
        image: bool,
    ) -> Result<Visited, SourceError> {
        let numbers: Vec<u32> = walked.iter().map(|layer| layer.id_layer).collect();
        let scanner = self.scanner(visitor, budget, image);
        let merged = merge(walked, &scanner, image);
        let again = image && !matches!(self.origin, Bytes::Stdin);
        let arrived = if again { self.fetch(&merged.tracked, &numbers, &scanner)? } else { BTreeSet::new() };
        let mut visited = Visited { files: Vec::new(), diagnostics: notices, entries: merged.entries };
        visited.diagnostics.extend(merged.notes.into_list());
        for (index, file) in merged.tracked.into_iter().enumerate() {
            if matches!(file.origin, Origin::Fetch { .. }) && !arrived.contains(&index) {
                let message = "a link to a file that had gone by in the stream; save it to a file to have it read";
                visited.diagnostics.push(Diagnostic::new(DiagnosticCode::UNREADABLE, message).at(&file.path));
            } else {
                // Of a layer that is there twice, the upper one counts.
                visited.files.pop_if(|last| last.id == file.id);
                visited.files.push(file.visited(image));
            }
        }
        Ok(visited)
    }

    /// Unpacks the archive again for what links lead to; returns the links that got it.
    fn fetch(
        &self,
        tracked: &[Tracked],
        numbers: &[u32],
        scanner: &Scanner<'_>,
    ) -> Result<BTreeSet<usize>, SourceError> {
        let mut wanted: BTreeMap<u32, Vec<(u32, usize)>> = BTreeMap::new();
        for (index, link) in tracked.iter().enumerate() {
            if let Origin::Fetch { layer, entry } = link.origin
                && let Some(&number) = numbers.get(layer as usize)
            {
                wanted.entry(number).or_default().push((entry, index));
            }
        }
        if wanted.is_empty() {
            return Ok(BTreeSet::new());
        }
        wanted.values_mut().for_each(|links| links.sort_unstable());
        let piped = pipe(self.raw()?, Algorithms::default(), scanner.budget, |chunks| {
            fetch_members(chunks, &wanted, tracked, scanner)
        });
        let piped = piped.map_err(|error| SourceError::reading(&self.name, error))?;
        Ok(piped.value.map_err(|error| error.of(&self.name))?.into_iter().collect())
    }
}

/// The second pass over the members that look like layers, which are counted as in the first.
fn fetch_members(
    chunks: &mut Chunks,
    wanted: &BTreeMap<u32, Vec<(u32, usize)>>,
    tracked: &[Tracked],
    scanner: &Scanner<'_>,
) -> Result<Vec<usize>, TarError> {
    let mut reader = Reader::new(chunks);
    let mut delivered = Vec::new();
    let mut number = 0_u32;
    while let Some(entry) = reader.next()? {
        if entry.kind != EntryKind::File || entry.sparse {
            continue;
        }
        let mut body = reader.body();
        let mut head = Vec::new();
        body.by_ref().take(BLOCK as u64).read_to_end(&mut head)?;
        let Some(compression) = layer_compression(&head) else { continue };
        if let Some(links) = wanted.get(&number) {
            let stored = BufReader::new(Cursor::new(head).chain(body));
            let unpacked = Metered::new(compression.decoder(stored)?, scanner.budget, Arc::default());
            let mut deliver = hand_over(scanner, tracked, links, true, &mut delivered);
            scanner.fetch(&mut BufReader::new(unpacked), None, &entries(links), &mut deliver)?;
        }
        number = number.saturating_add(1);
    }
    Ok(delivered)
}

/// How a member that begins like this is compressed, if it looks like a layer.
fn layer_compression(head: &[u8]) -> Option<Compression> {
    let compression = Compression::detect(head);
    let empty = head.len() == BLOCK && head.iter().all(|&byte| byte == 0);
    (compression != Compression::None || is_header(head) || empty).then_some(compression)
}

enum Seen {
    Layer(Passed),
    Document(Vec<u8>),
    Other,
}

/// Looks at one member as it goes by.
fn member<I: Input + Send + ?Sized>(
    scanner: &Scanner<'_>,
    mut body: BodyReader<'_, '_, I>,
    name: &[u8],
    size: u64,
    check: bool,
    kept: &mut u64,
) -> io::Result<Seen> {
    let mut head = Vec::new();
    body.by_ref().take(BLOCK as u64).read_to_end(&mut head)?;
    if let Some(compression) = layer_compression(&head) {
        return layer(scanner, compression, Cursor::new(head).chain(body), name, check).map(Seen::Layer);
    }
    let json = matches!(head.trim_ascii_start().first(), Some(b'{' | b'['));
    if !json || size > DOCUMENT_LIMIT || kept.saturating_add(size) > DOCUMENTS {
        return Ok(Seen::Other);
    }
    *kept = kept.saturating_add(size);
    let document = read_limited(&mut Cursor::new(head).chain(body), DOCUMENT_LIMIT)?;
    Ok(document.map_or(Seen::Other, Seen::Document))
}

/// Walks a member that looks like a layer, on this thread: the other one unpacks the archive around it.
fn layer(
    scanner: &Scanner<'_>,
    compression: Compression,
    body: impl Read + Send,
    name: &[u8],
    check: bool,
) -> io::Result<Passed> {
    let clean = name.strip_prefix(b"./").unwrap_or(name);
    let algorithm = if clean.starts_with(b"blobs/sha512/") { DigestAlgorithm::Sha512 } else { DigestAlgorithm::Sha256 };
    let hasher = |algorithm| Hasher::new(algorithm).filter(|_| check);
    let stored = HashingReader::new(body, hasher(algorithm));
    let length = stored.length();
    let mut stored = BufReader::with_capacity(64 << 10, stored);
    let mut scan = Scan::default();
    let (walked, mut content);
    if compression == Compression::None {
        walked = scanner.walk(&mut stored, None, &mut scan);
        content = None;
    } else {
        let decoder = Metered::new(compression.decoder(&mut stored)?, scanner.budget, length);
        let unpacked = HashingReader::new(decoder, hasher(DigestAlgorithm::Sha256));
        let mut unpacked = BufReader::with_capacity(64 << 10, unpacked);
        walked = scanner.walk(&mut unpacked, None, &mut scan);
        content = if walked.is_ok() { unpacked.get_mut().finish()? } else { None };
    }
    let blob = stored.get_mut().finish()?;
    if compression == Compression::None {
        content = blob.clone();
    }
    Ok(Passed { scan: walked.map(|()| scan).map_err(|error| error.of("layer")), blob, content })
}
