//! What parses but makes no sense for its protocol: the place and the words of each refusal.

use super::{LEAST, check, check_file};

fn faults(text: &str, want: &str) {
    check_file(
        &LEAST
            .replace("\"30s\"", "\"30s\"\ncalm = \"10s\"")
            .replace("nodes = 5", &format!("nodes = 5\nclients = 3\n{text}")),
        want,
    );
}

pub(super) fn fault(rest: &str, want: &str) {
    faults(&format!("[[faults]]\n{rest}"), want);
}

#[test]
fn headings() {
    let with = |line: &str| LEAST.replace("duration = \"30s\"", line);
    check_file(&with("duration = \"0s\""), "s.toml:4:12: a run of 0s has no events");
    check_file(
        &with("duration = \"5s\"\ncalm = \"6s\""),
        "s.toml:5:8: the calm (6s) is longer than the run (5s)",
    );
    check_file(
        &with("duration = \"5s\"\nexpect = { violated = \"log-maching\" }"),
        "s.toml:5:23: raft has no property `log-maching` to violate; did you mean `log-matching`?",
    );
    check_file(
        &with("duration = \"5s\"\nexpect = { violated = \"two-leaders\" }"),
        "s.toml:5:23: raft has no property `two-leaders` to violate; expected `election-safety`, \
         `log-matching`, `all-applied`, `linearizable`, `progress` or `panic`",
    );
    check_file(&with("duration = \"5s\"\nexpect = { violated = \"panic\" }"), "fine");
    check_file(
        &LEAST.replace("raft", "raftt"),
        "s.toml:3:12: the scenario is for `raftt`, not `raft`",
    );
}

#[test]
fn clusters() {
    let with = |line: &str| LEAST.replace("nodes = 5", line);
    check_file(&with("nodes = 0"), "s.toml:6:9: a cluster has at least one node");
    check_file(
        &with("nodes = 1000001"),
        "s.toml:6:9: 1000001 nodes and 0 clients are more than 1000000",
    );
    check_file(
        &with("nodes = 5\nclients = 1000000"),
        "s.toml:7:11: 5 nodes and 1000000 clients are more than 1000000",
    );
    check_file(
        &with("nodes = { raft = 5 }"),
        "s.toml:6:9: raft has one kind of nodes: write a number",
    );
    let relay = |line: &str| with(line).replace("raft", "relay");
    check_file(&relay("nodes = { proxy = 1, backend = 4 }"), "fine");
    check_file(
        &relay("nodes = 5"),
        "s.toml:6:9: relay has several kinds of nodes: write { proxy = …, backend = … } instead \
         of 5",
    );
    check_file(
        &relay("nodes = { proxy = 0, backend = 0 }"),
        "s.toml:6:9: a cluster has at least one node",
    );
    check_file(
        &relay("nodes = { proxy = 1 }"),
        "s.toml:6:9: missing kind `backend`: how many are there?",
    );
    check_file(
        &relay("nodes = { proxy = 1, bakend = 4 }"),
        "s.toml:6:22: relay has no kind of nodes called `bakend`; did you mean `backend`?",
    );
    check_file(
        &relay("[cluster.nodes]\nproxy = 1\nbackend = 1\nstore = 1"),
        "s.toml:9:1: relay has no kind of nodes called `store`; expected `proxy` or `backend`",
    );
    check_file(
        &with("nodes = 5\nclients = 1").replace("raft", "gossip"),
        "s.toml:7:11: gossip has no operations for clients to ask for",
    );
}

#[test]
fn kinds_of_faults() {
    fault(
        "at = \"1s\"",
        "s.toml:9:1: this fault has no kind; expected `partition`, `crash`, `pause`, `degrade`, \
         `lag`, `clog`, `hold`, `wipe`, `restart`, `slow`, `disk`, `clock`, `chance`, `join` or \
         `membership`",
    );
    fault(
        "at = \"1s\"\nnodes = \"n1\"\ncrash = {}\npause = {}",
        "s.toml:13:1: a fault has one kind, this one has `crash` and `pause`",
    );
    fault("at = \"1s\"\ncrash = {}", "s.toml:9:1: missing key `nodes` in [[faults]]");
    fault(
        "at = \"1s\"\nnodes = \"n1\"\npartition = \"halves\"",
        "s.toml:11:1: a partition has no `nodes`; it names them in `isolate` or `groups`",
    );
    fault(
        "at = \"1s\"\nnodes = \"n1\"\nfor = \"2s\"\ncrash = {}",
        r#"s.toml:12:1: a crash has no `for`; write `crash = { down = "2s" }`"#,
    );
}

#[test]
fn starts() {
    fault(
        "nodes = \"n1\"\ncrash = {}",
        "s.toml:9:1: `crash-1` has no start; expected `at`, `step`, `when` or `after`",
    );
    fault(
        "at = \"1s\"\nstep = 4\nnodes = \"n1\"\ncrash = {}",
        "s.toml:11:1: a fault has one start, this one has `at` and `step`",
    );
    fault(
        "at = \"30s\"\nnodes = \"n1\"\ncrash = {}",
        "s.toml:10:6: `crash-1` begins at 30s, when the run of 30s is over",
    );
    fault(
        "at = \"20s\"\nnodes = \"n1\"\ncrash = {}",
        "s.toml:10:6: `crash-1` begins at 20s, in the calm, which begins at 20s",
    );
    fault(
        "at = \"19s..21s\"\nnodes = \"n1\"\ncrash = {}",
        "s.toml:10:6: `crash-1` begins at 21s, in the calm, which begins at 20s",
    );
    fault(
        "at = \"1s\"\ndelay = \"1s\"\nnodes = \"n1\"\ncrash = {}",
        "s.toml:11:1: `delay` counts from the end of the fault in `after`, which is missing",
    );
    fault("step = 0\nnodes = \"n1\"\ncrash = {}", "s.toml:10:8: steps are counted from 1");
    fault(
        "step = 4\nnodes = \"leader\"\ncrash = {}",
        "s.toml:10:1: `step` counts the steps of one node, which `nodes` must name",
    );
    fault(
        "step = 4\nnodes = [\"n1\", \"n2\"]\ncrash = {}",
        "s.toml:10:1: `step` counts the steps of one node, which `nodes` must name",
    );
    fault(
        "step = 4\npartition = { isolate = \"n1\" }",
        "s.toml:10:1: `step` counts the steps of one node, which `nodes` must name",
    );
    fault("step = 4\nnodes = \"n1\"\ncrash = {}", "fine");
}

#[test]
fn chains() {
    let cut = "[[faults]]\nname = \"cut\"\nat = \"1s\"\nfor = \"1s\"\npartition = \"halves\"\n";
    let then =
        |after: &str| format!("{cut}[[faults]]\nafter = \"{after}\"\nnodes = \"n1\"\ncrash = {{}}");
    faults(&then("cut"), "fine");
    faults(&then("cat"), "s.toml:15:9: no fault is called `cat`; did you mean `cut`?");
    faults(
        &then("elsewhere"),
        "s.toml:15:9: no fault is called `elsewhere`; expected `cut` or `crash-2`",
    );
    faults(
        &then("crash-2"),
        "s.toml:15:9: `crash-2` lasts until the calm, so nothing begins after it",
    );
    faults(
        &then("cut").replace("for = \"1s\"\n", ""),
        "s.toml:14:9: `cut` lasts until the calm, so nothing begins after it",
    );
    let link = |name: &str, after: &str| {
        format!(
            "[[faults]]\nname = \"{name}\"\nafter = \"{after}\"\nfor = \"1s\"\npartition = \
             \"halves\"\n"
        )
    };
    faults(
        &(link("a", "b") + &link("b", "c") + &link("c", "a")),
        "s.toml:11:9: `b` begins after this fault: a circle",
    );
    faults(&(link("a", "a")), "s.toml:11:9: `a` begins after this fault: a circle");
    faults(&format!("{cut}{cut}"), "s.toml:15:8: two faults are called `cut`");
}

#[test]
fn targets() {
    let nodes = |nodes: &str, want: &str| {
        fault(&format!("at = \"1s\"\npause = {{}}\nnodes = {nodes}"), want)
    };
    nodes("\"n9\"", "s.toml:12:9: no node is called `n9`; there are n1..n5");
    nodes("\"n05\"", "s.toml:12:9: no node is called `n05`; there are n1..n5");
    nodes(
        "\"leadr\"",
        "s.toml:12:9: no node, kind or role is called `leadr`; did you mean `leader`?",
    );
    nodes(
        "\"king\"",
        "s.toml:12:9: no node, kind or role is called `king`; expected n1..n5, leader, candidate, \
         follower, `all` or `random N`",
    );
    nodes("[\"n1\", \"n6\"]", "s.toml:12:16: no node is called `n6`; there are n1..n5");
    nodes("[]", "s.toml:12:9: an empty list names nobody");
    nodes("\"c1\"", "s.toml:12:9: `c1` is a client; only nodes can be struck");
    nodes("\"others\"", "s.toml:12:9: `others` has a meaning only in a group");
    nodes("\"random 6\"", "s.toml:12:9: `random 6` is more than the 5 nodes");
    nodes("\"random 0\"", "s.toml:12:9: `random 0` names nobody");
    nodes(
        "\"random two\"",
        "s.toml:12:9: no node, kind or role is called `random two`; did you mean `random 2`?",
    );
    nodes("\"random 2\"", "fine");
    nodes(
        "\"$old\"",
        r#"s.toml:12:9: no fault before this one has `bind = "old"`; there are none"#,
    );
    nodes(
        "\"\"",
        "s.toml:12:9: no node, kind or role is called ``; expected n1..n5, leader, candidate, \
         follower, `all` or `random N`",
    );
    let relay = LEAST.replace("raft", "relay").replace("= 5", "= { proxy = 1, backend = 4 }");
    let crash =
        |nodes: &str| format!("{relay}[[faults]]\nat = \"1s\"\nnodes = \"{nodes}\"\npause = {{}}");
    check_file(&crash("backend4"), "fine");
    check_file(&crash("backend"), "fine");
    check_file(
        &crash("backend5"),
        "s.toml:9:9: no node is called `backend5`; there are proxy1, backend1..backend4",
    );
    check_file(
        &crash("n1"),
        "s.toml:9:9: no node, kind or role is called `n1`; expected proxy1, backend1..backend4, \
         `all` or `random N`",
    );
    check_file(
        &crash("bakend"),
        "s.toml:9:9: no node, kind or role is called `bakend`; did you mean `backend`?",
    );
}

#[test]
fn bindings() {
    let bind = "[[faults]]\nat = \"1s\"\nnodes = \"leader\"\nbind = \"old\"\npause = {}\n";
    let then = |word: &str| {
        format!(
            "{bind}[[faults]]\nat = \"5s\"\npartition = {{ groups = [[\"{word}\", \"c1\"], \
             [\"others\"]] }}"
        )
    };
    faults(&then("$old"), "fine");
    faults(
        &then("$odl"),
        r#"s.toml:16:26: no fault before this one has `bind = "odl"`; did you mean `old`?"#,
    );
    faults(&format!("{bind}{bind}"), "s.toml:17:8: `old` is bound twice");
    faults(
        &bind.replace("old", "$old"),
        r#"s.toml:12:8: expected a name without `$`, such as "old""#,
    );
    faults(&bind.replace("bind = \"old\"", "within = \"1s\""), "fine");
    faults(
        &bind.replace("bind = \"old\"", "within = \"1s\"").replace("leader", "n1"),
        "s.toml:12:1: `within` waits for a node of a role, and this fault names no role",
    );
}

#[test]
fn groups() {
    let cut = |cut: &str, want: &str| fault(&format!("at = \"1s\"\npartition = {{ {cut} }}"), want);
    cut(
        "groups = [[\"n1\"]]",
        "s.toml:11:24: `groups` has at least two groups; `others` is every node not named",
    );
    cut(
        "groups = []",
        "s.toml:11:24: `groups` has at least two groups; `others` is every node not named",
    );
    cut("groups = [[\"n1\"], []]", "s.toml:11:33: an empty group cuts nobody off");
    cut("groups = [[\"n1\", \"n2\"], [\"n3\", \"n1\"]]", "fine");
    cut(
        "groups = [[\"n1\", \"n2\", \"n1\"], [\"n3\"]]",
        "s.toml:11:38: `n1` is in the group twice",
    );
    cut(
        "groups = [[\"n1\", \"others\"], [\"n3\", \"others\"]]",
        "s.toml:11:50: `others` is in two groups, and so everywhere",
    );
    let many = vec!["[\"n1\"]"; 27].join(", ");
    cut(&format!("groups = [{many}]"), "s.toml:11:24: 27 groups are more than 26");
    cut(
        "groups = [[\"n1\", \"c4\"], [\"others\"]]",
        "s.toml:11:32: no client is called `c4`; there are c1..c3",
    );
    cut("one_way = [[\"n1\"]]", "s.toml:11:25: `one_way` has two groups, from and to; here are 1");
    cut("one_way = [[\"n1\"], [\"others\"]]", "fine");
    cut("isolate = \"c1\"", "s.toml:11:25: `c1` is a client; only nodes can be struck");
    cut("isolate = [\"n1\", \"n9\"]", "s.toml:11:32: no node is called `n9`; there are n1..n5");
}

#[test]
fn shapes() {
    let cut = |cut: &str, want: &str| fault(&format!("at = \"1s\"\npartition = {{ {cut} }}"), want);
    cut("shape = \"random-graph\", share = \"30%\", connected = false", "fine");
    cut(
        "shape = \"halves\", share = \"30%\"",
        "s.toml:11:33: only the shape `random-graph` has `share`",
    );
    cut(
        "isolate = \"n1\", connected = false",
        "s.toml:11:31: only the shape `random-graph` has `connected`",
    );
    cut("shape = \"rolling\", among = [\"n1\", \"n2\"]", "fine");
    cut(
        "shape = \"rolling\", among = [\"n1\", \"n7\"]",
        "s.toml:11:49: no node is called `n7`; there are n1..n5",
    );
    cut(
        "shape = \"halves\", among = \"n1\"",
        "s.toml:11:33: `among` is for shapes that single nodes out, such as `isolate-one`",
    );
    cut(
        "isolate = \"n1\", period = \"0s..1s\"",
        "s.toml:11:40: a phase of 0s never lets time pass",
    );
    let zones = "the cluster has no zones of which one could be cut off";
    cut("shape = \"zone\"", &format!("s.toml:11:13: {zones}"));
    check(
        "[chaos.partition]\nevery = \"1s\"\nfor = \"1s\"\nshapes = [\"halves\", \"zone\"]",
        &format!("s.toml:10:21: {zones}"),
    );
    check(
        "[chaos.partition]\nevery = \"1s\"\nfor = \"1s\"\nperiod = \"0s\"",
        "s.toml:10:10: a phase of 0s never lets time pass",
    );
}

#[test]
fn zones() {
    let with = |zones: &str| {
        LEAST.replace("nodes = 5", &format!("nodes = 5\nclients = 2\nzones = {zones}"))
    };
    let told = |zones: &str, want: &str| check_file(&with(zones), want);
    told("[\"a\", \"b\", \"c\"]", "fine");
    told("{ a = [\"n1\", \"n2\", \"c1\"], b = [\"n3\", \"n4\", \"n5\"] }", "fine");
    told("[\"a\", \"b\", \"a\"]", "s.toml:8:20: two zones are called `a`");
    told(
        "[\"a\", \"n1\"]",
        "s.toml:8:15: `n1` has a meaning already; a zone needs a name of its own",
    );
    told("[\"leader\", \"b\"]", "s.toml:8:10: `leader` is a role; a zone needs a name of its own");
    told(
        "[\"others\"]",
        "s.toml:8:10: `others` has a meaning already; a zone needs a name of its own",
    );
    told("[\"\"]", "s.toml:8:10: a zone has a name");
    told("[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]", "s.toml:8:9: the zone `f` has no node");
    told("{ a = [\"n1\", \"n2\"], b = [\"n3\"] }", "s.toml:8:9: `n4` is in no zone");
    told("{ a = [\"n1\", \"n9\"] }", "s.toml:8:22: no node is called `n9`; there are n1..n5");
    told("{ a = [\"n1\"], b = [\"n2\", \"n1\"] }", "s.toml:8:34: `n1` is in the zones twice");
    told(
        "{ all = [\"n1\"] }",
        "s.toml:8:11: `all` has a meaning already; a zone needs a name of its own",
    );
    told(
        "5",
        "s.toml:8:9: expected a list of names, or a table with the members of each zone, found \
         the integer 5",
    );
    let crash = with("[\"a\", \"b\"]") + "[[faults]]\nat = \"1s\"\nnodes = \"b\"\ncrash = {}";
    check_file(&crash, "fine");
}

#[test]
fn workloads() {
    check(
        "[workload]\nmix = { raed = 1 }",
        "s.toml:8:9: the model `kv` has no operation `raed`; did you mean `read`?",
    );
    check(
        "[workload]\nmix = { read = 0, write = 0 }",
        "s.toml:8:7: all weights are 0, so no operation can be drawn",
    );
    check("[workload]\nkeys = 0", "s.toml:8:8: there is at least one key");
    check(
        "[workload]\ntimeout = \"0s\"",
        "s.toml:8:11: a client that waits 0s never has an answer",
    );
    check(
        "[workload]\nretry = { attempts = 0 }",
        "s.toml:8:22: the first attempt counts, so `attempts` is at least 1",
    );
    let phases = |first: &str, second: &str| {
        format!(
            "[[workload.phases]]\nname = \"a\"\n{first}\n[[workload.phases]]\nname = \
             \"b\"\n{second}"
        )
    };
    let early = "at = \"1s\"\nfor = \"4s\"";
    check(&phases(early, "at = \"5s\"\nfor = \"5s\""), "fine");
    check(
        &phases(early, "at = \"4s\"\nfor = \"5s\""),
        "s.toml:13:6: the phase `b` begins at 4s, before `a` ends at 5s",
    );
    check(&phases(early, "at = \"6s\"\nfor = \"0s\""), "s.toml:14:7: the phase `b` lasts 0s");
    check(
        &phases(early, "at = \"6s\"\nfor = \"25s\""),
        "s.toml:14:7: the phase `b` ends at 31s, after the run of 30s",
    );
    check(
        &phases(early, "at = \"31s\"\nfor = \"1s\""),
        "s.toml:13:6: the phase `b` ends at 32s, after the run of 30s",
    );
    check(
        &phases(early, "at = \"6s\"\nfor = \"2s\"").replace("\"b\"", "\"a\""),
        "s.toml:12:8: two phases are called `a`",
    );
    check(
        &phases(early, "at = \"6s\"\nfor = \"2s\"\nmix = { swap = 1 }"),
        "s.toml:15:9: the model `kv` has no operation `swap`; expected `read`, `write` or `cas`",
    );
    let gossip = LEAST.replace("raft", "gossip");
    check_file(
        &format!("{gossip}[workload]\nmix = {{ read = 1 }}"),
        "s.toml:8:9: gossip has no operations to mix; there are none",
    );
}

#[test]
fn checks_and_measures() {
    check(
        "[checks]\nalways = [\"election-safety\", \"log-machting\"]",
        "s.toml:8:30: raft has no property `log-machting`; did you mean `log-matching`?",
    );
    check(
        "[checks]\nalways = [\"all-applied\"]",
        "s.toml:8:11: `all-applied` belongs under `eventually`",
    );
    check("[checks]\nalways = [\"panic\"]", "s.toml:8:11: `panic` is judged without being listed");
    check("[checks]\nsometimes = [\"leader-change\", \"two-leaders\"]", "fine");
    check(
        "[checks]\nsometimes = [\"leader-chnage\"]",
        "s.toml:8:14: raft has no property or mark `leader-chnage`; did you mean `leader-change`?",
    );
    check(
        "[checks]\neventually = [\"nothing\"]",
        "s.toml:8:15: raft has no property `nothing`; expected `all-applied`",
    );
    let gossip = LEAST.replace("raft", "gossip");
    check_file(
        &format!("{gossip}[checks]\nconsistency = \"linearizable\""),
        "s.toml:8:15: gossip has no clients, so no history to judge",
    );
    check_file(&format!("{gossip}[checks]\nconsistency = \"none\""), "fine");
    check_file(
        &format!("{gossip}[measures]\nlatency = {{ max = \"1s\" }}"),
        "s.toml:8:1: gossip has no measure `latency`; there are none",
    );
    check(
        "[measures]\nlatncy = { max = \"1s\" }",
        "s.toml:8:1: raft has no measure `latncy`; did you mean `latency`?",
    );
    check(
        "[measures]\nlatency = { max = 5 }",
        r#"s.toml:8:19: `latency` is measured in a duration such as "800ms", not `5`"#,
    );
    check(
        "[measures]\nlatency = {}",
        "s.toml:8:1: `latency` has no bound; `report = true` prints it unjudged",
    );
    check("[measures]\nlatency = { report = true }", "fine");
    check(
        "[measures]\ngoodput = { min = \"9/s\", max = \"8/s\" }",
        "s.toml:8:19: nothing is at least 9/s and at most 8/s",
    );
    check(
        "[measures]\ngoodput = { min = \"9/s\", within = \"8s\" }",
        "s.toml:8:26: `within` counts from the end of what `after` names, which is missing",
    );
    check(
        "[measures]\ngoodput = { min = \"9/s\", after = \"surge\" }",
        "s.toml:8:34: no phase or fault is called `surge`; there are none",
    );
    check(
        "[measures]\nfree = { min = 1, max = \"8s\" }",
        "s.toml:8:25: `free` is measured in a number such as 12 or 0.5, not `8s`",
    );
    check("[limits]\nevents = 0", "s.toml:8:10: a limit is at least 1");
    check(
        "[chaos]\npause = { every = \"0s\", for = \"1s\" }",
        "s.toml:8:19: one `pause` every 0s is more than 10000 in a storm",
    );
    check(
        "[chaos]\ncrash = { every = \"1us\", down = \"1s\" }",
        "s.toml:8:19: one `crash` every 1us is more than 10000 in a storm",
    );
}
