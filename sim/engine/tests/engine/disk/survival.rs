//! Logs, slots and files survive every choice of the storm: after a crash at any step they hold
//! what they held at some instant between the last complete sync and the crash.

use crate::laws::cases;
use crate::script::{plan, run_plan};
use proptest::prelude::*;
use std::fmt::Debug;

#[derive(Clone, Copy, Debug)]
enum Op {
    Append,
    Cut(u64),
    Slot,
    File,
    Sync,
    Begin,
    SyncFile,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => Just(Op::Append),
        2 => (0u64..8).prop_map(Op::Cut),
        4 => Just(Op::Slot),
        3 => Just(Op::File),
        2 => Just(Op::Sync),
        3 => Just(Op::Begin),
        1 => Just(Op::SyncFile),
    ]
}

/// What the log, the slot and the file hold.
#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    log: Vec<u64>,
    slot: Option<u64>,
    file: String,
}

/// What the op with this number does, and the script for it.
fn apply(state: &mut State, op: Op, number: u64) -> String {
    match op {
        Op::Append => {
            state.log.push(number);
            format!("log {number}")
        }
        Op::Cut(length) => {
            state.log.truncate(length as usize);
            format!("cut {length}")
        }
        Op::Slot => {
            state.slot = Some(number);
            format!("slot {number}")
        }
        Op::File => {
            let letter = char::from(b'a' + (number % 26) as u8);
            state.file.push(letter);
            format!("append f {letter}")
        }
        Op::Sync => "sync".to_string(),
        Op::Begin => "begin".to_string(),
        Op::SyncFile => "sync f".to_string(),
    }
}

/// How far a life got: the ops that had begun, and those that had been synced.
#[derive(Debug, Default)]
struct Life {
    begun: usize,
    synced: usize,
    file_synced: usize,
}

/// What the transcript of one life says. Ops come in groups, one handler each.
fn life(lines: &[&str], groups: &[Vec<Op>]) -> Life {
    let mut life = Life::default();
    let mut begins = Vec::new();
    let mut told = 0;
    let (mut done, mut blocking) = (0, Vec::new());
    for line in lines {
        if line.contains("n1 timer") {
            let group = groups.get(blocking.len()).map_or(&[][..], Vec::as_slice);
            let ends = group.iter().enumerate();
            let syncs: Vec<(usize, Op)> = ends
                .filter(|(_, op)| matches!(op, Op::Sync | Op::SyncFile))
                .map(|(at, op)| (done + at, *op))
                .collect();
            let ends = group.iter().enumerate();
            begins.extend(ends.filter(|(_, op)| matches!(op, Op::Begin)).map(|(at, _)| done + at));
            done += group.len();
            blocking.push(syncs);
        } else if line.contains("n1 synced") {
            let (at, op) = blocking.last_mut().expect("a handler runs").remove(0);
            match op {
                Op::Sync => life.synced = life.synced.max(at),
                _ => life.file_synced = life.file_synced.max(at),
            }
        } else if line.contains("told of its sync") {
            life.synced = life.synced.max(begins[told]);
            told += 1;
        }
    }
    life.begun = done;
    life.file_synced = life.file_synced.max(life.synced);
    life
}

/// Some state from `synced` on agrees with what was found.
fn held<T: PartialEq + Debug>(
    states: &[State],
    range: std::ops::RangeInclusive<usize>,
    found: &T,
    part: impl Fn(&State) -> T,
) -> Result<(), TestCaseError> {
    let legal: Vec<T> = states[range].iter().map(part).collect();
    prop_assert!(legal.contains(found), "found {:?}, of {:?}", found, legal);
    Ok(())
}

fn found(line: &str) -> State {
    let part = |from: &str, to: &str| {
        let rest = line.split_once(from).map_or("", |(_, rest)| rest);
        rest.split_once(to).map_or("", |(part, _)| part).to_string()
    };
    let numbers = |text: &str| -> Vec<u64> {
        text.split(',').filter_map(|number| number.trim().parse().ok()).collect()
    };
    let file = part("file ", " end");
    State {
        log: numbers(&part("log [", "]")),
        slot: part("slot Some(", ")").parse().ok(),
        file: if file == "none" { String::new() } else { file },
    }
}

/// The states before and after each op, from one on.
fn states(groups: &[Vec<Op>], first: u64, mut state: State) -> Vec<State> {
    let mut states = vec![state.clone()];
    for (op, number) in groups.iter().flatten().zip(first..) {
        apply(&mut state, *op, number);
        states.push(state.clone());
    }
    states
}

/// Handlers that do one group of ops each, one after another.
fn chain(groups: &[Vec<Op>], first: u64) -> String {
    let (mut script, mut numbers) = (String::new(), first..);
    for (group, own) in groups.iter().zip(first..) {
        let numbered = group.iter().zip(&mut numbers);
        let steps: Vec<String> =
            numbered.map(|(op, number)| apply(&mut State::default(), *op, number)).collect();
        script.push_str(&format!("n1 timer {own}: set {} 700us; {}\n", own + 1, steps.join("; ")));
    }
    script
}

fn fault(name: &str, step: u64, unsynced: &str) -> String {
    format!(
        "fault {{ name = \"{name}\", step = {step}, nodes = \"n1\",
         + crash = {{ down = \"1ms\", unsynced = \"{unsynced}\" }} }}\n"
    )
}

fn groups() -> impl Strategy<Value = Vec<Vec<Op>>> {
    proptest::collection::vec(proptest::collection::vec(op(), 1..5), 4..14)
}

/// Compares what was recovered at a restart with what one life may have left.
fn check_life(
    lines: &[&str],
    restart: &str,
    groups: &[Vec<Op>],
    states: &[State],
) -> Result<State, TestCaseError> {
    let life = life(lines, groups);
    let found = found(&restart.replace(" · ", " "));
    held(states, life.synced..=life.begun, &found.log, |state| state.log.clone())?;
    held(states, life.synced..=life.begun, &found.slot, |state| state.slot)?;
    held(states, life.file_synced..=life.begun, &found.file, |state| state.file.clone())?;
    Ok(found)
}

proptest! {
    #![proptest_config(cases(400))]
    #[test]
    fn what_is_recovered_was_there_between_the_last_sync_and_the_crash(
        first in groups(),
        second in groups(),
        step in 3u64..45,
        more in 1u64..30,
        seed in any::<u64>(),
        unsynced in proptest::sample::select(vec!["random", "random", "tear", "drop", "keep"]),
    ) {
        let mut script = "set disk.sync=300us..2ms\nset cluster.nodes=1
            n1 start: set 1 0s
            n1 restart: note log; note slot; note file; note read f; note end; set 1001 0s\n"
            .to_string();
        script.push_str(&chain(&first, 1));
        script.push_str(&chain(&second, 1001));
        script.push_str(&fault("die", step, unsynced));
        script.push_str(&fault("die-again", step + more, "random"));
        let transcript = run_plan(plan(&script, seed)).transcript;
        let lines: Vec<&str> = transcript.lines().collect();
        let at = |words: &str, from: usize| {
            let found = lines[from..].iter().position(|line| line.contains(words))?;
            Some(from + found)
        };
        let Some(crash) = at("n1 crashes", 0) else { return Ok(()) };
        let restart = at("restarts", crash).expect("it restarts");
        let states_before = states(&first, 1, State::default());
        let found = check_life(&lines[..crash], lines[restart], &first, &states_before)?;
        let Some(crash) = at("n1 crashes", restart) else { return Ok(()) };
        let again = at("restarts", crash).expect("it restarts again");
        let states_after = states(&second, 1001, found);
        check_life(&lines[restart..crash], lines[again], &second, &states_after)?;
    }
}
