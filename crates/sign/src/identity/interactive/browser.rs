//! Starting a browser.
//!
//! It is a program that is given an address by whoever answers as the issuer. The address begins with its scheme, so that it
//! is never taken for an option (RUSTSEC-2026-0257), holds no character that a script could stumble over, and no shell sees
//! it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::super::Environment;
use super::super::ambient::find_program;
use super::provider::is_safe;

/// Opens a page; whether a browser was started. `BROWSER` comes first: programs with a colon in between, `%s` for the address.
pub(super) fn open(environment: &Environment, url: &str) -> bool {
    if !is_safe(url) {
        return false;
    }
    let named = environment.text("BROWSER").unwrap_or_default();
    if named.split(':').any(|command| start(environment, command, url)) {
        return true;
    }
    let display = cfg!(target_os = "macos") || environment.has("DISPLAY") || environment.has("WAYLAND_DISPLAY");
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    // Without a display it would open a browser in this very terminal.
    display && start(environment, opener, url)
}

fn start(environment: &Environment, command: &str, url: &str) -> bool {
    let mut words = command.split_ascii_whitespace();
    let Some(name) = words.next() else { return false };
    let path = if name.starts_with('/') { Some(PathBuf::from(name)) } else { find_program(environment, name) };
    let Some(path) = path else { return false };
    let mut arguments: Vec<String> = words.map(|word| word.replace("%s", url)).collect();
    if !command.contains("%s") {
        arguments.push(url.to_owned());
    }
    let quiet = || Stdio::null();
    Command::new(path).args(arguments).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn().is_ok()
}
