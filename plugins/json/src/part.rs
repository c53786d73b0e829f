//! As much of a document as a path needs.
//!
//! The steps that a path begins with often lead to one value, as those of `$.store.book[*].title`
//! to the books; nothing else has to be read.

use crate::document::Stored;
use crate::json::Json;
use crate::path::Step;
use crate::select::values;
use ferrite_plugin_sdk::{CommandError, PluginContext, Value};

/// The value that the first steps lead to, if there is one, and the steps from there on.
pub struct Part<'a> {
    value: Option<Json>,
    steps: &'a [Step],
}

impl<'a> Part<'a> {
    /// None where there is no such key.
    pub fn load(
        context: &PluginContext,
        key: &Value,
        steps: &'a [Step],
    ) -> Result<Option<Part<'a>>, CommandError> {
        let stored: Option<Stored> = context.storage().typed_get(key)?;
        let (first, rest) = steps.split_at(definite(steps));
        let read = |stored: Stored| Ok(Part { value: stored.find(first)?, steps: rest });
        stored.map(read).transpose()
    }

    /// What the path means.
    pub fn matches(&self) -> Vec<&Json> {
        let root = self.value.as_ref();
        root.map_or_else(Vec::new, |root| values(root, self.steps, root))
    }
}

/// How many steps lead to one value; none where a filter may ask for something beside it.
fn definite(steps: &[Step]) -> usize {
    if steps.iter().any(Step::filters) {
        return 0;
    }
    steps.iter().take_while(|step| step.is_definite()).count()
}

#[cfg(test)]
mod tests {
    use super::{definite, Part};
    use crate::document::Document;
    use crate::parse::parse;
    use crate::path::Path;
    use crate::select::values;
    use ferrite_plugin_sdk::testing::MockContext;
    use ferrite_plugin_sdk::Value;

    #[test]
    fn steps_that_lead_to_one_value() {
        for (path, count) in [
            ("$", 0),
            ("$.a.b[0]", 3),
            ("$.a[*].b", 1),
            ("$.a..b", 1),
            ("$.a[0,1]", 1),
            ("$..a", 0),
            ("$.a[?(@.b==$.c)]", 0),
            ("$.a.b[?(@)].c", 0),
        ] {
            assert_eq!(definite(&Path::parse(path).unwrap().steps), count, "{}", path);
        }
    }

    #[test]
    fn the_same_matches() {
        let text = r#"{"x":0,"a":{"b":[{"c":1},{"c":[2]},3],"c":4},"d":3}"#;
        let (context, key) = (MockContext::new(), Value::from("key"));
        let root = parse(text).unwrap();
        context.storage().typed_set(&key, &Document(root.clone())).unwrap();
        for path in [
            "$",
            "$.a.b",
            "$.a.b[*].c",
            "$.a..c",
            "$.a.b[1:]",
            "$.a.b[0,2]",
            "$..c",
            "$.a.none[*]",
            "$.a.b[?(@==$.d)]",
            "$.*",
            "$.a.*",
            "$.a.b[-1]",
        ] {
            let steps = Path::parse(path).unwrap().steps;
            let part = Part::load(&context, &key, &steps).unwrap().unwrap();
            assert_eq!(part.matches(), values(&root, &steps, &root), "{}", path);
        }
        assert!(Part::load(&context, &"none".into(), &[]).unwrap().is_none());
    }
}
