//! Conda packages: their archive names, channels and match specifications.

pub(crate) use plimsoll_extract::syntax::conda::*;
