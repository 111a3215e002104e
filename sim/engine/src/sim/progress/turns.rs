//! What happens again and again: the turn that a run repeats while it gets nowhere.
//!
//! The invariant: a turn is told without numbers, so that two rounds in which different nodes do
//! the same are equal; the memory of it is bounded.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

/// The most that is remembered.
const REMEMBERED: usize = 1 << 13;
/// How often a turn comes one after another before it is called one.
const ROUNDS: usize = 3;
/// How often what begins a turn may come within it.
const STRIDE: usize = 8;

/// What happened, in order, each as the number of its words.
#[derive(Debug, Default)]
pub(super) struct Turns {
    words: Vec<(String, bool)>,
    numbers: BTreeMap<String, u32>,
    happened: VecDeque<u32>,
}

impl Turns {
    /// Adds what happened; `client` if a client had its hand in it.
    pub(super) fn add(&mut self, words: String, client: bool) {
        let next = self.words.len() as u32;
        let number = *self.numbers.entry(words.clone()).or_insert(next);
        if number == next {
            self.words.push((words, client));
        }
        if self.happened.len() == REMEMBERED {
            self.happened.pop_front();
        }
        self.happened.push_back(number);
    }

    /// The turn that was repeated, in words: of all that happened, or of what nodes did among
    /// themselves.
    pub(super) fn repeated(&self) -> Option<(String, usize)> {
        let all: Vec<u32> = self.happened.iter().copied().collect();
        let among_nodes: Vec<u32> =
            all.iter().copied().filter(|number| !self.words[*number as usize].1).collect();
        let Turn { items, rounds, .. } = repeated(&all).or_else(|| repeated(&among_nodes))?;
        Some((self.in_words(&items), rounds))
    }

    /// `a leader timer Heartbeat; a follower gets Append (2 times)`.
    fn in_words(&self, turn: &[u32]) -> String {
        let mut told: Vec<(u32, usize)> = Vec::new();
        for number in turn {
            match told.last_mut() {
                Some((last, count)) if last == number => *count += 1,
                _ => told.push((*number, 1)),
            }
        }
        let one = |(number, count): &(u32, usize)| {
            let words = &self.words[*number as usize].0;
            if *count == 1 { words.clone() } else { format!("{words} ({count} times)") }
        };
        told.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}

/// A turn, how often it comes, and how much of the sequence that makes up.
#[derive(Clone, Debug)]
struct Turn {
    items: Vec<u32>,
    rounds: usize,
    /// Where it begins first.
    at: usize,
}

impl Turn {
    fn covers(&self) -> usize {
        self.items.len() * self.rounds
    }
}

/// The turn that comes at least three times in a row and of which at least half of a sequence is
/// made: the shortest that makes up four fifths of it, else the one that makes up most.
fn repeated(sequence: &[u32]) -> Option<Turn> {
    let mut places: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (place, number) in sequence.iter().enumerate() {
        places.entry(*number).or_default().push(place);
    }
    let mut found: Vec<Turn> = Vec::new();
    for starts in places.values().filter(|starts| starts.len() > ROUNDS) {
        for stride in 1..=STRIDE {
            for from in 0..stride {
                let cuts: Vec<usize> = starts.iter().skip(from).step_by(stride).copied().collect();
                found.extend(from_one_to_next(sequence, &cuts));
            }
        }
    }
    let most = found.iter().filter(|turn| turn.covers() * 5 >= sequence.len() * 4);
    let shortest = most.min_by_key(|turn| (turn.items.len(), turn.at)).cloned();
    shortest.or_else(|| found.into_iter().min_by_key(|turn| (Reverse(turn.covers()), turn.at)))
}

/// The turn between one place and the next. Within it order does not count, since messages
/// overtake each other.
fn from_one_to_next(sequence: &[u32], places: &[usize]) -> Option<Turn> {
    let turns: Vec<&[u32]> = places.windows(2).map(|pair| &sequence[pair[0]..pair[1]]).collect();
    let sorted = |turn: &&[u32]| {
        let mut turn = turn.to_vec();
        turn.sort();
        turn
    };
    let shapes: Vec<Vec<u32>> = turns.iter().map(sorted).collect();
    let mut rounds: BTreeMap<&Vec<u32>, usize> = BTreeMap::new();
    for shape in &shapes {
        *rounds.entry(shape).or_default() += 1;
    }
    let in_a_row =
        |shape: &Vec<u32>| shapes.windows(ROUNDS).any(|row| row.iter().all(|other| other == shape));
    let found = rounds
        .into_iter()
        .find(|(shape, rounds)| shape.len() * rounds * 2 >= sequence.len() && in_a_row(shape));
    let (shape, rounds) = found?;
    let first = shapes.iter().position(|other| other == shape)?;
    Some(Turn { items: turns[first].to_vec(), rounds, at: places[first] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(happened: &str, want: Option<&str>) {
        let mut turns = Turns::default();
        for letter in happened.chars() {
            turns.add(letter.to_string(), letter.is_uppercase());
        }
        let told = turns.repeated().map(|(turn, rounds)| format!("{rounds} x {turn}"));
        assert_eq!(told.as_deref(), want, "{happened}");
    }

    #[test]
    fn a_turn_is_found_whatever_comes_before_and_after() {
        check("xyabcabcabcabcz", Some("3 x a; b; c"));
        check("abbabbabbabb", Some("3 x a; b (2 times)"));
        check("aabbaabbaabbaabb", Some("3 x a (2 times); b (2 times)"));
    }

    #[test]
    fn messages_of_a_turn_may_overtake_each_other() {
        check("abcdacbdadbcabcd", Some("3 x a; b; c; d"));
    }

    #[test]
    fn clients_that_ask_now_and_then_do_not_hide_what_nodes_do() {
        check("ababAababCabababB", Some("6 x a; b"));
    }

    #[test]
    fn what_comes_twice_or_in_no_order_is_no_turn() {
        check("abcabcabx", None);
        check("aabcbbaccbacabcab", None);
        check("", None);
    }
}
