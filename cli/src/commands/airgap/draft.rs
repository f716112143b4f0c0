//! A folder that is being packed: it gets its name when it is whole, and is gone when that fails.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use plimsoll_verify::airgap::FilePath;

use crate::failure::Failure;

/// A folder without its name.
pub(super) struct Draft {
    partial: PathBuf,
    target: PathBuf,
    is_finished: bool,
}

/// Directories in directories that are packed.
const MOST_DEPTH: usize = 24;

impl Draft {
    /// Begins a folder beside the place where it will be.
    pub(super) fn begin(target: &Path) -> Result<Self, Failure> {
        let shown = target.display();
        let name = target.file_name().ok_or_else(|| Failure::usage(format!("{shown} is no name for a folder")))?;
        if target.symlink_metadata().is_ok() {
            return Err(Failure::usage(format!("{shown} is there already")).hint("name another folder, or remove it"));
        }
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.partial", std::process::id()));
        let partial = target.with_file_name(hidden);
        fs::create_dir(&partial).map_err(|error| failed(&partial, error))?;
        Ok(Self { partial, target: target.to_owned(), is_finished: false })
    }

    pub(super) fn path(&self) -> &Path {
        &self.partial
    }

    /// Writes a file that is not there yet.
    pub(super) fn write(&self, path: &FilePath, content: &[u8]) -> Result<(), Failure> {
        let full = self.place(path)?;
        let written =
            File::options().write(true).create_new(true).open(&full).and_then(|mut file| file.write_all(content));
        written.map_err(|error| failed(&full, error))
    }

    /// Takes a file into a directory of the folder, under its own name.
    pub(super) fn take(&self, file: &Path, directory: &str) -> Result<FilePath, Failure> {
        let path = inside(directory, file)?;
        self.copy(file, &path)?;
        Ok(path)
    }

    /// Takes a file, or a directory with all that is in it: the content, not the name.
    pub(super) fn take_all(&self, from: &Path, directory: &str) -> Result<Vec<FilePath>, Failure> {
        if !fs::metadata(from).map_err(|error| failed(from, error))?.is_dir() {
            return Ok(vec![self.take(from, directory)?]);
        }
        let mut taken = Vec::new();
        let mut pending = vec![(from.to_owned(), directory.to_owned(), 0_usize)];
        while let Some((from, below, depth)) = pending.pop() {
            let entries = fs::read_dir(&from).and_then(Iterator::collect::<io::Result<Vec<_>>>);
            for entry in entries.map_err(|error| failed(&from, error))? {
                let path = entry.path();
                let kind = entry.file_type().map_err(|error| failed(&path, error))?;
                if kind.is_file() {
                    taken.push(self.take(&path, &below)?);
                } else if kind.is_dir() && depth < MOST_DEPTH {
                    pending.push((path.clone(), inside(&below, &path)?.to_string(), depth.saturating_add(1)));
                } else {
                    let error = anyhow::anyhow!("{}: only files and directories are packed", path.display());
                    return Err(Failure::failed(error).hint("a link would lead to something that nobody signs"));
                }
            }
        }
        taken.sort();
        Ok(taken)
    }

    fn copy(&self, file: &Path, path: &FilePath) -> Result<(), Failure> {
        let full = self.place(path)?;
        let mut from = File::open(file).map_err(|error| failed(file, error))?;
        if !from.metadata().map_err(|error| failed(file, error))?.is_file() {
            return Err(Failure::failed(anyhow::anyhow!("{} is no file", file.display())));
        }
        let mut to = File::options().write(true).create_new(true).open(&full).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Failure::usage(format!("two files would be {path} in the folder")),
            _ => failed(&full, error),
        })?;
        io::copy(&mut from, &mut to).map_err(|error| failed(file, error))?;
        Ok(())
    }

    fn place(&self, path: &FilePath) -> Result<PathBuf, Failure> {
        let full = self.partial.join(path.as_str());
        let directory = full.parent().unwrap_or(&self.partial);
        fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
        Ok(full)
    }

    /// Gives the folder its name.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        fs::rename(&self.partial, &self.target).map_err(|error| failed(&self.target, error))?;
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_finished {
            drop(fs::remove_dir_all(&self.partial));
        }
    }
}

/// What a file is called in a directory of the folder.
pub(super) fn inside(directory: &str, file: &Path) -> Result<FilePath, Failure> {
    let name = file.file_name().and_then(|name| name.to_str());
    let path = name.and_then(|name| FilePath::new(format!("{directory}/{name}")).ok());
    path.ok_or_else(|| Failure::usage(format!("{}: no file of a folder may have such a name", file.display())))
}

fn failed(path: &Path, error: io::Error) -> Failure {
    Failure::failed(anyhow::Error::new(error).context(path.display().to_string()))
}
