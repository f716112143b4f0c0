//! The VERS scheme `all`: `vers:all/*` is every version of everything.

use super::lexicographic;
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules { name: "all", native: None, ..lexicographic::RULES };
