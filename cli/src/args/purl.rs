//! `plimsoll purl`.

use clap::{Args, Subcommand};

use super::{DataFormat, ReportFormat};

/// Work with package URLs.
#[derive(Debug, Subcommand)]
pub(crate) enum PurlCommand {
    /// Take package URLs apart, held to the standard
    ///
    /// A namespace that the type requires must be there, and keys of qualifiers must be in lower case. `normalise` is
    /// more generous. Exits with 1 when any is invalid.
    Parse {
        /// The package URLs
        #[arg(value_name = "PURL", required = true)]
        purls: Vec<String>,
        /// How to write the parts
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: DataFormat,
    },
    /// Say what becomes of each part and why, where the package is found, and what is wrong where
    ///
    /// Exits with 1 when it is invalid.
    Explain {
        /// The package URL
        #[arg(value_name = "PURL")]
        purl: String,
        /// How to write the explanation
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: DataFormat,
    },
    /// Write package URLs in canonical form, one a line
    ///
    /// An invalid one is named on stderr and left out, the others are still written; the exit status is then 1.
    #[command(visible_alias = "normalize")]
    Normalise {
        /// The package URLs; `-`, or none, reads them from standard input, one a line
        #[arg(value_name = "PURL")]
        purls: Vec<String>,
    },
    /// Build a package URL from its parts
    ///
    /// Exits with 1 when the parts are not valid for the type.
    Build(BuildArguments),
    /// List the types and what each asks of its parts
    Types {
        /// How to write the list
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: ReportFormat,
    },
    /// Read ranges of versions (VERS), ask what is in them, and make them of an ecosystem's own syntax
    #[command(subcommand)]
    Range(RangeCommand),
}

/// Work with ranges of versions.
#[derive(Debug, Subcommand)]
pub(crate) enum RangeCommand {
    /// Write ranges in canonical form, with their constraints
    ///
    /// Exits with 1 when any is not valid.
    Parse {
        /// The ranges, as in `vers:npm/>=1.0.0|<2.0.0`
        #[arg(value_name = "RANGE", required = true)]
        ranges: Vec<String>,
        /// Take blanks, any order, redundant constraints and former names of schemes
        #[arg(long)]
        lenient: bool,
        /// How to write them
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: DataFormat,
    },
    /// Say whether versions are in a range
    ///
    /// Exits with 1 when any is not.
    Contains {
        /// The range, as in `vers:npm/>=1.0.0|<2.0.0`
        #[arg(value_name = "RANGE")]
        range: String,
        /// The versions
        #[arg(value_name = "VERSION", required = true)]
        versions: Vec<String>,
        /// How to write the answers
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: DataFormat,
    },
    /// Write a range of an ecosystem's own syntax as VERS
    ///
    /// Exits with 1 when it is not valid there.
    Native {
        /// A type of package URLs or a scheme of VERS: npm, pypi, cargo, maven, …
        #[arg(value_name = "TYPE")]
        kind: String,
        /// The range, as in `^1.2 || ~2.0`
        #[arg(value_name = "RANGE", allow_hyphen_values = true)]
        range: String,
        /// How to write it
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: DataFormat,
    },
}

/// Parts of a package URL, decoded.
#[derive(Debug, Args)]
pub(crate) struct BuildArguments {
    /// The type: npm, deb, …
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: String,
    /// The namespace: npm scope, Maven group, distribution, …
    #[arg(long)]
    pub(crate) namespace: Option<String>,
    /// The name
    #[arg(long)]
    pub(crate) name: String,
    /// The version
    #[arg(long)]
    pub(crate) version: Option<String>,
    /// A qualifier; may be given several times
    #[arg(long = "qualifier", value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) qualifiers: Vec<(String, String)>,
    /// The subpath
    #[arg(long)]
    pub(crate) subpath: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("no '=' between key and value")?;
    Ok((key.to_owned(), value.to_owned()))
}
