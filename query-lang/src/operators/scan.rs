//! `scan [with_match_id=m] [declare (c: long = 0, ...)] with (step s [output=all|last|none]: condition => c = value, ...; ...)`:
//! goes over rows in order and matches them against steps that remember what they matched.
//! learn.microsoft.com/kusto/query/scan-operator

use std::rc::Rc;

use super::parameters::{self, Parameter, unknown_value};
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::columns::duplicate;
use crate::bind::scope::{Definition, Env, NamedRow, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Expr, Name};
use crate::expr::parse::{close, expr, separated};
use crate::library::{Example, Rows};
use crate::name;
use crate::plan::{self, ExprKind, Node, Operation, ScanOutput, StateColumn, StateValue};
use crate::span::Span;
use crate::types::{Column, ColumnId, Type, Value};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | scan [with_match_id=name] [declare (name: type [= default], ...)] with (step name [output=all|last|none]: condition [=> name = expression, ...]; ...)",
    summary: "Goes over rows in order and matches each against steps, last step first. `step.column` is what the step remembers; a sequence moves from step to step.",
    example: Example {
        query: "range x from 1 to 3 step 1 | scan declare (total: long = 0) with (step s: true => total = x + s.total;)",
        answer: "1 | 1\n2 | 3\n3 | 6",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Scan {
    parameters: Vec<Parameter>,
    declared: Vec<Declaration>,
    steps: Vec<Step>,
    span: Span,
}

#[derive(Debug)]
struct Declaration {
    name: Name,
    ty: Type,
    default: Option<Expr>,
}

#[derive(Debug)]
struct Step {
    name: Name,
    /// `optional`, a word of the grammar that no page explains.
    optional: Option<Span>,
    output: Option<Parameter>,
    condition: Expr,
    assignments: Vec<(Name, Expr)>,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (at, parameters) = parameters::read(c, &["kind", "with_match_id"])?;
    let (at, declared) = match at.eat_word("declare") {
        Some(after) => declarations(after)?,
        None => (at, Vec::new()),
    };
    let (at, _) = at.word("with")?;
    let (at, open) = at.symbol("(")?;
    let (mut at, ()) = at.deeper()?;
    let mut steps = Vec::new();
    while !at.is(")") {
        let (after, step) = step(at)?;
        steps.push(step);
        at = after;
    }
    let (after, _) = close(at.at_depth_of(c), ")", open)?;
    done(after, Scan { parameters, declared, steps, span: open.to(after.last_span()) })
}

/// `(name: type = default, ...)`
fn declarations(c: Cursor) -> Parsed<Vec<Declaration>> {
    let (at, open) = c.symbol("(")?;
    let (at, declared) = separated(at, declaration)?;
    let (after, _) = close(at, ")", open)?;
    Ok((after, declared))
}

fn declaration(c: Cursor) -> Parsed<Declaration> {
    let (at, name) = name::declaration(c)?;
    let (at, _) = at.symbol(":")?;
    let (at, (ty, _)) = super::type_name(at)?;
    let Some(after) = at.eat("=") else { return Ok((at, Declaration { name, ty, default: None })) };
    let (after, default) = expr(after)?;
    Ok((after, Declaration { name, ty, default: Some(default) }))
}

/// `step name [optional] [output=word]: condition [=> name = expression, ...];`
fn step(c: Cursor) -> Parsed<Step> {
    let (at, _) = c.word("step")?;
    let (at, name) = name::declaration(at)?;
    let optional = at.is_word("optional").then(|| at.span());
    let at = at.eat_word("optional").unwrap_or(at);
    let (at, mut output) = parameters::read(at, &["output"])?;
    let (at, _) = at.symbol(":")?;
    let (at, condition) = expr(at)?;
    let (at, assignments) = match at.eat("=>") {
        Some(after) => separated(after, assignment)?,
        None => {
            let _ = at.symbol("=>");
            (at, Vec::new())
        }
    };
    let (after, _) = at.symbol(";")?;
    Ok((after, Step { name, optional, output: output.pop(), condition, assignments }))
}

fn assignment(c: Cursor) -> Parsed<(Name, Expr)> {
    let (at, name) = name::declaration(c)?;
    let (at, _) = at.symbol("=")?;
    let (after, value) = expr(at)?;
    Ok((after, (name, value)))
}

impl Operate for Scan {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        self.check(&input, binder);
        let (declared, defaults) = self.declared(&input, env, binder);
        // In conditions and assignments a bare declared name is its default; only `step.name` is what was assigned
        // (Kusto answers so: a running sum has to read `s.sum`).
        let inner = declared.iter().zip(&defaults).fold(env.clone(), |env, (c, default)| {
            env.with(&c.name, Definition::Scalar(plan::Expr::literal(default.clone())))
        });
        let mut steps = Steps { binder, states: Vec::new(), locals: Vec::new(), exprs: Vec::new(), bound: Vec::new() };
        for step in &self.steps {
            steps.bind(step, &input, &declared, &inner);
        }
        let Steps { exprs, bound: steps, locals, binder, .. } = steps;
        let (locals, state) = used(locals, &exprs);
        let mut columns = input.rel.columns.clone();
        columns.extend(declared);
        let match_id = self.parameter("with_match_id");
        if let Some(id) = match_id {
            if columns.iter().any(|c| c.name == id.value) {
                binder.report(duplicate(&id.value, id.span));
            }
            columns.push(binder.column(id.value.clone(), Type::Long));
        }
        let scan = plan::Scan { steps, defaults, state, match_id: match_id.is_some() };
        let operation = Operation::Scan(scan);
        input.with(columns, |input| Node::Whole { operation, inputs: vec![*input], exprs, locals })
    }
}

impl Scan {
    fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|p| p.name == name)
    }

    fn check(&self, input: &Tabular, binder: &mut Binder) {
        if !input.serialized && !input.open {
            let error = Diagnostic::error("not-serialized", self.span, "`scan` needs rows in a defined order");
            binder.report(error.help("put `| serialize` or `| sort by ...` before"));
        }
        if self.steps.is_empty() {
            binder.report(Diagnostic::error("no-steps", self.span, "`scan` needs at least one step"));
        }
        if let Some(kind) = self.parameter("kind") {
            match kind.value.as_str() {
                "partial" | "full" => binder.not_yet(kind.span, "`kind` of `scan`"),
                _ => binder.report(unknown_value(kind, &["full", "partial"])),
            }
        }
        let mut names: Vec<&str> = Vec::new();
        for step in &self.steps {
            if names.contains(&step.name.text.as_str()) {
                let message = format!("two steps are named `{}`", step.name.text);
                binder.report(Diagnostic::error("duplicate-step", step.name.span, message));
            }
            names.push(&step.name.text);
            if let Some(span) = step.optional {
                binder.not_yet(span, "`optional` steps of `scan`");
            }
        }
    }

    /// The declared columns with their defaults.
    fn declared(&self, input: &Tabular, env: &Env, binder: &mut Binder) -> (Vec<Column>, Vec<Value>) {
        let (mut columns, mut defaults) = (Vec::<Column>::new(), Vec::new());
        for declaration in &self.declared {
            let name = &declaration.name;
            if input.columns().iter().chain(&columns).any(|c| c.name == name.text) {
                binder.report(duplicate(&name.text, name.span));
                continue;
            }
            columns.push(binder.column(name.text.clone(), declaration.ty));
            defaults.push(default(declaration, env, binder));
        }
        (columns, defaults)
    }
}

fn default(declaration: &Declaration, env: &Env, binder: &mut Binder) -> Value {
    let ty = declaration.ty;
    let Some(written) = &declaration.default else { return Value::missing(ty) };
    let bound = assigned(written, ty, &Scope::constants(env), binder);
    if bound.ty == Type::Unknown {
        return Value::missing(ty);
    }
    binder.constant(&bound).unwrap_or_else(|| {
        let message = format!("the default of `{}` must be a constant", declaration.name.text);
        binder.report(Diagnostic::error("not-constant", written.span, message).kusto("KS108"));
        Value::missing(ty)
    })
}

/// Binds a value for a column of a type: numbers widen, and a long may go to an int, as `int + 1` is a long.
fn assigned(value: &Expr, ty: Type, scope: &Scope, binder: &mut Binder) -> plan::Expr {
    let bound = binder.expr(value, scope);
    let fits = bound.ty == ty
        || bound.ty.is_number() && ty.is_number() && bound.ty <= ty
        || bound.ty.is_integer() && ty.is_integer()
        || bound.ty == Type::Dynamic
        || ty == Type::Dynamic;
    if fits || bound.ty == Type::Unknown || ty == Type::Unknown {
        return bound.to(ty);
    }
    let message = format!("the column is a {ty}, the value a {}", bound.ty);
    binder.poison(Diagnostic::error("wrong-type", value.span, message).kusto("KS141"))
}

/// The steps bound so far.
struct Steps<'b, 'h> {
    binder: &'b mut Binder<'h>,
    /// The states of the steps so far, as rows read by name.
    states: Vec<NamedRow>,
    /// The columns of those states, and where they come from.
    locals: Vec<(Column, StateColumn)>,
    exprs: Vec<plan::Expr>,
    bound: Vec<plan::ScanStep>,
}

impl Steps<'_, '_> {
    /// Binds a step: it sees the row, its own state and that of the steps before it.
    fn bind(&mut self, step: &Step, input: &Tabular, declared: &[Column], env: &Env) {
        self.remember(&step.name.text, input.columns(), declared);
        // Rows count as serialized so that a window function is refused for what it is.
        let states = std::mem::take(&mut self.states);
        let scope = Scope { named: &states, serialized: true, ..Scope::row(input, env) };
        let condition = self.binder.predicate(&step.condition, &scope);
        let condition = self.push(condition, step.condition.span);
        let mut assignments: Vec<(usize, usize)> = Vec::new();
        for (name, value) in &step.assignments {
            let Some(at) = declared.iter().position(|c| c.name == name.text) else {
                if !input.open {
                    let message = format!("`scan` declares no column `{}`", name.text);
                    let error = Diagnostic::error("unknown-column", name.span, message).kusto("KS142");
                    self.binder.report(error.help(format!("add it: `declare ({}: ...)`", name.text)));
                }
                continue;
            };
            if assignments.iter().any(|(to, _)| *to == at) {
                self.binder.report(duplicate(&name.text, name.span));
            }
            let bound = assigned(value, declared[at].ty, &scope, self.binder);
            assignments.push((at, self.push(bound, value.span)));
        }
        self.states = states;
        let output = self.output(step);
        self.bound.push(plan::ScanStep { output, condition, assignments });
    }

    /// Makes columns for the state of the next step.
    fn remember(&mut self, name: &str, input: &[Column], declared: &[Column]) {
        let step = self.states.len();
        let values = input.iter().enumerate().map(|(n, c)| (c, StateValue::Input(n)));
        let values = values.chain(declared.iter().enumerate().map(|(n, c)| (c, StateValue::Declared(n))));
        let mut columns = Vec::with_capacity(input.len() + declared.len());
        for (column, value) in values {
            let own = self.binder.column(column.name.clone(), column.ty);
            self.locals.push((own.clone(), StateColumn { step, value }));
            columns.push(own);
        }
        self.states.push(NamedRow { name: name.to_owned(), columns });
    }

    /// Adds an expression; window functions cannot stand in it, as Kusto has it.
    fn push(&mut self, expr: plan::Expr, span: Span) -> usize {
        let mut window = None;
        expr.any(&mut |e| match &e.kind {
            ExprKind::Call { function, .. } if function.rows == Rows::Serialized => {
                window = Some(function.name);
                true
            }
            _ => false,
        });
        if let Some(name) = window {
            let message = format!("`{name}` cannot stand in `scan`");
            let error = Diagnostic::error("window-in-scan", span, message);
            self.binder.report(error.help("compute it before `scan`, such as with `extend`"));
        }
        self.exprs.push(expr);
        self.exprs.len() - 1
    }

    fn output(&mut self, step: &Step) -> ScanOutput {
        let Some(written) = &step.output else { return ScanOutput::All };
        match written.value.as_str() {
            "all" => ScanOutput::All,
            "last" => ScanOutput::Last,
            "none" => ScanOutput::None,
            _ => {
                self.binder.report(unknown_value(written, &["all", "last", "none"]));
                ScanOutput::All
            }
        }
    }
}

/// The locals that some expression reads.
fn used(locals: Vec<(Column, StateColumn)>, exprs: &[plan::Expr]) -> (Vec<Column>, Vec<StateColumn>) {
    let mut read: Vec<ColumnId> = Vec::new();
    for expr in exprs {
        expr.any(&mut |e| {
            if let ExprKind::Column(id) = e.kind {
                read.push(id);
            }
            false
        });
    }
    read.sort_unstable_by_key(|id| id.0);
    locals.into_iter().filter(|(c, _)| read.binary_search_by_key(&c.id.0, |id| id.0).is_ok()).unzip()
}
