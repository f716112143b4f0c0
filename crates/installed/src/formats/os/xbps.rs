//! The database of xbps (Void Linux): `var/db/xbps/pkgdb-*.plist`, and the files of each package in `.NAME-files.plist`.
//! <https://man.voidlinux.org/xbps-install.1>, `xbps-pkgdb(1)`
//!
//! - The database is an XML property list: a dictionary of packages by name. Keys that start with `_XBPS` are not packages.
//! - `run_depends` holds patterns: `glibc>=2.36_1`, `libfoo-1.2_1`, or `awk>=0` which others provide.
//! - A package is there in the states `installed` and `unpacked`.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use crate::annotate::{self, ORIGIN, SOURCE_PACKAGE};
use crate::distribution::{Distributions, keep_release};
use crate::faults::Faults;
use crate::provision::{CUT, Holder, Need, Provision};
use syntax::plist::{self, Value};

/// Reads the database of xbps.
pub(in crate::formats) struct Xbps;

const PLACE: &str = "var/db/xbps";

impl Extractor for Xbps {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/xbps")
    }

    fn about(&self) -> About {
        About {
            title: "xbps database (Void Linux)",
            specification: "https://man.voidlinux.org/xbps-pkgdb.1",
            facts: &[Fact::Edges, Fact::Scope, Fact::License, Fact::SourceUrl, Fact::OwnedFiles],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("var/db/xbps/pkgdb-*.plist"),
            Interest::Path("var/db/xbps/.*-files.plist"),
            Interest::Path("etc/os-release"),
            Interest::Path("usr/lib/os-release"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if keep_release(file, out)? {
            return Ok(());
        }
        out.rooted_at(PLACE);
        let (value, fault) = plist::parse_partial(&file.bytes()?, file.budget().limits());
        if let Some(value) = value {
            if file.path().name().starts_with(b".") {
                out.keep(listed(&value));
            } else {
                packages(&value, out);
            }
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        Distributions::gather(files).qualify(files, |_| PLACE);
        let mut packages: HashMap<(Vec<u8>, Box<str>), Handle> = HashMap::new();
        for database in files.files() {
            let Some(directory) = files.path(database).map(|path| path.parent().to_vec()) else { continue };
            let named =
                |(handle, component): (Handle, &Component)| ((directory.clone(), component.name.clone()), handle);
            packages.extend(files.components(database).map(named));
        }
        for list in files.files() {
            let Some(path) = files.path(list).cloned() else { continue };
            let name = path.name().strip_prefix(b".").and_then(|name| name.strip_suffix(b"-files.plist"));
            let Some(name) = name.and_then(|name| std::str::from_utf8(name).ok()) else { continue };
            let Some(&owner) = packages.get(&(path.parent().to_vec(), name.into())) else { continue };
            let paths = files.take_kept(list);
            let Some(mut sink) = files.sink(owner.file) else { continue };
            paths.split(|&byte| byte == 0).for_each(|path| sink.owns(owner.component, path));
        }
    }
}

/// The paths of files, configuration files and links, NUL after each.
fn listed(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    for list in ["files", "conf_files", "links"] {
        for item in value.get(list).map(Value::items).unwrap_or_default() {
            out.extend_from_slice(item.text_of("file").unwrap_or_default().as_bytes());
            out.push(0);
        }
    }
    out
}

fn packages(value: &Value, out: &mut Sink<'_>) {
    let mut faults = Faults::default();
    let mut table = Provision::new(b"noarch");
    let mut needs: Vec<(ComponentRef, Holder, &Value)> = Vec::new();
    for (name, package) in value.entries().iter().filter(|(name, _)| !name.starts_with('_')) {
        if package.text_of("state").is_some_and(|state| !matches!(state, "installed" | "unpacked")) {
            continue;
        }
        // The name may hold hyphens, the version does not.
        let version = package.text_of("pkgver").and_then(|full| full.rsplit_once('-')).map(|(_, version)| version);
        let Some(version) = version else {
            faults.entry(out, Span::Line(1), format!("package {name:?} has no version; left out"));
            continue;
        };
        let architecture = package.text_of("architecture").unwrap_or_default();
        let purl = Purl::builder("generic", name).namespace("void").version(version).qualifier("arch", architecture);
        let Some(purl) = out.purl(purl, 0) else { continue };
        let mut component = Component { group: None, ..Component::from_purl(purl) };
        component.description = package.text_of("short_desc").map(Into::into);
        component.supplier = package.text_of("maintainer").map(Into::into);
        let licenses = package.text_of("license").into_iter().flat_map(|text| text.split(", "));
        annotate::license(&mut component, licenses);
        annotate::refer(&mut component, ReferenceKind::Website, package.text_of("homepage"));
        annotate::property(&mut component, ORIGIN, package.text_of("repository"));
        let source = package.text_of("source-revisions").and_then(|text| text.split_once(':')).map(|(name, _)| name);
        annotate::property(&mut component, SOURCE_PACKAGE, source);
        let at = out.component(component, 0);
        if package.get("automatic-install") != Some(&Value::Boolean(true)) {
            out.direct(at, Scope::Runtime);
        }
        let holder = table.add(at, architecture.as_bytes());
        table.name(holder, name.as_bytes());
        for provided in package.get("provides").map(Value::items).unwrap_or_default() {
            table.provide(holder, bare(provided.as_text().unwrap_or_default()).as_bytes());
        }
        needs.push((at, holder, package));
    }
    for (from, holder, package) in needs {
        let patterns = package.get("run_depends").map(Value::items).unwrap_or_default().iter();
        let names = patterns.filter_map(Value::as_text).map(|pattern| Need::of(bare(pattern).as_bytes()));
        for to in table.satisfy(holder, names) {
            out.depends(from, to, Scope::Runtime);
        }
    }
    if table.is_cut() {
        out.diagnose(DiagnosticCode::MALFORMED_ENTRY, 0, CUT);
    }
}

/// The name in `glibc>=2.36_1` or `awk-0_1`.
fn bare(pattern: &str) -> &str {
    match pattern.find(['<', '>']) {
        Some(end) => pattern.get(..end).unwrap_or_default(),
        None => pattern.rsplit_once('-').filter(|(_, version)| version.contains('_')).map_or(pattern, |(name, _)| name),
    }
}
