//! JSON pointers (RFC 6901).

use std::borrow::Cow;
use std::fmt;

/// The place of a value in a tree: `/components/3/name`; empty for the whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(String);

impl Pointer {
    /// The whole document.
    #[must_use]
    pub const fn root() -> Self {
        Self(String::new())
    }

    /// Reads a pointer; `None` when it is neither empty nor starts with `/`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.is_empty() || text.starts_with('/')).then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A member of what is here.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        let mut next = self.clone();
        next.push_member(name);
        next
    }

    /// An item of what is here.
    #[must_use]
    pub fn item(&self, at: usize) -> Self {
        Self(format!("{}/{at}", self.0))
    }

    /// Goes to a member.
    pub fn push_member(&mut self, name: &str) {
        self.0.push('/');
        if name.contains(['~', '/']) {
            self.0.push_str(&name.replace('~', "~0").replace('/', "~1"));
        } else {
            self.0.push_str(name);
        }
    }

    /// Goes to an item.
    pub fn push_item(&mut self, at: usize) {
        use fmt::Write;
        // Writing to a string does not fail.
        let _ = write!(self.0, "/{at}");
    }

    /// Goes back up.
    pub fn pop(&mut self) {
        self.0.truncate(self.0.rfind('/').unwrap_or(0));
    }

    /// The names and numbers that lead here.
    pub fn steps(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.0.split('/').skip(1).map(|step| {
            if step.contains('~') {
                Cow::Owned(step.replace("~1", "/").replace("~0", "~"))
            } else {
                Cow::Borrowed(step)
            }
        })
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
