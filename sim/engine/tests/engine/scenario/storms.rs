//! What `[chaos]` draws.

use super::{LEAST, check_file, loaded, relay};
use proptest::prelude::*;
use squall_engine::chaos::storm;
use squall_engine::ids::NodeId;
use squall_engine::scenario::fault::{ClientSide, Fault, Shape};
use squall_engine::scenario::tables::Chaos;
use squall_engine::scenario::{Roster, Scenario};
use squall_engine::units::{Span, SpanRange};

const CRASH: &str = "crash = { every = \"1s\", down = \"1s..4s\" }\n";
const CUT: &str = "partition = { every = \"1s\", for = \"1s..4s\" }\n";
const PAUSE: &str = "pause = { every = \"1s\", for = \"1s..4s\" }\n";
const CLOCK: &str = "clock = { every = \"1s\", for = \"1s..4s\", drift = \"-10%..10%\", \
                     jump = \"-9s..9s\", strobe = { by = \"1s\", period = \"20ms\" } }\n";
const MEMBERSHIP: &str = "membership = { every = \"1s\", for = \"1s..4s\", stop = true }\n";
const WIPE: &str = "wipe = { every = \"1s\", down = \"1s..4s\" }\n";
const RESTART: &str = "restart = { every = \"1s\", down = \"1s..4s\" }\n";
const SLOW: &str =
    "slow = { every = \"1s\", for = \"1s..4s\", cpu = \"2x..20x\", disk = \"2x\" }\n";
const DISK: &str = "disk = { every = \"1s\", for = \"1s..4s\", \
                    ways = [{ full = true }, { lie = \"5%\" }] }\n";
const CHANCE: &str = "chance = { every = \"1s\", for = \"1s..4s\" }\n";

const DEGRADE: &str = "degrade = { every = \"1s\", for = \"1s..4s\", loss = \"50%\", \
                       reordering = \"20%\", corruption = \"5%\", bandwidth = \"1MB/s\" }\n";
const LAG: &str = "lag = { every = \"1s\", for = \"1s..4s\", by = \"50ms..1s\" }\n";
const CLOG: &str = "clog = { every = \"1s\", for = \"1s..4s\" }\n";
const HOLD: &str = "hold = { every = \"1s\", for = \"1s..4s\" }\n";

/// What switches each kind on, in the order in which they are drawn.
const CHAOS: [(&str, &str); 14] = [
    ("crash", CRASH),
    ("partition", CUT),
    ("pause", PAUSE),
    ("clock", CLOCK),
    ("degrade", DEGRADE),
    ("lag", LAG),
    ("clog", CLOG),
    ("hold", HOLD),
    ("wipe", WIPE),
    ("restart", RESTART),
    ("slow", SLOW),
    ("disk", DISK),
    ("chance", CHANCE),
    ("membership", MEMBERSHIP),
];

/// All kinds but one.
fn without(kind: &str) -> String {
    CHAOS.iter().filter(|(other, _)| *other != kind).map(|(_, chaos)| *chaos).collect()
}

fn all() -> String {
    without("")
}

/// The kinds that hold nodes down, still or apart.
const BUDGETED: [&str; 6] = ["crash", "partition", "pause", "wipe", "restart", "disk"];

fn text(nodes: &str, chaos: &str) -> String {
    let heading = LEAST.replace("\"30s\"", "\"30s\"\ncalm = \"10s\"");
    let protocol = if nodes.contains('{') { "relay" } else { "raft" };
    let cluster = heading.replace("nodes = 5", &format!("nodes = {nodes}"));
    let budget = "[budget]\nwiped = 9\n";
    format!("{}{budget}[chaos]\n{chaos}", cluster.replace("raft", protocol))
}

fn drawn(nodes: &str, chaos: &str, seed: u64) -> (Scenario, Roster, Vec<Fault>) {
    let scenario = loaded(&text(nodes, chaos));
    let roster = Roster::new(&scenario.cluster, &relay().kinds);
    let faults = storm(&scenario, &roster, seed);
    (scenario, roster, faults)
}

fn of_kind<'a>(faults: &'a [Fault], kind: &str) -> Vec<&'a Fault> {
    faults.iter().filter(|fault| fault.kind().name() == kind).collect()
}

fn words(fault: &Fault) -> Vec<&str> {
    let target = fault.nodes.as_ref().or_else(|| fault.partition.as_ref()?.isolate.as_ref());
    let mut words: Vec<&str> = target.iter().flat_map(|t| t.words()).map(String::as_str).collect();
    if let Some(cut) = &fault.partition {
        // A bridge is in both groups and cut off from neither; of a rolling cut one is at a time.
        let groups = cut.groups.iter().chain(&cut.one_way).flatten().map(String::as_str);
        let named: Vec<&str> = groups.filter(|word| *word != "others").collect();
        let once = |word: &&str| named.iter().filter(|other| *other == word).count() == 1;
        words.extend(named.iter().copied().filter(once));
        let most = if cut.shape == Some(Shape::Rolling) { 1 } else { usize::MAX };
        let among = cut.among.iter().flat_map(|among| among.words()).map(String::as_str);
        words.extend(among.take(most));
    }
    words
}

/// From when until when a fault holds whom, as planned; a fault at a step always.
fn holds(fault: &Fault, roster: &Roster) -> (Span, Span, Vec<NodeId>) {
    let down = fault.restart.as_ref().map(|restart| restart.down);
    let lasts = exact(fault.length().or(down));
    let find = |word: &str| match roster.zones().iter().position(|zone| zone == word) {
        Some(zone) => roster.in_zone(zone),
        None => vec![roster.find(word).expect("it is a node")],
    };
    let nodes = words(fault).into_iter().flat_map(find).filter(|id| !id.is_client());
    match fault.at {
        Some(at) => (at.low, at.low + lasts, nodes.collect()),
        None => (Span::ZERO, Span::MAX, nodes.collect()),
    }
}

fn exact(range: Option<SpanRange>) -> Span {
    let range = range.expect("a drawn fault has a drawn length");
    assert_eq!(range.low, range.high, "drawn before the run");
    range.low
}

/// At the beginning of each fault: of each kind of nodes a minority is held by faults like it.
fn check_budget(faults: &[&Fault], roster: &Roster) {
    let holds: Vec<_> = faults.iter().map(|fault| holds(fault, roster)).collect();
    for (instant, _, _) in &holds {
        let active = holds.iter().filter(|(from, to, _)| from <= instant && instant <= to);
        let mut held: Vec<NodeId> = active.flat_map(|(_, _, nodes)| nodes.clone()).collect();
        held.sort();
        held.dedup();
        for kind in 0..roster.kinds().count() {
            let count = held.iter().filter(|node| roster.kind_of(**node) == Some(kind)).count();
            let all = roster.members(kind).len();
            assert!(count * 2 < all.max(1), "{count} of {all} at {instant}: {faults:#?}");
        }
    }
}

fn check_storm(nodes: &str, seed: u64) {
    let (scenario, roster, faults) = drawn(nodes, &all(), seed);
    let end = scenario.scenario.duration - scenario.scenario.calm;
    for (kind, _) in CHAOS {
        let of_kind = of_kind(&faults, kind);
        if BUDGETED.contains(&kind) {
            check_budget(&of_kind, &roster);
        }
        for (index, fault) in of_kind.iter().enumerate() {
            assert_eq!(fault.name, format!("chaos-{kind}-{}", index + 1));
            assert!(fault.at.is_none_or(|at| at.low == at.high && at.high < end));
            assert!(fault.at.is_some() != fault.step.is_some());
        }
    }
}

proptest! {
    #![proptest_config(super::fixed())]

    #[test]
    fn a_storm_holds_a_minority_of_each_kind(seed: u64, nodes in 1..9_u32, proxies in 0..4_u32) {
        check_storm(&nodes.to_string(), seed);
        check_storm(&format!("{{ proxy = {proxies}, backend = {nodes} }}"), seed);
        if nodes >= 3 {
            check_storm(&format!("{nodes}\nclients = 2\nzones = [\"a\", \"b\", \"c\"]"), seed);
        }
    }

    #[test]
    fn switching_a_kind_off_leaves_the_others(seed: u64, swarm: bool) {
        let swarm = format!("swarm = {swarm}\n");
        let all = drawn("5", &format!("{swarm}{}", all()), seed).2;
        for (kind, _) in CHAOS {
            let others: Vec<Fault> =
                all.iter().filter(|fault| fault.kind().name() != kind).cloned().collect();
            let rest = format!("{swarm}{}", without(kind));
            prop_assert_eq!(drawn("5", &rest, seed).2, others);
        }
    }

    #[test]
    fn a_drawn_storm_is_one_that_an_author_could_write(seed: u64) {
        for nodes in ["5", "{ proxy = 3, backend = 4 }", "5\nzones = [\"a\", \"b\", \"c\"]"] {
            let (mut scenario, _, mut faults) = drawn(nodes, &all(), seed);
            for fault in &mut faults {
                fault.name = fault.name.replace("chaos", "written");
            }
            scenario.chaos = Chaos::default();
            scenario.faults = faults;
            let written = toml::to_string(&scenario).expect("a scenario is data");
            prop_assert_eq!(loaded(&written), scenario);
        }
    }

    #[test]
    fn a_longer_run_begins_like_a_shorter_one(seed: u64) {
        let short = drawn("5", &all(), seed).2;
        let text = text("5", &all()).replace("\"30s\"", "\"60s\"");
        let scenario = loaded(&text);
        let long = storm(&scenario, &Roster::new(&scenario.cluster, &[]), seed);
        for (kind, _) in CHAOS {
            let (short, long) = (of_kind(&short, kind), of_kind(&long, kind));
            prop_assert_eq!(&long[..short.len()], &short[..]);
        }
    }
}

#[test]
fn crashes_at_steps_strike_one_node_further_and_further_on() {
    let mut with_steps = 0;
    for seed in 0..100 {
        let (_, _, faults) = drawn("5", CRASH, seed);
        let steps: Vec<&Fault> = faults.iter().filter(|fault| fault.step.is_some()).collect();
        with_steps += usize::from(!steps.is_empty());
        assert!(steps.is_sorted_by(|a, b| a.step < b.step));
        assert!(steps.windows(2).all(|pair| pair[0].nodes == pair[1].nodes));
        let victim = steps.first().and_then(|fault| fault.nodes.clone());
        let timed = faults.iter().filter(|fault| fault.at.is_some());
        assert!(victim.is_none() || timed.clone().all(|fault| fault.nodes != victim));
    }
    assert!((30..70).contains(&with_steps), "{with_steps} of 100");
}

#[test]
fn a_storm_comes_about_as_often_as_it_says() {
    let count = |chaos: &str| (0..200).map(|seed| drawn("9", chaos, seed).2.len()).sum::<usize>();
    let pauses = count("pause = { every = \"2s\", for = \"10ms\" }");
    assert!((1800..2200).contains(&pauses), "{pauses} in 200 storms of 20s");
    let swarm = count("swarm = true\npause = { every = \"2s\", for = \"10ms\" }");
    assert!((900..2200).contains(&swarm), "{swarm} with half of them off and rates changed");
}

#[test]
fn a_swarm_switches_each_kind_off_for_half_of_the_seeds() {
    let chaos = format!("swarm = true\n{}", all());
    for (kind, _) in CHAOS {
        let on = |seed: &u64| !of_kind(&drawn("5", &chaos, *seed).2, kind).is_empty();
        let on = (0..200).filter(on).count();
        assert!((75..125).contains(&on), "{kind} is on for {on} of 200");
    }
}

/// The numbers that drawn storms of one kind show, as shares of what the scenario says at most.
fn shares(chaos: &str, of: impl Fn(&Fault) -> u64, most: u64) -> Vec<u64> {
    let chaos = format!("swarm = true\n{chaos}");
    let greatest = |seed| drawn("5", &chaos, seed).2.iter().map(&of).max();
    let mut shares: Vec<u64> = (0..100).filter_map(greatest).map(|n| n * 100 / most).collect();
    shares.sort_unstable();
    shares.dedup();
    shares
}

#[test]
fn a_swarm_draws_how_long_and_how_bad() {
    let four = [10, 25, 50, 100];
    let lasts = |fault: &Fault| exact(fault.length()).as_nanos();
    for kind in [CRASH, CUT, PAUSE, CLOCK, WIPE, SLOW, DISK, CHANCE, DEGRADE, LAG, CLOG, HOLD] {
        let always = kind.replace("1s..4s", "4s");
        assert_eq!(shares(&always, lasts, 4_000_000_000), four, "{kind}");
    }
    let lag = |fault: &Fault| fault.lag.as_ref().map_or(0, |lag| lag.by.high.as_nanos());
    assert_eq!(shares(LAG, lag, 1_000_000_000), four);
    let slow = |fault: &Fault| fault.slow.as_ref().and_then(|slow| slow.disk).map_or(0, |x| x.high);
    assert_eq!(shares(SLOW, |fault| u64::from(slow(fault)) - 1_000, 1_000), four);
    let lie = |fault: &Fault| fault.disk.as_ref().map_or(0, |disk| disk.lie.as_ppm());
    assert_eq!(shares(DISK, |fault| u64::from(lie(fault)), 50_000), four);
    let taken = |fault: &Fault| fault.chance.as_ref().map_or(0, |chance| chance.taken.as_ppm());
    assert_eq!(shares(CHANCE, |fault| u64::from(taken(fault)), 250_000), four);
    let exact_jump = CLOCK.replace("-9s..9s", "-9s").replace("drift = \"-10%..10%\", ", "");
    let jump = |fault: &Fault| fault.clock.as_ref().and_then(|clock| clock.jump);
    let jump = |fault: &Fault| jump(fault).map_or(0, |jump| jump.low.unsigned_abs());
    assert!(four.iter().all(|n| shares(&exact_jump, jump, 9_000_000_000).contains(n)));
    let loss = |fault: &Fault| fault.degrade.as_ref().and_then(|worse| worse.loss);
    let loss = |fault: &Fault| u64::from(loss(fault).map_or(0, |loss| loss.as_ppm()));
    let quiet = |seed: &u64| {
        let faults = drawn("5", &format!("swarm = true\n{DEGRADE}"), *seed).2;
        faults.len() > 9 && faults.iter().all(|fault| loss(fault) <= 50_000)
    };
    assert!((0..100).any(|seed| quiet(&seed)), "a tenth of 50%");
}

#[test]
fn only_the_shapes_that_are_listed_are_drawn() {
    let cut =
        "partition = { every = \"1s\", for = \"1s\", shapes = [\"one-way\"], clients = \"stay\" }";
    let (_, _, faults) = drawn("4", cut, 3);
    assert!(!faults.is_empty());
    for fault in &faults {
        let cut = fault.partition.as_ref().expect("nothing else is on");
        assert_eq!((cut.one_way.len(), cut.clients), (2, ClientSide::Stay));
        assert!(cut.isolate.is_none() && cut.groups.is_empty());
    }
}

#[test]
fn storms_are_pinned() {
    let (_, _, faults) = drawn("5", &all(), 7);
    let shown = |fault: &&Fault| {
        let step = format!("step {}", fault.step.unwrap_or_default());
        let at = fault.at.map_or(step, |at| at.to_string());
        format!("{} {at} {}", fault.name, words(fault).join(" "))
    };
    let first = |(kind, _): (&'static str, _)| {
        of_kind(&faults, kind).iter().take(2).map(shown).collect::<Vec<_>>()
    };
    let lines: Vec<String> = CHAOS.into_iter().flat_map(first).collect();
    let want = [
        "chaos-crash-1 223269us n3",
        "chaos-crash-2 step 300 n4",
        "chaos-partition-1 240590us n5 n1",
        "chaos-partition-2 3456330us n2 n5",
        "chaos-pause-1 117185us n5",
        "chaos-pause-2 126820us n4",
        "chaos-clock-1 420996us n3",
        "chaos-clock-2 904137us n1",
        "chaos-degrade-1 3428556us n1",
        "chaos-degrade-2 5012257us ",
        "chaos-lag-1 1392508us n5",
        "chaos-lag-2 3558940us n4",
        "chaos-clog-1 76711us n1",
        "chaos-clog-2 777062us n3",
        "chaos-hold-1 1762127us n1",
        "chaos-hold-2 2722923us n4",
        "chaos-wipe-1 1308955us n5",
        "chaos-wipe-2 2011442us n4",
        "chaos-restart-1 493511us n1",
        "chaos-restart-2 1362973us n3",
        "chaos-slow-1 2146037us n4",
        "chaos-slow-2 2358749us n1",
        "chaos-disk-1 356783us n2",
        "chaos-disk-2 1915268us n3",
        "chaos-chance-1 706822us all",
        "chaos-chance-2 1752116us all",
        "chaos-membership-1 338897us ",
        "chaos-membership-2 934032us ",
    ];
    assert_eq!(lines, want);
}

#[test]
fn a_drawn_fault_of_a_clock_is_of_one_of_the_ways_given() {
    let mut seen = [0; 4];
    for seed in 0..20 {
        for fault in drawn("5", CLOCK, seed).2 {
            let clock = fault.clock.expect("nothing else is on");
            let ways = [
                clock.drift.is_some_and(|drift| drift.low == drift.high),
                clock.offset.is_some(),
                clock.jump.is_some_and(|jump| jump.low == jump.high),
                clock.strobe.is_some(),
            ];
            assert_eq!(ways.iter().filter(|way| **way).count(), 1, "{clock:?}");
            seen.iter_mut().zip(ways).for_each(|(count, way)| *count += u32::from(way));
        }
    }
    assert!(seen[0] > 50 && seen[1] == 0 && seen[2] > 50 && seen[3] > 50, "{seen:?}");
}

#[test]
fn a_calm_as_long_as_the_run_leaves_no_storm() {
    let text = text("5", CRASH).replace("\"10s\"", "\"30s\"");
    check_file(&text, "fine");
    let scenario = loaded(&text);
    let roster = Roster::new(&scenario.cluster, &[]);
    assert_eq!(storm(&scenario, &roster, 1), []);
}

#[test]
fn every_shape_is_drawn() {
    let nodes = "7\nzones = [\"a\", \"b\", \"c\"]";
    for shape in Shape::ALL {
        let name = serde_json::to_value(shape).expect("a word").as_str().map(String::from);
        let name = name.expect("a word");
        let cut = format!(
            "partition = {{ every = \"5s\", for = \"1s\", shapes = [\"{name}\"], \
             period = \"20ms\" }}"
        );
        let faults: Vec<Fault> = (0..20).flat_map(|seed| drawn(nodes, &cut, seed).2).collect();
        assert!(faults.len() > 20, "{name}: {}", faults.len());
        let changes = |fault: &Fault| fault.partition.as_ref().is_some_and(|p| p.period.is_some());
        assert!(faults.iter().all(|fault| changes(fault) == shape.changes()), "{name}");
    }
}
