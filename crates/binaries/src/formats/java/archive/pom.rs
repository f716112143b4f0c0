//! What Maven leaves in an archive: `pom.properties` and `pom.xml` below `META-INF/maven/GROUP/ARTIFACT/`.
//! <https://maven.apache.org/shared/maven-archiver/#class_archive>, <https://maven.apache.org/pom.html>

use std::collections::BTreeMap;

use plimsoll_extract::syntax::xml::Element;

/// Group, artifact and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Coordinates {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: Option<String>,
}

/// A dependency that a `pom.xml` declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependency {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: Option<String>,
    pub(super) optional: bool,
}

/// What is taken from a `pom.xml`.
#[derive(Debug, Default)]
pub(super) struct Pom {
    pub(super) coordinates: Option<Coordinates>,
    pub(super) licenses: Vec<String>,
    pub(super) description: Option<String>,
    pub(super) url: Option<String>,
    pub(super) scm: Option<String>,
    pub(super) organization: Option<String>,
    pub(super) dependencies: Vec<Dependency>,
}

/// The directory below `META-INF/maven/` names group and artifact.
pub(super) fn directory(member: &str) -> Option<(&str, &str)> {
    let (group, rest) = member.strip_prefix("META-INF/maven/")?.split_once('/')?;
    let (artifact, file) = rest.split_once('/')?;
    (!file.contains('/')).then_some((group, artifact))
}

/// Reads `pom.properties`; what it leaves out comes from its directory.
pub(super) fn properties(text: &str, member: &str) -> Option<Coordinates> {
    let mut values = BTreeMap::new();
    for line in text.lines() {
        let line = line.trim_start();
        if line.starts_with(['#', '!']) {
            continue;
        }
        if let Some((key, value)) = line.split_once(['=', ':']) {
            values.insert(key.trim(), value.trim().replace('\\', ""));
        }
    }
    let directory = directory(member);
    let mut stated = |key: &str| values.remove(key).filter(|value| resolved(value));
    let version = stated("version");
    let group = stated("groupId").or_else(|| directory.map(|(group, _)| group.to_owned()))?;
    let artifact = stated("artifactId").or_else(|| directory.map(|(_, artifact)| artifact.to_owned()))?;
    Some(Coordinates { group, artifact, version })
}

/// Whether a value says something, and holds no property that was left in.
fn resolved(value: &str) -> bool {
    !value.is_empty() && !value.contains("${")
}

/// Reads `pom.xml`. Properties are worked out from the file itself; what a parent outside the archive defines stays
/// unknown.
pub(super) fn xml(root: &Element<'_>) -> Pom {
    let parent = root.child("parent");
    let own = |name: &str| root.text_of(name).or_else(|| parent.and_then(|parent| parent.text_of(name)));
    let properties = root.child("properties");
    let value = |text: &str| -> Option<String> {
        let mut text = text.to_owned();
        // `${a}` whose value is `${b}`, not deeper.
        for _ in 0..3 {
            let Some((before, rest)) = text.split_once("${") else { break };
            let (name, after) = rest.split_once('}')?;
            let found = match name.strip_prefix("project.").or_else(|| name.strip_prefix("pom.")) {
                Some("version") | Some("parent.version") => own("version"),
                Some("groupId") | Some("parent.groupId") => own("groupId"),
                Some("artifactId") => root.text_of("artifactId"),
                _ => properties.and_then(|properties| properties.text_of(name)),
            };
            text = format!("{before}{}{after}", found?);
        }
        resolved(&text).then_some(text)
    };
    let text = |element: Option<&Element<'_>>, name: &str| element?.text_of(name).and_then(value);
    let coordinates = own("groupId")
        .and_then(value)
        .zip(root.text_of("artifactId").and_then(value))
        .map(|(group, artifact)| Coordinates { group, artifact, version: own("version").and_then(value) });
    let licenses = root.child("licenses").into_iter().flat_map(|all| all.children("license"));
    let dependencies = root.child("dependencies").into_iter().flat_map(|all| all.children("dependency"));
    Pom {
        coordinates,
        licenses: licenses
            .filter_map(|one| one.text_of("name").or_else(|| one.text_of("url")))
            .map(str::to_owned)
            .collect(),
        description: root.text_of("description").map(one_line),
        url: text(Some(root), "url"),
        scm: text(root.child("scm"), "url"),
        organization: text(root.child("organization"), "name"),
        dependencies: dependencies
            .filter(|dependency| dependency.text_of("scope") != Some("test"))
            .filter_map(|dependency| {
                Some(Dependency {
                    group: dependency.text_of("groupId").and_then(value)?,
                    artifact: dependency.text_of("artifactId").and_then(value)?,
                    version: dependency.text_of("version").and_then(value),
                    optional: dependency.text_of("optional") == Some("true"),
                })
            })
            .collect(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_extract::syntax;

    #[test]
    fn properties_fall_back_on_the_directory() {
        let member = "META-INF/maven/org.example/thing/pom.properties";
        let found = properties("#Generated\nversion=1.0\n groupId : org.other\n", member).unwrap();
        assert_eq!(
            found,
            Coordinates { group: "org.other".into(), artifact: "thing".into(), version: Some("1.0".into()) }
        );
        let found = properties("version=${project.version}\n", member).unwrap();
        assert_eq!((found.group.as_str(), found.version), ("org.example", None));
        assert_eq!(properties("version=1\n", "pom.properties"), None);
    }

    #[test]
    fn xml_resolves_its_own_properties_only() {
        let text = "<project><parent><groupId>g</groupId><version>2</version></parent><artifactId>a</artifactId>\
            <properties><x.version>${y}</x.version><y>9</y><loop>${loop}</loop></properties>\
            <licenses><license><name>MIT</name></license></licenses><dependencies>\
            <dependency><groupId>${project.groupId}</groupId><artifactId>x</artifactId><version>${x.version}</version></dependency>\
            <dependency><groupId>g</groupId><artifactId>y</artifactId><version>${outside}</version><optional>true</optional></dependency>\
            <dependency><groupId>g</groupId><artifactId>l</artifactId><version>${loop}</version></dependency>\
            <dependency><groupId>g</groupId><artifactId>z</artifactId><scope>test</scope></dependency></dependencies></project>";
        let root = syntax::xml::parse(text, &plimsoll_model::Limits::DEFAULT).unwrap();
        let pom = xml(&root);
        assert_eq!(pom.coordinates.unwrap().version.as_deref(), Some("2"));
        let found: Vec<_> =
            pom.dependencies.iter().map(|d| (d.artifact.as_str(), d.version.as_deref(), d.optional)).collect();
        assert_eq!(found, [("x", Some("9"), false), ("y", None, true), ("l", None, false)]);
        assert_eq!(pom.licenses, ["MIT"]);
    }
}
