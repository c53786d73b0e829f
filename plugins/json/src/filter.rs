//! Filters of paths: `[?(@.price < 10 && @.tags[0] == "new")]`.

use crate::json::Json;
use crate::parse;
use crate::path::{read_steps, Step};
use crate::scan::Scanner;
use crate::select;
use std::cmp::Ordering;

/// Levels of parentheses and `!`.
const DEPTH_MAX: usize = 32;

/// A condition on a member, `@`, and on the whole document, `$`.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    Any(Vec<Filter>),
    All(Vec<Filter>),
    Not(Box<Filter>),
    Exists(Operand),
    Compare(Operand, Comparison, Operand),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    Literal(Json),
    /// Below the member.
    Member(Vec<Step>),
    /// Below the document's root.
    Root(Vec<Step>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

const COMPARISONS: [(&str, Comparison); 6] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::Unequal),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

/// Read what follows `?`, with or without parentheses around it.
pub fn parse(scanner: &mut Scanner<'_>) -> Result<Filter, String> {
    any(scanner, 0)
}

fn any(scanner: &mut Scanner<'_>, depth: usize) -> Result<Filter, String> {
    let mut terms = vec![all(scanner, depth)?];
    while scanner.accept("||") {
        terms.push(all(scanner, depth)?);
    }
    Ok(Filter::Any(terms))
}

fn all(scanner: &mut Scanner<'_>, depth: usize) -> Result<Filter, String> {
    let mut factors = vec![factor(scanner, depth)?];
    while scanner.accept("&&") {
        factors.push(factor(scanner, depth)?);
    }
    Ok(Filter::All(factors))
}

fn factor(scanner: &mut Scanner<'_>, depth: usize) -> Result<Filter, String> {
    if depth == DEPTH_MAX {
        return Err(format!("ERR a filter may nest {} levels", DEPTH_MAX));
    }
    scanner.skip_space();
    let found = if scanner.accept("(") {
        let inside = any(scanner, depth + 1)?;
        scanner.require(")", "a closing parenthesis")?;
        inside
    } else if scanner.accept("!") {
        Filter::Not(Box::new(factor(scanner, depth + 1)?))
    } else {
        comparison(scanner)?
    };
    scanner.skip_space();
    Ok(found)
}

fn comparison(scanner: &mut Scanner<'_>) -> Result<Filter, String> {
    let left = operand(scanner)?;
    scanner.skip_space();
    for (sign, comparison) in COMPARISONS {
        if scanner.accept(sign) {
            scanner.skip_space();
            return Ok(Filter::Compare(left, comparison, operand(scanner)?));
        }
    }
    match left {
        Operand::Literal(_) => Err(scanner.expected("a comparison")),
        path => Ok(Filter::Exists(path)),
    }
}

fn operand(scanner: &mut Scanner<'_>) -> Result<Operand, String> {
    if scanner.accept("@") {
        return Ok(Operand::Member(steps(scanner)?));
    }
    if scanner.accept("$") {
        return Ok(Operand::Root(steps(scanner)?));
    }
    if let Some(text) = scanner.quoted()? {
        return Ok(Operand::Literal(Json::String(text)));
    }
    let start = *scanner;
    if let Some(number) = scanner.number() {
        let literal = parse::parse(number).map(Operand::Literal);
        return literal.map_err(|_| start.expected("a number"));
    }
    match scanner.word() {
        "true" => Ok(Operand::Literal(Json::Bool(true))),
        "false" => Ok(Operand::Literal(Json::Bool(false))),
        "null" => Ok(Operand::Literal(Json::Null)),
        _ => Err(scanner.expected("@, $, a text, a number, true, false or null")),
    }
}

fn steps(scanner: &mut Scanner<'_>) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    read_steps(scanner, &mut steps)?;
    Ok(steps)
}

impl Filter {
    /// Whether a member fulfils it.
    pub fn accepts(&self, member: &Json, root: &Json) -> bool {
        match self {
            Filter::Any(terms) => terms.iter().any(|term| term.accepts(member, root)),
            Filter::All(factors) => factors.iter().all(|factor| factor.accepts(member, root)),
            Filter::Not(inside) => !inside.accepts(member, root),
            Filter::Exists(operand) => !operand.values(member, root).is_empty(),
            Filter::Compare(left, comparison, right) => {
                let (left, right) = (left.values(member, root), right.values(member, root));
                left.iter().any(|a| right.iter().any(|b| comparison.holds(a, b)))
            }
        }
    }
}

impl Operand {
    fn values<'a>(&'a self, member: &'a Json, root: &'a Json) -> Vec<&'a Json> {
        match self {
            Operand::Literal(value) => vec![value],
            Operand::Member(steps) => select::values(member, steps, root),
            Operand::Root(steps) => select::values(root, steps, root),
        }
    }
}

impl Comparison {
    fn holds(self, left: &Json, right: &Json) -> bool {
        let order = compare(left, right);
        match self {
            Comparison::Equal => same(left, right),
            Comparison::Unequal => !same(left, right),
            Comparison::Less => order == Some(Ordering::Less),
            Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Comparison::Greater => order == Some(Ordering::Greater),
            Comparison::GreaterOrEqual => {
                matches!(order, Some(Ordering::Greater | Ordering::Equal))
            }
        }
    }
}

/// Whether two values are equal: 1 and 1.0 are, and objects whose keys have another order.
pub fn same(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            let has = |name: &String, value: &Json| {
                let other = right.position(name).and_then(|position| right.at(position));
                other.map_or(false, |other| same(value, other))
            };
            a.len() == b.len() && a.iter().all(|(name, value)| has(name, value))
        }
        _ => left == right || compare(left, right) == Some(Ordering::Equal),
    }
}

/// The order of two numbers or two texts; others have none.
fn compare(left: &Json, right: &Json) -> Option<Ordering> {
    match (left, right) {
        (Json::Integer(a), Json::Integer(b)) => Some(a.cmp(b)),
        (Json::Integer(a), Json::Number(b)) => exactly(*a, *b),
        (Json::Number(a), Json::Integer(b)) => exactly(*b, *a).map(Ordering::reverse),
        (Json::Number(a), Json::Number(b)) => a.partial_cmp(b),
        (Json::String(a), Json::String(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// The order of a whole number and a floating one, beyond 2^53 too.
fn exactly(whole: i64, floating: f64) -> Option<Ordering> {
    let nearly = (whole as f64).partial_cmp(&floating)?;
    // Equal so far, it is whole: within i64, or 2^63, which becomes the largest one.
    let largest = i64::MAX as f64;
    let exact = || if floating < largest { whole.cmp(&(floating as i64)) } else { Ordering::Less };
    Some(nearly.then_with(exact))
}

#[cfg(test)]
mod tests {
    use super::{compare, same};
    use crate::parse::parse;
    use std::cmp::Ordering;

    #[test]
    fn equal_values() {
        for (left, right, equal) in [
            ("1", "1.0", true),
            ("[1,[2.0]]", "[1.0,[2]]", true),
            (r#"{"a":1,"b":{"c":2,"d":[]}}"#, r#"{"b":{"d":[],"c":2.0},"a":1}"#, true),
            (r#"{"a":1}"#, r#"{"a":1,"b":2}"#, false),
            (r#"{"a":1}"#, r#"{"b":1}"#, false),
            ("[1,2]", "[2,1]", false),
            ("\"1\"", "1", false),
            ("null", "false", false),
            ("9007199254740993", "9007199254740992.0", false),
            ("9223372036854775807", "9223372036854775808.0", false),
        ] {
            let (a, b) = (parse(left).unwrap(), parse(right).unwrap());
            assert_eq!((same(&a, &b), same(&b, &a)), (equal, equal), "{} {}", left, right);
        }
    }

    #[test]
    fn orders() {
        for (left, right) in [
            ("1", "1.5"),
            ("-1.5", "-1"),
            ("9007199254740992.0", "9007199254740993"),
            ("-1e300", "-9223372036854775808"),
            ("\"a\"", "\"b\""),
        ] {
            let (a, b) = (parse(left).unwrap(), parse(right).unwrap());
            assert_eq!(compare(&a, &b), Some(Ordering::Less), "{} {}", left, right);
            assert_eq!(compare(&b, &a), Some(Ordering::Greater), "{} {}", left, right);
        }
        assert_eq!(compare(&parse("[]").unwrap(), &parse("[]").unwrap()), None);
    }
}
