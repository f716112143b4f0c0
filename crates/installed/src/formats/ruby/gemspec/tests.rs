use std::cmp::Ordering;

use super::literal::{Cursor, Literal};
use super::requirement::{compare, satisfies};
use super::specification::Specification;

fn literal(text: &str) -> Option<Literal> {
    Cursor::new(text).literal()
}

fn text(text: &str) -> Option<Literal> {
    Some(Literal::Text(text.to_owned()))
}

#[test]
fn literals_are_read_without_running_them() {
    assert_eq!(literal(r#""a\"b\n".freeze"#), text("a\"b\n"));
    assert_eq!(literal(r"'a\'b\n'"), text("a'b\\n"));
    assert_eq!(literal("%q<a<b>c>.freeze"), text("a<b>c"));
    assert_eq!(literal("Gem::Version.new(\"2.1.4\")"), text("2.1.4"));
    assert_eq!(literal("Gem::Version.new '2.1.4'"), text("2.1.4"));
    assert_eq!(literal("[\"a\",\n # why\n 'b',\n]").map(Literal::into_texts), Some(vec!["a".into(), "b".into()]));
    assert_eq!(literal("%w[a b]").map(Literal::into_texts), Some(vec!["a".into(), "b".into()]));
    let map = literal("{ \"a\" => \"b\", c: 'd' }");
    assert_eq!(map, Some(Literal::Map(vec![("a".into(), "b".into()), ("c".into(), "d".into())])));
    for code in ["VERSION", "\"a#{b}\"", "\"a\" + b", "File.read('x')", "\"open", "[\"a\"", "%x(ls)", "{"] {
        assert_eq!(literal(code), None, "{code}");
    }
    assert_eq!(literal(&"[".repeat(100_000)), None);
}

#[test]
fn the_stub_stands_in_for_what_is_no_literal() {
    let source = "# stub: rake 13.0.3 java lib\0ext\nGem::Specification.new do |s|\n  s.name = NAME\nend\n";
    let found = Specification::read(source);
    assert_eq!(found.name.as_deref(), Some("rake"));
    assert_eq!(found.version.as_deref(), Some("13.0.3"));
    assert_eq!(found.platform.as_deref(), Some("java"));
}

#[test]
fn assignments_inside_of_strings_are_text() {
    let source = "Gem::Specification.new do |s|\n  s.name = 'a'\n  s.version = '1'\n  s.summary = %q{x\n  s.name = 'b'\n}\nend\n";
    assert_eq!(Specification::read(source).name.as_deref(), Some("a"));
}

#[test]
fn strings_that_do_not_end_are_looked_for_once() {
    let source = format!("Gem::Specification.new do |s|\n{}", "  s.name = %q<\n".repeat(200_000));
    assert_eq!(Specification::read(&source).name, None);
}

#[test]
fn versions_are_ordered_as_rubygems_does() {
    for (less, more) in [("1.9", "1.10"), ("1.0.a", "1.0"), ("1.0.a.2", "1.0.b1"), ("0.9.9", "1")] {
        assert_eq!(compare(less, more), Ordering::Less, "{less} {more}");
    }
    assert_eq!(compare("1.0.0", "1"), Ordering::Equal);
}

#[test]
fn requirements_hold_or_not() {
    let holds = |version: &str, requirement: &str| satisfies(version, &[requirement.to_owned()]);
    assert!(holds("2.1.9", "~> 2.1.3") && !holds("2.2", "~> 2.1.3") && !holds("2.1.2", "~> 2.1.3"));
    assert!(holds("2.9", "~> 2.1") && !holds("3.0", "~> 2.1"));
    assert!(!holds("3", "~> 3.1") && holds("2.5", "~> 2"));
    assert!(holds("1.0", "1.0.0") && holds("1.1", "!= 1.0") && holds("1", ">= 0") && !holds("2", "< 2"));
}
