use super::*;
use crate::text::LineIndex;

#[derive(serde::Deserialize)]
struct Lock<'a> {
    #[serde(borrow, default)]
    packages: Map<'a, Lenient<Package<'a>>>,
}

#[derive(serde::Deserialize)]
struct Package<'a> {
    #[serde(borrow)]
    version: Text<'a>,
}

const LIMITS: Limits = Limits::DEFAULT;

#[test]
fn a_wrong_entry_does_not_cost_its_neighbours() {
    let json = "\u{feff}{\"packages\": {\"b\": {\"version\": \"1\"}, \"x\": {\"version\": 2},\n\"b\": {\"version\": \"3\\u0021\"}, \"n\": null}}";
    let lock: Lock<'_> = from_slice(json.as_bytes(), &LIMITS).unwrap();
    let names: Vec<_> = lock.packages.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["b", "x", "b", "n"]);
    assert_eq!(lock.packages.get("b").and_then(Lenient::get).map(|p| p.version.as_str()), Some("3!"));
    let wrong: Vec<_> = lock.packages.iter().map(|(_, package)| package.is_wrong()).collect();
    assert_eq!(wrong, [false, true, false, false]);
    let lines = LineIndex::new(json);
    let at: Vec<_> = lock.packages.iter().map(|(name, _)| lines.line_of(name)).collect();
    assert_eq!(at, [Some(1), Some(1), Some(2), Some(2)]);
}

#[test]
fn a_text_is_a_string_only() {
    assert!(from_slice::<Text<'_>>(b"1", &LIMITS).is_err());
    assert!(from_slice::<Text<'_>>(b"true", &LIMITS).is_err());
    let text: Text<'_> = from_slice(b"\"a\"", &LIMITS).unwrap();
    assert!(matches!(text.into_cow(), Cow::Borrowed("a")));
}

#[test]
fn faults_have_a_line() {
    let error = from_slice::<Lock<'_>>(b"{\n\"packages\": {,}}", &LIMITS).err().unwrap();
    assert_eq!(error.line(), Some(2));
    assert!(!error.to_string().contains("column"), "{error}");
    assert_eq!(from_slice::<Lock<'_>>(b"\xff\xfe{\0}\0", &LIMITS).err(), Some(Error::Encoding));
    assert!(from_slice::<Lock<'_>>(b"{} {}", &LIMITS).is_err());
}

#[test]
fn deep_documents_are_refused() {
    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "only its recursion counts")]
    struct Nested(Vec<Lenient<Nested>>);

    let ok = format!("{}{}", "[".repeat(100), "]".repeat(100));
    assert!(from_slice::<Nested>(ok.as_bytes(), &LIMITS).is_ok());
    let deep = "[".repeat(500_000);
    assert_eq!(from_slice::<Nested>(deep.as_bytes(), &LIMITS).err(), Some(Error::TooDeep { line: 1 }));
    let deep = format!("{}{}", "[\n".repeat(200_000), "]".repeat(200_000));
    assert_eq!(from_slice::<Nested>(deep.as_bytes(), &LIMITS).err(), Some(Error::TooDeep { line: 128 }));
    let quoted = format!("\"\\\"{}\"", "[".repeat(1000));
    assert!(from_slice::<Text<'_>>(quoted.as_bytes(), &LIMITS).is_ok());
}

#[test]
fn comments_and_trailing_commas_become_spaces() {
    let jsonc = b"{ // one\n \"a//b\": [1, /* , */ 2, /* x\n */ ],\n}";
    let stripped = strip_jsonc(jsonc);
    assert_eq!(std::str::from_utf8(&stripped).unwrap(), "{       \n \"a//b\": [1,         2      \n    ] \n}");
    assert!(matches!(strip_jsonc(b"{\"a\": [1, \"\\\"//\"]}"), Cow::Borrowed(_)));
    assert_eq!(strip_jsonc(b"[1] /* open").as_ref(), b"[1]        ");
    assert_eq!(strip_jsonc(b"[1] /").as_ref(), b"[1] /");
    assert_eq!(strip_jsonc(b"[,,]").as_ref(), b"[, ]");
}
