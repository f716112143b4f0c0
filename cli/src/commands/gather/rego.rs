//! Files in Rego that are named beside a policy.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_policy::Policy;

use super::material::{Material, Role};
use crate::failure::Failure;
use crate::input;

/// The part of a material that is a document below `data`.
const DATA: &str = "data";
/// Directories within each other that are looked into.
const DEPTH: usize = 16;
/// Files that are read.
const FILES: usize = 1000;

/// Reads files, and those of directories: `*.rego` without tests of them, and `*.json` as documents.
pub(super) fn read(paths: &[PathBuf], materials: &mut Vec<Material>) -> Result<(), Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut within = Vec::new();
        of_directory(path, DEPTH, &mut within)?;
        if !within.iter().any(|file| has_ending(file, "rego")) {
            return Err(Failure::usage(format!("{}: it has no files in Rego", path.display())));
        }
        files.append(&mut within);
    }
    for file in files {
        let material = Material::bytes_of(Role::Rego, file.display().to_string(), input::text(&file)?.into_bytes());
        materials.push(if has_ending(&file, "json") { material.with("part", DATA) } else { material });
    }
    Ok(())
}

/// Puts the rules of such files into a policy.
pub(super) fn add(policy: &mut Policy, materials: &[Material]) -> Result<(), Failure> {
    let (mut files, mut data) = (Vec::new(), Vec::new());
    for file in materials.iter().filter(|file| file.role == Role::Rego) {
        let list = if file.detail("part") == Some(DATA) { &mut data } else { &mut files };
        list.push((file.name.clone(), file.text()?));
    }
    if files.is_empty() && data.is_empty() {
        return Ok(());
    }
    policy.add_rego(files, data).map_err(Failure::usage)
}

fn of_directory(directory: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::failed(anyhow::Error::new(error).context(format!("cannot read {}", directory.display())))
    };
    let entries = fs::read_dir(directory).and_then(Iterator::collect::<std::io::Result<Vec<_>>>).map_err(failed)?;
    let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    for path in paths {
        let is_test = path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("_test"));
        // What a link leads to may be above it.
        let is_link = path.is_symlink() && path.is_dir();
        if path.is_dir() && !is_link {
            let depth = depth.checked_sub(1);
            let depth = depth.ok_or_else(|| Failure::usage(format!("{}: it is too deep", path.display())))?;
            of_directory(&path, depth, files)?;
        } else if !is_link && (has_ending(&path, "json") || (has_ending(&path, "rego") && !is_test)) {
            files.push(path);
        }
        if files.len() > FILES {
            return Err(Failure::usage(format!("{}: more than {FILES} files", directory.display())));
        }
    }
    Ok(())
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|extension| extension == ending)
}
