//! `plimsoll scan`.

use std::fs;
use std::io::Read as _;
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll, workspace};
use serde_json::Value;

use crate::run::{project, run_in};

fn cyclonedx(arguments: &[&str], directory: &TemporaryDirectory) -> Value {
    let outcome = run_in(directory, [&["scan", "dir:.", "-o", "cyclonedx-json"], arguments].concat());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn table_and_summary() {
    let outcome = run_in(&project(), ["scan", "."]);
    assert_eq!(outcome.status, Some(0));
    assert_snapshot!(outcome.stdout, @r"
    NAME      VERSION   TYPE   SCOPE  FOUND IN
    app       0.1.0     -      -      Cargo.lock:3
    itoa      1.0.14    cargo  -      Cargo.lock:8
    flask     3.0.3     pypi   -      api/requirements.txt:1
    gunicorn  >=22,<24  pypi   -      api/requirements.txt:2
    ");
    assert_snapshot!(outcome.stderr, @"4 components (pypi 2, application 1, cargo 1), 1 relationship, 2 of 3 entries read, complete");
}

#[test]
fn what_is_not_there_is_3_and_what_cannot_be_meant_is_2() {
    let directory = project();
    for (arguments, status, words) in [
        (&["scan", "dir:nothing"][..], 3, "cannot open nothing"),
        (&["scan", "nothing"], 3, "cannot open nothing"),
        (&["scan", "docker-archive:Cargo.lock"], 3, "Cargo.lock"),
        (&["scan", ""], 2, "it is empty"),
        (&["scan", "dir:"], 2, "no path follows"),
        (&["scan", "registry:alpine", "--offline"], 2, "--offline forbids it"),
        (&["scan", ".", "-o", "yaml"], 2, "there are: cyclonedx-json@1.2..1.7"),
        (&["scan", ".", "-o", "table="], 2, "no path follows"),
        (&["scan", ".", "--timestamp", "yesterday"], 2, "RFC 3339"),
        (&["scan", ".", "--exclude", "a[b"], 2, "--exclude a[b"),
        (&["scan", ".", "--jobs", "many"], 2, "--jobs"),
        (&["scan"], 2, "<SOURCE>"),
    ] {
        let outcome = run_in(&directory, arguments);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(status), ""), "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(words), "{arguments:?}: {}", outcome.stderr);
    }
}

#[test]
fn strict_turns_a_bad_file_into_4_and_writes_what_was_found() {
    let directory = project();
    directory.write("web/package-lock.json", "{ \"lockfileVersion\": 3, \"packages\": {");
    for (arguments, status) in [(&["scan", ".", "-o", "purls"][..], 0), (&["scan", ".", "-o", "purls", "--strict"], 4)]
    {
        let outcome = run_in(&directory, arguments);
        assert_eq!(outcome.status, Some(status), "{}", outcome.stderr);
        assert!(outcome.stdout.contains("pkg:pypi/flask@3.0.3"));
        assert!(
            outcome.stderr.contains("error: PLM-E01") && outcome.stderr.contains("web/package-lock.json"),
            "{}",
            outcome.stderr
        );
        assert!(outcome.stderr.contains("INCOMPLETE: 1 problem"), "{}", outcome.stderr);
    }
    let document = cyclonedx(&[], &directory);
    assert_eq!(document["compositions"][0]["aggregate"], "incomplete");
    assert!(document["metadata"]["properties"].to_string().contains("web/package-lock.json"));
}

#[test]
fn several_outputs_at_once() {
    let directory = project();
    let arguments = [
        "scan",
        ".",
        "-o",
        "cyclonedx-json=a.json",
        "-o",
        "spdx-json=b=c.json",
        "-o",
        "purls",
        "-o",
        "cyclonedx-json@1.7=d.json",
    ];
    let outcome = run_in(&directory, arguments);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    assert_snapshot!(outcome.stdout, @r"
    pkg:cargo/itoa@1.0.14
    pkg:pypi/flask@3.0.3
    pkg:pypi/gunicorn
    ");
    let read =
        |name: &str| -> Value { serde_json::from_slice(&fs::read(directory.path().join(name)).unwrap()).unwrap() };
    assert_eq!(read("a.json")["specVersion"], "1.6");
    assert_eq!(read("b=c.json")["spdxVersion"], "SPDX-2.3");
    assert_eq!(read("d.json")["specVersion"], "1.7");
}

#[test]
fn an_output_is_written_whole_or_not_at_all() {
    let directory = project();
    directory.write("sbom.json", "old");
    assert_eq!(run_in(&directory, ["scan", "dir:nothing", "-o", "spdx-json=sbom.json"]).status, Some(3));
    assert_eq!(fs::read(directory.path().join("sbom.json")).unwrap(), b"old");
    let outcome = run_in(&directory, ["scan", ".", "-o", "spdx-json=no/such/directory.json"]);
    assert_eq!(outcome.status, Some(3), "{}", outcome.stderr);
    let full = run_in(&directory, ["scan", ".", "-o", "spdx-json=/dev/full"]);
    assert_eq!(full.status, Some(3), "{}", full.stderr);
    assert_eq!(run_in(&directory, ["scan", "api", "-o", "spdx-json=sbom.json"]).status, Some(0));
    assert!(fs::read_to_string(directory.path().join("sbom.json")).unwrap().ends_with("}\n"));
    let left: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn nobody_reading_is_no_failure() {
    let directory = project();
    let lines: String = (0..20_000).map(|at| format!("package-{at}==1.0.{at}\n")).collect();
    directory.write("requirements.txt", lines);
    let mut child = plimsoll(["scan", ".", "-o", "cyclonedx-json"])
        .current_dir(directory.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut first).unwrap();
    drop(stdout);
    let outcome = Outcome::from(child.wait_with_output().unwrap());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("panic"), "{}", outcome.stderr);
}

#[test]
fn quiet_says_only_errors() {
    let directory = project();
    let run = |arguments: &[&str]| run_in(&directory, [&["scan", ".", "-o", "purls"], arguments].concat()).stderr;
    assert_eq!(run(&["--quiet"]), "");
    directory.write("b/package-lock.json", "{");
    let quiet = run(&["--quiet"]);
    assert!(quiet.starts_with("error: PLM-E0") && quiet.lines().count() == 1, "{quiet}");
    assert!(run(&["--verbose"]).contains("note: PLM-N0127"));
    assert!(!run(&[]).contains("PLM-N0127"));
}

#[test]
fn colour_is_for_terminals_or_when_asked_for() {
    let directory = project();
    directory.write("b/package-lock.json", "{");
    let run = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = plimsoll([&["scan", ".", "-o", "purls"], arguments].concat());
        command.envs(environment.iter().copied()).current_dir(directory.path());
        Outcome::from(command.output().unwrap()).stderr
    };
    assert!(!run(&[], &[]).contains('\u{1b}'));
    assert!(!run(&[], &[("NO_COLOR", "1"), ("TERM", "xterm-256color")]).contains('\u{1b}'));
    assert!(!run(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]).contains('\u{1b}'));
    assert!(run(&["--color", "always"], &[]).contains("\u{1b}["));
}

#[test]
fn log_lines_are_json_when_asked_for() {
    let directory = project();
    directory.write("b/package-lock.json", "{");
    let outcome = run_in(&directory, ["scan", ".", "-o", "purls", "--log-format", "json"]);
    let lines: Vec<Value> = outcome.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{}", outcome.stderr);
    assert_eq!((&lines[0]["level"], &lines[0]["file"]), (&"error".into(), &"b/package-lock.json".into()));
    assert!(lines[1]["message"].as_str().unwrap().contains("INCOMPLETE"));
}

#[test]
fn excluded_paths_are_not_read() {
    let directory = project();
    directory.write("api/deep/requirements.txt", "deep==1\n");
    let purls = |arguments: &[&str]| run_in(&directory, [&["scan", ".", "-o", "purls"], arguments].concat()).stdout;
    assert!(purls(&[]).contains("deep@1"));
    assert_eq!(purls(&["--exclude", "api"]), "pkg:cargo/itoa@1.0.14\n");
    assert_eq!(purls(&["--exclude", "./api/"]), "pkg:cargo/itoa@1.0.14\n");
    assert!(purls(&["--exclude", "*/requirements.txt"]).contains("deep@1"));
    assert!(!purls(&["--exclude", "**/requirements.txt"]).contains("pypi"));
}

#[test]
fn time_is_given_or_absent() {
    let directory = project();
    let time = |arguments: &[&str], epoch: Option<&str>| -> (Value, Value) {
        let read = |format: &str| -> Value {
            let mut command = plimsoll([&["scan", ".", "-o", format], arguments].concat());
            command.envs(epoch.map(|epoch| ("SOURCE_DATE_EPOCH", epoch))).current_dir(directory.path());
            serde_json::from_slice(&command.output().unwrap().stdout).unwrap()
        };
        (read("cyclonedx-json")["metadata"]["timestamp"].clone(), read("spdx-json")["creationInfo"]["created"].clone())
    };
    let both = |text: &str| (Value::from(text), Value::from(text));
    assert_eq!(time(&[], None), (Value::Null, "1970-01-01T00:00:00Z".into()));
    assert_eq!(time(&[], Some("1700000000")), both("2023-11-14T22:13:20Z"));
    assert_eq!(time(&["--timestamp", "2024-02-29T12:00:00+02:00"], Some("1")), both("2024-02-29T10:00:00Z"));
    let (now, _) = time(&["--timestamp", "now"], None);
    assert!(now.as_str().unwrap().starts_with("20"), "{now}");
    let bad = Outcome::from(
        plimsoll(["scan", "."]).env("SOURCE_DATE_EPOCH", "x").current_dir(directory.path()).output().unwrap(),
    );
    assert_eq!(bad.status, Some(2));
}

#[test]
fn identity_reaches_the_document() {
    let identity = ["--name", "harbour", "--version", "7", "--supplier", "Port", "--author", "Jo <jo@port.example>"];
    let document = cyclonedx(&identity, &project());
    let metadata = &document["metadata"];
    assert_eq!((&metadata["component"]["name"], &metadata["component"]["version"]), (&"harbour".into(), &"7".into()));
    assert_eq!(metadata["supplier"]["name"], "Port");
    assert_eq!(metadata["authors"][0]["email"], "jo@port.example");
}

#[test]
fn limits_reach_the_readers() {
    let directory = project();
    let outcome = run_in(&directory, ["scan", ".", "-o", "purls", "--max-member-bytes", "10", "--strict"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(4), ""), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("PLM-E0102"), "{}", outcome.stderr);
}

#[test]
fn what_is_no_regular_file_neither_blocks_nor_is_read() {
    let directory = project();
    let fifo = directory.path().join("package-lock.json");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", directory.path().join("yarn.lock")).unwrap();
    std::os::unix::fs::symlink("poetry.lock", directory.path().join("poetry.lock")).unwrap();
    let outcome = run_in(&directory, ["scan", ".", "-o", "purls"]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("flask"));
    assert!(outcome.stderr.contains("poetry.lock"), "a link to itself is not told: {}", outcome.stderr);
}

#[test]
fn names_from_the_input_cannot_write_to_the_terminal() {
    let directory = TemporaryDirectory::new();
    directory.write("a\u{1b}[2J\n\u{202e}/package-lock.json", "{");
    directory.write(
        "b/package-lock.json",
        r#"{"lockfileVersion":3,"packages":{"node_modules/x\u001b[31m\ny":{"version":"1\u0007"}}}"#,
    );
    for format in ["table", "purls", "cyclonedx-json", "spdx-json", "plimsoll-json"] {
        let outcome = run_in(&directory, ["scan", ".", "-o", format]);
        let raw = |text: &str| text.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}');
        assert!(!raw(&outcome.stdout) && !raw(&outcome.stderr), "{format}: {outcome:?}");
    }
}

#[test]
fn resolving_with_cargo_gives_one_build_and_says_so() {
    let directory = TemporaryDirectory::new();
    directory.write(
        "Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\n[dependencies]\nhull = { path = \"hull\" }\n\n\
         [dev-dependencies]\nrig = { path = \"rig\" }\n",
    );
    let lock = [
        "app\"\nversion = \"1.0.0\"\ndependencies = [\n \"hull\",\n \"rig\",\n]\n",
        "hull\"\nversion = \"0.2.0\"\n",
        "rig\"\nversion = \"0.3.0\"\n",
    ];
    let lock: String = lock.iter().map(|entry| format!("\n[[package]]\nname = \"{entry}")).collect();
    directory.write("Cargo.lock", format!("version = 4\n{lock}"));
    for (name, version) in [("hull", "0.2.0"), ("rig", "0.3.0")] {
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n");
        directory.write(format!("{name}/Cargo.toml"), manifest);
        directory.write(format!("{name}/src/lib.rs"), "");
    }
    directory.write("src/main.rs", "fn main() {}\n");
    // Unreadable, but nothing that cargo looks at.
    directory.write("web/package-lock.json", "{");
    let arguments = ["scan", ".", "--resolve", "cargo", "--no-dev", "--strict", "-o", "plimsoll-json"];
    let mut command = plimsoll(arguments);
    for name in ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    let outcome = Outcome::from(command.current_dir(directory.path()).output().unwrap());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let names: Vec<&str> =
        document["components"].as_array().unwrap().iter().map(|held| held["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["hull"]);
    assert_eq!(document["subject"]["name"], "app");
    assert!(outcome.stdout.contains("plimsoll:rust:no-dev") && outcome.stdout.contains("PLM-N0130"));
}

#[test]
fn signatures_can_be_added_and_turned_off() {
    let directory = TemporaryDirectory::new();
    let client = workspace().join("testdata/binaries/binary/classifier/linked/usr/bin/client");
    directory.write("app/client", fs::read(client).unwrap());
    directory.write("app/xz", b"\0xz (XZ Utils) 5.6.1\0");
    let rule = "[[rule]]\nid = 'client'\npurl = 'pkg:generic/client'\nneeds = 1\n\
        [[rule.match]]\nanchor = 'built with OpenSSL '\npattern = 'built with OpenSSL (?<version>[0-9.]+)'\n";
    directory.write("rules.toml", rule);
    directory.write("wrong.toml", format!("{rule}before = 1\nfile = 'x'\n"));
    let purls = |arguments: &[&str]| {
        let outcome = run_in(&directory, [&["scan", "app", "-o", "purls", "--quiet"], arguments].concat());
        (outcome.status, outcome.stdout, outcome.stderr)
    };
    assert_eq!(purls(&[]).1, "pkg:generic/xz@5.6.1\n");
    assert_eq!(purls(&["--no-classify"]).1, "");
    assert_eq!(purls(&["--classifier-rules", "rules.toml"]).1, "pkg:generic/client@3.0.13\npkg:generic/xz@5.6.1\n");
    let (status, _, error) = purls(&["--classifier-rules", "wrong.toml"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("wrong.toml: line 9: unknown key file"), "{error}");
}
