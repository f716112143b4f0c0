//! People, organisations and tools as SPDX 2 writes them: `Person: Jane Doe (jane@example.org)` (SPDX 2.3 §6.8, §7.5).

use super::words::one_line;
use crate::document::{Agent, AgentKind, Tool};

/// What stands for a creator when none is known (SPDX 2.3 §6.8).
pub(super) const ANONYMOUS: &str = "Person: anonymous";

/// A creator.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Creator {
    Agent(Agent),
    Tool(Tool),
}

/// Reads a creator. Text without one of the three marks is taken for the name of an organisation.
pub(super) fn read(text: &str) -> Option<Creator> {
    let text = text.trim();
    let after = |mark: &str| text.strip_prefix(mark).map(str::trim);
    if let Some(tool) = after("Tool:") {
        return (!tool.is_empty()).then(|| Creator::Tool(read_tool(tool)));
    }
    let (kind, rest) = match (after("Person:"), after("Organization:")) {
        (Some(rest), _) => (AgentKind::Person, rest),
        (_, Some(rest)) => (AgentKind::Organization, rest),
        _ if text.is_empty() => return None,
        _ => return Some(Creator::Agent(Agent::parse(text))),
    };
    let (name, email) = split_email(rest);
    let agent = Agent { kind, name: name.to_owned(), email: email.map(str::to_owned), ..Agent::default() };
    (!rest.is_empty()).then_some(Creator::Agent(agent))
}

/// Reads a supplier or originator, which is no tool.
pub(super) fn read_agent(text: &str) -> Option<Agent> {
    match read(text)? {
        Creator::Agent(agent) => Some(agent),
        Creator::Tool(tool) => Some(Agent::organization(tool.name)),
    }
}

/// What stands in parentheses at the end is the address, which may be left empty.
fn split_email(text: &str) -> (&str, Option<&str>) {
    let split = text.strip_suffix(')').and_then(|text| text.rsplit_once('('));
    match split {
        Some((name, email)) if email.trim().is_empty() => (name.trim_end(), None),
        Some((name, email)) if email.contains('@') => (name.trim_end(), Some(email.trim())),
        _ => (text, None),
    }
}

/// Writes an agent.
pub(super) fn write(agent: &Agent) -> String {
    let kind = match agent.kind {
        AgentKind::Person => "Person",
        AgentKind::Organization => "Organization",
    };
    let name = one_line(&agent.name);
    let email = agent.email.as_deref().map(one_line).filter(|email| !email.is_empty());
    match email {
        Some(email) => format!("{kind}: {name} ({email})"),
        None if name.trim().is_empty() => format!("{kind}: anonymous"),
        // A name that ends in parentheses would read as one with an address.
        None if split_email(&name) != (&name, None) => format!("{kind}: {name} ()"),
        None => format!("{kind}: {name}"),
    }
}

/// Writes a tool: name and version with a hyphen between them.
pub(super) fn write_tool(tool: &Tool) -> String {
    let name = one_line(&tool.name);
    match tool.version.as_deref().filter(|version| !version.is_empty()) {
        Some(version) => format!("Tool: {name}-{}", one_line(version)),
        None => format!("Tool: {name}"),
    }
}

/// Splits the version off. Names and versions both hold hyphens: it starts at the first hyphen that a number with a dot
/// follows, else at the last that a digit follows.
pub(super) fn read_tool(text: &str) -> Tool {
    let starts: Vec<(&str, &str)> = text
        .match_indices('-')
        .filter_map(|(at, _)| Some((text.get(..at)?, text.get(at..)?.strip_prefix('-')?)))
        .filter(|(name, version)| !name.is_empty() && is_version(version))
        .take(16)
        .collect();
    let dotted = |version: &str| version.split('-').next().is_some_and(|first| first.contains('.'));
    let split = starts.iter().find(|(_, version)| dotted(version)).or(starts.last());
    match split {
        Some((name, version)) => Tool { vendor: None, name: (*name).to_owned(), version: Some((*version).to_owned()) },
        None => Tool { vendor: None, name: text.to_owned(), version: None },
    }
}

fn is_version(text: &str) -> bool {
    let digits = text.strip_prefix('v').unwrap_or(text);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".+-_~:".contains(&byte);
    digits.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_with_and_without_address() {
        for (text, kind, name, email) in [
            ("Person: Jane Doe ()", AgentKind::Person, "Jane Doe", None),
            ("Person: Jane Doe (jane@example.org)", AgentKind::Person, "Jane Doe", Some("jane@example.org")),
            ("Organization: Acme (Germany)", AgentKind::Organization, "Acme (Germany)", None),
            ("Organization:Acme", AgentKind::Organization, "Acme", None),
            ("Acme", AgentKind::Organization, "Acme", None),
        ] {
            let agent = read_agent(text).unwrap();
            assert_eq!((agent.kind, agent.name.as_str(), agent.email.as_deref()), (kind, name, email), "{text}");
            assert_eq!(read_agent(&write(&agent)), Some(agent));
        }
        assert_eq!(read_agent("Person: "), None);
        for name in ["Foo ()", "Foo (a@b)", "(", ")", "a ) (b)"] {
            assert_eq!(read_agent(&write(&Agent::person(name))), Some(Agent::person(name)));
        }
    }

    #[test]
    fn versions_of_tools() {
        for (text, name, version) in [
            ("LicenseFind-1.0", "LicenseFind", Some("1.0")),
            ("sigs.k8s.io/bom/pkg/spdx", "sigs.k8s.io/bom/pkg/spdx", None),
            ("plimsoll-0.1.0-rc-1", "plimsoll", Some("0.1.0-rc-1")),
            ("foo-2bar-1.0", "foo-2bar", Some("1.0")),
            ("syft-v0.98.0", "syft", Some("v0.98.0")),
            ("cdxgen-10", "cdxgen", Some("10")),
            ("log4j-2-scanner-3", "log4j-2-scanner", Some("3")),
            ("Source Auditor Open Source Console", "Source Auditor Open Source Console", None),
            ("-1.0", "-1.0", None),
        ] {
            let tool = read_tool(text);
            assert_eq!((tool.name.as_str(), tool.version.as_deref()), (name, version), "{text}");
        }
    }
}
