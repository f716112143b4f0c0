//! SPDX 2.3 in JSON, the same components and edges.

use crate::cyclonedx::{hash, hexadecimal, license, put, targets, timestamp, write_purl};
use crate::{Build, Universe};

pub(crate) fn write(universe: &Universe, build: &Build<'_>, out: &mut Vec<u8>) {
    let (number, digest, name) = (build.number.to_string(), &build.digest, &build.name);
    put!(out, r#"{"spdxVersion":"SPDX-2.3","dataLicense":"CC0-1.0","SPDXID":"SPDXRef-DOCUMENT","name":""#, name);
    put!(out, r#"","documentNamespace":"https://spdx.example/"#, name, "/", digest, r#"","creationInfo":{"created":""#);
    put!(out, timestamp(build), r#"","creators":["Tool: scanner-1.30.0"]},"documentDescribes":["SPDXRef-subject"],"#);
    put!(out, r#""packages":[{"SPDXID":"SPDXRef-subject","name":""#, name, r#"","versionInfo":""#, number);
    put!(out, r#"","downloadLocation":"NOASSERTION","filesAnalyzed":false,"primaryPackagePurpose":"CONTAINER","#);
    put!(out, r#""checksums":[{"algorithm":"SHA256","checksumValue":""#, digest, r#""}]}"#);
    for (place, component) in build.components.iter().enumerate() {
        let package = universe.get(component.package);
        let version = universe.version(component.package, component.version);
        let license = license(universe, *component);
        put!(
            out,
            r#",{"SPDXID":"SPDXRef-"#,
            place.to_string(),
            r#"","name":""#,
            package.name,
            r#"","versionInfo":""#,
            version
        );
        put!(out, r#"","supplier":"NOASSERTION","downloadLocation":""#, package.ecosystem.registry(), package.name);
        put!(out, r#"","filesAnalyzed":false,"sourceInfo":"found in "#, package.ecosystem.evidence());
        put!(
            out,
            r#"","licenseConcluded":"NOASSERTION","licenseDeclared":""#,
            license,
            r#"","copyrightText":"NOASSERTION","#
        );
        put!(out, r#""checksums":[{"algorithm":"SHA256","checksumValue":""#);
        for part in 0..4 {
            put!(out, hexadecimal(hash(package.salt, component.version, part)));
        }
        put!(
            out,
            r#""}],"externalRefs":[{"referenceCategory":"SECURITY","referenceType":"cpe23Type","referenceLocator":""#
        );
        put!(
            out,
            "cpe:2.3:a:",
            package.name,
            ":",
            package.name,
            ":",
            version.replace(':', "\\\\:"),
            r#":*:*:*:*:*:*:*"},"#
        );
        put!(out, r#"{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":""#);
        write_purl(universe, *component, out);
        put!(out, r#""}]}"#);
    }
    put!(out, r#"],"relationships":[{"spdxElementId":"SPDXRef-DOCUMENT","relatedSpdxElement":"SPDXRef-subject","#);
    put!(out, r#""relationshipType":"DESCRIBES"}"#);
    for place in 0..build.components.len().min(40) {
        edge("subject", place, out);
    }
    for place in 0..build.components.len() {
        for target in targets(build, place) {
            edge(&place.to_string(), target, out);
        }
    }
    put!(out, "]}\n");
}

fn edge(from: &str, to: usize, out: &mut Vec<u8>) {
    put!(out, r#",{"spdxElementId":"SPDXRef-"#, from, r#"","relatedSpdxElement":"SPDXRef-"#, to.to_string());
    put!(out, r#"","relationshipType":"DEPENDS_ON"}"#);
}
