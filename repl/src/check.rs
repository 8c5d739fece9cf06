//! Many queries, bound and not run: diagnostics and result columns.

use std::path::Path;

use crate::threads::Threads;
use rehunt_engine::engine::Engine;
use rehunt_engine::error::Error;
use rehunt_lang::plan::Bound;
use rehunt_lang::types::{Field, Type};
use serde_json::Value;

use crate::args::Evidence;
use crate::batch::{each_line, message_and_place, refused};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::io::Io;
use crate::load;
use crate::output::cell::json_string;
use crate::output::json::column_list;

/// Answers every line of standard input with what binding it says.
///
/// # Errors
/// When evidence or schemas cannot be loaded or a stream fails; a bad line or query is answered as such.
pub fn check_all(evidence: &Evidence, schemas: Option<&Path>, threads: &Threads, io: &mut Io) -> Result<(), Failure> {
    let mut engine = load::open(evidence, threads, io)?;
    if let Some(path) = schemas {
        let bytes = std::fs::read(path).map_err(Failure::file(path))?;
        declare(&bytes, &mut engine).map_err(|message| Error::Load {
            path: path.to_owned(),
            message,
            help: Some(FORM.into()),
        })?;
    }
    let session = engine.session();
    each_line(io, |query, line| {
        let (session, text) = (session.clone(), query.to_owned());
        match threads.work(&Interrupt::default(), move || Ok(session.check(&text))) {
            Ok(bound) => describe(&bound, query, line),
            Err(error) => refused("check", &error.to_string(), line),
        }
    })
}

const FORM: &str =
    "expected {\"tables\": {NAME: [[COLUMN, TYPE], ...]}, \"functions\": {NAME: {\"params\": TEXT, \"body\": TEXT}}}";

/// Adds the tables and stored functions of a schema file.
fn declare(bytes: &[u8], engine: &mut Engine) -> Result<(), String> {
    let file: Value = serde_json::from_slice(bytes).map_err(|error| format!("is not JSON: {error}"))?;
    let part = |name: &str| match &file[name] {
        Value::Object(entries) => Ok(entries.iter().map(|(k, v)| (k.clone(), v.clone())).collect::<Vec<_>>()),
        Value::Null => Ok(Vec::new()),
        _ => Err(format!("`{name}` is not an object")),
    };
    for (name, columns) in part("tables")? {
        let columns = columns.as_array().ok_or_else(|| format!("table `{name}` has no list of columns"))?;
        let fields: Result<Vec<Field>, String> = columns.iter().map(|column| field(&name, column)).collect();
        engine.declare(&name, fields?);
    }
    for (name, function) in part("functions")? {
        let text = |part: &str| function[part].as_str().ok_or_else(|| format!("function `{name}` has no {part}"));
        engine.declare_function(&name, &format!("{} {}", text("params")?, text("body")?));
    }
    Ok(())
}

fn field(table: &str, column: &Value) -> Result<Field, String> {
    let (Some(name), Some(ty)) = (column[0].as_str(), column[1].as_str()) else {
        return Err(format!("a column of table `{table}` is not a pair of name and type"));
    };
    let ty =
        Type::from_name(ty).ok_or_else(|| format!("column `{name}` of table `{table}` has no known type: `{ty}`"))?;
    Ok(Field::new(name, ty))
}

/// Appends all findings, lints last, and the columns of the last result: what Microsoft's analyser calls the type of a query.
fn describe(bound: &Bound, query: &str, line: &mut String) {
    line.push_str(if bound.is_ok() { "\"ok\":true,\"diagnostics\":[" } else { "\"ok\":false,\"diagnostics\":[" });
    for (i, finding) in bound.diagnostics.iter().chain(&bound.lints).enumerate() {
        line.push_str(if i == 0 { "{\"code\":" } else { ",{\"code\":" });
        json_string(finding.code, line);
        line.push_str(",\"kusto_code\":");
        match finding.kusto_code {
            Some(code) => json_string(code, line),
            None => line.push_str("null"),
        }
        line.push_str(if finding.is_error() { ",\"severity\":\"error\"" } else { ",\"severity\":\"warning\"" });
        message_and_place(finding, query, line);
        line.push('}');
    }
    line.push_str("],");
    let columns = bound.results.last().map(|result| result.rel.columns.as_slice()).unwrap_or_default();
    column_list(columns.iter().map(|c| (c.name.as_str(), c.ty.name())), line);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_schema_file_declares_tables_and_functions() {
        let mut engine = Engine::new();
        let file = br#"{"tables": {"T": [["a", "long"], ["t", "datetime"]]}, "functions": {"f": {"params": "(x: long)", "body": "{ x }"}}}"#;
        declare(file, &mut engine).unwrap();
        assert_eq!(engine.catalog().table("T").unwrap().fields[1], Field::new("t", Type::Datetime));
        assert_eq!(engine.catalog().function("f"), Some("(x: long) { x }"));
    }

    #[test]
    fn what_is_wrong_with_a_schema_file_is_named() {
        let wrong = |text: &str| declare(text.as_bytes(), &mut Engine::new()).unwrap_err();
        assert!(wrong(r#"{"tables": {"T": [["a", "text"]]}}"#).contains("`text`"));
        assert!(wrong(r#"{"tables": {"T": [["a"]]}}"#).contains("`T`"));
        assert!(wrong(r#"{"functions": {"f": {"body": ""}}}"#).contains("no params"));
        assert!(wrong("[").contains("not JSON"));
    }
}
