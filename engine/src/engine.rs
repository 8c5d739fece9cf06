//! What an embedder sees: an engine with its tables, a session with its clock, an answer with its rows.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use datafusion::execution::session_state::SessionState;
use datafusion::prelude::SessionContext;
use futures::FutureExt;
use rehunt_lang::bind::data::Told;
use rehunt_lang::complete::Completions;
use rehunt_lang::diagnostic::{Diagnostic, Severity};
use rehunt_lang::plan::{Bound, Effect, Node, Render};
use rehunt_lang::repair::{self, Repair};
use rehunt_lang::span::Span;
use rehunt_lang::statement::{Set, Statement};
use rehunt_lang::time::{SECOND, UNIX_EPOCH};
use rehunt_lang::types::{Field, Value};

use crate::answers;
use crate::catalog::{Catalog, Table};
use crate::clock;
use crate::error::{Error, Result};
use crate::functions::Function;
use crate::functions::ip::GEO_INFO_FROM_IP_ADDRESS;
use crate::host::SessionHost;
use crate::ingest::{self, LoadOptions, Progress};
use crate::library::Builtins;
use crate::limits::{self, Limits};
use crate::lower::Found;
use crate::run::{Running, context, each_rel, joins, state, until_memory_is_free, with_joins_in_files};
use crate::value::value_at;

/// Tables and functions; cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    catalog: Arc<Catalog>,
    builtins: Arc<Builtins>,
    /// What the session of each query starts from.
    state: Arc<SessionState>,
}

impl Default for Engine {
    fn default() -> Self {
        // Without a place for temporary files nothing can be spilled; what fits into memory runs all the same.
        let runtime = limits::runtime(limits::memory_by_default()).unwrap_or_default();
        Self { catalog: Arc::default(), builtins: Arc::default(), state: Arc::new(state(runtime)) }
    }
}

impl Engine {
    /// Makes an engine with every built-in function and no table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bounds the memory that all queries of the engine use together, in bytes; three quarters of the machine's
    /// without. Sorts, groups and joins that need more write to temporary files; a list that is made and what else must
    /// be held fails by name.
    ///
    /// # Errors
    /// When there is no place for temporary files.
    pub fn with_memory(mut self, bytes: usize) -> Result<Self> {
        self.state = Arc::new(state(limits::runtime(bytes)?));
        Ok(self)
    }

    /// Returns the tables.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Returns the tables, to be changed.
    pub(crate) fn catalog_mut(&mut self) -> &mut Catalog {
        Arc::make_mut(&mut self.catalog)
    }

    /// Adds a function of the embedder's, replacing a built-in one of the same name.
    pub fn add_function(&mut self, function: &'static Function) {
        Arc::make_mut(&mut self.builtins).add_function(function);
    }

    /// Returns the functions and aggregates.
    pub fn builtins(&self) -> &Builtins {
        &self.builtins
    }

    /// Adds a table made of record batches, replacing one of the same name. Arrow types become the Kusto
    /// types nearest to them.
    ///
    /// # Errors
    /// When a column has an Arrow type that no Kusto type can hold.
    pub fn register(&mut self, name: &str, batches: Vec<RecordBatch>) -> Result<()> {
        self.catalog_mut().insert(Table::of_batches(name, &batches)?);
        Ok(())
    }

    /// Adds a table that has columns and no rows, replacing one of the same name, so that queries can be
    /// checked without data.
    pub fn declare(&mut self, name: &str, fields: Vec<Field>) {
        self.catalog_mut().insert(Table::declared(name, fields));
    }

    /// Declares every table whose schema is shipped and that is not there.
    pub fn declare_shipped(&mut self) {
        self.catalog_mut().declare_shipped();
    }

    /// Takes what lies outside of the evidence as empty rather than refuse it, with a note: what only a service knows,
    /// what a URL has, the columns of bags of which there are none.
    pub fn leave_outside_empty(&mut self) {
        self.catalog_mut().outside_is_empty = true;
        self.add_function(&GEO_INFO_FROM_IP_ADDRESS);
    }

    /// Adds a stored function written in KQL, such as `(x: long) { x + 1 }`, replacing one of the same name.
    pub fn declare_function(&mut self, name: &str, text: &str) {
        self.catalog_mut().insert_function(name, text);
    }

    /// Loads a file or a folder of exported evidence as tables, adding to what is there.
    ///
    /// # Errors
    /// When the path cannot be read at all; what is wrong with single files, rows and cells is kept in
    /// the table `load_problems`.
    pub fn load(&mut self, path: &Path, options: &LoadOptions, progress: &dyn Progress) -> Result<()> {
        let catalog = self.catalog_mut();
        catalog.add_folder(path);
        catalog.absorb(ingest::load(path, options, progress)?)
    }

    /// Says where the copy of a URL is that `externaldata` reads instead: nothing is read from the network.
    pub fn map_url(&mut self, uri: impl Into<String>, path: impl Into<PathBuf>) {
        self.catalog_mut().map(uri, path);
    }

    /// Starts a session on the tables as they are now.
    pub fn session(&self) -> Session {
        Session {
            engine: self.clone(),
            now: None,
            repair: true,
            parameters: BTreeMap::new(),
            limits: Limits::default(),
        }
    }

    /// Does what the commands of an answer asked for: `.create table`, `.drop function` and their kin.
    pub fn apply(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::CreateTable { name, fields } => self.declare(name, fields.clone()),
                Effect::CreateFunction { name, text } => self.declare_function(name, text),
                Effect::DropTable(name) => self.catalog_mut().remove(name),
                Effect::DropFunction(name) => self.catalog_mut().remove_function(name),
            }
        }
    }
}

/// Runs queries against one clock.
#[derive(Clone, Debug)]
pub struct Session {
    engine: Engine,
    now: Option<i64>,
    repair: bool,
    parameters: BTreeMap<String, String>,
    limits: Limits,
}

impl Session {
    /// Fixes what `now()` returns, in ticks; without it the real time is used.
    pub fn at(mut self, now: i64) -> Self {
        self.now = Some(now);
        self
    }

    /// Gives a query parameter its value, as the text of a literal: what `declare query_parameters` declares.
    pub fn with_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.insert(name.into(), value.into());
        self
    }

    /// Sets what each query may use.
    pub fn limited(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Returns what each query may use, unless it says otherwise itself.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Turns the recovery of lost line breaks on (as it is at first) or off.
    pub fn repairing(mut self, repair: bool) -> Self {
        self.repair = repair;
        self
    }

    /// Returns what `now()` is, in ticks.
    pub fn now(&self) -> i64 {
        self.now.unwrap_or_else(real_time)
    }

    /// What `now()` is for a query: the session's clock, unless the query sets one (`set query_now = ...`).
    fn clock(&self, query: &str) -> i64 {
        if !query.contains("query_now") {
            return self.now(); // nothing to read for
        }
        let set = rehunt_lang::parse(query).query.statements.into_iter().find_map(|s| match s {
            Statement::Set(Set { name, value: Value::Datetime(ticks) }) if name.text == "query_now" => Some(ticks),
            _ => None,
        });
        set.unwrap_or_else(|| self.now())
    }

    /// Binds a query without running it. Lost line breaks are not restored, but reported with the restored
    /// text as help.
    pub fn check(&self, query: &str) -> Bound {
        let now = self.clock(query);
        let host = self.host(now);
        let mut bound = rehunt_lang::compile(query, &host);
        if let Some((mut bound, note)) = self.in_log_analytics(query, &bound, now) {
            bound.diagnostics.push(Diagnostic::warning("log-analytics", Span::default(), note));
            return bound;
        }
        if bound.results.is_empty() || !bound.is_ok() {
            let diagnosis = repair::diagnosis(query, &repair::restore(query, &host));
            // What binds is valid, even when it gives nothing.
            let severity = if bound.is_ok() { Severity::Warning } else { Severity::Error };
            bound.diagnostics.extend(diagnosis.map(|d| Diagnostic { severity, ..d }));
        }
        bound
    }

    /// Returns the earliest time, in ticks, that a query asks of each table. A table of which it may use rows of any time
    /// is not there; none is where that cannot be told before the query runs.
    pub fn earliest(&self, query: &str) -> BTreeMap<String, i64> {
        let bound = self.check(query);
        match bound.is_ok() && bound.asks.is_empty() && bound.not_yet.is_empty() {
            true => clock::earliest(&bound, &self.host(self.clock(query))),
            false => BTreeMap::new(),
        }
    }

    /// Returns what may stand at a byte offset of a text.
    pub fn complete(&self, text: &str, offset: usize) -> Completions {
        rehunt_lang::complete::complete(text, offset, &self.host(self.now()))
    }

    /// Runs a query to its end and collects its results. Dropping the future stops the query. A text that is not
    /// one query but several, parted by blank lines, runs as these.
    ///
    /// # Errors
    /// [`Error::Query`] when it does not bind, [`Error::Run`] when it fails on the way. A panic on the way, as of the
    /// reader of a damaged Parquet file, is an error, too.
    pub async fn run(&self, query: &str) -> Result<Answer> {
        let running = AssertUnwindSafe(self.run_all(query)).catch_unwind();
        running.await.unwrap_or_else(|panic| Err(Error::of_panic(&*panic)))
    }

    async fn run_all(&self, query: &str) -> Result<Answer> {
        let Some(parts) = rehunt_lang::blocks::separate(query, &self.host(self.clock(query))) else {
            return self.run_one(query).await;
        };
        let note = format!("blank lines part {} queries; each was run by itself", parts.len());
        let mut all = Answer { notes: vec![note], ..Answer::default() };
        for part in parts {
            let answer = self.run_one(part).await?;
            all.tables.extend(answer.tables);
            all.notes.extend(answer.notes);
            all.lints.extend(answer.lints);
            all.effects.extend(answer.effects);
        }
        Ok(all)
    }

    async fn run_one(&self, query: &str) -> Result<Answer> {
        let now = self.clock(query);
        let bound = rehunt_lang::compile(query, &self.host(now));
        let limits = self.limits.with_options(&bound.options);
        let Some((other, bound, note)) = self.as_in_log_analytics(query, &bound, now)? else {
            return limits.in_time(self.run_in_memory(query, bound, now, limits)).await;
        };
        let mut answer = limits.in_time(other.run_in_memory(query, bound, now, limits)).await?;
        answer.notes.insert(0, note);
        Ok(answer)
    }

    /// Returns the session in which a query runs that binds only on the tables as Log Analytics has them, the query bound
    /// there, and a note that says so.
    fn as_in_log_analytics(&self, query: &str, bound: &Bound, now: i64) -> Result<Option<(Self, Bound, String)>> {
        let Some((bound, note)) = self.in_log_analytics(query, bound, now) else { return Ok(None) };
        let catalog = self.engine.catalog.as_in_log_analytics(words_of(query), &self.engine.builtins)?;
        let mut other = self.clone();
        other.engine.catalog = Arc::new(catalog);
        Ok(Some((other, bound, note)))
    }

    /// Binds a query on the tables as Log Analytics has them where it does not bind on the tables as they are, but does
    /// on those; with a note that says so.
    fn in_log_analytics(&self, query: &str, bound: &Bound, now: i64) -> Option<(Bound, String)> {
        // Other columns are no help where the text cannot be read.
        if bound.is_ok() || rehunt_lang::parse(query).diagnostics.iter().any(Diagnostic::is_error) {
            return None;
        }
        let named = words_of(query);
        let (catalog, empty) = self.engine.catalog.declared_as_in_log_analytics(&named);
        let bound = rehunt_lang::compile(query, &SessionHost { catalog: &catalog, ..self.host(now) });
        if !bound.is_ok() {
            return None;
        }
        let mut empty: Vec<String> = empty
            .iter()
            .filter(|(_, column)| named(column))
            .map(|(table, column)| format!("`{column}` of `{table}`"))
            .collect();
        empty.dedup();
        let mut note =
            "written for Log Analytics: the tables have the columns and types that they have there".to_owned();
        if !empty.is_empty() {
            note.push_str(&format!("; there is no evidence for {}, so they are empty", empty.join(", ")));
        }
        Some((bound, note))
    }

    /// Runs a query, and once more with joins done in files where one found no memory for the side that it holds.
    async fn run_in_memory(&self, query: &str, bound: Bound, now: i64, limits: Limits) -> Result<Answer> {
        let joins = joins(&bound);
        let outcome = self.run_within(query, bound, now, limits).await;
        let (true, Err(Error::Memory(_))) = (joins, &outcome) else { return outcome };
        until_memory_is_free(&self.engine.state).await;
        let mut again = self.clone();
        again.engine.state = Arc::new(with_joins_in_files(&self.engine.state));
        let bound = rehunt_lang::compile(query, &again.host(now));
        match again.run_within(query, bound, now, limits).await {
            Ok(mut answer) => {
                answer.notes.push(IN_FILES.to_owned());
                Ok(answer)
            }
            // What it was short of at first is what the user can help.
            Err(_) => outcome,
        }
    }

    async fn run_within(&self, query: &str, bound: Bound, now: i64, limits: Limits) -> Result<Answer> {
        let Ready { bound, restored, found } = self.ready(query, bound, now).await?;
        let context = context(&bound, &self.engine.catalog, &self.engine.state);
        let running = self.running(now, &context);
        let mut answer = Answer { notes: restored.into_iter().collect(), ..Answer::default() };
        answer.notes.extend(self.notes(&bound, now));
        answer.notes.extend(self.left_empty(&bound, query));
        answer.effects.clone_from(&bound.effects);
        answer.lints.clone_from(&bound.lints);
        for result in &bound.results {
            let stream = running.stream(&result.rel, &found).await?;
            let (batches, cut) = limits.first_rows(stream).await?;
            if cut {
                let note =
                    "more rows than the limit: only the first {} are here; `set notruncation;` or --max-rows lifts it";
                answer.notes.push(note.replace("{}", &limits.rows.to_string()));
            }
            answer.tables.push(AnswerTable {
                columns: result.rel.columns.iter().map(|c| Field::new(c.name.clone(), c.ty)).collect(),
                batches,
                render: result.render.clone(),
                name: result.name.clone(),
            });
        }
        Ok(answer)
    }

    /// Shows what a query becomes: its core plan, then DataFusion's optimized plan, for each result.
    ///
    /// # Errors
    /// As [`Session::run`]; preludes are run, as the plan depends on them.
    pub async fn explain(&self, query: &str) -> Result<String> {
        let now = self.clock(query);
        let bound = rehunt_lang::compile(query, &self.host(now));
        match self.as_in_log_analytics(query, &bound, now)? {
            Some((other, bound, note)) => Ok(format!("// {note}\n{}", other.explained(query, bound, now).await?)),
            None => self.explained(query, bound, now).await,
        }
    }

    async fn explained(&self, query: &str, bound: Bound, now: i64) -> Result<String> {
        let Ready { bound, found, .. } = self.ready(query, bound, now).await?;
        let context = context(&bound, &self.engine.catalog, &self.engine.state);
        let running = self.running(now, &context);
        let mut text = String::new();
        for result in &bound.results {
            let plan = context.state().optimize(&running.plan(&result.rel, &found)?)?;
            text.push_str(&format!("{}\n{}\n", result.rel, plan.display_indent()));
        }
        Ok(text)
    }

    /// Runs what comes before the results of a bound query: what its columns depend on, and its preludes.
    async fn ready(&self, query: &str, bound: Bound, now: i64) -> Result<Ready> {
        let (text, mut bound, restored) = self.as_written_or_repaired(query, bound, now)?;
        let mut told = Told::default();
        let mut found = Vec::new();
        for _ in 0..=MOST_QUESTIONS {
            if !bound.is_ok() {
                return Err(Error::Query(bound.diagnostics));
            }
            if !bound.not_yet.is_empty() {
                return Err(Error::Query(bound.not_yet));
            }
            let context = context(&bound, &self.engine.catalog, &self.engine.state);
            let running = self.running(now, &context);
            let Some(ask) = bound.asks.first() else {
                running.preludes(&bound.preludes, &mut found).await?;
                return Ok(Ready { bound, restored, found });
            };
            // Binding again gives the same preludes up to here, so what they have found stays.
            running.preludes(bound.preludes.get(..ask.preludes).unwrap_or_default(), &mut found).await?;
            told.note(ask, answers::answer(&running, ask, &found, &self.engine.state).await?);
            bound = rehunt_lang::compile_told(&text, &self.host(now), &told);
        }
        Err(Error::Run(format!("the columns of the query depend on more than {MOST_QUESTIONS} questions to the data")))
    }

    fn running<'a>(&'a self, now: i64, context: &'a SessionContext) -> Running<'a> {
        Running { catalog: &self.engine.catalog, builtins: &self.engine.builtins, now, context, slots: &[] }
    }

    /// Returns the text to run, bound: the query, or where it has no result as it stands, the query with its lost line
    /// breaks restored, and a note that says so.
    fn as_written_or_repaired(&self, query: &str, bound: Bound, now: i64) -> Result<(String, Bound, Option<String>)> {
        let host = self.host(now);
        if bound.is_ok() && !bound.results.is_empty() {
            return Ok((query.to_owned(), bound, None));
        }
        let repair = repair::restore(query, &host);
        if let (Repair::Restored(restored), true) = (&repair, self.repair) {
            let note = format!("line breaks were lost in a comment; this was run instead:\n{}", restored.text);
            let bound = rehunt_lang::compile(&restored.text, &host);
            return Ok((restored.text.clone(), bound, Some(note)));
        }
        let errors = !bound.is_ok();
        let mut diagnostics = bound.diagnostics.clone();
        match repair::diagnosis(query, &repair) {
            Some(diagnosis) => diagnostics.push(diagnosis),
            // A query of definitions alone has no result, and that is no error.
            None if !errors => return Ok((query.to_owned(), bound, None)),
            None => {}
        }
        Err(Error::Query(diagnostics))
    }

    fn host(&self, now: i64) -> SessionHost<'_> {
        let parameters = &self.parameters;
        SessionHost { catalog: &self.engine.catalog, builtins: &self.engine.builtins, now, parameters }
    }

    /// Names what the binder does not see to be outside of the evidence.
    fn left_empty(&self, bound: &Bound, query: &str) -> Vec<String> {
        let catalog = &self.engine.catalog;
        let mut notes = Vec::new();
        if !catalog.outside_is_empty() {
            return notes;
        }
        let places = GEO_INFO_FROM_IP_ADDRESS.spec.name;
        if catalog.places().is_none() && query.contains(places) {
            notes.push(format!("`{places}` knows no place without a database: what it gives is null"));
        }
        each_rel(bound, &mut |rel| {
            let Node::External(external) = &rel.node else { return };
            for uri in external.uris.iter().filter(|uri| catalog.local_file(uri).is_err()) {
                let note = format!("`externaldata` has no copy of `{uri}`: it gives no rows");
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        });
        notes
    }

    fn notes(&self, bound: &Bound, now: i64) -> Vec<String> {
        let mut notes: Vec<String> = bound.diagnostics.iter().map(|d| d.message.clone()).collect();
        notes.extend(
            bound
                .options
                .iter()
                .filter(|(name, _)| !HEEDED.contains(&name.as_str()))
                .map(|(name, _)| format!("`set {name}` has no effect here")),
        );
        if self.now.is_none() {
            notes.extend(clock::windows_after_the_evidence(bound, &self.engine.catalog, &self.host(now)));
        }
        notes
    }
}

/// The options of `set` that change an answer.
const HEEDED: &[&str] =
    &["notruncation", "query_bin_auto_at", "query_bin_auto_size", "query_now", "servertimeout", "truncationmaxrecords"];

/// What is said of an answer whose joins did not fit into memory.
const IN_FILES: &str = "joins needed more memory than they may use and were done in temporary files, which takes longer; `--memory` sets the limit";

/// How many times a query may ask data for its columns.
const MOST_QUESTIONS: usize = 100;

/// Tells whether a name is a word of a query.
fn words_of(query: &str) -> impl Fn(&str) -> bool {
    let (words, _) = rehunt_lang::lexer::tokens(query);
    move |name| words.iter().any(|word| word.span.of(query) == name)
}

/// A query of which only the results are left to run.
struct Ready {
    bound: Bound,
    /// A note on a text that was repaired.
    restored: Option<String>,
    found: Vec<Found>,
}

/// Ticks of the present moment.
fn real_time() -> i64 {
    let now = chrono::Utc::now();
    UNIX_EPOCH + now.timestamp() * SECOND + i64::from(now.timestamp_subsec_nanos() / 100)
}

/// The results of a query.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// One table for each expression statement.
    pub tables: Vec<AnswerTable>,
    /// What the user should know besides the rows: a repaired text, an empty time window, a warning.
    pub notes: Vec<String>,
    /// What is legal but probably not meant, for people who write queries.
    pub lints: Vec<Diagnostic>,
    /// What its commands ask for; [`Engine::apply`] does it.
    pub effects: Vec<Effect>,
}

/// One result.
#[derive(Clone, Debug)]
pub struct AnswerTable {
    /// Its columns.
    pub columns: Vec<Field>,
    /// Its rows, typed by `types::arrow_type`.
    pub batches: Vec<RecordBatch>,
    /// How it asked to be drawn.
    pub render: Option<Render>,
    /// What it is called, where a statement gives several.
    pub name: Option<String>,
}

impl AnswerTable {
    /// Counts the rows.
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Goes through the rows as values, one a column.
    pub fn values(&self) -> impl Iterator<Item = Vec<Value>> + '_ {
        self.batches.iter().flat_map(move |batch| {
            (0..batch.num_rows())
                .map(move |row| self.columns.iter().zip(batch.columns()).map(|(c, a)| value_at(a, c.ty, row)).collect())
        })
    }
}
