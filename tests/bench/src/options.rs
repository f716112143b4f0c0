//! Arguments of the programs.

use anyhow::{Context as _, Result, bail};
use plimsoll_bench::{Order, Shape};

/// What was made of the arguments about the shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made {
    pub(crate) shape: Shape,
    pub(crate) order: Order,
}

/// Arguments that are left.
#[derive(Debug)]
pub(crate) struct Arguments(Vec<String>);

impl Arguments {
    pub(crate) fn new(arguments: impl Iterator<Item = String>) -> Self {
        Self(arguments.collect())
    }

    /// The first word that is left.
    pub(crate) fn word(&mut self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.remove(0))
    }

    /// Whether there is this word.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let place = self.0.iter().position(|argument| argument == name);
        place.map(|place| self.0.remove(place)).is_some()
    }

    /// The word after this one.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>> {
        let Some(place) = self.0.iter().position(|argument| argument == name) else { return Ok(None) };
        self.0.remove(place);
        if place == self.0.len() {
            bail!("{name} wants a value");
        }
        Ok(Some(self.0.remove(place)))
    }

    /// The number after this word.
    pub(crate) fn number(&mut self, name: &str, otherwise: usize) -> Result<usize> {
        match self.text(name)? {
            Some(text) => text.parse().with_context(|| format!("{name} {text}")),
            None => Ok(otherwise),
        }
    }
}

pub(crate) fn shape(arguments: &mut Arguments) -> Result<Made> {
    let usual = Shape::default();
    let shape = Shape {
        applications: arguments.number("--applications", usual.applications)?,
        builds: arguments.number("--builds", usual.builds)?,
        components: arguments.number("--components", usual.components)?,
        churn: arguments.number("--churn", usual.churn)?,
        spdx: arguments.number("--spdx", usual.spdx)?,
        seed: arguments.number("--seed", usual.seed as usize)? as u64,
    };
    let order = match arguments.text("--order")?.as_deref() {
        None | Some("time") => Order::Time,
        Some("application") => Order::Application,
        Some(other) => bail!("--order is time or application, not {other}"),
    };
    Ok(Made { shape, order })
}
