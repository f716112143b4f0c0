//! `plimsoll sbom merge`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::args::{LimitArguments, OutputArgument};

/// Make one document of several, of any standards and encodings, without losing what they say
///
/// The result is in the format of -o, else of the first document. A component that several documents have is one
/// component: recognised by its package URL, else a strong digest, else its CPE, else kind, name and version. Exits with 4
/// when bringing a document to that format loses a component, relationship, digest, package URL or licence, unless
/// --accept-loss is given, and with 1 when values differ under --on-conflict fail.
#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// The documents; `-` reads standard input
    #[arg(value_name = "SBOM", required = true)]
    pub(crate) documents: Vec<PathBuf>,
    /// Format and place of the result [default: the format of the first document, to stdout]
    #[arg(short, long, value_name = "FORMAT[@VERSION][=PATH]", value_parser = OutputArgument::parse)]
    pub(crate) output: Option<OutputArgument>,
    /// How the documents are put together
    #[arg(long, value_name = "HOW", default_value = "flat")]
    pub(crate) strategy: StrategyArgument,
    /// Which of several values is taken where there can be one
    #[arg(long, value_name = "WHICH", default_value = "union")]
    pub(crate) on_conflict: ConflictArgument,
    /// Name of what the result is about; hierarchical and assembly need one
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Its version
    #[arg(long, requires = "name")]
    pub(crate) version: Option<String>,
    /// Its group
    #[arg(long, requires = "name")]
    pub(crate) group: Option<String>,
    /// Exit with 0 whatever a change of format loses
    #[arg(long)]
    pub(crate) accept_loss: bool,
    /// Write what was merged, renamed, in conflict and lost to a file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// How documents are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StrategyArgument {
    /// One list, each component once
    Flat,
    /// What each document is about within a new root, with its own components inside it
    Hierarchical,
    /// What each document is about as a part of a new root, beside one list of components
    Assembly,
    /// The first document, with what the others know; its own facts win
    Overlay,
}

/// Which of several values is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConflictArgument {
    /// The one that says most; the others are kept as properties
    Union,
    /// That of the first document
    First,
    /// That of the last document
    Last,
    /// That of the document made last
    Newest,
    /// None: fail and list them
    Fail,
}
