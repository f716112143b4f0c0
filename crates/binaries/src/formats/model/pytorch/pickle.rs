//! What a pickle would import, without running it. <https://docs.python.org/3/library/pickletools.html>
//!
//! Instructions are a byte and an argument whose length the instruction tells. `GLOBAL` and `INST` hold the names of
//! module and attribute; `STACK_GLOBAL` takes the two texts that were pushed last, perhaps from the memo.

use std::collections::{BTreeSet, HashMap};

use crate::cursor::Cursor;

/// Modules that no weights need.
const SUSPICIOUS: &[&str] = &[
    "__builtin__",
    "aiohttp",
    "asyncio",
    "bdb",
    "builtins",
    "cProfile",
    "cloudpickle",
    "code",
    "codeop",
    "commands",
    "ctypes",
    "dill",
    "distutils",
    "ftplib",
    "functools",
    "httplib",
    "http",
    "idlelib",
    "importlib",
    "marshal",
    "multiprocessing",
    "nt",
    "operator",
    "os",
    "pdb",
    "pickle",
    "pip",
    "pkgutil",
    "platform",
    "posix",
    "profile",
    "pty",
    "requests",
    "runpy",
    "shutil",
    "signal",
    "site",
    "smtplib",
    "socket",
    "ssl",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "timeit",
    "trace",
    "urllib",
    "urllib2",
    "venv",
    "webbrowser",
];
/// Attributes of such modules that weights do use.
const HARMLESS: &[&str] = &[
    "__builtin__.bytearray",
    "__builtin__.complex",
    "__builtin__.dict",
    "__builtin__.frozenset",
    "__builtin__.int",
    "__builtin__.list",
    "__builtin__.long",
    "__builtin__.object",
    "__builtin__.print",
    "__builtin__.range",
    "__builtin__.set",
    "__builtin__.slice",
    "__builtin__.tuple",
    "__builtin__.unicode",
    "builtins.bytearray",
    "builtins.bytes",
    "builtins.complex",
    "builtins.dict",
    "builtins.frozenset",
    "builtins.int",
    "builtins.list",
    "builtins.object",
    "builtins.print",
    "builtins.range",
    "builtins.set",
    "builtins.slice",
    "builtins.str",
    "builtins.tuple",
    "functools.partial",
    "operator.itemgetter",
];
/// Most texts that are remembered from the memo.
const MAX_MEMO: usize = 100_000;
/// Most imports that are kept.
const MAX_IMPORTS: usize = 10_000;
/// Longest name.
const MAX_NAME: usize = 512;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Imports {
    names: BTreeSet<String>,
    partial: bool,
}

impl Imports {
    /// The imports as `module.attribute`, sorted.
    pub(super) fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// Those that no model needs.
    pub(super) fn suspicious(&self) -> impl Iterator<Item = &String> {
        self.names.iter().filter(|name| {
            let module = name.split('.').next().unwrap_or_default();
            SUSPICIOUS.contains(&module) && !HARMLESS.contains(&name.as_str())
        })
    }

    /// Whether something could not be stepped through.
    pub(super) fn is_partial(&self) -> bool {
        self.partial
    }

    /// Steps through pickles that follow each other, up to what is none.
    pub(super) fn scan_all(&mut self, bytes: &[u8]) {
        let mut cursor = Cursor::new(bytes);
        let mut pickles = 0_u32;
        // Every pickle since protocol 2 starts with PROTO.
        while !cursor.is_empty() && (pickles == 0 || cursor.rest().starts_with(b"\x80")) {
            if Scan::new(self).run(&mut cursor).is_none() {
                self.partial = true;
                return;
            }
            pickles = pickles.saturating_add(1);
        }
    }

    fn add(&mut self, module: &[u8], attribute: &[u8]) {
        let name = format!("{}.{}", String::from_utf8_lossy(module), String::from_utf8_lossy(attribute));
        if self.names.len() >= MAX_IMPORTS || name.len() > MAX_NAME {
            self.partial = true;
        } else {
            self.names.insert(name);
        }
    }
}

/// The run through one pickle.
struct Scan<'s, 'a> {
    imports: &'s mut Imports,
    /// The texts that were pushed last: the last one, and the one before.
    last: [Option<&'a [u8]>; 2],
    memo: HashMap<u64, &'a [u8]>,
    memorised: u64,
}

impl<'s, 'a> Scan<'s, 'a> {
    fn new(imports: &'s mut Imports) -> Self {
        Self { imports, last: [None; 2], memo: HashMap::new(), memorised: 0 }
    }

    fn push(&mut self, text: Option<&'a [u8]>) {
        self.last = [text, self.last.first().copied().flatten()];
    }

    fn remember(&mut self, at: u64) {
        if let Some(text) = self.last.first().copied().flatten().filter(|_| self.memo.len() < MAX_MEMO) {
            self.memo.insert(at, text);
        }
        self.memorised = self.memorised.max(at.saturating_add(1));
    }

    fn recall(&mut self, at: u64) {
        let text = self.memo.get(&at).copied();
        self.push(text);
    }

    /// Steps up to STOP; `None` at an instruction that is unknown or cut off.
    fn run(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        loop {
            match cursor.u8()? {
                b'.' => return Some(()),
                // Texts and bytes.
                0x8c | b'U' | b'C' => {
                    let length = cursor.u8()?;
                    self.push(Some(cursor.take(length.into())?));
                }
                b'X' | b'T' | b'B' => {
                    let length = cursor.u32()?;
                    self.push(Some(cursor.take(length.into())?));
                }
                0x8d | 0x8e | 0x96 => {
                    let length = cursor.u64()?;
                    self.push(Some(cursor.take(length)?));
                }
                b'V' | b'S' => {
                    let text = line(cursor)?;
                    let quoted = text.strip_prefix(b"'").and_then(|rest| rest.strip_suffix(b"'"));
                    self.push(Some(quoted.unwrap_or(text)));
                }
                // Imports.
                b'c' | b'i' => {
                    let (module, attribute) = (line(cursor)?, line(cursor)?);
                    self.imports.add(module, attribute);
                    self.push(None);
                }
                0x93 => {
                    match self.last {
                        [Some(attribute), Some(module)] => self.imports.add(module, attribute),
                        // Names that were computed, or taken from elsewhere.
                        _ => self.imports.partial = true,
                    }
                    self.push(None);
                }
                // The memo.
                b'q' => {
                    let at = cursor.u8()?;
                    self.remember(at.into());
                }
                b'r' => {
                    let at = cursor.u32()?;
                    self.remember(at.into());
                }
                0x94 => self.remember(self.memorised),
                b'p' => {
                    let at = number(line(cursor)?)?;
                    self.remember(at);
                }
                b'h' => {
                    let at = cursor.u8()?;
                    self.recall(at.into());
                }
                b'j' => {
                    let at = cursor.u32()?;
                    self.recall(at.into());
                }
                b'g' => {
                    let at = number(line(cursor)?)?;
                    self.recall(at);
                }
                other => self.step_over(other, cursor)?,
            }
        }
    }

    /// Steps over an instruction that neither imports nor pushes a text.
    fn step_over(&mut self, instruction: u8, cursor: &mut Cursor<'a>) -> Option<()> {
        match instruction {
            // Numbers and persistent ids as lines.
            b'I' | b'L' | b'F' | b'P' => drop(line(cursor)?),
            // Protocol, extensions, small numbers.
            0x80 => return cursor.u8().map(|_| ()),
            b'K' | 0x82 => drop(cursor.u8()?),
            b'M' | 0x83 => drop(cursor.u16()?),
            b'J' | 0x84 => drop(cursor.u32()?),
            b'G' => drop(cursor.u64()?),
            0x95 => return cursor.u64().map(|_| ()),
            0x8a => {
                let length = cursor.u8()?;
                cursor.take(length.into())?;
            }
            0x8b => {
                let length = cursor.u32()?;
                cursor.take(length.into())?;
            }
            b'('
            | b'0'
            | b'1'
            | b'2'
            | b')'
            | b']'
            | b'}'
            | b'a'
            | b'b'
            | b'd'
            | b'e'
            | b'l'
            | b'o'
            | b'R'
            | b's'
            | b't'
            | b'u'
            | b'N'
            | b'Q'
            | 0x81
            | 0x85..=0x92
            | 0x97
            | 0x98 => {}
            _ => return None,
        }
        self.push(None);
        Some(())
    }
}

fn line<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let length = memchr::memchr(b'\n', cursor.rest())?;
    let line = cursor.take(length as u64)?;
    cursor.u8()?;
    Some(line)
}

fn number(line: &[u8]) -> Option<u64> {
    std::str::from_utf8(line).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(bytes: &[u8]) -> (Vec<String>, bool) {
        let mut imports = Imports::default();
        imports.scan_all(bytes);
        (imports.names.iter().cloned().collect(), imports.partial)
    }

    #[test]
    fn imports_by_each_instruction() {
        for (bytes, want) in [
            (b"\x80\x02ccollections\nOrderedDict\nq\0)R.".as_slice(), "collections.OrderedDict"),
            (b"\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93.", "posix.system"),
            // Both names come from the memo.
            (b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94K\x01h\0h\x01\x93.", "os.system"),
            (b"(S'echo'\nios\nsystem\n.", "os.system"),
        ] {
            assert_eq!(scan(bytes), (vec![want.to_owned()], false));
        }
    }

    #[test]
    fn what_cannot_be_followed_is_said() {
        assert_eq!(scan(b"\x80\x04K\x01K\x02\x93."), (Vec::new(), true));
        assert_eq!(scan(b"\x80\x02cos\nsys"), (Vec::new(), true));
        assert_eq!(scan(b"\x80\x02\xff."), (Vec::new(), true));
        assert_eq!(scan(b""), (Vec::new(), false));
    }

    #[test]
    fn what_weights_need_is_not_suspicious() {
        let mut imports = Imports::default();
        imports
            .scan_all(b"\x80\x02cbuiltins\nset\ncbuiltins\neval\nctorch._utils\n_rebuild_tensor_v2\ncos.path\njoin\n.");
        assert_eq!(imports.suspicious().collect::<Vec<_>>(), ["builtins.eval", "os.path.join"]);
    }
}
