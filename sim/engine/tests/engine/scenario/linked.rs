//! `[network]`, its links, and faults of links: what is told about what they may not say.

use super::{LEAST, check, check_file};

const ZONED: &str = "nodes = 5\nclients = 1\nzones = [\"a\", \"b\", \"c\"]";

fn zoned(text: &str, want: &str) {
    check_file(&format!("{}{text}", LEAST.replace("nodes = 5", ZONED)), want);
}

#[test]
fn links() {
    let link = |link: &str, want: &str| zoned(&format!("[[network.links]]\n{link}"), want);
    link("between = [\"a\", \"b\"]\nlatency = \"40ms\"\nloss = \"1%\"", "fine");
    link("from = [\"n1\", \"c1\"]\nto = \"all\"\nbandwidth = \"1MB/s\"", "fine");
    link("latency = \"1ms\"", "s.toml:9:1: links have two ends: `between`, or `from` and `to`");
    link("from = \"n1\"", "s.toml:9:1: links have two ends: `between`, or `from` and `to`");
    link("between = [\"a\"]", "s.toml:10:11: `between` has two ends; here are 1");
    link(
        "between = [\"a\", \"b\"]\nto = \"n1\"",
        "s.toml:10:1: `between` means both directions, `from` and `to` mean one",
    );
    link(
        "from = \"n1\"\nto = [\"n2\", \"n8\"]",
        "s.toml:11:13: no node is called `n8`; there are n1..n5",
    );
    link(
        "from = \"leader\"\nto = \"n2\"",
        "s.toml:10:8: `leader` is not the same for the whole run",
    );
    link(
        "form = \"n1\"",
        "s.toml:10:1: unknown key `form` in [[network.links]]; did you mean `from`?",
    );
}

#[test]
fn networks() {
    zoned("[network]\nzones = \"three-continents\"", "fine");
    check(
        "[network]\nzones = \"three-continents\"",
        "s.toml:8:9: these latencies are of three zones; `cluster.zones` has 0",
    );
    check("[network]\nzones = \"one-datacentre\"", "fine");
    check(
        "[network]\nzones = \"mars\"",
        "s.toml:8:9: `mars` is not a value of `zones`; expected `one-datacentre`, `three-zones` or \
         `three-continents`",
    );
    check("[network]\nlatency = { log_normal = { median = \"1ms\", p99 = \"9ms\" } }", "fine");
    check(
        "[network]\nlatency = { log_normal = { median = \"9ms\", p99 = \"1ms\" } }",
        "s.toml:8:11: expected 0s < median <= p99, found 9ms and 1ms",
    );
    check(
        "[network]\nbandwidth = \"1Mbit\"",
        "s.toml:8:13: `1Mbit` is not a rate of data such as `10MB/s`",
    );
    check("[network]\nbandwidth = \"0B/s\"", "s.toml:8:13: `0B/s` moves nothing");
    check(
        "[network]\nbandwidth = { rate = \"1MB/s\", queue = \"lots\" }",
        "s.toml:8:39: `lots` is not an amount of data such as `64kB` or `1MB`",
    );
    check(
        "[network]\nbandwidth = { queue = \"64kB\" }",
        "s.toml:8:13: missing key `rate` in [network.bandwidth]",
    );
    check("[network.stream]\nretransmit = \"1s\"\nbuffer = 5", "fine");
    check(
        "[network.stream]\nretransmit = \"0s\"",
        "s.toml:8:14: an end that waits 0s sends for ever",
    );
    check(
        "[network]\nstream = { session_timeout = \"199ms\" }",
        "s.toml:8:30: the session is over before `retransmit` (200ms) sends again",
    );
    check(
        "[network]\nstream = { session_timeout = \"0s\" }",
        "s.toml:8:30: a session of 0s carries nothing",
    );
    check(
        "[network.stream]\nbuffer = 0",
        "s.toml:8:10: at least 1 message is unacknowledged at a time",
    );
    check(
        "[network.stream]\nbufer = 9",
        "s.toml:8:1: unknown key `bufer` in [network.stream]; did you mean `buffer`?",
    );
    check(
        "[network]\ncorruption = 1",
        "s.toml:8:14: expected a ratio such as \"1%\" or \"5ppm\", found the integer 1",
    );
}

#[test]
fn faults_of_links() {
    let fault = |fault: &str, want: &str| check(&format!("[[faults]]\nat = \"1s\"\n{fault}"), want);
    fault("nodes = \"n1\"\ndegrade = { loss = \"9%\" }", "fine");
    fault("degrade = { from = \"leader\", loss = \"9%\" }\nwithin = \"1s\"", "fine");
    fault("lag = { to = \"random 2\", by = \"1s..2s\" }", "fine");
    fault("hold = { between = [\"n1\", \"all\"] }", "fine");
    fault("clog = {}", "s.toml:7:1: missing key `nodes` in [[faults]]");
    fault(
        "nodes = \"n1\"\nclog = { to = \"n2\" }",
        "s.toml:9:1: `clog` strikes the links of `nodes` or those that it names",
    );
    fault(
        "nodes = \"n1\"\ndegrade = {}",
        "s.toml:10:11: a `degrade` says what becomes worse, such as `loss`",
    );
    fault(
        "nodes = \"n1\"\nlag = { bye = \"1s\" }",
        "s.toml:10:9: unknown key `bye` in [faults.lag]; did you mean `by`?",
    );
    fault(
        "hold = { from = [\"n1\", \"n9\"] }",
        "s.toml:9:24: no node is called `n9`; there are n1..n5",
    );
    fault("hold = { from = \"others\" }", "s.toml:9:17: `others` has a meaning only in a group");
    check(
        "[chaos]\nlag = { every = \"1s\", for = \"1s\", by = \"0s\" }",
        "s.toml:8:40: a lag of 0s is none",
    );
    check(
        "[chaos]\ndegrade = { every = \"1s\", for = \"1s\" }",
        "s.toml:8:11: a `degrade` says what becomes worse, such as `loss`",
    );
    check(
        "[chaos]\nclog = { every = \"1s\", fro = \"1s\" }",
        "s.toml:8:24: unknown key `fro` in [chaos.clog]; did you mean `for`?",
    );
}
