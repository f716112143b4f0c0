//! The conversation on stderr.

use std::io::{self, IsTerminal as _, Write};
use std::time::Duration;

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use plimsoll_model::{Diagnostic, Severity, printable};

use super::diagnostics;
use crate::args::{Color, Global, LogFormat};
use crate::exit;
use crate::failure::Failure;

/// Talks to the user. Nothing else writes to stderr.
pub(crate) struct Ui {
    err: Box<dyn Write>,
    quiet: bool,
    verbose: bool,
    log: LogFormat,
    terminal: bool,
}

/// Diagnostics shown before the rest is only counted.
const SHOWN: usize = 40;

impl Ui {
    pub(crate) fn new(global: &Global) -> Self {
        let choice = match global.color {
            Color::Auto => AutoStream::choice(&io::stderr()),
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        Self {
            err: Box::new(AutoStream::new(io::stderr(), choice)),
            quiet: global.quiet,
            verbose: global.verbose > 0,
            log: global.log_format,
            terminal: io::stderr().is_terminal(),
        }
    }

    /// Says nothing: for work whose outcome says it all, such as that of a server.
    pub(crate) fn silent() -> Self {
        Self { err: Box::new(io::sink()), quiet: true, verbose: false, log: LogFormat::Text, terminal: false }
    }

    /// A line of information, unless `--quiet`.
    pub(crate) fn status(&mut self, line: &str) {
        if !self.quiet {
            self.line(Style::new(), "", &printable(line));
        }
    }

    /// The answer of a command that gives it on stderr, as some other tools do: said whatever else is not.
    pub(crate) fn verdict(&mut self, line: &str) {
        self.line(Style::new(), "", &printable(line));
    }

    /// A line for those who want to know more: only under `--verbose`.
    pub(crate) fn detail(&mut self, line: &str) {
        if self.verbose {
            self.line(Style::new(), "", &printable(line));
        }
    }

    /// Says what the user should know although the work was done.
    pub(crate) fn warning(&mut self, text: &str) {
        self.line(style(Severity::Warning), "warning", &printable(text));
    }

    /// One of several inputs is at fault; the others are gone on with.
    pub(crate) fn error(&mut self, text: &str) {
        self.line(style(Severity::Error), "error", &printable(text));
    }

    fn line(&mut self, style: Style, label: &str, text: &str) {
        // Nobody is left to tell when stderr is gone.
        drop(match self.log {
            LogFormat::Json => writeln!(self.err, "{}", serde_json::json!({ "level": label, "message": text })),
            LogFormat::Text if label.is_empty() => writeln!(self.err, "{text}"),
            LogFormat::Text => writeln!(self.err, "{style}{label}:{style:#} {text}"),
        });
    }

    /// The diagnostics, the grave ones first; notes only under `--verbose`.
    pub(crate) fn diagnostics(&mut self, held: &[Diagnostic]) {
        let least = if self.verbose { Severity::Note } else { Severity::Warning };
        let mut shown: Vec<&Diagnostic> = held.iter().filter(|held| held.severity() >= least).collect();
        shown.sort_by_key(|held| std::cmp::Reverse(held.severity()));
        let all = self.verbose || self.log == LogFormat::Json;
        let count = if all { shown.len() } else { SHOWN };
        for diagnostic in shown.iter().take(count) {
            if self.quiet && diagnostic.severity() < Severity::Error {
                continue;
            }
            if self.log == LogFormat::Json {
                drop(writeln!(self.err, "{}", diagnostics::as_json(diagnostic)));
                continue;
            }
            let severity = diagnostic.severity();
            self.line(style(severity), severity.word(), &diagnostic.to_string());
        }
        let rest = shown.len().saturating_sub(count);
        if rest > 0 {
            self.status(&format!("… and {rest} more; all are in the document, or shown with --verbose"));
        }
    }

    /// Reports a failure and gives its exit status.
    pub(crate) fn failure(&mut self, failure: &Failure) -> u8 {
        if failure.is_broken_pipe() {
            return exit::DONE;
        }
        let mut parts: Vec<String> = Vec::new();
        for cause in failure.error.chain() {
            let text = printable(&cause.to_string());
            // A transparent error says the same as what it wraps.
            if parts.last() != Some(&text) {
                parts.push(text);
            }
        }
        self.line(style(Severity::Error), "error", &parts.join(": "));
        if let Some(hint) = &failure.hint {
            self.line(AnsiColor::Cyan.on_default(), "hint", hint);
        }
        failure.code
    }

    /// Reports a panic and gives its exit status.
    pub(crate) fn internal_error(&mut self) -> u8 {
        let text = "this is a bug in Plimsoll; please report the command and, if you can, its input";
        self.line(style(Severity::Error), "internal error", text);
        exit::INTERNAL
    }

    /// Whether details are shown, so that they need not be worked out otherwise.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose && !self.quiet
    }

    /// A spinner that appears when the work is long and somebody watches.
    pub(crate) fn progress(&self, message: String) -> ProgressBar {
        if self.quiet || self.verbose || !self.terminal || self.log == LogFormat::Json {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_message(message);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Error => AnsiColor::Red.on_default().bold(),
        Severity::Warning => AnsiColor::Yellow.on_default().bold(),
        Severity::Note => AnsiColor::Cyan.on_default(),
    }
}
