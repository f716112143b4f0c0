//! What can be typed. The doc comments are the manual.

mod advisories;
mod airgap;
mod attest;
mod audit;
mod bundle;
mod compat;
mod conformance;
mod dev_stack;
mod exceptions;
mod find;
mod gate;
mod index;
mod inventory;
mod keys;
mod limits;
mod network;
mod policy;
mod provenance;
mod purl;
mod referrers;
mod report;
mod sbom;
mod scan;
mod serve;
mod sign;
mod signing;
mod source;
mod trust;
mod verification;
mod verify;
mod vex;
mod vsa;
mod why;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use advisories::{
    AdvisoriesAddArguments, AdvisoriesCommand, AdvisoriesExportArguments, AdvisoriesImportArguments,
    AdvisoriesShowArguments, AdvisoriesStatusArguments, AdvisoriesStore, AdvisoriesUpdateArguments,
};
pub(crate) use airgap::{
    AirgapCommand, AirgapVerifyArguments, FolderArguments, ImageArgument, ImportArguments, PackArguments, layout_name,
};
pub(crate) use attest::AttestArguments;
pub(crate) use audit::{AuditArguments, AuditFormat, SortArgument};
pub(crate) use bundle::{BundleCommand, BundleInspectArguments, BundleUpgradeArguments};
pub(crate) use compat::*;
pub(crate) use conformance::{ConformanceCommand, SignBundleArguments, VerifyBundleArguments};
pub(crate) use dev_stack::{DevStackArguments, RekorArgument};
pub(crate) use exceptions::{ExceptionsArguments, ExceptionsCommand};
pub(crate) use find::{FindArguments, FindFormat};
pub(crate) use gate::{FailOnVerdict, GateArguments, GateFormat, GatherArguments};
pub(crate) use index::{IndexBaseArguments, IndexCommand, IndexJarsArguments};
pub(crate) use inventory::{
    AddingArguments, BreakdownArgument, InventoryAddArguments, InventoryCommand, InventoryDeployedArguments,
    InventoryExportArguments, InventoryLabelArguments, InventoryListArguments, InventoryRemoveArguments,
    InventoryScanArguments, InventoryShowArguments, InventoryStatsArguments, InventoryWatchArguments, LabelArguments,
    SelectionArguments, StatsFormat, StoreArguments,
};
pub(crate) use keys::*;
pub(crate) use limits::LimitArguments;
pub(crate) use network::NetworkArguments;
pub(crate) use policy::{
    ImportFrom, PolicyCommand, PolicyExplainArguments, PolicyImportArguments, PolicyInitArguments, PolicyTestArguments,
};
pub(crate) use provenance::*;
pub(crate) use purl::{BuildArguments, PurlCommand, RangeCommand};
pub(crate) use referrers::{CopyArguments, ReferrersArguments};
pub(crate) use report::{ReportArguments, ReportFileFormat};
pub(crate) use sbom::*;
pub(crate) use scan::{FilesMode, OutputArgument, Resolver, ScanArguments, ScopeArgument};
pub(crate) use serve::{
    OnErrorArgument, RoleArgument, ServeArguments, ServeCommand, TokenAddArguments, TokenCommand, UnknownKindsArgument,
};
pub(crate) use sign::SignArguments;
pub(crate) use signing::{SignIn, SigningArguments};
pub(crate) use source::SourceArguments;
pub(crate) use trust::{
    TrustAddArguments, TrustCommand, TrustExportArguments, TrustImportArguments, TrustShowArguments,
};
pub(crate) use verification::VerificationArguments;
pub(crate) use verify::VerifyArguments;
pub(crate) use vex::*;
pub(crate) use vsa::*;
pub(crate) use why::WhyArguments;

/// What is inside an artifact, where it came from, who vouches for it, and whether it may ship.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, disable_help_subcommand = true, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Say only what went wrong
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    /// How to write diagnostics to stderr
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,
    /// Refuse to touch the network: registries, and the services that signing asks
    #[arg(long, global = true)]
    pub(crate) offline: bool,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// How diagnostics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    Text,
    Json,
    Markdown,
}

/// How a report is written that is a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    Text,
    Json,
    Markdown,
    Csv,
}

/// How a report is written that would make no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DataFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Scan(Box<ScanArguments>),
    /// Read, check, convert and compare bills of materials (CycloneDX, SPDX)
    #[command(subcommand)]
    Sbom(SbomCommand),
    /// Read, explain, build and normalise package URLs (ECMA-427)
    #[command(subcommand)]
    Purl(PurlCommand),
    #[command(subcommand)]
    Inventory(InventoryCommand),
    Find(Box<FindArguments>),
    Why(WhyArguments),
    Audit(Box<AuditArguments>),
    #[command(subcommand)]
    Vex(VexCommand),
    #[command(subcommand)]
    Advisories(AdvisoriesCommand),
    Serve(Box<ServeArguments>),
    Sign(Box<SignArguments>),
    Attest(Box<AttestArguments>),
    Verify(Box<VerifyArguments>),
    #[command(subcommand)]
    Vsa(VsaCommand),
    Gate(Box<GateArguments>),
    #[command(subcommand)]
    Policy(PolicyCommand),
    #[command(subcommand)]
    Exceptions(ExceptionsCommand),
    Report(Box<ReportArguments>),
    #[command(subcommand)]
    Provenance(ProvenanceCommand),
    /// Look at evidence, and bring it into the current shape
    #[command(subcommand)]
    Bundle(BundleCommand),
    #[command(subcommand)]
    Trust(TrustCommand),
    /// Make, take over and show keys
    #[command(subcommand)]
    Keys(KeysCommand),
    Referrers(ReferrersArguments),
    Copy(CopyArguments),
    /// Carry software to where there is no network: one signed folder
    #[command(subcommand)]
    Airgap(AirgapCommand),
    Compat(CompatArguments),
    DevStack(DevStackArguments),
    /// Make tables that `scan` can be given
    #[command(subcommand)]
    Index(IndexCommand),
    /// List the formats that `scan` reads and what it keeps of each
    Formats {
        /// How to write the list
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: ReportFormat,
    },
    /// Explain a code, such as PLM-E0103 or PLM-V0301; without one, list them all
    Explain {
        /// The code
        code: Option<String>,
        /// How to write the explanation
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: ReportFormat,
    },
    #[command(subcommand, hide = true)]
    Conformance(ConformanceCommand),
    /// Write a completion script for a shell to stdout
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual page, in roff, to stdout
    Man {
        /// The command to write about; the program as a whole when left out
        command: Option<String>,
    },
}
