//! The poms of a source, and what inheritance makes of each.
//!
//! Maven's order (<https://maven.apache.org/ref/3.9.9/maven-model-builder/>): profiles, inheritance, interpolation, then
//! imports, then management. So a property that a child sets also changes what it inherits.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use plimsoll_extract::prelude::*;

use super::model::{Coordinates, Pom};

/// Parents of parents that are followed; real projects have fewer than ten.
const MAX_PARENTS: usize = 64;

/// Properties within properties that are followed.
const MAX_NESTING: usize = 32;

/// Expressions that one text may expand to, and bytes of the result: two properties that name a third one twice each,
/// and so on, double at every step.
const MAX_STEPS: u32 = 1000;
const MAX_TEXT: usize = 4096;

/// Projects of one name that are tried, when their versions are expressions.
const MAX_CANDIDATES: usize = 64;

/// Position of a pom among those of the source.
pub(super) type PomIndex = usize;

/// Every pom of the source.
pub(super) struct Poms {
    poms: Vec<(SourcePath, Pom)>,
    by_path: HashMap<SourcePath, PomIndex>,
    /// By group, artifact and version as they are written.
    by_name: HashMap<Coordinates, PomIndex>,
    /// Those whose version is an expression, by group and artifact.
    by_expression: HashMap<(String, String), Vec<PomIndex>>,
    parents: Vec<Option<PomIndex>>,
    /// What `.mvn/maven.config` defines, by the directory that it holds for.
    configs: HashMap<Vec<u8>, Properties>,
}

/// Names and values.
pub(super) type Properties = BTreeMap<String, String>;

impl Poms {
    pub(super) fn new(mut poms: Vec<(SourcePath, Pom)>, configs: HashMap<Vec<u8>, Properties>) -> Self {
        let mut by_path = HashMap::new();
        let mut by_name = HashMap::new();
        let mut by_expression: HashMap<(String, String), Vec<PomIndex>> = HashMap::new();
        for (at, (path, pom)) in poms.iter_mut().enumerate() {
            pom.index();
            by_path.insert(path.clone(), at);
            let name = pom.own_name();
            if name.version.contains("${") {
                by_expression.entry((name.group, name.artifact)).or_default().push(at);
            } else {
                by_name.entry(name).or_insert(at);
            }
        }
        let mut all = Self { poms, by_path, by_name, by_expression, parents: Vec::new(), configs };
        all.parents = (0..all.poms.len()).map(|at| all.find_parent(at)).collect();
        all
    }

    pub(super) fn get(&self, at: PomIndex) -> Option<&Pom> {
        self.poms.get(at).map(|(_, pom)| pom)
    }

    pub(super) fn len(&self) -> usize {
        self.poms.len()
    }

    pub(super) fn path(&self, at: PomIndex) -> Option<&SourcePath> {
        self.poms.get(at).map(|(path, _)| path)
    }

    pub(super) fn at_path(&self, path: &SourcePath) -> Option<PomIndex> {
        self.by_path.get(path).copied()
    }

    /// The pom of this name and version; the first in the order of paths when several claim to be it.
    pub(super) fn find(&self, name: &Coordinates) -> Option<PomIndex> {
        let by_expression = || {
            let named = self.by_expression.get(&(name.group.clone(), name.artifact.clone()))?;
            named.iter().copied().take(MAX_CANDIDATES).find(|&at| self.has_version(at, &name.version))
        };
        self.by_name.get(name).copied().or_else(by_expression)
    }

    /// Whether a pom has this version, as written or as its own properties make it.
    fn has_version(&self, at: PomIndex, version: &str) -> bool {
        let Some(pom) = self.get(at) else { return false };
        let held = pom.version();
        let lineage = || Lineage { chain: vec![pom], user: self.config(at) };
        held == version || (held.contains("${") && lineage().interpolate(held).is_some_and(|held| held == version))
    }

    fn find_parent(&self, at: PomIndex) -> Option<PomIndex> {
        let (path, pom) = self.poms.get(at)?;
        let parent = pom.parent.as_ref()?;
        let own = Lineage { chain: vec![pom], user: self.config(at) };
        let version = own.interpolate(&parent.name.version);
        let by_path = parent.path.as_deref().and_then(|relative| {
            let place = path.sibling(relative)?;
            let found = self.at_path(&place).or_else(|| self.at_path(&path.sibling(format!("{relative}/pom.xml"))?))?;
            let candidate = self.get(found)?;
            let same_name = candidate.group() == parent.name.group && candidate.name.artifact == parent.name.artifact;
            let same_version = match &version {
                Some(version) => self.has_version(found, version) || version.contains(['[', '(', ',']),
                // ${revision}, which only the parent may know.
                None => true,
            };
            (same_name && same_version && found != at).then_some(found)
        });
        by_path
            .or_else(|| {
                let version = version.as_deref()?.to_owned();
                self.find(&Coordinates { version, ..parent.name.clone() })
            })
            .filter(|&found| found != at)
    }

    /// A pom and its parents, nearest first.
    pub(super) fn lineage(&self, at: PomIndex) -> Lineage<'_> {
        let mut chain = Vec::new();
        let mut seen = Vec::new();
        let user = self.config(at);
        let mut next = Some(at);
        while let Some(at) = next.filter(|at| !seen.contains(at) && chain.len() < MAX_PARENTS) {
            seen.push(at);
            chain.extend(self.get(at));
            next = self.parents.get(at).copied().flatten();
        }
        Lineage { chain, user }
    }

    /// What the command line of Maven defines for a pom, as far as the source says.
    fn config(&self, at: PomIndex) -> Option<&Properties> {
        let mut directory = self.path(at).map(SourcePath::parent).filter(|_| !self.configs.is_empty())?;
        loop {
            if let Some(config) = self.configs.get(directory) {
                return Some(config);
            }
            match directory.iter().rposition(|&byte| byte == b'/') {
                Some(end) => directory = directory.get(..end)?,
                None if directory.is_empty() => return None,
                None => directory = &[],
            }
        }
    }

    /// Whether a pom has a parent that is in the source.
    pub(super) fn has_parent(&self, at: PomIndex) -> bool {
        self.parents.get(at).is_some_and(Option::is_some)
    }
}

/// A pom and its parents, nearest first.
pub(super) struct Lineage<'a> {
    pub(super) chain: Vec<&'a Pom>,
    /// Properties defined on the command line.
    user: Option<&'a Properties>,
}

impl<'a> Lineage<'a> {
    /// Replaces `${…}`. `None` when one of them is not known, leads back to itself, or the result grows without measure.
    pub(super) fn interpolate<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        if !text.contains("${") {
            return Some(Cow::Borrowed(text));
        }
        let mut expansion = Expansion { lineage: self, out: String::new(), steps: 0 };
        expansion.expand(text, &mut Vec::new())?;
        Some(Cow::Owned(expansion.out))
    }

    /// [`Lineage::interpolate`], with an empty text for what is not known.
    pub(super) fn text(&self, text: &str) -> String {
        self.interpolate(text).map(Cow::into_owned).unwrap_or_default()
    }

    /// The value of an expression. Maven looks at the model first when it has a prefix, at the command line and the
    /// properties next, and then at the model without prefix (maven-model-builder, AbstractStringBasedModelInterpolator).
    fn value(&self, name: &str) -> Option<&'a str> {
        let prefixed = name.strip_prefix("project.").or_else(|| name.strip_prefix("pom."));
        prefixed
            .and_then(|name| self.field(name))
            .or_else(|| self.user?.get(name).map(String::as_str))
            .or_else(|| self.chain.iter().find_map(|pom| pom.property(name)))
            .or_else(|| self.field(name))
    }

    fn field(&self, name: &str) -> Option<&'a str> {
        let pom = *self.chain.first()?;
        let parent = pom.parent.as_ref();
        let text = match name {
            "groupId" => pom.group(),
            "artifactId" => &pom.name.artifact,
            "version" => pom.version(),
            "packaging" if pom.packaging.is_empty() => "jar",
            "packaging" => &pom.packaging,
            "parent.groupId" => &parent?.name.group,
            "parent.artifactId" => &parent?.name.artifact,
            "parent.version" => &parent?.name.version,
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }
}

struct Expansion<'l, 'a> {
    lineage: &'l Lineage<'a>,
    out: String,
    steps: u32,
}

impl<'a> Expansion<'_, 'a> {
    /// `open` are the names that are being expanded.
    fn expand(&mut self, text: &str, open: &mut Vec<String>) -> Option<()> {
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            self.push(before)?;
            let (name, after) = after.split_once('}')?;
            self.steps = self.steps.checked_add(1).filter(|&steps| steps <= MAX_STEPS)?;
            if open.len() >= MAX_NESTING || open.iter().any(|held| held == name) {
                return None;
            }
            let value = self.lineage.value(name).filter(|value| value.len() <= MAX_TEXT)?;
            open.push(name.to_owned());
            self.expand(value, open)?;
            open.pop();
            rest = after;
        }
        self.push(rest)
    }

    fn push(&mut self, text: &str) -> Option<()> {
        self.out.push_str(text);
        (self.out.len() <= MAX_TEXT).then_some(())
    }
}
