//! All packages that exist, and their versions, oldest first.

use plimsoll_tests::Random;

use crate::Ecosystem;

/// A package, by its place in the universe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId(pub u32);

/// Packages and versions. Within an ecosystem, the first package is used most.
#[derive(Debug)]
pub struct Universe {
    packages: Vec<Package>,
    /// Text of all versions, one after the other, and where each begins.
    text: String,
    starts: Vec<u32>,
    /// Where each ecosystem begins, and the end.
    ecosystems: Vec<(Ecosystem, usize, usize)>,
}

/// What does not depend on the version.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) ecosystem: Ecosystem,
    /// The package URL up to and with the `@`.
    pub(crate) purl: String,
    pub(crate) group: String,
    pub(crate) name: String,
    /// Of its versions in `starts`: the first, and how many.
    first: u32,
    count: u16,
    pub(crate) salt: u64,
}

impl Universe {
    /// The universe of 60,000 packages, or of a share of them.
    #[must_use]
    pub fn new(seed: u64, percent: usize) -> Self {
        let mut random = Random::new(seed);
        let mut universe = Self { packages: Vec::new(), text: String::new(), starts: vec![0], ecosystems: Vec::new() };
        for (ecosystem, size) in Ecosystem::SIZES {
            let start = universe.packages.len();
            for rank in 0..(size * percent / 100).max(20) {
                universe.package(ecosystem, rank, &mut random);
            }
            universe.ecosystems.push((ecosystem, start, universe.packages.len()));
        }
        universe
    }

    fn package(&mut self, ecosystem: Ecosystem, rank: usize, random: &mut Random) {
        let (namespace, name) = match ecosystem.leaders().get(rank) {
            Some((namespace, name)) => ((*namespace).to_owned(), (*name).to_owned()),
            None => ecosystem.name(rank),
        };
        let slash = if namespace.is_empty() { "" } else { "/" };
        let purl = format!("pkg:{}/{}{slash}{name}@", ecosystem.purl_type(), namespace.replace('@', "%40"));
        // The most used have up to 60 versions, most have a few.
        let most = 60.0 / (1.0 + rank as f64 / 300.0).sqrt();
        let count = (most * (0.4 + 0.6 * fraction(random))).max(1.0) as u16;
        let salt = random.number();
        let first = self.starts.len() - 1;
        let mut version = [(salt >> 8) as u32 % 5, (salt >> 16) as u32 % 4, 0];
        for _ in 0..count {
            self.text.push_str(&ecosystem.version(version, salt));
            self.starts.push(self.text.len() as u32);
            version = match random.below(10) {
                0 => [version[0] + 1, 0, 0],
                1..=3 => [version[0], version[1] + 1, 0],
                _ => [version[0], version[1], version[2] + 1],
            };
        }
        self.packages.push(Package { ecosystem, purl, group: namespace, name, first: first as u32, count, salt });
    }

    pub(crate) fn get(&self, package: PackageId) -> &Package {
        &self.packages[package.0 as usize]
    }

    /// A package by how much it is used: 0 is the most.
    #[must_use]
    pub fn ranked(&self, ecosystem: Ecosystem, rank: usize) -> PackageId {
        let (start, end) = self.range(ecosystem);
        PackageId((start + rank).min(end - 1) as u32)
    }

    /// A package drawn by Zipf's law with s = 1: the inverse of its continuous distribution.
    pub(crate) fn draw(&self, ecosystem: Ecosystem, random: &mut Random) -> PackageId {
        let (start, end) = self.range(ecosystem);
        let count = end - start;
        let rank = ((count as f64 + 1.0).ln() * fraction(random)).exp() as usize;
        PackageId((start + rank.clamp(1, count) - 1) as u32)
    }

    fn range(&self, ecosystem: Ecosystem) -> (usize, usize) {
        let found = self.ecosystems.iter().find(|(each, ..)| *each == ecosystem);
        found.map(|(_, start, end)| (*start, *end)).unwrap_or_default()
    }

    /// How many versions a package has.
    #[must_use]
    pub fn versions(&self, package: PackageId) -> u16 {
        self.get(package).count
    }

    /// How many of its versions are out at a time from 0 to 1. At 0, the older half is.
    pub(crate) fn released(&self, package: PackageId, time: f64) -> u16 {
        let count = self.versions(package);
        ((f64::from(count) * (0.5 + 0.5 * time)).round() as u16).clamp(1, count)
    }

    /// The text of a version.
    #[must_use]
    pub fn version(&self, package: PackageId, version: u16) -> &str {
        let at = self.get(package).first as usize + version as usize;
        &self.text[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// The number of packages.
    #[must_use]
    pub fn len(&self) -> usize {
        self.packages.len()
    }

    /// Whether there are none, which is never so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    /// The package URL without a version, as a question names it.
    #[must_use]
    pub fn purl(&self, package: PackageId) -> &str {
        self.get(package).purl.trim_end_matches('@')
    }
}

/// From 0 to 1, without 1.
pub(crate) fn fraction(random: &mut Random) -> f64 {
    (random.number() >> 11) as f64 / (1u64 << 53) as f64
}
