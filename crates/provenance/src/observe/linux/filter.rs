//! The seccomp program: what stops for the tracer, and what runs at full speed.
//! <https://docs.kernel.org/userspace-api/seccomp_filter.html>
//!
//! Written as instructions, not with the rules of `seccompiler`: those kill a program of another architecture, while here it
//! shall run, and be reported.

use seccompiler::sock_filter;

use super::calls;

/// `BPF_LD | BPF_W | BPF_ABS`
const LOAD: u16 = 0x20;
/// `BPF_JMP | BPF_JEQ | BPF_K`
const JUMP_IF_EQUAL: u16 = 0x15;
/// `BPF_JMP | BPF_JGE | BPF_K`
const JUMP_IF_AT_LEAST: u16 = 0x35;
/// `BPF_RET | BPF_K`
const RETURN: u16 = 0x06;

/// Offsets into `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
/// The fifth argument, in two halves.
const ADDRESS: [u32; 2] = [48, 52];

const ALLOW: u32 = 0x7fff_0000;
const TRACE: u32 = 0x7ff0_0000;
const REFUSE: u32 = 0x0005_0000;
const ENOSYS: u32 = 38;
const EPERM: u32 = 1;

/// What the tracer is told with a stop: an ordinary system call.
pub(super) const ORDINARY: u32 = 1;
/// What the tracer is told with a stop: a system call of another architecture.
pub(super) const FOREIGN: u32 = 2;

/// System calls of the x32 interface have this bit in their number.
const X32: u32 = 0x4000_0000;

fn load(offset: u32) -> sock_filter {
    sock_filter { code: LOAD, jt: 0, jf: 0, k: offset }
}

fn give(action: u32) -> sock_filter {
    sock_filter { code: RETURN, jt: 0, jf: 0, k: action }
}

/// Gives `action` when what was loaded is `value`.
fn when(value: u32, action: u32) -> [sock_filter; 2] {
    [sock_filter { code: JUMP_IF_EQUAL, jt: 0, jf: 1, k: value }, give(action)]
}

fn number(call: i64) -> u32 {
    u32::try_from(call).unwrap_or(u32::MAX)
}

/// The program. Under `hermetic` a namespace cannot be entered.
pub(super) fn program(hermetic: bool) -> Vec<sock_filter> {
    let (foreign, foreign_calls) = calls::FOREIGN;
    let mut program = vec![load(ARCHITECTURE)];
    let mut sibling = vec![load(NUMBER)];
    sibling.extend(foreign_calls.iter().flat_map(|call| when(*call, TRACE | FOREIGN)));
    sibling.push(give(ALLOW));
    // Not the sibling: past its part.
    let past = u8::try_from(sibling.len()).unwrap_or(u8::MAX);
    program.push(sock_filter { code: JUMP_IF_EQUAL, jt: 0, jf: past, k: foreign });
    program.extend(sibling);
    // Neither the one nor the other.
    program.push(sock_filter { code: JUMP_IF_EQUAL, jt: 1, jf: 0, k: calls::NATIVE });
    program.push(give(TRACE | FOREIGN));
    program.push(load(NUMBER));
    if cfg!(target_arch = "x86_64") {
        program.push(sock_filter { code: JUMP_IF_AT_LEAST, jt: 0, jf: 1, k: X32 });
        program.push(give(TRACE | FOREIGN));
    }
    program.extend(calls::CALLS.iter().flat_map(|(call, _)| when(number(*call), TRACE | ORDINARY)));
    program.extend(when(number(calls::IO_URING_SETUP), REFUSE | ENOSYS));
    if hermetic {
        program.extend(when(number(calls::SETNS), REFUSE | EPERM));
    }
    let mut with_address = Vec::new();
    for half in ADDRESS {
        with_address.push(load(half));
        with_address.push(sock_filter { code: JUMP_IF_EQUAL, jt: 1, jf: 0, k: 0 });
        with_address.push(give(TRACE | ORDINARY));
    }
    let past = u8::try_from(with_address.len()).unwrap_or(u8::MAX);
    program.push(sock_filter { code: JUMP_IF_EQUAL, jt: 0, jf: past, k: number(calls::SEND_TO) });
    program.extend(with_address);
    program.push(give(ALLOW));
    program
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the program answers, by running it as the kernel does.
    fn answer(program: &[sock_filter], architecture: u32, number: u32, address: u64) -> u32 {
        let (mut loaded, mut at) = (0, 0);
        loop {
            let instruction = &program[at];
            at += 1;
            let jump = |taken: bool| usize::from(if taken { instruction.jt } else { instruction.jf });
            match instruction.code {
                LOAD => {
                    loaded = match instruction.k {
                        NUMBER => number,
                        ARCHITECTURE => architecture,
                        48 => (address & 0xffff_ffff) as u32,
                        52 => (address >> 32) as u32,
                        other => panic!("loads {other}"),
                    }
                }
                JUMP_IF_EQUAL => at += jump(loaded == instruction.k),
                JUMP_IF_AT_LEAST => at += jump(loaded >= instruction.k),
                RETURN => return instruction.k,
                other => panic!("instruction {other:#x}"),
            }
        }
    }

    #[test]
    fn stops_what_is_listed_and_nothing_else() {
        let program = program(false);
        for call in 0..600 {
            let listed = calls::CALLS.iter().any(|(known, _)| *known == i64::from(call));
            let refused = i64::from(call) == calls::IO_URING_SETUP;
            let expected = match (listed, refused) {
                (true, _) => TRACE | ORDINARY,
                (_, true) => REFUSE | ENOSYS,
                _ => ALLOW,
            };
            assert_eq!(answer(&program, calls::NATIVE, call, 0), expected, "system call {call}");
        }
    }

    #[test]
    fn sending_stops_only_with_an_address() {
        let (program, call) = (program(false), number(calls::SEND_TO));
        assert_eq!(answer(&program, calls::NATIVE, call, 0), ALLOW);
        for address in [1, 0xffff_ffff, 1 << 32, u64::MAX] {
            assert_eq!(answer(&program, calls::NATIVE, call, address), TRACE | ORDINARY);
        }
    }

    #[test]
    fn other_architectures_are_reported() {
        let program = program(true);
        let (sibling, opens) = calls::FOREIGN;
        assert_eq!(answer(&program, sibling, opens[0], 0), TRACE | FOREIGN);
        assert_eq!(answer(&program, sibling, 3, 0), ALLOW);
        assert_eq!(answer(&program, 0x1234, 3, 0), TRACE | FOREIGN);
        assert_eq!(answer(&program, calls::NATIVE, number(calls::SETNS), 0), REFUSE | EPERM);
        if cfg!(target_arch = "x86_64") {
            assert_eq!(answer(&program, calls::NATIVE, X32 | 2, 0), TRACE | FOREIGN);
        }
    }
}
