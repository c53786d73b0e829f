//! Paths: JSONPath, which begins with `$`, and the older form `.a.b[0]`.

use crate::filter::{self, Filter};
use crate::json::DEPTH_MAX;
use crate::scan::Scanner;

/// Longest path; one that is longer would cost all the fuel of a call.
const BYTES_MAX: usize = 65_536;

/// A parsed path.
#[derive(Debug)]
pub struct Path<'a> {
    pub steps: Vec<Step>,
    /// Whether it is of the older form, whose commands answer one value and not an array.
    pub legacy: bool,
    /// As it was given.
    pub text: &'a str,
}

/// From some values to values below them.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Whether it is `..`: from each value and from all below it.
    pub descends: bool,
    pub selectors: Vec<Selector>,
}

/// Which of a value's members.
#[derive(Clone, Debug, PartialEq)]
pub enum Selector {
    Name(String),
    /// From 0; from the end where negative.
    Index(i64),
    Slice(Option<i64>, Option<i64>, i64),
    All,
    Filter(Filter),
}

impl<'a> Path<'a> {
    /// The whole document, in the older form.
    pub const ROOT: Path<'static> = Path { steps: Vec::new(), legacy: true, text: "." };

    /// Read a path. The error says what was expected, and at which byte.
    pub fn parse(text: &'a str) -> Result<Path<'a>, String> {
        if text.len() > BYTES_MAX {
            return Err(format!("ERR a path may have {} bytes", BYTES_MAX));
        }
        if matches!(text, "." | "$") {
            return Ok(Path { text, legacy: text == ".", ..Path::ROOT });
        }
        let mut scanner = Scanner::new(text);
        let legacy = !scanner.accept("$");
        let mut steps = Vec::new();
        if legacy && !text.starts_with(['.', '['].as_ref()) {
            steps.push(Step { descends: false, selectors: vec![name(&mut scanner)?] });
        }
        read_steps(&mut scanner, &mut steps)?;
        scanner.finish("a step: .name, [index] or ..name")?;
        Ok(Path { steps, legacy, text })
    }

    /// How messages spell it: as a JSONPath.
    pub fn shown(&self) -> String {
        let sign = match self.text {
            "." => return "$".to_string(),
            text if !self.legacy => return text.to_string(),
            text if text.starts_with(['.', '['].as_ref()) => "$",
            _ => "$.",
        };
        sign.to_string() + self.text
    }

    /// The error of a path of the older form that means nothing.
    pub fn no_match(&self) -> String {
        format!("ERR Path '{}' does not exist", self.shown())
    }

    /// The whole document.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether it can mean one value only: names and indices, and no `..`.
    pub fn is_definite(&self) -> bool {
        self.steps.iter().all(Step::is_definite)
    }
}

impl Step {
    /// Whether it leads to one value at most.
    pub fn is_definite(&self) -> bool {
        !self.descends && matches!(self.selectors[..], [Selector::Name(_) | Selector::Index(_)])
    }

    /// Whether it can ask for values anywhere in the document.
    pub fn filters(&self) -> bool {
        self.selectors.iter().any(|selector| matches!(selector, Selector::Filter(_)))
    }
}

/// Read the steps that follow, as far as they are some.
pub fn read_steps(scanner: &mut Scanner<'_>, steps: &mut Vec<Step>) -> Result<(), String> {
    loop {
        let descends = scanner.accept("..");
        let dot = descends || scanner.accept(".");
        let selectors = if scanner.accept("[") {
            brackets(scanner)?
        } else if dot && scanner.accept("*") {
            vec![Selector::All]
        } else if dot {
            vec![name(scanner)?]
        } else {
            return Ok(());
        };
        if steps.len() == DEPTH_MAX {
            return Err(format!("ERR a path may have {} steps", DEPTH_MAX));
        }
        steps.push(Step { descends, selectors });
    }
}

fn name(scanner: &mut Scanner<'_>) -> Result<Selector, String> {
    let word = scanner.word();
    if word.is_empty() {
        return Err(scanner.expected("a name"));
    }
    Ok(Selector::Name(word.to_string()))
}

fn brackets(scanner: &mut Scanner<'_>) -> Result<Vec<Selector>, String> {
    let mut selectors = Vec::new();
    loop {
        scanner.skip_space();
        selectors.push(selector(scanner)?);
        scanner.skip_space();
        if scanner.accept("]") {
            return Ok(selectors);
        }
        scanner.require(",", "a comma or ]")?;
    }
}

fn selector(scanner: &mut Scanner<'_>) -> Result<Selector, String> {
    if scanner.accept("*") {
        return Ok(Selector::All);
    }
    if scanner.accept("?") {
        return Ok(Selector::Filter(filter::parse(scanner)?));
    }
    if let Some(text) = scanner.quoted()? {
        return Ok(Selector::Name(text));
    }
    let first = scanner.integer();
    scanner.skip_space();
    if !scanner.accept(":") {
        let wanted = "an index, a slice, a name in quotes, * or ?(";
        return first.map(Selector::Index).ok_or_else(|| scanner.expected(wanted));
    }
    scanner.skip_space();
    let end = scanner.integer();
    scanner.skip_space();
    let mut step = 1;
    if scanner.accept(":") {
        scanner.skip_space();
        step = scanner.integer().unwrap_or(1);
    }
    if step == 0 {
        return Err("ERR a slice's step cannot be 0".to_string());
    }
    Ok(Selector::Slice(first, end, step))
}

#[cfg(test)]
mod tests {
    use super::{Path, Selector, Step};

    fn selectors(text: &str) -> Vec<Selector> {
        let path = Path::parse(text).unwrap();
        path.steps.into_iter().flat_map(|step| step.selectors).collect()
    }

    fn name(text: &str) -> Selector {
        Selector::Name(text.to_string())
    }

    #[test]
    fn both_forms() {
        for text in ["$.a.b[0]", ".a.b[0]", "a.b[0]", "$['a'][\"b\"][0]", "['a'].b.[0]"] {
            assert_eq!(selectors(text), [name("a"), name("b"), Selector::Index(0)], "{}", text);
        }
        assert!(Path::parse("$").unwrap().is_root() && Path::parse(".").unwrap().is_root());
        for (text, shown) in [("a.b", "$.a.b"), (".a", "$.a"), ("['a']", "$['a']"), (".", "$")] {
            assert_eq!(Path::parse(text).unwrap().shown(), shown);
        }
        assert!(Path::parse(".a").unwrap().legacy && !Path::parse("$.a").unwrap().legacy);
    }

    #[test]
    fn selectors_of_all_kinds() {
        assert_eq!(
            selectors("$[*].*[1,-1,'x'][1:][:-1][::2]"),
            [
                Selector::All,
                Selector::All,
                Selector::Index(1),
                Selector::Index(-1),
                name("x"),
                Selector::Slice(Some(1), None, 1),
                Selector::Slice(None, Some(-1), 1),
                Selector::Slice(None, None, 2),
            ]
        );
        let step = Step { descends: true, selectors: vec![name("a")] };
        assert_eq!(Path::parse("$..a").unwrap().steps, [step]);
        assert_eq!(selectors(r#"$["a\"]\\"]"#), [name("a\"]\\")]);
        assert_eq!(selectors("$.naïve-name_1"), [name("naïve-name_1")]);
        assert_eq!(selectors("$.foaf:name.$ref.a/b"), ["foaf:name", "$ref", "a/b"].map(name));
        assert_eq!(selectors(r#"$["\u00e9\ud83d\ude00\n'"]"#), [name("é\u{1f600}\n'")]);
        assert_eq!(selectors(r#"$['\'"é\\']"#), [name("'\"é\\")]);
    }

    #[test]
    fn definite_ones() {
        for text in ["$", "$.a", "$[0]['b']", ".a[-1]"] {
            assert!(Path::parse(text).unwrap().is_definite(), "{}", text);
        }
        for text in ["$..a", "$.*", "$[0,1]", "$[0:1]", "$[?(@.a)]"] {
            assert!(!Path::parse(text).unwrap().is_definite(), "{}", text);
        }
    }

    #[test]
    fn what_is_no_path() {
        for text in [
            "",
            "$a",
            "$.",
            "$..",
            "$[",
            "$[]",
            "$[1",
            "$['a]",
            "$[::0]",
            "$.a b",
            "$[?(]",
            ".a.",
            "$['\\x']",
            "$['\\",
            "$['\\ud800']",
        ] {
            assert!(Path::parse(text).is_err(), "{}", text);
        }
        assert!(Path::parse(&format!("${}", ".a".repeat(129))).is_err());
    }
}
