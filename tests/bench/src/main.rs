//! Measures the inventory at scale, and the admission webhook; `docs/benchmarks.md` and `docs/concepts/scale.md` hold what came out.
//!
//! `cargo run --release -p plimsoll-bench -- table` prints all of it in Markdown. Linux only: it reads `/proc`.

mod admission;
mod baseline;
mod gate;
mod generate;
mod inventory;
mod measure;
mod options;
mod questions;

use std::process::ExitCode;

use anyhow::Result;

const USAGE: &str = "\
usage: plimsoll-bench table [SHAPE]
       plimsoll-bench generate [SHAPE] (--out DIRECTORY | --tar | --discard)
       plimsoll-bench baseline [SHAPE] [--postgres]
       plimsoll-bench gate [--binary FILE] [--components N] [--findings N] [--runs N]
       plimsoll-bench inventory [SHAPE] [--postgres] [--batch N]
       plimsoll-bench admission --url URL --ca FILE --review FILE [--connections N] [--seconds N]

SHAPE: [--applications N] [--builds N] [--components N] [--churn PER_MILLE] [--spdx PERCENT] [--seed N] [--order time|application]";

fn main() -> Result<ExitCode> {
    let mut arguments = options::Arguments::new(std::env::args().skip(1));
    let command = arguments.word();
    if command.as_deref() == Some("gate") {
        gate::run(&mut arguments)?;
        return Ok(ExitCode::SUCCESS);
    }
    let shape = options::shape(&mut arguments)?;
    match command.as_deref() {
        Some("admission") => admission::run(&mut arguments)?,
        Some("baseline") => baseline::run(&shape, &mut arguments)?,
        Some("generate") => generate::run(&shape, &mut arguments)?,
        Some("inventory") => inventory::run(&shape, &mut arguments)?,
        Some("table") => table(&shape)?,
        Some("job") => inventory::job(&mut arguments)?,
        _ => anyhow::bail!("{USAGE}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// All of it. Some minutes; at most 8 GB of the temporary directory at a time.
fn table(made: &options::Made) -> Result<()> {
    let universe = plimsoll_bench::Universe::new(made.shape.seed, 100);
    generate::discard(&universe, made)?;
    for postgres in [false, true] {
        inventory::report(&universe, made, postgres, inventory::BATCH)?;
        baseline::report(&universe, made, postgres)?;
    }
    Ok(())
}
