//! `mise.toml` and `rust-toolchain.toml`, or `rust-toolchain` with the bare channel.
//! <https://mise.jdx.dev/configuration.html#mise-toml>, <https://rust-lang.github.io/rustup/overrides.html#the-toolchain-file>
//!
//! A channel with a date (`nightly-2024-05-01`) or three numbers is one release; `stable` and `1.80` are not.

use plimsoll_extract::prelude::*;
use syntax::toml::{Table, Value};

use crate::runtime_pin::{emit, is_release, managed};

/// Reads toolchain files.
pub(crate) struct Toolchain;

impl Extractor for Toolchain {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("runtime/toolchain")
    }

    fn about(&self) -> About {
        About {
            title: "mise.toml, rust-toolchain.toml",
            specification: "https://mise.jdx.dev/configuration.html",
            facts: &[Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("mise.toml"),
            Interest::Name(".mise.toml"),
            Interest::Path("mise.*.toml"),
            Interest::Path(".config/mise/config.toml"),
            Interest::Path("mise/config.toml"),
            Interest::Name(".rtx.toml"),
            Interest::Name("rust-toolchain.toml"),
            Interest::Name("rust-toolchain"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let name = file.path().name();
        let rust = name.starts_with(b"rust-toolchain");
        if rust && !text.contains('[') {
            let line = syntax::text::lines(&text).find(|(_, line)| !line.trim().is_empty());
            if let Some((line, version)) = line {
                channel(version.trim(), line, out);
            }
            return Ok(());
        }
        let (document, fault) = syntax::toml::parse_partial(&text, file.budget().limits());
        let root = document.root();
        if rust {
            if let Some(found) = root.table("toolchain").and_then(|toolchain| toolchain.get("channel")) {
                channel(found.as_str().unwrap_or_default(), found.line(), out);
            }
        } else {
            for (name, value) in root.table("tools").into_iter().flat_map(Table::iter) {
                tool(name, value, out);
            }
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

fn channel(text: &str, line: u32, out: &mut Sink<'_>) {
    if text.is_empty() {
        return out.malformed_entry(line, "toolchain without a channel");
    }
    // A host may follow: `1.80.0-x86_64-unknown-linux-gnu`.
    let dated = text.split('-').filter(|part| part.bytes().all(|byte| byte.is_ascii_digit())).count() == 3;
    let number = text.split('-').next().unwrap_or(text);
    let version = if number.starts_with(|c: char| c.is_ascii_digit()) { number } else { text };
    emit("rust", version, dated || is_release(version), line, out);
}

/// A version, several of them, or a table with `version`.
fn tool(name: &str, value: Value<'_>, out: &mut Sink<'_>) {
    let line = value.line();
    let listed = value.as_array().into_iter().flat_map(|list| list.iter());
    for value in std::iter::once(value).filter(|value| value.as_array().is_none()).chain(listed) {
        let version = match value.as_table() {
            Some(table) => table.get("version").and_then(Value::scalar_text),
            None => value.scalar_text(),
        };
        match version.map(|version| version.trim_start_matches("prefix:")) {
            Some("system") => {}
            Some(version) => managed(name, version, is_release(version), line, out),
            None => out.malformed_entry(line, format!("tool left out: {name} has no version")),
        }
    }
}
