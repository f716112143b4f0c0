//! From the effective model of a pom to components and edges.

use std::collections::HashSet;

use plimsoll_extract::prelude::*;

use super::effective::{Lineage, PomIndex, Poms};
use super::management::{Key, Management, coordinates, key_of};
use super::model::{Coordinates, Dependency, Pom};
use crate::maven::{self, Artifact, Version};

/// Dependencies that all projects of a source together may inherit: a hundred times what the largest builds have.
const MAX_INHERITED: usize = 1_000_000;

/// Writes one pom after the other.
pub(super) struct Emitter<'a> {
    poms: &'a Poms,
    management: Management<'a>,
    /// The projects of the source.
    projects: HashSet<Coordinates>,
    /// Dependencies inherited so far.
    inherited: usize,
}

/// A dependency whose name is known.
struct Wanted<'a> {
    declared: &'a Dependency,
    line: u32,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(poms: &'a Poms) -> Self {
        let projects = (0..poms.len())
            .filter(|&at| poms.path(at).is_some_and(|path| !is_repository_entry(path)))
            .filter_map(|at| coordinates(&poms.lineage(at), &poms.get(at)?.own_name()))
            .collect();
        Self { poms, management: Management::new(poms), projects, inherited: 0 }
    }

    pub(super) fn emit(&mut self, at: PomIndex, out: &mut Sink<'_>) {
        let (Some(pom), Some(path)) = (self.poms.get(at), self.poms.path(at)) else { return };
        if is_repository_entry(path) {
            return;
        }
        let lineage = self.poms.lineage(at);
        self.report_missing(at, pom, &lineage, out);
        let test = is_test_project(path);
        emit_project(pom, path, &lineage, test, out);
        self.emit_dependencies(&lineage, test, out);
    }

    /// Parents, platforms and modules that this pom names itself and that are not there.
    fn report_missing(&self, at: PomIndex, pom: &Pom, lineage: &Lineage<'_>, out: &mut Sink<'_>) {
        let missing = |out: &mut Sink<'_>, line, what: &str, name: &Coordinates| {
            let message = format!("{what} {}:{}:{} is not in the source", name.group, name.artifact, name.version);
            out.diagnose(DiagnosticCode::INCLUDE_MISSING, line, message);
        };
        if let Some(parent) = pom.parent.as_ref().filter(|_| !self.poms.has_parent(at)) {
            missing(out, parent.line, "parent", &parent.name);
        }
        for import in pom.managed.iter().filter(|entry| entry.is_import()) {
            if self.management.find_import(lineage, import).is_none() {
                missing(out, import.line, "platform", &import.name);
            }
        }
        for module in &pom.modules {
            let name = lineage.text(&module.path);
            let beside = |relative: String| self.poms.at_path(&self.poms.path(at)?.sibling(relative)?);
            if beside(format!("{name}/pom.xml")).is_none() && beside(name).is_none() {
                let message = format!("module {} is not in the source", module.path);
                out.diagnose(DiagnosticCode::INCLUDE_MISSING, module.line, message);
            }
        }
    }

    fn emit_dependencies(&mut self, lineage: &Lineage<'_>, test: bool, out: &mut Sink<'_>) {
        let generations = self.generations(lineage, out);
        let (keys, wanted) = wanted(lineage, generations, out);
        let managed = self.management.of(lineage, &keys);
        if self.management.is_exhausted() {
            out.diagnose(DiagnosticCode::TOO_MANY_ENTRIES, 0, "too many managed dependencies: versions may be missing");
        }
        for (key, wanted) in keys.iter().zip(wanted) {
            let managed = managed.get(key);
            let own = lineage.interpolate(&wanted.declared.name.version);
            let version = match &own {
                Some(own) if !own.is_empty() => own,
                // Stated, but not known: management does not hold over it.
                None => "",
                Some(_) => managed.map_or("", |managed| managed.version.as_str()),
            };
            let scope = match wanted.declared.scope.as_str() {
                "" => managed.map(|managed| managed.scope.clone()).unwrap_or_default(),
                scope => lineage.text(scope),
            };
            let optional = lineage.text(&wanted.declared.optional) == "true";
            let scope = if test { Scope::Dev } else { scope_of(&scope, optional) };
            self.emit_dependency(key, version, scope, wanted.line, out);
        }
    }

    /// How many generations may bring dependencies: every child of a parent repeats the parent's, so all together could
    /// be far more than the files hold. What is left out stays listed for the parent.
    fn generations(&mut self, lineage: &Lineage<'_>, out: &mut Sink<'_>) -> usize {
        let own = |pom: &&Pom| pom.dependencies.len();
        let inherited = lineage.chain.iter().skip(1).map(own).fold(0_usize, usize::saturating_add);
        self.inherited = self.inherited.saturating_add(inherited);
        if self.inherited <= MAX_INHERITED || inherited == 0 {
            return lineage.chain.len();
        }
        out.diagnose(DiagnosticCode::TOO_MANY_ENTRIES, 0, "too many inherited dependencies: they were left out");
        1
    }

    fn emit_dependency(&self, key: &Key, version: &str, scope: Scope, line: u32, out: &mut Sink<'_>) {
        let version = Version::read(version);
        let is_project = key.classifier.is_empty()
            && version.exact().is_some_and(|version| {
                self.projects.contains(&Coordinates {
                    group: key.group.clone(),
                    artifact: key.artifact.clone(),
                    version: version.to_owned(),
                })
            });
        let artifact = Artifact {
            group: &key.group,
            name: &key.artifact,
            classifier: &key.classifier,
            // The project's own purl has no type.
            kind: if is_project { "" } else { &key.kind },
        };
        let Some(mut component) = maven::library(artifact, version, line, out) else { return };
        match version {
            Version::Exact(_) => {}
            Version::Range(range) => {
                let message = format!("{}:{} is not pinned: {range}", key.group, key.artifact);
                out.diagnose(DiagnosticCode::UNPINNED, line, message);
            }
            Version::Unknown => {
                let message = format!("the version of {}:{} is not known", key.group, key.artifact);
                out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, message);
            }
        }
        component.scope = scope;
        if is_project {
            component.kind = ComponentKind::Application;
        }
        let at = out.component(component, line);
        out.direct(at, scope);
    }
}

/// The dependencies of a pom and its parents, the nearest of each name, with their names.
fn wanted<'a>(lineage: &Lineage<'a>, generations: usize, out: &mut Sink<'_>) -> (Vec<Key>, Vec<Wanted<'a>>) {
    let mut seen = HashSet::new();
    let mut keys = Vec::new();
    let mut wanted = Vec::new();
    let inherited_line = lineage.chain.first().and_then(|pom| pom.parent.as_ref()).map_or(0, |parent| parent.line);
    for (generation, pom) in lineage.chain.iter().take(generations).enumerate() {
        for declared in &pom.dependencies {
            // The place of what a parent brings is where the parent is named.
            let line = if generation == 0 { declared.line } else { inherited_line };
            let Some(key) = key_of(lineage, declared).filter(|key| !key.group.is_empty() && !key.artifact.is_empty())
            else {
                let name = &declared.name;
                let message = format!("the name of dependency {}:{} is not known", name.group, name.artifact);
                out.malformed_entry(line, message);
                continue;
            };
            if seen.insert(key.clone()) {
                keys.push(key);
                wanted.push(Wanted { declared, line });
            }
        }
    }
    (keys, wanted)
}

fn emit_project(pom: &Pom, path: &SourcePath, lineage: &Lineage<'_>, test: bool, out: &mut Sink<'_>) {
    let name = pom.own_name();
    let (group, artifact) = (lineage.text(&name.group), lineage.text(&name.artifact));
    if !maven::is_id(&artifact) || !(group.is_empty() || maven::is_id(&group)) {
        return out.malformed_entry(pom.line, "the name of the project is not known");
    }
    let version = lineage.text(&name.version);
    if version.is_empty() && !name.version.is_empty() {
        out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, pom.line, "the version of the project is not known");
    }
    let known = Purl::builder("maven", &*artifact).namespace(&*group).version(&*version).build();
    let mut project = match known {
        Ok(purl) => Component { kind: ComponentKind::Application, ..Component::from_purl(purl) },
        // Without a group it has no name in any registry.
        Err(_) => Component {
            location: Some(path.clone()),
            version: Some(version).filter(|version| !version.is_empty()).map(Into::into),
            ..Component::new(ComponentKind::Application, artifact)
        },
    };
    let inherited = |field: fn(&Pom) -> &str| {
        let text = lineage.chain.iter().map(|pom| field(pom)).find(|text| !text.is_empty()).unwrap_or_default();
        Some(lineage.text(text)).filter(|text| !text.is_empty()).map(Into::into)
    };
    if test {
        project.scope = Scope::Dev;
    }
    project.description = Some(lineage.text(&pom.description)).filter(|text| !text.is_empty()).map(Into::into);
    project.supplier = inherited(|pom| &pom.organization);
    let licenses = lineage.chain.iter().map(|pom| &pom.licenses).find(|licenses| !licenses.is_empty());
    project.licenses = licenses.into_iter().flatten().filter_map(|text| License::declared(text)).collect();
    let url = lineage.text(&pom.url);
    if !url.is_empty() {
        let url = url.into();
        project.references.push(ExternalReference { kind: ReferenceKind::Website, url, hashes: Vec::new() });
    }
    out.project(project, pom.line);
}

/// <https://maven.apache.org/guides/introduction/introduction-to-dependency-mechanism.html#dependency-scope>
fn scope_of(scope: &str, optional: bool) -> Scope {
    match scope {
        "test" => Scope::Dev,
        "provided" | "system" => Scope::Build,
        _ if optional => Scope::Optional,
        _ => Scope::Runtime,
    }
}

/// Whether a project only serves to test another: the integration tests of the Maven Invoker, or test data.
fn is_test_project(path: &SourcePath) -> bool {
    let path = format!("/{path}");
    path.contains("/src/it/") || path.contains("/src/test/")
}

/// Whether a file is an entry of a repository: `…/artifact/version/artifact-version.pom`.
fn is_repository_entry(path: &SourcePath) -> bool {
    let Some(stem) = path.name().strip_suffix(b".pom") else { return false };
    let mut directories = path.parent().rsplit(|&byte| byte == b'/');
    let (version, artifact) = (directories.next().unwrap_or_default(), directories.next().unwrap_or_default());
    !version.is_empty() && stem == [artifact, version].join(&b'-')
}
