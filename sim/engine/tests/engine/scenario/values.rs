//! Values in all their forms, and what a plan makes of them: what is written is read back.

use super::{LEAST, loaded};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use squall_engine::ids::NodeId;
use squall_engine::scenario::bound::{Bound, Number};
use squall_engine::scenario::fault::{ClientSide, Partition, Shape, Target};
use squall_engine::scenario::tables::{Cluster, Latency, Nodes, Reordering};
use squall_engine::scenario::{Roster, Scenario};
use squall_engine::units::{DriftRange, FactorRange, OffsetRange, Rate, Ratio, Span, SpanRange};
use std::fmt::{Debug, Display};
use std::str::FromStr;

/// Reads `json` as `want`, and `want` again from its own JSON.
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(json: &str, want: &T) {
    let read: T = serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"));
    assert_eq!(&read, want, "{json}");
    let again = serde_json::to_string(want).expect("it is data");
    let read: T = serde_json::from_str(&again).unwrap_or_else(|error| panic!("{again}: {error}"));
    assert_eq!(&read, want, "{again}");
}

#[test]
fn nodes() {
    check("5", &Nodes::Count(5));
    let kinds = [("a".to_string(), 1), ("b".to_string(), 0)];
    check(r#"{"a": 1, "b": 0}"#, &Nodes::Kinds(kinds.into_iter().collect()));
}

#[test]
fn latencies() {
    let range = SpanRange::new(Span::millis(1), Span::millis(9));
    check(r#""5ms""#, &Latency::Constant(Span::millis(5)));
    check(r#""1ms..9ms""#, &Latency::Uniform(range));
    check(r#"{"constant": "5ms"}"#, &Latency::Constant(Span::millis(5)));
    check(r#"{"uniform": "1ms..9ms"}"#, &Latency::Uniform(range));
    check(r#"{"uniform": "5ms"}"#, &Latency::Uniform(SpanRange::exactly(Span::millis(5))));
    check(r#"{"exponential": {"mean": "5ms"}}"#, &Latency::Exponential { mean: Span::millis(5) });
}

#[test]
fn reorderings() {
    let by = SpanRange::new(Span::millis(1), Span::millis(2));
    let share = Ratio::ppm(10_000);
    check(r#""1%""#, &Reordering { share, ..Reordering::default() });
    check(r#"{"share": "1%"}"#, &Reordering { share, ..Reordering::default() });
    check(r#"{"share": "1%", "by": "1ms..2ms"}"#, &Reordering { share, by });
}

#[test]
fn targets() {
    check(r#""random 2""#, &Target::One("random 2".to_string()));
    check(r#"["n1", "n2"]"#, &Target::Many(vec!["n1".to_string(), "n2".to_string()]));
}

#[test]
fn partitions() {
    let blank = Partition::default;
    let group = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
    check(r#""halves""#, &Partition { shape: Some(Shape::Halves), ..blank() });
    check(r#"{"shape": "one-way"}"#, &Partition { shape: Some(Shape::OneWay), ..blank() });
    let isolate = Some(Target::One("leader".to_string()));
    check(
        r#"{"isolate": "leader", "clients": "follow"}"#,
        &Partition { isolate, clients: ClientSide::Follow, ..blank() },
    );
    let groups: Vec<Vec<String>> = vec![group(&["n1", "c1"]), group(&["others"])];
    check(
        r#"{"groups": [["n1", "c1"], ["others"]]}"#,
        &Partition { groups: groups.clone(), ..blank() },
    );
    check(r#"{"one_way": [["n1", "c1"], ["others"]]}"#, &Partition { one_way: groups, ..blank() });
}

#[test]
fn bounds() {
    let number = |count| Bound::Number(Number::millionths(count));
    check(r#""800ms""#, &Bound::Span(Span::millis(800)));
    check(r#""20%""#, &Bound::Ratio(Ratio::ppm(200_000)));
    check(r#""5ppm""#, &Bound::Ratio(Ratio::ppm(5)));
    check(r#""760/s""#, &Bound::Rate("760/s".parse().expect("it is a rate")));
    check("12", &number(12_000_000));
    check("-3", &number(-3_000_000));
    check("0.5", &number(500_000));
    check("12.0", &number(12_000_000));
    assert_eq!(number(-1_500_000).to_string(), "-1.5");
    assert_eq!(number(12_000_000).to_string(), "12");
}

#[test]
fn a_whole_scenario() {
    let text = format!("{LEAST}{}", super::accepted::TABLES);
    let scenario = loaded(&text);
    let json = serde_json::to_string(&scenario).expect("it is data");
    let back: Scenario = serde_json::from_str(&json).expect("what was written is read");
    assert_eq!(back, scenario);
}

/// What a value prints is read as the same value.
fn again<T: Display + FromStr<Err = String> + PartialEq + Debug>(value: &T) {
    let text = value.to_string();
    assert_eq!(&text.parse::<T>().unwrap_or_else(|error| panic!("{error}")), value, "{text}");
}

proptest! {
    #![proptest_config(super::fixed())]

    #[test]
    fn quantities_print_as_they_are_read(a: u64, b: u64, c: i64, d: i64) {
        let (low, high) = (a.min(b), a.max(b));
        again(&Span::nanos(a));
        again(&Span::millis(a % 1_000_000));
        again(&SpanRange::new(Span::nanos(low), Span::nanos(high)));
        again(&OffsetRange { low: c.min(d).max(-i64::MAX), high: c.max(d) });
        let drift = |offset: i64| offset % 900_000_001;
        again(&DriftRange { low: drift(c).min(drift(d)), high: drift(c).max(drift(d)) });
        let factor = |number: u64| 1_000 + (number % 999_999_001) as u32;
        let (one, other) = (factor(a), factor(b));
        again(&FactorRange { low: one.min(other), high: one.max(other) });
        again(&Ratio::ppm((a % 1_000_001) as u32));
        let text = format!("{}.{:03}/s", a % 1_000_000, b % 1000);
        if let Ok(rate) = text.parse::<Rate>() {
            again(&rate);
        }
    }

    #[test]
    fn numbers_survive_their_json(count in -4_000_000_000_000_000_i64..4_000_000_000_000_000) {
        let bound = Bound::Number(Number::millionths(count));
        let json = serde_json::to_string(&bound).expect("it is data");
        let read: Bound = serde_json::from_str(&json).expect("it is read");
        prop_assert_eq!(read, bound, "{}", json);
    }

    #[test]
    fn any_text_is_refused_in_one_line_or_read(text in ".{0,12}") {
        let _ = (text.parse::<Span>(), text.parse::<SpanRange>(), text.parse::<OffsetRange>());
        let _ = (text.parse::<Ratio>(), text.parse::<DriftRange>(), text.parse::<Rate>());
        let file = format!("{LEAST}[network]\nloss = {text:?}");
        if let Ok(document) = squall_engine::scenario::Document::parse("s.toml", &file)
            && let Err(error) = document.scenario()
        {
            prop_assert!(!error.to_string().contains('\n'));
        }
    }

    #[test]
    fn names_lead_to_nodes(a in 0..30_u32, b in 0..30_u32, clients in 0..30_u32, kinds: bool) {
        let counts = [("proxy".to_string(), a), ("backend".to_string(), b)];
        let nodes =
            if kinds { Nodes::Kinds(counts.into_iter().collect()) } else { Nodes::Count(a) };
        let roster = Roster::new(&Cluster { nodes, clients, spares: 0 }, &["proxy", "backend"]);
        for id in roster.nodes().chain(roster.clients()) {
            prop_assert_eq!(roster.find(&roster.name(id)), Some(id));
        }
        for (number, _) in roster.kinds().enumerate() {
            prop_assert!(roster.members(number).all(|id| roster.kind_of(id) == Some(number)));
        }
    }
}

#[test]
fn rosters() {
    let nodes = Nodes::Kinds([("b".to_string(), 2), ("a".to_string(), 1)].into_iter().collect());
    let roster = Roster::new(&Cluster { nodes, clients: 2, spares: 0 }, &["b", "a"]);
    assert_eq!(roster.node_names(), ["b1", "b2", "a1"]);
    assert_eq!(roster.summary(), "b1..b2, a1");
    assert_eq!(roster.find("a1"), Some(NodeId::node(2)));
    assert_eq!(roster.find("c2"), Some(NodeId::client(1)));
    for stranger in ["b3", "b0", "b01", "b", "n1", "c3", "c", ""] {
        assert_eq!(roster.find(stranger), None, "{stranger}");
    }
    let plain = Roster::new(&Cluster { nodes: Nodes::Count(3), clients: 0, spares: 0 }, &[]);
    assert_eq!(plain.summary(), "n1..n3");
    assert_eq!(plain.stream_id(NodeId::node(1)), squall_engine::stream::name_id("n2"));
    assert_eq!(plain.kinds().collect::<Vec<_>>(), ["node"]);
    assert!(plain.members_of("node").is_none());
}
