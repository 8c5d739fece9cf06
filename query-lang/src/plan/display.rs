//! The core plan as indented text, for tests, `explain` and comparing what two queries mean.

use std::fmt::{self, Display, Formatter};

use super::{
    Aggregate, BinaryOp, Expr, ExprKind, External, InList, Node, PathStep, Rel, SortKey, TextOp, TextTest, UnionColumn,
};
use crate::time::{datetime_text, timespan_text};
use crate::types::{Column, Value};

impl Display for Rel {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        rel(self, 0, f)
    }
}

/// One line a relation: what it does, and the columns that it makes; those passed on are not repeated.
fn rel(r: &Rel, depth: usize, f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "{:indent$}{}", "", Head(&r.node), indent = depth * 2)?;
    let mut passed: Vec<&Column> = Vec::new();
    r.inputs(&mut |input| passed.extend(&input.columns));
    let new: Vec<String> = r
        .columns
        .iter()
        .filter(|c| !passed.contains(c))
        .map(|Column { id, name, ty }| format!("{name}{id}:{ty}"))
        .collect();
    if !new.is_empty() {
        write!(f, " -> {}", new.join(", "))?;
    }
    writeln!(f)?;
    let mut outcome = Ok(());
    r.inputs(&mut |input| {
        if outcome.is_ok() {
            outcome = rel(input, depth + 1, f);
        }
    });
    outcome
}

/// The first line of a node, without its inputs.
struct Head<'a>(&'a Node);

impl Display for Head<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Node::Table { name } => write!(f, "Table {name}"),
            Node::Values { rows } => {
                write!(f, "Values")?;
                rows.iter().try_for_each(|row| write!(f, " [{}]", List(row)))
            }
            Node::External(External { uris, .. }) => write!(f, "External {uris:?}"),
            Node::NotYet { .. } => write!(f, "NotYet"),
            Node::Parse { text, parser, matched_only, .. } => {
                write!(f, "Parse {text} with {parser}{}", if *matched_only { " matched only" } else { "" })
            }
            Node::Whole { operation, exprs, .. } => write!(f, "Whole {operation:?} {}", List(exprs)),
            Node::Row { exprs } => write!(f, "Row {}", List(exprs)),
            Node::Range { from, to, step } => write!(f, "Range {from} .. {to} step {step}"),
            Node::Filter { predicate, .. } => write!(f, "Filter {predicate}"),
            Node::Project { input, exprs } => {
                let passes =
                    |e: &&Expr| matches!(&e.kind, ExprKind::Column(id) if input.columns.iter().any(|c| c.id == *id));
                let computed: Vec<&Expr> = exprs.iter().filter(|e| !passes(e)).collect();
                // A long list of columns passed on says less than their number.
                match exprs.len() - computed.len() {
                    passed if passed > 8 => write!(f, "Project {passed} columns, {}", List(&computed)),
                    _ => write!(f, "Project {}", List(exprs)),
                }
            }
            Node::Aggregate { keys, aggregates, .. } => {
                write!(f, "Aggregate {} by {}", List(aggregates), List(keys))
            }
            Node::Sort { keys, .. } => write!(f, "Sort {}", List(keys)),
            Node::Limit { count, .. } => write!(f, "Limit {count}"),
            Node::Join { kind, on, .. } => {
                write!(f, "Join {kind:?} on")?;
                on.iter().try_for_each(|(l, r)| write!(f, " {l}={r}"))
            }
            Node::Union { inputs } => {
                write!(f, "Union")?;
                inputs.iter().try_for_each(|i| write!(f, " ({})", List(&i.columns)))
            }
            Node::Expand { items, index, limit, pairs, .. } => {
                write!(f, "Expand")?;
                items.iter().try_for_each(|i| write!(f, " {}={} to {}", i.column, i.expr, i.to))?;
                expand_options(f, *index, *limit, *pairs)
            }
            Node::Apply { items, index, limit, .. } => {
                write!(f, "Apply")?;
                items.iter().try_for_each(|i| write!(f, " {}={} to {}", i.column, i.expr, i.to))?;
                expand_options(f, *index, *limit, false)
            }
            Node::ApplyInput(_) => write!(f, "ApplyInput"),
            Node::Partition { keys, .. } => {
                write!(f, "Partition")?;
                keys.iter().try_for_each(|key| write!(f, " {key}"))
            }
            Node::Serialize { .. } => write!(f, "Serialize"),
            Node::Shared(id) => write!(f, "Shared {}", id.0),
        }
    }
}

fn expand_options(
    f: &mut Formatter<'_>,
    index: Option<crate::types::ColumnId>,
    limit: Option<u64>,
    pairs: bool,
) -> fmt::Result {
    if let Some(index) = index {
        write!(f, " index {index}")?;
    }
    if let Some(limit) = limit {
        write!(f, " limit {limit}")?;
    }
    if pairs { write!(f, " pairs") } else { Ok(()) }
}

/// Items with commas between.
struct List<'a, T>(&'a [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, item) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{item}")?;
        }
        Ok(())
    }
}

impl Display for UnionColumn {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            UnionColumn::From(id) => write!(f, "{id}"),
            UnionColumn::Missing => f.write_str("-"),
            UnionColumn::Constant(value) => write!(f, "{value}"),
        }
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.aggregate.name, List(&self.args))?;
        match &self.filter {
            Some(filter) => write!(f, " if {filter}"),
            None => Ok(()),
        }
    }
}

impl Display for SortKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let direction = if self.descending { "desc" } else { "asc" };
        let nulls = if self.nulls_first { "first" } else { "last" };
        write!(f, "{} {direction} nulls {nulls}", self.expr)
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null(ty) => write!(f, "{ty}(null)"),
            Value::Bool(v) => write!(f, "{v}"),
            Value::Int(v) => write!(f, "int({v})"),
            Value::Long(v) => write!(f, "{v}"),
            Value::Real(v) => write!(f, "{v:?}"),
            Value::Decimal(v) => write!(f, "decimal({v})"),
            Value::Datetime(v) => write!(f, "datetime({})", datetime_text(*v)),
            Value::Timespan(v) => write!(f, "timespan({})", timespan_text(*v)),
            Value::String(v) => write!(f, "{v:?}"),
            Value::Guid(v) => write!(f, "guid({v})"),
            Value::Dynamic(v) => write!(f, "dynamic({v})"),
        }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Literal(value) => write!(f, "{value}"),
            ExprKind::Column(id) => write!(f, "{id}"),
            ExprKind::Call { function, args } => write!(f, "{}({})", function.name, List(args)),
            ExprKind::Binary { op, left, right } => write!(f, "({left} {op} {right})"),
            ExprKind::Negate(x) => write!(f, "-{x}"),
            ExprKind::And(parts) => junction(f, parts, "and"),
            ExprKind::Or(parts) => junction(f, parts, "or"),
            ExprKind::In { value, list, negated, fold_case } => {
                let not = if *negated { "!" } else { "" };
                let fold = if *fold_case { "~" } else { "" };
                write!(f, "({value} {not}in{fold} ({list}))")
            }
            ExprKind::HasTerms { value, list, all } => {
                write!(f, "({value} {} ({list}))", if *all { "has_all" } else { "has_any" })
            }
            ExprKind::Path { base, steps } => {
                write!(f, "{base}")?;
                steps.iter().try_for_each(|step| write!(f, "{step}"))
            }
            ExprKind::Convert(x) => write!(f, "{}<{x}>", self.ty),
            ExprKind::Scalar(id) => write!(f, "scalar {}", id.0),
            ExprKind::Typeof(ty) => write!(f, "typeof({ty})"),
        }
    }
}

fn junction(f: &mut Formatter<'_>, parts: &[Expr], word: &str) -> fmt::Result {
    f.write_str("(")?;
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            write!(f, " {word} ")?;
        }
        write!(f, "{part}")?;
    }
    f.write_str(")")
}

impl Display for InList {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            InList::Items(items) => write!(f, "{}", List(items)),
            InList::Prelude(id) => write!(f, "list {}", id.0),
        }
    }
}

impl Display for PathStep {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            PathStep::Key(key) => write!(f, "[{key:?}]"),
            PathStep::Index(index) => write!(f, "[{index}]"),
            PathStep::Computed(expr) => write!(f, "[{expr}]"),
        }
    }
}

impl Display for BinaryOp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            BinaryOp::Add => f.write_str("+"),
            BinaryOp::Subtract => f.write_str("-"),
            BinaryOp::Multiply => f.write_str("*"),
            BinaryOp::Divide => f.write_str("/"),
            BinaryOp::Modulo => f.write_str("%"),
            BinaryOp::Equal => f.write_str("=="),
            BinaryOp::NotEqual => f.write_str("!="),
            BinaryOp::Less => f.write_str("<"),
            BinaryOp::LessOrEqual => f.write_str("<="),
            BinaryOp::Greater => f.write_str(">"),
            BinaryOp::GreaterOrEqual => f.write_str(">="),
            BinaryOp::Text(op) => write!(f, "{op}"),
        }
    }
}

impl Display for TextOp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let word = match self.test {
            TextTest::Equals => return f.write_str(if self.negated { "!~" } else { "=~" }),
            TextTest::MatchesRegex => return f.write_str("matches regex"),
            TextTest::Contains => "contains",
            TextTest::StartsWith => "startswith",
            TextTest::EndsWith => "endswith",
            TextTest::Has => "has",
            TextTest::HasPrefix => "hasprefix",
            TextTest::HasSuffix => "hassuffix",
        };
        let not = if self.negated { "!" } else { "" };
        write!(f, "{not}{word}{}", if self.case_sensitive { "_cs" } else { "" })
    }
}
