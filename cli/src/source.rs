//! What is named on the command line as SOURCE, opened.

use std::ffi::OsStr;
use std::path::PathBuf;

use plimsoll_registry::{RemoteReference, open_engine, open_registry};
use plimsoll_scan::{Scan, ScanOptions, scan_sources};
use plimsoll_source::{Source, SourceReference, open};

use crate::args::NetworkArguments;
use crate::failure::Failure;
use crate::output::Ui;

/// Reads a SOURCE.
pub(crate) enum Named {
    Local(SourceReference),
    Remote(RemoteReference),
}

impl Named {
    pub(crate) fn parse(text: &OsStr, offline: bool) -> Result<Self, Failure> {
        match RemoteReference::parse(text) {
            Some(Ok(RemoteReference::Registry(_))) if offline => {
                Err(Failure::usage("registry: needs the network, and --offline forbids it"))
            }
            Some(remote) => Ok(Self::Remote(remote?)),
            None => Ok(Self::Local(SourceReference::parse(text)?)),
        }
    }

    /// The directory or file, when it is one of this machine.
    pub(crate) fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::Local(reference) => Some(&reference.path),
            Self::Remote(_) => None,
        }
    }

    /// What to show while it is worked on.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Local(reference) => reference.path.display().to_string(),
            Self::Remote(RemoteReference::Registry(image)) => image.to_string(),
            Self::Remote(RemoteReference::Engine(_, name)) => name.clone(),
            Self::Remote(_) => "image".to_owned(),
        }
    }

    /// Opens it. A name that can point elsewhere tomorrow is resolved here, once, and said.
    pub(crate) fn open(
        &self,
        network: &NetworkArguments,
        options: &ScanOptions,
        ui: &mut Ui,
    ) -> Result<Opened, Failure> {
        let open_options = options.open_options();
        let project = self.path().cloned();
        let sources = match self {
            Self::Local(reference) => open(reference, &open_options)?,
            Self::Remote(RemoteReference::Registry(image)) => {
                let opened = open_registry(image, &network.options(), &open_options)?;
                for notice in &opened.notices {
                    ui.warning(notice);
                }
                ui.status(&format!("{image} is {}", opened.digest));
                opened.sources
            }
            Self::Remote(RemoteReference::Engine(engine, name)) => {
                let (source, id) = open_engine(*engine, name, &network.options(), &open_options)?;
                ui.status(&format!("{name} is {id}"));
                vec![source]
            }
            Self::Remote(_) => return Err(Failure::usage("this kind of source is not supported yet")),
        };
        Ok(Opened { sources, project })
    }
}

/// A SOURCE that was opened. It may be scanned more than once.
pub(crate) struct Opened {
    sources: Vec<Box<dyn Source>>,
    project: Option<PathBuf>,
}

impl Opened {
    pub(crate) fn sources(&self) -> &[Box<dyn Source>] {
        &self.sources
    }

    pub(crate) fn scan(&self, options: &ScanOptions) -> Result<Vec<Scan>, Failure> {
        Ok(scan_sources(&self.sources, self.project.as_deref(), options)?)
    }
}
