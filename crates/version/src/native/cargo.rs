//! Cargo's requirements. <https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html>

use super::partial::{NO_VERSION, Partial};
use super::sign;
use crate::intervals::Intervals;
use crate::scheme::Scheme;

/// `1.2.3` (which is `^1.2.3`), `~1.2`, `1.*`, `=1.2`, `>=1, <2`.
pub(crate) fn range(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    let mut sets = Vec::new();
    for requirement in text.split(',') {
        let (sign, version) = sign(requirement.trim(), &[">=", "<=", ">", "<", "=", "~", "^"]);
        let wild = version.contains(['*', 'x', 'X']);
        let version = Partial::read(version)?;
        let sign = if sign.is_empty() && !wild { "^" } else { sign };
        sets.push(version.compared(scheme, sign).ok_or(NO_VERSION)?);
    }
    Ok(Intervals::all_of(sets))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::Scheme;

    #[test]
    fn requirements() {
        for (text, expected) in [
            ("1.2.3", "vers:cargo/>=1.2.3|<2.0.0-0"),
            ("0.2", "vers:cargo/>=0.2.0|<0.3.0-0"),
            ("0", "vers:cargo/>=0.0.0|<1.0.0-0"),
            ("~1.2", "vers:cargo/>=1.2.0|<1.3.0-0"),
            ("1.*", "vers:cargo/>=1.0.0|<2.0.0-0"),
            ("*", "vers:cargo/*"),
            ("= 1.2.3", "vers:cargo/1.2.3"),
            (">=1.2, <1.5", "vers:cargo/>=1.2.0|<1.5.0-0"),
        ] {
            reads(Scheme::CARGO, text, expected);
        }
        refuses(Scheme::CARGO, &["", "a", "1 2", "1,", "||"]);
    }
}
