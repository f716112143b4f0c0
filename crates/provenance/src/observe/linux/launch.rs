//! What happens in the new process before the command runs: namespaces, the filter, and the command in its place.
//!
//! A library without `unsafe` cannot do this between `fork` and `exec`. So the program starts itself anew, with words that
//! say "become this command", and the new process comes here.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::os::fd::RawFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use nix::sched::{CloneFlags, unshare};

use super::filter;
use crate::observe::{LaunchError, Setup};

/// Becomes the command. Comes back only with the reason why not.
pub(in crate::observe) fn launch(setup: &Setup, command: &[OsString]) -> LaunchError {
    match prepare(setup) {
        Ok(()) => execute(command),
        Err(error) => error,
    }
}

fn prepare(setup: &Setup) -> Result<(), LaunchError> {
    // The tracer says when it watches.
    let mut word = [0];
    io::stdin().read_exact(&mut word).map_err(|_| LaunchError::Unwatched)?;
    close_others();
    if setup.hermetic {
        isolate().map_err(LaunchError::Namespace)?;
    }
    if let Some(name) = &setup.host_name {
        rename_host(name).map_err(LaunchError::Namespace)?;
    }
    if let Some(mask) = setup.umask {
        rustix::process::umask(rustix::fs::Mode::from_bits_truncate(mask));
    }
    let program = filter::program(setup.hermetic);
    seccompiler::apply_filter(&program).map_err(|error| LaunchError::Filter(Box::new(error)))
}

/// Descriptors that whoever started us left open would be inputs that nobody sees.
fn close_others() {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else { return };
    let numbers: Vec<RawFd> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|number| *number > 2)
        .collect();
    for number in numbers {
        // One of them was that of the directory, and is closed by now.
        let _ = nix::unistd::close(number);
    }
}

/// A network namespace without any network. Root needs no user namespace for it, and would see fewer files in one.
fn isolate() -> io::Result<()> {
    if unshare(CloneFlags::CLONE_NEWNET).is_ok() { Ok(()) } else { as_oneself(CloneFlags::CLONE_NEWNET) }
}

fn rename_host(name: &str) -> io::Result<()> {
    if unshare(CloneFlags::CLONE_NEWUTS).is_err() {
        as_oneself(CloneFlags::CLONE_NEWUTS)?;
    }
    Ok(nix::unistd::sethostname(name)?)
}

/// A new user namespace, in which this user and group are themselves, with other namespaces that belong to it.
fn as_oneself(others: CloneFlags) -> io::Result<()> {
    let (user, group) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    unshare(CloneFlags::CLONE_NEWUSER | others)?;
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
    fs::write("/proc/self/gid_map", format!("{group} {group} 1"))
}

fn execute(command: &[OsString]) -> LaunchError {
    let Some((program, arguments)) = command.split_first() else {
        return LaunchError::Execute(OsString::new(), io::ErrorKind::InvalidInput.into());
    };
    // Nothing comes from outside that is not seen: there is no standard input.
    let error = Command::new(program).args(arguments).stdin(Stdio::null()).exec();
    LaunchError::Execute(program.clone(), error)
}
