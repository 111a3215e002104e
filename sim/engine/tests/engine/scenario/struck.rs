//! Faults that strike nodes, and what `[chaos]` says of them: an unknown key and a wrong value of
//! each table, with line and column.

use super::check;

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
