//! Binding: from the tree of a query to a typed core plan.
//!
//! Names are resolved, overloads chosen, conversions inserted and columns named here. Errors become
//! diagnostics; what is built on an error is poisoned, so that one mistake is reported once.

mod body;
pub mod columns;
mod commands;
pub mod data;
mod declarations;
pub mod graph;
pub mod scope;
mod statements;
pub mod tabular;
pub mod udf;

use crate::diagnostic::{Diagnostic, unsupported};
use crate::host::Host;
use crate::plan::{Aggregate, Bound, Effect, Expr, ExprKind, Prelude, PreludeId, Rel};
use crate::span::Span;
use crate::statement::Query;
use crate::types::{Column, ColumnId, Type, Value};

use data::{Ask, Told};

/// How deep calls of user functions may nest; recursion is impossible, so only malice gets here.
const MAX_CALL_DEPTH: usize = 50;

/// How many columns a query may create; guards against `let`s that double each other.
const MAX_COLUMNS: u32 = 400_000;

/// How many nodes of expressions a query may copy out of `let`s, and how many calls of its functions it may make.
const MAX_COPIES: usize = 400_000;

/// How high the tree of a `let`'s value may be: one that uses another grows, and trees are walked recursively.
const MAX_HEIGHT: usize = 200;

/// Binds a query. Never fails: what is wrong is in the result's diagnostics. What depends on data is as `told` says;
/// the rest of it is in the result's `asks`.
pub fn bind(query: &Query, host: &dyn Host, told: &Told) -> Bound {
    let mut binder = Binder::new(host, told);
    let results = binder.query(query);
    let Binder { diagnostics, lints, not_yet, preludes, options, effects, asks, .. } = binder;
    let (diagnostics, lints, not_yet) = (in_order(diagnostics), in_order(lints), in_order(not_yet));
    Bound { preludes, results, options, effects, diagnostics, lints, not_yet, asks }
}

/// Sorts findings by place and drops those reported twice.
fn in_order(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|d| (d.span.start, d.span.end));
    diagnostics.dedup();
    diagnostics
}

/// The state of one binding.
pub struct Binder<'h> {
    /// The world around the query.
    pub(crate) host: &'h dyn Host,
    /// What was found so far.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What is legal but probably not meant.
    pub(crate) lints: Vec<Diagnostic>,
    /// How many bodies of stored functions are being bound: their text is not the query's.
    pub(crate) abroad: usize,
    /// What is valid but cannot run yet.
    pub(crate) not_yet: Vec<Diagnostic>,
    /// What commands change, in order.
    effects: Vec<Effect>,
    /// The names and patterns that `restrict` left in sight.
    visible: Option<Vec<String>>,
    /// Tables that a command dropped.
    hidden: Vec<String>,
    /// What data has told so far.
    told: &'h Told,
    /// What it has yet to tell.
    pub(crate) asks: Vec<Ask>,
    preludes: Vec<Prelude>,
    /// What each prelude means, to find one again.
    meanings: Vec<String>,
    /// What `set` statements have set so far.
    pub(crate) options: Vec<(String, Value)>,
    next_id: u32,
    call_depth: usize,
    copies: usize,
    /// The aggregates met so far, while the list of a `summarize` is bound.
    pub(crate) aggregates: Option<Pending>,
    /// The pattern of a graph, while expressions over its parts are bound.
    pub(crate) pattern: Option<graph::OpenPattern>,
    /// What a statement gave names to for the statements after it.
    pub(crate) named_tables: Vec<(String, scope::Definition)>,
}

/// The state of one `summarize` list.
#[derive(Default)]
pub(crate) struct Pending {
    /// The columns that are group keys as they are; `*` leaves them out.
    pub keys: Vec<ColumnId>,
    /// The aggregates in order of appearance.
    pub list: Vec<PendingAggregate>,
}

/// An aggregate call met in an expression of `summarize`, and the columns it will give.
pub(crate) struct PendingAggregate {
    pub aggregate: Aggregate,
    pub columns: Vec<Column>,
}

impl<'h> Binder<'h> {
    fn new(host: &'h dyn Host, told: &'h Told) -> Self {
        Self {
            host,
            told,
            asks: Vec::new(),
            diagnostics: Vec::new(),
            lints: Vec::new(),
            abroad: 0,
            not_yet: Vec::new(),
            effects: Vec::new(),
            visible: None,
            hidden: Vec::new(),
            preludes: Vec::new(),
            meanings: Vec::new(),
            options: Vec::new(),
            next_id: 0,
            call_depth: 0,
            copies: 0,
            aggregates: None,
            pattern: None,
            named_tables: Vec::new(),
        }
    }

    /// Makes an id that no other column of the query has.
    pub(crate) fn fresh(&mut self) -> ColumnId {
        self.next_id += 1;
        ColumnId(self.next_id)
    }

    /// Makes a column with a fresh id.
    pub(crate) fn column(&mut self, name: impl Into<String>, ty: Type) -> Column {
        Column { id: self.fresh(), name: name.into(), ty }
    }

    /// Tells whether the query has grown beyond reason.
    pub(crate) fn exhausted(&self) -> bool {
        self.next_id > MAX_COLUMNS || self.copies > MAX_COPIES
    }

    /// Counts what a use of a `let` or a call of a function copies; refuses when the query has grown beyond reason.
    pub(crate) fn copy(&mut self, nodes: usize, span: Span) -> Option<()> {
        let known = self.exhausted();
        self.copies += nodes;
        if !self.exhausted() {
            return Some(());
        }
        if !known {
            let message = "the query is too large: definitions multiply each other";
            self.report(Diagnostic::error("too-large", span, message));
        }
        None
    }

    /// Refuses a value of a `let` whose tree is too high.
    pub(crate) fn of_bounded_height(&mut self, value: Expr, span: Span) -> Expr {
        if measure(&value).1 <= MAX_HEIGHT {
            return value;
        }
        let message = format!("definitions that use each other nest deeper than {MAX_HEIGHT} levels");
        self.poison(Diagnostic::error("too-deep", span, message))
    }

    /// Notes a finding.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Notes that the query uses what binds but cannot run yet: no error here, a refusal by name when it is run.
    pub(crate) fn not_yet(&mut self, span: Span, what: impl std::fmt::Display) {
        self.refuse_to_run(unsupported(span, what));
    }

    /// Notes what binds as in Microsoft's analyser but must not run.
    pub(crate) fn refuse_to_run(&mut self, error: Diagnostic) {
        self.not_yet.push(error);
    }

    /// Asks the host whether a call can run with the constants it has; where not, it binds and is refused when it is run,
    /// as Microsoft's analyser does not look at values.
    pub(crate) fn may_run(&mut self, name: &str, span: Span, call: Expr) -> Expr {
        if let Some(why) = self.host.refusal(&call) {
            self.refuse_value(name, span, why);
        }
        call
    }

    /// Refuses to run what a host refuses; its reason may name the function itself.
    pub(crate) fn refuse_value(&mut self, name: &str, span: Span, why: String) {
        let named = format!("`{name}`");
        let message = if why.contains(&named) { why } else { format!("{named}: {why}") };
        self.refuse_to_run(Diagnostic::error("argument-value", span, message));
    }

    /// Notes an error and returns the expression that stands for it.
    pub(crate) fn poison(&mut self, diagnostic: Diagnostic) -> Expr {
        self.report(diagnostic);
        Expr::poison()
    }

    /// Adds something to run before the query; the same thing asked for twice runs once.
    pub(crate) fn prelude(&mut self, prelude: Prelude) -> PreludeId {
        let meaning = meaning(&prelude);
        // What is random differs each time: its specification is part of the text.
        let random = meaning.contains("deterministic: false");
        if let Some(at) = self.meanings.iter().position(|m| *m == meaning && !random) {
            return PreludeId(at);
        }
        self.meanings.push(meaning);
        self.preludes.push(prelude);
        PreludeId(self.preludes.len() - 1)
    }

    /// Returns the value of a constant expression, folding it if need be.
    pub(crate) fn constant(&self, expr: &Expr) -> Option<Value> {
        match &expr.kind {
            ExprKind::Literal(value) => Some(value.clone()),
            _ if expr.is_constant() => self.host.fold(expr),
            _ => None,
        }
    }
}

/// Counts the nodes of an expression, and the levels of its tree.
pub(crate) fn measure(expr: &Expr) -> (usize, usize) {
    let (mut size, mut height) = (1, 0);
    expr.children(&mut |child| {
        let (nodes, levels) = measure(child);
        size += nodes;
        height = height.max(levels);
    });
    (size, height + 1)
}

/// Writes a prelude so that two of equal meaning are equal: column ids are counted anew.
fn meaning(prelude: &Prelude) -> String {
    let (kind, rel) = match prelude {
        Prelude::Table(rel) => ("table", rel),
        Prelude::Scalar(rel) => ("scalar", rel),
        Prelude::List(rel) => ("list", rel),
    };
    format!("{kind} {}", meaning_of(rel))
}

fn meaning_of(rel: &Rel) -> String {
    let mut next = 0;
    let counted = rel.renumbered(&mut || {
        next += 1;
        ColumnId(next)
    });
    format!("{counted:?}")
}
