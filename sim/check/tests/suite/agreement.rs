//! The checkers and brute force say the same about many small histories, most of them flawed.

use crate::brute;
use squall_check::{
    Bank, Budget, CasRegister, Completion, Counter, Flaw, GrowingSet, History, Kv, Lease, Lock,
    Log, MultiRegister, PriorityQueue, Queue, Recipe, Register, Semaphore, Serve, Set, Stack,
    TextKv, UniqueIds, Values, Verdict, Whole, Words, explain, linearizable, linearizable_in_turns,
    verify_order, verify_window,
};

/// A small history's recipe; three in four are flawed.
fn small(seed: u64) -> Recipe {
    let mut words = Words::new(seed ^ 0x5eed);
    let flaw = match (seed % 4, words.below(2)) {
        (0, _) => Flaw::None,
        (_, 0) => Flaw::Lost,
        _ => Flaw::Stale { lag: 1 + words.below(4) },
    };
    let values = if words.below(3) == 0 { Values::Distinct } else { Values::Few(3) };
    Recipe {
        seed,
        clients: 1 + words.below(3),
        operations: 5 + words.below(4),
        keys: 1 + words.below(2),
        pending: words.below(3),
        values,
        flaw,
    }
}

/// Gives one operation the answer of another, if two have answers of the same kind.
fn garble<O, A: Clone + PartialEq>(history: &mut History<O, A>, words: &mut Words) {
    let length = history.operations.len() as u32;
    for _ in 0..64 {
        let (from, to) = (words.below(length) as usize, words.below(length) as usize);
        let Some(answer) = history.operations[from].answer().cloned() else { continue };
        if let Completion::Ok { answer: mine, .. } = &mut history.operations[to].completion
            && *mine != answer
            && std::mem::discriminant(mine) == std::mem::discriminant(&answer)
        {
            *mine = answer;
            return;
        }
    }
}

/// Compares on `count` histories and returns how many were violated.
fn check<M: Serve>(count: u64) -> u64 {
    let mut violated = 0;
    for seed in 0..count {
        let recipe = small(seed);
        let mut history = recipe.make::<M>();
        let mut truth = brute::linearizable::<M>(&history);
        assert!(truth || recipe.flaw != Flaw::None, "seed {seed} should be right: {history:#?}");
        let mut words = Words::new(!seed);
        for _ in 0..16 {
            if seed % 4 == 0 || !truth {
                break;
            }
            garble(&mut history, &mut words);
            truth = brute::linearizable::<M>(&history);
        }
        violated += u64::from(!truth);
        prove::<M>(&history);
        for verdict in [
            linearizable::<M>(&history, Budget::default()),
            linearizable_in_turns::<M>(&history, Budget::default(), 1),
            linearizable::<Whole<M>>(&history, Budget::default()),
        ] {
            match verdict {
                Verdict::Ok(_) => assert!(truth, "seed {seed} accepted: {history:#?}"),
                Verdict::Violated(evidence) => {
                    assert!(!truth, "seed {seed} refused, {evidence}: {history:#?}");
                }
                Verdict::Undecided => panic!("seed {seed} undecided"),
            }
        }
    }
    violated
}

/// Every verdict comes with a proof that the small verifier accepts.
fn prove<M: Serve>(history: &History<M::Operation, M::Answer>) {
    match linearizable::<M>(history, Budget::default()) {
        Verdict::Ok(order) => {
            verify_order::<M>(history, &order).expect("the order is a proof");
        }
        Verdict::Violated(evidence) => {
            let budget = Budget(1_000_000);
            let explanation = explain::<M>(history, &evidence, budget).expect("it is found again");
            assert!(explanation.minimal, "so few operations are soon tried");
            let window = &explanation.window;
            verify_window::<M>(history, window, budget).unwrap_or_else(|flaw| {
                panic!("{flaw}: {explanation:?} of {history:#?}");
            });
            for spare in window {
                let rest: Vec<_> = window.iter().copied().filter(|one| one != spare).collect();
                let needed = verify_window::<M>(history, &rest, budget);
                assert!(needed.is_err(), "{spare:?} is not needed: {explanation:?} {history:#?}");
            }
        }
        Verdict::Undecided => panic!("undecided: {history:#?}"),
    }
}

/// A test for each model.
macro_rules! models_agree {
    ($($name:ident: $model:ty),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                let histories = crate::at_least(2500);
                let violated = check::<$model>(histories);
                println!("{}: {violated} of {histories} violated", stringify!($name));
                assert!(violated > 200, "only {violated} were violated");
            }
        )*
    };
}

models_agree! {
    registers_agree: Register,
    registers_with_compare_and_set_agree: CasRegister,
    key_value_stores_agree: Kv,
    stores_of_texts_agree: TextKv,
    multi_registers_agree: MultiRegister,
    counters_agree: Counter,
    sets_agree: Set,
    growing_sets_agree: GrowingSet,
    queues_agree: Queue,
    stacks_agree: Stack,
    priority_queues_agree: PriorityQueue,
    locks_agree: Lock,
    semaphores_agree: Semaphore<2>,
    logs_agree: Log,
    leases_agree: Lease,
    unique_ids_agree: UniqueIds,
    banks_agree: Bank<3, 5>,
}
