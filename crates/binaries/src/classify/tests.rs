//! The rules are sound, and find in their examples what the examples say. What is generated from them is current.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use plimsoll_extract::Interest;

use super::*;

/// Examples of the rules that are compiled in. They are files of their own, and no part of the program: it would find
/// all products in itself.
const EXAMPLES: &[(&str, &str)] = &[
    ("archives", include_str!("rules/tests/archives.toml")),
    ("cryptography", include_str!("rules/tests/cryptography.toml")),
    ("databases", include_str!("rules/tests/databases.toml")),
    ("go", include_str!("rules/tests/go.toml")),
    ("java", include_str!("rules/tests/java.toml")),
    ("libraries", include_str!("rules/tests/libraries.toml")),
    ("media", include_str!("rules/tests/media.toml")),
    ("network", include_str!("rules/tests/network.toml")),
    ("runtimes", include_str!("rules/tests/runtimes.toml")),
    ("servers", include_str!("rules/tests/servers.toml")),
    ("tools", include_str!("rules/tests/tools.toml")),
];

#[test]
fn every_rule_is_valid_and_has_an_example() {
    let mut ids = BTreeSet::new();
    for ((name, text), (examples, tests)) in BUILT_IN.iter().zip(EXAMPLES) {
        assert_eq!(name, examples);
        let rules = Rules::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let tests = Rules::parse(tests).unwrap_or_else(|error| panic!("tests/{name}: {error}")).tests;
        for rule in &rules.rules {
            assert!(ids.insert(rule.id.to_string()), "{} is there twice", rule.id);
            let shown = tests.iter().any(|test| test.rule == rule.id && test.version.is_some());
            assert!(shown || *rule.id == *"libuv", "{} has no example", rule.id);
        }
        let unknown = tests.iter().find(|test| !rules.rules.iter().any(|rule| rule.id == test.rule));
        assert!(unknown.is_none(), "tests/{name}: {unknown:?}");
    }
    let engine = built_in();
    let known = |id: &str| engine.rules().iter().any(|rule| *rule.id == *id);
    let lost = engine.rules().iter().flat_map(|rule| &rule.yields_to).find(|id| !known(id));
    assert!(lost.is_none(), "yields to {lost:?}, which is no rule");
}

#[test]
fn examples_give_what_they_say() {
    for (name, text) in EXAMPLES {
        let mut rules = built_in_rules();
        rules.extend(Rules::parse(text).unwrap());
        if let Err(error) = Engine::checked(rules) {
            panic!("tests/{name}: {error}");
        }
    }
}

/// Compares a generated file with what it should be, or writes it (`PLIMSOLL_BLESS=1`).
fn is_current(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("PLIMSOLL_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    } else {
        let held = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(held == text, "{} is stale: run the test with PLIMSOLL_BLESS=1", path.display());
    }
}

#[test]
fn the_names_are_current() {
    let patterns: BTreeSet<String> = built_in()
        .rules()
        .iter()
        .flat_map(|rule| &rule.files)
        .map(|pattern| String::from_utf8_lossy(pattern).replace('#', "*").replace("**", "*"))
        .collect();
    let mut text = "//! The names of files that rules ask for. Written by a test from the rules (`PLIMSOLL_BLESS=1`), so that a scan without\n\
        //! executables need not read them to know which files it wants.\n\n\
        use plimsoll_extract::Interest;\n\n\
        pub(super) const NAMES: &[Interest] = &[\n".to_owned();
    for pattern in patterns {
        let kind = if pattern.contains('*') { "Path" } else { "Name" };
        writeln!(text, "    Interest::{kind}(\"{pattern}\"),").unwrap();
    }
    text.push_str("];\n");
    is_current("src/classify/names.rs", &text);
}

/// A name that starts with a star would be compared with every file of a tree.
#[test]
fn names_have_a_start() {
    for interest in NAMES {
        let (Interest::Name(name) | Interest::Path(name)) = interest else { panic!("{interest:?}") };
        assert!(!name.starts_with('*') && !name.contains('/'), "{name}");
    }
}

#[test]
fn the_reference_is_current() {
    let mut text = "# Signatures\n\nThe products that `plimsoll scan` knows in executables by what they say of themselves, and libraries that it finds\n\
        linked into any executable. [How that works](../concepts/classifiers.md), and how to write more. A test writes this page\n\
        from the rules.\n".to_owned();
    for (role, heading) in [(Role::Program, "Programs"), (Role::Library, "Libraries, and programs made of them")] {
        let mut rows: Vec<String> = Vec::new();
        for rule in built_in().rules().iter().filter(|rule| rule.role == role) {
            let names: Vec<String> =
                rule.files.iter().map(|name| format!("`{}`", String::from_utf8_lossy(name))).collect();
            let any = rule.needs < 2 && !rule.requires.contains(&rule::Demand::Name)
                || rule.sonames.len() + rule.symbols.len() + rule.companions.len() > 0
                    && !rule.requires.contains(&rule::Demand::Name);
            rows.push(format!(
                "| {} | `{}` | {} | {} |",
                rule.title,
                rule.base_purl(),
                if any { "yes" } else { "" },
                names.join(" ")
            ));
        }
        rows.sort();
        write!(text, "\n## {heading}\n\n| product | package URL | in a file of any name | names (`*` any bytes, `#` digits and dots) |\n|---|---|---|---|\n{}\n", rows.join("\n")).unwrap();
    }
    is_current("../../docs/reference/signatures.md", &text);
}
