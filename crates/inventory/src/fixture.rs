//! Documents and places for tests.

use plimsoll_model::Limits;

use crate::{Context, Intake, Location};

/// A document about a build that refers to each component itself.
pub(crate) fn sbom(name: &str, build: u32, components: &[&str]) -> Vec<u8> {
    let listed: Vec<String> = components
        .iter()
        .map(|purl| format!(r#"{{"type": "library", "bom-ref": "{purl}", "name": "x", "purl": "{purl}"}}"#))
        .collect();
    let edges: Vec<String> = components.iter().map(|purl| format!("\"{purl}\"")).collect();
    format!(
        r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {{"component": {{"type": "application",
        "bom-ref": "r", "name": "{name}", "version": "{build}"}}}}, "components": [{}],
        "dependencies": [{{"ref": "r", "dependsOn": [{}]}}]}}"#,
        listed.join(","),
        edges.join(",")
    )
    .into_bytes()
}

pub(crate) fn intake(bytes: &[u8]) -> Intake {
    Intake::read(bytes, &Context::default(), &Limits::DEFAULT).unwrap()
}

/// A place for an inventory, gone at the end.
pub(crate) struct Store(std::path::PathBuf);

impl Store {
    pub(crate) fn new(name: &str) -> Self {
        let place = std::env::temp_dir().join(format!("plimsoll-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&place);
        std::fs::create_dir_all(&place).unwrap();
        Self(place)
    }

    pub(crate) fn location(&self) -> Location {
        Location::File(self.0.join("inventory.db"))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A document about a build: what its components are, and what refers to what. `r` is the build.
pub(crate) fn sbom_with(name: &str, build: u32, components: &[&str], edges: &[(&str, &[&str])]) -> Vec<u8> {
    let components: Vec<serde_json::Value> = components
        .iter()
        .map(|purl| serde_json::json!({"type": "library", "bom-ref": purl, "name": "x", "purl": purl}))
        .collect();
    let edges: Vec<serde_json::Value> =
        edges.iter().map(|(from, to)| serde_json::json!({"ref": from, "dependsOn": to})).collect();
    let root = serde_json::json!({"type": "application", "bom-ref": "r", "name": name, "version": build.to_string()});
    let document = serde_json::json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": root},
        "components": components, "dependencies": edges});
    document.to_string().into_bytes()
}
