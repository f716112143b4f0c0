//! `plimsoll vex`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use plimsoll_advisory::vex::OutputFormat;

use super::{FaultFormat, LimitArguments, TableFormat};
use crate::output::Target;

/// Say which products a vulnerability affects, and read what others say (OpenVEX, CSAF, CycloneDX)
#[derive(Debug, Subcommand)]
pub(crate) enum VexCommand {
    Add(Box<VexAddArguments>),
    Show(VexShowArguments),
    Check(VexCheckArguments),
    Convert(VexConvertArguments),
    Merge(VexMergeArguments),
}

/// Make a statement about products and a vulnerability
///
/// The document is written to stdout, to a file, or with --local to the directory that `audit` trusts as your own word. Sign it with
/// `plimsoll attest --type openvex` so that others can trust it too. `not_affected` needs a justification or an impact statement,
/// `affected` an action statement, `fixed` products with a version or digest.
#[derive(Debug, Args)]
pub(crate) struct VexAddArguments {
    /// The product: a package URL, a digest, a CPE, or a file, which stands for its digest. May be given several times
    #[arg(long, value_name = "PURL|ARTIFACT", required = true)]
    pub(crate) product: Vec<String>,
    /// A component within the products, as a package URL or digest; all of the product when left out. May be given several times
    #[arg(long, value_name = "PURL")]
    pub(crate) component: Vec<String>,
    /// The vulnerability
    #[arg(long, value_name = "ID")]
    pub(crate) vulnerability: String,
    /// Another id of the vulnerability. May be given several times
    #[arg(long, value_name = "ID")]
    pub(crate) alias: Vec<String>,
    /// What is said of the products
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: VexStatusArgument,
    /// Why they are not affected: component_not_present, vulnerable_code_not_present, vulnerable_code_not_in_execute_path,
    /// vulnerable_code_cannot_be_controlled_by_adversary, inline_mitigations_already_exist, or one of CycloneDX
    #[arg(long, value_name = "LABEL")]
    pub(crate) justification: Option<String>,
    /// Why they are not affected, in words
    #[arg(long, value_name = "TEXT")]
    pub(crate) impact: Option<String>,
    /// What to do about it, for products that are affected
    #[arg(long, value_name = "TEXT")]
    pub(crate) action: Option<String>,
    /// Anything else there is to say
    #[arg(long, value_name = "TEXT")]
    pub(crate) notes: Option<String>,
    /// A document that the statement is added to, its revision counted up; a new one when left out
    #[arg(long, value_name = "FILE")]
    pub(crate) document: Option<PathBuf>,
    /// Also keep it in the local directory, where it may suppress findings of `audit`
    #[arg(long)]
    pub(crate) local: bool,
    /// The local directory [default: PLIMSOLL_VEX, else plimsoll/vex in the data directory of the user]
    #[arg(long, value_name = "DIRECTORY", requires = "local")]
    pub(crate) vex_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: VexOutput,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// Show what documents say
///
/// Documents are OpenVEX, CSAF or CycloneDX, also within an in-toto statement, a DSSE envelope or a Sigstore bundle. Nothing is
/// verified: use `verify` for that.
#[derive(Debug, Args)]
pub(crate) struct VexShowArguments {
    /// The documents; `-` reads standard input
    #[arg(value_name = "FILE", required_unless_present = "local")]
    pub(crate) documents: Vec<PathBuf>,
    /// Also show what is in the local directory, which `audit` takes for your own word
    #[arg(long)]
    pub(crate) local: bool,
    /// The local directory [default: PLIMSOLL_VEX, else plimsoll/vex in the data directory of the user]
    #[arg(long, value_name = "DIRECTORY", requires = "local")]
    pub(crate) vex_dir: Option<PathBuf>,
    /// Only what is about this vulnerability
    #[arg(long, value_name = "ID")]
    pub(crate) vulnerability: Option<String>,
    /// Only what is about this product or component
    #[arg(long, value_name = "PURL")]
    pub(crate) product: Option<String>,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: TableFormat,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// Check documents against the rules of their format, with the place of every fault
///
/// Exits with 1 when a document has an error: a statement without the reason its format asks for, a product that leads nowhere, a
/// package URL or range that cannot be read. Statements with an error never suppress a finding.
#[derive(Debug, Args)]
pub(crate) struct VexCheckArguments {
    /// The documents; `-` reads standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) documents: Vec<PathBuf>,
    /// Also refuse what is only a warning
    #[arg(long)]
    pub(crate) strict: bool,
    /// How to write the faults
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: FaultFormat,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// Write a document in another format
///
/// What the format has no place for is told. Exits with 4 when a product or a statement had to be left out, unless --accept-loss is
/// given: a product that was not understood is not written, since without what narrows it it would be a larger one.
#[derive(Debug, Args)]
pub(crate) struct VexConvertArguments {
    /// The document; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) document: PathBuf,
    /// Exit with 0 even if products or statements were left out
    #[arg(long)]
    pub(crate) accept_loss: bool,
    #[command(flatten)]
    pub(crate) output: VexOutput,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// Join documents into one, each statement once and in the order of their times
#[derive(Debug, Args)]
pub(crate) struct VexMergeArguments {
    /// The documents; `-` reads standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) documents: Vec<PathBuf>,
    /// Exit with 0 even if products or statements were left out
    #[arg(long)]
    pub(crate) accept_loss: bool,
    #[command(flatten)]
    pub(crate) output: VexOutput,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// Where a document goes, and what it says of itself.
#[derive(Debug, Args)]
pub(crate) struct VexOutput {
    /// The format, `openvex` or `cyclonedx`, and the file [default: openvex on stdout]
    #[arg(short, long, value_name = "FORMAT[=PATH]", value_parser = VexTarget::parse)]
    pub(crate) output: Option<VexTarget>,
    /// Who makes the document
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
    /// The name of the document, an IRI; derived from its content when left out
    #[arg(long, value_name = "IRI")]
    pub(crate) id: Option<String>,
    /// When it was made, RFC 3339 or `now` [default: SOURCE_DATE_EPOCH, else now]
    #[arg(long, value_name = "TIME")]
    pub(crate) timestamp: Option<String>,
}

/// A format and a place.
#[derive(Debug, Clone)]
pub(crate) struct VexTarget {
    pub(crate) format: OutputFormat,
    pub(crate) target: Target,
}

impl VexTarget {
    fn parse(text: &str) -> Result<Self, String> {
        let (format, target) = match text.split_once('=') {
            Some((_, "")) => return Err("no path follows '='".to_owned()),
            Some((format, "-")) => (format, Target::Stdout),
            Some((format, path)) => (format, Target::File(PathBuf::from(path))),
            None => (text, Target::Stdout),
        };
        let format = match format {
            "openvex" | "openvex@0.2.0" => OutputFormat::OpenVex,
            "cyclonedx" | "cyclonedx-json" | "cyclonedx-json@1.6" => OutputFormat::CycloneDx,
            _ => return Err("there are openvex and cyclonedx".to_owned()),
        };
        Ok(Self { format, target })
    }
}

/// What a statement says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum VexStatusArgument {
    NotAffected,
    Affected,
    Fixed,
    UnderInvestigation,
}
