//! npm: semantic versions, with node-semver's ranges. <https://github.com/npm/node-semver>

use super::semver;
use crate::native::npm;
use crate::scheme::Rules;

pub(crate) const RULES: Rules =
    Rules { name: "npm", aliases: &[], purl: &["npm"], osv: &["npm"], native: Some(npm::range), ..semver::RULES };
