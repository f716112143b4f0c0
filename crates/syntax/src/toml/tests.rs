use super::*;

const LIMITS: Limits = Limits::DEFAULT;

const LOCK: &str = r#"# made by hand
version = 4
[[package]]
name = "a"
version = "1.0.0"
dependencies = [
 "b",
 "c 2.0.0",
]

[[package]]
name = 'b\'
"odd \u0041" = { x.y = 1.10, when = 1979-05-27T07:32:00Z, on = true }
[package.metadata]
k = """
two"""
[metadata]
n = 1_000
"#;

#[test]
fn reads_a_lockfile() {
    let document = parse(LOCK, &LIMITS).unwrap();
    let root = document.root();
    assert_eq!(root.get("version").and_then(Value::as_integer), Some(4));
    let names: Vec<_> = root.tables("package").map(|p| (p.get_str("name").unwrap(), p.line())).collect();
    assert_eq!(names, [("a", 3), ("b\\", 11)]);
    let first = root.tables("package").next().unwrap();
    assert_eq!(first.array("dependencies").unwrap().strs().collect::<Vec<_>>(), ["b", "c 2.0.0"]);
    let keys: Vec<_> = first.iter().map(|(key, value)| (key, value.line())).collect();
    assert_eq!(keys, [("name", 4), ("version", 5), ("dependencies", 6)]);
    let second = root.tables("package").nth(1).unwrap();
    let odd = second.table("odd A").unwrap();
    assert_eq!(odd.table("x").unwrap().get("y").unwrap().scalar_text(), Some("1.10"));
    assert_eq!(odd.get("when").unwrap().as_datetime(), Some("1979-05-27T07:32:00Z"));
    assert_eq!(odd.get("on").unwrap().as_bool(), Some(true));
    assert_eq!(second.table("metadata").unwrap().get_str("k"), Some("two"));
    assert_eq!(root.table("metadata").unwrap().get("n").unwrap().as_integer(), Some(1000));
}

#[test]
fn what_is_not_at_fault_is_kept() {
    let text = "a = 1\n<<<<<<< HEAD\nb = \n[[p]\nname = 'lost'\n[[p]]\nname = 'kept'\n[q]\nx = [1, 2\n";
    let (document, error) = parse_partial(text, &LIMITS);
    assert_eq!(error.unwrap().line(), Some(2));
    let root = document.root();
    assert_eq!(root.get("a").unwrap().as_integer(), Some(1));
    assert!(root.get("name").is_none());
    assert_eq!(root.tables("p").filter_map(|p| p.get_str("name")).collect::<Vec<_>>(), ["kept"]);
    assert!(parse(text, &LIMITS).is_err());
}

#[test]
fn the_first_of_a_duplicate_is_kept() {
    for text in
        ["a = 1\na = 2", "a = 1\n[a]\nb = 1", "a = [1]\n[[a]]\n", "[a]\n[a]", "a = {}\n[a.b]", "a.b = 1\na.b = 2"]
    {
        let (document, error) = parse_partial(text, &LIMITS);
        assert_eq!(error, Some(Error::Syntax { line: 2, message: "duplicate key".into() }), "{text}");
        assert_eq!(document.root().iter().count(), 1);
    }
}

#[test]
fn large_tables_are_indexed() {
    let mut text = String::from("[t]\n");
    for n in 0..50_000 {
        text.push_str(&format!("key{n} = {n}\n"));
    }
    text.push_str("key49999 = 0\n");
    let (document, error) = parse_partial(&text, &LIMITS);
    assert_eq!(error.unwrap().line(), Some(50_002));
    let table = document.root().table("t").unwrap();
    for n in (0..50_000).step_by(7) {
        assert_eq!(table.get(&format!("key{n}")).unwrap().as_integer(), Some(n));
    }
    assert!(table.get("key50000").is_none());
}

#[test]
fn hostile_depth_is_refused() {
    let deep = |text: String| assert!(matches!(parse(&text, &LIMITS), Err(Error::TooDeep { .. })), "{}", &text[..20]);
    deep(format!("a = {}", "[".repeat(200_000)));
    deep(format!("a = {}", "{a=".repeat(200_000)));
    deep(format!("a = {}{}", "[".repeat(200_000), "]".repeat(200_000)));
    deep(format!("{}a = 1", "a.".repeat(100_000)));
    deep(format!("[{}a]", "a.".repeat(100_000)));
    deep(format!("{}a = {}", "a.".repeat(100), "[".repeat(60)));
    deep(format!("a = {}", String::from("[}") + &"[".repeat(200_000)));
    assert!(parse(&"[".repeat(200_000), &LIMITS).is_err());
    assert!(parse(&"[}".repeat(200_000), &LIMITS).is_err());
    assert!(parse(&format!("a={}", "[}".repeat(200_000)), &LIMITS).is_err());
    assert!(parse(&format!("a={}", "[,".repeat(100)), &LIMITS).is_err());
    let fine = format!("a = {}{}", "[".repeat(120), "]".repeat(120));
    assert!(parse(&fine, &LIMITS).is_ok());
}

#[test]
fn nodes_are_counted() {
    let mut limits = Limits::DEFAULT;
    limits.yaml_nodes = 10;
    assert_eq!(parse(&format!("a = [{}]", "1,".repeat(50)), &limits).err(), Some(Error::TooManyNodes));
    assert!(parse("a = [1,2,3]", &limits).is_ok());
}
