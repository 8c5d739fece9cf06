//! Tests on texts: `=~`, `contains`, `has` and their kin, `matches regex`, `has_any`, `has_all`. A dynamic is tested by
//! its unquoted text. Nothing is null: a missing text is empty. An empty search text is found in every text.

mod block;
pub mod fold;
mod search;
mod terms;

use std::sync::Arc;

use arrow::array::{BooleanArray, StringViewArray};
use arrow::buffer::BooleanBuffer;
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{ScalarUDF, Volatility};
use rehunt_lang::plan::{TextOp, TextTest};
use rehunt_lang::types::{Type, Value};

use crate::dynamic::Raw;
use crate::functions::Prepared;
use crate::functions::kernel::spelling;
use crate::functions::pattern::{Latest, compile};
use crate::functions::udf::KqlFunction;
pub(crate) use search::Search;
use terms::Terms;

/// Returns the kernel of a test against a constant, or against a column where there is none.
pub(super) fn kernel(op: TextOp, needle: Option<&Value>) -> Result<Prepared, String> {
    let Some(needle) = needle.map(spelling) else { return Ok(against_column(op)) };
    Ok(match op.test {
        TextTest::MatchesRegex => {
            let regex = compile(&needle)?;
            each(op.negated, move |text| regex.is_match(text))
        }
        TextTest::Equals | TextTest::StartsWith | TextTest::EndsWith => {
            each(op.negated, move |text| at_ends(op, text, &needle))
        }
        TextTest::Contains | TextTest::Has | TextTest::HasPrefix | TextTest::HasSuffix => {
            let search = Search::new(op.test, &needle, op.case_sensitive);
            whole(op.negated, move |texts| search.rows(texts))
        }
    })
}

/// Makes the function behind `has_any` and `has_all`; it takes the text, then the terms, and `types` and `constants` are
/// those of all its arguments. A dynamic term stands for the elements of its array.
///
/// # Errors
/// When there are more terms than one search can hold.
pub fn terms_udf(types: &[Type], constants: &[Option<Value>], all: bool) -> Result<ScalarUDF, String> {
    let terms: Option<Vec<Value>> = constants.iter().skip(1).cloned().collect();
    let name = if all { "has_all" } else { "has_any" };
    let kernel = match &terms {
        Some(terms) => {
            let texts: Vec<String> = terms.iter().flat_map(elements).collect();
            let prepared = Terms::new(texts.iter().map(String::as_str), all)?;
            whole(false, move |texts| prepared.rows(texts))
        }
        None => against_computed_terms(all),
    };
    let key = format!("{terms:?}");
    Ok(KqlFunction::new(name.to_owned(), types, Type::Bool, key, Volatility::Immutable, kernel).into())
}

fn against_computed_terms(all: bool) -> Prepared {
    Arc::new(move |args| {
        let text = args.text(0)?;
        let terms = (1..args.len()).map(|i| Ok((args.json(i)?, args.types.get(i)))).collect::<Result<Vec<_>>>()?;
        args.tests(|row| {
            let mut found = Vec::new();
            for (cells, ty) in &terms {
                match (cells.at(row), ty) {
                    (Some(json), Some(Type::Dynamic)) => found.extend(array_texts(json)),
                    (cell, _) => found.push(cell.unwrap_or_default().to_owned()),
                }
            }
            let one = StringViewArray::from_iter_values([text.at(row).unwrap_or_default()]);
            Terms::new(found.iter().map(String::as_str), all).is_ok_and(|t| t.rows(&one).value(0))
        })
    })
}

/// Returns a constant as texts: an array as its elements.
pub(crate) fn elements(value: &Value) -> Vec<String> {
    match value {
        Value::Dynamic(json) => array_texts(json),
        other => vec![spelling(other)],
    }
}

fn array_texts(json: &str) -> Vec<String> {
    let value = Raw::new(json);
    match value.is_array() {
        true => value.elements().map(|item| item.to_text().into_owned()).collect(),
        false => vec![value.to_text().into_owned()],
    }
}

/// Lifts a test of one text.
fn each(negated: bool, test: impl Fn(&str) -> bool + Send + Sync + 'static) -> Prepared {
    Arc::new(move |args| {
        let text = args.text(0)?;
        args.tests(|row| test(text.at(row).unwrap_or_default()) != negated)
    })
}

/// Lifts a test of many texts.
fn whole(negated: bool, test: impl Fn(&StringViewArray) -> BooleanBuffer + Send + Sync + 'static) -> Prepared {
    Arc::new(move |args| {
        let text = args.text(0)?;
        let hits = test(text.array());
        let hits = if negated { !&hits } else { hits };
        match text.is_scalar() {
            false => args.result(Arc::new(BooleanArray::from(hits))),
            true => args.tests(|_| hits.value(0)),
        }
    })
}

fn against_column(op: TextOp) -> Prepared {
    if op.test == TextTest::MatchesRegex {
        return regex_column(op.negated);
    }
    Arc::new(move |args| {
        let (text, needle) = (args.text(0)?, args.text(1)?);
        args.tests(|row| {
            let (text, needle) = (text.at(row).unwrap_or_default(), needle.at(row).unwrap_or_default());
            let found = match op.test {
                TextTest::Equals | TextTest::StartsWith | TextTest::EndsWith => at_ends(op, text, needle),
                _ => {
                    let one = StringViewArray::from_iter_values([text]);
                    Search::new(op.test, needle, op.case_sensitive).rows(&one).value(0)
                }
            };
            found != op.negated
        })
    })
}

fn regex_column(negated: bool) -> Prepared {
    Arc::new(move |args| {
        let (text, pattern) = (args.text(0)?, args.text(1)?);
        let (mut latest, mut refused) = (Latest::default(), None);
        let answer = args.tests(|row| match latest.compile(pattern.at(row).unwrap_or_default()) {
            Ok(regex) => regex.is_match(text.at(row).unwrap_or_default()) != negated,
            Err(message) => {
                refused.get_or_insert(message);
                false
            }
        });
        refused.map_or(answer, |message| Err(exec_datafusion_err!("{message}")))
    })
}

fn at_ends(op: TextOp, text: &str, needle: &str) -> bool {
    match (op.test, op.case_sensitive) {
        (TextTest::Equals, false) => fold::equal(text, needle),
        (TextTest::StartsWith, false) => fold::starts_with(text, needle),
        (TextTest::EndsWith, false) => fold::ends_with(text, needle),
        (TextTest::Equals, true) => text == needle,
        (TextTest::StartsWith, true) => text.starts_with(needle),
        _ => text.ends_with(needle),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::plan::BinaryOp;

    use super::*;
    use crate::operators::testing::{binary, cells, column, run};

    fn op(test: TextTest) -> TextOp {
        TextOp { test, case_sensitive: false, negated: false }
    }

    /// Asks in all three ways: constant, column against constant, column against column.
    fn holds(op: TextOp, text: &str, needle: &str) -> bool {
        let (text, needle) = (Value::String(text.into()), Value::String(needle.into()));
        let answer = binary(BinaryOp::Text(op), text.clone(), needle.clone(), Type::Bool);
        let columns = column(BinaryOp::Text(op), &[text.clone(), text.clone()], &needle, Type::Bool);
        assert_eq!(columns, [answer.clone(), answer.clone()]);
        let udf =
            crate::operators::binary_udf(BinaryOp::Text(op), Type::String, Type::String, Type::Bool, [None, None]);
        let args = vec![cells(&[text.clone(), text]), cells(&[needle.clone(), needle])];
        assert_eq!(run(&udf.unwrap(), args, 2, Type::Bool), [answer.clone(), answer.clone()]);
        answer == Value::Bool(true)
    }

    #[test]
    fn has_wants_whole_terms() {
        let has = |text, needle| holds(op(TextTest::Has), text, needle);
        assert!(has("North America", "america"));
        assert!(!has("NorthAmerica", "america"));
        assert!(has("a_b-c", "b"), "an underscore delimits");
        assert!(has("xabc abc", "abc"), "a later place counts");
        assert!(!has("abcé", "abc") && has("é abc", "ABC"), "letters beyond ASCII are letters");
        assert!(has("x.exe", ".exe") && !has("x.exec", ".exe"), "only ends that are term characters need a boundary");
        assert!(has("", "") && has("x", ""));
    }

    #[test]
    fn prefixes_and_suffixes_check_one_end() {
        let prefix = |text, needle| holds(op(TextTest::HasPrefix), text, needle);
        let suffix = |text, needle| holds(op(TextTest::HasSuffix), text, needle);
        assert!(prefix("two words", "wor") && !prefix("swords", "wor"));
        assert!(suffix("two words", "ords") && !suffix("wordsy", "ords"));
    }

    #[test]
    fn case_matters_only_where_it_should() {
        let cs = |test| TextOp { test, case_sensitive: true, negated: false };
        assert!(holds(op(TextTest::Contains), "ÉCOLE", "école") && !holds(cs(TextTest::Contains), "ABC", "b"));
        assert!(holds(op(TextTest::StartsWith), "Abc", "aB") && !holds(cs(TextTest::StartsWith), "Abc", "ab"));
        assert!(holds(op(TextTest::EndsWith), "Abc", "BC") && !holds(op(TextTest::Equals), "Abc", "ab"));
    }

    #[test]
    fn a_match_never_spans_two_rows() {
        let rows = ["ab", "cd", "abcd"].map(|t| Value::String(t.into()));
        let got = column(BinaryOp::Text(op(TextTest::Contains)), &rows, &Value::String("bc".into()), Type::Bool);
        assert_eq!(got, [false, false, true].map(Value::Bool));
    }

    #[test]
    fn long_columns_are_searched_block_by_block() {
        let rows: Vec<_> = (0..3000).map(|i| Value::String(format!("{:060} end{i}", 0))).collect();
        let got = column(BinaryOp::Text(op(TextTest::Has)), &rows, &Value::String("END2999".into()), Type::Bool);
        assert_eq!(got.iter().filter(|v| **v == Value::Bool(true)).count(), 1);
        assert_eq!(got.last(), Some(&Value::Bool(true)));
    }

    #[test]
    fn a_regex_searches_and_a_bad_one_is_refused() {
        assert!(holds(op(TextTest::MatchesRegex), "abc12", r"\d+$"));
        let needle = Value::String("(".into());
        let op = BinaryOp::Text(op(TextTest::MatchesRegex));
        let refused = crate::operators::binary_udf(op, Type::String, Type::String, Type::Bool, [None, Some(&needle)]);
        assert!(refused.unwrap_err().contains("unclosed group"));
    }

    /// Asks with constant terms and with the same terms as columns.
    fn terms(texts: &[Value], terms: &[Value], all: bool) -> Vec<Value> {
        let types: Vec<_> = [texts[0].ty()].into_iter().chain(terms.iter().map(Value::ty)).collect();
        let constants: Vec<_> = [None].into_iter().chain(terms.iter().cloned().map(Some)).collect();
        let args = |_: &ScalarUDF| {
            let repeated = terms.iter().map(|t| cells(&vec![t.clone(); texts.len()]));
            [cells(texts)].into_iter().chain(repeated).collect()
        };
        let prepared = terms_udf(&types, &constants, all).unwrap();
        let answer = run(&prepared, args(&prepared), texts.len(), Type::Bool);
        if !terms.is_empty() {
            let computed = terms_udf(&types, &vec![None; types.len()], all).unwrap();
            assert_eq!(run(&computed, args(&computed), texts.len(), Type::Bool), answer);
        }
        answer
    }

    #[test]
    fn terms_any_and_all() {
        let ask = |text: &str, list: &[&str], all| {
            let list: Vec<_> = list.iter().map(|t| Value::String((*t).into())).collect();
            terms(&[Value::String(text.into())], &list, all) == [Value::Bool(true)]
        };
        assert!(ask("one abc", &["ab", "ABC"], false), "the longer of two overlapping terms");
        assert!(!ask("one abc", &["ab", "on"], false));
        assert!(ask("b a b", &["a", "B", "b"], true) && !ask("b b", &["a", "b"], true));
        assert!(ask("x", &[], true) && !ask("x", &[], false) && ask("x", &[""], false) && ask("x", &[""], true));
    }

    #[test]
    fn an_array_gives_its_elements_as_terms() {
        let list = [Value::Dynamic(r#"["x","b",7]"#.into())];
        let rows = [r#""a b""#, "null", r#"[7]"#].map(|j| Value::Dynamic(j.into()));
        assert_eq!(terms(&rows, &list, false), [true, false, true].map(Value::Bool));
    }
}
