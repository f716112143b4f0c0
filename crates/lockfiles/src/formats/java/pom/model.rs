//! What is read of one `pom.xml`, before any other is known. This is what the first phase keeps for the second.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use serde::{Deserialize, Serialize};
use syntax::xml::Element;

/// One project object model as it is written; an empty text means that the element is absent.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Pom {
    /// groupId, artifactId and version; a group or version that is absent is the parent's.
    pub(super) name: Coordinates,
    pub(super) packaging: String,
    pub(super) parent: Option<Parent>,
    /// Sorted by name; no name twice.
    pub(super) properties: Vec<(String, String)>,
    pub(super) managed: Vec<Dependency>,
    #[serde(skip)]
    pub(super) managed_index: ManagedIndex,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) modules: Vec<Module>,
    pub(super) description: String,
    pub(super) url: String,
    pub(super) organization: String,
    pub(super) licenses: Vec<String>,
    pub(super) line: u32,
}

/// Where the managed entries are. A parent manages thousands, of which each of its many children asks for a few.
#[derive(Debug, Default)]
pub(super) struct ManagedIndex {
    /// By artifactId.
    by_artifact: HashMap<String, Vec<usize>>,
    /// Those whose artifactId is an expression, and imports.
    others: Vec<usize>,
}

/// groupId, artifactId and version.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Coordinates {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Parent {
    pub(super) name: Coordinates,
    /// Where it is in relation to this pom; `None` when `<relativePath/>` says nowhere.
    pub(super) path: Option<String>,
    pub(super) line: u32,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Module {
    pub(super) path: String,
    pub(super) line: u32,
}

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(super) struct Dependency {
    pub(super) name: Coordinates,
    pub(super) kind: String,
    pub(super) classifier: String,
    pub(super) scope: String,
    pub(super) optional: String,
    /// groupId and artifactId, each perhaps `*`.
    pub(super) exclusions: Vec<(String, String)>,
    pub(super) line: u32,
}

impl Pom {
    /// Reads a `<project>`. Elements that Maven would refuse are taken as if absent.
    pub(super) fn read(project: &Element<'_>) -> Self {
        let mut pom = Self {
            name: Coordinates::read(project),
            packaging: text(project, "packaging"),
            parent: project.child("parent").map(Parent::read),
            description: text(project, "description"),
            url: text(project, "url"),
            organization: project.child("organization").map(|element| text(element, "name")).unwrap_or_default(),
            licenses: project.children("licenses").flat_map(|list| list.children("license")).map(license).collect(),
            line: project.line(),
            ..Self::default()
        };
        // What comes first holds: a profile over the project, a later profile over an earlier one.
        let active = active_profiles(project);
        active.into_iter().rev().chain([project]).for_each(|part| pom.add_parts(part));
        // Stable, so that the first of a name stays the first.
        pom.properties.sort_by(|one, other| one.0.cmp(&other.0));
        pom.properties.dedup_by(|later, kept| later.0 == kept.0);
        pom
    }

    /// What a project and a profile both may have.
    fn add_parts(&mut self, element: &Element<'_>) {
        for property in element.children("properties").flat_map(Element::elements) {
            self.properties.push((property.name().to_owned(), property.text().to_owned()));
        }
        for management in element.children("dependencyManagement") {
            self.managed.extend(dependencies(management));
        }
        self.dependencies.extend(dependencies(element));
        // Model 4.1.0 calls modules subprojects.
        let modules = element.children("modules").flat_map(|list| list.children("module"));
        let subprojects = element.children("subprojects").flat_map(|list| list.children("subproject"));
        for module in modules.chain(subprojects) {
            self.modules.push(Module { path: module.text().to_owned(), line: module.line() });
        }
    }

    /// The group, of the parent when it is not its own.
    pub(super) fn group(&self) -> &str {
        let inherited = || self.parent.as_ref().map_or("", |parent| parent.name.group.as_str());
        if self.name.group.is_empty() { inherited() } else { &self.name.group }
    }

    /// The version, of the parent when it is not its own.
    pub(super) fn version(&self) -> &str {
        let inherited = || self.parent.as_ref().map_or("", |parent| parent.name.version.as_str());
        if self.name.version.is_empty() { inherited() } else { &self.name.version }
    }

    /// Prepares [`Pom::managed_of`] and [`Pom::managed_others`].
    pub(super) fn index(&mut self) {
        for (at, entry) in self.managed.iter().enumerate() {
            if entry.is_import() || entry.name.artifact.contains("${") {
                self.managed_index.others.push(at);
            } else {
                self.managed_index.by_artifact.entry(entry.name.artifact.clone()).or_default().push(at);
            }
        }
    }

    /// The managed entries of an artifactId.
    pub(super) fn managed_of(&self, artifact: &str) -> impl Iterator<Item = &Dependency> {
        let places = self.managed_index.by_artifact.get(artifact);
        places.into_iter().flatten().filter_map(|&at| self.managed.get(at))
    }

    /// The managed entries that are not of one artifactId.
    pub(super) fn managed_others(&self) -> impl Iterator<Item = &Dependency> {
        self.managed_index.others.iter().filter_map(|&at| self.managed.get(at))
    }

    /// Its name, with what it has from its parent.
    pub(super) fn own_name(&self) -> Coordinates {
        Coordinates {
            group: self.group().to_owned(),
            artifact: self.name.artifact.clone(),
            version: self.version().to_owned(),
        }
    }

    /// The text of one of its own properties.
    pub(super) fn property(&self, name: &str) -> Option<&str> {
        let at = self.properties.binary_search_by(|(held, _)| held.as_str().cmp(name)).ok()?;
        self.properties.get(at).map(|(_, value)| value.as_str())
    }
}

impl Dependency {
    /// Whether a managed entry imports a platform.
    pub(super) fn is_import(&self) -> bool {
        self.scope == "import" && self.kind == "pom"
    }
}

impl Coordinates {
    fn read(element: &Element<'_>) -> Self {
        Self {
            group: text(element, "groupId"),
            artifact: text(element, "artifactId"),
            version: text(element, "version"),
        }
    }
}

impl Parent {
    fn read(element: &Element<'_>) -> Self {
        // maven-model: the default of relativePath is ../pom.xml, an empty element turns the search off.
        let path = match element.child("relativePath") {
            None => Some("../pom.xml".to_owned()),
            Some(path) => Some(path.text().to_owned()).filter(|path| !path.is_empty()),
        };
        Self { name: Coordinates::read(element), path, line: element.line() }
    }
}

fn dependencies<'e>(element: &'e Element<'_>) -> impl Iterator<Item = Dependency> + 'e {
    element.children("dependencies").flat_map(|list| list.children("dependency")).map(|dependency| Dependency {
        name: Coordinates::read(dependency),
        kind: text(dependency, "type"),
        classifier: text(dependency, "classifier"),
        scope: text(dependency, "scope"),
        optional: text(dependency, "optional"),
        exclusions: dependency
            .children("exclusions")
            .flat_map(|list| list.children("exclusion"))
            .map(|exclusion| (text(exclusion, "groupId"), text(exclusion, "artifactId")))
            .collect(),
        line: dependency.line(),
    })
}

/// The name of a licence, or its address when it has none.
fn license(element: &Element<'_>) -> String {
    element.text_of("name").or_else(|| element.text_of("url")).unwrap_or_default().to_owned()
}

/// The profiles that are active when nobody asks for any and nothing is defined: those activated by the absence of a
/// property, else those active by default (<https://maven.apache.org/guides/introduction/introduction-to-profiles.html>).
/// What depends on the machine (the JDK, the operating system, files) is taken as inactive.
fn active_profiles<'e, 'a>(project: &'e Element<'a>) -> Vec<&'e Element<'a>> {
    let profiles = || project.elements().iter().filter(|list| list.name() == "profiles").flat_map(Element::elements);
    let by_absence = |profile: &&Element<'_>| {
        let property = profile.child("activation").and_then(|activation| activation.child("property"));
        property.and_then(|property| property.text_of("name")).is_some_and(|name| name.starts_with('!'))
    };
    let by_default = |profile: &&Element<'_>| {
        let stated = profile.child("activation").and_then(|activation| activation.text_of("activeByDefault"));
        stated.is_some_and(|text| text.eq_ignore_ascii_case("true"))
    };
    let active: Vec<_> = profiles().filter(by_absence).collect();
    if active.is_empty() { profiles().filter(by_default).collect() } else { active }
}

fn text(element: &Element<'_>, name: &str) -> String {
    element.text_of(name).unwrap_or_default().to_owned()
}
