//! Reading a blob on a thread of its own, so that the thread that hashes or decompresses it does nothing else.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};

use plimsoll_model::Digest;

use crate::compression::Compression;
use crate::hashing::Hasher;

/// Small enough to stay in the cache of a core on its way.
const CHUNK: usize = 256 << 10;
/// Chunks on their way.
const IN_FLIGHT: usize = 2;

/// The end of the reading thread that is read from.
pub(super) struct ReadAhead<'scope> {
    full: Receiver<io::Result<Vec<u8>>>,
    empty: Sender<Vec<u8>>,
    current: Vec<u8>,
    at: usize,
    reader: ScopedJoinHandle<'scope, Option<Digest>>,
}

impl<'scope> ReadAhead<'scope> {
    /// Starts reading. A compressed blob is hashed on the way; the digest of a raw one is left to whoever hashes its
    /// content, which is the same bytes.
    pub(super) fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        raw: impl Read + Send + 'scope,
        hasher: Option<Hasher>,
    ) -> io::Result<Self> {
        let (sender, full) = sync_channel(IN_FLIGHT);
        let (empty, recycled) = channel();
        let reader =
            Builder::new().name("read".into()).spawn_scoped(scope, move || read(raw, hasher, &sender, &recycled))?;
        Ok(Self { full, empty, current: Vec::new(), at: 0, reader })
    }

    /// The first bytes, which stay to be read.
    pub(super) fn head(&mut self) -> io::Result<&[u8]> {
        self.refill()?;
        Ok(self.current.get(self.at..).unwrap_or_default())
    }

    /// The next bytes, as they were read; `None` at the end. Not to be mixed with reading.
    pub(super) fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.refill()?;
        self.at = 0;
        Ok(Some(std::mem::take(&mut self.current)).filter(|chunk| !chunk.is_empty()))
    }

    /// Gives a chunk back to be filled again.
    pub(super) fn recycle(&self, used: Vec<u8>) {
        // One without room is no use. The reader may be done: then the chunk is freed.
        if used.capacity() > 0 {
            let _ = self.empty.send(used);
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        if self.at < self.current.len() {
            return Ok(());
        }
        if let Ok(received) = self.full.recv() {
            let used = std::mem::replace(&mut self.current, received?);
            self.recycle(used);
        } else {
            self.current.clear();
        }
        self.at = 0;
        Ok(())
    }

    /// The digest of a compressed blob that was read to its end.
    pub(super) fn digest(self) -> Option<Digest> {
        let Self { full, reader, .. } = self;
        // The reader ends when nobody listens.
        drop(full);
        reader.join().ok().flatten()
    }
}

fn read(
    mut raw: impl Read,
    mut hasher: Option<Hasher>,
    full: &SyncSender<io::Result<Vec<u8>>>,
    recycled: &Receiver<Vec<u8>>,
) -> Option<Digest> {
    let mut first = true;
    loop {
        let mut chunk = recycled.try_recv().unwrap_or_default();
        chunk.resize(CHUNK, 0);
        let outcome = fill(&mut raw, &mut chunk);
        if let Err(error) = outcome {
            // Nobody may be listening any more: then nobody cares.
            let _ = full.send(Err(error));
            return None;
        }
        if std::mem::take(&mut first) && Compression::detect(&chunk) == Compression::None {
            hasher = None;
        }
        if chunk.is_empty() {
            return hasher.and_then(Hasher::finish);
        }
        if let Some(hasher) = &mut hasher {
            hasher.update(&chunk);
        }
        full.send(Ok(chunk)).ok()?;
    }
}

/// Fills the chunk, or cuts it where the input ends.
fn fill(raw: &mut impl Read, chunk: &mut Vec<u8>) -> io::Result<()> {
    let mut filled = 0_usize;
    while let Some(rest) = chunk.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match raw.read(rest) {
            Ok(0) => break,
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    chunk.truncate(filled);
    Ok(())
}

impl Read for ReadAhead<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.refill()?;
        let count = self.current.get(self.at..).unwrap_or_default().read(buffer)?;
        self.at = self.at.saturating_add(count);
        Ok(count)
    }
}
