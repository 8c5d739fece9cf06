//! From a column of text to a column of dynamics.

use std::borrow::Cow;

use arrow::array::{Array, ArrayRef, StringViewArray};
use arrow::error::ArrowError;

use super::views::Views;
use super::{normalize, push_string};

/// Parses every cell as `parse_json` does: text that is not JSON becomes a JSON string, `null` and nothing become
/// null. Cells that are in normal form already stay where they are.
pub fn parse_column(column: &StringViewArray) -> Result<ArrayRef, ArrowError> {
    let mut views = Views::new(column, column.len());
    let mut quoted = String::new();
    for row in 0..column.len() {
        let text = if column.is_null(row) { "" } else { column.value(row) };
        match normalize(text) {
            Some(json) if json == "null" => views.null(),
            Some(Cow::Borrowed(json)) => views.part(row, json),
            Some(Cow::Owned(json)) => views.own(&json),
            None if text.is_empty() => views.null(),
            None => {
                quoted.clear();
                push_string(&mut quoted, text);
                views.own(&quoted);
            }
        }
    }
    views.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::array::AsArray;

    use super::*;

    #[test]
    fn normal_text_stays_and_the_rest_is_made_normal() {
        let texts = [r#" {"a":"some longer text"} "#, r#"{ "b": 1 }"#, "say \"hi\"", "null", "", "7"];
        let column = StringViewArray::from(texts.to_vec());
        let parsed = parse_column(&column).unwrap();
        let cells: Vec<_> = parsed.as_string_view().iter().collect();
        let wanted =
            [Some(r#"{"a":"some longer text"}"#), Some(r#"{"b":1}"#), Some(r#""say \"hi\"""#), None, None, Some("7")];
        assert_eq!(cells, wanted);
        assert_eq!(parsed.as_string_view().value(0).as_ptr(), column.value(0)[1..].as_ptr());
    }
}
