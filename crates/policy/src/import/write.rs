//! The policy that is written.

use plimsoll_model::printable;

use super::Source;
use super::keys::Keys;
use super::rules::{Ask, Rule, San, Signer};
use crate::draft::quoted;

/// Nobody has a certificate of this issuer: `.invalid` is nobody's (RFC 2606 §2).
const NOBODY: &str = "https://not-converted.invalid";

/// The policy, as TOML.
pub(super) fn policy(sources: &[Source], rules: &[Rule], keys: &Keys) -> String {
    let mut out = String::from(
        "# Converted from policies of other tools. Read it, and what was not converted, before you rely on it.\n",
    );
    for source in sources {
        let (file, name) = (printable(&source.file), printable(&source.name));
        out.push_str(&format!("# {} {name} ({file}:{})\n", source.kind, source.line));
    }
    out.push_str("version = 1\n\n[roots.sigstore]\ninstance = \"public-good\"\n");
    for (name, pem) in &keys.all {
        out.push_str(&format!("\n[roots.keys.{name}]\npem = \"\"\"\n{pem}\n\"\"\"\n"));
    }
    // Tables of one name stand together.
    for table in ["signed_by", "attestation", "rego"] {
        rules.iter().filter(|rule| table_of(&rule.ask) == table).for_each(|rule| write(&mut out, rule));
    }
    out
}

fn table_of(ask: &Ask) -> &'static str {
    match ask {
        Ask::Signed { .. } | Ask::Never => "signed_by",
        Ask::Attested { .. } => "attestation",
        Ask::Complies { .. } => "rego",
    }
}

fn write(out: &mut String, rule: &Rule) {
    let (file, path) = (printable(&rule.file), printable(&rule.path));
    out.push_str(&format!("\n# {file}:{} {path}\n", rule.line));
    let threshold = match &rule.ask {
        Ask::Signed { threshold, .. } | Ask::Attested { threshold, .. } => *threshold,
        Ask::Complies { .. } => 1,
        Ask::Never => {
            out.push_str("# NOT CONVERTED: nothing satisfies this rule. Replace it by what you mean.\n");
            1
        }
    };
    let table = table_of(&rule.ask);
    out.push_str(&format!("[[{table}]]\nmatch = [{}]\n", list(rule.images.iter().map(|image| quoted(image)))));
    if rule.warns {
        out.push_str("action = \"warn\"\n");
    }
    let signers = match &rule.ask {
        Ask::Signed { signers, .. } => signers.iter().map(signer).collect(),
        Ask::Complies { module, types, signers } => {
            out.push_str(&format!("modules = [{}]\n", quoted(module)));
            out.push_str(&format!("type = [{}]\n", list(types.iter().map(|kind| quoted(kind)))));
            signers.iter().map(signer).collect()
        }
        Ask::Attested { types, signers, .. } => {
            out.push_str(&format!("type = [{}]\n", list(types.iter().map(|kind| quoted(kind)))));
            signers.iter().map(signer).collect()
        }
        Ask::Never => vec![format!("{{ issuer = {}, san = \"nobody\" }}", quoted(NOBODY))],
    };
    out.push_str("signer = [\n");
    for signer in signers {
        out.push_str(&format!("    {signer},\n"));
    }
    out.push_str("]\n");
    if threshold > 1 {
        out.push_str(&format!("threshold = {threshold}\n"));
    }
}

fn signer(signer: &Signer) -> String {
    match signer {
        Signer::Key(name) => format!("{{ key = {} }}", quoted(name)),
        Signer::Keyless { issuer, san } => {
            let san = match san {
                San::Regex(expression) => format!("san_regex = {}", quoted(expression)),
                // These are not taken as they are written.
                San::Exact(text)
                    if text.contains(['*', '?', '[', '{', '\\']) || text == "source" || text.starts_with('=') =>
                {
                    format!("san_regex = {}", quoted(&regex::escape(text)))
                }
                San::Exact(text) => format!("san = {}", quoted(text)),
            };
            format!("{{ issuer = {}, {san} }}", quoted(issuer))
        }
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
