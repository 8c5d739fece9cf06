//! Cases that grow, break off, are damaged, and hold times no other tool can.
#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use parquet::file::reader::{FileReader, SerializedFileReader};
use rehunt_lang::time::parse_datetime;
use rehunt_lang::types::{Type, Value};
use tempfile::TempDir;

use super::*;
use crate::catalog::Catalog;
use crate::engine::Engine;
use crate::ingest::{LoadOptions, Quiet, load};

struct Case {
    folder: TempDir,
}

impl Case {
    fn new(files: &[(&str, &str)]) -> Self {
        let case = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(case.evidence()).unwrap();
        files.iter().for_each(|(name, text)| std::fs::write(case.evidence().join(name), text).unwrap());
        case
    }

    fn evidence(&self) -> PathBuf {
        self.folder.path().join("evidence")
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("case")
    }

    fn import(&self) -> crate::error::Result<Imported> {
        import(&[self.evidence()], &self.path(), &LoadOptions::default(), &Quiet)
    }

    fn ask(&self, query: &str) -> Vec<Vec<Value>> {
        let mut engine = Engine::new();
        engine.load(&self.path(), &LoadOptions::default(), &Quiet).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answer = runtime.block_on(engine.session().run(query)).unwrap();
        answer.tables[0].values().collect()
    }

    fn parts(&self) -> Vec<PathBuf> {
        let folders = std::fs::read_dir(self.path()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir());
        let mut parts: Vec<_> = folders
            .flat_map(|f| std::fs::read_dir(f).unwrap().map(|e| e.unwrap().path()).collect::<Vec<_>>())
            .collect();
        parts.sort();
        parts
    }
}

/// The columns of a part, whether each has a bloom filter, and how its values are encoded.
fn columns_of(part: &Path) -> Vec<(String, bool, String)> {
    let reader = SerializedFileReader::new(File::open(part).unwrap()).unwrap();
    let group = reader.metadata().row_group(0);
    let columns = group.columns().iter();
    columns
        .map(|column| {
            let encodings = column.encodings().map(|encoding| encoding.to_string()).collect::<Vec<_>>().join(" ");
            (column.column_path().string(), column.bloom_filter_offset().is_some(), encodings)
        })
        .collect()
}

const DAY: &str = "Timestamp,n,what\n2025-06-02T00:00:00.1234567Z,2,x\n2025-06-01T00:00:00Z,1,\n,0,{}\n";

#[test]
fn a_case_holds_its_rows_in_the_order_of_time_with_their_types() {
    let case = Case::new(&[("day.csv", DAY)]);
    assert_eq!(case.import().unwrap(), Imported { files: 1, known: 0, rows: 3, problems: 0 });
    assert_eq!(case.ask("day | project n"), [[Value::Long(0)], [Value::Long(1)], [Value::Long(2)]]);
    let exact = parse_datetime("2025-06-02T00:00:00.1234567Z").map(Value::Datetime).unwrap();
    assert_eq!(
        case.ask("day | where Timestamp == datetime(2025-06-02T00:00:00.1234567Z) | project Timestamp"),
        [[exact]]
    );
    assert_eq!(case.ask("load_files | project rows, form"), [[Value::Long(3), Value::String("csv".into())]]);
}

#[test]
fn a_part_has_no_column_that_follows_from_another_and_filters_where_hunts_look() {
    let mail = "Timestamp,NetworkMessageId,RecipientEmailAddress,Subject\n\
                2025-06-02T00:00:00Z,a,x@one.example,Hi\n2025-06-01T00:00:00Z,b,y@two.example,Ho\n";
    let case = Case::new(&[("EmailEvents.csv", mail)]);
    case.import().unwrap();
    let columns = columns_of(&case.parts()[0]);
    let names: Vec<&str> = columns.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["Timestamp", "NetworkMessageId", "RecipientEmailAddress", "Subject"]);
    let filters: Vec<bool> = columns.iter().map(|(_, filter, _)| *filter).collect();
    assert_eq!(filters, [false, true, true, false]);
    assert!(columns[0].2.contains("DELTA_BINARY_PACKED") && !columns[0].2.contains("DICTIONARY"), "{columns:?}");
    let text = |text: &str| Value::String(text.into());
    assert_eq!(
        case.ask("EmailEvents | where TimeGenerated < datetime(2025-06-02) | project RecipientDomain, Type"),
        [[text("two.example"), text("EmailEvents")]]
    );
    // Rows that have such a column are not those of before, and both are told in one table.
    let later = "TimeGenerated,NetworkMessageId,RecipientEmailAddress,RecipientDomain\n\
                 2025-06-03T00:00:00Z,c,z@three.example,other.example\n2025-05-01T00:00:00Z,d,z@four.example,\n";
    std::fs::create_dir(case.evidence().join("later")).unwrap();
    std::fs::write(case.evidence().join("later/EmailEvents.csv"), later).unwrap();
    case.import().unwrap();
    assert_eq!(
        case.ask(
            "EmailEvents | where Timestamp != datetime(2025-06-01) | sort by Timestamp asc | project RecipientDomain"
        ),
        [[text("four.example")], [text("one.example")], [text("other.example")]]
    );
}

#[test]
fn what_the_case_has_already_counts_as_repeated() {
    let mail = |from: usize, to: usize| {
        let row = |n: usize| format!("2025-06-{:02}T00:00:00Z,m{n},x{n}@a.example\n", n + 1);
        format!("Timestamp,NetworkMessageId,RecipientEmailAddress\n{}", (from..to).map(row).collect::<String>())
    };
    let audit = |ids: &[&str]| {
        let row = |id: &&str| {
            format!(
                "{{\"CreationTime\":\"2025-06-01T00:00:00\",\"Id\":\"{id}\",\"RecordType\":1,\"Operation\":\"Send\"}}\n"
            )
        };
        ids.iter().map(row).collect::<String>()
    };
    let list = "n,what\n1,a\n2,b\n";
    let case =
        Case::new(&[("EmailEvents.csv", &mail(0, 10)), ("audit.jsonl", &audit(&["a", "b"])), ("list.csv", list)]);
    case.import().unwrap();
    let later = |name: &str, text: &str| {
        std::fs::create_dir_all(case.evidence().join("later")).unwrap();
        std::fs::write(case.evidence().join("later").join(name), text).unwrap();
    };
    later("EmailEvents.csv", &format!("{},m10,x\n", mail(7, 12)));
    later("audit.jsonl", &audit(&["b", "c", "c"]));
    later("list.csv", &format!("{list}3,c\n"));
    let repeats = "load_files | where path has 'later' | project table, rows, duplicates | sort by table asc";
    let told = |rows: [i64; 3], repeats: [i64; 3]| {
        let tables = ["EmailEvents", "UnifiedAuditLog", "list"];
        let row = |n: usize| vec![Value::String(tables[n].into()), Value::Long(rows[n]), Value::Long(repeats[n])];
        (0..3).map(row).collect::<Vec<_>>()
    };
    let counted = Case::new(&[]);
    std::fs::remove_dir(counted.evidence()).unwrap();
    copy_folder(case.folder.path(), counted.folder.path());
    counted.import().unwrap();
    assert_eq!(counted.ask(repeats), told([6, 3, 3], [3, 2, 2]));
    assert_eq!(counted.ask("EmailEvents | count"), [[Value::Long(16)]]);
    let options = LoadOptions { dedupe: true, ..LoadOptions::default() };
    import(&[case.evidence()], &case.path(), &options, &Quiet).unwrap();
    assert_eq!(case.ask(repeats), told([3, 1, 1], [3, 2, 2]));
    assert_eq!(
        case.ask("EmailEvents | summarize count(), dcount(NetworkMessageId)"),
        [[Value::Long(13), Value::Long(12)]]
    );
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().map(|e| e.unwrap().path()) {
        let to = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            std::fs::create_dir_all(&to).unwrap();
            copy_folder(&entry, &to);
        } else {
            std::fs::copy(&entry, &to).unwrap();
        }
    }
}

/// Files longer than what is held of them, so that a copy is known only after most of it is written.
#[test]
fn a_copy_of_a_long_file_is_left_out_of_the_case() {
    let row = |n: usize| format!("{{\"Timestamp\":\"2025-06-01T00:{:02}:{:02}Z\",\"n\":{n}}}\n", n / 60 % 60, n % 60);
    let lines: String = (0..20_000).map(row).collect();
    let table: String = (0..20_000).map(|n| format!("2025-06-01T00:{:02}:{:02}Z,{n}\n", n / 60 % 60, n % 60)).collect();
    let (csv, longer) = (format!("Timestamp,n\n{table}"), format!("{lines}{}", row(20_000)));
    let turned = format!("{}{}", row(1), lines.replacen(&row(1), "", 1));
    let files = [("day.csv", csv.as_str()), ("day.jsonl", &lines), ("other.csv", DAY)];
    let case = Case::new(&files);
    assert_eq!(case.import().unwrap().rows, 20_003);
    assert_eq!(case.ask("day | summarize count(), dcount(n, 4)"), [[Value::Long(20_000), Value::Long(20_000)]]);
    let told = case.ask("load_files | where form endswith ', a copy' | project rows, duplicates, isnull(earliest)");
    assert_eq!(told, [[Value::Long(0), Value::Long(20_000), Value::Bool(true)]]);
    let told = case.ask("load_problems | where reason has 'the very rows of' | count");
    assert_eq!(told, [[Value::Long(1)]]);
    let parts = case.parts().len();
    // Lists without times are never copies, as where they are read without a case.
    let lists =
        Case::new(&[("list.csv", "n,what\n1,a\n2,b\n"), ("list.json", r#"[{"n":1,"what":"a"},{"n":2,"what":"b"}]"#)]);
    assert_eq!(lists.import().unwrap().rows, 4);
    let mut engine = Engine::new();
    engine.load(&lists.evidence(), &LoadOptions::default(), &Quiet).unwrap();
    let direct = engine.catalog().log().files.iter().map(|f| f.file.rows).sum::<u64>();
    assert_eq!((lists.ask("list | count"), direct), (vec![vec![Value::Long(4)]], 4));
    // Rows in another order, or one row more, are no copy.
    for other in [longer, turned] {
        let case = Case::new(&[("day.csv", &csv), ("day.jsonl", &other)]);
        let rows = other.lines().count() + 20_000;
        assert_eq!(case.import().unwrap().rows, rows as u64);
        assert_eq!(case.ask("day | count"), [[Value::Long(rows as i64)]]);
        assert_eq!(case.ask("load_files | summarize sum(duplicates)"), [[Value::Long(20_000)]]);
        assert!(case.parts().len() > parts);
    }
}

#[test]
fn evidence_is_added_once_and_columns_widen() {
    let case = Case::new(&[("day.csv", DAY)]);
    case.import().unwrap();
    std::fs::create_dir(case.evidence().join("later")).unwrap();
    std::fs::write(case.evidence().join("later/day.csv"), "Timestamp,n,more\n2025-06-03T00:00:00Z,x,1\n").unwrap();
    assert_eq!(case.import().unwrap(), Imported { files: 1, known: 1, rows: 1, problems: 0 });
    assert_eq!(case.import().unwrap(), Imported { files: 0, known: 2, rows: 0, problems: 0 });
    let texts = |texts: [&str; 4]| texts.map(|t| [Value::String(t.into())]).to_vec();
    assert_eq!(case.ask("day | project n | sort by n asc"), texts(["0", "1", "2", "x"]));
    assert_eq!(case.ask("day | where isnotnull(more) | project more"), [[Value::Long(1)]]);
}

#[test]
fn times_that_nanoseconds_cannot_hold_survive() {
    let times = ["0001-01-01T00:00:00Z", "1600-01-01T00:00:00.0000001Z", "9999-12-31T23:59:59.9999999Z"];
    let text = format!("Timestamp,n\n{}\n", times.map(|t| format!("{t},1")).join("\n"));
    let case = Case::new(&[("old.csv", &text)]);
    case.import().unwrap();
    let expected: Vec<_> = times.iter().map(|t| vec![Value::Datetime(parse_datetime(t).unwrap())]).collect();
    assert_eq!(case.ask("old | project Timestamp | sort by Timestamp asc"), expected);
    assert_eq!(case.ask("old | where Timestamp > datetime(9999-12-31T23:59:59.9999998Z) | count"), [[Value::Long(1)]]);
    assert_eq!(case.ask("old | getschema | count"), [[Value::Long(2)]]);
}

#[test]
fn dynamic_columns_stay_dynamic() {
    let case = Case::new(&[("d.jsonl", "{\"d\":{\"a\":[1]},\"s\":\"x\"}\n")]);
    case.import().unwrap();
    let mut catalog = Catalog::default();
    catalog.absorb(load(&case.path(), &LoadOptions::default(), &Quiet).unwrap()).unwrap();
    let types: Vec<_> = catalog.table("d").unwrap().fields.iter().map(|f| f.ty).collect();
    assert_eq!(types, [Type::Dynamic, Type::String]);
    assert_eq!(case.ask("d | project x = tolong(d.a[0])"), [[Value::Long(1)]]);
}

#[test]
fn a_damaged_part_is_named_and_the_rest_is_there() {
    let case = Case::new(&[("day.csv", DAY)]);
    case.import().unwrap();
    std::fs::write(case.evidence().join("more.csv"), DAY.replace("x", "y")).unwrap();
    case.import().unwrap();
    let parts = case.parts();
    assert_eq!(parts.len(), 2, "{parts:?}");
    let bytes = std::fs::read(&parts[0]).unwrap();
    let mut flipped = bytes.clone();
    let at = flipped.len() - 1;
    flipped[at] ^= 0xff;
    for damaged in [&bytes[..bytes.len() - 1], &[], &flipped] {
        std::fs::write(&parts[0], damaged).unwrap();
        let told = case.ask("load_problems | where reason has 'part' | project file");
        assert_eq!(told, [[Value::String(parts[0].display().to_string())]]);
        assert_eq!(case.ask("day | count"), [[Value::Long(0)]]);
        assert_eq!(case.ask("more | count"), [[Value::Long(3)]]);
    }
}

/// In a page of Parquet another value stands after most flips of a bit, and no error.
#[test]
fn a_damaged_block_is_never_answered_with() {
    let mut rows = String::from("n,text\n");
    (0..40_000u64).for_each(|n| {
        let noise = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        rows.push_str(&format!("{n},{noise:x}{:x}\n", noise.rotate_left(29) ^ n));
    });
    let case = Case::new(&[("day.csv", DAY), ("big.csv", &rows)]);
    case.import().unwrap();
    let big = case.parts().into_iter().find(|part| part.to_string_lossy().contains("big")).unwrap();
    let bytes = std::fs::read(&big).unwrap();
    assert!(bytes.len() > 1 << 18, "{}", bytes.len()); // more than a block
    let query = "big | summarize count(), hash(tostring(make_list(strcat(n, text))))";
    let good = case.ask(query);
    assert_eq!(good[0][0], Value::Long(40_000));
    for n in 0..24 {
        let mut flipped = bytes.clone();
        flipped[(bytes.len() - 1) * n / 23] ^= 1 << (n % 8);
        std::fs::write(&big, &flipped).unwrap();
        let mut engine = Engine::new();
        engine.load(&case.path(), &LoadOptions::default(), &Quiet).unwrap();
        let left_out = engine.catalog().log().problems.iter().any(|p| p.reason.starts_with(LEFT_OUT));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        match runtime.block_on(engine.session().run(query)) {
            Ok(answer) => {
                let found: Vec<_> = answer.tables[0].values().collect();
                assert!(left_out && found[0][0] != good[0][0], "flip {n}: {found:?}");
            }
            Err(error) => assert!(error.to_string().contains("it is damaged between bytes"), "flip {n}: {error}"),
        }
        assert_eq!(case.ask("day | count"), [[Value::Long(3)]]);
    }
    // Without the part the rest can be asked.
    std::fs::remove_file(&big).unwrap();
    assert_ne!(case.ask("big | count"), [[Value::Long(40_000)]]);
}

#[test]
fn what_is_in_no_manifest_is_not_seen_and_is_removed() {
    let case = Case::new(&[("day.csv", DAY)]);
    case.import().unwrap();
    let part = case.parts().remove(0);
    // What an import leaves that is killed before its manifest.
    std::fs::copy(&part, part.with_file_name("000002.parquet")).unwrap();
    std::fs::write(part.with_file_name("000003.parquet.unfinished"), "PAR1").unwrap();
    assert_eq!(case.ask("day | count"), [[Value::Long(3)]]);
    case.import().unwrap();
    assert_eq!(case.parts(), [part]);
}

#[test]
fn two_imports_never_meet_and_a_foreign_folder_is_left_alone() {
    let case = Case::new(&[("day.csv", DAY)]);
    case.import().unwrap();
    let lock = std::fs::File::options().write(true).open(case.path().join(".lock")).unwrap();
    lock.lock().unwrap();
    assert!(case.import().unwrap_err().to_string().contains("another import"));
    drop(lock);
    assert_eq!(case.import().unwrap().known, 1);
    let foreign = import(&[case.evidence()], &case.evidence(), &LoadOptions::default(), &Quiet).unwrap_err();
    assert!(foreign.to_string().contains("no case"), "{foreign}");
}

#[test]
fn parquet_evidence_is_taken_into_the_case() {
    let first = Case::new(&[("day.csv", DAY)]);
    first.import().unwrap();
    let second = Case::new(&[]);
    std::fs::copy(first.parts().remove(0), second.evidence().join("kept.parquet")).unwrap();
    assert_eq!(second.import().unwrap(), Imported { files: 1, known: 0, rows: 3, problems: 0 });
    assert_eq!(second.ask("kept | where n == 2 | count"), [[Value::Long(1)]]);
}

/// Kills imports at random moments: what can be opened afterwards is the case before, or the case after.
#[test]
fn a_killed_import_leaves_the_case_before_or_after() {
    // The test runs itself as the process that is killed.
    if let Ok(folder) = std::env::var("REHUNT_KILLED_IMPORT") {
        let folder = PathBuf::from(folder);
        import(&[folder.join("evidence")], &folder.join("case"), &LoadOptions::default(), &Quiet).unwrap();
        return;
    }
    let case = Case::new(&[("day.csv", DAY)]);
    case.import().unwrap();
    let mut rows = String::from("Timestamp,n\n");
    (0..20_000).for_each(|n| rows.push_str(&format!("2025-06-01T00:00:00Z,{n}\n")));
    for (round, millis) in [0, 5, 20, 40, 60, 80, 120, 200].into_iter().enumerate() {
        std::fs::write(case.evidence().join(format!("big{round}.csv")), &rows).unwrap();
        let tables = case.ask("load_files | summarize rows = sum(rows), files = count()");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "case::tests::a_killed_import_leaves_the_case_before_or_after"])
            .env("REHUNT_KILLED_IMPORT", case.folder.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let end = std::time::Instant::now() + std::time::Duration::from_millis(millis);
        while std::time::Instant::now() < end && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let _ = child.kill();
        child.wait().unwrap();
        let after = case.ask("load_files | summarize rows = sum(rows), files = count()");
        assert_eq!(case.ask("day | count"), [[Value::Long(3)]]);
        assert!(after == tables || after[0][0] == Value::Long(3 + 20_000 * (round as i64 + 1)), "{after:?} {tables:?}");
        assert_eq!(case.ask("load_problems | count"), [[Value::Long(0)]]);
    }
    case.import().unwrap();
    assert_eq!(case.ask("load_files | summarize sum(rows)"), [[Value::Long(3 + 8 * 20_000)]]);
}
