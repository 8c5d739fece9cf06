//! The tabular operators, one file each: grammar, tree, parsing and binding. To add one: a file with a type
//! that implements [`Operate`], a `parse` rule and a `SPEC`, and a row in [`OPERATORS`].

mod as_name;
mod assert_schema;
mod consume;
mod count;
mod datatable;
mod distinct;
mod evaluate;
mod extend;
mod externaldata;
mod facet;
mod filter;
mod find;
mod fork;
mod getschema;
mod graph_mark_components;
mod graph_match;
mod graph_pattern;
mod graph_to_table;
mod invoke;
mod join;
mod lookup;
mod make_graph;
mod make_series;
mod mv_apply;
mod mv_expand;
mod parameters;
mod parse;
mod parse_kv;
mod partition;
mod print;
mod project;
mod project_away;
mod project_by_names;
mod project_rename;
mod project_reorder;
mod range;
mod reduce;
mod render;
mod sample;
mod sample_distinct;
mod scan;
mod search;
mod serialize;
mod sort;
mod summarize;
mod take;
mod terms;
mod top;
mod top_hitters;
mod top_nested;
mod union;
mod wildcard;

use std::fmt::Debug;
use std::rc::Rc;

use crate::bind::Binder;
use crate::bind::scope::Env;
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::{Diagnostic, unsupported};
use crate::expectation::report_expected;
use crate::expr::ast::{Expr, ExprKind};
use crate::expr::parse::expr;
use crate::lexer::TokenKind;
use crate::library::Example;
use crate::similar::nearest;
use crate::span::Span;

pub use datatable::{schema, type_name};
pub use getschema::{csl_schema, net_type};
pub(crate) use join::joined;
pub(crate) use wildcard::{fits, name_pattern};

/// `source | operator | operator`.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// What the rows come from: a name, a call, a bracketed pipeline. Missing when the first operator is
    /// itself a source, such as `print`, `range`, `datatable`, `union`.
    pub source: Option<Expr>,
    /// The operators in order.
    pub operators: Vec<Operator>,
    /// All of it.
    pub span: Span,
}

/// One operator of a pipeline.
#[derive(Clone, Debug)]
pub struct Operator {
    /// Its keyword.
    pub keyword: &'static str,
    /// What it is; nothing where it could not be read.
    pub tree: Option<Rc<dyn Operate>>,
    /// From its keyword to its end, the pipe sign not included.
    pub span: Span,
}

/// What an operator's tree can do.
pub trait Operate: Debug {
    /// Binds the operator. `input` is what is piped in, nothing where the operator begins the pipeline;
    /// `env` may be extended for the operators after it (`as`).
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular;
}

/// Reads what follows an operator's keyword.
pub type Rule = for<'t> fn(Cursor<'t>) -> Parsed<'t, Rc<dyn Operate>>;

/// Where an operator may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Behind a pipe only.
    Piped,
    /// At the beginning only.
    Source,
    /// Both.
    Either,
}

/// An operator: where it stands, how it is read, and what its reference entry says.
#[derive(Clone, Copy, Debug)]
pub struct OperatorSpec {
    /// Where it may stand.
    pub place: Place,
    /// Reads what follows its keyword.
    pub rule: Rule,
    /// Whether it runs; otherwise it binds, and is refused by name when it is run.
    pub runs: bool,
    /// Its grammar: `[...]` may be left out, `a|b` are alternatives, `, ...` repeats. A line a form.
    pub syntax: &'static str,
    /// One or two sentences of documentation.
    pub summary: &'static str,
    /// A checked example; without a query where it does not run.
    pub example: Example,
}

impl OperatorSpec {
    /// An operator that stands behind a pipe, to be completed with `..OperatorSpec::piped(parse)`.
    pub const fn piped(rule: Rule) -> Self {
        let example = Example { query: "", answer: "" };
        Self { place: Place::Piped, rule, runs: true, syntax: "", summary: "", example }
    }

    /// An operator that begins a pipeline.
    pub const fn source(rule: Rule) -> Self {
        Self { place: Place::Source, ..Self::piped(rule) }
    }

    /// An operator that does either.
    pub const fn either(rule: Rule) -> Self {
        Self { place: Place::Either, ..Self::piped(rule) }
    }
}

/// Every operator that is built: keyword and specification. Sorted by keyword; spellings of one operator share it.
pub const OPERATORS: &[(&str, OperatorSpec)] = &[
    ("as", as_name::SPEC),
    ("assert-schema", assert_schema::SPEC),
    ("consume", consume::SPEC),
    ("count", count::SPEC),
    ("datatable", datatable::SPEC),
    ("distinct", distinct::SPEC),
    ("evaluate", evaluate::SPEC),
    ("extend", extend::SPEC),
    ("external_data", externaldata::SPEC),
    ("externaldata", externaldata::SPEC),
    ("facet", facet::SPEC),
    ("filter", filter::SPEC),
    ("find", find::SPEC),
    ("fork", fork::SPEC),
    ("getschema", getschema::SPEC),
    ("graph-mark-components", graph_mark_components::SPEC),
    ("graph-match", graph_match::SPEC),
    ("graph-shortest-paths", graph_match::SHORTEST),
    ("graph-to-table", graph_to_table::SPEC),
    ("invoke", invoke::SPEC),
    ("join", join::SPEC),
    ("limit", take::SPEC),
    ("lookup", lookup::SPEC),
    ("make-graph", make_graph::SPEC),
    ("make-series", make_series::SPEC),
    ("mv-apply", mv_apply::SPEC),
    ("mv-expand", mv_expand::SPEC),
    ("mvapply", mv_apply::SPEC),
    ("mvexpand", mv_expand::LEGACY),
    ("order", sort::SPEC),
    ("parse", parse::SPEC),
    ("parse-kv", parse_kv::SPEC),
    ("parse-where", parse::WHERE),
    ("partition", partition::SPEC),
    ("print", print::SPEC),
    ("project", project::SPEC),
    ("project-away", project_away::SPEC),
    ("project-by-names", project_by_names::SPEC),
    ("project-keep", project_away::KEEP),
    ("project-rename", project_rename::SPEC),
    ("project-reorder", project_reorder::SPEC),
    ("range", range::SPEC),
    ("reduce", reduce::SPEC),
    ("render", render::SPEC),
    ("sample", sample::SPEC),
    ("sample-distinct", sample_distinct::SPEC),
    ("scan", scan::SPEC),
    ("search", search::SPEC),
    ("serialize", serialize::SPEC),
    ("sort", sort::SPEC),
    ("summarize", summarize::SPEC),
    ("take", take::SPEC),
    ("top", top::SPEC),
    ("top-hitters", top_hitters::SPEC),
    ("top-nested", top_nested::SPEC),
    ("union", union::SPEC),
    ("where", filter::SPEC),
];

/// Operators of the language that are not built yet: known by name, refused by name. Sorted.
pub const UNSUPPORTED: &[&str] = &["execute-and-cache", "graph-where-edges", "graph-where-nodes", "macro-expand"];

/// Reads a keyword, hyphens included: `mv-expand` is one word here though three tokens.
fn keyword<'t>(c: Cursor<'t>) -> Option<(Cursor<'t>, &'t str)> {
    if c.token().kind != TokenKind::Word {
        return None;
    }
    let (start, mut at) = (c, c.next());
    while at.is("-") && at.token().glued && at.next().token().glued && at.next().token().kind == TokenKind::Word {
        at = at.next().next();
    }
    Some((at, at.since(start).of(c.source())))
}

fn find(word: &str) -> Option<&'static (&'static str, OperatorSpec)> {
    OPERATORS.binary_search_by_key(&word, |(w, _)| w).ok().and_then(|i| OPERATORS.get(i))
}

/// Tells whether a word is the keyword of an operator of the language.
pub(crate) fn is_operator(word: &str) -> bool {
    find(word).is_some() || UNSUPPORTED.binary_search(&word).is_ok()
}

/// Tells whether an operator that is a source stands here: `print 1`, `union A, B`; not a name or call like it.
pub fn is_source(c: Cursor) -> bool {
    let Some((after, word)) = keyword(c) else { return false };
    if after.is("=") || after.is("|") || after.is(",") || after.is(")") || after.at_end() {
        return false;
    }
    match find(word) {
        // `range(1, 5, 1)` is a function; the operator is followed by a name.
        Some(("range", ..)) => after.token().kind == TokenKind::Word,
        Some((_, spec)) if spec.place != Place::Piped => true,
        _ => false,
    }
}

/// A pipeline: a source and what is done to it.
pub fn pipeline(c: Cursor) -> Parsed<Pipeline> {
    if is_source(c) {
        let (at, first) = operator(c, false);
        return piped(c, at, None, vec![first]);
    }
    let (at, source) = expr(c)?;
    piped(c, at, Some(source), Vec::new())
}

/// A value, or a pipeline where one begins here. Nothing is read twice: brackets would make that exponential.
pub fn value_or_pipeline(c: Cursor) -> Parsed<Expr> {
    if is_source(c) {
        return pipeline(c).map(|(after, pipeline)| (after, as_expr(pipeline)));
    }
    let (at, value) = expr(c)?;
    match at.is("|") {
        true => piped(c, at, Some(value), Vec::new()).map(|(after, pipeline)| (after, as_expr(pipeline))),
        false => Ok((at, value)),
    }
}

fn as_expr(pipeline: Pipeline) -> Expr {
    let span = pipeline.span;
    Expr { kind: ExprKind::Pipeline(Box::new(pipeline)), span }
}

/// The operators of a pipeline that began at `c`, from the first pipe.
fn piped<'t>(
    c: Cursor<'t>,
    at: Cursor<'t>,
    source: Option<Expr>,
    mut operators: Vec<Operator>,
) -> Parsed<'t, Pipeline> {
    let mut at = at;
    while let Some(after) = at.eat("|") {
        let (after, operator) = operator(after, true);
        operators.push(operator);
        at = after;
    }
    let _ = at.symbol("|");
    Ok((at, Pipeline { source, operators, span: at.since(c) }))
}

/// The operators behind a source that is no expression, such as a command; there may be none.
pub(crate) fn piped_on(c: Cursor) -> Parsed<Pipeline> {
    piped(c, c, None, Vec::new())
}

/// The body of a sub-query: operators on rows that come from around it, such as `top 1 by x | extend y`.
fn body(c: Cursor) -> Parsed<Pipeline> {
    let mut operators = Vec::new();
    let (mut at, ()) = c.deeper()?;
    loop {
        let (after, operator) = operator(at, true);
        operators.push(operator);
        match after.eat("|") {
            Some(next) => at = next,
            None => return Ok((after.at_depth_of(c), Pipeline { source: None, operators, span: after.since(c) })),
        }
    }
}

/// One operator; after an error it goes on at the next `|` or the end of the pipeline.
fn operator(c: Cursor<'_>, piped: bool) -> (Cursor<'_>, Operator) {
    c.forget();
    let reported = c.reported();
    let Some((after, word)) = keyword(c) else {
        let _ = c.expected::<()>("an operator");
        report_expected(c, reported);
        let after = skip(c);
        return (after, Operator { keyword: "", tree: None, span: after.since(c) });
    };
    let entry = find(word).filter(|(_, spec)| match piped {
        true => spec.place != Place::Source,
        false => spec.place != Place::Piped,
    });
    let Some((keyword, spec)) = entry else {
        c.report(unknown_operator(word, c.span().to(after.last_span())));
        let after = skip(after);
        return (after, Operator { keyword: "", tree: None, span: after.since(c) });
    };
    let read = after.into_operator().and_then(|(inside, ())| (spec.rule)(inside));
    let (after, tree) = match read.map(|(end, tree)| (end.at_depth_of(c), tree)) {
        Ok((end, tree)) if end.at_end() || ["|", ")", ";", "}", ","].iter().any(|s| end.is(s)) => (end, Some(tree)),
        Ok((end, tree)) => {
            // Something is left that belongs to nothing.
            if end.furthest().0 <= end.position() {
                let _ = end.expected::<()>("|");
            }
            report_expected(end, reported);
            (skip(end), Some(tree))
        }
        Err(_) => {
            report_expected(after, reported);
            (skip(after), None)
        }
    };
    (after, Operator { keyword, tree, span: after.since(c) })
}

fn unknown_operator(word: &str, span: Span) -> Diagnostic {
    if UNSUPPORTED.binary_search(&word).is_ok() {
        return unsupported(span, format!("operator `{word}`"));
    }
    let error = Diagnostic::error("unknown-operator", span, format!("no operator is named `{word}`")).kusto("KS003");
    let near = nearest(word, OPERATORS.iter().map(|(w, _)| *w).chain(UNSUPPORTED.iter().copied()));
    match (word.to_ascii_lowercase().as_str(), near) {
        ("select", _) => error.help("KQL says `project`"),
        ("group" | "groupby" | "stats", _) => error.help("KQL says `summarize ... by ...`"),
        ("having", _) => error.help("KQL says `where`, behind `summarize` too"),
        ("head" | "top_n", _) => error.help("KQL says `take 5` or `top 5 by ...`"),
        ("eval", _) => error.help("KQL says `extend`"),
        ("fields" | "table", _) => error.help("KQL says `project`"),
        ("dedup", _) => error.help("KQL says `distinct`, or `summarize take_any(*) by ...`"),
        ("rename", _) => error.help("KQL says `project-rename`"),
        (_, Some(near)) => error.help(format!("did you mean `{near}`?")),
        (_, None) => error,
    }
}

/// Goes to the next `|`, `;` or closing bracket outside of brackets.
fn skip(c: Cursor) -> Cursor {
    let mut c = c;
    let mut depth = 0_usize;
    while !c.at_end() {
        match &c.token().kind {
            TokenKind::Symbol("(" | "[" | "{") => depth += 1,
            TokenKind::Symbol(")" | "]" | "}") if depth == 0 => return c,
            TokenKind::Symbol(")" | "]" | "}") => depth -= 1,
            TokenKind::Symbol("|" | ";") if depth == 0 => return c,
            _ => {}
        }
        c = c.next();
    }
    c
}

/// Makes a rule's tree an operator.
fn done<'t>(after: Cursor<'t>, tree: impl Operate + 'static) -> Parsed<'t, Rc<dyn Operate>> {
    Ok((after, Rc::new(tree)))
}

/// Operators that take a graph; all others take a table.
const OF_GRAPHS: &[&str] = &["graph-mark-components", "graph-match", "graph-shortest-paths", "graph-to-table"];

impl Binder<'_> {
    /// Checks that an operator of graphs has a graph before it, and another a table.
    fn fits_graph(&mut self, operator: &Operator, input: Option<&Tabular>) -> bool {
        let Some(input) = input else { return true };
        let keyword = operator.keyword;
        let error = match (OF_GRAPHS.contains(&keyword), input.graph.is_some()) {
            (true, false) if !input.open => graph_match::needs_graph(keyword, operator.span),
            (false, true) if keyword != "as" => graph_match::needs_table(keyword, operator.span),
            _ => return true,
        };
        self.report(error);
        false
    }

    /// Binds one operator on its input.
    pub(crate) fn operator(&mut self, operator: &Operator, input: Option<Tabular>, env: &mut Env) -> Tabular {
        match &operator.tree {
            Some(_) if !self.fits_graph(operator, input.as_ref()) => Tabular::broken(),
            Some(tree) => tree.bind(input, env, self),
            None => Tabular { open: true, ..input.unwrap_or_else(Tabular::broken) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_for_the_search() {
        assert!(OPERATORS.is_sorted_by_key(|(w, _)| *w));
        assert!(UNSUPPORTED.is_sorted());
    }
}
