//! Sorting, compiled once for whatever is sorted: things are compared by their indexes.

use std::cmp::Ordering;

/// The indexes of things in their order; equal things stay in theirs.
pub fn order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| compare(*a, *b));
    order
}

/// The things that come again: each with the next one that is equal.
pub fn repeated(
    count: usize,
    compare: &dyn Fn(usize, usize) -> Ordering,
) -> impl DoubleEndedIterator<Item = (usize, usize)> {
    let order = order(count, compare);
    let mut pairs = Vec::new();
    for two in order.windows(2) {
        if compare(two[0], two[1]) == Ordering::Equal {
            pairs.push((two[0], two[1]));
        }
    }
    pairs.into_iter()
}

#[cfg(test)]
mod tests {
    use super::{order, repeated};

    #[test]
    fn letters() {
        let letters = ["b", "a", "c", "b", "a", "b"];
        let compare = |a: usize, b: usize| letters[a].cmp(letters[b]);
        assert_eq!(order(letters.len(), &compare), [1, 4, 0, 3, 5, 2]);
        assert_eq!(repeated(letters.len(), &compare).collect::<Vec<_>>(), [(1, 4), (0, 3), (3, 5)]);
        assert_eq!(repeated(0, &compare).count(), 0);
    }
}
