//! Locators of packages, as a bill of materials may hold them.

pub(crate) use plimsoll_extract::syntax::locator::without_password;
