//! Every recorded build makes exactly the statement beside it. `PLIMSOLL_BLESS=1` writes them anew, to be reviewed.

use super::*;

fn cases() -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn each_recorded_build_makes_its_statement_byte_for_byte() {
    let names = cases();
    assert!(names.len() >= 16, "{names:?}");
    for name in &names {
        let generated = Case::read(name).generate().unwrap_or_else(|error| panic!("{name}: {error}"));
        let value: Value = serde_json::from_slice(generated.bytes()).unwrap();
        let mut text = serde_json::to_string_pretty(&value).unwrap();
        text.push('\n');
        let path = folder().join(name).join("expected.json");
        if std::env::var_os("PLIMSOLL_BLESS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(text, std::fs::read_to_string(&path).unwrap(), "{name}");
        assert_eq!(generated.bytes(), Case::read(name).generate().unwrap().bytes(), "{name} differs from run to run");
    }
}

#[test]
fn each_platform_has_a_recorded_build_and_is_recognised() {
    let seen: std::collections::BTreeSet<&str> =
        cases().iter().map(|name| Case::read(name).generate().unwrap().platform().id()).collect();
    let all: std::collections::BTreeSet<&str> = PLATFORMS.iter().map(|platform| platform.id()).collect();
    assert_eq!(seen, all);
    assert_eq!(all.len(), PLATFORMS.len());
}

#[test]
fn no_statement_has_a_level_in_it() {
    for name in cases() {
        let text = String::from_utf8(Case::read(&name).generate().unwrap().bytes().to_vec()).unwrap();
        assert!(!text.to_lowercase().contains("level"), "{name}: {text}");
    }
}

#[test]
fn marks_name_places_that_are_there_and_are_in_the_statement_but_on_github() {
    for name in cases() {
        let generated = Case::read(&name).generate().unwrap();
        let predicate = generated.statement().predicate();
        assert!(generated.marks().all(|(place, _)| predicate.pointer(place).is_some()), "{name}");
        let written = predicate.pointer("/buildDefinition/internalParameters/plimsoll/authenticated");
        let marks: BTreeMap<String, Value> =
            generated.marks().map(|(place, how)| (place.to_owned(), how.word().into())).collect();
        match generated.platform().marks() {
            Marks::InReport => assert_eq!(written, None, "{name}"),
            Marks::InPredicate if marks.is_empty() => assert_eq!(written, None, "{name}"),
            Marks::InPredicate => assert_eq!(written, Some(&serde_json::to_value(marks).unwrap()), "{name}"),
        }
    }
}

#[test]
fn what_the_token_says_is_marked_so_and_the_rest_is_not() {
    let how = |name: &str, place: &str| {
        let generated = Case::read(name).generate().unwrap();
        generated.marks().find(|(at, _)| *at == place).unwrap_or_else(|| panic!("{name} {place}")).1
    };
    let builder = "/runDetails/builder/id";
    let commit = "/buildDefinition/resolvedDependencies/0/digest/gitCommit";
    assert_eq!(how("github", builder), Authentication::Oidc);
    assert_eq!(how("github-without-token", builder), Authentication::Environment);
    assert_eq!(how("gitlab", commit), Authentication::Oidc);
    assert_eq!(how("gitlab", "/buildDefinition/externalParameters/entryPoint"), Authentication::Environment);
    assert_eq!(how("circleci", commit), Authentication::Environment);
    assert_eq!(how("circleci", "/buildDefinition/externalParameters/source/ref"), Authentication::Oidc);
    assert_eq!(how("google-cloud-build", "/buildDefinition/resolvedDependencies/0/uri"), Authentication::Stated);
    assert_eq!(how("local", commit), Authentication::Stated);
}
