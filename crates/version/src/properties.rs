//! What holds for every scheme and every text.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::{Event, Range, Scheme};

/// Pieces that some scheme gives a meaning to, few enough that two texts often begin alike.
const PIECES: &[&str] = &[
    "0",
    "1",
    "2",
    "01",
    "00",
    "10",
    "99999999999999999999",
    ".",
    ".",
    ".",
    "-",
    "_",
    "+",
    "~",
    "^",
    ":",
    "!",
    "v",
    "a",
    "b",
    "m",
    "p",
    "alpha",
    "beta",
    "rc",
    "pre",
    "dev",
    "post",
    "final",
    "ga",
    "sp",
    "snapshot",
    "-r",
    "_p",
    "_git",
    "#",
    "..",
    " ",
    "é",
    "A",
    "RC",
    "T",
    "Z",
    "*",
    "%",
    "|",
    "<",
    "=",
    "git",
    ",",
    "x",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => vec(select(PIECES), 0..8).prop_map(|pieces| pieces.concat()),
        2 => "[0-9]{1,2}(\\.[0-9]{1,2}){0,3}(-?(a|b|rc|alpha|beta|dev|r)\\.?[0-9]?)?(\\+[a-z0-9]{1,3})?",
        1 => "\\PC{0,12}",
    ]
}

fn scheme() -> impl Strategy<Value = Scheme> {
    select(Scheme::all().collect::<Vec<_>>())
}

/// A version that can stand in a VERS range.
fn version() -> impl Strategy<Value = String> {
    text().prop_filter("not blank", |text| !text.trim().is_empty())
}

fn vers() -> impl Strategy<Value = String> {
    let sign = select(&["", "=", "!=", "<", "<=", ">", ">="][..]);
    (scheme(), vec((sign, version()), 1..6)).prop_map(|(scheme, list)| {
        let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
        let list: Vec<_> = list.iter().map(|(sign, version)| format!("{sign}{}", encode(version))).collect();
        format!("vers:{scheme}/{}", list.join("|"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_is_total(scheme in scheme(), list in vec(text(), 3)) {
        let [a, b, c] = &list[..] else { unreachable!() };
        prop_assert!(scheme.order(a, a).is_eq());
        prop_assert_eq!(scheme.order(a, b), scheme.order(b, a).reverse());
        if scheme.order(a, b).is_le() && scheme.order(b, c).is_le() {
            prop_assert!(scheme.order(a, c).is_le());
            if scheme.order(a, b).is_lt() || scheme.order(b, c).is_lt() {
                prop_assert!(scheme.order(a, c).is_lt());
            }
        }
    }

    #[test]
    fn strict_agrees_with_total(scheme in scheme(), a in text(), b in text()) {
        if let Ok(order) = scheme.compare(&a, &b) {
            prop_assert_eq!(order, scheme.order(&a, &b));
        }
        prop_assert_eq!(scheme.read(&a).cmp(&scheme.read(&b)), scheme.order(&a, &b));
    }

    #[test]
    fn a_written_range_reads_as_itself(text in vers(), probe in text()) {
        let lenient = Range::parse_lenient(&text);
        for range in [Range::parse(&text), lenient].into_iter().flatten() {
            prop_assert_eq!(Range::parse(&range.to_string()), Ok(range.clone()));
            let normal = range.normalise();
            prop_assert_eq!(Range::parse(&normal.to_string()), Ok(normal.clone()));
            prop_assert_eq!(normal.normalise(), normal.clone());
            if !normal.is_empty() {
                prop_assert_eq!(range.contains(&probe), normal.contains(&probe));
            }
        }
    }

    #[test]
    fn garbage_is_refused_quietly(scheme in scheme(), text in ".{0,40}") {
        drop(Range::parse(&text));
        drop(Range::from_native(scheme, &text));
    }

    #[test]
    fn native_ranges_make_vers(
        scheme in scheme(),
        list in vec((select(&["", "=", "^", "~", "~>", ">=", "<", "==", "~=", "[", "||", ","][..]), text()), 1..4),
    ) {
        let text = list.iter().map(|(sign, version)| format!("{sign}{version}")).collect::<Vec<_>>().join(" ");
        if let Ok(range) = Range::from_native(scheme, &text) {
            prop_assert_eq!(Range::parse(&range.to_string()), Ok(range));
        }
    }

    #[test]
    fn events_say_what_they_say(scheme in scheme(), list in vec(version(), 3), probe in text()) {
        let [introduced, fixed, limit] = &list[..] else { unreachable!() };
        prop_assume!(introduced != "0" && limit != "*" && scheme.order(introduced, fixed).is_ne());
        let events = [Event::Introduced(introduced), Event::Fixed(fixed), Event::Limit(limit)];
        let range = Range::from_events(scheme, &events);
        prop_assert_eq!(Range::parse(&range.to_string()), Ok(range.clone()));
        let since = scheme.order(&probe, introduced).is_ge();
        let before = scheme.order(&probe, fixed).is_lt() || scheme.order(fixed, introduced).is_lt();
        if !range.is_empty() && scheme != Scheme::ALL {
            prop_assert_eq!(range.contains(&probe), since && before && scheme.order(&probe, limit).is_lt());
        }
    }
}

/// Quadratic time would make this take minutes.
#[test]
fn long_texts() {
    for piece in
        ["1.", "0.", "a", "1a", "0-", "-", "~", "9", "0", ".", "_p1", "+", "é", "1!", "||", "<1,", "!=1,", "[1],"]
    {
        let text = piece.repeat(10_000);
        for scheme in Scheme::all() {
            assert!(scheme.order(&text, &text).is_eq());
            drop(scheme.compare(&text, &format!("{text}1")));
            drop(Range::from_native(scheme, &text));
        }
        drop(Range::parse_lenient(&format!("vers:npm/{text}")));
    }
    let many: Vec<_> = (0..5_000).map(|number| format!(">{number}.0.0")).collect();
    assert_eq!(Range::parse_lenient(&format!("vers:npm/{}", many.join("|"))).unwrap().to_string(), "vers:npm/>0.0.0");
    assert!(Range::from_native(Scheme::NPM, &many.join(" ")).unwrap().contains("5000.0.0"));
    assert!(Range::from_native(Scheme::NPM, &many.join("||")).unwrap().contains("0.0.1"));
}
