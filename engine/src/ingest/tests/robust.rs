//! Files that are cut anywhere, or have any byte changed: nothing panics, and no row is lost that is not told of.
#![allow(clippy::unwrap_used)]

use super::*;

/// Small files of each form, each with the number of its rows.
pub(super) fn files() -> Vec<(&'static str, Vec<u8>, u64)> {
    let mail = "Timestamp,NetworkMessageId,SenderFromAddress,Subject,UrlCount\r\n2025-06-14T08:00:00Z,m1,a@x,\"Hi, \"\"you\"\"\",1\r\n2025-06-14T08:00:01Z,m2,b@x,\"two\r\nlines\",2\r\n";
    let lines = "{\"Timestamp\":\"2025-06-14T08:00:00Z\",\"n\":1}\n{\"Timestamp\":\"2025-06-14T08:00:01Z\",\"n\":2}\n{\"n\":3}\n";
    let list = "[\n {\"n\": 1, \"d\": {\"a\": [1, \"é\"]}},\n {\"n\": 2},\n {\"n\": 3}\n]\n";
    let graph = "{\"@odata.context\":\"x\",\"value\":[{\"n\":1},{\"n\":2}],\"@odata.nextLink\":\"y\"}";
    let hunting =
        "{\"Stats\":{\"t\":1},\"Schema\":[{\"Name\":\"n\",\"Type\":\"Int64\"}],\"Results\":[{\"n\":1},{\"n\":2}]}";
    let hub = "{\"records\":[{\"category\":\"AdvancedHunting-EmailEvents\",\"properties\":{\"Subject\":\"a\"}},{\"category\":\"AdvancedHunting-EmailEvents\",\"properties\":{\"Subject\":\"b\"}}]}";
    let tables = "{\"tables\":[{\"name\":\"PrimaryResult\",\"columns\":[{\"name\":\"n\",\"type\":\"long\"}],\"rows\":[[1],[2]]}]}";
    let v1 = "{\"Tables\":[{\"TableName\":\"Table_0\",\"Columns\":[{\"ColumnName\":\"n\",\"DataType\":\"Int64\"}],\"Rows\":[[1],[2]]}]}";
    let v2 = "[{\"FrameType\":\"DataSetHeader\"},{\"FrameType\":\"DataTable\",\"TableKind\":\"PrimaryResult\",\"Columns\":[{\"ColumnName\":\"n\",\"ColumnType\":\"long\"}],\"Rows\":[[1],[2]]},{\"FrameType\":\"DataSetCompletion\",\"HasErrors\":false}]";
    let audit = "RecordType,CreationDate,UserIds,Operations,AuditData\n1,2025-06-14,u,o,\"{\"\"CreationTime\"\":\"\"2025-06-14T08:00:00\"\",\"\"Id\"\":\"\"i\"\"}\"\n2,2025-06-15,u,o,\"{\"\"CreationTime\"\":\"\"2025-06-15T08:00:00\"\"}\"\n";
    let wide: Vec<u8> = "\u{feff}a\tb\n1\t2\n3\t4\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        ("mail.csv", mail.into(), 2),
        ("marked.csv", format!("\u{feff}{mail}").into(), 2),
        ("wide.tsv", wide, 2),
        ("packed.csv.gz", gzip("a,b\n1,2\n3,4\n"), 2),
        ("lines.jsonl", lines.into(), 3),
        ("list.json", list.into(), 3),
        ("graph.json", graph.into(), 2),
        ("hunting.json", hunting.into(), 2),
        ("hub.json", hub.into(), 2),
        ("tables.json", tables.into(), 2),
        ("v1.json", v1.into(), 2),
        ("v2.json", v2.into(), 2),
        ("audit.csv", audit.into(), 2),
    ]
}

/// Returns rows and problems of a file. A file that gives nothing is an error of the call, and so told.
fn loaded(path: &Path, bytes: &[u8]) -> (u64, u64) {
    std::fs::write(path, bytes).unwrap();
    match load(path, &LoadOptions::default(), &Quiet) {
        Ok(loaded) => {
            let files = &loaded.log.files;
            (files.iter().map(|f| f.file.rows).sum(), files.iter().map(|f| f.file.problems).sum())
        }
        Err(_) => (0, 1),
    }
}

#[test]
fn a_cut_file_keeps_the_rows_before_the_cut() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, rows) in files() {
        let path = folder.path().join(name);
        assert_eq!(loaded(&path, &bytes), (rows, 0), "{name}");
        let mut before = 0;
        for cut in 0..bytes.len() {
            let (rows, problems) = loaded(&path, &bytes[..cut]);
            // A later cut loses no row that an earlier one had, unless it says so.
            assert!(rows >= before || problems > 0, "{name} cut at {cut}: {rows} rows, {before} with less of it");
            before = before.max(rows);
            let text = bytes[..cut].trim_ascii_end();
            if name.ends_with(".json") && !text.is_empty() && cut + 1 < bytes.len() {
                assert!(problems > 0, "{name} cut at {cut}: nothing is told");
            }
        }
    }
}

#[test]
fn a_changed_byte_loses_no_row_unless_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut lost = Vec::new();
    for (name, bytes, all) in files() {
        let path = folder.path().join(name);
        // A first byte that is no bracket makes a header of a document.
        for at in usize::from(name.ends_with(".json"))..bytes.len() {
            for mask in [0x01, 0x80] {
                let mut changed = bytes.clone();
                changed[at] ^= mask;
                let (rows, problems) = loaded(&path, &changed);
                // A key or a sign that changes may make one record of a document: then all of it is in its cells.
                let kept = rows >= all || problems > 0 || rows == 1 && name.ends_with(".json");
                if !kept {
                    lost.push(format!("{name}: {rows} of {all} rows with `{}`", String::from_utf8_lossy(&changed)));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}
