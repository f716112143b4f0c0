//! Who made or supplies something, and with what.

/// A person, organisation or program.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Agent {
    /// What it is.
    pub kind: AgentKind,
    /// Its name, without the address.
    pub name: String,
    /// Mail address.
    pub email: Option<String>,
    /// Web addresses.
    pub urls: Vec<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// People to ask, for an organisation.
    pub contacts: Vec<Agent>,
}

/// What an agent is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgentKind {
    /// A company, project or team.
    #[default]
    Organization,
    /// A person.
    Person,
}

impl Agent {
    /// An organisation of this name.
    #[must_use]
    pub fn organization(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// A person of this name.
    #[must_use]
    pub fn person(name: impl Into<String>) -> Self {
        Self { kind: AgentKind::Person, name: name.into(), ..Self::default() }
    }

    /// Reads `Name <mail@example.org>`, which is a person, or a plain name, which is taken for an organisation.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let split = text.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<'));
        match split {
            Some((name, email)) if email.contains('@') => {
                let name = if name.trim().is_empty() { email } else { name.trim() };
                Self { email: Some(email.trim().to_owned()), ..Self::person(name) }
            }
            _ => Self::organization(text.trim()),
        }
    }
}

/// A program that made the document.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tool {
    /// Who makes it.
    pub vendor: Option<String>,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents() {
        let agent = Agent::parse("Jane Doe <jane@example.org>");
        assert_eq!((agent.name.as_str(), agent.email.as_deref()), ("Jane Doe", Some("jane@example.org")));
        assert_eq!(agent.kind, AgentKind::Person);
        assert_eq!(Agent::parse("Acme").kind, AgentKind::Organization);
    }
}
