//! Elixir's requirements. <https://hexdocs.pm/elixir/Version.html#module-requirements>

use super::comparators;
use super::partial::{NO_VERSION, Partial};
use crate::intervals::{Cut, Intervals};
use crate::scheme::Scheme;

/// `~> 1.2`, `>= 1.0.0 and < 2.0.0 or == 3.0.0`.
pub(crate) fn range(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    let mut sets = Vec::new();
    for alternative in text.split(" or ") {
        let mut all = Vec::new();
        for requirement in alternative.split(" and ") {
            let signs = [">=", "<=", "~>", "==", "!=", ">", "<"];
            let [(sign, version)] = &comparators(requirement, &signs)[..] else { return Err(NO_VERSION) };
            all.push(one(scheme, sign, version)?);
        }
        sets.push(Intervals::all_of(all));
    }
    Ok(Intervals::any_of(sets))
}

fn one(scheme: Scheme, sign: &str, text: &str) -> Result<Intervals, &'static str> {
    let version = Partial::read(text)?;
    match (sign, version.given()) {
        ("~>", given @ 2..=3) => {
            // The last number but one may not change: `~> 1.2` is below 2, `~> 1.2.3` below 1.3.
            let high: Cut = version.below_next(scheme, given.saturating_sub(1));
            Ok(Intervals::between(version.low(scheme), high))
        }
        (sign, 3) if sign != "~>" => version.compared(scheme, sign).ok_or(NO_VERSION),
        _ => Err(NO_VERSION),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::Scheme;

    #[test]
    fn requirements() {
        reads(Scheme::HEX, "~> 1.2", "vers:hex/>=1.2.0|<2.0.0-0");
        reads(Scheme::HEX, "~> 1.2.3", "vers:hex/>=1.2.3|<1.3.0-0");
        reads(Scheme::HEX, ">= 1.0.0 and < 2.0.0 or == 3.0.0", "vers:hex/>=1.0.0|<2.0.0|3.0.0");
        reads(Scheme::HEX, "1.0.0", "vers:hex/1.0.0");
        refuses(Scheme::HEX, &["", "1", "~> 1", ">= 1.0.0 < 2.0.0", "and"]);
    }
}
