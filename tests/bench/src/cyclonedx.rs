//! CycloneDX 1.6 in JSON, as scanners of images write it: about 1 kB a component.

use crate::universe::Package;
use crate::{Build, Component, Universe};

/// Appends pieces of text.
macro_rules! put {
    ($out:expr, $($piece:expr),+ $(,)?) => {{
        $( $out.extend_from_slice(AsRef::<[u8]>::as_ref(&$piece)); )+
    }};
}
pub(crate) use put;

const LICENSES: &[&str] = &[
    "MIT",
    "MIT",
    "MIT",
    "Apache-2.0",
    "Apache-2.0",
    "BSD-3-Clause",
    "ISC",
    "MPL-2.0",
    "LGPL-2.1-or-later",
    "GPL-3.0-only",
];

pub(crate) fn write(universe: &Universe, build: &Build<'_>, out: &mut Vec<u8>) {
    let number = build.number.to_string();
    let time = timestamp(build);
    let uuid =
        |from: &str| format!("{}-{}-4{}-8{}-{}", &from[..8], &from[8..12], &from[13..16], &from[17..20], &from[20..32]);
    put!(
        out,
        r#"{"$schema":"http://cyclonedx.org/schema/bom-1.6.schema.json","bomFormat":"CycloneDX","specVersion":"1.6","#
    );
    put!(out, r#""serialNumber":"urn:uuid:"#, uuid(&build.digest), r#"","version":1,"metadata":{"timestamp":""#, time);
    put!(
        out,
        r#"","tools":{"components":[{"type":"application","author":"example","name":"scanner","version":"1.30.0"}]},"#
    );
    put!(
        out,
        r#""component":{"bom-ref":"subject","type":"container","name":""#,
        build.name,
        r#"","version":""#,
        number
    );
    put!(
        out,
        r#"","purl":"pkg:oci/"#,
        build.name,
        "@sha256%3A",
        build.digest,
        "?repository_url=registry.example%2F",
        build.name
    );
    put!(out, "&tag=", number, r#"","hashes":[{"alg":"SHA-256","content":""#, build.digest, r#""}]}},"components":["#);
    let references: Vec<String> = build.components.iter().map(|component| reference(universe, *component)).collect();
    for (place, (component, reference)) in build.components.iter().zip(&references).enumerate() {
        put!(out, if place == 0 { "" } else { "," });
        write_component(universe, *component, reference, out);
    }
    put!(out, r#"],"dependencies":[{"ref":"subject","dependsOn":["#);
    list(out, (0..references.len().min(40)).map(|place| references[place].as_str()));
    put!(out, "]}");
    for (place, reference) in references.iter().enumerate() {
        put!(out, r#",{"ref":""#, reference, r#"","dependsOn":["#);
        list(out, targets(build, place).map(|target| references[target].as_str()));
        put!(out, "]}");
    }
    put!(out, "]}\n");
}

fn write_component(universe: &Universe, component: Component, reference: &str, out: &mut Vec<u8>) {
    let package = universe.get(component.package);
    let version = universe.version(component.package, component.version);
    let license = LICENSES[(package.salt % LICENSES.len() as u64) as usize];
    let ecosystem = package.ecosystem;
    put!(out, r#"{"bom-ref":""#, reference, r#"","type":"library","#);
    if !package.group.is_empty() {
        put!(out, r#""group":""#, package.group, r#"","#);
    }
    put!(out, r#""name":""#, package.name, r#"","version":""#, version);
    put!(out, r#"","hashes":[{"alg":"SHA-256","content":""#);
    for part in 0..4 {
        put!(out, hexadecimal(hash(package.salt, component.version, part)));
    }
    put!(
        out,
        r#""}],"licenses":[{"license":{"id":""#,
        license,
        r#""}}],"cpe":"cpe:2.3:a:"#,
        package.name,
        ":",
        package.name
    );
    put!(out, ":", version, r#":*:*:*:*:*:*:*","purl":""#);
    purl(package, version, out);
    put!(out, r#"","externalReferences":[{"type":"distribution","url":""#, ecosystem.registry(), package.name, "/-/");
    put!(out, package.name, "-", version, r#".tgz"},{"type":"vcs","url":"git+https://git.example/"#, package.name, "/");
    put!(out, package.name, r#".git"}],"properties":[{"name":"scanner:package:type","value":""#, ecosystem.purl_type());
    put!(out, r#""},{"name":"scanner:location:0:path","value":""#, ecosystem.evidence(), r#""}]}"#);
}

fn purl(package: &Package, version: &str, out: &mut Vec<u8>) {
    put!(out, package.purl);
    for byte in version.bytes() {
        match byte {
            b'+' => put!(out, "%2B"),
            b':' => put!(out, "%3A"),
            byte => out.push(byte),
        }
    }
    put!(out, package.ecosystem.qualifiers());
}

/// The name of a component in its document: the package URL and a number, as scanners do that may find one twice.
fn reference(universe: &Universe, component: Component) -> String {
    let package = universe.get(component.package);
    let mut out = Vec::with_capacity(120);
    purl(package, universe.version(component.package, component.version), &mut out);
    let sign = if package.ecosystem.qualifiers().is_empty() { "?" } else { "&" };
    put!(out, sign, "package-id=", hexadecimal(hash(package.salt, component.version, 9)));
    String::from_utf8(out).unwrap_or_default()
}

/// What a component depends on: up to five later ones, the same from build to build.
pub(crate) fn targets(build: &Build<'_>, place: usize) -> impl Iterator<Item = usize> {
    let from = hash(build.application as u64, place as u16, 77);
    let (count, left) = (from % 6, (build.components.len() - place - 1) as u64);
    (0..count.min(left)).map(move |each| place + 1 + ((from >> (8 + each * 10)) % left) as usize)
}

fn list<'a>(out: &mut Vec<u8>, texts: impl Iterator<Item = &'a str>) {
    for (place, text) in texts.enumerate() {
        put!(out, if place == 0 { "\"" } else { ",\"" }, text, "\"");
    }
}

/// Two weeks from build to build; each application on another hour.
pub(crate) fn timestamp(build: &Build<'_>) -> String {
    let day = build.number * 14;
    let (year, day) = (2024 + day / 336, day % 336);
    format!("{year}-{:02}-{:02}T{:02}:00:00Z", day / 28 + 1, day % 28 + 1, build.application % 24)
}

pub(crate) fn hash(salt: u64, version: u16, part: u64) -> u64 {
    let mut mixed = salt ^ (u64::from(version) << 20) ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

pub(crate) fn hexadecimal(number: u64) -> [u8; 16] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    std::array::from_fn(|place| DIGITS[(number >> (60 - 4 * place) & 15) as usize])
}

pub(crate) fn write_purl(universe: &Universe, component: Component, out: &mut Vec<u8>) {
    purl(universe.get(component.package), universe.version(component.package, component.version), out);
}

pub(crate) fn license(universe: &Universe, component: Component) -> &'static str {
    LICENSES[(universe.get(component.package).salt % LICENSES.len() as u64) as usize]
}
