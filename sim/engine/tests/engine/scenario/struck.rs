//! Faults that strike nodes, and what `[chaos]` says of them: an unknown key and a wrong value of
//! each table, with line and column.

use super::{LEAST, check, check_file};

#[test]
fn clock_faults() {
    let clock = |clock: &str| format!("[[faults]]\nnodes = \"n1\"\nat = \"1s\"\nclock = {clock}");
    check(
        &clock("{ drft = \"-10%\" }"),
        "s.toml:10:11: unknown key `drft` in [faults.clock]; did you mean `drift`?",
    );
    check(
        &clock("{ drift = \"-10\" }"),
        "s.toml:10:19: `10` is not a ratio such as `1%` or `5ppm`",
    );
    check(
        &clock("{ jump = \"soon\" }"),
        "s.toml:10:18: `soon` is not a duration such as `150ms`, `2s` or `5m`",
    );
    check(
        &clock("{}"),
        "s.toml:10:9: expected one or more of `drift`, `offset`, `jump` and `strobe`",
    );
    check(
        &clock("{ strobe = { by = \"1s\" } }"),
        "s.toml:10:20: missing key `period` in [faults.clock.strobe]",
    );
    check(
        &clock("{ strobe = { by = \"1s\", period = \"0s\" } }"),
        "s.toml:10:42: a period of 0s never ends",
    );
    check(&clock("{ drift = \"-90%..900%\", offset = \"-1s..1s\" }"), "fine");
    check(
        "[chaos]\nclock = { every = \"1s\", for = \"1s\", drft = \"1%\" }",
        "s.toml:8:37: unknown key `drft` in [chaos.clock]; did you mean `drift`?",
    );
    check(
        "[chaos]\nclock = { every = \"1s\", for = \"1s\" }",
        "s.toml:8:9: expected one or more of `drift`, `offset`, `jump` and `strobe`",
    );
}

#[test]
fn spares_and_membership() {
    let fault = |rest: &str| format!("spares = 1\n[[faults]]\nat = \"1s\"\n{rest}");
    check(
        "spares = -1",
        "s.toml:7:10: expected an integer from 0 to 4294967295, found the integer -1",
    );
    check(&fault("nodes = \"n6\"\njoin = {}"), "fine");
    check(&fault("nodes = [\"spare\"]\njoin = {}"), "fine");
    check(
        &fault("nodes = \"n5\"\njoin = {}"),
        "s.toml:10:9: `n5` is no spare, and only spares join",
    );
    check(
        &fault("nodes = \"n6\"\nfor = \"1s\"\njoin = {}"),
        "s.toml:11:1: a node that joined stays; a `join` has no `for`",
    );
    check(
        &fault("nodes = \"spare\"\ncrash = {}"),
        "s.toml:10:9: `spare` has a meaning only where a node joins or is added",
    );
    check(
        &fault("nodes = \"n7\"\ncrash = {}"),
        "s.toml:10:9: no node is called `n7`; there are n1..n5, the spare n6",
    );
    check(
        &fault("membership = { ad = \"n6\" }"),
        "s.toml:10:16: unknown key `ad` in [faults.membership]; did you mean `add`?",
    );
    let wrong = |rest: &str, want: &str| check(&fault(&format!("membership = {rest}")), want);
    wrong("{ add = \"n6\" }", "fine");
    wrong(
        "{ add = \"n8\" }",
        "s.toml:10:22: no node is called `n8`; there are n1..n5, the spare n6",
    );
    wrong("{ remove = [\"leader\", \"random 1\"], stop = true, least = 3 }", "fine");
    wrong("{ stop = true }", "s.toml:10:14: expected exactly one of `add` and `remove`");
    wrong("{ add = \"n6\", stop = true }", "s.toml:10:28: only a node that is removed is stopped");
    wrong("{ add = \"n6\", least = 1 }", "s.toml:10:28: `least` holds where a node is removed");
    wrong("{ remove = \"n1\", most = 1 }", "s.toml:10:31: `most` holds where a node is added");
    wrong(
        "{ add = \"n6\", retry = \"0s\" }",
        "s.toml:10:36: an operator that waits 0s never stops asking",
    );
    check(
        &fault("nodes = \"n6\"\nmembership = { add = \"n6\" }"),
        "s.toml:10:1: a change of the cluster has no `nodes`; it names them in `add` or `remove`",
    );
    check_file(
        &format!("{LEAST}{}", fault("membership = { add = \"n6\" }")).replace("raft", "gossip"),
        "s.toml:10:1: gossip has no way to change who is in it",
    );
    check(
        "[chaos]\nmembership = { every = \"1s\", for = \"1s\", lest = 3 }",
        "s.toml:8:42: unknown key `lest` in [chaos.membership]; did you mean `least`?",
    );
    check(
        "[chaos]\nmembership = { every = \"1s\", for = \"1s\", most = 2 }",
        "s.toml:8:49: no cluster has at least 3 nodes and at most so many",
    );
    check_file(
        &LEAST
            .replace("raft", "relay")
            .replace("nodes = 5", "nodes = { proxy = 1, backend = 2 }\nspares = 1"),
        "s.toml:7:10: only a cluster of one kind of nodes has spares",
    );
}
