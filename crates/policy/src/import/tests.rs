//! The shapes of policies that are published, each converted or named.

use super::rules::{Ask, San, Signer};
use super::*;

mod hostile;
mod image_validating;
mod kyverno;
mod sigstore;

const KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7Vx2zi27QbpBW3SFMrfEd4EnNrtH
UY6xQ7s9xmEzJGghsP5uRAF9glLkNcXYmOkqM+L79D4WlMPtaewq48CwbQ==
-----END PUBLIC KEY-----";
const OTHER_KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb8bCMnfvJZFumPto+pgBOLcnWrCw
3MMDojzpyv2mSOLr0OO0KrzmfCH0iaqJXk0OaAdCRnPW25vpO3eOYa3QDw==
-----END PUBLIC KEY-----";

/// A shape: what it is, its text with `KEY` and `OTHER` for keys, the rules that it becomes, what is told.
type Shape = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// The text of a shape below a head, moved in by some spaces.
fn under(head: &str, indent: usize, text: &str) -> String {
    let space = " ".repeat(indent);
    let mut out = head.to_owned();
    for line in text.lines() {
        // Keys are blocks of the depth of their line.
        let depth = line.len() - line.trim_start().len();
        let block =
            |pem: &str| pem.lines().map(|line| format!("{space}{}{line}\n", " ".repeat(depth))).collect::<String>();
        match line.trim() {
            "KEY" => out.push_str(&block(KEY)),
            "OTHER" => out.push_str(&block(OTHER_KEY)),
            _ => out.push_str(&format!("{space}{line}\n")),
        }
    }
    out
}

fn converted(text: &str) -> Result<(Converted, Imported), ImportError> {
    let mut converted = Converted::default();
    for document in yaml::parse(text, &Limits::DEFAULT).unwrap() {
        converted.document(&Place::root("p.yaml", &document), From::Any, &mut Vec::new())?;
    }
    Ok((converted, import(&[("p.yaml".to_owned(), text.to_owned())], From::Any)?))
}

fn check(head: &str, indent: usize, shapes: &[Shape]) {
    for (what, text, rules, told) in shapes {
        let text = under(head, indent, text);
        let (converted, imported) = converted(&text).unwrap_or_else(|error| panic!("{what}: {error:?}\n{text}"));
        let found: Vec<String> = converted.rules.iter().map(described).collect();
        assert_eq!(found, *rules, "{what}");
        let remarks: Vec<String> =
            imported.remarks.iter().map(|one| format!("{} {}", one.effect.word(), one.path)).collect();
        assert_eq!(remarks, *told, "{what}");
        // What denies stands in the policy as a rule, and the other way round.
        let denies = imported.remarks.iter().any(|remark| remark.effect == Effect::Denies);
        assert_eq!(denies, found.iter().any(|rule| rule.ends_with("never")), "{what}: {found:?} {remarks:?}");
        assert_eq!(denies, imported.policy.contains("not-converted.invalid"), "{what}");
    }
}

fn described(rule: &Rule) -> String {
    let who = |signers: &[Signer]| signers.iter().map(one).collect::<Vec<_>>().join(" | ");
    let ask = match &rule.ask {
        Ask::Signed { signers, threshold: 1 } => format!("signed {}", who(signers)),
        Ask::Signed { signers, threshold } => format!("signed {threshold} of {}", who(signers)),
        Ask::Attested { types, signers, threshold } => format!("{} {threshold} of {}", types.join(","), who(signers)),
        Ask::Complies { types, signers, .. } => format!("complies {} of {}", types.join(","), who(signers)),
        Ask::Never => "never".to_owned(),
    };
    let warns = if rule.warns { "warn " } else { "" };
    format!("{} {warns}{ask}", rule.images.join(" "))
}

fn one(signer: &Signer) -> String {
    match signer {
        Signer::Key(name) => name.clone(),
        Signer::Keyless { issuer, san: San::Exact(san) } => format!("{issuer} {san}"),
        Signer::Keyless { issuer, san: San::Regex(san) } => format!("{issuer} /{san}/"),
    }
}
