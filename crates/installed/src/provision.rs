//! Who satisfies what a package needs.
//!
//! Packages of an operating system need names: of packages, of virtual packages (`mail-transport-agent`), of sonames
//! (`so:libc.musl-x86_64.so.1`) or of files (`/bin/sh`). This is the table of who has which name. Version constraints
//! are not looked at: the packages are installed together, so the package manager found them to hold.

use std::collections::HashMap;

/// How many packages may satisfy one name.
const MAX_PROVIDERS: usize = 64;

/// How many edges there may be to second and further providers of a name, for each package on average, and in all at
/// least. In a hostile file their number is the square of the number of packages; in real systems it is below one a
/// package.
const EDGES_PER_PACKAGE: usize = 16;
const EDGES_AT_LEAST: usize = 4096;

/// What to say when [`Provision::is_cut`].
pub(crate) const CUT: &str = "too many packages provide what others need; some edges are missing";

/// The packages of one system by the names that they have.
#[derive(Debug)]
pub(crate) struct Provision<'a, T> {
    packages: Vec<Entry<'a, T>>,
    named: HashMap<&'a [u8], Vec<usize>>,
    provided: HashMap<&'a [u8], Vec<usize>>,
    neutral: &'a [u8],
    /// How many more edges to second and further providers there may be.
    spare: usize,
    is_cut: bool,
}

#[derive(Debug)]
struct Entry<'a, T> {
    package: T,
    architecture: &'a [u8],
}

/// Position of a package in a [`Provision`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Holder(usize);

impl<'a, T: Copy> Provision<'a, T> {
    /// An empty table; `neutral` is the architecture of packages that fit any (`all`, `noarch`).
    pub(crate) fn new(neutral: &'a [u8]) -> Self {
        Self {
            packages: Vec::new(),
            named: HashMap::new(),
            provided: HashMap::new(),
            neutral,
            spare: EDGES_AT_LEAST,
            is_cut: false,
        }
    }

    /// Adds a package.
    pub(crate) fn add(&mut self, package: T, architecture: &'a [u8]) -> Holder {
        let holder = Holder(self.packages.len());
        self.packages.push(Entry { package, architecture });
        self.spare = self.spare.saturating_add(EDGES_PER_PACKAGE);
        holder
    }

    /// The package is called this.
    pub(crate) fn name(&mut self, holder: Holder, name: &'a [u8]) {
        push(&mut self.named, holder, name);
    }

    /// The package provides this.
    pub(crate) fn provide(&mut self, holder: Holder, name: &'a [u8]) {
        push(&mut self.provided, holder, name);
    }

    /// The packages that satisfy any of these needs of a package: those with the name, else those that provide it; of
    /// these the ones of the needed architecture (by default the package's own), else all. Sorted, without doubles and
    /// without the package itself.
    pub(crate) fn satisfy<'n>(&mut self, holder: Holder, needs: impl Iterator<Item = Need<'n>>) -> Vec<T> {
        let own = self.packages.get(holder.0).map(|entry| entry.architecture).unwrap_or_default();
        let mut found: Vec<usize> = Vec::new();
        for need in needs {
            let Some(candidates) = self.named.get(need.name).or_else(|| self.provided.get(need.name)) else { continue };
            let architecture = need.architecture.unwrap_or(own);
            let fits = |at: &&usize| {
                self.packages.get(**at).is_some_and(|entry| {
                    entry.architecture == architecture
                        || entry.architecture == self.neutral
                        || architecture == self.neutral
                })
            };
            let before = found.len();
            found.extend(candidates.iter().filter(fits));
            if found.len() == before {
                found.extend(candidates);
            }
            if candidates.len() > 1 {
                // The first one is what the need asks for anyway.
                let surplus = found.len().saturating_sub(before).saturating_sub(1);
                self.is_cut |= surplus > self.spare || candidates.len() >= MAX_PROVIDERS;
                found.truncate(before.saturating_add(1).saturating_add(surplus.min(self.spare)));
                self.spare = self.spare.saturating_sub(surplus);
            }
        }
        found.sort_unstable();
        found.dedup();
        found.retain(|&at| at != holder.0);
        found.into_iter().filter_map(|at| self.packages.get(at)).map(|entry| entry.package).collect()
    }

    /// Whether edges were left out because there were too many.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }
}

fn push<'a>(table: &mut HashMap<&'a [u8], Vec<usize>>, holder: Holder, name: &'a [u8]) {
    let holders = table.entry(name).or_default();
    if holders.len() < MAX_PROVIDERS && holders.last() != Some(&holder.0) {
        holders.push(holder.0);
    }
}

/// One thing that a package needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need<'n> {
    pub(crate) name: &'n [u8],
    /// The architecture that must be, when it is not that of the package itself.
    pub(crate) architecture: Option<&'n [u8]>,
}

impl<'n> Need<'n> {
    /// A need without a word about the architecture.
    pub(crate) fn of(name: &'n [u8]) -> Self {
        Self { name, architecture: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_before_provides_and_architectures_keep_apart() {
        let mut all = Provision::new(b"all");
        for (package, architecture) in [("libc6:amd64", &b"amd64"[..]), ("libc6:i386", b"i386")] {
            let holder = all.add(package, architecture);
            all.name(holder, b"libc6");
        }
        let mawk = all.add("mawk", b"amd64");
        all.provide(mawk, b"awk");
        all.provide(mawk, b"libc6");
        let i386 = all.add("wine32", b"i386");
        assert_eq!(all.satisfy(i386, [Need::of(b"libc6"), Need::of(b"awk")].into_iter()), ["libc6:i386", "mawk"]);
        let script = all.add("script", b"all");
        assert_eq!(all.satisfy(script, [Need::of(b"libc6")].into_iter()), ["libc6:amd64", "libc6:i386"]);
        assert_eq!(all.satisfy(mawk, [Need::of(b"awk"), Need::of(b"none")].into_iter()), <[&str; 0]>::default());
    }

    #[test]
    fn a_name_that_everyone_provides_stays_bounded() {
        let mut all = Provision::new(b"all");
        let holders: Vec<_> = (0..1_000).map(|package| all.add(package, b"amd64")).collect();
        for &holder in &holders {
            all.provide(holder, b"x");
        }
        let needs = || std::iter::repeat_n(Need::of(b"x"), 100);
        let edges: usize = holders.iter().map(|&holder| all.satisfy(holder, needs()).len()).sum();
        assert!(edges <= 1_000 * (EDGES_PER_PACKAGE + 1) + EDGES_AT_LEAST && all.is_cut(), "{edges}");
    }
}
