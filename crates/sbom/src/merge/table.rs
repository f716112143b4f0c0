//! What merging knows of the standards beyond their tables, as data: which members tell the items of a list apart, which
//! objects may be mixed member by member, and which of two values says more.

/// The members that tell items of one object apart; items with all of them equal are one item. An object that is not
/// listed is told apart by its whole content.
const KEYS: &[(&str, &[&str])] = &[
    ("dependency", &["ref"]),
    ("affected", &["ref"]),
    ("external-reference", &["type", "url", "referenceCategory", "referenceType", "referenceLocator"]),
    ("service", &["group", "name", "version"]),
    ("component", &["group", "name", "version", "purl"]),
    ("tool", &["vendor", "name", "version"]),
    // One advisory may be answered differently for different components, so the answer is part of the key.
    ("vulnerability", &["id", "source/name", "analysis"]),
    ("organizational-entity", &["name"]),
    ("organizational-contact", &["name", "email"]),
    ("lifecycle", &["phase", "name"]),
    (
        "license-choice",
        &[
            "expression",
            "acknowledgement",
            "license/id",
            "license/name",
            "license/acknowledgement",
            "license/licensing",
        ],
    ),
    ("license", &["id", "name"]),
];

/// Objects that are mixed member by member when two documents have the same one. Any other is kept whole, as a mixture of
/// two statements would be a third that nobody made.
const MIXED: &[&str] = &[
    "bom",
    "metadata",
    "tools",
    "tool",
    "component",
    "service",
    "vulnerability",
    "dependency",
    "affected",
    "external-reference",
    "evidence",
    "pedigree",
    "definitions",
    "organizational-entity",
    "organizational-contact",
    "license-choice",
    "license",
    "document",
    "creation",
    "package",
    "file",
    "snippet",
    "extracted-license",
];

/// Members of which one value says more than the others, whatever the policy: the first of the list that is there wins.
const RANKED: &[(&str, &[&str])] = &[
    ("scope", &["required", "optional", "excluded"]),
    ("tlp", &["RED", "AMBER_AND_STRICT", "AMBER", "GREEN", "CLEAR"]),
    ("filesAnalyzed", &["true", "false"]),
];

/// Values that only say that there is none.
const EMPTY: &[&str] = &["", "NOASSERTION"];

/// The members, as paths, that tell items of an object apart.
pub(super) fn key(object: &str) -> Option<&'static [&'static str]> {
    KEYS.iter().find(|(name, _)| *name == object).map(|(_, members)| *members)
}

/// Whether an object is mixed member by member. Every node of SPDX 3 that has a name is.
pub(super) fn is_mixed(object: &str) -> bool {
    MIXED.contains(&object)
}

/// How much a value of a member says, less for more; `None` for members whose values have no order.
pub(super) fn rank(member: &str, value: &str) -> Option<usize> {
    let (_, values) = RANKED.iter().find(|(name, _)| *name == member)?;
    Some(values.iter().position(|one| *one == value).unwrap_or(values.len()))
}

/// Members that tell how a document came to know something. They always differ, which is no conflict.
const CIRCUMSTANCES: &[&str] = &["sourceInfo", "software_sourceInfo", "comment"];

/// Whether a member only tells how a document came to know something.
pub(super) fn is_circumstance(member: &str) -> bool {
    CIRCUMSTANCES.contains(&member)
}

/// Whether a text says nothing.
pub(super) fn is_empty(value: &str) -> bool {
    EMPTY.contains(&value)
}
