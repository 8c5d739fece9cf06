//! `project-reorder a, b* asc`: these columns first, then the rest. A pattern's columns keep their order, or
//! are sorted by name: `asc`, `desc`, and `granny-asc`, `granny-desc` which read numbers as numbers.
//! learn.microsoft.com/kusto/query/project-reorder-operator

use std::cmp::Ordering;
use std::collections::HashSet;
use std::rc::Rc;

use super::project_away::check_names;
use super::wildcard::{Pattern, pattern};
use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::columns::duplicate;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::parse::separated;
use crate::library::Example;
use crate::plan::{Expr, Node};
use crate::types::Column;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | project-reorder name [asc|desc|granny-asc|granny-desc], ...",
    summary: "Puts these columns first; the rest follows as it was. A name may have `*` in it.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | project-reorder b | take 1",
        answer: "x | 1",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Reorder {
    groups: Vec<(Pattern, Option<Order>)>,
}

#[derive(Clone, Copy, Debug)]
struct Order {
    descending: bool,
    numbers: bool,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (after, groups) = separated(c, group)?;
    done(after, Reorder { groups })
}

fn group(c: Cursor) -> Parsed<(Pattern, Option<Order>)> {
    let (at, pattern) = pattern(c)?;
    let (at, numbers) = match at.eat_word("granny").and_then(|after| after.eat("-")) {
        Some(after) => (after, true),
        None => (at, false),
    };
    if let Some(after) = at.eat_word("asc") {
        return Ok((after, (pattern, Some(Order { descending: false, numbers }))));
    }
    if let Some(after) = at.eat_word("desc") {
        return Ok((after, (pattern, Some(Order { descending: true, numbers }))));
    }
    Ok((at, (pattern, None)))
}

impl Operate for Reorder {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let patterns: Vec<Pattern> = self.groups.iter().map(|(p, _)| p.clone()).collect();
        check_names(&patterns, &Scope::row(&input, env), binder);
        // A name that a pattern took before it may stand; one that was written before may not.
        let mut named = HashSet::new();
        for pattern in patterns.iter().filter(|pattern| !pattern.wild) {
            if !named.insert(pattern.text.as_str()) {
                binder.report(duplicate(&pattern.text, pattern.span));
            }
        }
        let mut rest: Vec<Column> = input.rel.columns.clone();
        let mut columns = Vec::with_capacity(rest.len());
        for (pattern, order) in &self.groups {
            let (mut fitting, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|c| pattern.fits(&c.name));
            if let Some(order) = order {
                fitting.sort_by(|a, b| {
                    let by_name = if order.numbers { numbered(&a.name, &b.name) } else { folded(&a.name, &b.name) };
                    if order.descending { by_name.reverse() } else { by_name }
                });
            }
            columns.extend(fitting);
            rest = others;
        }
        columns.extend(rest);
        let exprs = columns.iter().map(Expr::column).collect();
        input.with(columns, |input| Node::Project { input, exprs })
    }
}

fn folded(a: &str, b: &str) -> Ordering {
    a.to_lowercase().cmp(&b.to_lowercase())
}

/// Compares names piece by piece, digits as the number they are: a2 before a10.
fn numbered(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    while !a.is_empty() && !b.is_empty() {
        let (x, y) = (piece(a), piece(b));
        let by_piece = match (x.parse::<u128>(), y.parse::<u128>()) {
            (Ok(x), Ok(y)) => x.cmp(&y),
            _ => folded(x, y),
        };
        if by_piece != Ordering::Equal {
            return by_piece;
        }
        (a, b) = (&a[x.len()..], &b[y.len()..]);
    }
    a.len().cmp(&b.len())
}

/// The first run of digits, or of anything else.
fn piece(text: &str) -> &str {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn granny_counts() {
        assert_eq!(numbered("a2", "a10"), Ordering::Less);
        assert_eq!(numbered("a10", "b2"), Ordering::Less);
        assert_eq!(folded("a2", "a10"), Ordering::Greater);
    }
}
