//! `plimsoll purl normalise`.

use std::io::{self, BufRead, Read as _, Write};

use plimsoll_model::Purl;

use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui};

/// Bytes of a line; a purl has a few hundred.
const MAX_LINE: u64 = 1 << 16;

pub(super) fn run(purls: &[String], ui: &mut Ui) -> Result<u8, Failure> {
    let mut valid = true;
    Target::Stdout.write(|out| {
        if purls.is_empty() {
            valid &= standard_input(out, ui)?;
        }
        for text in purls {
            valid &= if text == "-" { standard_input(out, ui)? } else { one(out, ui, text, text)? };
        }
        Ok::<(), Failure>(())
    })?;
    Ok(if valid { exit::DONE } else { exit::NO })
}

fn one(out: &mut dyn Write, ui: &mut Ui, text: &str, place: &str) -> io::Result<bool> {
    match Purl::parse(text) {
        Ok(purl) => writeln!(out, "{purl}").map(|()| true),
        Err(error) => {
            ui.error(&format!("{place}: {error}"));
            Ok(false)
        }
    }
}

/// Reads a purl a line; empty lines are passed over. Whether all were valid.
fn standard_input(out: &mut dyn Write, ui: &mut Ui) -> io::Result<bool> {
    let mut input = io::stdin().lock();
    let mut valid = true;
    for number in 1_u64.. {
        let mut line = Vec::new();
        if input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let whole = line.ends_with(b"\n") || line.len() < usize::try_from(MAX_LINE).unwrap_or(usize::MAX);
        if !whole {
            ui.error(&format!("line {number}: longer than {MAX_LINE} bytes"));
            skip_line(&mut input)?;
            valid = false;
            continue;
        }
        match str::from_utf8(&line).map(str::trim) {
            Ok("") => {}
            Ok(text) => valid &= one(out, ui, text, &format!("line {number}: {text}"))?,
            Err(_) => {
                ui.error(&format!("line {number}: not UTF-8"));
                valid = false;
            }
        }
    }
    Ok(valid)
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    let mut rest = Vec::new();
    while input.by_ref().take(MAX_LINE).read_until(b'\n', &mut rest)? > 0 && !rest.ends_with(b"\n") {
        rest.clear();
    }
    Ok(())
}
