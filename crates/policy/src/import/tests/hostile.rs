//! What is broken, unknown, or written to break the reader.

use super::*;

fn of(text: &str) -> Result<Imported, ImportError> {
    import(&[("p.yaml".to_owned(), text.to_owned())], From::Any)
}

const POLICY: &str = "apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata: {name: p}\nspec:\n  images: [{glob: 'ghcr.io/acme/*'}]\n  authorities: [{keyless: {identities: [{issuer: https://a.example, subject: s}]}}]\n";

#[test]
fn what_is_no_policy_is_refused() {
    assert!(matches!(of("a: [b"), Err(ImportError::Syntax { line: Some(_), .. })));
    for none in ["", "a: b", "[]", "kind: [ClusterPolicy]", "apiVersion: v1\nkind: Pod", "kind: ClusterPolicy"] {
        assert!(matches!(of(none), Err(ImportError::NoPolicy { .. })), "{none}");
    }
    let error = import(&[("p.yaml".to_owned(), POLICY.to_owned())], From::Kyverno).unwrap_err();
    assert_eq!(error.to_string(), "p.yaml: it has no policy that is known; it has ClusterImagePolicy");
}

#[test]
fn lists_and_several_documents_are_read() {
    let item = POLICY.lines().map(|line| format!("  {line}\n")).collect::<String>();
    let list = format!("kind: List\napiVersion: v1\nitems:\n- {}", item.trim_start());
    let all = of(&format!("{POLICY}---\n{list}---\napiVersion: v1\nkind: Secret\n")).unwrap();
    assert_eq!(all.sources.iter().map(|source| source.rules).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(all.remarks.iter().map(|remark| remark.effect).collect::<Vec<_>>(), [Effect::Noted]);
    assert_eq!(all.policy, of(&format!("{POLICY}---\n{list}---\napiVersion: v1\nkind: Secret\n")).unwrap().policy);
}

/// A key that is there twice says one thing to one reader and another to the next.
#[test]
fn keys_that_are_there_twice_are_refused() {
    let text =
        POLICY.replace("{issuer: https://a.example, subject: s}", "{issuer: https://a.example, issuer: x, subject: s}");
    let imported = of(&text).unwrap();
    assert!(
        imported.remarks.iter().any(|one| one.effect == Effect::Denies && one.path.ends_with("identities[0].issuer"))
    );
    assert!(imported.policy.contains("not-converted.invalid") && !imported.policy.contains("a.example"));
}

/// What a policy says cannot write anything into ours but texts and comments.
#[test]
fn texts_stay_texts() {
    let evil = "\\\"]\\n[[signed_by]]\\nmatch = \\\"**\\u202e\\x1b[2J";
    let text =
        POLICY.replace("subject: s", &format!("subject: \"{evil}\"")).replace("name: p", &format!("name: \"{evil}\""));
    let imported = of(&text).unwrap();
    assert_eq!(imported.policy.matches("\n[[signed_by]]").count(), 1, "{}", imported.policy);
    assert!(!imported.policy.contains(['\u{1b}', '\u{202e}']), "{}", imported.policy);
}

#[test]
fn bombs_run_out_of_budget() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", [before.as_str(); 10].join(", ")));
    }
    assert!(matches!(of(&bomb), Err(ImportError::Syntax { .. })));
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(matches!(of(&deep), Err(ImportError::Syntax { .. })));
    let images = vec!["{glob: 'ghcr.io/acme/a*'}"; 20_000].join(", ").replace("a*", "*-b*-c*-d");
    let many = POLICY.replace("{glob: 'ghcr.io/acme/*'}", &images);
    assert!(of(&many).is_ok(), "the same images are the same");
    let images: Vec<String> = (0..2_000).map(|at| format!("{{glob: 'ghcr.io/acme/a{at}*'}}")).collect();
    let many = POLICY.replace("{glob: 'ghcr.io/acme/*'}", &images.join(", "));
    assert!(matches!(of(&many), Err(ImportError::TooMany { .. })));
    let nested = (0..60).fold("x".to_owned(), |inner, _| format!("{{entries: [{{attestor: {inner}}}]}}"));
    let text = format!(
        "apiVersion: kyverno.io/v1\nkind: Policy\nspec: {{rules: [{{verifyImages: [{{attestors: [{nested}]}}]}}]}}"
    );
    assert!(
        of(&text).is_err_and(|error| matches!(error, ImportError::Syntax { .. }))
            || of(&text).unwrap().policy.contains("invalid")
    );
}

/// Whatever is cut off: it is read or refused, and what is read denies no less.
#[test]
fn pieces_are_read_or_refused() {
    let all = of(POLICY).unwrap().policy;
    for (end, _) in POLICY.char_indices() {
        if let Ok(imported) = of(&POLICY[..end]) {
            assert!(imported.policy == all || imported.policy.contains("not-converted.invalid"), "{}", &POLICY[..end]);
        }
    }
    for value in ["~", "[]", "{}", "''", "7", "[[]]", "{a: b}"] {
        for key in ["images", "authorities", "keyless", "identities", "issuer", "subject", "spec", "glob"] {
            for (at, _) in POLICY.match_indices(&format!("{key}:")) {
                let end = at + key.len() + 1;
                let rest = &POLICY[end..];
                let cut = if key == "spec" { rest.len() } else { rest.find([',', '}', '\n']).unwrap() };
                let text = format!("{} {value}{}", &POLICY[..end], &rest[cut..]);
                let Ok(imported) = of(&text) else { continue };
                let weaker = imported.is_whole() && imported.policy != all;
                assert!(
                    !weaker || matches!((key, value), ("issuer" | "subject" | "glob", _)),
                    "{text}\n{}",
                    imported.policy
                );
            }
        }
    }
}
