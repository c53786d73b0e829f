//! The values of a document that a path means.
//!
//! Rule: each match comes once, and before those below it. A place is the list of positions that
//! lead to it, so that places can be changed one by one, the last one first.

use crate::json::Json;
use crate::path::{Path, Selector, Step};
use std::collections::BTreeSet;

/// Where a value is: a position on each level.
pub type Place = Vec<usize>;

/// The places that a path means.
pub fn places(root: &Json, path: &Path) -> Vec<Place> {
    let mut found = vec![(Place::new(), root)];
    for step in &path.steps {
        let mut next = Vec::new();
        for (place, value) in found {
            apply(step, place, value, root, &mut next);
        }
        if step.descends || step.selectors.len() > 1 {
            let mut seen = BTreeSet::new();
            next.retain(|(place, _)| seen.insert(place.clone()));
        }
        found = next;
    }
    found.into_iter().map(|(place, _)| place).collect()
}

/// The values that some steps lead to.
pub fn values<'a>(from: &'a Json, steps: &[Step], root: &'a Json) -> Vec<&'a Json> {
    let mut found = vec![from];
    for step in steps {
        let mut next = Vec::new();
        for value in found {
            apply(step, Place::new(), value, root, &mut next);
        }
        found = next.into_iter().map(|(_, value)| value).collect();
    }
    found
}

/// The value at a place.
pub fn get<'a>(root: &'a Json, place: &[usize]) -> Option<&'a Json> {
    place.iter().try_fold(root, |value, position| value.at(*position))
}

/// As `get`, to be changed.
pub fn get_mut<'a>(root: &'a mut Json, place: &[usize]) -> Option<&'a mut Json> {
    place.iter().try_fold(root, |value, position| value.at_mut(*position))
}

fn apply<'a>(
    step: &Step,
    place: Place,
    value: &'a Json,
    root: &Json,
    found: &mut Vec<(Place, &'a Json)>,
) {
    for selector in &step.selectors {
        for position in positions(selector, value, root) {
            if let Some(member) = value.at(position) {
                found.push((below(&place, position), member));
            }
        }
    }
    if step.descends {
        for position in 0..value.len() {
            if let Some(member) = value.at(position) {
                apply(step, below(&place, position), member, root, found);
            }
        }
    }
}

fn below(place: &[usize], position: usize) -> Place {
    let mut longer = Place::with_capacity(place.len() + 1);
    longer.extend_from_slice(place);
    longer.push(position);
    longer
}

fn positions(selector: &Selector, value: &Json, root: &Json) -> Vec<usize> {
    let is_array = matches!(value, Json::Array(_));
    match selector {
        Selector::Name(name) => value.position(name).into_iter().collect(),
        Selector::Index(index) if is_array => resolve(*index, value.len()).into_iter().collect(),
        Selector::Slice(start, end, step) if is_array => slice(*start, *end, *step, value.len()),
        Selector::Index(_) | Selector::Slice(..) => Vec::new(),
        Selector::All => (0..value.len()).collect(),
        Selector::Filter(filter) => {
            let accepts = |position: &usize| {
                value.at(*position).map_or(false, |member| filter.accepts(member, root))
            };
            (0..value.len()).filter(accepts).collect()
        }
    }
}

/// The position of an index; None outside of the array.
pub fn resolve(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let position = if index < 0 { index.checked_add(length)? } else { index };
    usize::try_from(position).ok().filter(|_| position < length)
}

fn slice(start: Option<i64>, end: Option<i64>, step: i64, length: usize) -> Vec<usize> {
    let length = length as i64;
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |index: i64| {
        let position = if index < 0 { index.saturating_add(length) } else { index };
        position.max(low).min(high)
    };
    let mut at = start.map_or(if step > 0 { low } else { high }, bound);
    let end = end.map_or(if step > 0 { high } else { low }, bound);
    let mut found = Vec::new();
    while (step > 0 && at < end) || (step < 0 && at > end) {
        found.push(at as usize);
        at = at.saturating_add(step);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{get, places};
    use crate::parse::parse;
    use crate::path::Path;
    use crate::write::compact;

    const STORE: &str = r#"{"store":{"book":[
        {"title":"A","price":8,"tags":["x"]},{"title":"B","price":12.5},{"title":"C","price":23}],
        "bicycle":{"price":20}},"limit":10}"#;

    fn found(text: &str, path: &str) -> String {
        let root = parse(text).unwrap();
        let places = places(&root, &Path::parse(path).unwrap());
        let all: Vec<_> = places.iter().map(|place| compact(get(&root, place).unwrap())).collect();
        all.join(" ")
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
