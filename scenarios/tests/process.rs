//! The binary as a process of its own: what only a process has.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

fn squall(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
    command.args(arguments).env_remove("CARGO").env_remove("NO_COLOR");
    command
}

#[test]
fn the_process_ends_with_the_exit_code() {
    let listed = squall(&["list"]).output().expect("it starts");
    assert_eq!(listed.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&listed.stdout).contains("raft/partition"));
    let unknown = squall(&["run", "raft/clock-drft"]).output().expect("it starts");
    assert_eq!(unknown.status.code(), Some(2));
    let want =
        "squall: no scenario is called `raft/clock-drft`; did you mean `raft/clock-drift`?\n";
    assert_eq!(String::from_utf8_lossy(&unknown.stderr), want);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = squall(&["run", "raft/steady", "--seed", "1", "--events"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut first = String::new();
    out.read_line(&mut first).expect("it prints");
    assert!(first.starts_with("seed 1 · raft/steady"), "{first}");
    drop(out);
    let mut words = String::new();
    let mut err = child.stderr.take().expect("it is piped");
    err.read_to_string(&mut words).expect("it is UTF-8");
    assert_eq!((child.wait().expect("it ends").code(), words.as_str()), (Some(0), ""));
}

#[test]
fn what_it_prints_when_it_fails_can_be_typed_again() {
    let program = env!("CARGO_BIN_EXE_squall");
    let run = ["run", "raft/steady", "--seed", "7", "--set", "limits.events=1000"];
    let failed = squall(&run).output().expect("it starts");
    assert_eq!(failed.status.code(), Some(4));
    let said = String::from_utf8_lossy(&failed.stdout);
    let want = format!("{program} run raft/steady --seed 7 --set limits.events=1000");
    let again = said.lines().find(|line| line.starts_with("again"));
    assert_eq!(again, Some(format!("again   {want}").as_str()));
}
