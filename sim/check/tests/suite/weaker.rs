//! Weaker orders agree with brute force, which tries all orders.

use squall_check::{
    Budget, Guarantee, History, Key, Kv, KvAnswer, KvOp, Model, OperationIndex, Order, PartOrder,
    ProofFlaw, Recipe, Values, Verdict, Weaker, Words, causal, converged, keeps, pram, sequential,
    verify_converged, verify_links, verify_sequential, verify_weaker,
};

type KvHistory = History<KvOp, KvAnswer>;

/// A small history with distinct values, most of them broken by exchanged answers.
fn small(seed: u64) -> KvHistory {
    let mut words = Words::new(seed ^ 0x3ea);
    let recipe = Recipe {
        seed,
        clients: 2 + words.below(2),
        operations: 4 + words.below(3),
        keys: 1 + words.below(2),
        values: Values::Distinct,
        ..Recipe::default()
    };
    let mut history = recipe.make::<Kv>();
    history.operations.retain(|operation| !matches!(operation.operation, KvOp::Cas { .. }));
    let written: Vec<(u64, u64)> = history
        .operations
        .iter()
        .filter_map(|operation| match operation.operation {
            KvOp::Write { key, value } => Some((u64::from(key.0), value)),
            KvOp::Read { .. } | KvOp::Cas { .. } => None,
        })
        .collect();
    for operation in &mut history.operations {
        if let (KvOp::Read { key }, squall_check::Completion::Ok { answer, .. }) =
            (&operation.operation, &mut operation.completion)
        {
            let own: Vec<u64> =
                written.iter().filter(|w| w.0 == u64::from(key.0)).map(|w| w.1).collect();
            // What a compare-and-set wrote went with it.
            let lost = matches!(answer, KvAnswer::Value(Some(value)) if !own.contains(value));
            if !lost && words.below(2) == 0 {
                continue;
            }
            let pick = words.below(own.len() as u32 + 1) as usize;
            *answer = KvAnswer::Value(own.get(pick).copied());
        }
    }
    history
}

/// Whether some order of all operations that `fits` accepts exists; `at` gives their places.
fn some_order(count: usize, fits: &dyn Fn(&[usize]) -> bool) -> bool {
    fn permute(order: &mut Vec<usize>, fixed: usize, fits: &dyn Fn(&[usize]) -> bool) -> bool {
        if fixed == order.len() {
            return fits(order);
        }
        (fixed..order.len()).any(|next| {
            order.swap(fixed, next);
            let found = permute(order, fixed + 1, fits);
            order.swap(fixed, next);
            found
        })
    }
    permute(&mut (0..count).collect(), 0, fits)
}

/// Whether `order`, which may leave operations out, agrees with processes and answers.
fn explains(history: &KvHistory, order: &[usize]) -> bool {
    let mut state = Kv::initial();
    for (place, &one) in order.iter().enumerate() {
        let operation = &history.operations[one];
        let late = |&&other: &&usize| {
            other < one && history.operations[other].process == operation.process
        };
        if order[place..].iter().find(late).is_some() {
            return false;
        }
        match Kv::step(&state, &operation.operation, operation.answer()) {
            Some(next) => state = next,
            None => return false,
        }
    }
    true
}

fn brute_pram(history: &KvHistory) -> bool {
    let processes: Vec<_> = history.operations.iter().map(|operation| operation.process).collect();
    processes.iter().all(|process| {
        let members: Vec<usize> = (0..history.operations.len())
            .filter(|&at| {
                let operation = &history.operations[at];
                operation.process == *process || matches!(operation.operation, KvOp::Write { .. })
            })
            .collect();
        some_order(members.len(), &|order| {
            let order: Vec<usize> = order.iter().map(|&place| members[place]).collect();
            explains(history, &order)
        })
    })
}

/// What each read came from, by places; `Some(None)` for the initial value.
fn sources(history: &KvHistory) -> Vec<Option<Option<usize>>> {
    let writer = |key, value| {
        let write = KvOp::Write { key, value };
        history.operations.iter().position(|operation| operation.operation == write)
    };
    let source = |operation: &squall_check::Operation<KvOp, KvAnswer>| match (
        &operation.operation,
        operation.answer(),
    ) {
        (KvOp::Read { key }, Some(KvAnswer::Value(value))) => {
            Some(value.and_then(|value| writer(*key, value)))
        }
        _ => None,
    };
    history.operations.iter().map(source).collect()
}

/// Whether an order of writes exists in which nothing that `sees` shows to a read comes after what
/// it read; `base` has to agree with it.
fn brute_visible(
    history: &KvHistory,
    base: &dyn Fn(usize, usize) -> bool,
    sees: &dyn Fn(usize, usize) -> bool,
) -> bool {
    let sources = sources(history);
    let operations = &history.operations;
    some_order(operations.len(), &|order| {
        let mut at = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, &one)| at[one] = place);
        let all = 0..order.len();
        let based =
            all.clone().all(|one| all.clone().all(|two| !base(one, two) || at[one] < at[two]));
        based
            && all.clone().all(|reader| {
                let Some(source) = sources[reader] else { return true };
                if source.is_some_and(|writer| at[writer] > at[reader]) {
                    return false;
                }
                all.clone().all(|other| {
                    let rival = matches!(operations[other].operation, KvOp::Write { .. })
                        && operations[other].operation.key() == operations[reader].operation.key()
                        && Some(other) != source;
                    let before = source.is_some_and(|writer| at[other] < at[writer]);
                    !rival || before || !sees(other, reader)
                })
            })
    })
}

fn brute_causal(history: &KvHistory) -> bool {
    let sources = sources(history);
    let count = history.operations.len();
    let session = |one: usize, two: usize| {
        one < two && history.operations[one].process == history.operations[two].process
    };
    let direct = |one, two| session(one, two) || sources[two] == Some(Some(one));
    let row = |one| (0..count).map(|two| direct(one, two)).collect();
    let mut past: Vec<Vec<bool>> = (0..count).map(row).collect();
    for via in 0..count {
        for one in 0..count {
            for two in 0..count {
                past[one][two] |= past[one][via] && past[via][two];
            }
        }
    }
    let sees = |one: usize, two: usize| past[one][two];
    brute_visible(history, &sees, &sees)
}

fn brute_session(history: &KvHistory, guarantee: Guarantee) -> bool {
    let sources = sources(history);
    let operations = &history.operations;
    let session =
        |one: usize, two: usize| one < two && operations[one].process == operations[two].process;
    let write = |one: usize| matches!(operations[one].operation, KvOp::Write { .. });
    let shown = |reader: usize| {
        let earlier = (0..reader).filter(move |&one| session(one, reader));
        earlier.chain([reader]).filter_map(|one| sources[one].flatten()).collect::<Vec<_>>()
    };
    let base = |one: usize, two: usize| match guarantee {
        Guarantee::ReadYourWrites | Guarantee::MonotonicReads => false,
        Guarantee::MonotonicWrites => write(one) && write(two) && session(one, two),
        Guarantee::WritesFollowReads => {
            write(two) && (0..two).any(|r| session(r, two) && sources[r] == Some(Some(one)))
        }
    };
    let sees = |other: usize, reader: usize| match guarantee {
        Guarantee::ReadYourWrites => session(other, reader),
        Guarantee::MonotonicReads => {
            (0..reader).any(|r| session(r, reader) && sources[r] == Some(Some(other)))
        }
        Guarantee::MonotonicWrites => {
            shown(reader).into_iter().any(|writer| session(other, writer))
        }
        Guarantee::WritesFollowReads => shown(reader).into_iter().any(|writer| {
            (0..writer).any(|r| session(r, writer) && sources[r] == Some(Some(other)))
        }),
    };
    brute_visible(history, &base, &sees)
}

/// Compares one checker with brute force and returns how many histories were violated.
fn check(
    count: u64,
    order: Option<Weaker>,
    proves: impl Fn(&KvHistory, &Order) -> Result<(), ProofFlaw>,
    judge: impl Fn(&KvHistory) -> Verdict,
    brute: impl Fn(&KvHistory) -> bool,
) -> u64 {
    let mut violated = 0;
    for seed in 0..count {
        let history = small(seed);
        let truth = brute(&history);
        match judge(&history) {
            Verdict::Ok(shown) => {
                assert!(truth, "seed {seed} accepted: {history:#?}");
                prove(&history, &shown, &proves);
            }
            Verdict::Violated(why) => {
                assert!(!truth, "seed {seed} refused, {why}: {history:#?}");
                if let Some(order) = order {
                    let proof = verify_links::<Kv>(&history, order, &why);
                    proof.unwrap_or_else(|flaw| {
                        panic!("seed {seed}: {flaw}, {why:?}: {history:#?}")
                    });
                }
                violated += 1;
            }
            Verdict::Undecided => panic!("seed {seed} undecided: {history:#?}"),
        }
    }
    violated
}

/// The order is a proof, and no proof any more once an operation is left out or stands twice; nor,
/// of some order, once it stands upside down.
fn prove(
    history: &KvHistory,
    shown: &Order,
    proves: &impl Fn(&KvHistory, &Order) -> Result<(), ProofFlaw>,
) {
    proves(history, shown).unwrap_or_else(|flaw| panic!("{flaw}: {shown:?} of {history:#?}"));
    for part in 0..shown.parts.len() {
        let refused = |change: &dyn Fn(&mut Vec<OperationIndex>)| {
            let mut shown = shown.clone();
            change(&mut shown.parts[part].operations);
            proves(history, &shown).is_err()
        };
        assert!(
            refused(&|order| order.truncate(order.len() - 1)),
            "one is missing: {shown:?} of {history:#?}"
        );
        assert!(refused(&|order| order.push(order[0])), "one stands twice: {shown:?}");
    }
}

fn check_all(count: u64) -> Vec<(&'static str, u64)> {
    let whole = |history: &KvHistory| {
        let all = history.operations.len();
        some_order(all, &|order| explains(history, order))
    };
    let weaker = |order| move |h: &KvHistory, shown: &Order| verify_weaker::<Kv>(h, order, shown);
    let session = |guarantee| {
        let order = Some(Weaker::Session(guarantee));
        let proves = weaker(Weaker::Session(guarantee));
        check(count, order, proves, |h| keeps::<Kv>(h, guarantee), |h| brute_session(h, guarantee))
    };
    vec![
        (
            "sequential",
            check(
                count,
                None,
                verify_sequential::<Kv>,
                |h| sequential::<Kv>(h, Budget::default()),
                whole,
            ),
        ),
        (
            "causal",
            check(count, Some(Weaker::Causal), weaker(Weaker::Causal), causal::<Kv>, brute_causal),
        ),
        ("pram", check(count, Some(Weaker::Pram), weaker(Weaker::Pram), pram::<Kv>, brute_pram)),
        ("read your writes", session(Guarantee::ReadYourWrites)),
        ("monotonic reads", session(Guarantee::MonotonicReads)),
        ("monotonic writes", session(Guarantee::MonotonicWrites)),
        ("writes follow reads", session(Guarantee::WritesFollowReads)),
    ]
}

#[test]
fn weaker_orders_agree_with_brute_force() {
    for (order, violated) in check_all(crate::at_least(1500)) {
        assert!(violated > 0, "{order}: only {violated} were violated");
    }
}

#[test]
fn replicas_converge_or_do_not() {
    let key = Key(0);
    let mut history = KvHistory::default();
    history.complete(1, KvOp::Write { key, value: 5 }, KvAnswer::Written, 1, 4);
    history.complete(2, KvOp::Write { key, value: 7 }, KvAnswer::Written, 2, 5);
    let read = |history: &mut KvHistory, client, value, at| {
        history.complete(client, KvOp::Read { key }, KvAnswer::Value(value), at, at + 1);
    };
    read(&mut history, 3, None, 3);
    read(&mut history, 3, Some(5), 6);
    read(&mut history, 4, Some(5), 8);
    let agreed = converged::<Kv>(&history);
    let agreed = agreed.order().expect("what was read before counts for nothing");
    assert_eq!(verify_converged::<Kv>(&history, agreed), Ok(()));
    let mut wrong = agreed.clone();
    wrong.parts[0].operations[0] = OperationIndex(1);
    let refused = Err(ProofFlaw::Refused(OperationIndex(3)));
    assert_eq!(verify_converged::<Kv>(&history, &wrong), refused, "another wrote what was read");
    wrong.parts[0].operations.pop();
    wrong.parts[0].operations[0] = OperationIndex(0);
    let missing = Err(ProofFlaw::Missing(OperationIndex(4)));
    assert_eq!(verify_converged::<Kv>(&history, &wrong), missing, "not all are named");
    let shown = |history: &KvHistory| {
        let verdict = converged::<Kv>(history);
        let evidence = verdict.evidence().expect("it diverged").clone();
        evidence.window.iter().map(|index| index.0).collect::<Vec<u32>>()
    };
    let mut other = history.clone();
    read(&mut other, 5, Some(7), 10);
    assert_eq!(shown(&other), [3, 5], "two replicas disagree");
    let mut lost = history.clone();
    lost.operations.truncate(3);
    read(&mut lost, 3, None, 6);
    assert_eq!(shown(&lost), [3], "a write that was acknowledged is lost");
    let mut stuck = history;
    stuck.pend(6, KvOp::Write { key, value: 9 }, 10);
    read(&mut stuck, 5, Some(9), 12);
    assert!(!matches!(converged::<Kv>(&stuck), Verdict::Violated(_)), "it may not be quiet yet");
}

#[test]
fn orders_that_prove_nothing_are_refused() {
    let key = Key(0);
    let mut history = KvHistory::default();
    history.complete(1, KvOp::Write { key, value: 5 }, KvAnswer::Written, 1, 2);
    history.complete(1, KvOp::Write { key, value: 7 }, KvAnswer::Written, 3, 4);
    history.complete(1, KvOp::Read { key }, KvAnswer::Value(Some(7)), 5, 6);
    history.complete(2, KvOp::Read { key }, KvAnswer::Value(Some(5)), 7, 8);
    history.complete(2, KvOp::Read { key }, KvAnswer::Value(Some(7)), 9, 10);
    let order = |places: &[u32], part: Option<&str>| PartOrder {
        part: part.map(str::to_owned),
        operations: places.iter().copied().map(OperationIndex).collect(),
    };
    let (late, refused) = (
        |at| Err(ProofFlaw::Late(OperationIndex(at))),
        |at| Err(ProofFlaw::Refused(OperationIndex(at))),
    );
    let sequential =
        |places| verify_sequential::<Kv>(&history, &Order { parts: vec![order(places, None)] });
    assert_eq!(sequential(&[0, 3, 1, 2, 4]), Ok(()));
    assert_eq!(sequential(&[0, 1, 2, 3, 4]), refused(3));
    assert_eq!(sequential(&[1, 0, 3, 2, 4]), late(0));
    let one = |kind, places| {
        verify_weaker::<Kv>(&history, kind, &Order { parts: vec![order(places, None)] })
    };
    assert_eq!(one(Weaker::Causal, &[0, 3, 1, 2, 4]), Ok(()));
    assert_eq!(one(Weaker::Causal, &[1, 0, 2, 3, 4]), late(1));
    let own = Weaker::Session(Guarantee::ReadYourWrites);
    assert_eq!(one(own, &[0, 3, 1, 2, 4]), Ok(()));
    assert_eq!(one(own, &[1, 0, 2, 3, 4]), refused(2));
    assert_eq!(one(Weaker::Session(Guarantee::MonotonicReads), &[1, 0, 2, 3, 4]), refused(4));
    assert_eq!(one(Weaker::Session(Guarantee::MonotonicWrites), &[1, 0, 2, 3, 4]), late(1));
    let views = |second| {
        let parts = vec![order(&[0, 1, 2], Some("c1")), order(second, Some("c2"))];
        verify_weaker::<Kv>(&history, Weaker::Pram, &Order { parts })
    };
    assert_eq!(views(&[0, 3, 1, 4]), Ok(()));
    assert_eq!(views(&[0, 1, 3, 4]), refused(3));
}
