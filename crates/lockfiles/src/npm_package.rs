//! A package of npm's registry as the lock files of all four package managers describe it.

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::npm::{self, Origin};

/// What a lock file says about one package.
pub(crate) struct NpmPackage<'a> {
    /// Its real name, whatever it is called where it is used.
    pub(crate) name: &'a str,
    /// Its version; a lock file of npm 6 has none for a package from a repository.
    pub(crate) version: Option<&'a str>,
    /// Where it comes from.
    pub(crate) origin: Origin<'a>,
    /// Subresource Integrity of its archive.
    pub(crate) integrity: Option<&'a str>,
    /// When it is needed.
    pub(crate) scope: Scope,
}

impl NpmPackage<'_> {
    /// The component; `None`, with a diagnostic, when the name cannot be one.
    pub(crate) fn component(&self, out: &mut Sink<'_>, line: u32) -> Option<Component> {
        let Some(builder) = npm::purl(self.name) else {
            out.malformed_entry(line, format!("entry left out: {:?} is not the name of a package", self.name));
            return None;
        };
        if self.version.is_none() && !matches!(self.origin, Origin::Git(_)) {
            out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("{} has no version", self.name));
        }
        let builder = self.origin.qualify(builder.version(self.version.unwrap_or_default()));
        let mut component = Component::from_purl(out.purl(builder, line)?);
        component.scope = self.scope;
        component.references.extend(self.origin.reference());
        component.hashes.extend(Digest::from_sri(self.integrity.unwrap_or_default()));
        if let Origin::Archive { sha1: Some(digest), .. } = &self.origin {
            component.hashes.push(digest.clone());
        }
        // A lock file may have a million of these.
        component.hashes.shrink_to_fit();
        component.references.shrink_to_fit();
        Some(component)
    }
}

/// A project that is built here: the root of a lock file, which no registry need know.
pub(crate) fn project(name: &str, version: Option<&str>, manifest: Option<SourcePath>) -> Option<Component> {
    let component = npm::local(ComponentKind::Application, name)?;
    Some(Component { version: version.map(Into::into), location: manifest, ..component })
}

/// A member of a workspace or a directory that the project links to.
pub(crate) fn member(name: &str, version: Option<&str>, manifest: Option<SourcePath>) -> Option<Component> {
    Some(Component { kind: ComponentKind::Library, ..project(name, version, manifest)? })
}

/// The `package.json` in `directory`, relative to the directory of a lock file.
pub(crate) fn manifest_in(lock: &SourcePath, directory: &str) -> Option<SourcePath> {
    lock.sibling(format!("{}{directory}/package.json", rush_base(lock)))
}

/// From the directory of a lock file to the one that its paths start from. Rush keeps lock files in
/// `common/config/rush` or `common/config/subspaces/NAME`, and copies them to `common/temp` for the package manager.
/// <https://rushjs.io/pages/advanced/subspaces/>
fn rush_base(lock: &SourcePath) -> String {
    let mut parts = lock.parent().rsplit(|&byte| byte == b'/');
    match [parts.next(), parts.next(), parts.next(), parts.next()] {
        [Some(b"rush"), Some(b"config"), Some(b"common"), _] => "../../temp/".to_owned(),
        [Some(name), Some(b"subspaces"), Some(b"config"), Some(b"common")] => {
            format!("../../../temp/{}/", String::from_utf8_lossy(name))
        }
        _ => String::new(),
    }
}

/// Dependencies that a lock file asks for and does not hold; one diagnostic for all of them.
#[derive(Default)]
pub(crate) struct Missing {
    count: usize,
    first: Option<(u32, String)>,
}

impl Missing {
    /// `dependent`, at `line`, needs `dependency`, which is not there.
    pub(crate) fn add(&mut self, line: u32, dependent: &str, dependency: &str) {
        self.count = self.count.saturating_add(1);
        self.first.get_or_insert_with(|| (line, format!("{dependent} needs {dependency}")));
    }

    /// Says so.
    pub(crate) fn report(self, out: &mut Sink<'_>) {
        if let Some((line, first)) = self.first {
            let others = self.count.saturating_sub(1);
            let more = if others == 0 { String::new() } else { format!(" (and {others} more like it)") };
            out.malformed_entry(line, format!("{first}, which the file does not hold{more}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_rush_lie_around_its_temporary_directory() {
        for (lock, directory, want) in [
            ("common/config/rush/pnpm-lock.yaml", "../../apps/quay", "apps/quay/package.json"),
            ("m/common/config/subspaces/a/pnpm-lock.yaml", "../../../apps/quay", "m/apps/quay/package.json"),
            ("app/pnpm-lock.yaml", "packages/quay", "app/packages/quay/package.json"),
        ] {
            let found = manifest_in(&SourcePath::new(lock).unwrap(), directory).unwrap();
            assert_eq!(found.as_bytes(), want.as_bytes(), "{lock}");
        }
    }
}
