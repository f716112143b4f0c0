//! Which files an extractor reads, as data, and the one matcher that all of them compile into.

use std::collections::HashMap;

use crate::Extractor;

/// A pattern for files. Names are compared as bytes, in their case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interest {
    /// The file has this name, in any directory.
    Name(&'static str),
    /// The name of the file ends like this.
    Suffix(&'static str),
    /// The path ends with these parts; `*` stands for any bytes within a part:
    /// `var/lib/dpkg/info/*.list`, `*.dist-info/METADATA`, `requirements*.txt`.
    Path(&'static str),
    /// The file starts with these bytes, whatever its name.
    Magic(&'static [u8]),
}

/// Position of an extractor in the list that a matcher was compiled from.
pub(crate) type ExtractorIndex = u16;

/// All interests of all extractors, asked once for each file.
#[derive(Debug, Default)]
pub struct Matcher {
    /// By whole name.
    names: HashMap<&'static [u8], Vec<Rule>>,
    /// By what follows the last dot of the name.
    extensions: HashMap<&'static [u8], Vec<Rule>>,
    /// By the name of the directory, where the name of the file has neither a fixed whole nor a fixed extension.
    directories: HashMap<&'static [u8], Vec<Rule>>,
    /// By the byte that the name starts with, where it has none of these.
    starts: HashMap<u8, Vec<Rule>>,
    /// The few patterns that have not even that.
    others: Vec<Rule>,
    magic: Vec<(&'static [u8], ExtractorIndex)>,
}

#[derive(Debug, Clone, Copy)]
struct Rule {
    extractor: ExtractorIndex,
    interest: Interest,
}

/// Extensions of files that are text or media in every ecosystem we know. A directory scan does not open them to look
/// for the first bytes of an executable: opening costs ten times more than walking.
const NEVER_BINARY: &[&str] = &[
    "a",
    "bat",
    "bib",
    "bmp",
    "c",
    "cc",
    "cfg",
    "cmake",
    "coffee",
    "conf",
    "cpp",
    "cs",
    "css",
    "csv",
    "cxx",
    "d",
    "deb",
    "eot",
    "erb",
    "exp",
    "f",
    "f90",
    "gif",
    "go",
    "gz",
    "h",
    "hh",
    "hpp",
    "hs",
    "htm",
    "html",
    "hxx",
    "inc",
    "ini",
    "ico",
    "ipynb",
    "java",
    "jpeg",
    "jpg",
    "js",
    "json",
    "json5",
    "jsonc",
    "jsx",
    "kt",
    "less",
    "lock",
    "log",
    "lua",
    "m4",
    "map",
    "markdown",
    "md",
    "mdx",
    "mjs",
    "cjs",
    "mo",
    "mts",
    "cts",
    "npy",
    "npz",
    "o",
    "otf",
    "patch",
    "pdf",
    "php",
    "pl",
    "pm",
    "png",
    "po",
    "pod",
    "pot",
    "properties",
    "proto",
    "ps1",
    "pth",
    "pxd",
    "py",
    "pyc",
    "pyi",
    "pyo",
    "pyx",
    "r",
    "rake",
    "rb",
    "rbi",
    "rbs",
    "rs",
    "rst",
    "sass",
    "scala",
    "scss",
    "sh",
    "snap",
    "sql",
    "styl",
    "svelte",
    "svg",
    "swift",
    "tcl",
    "tex",
    "tmpl",
    "toml",
    "ts",
    "tsv",
    "tsx",
    "ttf",
    "txt",
    "typed",
    "vue",
    "wasm",
    "webp",
    "woff",
    "woff2",
    "xml",
    "xsd",
    "xsl",
    "yaml",
    "yml",
    "zip",
    "jar",
    "whl",
    "list",
    "md5sums",
    "mp3",
    "mp4",
    "flow",
];

/// Names of files that are text in every ecosystem we know.
const NEVER_BINARY_NAMES: &[&str] = &[
    "AUTHORS",
    "CHANGELOG",
    "CHANGES",
    "CONTRIBUTING",
    "COPYING",
    "INSTALLER",
    "LICENCE",
    "LICENSE",
    "MANIFEST",
    "METADATA",
    "Makefile",
    "NOTICE",
    "PKG-INFO",
    "README",
    "RECORD",
    "REQUESTED",
    "WHEEL",
];

impl Matcher {
    /// Compiles the interests of these extractors.
    #[must_use]
    pub fn compile(extractors: &[&dyn Extractor]) -> Self {
        let mut matcher = Self::default();
        for (position, extractor) in extractors.iter().enumerate() {
            let Ok(position) = ExtractorIndex::try_from(position) else { break };
            for &interest in extractor.interest() {
                matcher.add(Rule { extractor: position, interest });
            }
        }
        matcher
    }

    fn add(&mut self, rule: Rule) {
        let name = match rule.interest {
            Interest::Magic(bytes) => return self.magic.push((bytes, rule.extractor)),
            Interest::Name(name) => name,
            Interest::Suffix(suffix) => {
                return match suffix.rsplit_once('.') {
                    Some((_, extension)) => self.extensions.entry(extension.as_bytes()).or_default().push(rule),
                    None => self.others.push(rule),
                };
            }
            Interest::Path(path) => path.rsplit_once('/').map_or(path, |(_, name)| name),
        };
        match name.rsplit_once('.') {
            _ if !name.contains('*') => self.names.entry(name.as_bytes()).or_default().push(rule),
            Some((_, extension)) if !extension.contains('*') => {
                self.extensions.entry(extension.as_bytes()).or_default().push(rule);
            }
            _ => match parent(&rule) {
                Some(directory) => self.directories.entry(directory.as_bytes()).or_default().push(rule),
                None if !name.starts_with('*') => {
                    let first = name.bytes().next().unwrap_or_default();
                    self.starts.entry(first).or_default().push(rule);
                }
                None => self.others.push(rule),
            },
        }
    }

    /// The extractors that read the file at this path, sorted, by path alone.
    pub(crate) fn by_path(&self, path: &[u8]) -> Vec<ExtractorIndex> {
        let mut parts = path.rsplit(|&byte| byte == b'/');
        let name = parts.next().unwrap_or_default();
        let extension = extension(name);
        let by_directory = parts.next().and_then(|directory| self.directories.get(directory)).into_iter().flatten();
        let by_name = self.names.get(name).into_iter().flatten();
        let by_extension = extension.and_then(|extension| self.extensions.get(extension)).into_iter().flatten();
        let by_start = name.first().and_then(|first| self.starts.get(first)).into_iter().flatten();
        let mut found: Vec<ExtractorIndex> = by_name
            .chain(by_extension)
            .chain(by_directory)
            .chain(by_start)
            .chain(&self.others)
            .filter(|rule| rule.matches(path, name))
            .map(|rule| rule.extractor)
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The extractors that read a file with these first bytes, sorted.
    pub(crate) fn by_head(&self, head: &[u8]) -> Vec<ExtractorIndex> {
        let mut found: Vec<ExtractorIndex> =
            self.magic.iter().filter(|(bytes, _)| head.starts_with(bytes)).map(|(_, extractor)| *extractor).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether the first bytes of a file with this path are worth a look.
    pub(crate) fn may_be_binary(&self, path: &[u8]) -> bool {
        if self.magic.is_empty() {
            return false;
        }
        let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        match extension(name) {
            Some(extension) => {
                let mut lower = [0_u8; 12];
                let Some(lower) = lower.get_mut(..extension.len()) else { return true };
                lower.copy_from_slice(extension);
                lower.make_ascii_lowercase();
                !NEVER_BINARY.iter().any(|never| never.as_bytes() == lower)
            }
            None => !NEVER_BINARY_NAMES.iter().any(|never| never.as_bytes() == name),
        }
    }
}

/// The name of the directory that a pattern is about, when it is a fixed one.
fn parent(rule: &Rule) -> Option<&'static str> {
    let Interest::Path(path) = rule.interest else { return None };
    path.rsplit('/').nth(1).filter(|directory| !directory.contains('*'))
}

fn extension(name: &[u8]) -> Option<&[u8]> {
    let dot = name.iter().rposition(|&byte| byte == b'.')?;
    name.get(dot.saturating_add(1)..)
}

impl Rule {
    fn matches(&self, path: &[u8], name: &[u8]) -> bool {
        match self.interest {
            Interest::Name(_) => true,
            Interest::Suffix(suffix) => name.ends_with(suffix.as_bytes()),
            Interest::Path(pattern) => path_matches(pattern.as_bytes(), path),
            Interest::Magic(_) => false,
        }
    }
}

/// Whether the last parts of `path` match the parts of `pattern`, one by one.
fn path_matches(pattern: &[u8], path: &[u8]) -> bool {
    let mut parts = path.rsplit(|&byte| byte == b'/');
    pattern.rsplit(|&byte| byte == b'/').all(|pattern| parts.next().is_some_and(|part| part_matches(pattern, part)))
}

/// Whether a part matches a pattern of literals and `*`, in linear time: each literal is taken at its first place, the
/// last at the end.
fn part_matches(pattern: &[u8], part: &[u8]) -> bool {
    let mut literals = pattern.split(|&byte| byte == b'*');
    let first = literals.next().unwrap_or_default();
    let Some(mut rest) = part.strip_prefix(first) else { return false };
    let mut literals = literals.peekable();
    if literals.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(literal) = literals.next() {
        if literals.peek().is_none() {
            return rest.ends_with(literal);
        }
        let Some(at) = find(rest, literal) else { return false };
        rest = rest.get(at.saturating_add(literal.len())..).unwrap_or_default();
    }
    true
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_stars() {
        for (pattern, path, want) in [
            ("var/lib/dpkg/status", "rootfs/var/lib/dpkg/status", true),
            ("var/lib/dpkg/status", "avar/lib/dpkg/status", false),
            ("requirements*.txt", "a/requirements-dev.txt", true),
            ("requirements*.txt", "a/requirements.txt", true),
            ("*.dist-info/METADATA", "site/x-1.dist-info/METADATA", true),
            ("*.dist-info/METADATA", "METADATA", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxcyyb", false),
        ] {
            assert_eq!(path_matches(pattern.as_bytes(), path.as_bytes()), want, "{pattern} {path}");
        }
    }
}
