//! Where an inventory is.

use std::fmt;
use std::path::PathBuf;

/// The place of an inventory: a file, or a PostgreSQL server.
///
/// It shows itself without a password.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// A SQLite file.
    File(PathBuf),
    /// A connection string of PostgreSQL: `postgres://…`.
    Postgres(String),
}

impl Location {
    /// Reads `postgres://…`, `postgresql://…` or the path of a file.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Self::Postgres(text.to_owned())
        } else {
            Self::File(PathBuf::from(text.strip_prefix("sqlite:").unwrap_or(text)))
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => {
                let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
                // The last `@` before the path ends the user and password.
                let host_and_path = rest.split_once('?').map_or(rest, |(before, _)| before);
                let host = host_and_path.rsplit_once('@').map_or(host_and_path, |(_, host)| host);
                write!(f, "{scheme}://{host}")
            }
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        let shown = |text: &str| Location::parse(text).to_string();
        assert_eq!(shown("postgres://me:s3cr@t@db.example/x?sslmode=require&password=y"), "postgres://db.example/x");
        assert_eq!(shown("postgresql://db/x"), "postgresql://db/x");
        assert_eq!(shown("/tmp/a.db"), "/tmp/a.db");
        assert_eq!(Location::parse("sqlite:a.db"), Location::File("a.db".into()));
    }
}
