//! `Godeps/Godeps.json` of godep and `vendor/vendor.json` of govendor: what was copied into a project.
//! <https://github.com/tools/godep#file-format>, <https://github.com/kardianos/vendor-spec>
//!
//! Both list packages, several of one repository each at the same commit. They are reported as listed: where a
//! repository ends is not in the files. A version is in `Comment` (`v1.2-3-gabcdef` when it lies past a tag) or `version`.

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Text, fill};
use plimsoll_extract::syntax::text::LineIndex;

use crate::golang;

/// Reads what godep and govendor wrote down.
pub(crate) struct VendoredJson;

loose_object! {
    struct Listing<'a> {
        "Deps" => dependencies: Vec<Loose<Package<'a>>>,
        "package" => packages: Vec<Loose<Package<'a>>>,
    }
}

loose_object! {
    struct Package<'a> {
        "ImportPath" => import_path: Text<'a>,
        "Rev" => rev: Text<'a>,
        "Comment" => comment: Text<'a>,
        "path" => path: Text<'a>,
        "revision" => revision: Text<'a>,
        "version" => version: Text<'a>,
        "versionExact" => version_exact: Text<'a>,
        "origin" => origin: Text<'a>,
    }
}

impl Extractor for VendoredJson {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("go/vendored-json")
    }

    fn about(&self) -> About {
        About {
            title: "godep Godeps.json, govendor vendor.json",
            specification: "https://github.com/tools/godep#file-format",
            facts: &[Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("Godeps.json"), Interest::Path("vendor/vendor.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let lines = LineIndex::new(&*bytes);
        let mut listing = Loose::<Listing<'_>>::default();
        let outcome = fill(&bytes, file.budget().limits(), &mut listing);
        match (listing.get(), &outcome) {
            (Some(listing), _) => {
                for package in listing.dependencies.items().iter().chain(listing.packages.items()) {
                    match package.get() {
                        Some(package) => emit(package, &lines, out),
                        None => out.malformed_entry(0, "an entry is not an object"),
                    }
                }
            }
            (None, Ok(())) => return Err(ExtractError::malformed("not an object")),
            (None, Err(_)) => {}
        }
        Ok(outcome?)
    }
}

fn emit(package: &Package<'_>, lines: &LineIndex<'_>, out: &mut Sink<'_>) {
    let first = |fields: [&Loose<Text<'_>>; 3]| fields.into_iter().find_map(|field| field.as_str().map(str::to_owned));
    let name = package.import_path.as_str().or(package.path.as_str()).unwrap_or_default();
    let line = lines.line_of(name).unwrap_or_default();
    if name.is_empty() {
        return out.malformed_entry(line, "a package without path");
    }
    let commit = package.rev.as_str().or(package.revision.as_str()).unwrap_or_default();
    let version = first([&package.version_exact, &package.version, &package.comment]).unwrap_or_default();
    // Past a tag there is no version of it.
    let version = if version.contains("-g") { "" } else { version.as_str() };
    let Some(mut component) = golang::vendored(name, version, commit, line, out) else { return };
    golang::add_source(&mut component, package.origin.as_str(), commit);
    out.component(component, line);
}
