//! What is read of one MSBuild file.

use plimsoll_extract::prelude::*;
use serde::{Deserialize, Serialize};
use syntax::xml::Element;

/// The properties and package items of a file.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Model {
    /// Names in lower case, sorted; the last value of each.
    pub(super) properties: Vec<(String, String)>,
    pub(super) items: Vec<Item>,
    pub(super) line: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ItemKind {
    /// A package that the project needs, be it only a tool (`DotNetCliToolReference`, `PackageDownload`).
    PackageReference,
    /// The version of a package, for all projects below.
    PackageVersion,
    /// A package that all projects below need to be built.
    GlobalPackageReference,
    /// Another project that the project needs.
    ProjectReference,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) kind: ItemKind,
    /// An id, or a path.
    pub(super) name: String,
    pub(super) version: String,
    /// `Update`: sets the version of what is included elsewhere.
    pub(super) update: bool,
    /// Hidden from other projects and not compiled against.
    pub(super) build: bool,
    pub(super) line: u32,
}

impl Model {
    pub(super) fn read(project: &Element<'_>, out: &mut Sink<'_>) -> Self {
        let mut model = Self { line: project.line(), ..Self::default() };
        let mut pending: Vec<&Element<'_>> = project.elements().iter().rev().collect();
        while let Some(element) = pending.pop() {
            match element.name() {
                "PropertyGroup" => {
                    let texts =
                        element.elements().iter().map(|held| (held.name().to_lowercase(), held.text().to_owned()));
                    model.properties.extend(texts);
                }
                "ItemGroup" => model.items.extend(element.elements().iter().filter_map(|item| Item::read(item, out))),
                "Choose" | "When" | "Otherwise" => pending.extend(element.elements().iter().rev()),
                _ => {}
            }
        }
        // The later of two values of one property holds.
        model.properties.reverse();
        model.properties.sort_by(|one, other| one.0.cmp(&other.0));
        model.properties.dedup_by(|later, kept| later.0 == kept.0);
        model
    }

    /// The value of a property; its name in lower case.
    pub(super) fn property(&self, name: &str) -> Option<&str> {
        let at = self.properties.binary_search_by(|(held, _)| held.as_str().cmp(name)).ok()?;
        self.properties.get(at).map(|(_, value)| value.as_str())
    }
}

impl Item {
    fn read(element: &Element<'_>, out: &mut Sink<'_>) -> Option<Self> {
        let kind = match element.name() {
            "PackageReference" | "DotNetCliToolReference" | "PackageDownload" => ItemKind::PackageReference,
            "PackageVersion" => ItemKind::PackageVersion,
            "GlobalPackageReference" => ItemKind::GlobalPackageReference,
            "ProjectReference" => ItemKind::ProjectReference,
            _ => return None,
        };
        let metadata = |name: &str| element.attribute(name).or_else(|| element.text_of(name)).map(str::trim);
        let (include, update) = (element.attribute("Include"), element.attribute("Update"));
        let Some(name) = include.or(update).map(str::trim) else {
            if element.attribute("Remove").is_none() {
                out.malformed_entry(element.line(), format!("{} names nothing", element.name()));
            }
            return None;
        };
        if name.is_empty() {
            out.malformed_entry(element.line(), format!("{} names nothing", element.name()));
            return None;
        }
        let has = |text: Option<&str>, part: &str| {
            text.is_some_and(|text| text.split(';').any(|held| held.trim().eq_ignore_ascii_case(part)))
        };
        let hidden = has(metadata("PrivateAssets"), "all");
        let compiled = match metadata("IncludeAssets") {
            Some(include) => has(Some(include), "compile") || has(Some(include), "all"),
            None => !has(metadata("ExcludeAssets"), "compile") && !has(metadata("ExcludeAssets"), "all"),
        };
        Some(Self {
            kind,
            name: name.to_owned(),
            version: metadata("VersionOverride").or_else(|| metadata("Version")).unwrap_or_default().to_owned(),
            update: include.is_none(),
            build: matches!(element.name(), "GlobalPackageReference" | "DotNetCliToolReference" | "PackageDownload")
                || (hidden && !compiled),
            line: element.line(),
        })
    }
}
