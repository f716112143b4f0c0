//! The documentation is true: generated pages are current, examples print what they show, and every command line in a
//! page is one that the program takes.
//!
//! With `PLIMSOLL_BLESS=1` the pages and the marked examples are written anew.

mod standards;

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_sbom::standard::Standard;
use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll, workspace};

/// Stands before a fenced block whose output is checked.
const TESTED: &str = "<!-- tested -->\n```console\n";

/// The commands with a page of help, each before those below it, as the help itself lists them.
fn commands() -> Vec<String> {
    let mut commands = Vec::new();
    let mut pending = vec![String::new()];
    while let Some(command) = pending.pop() {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let help = stdout(&arguments);
        let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        // Two spaces lead a name, more lead the rest of what is said of it.
        let names = listed.filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')));
        let below = names.filter_map(|rest| rest.split(' ').next()).map(|name| format!("{command} {name}"));
        let mut below: Vec<String> = below.map(|name| name.trim().to_owned()).collect();
        below.reverse();
        pending.append(&mut below);
        commands.push(command);
    }
    commands
}

fn bless() -> bool {
    std::env::var_os("PLIMSOLL_BLESS").is_some()
}

fn stdout(arguments: &[&str]) -> String {
    let outcome = Outcome::from(plimsoll(arguments).output().unwrap());
    assert_eq!(outcome.status, Some(0), "{arguments:?}: {}", outcome.stderr);
    outcome.stdout
}

/// The generated pages of the reference.
fn generated() -> Vec<(&'static str, String)> {
    let formats = format!(
        "# Formats\n\nWhat `plimsoll scan` reads, from `plimsoll formats --format markdown`. `*` stands for any bytes within \
        a part of a path; files are found in every directory.\n\n{}",
        stdout(&["formats", "--format", "markdown"])
    );
    let diagnostics = format!(
        "# Diagnostics\n\nFrom `plimsoll explain --format markdown`. Codes are stable: one is never reused.\n\n{}",
        stdout(&["explain", "--format", "markdown"])
    );
    let purl_types = format!(
        "# Types of package URLs\n\nWhat each type asks of its parts, from `plimsoll purl types --format markdown`. The table \
        behind it is [purl-types.tsv](../../schemas/purl-types.tsv); a test compares it with the registered definitions. \
        Where the standard requires a namespace that a scan may not know (the vendor of a `deb`, the host of a `golang` \
        module), a scan and `purl normalise` read and write a purl without it; `purl parse` and `purl explain` do not \
        let it pass.\n\n{}",
        stdout(&["purl", "types", "--format", "markdown"])
    );
    let mut help = "# Commands\n\nFrom the program's own help.\n".to_owned();
    for command in commands() {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let lines: Vec<String> = stdout(&arguments).lines().map(|line| line.trim_end().to_owned()).collect();
        help.push_str(&format!(
            "\n## {}\n\n```text\n{}\n```\n",
            format!("plimsoll {command}").trim_end(),
            lines.join("\n")
        ));
    }
    vec![("formats.md", formats), ("diagnostics.md", diagnostics), ("purl-types.md", purl_types), ("commands.md", help)]
}

/// The pages that show the tables of the standards.
fn tables() -> Vec<(&'static str, String)> {
    vec![
        ("cyclonedx.md", standards::page(Standard::cyclonedx(), "CycloneDX", "cyclonedx")),
        ("spdx-2.md", standards::page(Standard::spdx2(), "SPDX 2", "spdx-2")),
        ("spdx-3.md", standards::page(Standard::spdx3(), "SPDX 3", "spdx-3")),
    ]
}

#[test]
fn the_pages_of_the_standards_are_current() {
    are_current(tables());
}

#[test]
fn the_generated_pages_are_current() {
    are_current(generated());
}

fn are_current(pages: Vec<(&'static str, String)>) {
    for (name, text) in pages {
        let path = workspace().join("docs/reference").join(name);
        let text = format!("{}\n", text.trim_end());
        if bless() {
            fs::write(&path, text).unwrap();
        } else {
            let held = fs::read_to_string(&path).unwrap_or_default();
            assert!(held == text, "docs/reference/{name} is stale: run the test with PLIMSOLL_BLESS=1");
        }
    }
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![workspace().join("README.md")];
    let mut pending = vec![workspace().join("docs")];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

/// A directory to run examples in: the tour, the drills, the documents and the signed artifact, where the pages have them.
fn stage() -> TemporaryDirectory {
    let stage = TemporaryDirectory::new();
    let tour = workspace().join("testdata/tour");
    for file in
        ["web/package.json", "web/package-lock.json", "api/requirements.txt", "worker/Cargo.toml", "worker/Cargo.lock"]
    {
        stage.write(Path::new("testdata/tour").join(file), fs::read(tour.join(file)).unwrap());
    }
    for directory in [
        "testdata/drills/advisories",
        "testdata/drills/event-stream",
        "testdata/drills/fleet",
        "testdata/drills/gate",
        "testdata/drills/tj-actions/.github/workflows",
        "testdata/sbom/harbour",
        "testdata/sbom/merge",
        "testdata/verify/tour",
        "testdata/policy/tour",
        "testdata/vex/csaf",
        "testdata/vex/cyclonedx",
        "testdata/vex/openvex",
    ] {
        for entry in fs::read_dir(workspace().join(directory)).unwrap() {
            let path = entry.unwrap().path();
            stage.write(Path::new(directory).join(path.file_name().unwrap()), fs::read(&path).unwrap());
        }
    }
    let owners = Path::new("testdata/drills/owners.csv");
    stage.write(owners, fs::read(workspace().join(owners)).unwrap());
    for file in [
        "app/lib/legacy.jar",
        "app/lib/vendor.jar",
        "app/shop.war",
        "known.tsv",
        "repository/org/example/nameless/1.4/nameless-1.4-sources.jar",
        "repository/org/example/nameless/1.4/nameless-1.4.jar",
        "repository/org/example/quiet/2.0/quiet-2.0-tests.jar",
    ] {
        let path = Path::new("testdata/jar-index").join(file);
        stage.write(&path, fs::read(workspace().join(&path)).unwrap());
    }
    stage
}

/// Runs a line of an example; what a person would see on the terminal, data first.
fn run(stage: &TemporaryDirectory, line: &str) -> Outcome {
    let line = line.split(" | ").next().unwrap_or(line);
    let words: Vec<String> = words(line);
    let mut command = plimsoll(&words[1..]);
    Outcome::from(command.current_dir(stage.path()).env("PLIMSOLL_PASSWORD", "quay").output().unwrap())
}

/// Splits as a shell does, as far as the examples need it.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for character in line.chars() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), character) if open == character => quote = None,
            (None, ' ') => words.push(String::new()),
            (_, character) => words.last_mut().unwrap().push(character),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn marked_examples_print_what_they_show() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let stage = stage();
        let mut parts = text.split(TESTED);
        let mut fresh = parts.next().unwrap().to_owned();
        for part in parts {
            let (example, rest) = part.split_once("```").expect("an open fence");
            let command = example.lines().next().unwrap();
            let outcome = run(&stage, command.strip_prefix("$ ").expect("a command line"));
            // CSV ends its lines as RFC 4180 has it, which a page need not show.
            let shown = format!("{command}\n{}{}", outcome.stdout, outcome.stderr).replace("\r\n", "\n");
            fresh.push_str(&format!("{TESTED}{shown}```{rest}"));
        }
        if bless() {
            fs::write(&page, fresh).unwrap();
        } else {
            assert!(
                fresh == text,
                "an example of {} prints something else: run the test with PLIMSOLL_BLESS=1",
                page.display()
            );
        }
    }
}

/// Command lines in fenced blocks, with continued lines joined; but for those that are run for what they print.
fn command_lines(text: &str) -> Vec<String> {
    let mut parts = text.split(TESTED);
    let first = parts.next().unwrap_or_default().to_owned();
    let others = parts.map(|part| part.split_once("```").map_or("", |(_, rest)| rest));
    let joined = std::iter::once(first.as_str()).chain(others).collect::<String>().replace("\\\n", " ");
    joined.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned).collect()
}

/// The line with registries where nobody listens: tests ask nobody outside.
fn unreachable(line: &str) -> String {
    let Some((before, name)) = line.split_once("registry:") else { return line.to_owned() };
    let path = name.split_once('/').map_or(name, |(_, path)| path);
    format!("{before}registry:127.0.0.1:1/{path} --retries 0")
}

/// The line with an identity token that is not there: no job runs the tests, and nobody signs in.
fn without_identity(line: &str) -> String {
    let signs =
        ["sign ", "attest ", "airgap pack "].iter().any(|command| line.starts_with(&format!("plimsoll {command}")));
    if signs && !line.contains("--key") && !line.contains("--unsigned") {
        format!("{line} --identity-token-file no-token")
    } else {
        line.to_owned()
    }
}

#[test]
fn every_command_line_is_one_that_the_program_takes() {
    const USAGE: i32 = 2;
    let stage = stage();
    let mut checked = 0;
    for page in pages() {
        for line in command_lines(&fs::read_to_string(&page).unwrap()) {
            let Some(start) = line.find("plimsoll ").filter(|start| *start == 0 || line[..*start].ends_with("| "))
            else {
                continue;
            };
            // cargo would have to be run on a project that is not there.
            if line.contains("--resolve") {
                continue;
            }
            let outcome = run(&stage, &without_identity(&unreachable(&line[start..])));
            assert_ne!(outcome.status, Some(USAGE), "{}: {line}\n{}", page.display(), outcome.stderr);
            checked += 1;
        }
    }
    assert!(checked >= 8, "only {checked} command lines were found");
}
