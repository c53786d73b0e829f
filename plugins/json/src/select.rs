//! The values of a document that a path means.
//!
//! Rule: each match comes once, and before those below it. A place is the list of positions that
//! lead to it, so that places can be changed one by one, the last one first.

use crate::json::Json;
use crate::order::repeated;
use crate::path::{Selector, Step};

/// Where a value is: a position on each level.
pub type Place = Vec<usize>;

/// What is noted of the way to a value.
trait Trail: Clone + Default {
    fn below(&self, position: usize) -> Self;
}

impl Trail for Place {
    fn below(&self, position: usize) -> Place {
        let mut longer = Place::with_capacity(self.len() + 1);
        longer.extend_from_slice(self);
        longer.push(position);
        longer
    }
}

/// Nothing is noted where values are looked at only.
impl Trail for () {
    fn below(&self, _: usize) {}
}

/// The places that some steps lead to.
pub fn places(root: &Json, steps: &[Step]) -> Vec<Place> {
    follow::<Place>(root, steps, root).into_iter().map(|(place, _)| place).collect()
}

/// The values that some steps lead to from a value of a document.
pub fn values<'a>(from: &'a Json, steps: &[Step], root: &Json) -> Vec<&'a Json> {
    follow::<()>(from, steps, root).into_iter().map(|(_, value)| value).collect()
}

fn follow<'a, T: Trail>(from: &'a Json, steps: &[Step], root: &Json) -> Vec<(T, &'a Json)> {
    let mut found = vec![(T::default(), from)];
    for step in steps {
        let mut next = Vec::new();
        for (trail, value) in found {
            apply(step, &trail, value, root, &mut next);
        }
        if step.descends || step.selectors.len() > 1 {
            let address = |index: usize| next[index].1 as *const Json;
            let mut stays = vec![true; next.len()];
            for (_, again) in repeated(next.len(), &|a, b| address(a).cmp(&address(b))) {
                stays[again] = false;
            }
            let mut stays = stays.into_iter();
            next.retain(|_| stays.next().unwrap_or(true));
        }
        found = next;
    }
    found
}

/// The value at a place, to be changed.
pub fn get_mut<'a>(root: &'a mut Json, place: &[usize]) -> Option<&'a mut Json> {
    place.iter().try_fold(root, |value, position| value.at_mut(*position))
}

fn apply<'a, T: Trail>(
    step: &Step,
    trail: &T,
    value: &'a Json,
    root: &Json,
    found: &mut Vec<(T, &'a Json)>,
) {
    for selector in &step.selectors {
        positions(selector, value, root, |position| {
            if let Some(member) = value.at(position) {
                found.push((trail.below(position), member));
            }
        });
    }
    if step.descends {
        for position in 0..value.len() {
            if let Some(member) = value.at(position) {
                apply(step, &trail.below(position), member, root, found);
            }
        }
    }
}

fn positions(selector: &Selector, value: &Json, root: &Json, mut found: impl FnMut(usize)) {
    match (selector, value) {
        (Selector::Name(name), _) => value.position(name).into_iter().for_each(found),
        (Selector::Index(index), Json::Array(items)) => {
            resolve(*index, items.len()).into_iter().for_each(found);
        }
        (Selector::Slice(start, end, step), Json::Array(items)) => {
            slice(*start, *end, *step, items.len(), found);
        }
        (Selector::Index(_) | Selector::Slice(..), _) => {}
        (Selector::All, _) => (0..value.len()).for_each(found),
        (Selector::Filter(filter), _) => {
            for position in 0..value.len() {
                if value.at(position).map_or(false, |member| filter.accepts(member, root)) {
                    found(position);
                }
            }
        }
    }
}

/// The position of an index; None outside of the array.
pub fn resolve(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let position = if index < 0 { index.checked_add(length)? } else { index };
    usize::try_from(position).ok().filter(|_| position < length)
}

fn slice(
    start: Option<i64>,
    end: Option<i64>,
    step: i64,
    length: usize,
    mut found: impl FnMut(usize),
) {
    let length = length as i64;
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |index: i64| {
        let position = if index < 0 { index.saturating_add(length) } else { index };
        position.max(low).min(high)
    };
    let mut at = start.map_or(if step > 0 { low } else { high }, bound);
    let end = end.map_or(if step > 0 { high } else { low }, bound);
    while (step > 0 && at < end) || (step < 0 && at > end) {
        found(at as usize);
        at = at.saturating_add(step);
    }
}

#[cfg(test)]
mod tests {
    use super::{get_mut, places, values};
    use crate::parse::parse;
    use crate::path::Path;
    use crate::write::compact;

    const STORE: &str = r#"{"store":{"book":[
        {"title":"A","price":8,"tags":["x"]},{"title":"B","price":12.5},{"title":"C","price":23}],
        "bicycle":{"price":20}},"limit":10}"#;

    fn found(text: &str, path: &str) -> String {
        let mut root = parse(text).unwrap();
        let steps = Path::parse(path).unwrap().steps;
        let found: Vec<_> = values(&root, &steps, &root).into_iter().map(compact).collect();
        for (place, text) in places(&root, &steps).iter().zip(&found) {
            assert_eq!(&compact(get_mut(&mut root, place).unwrap()), text, "{:?}", place);
        }
        found.join(" ")
    }

    #[test]
    fn steps() {
        let cases = [
            ("$.limit", "10"),
            ("$.store.book[0].title", "\"A\""),
            ("$.store.book[-1].title", "\"C\""),
            ("$.store.book[*].title", "\"A\" \"B\" \"C\""),
            ("$.store.book[0,2].price", "8 23"),
            ("$.store.book[1:].price", "12.5 23"),
            ("$.store.book[:-1].price", "8 12.5"),
            ("$.store.book[::2].price", "8 23"),
            ("$.store.book[2:0:-1].price", "23 12.5"),
            ("$..price", "8 12.5 23 20"),
            ("$.store..[0]", "{\"title\":\"A\",\"price\":8,\"tags\":[\"x\"]} \"x\""),
            ("$.store.*.price", "20"),
            ("$.nothing", ""),
            ("$.limit.a", ""),
            ("$.store.book[9]", ""),
            ("$['limit','limit']", "10"),
        ];
        for (path, values) in cases {
            assert_eq!(found(STORE, path), values, "{}", path);
        }
    }

    #[test]
    fn filters() {
        let cases = [
            ("$..book[?(@.price<10)].title", "\"A\""),
            ("$..book[?(@.price>$.limit)].title", "\"B\" \"C\""),
            ("$..book[?(@.tags)].title", "\"A\""),
            ("$..book[?(!@.tags && @.price != 23)].title", "\"B\""),
            ("$..book[?@.title=='A' || (@.title==\"C\")].price", "8 23"),
            ("$..book[?(@.price==8.0)].title", "\"A\""),
            ("$..book[?(@.tags[0]=='x')].title", "\"A\""),
            ("$..book[?(@.title>='B')].title", "\"B\" \"C\""),
        ];
        for (path, values) in cases {
            assert_eq!(found(STORE, path), values, "{}", path);
        }
    }

    #[test]
    fn each_match_once_and_in_order() {
        assert_eq!(found(r#"{"a":{"a":{"a":1}}}"#, "$..a..a"), "{\"a\":1} 1");
        assert_eq!(found("[[1],[2]]", "$..*"), "[1] [2] 1 2");
        assert_eq!(found("[1,2,3]", "$[2,0,2]"), "3 1");
    }
}
