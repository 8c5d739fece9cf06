//! Broken queries: whatever is cut off or left out, there is an answer, and soon.

use crate::complete::complete;
use crate::cursor::{Cursor, Notes};
use crate::lexer::tokens;
use crate::statement;
use crate::testing::Tables;
use crate::{compile, is_complete};

/// Queries that together have every operator and statement.
pub(crate) const QUERIES: &[&str] = &[
    "EmailEvents | where Subject has 'x' and Size > 1 or not(Subject == \"y\") | extend a = Size + 1, ['b c'] = 2 | take 5",
    "let n = 1; let f = (x: long, T: (a: long)) { let y = x; y + n }; EmailEvents | where Size > f(n) | count",
    "EmailEvents | summarize count(), m = countif(Size > 1) by Subject, bin(Size, 10) | sort by count_ desc nulls last, Subject asc",
    "EmailEvents | join kind = leftouter (CloudAppEvents | project Timestamp, ActionType) on Timestamp, $left.Subject == $right.ActionType",
    "union isfuzzy=true withsource=T EmailEvents, (CloudAppEvents | take 1), Email* | project-away S*, Size | distinct *",
    "CloudAppEvents | mv-expand p = RawEventData.Parameters to typeof(dynamic) limit 5 | where p.Name in~ ('a', 'b') | getschema",
    "CloudAppEvents | mv-apply p = RawEventData['x'] on (where p.a == 1 | summarize count()) | project-reorder *, a asc",
    "datatable(a: long, b: dynamic) [1, dynamic({'k': [1, \"x\"]}), 2, dynamic(null)] | project-rename c = a | top 3 by c desc",
    "print x = 1, y = datetime(2020-01-02 03:04), z = 1.5h; range i from 1 to 5 step 1 | serialize n = i | as T | render timechart with (title = 'x')",
    "set truncationmaxrecords = 5; EmailEvents | where Timestamp between (ago(1d) .. now()) | lookup (EmailEvents) on Subject | invoke f(1)",
    "EmailEvents | project-keep Subject | limit 1 // comment | take 2\n| where Subject !in (CloudAppEvents | project ActionType) | filter true",
    "let T = materialize(EmailEvents); T | where Subject matches regex @'\\d' | extend (a, b) = f(*) | parse Subject with a ';' b",
];

/// Does all that may be done with a text; the answer does not matter here.
fn survive(text: &str) {
    let _ = compile(text, &Tables::mail());
    let _ = is_complete(text);
    let _ = complete(text, text.len(), &Tables::mail());
}

#[test]
fn every_beginning_of_a_query_has_an_answer() {
    for query in QUERIES {
        for end in (0..=query.len()).filter(|end| query.is_char_boundary(*end)) {
            survive(&query[..end]);
        }
    }
}

#[test]
fn every_query_without_one_token_has_an_answer() {
    for query in QUERIES {
        for token in tokens(query).0 {
            survive(&format!("{}{}", &query[..token.span.start], &query[token.span.end..]));
        }
    }
}

#[test]
fn every_query_with_a_token_doubled_or_a_sign_put_in_has_an_answer() {
    for query in QUERIES {
        for (i, token) in tokens(query).0.into_iter().enumerate() {
            let (before, after) = query.split_at(token.span.end);
            let put = [token.span.of(query), "(", ")", "|", ";", "'", "=", "\u{3042}", "{"][i % 9];
            survive(&format!("{before} {put} {after}"));
        }
    }
}

#[test]
fn every_query_with_two_neighbours_swapped_has_an_answer() {
    for query in QUERIES {
        for pair in tokens(query).0.windows(2) {
            let [a, b] = [pair[0].span, pair[1].span];
            let gap = &query[a.end..b.start];
            survive(&format!("{}{}{gap}{}{}", &query[..a.start], b.of(query), a.of(query), &query[b.end..]));
        }
    }
}

/// How many tokens the parser goes over for each token of a text.
fn steps_a_token(text: &str) -> usize {
    let (all, _) = tokens(text);
    let notes = Notes::new(text, &all);
    let _ = statement::query(Cursor::new(&notes));
    notes.steps() / all.len()
}

#[test]
fn reading_takes_time_in_proportion_to_the_text() {
    let many = |n: usize, item: &str, between: &str| vec![item; n].join(between);
    for (name, text) in [
        ("values", format!("EmailEvents | where Size in ({})", many(50_000, "1", ", "))),
        ("terms", format!("EmailEvents | where {}", many(20_000, "Subject has 'x'", " or "))),
        ("operators", format!("EmailEvents{}", " | where Size > 1 | extend a = strcat('a', 'b')".repeat(3_000))),
        ("statements", "let a = 1 + 2; ".repeat(10_000)),
        ("errors", "EmailEvents | where Size = 1 | wher 2 | take ( | extend a b; ".repeat(2_000)),
        ("one statement with errors", "EmailEvents | where Size = 1 ".repeat(5_000)),
        ("open brackets", "EmailEvents | where f(a, (b | c) ".repeat(2_000)),
        ("nested brackets", format!("print {}1{}", "(".repeat(90), ")".repeat(90))),
        ("deeper brackets", format!("print {}1{}", "(".repeat(3_000), ")".repeat(3_000))),
        ("nested pipelines", format!("{}T{}", "(".repeat(90), " | take 1)".repeat(90))),
        ("a literal", format!("print dynamic([{}])", many(50_000, "{'a': 1}", ", "))),
    ] {
        let steps = steps_a_token(&text);
        assert!(steps <= 40, "{name}: {steps} steps a token");
    }
    for query in QUERIES {
        for end in (0..=query.len()).filter(|end| query.is_char_boundary(*end)) {
            let steps = steps_a_token(&query[..end]);
            assert!(steps <= 40, "{}: {steps} steps a token", &query[..end]);
        }
    }
}

#[test]
fn a_large_query_binds_and_is_laid_out() {
    let values: Vec<String> = (0..50_000).map(|n| n.to_string()).collect();
    let terms: Vec<String> = (0..20_000).map(|n| format!("Subject has 'word{n}'")).collect();
    let long: String = (0..3_000).map(|n| format!("| where Subject != 'the {n}th of very many rows'\n")).collect();
    for text in [
        format!("EmailEvents | where Size in ({})", values.join(", ")),
        format!("EmailEvents | where {}", terms.join(" or ")),
        format!("EmailEvents\n{long}"),
    ] {
        let bound = compile(&text, &Tables::mail());
        assert!(bound.is_ok(), "{:?}", bound.diagnostics);
        assert!(crate::format(&text).is_ok());
    }
}

#[test]
fn every_query_is_whole_and_its_beginnings_up_to_an_open_bracket_are_not() {
    for query in QUERIES {
        assert!(is_complete(query), "{query}");
    }
    for text in
        ["EmailEvents |", "EmailEvents | where (", "let x =", "print 'a", "EmailEvents | join (", "print ```a\nb"]
    {
        assert!(!is_complete(text), "{text}");
    }
    for text in ["", "let x = 1", "EmailEvents | wher x", "print )", "print 'a\n| take 1"] {
        assert!(is_complete(text), "{text}");
    }
}

#[test]
fn depth_of_any_kind_is_refused_before_the_stack_ends() {
    let deep = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(3000), close.repeat(3000));
    for text in [
        deep("print (", "1", ")"),
        format!("print {}", deep("f(", "1", ")")),
        format!("print {}", deep("a[", "1", "]")),
        format!("print {}", deep("1 in (", "1", ")")),
        format!("print {}", deep("-", "1", "")),
        format!("print {}", deep("dynamic(", "1", ")")),
        format!("print dynamic({})", deep("[", "1", "]")),
        format!("print 1{}", " + 1".repeat(3000)),
        format!("print a{}", ".b".repeat(3000)),
        deep("let f = () {", "1", "};"),
        deep("EmailEvents | join (", "EmailEvents", ") on Subject"),
        deep("EmailEvents | mv-apply a on (", "take 1", ")"),
        deep("union (", "EmailEvents", ")"),
        deep("toscalar(EmailEvents | where Size == ", "1", ")"),
    ] {
        survive(&text);
    }
}

#[test]
fn depth_that_is_allowed_is_bound_within_the_stack() {
    let deep = |n: usize, open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(n), close.repeat(n));
    for text in [
        format!("print {}", deep(95, "strcat(1 + ", "1", ")")),
        format!("print {}", deep(95, "1 in (", "1", ")")),
        format!("print {}", deep(95, "(1 + ", "1", ")")),
        format!("print 1{}", " + 1".repeat(95)),
        format!("print a{}", ".b".repeat(95)),
        deep(18, "EmailEvents | join (", "EmailEvents", ") on Subject"),
        deep(18, "EmailEvents | where Size == toscalar(", "EmailEvents | count", ")"),
        deep(95, "let f = () {", "1", "};"),
    ] {
        let found = compile(&text, &Tables::mail()).diagnostics;
        assert!(!found.iter().any(|d| d.code == "too-deep"), "{text}: {found:?}");
    }
}

#[test]
fn length_of_any_kind_is_no_depth() {
    let doubling = |first: &str, next: fn(usize) -> String, last: &str| {
        format!("{first}; {}{last}", (1..40).map(|i| format!("{}; ", next(i))).collect::<String>())
    };
    for text in [
        format!("EmailEvents{}", " | where Size > 1".repeat(3000)),
        format!("EmailEvents{}", " | extend Size = Size + 1".repeat(3000)),
        format!("EmailEvents | where {}", vec!["Size == 1"; 3000].join(" or ")),
        format!("union {}", vec!["EmailEvents"; 1000].join(", ")),
        format!("{} print 1", "let a = 1; ".repeat(3000)),
        doubling("let a0 = 1", |i| format!("let a{i} = a{} + a{}", i - 1, i - 1), "print a39"),
        format!(
            "let a0 = 1; {} print a999",
            (1..1000).map(|i| format!("let a{i} = a{} + 1; ", i - 1)).collect::<String>()
        ),
        doubling("let a0 = EmailEvents", |i| format!("let a{i} = union a{}, a{}", i - 1, i - 1), "a39"),
        doubling(
            "let a0 = () { EmailEvents }",
            |i| format!("let a{i} = () {{ union a{}(), a{}() }}", i - 1, i - 1),
            "a39()",
        ),
        doubling(
            "let a0 = (x: long) { x }",
            |i| format!("let a{i} = (x: long) {{ a{}(x) + a{}(x) }}", i - 1, i - 1),
            "print a39(1)",
        ),
    ] {
        survive(&text);
    }
}
