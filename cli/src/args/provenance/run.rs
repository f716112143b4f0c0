//! `plimsoll provenance run`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

/// Watch a build, and write provenance of what it really used
///
/// On Linux, without privileges. Every file that the build reads is hashed when it is first opened, and told to be part of
/// the source, of a dependency, of the toolchain, of a package of the system, or of none of these; programs and connections are
/// recorded too. The statement is not signed: attest does that with --statement. The level of the build follows from who signs;
/// on a machine of one's own it is 1. The command gets no standard input. A command that fails gives its own exit status, and
/// nothing is written. Of the environment only variables that build tools are known by are recorded, and never one whose name
/// is that of a secret.
#[derive(Debug, Args)]
pub(crate) struct ProvenanceRunArguments {
    /// The command that builds, after --
    #[arg(value_name = "COMMAND", required = true, last = true)]
    pub(crate) command: Vec<OsString>,
    /// Where to write the provenance; stdout when left out, and then what the command prints goes to stderr
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Where to write the runtime trace, a statement with every file, program and connection
    #[arg(long, value_name = "FILE")]
    pub(crate) trace_output: Option<PathBuf>,
    /// Where to write an SBOM of the packages that were really read (CycloneDX JSON)
    #[arg(long, value_name = "FILE")]
    pub(crate) sbom: Option<PathBuf>,
    /// What the provenance is about, among what the build made; what looks like a product when left out. May be repeated
    #[arg(long, value_name = "GLOB")]
    pub(crate) subject: Vec<String>,
    /// Record this variable too. May be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Vec<String>,
    /// Build without network; a build that tries to reach it, or a program outside of it, fails with the address
    #[arg(long)]
    pub(crate) hermetic: bool,
    /// Build so many times more, in other places and under other conditions, and compare; a difference is exit status 1
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) reproduce: u32,
    /// Where to write a statement (SVR) that all rebuilds came out the same
    #[arg(long, value_name = "FILE", requires = "reproduce")]
    pub(crate) reproduce_output: Option<PathBuf>,
}

/// Become a command that is watched. For `provenance run` itself
#[derive(Debug, Args)]
pub(crate) struct ProvenanceObservedArguments {
    /// Without network
    #[arg(long)]
    pub(crate) hermetic: bool,
    /// The mask of permissions
    #[arg(long)]
    pub(crate) umask: Option<u32>,
    /// The name of the host
    #[arg(long)]
    pub(crate) host_name: Option<String>,
    /// The command
    #[arg(required = true, last = true)]
    pub(crate) command: Vec<OsString>,
}
