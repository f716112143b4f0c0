//! `plimsoll scan`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use plimsoll_sbom::Format;

use super::{LimitArguments, NetworkArguments, SourceArguments};
use crate::output::Target;

/// Find what a directory, archive, image, disk or file holds, and write it as an SBOM
///
/// SOURCE is a path, whose content decides, or a prefix and a path: dir: file: archive: docker-archive: oci-archive:
/// oci-layout: disk: (raw, qcow2 or SIF, with ext2 to ext4 or squashfs), or - for an archive on standard input.
/// registry: and the name of an image (HOST/REPOSITORY:TAG or HOST/REPOSITORY@sha256:…) pulls it from a registry; docker:
/// and podman: ask the engine on this machine. Nothing of the source is executed, mounted or unpacked to disk, and only
/// registry: touches the network.
#[derive(Debug, Args)]
pub(crate) struct ScanArguments {
    /// What to scan
    pub(crate) source: OsString,
    /// Write `FORMAT[@VERSION][=PATH]`; may be given several times. cyclonedx-json, -xml, -protobuf, -textproto; spdx-json,
    /// -yaml, -xml, -tag-value; plimsoll-json, table, purls
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputArgument::parse, default_value = "table")]
    pub(crate) output: Vec<OutputArgument>,
    #[command(flatten)]
    pub(crate) scan: SourceArguments,
    /// List files with their digests: none, those that no package owns, or all
    #[arg(long, value_name = "WHICH", default_value = "none")]
    pub(crate) files: FilesMode,
    /// Exit with 4 when something could not be read
    #[arg(long)]
    pub(crate) strict: bool,
    /// Threads to use; the result does not depend on it
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    #[command(flatten)]
    pub(crate) cargo: CargoArguments,
    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// Identity of the document.
#[derive(Debug, Args)]
#[command(next_help_heading = "Identity of the document")]
pub(crate) struct IdentityArguments {
    /// Name of what was scanned
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Version of what was scanned
    #[arg(long)]
    pub(crate) version: Option<String>,
    /// Who supplies it: `Name` or `Name <mail>`
    #[arg(long, value_name = "AGENT")]
    pub(crate) supplier: Option<String>,
    /// Who answers for the document: `Name` or `Name <mail>`. May be given several times
    #[arg(long, value_name = "AGENT")]
    pub(crate) author: Vec<String>,
    /// Time of the document: `now` or RFC 3339. Without it SOURCE_DATE_EPOCH, else the image's creation, else none
    #[arg(long, value_name = "TIME")]
    pub(crate) timestamp: Option<String>,
}

/// One build of a Rust project.
#[derive(Debug, Args)]
#[command(next_help_heading = "One build, as its package manager resolves it")]
pub(crate) struct CargoArguments {
    /// Ask a package manager which dependencies one build has. It is run on the project: for your own projects only
    #[arg(long, value_name = "TOOL")]
    pub(crate) resolve: Option<Resolver>,
    /// The package of the workspace
    #[arg(long, requires = "resolve")]
    pub(crate) package: Option<String>,
    /// Features to turn on, separated by commas
    #[arg(long, requires = "resolve", value_delimiter = ',')]
    pub(crate) features: Vec<String>,
    /// Turn on all features
    #[arg(long, requires = "resolve")]
    pub(crate) all_features: bool,
    /// Leave the default features off
    #[arg(long, requires = "resolve")]
    pub(crate) no_default_features: bool,
    /// Target triple [default: the host's]
    #[arg(long, requires = "resolve", value_name = "TRIPLE")]
    pub(crate) target: Option<String>,
    /// Leave development dependencies out
    #[arg(long, requires = "resolve")]
    pub(crate) no_dev: bool,
}

/// A package manager that can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Resolver {
    Cargo,
}

/// Which layers of an image count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScopeArgument {
    /// The image as a container sees it
    Squashed,
    /// Also what later layers removed or replaced
    AllLayers,
}

/// Which files are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FilesMode {
    /// No files
    None,
    /// Files that no operating system package owns
    Unowned,
    /// All files, and the members of archives
    All,
}

/// A format and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutputArgument {
    pub(crate) format: Format,
    pub(crate) target: Target,
}

impl OutputArgument {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (format, target) = match text.split_once('=') {
            Some((_, "")) => return Err("no path follows '='".to_owned()),
            Some((format, "-")) => (format, Target::Stdout),
            Some((format, path)) => (format, Target::File(PathBuf::from(path))),
            None => (text, Target::Stdout),
        };
        let format = Format::parse(format).map_err(|error| error.to_string())?;
        Ok(Self { format, target })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs() {
        let output = OutputArgument::parse("cyclonedx-json@1.7=a=b.json").unwrap();
        assert_eq!(output.format.to_string(), "cyclonedx-json@1.7");
        assert_eq!(output.target, Target::File("a=b.json".into()));
        assert_eq!(OutputArgument::parse("table").unwrap().target, Target::Stdout);
        assert!(OutputArgument::parse("yaml").unwrap_err().contains("there are"));
        assert!(OutputArgument::parse("table=").is_err());
    }
}
