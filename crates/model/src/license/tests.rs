use super::*;
use proptest::prelude::*;

const CASES: &str = include_str!("../../../../testdata/licenses/expressions.tsv");

fn expression(text: &str) -> Option<String> {
    License::declared(text).and_then(|license| license.expression().map(str::to_owned))
}

#[test]
fn cases() {
    let mut checked = 0;
    for line in CASES.lines().filter(|line| !line.starts_with('#')) {
        let [text, want, how]: [&str; 3] = line.split('\t').collect::<Vec<_>>().try_into().expect(line);
        let want = Some(want.to_owned()).filter(|want| !want.is_empty());
        let license = License::declared(text).expect(line);
        assert_eq!(license.text(), text.trim());
        assert_eq!(license.expression().map(str::to_owned), want, "{line}");
        assert_eq!(License::spdx_expression(text), want.clone().filter(|_| how == "spdx"), "{line}");
        assert_eq!(want.is_some(), matches!(how, "spdx" | "name"), "{line}");
        // The canonical form is its own, and one that the library takes.
        if let Some(want) = want {
            assert_eq!(License::spdx_expression(&want).as_deref(), Some(&*want));
            let mode =
                spdx::ParseMode { allow_deprecated: true, allow_postfix_plus_on_gpl: true, ..spdx::ParseMode::STRICT };
            assert!(spdx::Expression::parse_mode(&want, mode).is_ok(), "{want}");
        }
        checked += 1;
    }
    assert!(checked > 120, "{checked}");
}

#[test]
fn placeholders_state_nothing() {
    for text in ["", " ", "UNKNOWN", "NONE", "noassertion", "N/A", "null"] {
        assert_eq!(License::declared(text), None, "{text}");
    }
    assert_eq!(License::spdx_expression("NOASSERTION"), None);
}

#[test]
fn an_id_is_told_from_an_expression() {
    assert_eq!(License::declared("gpl-2.0").unwrap().id(), Some("GPL-2.0"));
    assert_eq!(License::declared("Apache 2").unwrap().id(), Some("Apache-2.0"));
    assert_eq!(License::declared("MIT OR ISC").unwrap().id(), None);
    assert_eq!(License::declared("LicenseRef-a").unwrap().id(), None);
}

#[test]
fn what_is_too_large_is_text() {
    let nested = |depth: usize| format!("{}MIT{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(expression(&nested(16)).as_deref(), Some("MIT"));
    assert_eq!(expression(&nested(17)), None);
    assert_eq!(expression(&nested(2000)), None);
    let many = |count: usize| vec!["MIT"; count].join(" OR ");
    assert!(expression(&many(256)).is_some());
    assert_eq!(expression(&many(257)), None);
    // Multiplied out this would have 2^40 terms.
    let product = vec!["(MIT OR ISC)"; 40].join(" AND ");
    assert_eq!(expression(&product).as_deref(), Some(&*product));
    assert_eq!(expression("MIT\nand more"), None);
}

proptest! {
    #[test]
    fn any_text_is_read(text in "[ -~é()]{0,60}") {
        if let Some(expression) = expression(&text) {
            prop_assert_eq!(License::spdx_expression(&expression), Some(expression));
        }
    }

    #[test]
    fn words_of_expressions(words in proptest::collection::vec(
        prop_oneof!["MIT", "gpl-2.0+", "ASL 2.0", "LicenseRef-a", "LLVM-exception", "and", "OR", "WITH", "[(]", "[)]"], 0..12)
    ) {
        if let Some(canonical) = expression(&words.join(" ")) {
            prop_assert_eq!(License::spdx_expression(&canonical), Some(canonical));
        }
    }
}
