//! The program as a whole, driven in process.

#![allow(clippy::unwrap_used)]

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use crate::io::{Io, Terminal};
use crate::prompt::lines::Line;

/// A stream that can be read afterwards.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// What one run left behind.
struct Run {
    code: ExitCode,
    output: String,
    errors: String,
}

fn run_with(args: &[&str], input: &str, lines: Option<Vec<Line>>) -> Run {
    let (output, errors) = (Kept::default(), Kept::default());
    let io = Io {
        input: Box::new(std::io::Cursor::new(input.to_owned())),
        output: Box::new(output.clone()),
        errors: Box::new(errors.clone()),
        terminal: Terminal { input: lines.is_some(), ..Terminal::default() },
        measure: |_| {},
        lines: lines.map(|lines| Box::new(lines.into_iter()) as _),
    };
    let args = std::iter::once("rehunt").chain(args.iter().copied()).map(OsString::from);
    Run { code: crate::run(args, io), output: output.text(), errors: errors.text() }
}

fn run(args: &[&str], input: &str) -> Run {
    run_with(args, input, None)
}

fn talk(lines: &[&str]) -> Run {
    run_with(&[], "", Some(lines.iter().map(|line| Line::Text((*line).to_owned())).collect()))
}

#[test]
fn help_is_an_answer_and_a_wrong_option_is_not() {
    let help = run(&["--help"], "");
    assert_eq!(help.code, ExitCode::SUCCESS);
    assert!(help.output.contains("Examples:") && help.errors.is_empty());
    let wrong = run(&["--colour"], "");
    assert_eq!(wrong.code, ExitCode::from(2));
    assert!(wrong.output.is_empty() && wrong.errors.contains("--colour"));
}

#[test]
fn evidence_that_is_not_there_and_a_query_file_that_is_not_there_fail_by_name() {
    let missing = run(&["no-such.kql"], "");
    assert_eq!(missing.code, ExitCode::from(1));
    assert!(missing.errors.contains("no-such.kql"), "{}", missing.errors);
}

#[test]
fn a_bad_line_is_answered_and_the_next_one_too() {
    let lines = "{\"id\": 1}\n\nnot json\n[1]\n{\"id\": {\"a\": [1]}, \"query\": 5}\n";
    let answers = run(&["batch"], lines);
    assert_eq!(answers.code, ExitCode::SUCCESS);
    let answers: Vec<serde_json::Value> = answers.output.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let ids: Vec<String> = answers.iter().map(|a| a["id"].to_string()).collect();
    assert_eq!(ids, ["1", "null", "null", "{\"a\":[1]}"]);
    assert!(answers.iter().all(|a| a["ok"] == false && a["error"]["code"] == "bad-line"));
}

#[test]
fn the_prompt_survives_every_mistake() {
    let run =
        talk(&[":nonsense", ":schema T", ":open no-such-folder", ":now soon", ":now 2025-06-16", ":quit", ":tables"]);
    assert_eq!(run.code, ExitCode::SUCCESS, "{}", run.errors);
    assert!(run.errors.contains("no command `:nonsense`") && run.errors.contains("no table `T`"), "{}", run.errors);
    assert!(run.output.ends_with("now() is 2025-06-16T00:00:00.0000000Z\n"), "{}", run.output);
}

#[test]
fn interrupting_forgets_the_lines_before_it() {
    let lines = vec![Line::Text("T | where (".into()), Line::Interrupted, Line::Text(":now real".into())];
    let run = run_with(&[], "", Some(lines));
    assert!(run.output.ends_with("now() is the real time\n"), "{}{}", run.output, run.errors);
}

#[test]
fn a_query_prints_its_rows_and_several_results_one_after_another() {
    let one = run(&["-q", "print x = 1, y = 'a,b'", "--format", "csv"], "");
    assert_eq!((one.code, one.output.as_str()), (ExitCode::SUCCESS, "x,y\n1,\"a,b\"\n"), "{}", one.errors);
    let two = run(&["-", "--format", "csv"], "\u{feff}print a = 1; print b = 2");
    assert_eq!(two.output, "a\n1\n\nb\n2\n", "{}", two.errors);
}

#[test]
fn results_of_one_statement_are_shown_with_their_names() {
    let query = "print a = 1 | fork (count) other=(extend b = 2)";
    let shown = run(&["-q", query, "--format", "markdown"], "");
    assert!(shown.output.starts_with("Results:\n\n| Count |"), "{}{}", shown.output, shown.errors);
    assert!(shown.output.contains("\n\nother:\n\n| a | b |"), "{}", shown.output);
    let line = run(&["batch"], &format!("{{\"id\":1,\"query\":\"{query}\"}}\n")).output;
    assert!(line.contains(r#""rows":[[1]],"more":[{"name":"other","columns":[{"name":"a","type":"long"},"#), "{line}");
}

#[test]
fn a_wrong_query_fails_with_its_place_and_writes_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let (query, out) = (dir.path().join("hunt.kql"), dir.path().join("out.csv"));
    std::fs::write(&query, "print x = 1\n| where y == 1").unwrap();
    let wrong = run(&[query.to_str().unwrap(), "-o", out.to_str().unwrap()], "");
    assert_eq!(wrong.code, ExitCode::from(1));
    assert!(wrong.errors.contains("hunt.kql:2:9") && wrong.errors.contains("`y`"), "{}", wrong.errors);
    assert!(!out.exists());
    std::fs::write(&query, "print x = 1").unwrap();
    assert_eq!(run(&[query.to_str().unwrap(), "-o", out.to_str().unwrap()], "").code, ExitCode::SUCCESS);
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "x\n1\n");
}

#[test]
fn evidence_becomes_a_case_that_answers_like_it() {
    let dir = tempfile::tempdir().unwrap();
    let (file, case) = (dir.path().join("list.csv"), dir.path().join("case"));
    std::fs::write(&file, "a,b\n1,x\n2,y\n").unwrap();
    let (file, case) = (file.to_str().unwrap(), case.to_str().unwrap());
    let added = run(&["import", "-d", file, case], "");
    assert!(added.output.starts_with("2 rows of 1 files added"), "{}{}", added.output, added.errors);
    let query = ["-q", "list | where b == 'y'", "--format", "csv", "-d"];
    let asked = |path: &str| run(&[&query[..], &[path]].concat(), "").output;
    assert_eq!((asked(case).as_str(), asked(case)), ("a,b\n2,y\n", asked(file)));
    assert!(run(&["import", "-d", file, case], "").errors.contains("in the case already"));
    assert_eq!(run(&["import", case], "").code, ExitCode::from(2));
}

#[test]
fn every_known_table_is_there_when_asked_for() {
    let query = ["-q", "DeviceProcessEvents | union SigninLogs | count", "--format", "csv"];
    assert!(run(&query, "").errors.contains("DeviceProcessEvents"));
    assert_eq!(run(&[&query[..], &["--empty-tables"]].concat(), "").output, "Count\n0\n");
    // The key of a list that is not there is nobody's.
    for kind in ["", "kind=inner", "kind=rightouter", "kind=leftanti"] {
        let query = format!("_GetWatchlist('T') | join {kind} (SigninLogs) on $left.X == $right.AppId | count");
        let joined = run(&["--empty-tables", "-q", &query, "--format", "csv"], "");
        assert_eq!(joined.output, "Count\n0\n", "{}", joined.errors);
    }
    let alone = "print AppId = 'a' | join kind=leftanti (_GetWatchlist('T')) on $left.AppId == $right.X | count";
    assert_eq!(run(&["--empty-tables", "-q", alone, "--format", "csv"], "").output, "Count\n1\n");
}

#[test]
fn batch_answers_in_the_wire_form_with_places_in_characters() {
    let lines = concat!(
        r#"{"id":"a","query":"print x = 1, t = 26h; print y = 2"}"#,
        "\n",
        r#"{"id":"b","query":"print s = '日本' | where z == 1"}"#,
        "\n",
        r#"{"id":"c","query":"print t = now()"}"#,
        "\n"
    );
    let answers = run(&["batch", "--now", "2025-06-16"], lines).output;
    let answers: Vec<&str> = answers.lines().collect();
    assert_eq!(
        answers[0],
        concat!(
            r#"{"id":"a","ok":true,"columns":[{"name":"x","type":"long"},{"name":"t","type":"timespan"}],"#,
            r#""rows":[[1,"1.02:00:00.0000000"]],"more":[{"name":null,"columns":[{"name":"y","type":"long"}],"rows":[[2]]}],"notes":[]}"#
        )
    );
    let error: serde_json::Value = serde_json::from_str(answers[1]).unwrap();
    assert_eq!((&error["error"]["start"], &error["error"]["end"]), (&23.into(), &24.into()), "{error}");
    assert!(answers[2].contains(r#""rows":[["2025-06-16T00:00:00.0000000Z"]]"#), "{}", answers[2]);
}

#[test]
fn check_binds_against_declared_tables_and_runs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let schemas = dir.path().join("schemas.json");
    std::fs::write(&schemas, r#"{"tables": {"T": [["a", "long"]]}}"#).unwrap();
    let lines = "{\"id\":1,\"query\":\"T | summarize n = count() by a\"}\n{\"id\":2,\"query\":\"T | where b > 1\"}\n";
    let answers = run(&["check", "--schemas", schemas.to_str().unwrap()], lines).output;
    let answers: Vec<&str> = answers.lines().collect();
    assert_eq!(
        answers[0],
        r#"{"id":1,"ok":true,"diagnostics":[],"columns":[{"name":"a","type":"long"},{"name":"n","type":"long"}]}"#
    );
    let wrong: serde_json::Value = serde_json::from_str(answers[1]).unwrap();
    assert_eq!((&wrong["ok"], &wrong["diagnostics"][0]["code"]), (&false.into(), &"unknown-column".into()), "{wrong}");
}

#[test]
fn the_prompt_answers_queries_of_several_lines_with_the_clock_it_was_given() {
    let run =
        talk(&[":now 2025-06-16", ":format csv", "print t = now()", "| extend n = 1", "", "print x = 2;", "print y"]);
    assert!(run.output.ends_with("t,n\n2025-06-16T00:00:00.0000000Z,1\nx\n2\n"), "{}{}", run.output, run.errors);
}

#[test]
fn explain_shows_a_plan_and_errors_show_their_place() {
    let run = talk(&[":explain print x = 1;", "print z;"]);
    assert!(run.output.contains("x") && run.errors.contains("query:1:7"), "{}{}", run.output, run.errors);
}

#[test]
fn help_describes_functions_and_suggests_near_names() {
    let run = talk(&[":help strlen", ":help strlenn", ":help where", ":help hash_combine"]);
    for part in ["strlen(", "did you mean `strlen`", "operator `where`, behind a pipe", "not supported yet"] {
        assert!(run.output.contains(part), "{part}: {}", run.output);
    }
}

#[test]
fn a_watchlist_is_a_file_of_the_evidence() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("watchlists")).unwrap();
    std::fs::write(dir.path().join("watchlists/vip.csv"), "Account,Level\na@x,1\nb@x,2\n").unwrap();
    let ask = |query: &str| run(&["-d", dir.path().to_str().unwrap(), "-q", query, "--format", "csv"], "");
    let found = ask(
        "let name = 'vip'; print Account = 'b@x' | where Account in ((_GetWatchlist(name) | project Account)) | join kind=inner _GetWatchlist('vip') on Account | project Level, ty = gettype(Level)",
    );
    assert_eq!(found.output, "Level,ty\n2,string\n", "{}", found.errors);
    let file = dir.path().join("watchlists/vip.csv");
    let map = format!("_GetWatchlist('mapped')={}", file.display());
    let mapped = run(&["--map", &map, "-q", "_GetWatchlist('mapped') | project gettype(Level)", "--format", "csv"], "");
    assert_eq!(mapped.output.lines().nth(1), Some("string"), "{}", mapped.errors);
    let missing = ask("_GetWatchlist('other') | count");
    assert!(missing.errors.contains("watchlists/NAME.csv"), "{}", missing.errors);
}

#[test]
fn files_of_hours_before_the_time_that_a_query_asks_for_are_left_unread() {
    let dir = tempfile::tempdir().unwrap();
    // Each has a row of its hour and one that came late; the first hour has one of a wrong clock, too.
    for (day, hour, wrong) in
        [(10, 8, "2025-06-11T07:00:00Z"), (12, 8, "2025-06-12T08:00:00Z"), (14, 8, "2025-06-14T08:00:00Z")]
    {
        let folder = dir.path().join(format!("am-EmailEvents/y=2025/m=06/d={day}/h=0{hour}/m=00"));
        std::fs::create_dir_all(&folder).unwrap();
        let rows =
            ["2025-06-01T00:00:00Z", wrong].map(|t| format!("{{\"TimeGenerated\":\"{t}\",\"Subject\":\"{day}\"}}\n"));
        std::fs::write(folder.join("PT05M.json"), rows.concat()).unwrap();
    }
    let ask = |query: &str| {
        let line =
            ["-d", dir.path().to_str().unwrap(), "--now", "2025-06-14T12:00:00Z", "-q", query, "--format", "csv"];
        let found = run(&line, "");
        let unread = found.errors.lines().find(|line| line.contains("left unread")).unwrap_or("").to_owned();
        (found.output.lines().nth(1).unwrap_or("").to_owned(), unread)
    };
    let two = "note: 2 files from before the query's time were left unread; `--now TIME` sets the clock";
    let one = "note: 1 file from before the query's time was left unread; `--now TIME` sets the clock";
    for (query, count, note) in [
        ("EmailEvents | where TimeGenerated > ago(1d) | count", "1", two),
        (
            "let from = ago(3d); EmailEvents | where Subject != '' | where Timestamp between (from .. now()) | count",
            "2",
            one,
        ),
        ("EmailEvents | where datetime(2025-06-13) <= Timestamp and Subject != 'x' | count", "1", one),
        // A row of a wrong clock is within a day of its hour.
        ("EmailEvents | where Timestamp > datetime(2025-06-11) | count", "3", ""),
        ("EmailEvents | where Timestamp < datetime(2025-06-13) | count", "5", ""),
        // One use asks for all times.
        ("EmailEvents | where Timestamp > ago(1d) | join kind=inner EmailEvents on Subject | count", "2", ""),
        ("EmailEvents | where Timestamp > ago(1d) or Subject == '10' | count", "3", ""),
        ("EmailEvents | serialize n = row_number() | where Timestamp > ago(1d) | count", "1", ""),
        ("load_files | where table == 'EmailEvents' | summarize sum(rows)", "6", ""),
    ] {
        assert_eq!(ask(query), (count.to_owned(), note.to_owned()), "{query}");
    }
    // A column that only such a file has: all is read then.
    let folder = dir.path().join("am-EmailEvents/y=2025/m=06/d=01/h=00");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("PT05M.json"), "{\"TimeGenerated\":\"2025-06-01T00:00:00Z\",\"Odd\":1}\n").unwrap();
    let odd = "EmailEvents | where TimeGenerated > ago(1d) and isnull(Odd) | count";
    assert_eq!(ask(odd), ("1".to_owned(), String::new()));
}

#[test]
fn files_of_tables_that_a_query_does_not_name_are_left_unread() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("EmailEvents.csv", "Timestamp,NetworkMessageId,Subject\n2025-06-01T00:00:00Z,m1,a\n");
    // The row that cannot be read is only told of where its file is read.
    write("UrlClickEvents.csv", "Timestamp,Url,ActionType\nnever,u1,b\n");
    write("other.csv", "n\n1\n");
    let ask = |query: &str| run(&["-d", dir.path().to_str().unwrap(), "-q", query, "--format", "csv"], "");
    let mail = ask("EmailEvents | count");
    assert_eq!((mail.output.as_str(), mail.errors.as_str()), ("Count\n1\n", ""));
    for (query, rows) in [
        ("UrlClickEvents | count", 1),
        ("EmailEvents | union UrlClickEvents | count", 2),
        ("union withsource=T Email*, Url*, oth* | where T !startswith 'load_' | count", 3),
        ("table(strcat('UrlClick', 'Events')) | count", 1),
        ("search in (Url*) 'u1' | count", 1),
        ("load_files | summarize Count = sum(rows)", 3),
        // What only the rows of a file tell: that this column is a long.
        ("union oth* | where n + 1 == 2 | count", 1),
    ] {
        let found = ask(query);
        assert_eq!(found.output, format!("Count\n{rows}\n"), "{query}: {}", found.errors);
    }
    assert!(ask("UrlClickEvents | count").errors.contains("could not be read"));
    let near = ask("EmailEvent | count").errors;
    assert!(near.contains("did you mean `EmailEvents`"), "{near}");
}
