//! `makeset(x)`: spellings that have been replaced.

use super::{Finding, Lint, Sight};

pub(super) const LINT: Lint = Lint {
    code: "obsolete-function",
    kusto_code: Some("KS507"),
    reason: "The old spelling still works, but is gone from the documentation; some differ in a detail from the new one.",
    look,
};

/// Old and new spelling, sorted by the old one.
const OBSOLETE: &[(&str, &str)] = &[
    ("any", "take_any"),
    ("anyif", "take_anyif"),
    ("argmax", "arg_max"),
    ("argmin", "arg_min"),
    ("array_sum", "series_sum"),
    ("arraylength", "array_length"),
    ("base64_decodestring", "base64_decode_tostring"),
    ("base64_encodestring", "base64_encode_tostring"),
    ("cnt", "count"),
    ("columnifexists", "column_ifexists"),
    ("current_cursor", "cursor_current"),
    ("datepart", "datetime_part"),
    ("extentid", "extent_id"),
    ("extractall", "extract_all"),
    ("make_string", "unicode_codepoints_to_string"),
    ("makelist", "make_list"),
    ("makeset", "make_set"),
    ("notempty", "isnotempty"),
    ("notnull", "isnotnull"),
    ("pack", "bag_pack"),
    ("pack_dictionary", "bag_pack"),
    ("parsejson", "parse_json"),
    ("parseurl", "parse_url"),
    ("parseurlquery", "parse_urlquery"),
    ("replace", "replace_regex"),
    ("row_rank", "row_rank_dense"),
    ("to_utf8", "unicode_codepoints_from_string"),
    ("toobject", "todynamic"),
    ("totime", "totimespan"),
    ("weekofyear", "week_of_year"),
];

fn look(sight: &Sight) -> Option<Finding> {
    let Sight::Call { name, span, .. } = sight else { return None };
    let (_, new) = OBSOLETE.binary_search_by_key(name, |(old, _)| old).ok().and_then(|i| OBSOLETE.get(i))?;
    Some(Finding { span: *span, message: format!("`{name}` is an obsolete spelling"), help: format!("write `{new}`") })
}

#[cfg(test)]
mod tests {
    use super::OBSOLETE;

    #[test]
    fn spellings_are_sorted_for_the_search() {
        assert!(OBSOLETE.is_sorted());
    }
}
