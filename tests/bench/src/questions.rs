//! The questions that are asked, and their right answers.

use anyhow::Result;
use plimsoll_bench::{Builds, Ecosystem, Order, PackageId, Universe};

use crate::options::Made;

/// Which artifacts contain this package in a version below this one?
#[derive(Debug)]
pub(crate) struct Question {
    /// What it is called in the tables.
    pub(crate) title: &'static str,
    pub(crate) package: PackageId,
    /// The first version that is not asked for.
    pub(crate) below: u16,
    /// `pkg:npm/lodash`.
    pub(crate) purl: String,
    /// The text of that version.
    pub(crate) version: String,
    /// How many artifacts do.
    pub(crate) artifacts: usize,
}

/// A package that nearly every application uses, one that some do, and one that few do.
pub(crate) fn questions(universe: &Universe, made: &Made) -> Result<Vec<Question>> {
    let new = |(title, rank)| {
        let package = universe.ranked(Ecosystem::Npm, rank);
        // All but the newest fifth.
        let below = universe.versions(package) - universe.versions(package).div_ceil(5);
        let purl = universe.purl(package).to_owned();
        Question { title, package, below, purl, version: universe.version(package, below).to_owned(), artifacts: 0 }
    };
    let mut questions: Vec<Question> = [("popular", 0), ("usual", 49), ("rare", 2500)].into_iter().map(new).collect();
    Builds::new(universe, made.shape).builds(Order::Application, |build| -> Result<()> {
        for question in &mut questions {
            let asked = |component: &&plimsoll_bench::Component| component.package == question.package;
            let found = build.components.iter().find(asked);
            question.artifacts += usize::from(found.is_some_and(|found| found.version < question.below));
        }
        Ok(())
    })?;
    Ok(questions)
}
