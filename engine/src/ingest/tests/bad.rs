//! Files as they should not be: each is told with its place, and the rest of the folder is there.
#![allow(clippy::unwrap_used)]

use super::*;

/// Loads a bad file beside a good one and returns what is told of the bad one.
fn beside(name: &str, bytes: &[u8]) -> String {
    let case = case(&[(name, bytes), ("good.csv", b"a\n1\n")]);
    assert_eq!(case.rows("good", &["a"]), ["1"]);
    case.problems().join("\n")
}

#[test]
fn nothing_binary_and_cut_files_are_told() {
    let cut = gzip(&"a,b\n1,2\n".repeat(2000));
    for (name, bytes, told) in [
        ("empty.csv", &b""[..], "the file is empty"),
        ("blank.json", b" \r\n\t\n", "the file is empty"),
        ("binary.csv", &[1, 2, 0, 0, 0, 7, 0, 9], "binary"),
        ("db.csv", b"SQLite format 3\0...", "SQLite"),
        ("cut.csv.gz", &cut[..cut.len() - 9], "breaks off after line"),
        ("cut.json", b"[{\"a\":1},{\"a\":", "breaks off"),
        ("cut.zst.csv", &[0x28, 0xb5, 0x2f, 0xfd, 4, 0], ""),
        ("bad.parquet", b"PAR1xxxxPAR1", ""),
    ] {
        let problems = beside(name, bytes);
        assert!(problems.contains(told) && !problems.is_empty(), "{name}: {problems}");
    }
}

#[test]
fn the_content_counts_and_not_the_ending() {
    let case = case(&[("rows.csv", b"{\"a\":1}\n{\"a\":2}\n"), ("list.json", b"a,b\n1,2\n")]);
    assert_eq!(
        (case.rows("rows", &["a"]), case.rows("list", &["b"])),
        (vec!["1".into(), "2".into()], vec!["2".into()])
    );
}

#[test]
fn a_header_alone_is_a_table_without_rows() {
    let case = one("UrlClickEvents.csv", "Timestamp,Url,ActionType,UrlChain\r\n");
    assert_eq!(case.rows("UrlClickEvents", &["Url"]), [""; 0]);
    assert_eq!(case.problems(), [""; 0]);
}

#[test]
fn ragged_rows_keep_the_cells_they_have() {
    let case = one("r.csv", "a,b,c\n1\n1,2,3,4\n1,2,3,\n");
    assert_eq!(case.rows("r", &["a", "b", "c"]), ["1 | null | null", "1 | 2 | 3", "1 | 2 | 3"]);
    assert_eq!(case.problems().len(), 2, "{:?}", case.problems());
}

#[test]
fn deep_and_doubled_json_is_told_and_never_overflows() {
    let deep = format!("{{\"a\":{}}}\n{{\"a\":1}}\n", "[".repeat(100_000));
    let case = one("deep.jsonl", &deep);
    assert!(case.problems()[0].contains("too deep"), "{:?}", case.problems().first().map(|p| &p[..80]));
    assert_eq!(case.rows("deep", &["a"]), ["1"]);
    let doubled = one("d.jsonl", "{\"a\":1,\"a\":2}\n");
    assert_eq!(doubled.rows("d", &["a"]), ["1"]);
    assert!(doubled.problems()[0].contains("twice"), "{:?}", doubled.problems());
}

#[test]
fn a_line_without_end_is_told_and_not_held() {
    let long = LONGEST_LINE + 100;
    let mut csv = b"a,b\n1,2\n".to_vec();
    csv.resize(long, b'x');
    let problems = beside("long.csv", &csv);
    assert!(problems.contains("a line is longer than"), "{}", &problems[..problems.len().min(200)]);
    let mut lines = b"{\"n\":1}\n{\"n\":\"".to_vec();
    lines.resize(long, b'x');
    lines.extend(b"\"}\n{\"n\":3}\n");
    let case = case(&[("long.jsonl", &lines)]);
    assert_eq!(case.rows("long", &["n"]), ["1", "3"]);
    assert!(case.problems()[0].starts_with("2 ") && case.problems()[0].contains("longer than"));
}

#[cfg(unix)]
#[test]
fn closed_files_and_loops_of_links_do_not_stop_the_rest() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (_folder, path) = folder(&[("good.csv", b"a\n1\n"), ("closed.csv", b"a\n1\n"), ("in/x.csv", b"b\n1\n")]);
    symlink(&path, path.join("in/loop")).unwrap();
    symlink(path.join("nowhere"), path.join("dead.csv")).unwrap();
    std::fs::set_permissions(path.join("closed.csv"), std::fs::Permissions::from_mode(0o0)).unwrap();
    let mut catalog = Catalog::default();
    catalog.absorb(load(&path, &LoadOptions::default(), &Quiet).unwrap()).unwrap();
    let case = Case { _folder, catalog };
    assert_eq!((case.rows("good", &["a"]), case.rows("x", &["b"])), (vec!["1".to_owned()], vec!["1".to_owned()]));
    // Whoever runs as root reads every file.
    let closed = case.problems().join(" ");
    assert!(closed.contains("ermission") || case.names().contains(&"closed"), "{closed}");
}

#[test]
fn a_file_that_grows_while_it_is_read_is_told() {
    struct Growing;
    impl Progress for Growing {
        fn begin(&self, path: &Path, _bytes: u64) {
            let text = std::fs::read_to_string(path).unwrap();
            std::fs::write(path, text + "2\n").unwrap();
        }
        fn advance(&self, _bytes: u64) {}
        fn end(&self) {}
    }
    let (_folder, path) = folder(&[("a.csv", b"a\n1\n")]);
    let log = load(&path, &LoadOptions::default(), &Growing).unwrap().log;
    assert!(log.problems[0].reason.contains("changed while"), "{:?}", log.problems);
}
