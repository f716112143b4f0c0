//! Applications and their builds.

use plimsoll_tests::Random;
use rustc_hash::FxHashSet;

use crate::universe::fraction;
use crate::{Ecosystem, PackageId, Universe, cyclonedx, spdx};

/// How much of what is made.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Applications.
    pub applications: usize,
    /// Builds of each.
    pub builds: usize,
    /// Components of each build.
    pub components: usize,
    /// Of 1,000 components, how many a build changes.
    pub churn: usize,
    /// Of 100 applications, how many write SPDX 2.3 instead of CycloneDX 1.6.
    pub spdx: usize,
    /// Another seed is another organisation.
    pub seed: u64,
}

impl Default for Shape {
    fn default() -> Self {
        Self { applications: 5000, builds: 20, components: 500, churn: 30, spdx: 0, seed: 7 }
    }
}

impl Shape {
    /// The number of documents.
    #[must_use]
    pub const fn documents(&self) -> usize {
        self.applications * self.builds
    }

    /// The number of pairs of document and component.
    #[must_use]
    pub const fn occurrences(&self) -> usize {
        self.documents() * self.components
    }
}

/// In what order documents come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they are built: all applications once, then all again. The order of day-to-day use.
    Time,
    /// All builds of an application, then the next one. The order of a directory that is read for the first time.
    Application,
}

/// One package in one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Component {
    /// The package.
    pub package: PackageId,
    /// Its version, the oldest is 0.
    pub version: u16,
}

/// A build.
#[derive(Debug)]
pub struct Build<'a> {
    /// Which application, from 0.
    pub application: usize,
    /// Which build of it, from 0.
    pub number: usize,
    /// What it is made of.
    pub components: &'a [Component],
    /// `payments-gateway-17`.
    pub name: String,
    /// The SHA-256 of the artifact, in hexadecimal.
    pub digest: String,
    /// Whether its document is SPDX.
    pub spdx: bool,
}

impl Build<'_> {
    /// The name of the file that holds the document.
    #[must_use]
    pub fn file(&self) -> String {
        let ending = if self.spdx { "spdx.json" } else { "cdx.json" };
        format!("{}/{:04}.{ending}", self.name, self.number)
    }
}

/// Makes builds.
#[derive(Debug)]
pub struct Builds<'u> {
    universe: &'u Universe,
    shape: Shape,
}

impl<'u> Builds<'u> {
    /// Of this universe, so many.
    #[must_use]
    pub const fn new(universe: &'u Universe, shape: Shape) -> Self {
        Self { universe, shape }
    }

    /// Makes all, each with its document, until one is refused.
    ///
    /// # Errors
    /// That of `taken`.
    pub fn documents<E>(
        &self,
        order: Order,
        mut taken: impl FnMut(&Build<'_>, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut document = Vec::new();
        self.builds(order, |build| {
            document.clear();
            self.write(build, &mut document);
            taken(build, &document)
        })
    }

    /// Makes all without documents.
    ///
    /// # Errors
    /// That of `taken`.
    pub fn builds<E>(&self, order: Order, mut taken: impl FnMut(&Build<'_>) -> Result<(), E>) -> Result<(), E> {
        match order {
            Order::Application => {
                for application in 0..self.shape.applications {
                    let mut state = Application::new(self.universe, &self.shape, application);
                    for number in 0..self.shape.builds {
                        taken(&state.build(self.universe, &self.shape, number))?;
                    }
                }
            }
            Order::Time => {
                let new = |application| Application::new(self.universe, &self.shape, application);
                let mut states: Vec<Application> = (0..self.shape.applications).map(new).collect();
                for number in 0..self.shape.builds {
                    for state in &mut states {
                        taken(&state.build(self.universe, &self.shape, number))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes the document of a build.
    pub fn write(&self, build: &Build<'_>, out: &mut Vec<u8>) {
        if build.spdx {
            spdx::write(self.universe, build, out);
        } else {
            cyclonedx::write(self.universe, build, out);
        }
    }
}

/// An application as it is at its latest build.
struct Application {
    number: usize,
    name: String,
    language: Ecosystem,
    components: Vec<Component>,
    packages: FxHashSet<PackageId>,
    random: Random,
}

const AREAS: &[&str] = &["payments", "orders", "search", "billing", "identity", "shipping", "catalog", "ledger"];
const ROLES: &[&str] = &["gateway", "api", "worker", "web", "batch", "proxy", "ingest", "report", "sync"];

impl Application {
    fn new(universe: &Universe, shape: &Shape, number: usize) -> Self {
        let mut random = Random::new(shape.seed ^ (number as u64).wrapping_mul(0x9e37_79b9));
        let mut share = random.below(100);
        let language = Ecosystem::LANGUAGES.iter().find(|(_, percent)| {
            let found = share < *percent;
            share = share.saturating_sub(*percent);
            found
        });
        let language = language.map_or(Ecosystem::Npm, |(language, _)| *language);
        let name = format!("{}-{}-{number}", AREAS[number % AREAS.len()], ROLES[number / AREAS.len() % ROLES.len()]);
        let mut application =
            Self { number, name, language, components: Vec::new(), packages: FxHashSet::default(), random };
        for place in 0..shape.components {
            let component = application.another(universe, shape, place, 0.0);
            application.components.push(component);
        }
        application
    }

    /// The build of this number; they are made in turn.
    fn build(&mut self, universe: &Universe, shape: &Shape, number: usize) -> Build<'_> {
        if number > 0 {
            let time = number as f64 / shape.builds.max(2) as f64;
            for _ in 0..shape.components * shape.churn / 1000 {
                self.change(universe, shape, time);
            }
        }
        let mut random = Random::new(shape.seed ^ ((self.number as u64) << 32) ^ number as u64);
        let digest = (0..4).map(|_| format!("{:016x}", random.number())).collect();
        Build {
            application: self.number,
            number,
            components: &self.components,
            name: self.name.clone(),
            digest,
            spdx: self.number % 100 < shape.spdx,
        }
    }

    /// Changes one component: nine times of ten to a newer version, else to another package.
    fn change(&mut self, universe: &Universe, shape: &Shape, time: f64) {
        for _ in 0..20 {
            let place = self.random.below(self.components.len());
            let Component { package, version } = self.components[place];
            let released = universe.released(package, time);
            if self.random.below(10) == 0 {
                self.packages.remove(&package);
                self.components[place] = self.another(universe, shape, place, time);
                return;
            }
            if version + 1 < released {
                self.components[place].version = self.recent(version + 1, released);
                return;
            }
        }
    }

    /// A package that is not in the application yet: a fifth is the operating system's, a tenth another language's.
    fn another(&mut self, universe: &Universe, shape: &Shape, place: usize, time: f64) -> Component {
        let ecosystem = match place * 10 / shape.components.max(1) {
            0 | 1 => Ecosystem::Deb,
            2 if self.language == Ecosystem::Pypi => Ecosystem::Npm,
            2 => Ecosystem::Pypi,
            _ => self.language,
        };
        loop {
            let package = universe.draw(ecosystem, &mut self.random);
            if self.packages.insert(package) {
                let released = universe.released(package, time);
                return Component { package, version: self.recent(0, released) };
            }
        }
    }

    /// One of these versions, most likely the last, each before it half as likely.
    fn recent(&mut self, from: u16, to: u16) -> u16 {
        let back = fraction(&mut self.random).max(1e-6).log2().abs() as u16;
        to.saturating_sub(1 + back).max(from)
    }
}
