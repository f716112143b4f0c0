//! Orderings of versions, one a line: `a < b`, `a = b`, `a > b`. Every line holds, but those that contradict others.

use std::cmp::Ordering;
use std::fs;

use plimsoll_tests::{note, shared};
use plimsoll_version::Scheme;

/// File, line, and why no order can hold it.
const CONTRADICTIONS: &[(&str, &str, &str)] = &[
    (
        "maven-versions-generated.txt",
        "1.0.0-gradle-rework-beta3 < 1.0.0.RC7-3",
        "`1.0.0.RC8-beta < 1.0.0 < 1.0.0-gradle-rework-beta1` above it would make RC8 less than RC7",
    ),
    (
        "maven-versions-generated.txt",
        "2.9.0-1 < 2.9.0.RC1",
        "`2.9.0.RC3 < 2.9.0 < 2.9.0-1` above it would make RC3 less than RC1",
    ),
    (
        "maven-versions-generated.txt",
        "1.1.0-01-glassfish < 1.1.0.Beta1",
        "`1.1.0.Beta2 < 1.1.0.CR1 < … < 1.1.0.Final` below it would make Beta2 less than Beta1",
    ),
    (
        "packagist-versions.txt",
        "1.2.3.# = 1.2.3.1",
        "with `1.2.3.# = 1.2.3` above it, 1.2.3 would equal 1.2.3.1, and then every version its next",
    ),
];

const SCHEMES: &[(&str, Scheme)] = &[
    ("alpine", Scheme::APK),
    ("cran", Scheme::CRAN),
    ("debian", Scheme::DEB),
    ("hackage", Scheme::HACKAGE),
    ("maven", Scheme::MAVEN),
    ("nuget", Scheme::NUGET),
    ("packagist", Scheme::COMPOSER),
    ("pub", Scheme::PUB),
    ("pypi", Scheme::PYPI),
    ("redhat", Scheme::RPM),
    ("rubygems", Scheme::GEM),
    ("semver", Scheme::SEMVER),
];

#[test]
fn orderings() {
    let Some(root) = shared("conformance/versions") else { return };
    let mut files: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut failed = Vec::new();
    let mut all = 0;
    for path in files {
        let file = path.file_name().unwrap().to_str().unwrap();
        let (name, _) = file.split_once("-versions").unwrap_or_else(|| panic!("{file}: which scheme?"));
        let (_, scheme) = SCHEMES.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{file}"));
        let (mut held, mut strict, mut total) = (0, 0, 0);
        for (number, line) in fs::read_to_string(&path).unwrap().lines().map(str::trim).enumerate() {
            if line.is_empty() || line.starts_with('#') || line.starts_with("//") {
                continue;
            }
            if let Some((.., reason)) = CONTRADICTIONS.iter().find(|known| (known.0, known.1) == (file, line)) {
                note(&format!("{file}:{}: `{line}` left out: {reason}", number + 1));
                continue;
            }
            total += 1;
            let words: Vec<_> = line.split(' ').collect();
            let [left, sign, right] = words[..] else { panic!("{file}:{}: {line}", number + 1) };
            let expected = match sign {
                "<" => Ordering::Less,
                "=" => Ordering::Equal,
                ">" => Ordering::Greater,
                _ => panic!("{file}:{}: {line}", number + 1),
            };
            if scheme.order(left, right) == expected && scheme.order(right, left) == expected.reverse() {
                held += 1;
            } else {
                failed.push(format!("{file}:{}: {line}, not {:?}", number + 1, scheme.order(left, right)));
            }
            strict += usize::from(scheme.compare(left, right).is_ok());
        }
        note(&format!("{file}: {held} of {total} orderings hold ({strict} between valid versions)"));
        all += total;
    }
    note(&format!("versions: {} of {all} orderings hold", all - failed.len()));
    assert_eq!(all, 71_814);
    assert!(failed.is_empty(), "{} lines:\n{}", failed.len(), failed.join("\n"));
}
