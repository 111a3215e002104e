//! The schema, and what `describe` says, both from the types.

use super::Config;
use expect_test::{Expect, expect};
use squall_engine::scenario::fault::Fault;
use squall_engine::scenario::schema::tables;
use squall_engine::scenario::schema::{TableDoc, config_keys, fault_keys, fault_kinds, schema};
use std::fmt::Write;

fn page(docs: &[TableDoc]) -> String {
    let mut page = String::new();
    for doc in docs {
        let _ = writeln!(page, "{} — {}", doc.name, doc.about);
        for key in &doc.keys {
            let need = if key.required { " (required)" } else { "" };
            let default = key.default.as_ref().map(|d| format!(" [{d}]")).unwrap_or_default();
            let _ = writeln!(page, "  {}: {}{default}{need}", key.name, key.form);
        }
    }
    page
}

/// What is said of the kinds of faults.
const KINDS: Expect = expect![[r#"
        chance — Lets the protocol take fault points of its own.
          enabled: a ratio such as "1%" or "5ppm" [25%]
          points: a list of text
          taken: a ratio such as "1%" or "5ppm" [25%]
        clock — Lets clocks drift or jump.
          drift: a drift or a range such as "-100ppm..100ppm"
          jump: an offset or a range such as "-50ms..50ms"
          offset: an offset or a range such as "-50ms..50ms"
          strobe: a table
        clog — Keeps messages from setting out until it ends.
          between: a list of text or a list of text
          from: a text or a list of text
          to: a text or a list of text
        crash — Stops nodes; their memory is lost, of their unsynced writes the storm chooses.
          down: a duration or a range such as "150ms..300ms"
          for_good: true or false [false]
          unsynced: "random" or "drop" or "keep" or "reorder" or "tear" [random]
        degrade — Makes links worse for a while.
          bandwidth: a rate of data such as "10MB/s" or a table
          between: a list of text or a list of text
          corruption: a ratio such as "1%" or "5ppm"
          duplication: a ratio such as "1%" or "5ppm"
          from: a text or a list of text
          latency: a duration or a range such as "150ms..300ms" or a table
          loss: a ratio such as "1%" or "5ppm"
          reordering: a ratio such as "1%" or "5ppm" or a table
          to: a text or a list of text
        disk — Lets disks fail, forget, mix up, fill up or tarry.
          full: true or false [false]
          latency: a duration or a range such as "150ms..300ms"
          lie: a ratio such as "1%" or "5ppm" [0%]
          misread: a ratio such as "1%" or "5ppm" [0%]
          miswrite: a ratio such as "1%" or "5ppm" [0%]
          phantom: a ratio such as "1%" or "5ppm" [0%]
          read_error: a ratio such as "1%" or "5ppm" [0%]
          rot: an integer [0]
          stall: a table
          sync_error: a ratio such as "1%" or "5ppm" [0%]
          write_error: a ratio such as "1%" or "5ppm" [0%]
        hold — Keeps messages at the end of their link, and releases them in a burst when it ends.
          between: a list of text or a list of text
          from: a text or a list of text
          to: a text or a list of text
        join — Lets spares join: they boot, and stay.
        lag — Makes messages take longer: a delay spike.
          between: a list of text or a list of text
          by: a duration or a range such as "150ms..300ms" [0s]
          from: a text or a list of text
          to: a text or a list of text
        membership — Lets an operator ask for a change of the cluster; over when the change is done.
          add: a text or a list of text
          least: an integer
          most: an integer
          remove: a text or a list of text
          retry: a duration such as "150ms" [500ms]
          stop: true or false [false]
        partition — Cuts links between groups of participants.
          among: a text or a list of text
          clients: "both" or "stay" or "follow" [both]
          connected: true or false
          groups: a list of list of text
          isolate: a text or a list of text
          one_way: a list of list of text
          period: a duration or a range such as "150ms..300ms"
          shape: "halves" or "isolate-one" or "one-way" or "random-split" or "minority" or "bridge" or "majorities-ring" or "one-way-send" or "one-way-receive" or "random-graph" or "zone" or "flapping" or "rolling" or "swizzle"
          share: a ratio such as "1%" or "5ppm"
        pause — Stops nodes for a while; they keep their memory, and clocks go on.
        restart — Stops nodes in good order, and starts them with another configuration; over when all run.
          config: a table
          down: a duration or a range such as "150ms..300ms" [1s]
          gap: a duration such as "150ms"
        slow — Makes nodes slow.
          cpu: a factor or a range such as "2x..20x"
          disk: a factor or a range such as "2x..20x"
        wipe — Stops nodes and empties their disks.
    "#]];

#[test]
fn every_kind_of_fault_is_described() {
    let kinds = fault_kinds();
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name.as_str()).collect();
    let mut known = Fault::KINDS.to_vec();
    known.sort();
    assert_eq!(names, known);
    KINDS.assert_eq(&page(&kinds));
}

#[test]
fn every_key_of_a_fault_is_described() {
    let doc = fault_keys();
    assert!(doc.keys.iter().all(|key| !key.about.is_empty()));
    expect![[r#"
        faults — One entry of `[[faults]]`: common keys, and exactly one kind.
          after: a text
          after_step: an integer
          at: a duration or a range such as "150ms..300ms"
          bind: a text
          delay: a duration or a range such as "150ms..300ms"
          for: a duration or a range such as "150ms..300ms"
          handler: an integer
          name: a text
          nodes: a text or a list of text
          of: a text
          past: an integer
          step: an integer
          when: a table
          within: a duration such as "150ms"
    "#]]
    .assert_eq(&page(&[doc]));
}

/// The tables and their keys.
const TABLES: Expect = expect![[r#"
    budget: cut down wiped
    chaos: chance clock clog crash degrade disk hold lag membership partition pause restart slow swarm wipe
    chaos.chance: enabled every for points taken
    chaos.clock: drift every for jump offset strobe
    chaos.clock.strobe: by period
    chaos.clog: every for
    chaos.crash: down every
    chaos.degrade: bandwidth corruption duplication every for latency loss reordering
    chaos.degrade.bandwidth: queue rate
    chaos.degrade.latency: constant exponential log_normal uniform
    chaos.degrade.latency.log_normal: median p99
    chaos.degrade.reordering: by share
    chaos.disk: every for ways
    chaos.disk.ways: full latency lie misread miswrite phantom read_error rot stall sync_error write_error
    chaos.disk.ways.stall: by share
    chaos.hold: every for
    chaos.lag: by every for
    chaos.membership: every for least most stop
    chaos.partition: clients every for period shapes
    chaos.pause: every for
    chaos.restart: config down every
    chaos.slow: cpu disk every for
    chaos.wipe: down every
    checks: always consistency eventually progress_within sometimes
    clocks: drift offset
    cluster: clients nodes spares zones
    faults: after after_step at bind chance clock clog crash degrade delay disk for handler hold join lag membership name nodes of partition past pause restart slow step when wipe within
    faults.chance: enabled points taken
    faults.clock: drift jump offset strobe
    faults.clock.strobe: by period
    faults.clog: between from to
    faults.crash: down for_good unsynced
    faults.degrade: bandwidth between corruption duplication from latency loss reordering to
    faults.degrade.bandwidth: queue rate
    faults.degrade.latency: constant exponential log_normal uniform
    faults.degrade.latency.log_normal: median p99
    faults.degrade.reordering: by share
    faults.disk: full latency lie misread miswrite phantom read_error rot stall sync_error write_error
    faults.disk.stall: by share
    faults.hold: between from to
    faults.lag: between by from to
    faults.membership: add least most remove retry stop
    faults.partition: among clients connected groups isolate one_way period shape share
    faults.restart: config down gap
    faults.slow: cpu disk
    faults.when: changed event field file message nodes nth point required role within
    limits: check effects events in_flight inbox
    measures: after max min p50 p90 p99 p99.9 report within
    network: bandwidth corruption duplication latency links loss priorities reordering stream zones
    network.bandwidth: queue rate
    network.latency: constant exponential log_normal uniform
    network.latency.log_normal: median p99
    network.links: bandwidth between corruption duplication from latency loss reordering to
    network.links.bandwidth: queue rate
    network.links.latency: constant exponential log_normal uniform
    network.links.latency.log_normal: median p99
    network.links.reordering: by share
    network.priorities: demote hold order
    network.reordering: by share
    network.stream: buffer retransmit session_timeout
    scenario: about calm duration expect protocol
    workload: arrivals keys mix operations phases retry timeout
    workload.phases: arrivals at for mix name
    workload.retry: attempts backoff
    "#]];

#[test]
fn every_table_is_described() {
    let mut names = String::new();
    for table in tables() {
        assert!(!table.about.is_empty(), "{} says what it is", table.name);
        for key in &table.keys {
            assert!(!key.about.is_empty(), "{}.{} says what it is", table.name, key.name);
            assert_ne!(key.form, "anything", "{}.{} has a form", table.name, key.name);
        }
        let keys: Vec<&str> = table.keys.iter().map(|key| key.name.as_str()).collect();
        let _ = writeln!(names, "{}: {}", table.name, keys.join(" "));
    }
    TABLES.assert_eq(&names);
}

#[test]
fn a_configuration_is_described() {
    expect![[r#"
        config — A configuration such as a protocol has.
          batch: an integer [0]
          bug: "vote_twice" or "skip_sync"
          election_timeout: a duration or a range such as "150ms..300ms" [0s]
          heartbeat: a duration such as "150ms" [0s]
          snapshot: { every = an integer } [{ every = 0 }]
    "#]]
    .assert_eq(&page(&[config_keys::<Config>()]));
}

#[test]
fn the_schema_has_the_configuration_of_its_protocol() {
    let schema = schema::<Config>().to_value();
    assert_eq!(schema.pointer("/properties/config/$ref"), Some(&"#/$defs/Config".into()));
    assert!(schema.pointer("/$defs/Config/properties/heartbeat").is_some());
    assert_eq!(schema.pointer("/properties/format/const"), Some(&1.into()));
    assert!(schema.pointer("/properties/vary").is_some());
    assert_eq!(schema.get("additionalProperties"), Some(&false.into()));
}
