//! Where a document goes. A file is written whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A place for a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Stdout,
    File(PathBuf),
}

impl Target {
    /// The target for one of several platforms: `{os}-{arch}` in the path is replaced.
    pub(crate) fn for_platform(&self, platform: Option<&str>) -> Self {
        match (self, platform) {
            (Self::File(path), Some(platform)) => {
                Self::File(PathBuf::from(path.to_string_lossy().replace("{os}-{arch}", platform)))
            }
            (target, _) => target.clone(),
        }
    }

    /// Writes by `write`, through a temporary file beside the target that takes its name once it is complete. What is no
    /// regular file (a pipe, a device) is written to directly.
    pub(crate) fn write<E: From<io::Error>>(
        &self,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Self::Stdout => {
                let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
                write(&mut out)?;
                Ok(out.flush()?)
            }
            Self::File(path) => match fs::metadata(path) {
                Ok(metadata) if !metadata.is_file() => write_to(File::options().write(true).open(path)?, write),
                _ => write_whole(path, write),
            },
        }
    }
}

fn write_whole<E: From<io::Error>>(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<(), E>) -> Result<(), E> {
    let name =
        path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "output has no file name"))?;
    // Through a link, so that the link stays one.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.partial", std::process::id()));
    let partial = path.with_file_name(hidden);
    let file = File::options().write(true).create_new(true).open(&partial)?;
    let outcome = write_to(file, write).and_then(|()| Ok(fs::rename(&partial, &path)?));
    if outcome.is_err() {
        drop(fs::remove_file(&partial));
    }
    outcome
}

fn write_to<E: From<io::Error>>(file: File, write: impl FnOnce(&mut dyn Write) -> Result<(), E>) -> Result<(), E> {
    let mut out = BufWriter::with_capacity(1 << 16, file);
    write(&mut out)?;
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let directory = std::env::temp_dir().join(format!("plimsoll-output-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("sbom.json");
        let target = Target::File(path.clone());
        target.write(|out| out.write_all(b"old")).unwrap();
        let failed = target.write(|out| {
            out.write_all(b"half")?;
            Err(io::Error::other("no"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
        fs::remove_dir_all(&directory).unwrap();
    }
}
