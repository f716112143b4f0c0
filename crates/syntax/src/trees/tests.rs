use super::*;

const LIMITS: Limits = Limits::DEFAULT;

/// The trees as text, a space between any two.
fn show(trees: &[Tree<'_>]) -> String {
    let one = |tree: &Tree<'_>| match tree.kind() {
        Kind::Text(text) => format!("'{text}'"),
        Kind::Word(word) => (*word).to_owned(),
        Kind::Mark(mark) => format!("<{mark}>"),
        Kind::Group(open, inner) => format!("{open}{}{}", show(inner), closing(*open)),
    };
    trees.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn read(text: &str, dialect: &Dialect) -> String {
    let (trees, fault) = parse_partial(text, dialect, &LIMITS);
    assert_eq!(fault, None, "{text}");
    show(&trees)
}

#[test]
fn each_language() {
    for (dialect, text, want) in [
        (&ERLANG, "{<<\"a\">>,'B c',0}. % end", "{<<<> 'a' <>>> <,> 'B c' <,> 0} <.>"),
        (&ELIXIR, "%{\"a\": {:hex, [k: :v]}} # end", "<%> {'a' <:> {<:> hex <,> [k <:> <:> v]}}"),
        (&LUA, "a = { 'x', [[y]], [\"z\"]=1.5 } --[[ no\n]] -- no", "a <=> {'x' <,> 'y' <,> ['z'] <=> 1.5}"),
        (&LUA, "v = a .. '-1'", "v <=> a <..> '-1'"),
        (&OPAM, "a-b: [\"x\" {>= \"1\" & !t}] # no", "a-b <:> ['x' {<>=> '1' <&> <!> t}]"),
        (&ZON, ".{.a=.{}, .@\"b-c\" = 1} // no", "<.> {<.> a <=> <.> {} <,> <.> <@> 'b-c' <=> 1}"),
        (&PROLOG, "name(foo). /* no */ x:-y.", "name (foo) <.> x <:-> y <.>"),
    ] {
        assert_eq!(read(text, dialect), want, "{text}");
    }
}

#[test]
fn texts_and_escapes() {
    assert_eq!(read(r#" "a\"b\n\q" "#, &ERLANG), "'a\"b\nq'");
    assert_eq!(read("\"\"\"a\"b\"\"\"", &OPAM), "'a\"b'");
    assert_eq!(read("\\\\one\n\\\\two", &ZON), "'one' 'two'");
    assert_eq!(read("[=[ ]] ]=]", &LUA), "' ]] '");
}

#[test]
fn lines_are_counted() {
    let (trees, _) = parse_partial("a\n-- c\n'x\\\ny' {\n b }", &LUA, &LIMITS);
    let lines: Vec<u32> = trees.iter().map(Tree::line).collect();
    assert_eq!(lines, [1, 3, 4]);
    assert_eq!(trees[2].group('{').unwrap()[0].line(), 5);
}

#[test]
fn what_can_be_read_is_kept() {
    for (text, want, line) in
        [("a ] b", "a b", 1), ("a\n{ b ( c", "a {b (c)}", 2), ("{a\n] b}", "{a b}", 2), ("a \"b", "a 'b'", 1)]
    {
        let (trees, fault) = parse_partial(text, &ERLANG, &LIMITS);
        assert_eq!(show(&trees), want);
        assert_eq!(fault.unwrap().line(), Some(line), "{text}");
    }
}

#[test]
fn depth_and_size_are_bounded() {
    let (_, fault) = parse_partial(&"{".repeat(1_000_000), &ERLANG, &LIMITS);
    assert!(matches!(fault, Some(Error::TooDeep { .. })));
    let mut few = Limits::DEFAULT;
    few.yaml_nodes = 2;
    assert_eq!(parse_partial("a b c d e f g h i", &ERLANG, &few).1, Some(Error::TooManyNodes));
    // Neither quotes nor comments are looked for more than once from each place.
    let start = std::time::Instant::now();
    for text in ["(*".repeat(200_000), "\"\\".repeat(200_000), "=".repeat(400_000), "[=[".repeat(200_000)] {
        for dialect in [&LUA, &OPAM, &ZON, &ERLANG] {
            drop(parse_partial(&text, dialect, &LIMITS));
        }
    }
    assert!(start.elapsed().as_secs() < 30);
}

#[test]
fn parts_of_a_list() {
    let (trees, _) = parse_partial("a, b c;; d,", &LUA, &LIMITS);
    let shown: Vec<String> = parts(&trees, &[",", ";"]).map(show).collect();
    assert_eq!(shown, ["a", "b c", "d"]);
}
