use plimsoll_provenance::observe::*;
use std::ffi::OsString;
fn main() {
    let mut a: Vec<OsString> = std::env::args_os().skip(1).collect();
    if a.first().is_some_and(|x| x == "CHILD") {
        let at = a.iter().position(|w| w == "--").unwrap();
        let cmd = a.split_off(at + 1);
        let hermetic = a.iter().any(|w| w == "--hermetic");
        let e = launch(&Setup { hermetic, ..Setup::default() }, &cmd);
        eprintln!("{e:?}");
        std::process::exit(e.status().into());
    }
    let hermetic = a[0] == "--hermetic";
    if hermetic { a.remove(0); }
    let out = std::env::var("OUT").ok();
    let l = Launch { program: std::env::current_exe().unwrap(), leading: vec!["CHILD".into()], command: a, directory: ".".into(), environment: Default::default(), clear_environment: false, output: Output::Inherit, setup: Setup { hermetic, ..Setup::default() } };
    let t = trace(&l).unwrap();
    if let Some(o) = out { let mut s = String::new(); for (p, f) in &t.files { s += &format!("{} {f:?}\n", p.display()); } std::fs::write(o, s).unwrap(); }
    eprintln!("{:?} files={} tasks={} exec={} left={} gaps={:?} conn={:?}", t.outcome, t.files.len(), t.tasks, t.executions, t.left_behind, t.gaps, t.connections);
    std::process::exit(t.outcome.status().into());
}
