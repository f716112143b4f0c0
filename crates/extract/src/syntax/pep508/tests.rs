use super::*;

fn truth(marker: &str, environment: &Environment, extras: &[&str]) -> Truth {
    Marker::parse(marker).unwrap().evaluate(environment, extras)
}

#[test]
fn reads_requirements() {
    let all = Requirement::parse(" Foo.Bar[a, b-c] >=1.0,!=1.3 ; python_version < '3.8'").unwrap();
    assert_eq!((all.name, all.extras.as_slice(), all.specifier), ("Foo.Bar", ["a", "b-c"].as_slice(), ">=1.0,!=1.3"));
    assert!(all.marker.is_some() && all.url.is_none());
    let url = Requirement::parse("pip @ https://e.org/pip.zip;x=1#sha1=da39 ; extra == 'x'").unwrap();
    assert_eq!(url.url, Some("https://e.org/pip.zip;x=1#sha1=da39"));
    assert!(url.marker.is_some());
    assert_eq!(Requirement::parse("a(==1.0)").unwrap().exact_version(), Some("1.0"));
    assert_eq!(Requirement::parse("a").unwrap().specifier, "");
    assert_eq!(Requirement::parse("a[]").unwrap().extras.len(), 0);
}

#[test]
fn refuses_what_is_no_requirement() {
    for text in [
        "",
        "-e .",
        "a-",
        "a b",
        "a[b",
        "a[b c]",
        "a 1.0",
        "a ==",
        "a @ ",
        "a (>=1",
        "./a",
        "a ; b",
        "a ; os_name",
        "ä",
    ] {
        assert!(Requirement::parse(text).is_err(), "{text}");
    }
}

#[test]
fn names_are_normalized() {
    assert_eq!(normalize("Foo._-Bar.baz"), "foo-bar-baz");
    assert_eq!(normalize("a"), "a");
}

#[test]
fn exact_versions() {
    assert_eq!(exact_version("==1.2.3"), Some("1.2.3"));
    assert_eq!(exact_version(">=1, === 1.2+x"), Some("1.2+x"));
    assert_eq!(exact_version("==1.2.*"), None);
    assert_eq!(exact_version(">=1.2"), None);
}

#[test]
fn markers_compare_versions_as_numbers() {
    let environment = Environment::unknown().with("python_version", "3.10").with("sys_platform", "linux");
    for (marker, expected) in [
        ("python_version >= '3.8'", Truth::True),
        ("'3.8' > python_version", Truth::False),
        ("python_version == '3.10.0'", Truth::True),
        ("python_version == '3.*'", Truth::True),
        ("python_version != \"3.1.*\"", Truth::True),
        ("python_version ~= '3.8'", Truth::True),
        ("python_version ~= '3.8.1'", Truth::False),
        ("python_version < '3.10rc1'", Truth::False),
        ("sys_platform == 'win32'", Truth::False),
        ("sys.platform != 'win32'", Truth::True),
        ("'lin' in sys_platform", Truth::True),
        ("sys_platform not in 'darwin win32'", Truth::True),
        ("python_version < '3' or (sys_platform == 'linux' and python_version > '3')", Truth::True),
    ] {
        assert_eq!(truth(marker, &environment, &[]), expected, "{marker}");
    }
}

#[test]
fn unknown_variables_are_unknown_unless_they_do_not_matter() {
    let environment = Environment::unknown().with("os_name", "posix");
    for (marker, expected) in [
        ("python_version >= '3'", Truth::Unknown),
        ("python_version >= '3' and os_name == 'nt'", Truth::False),
        ("python_version >= '3' or os_name == 'posix'", Truth::True),
        ("python_version >= '3' and os_name == 'posix'", Truth::Unknown),
        ("'x' in dependency_groups", Truth::Unknown),
    ] {
        assert_eq!(truth(marker, &environment, &[]), expected, "{marker}");
    }
}

#[test]
fn extras_are_those_asked_for() {
    let environment = Environment::unknown();
    assert_eq!(truth("extra == 'Dev_X'", &environment, &["dev-x"]), Truth::True);
    assert_eq!(truth("extra == 'dev'", &environment, &[]), Truth::False);
    assert_eq!(truth("extra != 'dev'", &environment, &[]), Truth::True);
    assert_eq!(truth("'dev' in extras", &environment, &["dev"]), Truth::True);
    assert_eq!(truth("'dev' not in extras", &environment, &["dev"]), Truth::False);
}

#[test]
fn hostile_markers_are_refused() {
    let deep = format!("a ; {}", "(".repeat(200_000));
    assert_eq!(Requirement::parse(&deep), Err(Error::TooDeep { line: 1 }));
    let wide = format!("a ; {}os_name == 'x'", "os_name == 'x' or ".repeat(100_000));
    let requirement = Requirement::parse(&wide).unwrap();
    assert_eq!(requirement.marker.unwrap().evaluate(&Environment::unknown(), &[]), Truth::Unknown);
    assert!(Requirement::parse(&format!("a ; {}", "os_name == ".repeat(100_000))).is_err());
}
