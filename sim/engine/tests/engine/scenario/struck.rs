//! Faults that strike nodes, and what `[chaos]` says of them: an unknown key and a wrong value of
//! each table, with line and column.

use super::{LEAST, check, check_file};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use squall_engine::ids::NodeId;
use squall_engine::node::{Context, Never, Node};
use squall_engine::protocol::{Boot, Cluster, ConfigError, NoClients, Protocol, Reply, Request};
use squall_engine::scenario::Document;
use squall_engine::subject::{Of, Subject};

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

#[test]
fn process_faults() {
    let fault = |rest: &str| format!("[[faults]]\nat = \"1s\"\nnodes = \"n1\"\n{rest}");
    let wrong = |rest: &str, want: &str| check(&fault(rest), want);
    wrong("crash = { for_good = true }", "fine");
    wrong(
        "crash = { for_good = true, down = \"1s\" }",
        "s.toml:10:28: a node that crashes for good has no `down`",
    );
    wrong(
        "for = \"1s\"\nwipe = {}",
        "s.toml:10:1: a wipe has no `for`; write `wipe = { down = \"1s\" }`",
    );
    wrong(
        "wipe = { dwn = \"1s\" }",
        "s.toml:10:10: unknown key `dwn` in [faults.wipe]; did you mean `down`?",
    );
    wrong("slow = { cpu = \"20x\", disk = \"1.5x..3x\" }", "fine");
    wrong("slow = {}", "s.toml:10:8: expected `cpu`, `disk` or both");
    wrong("slow = { cpu = \"20\" }", "s.toml:10:16: `20` is not a factor such as `20x` or `1.5x`");
    wrong(
        "slow = { cpu = \"0.5x\" }",
        "s.toml:10:16: `0.5x` is out of range: from `1x` to `1000000x`",
    );
    wrong("slow = { cpu = \"3x..2x\" }", "s.toml:10:16: `3x..2x` ends before it begins");
    wrong(
        "slow = { gpu = \"3x\" }",
        "s.toml:10:10: unknown key `gpu` in [faults.slow]; did you mean `cpu`?",
    );
    wrong(
        "restart = { dwn = \"1s\" }",
        "s.toml:10:13: unknown key `dwn` in [faults.restart]; did you mean `down`?",
    );
    wrong("restart = { config = 5 }", "s.toml:10:22: expected a table, found the integer 5");
    let chaos = |rest: &str, want: &str| check(&format!("[chaos]\n{rest}"), want);
    chaos("slow = { every = \"1s\", for = \"1s\" }", "s.toml:8:8: expected `cpu`, `disk` or both");
    chaos(
        "slow = { every = \"1s\", fr = \"1s\" }",
        "s.toml:8:24: unknown key `fr` in [chaos.slow]; did you mean `for`?",
    );
    chaos("wipe = { every = \"1s\" }", "s.toml:8:8: missing key `down` in [chaos.wipe]");
    chaos(
        "restart = { every = \"1s\", down = \"1s\", confg = {} }",
        "s.toml:8:40: unknown key `confg` in [chaos.restart]; did you mean `config`?",
    );
}

/// What is told about a scenario for the register of these tests.
fn typed(text: &str, want: &str) {
    let text = format!("{}{text}", LEAST.replace("raft", "gauge"));
    let document = Document::parse("s.toml", &text).expect("it is TOML");
    let told = Of::<Gauge>::new().typed(&document).err().map(|error| error.to_string());
    assert_eq!(told.unwrap_or("fine".to_string()), want, "{text}");
}

#[test]
fn a_protocol_refuses_a_configuration_at_its_place() {
    typed("[config]\nlevel = 5", "fine");
    typed("[config]\nlevel = 0", "s.toml:8:9: a level is at least 1");
    typed("[config.inner]\ndepth = 9", "s.toml:8:9: too deep");
    let restart = |config: &str| {
        format!("[[faults]]\nat = \"1s\"\nnodes = \"n1\"\nrestart = {{ config = {config} }}")
    };
    typed(&restart("{ level = 2, inner = { depth = 3 } }"), "fine");
    typed(&restart("{ level = 0 }"), "s.toml:10:32: a level is at least 1");
    typed(&restart("{ inner = { depth = 9 } }"), "s.toml:10:42: too deep");
    typed(
        &restart("{ levl = 2 }"),
        "s.toml:10:24: unknown key `levl` in [config]; did you mean `level`?",
    );
    typed(
        &restart("{ level = \"high\" }"),
        "s.toml:10:32: expected an integer from 0 to 4294967295, found the text `high`",
    );
    typed(
        "[chaos]\nrestart = { every = \"1s\", down = \"1s\", config = { level = 0 } }",
        "s.toml:8:59: a level is at least 1",
    );
}

/// A configuration of which some values make no sense.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Levels {
    /// How high.
    level: u32,
    /// A table within.
    inner: Inner,
}

impl Default for Levels {
    fn default() -> Levels {
        Levels { level: 1, inner: Inner::default() }
    }
}

/// A table within.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Inner {
    /// How deep.
    depth: u32,
}

struct Gauge;

struct Silent;

impl Node for Silent {
    type Message = ();
    type Timer = Never;

    fn on_message(&mut self, _: &mut Context<'_, Self>, _: NodeId, (): ()) {}
}

impl Protocol for Gauge {
    const NAME: &'static str = "gauge";
    type Config = Levels;
    type Node = Silent;
    type Model = NoClients;

    fn node(_: &Levels, _: Boot) -> Silent {
        Silent
    }

    fn check_config(config: &Levels) -> Result<(), ConfigError> {
        if config.level == 0 {
            return Err(ConfigError::new("level", "a level is at least 1"));
        }
        match config.inner.depth > 5 {
            true => Err(ConfigError::new("inner.depth", "too deep")),
            false => Ok(()),
        }
    }

    fn ask(request: Request<NoClients>, _: &Cluster<'_>) -> (NodeId, ()) {
        match *request.operation() {}
    }

    fn answer((): ()) -> Option<Reply<NoClients>> {
        None
    }
}
