//! For every table: an unknown key and a wrong value, each with its exact line and column.

use super::{LEAST, check, check_file};

#[test]
fn the_top() {
    check(
        "netwrok = 1",
        "s.toml:7:1: unknown key `netwrok` in [cluster]; expected `nodes`, `clients`, `spares` or \
         `zones`",
    );
    check("[netwrok]", "s.toml:7:2: unknown key `netwrok` at the top; did you mean `network`?");
    check("[confg]", "s.toml:7:2: unknown key `confg` at the top; did you mean `config`?");
    check(
        "[elsewhere]",
        "s.toml:7:2: unknown key `elsewhere` at the top; expected `format`, `scenario`, \
         `cluster`, `network`, `clocks`, `disk`, `faults`, `chaos`, `workload`, `checks`, \
         `measures`, `limits`, `budget`, `config` or `vary`",
    );
    check_file(
        &LEAST.replace("format = 1", "format = \"1\""),
        "s.toml:1:10: expected an integer from 0 to 4294967295, found the text `1`",
    );
    check_file(&LEAST.replace("format = 1", ""), "s.toml:1:1: missing key `format` at the top");
    check_file(
        &LEAST.replace("format = 1", "format = 2"),
        "s.toml:1:10: format 2 is not known; this squall reads format 1",
    );
    check_file("", "s.toml:1:1: missing key `protocol` in [scenario]");
}

#[test]
fn scenario() {
    let with = |line: &str| LEAST.replace("[cluster]", &format!("{line}\n[cluster]"));
    check_file(
        &with("durration = \"1s\""),
        "s.toml:5:1: unknown key `durration` in [scenario]; did you mean `duration`?",
    );
    check_file(&with("about = 5"), "s.toml:5:9: expected a text in quotes, found the integer 5");
    check_file(&with("calm = \"-5s\""), "s.toml:5:8: `-5s` is negative; a duration is not");
    check_file(
        &with("calm = 5"),
        r#"s.toml:5:8: expected a duration such as "150ms", found the integer 5"#,
    );
    check_file(
        &with("expect = { violatd = \"x\" }"),
        "s.toml:5:12: unknown key `violatd` in [scenario.expect]; did you mean `violated`?",
    );
    check_file(
        &with("expect = { violated = [] }"),
        "s.toml:5:23: expected a text in quotes, found a list",
    );
    check_file(
        &with("expect = \"panic\""),
        "s.toml:5:10: expected a table, found the text `panic`",
    );
    check_file(
        &LEAST.replace("duration = \"30s\"", ""),
        "s.toml:2:1: missing key `duration` in [scenario]",
    );
    check_file(
        &LEAST.replace("protocol = \"raft\"", ""),
        "s.toml:2:1: missing key `protocol` in [scenario]",
    );
    check_file(
        &LEAST.replace("\"raft\"", "7"),
        "s.toml:3:12: expected a text in quotes, found the integer 7",
    );
}

#[test]
fn config() {
    check(
        "[config]\nelection_timeot = \"1s\"",
        "s.toml:8:1: unknown key `election_timeot` in [config]; did you mean `election_timeout`?",
    );
    check(
        "[config]\n  election_timeout = \"300ms..150ms\"",
        "s.toml:8:22: `300ms..150ms` ends before it begins",
    );
    check(
        "[config]\nheartbeat = \"5 parsecs\"",
        "s.toml:8:13: `5 parsecs` is not a duration such as `150ms`, `2s` or `5m`",
    );
    check(
        "[config]\nbatch = 4294967296",
        "s.toml:8:9: expected an integer from 0 to 4294967295, found the integer 4294967296",
    );
    check(
        "[config]\nbatch = -1",
        "s.toml:8:9: expected an integer from 0 to 4294967295, found the integer -1",
    );
    check(
        "[config]\nbatch = \"many\"",
        "s.toml:8:9: expected an integer from 0 to 4294967295, found the text `many`",
    );
    check(
        "[config]\nbug = \"vote-twice\"",
        "s.toml:8:7: `vote-twice` is not a value of `bug`; did you mean `vote_twice`?",
    );
    check(
        "[config]\nbug = \"nonsense\"",
        "s.toml:8:7: `nonsense` is not a value of `bug`; expected `vote_twice` or `skip_sync`",
    );
    check(
        "[config.snapshot]\nevry = 5",
        "s.toml:8:1: unknown key `evry` in [config.snapshot]; did you mean `every`?",
    );
    check(
        "[config]\nsnapshot = { every = 1.5 }",
        "s.toml:8:22: expected an integer that is 0 or more, found the number 1.5",
    );
    check(
        "[config]\nsnapshot.every = true",
        "s.toml:8:18: expected an integer that is 0 or more, found `true`",
    );
}

#[test]
fn cluster() {
    let with = |line: &str| LEAST.replace("nodes = 5", line);
    check_file(
        &with("nodes = 5\nclient = 3"),
        "s.toml:7:1: unknown key `client` in [cluster]; did you mean `clients`?",
    );
    check_file(
        &with("nodes = 5\nclients = -3"),
        "s.toml:7:11: expected an integer from 0 to 4294967295, found the integer -3",
    );
    check_file(
        &with("nodes = \"five\""),
        "s.toml:6:9: expected a number of nodes, or a table with a number for each kind, found \
         the text `five`",
    );
    check_file(
        &with("nodes = -5"),
        "s.toml:6:9: expected a number of nodes, or a table with a number for each kind, found \
         the integer -5",
    );
    check_file(
        &with("nodes = 5000000000"),
        "s.toml:6:9: 5000000000 nodes are more than a cluster can have",
    );
    check_file(
        &with("nodes = 99999999999999999999999"),
        "s.toml:6:9: the integer 99999999999999999999999 is out of range",
    );
    check_file(
        &with("nodes = { a = \"x\" }"),
        "s.toml:6:15: expected an integer from 0 to 4294967295, found the text `x`",
    );
    check_file(&with("clients = 1"), "s.toml:5:1: missing key `nodes` in [cluster]");
}

#[test]
fn network() {
    check(
        "[network]\nlatancy = \"5ms\"",
        "s.toml:8:1: unknown key `latancy` in [network]; did you mean `latency`?",
    );
    check(
        "[network]\nlatency = \"5\"",
        "s.toml:8:11: `5` is not a duration such as `150ms`, `2s` or `5m`",
    );
    check(
        "[network]\nlatency = 5",
        "s.toml:8:11: expected a duration, a range or a table such as { exponential = { mean = … \
         } }, found the integer 5",
    );
    check("[network]\nlatency = \"9ms..1ms\"", "s.toml:8:11: `9ms..1ms` ends before it begins");
    check(
        "[network]\nlatency = { unifrm = \"1ms..9ms\" }",
        "s.toml:8:13: unknown key `unifrm` in [network.latency]; did you mean `uniform`?",
    );
    check(
        "[network]\nlatency = { uniform = \"fast\" }",
        "s.toml:8:23: `fast` is not a duration such as `150ms`, `2s` or `5m`",
    );
    check(
        "[network]\nlatency = { uniform = \"1ms\", constant = \"1ms\" }",
        "s.toml:8:11: expected exactly one of `constant`, `uniform`, `exponential` and `log_normal`",
    );
    check(
        "[network]\nlatency = { exponential = { maen = \"1ms\" } }",
        "s.toml:8:29: unknown key `maen` in [network.latency.exponential]; did you mean `mean`?",
    );
    check(
        "[network]\nlatency = { exponential = {} }",
        "s.toml:8:27: missing key `mean` in [network.latency.exponential]",
    );
    check(
        "[network]\nlatency = {}",
        "s.toml:8:11: expected exactly one of `constant`, `uniform`, `exponential` and `log_normal`",
    );
    check("[network]\nloss = \"1\"", "s.toml:8:8: `1` is not a ratio such as `1%` or `5ppm`");
    check("[network]\nloss = \"101%\"", "s.toml:8:8: `101%` is more than `100%`");
    check(
        "[network]\nloss = 0.5",
        r#"s.toml:8:8: expected a ratio such as "1%" or "5ppm", found the number 0.5"#,
    );
    check(
        "[network]\nreordering = { shar = \"1%\" }",
        "s.toml:8:16: unknown key `shar` in [network.reordering]; did you mean `share`?",
    );
    check(
        "[network]\nreordering = { by = \"1ms\" }",
        "s.toml:8:14: missing key `share` in [network.reordering]",
    );
    check(
        "[network]\nreordering = true",
        "s.toml:8:14: expected a ratio such as \"1%\", or a table with `share` and `by`, found \
         `true`",
    );
}

#[test]
fn clocks_and_disk() {
    check(
        "[clocks]\nofset = \"1s\"",
        "s.toml:8:1: unknown key `ofset` in [clocks]; did you mean `offset`?",
    );
    check("[clocks]\noffset = \"1s..-1s\"", "s.toml:8:10: `1s..-1s` ends before it begins");
    check("[clocks]\ndrift = \"-95%\"", "s.toml:8:9: `-95%` is a drift beyond -90%");
    check("[clocks]\ndrift = \"901%\"", "s.toml:8:9: `901%` is a drift beyond 900%");
    check(
        "[disk]\nsynch = \"1s\"",
        "s.toml:8:1: unknown key `synch` in [disk]; did you mean `sync`?",
    );
    check(
        "[disk]\nsync = [1]",
        r#"s.toml:8:8: expected a duration or a range such as "150ms..300ms", found a list"#,
    );
}

#[test]
fn faults() {
    let fault = |rest: &str| format!("[[faults]]\nnodes = \"n1\"\nat = \"1s\"\n{rest}");
    check(
        &fault("crash = {}\nnodse = 1"),
        "s.toml:11:1: unknown key `nodse` in [[faults]]; did you mean `nodes`?",
    );
    check(
        &fault("crsh = {}"),
        "s.toml:10:1: unknown key `crsh` in [[faults]]; did you mean `crash`?",
    );
    check(
        &fault("crash = { dwn = \"1s\" }"),
        "s.toml:10:11: unknown key `dwn` in [faults.crash]; did you mean `down`?",
    );
    check(
        &fault("crash = { down = \"-1s\" }"),
        "s.toml:10:18: `-1s` is negative; a duration is not",
    );
    check(
        &fault("crash = { unsynced = \"drp\" }"),
        "s.toml:10:22: `drp` is not a value of `unsynced`; did you mean `drop`?",
    );
    check(
        &fault("[faults.crash]\ndwn = \"1s\""),
        "s.toml:11:1: unknown key `dwn` in [faults.crash]; did you mean `down`?",
    );
    check(&fault("pause = { long = true }"), "s.toml:10:11: unknown key `long` in [faults.pause]");
    check(&fault("pause = 5"), "s.toml:10:9: expected a table, found the integer 5");
    check(
        &fault("for = \"soon\""),
        "s.toml:10:7: `soon` is not a duration such as `150ms`, `2s` or `5m`",
    );
    check(
        &fault("within = \"1s..2s\""),
        "s.toml:10:10: `1s..2s` is not a duration such as `150ms`, `2s` or `5m`",
    );
    check(
        "[[faults]]\nstep = -1",
        "s.toml:8:8: expected an integer that is 0 or more, found the integer -1",
    );
    check(
        "[[faults]]\nnodes = 5",
        "s.toml:8:9: expected a name such as \"n1\", a role, `random 2`, `all`, or a list of \
         names, found the integer 5",
    );
    check(
        "[[faults]]\nnodes = [\"n1\", 2]",
        "s.toml:8:16: expected a text in quotes, found the integer 2",
    );
    check(
        "[faults]\nnodes = \"n1\"",
        "s.toml:7:1: expected a list, found a table; write [[faults]] above each",
    );
    check(
        "faults = [5]",
        "s.toml:7:1: unknown key `faults` in [cluster]; expected `nodes`, `clients`, `spares` or \
         `zones`",
    );
}

/// All shapes, as an error lists them.
const SHAPES: &str = "`halves`, `isolate-one`, `one-way`, `random-split`, `minority`, `bridge`, \
                      `majorities-ring`, `one-way-send`, `one-way-receive`, `random-graph`, \
                      `zone`, `flapping`, `rolling` or `swizzle`";

#[test]
fn partitions() {
    let cut = |cut: &str| format!("[[faults]]\nat = \"1s\"\npartition = {cut}");
    check(
        &cut("\"halfs\""),
        &format!("s.toml:9:13: `halfs` is not a value of `partition`; expected {SHAPES}"),
    );
    check(
        &cut("{ isolat = \"n1\" }"),
        "s.toml:9:15: unknown key `isolat` in [faults.partition]; did you mean `isolate`?",
    );
    check(
        &cut("{ shape = \"half\" }"),
        &format!("s.toml:9:23: `half` is not a value of `shape`; expected {SHAPES}"),
    );
    check(
        &cut("{ isolate = \"n1\", shape = \"halves\" }"),
        "s.toml:9:13: expected exactly one of `isolate`, `groups`, `one_way` and `shape`",
    );
    check(
        &cut("{ clients = \"stay\" }"),
        "s.toml:9:13: expected exactly one of `isolate`, `groups`, `one_way` and `shape`",
    );
    check(
        &cut("{ isolate = \"n1\", clients = \"gone\" }"),
        "s.toml:9:41: `gone` is not a value of `clients`; expected `both`, `stay` or `follow`",
    );
    check(
        &cut("{ groups = [[\"n1\"], \"n2\"] }"),
        "s.toml:9:33: expected a list, found the text `n2`",
    );
    check(
        &cut("{ groups = [[\"n1\"], [2]] }"),
        "s.toml:9:34: expected a text in quotes, found the integer 2",
    );
    check(
        &cut("7"),
        "s.toml:9:13: expected a shape such as \"halves\", or a table such as { isolate = \"n1\" \
         }, found the integer 7",
    );
}

#[test]
fn chaos() {
    check(
        "[chaos]\nswrm = true",
        "s.toml:8:1: unknown key `swrm` in [chaos]; did you mean `swarm`?",
    );
    check(
        "[chaos]\nswarm = \"yes\"",
        "s.toml:8:9: expected `true` or `false`, found the text `yes`",
    );
    check(
        "[chaos]\ncrash = { evry = \"1s\" }",
        "s.toml:8:11: unknown key `evry` in [chaos.crash]; did you mean `every`?",
    );
    check("[chaos]\ncrash = { every = \"1s\" }", "s.toml:8:9: missing key `down` in [chaos.crash]");
    check(
        "[chaos]\ncrash = { every = 1, down = \"1s\" }",
        r#"s.toml:8:19: expected a duration such as "150ms", found the integer 1"#,
    );
    check(
        "[chaos.partition]\nevery = \"1s\"\nfor = \"1s\"\nshape = []",
        "s.toml:10:1: unknown key `shape` in [chaos.partition]; did you mean `shapes`?",
    );
    check(
        "[chaos.partition]\nevery = \"1s\"\nfor = \"1s\"\nshapes = [\"circle\"]",
        &format!("s.toml:10:11: `circle` is not a value of `shapes`; expected {SHAPES}"),
    );
    check(
        "[chaos]\npause = { every = \"1s\", fr = \"1s\" }",
        "s.toml:8:25: unknown key `fr` in [chaos.pause]; did you mean `for`?",
    );
    check(
        "[chaos]\npause = { every = \"1s\", for = \"\" }",
        "s.toml:8:31: `` is not a duration such as `150ms`, `2s` or `5m`",
    );
}

#[test]
fn workload() {
    check(
        "[workload]\noperation = 5",
        "s.toml:8:1: unknown key `operation` in [workload]; did you mean `operations`?",
    );
    check(
        "[workload]\noperations = 1.5",
        "s.toml:8:14: expected an integer that is 0 or more, found the number 1.5",
    );
    check(
        "[workload]\nmix = { read = -1 }",
        "s.toml:8:16: expected an integer from 0 to 4294967295, found the integer -1",
    );
    check(
        "[workload]\narrivals = \"open\"",
        "s.toml:8:12: `open` is not a value of `arrivals`; expected `closed`, `even` or `poisson`",
    );
    check("[workload]\narrivals = \"even\"", "s.toml:8:12: `even` needs a value: { even = … }");
    check(
        "[workload]\narrivals = { poison = \"8/s\" }",
        "s.toml:8:14: `poison` is not a value of `arrivals`; did you mean `poisson`?",
    );
    check(
        "[workload]\narrivals = { even = \"8\" }",
        "s.toml:8:21: `8` is not a rate such as `800/s` or `30/m`",
    );
    check("[workload]\narrivals = { closed = \"8/s\" }", "s.toml:8:23: `closed` takes no value");
    check(
        "[workload]\narrivals = 8",
        "s.toml:8:12: expected `closed`, `even` or `poisson`, found the integer 8",
    );
    check(
        "[workload]\nretry = { atempts = 3 }",
        "s.toml:8:11: unknown key `atempts` in [workload.retry]; did you mean `attempts`?",
    );
    check(
        "[workload.retry]\nbackoff = \"1\"",
        "s.toml:8:11: `1` is not a duration such as `150ms`, `2s` or `5m`",
    );
    check(
        "[[workload.phases]]\nname = \"a\"\nat = \"1s\"\nfro = \"1s\"",
        "s.toml:10:1: unknown key `fro` in [[workload.phases]]; did you mean `for`?",
    );
    check(
        "[[workload.phases]]\nname = \"a\"\nat = \"1s\"",
        "s.toml:7:1: missing key `for` in [[workload.phases]]",
    );
    check(
        "[[workload.phases]]\nname = \"a\"\nat = 1\nfor = \"1s\"",
        r#"s.toml:9:6: expected a duration such as "150ms", found the integer 1"#,
    );
}

#[test]
fn checks_measures_and_limits() {
    check(
        "[checks]\nalwais = []",
        "s.toml:8:1: unknown key `alwais` in [checks]; did you mean `always`?",
    );
    check(
        "[checks]\nalways = \"election-safety\"",
        "s.toml:8:10: expected a list, found the text `election-safety`",
    );
    check(
        "[checks]\nconsistency = \"linearisable\"",
        "s.toml:8:15: `linearisable` is not a value of `consistency`; did you mean `linearizable`?",
    );
    check(
        "[measures]\nlatency = { p98 = \"1s\" }",
        "s.toml:8:13: unknown key `p98` in [measures.latency]; did you mean `p90`?",
    );
    check(
        "[measures.latency]\np99 = \"fast\"",
        "s.toml:8:7: `fast` is not a bound such as `800ms`, `20%`, `760/s` or 12",
    );
    check(
        "[measures.latency]\np99 = true",
        "s.toml:8:7: expected a number, a duration, a ratio or a rate, found `true`",
    );
    check(
        "[measures.latency]\np99 = nan",
        "s.toml:8:7: the number NaN is out of range for a bound",
    );
    check(
        "[measures.terms]\nmax = 9223372036854775807",
        "s.toml:8:7: the number 9223372036854775807 is out of range for a bound",
    );
    check(
        "[limits]\nevent = 5",
        "s.toml:8:1: unknown key `event` in [limits]; did you mean `events`?",
    );
    check(
        "[limits]\nevents = 0.5",
        "s.toml:8:10: expected an integer that is 0 or more, found the number 0.5",
    );
    check(
        "[limits]\neffects = 18446744073709551616",
        "s.toml:8:11: the integer 18446744073709551616 is out of range",
    );
}

#[test]
fn budget() {
    check("[budget]\ndwon = 2", "s.toml:8:1: unknown key `dwon` in [budget]; did you mean `down`?");
    check(
        "[budget]\ndown = \"two\"",
        "s.toml:8:8: expected a number of nodes, or a table with a number for each kind, found \
         the text `two`",
    );
    check("[budget]\ncut = { node = 2 }", "fine");
    check(
        "[budget]\nwiped = { nod = 2 }",
        "s.toml:8:11: raft has no kind of nodes called `nod`; did you mean `node`?",
    );
}
