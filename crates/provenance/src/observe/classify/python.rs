//! Packages of Python, by the lists of files that they keep in `site-packages`.
//! <https://packaging.python.org/en/latest/specifications/recording-installed-packages/>

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_model::Purl;

use super::Belongs;
use super::packages::{belongs, is_named, read};

/// More packages than this in one directory are not looked at.
const MAX_PACKAGES: usize = 10_000;

/// What the directories with packages hold.
#[derive(Debug, Default)]
pub(super) struct Python {
    /// The name and version of the package that each file is of, by the directory.
    directories: HashMap<PathBuf, HashMap<PathBuf, (String, String)>>,
}

impl Python {
    /// The package that a file is of.
    pub(super) fn of(&mut self, path: &Path) -> Option<Belongs> {
        let named = |ancestor: &&Path| ancestor.file_name().is_some_and(|name| name == "site-packages");
        let directory = path.ancestors().skip(1).find(named)?;
        let packages = self.directories.entry(directory.to_owned()).or_insert_with(|| index(directory));
        let inside = path.strip_prefix(directory).ok()?;
        let (name, version) = packages.get(inside).or_else(|| packages.get(&source(inside)?))?;
        belongs(Purl::new("pypi", name, version).ok()?, directory, path)
    }
}

/// What was compiled belongs to what it was compiled from: `a/__pycache__/b.cpython-312.pyc` to `a/b.py`.
pub(super) fn source(path: &Path) -> Option<PathBuf> {
    let cache = path.parent()?;
    if cache.file_name()? != "__pycache__" || path.extension()? != "pyc" {
        return None;
    }
    let name = path.file_name()?.to_str()?.split('.').next()?;
    Some(cache.parent()?.join(format!("{name}.py")))
}

fn index(directory: &Path) -> HashMap<PathBuf, (String, String)> {
    let mut files = HashMap::new();
    let Ok(entries) = fs::read_dir(directory) else { return files };
    for entry in entries.take(MAX_PACKAGES).filter_map(Result::ok) {
        let name = entry.file_name();
        let described = is_named(&name, ".dist-info").then(|| name.to_str()).flatten();
        let described = described.and_then(|name| name.strip_suffix(".dist-info")?.rsplit_once('-'));
        let Some((package, version)) = described else { continue };
        let record = read(&entry.path().join("RECORD")).unwrap_or_default();
        for line in String::from_utf8_lossy(&record).lines() {
            files.insert(PathBuf::from(first_field(line)), (package.to_owned(), version.to_owned()));
        }
    }
    files
}

/// The first field of a line of CSV.
fn first_field(line: &str) -> String {
    match line.strip_prefix('"') {
        Some(quoted) => quoted.split("\",").next().unwrap_or_default().replace("\"\"", "\""),
        None => line.split(',').next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_sources() {
        assert_eq!(first_field("a/b.py,sha256=x,12"), "a/b.py");
        assert_eq!(first_field("\"a,\"\"b.py\",sha256=x,12"), "a,\"b.py");
        assert_eq!(source(Path::new("a/__pycache__/b.cpython-312.pyc")), Some("a/b.py".into()));
        assert_eq!(source(Path::new("a/b.pyc")), None);
    }
}
