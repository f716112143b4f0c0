//! The database of Portage: one directory of small files a package, `var/db/pkg/CATEGORY/NAME-VERSION`.
//! <https://projects.gentoo.org/pms/8/pms.html>, `portage(5)`
//!
//! - `CONTENTS` is there for each package, if only empty; name and version come from the directory (PMS §3.2).
//! - Dependencies are as the ebuild has them, with USE conditions already decided by Portage where it can. What is
//!   installed of an any-of group (`|| ( a b )`) gets an edge, whichever it is. `!x` is a blocker.
//! - `RDEPEND`, `PDEPEND` and `IDEPEND` hold at run time, `DEPEND` and `BDEPEND` while building.

use std::collections::BTreeMap;

use plimsoll_extract::prelude::*;

use crate::annotate::{self, ORIGIN, text};
use crate::control::split_line;
use crate::relations::{self, Relations};

/// Reads the database of Portage.
pub(in crate::formats) struct Portage;

const PLACE: &str = "var/db/pkg";

/// Longer files of one value are made to fill memory.
const MAX_VALUE: usize = 1 << 20;

impl Extractor for Portage {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/portage")
    }

    fn about(&self) -> About {
        About {
            title: "Portage database (Gentoo)",
            specification: "https://projects.gentoo.org/pms/8/pms.html",
            facts: &[Fact::Edges, Fact::Scope, Fact::License, Fact::SourceUrl, Fact::OwnedFiles],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("var/db/pkg/*/*/CONTENTS"),
            Interest::Path("var/db/pkg/*/*/LICENSE"),
            Interest::Path("var/db/pkg/*/*/RDEPEND"),
            Interest::Path("var/db/pkg/*/*/PDEPEND"),
            Interest::Path("var/db/pkg/*/*/IDEPEND"),
            Interest::Path("var/db/pkg/*/*/DEPEND"),
            Interest::Path("var/db/pkg/*/*/BDEPEND"),
            Interest::Path("var/db/pkg/*/*/SLOT"),
            Interest::Path("var/db/pkg/*/*/repository"),
            Interest::Path("var/db/pkg/*/*/HOMEPAGE"),
            Interest::Path("var/db/pkg/*/*/DESCRIPTION"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        if file.path().name() != b"CONTENTS" {
            if bytes.len() > MAX_VALUE {
                out.diagnose(DiagnosticCode::TOO_LARGE, 0, "only the first MiB of the value is read");
            }
            out.keep(bytes.get(..MAX_VALUE).unwrap_or(&bytes).trim_ascii());
            return Ok(());
        }
        out.rooted_at(PLACE);
        let mut parts = file.path().parent().rsplit(|&byte| byte == b'/');
        let (package, category) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        // `-MERGING-name-1`: being installed when the image was made.
        if package.starts_with(b"-MERGING-") {
            return Ok(());
        }
        let Some((name, version)) = split_version(package) else {
            let message = format!("no version in {:?}; package left out", String::from_utf8_lossy(package));
            out.malformed_entry(0, message);
            return Ok(());
        };
        let lossy = String::from_utf8_lossy;
        let purl = Purl::builder("ebuild", lossy(name)).namespace(lossy(category)).version(lossy(version));
        let Some(purl) = out.purl(purl, 0) else { return Ok(()) };
        let component = out.component(Component::from_purl(purl), 0);
        let mut rest = &*bytes;
        while let Some((line, after)) = split_line(rest) {
            rest = after;
            if let Some(path) = owned_path(line) {
                out.owns(component, path);
            }
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut values: BTreeMap<Vec<u8>, Vec<FileHandle>> = BTreeMap::new();
        for file in files.files() {
            let Some(path) = files.path(file) else { continue };
            if path.name() != b"CONTENTS" {
                values.entry(path.parent().to_vec()).or_default().push(file);
            }
        }
        for contents in files.named("CONTENTS") {
            let Some(package) = files.components(contents).next().map(|(handle, _)| handle) else { continue };
            let Some(directory) = files.path(contents).map(|path| path.parent().to_vec()) else { continue };
            let relations = complete(files, package, &directory, values.get(&directory).map_or(&[], Vec::as_slice));
            if let Some(mut sink) = files.sink(contents) {
                sink.keep(relations.into_kept());
            }
        }
        relations::link(files, b"", |path| {
            let root = path.rsplitn(4, |&byte| byte == b'/').nth(3)?;
            path.ends_with(b"/CONTENTS").then(|| root.to_vec())
        });
    }
}

/// Puts what the other files of a package say into its component, and gives its relations.
fn complete(files: &mut Resolver<'_>, package: Handle, directory: &[u8], values: &[FileHandle]) -> Relations {
    let mut relations = Relations::default();
    let mut parts = directory.rsplit(|&byte| byte == b'/');
    let (full, category) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if let Some((name, _)) = split_version(full) {
        relations.name(&[category, b"/", name].concat());
    }
    for &file in values {
        let kept = files.take_kept(file);
        let Some(path) = files.path(file).cloned() else { continue };
        let Some(component) = files.get_mut(package) else { continue };
        match path.name() {
            b"LICENSE" => annotate::license(component, text(&kept).map(|text| expression(&text))),
            b"DESCRIPTION" => component.description = text(&kept).map(Into::into),
            b"HOMEPAGE" => {
                let urls = kept.split(u8::is_ascii_whitespace).filter_map(text);
                urls.take(8).for_each(|url| annotate::refer(component, ReferenceKind::Website, Some(url)));
            }
            b"SLOT" => annotate::property(component, "plimsoll:os:slot", text(&kept).filter(|slot| slot != "0")),
            b"repository" => annotate::property(component, ORIGIN, text(&kept)),
            b"RDEPEND" | b"PDEPEND" | b"IDEPEND" => atoms(&kept).for_each(|name| relations.need(name, Scope::Runtime)),
            b"DEPEND" | b"BDEPEND" => atoms(&kept).for_each(|name| relations.need(name, Scope::Build)),
            _ => {}
        }
    }
    relations
}

/// The path of a line: `obj PATH MD5 MTIME`, `sym PATH -> TARGET MTIME`. Paths may hold spaces.
fn owned_path(line: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = line.strip_prefix(b"obj ") {
        return rest.rsplitn(3, |&byte| byte == b' ').nth(2);
    }
    let rest = line.strip_prefix(b"sym ")?;
    memchr::memmem::find(rest, b" -> ").and_then(|end| rest.get(..end))
}

/// `NAME-VERSION[-rREVISION]` (PMS §3.2): the version starts after the last hyphen that a digit follows.
fn split_version(package: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = package.len();
    loop {
        at = package.get(..at)?.iter().rposition(|&byte| byte == b'-')?;
        let after = package.get(at.saturating_add(1)..)?;
        if after.first().is_some_and(u8::is_ascii_digit) {
            return Some((package.get(..at).filter(|name| !name.is_empty())?, after));
        }
    }
}

/// The packages that a dependency names, `category/name`, without operators, versions, slots and USE flags.
fn atoms(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(u8::is_ascii_whitespace).filter_map(|word| {
        let bare = word.strip_prefix(b"(").unwrap_or(word);
        let atom = bare.trim_ascii_start();
        if atom.starts_with(b"!") || atom.ends_with(b"?") || !atom.contains(&b'/') {
            return None;
        }
        let operators = atom.iter().take_while(|byte| matches!(byte, b'<' | b'>' | b'=' | b'~')).count();
        let name = atom.get(operators..)?;
        let end = name.iter().position(|byte| matches!(byte, b':' | b'[')).unwrap_or(name.len());
        let name = name.get(..end)?;
        if operators == 0 { Some(name) } else { split_version(name).map(|(name, _)| name) }
    })
}

/// Portage's licence string as an expression: words one after the other must all hold, `|| ( … )` is any of them.
fn expression(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.iter().any(|word| matches!(*word, "||" | "(" | ")") || word.ends_with('?')) {
        return text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    words.join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_start_at_a_digit() {
        let split = |text: &'static str| {
            let (name, version) = split_version(text.as_bytes())?;
            Some(format!("{}|{}", String::from_utf8_lossy(name), String::from_utf8_lossy(version)))
        };
        assert_eq!(split("gtk+-3.24.41-r1").as_deref(), Some("gtk+|3.24.41-r1"));
        assert_eq!(split("font-adobe-100dpi-1.0.4").as_deref(), Some("font-adobe-100dpi|1.0.4"));
        assert_eq!(split("nothing"), None);
    }

    #[test]
    fn atoms_are_bare() {
        let text =
            b">=dev-libs/openssl-1.1:0=[-bindist(-)] || ( app/a app/b ) flag? ( x/y ) !!old/z ~sys/lib-2-r1 =c/d-1*";
        let found: Vec<_> = atoms(text).map(String::from_utf8_lossy).collect();
        assert_eq!(found, ["dev-libs/openssl", "app/a", "app/b", "x/y", "sys/lib", "c/d"]);
    }
}
