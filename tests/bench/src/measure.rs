//! Reads processor time and memory of processes, and sums up times.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// Seconds of processor time that a process has used.
pub(crate) fn processor_seconds(process: &str) -> Result<f64> {
    Ok(seconds(process)?.0)
}

/// Seconds of processor time that a server has used: its processes that live, and those that it has waited for.
pub(crate) fn server_seconds(server: u32) -> Result<f64> {
    let (own, ended) = seconds(&server.to_string())?;
    let children = fs::read_to_string(format!("/proc/{server}/task/{server}/children"))?;
    // One that ends just now is counted by neither; it had its say before.
    let living: f64 = children.split_whitespace().filter_map(|child| processor_seconds(child).ok()).sum();
    Ok(own + ended + living)
}

/// Of the process itself, and of the children that it has waited for.
fn seconds(process: &str) -> Result<(f64, f64)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name may hold spaces and brackets.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok());
    // proc(5): utime and stime are the 14th and 15th field; two are before the split. Linux has 100 ticks a second.
    let used = |first: usize| ticks(first).zip(ticks(first + 1)).map(|(user, system)| (user + system) / 100.0);
    used(11).zip(used(13)).context("/proc/stat is not as expected")
}

/// The most memory that this process has used, in megabytes.
pub(crate) fn peak_megabytes(process: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kilobytes: f64 = line.trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes / 1000.0)
}

/// Processor and wall time from its making on.
pub(crate) struct Watch {
    start: Instant,
    used: f64,
}

impl Watch {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { start: Instant::now(), used: processor_seconds("self")? })
    }

    /// Processor seconds and wall seconds since.
    pub(crate) fn read(&self) -> Result<(f64, f64)> {
        Ok((processor_seconds("self")? - self.used, self.start.elapsed().as_secs_f64()))
    }
}

/// How long one question took, many times over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// The first time, when nothing was in memory of the process.
    pub(crate) first: Duration,
    pub(crate) median: Duration,
    /// 95 of 100 took no longer.
    pub(crate) slow: Duration,
}

impl Times {
    /// Asks once and then so many times.
    pub(crate) fn of(runs: usize, mut ask: impl FnMut() -> Result<()>) -> Result<Self> {
        let mut time = || -> Result<Duration> {
            let start = Instant::now();
            ask()?;
            Ok(start.elapsed())
        };
        let first = time()?;
        let mut all = (0..runs).map(|_| time()).collect::<Result<Vec<_>>>()?;
        all.sort();
        let at = |percent: usize| all.get(all.len() * percent / 100).copied().unwrap_or(first);
        Ok(Self { first, median: at(50), slow: at(95) })
    }

    /// `0.31 / 0.52 (first 1.2)`, in milliseconds.
    pub(crate) fn text(&self) -> String {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        let [median, slow, first] = [self.median, self.slow, self.first].map(milliseconds);
        format!("{median:.2} / {slow:.2} (first {first:.1})")
    }
}
