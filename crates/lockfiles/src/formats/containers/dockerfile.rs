//! `Dockerfile`, `Containerfile`: the images that a build starts from or copies from.
//! <https://docs.docker.com/reference/dockerfile/>
//!
//! - `FROM` may name an earlier stage, which is no image; so may `COPY --from` and `RUN --mount=from=`, or they give the
//!   number of a stage. `scratch` is nothing.
//! - Only arguments declared before the first `FROM` count in a `FROM`; their defaults are all that a file tells.
//! - What the last stage is built on is in the result; the images of other stages only help to build it.
//! - `# syntax=` names an image too: the program that reads the file.

use std::collections::{BTreeMap, HashMap, VecDeque};

use plimsoll_extract::prelude::*;

use crate::container_image::{emit, substitute};

/// Reads Dockerfiles.
pub(crate) struct Dockerfile;

impl Extractor for Dockerfile {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("containers/dockerfile")
    }

    fn about(&self) -> About {
        About {
            title: "Dockerfile, Containerfile",
            specification: "https://docs.docker.com/reference/dockerfile/",
            facts: &[Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("Dockerfile"),
            Interest::Name("Containerfile"),
            Interest::Path("Dockerfile.*"),
            Interest::Path("Containerfile.*"),
            Interest::Suffix(".Dockerfile"),
            Interest::Suffix(".dockerfile"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if file.path().name().ends_with(b".dockerignore") {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let mut build = Build::default();
        for instruction in instructions(&text) {
            build.read(&instruction);
        }
        build.finish(out);
        Ok(())
    }
}

/// An instruction: the line that it starts on, its word in upper case, and its arguments on one line.
struct Instruction {
    line: u32,
    word: String,
    arguments: String,
}

/// The instructions of a text, continuation lines joined, comments and here-documents left out.
fn instructions(text: &str) -> Vec<Instruction> {
    let mut found: Vec<Instruction> = Vec::new();
    let mut escape = '\\';
    let mut open: Option<(u32, String)> = None;
    let mut markers: VecDeque<String> = VecDeque::new();
    for (number, line) in syntax::text::lines(text) {
        if let Some(marker) = markers.front() {
            if line.trim() == marker {
                markers.pop_front();
            }
            continue;
        }
        let trimmed = line.trim();
        if let Some(comment) = trimmed.strip_prefix('#') {
            // Directives come before everything else.
            let first = found.iter().all(|held| held.word.starts_with('#')) && open.is_none();
            match directive(comment).filter(|_| first) {
                Some(("escape", "`")) => escape = '`',
                Some(("syntax", image)) => {
                    let (word, arguments) = ("#SYNTAX".to_owned(), image.to_owned());
                    found.push(Instruction { line: number, word, arguments });
                }
                _ => {}
            }
            continue;
        }
        if trimmed.is_empty() {
            continue;
        }
        let (start, mut whole) = open.take().unwrap_or((number, String::new()));
        match trimmed.strip_suffix(escape) {
            Some(part) => {
                whole.push_str(part);
                whole.push(' ');
                open = Some((start, whole));
            }
            None => {
                whole.push_str(trimmed);
                finish(start, &whole, &mut found, &mut markers);
            }
        }
    }
    if let Some((start, whole)) = open {
        finish(start, &whole, &mut found, &mut markers);
    }
    found
}

/// `# key=value` at the top of the file.
fn directive(comment: &str) -> Option<(&str, &str)> {
    let (key, value) = comment.split_once('=')?;
    let known = ["escape", "syntax"].into_iter().find(|known| key.trim().eq_ignore_ascii_case(known))?;
    Some((known, value.trim()))
}

fn finish(line: u32, whole: &str, found: &mut Vec<Instruction>, markers: &mut VecDeque<String>) {
    let (word, arguments) = whole.split_once(char::is_whitespace).unwrap_or((whole, ""));
    let word = word.to_ascii_uppercase();
    if matches!(word.as_str(), "RUN" | "COPY" | "ADD") {
        *markers = arguments
            .split_whitespace()
            .filter_map(|part| part.strip_prefix("<<"))
            .map(|marker| marker.trim_start_matches('-').trim_matches(['"', '\'']).to_owned())
            .filter(|marker| marker.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
            .collect();
    }
    found.push(Instruction { line, word, arguments: arguments.trim().to_owned() });
}

/// A stage: the image or earlier stage that it starts from.
struct Stage {
    base: Base,
}

enum Base {
    /// An earlier stage, by its number.
    Stage(usize),
    Image(String, u32),
    Scratch,
}

#[derive(Default)]
struct Build {
    arguments: HashMap<String, String>,
    stages: Vec<Stage>,
    names: BTreeMap<String, usize>,
    /// Images that are only copied or mounted from, and the program that reads the file.
    others: Vec<(String, u32)>,
}

impl Build {
    fn read(&mut self, instruction: &Instruction) {
        let arguments = instruction.arguments.as_str();
        match instruction.word.as_str() {
            "#SYNTAX" => self.others.push((arguments.to_owned(), instruction.line)),
            "ARG" if self.stages.is_empty() => {
                for pair in arguments.split_whitespace() {
                    if let Some((name, value)) = pair.split_once('=') {
                        let value = self.substitute(value.trim_matches(['"', '\'']));
                        self.arguments.insert(name.to_owned(), value);
                    }
                }
            }
            "FROM" => self.from(arguments, instruction.line),
            "COPY" => {
                let options = arguments.split_whitespace().take_while(|part| part.starts_with("--"));
                for source in options.filter_map(|part| part.strip_prefix("--from=")) {
                    self.other(source, instruction.line);
                }
            }
            "RUN" => {
                let options = arguments.split_whitespace().take_while(|part| part.starts_with("--"));
                for mount in options.filter_map(|part| part.strip_prefix("--mount=")) {
                    if let Some(source) = mount.split(',').find_map(|pair| pair.strip_prefix("from=")) {
                        self.other(source, instruction.line);
                    }
                }
            }
            _ => {}
        }
    }

    /// A value is never longer than the text that it comes from times the number of variables; this keeps it sane.
    fn substitute(&self, text: &str) -> String {
        let mut value = substitute(text, |name| self.arguments.get(name).cloned()).into_owned();
        if value.len() > MAX_VALUE {
            value.clear();
        }
        value
    }

    fn from(&mut self, arguments: &str, line: u32) {
        let mut words = arguments.split_whitespace().filter(|word| !word.starts_with("--"));
        let image = self.substitute(words.next().unwrap_or_default());
        let name = match (words.next(), words.next()) {
            (Some(keyword), Some(name)) if keyword.eq_ignore_ascii_case("as") => Some(name.to_ascii_lowercase()),
            _ => None,
        };
        let base = match self.names.get(&image.to_ascii_lowercase()) {
            Some(stage) => Base::Stage(*stage),
            None if image == "scratch" => Base::Scratch,
            None => Base::Image(image, line),
        };
        if let Some(name) = name {
            self.names.insert(name, self.stages.len());
        }
        self.stages.push(Stage { base });
    }

    fn other(&mut self, source: &str, line: u32) {
        let source = self.substitute(source);
        let stage = self.names.contains_key(&source.to_ascii_lowercase());
        let number = source.parse::<usize>().is_ok_and(|number| number < self.stages.len());
        if !stage && !number && source != "scratch" {
            self.others.push((source, line));
        }
    }

    fn finish(self, out: &mut Sink<'_>) {
        // A stage starts from an earlier one, so this ends.
        let mut last = self.stages.len().checked_sub(1);
        let mut base = None;
        while let Some(at) = last {
            last = match self.stages.get(at).map(|stage| &stage.base) {
                Some(Base::Stage(earlier)) if *earlier < at => Some(*earlier),
                _ => {
                    base = Some(at);
                    None
                }
            };
        }
        for (at, stage) in self.stages.iter().enumerate() {
            let Base::Image(image, line) = &stage.base else { continue };
            let scope = if base == Some(at) { Scope::Runtime } else { Scope::Build };
            direct(image, *line, scope, out);
        }
        for (image, line) in &self.others {
            direct(image, *line, Scope::Build, out);
        }
    }
}

/// The longest value of an argument.
const MAX_VALUE: usize = 4096;

fn direct(image: &str, line: u32, scope: Scope, out: &mut Sink<'_>) {
    if let Some(at) = emit(image, line, scope, out) {
        out.direct(at, scope);
    }
}
