//! `dependencyManagement`: versions and scopes for dependencies that state none, and the platforms (BOMs) that bring
//! more of them with `<scope>import</scope>`.
//!
//! <https://maven.apache.org/guides/introduction/introduction-to-dependency-mechanism.html#dependency-management>: own
//! entries hold over the parent's, these over imported ones, and an earlier import over a later one. A platform is read
//! in its own terms: properties of the project that imports it do not reach it.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::effective::{Lineage, PomIndex, Poms};
use super::model::{Coordinates, Dependency};

/// Platforms that import platforms; real ones nest four deep.
const MAX_IMPORTS: usize = 32;

/// Entries looked at for all poms of a source together; 5000 modules below a parent of 3000 entries take 200,000.
const MAX_WORK: u64 = 20_000_000;

/// What an entry is for. Maven's management key: groupId, artifactId, type and classifier.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) kind: String,
    pub(super) classifier: String,
}

/// What an entry gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Managed {
    /// Empty when it could not be worked out.
    pub(super) version: String,
    pub(super) scope: String,
}

/// The entries of a platform, those that it imports included.
type Platform = HashMap<Key, Managed>;

/// Finds what manages dependencies, and remembers the platforms.
pub(super) struct Management<'a> {
    poms: &'a Poms,
    platforms: HashMap<PomIndex, Rc<Platform>>,
    /// Platforms being read, to see one that imports itself.
    open: Vec<PomIndex>,
    work: u64,
}

impl<'a> Management<'a> {
    pub(super) fn new(poms: &'a Poms) -> Self {
        Self { poms, platforms: HashMap::new(), open: Vec::new(), work: 0 }
    }

    /// Whether the work was stopped before its end.
    pub(super) fn is_exhausted(&self) -> bool {
        self.work > MAX_WORK
    }

    /// What the management of this pom and its parents says about the dependencies that are asked for.
    pub(super) fn of<'k>(&mut self, lineage: &Lineage<'_>, asked: &'k [Key]) -> HashMap<&'k Key, Managed> {
        let keys: HashSet<&'k Key> = asked.iter().collect();
        let mut found: HashMap<&'k Key, Managed> = HashMap::new();
        let mut imports = Vec::new();
        for pom in &lineage.chain {
            let named = asked.iter().flat_map(|key| pom.managed_of(&key.artifact).map(move |entry| (Some(key), entry)));
            for (key, entry) in named.chain(pom.managed_others().map(|entry| (None, entry))) {
                self.work = self.work.saturating_add(1);
                if self.is_exhausted() {
                    return found;
                }
                if entry.is_import() {
                    imports.push(entry);
                    continue;
                }
                let Some(own) = key_of(lineage, entry) else { continue };
                let same = match key {
                    Some(key) => Some(key).filter(|key| **key == own),
                    None => keys.get(&own).copied(),
                };
                if let Some(key) = same {
                    found.entry(key).or_insert_with(|| managed(lineage, entry));
                }
            }
        }
        for import in imports {
            self.work = self.work.saturating_add(asked.len() as u64);
            if self.is_exhausted() || found.len() == asked.len() {
                break;
            }
            let Some(platform) = self.find_import(lineage, import).and_then(|at| self.platform(at)) else { continue };
            for key in asked {
                if let Some(managed) = platform.get(key) {
                    found.entry(key).or_insert_with(|| managed.clone());
                }
            }
        }
        found
    }

    /// The pom that an import names.
    pub(super) fn find_import(&self, lineage: &Lineage<'_>, import: &Dependency) -> Option<PomIndex> {
        self.poms.find(&coordinates(lineage, &import.name)?)
    }

    /// All entries of a platform; `None` for one that imports itself.
    fn platform(&mut self, at: PomIndex) -> Option<Rc<Platform>> {
        if let Some(known) = self.platforms.get(&at) {
            return Some(Rc::clone(known));
        }
        if self.open.contains(&at) || self.open.len() >= MAX_IMPORTS || self.is_exhausted() {
            return None;
        }
        self.open.push(at);
        let platform = Rc::new(self.read_platform(at));
        self.open.pop();
        self.platforms.insert(at, Rc::clone(&platform));
        Some(platform)
    }

    fn read_platform(&mut self, at: PomIndex) -> Platform {
        let mut platform = Platform::new();
        let lineage = self.poms.lineage(at);
        let mut imports = Vec::new();
        for entry in lineage.chain.iter().flat_map(|pom| &pom.managed) {
            self.work = self.work.saturating_add(1);
            if self.is_exhausted() {
                return platform;
            }
            if entry.is_import() {
                imports.push(entry);
            } else if let Some(key) = key_of(&lineage, entry) {
                platform.entry(key).or_insert_with(|| managed(&lineage, entry));
            }
        }
        for import in imports {
            let Some(imported) = self.find_import(&lineage, import).and_then(|at| self.platform(at)) else { continue };
            for (key, managed) in imported.iter() {
                self.work = self.work.saturating_add(1);
                if self.is_exhausted() {
                    return platform;
                }
                platform.entry(key.clone()).or_insert_with(|| managed.clone());
            }
        }
        platform
    }
}

/// A name with its expressions replaced; `None` when one of them is not known.
pub(super) fn coordinates(lineage: &Lineage<'_>, name: &Coordinates) -> Option<Coordinates> {
    Some(Coordinates {
        group: lineage.interpolate(&name.group)?.into_owned(),
        artifact: lineage.interpolate(&name.artifact)?.into_owned(),
        version: lineage.interpolate(&name.version)?.into_owned(),
    })
}

/// The key of an entry or a dependency; `None` when its name is not known.
pub(super) fn key_of(lineage: &Lineage<'_>, entry: &Dependency) -> Option<Key> {
    let kind = lineage.interpolate(&entry.kind)?;
    Some(Key {
        group: lineage.interpolate(&entry.name.group)?.into_owned(),
        artifact: lineage.interpolate(&entry.name.artifact)?.into_owned(),
        kind: if kind.is_empty() { "jar".to_owned() } else { kind.into_owned() },
        classifier: lineage.interpolate(&entry.classifier)?.into_owned(),
    })
}

fn managed(lineage: &Lineage<'_>, entry: &Dependency) -> Managed {
    Managed { version: lineage.text(&entry.name.version), scope: lineage.text(&entry.scope) }
}
