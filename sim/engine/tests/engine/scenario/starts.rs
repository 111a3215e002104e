//! Triggers and the other starts of a fault: what is told about those that make no sense.

use super::names::fault;

#[test]
fn triggers() {
    let when = |keys: &str, want: &str| {
        fault(&format!("nodes = \"it\"\ncrash = {{}}\nwhen = {{ {keys} }}"), want);
    };
    when("role = \"leader\", changed = true, nth = 2, within = \"5s\"", "fine");
    when("nodes = \"leader\", point = \"after-sync\", file = \"log\", nth = 3", "fine");
    when("event = \"leader-change\"", "fine");
    when("message = \"Append\", point = \"before-send\", file = \"x\", required = true", "fine");
    when(
        "rol = \"leader\"",
        "s.toml:12:10: unknown key `rol` in [faults.when]; did you mean `role`?",
    );
    when(
        "point = \"aftersync\"",
        "s.toml:12:18: `aftersync` is not a value of `point`; did you mean `after-sync`?",
    );
    when("role = \"laeder\"", "s.toml:12:17: raft has no role `laeder`; did you mean `leader`?");
    when(
        "event = \"tmier\"",
        "s.toml:12:18: no handler is told of `tmier`, and nothing marks it; did you mean `timer`?",
    );
    when(
        "nodes = \"n9\", event = \"timer\"",
        "s.toml:12:18: no node is called `n9`; there are n1..n5",
    );
    when(
        "nodes = \"random 2\", event = \"timer\"",
        "s.toml:12:18: `random 2` names nobody whose doings could be looked at",
    );
    when(
        "nodes = \"n1\"",
        "s.toml:12:1: nothing pulls this trigger; expected `event`, `role`, `field`, `message` or \
         `point`",
    );
    when(
        "event = \"timer\", changed = true",
        "s.toml:12:27: `changed` says that a `role` or `field` did, and neither is named",
    );
    when(
        "event = \"timer\", file = \"log\"",
        "s.toml:12:27: `file` narrows the syncs of a `point`, which is missing",
    );
    when("event = \"timer\", nth = 0", "s.toml:12:33: occurrences are counted from 1");
    when(
        "event = \"timer\", nth = -1",
        "s.toml:12:33: expected an integer that is 0 or more, found the integer -1",
    );
    when("event = \"timer\", within = \"0s\"", "s.toml:12:36: nothing happens within 0s");
    fault(
        "at = \"1s\"\nnodes = \"it\"\ncrash = {}",
        "s.toml:9:1: `it` is who pulled the trigger, and this fault has no `when`",
    );
    fault(
        "at = \"1s\"\nwhen = { event = \"timer\" }\nnodes = \"n1\"\ncrash = {}",
        "s.toml:11:1: a fault has one start, this one has `at` and `when`",
    );
}

#[test]
fn starts_that_pinning_writes() {
    let with = |start: &str, want: &str| {
        fault(&format!("nodes = \"n1\"\ncrash = {{}}\n{start}"), want);
    };
    with("at = \"1s\"\npast = 12", "fine");
    with("handler = 12", "fine");
    with("after_step = 12", "fine");
    with("step = 12\nof = \"n2\"", "fine");
    with(
        "handler = 1\npast = 12",
        "s.toml:13:1: `past` says what comes first at the instant in `at`, which is missing",
    );
    with("after_step = 0", "s.toml:12:14: steps are counted from 1");
    with("step = 3\nof = \"n9\"", "s.toml:13:6: no node is called `n9`");
    with(
        "at = \"1s\"\nof = \"n2\"",
        "s.toml:13:1: `of` says whose steps are counted, and there is no `step`",
    );
}
