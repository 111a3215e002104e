//! The replay in a terminal: it opens, walks to a cause, quits, and leaves the terminal as it was.
//!
//! The invariant: nothing here waits for a length of time; it reads until it has seen enough.

use nix::pty::{OpenptyResult, Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{Termios, tcgetattr};
use nix::unistd::Pid;
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

const RUN: [&str; 4] = ["replay", "raft/bugs/lease-read-clock-drift", "--seed", "2"];
const OPENED: &str = "\x1b[?1049h";
const CLOSED: &str = "\x1b[?1049l";

struct Desk {
    master: File,
    slave: File,
    before: Termios,
    child: Child,
    read: String,
}

impl Desk {
    fn open() -> Desk {
        let size = Winsize { ws_row: 36, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
        let OpenptyResult { master, slave } = openpty(&size, None).expect("there are terminals");
        let slave = File::from(slave);
        let before = tcgetattr(&slave).expect("it is a terminal");
        let end = || Stdio::from(slave.try_clone().expect("it can be shared"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
        command.args(RUN).env("TERM", "xterm-256color").env_remove("CARGO");
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().expect("it starts");
        Desk { master: File::from(master), slave, before, child, read: String::new() }
    }

    /// Reads until the screen has said something since it was asked last.
    fn until(&mut self, wanted: &str) -> String {
        let mut bytes = [0; 4096];
        loop {
            if let Some(at) = self.read.find(wanted) {
                let rest = self.read.split_off(at + wanted.len());
                return std::mem::replace(&mut self.read, rest);
            }
            let count = self.master.read(&mut bytes).expect("the terminal is there");
            assert_ne!(count, 0, "it ended before it said {wanted:?}");
            self.read.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    }

    fn press(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// That the terminal is as it was found.
    fn is_restored(&self) {
        let after = tcgetattr(&self.slave).expect("it is a terminal");
        assert_eq!(after, self.before);
    }
}

#[test]
fn it_opens_walks_to_the_cause_quits_and_restores_the_terminal() {
    let mut desk = Desk::open();
    desk.until(OPENED);
    desk.until("you are at the violation");
    assert_ne!(tcgetattr(&desk.slave).expect("it is a terminal"), desk.before);
    desk.press("hhy");
    desk.until("\x1b]52;c;");
    desk.press("q");
    desk.until(CLOSED);
    desk.until("\x1b[?25h");
    assert!(desk.child.wait().expect("it ends").success());
    desk.is_restored();
}

#[test]
fn a_signal_restores_the_terminal() {
    let mut desk = Desk::open();
    desk.until("you are at the violation");
    let process = Pid::from_raw(i32::try_from(desk.child.id()).expect("a process id is small"));
    kill(process, Signal::SIGTERM).expect("it runs");
    desk.until(CLOSED);
    desk.child.wait().expect("it ends");
    desk.is_restored();
}
