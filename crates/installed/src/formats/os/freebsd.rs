//! The database of FreeBSD's pkg: `var/db/pkg/local.sqlite`. <https://man.freebsd.org/cgi/man.cgi?query=pkg-registry>
//!
//! - `deps` names what a package needs by its name, with the version that was there when it was built: the edge goes to
//!   what is installed under that name.
//! - `licenselogic` is `&`, `|` or 1 as a number: all, any, or the only one of its licences.
//! - `manifestdigest` is of the manifest, not of the package file; a property.
//! - The digests of `files` are of files; they are not kept.

use std::collections::{BTreeMap, HashMap};

use plimsoll_extract::prelude::*;

use crate::annotate::{self, ORIGIN};
use crate::faults::Faults;
use crate::sqlite::{Database, Value, report_log};

/// Reads the database of pkg.
pub(in crate::formats) struct FreeBsd;

const PLACE: &str = "var/db/pkg";

impl Extractor for FreeBsd {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/freebsd")
    }

    fn about(&self) -> About {
        About {
            title: "pkg database (FreeBSD, DragonFly)",
            specification: "https://man.freebsd.org/cgi/man.cgi?query=pkg",
            facts: &[Fact::Edges, Fact::Scope, Fact::License, Fact::SourceUrl, Fact::Position, Fact::OwnedFiles],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Path("var/db/pkg/local.sqlite"), Interest::Path("var/db/pkg/local.sqlite-wal")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if file.path().name().ends_with(b"-wal") {
            report_log(file.len(), out);
            return Ok(());
        }
        if file.is_empty() {
            return Ok(());
        }
        out.rooted_at(PLACE);
        let bytes = file.bytes()?;
        let mut database = Database::open(&bytes)?;
        let mut faults = Faults::default();
        let Some(packages) = packages(&mut database, &mut faults, out) else {
            return Err(ExtractError::malformed("the SQLite file has no table 'packages'"));
        };
        licenses(&mut database, &packages, &mut faults, out);
        let by_name: HashMap<Box<str>, ComponentRef> =
            packages.values().filter_map(|package| Some((out.get_mut(package.at)?.name.clone(), package.at))).collect();
        let mut edges: Vec<(ComponentRef, ComponentRef)> = Vec::new();
        database.rows("deps", ["package_id", "name"], &mut faults, out, &mut |_, [package, name]| {
            let from = package.integer().and_then(|id| packages.get(&id)).map(|package| package.at);
            let to = name.text().and_then(|name| by_name.get(&*name).copied());
            edges.extend(from.zip(to).filter(|(from, to)| from != to));
        });
        edges.into_iter().for_each(|(from, to)| out.depends(from, to, Scope::Runtime));
        let mut paths: BTreeMap<i64, Vec<u8>> = BTreeMap::new();
        database.rows("files", ["package_id", "path"], &mut faults, out, &mut |_, [package, path]| {
            if let (Some(id), Value::Bytes(path)) = (package.integer(), path) {
                let paths = paths.entry(id).or_default();
                paths.extend_from_slice(path);
                paths.push(0);
            }
        });
        for (id, paths) in paths {
            let Some(package) = packages.get(&id) else { continue };
            paths.split(|&byte| byte == 0).for_each(|path| out.owns(package.at, path));
        }
        Ok(())
    }
}

struct Package {
    at: ComponentRef,
    /// `&`, `|` or 1.
    logic: i64,
}

const ALL: i64 = b'&' as i64;
const ANY: i64 = b'|' as i64;

fn packages(database: &mut Database<'_>, faults: &mut Faults, out: &mut Sink<'_>) -> Option<BTreeMap<i64, Package>> {
    let columns = [
        "id",
        "name",
        "version",
        "arch",
        "origin",
        "comment",
        "maintainer",
        "www",
        "automatic",
        "licenselogic",
        "manifestdigest",
    ];
    let mut rows: Vec<(Span, i64, i64, bool, Component)> = Vec::new();
    let mut broken: Vec<Span> = Vec::new();
    let found = database.rows("packages", columns, faults, out, &mut |span, row| {
        let [id, name, version, arch, origin, comment, maintainer, www, automatic, logic, digest] = row;
        let purl = name.text().zip(version.text()).and_then(|(name, version)| {
            let builder = Purl::builder("generic", name).namespace("freebsd").version(version);
            builder.qualifier("arch", arch.text().unwrap_or_default()).build().ok()
        });
        let (Some(id), Some(purl)) = (id.integer(), purl) else { return broken.push(span) };
        let mut component = Component { group: None, ..Component::from_purl(purl) };
        component.description = comment.text().map(Into::into);
        component.supplier = maintainer.text().map(Into::into);
        annotate::refer(&mut component, ReferenceKind::Website, www.text());
        annotate::property(&mut component, ORIGIN, origin.text());
        annotate::property(&mut component, "plimsoll:os:manifest-digest", digest.text());
        let was_chosen = automatic.integer() == Some(0);
        rows.push((span, id, logic.integer().unwrap_or(ALL), was_chosen, component));
    });
    for span in broken {
        faults.entry(out, span, "a package lacks its name or version; left out");
    }
    let mut packages = BTreeMap::new();
    for (span, id, logic, was_chosen, component) in rows {
        let at = out.observed(component, Observation { span: Some(span), ..Observation::default() });
        if was_chosen {
            out.direct(at, Scope::Runtime);
        }
        packages.insert(id, Package { at, logic });
    }
    found.then_some(packages)
}

fn licenses(database: &mut Database<'_>, packages: &BTreeMap<i64, Package>, faults: &mut Faults, out: &mut Sink<'_>) {
    let mut names: HashMap<i64, String> = HashMap::new();
    database.rows("licenses", ["id", "license"], faults, out, &mut |_, [id, license]| {
        names.extend(id.integer().zip(license.text().map(|text| spdx(&text))));
    });
    let mut of_package: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    database.rows("pkg_licenses", ["package_id", "license_id"], faults, out, &mut |_, [package, license]| {
        if let (Some(package), Some(license)) = (package.integer(), license.integer()) {
            of_package.entry(package).or_default().push(license);
        }
    });
    for (id, licenses) in of_package {
        let Some(package) = packages.get(&id) else { continue };
        let names: Vec<&str> = licenses.iter().filter_map(|id| names.get(id)).map(String::as_str).collect();
        let Some(component) = out.get_mut(package.at) else { continue };
        match package.logic {
            ANY => annotate::license(component, Some(names.join(" OR "))),
            _ => annotate::license(component, names),
        }
    }
}

/// FreeBSD's names of licences (`Mk/bsd.licenses.db.mk`) where SPDX calls them otherwise.
const NAMES: &[(&str, &str)] = &[
    ("APACHE10", "Apache-1.0"),
    ("APACHE11", "Apache-1.1"),
    ("APACHE20", "Apache-2.0"),
    ("ART10", "Artistic-1.0"),
    ("ART20", "Artistic-2.0"),
    ("BSD0CLAUSE", "0BSD"),
    ("BSD2CLAUSE", "BSD-2-Clause"),
    ("BSD3CLAUSE", "BSD-3-Clause"),
    ("BSD4CLAUSE", "BSD-4-Clause"),
    ("BSL", "BSL-1.0"),
    ("GPLv1", "GPL-1.0-only"),
    ("GPLv1+", "GPL-1.0-or-later"),
    ("GPLv2", "GPL-2.0-only"),
    ("GPLv2+", "GPL-2.0-or-later"),
    ("GPLv3", "GPL-3.0-only"),
    ("GPLv3+", "GPL-3.0-or-later"),
    ("ISCL", "ISC"),
    ("LGPL20", "LGPL-2.0-only"),
    ("LGPL20+", "LGPL-2.0-or-later"),
    ("LGPL21", "LGPL-2.1-only"),
    ("LGPL21+", "LGPL-2.1-or-later"),
    ("LGPL3", "LGPL-3.0-only"),
    ("LGPL3+", "LGPL-3.0-or-later"),
    ("MPL10", "MPL-1.0"),
    ("MPL11", "MPL-1.1"),
    ("MPL20", "MPL-2.0"),
    ("OFL11", "OFL-1.1"),
    ("PSFL", "PSF-2.0"),
    ("ZLIB", "Zlib"),
];

fn spdx(name: &str) -> String {
    NAMES.iter().find(|(theirs, _)| *theirs == name).map_or(name, |(_, spdx)| spdx).to_owned()
}
