//! Haskell packages. <https://pvp.haskell.org>
//!
//! Numbers between dots; the shorter sorts first, so `1.0` is before `1.0.0`.

use super::intdot;
use crate::native::relations;
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules {
    name: "hackage",
    aliases: &[],
    purl: &["hackage"],
    osv: &["Hackage"],
    native: Some(relations::hackage),
    ..intdot::RULES
};
