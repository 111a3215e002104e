//! Links that differ, for good or for a while: zones, overrides, bandwidth, corruption, and the
//! faults of links.

use crate::script::{check, run};
use expect_test::expect;
use squall_engine::ids::{NodeId, Time};
use squall_engine::network::{Course, Loss, Network, Passage};
use squall_engine::scenario::fault::Target;
use squall_engine::scenario::roster::Roster;
use squall_engine::scenario::tables::{
    self, Bandwidth, Cluster, Latency, Link, Nodes, ZoneLatencies, Zones,
};
use squall_engine::stream::{StreamKind, keyed_words};
use squall_engine::units::{Ratio, Span};

/// Six nodes and three clients in three zones, dealt in turn.
fn network(table: &tables::Network) -> Network {
    let zones = Zones::Dealt(["a", "b", "c"].map(String::from).to_vec());
    let cluster = Cluster { zones, ..Cluster::new(Nodes::Count(6), 3) };
    Network::new(table, &Roster::new(&cluster, &[]))
}

fn course(network: &mut Network, from: NodeId, to: NodeId, count: u64) -> Course {
    let words = keyed_words(3, StreamKind::Network, 5, count);
    network.course(Passage { from, to }, Time::ZERO, words, || 100)
}

/// The mean latency between two participants in microseconds.
fn mean(network: &mut Network, from: NodeId, to: NodeId) -> u64 {
    let after = (0..2_000).map(|count| course(network, from, to, count).arrival);
    after.map(|after| after.expect("nothing is lost")).sum::<u64>() / 2_000_000
}

#[test]
fn latencies_between_zones_are_half_the_cited_round_trips() {
    let preset = |zones| tables::Network { zones: Some(zones), ..tables::Network::default() };
    let (n1, n2, n3, n4) = (NodeId::node(0), NodeId::node(1), NodeId::node(2), NodeId::node(3));
    let mut continents = network(&preset(ZoneLatencies::ThreeContinents));
    for (from, to, want) in [
        (n1, n2, 40_275),
        (n2, n1, 40_275),
        (n1, n3, 72_650),
        (n2, n3, 106_200),
        (n1, n4, 223),
        (NodeId::client(0), n2, 40_275),
        (NodeId::client(2), n3, 223),
    ] {
        let found = mean(&mut continents, from, to);
        assert!(found.abs_diff(want) <= want / 50, "{from} to {to}: {found}, not {want}");
    }
    let mut zones = network(&preset(ZoneLatencies::ThreeZones));
    assert!(mean(&mut zones, n1, n2).abs_diff(664) < 10);
    assert!(mean(&mut zones, n3, n2).abs_diff(1_056) < 20);
    let mut one = network(&preset(ZoneLatencies::OneDatacentre));
    assert!(mean(&mut one, n1, n3).abs_diff(223) < 5);
}

#[test]
fn links_that_differ_say_only_in_what_and_the_later_counts() {
    let one = |word: &str| Target::One(word.to_string());
    let latency = |millis| Some(Latency::Constant(Span::millis(millis)));
    let table = tables::Network {
        latency: Latency::Constant(Span::millis(1)),
        links: vec![
            Link {
                between: Some(vec![one("a"), one("b")]),
                latency: latency(40),
                ..Link::default()
            },
            Link {
                from: Some(one("n1")),
                to: Some(one("all")),
                loss: Some(Ratio::ONE),
                ..Link::default()
            },
            Link {
                from: Some(one("n1")),
                to: Some(one("n2")),
                loss: Some(Ratio::ZERO),
                ..Link::default()
            },
        ],
        ..tables::Network::default()
    };
    let mut network = network(&table);
    let mut told = |from: u32, to: u32| {
        course(&mut network, NodeId::node(from - 1), NodeId::node(to - 1), 1).arrival
    };
    assert_eq!(told(1, 2), Ok(40_000_000), "the last entry took the loss away");
    assert_eq!(told(2, 1), Ok(40_000_000));
    assert_eq!(told(4, 5), Ok(40_000_000));
    assert_eq!(told(1, 3), Err(Loss::Dropped));
    assert_eq!(told(3, 1), Ok(1_000_000), "as all others");
    assert_eq!(told(2, 5), Ok(1_000_000), "within a zone");
}

#[test]
fn a_link_takes_messages_one_after_another_and_drops_what_its_queue_cannot_hold() {
    let rate = "1kB/s".parse().expect("a rate");
    let queue = "250B".parse().expect("an amount");
    let table = tables::Network {
        latency: Latency::Constant(Span::millis(1)),
        bandwidth: Some(Bandwidth { rate, queue }),
        ..tables::Network::default()
    };
    let mut network = network(&table);
    let mut send = |to: u32, at: u64, size: u64| {
        let passage = Passage { from: NodeId::node(0), to: NodeId::node(to) };
        let at = Time::ZERO + Span::millis(at);
        network.course(passage, at, [1 << 31; 4], || size).arrival
    };
    let millis = |count: u64| Ok(count * 1_000_000);
    assert_eq!(send(1, 0, 100), millis(101), "a tenth of a second on the link, then its latency");
    assert_eq!(send(1, 0, 100), millis(201));
    assert_eq!(send(1, 0, 100), Err(Loss::Congested), "200 bytes wait already");
    assert_eq!(send(1, 0, 50), millis(251), "what fits is taken");
    assert_eq!(send(2, 0, 900), millis(901), "an idle link takes any message, and is its own");
    assert_eq!(send(1, 300, 100), millis(101), "by then it is idle");
}

#[test]
fn a_full_queue_before_a_link_is_an_event() {
    check(
        r#"set network.bandwidth={ rate = "1kB/s", queue = "10B" }
           n1 start: send n2 0123456789; send n2 x; send n2 y"#,
        expect![[r#"
            0 n1 x from n1 to n2 lost: the link's queue is full
            0 n1 y from n1 to n2 lost: the link's queue is full
            11 n2 gets 0123456789 from n1
        "#]],
    );
}

#[test]
fn a_corrupted_message_is_lost_unless_the_protocol_makes_another_of_it() {
    check(
        "set network.corruption=100%
         n1 start: send n2 abc; send n2 Frail",
        expect![[r#"
            0 n1 abc from n1 to n2 lost: corrupted
            1 n2 gets liarF1 from n1
        "#]],
    );
}

#[test]
fn the_share_of_corrupted_messages_is_right_and_leaves_other_draws_alone() {
    let clean = tables::Network { loss: Ratio::ppm(100_000), ..tables::Network::default() };
    let dirty = tables::Network { corruption: Ratio::ppm(200_000), ..clean.clone() };
    let (mut clean, mut dirty) = (network(&clean), network(&dirty));
    let (n1, n2) = (NodeId::node(0), NodeId::node(1));
    let mut corrupted = 0;
    for count in 0..50_000 {
        let (was, is) = (course(&mut clean, n1, n2, count), course(&mut dirty, n1, n2, count));
        assert_eq!((was.arrival, was.copy), (is.arrival, is.copy));
        corrupted += u32::from(is.corrupted);
    }
    // A fifth of 45,000 that are not lost, or of all: both within five deviations of 10,000.
    assert!(corrupted.abs_diff(10_000) < 450, "{corrupted}");
}

#[test]
fn a_degraded_link_is_worse_while_the_fault_lasts() {
    check(
        r#"n1 start: set t 5ms
           n1 timer t: send n2 a; send n3 a; set t 10ms
           set scenario.duration=30ms
           fault { name = "bad", at = "10ms", for = "10ms",
           + degrade = { from = "n1", to = "n2", latency = "3ms", duplication = "100%" } }"#,
        expect![[r#"
            5 n1 timer "t"
            6 n2 gets a from n1
            6 n3 gets a from n1
            10 + bad degrade n1 -> n2
            15 n1 timer "t"
            16 n3 gets a from n1
            18 n2 gets a from n1
            18 n2 gets a from n1
            20 - bad ends
            25 n1 timer "t"
            26 n2 gets a from n1
            26 n3 gets a from n1
        "#]],
    );
}

#[test]
fn nodes_of_a_link_fault_means_all_their_links() {
    check(
        r#"* start: all a
           fault { name = "bad", at = "0s", nodes = "n2", degrade = { loss = "100%" } }"#,
        expect![[r#"
            0 + bad degrade n2 <-> all
            0 n1 a from n1 to n2 lost
            0 n2 a from n2 to n1 lost
            0 n2 a from n2 to n3 lost
            0 n3 a from n3 to n2 lost
            1 n3 gets a from n1
            1 n1 gets a from n3
        "#]],
    );
}

#[test]
fn between_means_both_directions() {
    check(
        r#"* start: all a
           fault { name = "bad", at = "0s",
           + degrade = { between = ["n1", ["n2", "n3"]], loss = "100%" } }"#,
        expect![[r#"
            0 + bad degrade n1 <-> n2, n3
            0 n1 a from n1 to n2 lost
            0 n1 a from n1 to n3 lost
            0 n2 a from n2 to n1 lost
            0 n3 a from n3 to n1 lost
            1 n3 gets a from n2
            1 n2 gets a from n3
        "#]],
    );
}

#[test]
fn a_lag_adds_to_the_latency() {
    check(
        r#"n1 start: send n2 a; send n3 a
           fault { name = "spike", at = "0s", for = "5ms", lag = { to = "n2", by = "20ms" } }"#,
        expect![[r#"
            0 + spike lag all -> n2
            1 n3 gets a from n1
            5 - spike ends
            21 n2 gets a from n1
        "#]],
    );
}

const STREAMS: &str = "n1 start: work 5ms; send n2 a; work 5ms; send n2 b; work 10ms; send n2 c
                       n2 start: work 5ms; send n1 d
                       set network.latency=4ms\n";

#[test]
fn what_a_clog_keeps_sets_out_when_it_ends() {
    let fault =
        r#"fault { name = "clog", at = "6ms", for = "12ms", clog = { between = ["n1", "n2"] } }"#;
    check(
        &format!("{STREAMS}{fault}"),
        expect![[r#"
        5 n1 sends a to n2
        5 n2 sends d to n1
        6 + clog clog n1 <-> n2
        9 n2 gets a from n1
        10 n1 sends b to n2
        18 - clog ends
        20 n1 sends c to n2
        20 n1 gets d from n2
        22 n2 gets b from n1
        24 n2 gets c from n1
    "#]],
    );
}

#[test]
fn what_a_hold_keeps_arrives_in_a_burst_when_it_ends() {
    let fault = r#"fault { name = "hold", at = "1ms", for = "30ms", hold = { from = "n1" } }"#;
    check(
        &format!("{STREAMS}{fault}"),
        expect![[r#"
        1 + hold hold n1 -> all
        5 n1 sends a to n2
        5 n2 sends d to n1
        10 n1 sends b to n2
        20 n1 sends c to n2
        20 n1 gets d from n2
        31 - hold ends
        31 n2 gets a from n1
        31 n2 gets b from n1
        31 n2 gets c from n1
    "#]],
    );
}

#[test]
fn the_calm_releases_what_is_held() {
    let fault = r#"set scenario.calm=985ms
                   fault { name = "hold", at = "1ms", nodes = "n1", hold = {} }"#;
    check(
        &format!("{STREAMS}{fault}"),
        expect![[r#"
        1 + hold hold n1 <-> all
        5 n1 sends a to n2
        5 n2 sends d to n1
        10 n1 sends b to n2
        15 calm
        15 - hold ends
        15 n2 gets a from n1
        15 n2 gets b from n1
        20 n1 sends c to n2
        20 n1 gets d from n2
        24 n2 gets c from n1
    "#]],
    );
}

#[test]
fn a_clog_without_end_lets_nothing_through() {
    let fault = r#"fault { name = "clog", at = "0s", nodes = "all", clog = {} }"#;
    let transcript = run(&format!("{STREAMS}{fault}")).transcript;
    assert!(!transcript.contains("gets"), "{transcript}");
}

#[test]
fn a_protocols_own_network_has_the_last_word() {
    check(
        "set config.liar=true
         n1 start: send n2 a; send n3 a; send n3 secret
         n2 start: send n3 secret",
        expect![[r#"
            0 n1 secret from n1 to n3 lost
            1 n2 gets a from n1
            1 n3 gets secret from n2
            7 n3 gets lie from n1
        "#]],
    );
}
