//! The VERS scheme `none`: `vers:none/*` is no version of anything.

use super::lexicographic;
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules { name: "none", native: None, ..lexicographic::RULES };
