//! Many queries: one JSON line in, one result line out, whatever happens.

use std::io::{BufRead, Write};

use crate::threads::Threads;
use rehunt_engine::engine::Answer;
use rehunt_engine::error::Error;
use rehunt_lang::diagnostic::Diagnostic;
use rehunt_lang::span::Span;
use serde_json::Value;

use crate::args::{Evidence, Replay};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::io::Io;
use crate::output::cell::json_string;
use crate::output::json;
use crate::{load, once};

/// Answers every line of standard input. The form of both lines is in the help of the command.
///
/// # Errors
/// When the evidence cannot be loaded or a stream fails; a bad line or query is answered as such.
pub fn answer_all(evidence: &Evidence, replay: &Replay, threads: &Threads, io: &mut Io) -> Result<(), Failure> {
    let engine = once::bounded(load::open(evidence, threads, io)?, replay)?;
    each_line(io, |query, line| {
        let session = once::session(&engine, replay);
        match threads.run(session, query, &Interrupt::default(), false) {
            Ok(answer) => {
                let start = line.len();
                if let Err(error) = answered(&answer, line) {
                    line.truncate(start);
                    failed(&Error::Run(error.to_string()), query, line);
                }
            }
            Err(error) => failed(&error, query, line),
        }
    })
}

/// Reads queries and writes what `respond` appends for each after `{"id":...,`, until the input ends.
///
/// # Errors
/// When a stream fails.
pub fn each_line(io: &mut Io, mut respond: impl FnMut(&str, &mut String)) -> Result<(), Failure> {
    let (mut bytes, mut line) = (Vec::new(), String::new());
    while {
        bytes.clear();
        io.input.read_until(b'\n', &mut bytes).map_err(Failure::Stream)? > 0
    } {
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        line.clear();
        match request(&bytes) {
            Ok((id, query)) => {
                line.push_str(&format!("{{\"id\":{id},"));
                respond(&query, &mut line);
            }
            Err((id, message)) => {
                line.push_str(&format!("{{\"id\":{id},"));
                refused("bad-line", &message, &mut line);
            }
        }
        line.push_str("}\n");
        // Whoever drives us may wait for each answer before asking the next question.
        io.output.write_all(line.as_bytes()).and_then(|()| io.output.flush()).map_err(Failure::Stream)?;
    }
    Ok(())
}

/// Reads the id and query of a line, or says what is wrong with it; the id may be any JSON value and is given back as it came, null where there is none.
fn request(bytes: &[u8]) -> Result<(Value, String), (Value, String)> {
    let mut object = match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return Err((Value::Null, "expected an object with `id` and `query`".into())),
        Err(error) => return Err((Value::Null, format!("the line is not JSON: {error}"))),
    };
    let id = object.get("id").cloned().unwrap_or(Value::Null);
    match object.remove("query") {
        Some(Value::String(query)) => Ok((id, query)),
        Some(_) => Err((id, "`query` is not a string".into())),
        None => Err((id, "the line has no `query`".into())),
    }
}

/// Appends the answer: its first result, and further ones under "more".
fn answered(answer: &Answer, line: &mut String) -> std::io::Result<()> {
    line.push_str("\"ok\":true,");
    match answer.tables.split_first() {
        None => line.push_str("\"columns\":[],\"rows\":[]"),
        Some((first, more)) => {
            json::columns_and_rows(first, line)?;
            for (i, table) in more.iter().enumerate() {
                line.push_str(if i == 0 { ",\"more\":[{\"name\":" } else { ",{\"name\":" });
                match &table.name {
                    Some(name) => json_string(name, line),
                    None => line.push_str("null"),
                }
                line.push(',');
                json::columns_and_rows(table, line)?;
                line.push('}');
            }
            line.push_str(if more.is_empty() { "" } else { "]" });
        }
    }
    line.push_str(",\"notes\":[");
    for (i, note) in answer.notes.iter().enumerate() {
        line.push_str(if i == 0 { "" } else { "," });
        json_string(note, line);
    }
    line.push(']');
    Ok(())
}

/// Appends an error: of a wrong query its first one.
fn failed(error: &Error, query: &str, line: &mut String) {
    match error {
        Error::Query(findings) => match findings.iter().find(|d| d.is_error()) {
            Some(first) => {
                line.push_str("\"ok\":false,\"error\":{\"code\":");
                json_string(first.code, line);
                message_and_place(first, query, line);
                line.push('}');
            }
            None => refused("query", &error.to_string(), line),
        },
        Error::Load { .. } => refused("load", &error.to_string(), line),
        Error::Run(_) => refused("run", &error.to_string(), line),
        Error::Memory(_) => refused("memory", &error.to_string(), line),
        Error::Cancelled => refused("stopped", &error.to_string(), line),
    }
}

/// Appends an error that is about no place in the query.
pub fn refused(code: &str, message: &str, line: &mut String) {
    line.push_str("\"ok\":false,\"error\":{\"code\":");
    json_string(code, line);
    line.push_str(",\"message\":");
    json_string(message, line);
    line.push_str(",\"start\":null,\"end\":null,\"help\":null}");
}

/// Appends `,"message","start","end","help"` of a finding.
pub fn message_and_place(finding: &Diagnostic, query: &str, line: &mut String) {
    let (start, end) = characters(finding.span, query);
    line.push_str(",\"message\":");
    json_string(&finding.message, line);
    line.push_str(&format!(",\"start\":{start},\"end\":{end},\"help\":"));
    match &finding.help {
        Some(help) => json_string(help, line),
        None => line.push_str("null"),
    }
}

/// Counts in characters (Unicode scalar values) what a span counts in bytes: what an index into a string means in
/// most languages that read our lines.
fn characters(span: Span, query: &str) -> (usize, usize) {
    let count = |offset: usize| query.char_indices().take_while(|(at, _)| *at < offset).count();
    (count(span.start), count(span.end))
}
