//! Two trees over places in a row.
//!
//! The invariant: every node knows the least of its leaves.

/// Keys in a row, each of which can be taken once.
pub(super) struct Least {
    width: usize,
    least: Vec<u64>,
}

impl Least {
    pub(super) fn new(keys: impl ExactSizeIterator<Item = u64>) -> Self {
        let width = keys.len().next_power_of_two();
        let mut least = vec![u64::MAX; 2 * width];
        for (place, key) in keys.enumerate() {
            least[width + place] = key;
        }
        for node in (1..width).rev() {
            least[node] = least[2 * node].min(least[2 * node + 1]);
        }
        Least { width, least }
    }

    /// Takes a key below `bound` from the places `first` to `last`, and says where it was.
    pub(super) fn take_below(&mut self, first: usize, last: usize, bound: u64) -> Option<u32> {
        let (mut low, mut high) = (self.width + first, self.width + last);
        while low < high {
            for node in [(low % 2 == 1).then_some(low), (high % 2 == 1).then(|| high - 1)] {
                if let Some(node) = node.filter(|&node| self.least[node] < bound) {
                    return Some(self.take_under(node, bound));
                }
            }
            (low, high) = (low.div_ceil(2), high / 2);
        }
        None
    }

    fn take_under(&mut self, mut node: usize, bound: u64) -> u32 {
        while node < self.width {
            node = 2 * node + usize::from(self.least[2 * node] >= bound);
        }
        let place = (node - self.width) as u32;
        self.least[node] = u64::MAX;
        while node > 1 {
            node /= 2;
            self.least[node] = self.least[2 * node].min(self.least[2 * node + 1]);
        }
        place
    }
}

/// More than any count: a place that was taken.
const TAKEN: u32 = 1 << 30;

/// Counts in a row, which are lowered by stretches.
pub(super) struct Layers {
    width: usize,
    least: Vec<u32>,
    /// What was taken off all leaves of a node, and is not yet off its children.
    owed: Vec<u32>,
}

impl Layers {
    pub(super) fn new(counts: &[u32]) -> Self {
        let width = counts.len().next_power_of_two();
        let mut least = vec![TAKEN; 2 * width];
        least[width..width + counts.len()].copy_from_slice(counts);
        for node in (1..width).rev() {
            least[node] = least[2 * node].min(least[2 * node + 1]);
        }
        Layers { width, least, owed: vec![0; 2 * width] }
    }

    /// Takes one off the counts from `from` to before `to`.
    pub(super) fn lower(&mut self, from: usize, to: usize) {
        self.lower_in(1, (0, self.width), (from, to));
    }

    fn lower_in(&mut self, node: usize, (low, high): (usize, usize), (from, to): (usize, usize)) {
        if high <= from || to <= low {
            return;
        }
        if from <= low && high <= to {
            self.least[node] -= 1;
            self.owed[node] += 1;
            return;
        }
        let middle = low + (high - low) / 2;
        self.settle(node);
        self.lower_in(2 * node, (low, middle), (from, to));
        self.lower_in(2 * node + 1, (middle, high), (from, to));
        self.least[node] = self.least[2 * node].min(self.least[2 * node + 1]);
    }

    /// Hands on to the children what is owed.
    fn settle(&mut self, node: usize) {
        let owed = std::mem::take(&mut self.owed[node]);
        for child in [2 * node, 2 * node + 1] {
            self.least[child] -= owed;
            self.owed[child] += owed;
        }
    }

    /// The first place from `from` to before `to` whose count is 0, which is taken.
    pub(super) fn take_empty(&mut self, from: usize, to: usize) -> Option<usize> {
        self.take_empty_in(1, (0, self.width), (from, to))
    }

    fn take_empty_in(
        &mut self,
        node: usize,
        (low, high): (usize, usize),
        (from, to): (usize, usize),
    ) -> Option<usize> {
        if high <= from || to <= low || self.least[node] > 0 {
            return None;
        }
        if node >= self.width {
            self.least[node] = TAKEN;
            return Some(low);
        }
        let middle = low + (high - low) / 2;
        self.settle(node);
        let found = self
            .take_empty_in(2 * node, (low, middle), (from, to))
            .or_else(|| self.take_empty_in(2 * node + 1, (middle, high), (from, to)));
        self.least[node] = self.least[2 * node].min(self.least[2 * node + 1]);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_once() {
        let mut tree = Least::new([5, 3, 9, 1, 7].into_iter());
        assert_eq!(tree.take_below(0, 3, 4), Some(1));
        assert_eq!(tree.take_below(0, 3, 4), None);
        assert_eq!(tree.take_below(1, 5, 4), Some(3));
        assert_eq!(tree.take_below(2, 5, 8), Some(4));
        assert_eq!(tree.take_below(0, 5, 6), Some(0));
    }

    #[test]
    fn stretches_are_lowered_and_gaps_taken() {
        let mut layers = Layers::new(&[1, 2, 1, 3, 1]);
        layers.lower(0, 3);
        let gaps: Vec<Option<usize>> = (0..3).map(|_| layers.take_empty(0, 5)).collect();
        assert_eq!(gaps, [Some(0), Some(2), None]);
        layers.lower(3, 5);
        assert_eq!(layers.take_empty(3, 5), Some(4));
    }
}
