//! Terraform and OpenTofu: `.terraform.lock.hcl`, `*.tf`, `*.tofu` and `terragrunt.hcl`.
//! <https://developer.hashicorp.com/terraform/language/files/dependency-lock>,
//! <https://developer.hashicorp.com/terraform/language/modules/sources>
//!
//! - The lock pins providers, never modules. A provider that a configuration requires is the locked one, when a lock
//!   lies beside the configuration or above it; only without a lock it is listed with its range.
//! - Hashes: `zh:` is the SHA-256 of the archive for one platform, `h1:` the digest of a listing of its content
//!   (Go's dirhash), which is no digest of a file.
//! - A module of a registry has a name of three parts, a provider one of two. Both are `pkg:terraform`, which is no
//!   registered type but the one that other tools use.

mod module;

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use crate::hcl::{self, Block, Value};
use crate::repository::ancestors;

/// The registry that is meant when none is named.
const REGISTRY: &str = "registry.terraform.io";
const LOCK: &str = ".terraform.lock.hcl";

/// Reads Terraform configurations and their lock.
pub(crate) struct Configuration;

impl Extractor for Configuration {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("terraform/configuration")
    }

    fn about(&self) -> About {
        About {
            title: ".terraform.lock.hcl, *.tf, *.tofu, terragrunt.hcl",
            specification: "https://developer.hashicorp.com/terraform/language/files/dependency-lock",
            facts: &[Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name(LOCK), Interest::Suffix(".tf"), Interest::Suffix(".tofu"), Interest::Name("terragrunt.hcl")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let parsed = hcl::parse(&text);
        if file.path().name() == LOCK.as_bytes() {
            parsed.root.blocks.iter().filter(|block| block.kind == "provider").for_each(|block| locked(block, out));
        } else {
            let mut required = String::new();
            for block in &parsed.root.blocks {
                match (block.kind, block.labels.as_slice()) {
                    ("terraform", _) => terraform(block, &mut required, out),
                    ("module", [name, ..]) => module::emit(block, name, out),
                    _ => {}
                }
            }
            out.keep(required);
        }
        match parsed.fault {
            Some(line) => Err(ExtractError::malformed_at(line, "not HCL from here on, or not closed")),
            None => Ok(()),
        }
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut locks: HashMap<Vec<u8>, HashMap<String, Handle>> = HashMap::new();
        for lock in files.named(LOCK) {
            let Some(path) = files.path(lock) else { continue };
            let held = files.components(lock).filter_map(|(at, held)| Some((source_of(held.purl.as_ref()?), at)));
            locks.insert(path.parent().to_vec(), held.collect());
        }
        for file in files.files() {
            let kept = String::from_utf8(files.take_kept(file)).unwrap_or_default();
            let Some(path) = files.path(file).cloned() else { continue };
            for entry in kept.lines() {
                let mut fields = entry.split('\t');
                let (Some(line), Some(source), Some(range)) = (fields.next(), fields.next(), fields.next()) else {
                    continue;
                };
                let line = line.parse().unwrap_or_default();
                match find_locked(&locks, path.parent(), source) {
                    Some(at) => {
                        if let Some(mut sink) = files.sink(at.file) {
                            sink.direct(at.component, Scope::Unspecified);
                        }
                    }
                    None => {
                        if let Some(mut sink) = files.sink(file) {
                            unlocked(source, range, line, &mut sink);
                        }
                    }
                }
            }
        }
    }
}

/// The provider in the lock of this directory, or of one above it: modules have no lock of their own.
fn find_locked(locks: &HashMap<Vec<u8>, HashMap<String, Handle>>, directory: &[u8], source: &str) -> Option<Handle> {
    ancestors(directory).find_map(|directory| {
        let directory = directory.strip_suffix(b"/").unwrap_or(directory);
        locks.get(directory).and_then(|lock| lock.get(source)).copied()
    })
}

fn source_of(purl: &Purl) -> String {
    format!("{}/{}", purl.namespace().unwrap_or_default(), purl.name())
}

/// The purl of a provider or module from its address, `[host/]namespace/name[/provider]`.
fn address(source: &str, version: &str) -> PurlBuilder {
    let first = source.split('/').next().unwrap_or_default();
    let whole = if first.contains('.') { source.to_owned() } else { format!("{REGISTRY}/{source}") };
    let (namespace, name) = whole.rsplit_once('/').unwrap_or((REGISTRY, &whole));
    Purl::builder("terraform", name).namespace(namespace).version(version)
}

/// A provider of the lock: `provider "registry.terraform.io/hashicorp/aws" { version, constraints, hashes }`.
fn locked(block: &Block<'_>, out: &mut Sink<'_>) {
    let (Some(source), Some(version)) = (block.labels.first(), block.get_str("version")) else {
        return out.malformed_entry(block.line, "provider left out: it has no name or no version");
    };
    let Some(purl) = out.purl(address(source, version), block.line) else { return };
    let mut component = Component::from_purl(purl);
    component.properties.push(("plimsoll:terraform:kind".into(), "provider".into()));
    if let Some(constraints) = block.get_str("constraints") {
        component.properties.push(("plimsoll:terraform:constraints".into(), constraints.into()));
    }
    for hash in block.get("hashes").map(Value::items).unwrap_or_default() {
        let Value::Text(hash, line) = hash else { continue };
        match hash.split_once(':') {
            Some(("zh", hex)) => match Digest::from_hex(DigestAlgorithm::Sha256, hex) {
                Ok(digest) => component.references.extend(archive(&component, digest)),
                Err(error) => out.malformed_entry(*line, format!("hash left out: {error}")),
            },
            Some((scheme, value)) => {
                component.properties.push((format!("plimsoll:terraform:{scheme}").into(), value.into()));
            }
            None => out.malformed_entry(*line, "hash left out: it has no scheme"),
        }
    }
    out.component(component, block.line);
}

/// The archive of one platform, of which the digest is known but not the URL.
fn archive(component: &Component, digest: Digest) -> Option<ExternalReference> {
    let purl = component.purl.as_ref()?;
    let builder = address(&source_of(purl), purl.version().unwrap_or_default());
    let url = builder.qualifier("checksum", digest.to_string()).build().ok()?.to_string();
    Some(ExternalReference { kind: ReferenceKind::Distribution, url: url.into(), hashes: vec![digest] })
}

/// The `terraform` block: the providers that it requires, and the module that Terragrunt runs.
fn terraform(block: &Block<'_>, required: &mut String, out: &mut Sink<'_>) {
    if block.get("source").is_some() {
        module::emit(block, "terragrunt", out);
    }
    for providers in block.blocks.iter().filter(|inner| inner.kind == "required_providers") {
        for (name, value) in &providers.attributes {
            let source = value.get("source").and_then(Value::as_str);
            let version = value.get("version").unwrap_or(value);
            let line = match (version, value.get("source")) {
                (Value::Text(_, line), _) | (_, Some(Value::Text(_, line))) => *line,
                _ => providers.line,
            };
            // Before Terraform 0.13 a provider had a name only, and was one of HashiCorp's.
            let source = source.map_or_else(|| format!("hashicorp/{name}"), ToOwned::to_owned);
            let first = source.split('/').next().unwrap_or_default();
            let source = if first.contains('.') { source } else { format!("{REGISTRY}/{source}") };
            required.push_str(&format!("{line}\t{source}\t{}\n", version.as_str().unwrap_or_default()));
        }
    }
}

/// A provider that no lock pins.
fn unlocked(source: &str, range: &str, line: u32, out: &mut Sink<'_>) {
    let Some(purl) = out.purl(address(source, exact(range).unwrap_or_default()), line) else { return };
    let mut component = Component::from_purl(purl);
    component.properties.push(("plimsoll:terraform:kind".into(), "provider".into()));
    ranged(&mut component, range, line, out);
    let at = out.component(component, line);
    out.direct(at, Scope::Unspecified);
}

/// The version that a constraint pins: `1.2.3` or `= 1.2.3`.
fn exact(range: &str) -> Option<&str> {
    let version = range.trim().strip_prefix('=').unwrap_or(range).trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    (version.starts_with(|c: char| c.is_ascii_digit()) && version.chars().all(plain)).then_some(version)
}

/// Keeps the range of what is not pinned, and says so.
fn ranged(component: &mut Component, range: &str, line: u32, out: &mut Sink<'_>) {
    if component.version.is_none() {
        component.version_range = Some(range).filter(|range| !range.is_empty()).map(Into::into);
        out.diagnose(DiagnosticCode::UNPINNED, line, format!("{} is not pinned", component.name));
    }
}
