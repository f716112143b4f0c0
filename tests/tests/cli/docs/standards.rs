//! The pages that show the tables of the standards.

use std::fmt::Write as _;

use plimsoll_sbom::standard::{EnumValue, Field, Object, RuleKind, Span, Standard, Type, VersionIndex, Words};

/// The encodings whose names for things are not those of the JSON, by the names that the tables give them.
const SPELLED: &[&str] = &["xml", "protobuf", "tag-value", "rdf"];

/// The page of a standard: a table for each object, and the lists of values.
pub(super) fn page(standard: &Standard, title: &str, directory: &str) -> String {
    let versions = standard.versions();
    let mut out = format!(
        "# {title}\n\nWhat documents may hold, as [the tables](../../schemas/{directory}/) have it: versions {} to {}. An \
        object that is younger than {} says nothing about older versions; a field is there in all of them unless its line \
        says otherwise. Names of objects are ours; documents have only the names of fields. The fields are those of the \
        JSON; the columns of other encodings say what is another there ([the words](../../schemas/README.md)).\n",
        versions[0],
        standard.version_name(standard.latest()),
        versions[0],
    );
    for object in standard.objects() {
        section(&mut out, standard, object);
    }
    out.push_str("\n## Lists of values\n");
    for list in standard.enumerations() {
        let values: Vec<String> = list.values.iter().map(|held| value(standard, held)).collect();
        let _ = write!(out, "\n### {}\n\n{}\n", list.name, values.join(" · "));
    }
    out
}

fn section(out: &mut String, standard: &Standard, object: &Object) {
    let encodings: Vec<&str> = SPELLED.iter().copied().filter(|name| is_spelled(standard, name)).collect();
    let heads: String = encodings.iter().map(|name| format!(" {name} |")).collect();
    let rule = "---|".repeat(encodings.len());
    let _ =
        write!(out, "\n## {}\n\n| field | type | versions | required |{heads}\n|---|---|---|---|{rule}\n", object.name);
    for field in &object.fields {
        let kind = kind(standard, &field.kind).replace('|', "\\|");
        let versions = versions(standard, field);
        let required = field.required.map_or(String::new(), |span| match range(standard, span).as_str() {
            "" => "yes".to_owned(),
            range => range.to_owned(),
        });
        let spelled: String = encodings.iter().map(|name| format!(" {} |", spelling(field, name))).collect();
        let _ = writeln!(out, "| `{}` | {kind} | {versions} | {required} |{spelled}", field.name);
    }
    for rule in &object.rules {
        let members: Vec<String> = rule.members.iter().map(|member| format!("`{member}`")).collect();
        let when = range(standard, rule.during);
        let _ = write!(out, "\n{}{}{when}.\n", words(rule.kind, &members), if when.is_empty() { "" } else { ", " });
    }
}

/// A rule in words.
fn words(rule: RuleKind, members: &[String]) -> String {
    let all = members.join(", ");
    match rule {
        RuleKind::OneOf => format!("Exactly one of {all}"),
        RuleKind::AnyOf => format!("At least one of {all}"),
        RuleKind::AtMostOne => format!("At most one of {all}"),
        RuleKind::Needs => format!("With {}", members.join(" must be ")),
        RuleKind::Alone => format!("An item with {all} is alone in its list"),
        _ => format!("A rule in code: {all}"),
    }
}

/// Whether an encoding has words of its own for the fields of a standard.
fn is_spelled(standard: &Standard, encoding: &str) -> bool {
    standard.objects().iter().any(|object| object.spellings.of(encoding).is_some())
}

/// Where an encoding has a field: its tag, property, element or number.
fn spelling(field: &Field, encoding: &str) -> String {
    let word = |words: &Words| match encoding {
        "tag-value" => words.get("tag"),
        "rdf" => words.get("property"),
        _ => words.iter().next().map(|(first, _)| first),
    };
    let mut places: Vec<String> = Vec::new();
    for place in field.spellings.all(encoding).filter_map(word) {
        let place = if place == "-" { "–".to_owned() } else { format!("`{}`", place.replace('|', "\\|")) };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places.join(" ")
}

fn versions(standard: &Standard, field: &Field) -> String {
    let mut words = vec![range(standard, field.during)];
    if let Some(since) = field.deprecated {
        words.push(format!("deprecated since {}", standard.version_name(since)));
    }
    words.retain(|word| !word.is_empty());
    words.join("; ")
}

fn value(standard: &Standard, held: &EnumValue) -> String {
    match range(standard, held.during).as_str() {
        "" => format!("`{}`", held.name),
        range => format!("`{}` ({range})", held.name),
    }
}

/// `since V`, `until V`, both, or nothing.
fn range(standard: &Standard, span: Span) -> String {
    let first = standard.version(standard.versions()[0]);
    let since = Some(span.since).filter(|since| Some(*since) != first).map(|since| name(standard, "since", since));
    let until = Some(span.until).filter(|until| *until < standard.latest()).map(|until| name(standard, "until", until));
    [since, until].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn name(standard: &Standard, word: &str, version: VersionIndex) -> String {
    format!("{word} {}", standard.version_name(version))
}

/// A type in words.
fn kind(standard: &Standard, of: &Type) -> String {
    match of {
        Type::String => "text".to_owned(),
        Type::Pattern(id) => standard.pattern(*id).map(|held| format!("text, {}", held.name)).unwrap_or_default(),
        Type::DateTime => "date and time".to_owned(),
        Type::Iri => "IRI reference".to_owned(),
        Type::Uri => "URI".to_owned(),
        Type::Email => "mail address".to_owned(),
        Type::SpdxLicense => "SPDX licence id".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Integer => "whole number".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Ref => "name of this element".to_owned(),
        Type::Link => "name of an element".to_owned(),
        Type::Enum(id) => standard.enumeration(*id).map(|held| link(held.name)).unwrap_or_default(),
        Type::Object(id) => standard.object(*id).map(|held| link(held.name)).unwrap_or_default(),
        Type::Variants(id) => {
            let variants = standard.variants(*id);
            let choices = variants.into_iter().flat_map(|held| &held.choices);
            let names = choices.filter_map(|(_, id, _)| standard.object(*id)).map(|held| link(held.name));
            names.collect::<Vec<_>>().join(" or ")
        }
        Type::Array(item) => format!("list of {}", kind(standard, item)),
        Type::Either(kinds) => kinds.iter().map(|of| kind(standard, of)).collect::<Vec<_>>().join(" or "),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn link(name: &str) -> String {
    format!("[{name}](#{name})")
}
