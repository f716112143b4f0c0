//! The versions that lockfiles select, put in the place of those that a project asks for.

use std::collections::BTreeMap;

use plimsoll_extract::prelude::*;

/// Keeps what a lockfile selected, by name.
pub(super) fn keep(versions: &BTreeMap<String, String>, out: &mut Sink<'_>) {
    if let Ok(kept) = serde_json::to_vec(versions) {
        out.keep(kept);
    }
}

/// Gives what the files beside a lockfile ask for the version that was selected.
pub(super) fn apply(files: &mut Resolver<'_>) {
    let mut modules: BTreeMap<Vec<u8>, BTreeMap<String, String>> = BTreeMap::new();
    let mut artifacts: BTreeMap<Vec<u8>, BTreeMap<String, String>> = BTreeMap::new();
    let mut declaring = Vec::new();
    for file in files.files() {
        let Some(path) = files.path(file).cloned() else { continue };
        let directory = path.parent().to_vec();
        if path.name().ends_with(b".lock") {
            modules.entry(directory).or_default().append(&mut read(files.kept(file)));
        } else if path.name().ends_with(b".json") {
            artifacts.entry(directory).or_default().append(&mut read(files.kept(file)));
        } else {
            declaring.push((file, directory));
        }
    }
    for (file, directory) in declaring {
        let changes: Vec<(Handle, Purl, String)> = files
            .components(file)
            .filter_map(|(at, component)| {
                let purl = component.purl.as_ref()?;
                let selected = match purl.kind() {
                    "bazel" => modules.get(&directory)?.get(purl.name())?,
                    "maven" if purl.qualifier("classifier").is_none() => {
                        artifacts.get(&directory)?.get(&format!("{}:{}", purl.namespace()?, purl.name()))?
                    }
                    _ => return None,
                };
                let stated = purl.version().unwrap_or_default();
                (stated != selected && purl.qualifier("vcs_url").is_none()).then(|| {
                    let builder = Purl::builder(purl.kind(), purl.name()).version(selected.as_str());
                    let builder = builder.namespace(purl.namespace().unwrap_or_default());
                    Some((at, builder.build().ok()?, stated.to_owned()))
                })?
            })
            .collect();
        for (at, purl, stated) in changes {
            let Some(component) = files.get_mut(at) else { continue };
            component.version = purl.version().map(Into::into);
            component.purl = Some(purl);
            component.version_range = None;
            if !stated.is_empty() {
                component.properties.push(("plimsoll:bazel:requested".into(), stated.into()));
            }
        }
    }
}

fn read(kept: &[u8]) -> BTreeMap<String, String> {
    serde_json::from_slice(kept).unwrap_or_default()
}
