//! A system call between its beginning, when its arguments can be read, and its end, when its result is known.

use std::fs;
use std::path::PathBuf;

use nix::libc;
use nix::unistd::Pid;

use super::calls::Call;
use super::inspect::{self, Opened, Registers};
use super::watch::{Use, Watch};
use crate::observe::{Address, Attempt, Gap, MAX_ADDRESS};

/// More messages than this cannot be sent at once (`UIO_MAXIOV`).
const MAX_MESSAGES: u64 = 1024;
/// The size of `struct mmsghdr`.
const MESSAGE: u64 = 64;

/// What is to be looked at when a call ends.
#[derive(Debug)]
pub(super) enum Pending {
    /// Something is opened.
    Open { flags: u64, existed: bool },
    /// A file gets a name. `old` is gone afterwards, if it is there.
    Name { old: Option<PathBuf>, new: PathBuf },
    /// A file is cut off by its name.
    Truncate(PathBuf),
    /// A connection is made.
    Connect(Address),
    /// An address is taken.
    Bind(Address),
}

impl Pending {
    /// What to look at when `call` ends; `None` when there is nothing, or all is known already.
    pub(super) fn of(call: Call, pid: Pid, registers: &Registers, watch: &mut Watch) -> Option<Self> {
        let here = libc::AT_FDCWD;
        let at = |number: usize| registers.descriptor(number);
        let argument = |number: usize| registers.argument(number);
        match call {
            #[cfg(target_arch = "x86_64")]
            Call::Open => Some(open(pid, here, argument(0), argument(1), watch)),
            #[cfg(target_arch = "x86_64")]
            Call::Create => {
                let flags = libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC;
                Some(open(pid, here, argument(0), flags.cast_unsigned().into(), watch))
            }
            Call::OpenAt => Some(open(pid, at(0), argument(1), argument(2), watch)),
            Call::OpenAt2 => {
                // `struct open_how` begins with the flags.
                let flags = inspect::word(pid, argument(2)).or_else(|| unread(watch, "the flags of openat2"))?;
                Some(open(pid, at(0), argument(1), flags, watch))
            }
            Call::OpenByHandle => Some(Self::Open { flags: argument(2), existed: true }),
            #[cfg(target_arch = "x86_64")]
            Call::Rename => name(pid, [(here, argument(0)), (here, argument(1))], true, watch),
            Call::RenameAt => name(pid, [(at(0), argument(1)), (at(2), argument(3))], true, watch),
            #[cfg(target_arch = "x86_64")]
            Call::Link => name(pid, [(here, argument(0)), (here, argument(1))], false, watch),
            Call::LinkAt => name(pid, [(at(0), argument(1)), (at(2), argument(3))], false, watch),
            Call::Truncate => {
                let path = inspect::path(pid, argument(0)).or_else(|| unread(watch, "a path"))?;
                Some(Self::Truncate(inspect::reach(pid, here, &path)))
            }
            Call::Connect => address(pid, argument(1), argument(2), watch).map(Self::Connect),
            Call::Bind => address(pid, argument(1), argument(2), watch).map(Self::Bind),
            Call::SendTo => {
                let address = address(pid, argument(4), argument(5), watch)?;
                watch.connected(pid, address, Attempt::Sent);
                None
            }
            Call::SendMessage => {
                message(pid, argument(1), watch);
                None
            }
            Call::SendMessages => {
                for number in 0..(argument(2) & 0xffff_ffff).min(MAX_MESSAGES) {
                    message(pid, argument(1).wrapping_add(number.wrapping_mul(MESSAGE)), watch);
                }
                None
            }
        }
    }

    /// The call ended with this result.
    pub(super) fn done(self, pid: Pid, result: i64, watch: &mut Watch) {
        match self {
            Self::Open { .. } | Self::Name { .. } | Self::Truncate(_) | Self::Bind(_) if result < 0 => {}
            Self::Open { flags, existed } => opened(pid, flags, existed, result, watch),
            Self::Name { old, new } => {
                if let Some(new) = inspect::real(&new) {
                    watch.named(old.as_deref(), &new);
                }
            }
            Self::Truncate(path) => watch.truncated(path),
            Self::Bind(address) => {
                watch.trace.bound.insert(address);
            }
            Self::Connect(address) => {
                let failed = i32::try_from(result.saturating_neg()).unwrap_or_default();
                // Under way is as good as done: it is not asked for again.
                let connected = result >= 0 || failed == libc::EINPROGRESS || failed >= 512;
                watch.connected(pid, address, if connected { Attempt::Connected } else { Attempt::Failed(failed) });
            }
        }
    }
}

fn unread<T>(watch: &mut Watch, what: &'static str) -> Option<T> {
    watch.trace.gaps.insert(Gap::Unread(what));
    None
}

fn open(pid: Pid, directory: i32, path: u64, flags: u64, watch: &mut Watch) -> Pending {
    let creates = flags & u64::from(libc::O_CREAT.cast_unsigned()) != 0;
    // Only then does it matter, for what is created is no input. What cannot be read counts as one.
    let path = if creates { inspect::path(pid, path).or_else(|| unread(watch, "a path")) } else { None };
    let existed = path.is_none_or(|path| fs::metadata(inspect::reach(pid, directory, &path)).is_ok());
    Pending::Open { flags, existed }
}

fn opened(pid: Pid, flags: u64, existed: bool, descriptor: i64, watch: &mut Watch) {
    let Some(how) = Use::of(flags, existed) else { return };
    match Opened::descriptor(pid, descriptor) {
        Ok(opened) => watch.used(&opened, how),
        Err(_) => {
            watch.trace.gaps.insert(Gap::Unread("an open file"));
        }
    }
}

fn name(pid: Pid, names: [(i32, u64); 2], moved: bool, watch: &mut Watch) -> Option<Pending> {
    let mut reached = names
        .into_iter()
        .map(|(directory, address)| inspect::path(pid, address).map(|path| inspect::reach(pid, directory, &path)));
    let (Some(Some(old)), Some(Some(new))) = (reached.next(), reached.next()) else {
        return unread(watch, "the name of a file");
    };
    Some(Pending::Name { old: if moved { inspect::real(&old) } else { None }, new })
}

/// An address among the arguments. None at all is no address.
fn address(pid: Pid, at: u64, length: u64, watch: &mut Watch) -> Option<Address> {
    let length = usize::try_from(length & 0xffff_ffff).unwrap_or(MAX_ADDRESS).min(MAX_ADDRESS);
    if at == 0 || length == 0 {
        return None;
    }
    let bytes = inspect::memory(pid, at, length).or_else(|| unread(watch, "a network address"))?;
    Some(match Address::parse(&bytes) {
        // The same socket may be bound and reached by different names.
        Address::Unix(path) => {
            Address::Unix(inspect::real(&inspect::reach(pid, libc::AT_FDCWD, &path)).unwrap_or(path))
        }
        address => address,
    })
}

/// The address of a `struct msghdr`, which begins with where it is and how long.
fn message(pid: Pid, header: u64, watch: &mut Watch) {
    let Some(name) = inspect::word(pid, header) else { return };
    let length = inspect::word(pid, header.wrapping_add(8)).unwrap_or_default();
    if let Some(address) = address(pid, name, length, watch) {
        watch.connected(pid, address, Attempt::Sent);
    }
}
