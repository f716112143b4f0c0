//! What the packages of one system need and provide, when each has a file of its own: kept with the file, and joined
//! once all files are known.
//!
//! Kept are lines of one letter and a name, in the order in which they were added. The first component of a file is the
//! package that its lines are about.

use std::collections::BTreeMap;

use plimsoll_extract::prelude::*;

use crate::control::split_line;
use crate::provision::{CUT, Holder, Need, Provision};

/// What a line says.
const NAME: u8 = b'=';
const PROVIDES: u8 = b'+';
const NEEDS: u8 = b'r';
const WISHES: u8 = b'o';
const BUILT_WITH: u8 = b'b';
const ARCHITECTURE: u8 = b'a';

/// Longer names are left out.
const MAX_NAME: usize = 1 << 10;

/// What a package is called, needs and provides.
#[derive(Debug, Default, Clone)]
pub(crate) struct Relations {
    lines: Vec<u8>,
}

impl Relations {
    /// The package is called this.
    pub(crate) fn name(&mut self, name: &[u8]) {
        self.push(NAME, name);
    }

    /// The package provides this.
    pub(crate) fn provide(&mut self, name: &[u8]) {
        self.push(PROVIDES, name);
    }

    /// The package is for this architecture; without a word it fits any.
    pub(crate) fn architecture(&mut self, architecture: &[u8]) {
        self.push(ARCHITECTURE, architecture);
    }

    /// The package needs what has this name.
    pub(crate) fn need(&mut self, name: &[u8], scope: Scope) {
        let letter = match scope {
            Scope::Optional => WISHES,
            Scope::Build => BUILT_WITH,
            _ => NEEDS,
        };
        self.push(letter, name);
    }

    fn push(&mut self, letter: u8, name: &[u8]) {
        let name = name.trim_ascii();
        if !name.is_empty() && name.len() <= MAX_NAME && !name.contains(&b'\n') {
            self.lines.push(letter);
            self.lines.extend_from_slice(name);
            self.lines.push(b'\n');
        }
    }

    /// The bytes to keep.
    pub(crate) fn into_kept(self) -> Vec<u8> {
        self.lines
    }
}

fn lines(mut kept: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (line, after) = split_line(kept)?;
        kept = after;
        line.split_first().map(|(&letter, name)| (letter, name))
    })
}

/// Adds the edges between the packages of each system; `system` names the one that a path belongs to, and leaves out
/// files that are no packages.
pub(crate) fn link(files: &mut Resolver<'_>, neutral: &[u8], system: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    let mut systems: BTreeMap<Vec<u8>, Vec<(Handle, Vec<u8>)>> = BTreeMap::new();
    for file in files.files() {
        let Some(key) = files.path(file).and_then(|path| system(path.as_bytes())) else { continue };
        let Some(package) = files.components(file).next().map(|(handle, _)| handle) else { continue };
        systems.entry(key).or_default().push((package, files.take_kept(file)));
    }
    for packages in systems.values() {
        link_system(files, neutral, packages);
    }
}

fn link_system(files: &mut Resolver<'_>, neutral: &[u8], packages: &[(Handle, Vec<u8>)]) {
    let mut table = Provision::new(neutral);
    let mut holders: Vec<Holder> = Vec::with_capacity(packages.len());
    for (package, kept) in packages {
        let architecture = lines(kept).find(|(letter, _)| *letter == ARCHITECTURE).map(|(_, name)| name);
        let holder = table.add(*package, architecture.unwrap_or(neutral));
        for (letter, name) in lines(kept) {
            match letter {
                NAME => table.name(holder, name),
                PROVIDES => table.provide(holder, name),
                _ => {}
            }
        }
        holders.push(holder);
    }
    for ((from, kept), holder) in packages.iter().zip(holders) {
        for (wanted, scope) in [(NEEDS, Scope::Runtime), (WISHES, Scope::Optional), (BUILT_WITH, Scope::Build)] {
            let names = lines(kept).filter(|(letter, _)| *letter == wanted).map(|(_, name)| Need::of(name));
            for to in table.satisfy(holder, names) {
                files.relate(*from, to, RelationshipKind::DependsOn, scope);
            }
        }
    }
    let first = packages.first().filter(|_| table.is_cut());
    if let Some(mut sink) = first.and_then(|(package, _)| files.sink(package.file)) {
        sink.diagnose(DiagnosticCode::MALFORMED_ENTRY, 0, CUT);
    }
}
