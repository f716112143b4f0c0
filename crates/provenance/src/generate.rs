//! Provenance from the claims and the environment of a CI service.
//!
//! One file a platform ([`platforms`](self)): a table of what its token claims and its variables say, and a table of where
//! that goes in the predicate. The engine reads nothing but what the tables list, so no other variable can end up in a
//! document. What a token claims comes first, the environment second, what the user states last; two that contradict each
//! other are an error, as one of them is a lie or a mistake. Each field knows how it was authenticated, and no level is ever
//! written: that is for whoever verifies to find, from who signed and which builder it was.
//!
//! Nothing is signed here, and no token is ever seen: whoever calls passes the claims.

mod certificate;
mod claims;
mod dependencies;
mod error;
mod field;
mod known;
mod platform;
mod platforms;
mod repository;
mod resolve;
mod statement;
mod subjects;
mod template;

pub use certificate::CertificateCheck;
pub use claims::TokenClaims;
pub use dependencies::dependencies;
pub use error::GenerateError;
pub use known::Authentication;
pub use platform::{Marks, Platform, detect};
pub use platforms::PLATFORMS;
pub use statement::{Generated, Request, Stated, generate};
pub use subjects::{Artifact, Subjects};

#[cfg(test)]
mod tests;
