//! `col: "text"` and `*: "text"`: a term, where stars say what may be around it.
//!
//! `x` is a term of the text, `x*` begins one, `*x` ends one, `*x*` is anywhere, `x*y` a regex:
//! learn.microsoft.com/kusto/query/search-operator#search-predicate-syntax

use crate::bind::Binder;
use crate::bind::scope::Scope;
use crate::diagnostic::Diagnostic;
use crate::plan::{self, TextOp, TextTest};
use crate::types::{Type, Value};

use super::ast::{Binary, ExprKind};
use super::bind::text_expr;

/// The column by which `search` says which table a row comes from; no term is looked for in it.
pub(crate) const SEARCHED: &str = "$table";

impl Binder<'_> {
    /// Binds a comparison by `:`; `:cs`, which no text spells, minds case.
    pub(super) fn term(&mut self, binary: &Binary, scope: &Scope) -> plan::Expr {
        let case_sensitive = binary.op == ":cs";
        let right = self.expr(&binary.right, scope);
        let (right, number) = match right.as_literal() {
            Some(value @ (Value::Int(_) | Value::Long(_) | Value::Real(_))) => {
                (plan::Expr::literal(Value::String(value.to_string())), true)
            }
            _ => (right, false),
        };
        let (test, wanted) = match (self.constant(&right), right.ty) {
            (_, Type::Unknown) => return right,
            (Some(Value::String(term)), _) => match starred(&term, case_sensitive) {
                Some((test, text)) => (test, plan::Expr::literal(Value::String(text))),
                None => return plan::Expr::literal(Value::Bool(true)),
            },
            (_, Type::String | Type::Dynamic) => (TextTest::Has, right.to(Type::String)),
            (_, ty) => {
                let message = format!("`:` compares texts, found a {ty}");
                return self.poison(Diagnostic::error("wrong-type", binary.right.span, message).kusto("KS106"));
            }
        };
        // A regex says itself whether case matters.
        let op = TextOp { test, case_sensitive: case_sensitive || test == TextTest::MatchesRegex, negated: false };
        if !matches!(binary.left.kind, ExprKind::Star) {
            if number {
                let message = "`:` compares texts, found a number";
                return self.poison(Diagnostic::error("wrong-type", binary.right.span, message).kusto("KS106"));
            }
            let left = self.text_side(&binary.left, ":", scope);
            return text_expr(op, left, wanted);
        }
        let columns = scope.row.iter().filter(|c| c.name != SEARCHED);
        let columns = columns.filter(|c| !number || matches!(c.ty, Type::String | Type::Dynamic));
        let tests = columns.map(|c| text_expr(op, plan::Expr::column(c).to(Type::String), wanted.clone()));
        plan::Expr::any_of(tests.collect())
    }
}

/// What a term with stars tests, and the text of it; nothing for stars alone, which anything fits.
fn starred(term: &str, case_sensitive: bool) -> Option<(TextTest, String)> {
    let text = term.trim_matches('*');
    if text.is_empty() && !term.is_empty() {
        return None;
    }
    let (open, close) = (term.starts_with('*'), term.ends_with('*'));
    if text.contains('*') {
        let mut regex = String::from(if case_sensitive { "" } else { "(?i)" });
        regex.push_str(if open { "" } else { r"\b" });
        for c in text.chars() {
            match c {
                '*' => regex.push_str(".*"),
                c if r"\.+*?()|[]{}^$#&-~".contains(c) => regex.extend(['\\', c]),
                c => regex.push(c),
            }
        }
        regex.push_str(if close { "" } else { r"\b" });
        return Some((TextTest::MatchesRegex, regex));
    }
    let test = match (open, close) {
        (true, true) => TextTest::Contains,
        (true, false) => TextTest::HasSuffix,
        (false, true) => TextTest::HasPrefix,
        (false, false) => TextTest::Has,
    };
    Some((test, text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_choose_the_test() {
        let some = |test, text: &str| Some((test, text.to_owned()));
        assert_eq!(starred("a", false), some(TextTest::Has, "a"));
        assert_eq!(starred("a*", false), some(TextTest::HasPrefix, "a"));
        assert_eq!(starred("*a", false), some(TextTest::HasSuffix, "a"));
        assert_eq!(starred("*a*", false), some(TextTest::Contains, "a"));
        assert_eq!(starred("a.b*c", false), some(TextTest::MatchesRegex, r"(?i)\ba\.b.*c\b"));
        assert_eq!(starred("*a_b*c", true), some(TextTest::MatchesRegex, r"a_b.*c\b"));
        assert_eq!(starred("*", false), None);
        assert_eq!(starred("", false), some(TextTest::Has, ""));
    }
}
