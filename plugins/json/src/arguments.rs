//! A command's arguments, read one behind the other.

use crate::json::Json;
use crate::parse::parse;
use crate::path::Path;
use crate::target::Target;
use ferrite_plugin_sdk::{CommandError, PluginContext, Value};

/// Those that were not read yet.
pub struct Arguments<'a> {
    context: &'a PluginContext,
    all: &'a [Value],
    next: usize,
}

impl<'a> Arguments<'a> {
    pub fn new(context: &'a PluginContext, all: &'a [Value]) -> Self {
        Arguments { context, all, next: 0 }
    }

    /// How many there are.
    pub fn left(&self) -> usize {
        self.all.len() - self.next
    }

    /// There has to be none.
    pub fn finish(&self) -> Result<(), CommandError> {
        if self.left() > 0 {
            return Err(CommandError::Syntax);
        }
        Ok(())
    }

    /// Any bytes.
    pub fn bytes(&mut self) -> Result<&'a Value, CommandError> {
        let argument = self.all.get(self.next).ok_or(CommandError::Syntax)?;
        self.next += 1;
        Ok(argument)
    }

    /// Text.
    pub fn text(&mut self) -> Result<&'a str, CommandError> {
        let text = self.bytes()?.as_str();
        text.ok_or_else(|| format!("ERR argument {} is not UTF-8", self.next).into())
    }

    /// Go on behind a word, in capitals or not, if it is next.
    pub fn accept(&mut self, word: &str) -> bool {
        let next = self.all.get(self.next).map(Value::as_ref);
        let found = next.map_or(false, |next| next.eq_ignore_ascii_case(word.as_bytes()));
        self.next += usize::from(found);
        found
    }

    /// A path of either form.
    pub fn path(&mut self) -> Result<Path<'a>, CommandError> {
        Ok(Path::parse(self.text()?)?)
    }

    /// A key, and a path in its document; that is the root where no argument is left.
    pub fn target(&mut self) -> Result<Target<'a>, CommandError> {
        self.target_before(0)
    }

    /// As `target`, where so many arguments have to be left behind the path.
    pub fn target_before(&mut self, needed: usize) -> Result<Target<'a>, CommandError> {
        let key = self.bytes()?;
        let path = if self.left() > needed { self.path()? } else { Path::ROOT };
        Ok(Target { context: self.context, key, path })
    }

    /// A JSON value.
    pub fn json(&mut self) -> Result<Json, CommandError> {
        Ok(parse(self.text()?)?)
    }

    /// JSON values, all that are left.
    pub fn values(&mut self) -> Result<Vec<Json>, CommandError> {
        (0..self.left()).map(|_| self.json()).collect()
    }

    /// A whole number; `default` where no argument is left.
    pub fn integer(&mut self, default: i64) -> Result<i64, CommandError> {
        if self.left() == 0 {
            return Ok(default);
        }
        let number = self.bytes()?.as_i64();
        number.ok_or_else(|| "ERR value is not an integer or out of range".into())
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use crate::json::Json;
    use ferrite_plugin_sdk::testing::MockContext;
    use ferrite_plugin_sdk::{CommandError, Value};

    #[test]
    fn one_behind_the_other() {
        let context = MockContext::new();
        let given = ["key", "$.a", "nx", "7", "true", "{}"].map(Value::from);
        let mut args = Arguments::new(&context, &given);
        let target = args.target().unwrap();
        assert_eq!((target.key, target.path.shown()), (&given[0], "$.a".to_string()));
        assert!(!args.accept("XX") && args.accept("NX"));
        assert_eq!(args.integer(0), Ok(7));
        assert_eq!(args.finish(), Err(CommandError::Syntax));
        assert_eq!(args.values(), Ok(vec![Json::Bool(true), Json::Object(vec![])]));
        assert_eq!((args.finish(), args.integer(5)), (Ok(()), Ok(5)));
        assert!(!args.accept("NX"));
        assert_eq!(args.text(), Err(CommandError::Syntax));
    }

    #[test]
    fn a_path_that_is_left_out() {
        let context = MockContext::new();
        let given = [Value::from("key"), Value::from("\"text\"")];
        let mut args = Arguments::new(&context, &given);
        assert!(args.target_before(1).unwrap().path.is_root());
        assert_eq!(args.left(), 1);
        assert!(Arguments::new(&context, &given).target().is_err(), "a text is no path");
    }

    #[test]
    fn what_is_no_text_and_no_number() {
        let context = MockContext::new();
        let given = [Value::from(vec![0xff]), Value::from("x")];
        let mut args = Arguments::new(&context, &given);
        assert_eq!(args.text().unwrap_err().text(), "ERR argument 1 is not UTF-8");
        assert!(args.integer(0).is_err());
    }
}
