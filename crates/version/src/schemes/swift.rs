//! Swift packages: semantic versions. <https://docs.swift.org/package-manager/PackageDescription/>

use super::semver;
use crate::scheme::Rules;

pub(crate) const RULES: Rules =
    Rules { name: "swift", aliases: &[], purl: &["swift"], osv: &["SwiftURL"], native: None, ..semver::RULES };
