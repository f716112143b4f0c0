//! `xmllint` and the official schemas, the oracle for verdicts on XML.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use plimsoll_tests::{TemporaryDirectory, shared, skip};

/// The oracle, with a directory for documents.
pub(super) struct Xmllint {
    directory: TemporaryDirectory,
    schemas: std::path::PathBuf,
}

impl Xmllint {
    /// It, when it is there.
    pub(super) fn find() -> Option<Self> {
        let schemas = shared("conformance/cyclonedx/schema")?;
        if Command::new("xmllint").arg("--version").output().is_err() {
            skip("xmllint is not installed (Debian package libxml2-utils)");
            return None;
        }
        Some(Self { directory: TemporaryDirectory::new(), schemas })
    }

    /// Whether documents of a version are valid, by their names, with what is wrong.
    pub(super) fn verdicts(
        &self,
        version: &str,
        documents: &BTreeMap<String, Vec<u8>>,
    ) -> BTreeMap<String, Result<(), String>> {
        let mut verdicts = BTreeMap::new();
        let names: Vec<&String> = documents.keys().collect();
        for (at, chunk) in names.chunks(200).enumerate() {
            let directory = self.directory.path().join(format!("{version}-{at}"));
            fs::create_dir_all(&directory).unwrap();
            for name in chunk {
                fs::write(directory.join(name), &documents[*name]).unwrap();
            }
            let said = self.run(version, &directory, chunk);
            for name in chunk {
                let of_it: Vec<&str> =
                    said.lines().filter(|line| line.split([':', ' ']).next() == Some(name.as_str())).collect();
                let valid = of_it.iter().any(|line| line.ends_with(" validates"));
                assert!(valid || !of_it.is_empty(), "xmllint says nothing of {name}: {said}");
                verdicts.insert((*name).clone(), if valid { Ok(()) } else { Err(of_it.join("\n")) });
            }
            fs::remove_dir_all(&directory).unwrap();
        }
        verdicts
    }

    fn run(&self, version: &str, directory: &Path, names: &[&String]) -> String {
        let output = Command::new("xmllint")
            .args(["--nonet", "--noout", "--huge", "--schema"])
            .arg(self.schemas.join(format!("bom-{version}.xsd")))
            .args(names)
            .current_dir(directory)
            .env("XML_CATALOG_FILES", self.schemas.join("xmlcatalog.xml"))
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}
