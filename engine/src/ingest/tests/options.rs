//! What a user may say of files, and what is done with rows that come twice, packed, or of several tables at once.
#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn local_times_need_a_zone_and_become_utc_with_one() {
    let text = "Timestamp Local time,NetworkMessageId,RecipientEmailAddress,SenderFromDomain\r\n\
        \"13/03/2024, 3:40:13.988 pm\",m1,u@x,x\r\n2024-03-13T10:00:00Z,m2,u@x,x\r\n";
    let (_folder, path) = folder(&[("mail.csv", text.as_bytes())]);
    let refused = load(&path.join("mail.csv"), &LoadOptions::default(), &Quiet).unwrap_err();
    assert!(refused.to_string().contains("--tz"), "{refused}");
    let options = LoadOptions { zone: zone_of_name("Asia/Tokyo").ok(), ..LoadOptions::default() };
    let mut catalog = Catalog::default();
    catalog.absorb(load(&path, &options, &Quiet).unwrap()).unwrap();
    let case = Case { _folder, catalog };
    assert_eq!(
        case.rows("EmailEvents", &["Timestamp", "NetworkMessageId"]),
        ["2024-03-13T06:40:13.9880000Z | m1", "2024-03-13T10:00:00.0000000Z | m2"]
    );
}

#[test]
fn a_day_over_twelve_tells_the_order_of_the_file() {
    let text = "RecordType,CreationDate,UserIds,Operations,AuditData\n\
        ExchangeItem,4/02/2025 1:31:13 am,u@x,Send,\nExchangeItem,13/02/2025 1:31:13 am,u@x,Send,\n";
    let case = one("ual.csv", text);
    assert_eq!(
        case.rows("UnifiedAuditLog", &["TimeGenerated"]),
        ["2025-02-04T01:31:13.0000000Z", "2025-02-13T01:31:13.0000000Z"]
    );
}

#[test]
fn a_file_without_header_has_the_columns_of_its_table() {
    let columns = crate::catalog::shipped::find("UrlClickEvents").unwrap().own_columns().count();
    let mut cells = vec![""; columns];
    (cells[0], cells[1]) = ("2025-06-14T08:00:00Z", "https://x");
    let (_folder, path) = folder(&[("part_1.csv", format!("{}\n", cells.join(",")).as_bytes())]);
    let file = path.join("part_1.csv");
    let with = |options: LoadOptions| load(&file, &options, &Quiet);
    let refused = with(LoadOptions::default()).unwrap_err().to_string();
    assert!(refused.contains("--table"), "{refused}");
    let named = LoadOptions { table: Some("UrlClickEvents".to_owned()), ..LoadOptions::default() };
    let loaded = with(named.clone()).unwrap();
    assert_eq!(loaded.log.files[0].file.rows, 1);
    std::fs::write(&file, "https://x,2025-06-14T08:00:00Z\n").unwrap();
    assert!(with(named.clone()).unwrap_err().to_string().contains("--columns"));
    let mut catalog = Catalog::default();
    let listed = LoadOptions { columns: vec!["Url".to_owned(), "Timestamp".to_owned()], ..named };
    catalog.absorb(with(listed).unwrap()).unwrap();
    let case = Case { _folder, catalog };
    assert_eq!(case.rows("UrlClickEvents", &["Timestamp", "Url"]), ["2025-06-14T08:00:00.0000000Z | https://x"]);
}

#[test]
fn repeats_are_counted_always_and_removed_on_demand() {
    let record = |id: &str, n: u32| {
        let json = format!("{{\"\"Id\"\":\"\"{id}\"\",\"\"CreationTime\"\":\"\"2025-06-09T00:40:00\"\"}}");
        format!("Send,{n},\"{json}\"\n")
    };
    let text = format!("Operations,ResultIndex,AuditData\n{}{}{}", record("a", 1), record("b", 2), record("a", 3));
    let rows = "{\"n\":1,\"t\":\"x\"}\n{\"n\":1,\"t\":\"x\"}\n{\"n\":1,\"t\":\"y\"}\n";
    let (_folder, path) = folder(&[("ual.csv", text.as_bytes()), ("rows.jsonl", rows.as_bytes())]);
    for (dedupe, left) in [(false, [3, 3]), (true, [2, 2])] {
        let options = LoadOptions { dedupe, ..LoadOptions::default() };
        let log = load(&path, &options, &Quiet).unwrap().log;
        let counts: Vec<_> = log.files.iter().map(|f| (f.file.rows, f.file.duplicates)).collect();
        assert_eq!(counts, left.map(|rows| (rows, 1)), "{dedupe}");
    }
}

#[test]
fn a_copy_of_a_file_is_left_out_and_told() {
    let lines = "{\"Timestamp\":\"2025-06-14T08:00:00Z\",\"a\":1}\n{\"Timestamp\":\"2025-06-14T08:00:01Z\",\"a\":2}\n";
    let array = format!("[{}]", lines.trim_end().replace('\n', ","));
    let case = case(&[
        ("day.json", array.as_bytes()),
        ("day.jsonl", lines.as_bytes()),
        ("other/day.jsonl", lines.as_bytes()),
        ("list.csv", b"a\n1\n"),
        ("list (1).csv", b"a\n1\n"),
    ]);
    assert_eq!(case.rows("day", &["a"]), ["1", "2", "1", "2"]);
    let copies: Vec<_> = case.catalog.log().files.iter().filter(|f| f.file.form.ends_with(", a copy")).collect();
    assert_eq!(copies.len(), 1);
    assert!(case.problems().iter().any(|p| p.contains("the very rows of")), "{:?}", case.problems());
    // Lists without times may well be equal.
    assert_eq!(case.rows("list", &["a"]), ["1"]);
    assert_eq!(case.rows("list__1_", &["a"]), ["1"]);
}

#[test]
fn rows_of_several_tables_in_one_file_go_to_their_tables() {
    let mail = r#"{"Timestamp":"2025-06-14T08:00:00Z","NetworkMessageId":"m","RecipientEmailAddress":"u@x","SenderFromDomain":"x","LogonType":null,"Application":"","AccountUpn":"","AccountDomain":"","IsClickedThrough":null}"#;
    let logon = r#"{"Timestamp":"2025-06-14T09:00:00Z","NetworkMessageId":"","RecipientEmailAddress":"","SenderFromDomain":"","LogonType":"Interactive","Application":"Active Directory","AccountUpn":"u@x","AccountDomain":"x","TargetDeviceName":"d"}"#;
    let case = one("union.jsonl", &[mail, mail, logon].join("\n"));
    assert_eq!(case.rows("EmailEvents", &["NetworkMessageId"]), ["m", "m"]);
    assert_eq!(case.rows("IdentityLogonEvents", &["LogonType", "AccountUpn"]), ["Interactive | u@x"]);
    let entra = r#"{"TimeGenerated":"2025-06-14T08:00:00Z","OperationName":"Add app","LoggedByService":"Core Directory","InitiatedBy":"{}","TargetResources":"[]","Type":"Application"}"#;
    let typed = entra.replace("Application", "AuditLogs");
    let case = one("x.jsonl", &[typed.as_str(), entra].join("\n"));
    assert_eq!(case.rows("AuditLogs", &["OperationName"]).len(), 2);
}

#[test]
fn rows_without_keys_are_rows() {
    let case = case(&[("empty.jsonl", b"{}\n{}\n"), ("other.jsonl", b"{\"a\":1}\n")]);
    let files = &case.catalog.log().files;
    assert_eq!((files[0].file.rows, files[0].file.duplicates, files[1].file.rows), (2, 1, 1));
    assert_eq!(case.rows("other", &["a"]), ["1"]);
}

#[test]
fn what_fits_two_tables_alike_is_refused_with_both_names() {
    let text = "Timestamp,DeviceId,DeviceName,ActionType,InitiatingProcessFileName\n2025-06-14T08:00:00Z,d,n,a,p\n";
    let case = one("events.csv", text);
    let problems = case.problems();
    assert!(problems[0].contains("`DeviceNetworkEvents`") && problems[0].contains("--table"), "{problems:?}");
    let lines = "{\"Timestamp\":\"2025-06-14T08:00:00Z\",\"DeviceId\":\"d\",\"DeviceName\":\"n\",\"ActionType\":\"a\",\"InitiatingProcessFileName\":\"p\"}";
    assert!(one("events.jsonl", lines).problems()[0].contains("--table"));
    let (_folder, path) = folder(&[("events.csv", text.as_bytes())]);
    let options =
        LoadOptions { tables: vec![("events.csv".into(), "DeviceEvents".to_owned())], ..LoadOptions::default() };
    assert_eq!(load(&path, &options, &Quiet).unwrap().tables[0].name, "DeviceEvents");
}

#[test]
fn archives_and_packed_files_are_unpacked_and_checked() {
    use std::io::Write;
    let csv = b"a,b\n1,x\n2,y\n";
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    deflate.write_all(csv).unwrap();
    let packed = deflate.finish().unwrap();
    let mut crc = flate2::Crc::new();
    crc.update(csv);
    let zip = |method: u16, flags: u16, sum: u32, body: &[u8], name: &str| {
        let mut out = Vec::new();
        let sizes = |out: &mut Vec<u8>| {
            out.extend(sum.to_le_bytes());
            out.extend((body.len() as u32).to_le_bytes());
            out.extend((csv.len() as u32).to_le_bytes());
            out.extend((name.len() as u16).to_le_bytes());
            out.extend([0, 0]);
        };
        out.extend(b"PK\x03\x04\x14\0");
        out.extend(flags.to_le_bytes());
        out.extend(method.to_le_bytes());
        out.extend([0; 4]);
        sizes(&mut out);
        out.extend(name.as_bytes());
        out.extend(body);
        let start = out.len() as u32;
        out.extend(b"PK\x01\x02\x14\0\x14\0");
        out.extend(flags.to_le_bytes());
        out.extend(method.to_le_bytes());
        out.extend([0; 4]);
        sizes(&mut out);
        out.extend([0; 14]);
        out.extend(name.as_bytes());
        let length = out.len() as u32 - start;
        out.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
        out.extend(length.to_le_bytes());
        out.extend(start.to_le_bytes());
        out.extend([0, 0]);
        out
    };
    let good = zip(8, 0, crc.sum(), &packed, "inner/list.csv");
    let stored = zip(0, 0, crc.sum(), csv, "kept.csv");
    let case = case(&[
        ("a.zip", &good),
        ("b.zip", &stored),
        ("cut.zip", &good[..good.len() - 30]),
        ("damaged.zip", &zip(8, 0, 7, &packed, "damaged.csv")),
        ("locked.zip", &zip(8, 1, crc.sum(), &packed, "locked.csv")),
        ("book.xlsx", &zip(8, 0, crc.sum(), &packed, "[Content_Types].xml")),
        ("z.csv.zst", &zstd::encode_all(&csv[..], 1).unwrap()),
    ]);
    for table in ["list", "kept", "z"] {
        assert_eq!(case.rows(table, &["a", "b"]), ["1 | x", "2 | y"], "{table}");
    }
    let problems = case.problems().join("\n");
    for part in ["no directory at its end", "its sum differs", "encrypted", "Excel workbook"] {
        assert!(problems.contains(part), "{part}: {problems}");
    }
    let entry = case.catalog.log().files.iter().find(|f| f.table == "list").unwrap();
    assert!(entry.file.path.ends_with("a.zip/inner/list.csv"), "{}", entry.file.path.display());
    let sums: Vec<_> = case.catalog.log().files.iter().filter(|f| f.bytes == 12).map(|f| f.sha256.as_str()).collect();
    assert!(sums.len() > 1 && sums[0] == sums[1] && sums[0].len() == 64, "{sums:?}");
}

#[test]
fn utf16_without_a_mark_and_a_document_with_one_are_read() {
    let text = "Url,ActionType\r\nhttps://日本,x\r\n";
    let plain: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked: Vec<u8> =
        std::iter::once(0xfeff).chain("[{\"a\":1}]".encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let case = case(&[("plain.csv", &plain), ("marked.json", &marked)]);
    assert_eq!(case.rows("plain", &["Url", "ActionType"]), ["https://日本 | x"]);
    assert_eq!(case.rows("marked", &["a"]), ["1"]);
}

#[test]
fn sign_ins_in_another_language_go_by_the_order_of_their_columns() {
    let header: Vec<String> =
        (0..57).map(|n| if n == 0 { "Fecha (UTC)".into() } else { format!("Columna {n}") }).collect();
    let cell = |n: usize| match n {
        0 => "2025-06-14T08:00:00Z",
        6 => "joe@x.example",
        25 => "192.0.2.1",
        26 => "Tokyo, Tokyo, JP",
        28 => "0",
        _ => "",
    };
    let row: Vec<&str> = (0..57).map(cell).collect();
    let text =
        format!("{}\n{}\n", header.join(","), row.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(","));
    let (_folder, path) = folder(&[("Inicios.csv", text.as_bytes())]);
    let refused = load(&path, &LoadOptions::default(), &Quiet).unwrap().log.problems;
    assert!(refused[0].reason.contains("--form entra-sign-in"), "{refused:?}");
    let options = LoadOptions { form: Some(Form::EntraSignIn), ..LoadOptions::default() };
    let mut catalog = Catalog::default();
    catalog.absorb(load(&path, &options, &Quiet).unwrap()).unwrap();
    let case = Case { _folder, catalog };
    assert_eq!(
        case.rows("SigninLogs", &["UserPrincipalName", "IPAddress", "Location", "ResultType"]),
        ["joe@x.example | 192.0.2.1 | JP | 0"]
    );
}
