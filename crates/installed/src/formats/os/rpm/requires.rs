//! What packages require, and who provides it.

use std::collections::HashSet;

use plimsoll_extract::prelude::*;

use super::package::{Package, push};
use crate::provision::{CUT, Holder, Need, Provision};
use crate::rpm::header::{Header, Tag};

/// `RPMSENSE_MISSINGOK`: a wish, from the time before there were `Recommends`.
const MISSING_IS_FINE: u32 = 1 << 19;

/// The names that a package requires, NUL after each; expressions are taken apart.
pub(in crate::formats) fn of(header: &Header<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let flags = header.numbers(Tag::REQUIRE_FLAGS).map(Some).chain(std::iter::repeat(None));
    for (name, flags) in header.strings(Tag::REQUIRE_NAME).zip(flags) {
        if name.starts_with(b"rpmlib(") || flags.is_some_and(|flags| flags & MISSING_IS_FINE != 0) {
            continue;
        }
        if name.starts_with(b"(") {
            operands(name, |operand| push(&mut out, operand));
        } else {
            push(&mut out, name);
        }
    }
    out
}

/// The names that a package recommends or suggests, NUL after each.
pub(super) fn wishes(header: &Header<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    for name in header.strings(Tag::RECOMMEND_NAME).chain(header.strings(Tag::SUGGEST_NAME)) {
        if name.starts_with(b"(") {
            operands(name, |operand| push(&mut out, operand));
        } else {
            push(&mut out, name);
        }
    }
    out
}

/// The names in a boolean expression but for its conditions: `((a or b >= 2) if c else d)` gives a, b and d.
/// <https://rpm-software-management.github.io/rpm/manual/boolean_dependencies.html>
fn operands(expression: &[u8], mut each: impl FnMut(&[u8])) {
    let mut depth = 0_u32;
    // The depth whose condition is being passed over.
    let mut condition: Option<u32> = None;
    let mut is_version = false;
    for word in expression.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
        let opening = word.iter().take_while(|&&byte| byte == b'(').count();
        let name = word.get(opening..).unwrap_or_default();
        depth = depth.saturating_add(u32::try_from(opening).unwrap_or(u32::MAX));
        // Parentheses within a name are closed in it: `libc.so.6()(64bit)`.
        let count = |wanted: u8| name.iter().filter(|&&byte| byte == wanted).count();
        let closing = count(b')').saturating_sub(count(b'('));
        let name = name.get(..name.len().saturating_sub(closing)).unwrap_or_default();
        match name {
            b"and" | b"or" | b"with" | b"without" => {}
            b"if" | b"unless" => condition = condition.or(Some(depth)),
            b"else" => condition = condition.filter(|&at| at != depth),
            b"<" | b"<=" | b"=" | b">=" | b">" => is_version = true,
            _ if std::mem::take(&mut is_version) => {}
            name if condition.is_none() && !name.is_empty() => each(name),
            _ => {}
        }
        depth = depth.saturating_sub(u32::try_from(closing).unwrap_or(u32::MAX));
        condition = condition.filter(|&at| at <= depth);
    }
}

/// Adds the files that a package requires by path.
pub(super) fn needed_files(header: &Header<'_>, needed: &mut HashSet<Box<[u8]>>) {
    let names = of(header);
    needed.extend(names.split(|&byte| byte == 0).filter(|name| name.starts_with(b"/")).map(Into::into));
}

/// A path as packages may require it: as it is, and without `/usr` where `/bin`, `/sbin` and `/lib*` are links.
pub(super) fn spellings(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let short = path.strip_prefix(b"/usr").filter(|short| {
        [&b"/bin/"[..], b"/sbin/", b"/lib/", b"/lib64/"].iter().any(|directory| short.starts_with(directory))
    });
    std::iter::once(path).chain(short)
}

/// Adds the edges.
pub(super) fn link(packages: &[Package], out: &mut Sink<'_>) {
    let mut table = Provision::new(b"noarch");
    let mut holders: Vec<Holder> = Vec::with_capacity(packages.len());
    for package in packages {
        let holder = table.add(package.at, &package.architecture);
        names(&package.provides).for_each(|name| table.provide(holder, name));
        holders.push(holder);
    }
    for (package, holder) in packages.iter().zip(holders) {
        for to in table.satisfy(holder, names(&package.requires).map(Need::of)) {
            out.depends(package.at, to, Scope::Runtime);
        }
        for to in table.satisfy(holder, names(&package.wishes).map(Need::of)) {
            out.depends(package.at, to, Scope::Optional);
        }
    }
    if table.is_cut() {
        out.diagnose(DiagnosticCode::MALFORMED_ENTRY, 0, CUT);
    }
}

fn names(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|&byte| byte == 0).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_give_operands_but_no_conditions() {
        let names = |expression: &str| {
            let mut out = Vec::new();
            operands(expression.as_bytes(), |name| out.push(String::from_utf8_lossy(name).into_owned()));
            out.join(" ")
        };
        assert_eq!(names("(a and b)"), "a b");
        assert_eq!(names("(a >= 1.0 or b = 2:3-4)"), "a b");
        assert_eq!(
            names("(glibc-gconv-extra(x86-64) = 2.34-60.el9 if redhat-rpm-config)"),
            "glibc-gconv-extra(x86-64)"
        );
        assert_eq!(names("((a if b) and c)"), "a c");
        assert_eq!(names("(a if (b and c) else d)"), "a d");
        assert_eq!(names("(libc.so.6()(64bit) with x(y))"), "libc.so.6()(64bit) x(y)");
        assert_eq!(names("((((("), "");
        assert_eq!(names("(a))) if"), "a");
    }
}
