//! What a nuspec says.

use plimsoll_extract::prelude::*;
use serde::{Deserialize, Serialize};
use syntax::xml::Element;

/// The metadata of a package.
pub(in crate::formats) struct Package {
    pub(in crate::formats) id: String,
    /// In normal form.
    pub(in crate::formats) version: String,
    pub(in crate::formats) dependencies: Vec<Dependency>,
    pub(in crate::formats) line: u32,
    license: Option<License>,
    references: Vec<ExternalReference>,
    authors: String,
    description: String,
    copyright: String,
    development: bool,
}

/// A package that it needs, under any framework.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::formats) struct Dependency {
    pub(in crate::formats) id: String,
    /// The lowest version that the range allows, in normal form.
    pub(in crate::formats) lowest: String,
}

impl Package {
    /// `None` when it has no id or no version.
    pub(in crate::formats) fn read(metadata: &Element<'_>) -> Option<Self> {
        let text = |name: &str| metadata.text_of(name).unwrap_or_default().to_owned();
        Some(Self {
            id: metadata.text_of("id")?.to_owned(),
            version: normal_version(metadata.text_of("version")?),
            dependencies: dependencies(metadata),
            line: metadata.line(),
            license: license(metadata),
            references: references(metadata),
            authors: text("authors"),
            description: text("description"),
            copyright: text("copyright"),
            development: text("developmentDependency").eq_ignore_ascii_case("true"),
        })
    }

    pub(in crate::formats) fn component(&self, out: &mut Sink<'_>) -> Option<Component> {
        let some = |text: &str| Some(text).filter(|text| !text.is_empty()).map(Into::into);
        let purl = out.purl(Purl::builder("nuget", &*self.id).version(&*self.version), self.line)?;
        Some(Component {
            scope: if self.development { Scope::Dev } else { Scope::Unspecified },
            licenses: self.license.iter().cloned().collect(),
            references: self.references.clone(),
            author: some(&self.authors),
            description: some(&self.description),
            copyright: some(&self.copyright),
            ..Component::from_purl(purl)
        })
    }
}

/// `<dependency>` directly (before NuGet 2) or within a `<group>` for each framework.
fn dependencies(metadata: &Element<'_>) -> Vec<Dependency> {
    let lists = || metadata.elements().iter().filter(|element| element.name() == "dependencies");
    let groups = lists().flat_map(|list| list.elements()).filter(|element| element.name() == "group");
    let all = lists().flat_map(|list| list.elements()).chain(groups.flat_map(|group| group.elements()));
    let mut found: Vec<Dependency> = all
        .filter(|element| element.name() == "dependency")
        .filter_map(|element| {
            let lowest = lowest_version(element.attribute("version").unwrap_or_default());
            Some(Dependency { id: element.attribute("id")?.trim().to_owned(), lowest })
        })
        .collect();
    found.sort_by(|one, other| (&one.id, &one.lowest).cmp(&(&other.id, &other.lowest)));
    found.dedup();
    found
}

/// `1.0`, `[1.0]`, `[1.0, 2.0)`: the version at the front.
fn lowest_version(range: &str) -> String {
    let range = range.trim().trim_start_matches(['[', '(']);
    normal_version(range.split([',', ']', ')']).next().unwrap_or_default())
}

/// Three numbers without leading zeros, a fourth when it is not 0, and the release label; no `+metadata`. Text that is no
/// version stays as it is.
pub(in crate::formats) fn normal_version(text: &str) -> String {
    let text = text.trim();
    let version = text.split_once('+').map_or(text, |(version, _)| version);
    let (numbers, label) = match version.split_once('-') {
        Some((numbers, label)) => (numbers, Some(label)),
        None => (version, None),
    };
    let parts: Option<Vec<u64>> = numbers.split('.').map(|part| part.parse().ok()).collect();
    let Some(mut parts) = parts.filter(|parts| parts.len() <= 4) else { return text.to_owned() };
    parts.resize(parts.len().max(3), 0);
    if parts.len() == 4 && parts.last() == Some(&0) {
        parts.pop();
    }
    let mut normal = parts.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
    if let Some(label) = label {
        normal.push('-');
        normal.push_str(label);
    }
    normal
}

/// An expression, or the address that stood for it before NuGet 4.9. An address that names no licence is kept as text; a
/// file of the package states nothing that can be read here.
fn license(metadata: &Element<'_>) -> Option<License> {
    if let Some(license) = metadata.child("license") {
        return License::declared(license.text()).filter(|_| license.attribute("type") != Some("file"));
    }
    let url = metadata.text_of("licenseUrl")?;
    let id = url.strip_prefix("https://licenses.nuget.org/").unwrap_or(url);
    // NuGet's own address for packages whose licence is in <license>, which is absent here.
    if id.starts_with("https://aka.ms/deprecateLicenseUrl") {
        return None;
    }
    License::declared(id)
}

fn references(metadata: &Element<'_>) -> Vec<ExternalReference> {
    let reference = |kind, url: &str| ExternalReference { kind, url: url.trim().into(), hashes: Vec::new() };
    let website = metadata.text_of("projectUrl").map(|url| reference(ReferenceKind::Website, url));
    let repository = metadata.child("repository").and_then(|repository| {
        let url = repository.attribute("url").filter(|url| !url.trim().is_empty())?;
        let kind =
            repository.attribute("type").filter(|kind| !kind.is_empty() && !url.starts_with(&format!("{kind}+")));
        let prefix = kind.map(|kind| format!("{kind}+")).unwrap_or_default();
        let commit = repository.attribute("commit").filter(|commit| !commit.is_empty());
        let commit = commit.map(|commit| format!("@{commit}")).unwrap_or_default();
        Some(reference(ReferenceKind::Vcs, &format!("{prefix}{url}{commit}")))
    });
    website.into_iter().chain(repository).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_in_normal_form() {
        for (text, want) in [
            ("1.0", "1.0.0"),
            ("1.00.0.1", "1.0.0.1"),
            ("1.2.3.0", "1.2.3"),
            ("1.0.0-Beta.1+abc", "1.0.0-Beta.1"),
            ("$version$", "$version$"),
            ("1.2.3.4.5", "1.2.3.4.5"),
            ("", ""),
        ] {
            assert_eq!(normal_version(text), want, "{text}");
        }
        assert_eq!(lowest_version("[1.0, 2.0)"), "1.0.0");
        assert_eq!(lowest_version("(,2.0]"), "");
    }
}
