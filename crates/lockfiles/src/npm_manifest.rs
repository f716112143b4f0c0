//! `package.json` beside a lock file: what the project is called and asks for, where the lock file does not say.
//! <https://docs.npmjs.com/cli/v11/configuring-npm/package-json>

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Map, Text, fill};
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
    }
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

    /// The project as a component; `None` when it has no name.
    pub(crate) fn project(&self, path: &SourcePath) -> Option<Component> {
        let mut component = project(self.name.as_str()?, self.version.as_str(), Some(path.clone()))?;
        component.licenses = self.license.get().map(|license| license.statements().collect()).unwrap_or_default();
        Some(component)
    }

    /// What it asks for: name, range and when.
    pub(crate) fn needs(&self) -> impl Iterator<Item = (&str, &str, Scope)> {
        let optional = |name: &str| self.optional_dependencies.entries().iter().any(|(held, _)| held == name);
        [
            (&self.dependencies, Scope::Runtime),
            (&self.optional_dependencies, Scope::Optional),
            (&self.peer_dependencies, Scope::Runtime),
            (&self.dev_dependencies, Scope::Dev),
        ]
        .into_iter()
        .flat_map(|(ranges, scope)| ranges.entries().iter().map(move |entry| (entry, scope)))
        // npm repeats optional dependencies among the others.
        .filter(move |((name, _), scope)| *scope != Scope::Runtime || !optional(name))
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
