//! The canonical layout of a query: one operator a line with its pipe in front, sub-queries indented, long lists
//! broken, comments at their place, names and literals as they were written.
//!
//! It works on tokens and brackets, not on the trees of operators: an operator that is added formats without code of
//! its own. Whether the text is a query at all, and where its statements begin, is for the parser to say. What stands
//! here is layout only; no token is added, dropped or respelled.

mod atoms;
mod layout;
mod space;
mod writer;

use crate::blocks::blocks;
use crate::diagnostic::Diagnostic;
use crate::lexer::tokens;
use crate::parse;
use crate::statement::{Query, Statement};

/// Lays a query out anew. The result ends with a line break, means the same, and is its own layout. Of several
/// queries parted by blank lines each is laid out.
///
/// # Errors
/// What keeps the text from being read. What is read but not built yet is no hindrance.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let parsed = parse(text);
    let wrong: Vec<_> = parsed.diagnostics.iter().filter(|d| hinders(d)).cloned().collect();
    if !wrong.is_empty() {
        let parts = blocks(text);
        let each: Option<Vec<String>> = parts.iter().map(|part| lay_out(part)).collect();
        return each.filter(|parts| parts.len() > 1).map(|parts| parts.join("\n")).ok_or(wrong);
    }
    let Some(laid_out) = layout_of(text, &parsed.query) else { return Err(parsed.diagnostics) };
    // A layout that loses something would be our bug, and the text is somebody's work.
    let same = same_tokens(text, &laid_out) && !parse(&laid_out).diagnostics.iter().any(hinders);
    Ok(if same { laid_out } else { text.to_owned() })
}

/// As [`format`], without its guard against our own bugs: what the tests look at. Nothing where it cannot be read.
pub fn lay_out(text: &str) -> Option<String> {
    let parsed = parse(text);
    match parsed.diagnostics.iter().any(hinders) {
        true => None,
        false => layout_of(text, &parsed.query),
    }
}

fn hinders(diagnostic: &Diagnostic) -> bool {
    diagnostic.is_error() && diagnostic.code != "unsupported"
}

fn layout_of(text: &str, query: &Query) -> Option<String> {
    atoms::atoms(text, &statement_starts(query)).map(|atoms| layout::lay_out(text, &atoms))
}

/// Offsets where statements begin: they need no `;` between them everywhere.
fn statement_starts(query: &Query) -> Vec<usize> {
    let start = |statement: &Statement| match statement {
        Statement::Let(definition) => Some(definition.span.start),
        Statement::Expression(pipeline) => Some(pipeline.span.start),
        _ => None,
    };
    query.statements.iter().filter_map(start).collect()
}

/// Tells whether two texts have the same tokens and comments in the same order, blanks aside.
fn same_tokens(a: &str, b: &str) -> bool {
    let spelled = |text: &str| -> Vec<String> {
        let (tokens, comments) = tokens(text);
        let mut all: Vec<_> = tokens.iter().map(|t| t.span).chain(comments).collect();
        all.sort_by_key(|span| span.start);
        all.iter().map(|span| span.of(text).trim_end().to_owned()).collect()
    };
    spelled(a) == spelled(b)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Formats, and checks that the result is its own format and reads to the same tree.
    fn formatted(text: &str) -> String {
        let once = lay_out(text).unwrap();
        assert!(same_tokens(text, &once), "{text}\n---\n{once}");
        assert_eq!(format(&once).unwrap(), once, "of {text}");
        assert_eq!(shape(text), shape(&once), "{text}");
        once
    }

    /// The tree as text, places left out.
    fn shape(text: &str) -> String {
        let tree = format!("{:?}", crate::parse(text).query);
        let mut parts = tree.split("Span { ");
        let first = parts.next().unwrap_or("").to_owned();
        parts.fold(first, |all, part| all + part.split_once('}').map_or("", |(_, rest)| rest))
    }

    #[test]
    fn one_operator_a_line() {
        assert_eq!(
            formatted("T|where a==1   and b!in~('x','y')|take 5"),
            "T\n| where a == 1 and b !in~ ('x', 'y')\n| take 5\n"
        );
        assert_eq!(
            formatted("T | project-away S*, *_x | mv-expand with_itemindex = i a to typeof ( long )"),
            "T\n| project-away S*, *_x\n| mv-expand with_itemindex=i a to typeof(long)\n"
        );
        assert_eq!(
            formatted("let a=1;let f=(x:long,T:(b:string)){T|where x>a};\n\n\nf( -1 )"),
            "let a = 1;\nlet f = (x: long, T: (b: string)) {\n    T\n    | where x > a\n};\n\nf(-1)\n"
        );
        assert_eq!(
            formatted("union Em*il*,*_CL,(T|extend a=b*c)"),
            "union Em*il*, *_CL, (\n    T\n    | extend a = b * c\n)\n"
        );
        assert_eq!(formatted(""), "");
    }

    #[test]
    fn sub_queries_are_indented() {
        assert_eq!(
            formatted(
                "T | join kind = leftouter hint.strategy=shuffle(U|where a>1|project b) on b, $left.c==$right.d | where e in ((V|project e))"
            ),
            "T\n| join kind=leftouter hint.strategy=shuffle (\n    U\n    | where a > 1\n    | project b\n) on b, $left.c == $right.d\n| where e in ((\n    V\n    | project e\n))\n"
        );
        assert_eq!(
            formatted("let a = toscalar(T|count);let b=T|take 1;a"),
            "let a = toscalar(\n    T\n    | count\n);\nlet b = T\n    | take 1;\na\n"
        );
    }

    #[test]
    fn literals_and_names_are_left_as_they_are() {
        assert_eq!(
            formatted(
                "print datetime( 2020-01-01 03:04 ),1.50,0XFF,@\"c:\\x\",h'secret',['a b'].c[0]['d'],1d/1.5h,dynamic({\"a\":[1,-2]})"
            ),
            "print\n    datetime( 2020-01-01 03:04 ),\n    1.50,\n    0XFF,\n    @\"c:\\x\",\n    h'secret',\n    ['a b'].c[0]['d'],\n    1d / 1.5h,\n    dynamic({\"a\": [1, -2]})\n"
        );
    }

    #[test]
    fn comments_stay_where_they_are() {
        let text = "// head\n\nT // the table\n// before\n| where a // one\n  and b\n| project // which\n c, // three\n // four\n d\n// last\n;// end\n// over\n";
        let expected = "// head\n\nT // the table\n// before\n| where a // one\n    and b\n| project // which\n    c, // three\n    // four\n    d\n// last\n; // end\n// over\n";
        assert_eq!(formatted(text), expected);
    }

    #[test]
    fn blank_lines_go_on_parting_queries() {
        let text = "T|count // one\n\n\n// second\nT|take 1";
        assert_eq!(format(text).unwrap(), "T\n| count // one\n\n// second\nT\n| take 1\n");
        assert_eq!(format(&format(text).unwrap()), format(text));
    }

    #[test]
    fn what_is_long_is_broken() {
        let long = |n: usize| "x".repeat(n);
        assert_eq!(
            formatted(&format!("T | summarize {} = count(), make_set(a) by {}, c", long(60), long(20))),
            format!("T\n| summarize\n    {} = count(),\n    make_set(a)\n    by {}, c\n", long(60), long(20))
        );
        assert_eq!(
            formatted(&format!("T | where {} == 1 and f({}) or c", long(50), long(50))),
            format!("T\n| where {} == 1 and f({})\n    or c\n", long(50), long(50))
                .replace(" and f", "\n        and f")
        );
        let words: Vec<_> = (0..30).map(|n| format!("'word {n}'")).collect();
        let found = formatted(&format!("T | where a in({})", words.join(",")));
        assert!(
            found.starts_with("T\n| where a in (\n    'word 0', 'word 1',") && found.ends_with("'word 29'\n)\n"),
            "{found}"
        );
        assert_eq!(
            formatted(&format!("datatable(a:string,b:long)['{}',1,'{}',2]", long(60), long(60))),
            format!("datatable(a: string, b: long) [\n    '{0}', 1,\n    '{0}', 2\n]\n", long(60))
        );
    }

    #[test]
    fn every_query_of_the_project_keeps_its_tokens_and_settles() {
        for query in crate::robustness::QUERIES {
            formatted(query);
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_nothing_panics() {
        assert_eq!(format("T | where (").unwrap_err()[0].code, "unfinished");
        assert_eq!(lay_out("T | consume-nothing 'a\n | take 1"), None);
        assert_eq!(
            atoms::atoms("T | assert-schema 'a\n, b | take 1", &[]).map(|a| a.len()),
            None,
            "a string without end"
        );
        for query in crate::robustness::QUERIES {
            for end in (0..query.len()).filter(|end| query.is_char_boundary(*end)) {
                let _ = format(&query[..end]);
                let _ = atoms::atoms(&query[..end], &[]).map(|atoms| layout::lay_out(&query[..end], &atoms));
            }
        }
    }
}
