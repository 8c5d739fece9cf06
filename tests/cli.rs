//! The program's promises to scripts, driven in process: what goes to which stream, and what a result line holds.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use libtest_mimic::{Failed, Trial};
use rehunt::io::{Io, Terminal};
use serde_json::{Value, json};

use crate::session::{Check, RUNTIME, SAMPLE, root};

pub fn trials() -> Vec<Trial> {
    let cases: &[(&str, Check)] = &[
        ("a query's rows go to the output, nothing else", rows_only),
        ("a published hunt runs from its file on the shipped sample", published_hunt),
        ("batch answers a bad query and goes on", batch_goes_on),
        ("batch writes every type in its wire form", wire_forms),
        ("tables without rows stand in, and what lies outside is empty and named", empty_tables),
        ("a query written for Log Analytics runs, with a note", log_analytics),
        ("check gives diagnostics and columns and runs nothing", check_binds),
        ("check reads tables and functions from a file", check_schemas),
        ("fmt rewrites files, and with --check only names them", fmt_files),
        ("fmt answers standard input and leaves alone what it cannot read", fmt_streams),
        ("sample writes a tenant that loads", sample_loads),
        ("tables lists what was recognised", tables_listed),
        ("what cannot be read is kept with file, line and reason", problems_kept),
        ("a lost line break is repaired with a note, or refused when told", repair),
    ];
    cases.iter().map(|(name, case)| Trial::test(format!("cli > {name}"), case)).collect()
}

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
pub struct Run {
    pub code: ExitCode,
    pub output: String,
    pub errors: String,
}

/// Runs the program as a script does, without a terminal.
pub fn rehunt(args: &[&str], input: &str) -> Run {
    rehunt_in(Terminal::default(), args, input)
}

/// Runs the program with something at the other end of its streams.
pub fn rehunt_in(terminal: Terminal, args: &[&str], input: &str) -> Run {
    let (output, errors) = (Kept::default(), Kept::default());
    let io = Io {
        input: Box::new(std::io::Cursor::new(input.to_owned())),
        output: Box::new(output.clone()),
        errors: Box::new(errors.clone()),
        terminal,
        measure: |_| {},
        lines: None,
    };
    let args = std::iter::once("rehunt").chain(args.iter().copied()).map(OsString::from);
    Run { code: rehunt::run(args, io), output: output.text(), errors: errors.text() }
}

fn tenant() -> String {
    root().join("examples/hunting/tenant").to_string_lossy().into_owned()
}

fn check(holds: bool, run: &Run) -> Result<(), Failed> {
    match holds {
        true => Ok(()),
        false => Err(format!("{:?}\noutput:\n{}\nerrors:\n{}", run.code, run.output, run.errors).into()),
    }
}

/// Parses the result lines of `batch` and `check`.
fn lines(run: &Run) -> Result<Vec<Value>, Failed> {
    Ok(run.output.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn rows_only() -> Result<(), Failed> {
    let run = rehunt(&["--format", "csv", "-q", "range x from 1 to 3 step 1 | extend y = x * x"], "");
    check(run.code == ExitCode::SUCCESS && run.output == "x,y\n1,1\n2,4\n3,9\n" && run.errors.is_empty(), &run)
}

fn published_hunt() -> Result<(), Failed> {
    let hunt = root().join("examples/hunting/published/q1_directsend.kql");
    let tenant = tenant();
    let args = ["-d", &tenant, "--now", "2025-06-16T00:00:00Z", "--format", "jsonl", &hunt.to_string_lossy()];
    let run = rehunt(&args, "");
    check(run.code == ExitCode::SUCCESS && run.output.lines().count() == 9, &run)
}

fn batch_goes_on() -> Result<(), Failed> {
    let input = concat!(
        "{\"id\": 1, \"query\": \"print 1 +\"}\n",
        "not json\n",
        "{\"id\": \"b\", \"query\": \"print x = 2\"}\n",
    );
    let run = rehunt(&["batch"], input);
    let lines = lines(&run)?;
    let [bad, _, good] = lines.as_slice() else { return check(false, &run) };
    let refused = bad["id"] == json!(1) && bad["ok"] == json!(false) && bad["error"]["code"].is_string();
    let answered = good["id"] == json!("b") && good["rows"] == json!([[2]]) && good["columns"][0]["type"] == "long";
    check(run.code == ExitCode::SUCCESS && refused && answered, &run)
}

fn empty_tables() -> Result<(), Failed> {
    // Each with how many rows it gives, and what its note names.
    let cases = [
        ("DeviceEvents | take 5", 0, ""),
        ("DeviceFileEvents | invoke FileProfile(SHA1) | where GlobalPrevalence < 10", 0, "`FileProfile`"),
        ("_GetWatchlist('vip') | where Department == 'IT'", 0, "`_GetWatchlist`"),
        ("externaldata(a: string) ['https://feeds.example/a.csv'] | count", 1, "`https://feeds.example/a.csv`"),
        ("print geo_info_from_ip_address('192.0.2.1')", 1, "`geo_info_from_ip_address`"),
        (
            "EmailEvents | extend d = todynamic(AuthenticationDetails) | evaluate bag_unpack(d) | project SPF",
            0,
            "no bags",
        ),
    ];
    let input: String = cases.iter().map(|(query, ..)| format!("{}\n", json!({"id": query, "query": query}))).collect();
    let run = rehunt(&["batch", "--empty-tables"], &input);
    for (line, (query, rows, note)) in lines(&run)?.iter().zip(cases) {
        let count = line["rows"].as_array().map_or(0, Vec::len);
        if line["ok"] != json!(true) || count != rows || !line["notes"].to_string().contains(note) {
            return Err(format!("{query}\n{line}").into());
        }
    }
    let refused = rehunt(&["batch"], &format!("{}\n", json!({"id": 0, "query": cases[1].0})));
    check(lines(&refused)?.first().is_some_and(|line| line["ok"] == json!(false)), &refused)
}

fn log_analytics() -> Result<(), Failed> {
    let query = "EmailEvents | where isnull(AdditionalFields.Nothing) | summarize n = count() by Type, TenantId";
    let run = rehunt(&["batch", "-d", &tenant()], &format!("{}\n", json!({"id": 0, "query": query})));
    let all = rehunt(&["batch", "-d", &tenant()], &format!("{}\n", json!({"id": 0, "query": "EmailEvents | count"})));
    let (lines, all) = (lines(&run)?, lines(&all)?);
    let ([line], [all]) = (lines.as_slice(), all.as_slice()) else { return check(false, &run) };
    let rows = json!([["EmailEvents", "", all["rows"][0][0]]]);
    let told = line["notes"][0].as_str().is_some_and(|note| note.contains("`TenantId` of `EmailEvents`"));
    check(line["rows"] == rows && told, &run)?;
    let session = SAMPLE.as_ref()?.session();
    let explained = RUNTIME.spawn(async move { session.explain(query).await });
    let plan = RUNTIME.block_on(explained)??;
    match plan.starts_with("// written for Log Analytics") && plan.contains("TenantId") {
        true => Ok(()),
        false => Err(plan.into()),
    }
}

fn wire_forms() -> Result<(), Failed> {
    let query = "print 1, 1.5, real(nan), real(-inf), 'a', true, datetime(2020-01-02 03:04:05), 1d + 2h, \
                 guid(74BE27DE-1E4E-49D9-B579-FE0B331D3642), dynamic({\"a\":[1,null]}), long(null), decimal(1.5)";
    let run = rehunt(&["batch"], &format!("{}\n", json!({"id": 0, "query": query})));
    let expected = json!([[
        1,
        1.5,
        "NaN",
        "-Infinity",
        "a",
        true,
        "2020-01-02T03:04:05.0000000Z",
        "1.02:00:00.0000000",
        "74be27de-1e4e-49d9-b579-fe0b331d3642",
        {"a": [1, null]},
        null,
        "1.5",
    ]]);
    check(lines(&run)?[0]["rows"] == expected, &run)
}

fn check_binds() -> Result<(), Failed> {
    let input = format!(
        "{}\n{}\n",
        json!({"id": 1, "query": "print a = 1, b = 'x'"}),
        json!({"id": 2, "query": "print a = 1 | where c == 2"}),
    );
    let run = rehunt(&["check"], &input);
    let lines = lines(&run)?;
    let columns = json!([{"name": "a", "type": "long"}, {"name": "b", "type": "string"}]);
    let binds = lines[0]["ok"] == json!(true) && lines[0]["columns"] == columns && lines[0].get("rows").is_none();
    let finding = &lines[1]["diagnostics"][0];
    let refuses = lines[1]["ok"] == json!(false) && finding["start"] == json!(20) && finding["end"] == json!(21);
    check(binds && refuses, &run)
}

fn check_schemas() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("schemas.json");
    std::fs::write(&file, json!({"tables": {"T": [["a", "long"]]}, "functions": {}}).to_string())?;
    let run =
        rehunt(&["check", "--schemas", &file.to_string_lossy()], "{\"id\": 1, \"query\": \"T | project b = a + 1\"}\n");
    check(lines(&run)?[0]["columns"] == json!([{"name": "b", "type": "long"}]), &run)
}

fn fmt_files() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let (rough, neat) = (dir.path().join("rough.kql"), dir.path().join("neat.kql"));
    std::fs::write(&rough, "T|where a==1 // why\n|take 5")?;
    std::fs::write(&neat, "T\n| take 5\n")?;
    let (rough_name, neat_name) = (rough.to_string_lossy(), neat.to_string_lossy());
    let named = rehunt(&["fmt", "--check", &rough_name, &neat_name], "");
    check(named.code == ExitCode::from(1) && named.output == format!("{rough_name}\n"), &named)?;
    let written = rehunt(&["fmt", &rough_name, &neat_name], "");
    check(written.code == ExitCode::SUCCESS && written.output.is_empty(), &written)?;
    check(std::fs::read_to_string(&rough)? == "T\n| where a == 1 // why\n| take 5\n", &written)?;
    let settled = rehunt(&["fmt", "--check", &rough_name, &neat_name], "");
    check(settled.code == ExitCode::SUCCESS && settled.output.is_empty(), &settled)
}

fn fmt_streams() -> Result<(), Failed> {
    let answered = rehunt(&["fmt", "-"], "T|count");
    check(answered.code == ExitCode::SUCCESS && answered.output == "T\n| count\n", &answered)?;
    let dir = tempfile::tempdir()?;
    let broken = dir.path().join("broken.kql");
    std::fs::write(&broken, "T | where (")?;
    let told = rehunt(&["fmt", &broken.to_string_lossy(), "-"], "T");
    check(told.code == ExitCode::from(1) && told.output == "T\n" && told.errors.contains("unfinished"), &told)?;
    check(std::fs::read_to_string(&broken)? == "T | where (", &told)
}

fn sample_loads() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path().to_string_lossy();
    let written = rehunt(&["sample", &folder], "");
    check(written.code == ExitCode::SUCCESS, &written)?;
    let run = rehunt(&["-d", &folder, "--format", "csv", "-q", "EmailEvents | count"], "");
    check(run.output == "Count\n2865\n", &run)
}

fn tables_listed() -> Result<(), Failed> {
    let run = rehunt(&["tables", "-d", &tenant(), "--format", "csv"], "");
    let names = ["EmailEvents", "IdentityLogonEvents", "SigninLogs", "UnifiedAuditLog"];
    check(run.code == ExitCode::SUCCESS && names.iter().all(|name| run.output.contains(name)), &run)
}

fn problems_kept() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let text = "Timestamp,NetworkMessageId,SenderFromAddress,RecipientEmailAddress,EmailDirection,UrlCount\r\n\
                2025-06-01T00:00:00Z,a,x@y.example,z@y.example,Inbound,1\r\n\
                2025-06-02T00:00:00Z,b,x@y.example,z@y.example,Inbound,many\r\n";
    std::fs::write(folder.path().join("mail.csv"), text)?;
    let folder = folder.path().to_string_lossy();
    let query = "load_problems | project line, table, column, raw";
    let run = rehunt(&["-d", &folder, "--format", "csv", "-q", query], "");
    check(run.output == "line,table,column,raw\n3,EmailEvents,UrlCount,many\n", &run)?;
    let rows = rehunt(&["-d", &folder, "--format", "csv", "-q", "EmailEvents | count"], "");
    check(rows.output == "Count\n2\n" && rows.errors.contains("load_problems"), &rows)
}

fn repair() -> Result<(), Failed> {
    let query = "let a = 1; // the comment swallows the rest print x = a";
    let repaired = rehunt(&["--format", "csv", "-q", query], "");
    check(repaired.output == "x\n1\n" && repaired.errors.contains("print x = a"), &repaired)?;
    let refused = rehunt(&["--no-repair", "--format", "csv", "-q", query], "");
    check(refused.output.is_empty() && !refused.errors.is_empty(), &refused)
}
