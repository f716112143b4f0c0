//! The registry of PEAR and PECL: `.registry/NAME.reg`, `.registry/.channel.HOST/NAME.reg`.
//! <https://pear.php.net/manual/en/guide.developers.package2.php>
//!
//! A file is the parsed `package.xml`, as PHP serialises it. What surprises: texts of version 2 of `package.xml` may be
//! arrays with `_content`; names of files under `.registry` are in lower case, the ones within are not. Needed packages
//! are told by channel and name; an edge leads to the one that is installed.

mod serialized;

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use serialized::Value;

/// Reads the registry of PEAR.
pub(crate) struct Pear;

impl Extractor for Pear {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("php/pear")
    }

    fn about(&self) -> About {
        About {
            title: "PEAR and PECL registry (.registry/*.reg)",
            specification: "https://pear.php.net/manual/en/guide.developers.package2.php",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Path(".registry/*.reg"), Interest::Path(".registry/.channel.*/*.reg")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let Some((root, whole)) = serialized::read(&bytes, file.budget().limits()) else {
            return Err(ExtractError::malformed("not a serialised array"));
        };
        let text = |key: &str| root.get(key).and_then(Value::content).filter(|text| !text.is_empty());
        let Some(name) = text("name").or_else(|| text("package")) else {
            return Err(ExtractError::malformed("no name"));
        };
        let version = root.get("version").and_then(|version| version.get("release").or(Some(version))?.content());
        let version = version.or_else(|| root.get("old")?.get("version")?.content());
        let Some(version) = version.filter(|version| !version.is_empty()) else {
            return Err(ExtractError::malformed(format!("{name} has no version")));
        };
        let channel = text("channel").unwrap_or("pear.php.net");
        let builder = Purl::builder("pear", name).namespace(channel).version(version);
        let Some(purl) = out.purl(builder, 0) else { return Ok(()) };
        let mut component = Component::from_purl(purl);
        component.description = text("summary").map(Into::into);
        component.licenses.extend(text("license").or_else(|| text("release_license")).and_then(License::declared));
        component.author = root.get("lead").and_then(lead).map(Into::into);
        let url = format!("https://{channel}/get/{name}-{version}.tgz");
        component.references.push(ExternalReference {
            kind: ReferenceKind::SourceDistribution,
            url: url.into(),
            hashes: Vec::new(),
        });
        out.component(component, 0);
        if let Ok(kept) = serde_json::to_vec(&needs(&root)) {
            out.keep(kept);
        }
        if whole { Ok(()) } else { Err(ExtractError::Truncated { message: "the array does not end".to_owned() }) }
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut by_name: HashMap<String, Handle> = HashMap::new();
        for file in files.files() {
            if let Some((at, component)) = files.components(file).next() {
                let channel = component.group.as_deref().unwrap_or_default();
                by_name.entry(format!("{channel}/{}", component.name).to_lowercase()).or_insert(at);
            }
        }
        for file in files.files() {
            let Ok(needs) = serde_json::from_slice::<Vec<(String, bool)>>(files.kept(file)) else { continue };
            let Some(from) = files.components(file).next().map(|(at, _)| at) else { continue };
            for (name, optional) in needs {
                if let Some(&to) = by_name.get(&name) {
                    let scope = if optional { Scope::Optional } else { Scope::Runtime };
                    files.relate(from, to, RelationshipKind::DependsOn, scope);
                }
            }
        }
    }
}

/// The first lead developer: one, or a list of them.
fn lead<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    value.get("name").or_else(|| value.items().next()?.get("name"))?.content()
}

/// Channel and name of the packages that are needed, and whether they are optional.
fn needs(root: &Value<'_>) -> Vec<(String, bool)> {
    let mut needs = Vec::new();
    for (key, optional) in [("required", false), ("optional", true)] {
        for kind in ["package", "extension", "subpackage"] {
            let Some(found) = root.get("dependencies").and_then(|all| all.get(key)?.get(kind)) else { continue };
            // One, or a list of them.
            let single = found.get("name").map(|_| found);
            for package in single.into_iter().chain(found.items()) {
                let text = |key: &str| package.get(key).and_then(Value::content);
                if let (Some(name), Some(channel)) = (text("name"), text("channel")) {
                    needs.push((format!("{channel}/{name}").to_lowercase(), optional));
                }
            }
        }
    }
    needs
}
