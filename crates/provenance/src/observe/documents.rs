//! The documents that are made of an observed build: provenance, runtime trace, and the summary that goes with both.

mod bill;
mod provenance;
mod runtime_trace;

use std::collections::BTreeMap;
use std::ffi::OsString;

use jiff::Timestamp;

use super::{Attempt, Class, FileRecord, Inventory, ObserveError, Places, Product, Source, Trace, Unhashed, secret};

/// What the parameters of such a build mean.
pub const BUILD_TYPE: &str = "https://plimsoll.dev/buildtypes/observed/v1";
/// Who builds: this program, on a machine of whoever calls it.
pub const BUILDER: &str = "https://plimsoll.dev/builders/local/v1";
/// What watches.
pub const MONITOR: &str = "https://plimsoll.dev/monitors/ptrace/v1";

/// An observed build, with all that documents say of it.
#[derive(Debug, Clone)]
pub struct Build {
    /// What was run.
    pub command: Vec<OsString>,
    /// The variables that it ran with.
    pub environment: BTreeMap<String, String>,
    /// Variables that are recorded besides those that always are.
    pub recorded: Vec<String>,
    /// Where it ran, as [`Places::shown`] has it.
    pub directory: String,
    /// Whether it ran without network.
    pub hermetic: bool,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// The version of this program.
    pub version: String,
    /// What was seen.
    pub trace: Trace,
    /// What the files are.
    pub inventory: Inventory,
    /// The source tree.
    pub source: Source,
    /// Where things lie.
    pub places: Places,
    /// What was made.
    pub products: Vec<Product>,
}

impl Build {
    /// Why the list of dependencies is not complete; empty when it is.
    #[must_use]
    pub fn incomplete(&self) -> Vec<String> {
        let mut reasons: Vec<String> = self.trace.gaps.iter().map(ToString::to_string).collect();
        let mut say = |count: usize, one: &str, many: &str| match count {
            0 => {}
            1 => reasons.push(format!("1 {one}")),
            _ => reasons.push(format!("{count} {many}")),
        };
        say(self.trace.network().count(), "connection to the network", "connections to the network");
        let (one, many) =
            ("connection to a program outside of the build", "connections to programs outside of the build");
        say(self.trace.services().count(), one, many);
        let other = self.inventory.in_class(&self.trace, Class::Other).count();
        say(other, "file of no known origin", "files of no known origin");
        let inputs = |wanted: fn(&FileRecord) -> bool| {
            self.trace.files.values().filter(|record| record.input && wanted(record)).count()
        };
        let unread = inputs(|record| record.unhashed == Some(Unhashed::Unreadable));
        say(unread, "input that could not be read", "inputs that could not be read");
        let secret = inputs(|record| record.unhashed == Some(Unhashed::Secret));
        say(secret, "file with secrets", "files with secrets");
        let changed = inputs(|record| record.changed);
        say(changed, "input that changed during the build", "inputs that changed during the build");
        let left = usize::try_from(self.trace.left_behind).unwrap_or(usize::MAX);
        say(left, "process that outlived the command", "processes that outlived the command");
        reasons
    }

    /// The addresses that a build without network tried to reach, or programs outside of it that it did reach.
    #[must_use]
    pub fn breaches(&self) -> Vec<String> {
        if !self.hermetic {
            return Vec::new();
        }
        let all = self.trace.network().chain(self.trace.services());
        let mut breaches: Vec<String> = all
            .map(|connection| format!("{} by {}", connection.address, self.places.shown(&connection.program)))
            .collect();
        breaches.sort();
        breaches.dedup();
        breaches
    }

    /// The words of the command, without secrets.
    fn words(&self) -> Vec<String> {
        let word = |word: &OsString| {
            let word = secret::redacted(&word.to_string_lossy(), &self.environment);
            self.places.without_home(&word)
        };
        self.command.iter().map(word).collect()
    }

    /// The variables that are recorded, without the name of the user.
    fn variables(&self) -> BTreeMap<&str, String> {
        let recorded = secret::recorded(&self.environment, &self.recorded);
        recorded.into_iter().map(|(name, value)| (name, self.places.without_home(value))).collect()
    }

    /// The classes of files that say something of the source, dependencies or tools.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Class, u64> {
        self.inventory.counts()
    }
}

impl Attempt {
    /// Its word in documents.
    fn word(self) -> String {
        match self {
            Self::Connected => "connected".to_owned(),
            Self::Sent => "sent".to_owned(),
            Self::Failed(number) => format!("failed with error {number}"),
        }
    }
}

pub(super) fn seconds(at: Timestamp) -> String {
    // Whole seconds: what is smaller tells nothing to anybody.
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

/// The statements of an observed build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statements {
    /// SLSA provenance: the bytes to sign.
    pub provenance: Vec<u8>,
    /// The runtime trace, with every file: the bytes to sign.
    pub trace: Vec<u8>,
}

impl Build {
    /// The statements. `bill` is the SBOM that goes with them.
    ///
    /// # Errors
    /// There is no product, or more than a statement can be about.
    pub fn statements(&self, bill: Option<&[u8]>) -> Result<Statements, ObserveError> {
        let trace = runtime_trace::statement(self)?;
        Ok(Statements { provenance: provenance::statement(self, &trace, bill)?, trace })
    }
}

#[cfg(test)]
mod tests;
