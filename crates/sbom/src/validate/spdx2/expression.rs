//! License expressions (SPDX 2.3 Annex D), without recursion: only their words and balance matter here.

/// An expression that follows the grammar.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Expression<'t> {
    /// `LicenseRef-…`, with the `DocumentRef-…` before it.
    pub(super) references: Vec<(Option<&'t str>, &'t str)>,
    /// Names that the list of licenses, or of exceptions, does not have.
    pub(super) unlisted: Vec<&'t str>,
    operators: usize,
}

impl<'t> Expression<'t> {
    /// Reads an expression, `NONE` or `NOASSERTION`.
    pub(super) fn parse(text: &'t str) -> Result<Self, &'static str> {
        let mut expression = Self::default();
        if matches!(text, "NONE" | "NOASSERTION") {
            return Ok(expression);
        }
        let mut open = 0_usize;
        let mut expected = Expected::License;
        for word in words(text) {
            expected = match (expected, word) {
                (Expected::License, "(") => {
                    open = open.saturating_add(1);
                    Expected::License
                }
                (Expected::Operator | Expected::With, ")") => {
                    open = open.checked_sub(1).ok_or("a bracket is closed that was not opened")?;
                    Expected::Operator
                }
                (Expected::Operator | Expected::With, "AND" | "OR") => {
                    expression.operators = expression.operators.saturating_add(1);
                    Expected::License
                }
                (Expected::With, "WITH") => Expected::Exception,
                (Expected::License, name) => {
                    expression.license(name)?;
                    Expected::With
                }
                (Expected::Exception, name) => {
                    expression.exception(name)?;
                    Expected::Operator
                }
                (Expected::Operator | Expected::With, _) => return Err("AND, OR or the end is missing"),
            };
        }
        match expected {
            Expected::Operator | Expected::With if open == 0 => Ok(expression),
            Expected::Operator | Expected::With => Err("a bracket is not closed"),
            Expected::License | Expected::Exception => Err("a license is missing"),
        }
    }

    /// Whether it is more than one license.
    pub(super) fn is_compound(&self) -> bool {
        self.operators > 0
    }

    fn license(&mut self, name: &'t str) -> Result<(), &'static str> {
        let (document, license) = match name.split_once(':') {
            Some((document, license)) if is_name(document, "DocumentRef-") => (Some(document), license),
            Some(_) => return Err("a name has `:`"),
            None => (None, name),
        };
        if is_name(license, "LicenseRef-") {
            self.references.push((document, license));
            return Ok(());
        }
        let plain = license.strip_suffix('+').unwrap_or(license);
        if document.is_some() || !is_name(plain, "") || matches!(plain, "NONE" | "NOASSERTION" | "AND" | "OR" | "WITH")
        {
            return Err("a name is not that of a license");
        }
        let listed = || spdx::identifiers::LICENSES.iter().any(|held| held.name.eq_ignore_ascii_case(plain));
        if spdx::license_id(plain).is_none() && !listed() {
            self.unlisted.push(license);
        }
        Ok(())
    }

    fn exception(&mut self, name: &'t str) -> Result<(), &'static str> {
        if !is_name(name, "") {
            return Err("a name is not that of an exception");
        }
        let listed = || spdx::identifiers::EXCEPTIONS.iter().any(|held| held.name.eq_ignore_ascii_case(name));
        if spdx::exception_id(name).is_none() && !listed() {
            self.unlisted.push(name);
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Expected {
    /// A license or an opening bracket.
    License,
    /// An operator, a closing bracket or the end, and also `WITH`.
    With,
    /// The same without `WITH`.
    Operator,
    Exception,
}

/// `idstring` after a prefix.
fn is_name(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
    })
}

/// The words and brackets of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_ascii_whitespace().flat_map(|part| {
        let mut rest = part;
        std::iter::from_fn(move || {
            let end = rest.find(['(', ')']).map_or(rest.len(), |at| at.max(1));
            let (word, after) = rest.split_at_checked(end)?;
            rest = after;
            (!word.is_empty()).then_some(word)
        })
    })
}
