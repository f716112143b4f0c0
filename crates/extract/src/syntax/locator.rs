//! Locators of packages, as a bill of materials may hold them.

use std::borrow::Cow;

/// The URL without what stands before the `@` of its host: a password or token is not for a bill of materials.
#[must_use]
pub fn without_password(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else { return Cow::Borrowed(url) };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // `git@` is a user that everyone has.
    match authority.rsplit_once('@') {
        Some((user, host)) if user != "git" => {
            let path = rest.get(authority.len()..).unwrap_or_default();
            Cow::Owned(format!("{scheme}://{host}{path}"))
        }
        _ => Cow::Borrowed(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_do_not_get_into_a_url() {
        assert_eq!(without_password("https://u:p@host/simple"), "https://host/simple");
        assert_eq!(without_password("git+ssh://git@host/x"), "git+ssh://git@host/x");
        assert_eq!(without_password("https://host/a@b"), "https://host/a@b");
    }
}
