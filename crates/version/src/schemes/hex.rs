//! Hex (Elixir, Erlang): semantic versions. <https://hexdocs.pm/elixir/Version.html>

use super::semver;
use crate::native::hex;
use crate::scheme::Rules;

pub(crate) const RULES: Rules =
    Rules { name: "hex", aliases: &[], purl: &["hex"], osv: &["Hex"], native: Some(hex::range), ..semver::RULES };
