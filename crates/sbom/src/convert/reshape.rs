//! The same fact in the shape that another version of its standard gives it.
//!
//! Only what a version says differently is here; what it does not say at all is left to `restrict`.

use crate::map::{StandardKind, cyclonedx_schema};
use crate::standard::{Standard, VersionIndex};
use crate::tree::{Members, Value};

/// Puts a tree into the shapes of a version and names that version in it.
pub(super) fn reshape(tree: &mut Value, standard: StandardKind, version: VersionIndex) {
    let name = standard.table().version_name(version);
    match standard {
        StandardKind::CycloneDx => cyclonedx(tree, name, version),
        StandardKind::Spdx2 => spdx2(tree, name),
        // There is one version.
        StandardKind::Spdx3 => {}
    }
}

fn cyclonedx(tree: &mut Value, name: &str, version: VersionIndex) {
    let minor: u8 = name.strip_prefix("1.").and_then(|minor| minor.parse().ok()).unwrap_or(u8::MAX);
    let Value::Object(bom) = tree else { return };
    if bom.has("$schema") {
        bom.set_text("$schema", cyclonedx_schema(version));
    }
    bom.set_text("specVersion", name);
    if let Some(Value::Object(metadata)) = bom.get_mut("metadata") {
        if minor < 5 {
            legacy_tools(metadata);
        }
        if minor < 6 {
            rename(metadata, "manufacturer", "manufacture");
        }
    }
    each_component(tree, &mut |component| {
        if minor < 6 {
            author(component);
        }
        if minor < 7 {
            plain_licenses(component);
        }
        if let (5, Some(Value::Object(evidence))) = (minor, component.get_mut("evidence")) {
            single_identity(evidence);
        }
        if minor < 4 && !component.has("version") {
            // Required up to 1.3, where the specification asks for empty text.
            component.set_text("version", "");
        }
    });
}

/// Visits every component, wherever it stands: the walk goes by the member names that hold components.
fn each_component(value: &mut Value, visit: &mut impl FnMut(&mut Members)) {
    match value {
        Value::Object(members) => {
            for (name, held) in members.iter_mut() {
                match (name, held) {
                    ("component", Value::Object(component)) => visit(component),
                    ("components" | "ancestors" | "descendants" | "variants", Value::Array(items)) => {
                        items.iter_mut().filter_map(Value::as_object_mut).for_each(&mut *visit);
                    }
                    _ => {}
                }
            }
            members.iter_mut().for_each(|(_, held)| each_component(held, visit));
        }
        Value::Array(items) => items.iter_mut().for_each(|held| each_component(held, visit)),
        _ => {}
    }
}

/// The members of a tool that say who makes it, the first counts.
pub(super) const MAKERS: [&str; 3] = ["supplier", "provider", "manufacturer"];

/// Up to 1.4 tools were a list of vendor, name and version.
fn legacy_tools(metadata: &mut Members) {
    let Some(Value::Object(_)) = metadata.get("tools") else { return };
    let tools = metadata.remove("tools").unwrap_or_default();
    let list = ["components", "services"].into_iter().flat_map(|member| tools.items_of(member)).map(|tool| {
        let maker = MAKERS.iter().find_map(|member| tool.get(member));
        let vendor = maker.and_then(|maker| maker.text_of("name")).or_else(|| tool.text_of("publisher"));
        let mut item = Members::new();
        item.set_some("vendor", vendor);
        item.set_some("name", tool.text_of("name"));
        item.set_some("version", tool.text_of("version"));
        if let Some(hashes) = tool.get("hashes") {
            item.set("hashes", hashes.clone());
        }
        Value::Object(item)
    });
    metadata.set_items("tools", list.collect());
}

fn rename(members: &mut Members, from: &'static str, to: &'static str) {
    if !members.has(to)
        && let Some(value) = members.remove(from)
    {
        members.set(to, value);
    }
}

/// Up to 1.5 authors were one text.
fn author(component: &mut Members) {
    if component.has("author") {
        return;
    }
    let authors = component.get("authors").and_then(Value::as_array).unwrap_or_default();
    if let Some(names) = joined(authors) {
        component.set_text("author", names);
    }
}

/// Authors as one text.
pub(super) fn joined(authors: &[Value]) -> Option<String> {
    let name = |author: &Value| match (author.text_of("name"), author.text_of("email")) {
        (Some(name), Some(email)) => Some(format!("{name} <{email}>")),
        (name, email) => name.or(email).map(str::to_owned),
    };
    let names: Vec<String> = authors.iter().filter_map(name).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn plain_licenses(component: &mut Members) {
    if let Some(Value::Array(items)) = component.get_mut("licenses")
        && items.len() > 1
    {
        expressions_by_name(items);
    }
}

/// Up to 1.6 a list of licences holds no expression beside others: it is written by name there.
pub(crate) fn expressions_by_name(items: &mut [Value]) {
    for item in items {
        let Value::Object(members) = item else { continue };
        let Some(expression) = members.remove("expression") else { continue };
        let mut license = Members::new();
        license.set("name", expression);
        for (name, value) in std::mem::take(members) {
            license.set(name, value);
        }
        members.set("license", Value::Object(license));
    }
}

/// 1.5 has one identity.
fn single_identity(evidence: &mut Members) {
    if let Some(Value::Array(identities)) = evidence.get_mut("identity")
        && !identities.is_empty()
    {
        let first = identities.remove(0);
        evidence.set("identity", first);
    }
}

fn spdx2(tree: &mut Value, version: &str) {
    let Value::Object(document) = tree else { return };
    document.set_text("spdxVersion", format!("SPDX-{version}"));
    let old = Standard::spdx2().version(version) < Standard::spdx2().version("2.3");
    if !old {
        return;
    }
    // 2.2 demands what 2.3 may leave out, and has a word for not knowing it.
    let demand = |item: &mut Members, names: &[&'static str]| {
        for name in names {
            if !item.has(name) {
                item.set_text(name, "NOASSERTION");
            }
        }
    };
    let lists: [(&str, &[&'static str]); 3] = [
        ("packages", &["downloadLocation", "licenseConcluded", "licenseDeclared", "copyrightText"]),
        ("files", &["licenseConcluded", "copyrightText"]),
        ("snippets", &["licenseConcluded", "copyrightText"]),
    ];
    for (list, names) in lists {
        let items = document.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        items.filter_map(Value::as_object_mut).for_each(|item| demand(item, names));
    }
}
