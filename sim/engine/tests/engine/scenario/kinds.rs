//! The schema, and what `describe` says, both from the types.

use super::Config;
use expect_test::expect;
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

#[test]
fn every_kind_of_fault_is_described() {
    let kinds = fault_kinds();
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name.as_str()).collect();
    let mut known = Fault::KINDS.to_vec();
    known.sort();
    assert_eq!(names, known);
    expect![[r#"
        clock — Lets clocks drift or jump.
          drift: a drift or a range such as "-100ppm..100ppm"
          jump: an offset or a range such as "-50ms..50ms"
          offset: an offset or a range such as "-50ms..50ms"
          strobe: a table
        crash — Stops nodes; their memory is lost, of their unsynced writes the storm chooses.
          down: a duration or a range such as "150ms..300ms"
          for_good: true or false [false]
          unsynced: "random" or "drop" or "keep" or "tear" [random]
        join — Lets spares join: they boot, and stay.
        membership — Lets an operator ask for a change of the cluster; over when the change is done.
          add: a text or a list of text
          least: an integer
          most: an integer
          remove: a text or a list of text
          retry: a duration such as "150ms" [500ms]
          stop: true or false [false]
        partition — Cuts links between groups of participants.
          clients: "both" or "stay" or "follow" [both]
          groups: a list of list of text
          isolate: a text or a list of text
          one_way: a list of list of text
          shape: "halves" or "isolate-one" or "one-way"
        pause — Stops nodes for a while; they keep their memory, and clocks go on.
        restart — Stops nodes in good order, and starts them with another configuration; over when all run.
          config: a table
          down: a duration or a range such as "150ms..300ms" [1s]
          gap: a duration such as "150ms"
        slow — Makes nodes slow.
          cpu: a factor or a range such as "2x..20x"
          disk: a factor or a range such as "2x..20x"
        wipe — Stops nodes and empties their disks.
    "#]]
    .assert_eq(&page(&kinds));
}

#[test]
fn every_key_of_a_fault_is_described() {
    let doc = fault_keys();
    assert!(doc.keys.iter().all(|key| !key.about.is_empty()));
    expect![[r#"
        faults — One entry of `[[faults]]`: common keys, and exactly one kind.
          after: a text
          at: a duration or a range such as "150ms..300ms"
          bind: a text
          delay: a duration or a range such as "150ms..300ms"
          for: a duration or a range such as "150ms..300ms"
          name: a text
          nodes: a text or a list of text
          step: an integer
          within: a duration such as "150ms"
    "#]]
    .assert_eq(&page(&[doc]));
}

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
    expect![[r#"
        chaos: clock crash membership partition pause restart slow swarm wipe
        chaos.clock: drift every for jump offset strobe
        chaos.clock.strobe: by period
        chaos.crash: down every
        chaos.membership: every for least most stop
        chaos.partition: clients every for shapes
        chaos.pause: every for
        chaos.restart: config down every
        chaos.slow: cpu disk every for
        chaos.wipe: down every
        checks: always consistency eventually progress_within sometimes
        clocks: drift offset
        cluster: clients nodes spares
        faults: after at bind clock crash delay for join membership name nodes partition pause restart slow step wipe within
        faults.clock: drift jump offset strobe
        faults.clock.strobe: by period
        faults.crash: down for_good unsynced
        faults.membership: add least most remove retry stop
        faults.partition: clients groups isolate one_way shape
        faults.restart: config down gap
        faults.slow: cpu disk
        limits: check effects events in_flight inbox
        measures: after max min p50 p90 p99 p99.9 report within
        network: duplication latency loss reordering
        network.latency: constant exponential uniform
        network.reordering: by share
        scenario: about calm duration expect protocol
        workload: arrivals keys mix operations phases retry timeout
        workload.phases: arrivals at for mix name
        workload.retry: attempts backoff
    "#]]
    .assert_eq(&names);
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
