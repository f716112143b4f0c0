//! `plimsoll sbom`: one file a subcommand.

mod check;
mod convert;
mod diff;
mod enrich;
mod jsf;
mod merge;
mod redact;
mod score;
mod show;
mod validate;

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub(crate) use check::{CheckArguments, CheckFormat, FailOn};
pub(crate) use convert::{CarryArgument, ConvertArguments};
pub(crate) use diff::{DiffArguments, DiffFormat, DiffKind};
pub(crate) use enrich::EnrichArguments;
pub(crate) use jsf::{JsfFormArgument, JsfSignArguments, JsfVerifyArguments};
pub(crate) use merge::{ConflictArgument, MergeArguments, StrategyArgument};
pub(crate) use redact::RedactArguments;
pub(crate) use score::{ScoreArguments, ScoreFormat};
pub(crate) use show::ShowArguments;
pub(crate) use validate::{FaultFormat, ValidateArguments};

use super::LimitArguments;

/// Work with documents of CycloneDX and SPDX.
#[derive(Debug, Subcommand)]
pub(crate) enum SbomCommand {
    Validate(Box<ValidateArguments>),
    Convert(Box<ConvertArguments>),
    Check(Box<CheckArguments>),
    Diff(Box<DiffArguments>),
    Score(Box<ScoreArguments>),
    Show(Box<ShowArguments>),
    Merge(Box<MergeArguments>),
    Redact(Box<RedactArguments>),
    Enrich(Box<EnrichArguments>),
    JsfSign(Box<JsfSignArguments>),
    JsfVerify(Box<JsfVerifyArguments>),
}

/// A document to read.
#[derive(Debug, Args)]
pub(crate) struct DocumentArgument {
    /// The document, of any encoding that is known; `-` reads standard input
    #[arg(value_name = "SBOM")]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}
