//! Version specifiers. <https://packaging.python.org/specifications/version-specifiers/#version-specifiers>
//!
//! Three rules cannot be said as a set of intervals and are lost: `==1.0` also matches `1.0+local`; `>1.0` matches
//! neither `1.0.post1` nor `1.0+local`; and pre-releases must be asked for. `<1.0` is kept exact.

use super::{increment, sign};
use crate::intervals::{Cut, Intervals};
use crate::range::Comparator;
use crate::scheme::Scheme;
use crate::schemes::pypi_parts;

const NO_VERSION: &str = "a version of PEP 440 is expected";

/// `>=1.0,<2,!=1.5.*,~=1.4.2`.
pub(crate) fn range(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    let text = text.trim();
    let text = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    let mut sets = Vec::new();
    for specifier in text.split(',').map(str::trim).filter(|specifier| !specifier.is_empty()) {
        let (sign, version) = sign(specifier, &["===", "==", "~=", "!=", ">=", "<=", ">", "<"]);
        sets.push(one(scheme, sign, version)?);
    }
    Ok(Intervals::all_of(sets))
}

fn one(scheme: Scheme, sign: &str, text: &str) -> Result<Intervals, &'static str> {
    if sign == "===" && !text.is_empty() {
        return Ok(Intervals::exactly(scheme.read(text)));
    }
    let lower = text.to_ascii_lowercase();
    if let (Some(prefix), "==" | "!=") = (lower.strip_suffix(".*"), sign) {
        let parts = pypi_parts(prefix).ok_or(NO_VERSION)?;
        if parts.dev.is_some() || parts.local.is_some() || parts.post.is_some() || parts.pre.is_some() {
            return Err("a wildcard may only follow numbers");
        }
        let low = Cut::before(scheme.read(&format!("{prefix}.dev0")));
        let covered = Intervals::between(low, below_next(scheme, parts.epoch, &parts.release));
        return Ok(if sign == "==" { covered } else { covered.complement() });
    }
    let parts = pypi_parts(&lower).ok_or(NO_VERSION)?;
    let version = scheme.read(text);
    Ok(match sign {
        "==" => Comparator::Equal.of(version),
        "!=" => Comparator::NotEqual.of(version),
        ">=" => Comparator::GreaterOrEqual.of(version),
        "<=" => Comparator::LessOrEqual.of(version),
        ">" => Comparator::Greater.of(version),
        "<" if parts.pre.is_none() && parts.dev.is_none() && parts.post.is_none() && parts.local.is_none() => {
            Intervals::between(Cut::Start, Cut::before(scheme.read(&format!("{lower}.dev0"))))
        }
        "<" => Comparator::Less.of(version),
        "~=" => {
            let Some((_, series @ [_, ..])) = parts.release.split_last() else {
                return Err("`~=` needs two numbers at least");
            };
            Intervals::between(Cut::before(version), below_next(scheme, parts.epoch, series))
        }
        _ => return Err("a comparison is expected"),
    })
}

/// Just before everything of the series whose last number is one more.
fn below_next(scheme: Scheme, epoch: &str, series: &[&str]) -> Cut {
    let Some((last, head)) = series.split_last() else { return Cut::End };
    let mut text = if epoch.is_empty() { String::new() } else { format!("{epoch}!") };
    for number in head {
        text.push_str(number);
        text.push('.');
    }
    text.push_str(&increment(last));
    text.push_str(".dev0");
    Cut::before(scheme.read(&text))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::{Range, Scheme};

    #[test]
    fn specifiers() {
        for (text, expected) in [
            ("", "vers:pypi/*"),
            (">=1,<2,!=1.5", "vers:pypi/>=1|!=1.5|<2.dev0"),
            ("~=1.4.2", "vers:pypi/>=1.4.2|<1.5.dev0"),
            ("~= 2.2.post3", "vers:pypi/>=2.2.post3|<3.dev0"),
            ("==1.*", "vers:pypi/>=1.dev0|<2.dev0"),
            ("!=1.9.*", "vers:pypi/<1.9.dev0|>=1.10.dev0"),
            ("==1!2.0.*", "vers:pypi/>=1!2.0.dev0|<1!2.1.dev0".replace("1!", "1%21").as_str()),
            ("(>= 1.0)", "vers:pypi/>=1.0"),
            ("<1.0rc1", "vers:pypi/<1.0rc1"),
            ("===weird", "vers:pypi/weird"),
            ("==1.0+local.1", "vers:pypi/1.0+local.1"),
        ] {
            reads(Scheme::PYPI, text, expected);
        }
        refuses(Scheme::PYPI, &["1.0", "~=1", "==", "==1.0a1.*", ">=foo", "<1.*", ">=1;<2"]);
        assert!(!Range::from_native(Scheme::PYPI, "<2").unwrap().contains("2.0rc1"));
    }
}
