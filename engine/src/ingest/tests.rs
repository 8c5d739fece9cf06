//! Each form from a few lines of text, and everything that can be wrong with a file.

#![allow(clippy::panic, clippy::unwrap_used)]

mod bad;
mod damaged;
mod documents;
mod options;
mod robust;

use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use rehunt_lang::time::{datetime_text, parse_datetime};
use rehunt_lang::types::{Type, Value};
use tempfile::TempDir;

use std::sync::Arc;

use super::*;
use crate::catalog::Catalog;
use crate::value::value_at;

/// A folder with files, loaded.
struct Case {
    _folder: TempDir,
    catalog: Catalog,
}

fn folder(files: &[(&str, &[u8])]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let path = folder.path().to_owned();
    (folder, path)
}

fn case(files: &[(&str, &[u8])]) -> Case {
    let (folder, path) = folder(files);
    let mut catalog = Catalog::default();
    catalog.absorb(load(&path, &LoadOptions::default(), &Quiet).unwrap()).unwrap();
    Case { _folder: folder, catalog }
}

fn one(name: &str, text: &str) -> Case {
    case(&[(name, text.as_bytes())])
}

impl Case {
    fn names(&self) -> Vec<&str> {
        self.catalog.tables().map(|t| t.name.as_str()).filter(|n| !n.starts_with("load_")).collect()
    }

    /// Shows the cells of some columns, a row a line.
    fn rows(&self, table: &str, columns: &[&str]) -> Vec<String> {
        let table = self.catalog.table(table).unwrap_or_else(|| panic!("no table among {:?}", self.names()));
        let context = datafusion::prelude::SessionContext::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let rows = context.read_table(Arc::clone(&table.provider)).unwrap();
        let batches = runtime.block_on(rows.collect()).unwrap();
        let mut lines = Vec::new();
        for batch in &batches {
            for row in 0..batch.num_rows() {
                let cells = columns.iter().map(|name| {
                    let place =
                        table.fields.iter().position(|f| f.name == *name).unwrap_or_else(|| panic!("no {name}"));
                    shown(&value_at(batch.column(place), table.fields[place].ty, row))
                });
                lines.push(cells.collect::<Vec<_>>().join(" | "));
            }
        }
        lines
    }

    fn ty(&self, table: &str, column: &str) -> Type {
        self.catalog.table(table).unwrap().fields.iter().find(|f| f.name == column).unwrap().ty
    }

    /// Form, table, rows and problems of each file.
    fn files(&self) -> Vec<String> {
        let files = self.catalog.log().files.iter();
        files.map(|f| format!("{} | {} | {} | {}", f.file.form, f.table, f.file.rows, f.file.problems)).collect()
    }

    /// Line, column, reason and text of each problem.
    fn problems(&self) -> Vec<String> {
        let problems = self.catalog.log().problems.iter();
        problems.map(|p| format!("{} | {} | {} | {}", p.line, p.column, p.reason, p.raw)).collect()
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null(_) => "null".to_owned(),
        Value::Bool(v) => v.to_string(),
        Value::Int(v) => v.to_string(),
        Value::Long(v) => v.to_string(),
        Value::Real(v) => v.to_string(),
        Value::Datetime(v) => datetime_text(*v),
        Value::Timespan(v) => v.to_string(),
        Value::String(v) | Value::Guid(v) | Value::Dynamic(v) | Value::Decimal(v) => v.clone(),
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

const MAIL: &str = "Timestamp,NetworkMessageId,RecipientEmailAddress,SenderFromDomain,Subject,To,UrlCount,IsFirstContact\r\n\
    2025-06-14T08:01:00.1234567Z,a,me@one.example,one.example,\"two\r\nlines, and \"\"quotes\"\"\",\"[\"\"x@y\"\"]\",3,TRUE\r\n\
    2025-06-15T08:01:00Z,b,you,one.example,,,,0\r\n";

#[test]
fn portal_csv_is_told_by_its_header_and_gets_the_declared_types() {
    let case = case(&[("export.csv", ["\u{feff}", MAIL].concat().as_bytes())]);
    assert_eq!(case.files(), ["portal csv | EmailEvents | 2 | 0"]);
    let columns =
        ["Timestamp", "TimeGenerated", "Subject", "To", "UrlCount", "IsFirstContact", "RecipientDomain", "Topics"];
    assert_eq!(
        case.rows("EmailEvents", &columns),
        [
            "2025-06-14T08:01:00.1234567Z | 2025-06-14T08:01:00.1234567Z | two\r\nlines, and \"quotes\" | [\"x@y\"] | 3 | true | one.example | ",
            "2025-06-15T08:01:00.0000000Z | 2025-06-15T08:01:00.0000000Z |  | null | null | false |  | ",
        ]
    );
    let files = &case.catalog.table("EmailEvents").unwrap().files;
    let span =
        (parse_datetime("2025-06-14T08:01:00.1234567Z").unwrap(), parse_datetime("2025-06-15T08:01:00Z").unwrap());
    assert_eq!(files[0].span, Some(span));
}

#[test]
fn files_of_a_table_become_one_and_each_keeps_its_own_columns() {
    let second = "Timestamp,NetworkMessageId,RecipientEmailAddress,SenderFromDomain,Custom\n2025-06-16T00:00:00Z,c,z@two.example,d,7\n";
    let case = case(&[
        ("2025/a.csv.gz", &gzip(MAIL)),
        ("2025/b.csv", second.as_bytes()),
        ("2025/.hidden.csv", b"a,b\n1,2\n"),
        ("2025/notes.txt", b"not, data\n"),
    ]);
    assert_eq!(
        case.files(),
        ["portal csv (gzip) | EmailEvents | 2 | 0", "portal csv | EmailEvents | 1 | 0", "not data |  | 0 | 0"]
    );
    assert_eq!(
        case.rows("EmailEvents", &["NetworkMessageId", "UrlCount", "Custom"]),
        ["a | 3 | null", "b | null | null", "c | null | 7"]
    );
    assert_eq!(case.ty("EmailEvents", "Custom"), Type::Long);
}

#[test]
fn cells_and_rows_that_cannot_be_read_are_counted_and_kept() {
    let text = "Timestamp,NetworkMessageId,RecipientEmailAddress,SenderFromDomain,UrlCount,To,IsFirstContact\n\
        yesterday,a,b@c,d,many,\"[\"\"broken\",maybe\n\
        2025-06-15T08:01:00Z,short\n\
        2025-06-15T08:01:00Z,b,b@c,d,1,x,true,more,cells\n\
        2025-06-15T08:01:00Z,c,b@c,d,2,y,true,,\n";
    let case = one("EmailEvents.csv", text);
    assert_eq!(case.files(), ["portal csv | EmailEvents | 4 | 6"]);
    assert_eq!(
        case.problems(),
        [
            "2 | Timestamp | not a time that can be read in one way only | yesterday",
            "2 | UrlCount | not an int | many",
            "2 | To | broken JSON, kept as a string | [\"broken",
            "2 | IsFirstContact | not a bool | maybe",
            "3 |  | 2 cells where the header has 7 | 2025-06-15T08:01:00Z,short",
            "4 |  | 9 cells where the header has 7 | 2025-06-15T08:01:00Z,b,b@c,d,1,x,true,more,cells",
        ]
    );
    let rows = case.rows("EmailEvents", &["Timestamp", "NetworkMessageId", "UrlCount", "To", "IsFirstContact"]);
    assert_eq!(rows[0], "null | a | null | \"[\\\"broken\" | null");
    assert_eq!(rows[1], "2025-06-15T08:01:00.0000000Z | short | null | null | null");
    assert_eq!(rows[2], "2025-06-15T08:01:00.0000000Z | b | 1 | \"x\" | true");
    let kept = case.rows("load_problems", &["line", "table", "column", "raw"]);
    assert_eq!(kept[1], "2 | EmailEvents | UrlCount | many");
    assert_eq!(case.rows("load_files", &["form", "table", "rows", "problems"]), ["portal csv | EmailEvents | 4 | 6"]);
}

#[test]
fn a_file_that_breaks_off_keeps_what_came_before() {
    let rows: String = (0..20_000).map(|n| format!("{n},{}\n", n * 7919 % 65_537)).collect();
    let mut packed = gzip(&format!("Number,Other\n{rows}"));
    packed.truncate(packed.len() / 2);
    let case = case(&[("numbers.csv.gz", &packed)]);
    let read = case.rows("numbers", &["Number"]).len();
    assert!(read > 100 && read < 20_000, "{read}");
    assert!(case.problems()[0].contains("the file breaks off"), "{:?}", case.problems());

    let cut = r#"{"Stats":{},"Schema":[{"Name":"N","Type":"Int64"}],"Results":[{"N":1},{"N":2},{"N":"#;
    let case = one("cut.json", cut);
    assert_eq!(case.rows("cut", &["N"]), ["1", "2"]);
    assert_eq!(case.problems(), ["1 |  | not JSON: the JSON breaks off | {\"N\":"]);

    let case = one("array.json", "[\n{\"a\":1},\n{\"a\":2},\n{\"a\":");
    assert_eq!(case.rows("array", &["a"]), ["1", "2"]);
    assert_eq!(case.problems(), ["4 |  | not JSON: the JSON breaks off | {\"a\":"]);

    let frames = r#"[{"FrameType":"DataTable","TableKind":"PrimaryResult","Columns":[{"ColumnName":"a","ColumnType":"long"}],"Rows":[[1]]},{"Fra"#;
    let case = one("frames.json", frames);
    assert_eq!((case.rows("frames", &["a"]), case.problems().len()), (vec!["1".to_owned()], 1));

    let case = one("open.csv", "a,b\n1,\"x\n2,y\n");
    assert!(case.problems()[0].contains("a quote is opened and never closed"));
}

#[test]
fn bytes_that_are_not_utf8_are_shown_and_noted() {
    let case =
        case(&[("latin.csv", b"Name,Other\ncaf\xe9,1\n"), ("latin.json", b"{\"a\":\"caf\xe9\"}\n{\"a\":\"x\"}\n")]);
    assert_eq!(
        case.rows("latin", &["Name", "Other", "a"]),
        ["caf\u{fffd} | 1 | ", " | null | caf\u{fffd}", " | null | x"]
    );
    assert_eq!(case.catalog.log().problems.len(), 2);
    assert!(case.problems()[0].starts_with("2 |  | bytes that are not UTF-8"));
}

#[test]
fn files_that_are_no_table_are_refused_by_name() {
    let local = "Timestamp Local time,Subject\n5/2/2025 9:00:05 AM,x\n";
    let zone = "\"TimeGenerated [Local Time]\",Subject\n\"5/2/2025, 9:00:05.000 AM\",x\n";
    let case = case(&[
        ("a.csv", local.as_bytes()),
        ("b.csv", zone.as_bytes()),
        ("c.csv", b""),
        ("d.csv", b"PK\x03\x04rest"),
        ("e.csv", b"2025-06-15T08:01:00Z,x\n2025-06-15T08:02:00Z,y\n"),
        ("f.json", b" \n"),
    ]);
    assert_eq!(case.names(), Vec::<&str>::new());
    let expected = [
        "are local",
        "are local",
        "the file is empty",
        "zip archive",
        "the first line holds data",
        "the file is empty",
    ];
    for (problem, expected) in case.problems().iter().zip(expected) {
        assert!(problem.contains(expected), "{problem}");
    }
    assert_eq!(case.problems().len(), expected.len());

    let (_folder, path) = folder(&[("a.csv", local.as_bytes())]);
    let error = load(&path.join("a.csv"), &LoadOptions::default(), &Quiet).unwrap_err();
    assert!(error.to_string().contains("local"), "{error}");
    assert!(load(&path.join("none.csv"), &LoadOptions::default(), &Quiet).is_err());
}

#[test]
fn streaming_json_binds_the_time_of_the_event_and_files_may_mix_tables() {
    let text = concat!(
        r#"{"time":"2025-06-14T09:00:00Z","category":"AdvancedHunting-UrlClickEvents","properties":{"Timestamp":"2025-06-14T08:00:00.5Z","Url":"https://a\/b","IsClickedThrough":"0","UrlChain":"[\"x\"]","New":{"k": 1}}}"#,
        "\r\n",
        r#"{"time":"2025-06-14T09:00:00Z","category":"AdvancedHunting-CloudAppEvents","properties":{"Timestamp":"2025-06-14T08:00:00Z","RawEventData":{"Parameters": [ {"Name":"a"} ]},"ActivityObjects":"[1,2]","IsAdminOperation":1,"Isp":"p"}}"#,
        "\r\n{\"time\":\r\n",
        r#"{"records":[{"time":"x","category":"AdvancedHunting-UrlClickEvents","properties":{"Timestamp":"2025-06-14T08:00:01Z","IsClickedThrough":null}}]}"#,
    );
    let case = one("PT1H.json", text);
    assert_eq!(case.files(), ["streaming json | UrlClickEvents | 2 | 1", "streaming json | CloudAppEvents | 1 | 0"]);
    assert_eq!(
        case.rows("UrlClickEvents", &["TimeGenerated", "Url", "IsClickedThrough", "UrlChain", "New"]),
        [
            "2025-06-14T08:00:00.5000000Z | https://a/b | false | [\"x\"] | {\"k\":1}",
            "2025-06-14T08:00:01.0000000Z |  | null |  | null",
        ]
    );
    assert_eq!(
        case.rows("CloudAppEvents", &["RawEventData", "ActivityObjects", "IsAdminOperation", "ISP"]),
        [r#"{"Parameters":[{"Name":"a"}]} | [1,2] | true | p"#]
    );
    assert!(case.problems()[0].starts_with("3 |  | not JSON"), "{:?}", case.problems());
}

#[test]
fn the_hunting_apis_declare_types_in_either_spelling() {
    let defender = r#"{"Stats":{"ExecutionTime":0.1},"Schema":[{"Name":"T","Type":"DateTime"},{"Name":"B","Type":"SByte"},{"Name":"O","Type":"Object"},{"Name":"S","Type":"String"}],
        "Results":[{"T":"2025-06-14T08:00:00Z","B":1,"O":"{\"a\": 1}","S":"5"},{"T":null,"B":null,"O":null,"S":null}]}"#;
    let graph = r#"{"@odata.context":"huntingQueryResults","schema":[{"name":"T","type":"DateTime"}],"results":[{"T":"2025-06-14T08:00:00Z","B":true}]}"#;
    let case = case(&[("a.json", defender.as_bytes()), ("b.json", graph.as_bytes())]);
    assert_eq!(case.files(), ["hunting api json | a | 2 | 0", "graph hunting json | b | 1 | 0"]);
    assert_eq!(
        case.rows("a", &["T", "B", "O", "S"]),
        ["2025-06-14T08:00:00.0000000Z | true | {\"a\":1} | 5", "null | null | null | "]
    );
    assert_eq!(case.ty("b", "B"), Type::Bool);
}

#[test]
fn every_export_of_the_audit_log_gives_the_same_row() {
    let record = r#"{"CreationTime":"2025-06-09T00:40:00","Id":"r1","Operation":"Send","RecordType":2,"UserId":"u@x","Workload":"Exchange"}"#;
    let quoted = format!("\"{}\"", record.replace('"', "\"\""));
    let portal = format!(
        "\u{feff}RecordId,CreationDate,RecordType,Operation,UserId,AuditData\r\nr1,6/9/2025 9:40:00 AM,2,Send,u@x,{quoted}\r\n"
    );
    let shell = format!(
        "#TYPE Deserialized\r\n\"RecordType\",\"CreationDate\",\"UserIds\",\"Operations\",\"AuditData\"\r\n\"ExchangeItem\",\"2025/6/9 0:40\",\"u@x\",\"Send\",{quoted}\r\n"
    );
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(shell.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let graph = format!(
        r#"{{"@odata.context":"x","value":[{{"id":"r1","createdDateTime":"2025-06-09T00:40:00Z","auditLogRecordType":"ExchangeItem","operation":"Send","userPrincipalName":"u@x","auditData":{{"@odata.type":"y",{}}}]}}"#,
        &record[1..]
    );
    let json = format!(
        r#"[ {{ "RecordType": "ExchangeItem", "CreationDate": "\/Date(1749429600000)\/", "UserIds": "u@x", "Operations": "Send", "AuditData": {record} }} ]"#
    );
    let case = case(&[
        ("1.csv", portal.as_bytes()),
        ("2.csv", shell.as_bytes()),
        ("3.csv", &utf16),
        ("4.json", graph.as_bytes()),
        ("5.json", json.as_bytes()),
        ("6.json", record.as_bytes()),
        ("7.json", format!("[{record}]").as_bytes()),
    ]);
    let columns = [
        "TimeGenerated",
        "RecordId",
        "RecordType",
        "RecordTypeId",
        "Operation",
        "Operations",
        "UserId",
        "UserIds",
        "AuditData",
    ];
    let expected = format!("2025-06-09T00:40:00.0000000Z | r1 | ExchangeItem | 2 | Send | Send | u@x | u@x | {record}");
    assert_eq!(case.rows("UnifiedAuditLog", &columns), vec![expected; 7]);
    let forms: Vec<_> = case.catalog.log().files.iter().map(|f| f.file.form.as_str()).collect();
    assert_eq!(
        forms,
        [
            "unified audit csv (purview)",
            "unified audit csv (powershell)",
            "unified audit csv (powershell)",
            "graph audit query json",
            "unified audit json",
            "management activity json",
            "management activity json",
        ]
    );
}

#[test]
fn a_broken_audit_record_still_has_its_row() {
    let text = "RecordType,CreationDate,UserIds,Operations,AuditData\n\
        9999,2025-06-09T00:40:00.0000000Z ,u@x,Send,\"{\"\"Id\"\":\"\"r1\"\",\"\"Oper\"\n\
        ExchangeItem,4/02/2025 1:31:13 am,u@x,Send,\n";
    let case = one("ual.csv", text);
    assert_eq!(
        case.rows("UnifiedAuditLog", &["TimeGenerated", "RecordId", "RecordType", "Operation"]),
        ["2025-06-09T00:40:00.0000000Z | r1 | 9999 | Send", "null |  | ExchangeItem | Send"]
    );
    let reasons = ["broken JSON, kept as a string", "not a time that can be read in one way only"];
    assert!(case.problems().iter().zip(reasons).all(|(p, r)| p.contains(r)), "{:?}", case.problems());
}

#[test]
fn sign_ins_are_the_same_from_portal_graph_and_diagnostic_settings() {
    let csv = "\u{feff}Date (UTC),Request ID,User agent,User,Username,Application,IP address,Location,Status,Sign-in error code,Failure reason,Incoming token type,Resource ID ,Autonomous system  number,Incoming token type,Managed\r\n\
        2025-05-17T00:31:00Z,s1,Moz,Joe,joe@x,App,192.0.2.1,\"Chiyoda-ku, Tokyo, JP\",Success,,Other.,none,r,5,again,No\r\n\
        2025-05-17T00:32:00Z,s2,Moz,Joe,joe@x,App,192.0.2.1,\"Chiyoda-ku, Tokyo, JP\",Failure,50126,Bad password.,none,r,5,again,No\r\n";
    let signin = |id: &str, time: &str, code: i32, reason: &str| {
        format!(
            r#"{{"id":"{id}","createdDateTime":"{time}","userDisplayName":"Joe","userPrincipalName":"joe@x","appDisplayName":"App","ipAddress":"192.0.2.1","resourceId":"r","status":{{"errorCode":{code},"failureReason":"{reason}"}},"location":{{"city":"Chiyoda-ku","state":"Tokyo","countryOrRegion":"JP"}},"userAgent":"Moz","riskEventTypes_v2":["x"],"__UDI_RequiredFields_TenantId":"t"}}"#
        )
    };
    let (ok, bad) = (
        signin("s1", "2025-05-17T00:31:00Z", 0, "Other."),
        signin("s2", "2025-05-17T00:32:00Z", 50126, "Bad password."),
    );
    let graph = format!("[{ok},\n{bad}]");
    let envelope = |properties: &str, code: &str, text: &str| {
        format!(
            r#"{{"time":"2025-05-17T00:59:00Z","resourceId":"/tenants/t","category":"SignInLogs","resultType":"{code}","resultDescription":"{text}","callerIpAddress":"10.0.0.1","location":"JP","properties":{properties}}}"#
        )
    };
    let diagnostic = [envelope(&ok, "0", ""), envelope(&bad, "50126", "Bad password.")].join("\r\n");
    let columns = [
        "TimeGenerated",
        "Timestamp",
        "Id",
        "UserPrincipalName",
        "AppDisplayName",
        "IPAddress",
        "Location",
        "ResultType",
        "ResultDescription",
        "ResourceIdentity",
        "UserAgent",
    ];
    let expected = [
        "2025-05-17T00:31:00.0000000Z | 2025-05-17T00:31:00.0000000Z | s1 | joe@x | App | 192.0.2.1 | JP | 0 |  | r | Moz",
        "2025-05-17T00:32:00.0000000Z | 2025-05-17T00:32:00.0000000Z | s2 | joe@x | App | 192.0.2.1 | JP | 50126 | Bad password. | r | Moz",
    ];
    for (name, text) in [("InteractiveSignIns.csv", csv), ("s.json", &graph), ("PT1H.json", &diagnostic)] {
        let case = one(name, text);
        assert_eq!(case.rows("SigninLogs", &columns), expected, "{name}");
        assert_eq!(case.catalog.log().problems, []);
    }
    let case = one("InteractiveSignIns.csv", csv);
    assert_eq!(
        case.rows("SigninLogs", &["LocationDetails", "Status"])[1],
        r#"{"city":"Chiyoda-ku","state":"Tokyo","countryOrRegion":"JP"} | {"errorCode":50126,"failureReason":"Bad password."}"#
    );
    assert_eq!(
        case.rows("SigninLogs", &["IncomingTokenType", "IncomingTokenType1", "AutonomousSystemNumber", "Type"])[0],
        "none | again | 5 | SigninLogs"
    );
    let case = one("PT1H.json", &diagnostic);
    assert_eq!(case.rows("SigninLogs", &["ResourceId", "RiskEventTypes_V2"])[0], "/tenants/t | [\"x\"]");
}

#[test]
fn audit_records_are_the_same_from_portal_graph_and_diagnostic_settings() {
    let csv = "Date (UTC),CorrelationId,Service,Category,Activity,Result,ResultReason,ActorType,ActorObjectId,ActorUserPrincipalName,IPAddress,Target1Type,Target1DisplayName,Target1ObjectId,Target1UserPrincipalName,Target1ModifiedProperty1Name,Target1ModifiedProperty1OldValue,Target1ModifiedProperty1NewValue,Target2Type,AdditionalDetail1Key,AdditionalDetail1Value\r\n\
        2025-05-17T03:00:00.0000000+00:00,c,Core Directory,UserManagement,Update user,Success,'-,User,o,admin@x,192.0.2.10,User,,t,u@x,Name,,\"\"\"v\"\"\",,k,v\r\n";
    let record = r#"{"id":"d","category":"UserManagement","correlationId":"c","result":"success","resultReason":"-","activityDisplayName":"Update user","activityDateTime":"2025-05-17T03:00:00Z","loggedByService":"Core Directory","operationType":"Add","initiatedBy":{"user":{"id":"o","userPrincipalName":"admin@x","ipAddress":"192.0.2.10"}},"targetResources":[{"id":"t","displayName":"","type":"User","userPrincipalName":"u@x","modifiedProperties":[{"displayName":"Name","oldValue":"","newValue":"\"v\""}]}],"additionalDetails":[{"key":"k","value":"v"}]}"#;
    let envelope = format!(
        r#"{{"time":"2025-05-17T04:00:00Z","operationName":"Update user","category":"AuditLogs","properties":{record}}}"#
    );
    let columns = [
        "TimeGenerated",
        "OperationName",
        "Category",
        "LoggedByService",
        "Result",
        "ResultReason",
        "InitiatedBy",
        "TargetResources",
        "AdditionalDetails",
    ];
    let expected = r#"2025-05-17T03:00:00.0000000Z | Update user | UserManagement | Core Directory | success | - | {"user":{"id":"o","userPrincipalName":"admin@x","ipAddress":"192.0.2.10"}} | [{"id":"t","displayName":"","type":"User","userPrincipalName":"u@x","modifiedProperties":[{"displayName":"Name","oldValue":"","newValue":"\"v\""}]}] | [{"key":"k","value":"v"}]"#;
    for (name, text) in [("a.csv", csv), ("b.json", &format!("[{record}]")), ("c.json", &envelope)] {
        assert_eq!(one(name, text).rows("AuditLogs", &columns), [expected], "{name}");
    }
}

#[test]
fn log_analytics_csv_names_the_table_and_splits_columns() {
    let text = "\u{feff}TenantId,TimeGenerated [UTC],Location,DeviceDetail_dynamic,DeviceDetail_string,Extra_dynamic,Extra_string,Type\r\n\
        t,\"4/28/2021, 2:08:45.221 PM\",JP,\"{\"\"a\"\":1}\",,,\"[\r\n  1\r\n]\",SigninLogs\r\n\
        t,\"4/28/2021, 2:08:46.000 AM\",FR,,\"{\r\n  \"\"a\"\": 2\r\n}\",x,,Other_CL\r\n";
    let case = one("query_data.csv", text);
    assert_eq!(
        case.rows("SigninLogs", &["TimeGenerated", "DeviceDetail", "Extra"]),
        ["2021-04-28T14:08:45.2210000Z | {\"a\":1} | [1]"]
    );
    assert_eq!(
        case.rows("Other_CL", &["TimeGenerated", "DeviceDetail", "Extra"]),
        ["2021-04-28T02:08:46.0000000Z | {\"a\":2} | \"x\""]
    );
}

#[test]
fn an_answer_that_says_only_beside_its_rows_that_some_are_missing_is_told() {
    let v1 = r#"{"Tables":[{"TableName":"Table_0","Columns":[{"ColumnName":"a","DataType":"Int64"}],"Rows":[[1]]},
        {"TableName":"Table_1","Columns":[{"ColumnName":"Severity"},{"ColumnName":"SeverityName"},{"ColumnName":"StatusDescription"}],
         "Rows":[[4,"Info","done"],[2,"Error","too many rows"]]}]}"#;
    let v2 = r#"[{"FrameType":"DataTable","TableKind":"PrimaryResult","Columns":[{"ColumnName":"a","ColumnType":"long"}],"Rows":[[1]]},
        {"FrameType":"DataTable","TableKind":"QueryCompletionInformation","Columns":[{"ColumnName":"LevelName"},{"ColumnName":"Payload"}],
         "Rows":[["Error","too many rows"],["Stats","x"]]},{"FrameType":"DataSetCompletion","HasErrors":false}]"#;
    let case = case(&[("v1.json", v1.as_bytes()), ("v2.json", v2.as_bytes())]);
    assert_eq!(case.rows("v1", &["a"]), ["1"]);
    assert_eq!(case.rows("v2", &["a"]), ["1"]);
    let told: Vec<_> = case.catalog.log().problems.iter().map(|p| (p.reason.as_str(), p.raw.as_str())).collect();
    let partial = "the service answered in part only";
    assert_eq!(told, [(partial, r#"[2,"Error","too many rows"]"#), (partial, r#"["Error","too many rows"]"#)]);
}

#[test]
fn answers_of_the_query_apis() {
    let la = r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"a","type":"datetime"},{"name":"b","type":"dynamic"}],"rows":[["2025-06-14T08:00:00Z","{\"k\":1}"],[null,null]]}],"error":{"code":"PartialError"}}"#;
    let v1 = r#"{"Tables":[{"TableName":"Table_0","Columns":[{"ColumnName":"a","DataType":"SByte","ColumnType":"bool"}],"Rows":[[1],[0]]},{"TableName":"Contents","Columns":[],"Rows":[[9]]}]}"#;
    let v2 = r#"[{"FrameType":"DataSetHeader"},{"FrameType":"TableHeader","TableKind":"PrimaryResult","Columns":[{"ColumnName":"a","ColumnType":"long"}]},
        {"FrameType":"TableFragment","TableFragmentType":"DataAppend","Rows":[[1],[2]]},{"FrameType":"TableFragment","TableFragmentType":"DataReplace","Rows":[[3]]},
        {"FrameType":"TableFragment","TableFragmentType":"DataAppend","Rows":[[4],{"OneApiErrors":[]}]},{"FrameType":"DataSetCompletion","HasErrors":true,"OneApiErrors":[]}]"#;
    let case = case(&[("la.json", la.as_bytes()), ("v1.json", v1.as_bytes()), ("v2.json", v2.as_bytes())]);
    assert_eq!(case.rows("la", &["a", "b"]), ["2025-06-14T08:00:00.0000000Z | {\"k\":1}", "null | null"]);
    assert_eq!(case.rows("v1", &["a"]), ["true", "false"]);
    assert_eq!(case.rows("v2", &["a"]), ["3", "4"]);
    assert_eq!(case.problems().iter().filter(|p| p.contains("the service answered in part only")).count(), 3);
}

#[test]
fn any_other_table_is_typed_by_its_values() {
    let csv = "id;when;ok;what;text;nothing\n1;2025-06-14T08:00:00Z;true;{\"a\": 1};x;\n2;;FALSE;[];007;\n";
    let tsv = "a\tb\n1.5\tx,y\n2\tz\n";
    let lines = "{\"n\":1,\"s\":\"5\",\"d\":{\"x\": [1]},\"t\":\"2025-06-14T08:00:00\"}\n{\"n\":2.5,\"d\":\"plain\",\"n2\":true}\n";
    let case = case(&[("my list.csv", csv.as_bytes()), ("t.tsv", tsv.as_bytes()), ("l.jsonl", lines.as_bytes())]);
    let types = |table: &str| {
        case.catalog.table(table).unwrap().fields.iter().map(|f| f.ty.name()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(types("my_list"), "long datetime bool dynamic string string");
    assert_eq!(
        case.rows("my_list", &["id", "ok", "what", "text"]),
        ["1 | true | {\"a\":1} | x", "2 | false | [] | 007"]
    );
    assert_eq!(types("t"), "real string");
    assert_eq!(
        case.rows("l", &["n", "s", "d", "t", "n2"]),
        ["1 | 5 | {\"x\":[1]} | 2025-06-14T08:00:00.0000000Z | null", "2.5 |  | \"plain\" | null | true"]
    );
}

#[test]
fn a_table_may_be_named_by_the_user_and_come_in_several_loads() {
    let (_folder, path) = folder(&[("a/x.csv", b"a,b\n1,x\n"), ("b/y.csv", b"a,c\nz,2\n")]);
    let options = LoadOptions { table: Some("Mine".to_owned()), ..LoadOptions::default() };
    let mut catalog = Catalog::default();
    for part in ["a", "b"] {
        catalog.absorb(load(&path.join(part), &options, &Quiet).unwrap()).unwrap();
    }
    let case = Case { _folder, catalog };
    assert_eq!(case.rows("Mine", &["a", "b", "c"]), ["1 | x | null", "z |  | 2"]);
    assert!(
        case.problems()[0].contains("is string here and long in files before: read as string"),
        "{:?}",
        case.problems()
    );
    assert_eq!(case.rows("load_files", &["table", "rows"]), ["Mine | 1", "Mine | 1"]);
}

#[test]
fn many_stretches_keep_rows_and_late_columns_in_place() {
    let mut lines: String = (0..20_000).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    lines.push_str("{\"n\":20000,\"late\":\"x\"}\n");
    let case = one("big.jsonl", &lines);
    let rows = case.rows("big", &["n", "late"]);
    assert_eq!((rows.len(), rows[9_000].as_str(), rows[20_000].as_str()), (20_001, "9000 | ", "20000 | x"));
}

#[test]
fn no_damage_to_a_csv_file_stops_the_load() {
    let (_folder, path) = folder(&[]);
    let file = path.join("x.csv");
    let audit = "RecordId,CreationDate,RecordType,Operation,UserId,AuditData\nr,2025-06-09,2,Send,u,\"{\"\"Id\"\":\"\"x\"\",\"\"RecordType\"\":2}\"\n";
    let entra = "Date (UTC),Request ID,Location,Status\n2025-05-17T00:31:00Z,s,\"a, b, c\",Failure\n";
    for text in [&MAIL[..250], audit, entra] {
        for at in (0..text.len()).step_by(7) {
            for byte in *b"\"\n,\xff" {
                let mut damaged = text.as_bytes().to_vec();
                damaged[at] = byte;
                std::fs::write(&file, damaged).unwrap();
                let _ = load(&file, &LoadOptions::default(), &Quiet);
            }
        }
    }
}

#[test]
fn a_row_with_a_telling_column_is_still_a_row() {
    let case = one("x.jsonl", "{\"id\":1,\"records\":[{\"a\":1}],\"tables\":[2],\"value\":[3]}\n");
    assert_eq!(case.rows("x", &["id", "records", "tables", "value"]), ["1 | [{\"a\":1}] | [2] | [3]"]);
}
