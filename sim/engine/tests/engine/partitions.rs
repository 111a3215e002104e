//! The shapes of partitions: whom each one keeps from whom, and how those that change go on.

use crate::script::{check, plan, run, run_plan};
use expect_test::expect;
use std::collections::{BTreeMap, BTreeSet};

type Reach = BTreeMap<String, BTreeSet<String>>;

/// From whom each node hears while everybody speaks to everybody under a partition.
fn heard(nodes: u32, partition: &str, seed: u64) -> Reach {
    let script = format!(
        r#"set cluster.nodes={nodes}
           * start: set t 10ms
           * timer t: all a
           fault {{ at = "1ms", partition = {partition} }}"#
    );
    let mut heard: Reach = (1..=nodes).map(|node| (format!("n{node}"), BTreeSet::new())).collect();
    for line in run_plan(plan(&script, seed)).transcript.lines() {
        if let [_, to, "gets", "a", "from", from] = line.split(' ').collect::<Vec<_>>()[..] {
            heard.get_mut(to).expect("it is a node").insert(from.to_string());
        }
    }
    heard
}

fn symmetric(heard: &Reach) -> bool {
    heard.iter().all(|(to, all)| all.iter().all(|from| heard[from].contains(to)))
}

/// The groups of those that hear of each other, the smallest first.
fn groups(heard: &Reach) -> Vec<BTreeSet<String>> {
    let mut groups: Vec<BTreeSet<String>> = Vec::new();
    for node in heard.keys() {
        if groups.iter().any(|group| group.contains(node)) {
            continue;
        }
        let (mut group, mut new) = (BTreeSet::new(), vec![node.clone()]);
        while let Some(node) = new.pop() {
            new.extend(heard[&node].iter().filter(|other| !group.contains(*other)).cloned());
            group.insert(node);
        }
        groups.push(group);
    }
    groups.sort_by_key(BTreeSet::len);
    groups
}

fn sizes(heard: &Reach) -> Vec<usize> {
    assert!(symmetric(heard));
    groups(heard).iter().map(BTreeSet::len).collect()
}

#[test]
fn a_random_split_has_sides_of_any_size() {
    let sizes: BTreeSet<Vec<usize>> =
        (0..40).map(|seed| sizes(&heard(5, "\"random-split\"", seed))).collect();
    assert_eq!(sizes, [vec![1, 4], vec![2, 3]].into());
}

#[test]
fn a_minority_is_fewer_than_half() {
    let sizes: BTreeSet<Vec<usize>> =
        (0..40).map(|seed| sizes(&heard(6, "\"minority\"", seed))).collect();
    assert_eq!(sizes, [vec![1, 5], vec![2, 4]].into());
    let among = "{ shape = \"minority\", among = [\"n2\", \"n3\"] }";
    for seed in 0..20 {
        let alone = groups(&heard(5, among, seed)).remove(0);
        assert!(alone.iter().all(|node| node == "n2" || node == "n3"), "{alone:?}");
    }
}

#[test]
fn two_halves_share_the_node_of_a_bridge() {
    for nodes in 3..8 {
        let heard = heard(nodes, "\"bridge\"", 3);
        assert!(symmetric(&heard));
        let all = nodes as usize - 1;
        let bridges = heard.values().filter(|from| from.len() == all).count();
        assert_eq!(bridges, 1, "{heard:?}");
        let half = nodes as usize / 2;
        assert!(heard.values().all(|from| [half, all - half, all].contains(&from.len())));
    }
}

#[test]
fn in_a_ring_every_node_reaches_a_majority_and_no_two_the_same() {
    for nodes in 3..12 {
        let heard = heard(nodes, "\"majorities-ring\"", 1);
        assert!(symmetric(&heard), "{heard:?}");
        let mut seen = BTreeSet::new();
        for (node, from) in &heard {
            let mut reached = from.clone();
            reached.insert(node.clone());
            assert!(reached.len() > nodes as usize / 2, "{node} of {nodes}: {reached:?}");
            assert!(seen.insert(reached), "two of {nodes} nodes reach the same: {heard:?}");
        }
        assert!(heard.values().any(|from| from.len() + 1 < nodes as usize), "something is cut");
    }
}

#[test]
fn one_way_shapes_silence_or_deafen_one_node() {
    for seed in 0..10 {
        let silent = heard(4, "\"one-way-send\"", seed);
        let mute: Vec<&String> = silent.keys().filter(|node| silent[*node].len() == 3).collect();
        assert_eq!(mute.len(), 1, "{silent:?}");
        assert!(silent.values().all(|from| !from.contains(mute[0])));
        let deaf = heard(4, "\"one-way-receive\"", seed);
        let mut counts: Vec<usize> = deaf.values().map(BTreeSet::len).collect();
        counts.sort();
        assert_eq!(counts, [0, 3, 3, 3]);
    }
}

#[test]
fn a_random_graph_cuts_its_share_of_links_and_leaves_the_rest_connected() {
    let links = |heard: &Reach| heard.values().map(BTreeSet::len).sum::<usize>() / 2;
    let whole = 40 * 39 / 2;
    let graph = |more: &str, seed| {
        let heard = heard(40, &format!("{{ shape = \"random-graph\"{more} }}"), seed);
        assert!(symmetric(&heard), "a link is cut in both directions");
        heard
    };
    for seed in 0..5 {
        let half = graph("", seed);
        assert_eq!(groups(&half).len(), 1);
        let kept = links(&half);
        // A tree of 39 links is kept, of the others half: five standard deviations are 70.
        assert!(kept.abs_diff(39 + (whole - 39) / 2) < 70, "{kept} of {whole}");
        let most = graph(", share = \"95%\"", seed);
        assert_eq!(groups(&most).len(), 1);
        assert!(links(&most) < whole / 8);
        assert_eq!(links(&graph(", share = \"100%\"", seed)), 39, "the tree alone");
        let torn = graph(", share = \"100%\", connected = false", seed);
        assert_eq!(groups(&torn).len(), 40);
    }
}

#[test]
fn a_zone_is_cut_off_with_its_clients() {
    let cut = |partition: &str| {
        let script = format!(
            r#"set cluster.zones=["a","b"]
               set cluster.clients=2
               fault {{ name = "cut", at = "1ms", partition = {partition} }}"#
        );
        let transcript = run(&script).transcript;
        transcript.lines().find(|line| line.contains("+ cut")).map(String::from)
    };
    let b = Some("1 + cut partition n2, c2 | n1, n3".to_string());
    assert_eq!(cut("{ isolate = \"b\" }"), b);
    assert_eq!(cut("{ groups = [[\"b\"], [\"others\"]] }"), b);
    let drawn = cut("\"zone\"");
    let a = Some("1 + cut partition n1, n3, c1 | n2".to_string());
    assert!(drawn == a || drawn == b, "{drawn:?}");
}

#[test]
fn a_zone_strikes_its_nodes_wherever_nodes_are_named() {
    check(
        r#"set cluster.zones={ east = ["n1", "n3"], west = ["n2"] }
           fault { name = "hang", at = "1ms", for = "1ms", nodes = "east", pause = {} }"#,
        expect![[r#"
            1 + hang pause n1, n3
            1 n1 is paused
            1 n3 is paused
            2 - hang ends
            2 n1 goes on
            2 n3 goes on
        "#]],
    );
}

#[test]
fn who_is_in_several_groups_reaches_all_of_them() {
    check(
        r#"set cluster.nodes=4
           * start: all a
           fault { name = "cut", at = "0s",
           + partition = { groups = [["n1", "n2"], ["n2", "n3"], ["n3", "n4"]] } }"#,
        expect![[r#"
            0 + cut partition n1, n2 | n2, n3 | n3, n4
            0 n1 a from n1 to n3 lost: cut off
            0 n1 a from n1 to n4 lost: cut off
            0 n2 a from n2 to n4 lost: cut off
            0 n3 a from n3 to n1 lost: cut off
            0 n4 a from n4 to n1 lost: cut off
            0 n4 a from n4 to n2 lost: cut off
            1 n2 gets a from n1
            1 n1 gets a from n2
            1 n3 gets a from n2
            1 n2 gets a from n3
            1 n4 gets a from n3
            1 n3 gets a from n4
        "#]],
    );
}

#[test]
fn a_cut_with_a_period_comes_and_goes() {
    check(
        r#"n1 start: set t 5ms
           n1 timer t: send n2 a; set t 10ms
           set scenario.duration=40ms
           fault { name = "cut", at = "1ms", for = "30ms",
           + partition = { isolate = "n2", period = "10ms" } }"#,
        expect![[r#"
            1 + cut partition n2 | n1, n3
            5 n1 timer "t"
            5 n1 a from n1 to n2 lost: cut off
            11 ~ cut turns: whole
            15 n1 timer "t"
            16 n2 gets a from n1
            21 ~ cut turns: n2 | n1, n3
            25 n1 timer "t"
            25 n1 a from n1 to n2 lost: cut off
            31 - cut ends
            35 n1 timer "t"
            36 n2 gets a from n1
        "#]],
    );
}

/// The lines of the storm.
fn turns(partition: &str) -> String {
    let script = format!(
        r#"set cluster.nodes=5
           fault {{ name = "cut", at = "1ms", for = "100ms", partition = {partition} }}"#
    );
    run(&script).transcript
}

#[test]
fn a_rolling_cut_isolates_one_node_after_another() {
    expect![[r#"
        1 + cut partition n5 | n1, n2, n3, n4
        16 ~ cut turns: n4 | n1, n2, n3, n5
        31 ~ cut turns: n2 | n1, n3, n4, n5
        46 ~ cut turns: n3 | n1, n2, n4, n5
        61 ~ cut turns: n1 | n2, n3, n4, n5
        76 ~ cut turns: n5 | n1, n2, n3, n4
        91 ~ cut turns: n4 | n1, n2, n3, n5
        101 - cut ends
    "#]]
    .assert_eq(&turns("{ shape = \"rolling\", period = \"15ms\" }"));
}

#[test]
fn a_swizzle_cuts_nodes_off_one_by_one_and_lets_them_back_in_another_order() {
    let all = "[\"n1\", \"n2\", \"n3\", \"n4\"]";
    let swizzle = format!("{{ shape = \"swizzle\", period = \"10ms\", among = {all} }}");
    expect![[r#"
        1 + cut partition n4 | n1, n2, n3, n5
        11 ~ cut turns: n1, n4 | n2, n3, n5
        21 ~ cut turns: n1, n2, n4 | n3, n5
        31 ~ cut turns: n1, n2, n3, n4 | n5
        41 ~ cut turns: n2, n3, n4 | n1, n5
        51 ~ cut turns: n3, n4 | n1, n2, n5
        61 ~ cut turns: n4 | n1, n2, n3, n5
        71 ~ cut turns: whole
        81 ~ cut turns: n1 | n2, n3, n4, n5
        91 ~ cut turns: n1, n2 | n3, n4, n5
        101 - cut ends
    "#]]
    .assert_eq(&turns(&swizzle));
}

#[test]
fn a_flapping_cut_is_of_one_node() {
    expect![[r#"
        1 + cut partition n4 | n1, n2, n3, n5
        39.983 ~ cut turns: whole
        75.617 ~ cut turns: n4 | n1, n2, n3, n5
        101 - cut ends
    "#]]
    .assert_eq(&turns("{ shape = \"flapping\", period = \"20ms..40ms\" }"));
}

#[test]
fn a_cut_that_changes_ends_with_the_storm() {
    check(
        r#"set scenario.calm=900ms
           n1 start: set t 150ms
           n1 timer t: all a
           fault { name = "cut", at = "1ms", partition = { shape = "rolling", period = "60ms" } }"#,
        expect![[r#"
            1 + cut partition n3 | n1, n2
            61 ~ cut turns: n2 | n1, n3
            100 calm
            100 - cut ends
            150 n1 timer "t"
            151 n2 gets a from n1
            151 n3 gets a from n1
        "#]],
    );
}
