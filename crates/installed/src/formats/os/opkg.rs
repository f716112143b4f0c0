//! The databases of opkg: `lib/opkg/status` below `/usr` (OpenWrt) or `/var` (Yocto), and one `NAME.control` and
//! `NAME.list` a package below `info`. <https://openwrt.org/docs/guide-user/additional-software/opkg>
//!
//! - Both are Debian's paragraphs. `status` says what is installed; `control` files also know licence and source.
//! - `Status: install user installed` marks what was asked for by name.
//! - An image may have lost its `status`, as its updater has no use for it: then the `control` files say what is there.

use std::collections::{BTreeSet, HashMap};

use plimsoll_extract::prelude::*;

use crate::annotate::{self, ORIGIN, SOURCE_PACKAGE, text};
use crate::control::{Paragraph, Paragraphs, relation_names, split_line};
use crate::distribution::{Distributions, keep_release};
use crate::faults::Faults;
use crate::provision::{CUT, Holder, Provision};
use crate::relations::{self, Relations};

/// Reads the databases of opkg.
pub(in crate::formats) struct Opkg;

/// Where the database may lie below the root of its file system.
const PLACES: [&str; 3] = ["usr/lib/opkg", "var/lib/opkg", "lib/opkg"];

/// Longer relation fields are left out.
const MAX_RELATION: usize = 1 << 20;

#[derive(Default)]
struct Fields<'a> {
    name: &'a [u8],
    version: &'a [u8],
    architecture: &'a [u8],
    status: &'a [u8],
    depends: &'a [u8],
    provides: &'a [u8],
    license: &'a [u8],
    source: &'a [u8],
    source_name: &'a [u8],
    maintainer: &'a [u8],
    description: &'a [u8],
    url: &'a [u8],
}

impl<'a> Fields<'a> {
    fn read(paragraph: &Paragraph<'a>) -> Self {
        let mut fields = Self::default();
        for (name, value) in paragraph.fields() {
            match name.to_ascii_lowercase().as_slice() {
                b"package" => fields.name = value,
                b"version" => fields.version = value,
                b"architecture" => fields.architecture = value,
                b"status" => fields.status = value,
                b"depends" => fields.depends = value.get(..MAX_RELATION).unwrap_or(value),
                b"provides" => fields.provides = value.get(..MAX_RELATION).unwrap_or(value),
                b"license" => fields.license = value,
                b"source" => fields.source = value,
                b"sourcename" => fields.source_name = value,
                b"maintainer" => fields.maintainer = value,
                b"description" => fields.description = value,
                b"url" | b"homepage" => fields.url = value,
                _ => {}
            }
        }
        fields
    }

    fn component(&self, line: u32, faults: &mut Faults, out: &mut Sink<'_>) -> Option<Component> {
        let (Some(name), Some(version)) = (text(self.name), text(self.version)) else {
            faults.entry(out, Span::Line(line), "package lacks its name or version; left out");
            return None;
        };
        let architecture = text(self.architecture).unwrap_or_default();
        let purl = Purl::builder("opkg", name).version(version).qualifier("arch", architecture);
        let mut component = Component::from_purl(out.purl(purl, line)?);
        component.supplier = text(self.maintainer).map(Into::into);
        let first = self.description.split(|&byte| byte == b'\n').next();
        component.description = first.and_then(text).map(Into::into);
        annotate::license(&mut component, text(self.license));
        annotate::refer(&mut component, ReferenceKind::Website, text(self.url));
        // A path in the feeds (OpenWrt), or the name of a recipe.
        annotate::property(&mut component, ORIGIN, text(self.source));
        annotate::property(&mut component, SOURCE_PACKAGE, text(self.source_name));
        Some(component)
    }
}

impl Extractor for Opkg {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/opkg")
    }

    fn about(&self) -> About {
        About {
            title: "opkg database (OpenWrt, Yocto)",
            specification: "https://openwrt.org/docs/guide-user/additional-software/opkg",
            facts: &[Fact::Edges, Fact::Scope, Fact::License, Fact::SourceUrl, Fact::Position, Fact::OwnedFiles],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("lib/opkg/status"),
            Interest::Path("lib/opkg/info/*.control"),
            Interest::Path("lib/opkg/info/*.list"),
            Interest::Path("etc/os-release"),
            Interest::Path("usr/lib/os-release"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if keep_release(file, out)? {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let name = file.path().name();
        out.rooted_at(place_of(file.path().as_bytes()));
        if name.ends_with(b".list") {
            out.keep(listed(&bytes));
        } else if name == b"status" {
            status(&bytes, out);
        } else {
            control(&bytes, out);
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        Distributions::gather(files).settle(files, place_of);
        let with_status: BTreeSet<Vec<u8>> =
            files.named("status").into_iter().filter_map(|file| Some(files.path(file)?.parent().to_vec())).collect();
        relations::link(files, b"all", |path| {
            let system = path.rsplitn(3, |&byte| byte == b'/').nth(2)?;
            (path.ends_with(b".control") && !with_status.contains(system)).then(|| system.to_vec())
        });
        own(files);
    }
}

/// Lists belong to the packages that their names say.
fn own(files: &mut Resolver<'_>) {
    let mut packages: HashMap<(Vec<u8>, Box<str>), Handle> = HashMap::new();
    for file in files.files() {
        let Some(path) = files.path(file) else { continue };
        let directory = path.parent();
        let system = directory.strip_suffix(b"/info").unwrap_or(directory).to_vec();
        let named = |(handle, component): (Handle, &Component)| ((system.clone(), component.name.clone()), handle);
        packages.extend(files.components(file).map(named));
    }
    for list in files.files() {
        let Some(path) = files.path(list).cloned() else { continue };
        let name = path.name().strip_suffix(b".list").and_then(|name| std::str::from_utf8(name).ok());
        let system = path.parent().strip_suffix(b"/info").unwrap_or_default().to_vec();
        let Some(&owner) = name.and_then(|name| packages.get(&(system, name.into()))) else { continue };
        let paths = files.take_kept(list);
        let Some(mut sink) = files.sink(owner.file) else { continue };
        paths.split(|&byte| byte == 0).for_each(|path| sink.owns(owner.component, path));
    }
}

fn place_of(path: &[u8]) -> &'static str {
    let holds = |place: &&str| {
        let at = memchr::memmem::rfind(path, place.as_bytes());
        at.is_some_and(|at| at == 0 || path.get(at.saturating_sub(1)) == Some(&b'/'))
    };
    PLACES.into_iter().find(holds).unwrap_or("lib/opkg")
}

/// The paths of a list; newer ones have the mode after a tab.
fn listed(list: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = list;
    while let Some((line, after)) = split_line(rest) {
        rest = after;
        out.extend_from_slice(line.split(|&byte| byte == b'\t').next().unwrap_or_default());
        out.push(0);
    }
    out
}

fn status(bytes: &[u8], out: &mut Sink<'_>) {
    let mut faults = Faults::default();
    let mut table = Provision::new(b"all");
    let mut needs: Vec<(ComponentRef, Holder, &[u8])> = Vec::new();
    for paragraph in Paragraphs::new(bytes) {
        let fields = Fields::read(&paragraph);
        let mut words = fields.status.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let (flag, state) = (words.nth(1).unwrap_or_default(), words.next().unwrap_or_default());
        if matches!(state, b"not-installed" | b"config-files" | b"half-installed") {
            continue;
        }
        let Some(component) = fields.component(paragraph.line, &mut faults, out) else { continue };
        let package = out.component(component, paragraph.line);
        if flag.split(|&byte| byte == b',').any(|flag| flag == b"user") {
            out.direct(package, Scope::Runtime);
        }
        let holder = table.add(package, fields.architecture);
        table.name(holder, fields.name);
        relation_names(fields.provides).for_each(|need| table.provide(holder, need.name));
        needs.push((package, holder, fields.depends));
    }
    for (from, holder, relation) in needs {
        for to in table.satisfy(holder, relation_names(relation)) {
            out.depends(from, to, Scope::Runtime);
        }
    }
    if table.is_cut() {
        out.diagnose(DiagnosticCode::MALFORMED_ENTRY, 0, CUT);
    }
}

fn control(bytes: &[u8], out: &mut Sink<'_>) {
    let Some(paragraph) = Paragraphs::new(bytes).next() else { return };
    let fields = Fields::read(&paragraph);
    let Some(component) = fields.component(paragraph.line, &mut Faults::default(), out) else { return };
    out.component(component, paragraph.line);
    let mut relations = Relations::default();
    relations.name(fields.name);
    relations.architecture(fields.architecture);
    relation_names(fields.provides).for_each(|need| relations.provide(need.name));
    relation_names(fields.depends).for_each(|need| relations.need(need.name, Scope::Runtime));
    out.keep(relations.into_kept());
}
