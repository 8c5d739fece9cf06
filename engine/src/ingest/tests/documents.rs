//! JSON documents and lines: what is cut, damaged, or alike.

use super::*;

#[test]
fn a_cut_or_damaged_document_never_loses_rows_in_silence() {
    let (_folder, path) = folder(&[]);
    let file = path.join("x.json");
    let problems = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        // The single file that gives nothing is an error; that is no silence either.
        load(&file, &LoadOptions::default(), &Quiet).map_or(1, |loaded| loaded.log.problems.len())
    };
    let documents = [
        r#"[{"category":"AdvancedHunting-A","properties":{"a":[1,"x\"y"]}},{"a":null}]"#,
        r#"{"Schema":[{"Name":"a","Type":"Int64"}],"Results":[{"a":1},{"a":2}]}"#,
        r#"{"tables":[{"name":"t","columns":[{"name":"a","type":"long"}],"rows":[[1],[2]]}]}"#,
        r#"[{"FrameType":"DataTable","TableKind":"PrimaryResult","Columns":[{"ColumnName":"a","ColumnType":"long"}],"Rows":[[1]]}]"#,
        r#"{"records":[{"category":"SignInLogs","properties":{"createdDateTime":"2025-06-14T08:00:00Z","status":{"errorCode":1}}}]}"#,
        r#"{"value":[{"auditLogRecordType":"1","auditData":{"Id":"x"}},{"AuditData":"{\"Id\":\"y\"}"}]}"#,
    ];
    for text in documents {
        assert_eq!(problems(text.as_bytes()), 0, "{text}");
        for end in (1..text.len()).step_by(3) {
            assert!(problems(&text.as_bytes()[..end]) > 0, "{}", &text[..end]);
        }
        for at in (0..text.len()).step_by(5) {
            let mut damaged = text.as_bytes().to_vec();
            damaged[at] = b'}';
            problems(&damaged);
        }
    }
}

/// Rows like the one before are read in a way of their own: they must be what they are where no two follow each other.
#[test]
fn rows_with_the_keys_of_the_last_are_what_they_are_among_others() {
    let values = [
        r#""a\"}b""#,
        r#""plain""#,
        "12",
        "-1.5e3",
        "null",
        "true",
        r#"{"x":[1,{"y":"}"}]}"#,
        r#""""#,
        "[ ]",
        r#""\u0041""#,
    ];
    let row = |n: usize, turned: bool| {
        let (a, b) = (format!("\"a\":{}", values[n % 10]), format!("\"b\" : {n} "));
        if turned { format!("{{{b},{a}}}") } else { format!("{{ {a},{b}}}") }
    };
    let rows = |turning: bool| (0..400).map(|n| row(n, turning && n % 2 == 1)).collect::<Vec<_>>();
    let shown = |file: &str, text: &str| {
        let case = one(file, text);
        assert_eq!(case.problems(), Vec::<String>::new(), "{file}");
        (case.ty("t", "a"), case.rows("t", &["a", "b"]))
    };
    let expected = shown("t.jsonl", &rows(true).join("\n"));
    assert_eq!(expected.1.len(), 400);
    assert_eq!(shown("t.jsonl", &rows(false).join("\n")), expected);
    assert_eq!(shown("t.json", &format!("[{}]", rows(false).join(",\n"))), expected);
    assert_eq!(shown("t.json", &format!("{{\"value\":[{}]}}", rows(false).join(" , "))), expected);
    // Answers with a schema, and rows in envelopes, the same way.
    let schema = r#"[{"Name":"a","Type":"Object"},{"Name":"b","Type":"Int64"}]"#;
    let answer = |turning| format!("{{\"Schema\":{schema},\"Results\":[{}]}}", rows(turning).join(","));
    assert_eq!(shown("t.json", &answer(false)), shown("t.json", &answer(true)));
    let envelope = |row: &String| format!("{{\"category\":\"AdvancedHunting-t\",\"properties\":{row}}}\n");
    let streamed = |turning| rows(turning).iter().map(envelope).collect::<String>();
    assert_eq!(shown("t.json", &streamed(false)), expected);
    assert_eq!(shown("t.json", &streamed(true)), expected);
}
