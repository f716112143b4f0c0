//! SPDX 2 JSON.

use std::borrow::Cow;

use super::{LeanComponent, LeanEdge, Read, Reader};

impl Reader<'_> {
    pub(super) fn spdx_document(&mut self) -> Read<()> {
        self.object(|reader, name| {
            match name {
                "spdxVersion" => reader.lean.version = reader.text()?,
                "creationInfo" => reader.creation()?,
                "documentDescribes" => reader.array(|reader| {
                    let id = reader.text()?;
                    reader.lean.describes.push(id);
                    Ok(())
                })?,
                "packages" => reader.array(Self::package)?,
                "files" => reader.array(Self::file)?,
                "relationships" => reader.array(Self::relationship)?,
                _ => reader.pass()?,
            }
            Ok(())
        })?;
        self.lexer.next().map(drop)
    }

    fn creation(&mut self) -> Read<()> {
        self.object(|reader, name| {
            match name {
                "created" => reader.lean.created = reader.text()?,
                "creators" => reader.array(|reader| {
                    let creator = reader.text()?;
                    if let Some(tool) = creator.strip_prefix("Tool:") {
                        let tool = Cow::Owned(tool.trim().to_owned());
                        reader.lean.tools.push((tool, Cow::Borrowed("")));
                    }
                    Ok(())
                })?,
                _ => reader.pass()?,
            }
            Ok(())
        })
    }

    fn package(&mut self) -> Read<()> {
        let mut package = LeanComponent::default();
        self.object(|reader, name| {
            match name {
                "SPDXID" => package.reference = reader.text()?,
                "primaryPackagePurpose" => package.kind = reader.text()?,
                "name" => package.name = reader.text()?,
                "versionInfo" => package.version = reader.text()?,
                "checksums" => package.hashes = reader.hashes("algorithm", "checksumValue")?,
                "externalRefs" => reader.array(|reader| {
                    let (mut kind, mut locator) = (Cow::Borrowed(""), Cow::Borrowed(""));
                    reader.object(|reader, name| {
                        match name {
                            "referenceType" => kind = reader.text()?,
                            "referenceLocator" => locator = reader.text()?,
                            _ => reader.pass()?,
                        }
                        Ok(())
                    })?;
                    match (&*kind, package.purl.is_empty()) {
                        ("purl", true) => package.purl = locator,
                        ("purl", false) => package.more_purls.push(locator),
                        _ => {}
                    }
                    Ok(())
                })?,
                "licenseConcluded" | "licenseDeclared" => {
                    let license = reader.text()?;
                    if !matches!(&*license, "" | "NOASSERTION" | "NONE") && !package.licenses.contains(&license) {
                        package.licenses.push(license);
                    }
                }
                _ => reader.pass()?,
            }
            Ok(())
        })?;
        self.lean.components.push(package);
        Ok(())
    }

    fn file(&mut self) -> Read<()> {
        let mut file = LeanComponent { kind: Cow::Borrowed("FILE"), ..LeanComponent::default() };
        self.object(|reader, name| {
            match name {
                "SPDXID" => file.reference = reader.text()?,
                "fileName" => file.name = reader.text()?,
                "checksums" => file.hashes = reader.hashes("algorithm", "checksumValue")?,
                _ => reader.pass()?,
            }
            Ok(())
        })?;
        self.lean.files.push(file);
        Ok(())
    }

    fn relationship(&mut self) -> Read<()> {
        let mut edge = LeanEdge::default();
        self.object(|reader, name| {
            match name {
                "spdxElementId" => edge.from = reader.text()?,
                "relatedSpdxElement" => edge.to = reader.text()?,
                "relationshipType" => edge.kind = reader.text()?,
                _ => reader.pass()?,
            }
            Ok(())
        })?;
        self.lean.edges.push(edge);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::Limits;

    use super::super::lean;
    use crate::encoding::Encoding;

    #[test]
    fn packages_and_relationships() {
        let text = r#"{"spdxVersion": "SPDX-2.3", "packages": [{"SPDXID": "SPDXRef-a", "name": "a", "versionInfo": "1",
            "externalRefs": [{"referenceType": "cpe23Type", "referenceLocator": "x"},
                             {"referenceLocator": "pkg:npm/a@1", "referenceType": "purl"}],
            "checksums": [{"algorithm": "SHA1", "checksumValue": "00"}]}],
            "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-a"}]}"#;
        let read = lean(text, Encoding::SpdxJson, &Limits::DEFAULT).unwrap();
        let [package] = read.components.as_slice() else { panic!("{read:?}") };
        assert_eq!((&*package.purl, &*package.version, package.hashes.len()), ("pkg:npm/a@1", "1", 1));
        assert_eq!((&*read.edges[0].to, &*read.edges[0].kind), ("SPDXRef-a", "DESCRIBES"));
    }
}
