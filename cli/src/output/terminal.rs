//! Asking for what must not be seen.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write as _};

use plimsoll_sign::{SecretBytes, SecretText};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// Bytes of an answer.
const LIMIT: usize = 4096;
/// Control-C, control-D, the two keys that take a letter back, and control-U.
const INTERRUPT: u8 = 3;
const END: u8 = 4;
const BACKSPACE: u8 = 8;
const DELETE: u8 = 127;
const KILL: u8 = 21;

/// Asks at the terminal, whatever stdin and stdout are, and shows nothing of the answer. `None` when the person gives up.
///
/// Signals and lines are handled here, byte by byte: a program that is interrupted would leave a terminal without echo.
///
/// # Errors
/// There is no terminal.
pub(crate) fn ask_secret(prompt: &str) -> io::Result<Option<SecretText>> {
    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    let silent = Silent::new(&terminal)?;
    terminal.write_all(prompt.as_bytes())?;
    let answer = read(&mut terminal);
    drop(silent);
    terminal.write_all(b"\n")?;
    answer
}

/// What is typed up to the end of the line; `None` for control-C, control-D, too much, and what is no text.
fn read(terminal: &mut dyn Read) -> io::Result<Option<SecretText>> {
    // As large as it may become, so that no copy is left behind.
    let mut answer = Vec::with_capacity(LIMIT);
    let mut byte = [0];
    loop {
        if terminal.read(&mut byte)? == 0 {
            break;
        }
        match byte[0] {
            b'\r' | b'\n' => {
                return Ok(String::from_utf8(answer).ok().map(SecretText::new));
            }
            INTERRUPT | END => break,
            BACKSPACE | DELETE => while answer.pop().is_some_and(|last| last & 0xc0 == 0x80) {},
            KILL => {
                answer.fill(0);
                answer.clear();
            }
            _ if answer.len() == LIMIT => break,
            typed => answer.push(typed),
        }
    }
    drop(SecretBytes::new(answer));
    Ok(None)
}

/// A terminal without echo, until it is dropped.
struct Silent {
    terminal: File,
    before: Termios,
}

impl Silent {
    fn new(terminal: &File) -> io::Result<Self> {
        let terminal = terminal.try_clone()?;
        let before = tcgetattr(&terminal)?;
        let mut during = before.clone();
        during.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(&terminal, OptionalActions::Flush, &during)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // Nothing is left to be done about a terminal that went away.
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_edited() {
        let typed = |mut bytes: &[u8]| read(&mut bytes).unwrap().map(|answer| answer.expose().clone());
        assert_eq!(typed(b"quay\r").as_deref(), Some("quay"));
        assert_eq!(typed("qu\u{fc}\u{7f}ay\nx".as_bytes()).as_deref(), Some("quay"));
        assert_eq!(typed(b"\x7fno\x15yes\n").as_deref(), Some("yes"));
        for given_up in [&b"quay\x03"[..], b"\x04", b"quay", b"\xff\n", &[b'x'; LIMIT + 1]] {
            assert_eq!(typed(given_up), None);
        }
    }
}
