//! The paragraphs of `status` and `status.d/*`.

use std::borrow::Cow;

use plimsoll_extract::prelude::*;

use super::PLACE;
use crate::control::{Paragraph, Paragraphs, relation_names};
use crate::faults::Faults;
use crate::relations::Relations as Links;

/// Longer relation fields are left out: real ones are below 20 KiB.
const MAX_RELATION: usize = 1 << 20;

/// Longer text is cut.
const MAX_TEXT: usize = 1 << 10;

/// The fields of one paragraph that are of use.
#[derive(Default)]
struct Fields<'a> {
    name: &'a [u8],
    version: &'a [u8],
    architecture: &'a [u8],
    status: Option<&'a [u8]>,
    source: &'a [u8],
    maintainer: &'a [u8],
    homepage: &'a [u8],
    description: &'a [u8],
    depends: &'a [u8],
    pre_depends: &'a [u8],
    provides: &'a [u8],
}

impl<'a> Fields<'a> {
    fn read(paragraph: &Paragraph<'a>) -> Self {
        let mut fields = Self::default();
        for (name, value) in paragraph.fields() {
            match name.to_ascii_lowercase().as_slice() {
                b"package" => fields.name = value,
                b"version" => fields.version = value,
                b"architecture" => fields.architecture = value,
                b"status" => fields.status = Some(value),
                b"source" => fields.source = value,
                b"maintainer" => fields.maintainer = value,
                b"homepage" => fields.homepage = value,
                b"description" => fields.description = value,
                b"depends" => fields.depends = value,
                b"pre-depends" => fields.pre_depends = value,
                b"provides" => fields.provides = value,
                _ => {}
            }
        }
        fields
    }

    /// The third word of `Status: want flag state`; files below `status.d` have no such field.
    fn state(&self) -> &'a [u8] {
        let words = |status: &'a [u8]| status.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        self.status.map_or(b"installed", |status| words(status).nth(2).unwrap_or_default())
    }
}

/// Emits the packages that are there, and keeps for each what it needs and provides ([`Relations`]).
pub(super) fn read(bytes: &[u8], out: &mut Sink<'_>) {
    out.rooted_at(PLACE);
    let mut kept = Vec::new();
    let mut faults = Faults::default();
    for paragraph in Paragraphs::new(bytes) {
        let fields = Fields::read(&paragraph);
        let state = fields.state();
        match state {
            b"config-files" | b"half-installed" | b"not-installed" => continue,
            b"installed" | b"unpacked" | b"half-configured" | b"triggers-awaited" | b"triggers-pending" => {}
            // A word that dpkg does not write does not prove that the package is gone.
            _ => faults.entry(
                out,
                Span::Line(paragraph.line),
                "status is not one that dpkg knows; package taken as installed",
            ),
        }
        let Some(component) = component(&fields, paragraph.line, &mut faults, out) else { continue };
        out.component(component, paragraph.line);
        for (field, end) in [(fields.pre_depends, b','), (fields.depends, PARTS), (fields.provides, RECORDS)] {
            if field.len() > MAX_RELATION {
                faults.entry(out, Span::Line(paragraph.line), "a relation field is too long; it gives no edges");
            } else {
                kept.extend(field.iter().map(|&byte| if byte < b' ' { b' ' } else { byte }));
            }
            kept.push(end);
        }
    }
    out.keep(kept);
}

/// Reads the `control` file of a package file: its component, and what to link it by.
pub(in crate::formats) fn control(bytes: &[u8], out: &mut Sink<'_>) -> Option<(Component, u32, Links)> {
    let paragraph = Paragraphs::new(bytes).next()?;
    let fields = Fields::read(&paragraph);
    let component = component(&fields, paragraph.line, &mut Faults::default(), out)?;
    let mut links = Links::default();
    let cut = |field: &'_ [u8]| field.len() <= MAX_RELATION;
    links.name(fields.name);
    links.architecture(fields.architecture);
    for field in [fields.pre_depends, fields.depends].into_iter().filter(|field| cut(field)) {
        relation_names(field).for_each(|need| links.need(need.name, Scope::Runtime));
    }
    Some(fields.provides).filter(|field| cut(field)).into_iter().flat_map(relation_names).for_each(|need| {
        links.provide(need.name);
    });
    Some((component, paragraph.line, links))
}

/// Ends what a package needs in the kept bytes.
const PARTS: u8 = 0x1f;
/// Ends a package in the kept bytes.
const RECORDS: u8 = 0x1e;

/// What a package needs and provides, in the words of the file.
pub(super) struct Relations<'k> {
    pub(super) needs: &'k [u8],
    pub(super) provides: &'k [u8],
}

/// Reads what [`read`] kept: one record for each component, in order.
pub(super) fn relations(kept: &[u8]) -> impl Iterator<Item = Relations<'_>> {
    kept.split(|&byte| byte == RECORDS).map(|record| {
        let mut parts = record.split(|&byte| byte == PARTS);
        Relations { needs: parts.next().unwrap_or_default(), provides: parts.next().unwrap_or_default() }
    })
}

fn component(fields: &Fields<'_>, line: u32, faults: &mut Faults, out: &mut Sink<'_>) -> Option<Component> {
    let name = text(fields.name);
    if !is_name(fields.name) {
        faults.entry(out, Span::Line(line), "package has no name, or one that is not valid; left out");
        return None;
    }
    if !is_version(fields.version) {
        faults.entry(
            out,
            Span::Line(line),
            format!("package {name:?} has no version, or one that is not valid; left out"),
        );
        return None;
    }
    let version = text(fields.version);
    let (source, source_version) = source(fields.source);
    let upstream = match (&source, &source_version) {
        (Some(source), Some(version)) => format!("{source}@{version}"),
        (Some(source), None) => source.clone().into_owned(),
        _ => String::new(),
    };
    // The distribution is known once all files are.
    let purl = Purl::builder("deb", name)
        .namespace("debian")
        .version(version.clone())
        .qualifier("arch", text(fields.architecture))
        .qualifier("upstream", upstream);
    let mut component = Component::from_purl(out.purl(purl, line)?);
    component.version = Some(version.into());
    component.supplier = filled(fields.maintainer);
    component.description = fields.description.split(|&byte| byte == b'\n').next().and_then(filled);
    if let Some(url) = filled(fields.homepage) {
        component.references.push(ExternalReference { kind: ReferenceKind::Website, url, hashes: Vec::new() });
    }
    let mut property = |name: &'static str, value: Option<Cow<'_, str>>| {
        component.properties.extend(value.map(|value| (Cow::Borrowed(name), value.into())));
    };
    property("plimsoll:os:source-package", source);
    property("plimsoll:os:source-version", source_version);
    property("plimsoll:os:state", Some(fields.state()).filter(|state| *state != b"installed").map(text));
    Some(component)
}

/// `name`, or `name (version)` when the version of the source differs from the package's.
fn source(field: &[u8]) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
    let mut parts = field.splitn(2, |&byte| byte == b'(');
    let name = parts.next().unwrap_or_default().trim_ascii();
    let version = parts.next().and_then(|rest| rest.split(|&byte| byte == b')').next()).unwrap_or_default();
    (filled_text(name), filled_text(version.trim_ascii()))
}

/// Debian policy §5.6.7, with the capitals and underscores that third parties use.
fn is_name(name: &[u8]) -> bool {
    name.first().is_some_and(u8::is_ascii_alphanumeric)
        && name.len() <= MAX_TEXT
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(byte))
}

/// Debian policy §5.6.12. `dpkg` installs nothing else, so that other text shows a broken file.
fn is_version(version: &[u8]) -> bool {
    !version.is_empty()
        && version.len() <= MAX_TEXT
        && version.iter().all(|byte| byte.is_ascii_alphanumeric() || b".+-~:".contains(byte))
}

fn filled(value: &[u8]) -> Option<Box<str>> {
    filled_text(value.trim_ascii()).map(Into::into)
}

fn filled_text(value: &[u8]) -> Option<Cow<'_, str>> {
    Some(value).filter(|value| !value.is_empty()).map(text)
}

/// Text of bounded length.
fn text(value: &[u8]) -> Cow<'_, str> {
    match value.get(..MAX_TEXT) {
        Some(cut) if value.len() > MAX_TEXT => {
            let whole = cut.utf8_chunks().next().map(|chunk| chunk.valid()).filter(|valid| !valid.is_empty());
            format!("{}…", whole.map_or_else(|| String::from_utf8_lossy(cut), Cow::Borrowed)).into()
        }
        _ => String::from_utf8_lossy(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_the_third_word() {
        let state = |status: &'static str| Fields { status: Some(status.as_bytes()), ..Fields::default() }.state();
        assert_eq!(state("deinstall ok config-files"), b"config-files");
        assert_eq!(state("install  ok\tinstalled"), b"installed");
        assert_eq!(state("install ok"), b"");
        assert_eq!(Fields::default().state(), b"installed");
    }

    #[test]
    fn sources_may_have_a_version() {
        let read = |field: &'static str| {
            let (name, version) = source(field.as_bytes());
            (name.unwrap_or_default(), version.unwrap_or_default())
        };
        assert_eq!(read("gcc-12 (12.2.0-14)"), ("gcc-12".into(), "12.2.0-14".into()));
        assert_eq!(read("zlib"), ("zlib".into(), "".into()));
        assert_eq!(read("odd ("), ("odd".into(), "".into()));
    }

    #[test]
    fn versions_follow_policy() {
        for version in
            ["1:2.31.1-0.4ubuntu3.1", "0~rc1", "9.0~repack-4build3", "1.0+git2020-1", "5:20.10.7~3-0~debian-buster"]
        {
            assert!(is_version(version.as_bytes()), "{version}");
        }
        for version in ["", "1:5.#", "1 2", "1_2"] {
            assert!(!is_version(version.as_bytes()), "{version}");
        }
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        let long = "é".repeat(MAX_TEXT);
        let cut = text(long.as_bytes());
        assert!(cut.len() <= MAX_TEXT + 3 && cut.ends_with('…') && !cut.contains('\u{fffd}'));
        assert_eq!(text("é".as_bytes()), "é");
    }
}
