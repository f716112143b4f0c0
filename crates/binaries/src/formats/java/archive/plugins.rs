//! Plugins of Jenkins, which name each other by short names alone: `Plugin-Dependencies: git:5.2.0;resolution:=optional`.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use serde::{Deserialize, Serialize};

use super::manifest::Manifest;
use super::relate::{Archive, scope};

/// What the manifest of a plugin says.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Plugin {
    name: String,
    /// The plugins that it needs, and whether it can do without.
    needs: Vec<(String, bool)>,
}

impl Plugin {
    /// `None` for any other archive.
    pub(super) fn of(manifest: &Manifest) -> Option<Self> {
        let name = manifest.get("short-name")?.to_owned();
        let needs = manifest.get("plugin-dependencies").unwrap_or_default().split(',');
        let needs = needs.map(str::trim).filter(|need| !need.is_empty()).map(|need| {
            let name = need.split([':', ';']).next().unwrap_or(need).trim();
            (name.to_owned(), need.contains("resolution:=optional"))
        });
        Some(Self { needs: needs.collect(), name })
    }
}

/// Relates the plugins of the source. The first component of their file is the plugin.
pub(super) fn relate(archives: &[Archive], files: &mut Resolver<'_>) {
    let plugins = || archives.iter().filter_map(|archive| Some((archive.plugin()?, archive.first()?)));
    let by_name: HashMap<&str, Handle> = plugins().map(|(plugin, at)| (plugin.name.as_str(), at)).collect();
    for (plugin, from) in plugins() {
        for (name, optional) in &plugin.needs {
            if let Some(&to) = by_name.get(name.as_str()) {
                files.relate(from, to, RelationshipKind::DependsOn, scope(*optional));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_and_what_they_need() {
        let plugin = Plugin::of(&Manifest::parse(
            b"Short-Name: git\nPlugin-Dependencies: scm-api:676.v, mailer:448.v;resolution:=optional,\n",
        ));
        let needs = vec![("scm-api".to_owned(), false), ("mailer".to_owned(), true)];
        assert_eq!(plugin, Some(Plugin { name: "git".to_owned(), needs }));
        assert_eq!(Plugin::of(&Manifest::parse(b"Implementation-Title: git\n")), None);
    }
}
