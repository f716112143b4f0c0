//! Other programs read what we write: the Python libraries of CycloneDX and SPDX, by `tests/interop/read.py`. We
//! read what another program serves: the registry of the distribution project. We sign with keys in SoftHSM. strace sees the
//! files that we see.

#[cfg(test)]
mod api;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod observed;
#[cfg(test)]
mod pkcs11;
#[cfg(test)]
mod registry;
#[cfg(test)]
mod sigstore_clients;
#[cfg(test)]
mod web;

#[cfg(test)]
mod readers {
    use std::path::PathBuf;
    use std::process::Command;

    use plimsoll_model::Limits;
    use plimsoll_sbom::encoding::{self, Encoding};
    use plimsoll_tests::{TemporaryDirectory, fixtures, scan, shared, skip, workspace};

    #[test]
    fn python_libraries_read_our_documents() {
        let Some(python) = std::env::var_os("PLIMSOLL_INTEROP_PYTHON") else {
            return skip("PLIMSOLL_INTEROP_PYTHON is not set");
        };
        let directory = TemporaryDirectory::new();
        // The libraries are slow: every tenth fixture shows each shape of component.
        let mut files = Vec::new();
        for (at, fixture) in fixtures().iter().enumerate().step_by(10) {
            for (format, name) in
                [("cyclonedx-json@1.6", "16.cdx"), ("cyclonedx-json@1.7", "17.cdx"), ("spdx-json", "spdx")]
            {
                files.push(directory.write(format!("{at}.{name}.json"), scan(fixture, format)));
            }
        }
        files.extend(in_every_encoding(&directory));
        assert!(!files.is_empty());
        let script = workspace().join("tests/interop/read.py");
        let output = Command::new(python).arg(script).args(files).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    }

    /// SPDX documents of ours, and official ones, in every encoding that we write.
    fn in_every_encoding(directory: &TemporaryDirectory) -> Vec<PathBuf> {
        let encodings = [
            (Encoding::SpdxJson, "spdx.json"),
            (Encoding::SpdxYaml, "spdx.yaml"),
            (Encoding::SpdxXml, "spdx.xml"),
            (Encoding::SpdxTagValue, "spdx"),
        ];
        let mut documents: Vec<Vec<u8>> =
            fixtures().iter().step_by(40).map(|fixture| scan(fixture, "spdx-json").into()).collect();
        if let Some(examples) = shared("conformance/spdx/tools-python/tests/spdx/data") {
            for name in ["SPDXJSONExample-v2.2.spdx.json", "SPDXJSONExample-v2.3.spdx.json"] {
                documents.push(std::fs::read(examples.join(name)).unwrap());
            }
        }
        let mut files = Vec::new();
        for (at, bytes) in documents.iter().enumerate() {
            let parsed = encoding::read(bytes, Encoding::SpdxJson, &Limits::DEFAULT).unwrap();
            for (encoding, ending) in encodings {
                let mut out = Vec::new();
                encoding::write(&parsed.tree, encoding, parsed.version, &mut out).unwrap();
                files.push(directory.write(format!("document{at}.{ending}"), out));
            }
        }
        files
    }
}
