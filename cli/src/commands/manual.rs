//! `plimsoll completions` and `plimsoll man`: from the arguments themselves.

use clap::CommandFactory as _;

use crate::args::Arguments;
use crate::exit;
use crate::failure::Failure;
use crate::output::Target;

pub(super) fn completions(shell: clap_complete::Shell) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "plimsoll", &mut script);
    Target::Stdout.write(|out| out.write_all(&script).map_err(Failure::from))?;
    Ok(exit::DONE)
}

pub(super) fn man(name: Option<&str>) -> Result<u8, Failure> {
    let mut program = Arguments::command();
    program.build();
    let command = match name {
        None => program,
        Some(name) => {
            let found = program.find_subcommand(name).cloned();
            found.ok_or_else(|| Failure::usage(format!("there is no command {name:?}")))?
        }
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    Target::Stdout.write(|out| out.write_all(&page).map_err(Failure::from))?;
    Ok(exit::DONE)
}
