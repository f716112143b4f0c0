//! The tracer: stops the processes of a build at the system calls that matter, looks, and lets them go on.
//!
//! ptrace(2), by `PTRACE_SEIZE`, so that stopping and continuing stay what they are. All requests come from one thread, which
//! also waits: other threads of this program may trace other builds. A call is looked at where it ends, when it is known what
//! became of it. Kernel 4.8 or later: before, a filtered call stopped in another order.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustix::process::{WaitOptions, WaitStatus};

use super::calls::{self, Call};
use super::filter;
use super::inspect::{Opened, Registers};
use super::pending::Pending;
use super::watch::Watch;
use crate::observe::{Gap, Launch, ObserveError, Outcome, Output, Trace};

/// `PTRACE_EVENT_…`: the second byte of `si_code` in a stop.
const EVENT_EXEC: i32 = 4;
const EVENT_SECCOMP: i32 = 7;
const EVENT_STOP: i32 = 128;
/// A stop at the end of a system call (`PTRACE_O_TRACESYSGOOD`).
const SYSCALL_STOP: i32 = libc::SIGTRAP | 0x80;

/// How long what the command left behind may go on: two seconds of rest, or this many stops.
const GRACE: u32 = 20_000;
/// A rest of a hundredth of a second counts as many stops.
const REST: u32 = 100;

/// Runs a command and watches it.
///
/// # Errors
/// It could not be started or watched. What it does itself is no error: see [`Trace::outcome`].
pub(in crate::observe) fn trace(launch: &Launch) -> Result<Trace, ObserveError> {
    let mut child = start(launch)?;
    let root = Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
    if let Err(errno) = ptrace::seize(root, options()) {
        drop(child.kill());
        drop(child.wait());
        return Err(ObserveError::Denied(errno.into()));
    }
    let own = words(launch);
    let mut tracer = Tracer { root, own, watch: Watch::default(), tasks: HashMap::new(), ended: None, begun: false };
    go(child.stdin.take())?;
    tracer.run()?;
    let (begun, outcome) = (tracer.begun, tracer.ended.unwrap_or_default());
    let mut trace = tracer.watch.finish();
    trace.outcome = outcome;
    if begun { Ok(trace) } else { Err(ObserveError::NotStarted(outcome.status())) }
}

/// The options hold for every process that comes of this one, and all of them die with the tracer.
fn options() -> Options {
    Options::PTRACE_O_EXITKILL
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEEXEC
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACESECCOMP
        | Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACEVFORK
}

/// The words of the process that becomes the command, as the kernel shows them.
fn words(launch: &Launch) -> Vec<u8> {
    let setup = launch.setup.to_arguments();
    let program = [launch.program.as_os_str()];
    let words = program.into_iter().chain(launch.leading.iter().chain(&setup).map(OsString::as_os_str));
    let words = words.chain([OsStr::new("--")]).chain(launch.command.iter().map(OsString::as_os_str));
    words.flat_map(|word| word.as_bytes().iter().copied().chain([0])).collect()
}

fn start(launch: &Launch) -> Result<Child, ObserveError> {
    let mut command = Command::new(&launch.program);
    command.args(&launch.leading).args(launch.setup.to_arguments()).arg("--").args(&launch.command);
    command.current_dir(&launch.directory).stdin(Stdio::piped());
    if launch.clear_environment {
        command.env_clear();
    }
    command.envs(&launch.environment);
    match launch.output {
        Output::Inherit => {}
        Output::ToStderr => {
            use std::os::fd::AsFd as _;
            let stderr = std::io::stderr().as_fd().try_clone_to_owned().map_err(ObserveError::Start)?;
            command.stdout(stderr);
        }
        Output::Discard => {
            command.stdout(Stdio::null()).stderr(Stdio::null());
        }
    }
    command.spawn().map_err(ObserveError::Start)
}

/// Tells the new process that it is watched.
fn go(stdin: Option<ChildStdin>) -> Result<(), ObserveError> {
    let Some(mut stdin) = stdin else { return Ok(()) };
    stdin.write_all(b"!").map_err(ObserveError::Start)
}

struct Tracer {
    root: Pid,
    /// The command line of the process before it becomes the command.
    own: Vec<u8>,
    watch: Watch,
    /// The processes and threads there are, each with the call that it is in, when that is one of ours.
    tasks: HashMap<i32, Option<Pending>>,
    ended: Option<Outcome>,
    /// The command itself was executed.
    begun: bool,
}

impl Tracer {
    fn run(&mut self) -> Result<(), ObserveError> {
        let mut waited = 0u32;
        loop {
            let patience = if self.ended.is_some() { WaitOptions::NOHANG } else { WaitOptions::empty() };
            match rustix::process::wait(patience | traced()) {
                Ok(Some((pid, status))) => self.stopped(Pid::from_raw(pid.as_raw_nonzero().get()), status),
                Ok(None) => {
                    sleep(Duration::from_millis(10));
                    waited = waited.saturating_add(REST);
                }
                Err(rustix::io::Errno::CHILD) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(errno) => return Err(ObserveError::Wait(errno.into())),
            }
            waited = waited.saturating_add(u32::from(self.ended.is_some()));
            if waited >= GRACE {
                self.end_all();
            }
        }
    }

    /// The command has ended; what it left behind is no part of what can be said of it.
    fn end_all(&mut self) {
        if self.watch.trace.left_behind == 0 {
            let processes = self.tasks.keys().filter(|pid| is_process(**pid)).count();
            self.watch.trace.left_behind = u64::try_from(processes).unwrap_or(u64::MAX);
        }
        for pid in self.tasks.keys() {
            // One that is gone already needs no more.
            let _ = kill(Pid::from_raw(*pid), Signal::SIGKILL);
        }
    }

    fn stopped(&mut self, pid: Pid, status: WaitStatus) {
        let outcome = match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => Outcome::Exited(code),
            (_, Some(signal)) => Outcome::Signaled(signal),
            _ => {
                self.look(pid, status.stopping_signal().unwrap_or_default());
                return;
            }
        };
        self.tasks.remove(&pid.as_raw());
        if pid == self.root {
            self.ended = Some(outcome);
        }
    }

    /// A process stopped: looks why, and lets it go on.
    fn look(&mut self, pid: Pid, signal: i32) {
        if !self.tasks.contains_key(&pid.as_raw()) {
            self.watch.trace.tasks = self.watch.trace.tasks.saturating_add(1);
            self.tasks.insert(pid.as_raw(), None);
        }
        if signal == SYSCALL_STOP {
            self.returned(pid);
            return resume(pid, None);
        }
        match event(pid, signal) {
            Some(EVENT_SECCOMP) => self.called(pid),
            Some(EVENT_EXEC) => self.became(pid),
            // Of a new process, of stopping, of forking: nothing to do. A stopped process goes on at once; who stops a whole
            // build from a terminal stops this program with it.
            Some(_) => resume(pid, None),
            None => self.pass_on(pid, signal),
        }
    }

    /// A signal on its way to a process.
    fn pass_on(&mut self, pid: Pid, signal: i32) {
        let known = Signal::try_from(signal).ok();
        if known.is_none() {
            // `nix` has no real-time signals.
            self.watch.trace.gaps.insert(Gap::Signal(signal));
        }
        resume(pid, known);
    }

    /// A process executed something. All its other threads are gone, and this one has the number of the first.
    fn became(&mut self, pid: Pid) {
        let former = ptrace::getevent(pid).ok().and_then(|former| i32::try_from(former).ok());
        if let Some(former) = former.filter(|former| *former != pid.as_raw()) {
            self.tasks.remove(&former);
        }
        self.tasks.insert(pid.as_raw(), None);
        // The new process may not even have become this program when it was seized.
        if !self.begun && std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|words| words == self.own) {
            return resume(pid, None);
        }
        self.begun = true;
        self.watch.executed(pid);
        resume(pid, None);
    }

    /// A process is about to make a call that the filter stops.
    fn called(&mut self, pid: Pid) {
        let told = ptrace::getevent(pid).ok().and_then(|told| u32::try_from(told).ok());
        if told == Some(filter::FOREIGN) {
            let program = Opened::executable(pid).map(|program| program.path).unwrap_or_default();
            self.watch.trace.gaps.insert(Gap::Foreign(program));
            return resume(pid, None);
        }
        let Ok(registers) = Registers::of(pid) else { return resume(pid, None) };
        let call: Option<Call> = calls::call(registers.number);
        let pending = call.and_then(|call| Pending::of(call, pid, &registers, &mut self.watch));
        if pending.is_none() {
            return resume(pid, None);
        }
        self.tasks.insert(pid.as_raw(), pending);
        survive(ptrace::syscall(pid, None));
    }

    /// A call ended.
    fn returned(&mut self, pid: Pid) {
        let Some(pending) = self.tasks.get_mut(&pid.as_raw()).and_then(Option::take) else { return };
        if let Ok(registers) = Registers::of(pid) {
            pending.done(pid, registers.result, &mut self.watch);
        }
    }
}

/// Whether a number is that of a process, not of one of its other threads.
fn is_process(pid: i32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let group = status.lines().find_map(|line| line.strip_prefix("Tgid:"));
    group.is_some_and(|group| group.trim() == pid.to_string())
}

/// Only what this thread traces, and threads as well as processes (`__WNOTHREAD`, `__WALL`).
fn traced() -> WaitOptions {
    let flags = libc::__WNOTHREAD | libc::__WALL;
    WaitOptions::from_bits_retain(flags.cast_unsigned())
}

/// The event that a stop is, when it is not a signal on its way to the process.
fn event(pid: Pid, signal: i32) -> Option<i32> {
    let may_be = [libc::SIGTRAP, libc::SIGSTOP, libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU].contains(&signal);
    if !may_be {
        return None;
    }
    let event = ptrace::getsiginfo(pid).ok()?.si_code.checked_shr(8)?;
    (1..=EVENT_STOP).contains(&event).then_some(event)
}

fn resume(pid: Pid, signal: Option<Signal>) {
    survive(ptrace::cont(pid, signal));
}

/// A process that was killed meanwhile cannot go on, and need not.
fn survive(result: nix::Result<()>) {
    debug_assert!(matches!(result, Ok(()) | Err(Errno::ESRCH)), "{result:?}");
}
