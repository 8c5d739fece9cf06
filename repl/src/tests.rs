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
