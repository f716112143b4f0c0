use super::*;

fn events(text: &str) -> Result<Vec<Event<'_>>, LexError> {
    let mut lexer = Lexer::new(text, &Limits::DEFAULT);
    let mut events = Vec::new();
    while let Some(event) = lexer.next()? {
        events.push(event);
    }
    Ok(events)
}

#[test]
fn reads_every_sort_of_value() {
    let read = events(" {\"a\" : [1, -0.5e+3,true,false ,null], \"b\\n\": \"x\\u00e9\\ud83d\\ude00\\/\" , \"\": {}}\n")
        .unwrap();
    let name = |text: &'static str| Event::Name(Cow::Borrowed(text));
    assert_eq!(
        read,
        [
            Event::BeginObject,
            name("a"),
            Event::BeginArray,
            Event::Number("1"),
            Event::Number("-0.5e+3"),
            Event::Boolean(true),
            Event::Boolean(false),
            Event::Null,
            Event::EndArray,
            name("b\n"),
            Event::String(Cow::Borrowed("xé😀/")),
            name(""),
            Event::BeginObject,
            Event::EndObject,
            Event::EndObject,
        ]
    );
}

/// What serde_json refuses is refused, and the other way round.
#[test]
fn is_as_strict_as_serde_json() {
    let cases = [
        "",
        " ",
        "{",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "[,]",
        "{1:2}",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "1e+",
        "+1",
        "0x1",
        "tru",
        "truex",
        "nul",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"a\nb\"",
        "\"a\tb\"",
        "1 2",
        "[1 2]",
        "{\"a\":1 \"b\":2}",
        "[}",
        "{]",
        "[1}",
        "{\"a\":1]",
        "'a'",
        "//",
        "[1]/**/",
        "NaN",
        "-Infinity",
        "\u{feff}1",
        "\u{a0}1",
        "1",
        "-0",
        "0",
        "0.0",
        "1E5",
        "\"\"",
        "[]",
        "{}",
        "[[]]",
        "{\"a\":{\"b\":[{}]}}",
        "\"long enough to pass the words of eight\"",
        "\"long enough to\u{1} fail\"",
        "\u{c}1",
        "[\"12345678\", \"1234567\\\"\"]",
        "\"\\",
        "\"1234567\\",
        "\"\u{7f}\"",
        "\"éééé\"",
    ];
    for case in cases {
        let expected = serde_json::from_str::<serde_json::Value>(case).is_ok();
        assert_eq!(events(case).is_ok(), expected, "{case:?}");
    }
}

#[test]
fn nesting_is_bounded() {
    let text = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(events(&text(128)).is_ok());
    let error = events(&text(129)).unwrap_err();
    assert!(error.limit && error.offset == 128);
}

#[test]
fn skips_values() {
    let mut lexer = Lexer::new("[{\"a\":[1,{}]},2]", &Limits::DEFAULT);
    lexer.next().unwrap();
    lexer.next().unwrap();
    lexer.skip().unwrap();
    assert_eq!(lexer.next(), Ok(Some(Event::Number("2"))));
    assert_eq!(lexer.offset(), 14);
}

#[test]
fn counts_lines() {
    let mut lines = Lines::new("a\nb\r\n\nc");
    assert_eq!([0, 1, 2, 5, 6, 99].map(|offset| lines.line_of(offset)), [1, 1, 2, 3, 4, 4]);
    assert_eq!(lines.line_of(2), 2);
}

#[test]
fn decodes_files() {
    assert_eq!(text(b"\xef\xbb\xbf{}").unwrap(), "{}");
    assert_eq!(text(b"\xff\xfe{\0}\0").unwrap(), "{}");
    assert_eq!(text(b"\xfe\xff\0{\0}").unwrap(), "{}");
    assert!(text(b"\xff\xfe{\0}").is_err());
    assert_eq!(text(b"{\n\xff").unwrap_err().line, Some(2));
}

/// The quick ways give what `next` gives, faults and their places too.
#[test]
fn quick_ways_are_no_less_strict() {
    let text = "{\"a\": [1, \"xy\", \"long enough for more than a block \\u0041\", {}, [], {\"b\" : null}], \"c\":\"d\",\n \"e\":{\"f\":[[]]}}";
    let skipped = |text: &str| -> Result<bool, LexError> {
        let mut lexer = Lexer::new(text, &Limits::DEFAULT);
        if let Some(Event::BeginObject | Event::BeginArray) = lexer.next()? {
            lexer.skip()?;
        }
        Ok(lexer.next()?.is_none())
    };
    let walked = |text: &str| -> Result<bool, LexError> {
        let mut lexer = Lexer::new(text, &Limits::DEFAULT);
        match lexer.next()? {
            Some(Event::BeginObject) => {}
            Some(Event::BeginArray) => lexer.skip()?,
            _ => return Ok(lexer.next()?.is_none()),
        }
        while lexer.member()?.is_some() {
            if lexer.string_here()?.is_none() {
                lexer.pass()?;
            }
        }
        Ok(lexer.next()?.is_none())
    };
    for at in 0..text.len() {
        for with in ["", "\"", "\\", ",", ":", "]", "}", "[", "{", "\u{1}", "0", " "] {
            for until in [at, at + 1] {
                let changed = format!("{}{with}{}", &text[..at], &text[until..]);
                let expected = events(&changed).map(|_| true);
                assert_eq!(skipped(&changed), expected, "{changed}");
                assert_eq!(walked(&changed), expected, "{changed}");
            }
        }
        assert_eq!(skipped(&text[..at]), events(&text[..at]).map(|_| true));
    }
}
