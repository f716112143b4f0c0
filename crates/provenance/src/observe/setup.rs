//! What to run, and under which conditions.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// A command to watch.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The program that becomes the command: this one, so that [`launch`](super::launch) runs in it.
    pub program: PathBuf,
    /// The words that make it do so. Those of [`Setup::to_arguments`], `--` and the command follow.
    pub leading: Vec<OsString>,
    /// The command.
    pub command: Vec<OsString>,
    /// Where it runs.
    pub directory: PathBuf,
    /// Variables that it gets, besides those of this program.
    pub environment: BTreeMap<OsString, OsString>,
    /// Whether it gets no others.
    pub clear_environment: bool,
    /// What becomes of what it prints.
    pub output: Output,
    /// Under which conditions it runs.
    pub setup: Setup,
}

/// What becomes of what a command prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Output {
    /// It goes where this program's goes.
    #[default]
    Inherit,
    /// All goes to standard error; standard output is for the statement.
    ToStderr,
    /// Nobody sees it.
    Discard,
}

/// Under which conditions a command runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setup {
    /// Without network.
    pub hermetic: bool,
    /// With these bits taken from the permissions of new files.
    pub umask: Option<u32>,
    /// On a machine of this name.
    pub host_name: Option<String>,
}

impl Setup {
    /// As words of a command line.
    #[must_use]
    pub fn to_arguments(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> = Vec::new();
        if self.hermetic {
            words.push("--hermetic".into());
        }
        if let Some(mask) = self.umask {
            words.push(format!("--umask={mask}").into());
        }
        if let Some(name) = &self.host_name {
            words.push(format!("--host-name={name}").into());
        }
        words
    }
}
