//! Runs queries in process: a panic, a hang or an error that is our own bug is told from a refusal.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow::array::Array;
use rehunt_engine::engine::{Answer, AnswerTable, Engine};
use rehunt_engine::error::Error;
use rehunt_engine::types::arrow_type;
use rehunt_lang::diagnostic::Diagnostic;
use rehunt_lang::types::{Field, Type, Value};

use crate::rows::cell;
use crate::session::{NOW, RUNTIME};

/// A query over a handful of rows takes milliseconds; this much, even on a machine that stalls in a debug build, is a hang.
const LIMIT: Duration = Duration::from_secs(180);

/// The engine and what is counted.
pub struct Lab {
    pub engine: Engine,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    ran: AtomicUsize,
    refused: AtomicUsize,
}

/// Why there are no rows.
#[derive(Debug)]
pub enum Trouble {
    /// The query is wrong, or asks for what is not built: fine, but nothing to compare.
    Refused,
    /// What may never be.
    Broken(String),
}

/// One result, its cells as text.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    pub columns: Vec<Field>,
    pub rows: Vec<Vec<String>>,
}

impl Lab {
    pub fn new(engine: Engine) -> Self {
        Self { engine, counts: Arc::default() }
    }

    /// The same on another engine; what it runs is counted here.
    pub fn on(&self, engine: Engine) -> Self {
        Self { engine, counts: Arc::clone(&self.counts) }
    }

    /// How many queries ran, and how many the binder refused.
    pub fn counts(&self) -> (usize, usize) {
        (self.counts.ran.load(Ordering::Relaxed), self.counts.refused.load(Ordering::Relaxed))
    }

    /// The columns of a query's only result; nothing where it is refused, or where they depend on data.
    pub fn columns(&self, query: &str) -> Result<Option<Vec<Field>>, Trouble> {
        let bound = self.bind(query)?;
        let [result] = bound.results.as_slice() else { return Ok(None) };
        if !bound.asks.is_empty() {
            return Ok(None);
        }
        Ok(Some(result.rel.columns.iter().map(|c| Field::new(c.name.clone(), c.ty)).collect()))
    }

    fn bind(&self, query: &str) -> Result<rehunt_lang::plan::Bound, Trouble> {
        note(query);
        let session = self.engine.session().at(NOW);
        let bound = std::panic::catch_unwind(AssertUnwindSafe(|| session.check(query)));
        let bound = bound.map_err(|panic| Trouble::Broken(format!("binding panics: {}", said(&*panic))))?;
        let wrong = bound.diagnostics.iter().filter(|d| d.is_error()).chain(&bound.not_yet).next();
        if wrong.is_none() {
            return Ok(bound);
        }
        self.counts.refused.fetch_add(1, Ordering::Relaxed);
        Err(Trouble::Refused)
    }

    /// Runs a query that the binder accepts and checks that its rows are what it promised.
    pub fn all(&self, query: &str) -> Result<Vec<Rows>, Trouble> {
        let bound = self.bind(query)?;
        self.counts.ran.fetch_add(1, Ordering::Relaxed);
        let answer = match self.answer(query)? {
            Ok(answer) => answer,
            // Columns that depend on data can make what follows wrong.
            Err(Error::Query(_)) if !bound.asks.is_empty() => return Err(Trouble::Refused),
            Err(Error::Query(wrong)) => {
                return Err(Trouble::Broken(format!("binds, but is refused when it runs: {}", first(&wrong))));
            }
            Err(Error::Run(message)) if is_refusal(&message) => return Err(Trouble::Refused),
            Err(other) => return Err(Trouble::Broken(format!("fails when it runs: {other}"))),
        };
        if bound.asks.is_empty() {
            promised(&bound, &answer).map_err(Trouble::Broken)?;
        }
        for table in &answer.tables {
            lawful(table).map_err(Trouble::Broken)?;
        }
        Ok(answer.tables.iter().map(rows).collect())
    }

    /// Runs a query of one result.
    pub fn one(&self, query: &str) -> Result<Rows, Trouble> {
        let mut all = self.all(query)?;
        match all.len() {
            1 => Ok(all.remove(0)),
            _ => Err(Trouble::Refused),
        }
    }

    fn answer(&self, query: &str) -> Result<Result<Answer, Error>, Trouble> {
        let session = self.engine.session().at(NOW);
        let (tell, told) = channel();
        let text = query.to_owned();
        let running = RUNTIME.spawn(async move { session.run(&text).await });
        let stop = running.abort_handle();
        RUNTIME.spawn(async move { tell.send(running.await) });
        match told.recv_timeout(LIMIT) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(end)) => match end.try_into_panic() {
                Ok(panic) => Err(Trouble::Broken(format!("running panics: {}", said(&*panic)))),
                Err(end) => Err(Trouble::Broken(format!("running stops: {end}"))),
            },
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                stop.abort();
                Err(Trouble::Broken(format!("hangs: no answer after {LIMIT:?}")))
            }
        }
    }
}

/// Errors that a run may end with: what is not built and says so, what asks for more than there is, and a function that
/// names itself and the value of a row that it does not take.
fn is_refusal(message: &str) -> bool {
    let of_rows = message.starts_with("`parse_user_agent` looks for");
    of_rows
        || message.starts_with("not supported yet")
        || message.contains("memory limit")
        || message.contains("more than")
}

/// Keeps the query that runs in a file, for the case that the process ends with it.
fn note(query: &str) {
    if let Some(file) = std::env::var_os("REHUNT_GENERATE_LAST") {
        let _ = std::fs::write(file, query);
    }
}

fn first(wrong: &[Diagnostic]) -> String {
    wrong.iter().find(|d| d.is_error()).or(wrong.first()).map(|d| d.message.clone()).unwrap_or_default()
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    let text = text.or(panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    let place = PLACE.lock().map(|place| place.clone()).unwrap_or_default();
    format!("{text}{place}")
}

/// Where the last panic was, while panics are quiet.
static PLACE: Mutex<String> = Mutex::new(String::new());

/// Lets panics be told by failures alone: a long run makes the same one hundreds of times.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        if let (Ok(mut place), Some(at)) = (PLACE.lock(), info.location()) {
            *place = format!(", at {at}");
        }
    }));
}

/// The names and types of a run are those of its binding, down to the arrays.
fn promised(bound: &rehunt_lang::plan::Bound, answer: &Answer) -> Result<(), String> {
    if bound.results.len() != answer.tables.len() {
        return Err(format!("{} results are bound, {} given", bound.results.len(), answer.tables.len()));
    }
    for (result, table) in bound.results.iter().zip(&answer.tables) {
        let columns: Vec<_> = result.rel.columns.iter().map(|c| Field::new(c.name.clone(), c.ty)).collect();
        if columns != table.columns {
            return Err(format!("columns are bound as {columns:?}, given as {:?}", table.columns));
        }
        for batch in &table.batches {
            for (column, array) in columns.iter().zip(batch.columns()) {
                if *array.data_type() != arrow_type(column.ty) {
                    return Err(format!("`{}` is a {}, its array {}", column.name, column.ty, array.data_type()));
                }
            }
        }
    }
    Ok(())
}

/// Every value is one that its type has.
fn lawful(table: &AnswerTable) -> Result<(), String> {
    /// Ticks of the last moment of year 9999.
    const LAST: i64 = 3_155_378_975_999_999_999;
    for batch in &table.batches {
        for (column, array) in table.columns.iter().zip(batch.columns()) {
            if column.ty == Type::String && array.null_count() > 0 {
                return Err(format!("the string `{}` is null", column.name));
            }
        }
    }
    for row in table.values() {
        for (column, value) in table.columns.iter().zip(&row) {
            let fine = match value {
                Value::Datetime(ticks) => (0..=LAST).contains(ticks),
                Value::Dynamic(text) => serde_json::from_str::<serde_json::Value>(text).is_ok() && text != "null",
                Value::Guid(text) => text.len() == 36 && *text == text.to_lowercase(),
                _ => true,
            };
            if !fine {
                return Err(format!("`{}` holds what no {} is: {value:?}", column.name, column.ty));
            }
        }
    }
    Ok(())
}

fn rows(table: &AnswerTable) -> Rows {
    let rows = table.values().map(|row| row.iter().map(cell).collect()).collect();
    Rows { columns: table.columns.clone(), rows }
}

impl Rows {
    /// The rows in an order of their own, so that two answers compare as multisets.
    pub fn sorted(mut self) -> Self {
        self.rows.sort();
        self
    }

    /// The rows of this and of another.
    pub fn and(mut self, other: Rows) -> Self {
        self.rows.extend(other.rows);
        self
    }

    pub fn shown(&self) -> String {
        let head: Vec<_> = self.columns.iter().map(|c| format!("{}:{}", c.name, c.ty)).collect();
        let rows: Vec<_> = self.rows.iter().take(12).map(|r| r.join(" | ")).collect();
        format!("{} rows of {}\n    {}", self.rows.len(), head.join(", "), rows.join("\n    "))
    }
}
