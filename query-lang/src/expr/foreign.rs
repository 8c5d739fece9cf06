//! Functions as other languages call them.

/// A name of SQL, Splunk or a programming language, in lower case, and what to write here. Sorted.
const NAMES: &[(&str, &str)] = &[
    ("avg_if", "avgif(...)"),
    ("cast", "tostring(...), tolong(...), todatetime(...)"),
    ("charindex", "indexof(text, part)"),
    ("concat", "strcat(...)"),
    ("convert", "tostring(...), tolong(...), todatetime(...)"),
    ("count_if", "countif(...)"),
    ("dateadd", "datetime_add(part, n, t)"),
    ("datediff", "datetime_diff(part, later, earlier)"),
    ("day", "dayofmonth(t)"),
    ("exists", "isnotempty(...)"),
    ("getdate", "now()"),
    ("group_concat", "strcat_array(make_list(x), ',')"),
    ("hour", "hourofday(t)"),
    ("if", "iff(condition, a, b)"),
    ("ifnull", "coalesce(a, b)"),
    ("iif_null", "coalesce(a, b)"),
    ("instr", "indexof(text, part)"),
    ("is_null", "isnull(...)"),
    ("isblank", "isempty(...)"),
    ("left", "substring(text, 0, n)"),
    ("len", "strlen(...)"),
    ("length", "strlen(...) or array_length(...)"),
    ("lower", "tolower(...)"),
    ("ltrim", "trim_start(regex, text)"),
    ("month", "monthofyear(t)"),
    ("nullif", "iff(a == b, ..., a)"),
    ("nvl", "coalesce(a, b)"),
    ("regexp_extract", "extract(regex, group, text)"),
    ("regexp_replace", "replace_regex(text, regex, with)"),
    ("right", "substring(text, strlen(text) - n)"),
    ("rtrim", "trim_end(regex, text)"),
    ("size", "array_length(...)"),
    ("substr", "substring(text, start, length)"),
    ("toupper_case", "toupper(...)"),
    ("typeof", "gettype(...)"),
    ("upper", "toupper(...)"),
    ("year", "getyear(t)"),
];

/// Returns what to write for a name of another language.
pub(crate) fn here(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    NAMES.binary_search_by_key(&name.as_str(), |(n, _)| n).ok().and_then(|i| NAMES.get(i)).map(|(_, here)| *here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_for_the_search() {
        assert!(NAMES.is_sorted());
        assert_eq!(here("LEN"), Some("strlen(...)"));
    }
}
