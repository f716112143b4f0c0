//! Reading a blob on one thread, decompressing it on another, walking it on a third.
//!
//! A gzip stream cannot be split, so decompression is the wall; what can be done is to leave that thread nothing else
//! to do. The chunks that go from one to the other are recycled.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use plimsoll_model::{Budget, BudgetExceeded, Digest, DigestAlgorithm};

use crate::compression::Compression;
use crate::hashing::{Hasher, HashingReader, digest_of};
use crate::input::Input;
use crate::layer::read_ahead::ReadAhead;

/// Small enough to stay in the cache of a core between the one who fills it and the one who reads it.
const CHUNK: usize = 256 << 10;
/// Chunks on their way; with the one in each hand it makes 1.5 MiB a layer.
const IN_FLIGHT: usize = 4;

/// Which digests to make.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Algorithms {
    /// Of the bytes as stored.
    pub(crate) blob: Option<DigestAlgorithm>,
    /// Of the bytes when uncompressed.
    pub(crate) content: Option<DigestAlgorithm>,
}

/// What came of a blob.
pub(crate) struct Piped<T> {
    /// What the consumer returned.
    pub(crate) value: T,
    /// Digest of the bytes as stored.
    pub(crate) blob: Option<Digest>,
    /// Digest of the uncompressed bytes.
    pub(crate) content: Option<Digest>,
    /// The ratio of output to input is over its limit.
    pub(crate) implausible: Option<BudgetExceeded>,
}

/// A full chunk; whether the consumer is to hash it.
struct Chunk {
    bytes: Vec<u8>,
    hash: bool,
}

/// Runs `consume` over the uncompressed content of `raw`. Digests are complete when it reads to the end.
///
/// # Errors
/// No thread can be started. Errors of reading go to the consumer.
pub(crate) fn pipe<T>(
    raw: impl Read + Send,
    algorithms: Algorithms,
    budget: &Budget,
    consume: impl FnOnce(&mut Chunks) -> T,
) -> io::Result<Piped<T>> {
    let (full, chunks) = sync_channel(IN_FLIGHT);
    let (empty, recycled) = channel();
    thread::scope(|scope| {
        let ahead = ReadAhead::start(scope, raw, algorithms.blob.and_then(Hasher::new))?;
        let producer = Producer { full, recycled, budget, algorithms };
        let produced =
            thread::Builder::new().name("inflate".into()).spawn_scoped(scope, move || producer.run(ahead))?;
        let hasher = algorithms.content.and_then(Hasher::new);
        let mut chunks = Chunks { chunks, empty, current: Vec::new(), at: 0, hasher, hashed: false };
        let value = consume(&mut chunks);
        let here = chunks.hasher.take().filter(|_| chunks.hashed).and_then(Hasher::finish);
        // The producer ends when nobody listens.
        drop(chunks);
        let produced = produced.join().map_err(|_| io::Error::other("the reading thread failed"))?;
        let same =
            produced.blob.as_ref().filter(|blob| !produced.compressed && Some(blob.algorithm()) == algorithms.content);
        let content = here.or_else(|| same.cloned());
        // Not a byte of content.
        let content = content.or_else(|| digest_of(algorithms.content?, &[]));
        Ok(Piped { value, blob: produced.blob, content, implausible: produced.implausible })
    })
}

struct Producer<'a> {
    full: SyncSender<io::Result<Chunk>>,
    recycled: Receiver<Vec<u8>>,
    budget: &'a Budget,
    algorithms: Algorithms,
}

#[derive(Default)]
struct Produced {
    blob: Option<Digest>,
    compressed: bool,
    implausible: Option<BudgetExceeded>,
}

impl Producer<'_> {
    fn run(self, raw: ReadAhead<'_>) -> Produced {
        let mut produced = Produced::default();
        if let Err(error) = self.produce(raw, &mut produced) {
            // Nobody may be listening any more: then nobody cares.
            let _ = self.full.send(Err(error));
        }
        produced
    }

    fn produce(&self, mut raw: ReadAhead<'_>, produced: &mut Produced) -> io::Result<()> {
        match Compression::detect(raw.head()?) {
            Compression::None => self.forward(raw, produced),
            compression => self.decompress(compression, raw, produced),
        }
    }

    /// Raw bytes go on as they came, without a copy; one digest serves for blob and content when both are of one kind.
    fn forward(&self, mut raw: ReadAhead<'_>, produced: &mut Produced) -> io::Result<()> {
        let Algorithms { blob, content } = self.algorithms;
        let algorithm = blob.or(content);
        let mut hasher = algorithm.and_then(Hasher::new);
        let hash = content.is_some() && content != algorithm;
        while let Some(bytes) = raw.chunk()? {
            if let Some(hasher) = &mut hasher {
                hasher.update(&bytes);
            }
            if self.full.send(Ok(Chunk { bytes, hash })).is_err() {
                return Ok(());
            }
            self.recycled.try_iter().for_each(|used| raw.recycle(used));
        }
        produced.blob = hasher.and_then(Hasher::finish);
        Ok(())
    }

    /// Decompresses; the reading thread has hashed the blob.
    fn decompress(&self, compression: Compression, raw: ReadAhead<'_>, produced: &mut Produced) -> io::Result<()> {
        produced.compressed = true;
        let mut raw = HashingReader::new(raw, None);
        let length = raw.length();
        let hash = self.algorithms.content.is_some();
        let mut output = 0_u64;
        let mut decoder = compression.decoder(BufReader::with_capacity(CHUNK, &mut raw))?;
        loop {
            let mut bytes = self.recycled.try_recv().unwrap_or_default();
            let ended = fill(&mut decoder, &mut bytes)?;
            output = output.saturating_add(bytes.len() as u64);
            self.budget.spend_bytes(bytes.len() as u64).map_err(io::Error::other)?;
            let ratio = self.budget.check_ratio(length.load(Ordering::Relaxed), output);
            produced.implausible = produced.implausible.or(ratio.err());
            if !bytes.is_empty() && self.full.send(Ok(Chunk { bytes, hash })).is_err() {
                return Ok(());
            }
            if ended {
                break;
            }
        }
        drop(decoder);
        raw.finish()?;
        produced.blob = raw.into_inner().digest();
        Ok(())
    }
}

/// Fills a chunk; `true` at the end of the input. An error after some bytes comes again with the next read.
fn fill(input: &mut dyn Read, bytes: &mut Vec<u8>) -> io::Result<bool> {
    bytes.resize(CHUNK, 0);
    let mut filled = 0_usize;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => {
                bytes.truncate(filled);
                return Ok(true);
            }
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// The consumer's end.
pub(crate) struct Chunks {
    chunks: Receiver<io::Result<Chunk>>,
    empty: Sender<Vec<u8>>,
    current: Vec<u8>,
    at: usize,
    hasher: Option<Hasher>,
    hashed: bool,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Chunks {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.current.len() {
            if let Ok(received) = self.chunks.recv() {
                let Chunk { bytes, hash } = received?;
                if let (true, Some(hasher)) = (hash, &mut self.hasher) {
                    hasher.update(&bytes);
                    self.hashed = true;
                }
                let used = std::mem::replace(&mut self.current, bytes);
                // The producer may be done: then the chunk is freed.
                let _ = self.empty.send(used);
            } else {
                self.current.clear();
            }
            self.at = 0;
        }
        Ok(self.current.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.current.len());
    }
}

impl Input for Chunks {}
