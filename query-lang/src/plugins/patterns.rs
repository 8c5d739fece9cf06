//! `autocluster`, `basket`, `diffpatterns`: values that often stand together.
//! learn.microsoft.com/kusto/query/autocluster-plugin, .../basket-plugin, .../diffpatterns-plugin

use crate::bind::tabular::Tabular;
use crate::expr::ast;
use crate::library::{Accepts, Example};
use crate::plan::{Expr, ExprKind};
use crate::types::{ColumnId, Type, Value};

use super::call::Param;
use super::{Call, PluginSpec};

pub(super) static AUTOCLUSTER: PluginSpec = PluginSpec {
    name: "autocluster",
    syntax: "T | evaluate autocluster([sizeWeight, weight, seeds, wildcard, ...])",
    summary: "A few patterns of values that many rows share; `'~'` stands for the default of a parameter.",
    example: Example {
        query: "datatable(a:string, b:string)['x', 'p', 'x', 'p', 'x', 'q', 'y', 'r'] | evaluate autocluster() | take 1",
        answer: "0 | 2 | 50.0 | x | p",
    },
    ..PluginSpec::new(autocluster)
};

pub(super) static BASKET: PluginSpec = PluginSpec {
    name: "basket",
    syntax: "T | evaluate basket([threshold, weight, maxDimensions, wildcard, ...])",
    summary: "The patterns of values that a share of the rows has; `'~'` stands for the default of a parameter.",
    example: Example {
        query: "datatable(a:string, b:string)['x', 'p', 'x', 'p', 'x', 'q', 'y', 'r'] | evaluate basket(0.5)",
        answer: "0 | 3 | 75.0 | x | \n1 | 2 | 50.0 | x | p",
    },
    ..PluginSpec::new(basket)
};

pub(super) static DIFFPATTERNS: PluginSpec = PluginSpec {
    name: "diffpatterns",
    syntax: "T | evaluate diffpatterns(split, valueA, valueB [, weight, threshold, maxDimensions, wildcard, ...])",
    summary: "The patterns of values that are more frequent in one of two sets of rows than in the other.",
    example: Example {
        query: "datatable(a:string, s:string)['x', 'A', 'x', 'A', 'x', 'B', 'y', 'B'] | evaluate diffpatterns(s, 'A', 'B')",
        answer: "0 | 2 | 1 | 100.0 | 50.0 | 50.0 | x\n1 | 0 | 1 | 0.0 | 50.0 | 50.0 | y",
    },
    ..PluginSpec::new(diffpatterns)
};

fn autocluster(call: &mut Call) -> Option<Tabular> {
    let seeds = Param::Constant("NumSeeds", Accepts::Integer);
    let read = read(call, &[], [Param::Constant("SizeWeight", Accepts::Exactly(Type::Real)), WEIGHT, seeds])?;
    segments(call, read, &[("Count", Type::Long), ("Percent", Type::Real)], None)
}

fn basket(call: &mut Call) -> Option<Tabular> {
    let read = read(call, &[], [THRESHOLD, WEIGHT, MAX_DIMENSIONS])?;
    segments(call, read, &[("Count", Type::Long), ("Percent", Type::Real)], None)
}

fn diffpatterns(call: &mut Call) -> Option<Tabular> {
    let split = [
        Param::Column("SplitColumn", Accepts::Scalar),
        Param::Constant("SplitValueA", Accepts::Exactly(Type::String)),
        Param::Constant("SplitValueB", Accepts::Exactly(Type::String)),
    ];
    let mut read = read(call, &split, [WEIGHT, THRESHOLD, MAX_DIMENSIONS])?;
    let counts = [
        ("CountA", Type::Long),
        ("CountB", Type::Long),
        ("PercentA", Type::Real),
        ("PercentB", Type::Real),
        ("PercentDiffAB", Type::Real),
    ];
    // The column that splits the rows is not part of a pattern.
    let split = match read.first()?.kind {
        ExprKind::Column(id) => Some(id),
        _ => None,
    };
    if let Some(first) = read.first_mut() {
        *first = first.clone().to(Type::String);
    }
    segments(call, read, &counts, split)
}

const WEIGHT: Param = Param::Column("WeightColumn", Accepts::Number);
const THRESHOLD: Param = Param::Constant("Threshold", Accepts::Exactly(Type::Real));
const MAX_DIMENSIONS: Param = Param::Constant("MaxDimensions", Accepts::Integer);

/// The required arguments, three that may be left out or `'~'` (then a null), and wildcards.
fn read(call: &mut Call, required: &[Param], optional: [Param; 3]) -> Option<Vec<Expr>> {
    let arguments = call.arguments;
    if arguments.len() < required.len() {
        call.wrong_count(required.len(), None);
        return None;
    }
    let mut exprs = Vec::with_capacity(required.len() + optional.len());
    for (param, argument) in required.iter().zip(arguments) {
        exprs.push(call.argument(*param, &argument.value).expr);
    }
    let rest = &arguments[required.len()..];
    for (i, param) in optional.into_iter().enumerate() {
        exprs.push(match rest.get(i).filter(|a| !is_default(&a.value)) {
            Some(argument) => call.argument(param, &argument.value).expr,
            None => Expr::literal(Value::Null(Type::Long)),
        });
    }
    for wildcard in rest.iter().skip(optional.len()).filter(|a| !is_default(&a.value)) {
        exprs.push(call.argument(Param::Constant("CustomWildcard", Accepts::Scalar), &wildcard.value).expr);
    }
    Some(exprs)
}

fn is_default(value: &ast::Expr) -> bool {
    matches!(&value.kind, ast::ExprKind::Literal(Value::String(text)) if text == "~")
}

/// A row a pattern: its number, how often it occurs, and the columns of the input.
fn segments(call: &mut Call, exprs: Vec<Expr>, counts: &[(&str, Type)], without: Option<ColumnId>) -> Option<Tabular> {
    let mut fields = vec![("SegmentId".to_owned(), Type::Long)];
    fields.extend(counts.iter().map(|(name, ty)| ((*name).to_owned(), *ty)));
    let own = call.input.rel.columns.iter().filter(|c| Some(c.id) != without);
    fields.extend(own.map(|c| (c.name.clone(), c.ty)));
    let columns = call.columns(fields);
    Some(call.whole(columns, exprs))
}
