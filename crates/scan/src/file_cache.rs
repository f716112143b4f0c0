//! The layer cache as a directory.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use plimsoll_extract::LayerCache;
use sha2::{Digest as _, Sha256};

/// The layout of the directory and of the records in it.
const LAYOUT: &str = "layers-1";
/// Records over this are neither read nor written: a layer that has more facts is read again.
const LONGEST: u64 = 256 << 20;
/// Length of the digest that ends a record.
const DIGEST: usize = 32;

/// Records of layers in a directory: one file each, written whole under another name and then given its own, so that any
/// number of scans may use one directory at once. The directory may be deleted at any time. Whoever may write to it can
/// change what scans find, so it should belong to whoever runs them.
#[derive(Debug)]
pub struct FileCache {
    directory: PathBuf,
    program: String,
}

impl FileCache {
    /// Uses a directory, which is made when it is not there. Records of another build of the running program are not used.
    ///
    /// # Errors
    /// The directory cannot be made, or the running program cannot be read.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let directory = directory.join(LAYOUT);
        fs::create_dir_all(&directory)?;
        Ok(Self { directory, program: program()? })
    }

    /// Names the program that records are of.
    #[must_use]
    pub fn program(&self) -> &str {
        &self.program
    }

    fn path(&self, key: &str) -> PathBuf {
        let shelf = key.get(..2).unwrap_or("__");
        self.directory.join(shelf).join(key)
    }

    fn write(&self, key: &str, record: &[u8]) -> io::Result<()> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let path = self.path(key);
        let shelf = path.parent().unwrap_or(&self.directory);
        fs::create_dir_all(shelf)?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let draft = shelf.join(format!(".{key}.{}.{number}", std::process::id()));
        // Facts hold what files hold, passwords in lockfiles included.
        let written =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).and_then(|mut file| {
                file.write_all(record)?;
                file.write_all(&Sha256::digest(record))
            });
        let placed = written.and_then(|()| fs::rename(&draft, &path));
        if placed.is_err() {
            let _ = fs::remove_file(&draft);
        }
        placed
    }
}

/// The digest of the running program: what extractors find depends on all of it.
fn program() -> io::Result<String> {
    let mut program = fs::File::open(std::env::current_exe()?)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        match program.read(&mut buffer)? {
            0 => break,
            count => hasher.update(buffer.get(..count).unwrap_or_default()),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

impl LayerCache for FileCache {
    fn load(&self, key: &str) -> Option<Vec<u8>> {
        let mut record = Vec::new();
        let file = fs::File::open(self.path(key)).ok()?;
        file.take(LONGEST.saturating_add(1)).read_to_end(&mut record).ok()?;
        if record.len() as u64 > LONGEST {
            return None;
        }
        let end = record.len().checked_sub(DIGEST)?;
        let whole = record.split_at_checked(end).is_some_and(|(held, digest)| *Sha256::digest(held) == *digest);
        record.truncate(end);
        whole.then_some(record)
    }

    fn store(&self, key: &str, record: &[u8]) {
        if record.len().saturating_add(DIGEST) as u64 > LONGEST {
            return;
        }
        if let Err(error) = self.write(key, record) {
            tracing::warn!("the layer cache could not be written: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(name: &str) -> FileCache {
        let directory = std::env::temp_dir().join(format!("plimsoll-file-cache-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        FileCache::open(&directory).unwrap()
    }

    #[test]
    fn what_is_stored_is_loaded() {
        let cache = cache("stored");
        assert_eq!(cache.load("abcd"), None);
        cache.store("abcd", b"facts");
        assert_eq!(cache.load("abcd"), Some(b"facts".to_vec()));
        cache.store("abcd", b"");
        assert_eq!(cache.load("abcd"), Some(Vec::new()));
        let names: Vec<_> =
            fs::read_dir(cache.directory.join("ab")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["abcd"], "no draft is left");
        let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(cache.path("abcd")).unwrap());
        assert_eq!(mode & 0o077, 0, "nobody else reads it");
    }

    #[test]
    fn a_damaged_record_is_none() {
        let cache = cache("damaged");
        cache.store("abcd", b"facts of a layer");
        let path = cache.path("abcd");
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, &damaged).unwrap();
            assert_eq!(cache.load("abcd"), None, "byte {at}");
            fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(cache.load("abcd"), None, "cut at {at}");
        }
    }
}
