//! R packages. <https://cran.r-project.org/doc/manuals/r-release/R-exts.html#The-DESCRIPTION-file>
//!
//! Numbers between dots and hyphens, which are the same; the shorter sorts first. Bioconductor too.

use super::intdot;
use crate::key::Key;
use crate::scan::is_number;
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules {
    name: "cran",
    aliases: &[],
    purl: &["cran", "bioconductor"],
    osv: &["CRAN", "Bioconductor"],
    valid,
    key,
    native: None,
};

fn valid(text: &str) -> bool {
    text.contains(['.', '-']) && text.split(['.', '-']).all(is_number)
}

fn key(text: &str) -> Key {
    intdot::key(text)
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn dots_and_hyphens() {
        ascending(Scheme::CRAN, "0.01 0.1-0 0.1.0.0 0.9 0.75 1.0 1.0-0 1.0.0.9000");
        equal(Scheme::CRAN, "0.1-0 0.01.0");
        valid(Scheme::CRAN, "1.0 1-2");
        invalid(Scheme::CRAN, "1 1.a 1..2");
    }
}
