//! Linearizability: one hand-written history for each thing that can be said.

use expect_test::{Expect, expect};
use squall_check::{
    Budget, Counter, CounterAnswer, CounterOp, History, Key, Kv, KvAnswer, KvOp, Model, Register,
    RegisterAnswer, RegisterOp, Verdict, linearizable,
};

type KvHistory = History<KvOp, KvAnswer>;

const X: Key = Key(0);

fn write(history: &mut KvHistory, client: u32, value: u64, from: u64, to: u64) {
    history.complete(client, KvOp::Write { key: X, value }, KvAnswer::Written, from, to);
}

fn read(history: &mut KvHistory, client: u32, value: u64, from: u64, to: u64) {
    let value = (value > 0).then_some(value);
    history.complete(client, KvOp::Read { key: X }, KvAnswer::Value(value), from, to);
}

fn check<M: Model>(history: &History<M::Operation, M::Answer>, want: Expect) {
    let said = match linearizable::<M>(history, Budget::default()) {
        Verdict::Ok(order) => {
            let parts = order.parts.iter().map(|part| {
                let places: Vec<u32> = part.operations.iter().map(|place| place.0).collect();
                format!("{}: {places:?}", part.part.as_deref().unwrap_or("all"))
            });
            parts.collect::<Vec<_>>().join("; ")
        }
        Verdict::Violated(evidence) => {
            let window: Vec<u32> = evidence.window.iter().map(|place| place.0).collect();
            let against = evidence.contradicted_by.map(|place| place.0);
            let place = evidence.unexplained.0;
            format!("{evidence}\nwindow {window:?}, unexplained {place}, against {against:?}")
        }
        Verdict::Undecided => String::from("undecided"),
    };
    want.assert_eq(&said);
}

#[test]
fn an_empty_history_is_in_order() {
    check::<Kv>(&History::default(), expect![""]);
}

#[test]
fn overlapping_operations_may_take_effect_either_way() {
    let mut history = History::default();
    write(&mut history, 1, 5, 1, 10);
    read(&mut history, 2, 5, 2, 3);
    read(&mut history, 3, 5, 4, 6);
    check::<Kv>(&history, expect!["x: [0, 1, 2]"]);
}

#[test]
fn a_stale_read_is_contradicted_by_the_write_it_missed() {
    let mut history = History::default();
    write(&mut history, 1, 5, 1, 2);
    write(&mut history, 2, 7, 390, 397);
    read(&mut history, 1, 5, 404, 410);
    check::<Kv>(
        &history,
        expect![[r#"
            stale-read: c1 read x = 5, but c2's write of 7 had completed at #397, before that read began at #404.
            window [0, 1, 2], unexplained 2, against Some(1)"#]],
    );
}

#[test]
fn a_read_after_a_newer_read_is_stale_too() {
    let mut history = History::default();
    write(&mut history, 1, 5, 1, 2);
    write(&mut history, 2, 7, 3, 90);
    read(&mut history, 3, 7, 4, 5);
    read(&mut history, 1, 5, 6, 7);
    check::<Kv>(
        &history,
        expect![[r#"
            stale-read: c1 read x = 5, but c3 had read 7 by #5, before that read began at #6.
            window [0, 2, 3], unexplained 3, against Some(2)"#]],
    );
}

#[test]
fn a_value_that_nobody_wrote_is_named() {
    let mut history = History::default();
    write(&mut history, 1, 5, 1, 2);
    read(&mut history, 2, 6, 3, 4);
    check::<Kv>(
        &history,
        expect![[r#"
            unwritten-value: c2 read x = 6, but nothing ever wrote 6.
            window [1], unexplained 1, against None"#]],
    );
}

#[test]
fn a_value_from_the_future_is_named() {
    let mut history = History::default();
    read(&mut history, 2, 6, 1, 2);
    write(&mut history, 1, 6, 3, 4);
    check::<Kv>(
        &history,
        expect![[r#"
            read-before-write: c2 read x = 6 by #2, but the first write of 6 began only at #3.
            window [0, 1], unexplained 0, against Some(1)"#]],
    );
}

#[test]
fn what_has_no_name_is_no_order() {
    let mut history = History::default();
    let cas = |expected, new| KvOp::Cas { key: X, expected, new };
    write(&mut history, 1, 5, 1, 2);
    history.complete(1, cas(5, 6), KvAnswer::Swapped(true), 3, 8);
    history.complete(2, cas(5, 7), KvAnswer::Swapped(true), 4, 9);
    check::<Kv>(
        &history,
        expect![[r#"
            no-order: c2 swapped out x = 5 at #9, which nothing that came before it explains.
            window [2], unexplained 2, against None"#]],
    );
}

#[test]
fn an_unknown_operation_may_take_effect_late_or_never() {
    let mut history = History::default();
    history.pend(1, KvOp::Write { key: X, value: 5 }, 1);
    history.pend(2, KvOp::Write { key: X, value: 6 }, 2);
    read(&mut history, 3, 0, 3, 4);
    read(&mut history, 3, 5, 5, 6);
    check::<Kv>(&history, expect!["x: [2, 0, 3]"]);
}

#[test]
fn an_unknown_operation_takes_effect_only_once() {
    let mut history = History::default();
    history.pend(1, KvOp::Write { key: X, value: 5 }, 1);
    read(&mut history, 3, 5, 3, 4);
    write(&mut history, 2, 6, 5, 6);
    read(&mut history, 3, 5, 7, 8);
    check::<Kv>(
        &history,
        expect![[r#"
            no-order: c3 read x = 5 at #8, which no order of the 2 operations then open explains.
            window [0, 3], unexplained 3, against None"#]],
    );
}

#[test]
fn keys_are_judged_apart() {
    let mut history = History::default();
    for (key, client) in [(Key(0), 1), (Key(3), 2), (Key(1), 3)] {
        let at = u64::from(client) * 10;
        let value = 7;
        history.complete(client, KvOp::Write { key, value }, KvAnswer::Written, at, at + 1);
        let answer = KvAnswer::Value(Some(value));
        history.complete(client, KvOp::Read { key }, answer, at + 2, at + 3);
    }
    check::<Kv>(&history, expect!["x: [0, 1]; y: [4, 5]; k4: [2, 3]"]);
}

#[test]
fn a_completion_and_the_next_invocation_may_share_a_position() {
    let mut history = History::default();
    history.complete(1, RegisterOp::Write(1), RegisterAnswer::Ok, 1, 5);
    history.complete(1, RegisterOp::Read, RegisterAnswer::Value(0), 5, 6);
    check::<Register>(
        &history,
        expect![[r#"
            stale-read: c1 read 0, but c1's write of 1 had completed at #5, before that read began at #5.
            window [0, 1], unexplained 1, against Some(0)"#]],
    );
}

#[test]
fn a_spent_budget_is_undecided() {
    let mut history = History::default();
    write(&mut history, 1, 5, 1, 2);
    assert_eq!(linearizable::<Kv>(&history, Budget(0)), Verdict::Undecided);
}

#[test]
fn a_hundred_open_operations_fit() {
    for pending in [63, 64, 65, 128, 129, 300] {
        let mut history = History::default();
        for client in 0..pending {
            let value = u64::from(client) + 1;
            history.pend(client + 1, RegisterOp::Write(value), value);
        }
        let last = u64::from(pending);
        history.complete(900, RegisterOp::Read, RegisterAnswer::Value(last), 1000, 1001);
        history.complete(900, RegisterOp::Read, RegisterAnswer::Value(1), 1002, 1003);
        let verdict = linearizable::<Register>(&history, Budget::default());
        assert!(verdict.order().is_some(), "{pending} pending: {verdict:?}");
        history.complete(900, RegisterOp::Read, RegisterAnswer::Value(last), 1004, 1005);
        let verdict = linearizable::<Register>(&history, Budget(100_000));
        assert!(verdict.evidence().is_some(), "{pending} pending: {verdict:?}");
    }
}

#[test]
fn hundreds_of_open_operations_do_not_explode() {
    let mut history = History::default();
    for client in 0..400 {
        history.pend(
            client + 1,
            CounterOp::Add(3 * (i64::from(client) + 1)),
            u64::from(client) + 1,
        );
    }
    history.complete(900, CounterOp::Read, CounterAnswer::Value(3), 1000, 1001);
    history.complete(900, CounterOp::Read, CounterAnswer::Value(1), 1002, 1003);
    assert_eq!(linearizable::<Counter>(&history, Budget(300_000)), Verdict::Undecided);
}
