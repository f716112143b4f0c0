//! What is asked of the document itself.

use super::Outcome;
use crate::document::{Agent, AgentKind, EdgeEnd, EdgeKind, Slot, Tool};
use crate::encoding::Encoding;
use crate::map::StandardKind;
use crate::score::facts::{Facts, is_value, stands_for_unknown};
use crate::tree::Value;
use crate::validate::format::is_date_time;

/// The kinds of SBOM that CISA names (2023), which SPDX 2 says in a comment.
const KINDS: &[&str] = &["design", "source", "build", "analyzed", "deployed", "runtime"];

/// People and organisations that answer for the document.
fn authors<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = &'a Agent> {
    facts.document.authors.iter().chain(&facts.document.manufacturer)
}

/// Whether it names someone.
pub(super) fn is_named(agent: &Agent) -> bool {
    is_value(&agent.name) && !agent.name.eq_ignore_ascii_case("anonymous") || has_contact(agent)
}

/// Whether it has a mail address, or a URL instead.
pub(super) fn has_contact(agent: &Agent) -> bool {
    let mail = |agent: &Agent| agent.email.as_deref().is_some_and(crate::mail::is_address);
    mail(agent) || agent.contacts.iter().any(mail) || agent.urls.iter().any(|url| is_value(url))
}

pub(super) fn author(facts: &Facts<'_>) -> Outcome {
    Outcome::of(authors(facts).any(is_named), || {
        facts.is_unknown(&["author", "authors"]) || authors(facts).any(|author| stands_for_unknown(&author.name))
    })
}

pub(super) fn author_contact(facts: &Facts<'_>) -> Outcome {
    Outcome::of(authors(facts).any(has_contact), || facts.is_unknown(&["author", "authors"]))
}

pub(super) fn creator(facts: &Facts<'_>) -> Outcome {
    Outcome::of(authors(facts).any(is_named) || has_tool(facts), || facts.is_unknown(&["author", "authors"]))
}

fn has_tool(facts: &Facts<'_>) -> bool {
    facts.document.tools.iter().any(|tool| is_value(&tool.name))
}

pub(super) fn creator_organization_and_tool(facts: &Facts<'_>) -> Outcome {
    let agents = authors(facts).chain(&facts.document.supplier);
    let organization = agents.filter(|agent| agent.kind == AgentKind::Organization).any(is_named);
    Outcome::is(organization && has_tool(facts))
}

pub(super) fn signature(facts: &Facts<'_>) -> Outcome {
    Outcome::of(facts.signed, || facts.is_unknown(&["author-signature", "signature"]))
}

pub(super) fn timestamp(facts: &Facts<'_>) -> Outcome {
    let stated = facts.document.created.as_deref().is_some_and(is_date_time);
    Outcome::of(stated, || facts.is_unknown(&["timestamp"]))
}

/// What can be read at all names its format and version, and is made for machines.
pub(super) fn format(_: &Facts<'_>) -> Outcome {
    Outcome::Present
}

/// TR-03183-2 §4: CycloneDX 1.6 or SPDX 3.0.1 or later, as JSON or XML.
pub(super) fn format_bsi(facts: &Facts<'_>) -> Outcome {
    let (parsed, standard) = (facts.parsed, facts.parsed.encoding.standard());
    let fits = match parsed.encoding {
        Encoding::CycloneDxJson | Encoding::CycloneDxXml => standard.is_within("1.6..", parsed.version),
        Encoding::Spdx3Json => true,
        _ => false,
    };
    Outcome::is(fits)
}

/// OpenChain Telco guide 1.1: SPDX 2.2 or 2.3, as JSON or tag-value.
pub(super) fn format_telco(facts: &Facts<'_>) -> Outcome {
    Outcome::is(matches!(facts.parsed.encoding, Encoding::SpdxJson | Encoding::SpdxTagValue))
}

pub(super) fn schema_valid(facts: &Facts<'_>) -> Outcome {
    Outcome::is(facts.is_valid())
}

pub(super) fn tool_name(facts: &Facts<'_>) -> Outcome {
    Outcome::of(has_tool(facts), || facts.is_unknown(&["tool-name", "tool"]))
}

pub(super) fn tool_version(facts: &Facts<'_>) -> Outcome {
    let has = |tool: &Tool| {
        // SPDX 3 has no place for it but the name.
        let in_name =
            || tool.name.rsplit(['-', ' ']).next().is_some_and(|end| end.starts_with(|c: char| c.is_ascii_digit()));
        tool.version.as_deref().is_some_and(is_value)
            || facts.parsed.encoding.standard_kind() == StandardKind::Spdx3 && in_name()
    };
    Outcome::of(facts.document.tools.iter().any(has), || facts.is_unknown(&["tool-version", "tool"]))
}

pub(super) fn version(facts: &Facts<'_>) -> Outcome {
    let cyclonedx = facts.parsed.encoding.standard_kind() == StandardKind::CycloneDx;
    let numbered = !cyclonedx || facts.value(&["version"]).is_some();
    Outcome::of(numbered && own_uri(facts).is_some_and(is_value), || facts.is_unknown(&["version"]))
}

pub(super) fn uri(facts: &Facts<'_>) -> Outcome {
    Outcome::is(own_uri(facts).is_some_and(|uri| uri.contains(':')))
}

/// What the document names itself. One of SPDX 3 does even where a conversion notes that its source did not.
fn own_uri<'a>(facts: &'a Facts<'_>) -> Option<&'a str> {
    let mut nodes = facts.tree().items_of("@graph").iter();
    let document = || nodes.find(|node| node.text_of("type") == Some("SpdxDocument"))?.text_of("spdxId");
    facts.document.uri.as_deref().or_else(document)
}

/// The words that say when in the life of the software the document was made.
fn contexts<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = String> + 'a {
    let comment = facts.value(&["creationInfo", "comment"]).and_then(Value::as_str).unwrap_or_default();
    let words = comment.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase);
    let words = words.filter(|word| KINDS.contains(&word.as_str()));
    facts.document.lifecycles.iter().cloned().chain(words)
}

pub(super) fn generation_context(facts: &Facts<'_>) -> Outcome {
    let stated = contexts(facts).any(|word| is_value(&word));
    Outcome::of(stated, || facts.is_unknown(&["generation-context"]))
}

pub(super) fn build_context(facts: &Facts<'_>) -> Outcome {
    Outcome::is(contexts(facts).any(|word| word == "build"))
}

pub(super) fn creator_comment(facts: &Facts<'_>) -> Outcome {
    let comment = facts.value(&["creationInfo", "comment"]).and_then(Value::as_str).is_some_and(is_value);
    Outcome::is(comment || contexts(facts).next().is_some())
}

pub(super) fn primary(facts: &Facts<'_>) -> Outcome {
    Outcome::is(!facts.document.roots.is_empty())
}

/// Whether the document says how much it covers, for the whole or for what it is about.
pub(super) fn coverage(facts: &Facts<'_>) -> Outcome {
    let mut stated = facts.document.completeness.iter();
    let of_root = |end: &EdgeEnd| match end {
        EdgeEnd::Document => true,
        EdgeEnd::Element(at) => facts.said(*at).root,
        EdgeEnd::External(_) => false,
    };
    let whole = stated.any(|held| {
        let mut ends = held.assemblies.iter().chain(&held.dependencies).peekable();
        ends.peek().is_none() || ends.any(of_root)
    });
    let slots = [Slot::Dependencies, Slot::Contents];
    let mut roots = facts.document.roots.iter().filter_map(|root| facts.document.element(*root));
    Outcome::is(whole || roots.any(|root| slots.iter().any(|slot| root.unknown(*slot).is_some())))
}

/// Statements about vulnerabilities: an SBOM outlives them (TR-03183-2 §3.1).
pub(super) fn no_vulnerabilities(facts: &Facts<'_>) -> Outcome {
    let found = match facts.parsed.encoding.standard_kind() {
        StandardKind::CycloneDx => !facts.tree().items_of("vulnerabilities").is_empty(),
        StandardKind::Spdx2 => facts.tree().items_of("packages").iter().any(|package| {
            let mut references = package.items_of("externalRefs").iter();
            references.any(|held| matches!(held.text_of("referenceType"), Some("advisory" | "fix")))
        }),
        StandardKind::Spdx3 => facts
            .tree()
            .items_of("@graph")
            .iter()
            .any(|node| node.text_of("type").is_some_and(|class| class.starts_with("security_Vuln"))),
    };
    Outcome::is(!found)
}

pub(super) fn supplier(facts: &Facts<'_>) -> Outcome {
    let mut roots = facts.document.roots.iter().filter_map(|root| facts.document.element(*root)?.supplier.as_ref());
    Outcome::is(facts.document.supplier.as_ref().is_some_and(is_named) || roots.any(is_named))
}

pub(super) fn data_license(facts: &Facts<'_>) -> Outcome {
    Outcome::is(facts.document.data_license.as_deref().is_some_and(is_value))
}

pub(super) fn name(facts: &Facts<'_>) -> Outcome {
    Outcome::is(facts.document.name.as_deref().is_some_and(is_value))
}

pub(super) fn id(facts: &Facts<'_>) -> Outcome {
    let own = match facts.parsed.encoding.standard_kind() {
        StandardKind::Spdx2 => facts.value(&["SPDXID"]).and_then(Value::as_str),
        _ => own_uri(facts),
    };
    Outcome::is(own.is_some_and(is_value))
}

pub(super) fn relationships(facts: &Facts<'_>) -> Outcome {
    let mut edges = facts.document.edges.iter();
    let inner = |kind: &EdgeKind| matches!(kind, EdgeKind::DependsOn | EdgeKind::Contains);
    Outcome::is(!facts.document.roots.is_empty() && edges.any(|edge| inner(&edge.kind)))
}
