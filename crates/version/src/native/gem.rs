//! RubyGems' requirements. <https://guides.rubygems.org/patterns/#declaring-dependencies>

use super::{increment, sign};
use crate::intervals::{Cut, Intervals};
use crate::range::Comparator;
use crate::scan::is_number;
use crate::scheme::Scheme;

/// `~> 1.2.3`, `>= 1.0, < 2`.
pub(crate) fn range(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    let mut sets = Vec::new();
    for requirement in text.split(',') {
        let (sign, version) = sign(requirement.trim(), &["~>", ">=", "<=", "!=", ">", "<", "="]);
        let read = scheme.parse(version).map_err(|_| "a version is expected")?;
        sets.push(match sign {
            "" | "=" => Comparator::Equal.of(read),
            "!=" => Comparator::NotEqual.of(read),
            ">" => Comparator::Greater.of(read),
            ">=" => Comparator::GreaterOrEqual.of(read),
            "<" => Comparator::Less.of(read),
            "<=" => Comparator::LessOrEqual.of(read),
            _ => Intervals::between(Cut::before(read), pessimistic(scheme, version)),
        });
    }
    Ok(Intervals::all_of(sets))
}

/// Just before the pre-releases of the version that `~>` excludes: the last number but one goes up.
fn pessimistic(scheme: Scheme, version: &str) -> Cut {
    let (version, _) = version.split_once('-').unwrap_or((version, ""));
    let mut numbers: Vec<&str> = version.split('.').take_while(|segment| is_number(segment)).collect();
    if numbers.len() > 1 {
        numbers.pop();
    }
    let last = increment(numbers.pop().unwrap_or("0"));
    numbers.push(&last);
    // No letter sorts before it.
    Cut::before(scheme.read(&format!("{}.A", numbers.join("."))))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::{Range, Scheme};

    #[test]
    fn requirements() {
        reads(Scheme::GEM, "~> 1.2.3", "vers:gem/>=1.2.3|<1.3.A");
        reads(Scheme::GEM, "~> 1.2", "vers:gem/>=1.2|<2.A");
        reads(Scheme::GEM, "~> 2", "vers:gem/>=2|<3.A");
        reads(Scheme::GEM, "~> 1.2.0.rc1", "vers:gem/>=1.2.0.rc1|<1.3.A");
        reads(Scheme::GEM, ">= 1.0, != 1.5, < 2", "vers:gem/>=1.0|!=1.5|<2");
        reads(Scheme::GEM, "1.0", "vers:gem/1.0");
        refuses(Scheme::GEM, &["", "~>", "=> 1", "1.0 2.0", ">= 1,"]);
        assert!(!Range::from_native(Scheme::GEM, "~> 1.2.3").unwrap().contains("1.3.0.a"));
    }
}
