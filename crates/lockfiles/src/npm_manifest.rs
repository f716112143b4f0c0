//! `package.json` beside a lock file: what the project is called and asks for, where the lock file does not say.
//! <https://docs.npmjs.com/cli/v11/configuring-npm/package-json>

use std::collections::HashSet;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Fill, Loose, Map, MapAccess, SeqAccess, Text, fill};
use plimsoll_extract::syntax::npm::LicenseField;
use plimsoll_model::Limits;

use crate::npm_package::project;

/// Name to range.
type Ranges<'a> = Map<'a, Loose<Text<'a>>>;

loose_object! {
    /// What a project says about itself.
    pub(crate) struct Manifest<'a> {
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "license" => license: LicenseField<'a>,
        "dependencies" => dependencies: Ranges<'a>,
        "devDependencies" => dev_dependencies: Ranges<'a>,
        "optionalDependencies" => optional_dependencies: Ranges<'a>,
        "peerDependencies" => peer_dependencies: Ranges<'a>,
        "workspaces" => workspaces: Workspaces<'a>,
    }
}

loose_object! {
    struct WorkspacesObject<'a> {
        "packages" => packages: Vec<Loose<Text<'a>>>,
    }
}

/// `workspaces`: a list of globs, or an object with one, as Yarn Classic has it.
#[derive(Debug, Default)]
pub(crate) struct Workspaces<'a>(Vec<Loose<Text<'a>>>);

impl<'de> Fill<'de> for Workspaces<'de> {
    fn array<A: SeqAccess<'de>>(&mut self, items: A) -> Result<bool, A::Error> {
        self.0.array(items)
    }

    fn object<A: MapAccess<'de>>(&mut self, map: A) -> Result<bool, A::Error> {
        let mut object = WorkspacesObject::default();
        object.object(map)?;
        self.0 = object.packages.into_option().unwrap_or_default();
        Ok(true)
    }
}

/// Whether a directory, relative to the project, is that of a member: `*` stands for anything within a part, `**` for
/// any parts, and a glob with `!` in front takes away.
pub(crate) fn matches_workspace(globs: &[&str], directory: &str) -> bool {
    let mut matches = false;
    for glob in globs {
        let (takes, glob) = match glob.strip_prefix('!') {
            Some(rest) => (false, rest),
            None => (true, *glob),
        };
        let glob = glob.strip_prefix("./").unwrap_or(glob).trim_end_matches('/');
        if matches != takes && glob_matches(glob, directory) {
            matches = takes;
        }
    }
    matches
}

/// Follows all ways of a glob through the parts at once, so that no glob takes more than its length times theirs.
fn glob_matches(glob: &str, directory: &str) -> bool {
    let parts: Vec<&str> = directory.split('/').collect();
    // `reached[n]`: the glob so far can stand for the first n parts.
    let mut reached = vec![false; parts.len().saturating_add(1)];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for piece in glob.split('/') {
        let mut next = vec![false; reached.len()];
        let mut any = false;
        for (at, slot) in next.iter_mut().enumerate() {
            if piece == "**" {
                any |= reached.get(at) == Some(&true);
                *slot = any;
            } else if let Some(before) = at.checked_sub(1) {
                let part = parts.get(before).copied().unwrap_or_default();
                *slot = reached.get(before) == Some(&true) && part_matches(piece, part);
            }
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

fn part_matches(piece: &str, part: &str) -> bool {
    let Some((start, rest)) = piece.split_once('*') else { return piece == part };
    let (Some(mut tail), false) = (part.strip_prefix(start), part.starts_with('.') && start.is_empty()) else {
        return false;
    };
    let mut literals = rest.split('*').peekable();
    while let Some(literal) = literals.next() {
        if literals.peek().is_none() {
            return tail.ends_with(literal);
        }
        match tail.split_once(literal) {
            Some((_, after)) => tail = after,
            None => return false,
        }
    }
    true
}

/// Whether a file lies in `node_modules`: it belongs to an installed package, not to a project.
pub(crate) fn is_installed(path: &SourcePath) -> bool {
    path.parent().split(|&byte| byte == b'/').any(|part| part == b"node_modules")
}

impl<'a> Manifest<'a> {
    /// Keeps a `package.json` for [`join`]; those of installed packages are none of a lock file's business.
    pub(crate) fn keep(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if !is_installed(file.path()) {
            out.keep(file.bytes()?.into_owned());
        }
        Ok(())
    }

    /// Reads what was kept. Of a broken file, what comes before the fault.
    pub(crate) fn read(kept: &'a [u8]) -> (Self, Option<syntax::Error>) {
        let mut root = Loose::<Self>::Absent;
        let fault = fill(kept, &Limits::DEFAULT, &mut root).err();
        (root.into_option().unwrap_or_default(), fault)
    }

    /// The globs of its workspaces.
    pub(crate) fn workspace_globs(&self) -> Vec<&str> {
        self.workspaces.get().into_iter().flat_map(|globs| &globs.0).filter_map(Loose::as_str).collect()
    }

    /// Its licences.
    pub(crate) fn licenses(&self) -> Vec<License> {
        self.license.get().map(|license| license.statements().collect()).unwrap_or_default()
    }

    /// The project as a component; `None` when it has no name.
    pub(crate) fn project(&self, path: &SourcePath) -> Option<Component> {
        let mut component = project(self.name.as_str()?, self.version.as_str(), Some(path.clone()))?;
        component.licenses = self.licenses();
        Some(component)
    }

    /// What it asks for: name, range and when.
    pub(crate) fn needs(&self) -> impl Iterator<Item = (&str, &str, Scope)> {
        let optional: HashSet<&str> =
            self.optional_dependencies.entries().iter().map(|(name, _)| name.as_str()).collect();
        [
            (&self.dependencies, Scope::Runtime),
            (&self.optional_dependencies, Scope::Optional),
            (&self.peer_dependencies, Scope::Runtime),
            (&self.dev_dependencies, Scope::Dev),
        ]
        .into_iter()
        .flat_map(|(ranges, scope)| ranges.entries().iter().map(move |entry| (entry, scope)))
        // npm repeats optional dependencies among the others.
        .filter(move |((name, _), scope)| *scope != Scope::Runtime || !optional.contains(name.as_str()))
        .map(|((name, range), scope)| (name.as_str(), range.as_str().unwrap_or_default(), scope))
    }
}

/// Makes the project of `manifest` a component and relates it to the components of `lock` that it asks for.
pub(crate) fn join(
    files: &mut Resolver<'_>,
    lock: FileHandle,
    manifest: FileHandle,
    find: impl Fn(&str, &str) -> Option<Handle>,
) {
    let kept = files.kept(manifest).to_vec();
    let (read, fault) = Manifest::read(&kept);
    let Some(path) = files.path(manifest).cloned() else { return };
    let project = files.sink(manifest).and_then(|mut sink| {
        if let Some(fault) = fault {
            let span = fault.line().map(Span::Line);
            sink.diagnose_at(fault.code(), span, format!("read in part: {fault}"));
        }
        read.project(&path).map(|component| sink.project(component, 0))
    });
    for (name, range, scope) in read.needs() {
        let Some(to) = find(name, range) else { continue };
        match project {
            Some(project) => {
                files.relate(Handle { file: manifest, component: project }, to, RelationshipKind::DependsOn, scope);
            }
            None => {
                if let Some(mut sink) = files.sink(lock) {
                    sink.direct(to.component, scope);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspace_globs() {
        for (globs, directory, want) in [
            (&["packages/*"][..], "packages/a", true),
            (&["packages/*"], "packages/a/b", false),
            (&["./packages/*/"], "packages/.hidden", false),
            (&["packages/**"], "packages/a/b", true),
            (&["**/lib-*"], "a/b/lib-c", true),
            (&["packages/*", "!packages/old"], "packages/old", false),
            (&["c"], "c", true),
            (&["a*b*c"], "axxbyyc", true),
        ] {
            assert_eq!(matches_workspace(globs, directory), want, "{globs:?} {directory}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!glob_matches(&format!("{}z", "**/".repeat(1000)), &"a/".repeat(1000)));
        assert!(!part_matches(&"*a".repeat(2000), &"b".repeat(4000)));
    }

    #[test]
    fn a_broken_manifest_keeps_what_came_before() {
        let (manifest, fault) =
            Manifest::read(br#"{"name": "x", "dependencies": {"a": "1", "b": 2}, "devDependencies": {"c": "#);
        assert!(fault.is_some());
        let needs: Vec<_> = manifest.needs().collect();
        assert_eq!(needs, [("a", "1", Scope::Runtime), ("b", "", Scope::Runtime), ("c", "", Scope::Dev)]);
    }
}
