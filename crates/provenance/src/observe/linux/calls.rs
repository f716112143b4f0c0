//! The system calls that open, name or reach something, and the numbers that they have here.
//!
//! The numbers come from `libc` for the architecture that is compiled for; x86-64 and AArch64 are supported. Architectures
//! that came later than x86-64 have only the calls that take a directory.

use nix::libc;

/// A system call that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// `open(path, flags)`
    #[cfg(target_arch = "x86_64")]
    Open,
    /// `creat(path)`
    #[cfg(target_arch = "x86_64")]
    Create,
    /// `openat(directory, path, flags)`
    OpenAt,
    /// `openat2(directory, path, how, size)`
    OpenAt2,
    /// `open_by_handle_at(mount, handle, flags)`
    OpenByHandle,
    /// `rename(old, new)`
    #[cfg(target_arch = "x86_64")]
    Rename,
    /// `renameat(directory, old, directory, new)`, with or without flags
    RenameAt,
    /// `link(old, new)`
    #[cfg(target_arch = "x86_64")]
    Link,
    /// `linkat(directory, old, directory, new, flags)`
    LinkAt,
    /// `truncate(path)`
    Truncate,
    /// `connect(socket, address, length)`
    Connect,
    /// `bind(socket, address, length)`
    Bind,
    /// `sendto(socket, buffer, length, flags, address, length)`; stopped only when there is an address
    SendTo,
    /// `sendmsg(socket, message)`
    SendMessage,
    /// `sendmmsg(socket, messages, count)`
    SendMessages,
}

/// Those that are stopped, the frequent ones first, as the filter asks in this order.
pub(super) const CALLS: &[(i64, Call)] = &[
    (libc::SYS_openat, Call::OpenAt),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_open, Call::Open),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_rename, Call::Rename),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_link, Call::Link),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_creat, Call::Create),
    (libc::SYS_openat2, Call::OpenAt2),
    (libc::SYS_open_by_handle_at, Call::OpenByHandle),
    (libc::SYS_renameat, Call::RenameAt),
    (libc::SYS_renameat2, Call::RenameAt),
    (libc::SYS_linkat, Call::LinkAt),
    (libc::SYS_truncate, Call::Truncate),
    (libc::SYS_connect, Call::Connect),
    (libc::SYS_bind, Call::Bind),
    (libc::SYS_sendmsg, Call::SendMessage),
    (libc::SYS_sendmmsg, Call::SendMessages),
];

/// The number of `sendto`, which the filter stops only when it has an address.
pub(super) const SEND_TO: i64 = libc::SYS_sendto;

/// The number of `io_uring_setup`, which is refused: its operations are no system calls, so they could not be seen.
pub(super) const IO_URING_SETUP: i64 = libc::SYS_io_uring_setup;

/// The number of `setns`, which is refused to a build that shall not reach the network.
pub(super) const SETNS: i64 = libc::SYS_setns;

/// The call with this number.
pub(super) fn call(number: u64) -> Option<Call> {
    let number = i64::try_from(number).ok()?;
    if number == SEND_TO {
        return Some(Call::SendTo);
    }
    CALLS.iter().find(|(known, _)| *known == number).map(|(_, call)| *call)
}

/// Calls of the 32-bit sibling of this architecture (`AUDIT_ARCH_I386`, `AUDIT_ARCH_ARM`) that open or connect: when one
/// occurs, something happens that is not observed.
#[cfg(target_arch = "x86_64")]
pub(super) const FOREIGN: (u32, &[u32]) = (0x4000_0003, &[5, 8, 11, 102, 295, 362, 437]);
/// As above.
#[cfg(target_arch = "aarch64")]
pub(super) const FOREIGN: (u32, &[u32]) = (0x4000_0028, &[5, 8, 11, 283, 322, 437]);

/// This architecture, as the filter sees it (`AUDIT_ARCH_…` of `linux/audit.h`).
#[cfg(target_arch = "x86_64")]
pub(super) const NATIVE: u32 = 0xc000_003e;
/// As above.
#[cfg(target_arch = "aarch64")]
pub(super) const NATIVE: u32 = 0xc000_00b7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_found_by_its_number_and_listed_once() {
        for (number, known) in CALLS {
            assert_eq!(call(u64::try_from(*number).unwrap()), Some(*known));
            assert_eq!(CALLS.iter().filter(|(other, _)| other == number).count(), 1);
        }
        assert_eq!(call(libc::SYS_sendto.try_into().unwrap()), Some(Call::SendTo));
        assert_eq!(call(libc::SYS_read.try_into().unwrap()), None);
        assert_eq!(call(u64::MAX), None);
    }

    /// The numbers of the kernel's own tables (`arch/x86/entry/syscalls/syscall_64.tbl`, `asm-generic/unistd.h`).
    #[test]
    fn the_numbers_are_the_kernels() {
        let known: &[(i64, Call)] = if cfg!(target_arch = "x86_64") {
            &[(257, Call::OpenAt), (437, Call::OpenAt2), (316, Call::RenameAt), (42, Call::Connect), (49, Call::Bind)]
        } else {
            &[(56, Call::OpenAt), (437, Call::OpenAt2), (276, Call::RenameAt), (203, Call::Connect), (200, Call::Bind)]
        };
        for (number, expected) in known {
            assert_eq!(call((*number).try_into().unwrap()), Some(*expected));
        }
    }
}
