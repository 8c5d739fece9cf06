//! Tables and the operators on them. What columns an operator gives is asked of the binder, so that each next operator
//! is drawn over columns that are there.

use rehunt_lang::types::{Field, Type};

use super::expressions::Draw;
use super::literals::literal;
use super::tree::{Operator, Piece, Table, Tree, name, text, tree};

/// Draws one operator over some columns; nothing where they do not suit it.
type Rule = fn(&mut Draw, &[Field]) -> Option<Operator>;

/// How each operator is drawn, and how often beside the others.
pub const OPERATORS: &[(&str, usize, Rule)] = &[
    ("as", 1, |d, _| Some(plain(format!("as {}", d.fresh())))),
    ("assert-schema", 1, assert_schema),
    ("consume", 1, |_, _| Some(plain("consume"))),
    ("count", 1, |_, _| Some(plain("count"))),
    ("distinct", 3, distinct),
    ("evaluate", 4, evaluate),
    ("extend", 12, extend),
    ("facet", 1, facet),
    ("filter", 1, |d, c| filter(d, c, "filter")),
    ("fork", 1, fork),
    ("getschema", 1, |_, _| Some(plain("getschema"))),
    ("invoke", 1, |_, _| Some(plain("invoke same()"))),
    ("join", 6, join),
    ("limit", 1, |d, _| Some(some(d, "limit"))),
    ("lookup", 3, lookup),
    ("make-graph", 2, make_graph),
    ("make-series", 4, make_series),
    ("mv-apply", 4, mv_apply),
    ("mv-expand", 5, mv_expand),
    ("mvexpand", 1, |d, c| Some(plain(format!("mvexpand {}", name(&of_type(d, c, Type::Dynamic)?.name))))),
    ("order", 2, |d, c| sort(d, c, "order")),
    ("parse", 4, |d, c| parse(d, c, "parse")),
    ("parse-kv", 2, parse_kv),
    ("parse-where", 1, |d, c| parse(d, c, "parse-where")),
    ("partition", 3, partition),
    ("project", 5, project),
    ("project-away", 1, |d, c| names(d, c, "project-away")),
    ("project-by-names", 1, project_by_names),
    ("project-keep", 1, |d, c| names(d, c, "project-keep")),
    ("project-rename", 1, project_rename),
    ("project-reorder", 1, project_reorder),
    ("reduce", 1, reduce),
    ("render", 1, |_, _| Some(plain("render table"))),
    ("sample", 1, |d, _| Some(by_chance(some(d, "sample")))),
    ("sample-distinct", 1, sample_distinct),
    ("scan", 3, scan),
    ("search", 2, search),
    ("serialize", 4, serialize),
    ("sort", 5, |d, c| sort(d, c, "sort")),
    ("summarize", 12, summarize),
    ("take", 2, |d, _| Some(some(d, "take"))),
    ("top", 3, top),
    ("top-hitters", 2, top_hitters),
    ("top-nested", 2, top_nested),
    ("union", 4, union),
    ("where", 6, |d, c| filter(d, c, "where")),
];

/// Operators that no pipeline here has.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("datatable", "every pipeline begins with one"),
    ("external_data", "it reads files"),
    ("externaldata", "it reads files"),
    ("find", "the other side of joins and unions draws it"),
    ("graph-mark-components", "drawn with make-graph"),
    ("graph-match", "drawn with make-graph"),
    ("graph-shortest-paths", "drawn with make-graph"),
    ("graph-to-table", "drawn with make-graph"),
    ("mvapply", "another spelling of mv-apply"),
    ("print", "the other side of joins and unions draws it"),
    ("range", "the other side of joins and unions draws it"),
];

/// What `invoke` calls.
pub const PRELUDE: &str = "let same = (t:(*)) { t };\n";

/// Draws a table: some columns of each type, few rows, values that repeat.
pub fn table(draw: &mut Draw) -> Table {
    let letters = [
        (Type::Bool, "b"),
        (Type::Int, "i"),
        (Type::Long, "l"),
        (Type::Real, "r"),
        (Type::Decimal, "m"),
        (Type::Datetime, "d"),
        (Type::Timespan, "t"),
        (Type::String, "s"),
        (Type::Guid, "g"),
        (Type::Dynamic, "y"),
        (Type::String, "s2"),
        (Type::Long, "l2"),
        (Type::Dynamic, "y2"),
    ];
    let share = draw.random.between(25, 85);
    let mut fields: Vec<_> =
        letters.iter().filter(|_| draw.random.percent(share)).map(|(t, n)| Field::new(*n, *t)).collect();
    if fields.is_empty() {
        fields.push(Field::new("l", Type::Long));
    }
    let pools: Vec<Vec<String>> = fields
        .iter()
        .map(|f| (0..draw.random.between(1, 4)).map(|_| literal(&mut draw.random, f.ty)).collect())
        .collect();
    let count = draw.random.between(0, 6);
    let rows = (0..count).map(|_| pools.iter().map(|pool| draw.random.pick(pool).clone()).collect()).collect();
    Table { fields, rows }
}

/// Draws an operator over some columns.
pub fn operator(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let total: usize = OPERATORS.iter().map(|(_, weight, _)| weight).sum();
    let mut at = draw.random.below(total);
    let (_, _, rule) = OPERATORS.iter().find(|(_, weight, _)| {
        let here = at < *weight;
        at = at.saturating_sub(*weight);
        here
    })?;
    draw.by_chance = false;
    draw.chance = draw.random.percent(3);
    draw.tuples = true;
    let drawn = rule(draw, columns);
    (draw.chance, draw.tuples) = (false, false);
    drawn.map(|o| Operator { arbitrary: o.arbitrary || draw.by_chance, ..o })
}

fn plain(words: impl Into<String>) -> Operator {
    Operator::new(vec![text(words)])
}

fn by_chance(operator: Operator) -> Operator {
    Operator { arbitrary: true, ..operator }
}

fn ordered(operator: Operator) -> Operator {
    Operator { ordered: true, ..operator }
}

fn some(draw: &mut Draw, word: &str) -> Operator {
    ordered(plain(format!("{word} {}", draw.random.below(5))))
}

fn column<'a>(draw: &mut Draw, columns: &'a [Field], fits: impl Fn(Type) -> bool) -> Option<&'a Field> {
    let fitting: Vec<_> = columns.iter().filter(|c| fits(c.ty)).collect();
    (!fitting.is_empty()).then(|| *draw.random.pick(&fitting))
}

fn of_type<'a>(draw: &mut Draw, columns: &'a [Field], ty: Type) -> Option<&'a Field> {
    column(draw, columns, |t| t == ty)
}

/// Some columns, at least one, each once.
fn several<'a>(draw: &mut Draw, columns: &'a [Field], fits: impl Fn(Type) -> bool) -> Vec<&'a Field> {
    let fitting: Vec<_> = columns.iter().filter(|c| fits(c.ty)).collect();
    if fitting.is_empty() {
        return fitting;
    }
    let one = draw.random.below(fitting.len());
    fitting.iter().enumerate().filter(|(i, _)| *i == one || draw.random.percent(25)).map(|(_, c)| *c).collect()
}

fn list_of(columns: &[&Field]) -> Piece {
    Piece::List(columns.iter().map(|c| Tree::holder(vec![text(name(&c.name))])).collect())
}

fn is_key(ty: Type) -> bool {
    ty != Type::Dynamic
}

fn expressions(draw: &mut Draw, columns: &[Field]) -> Piece {
    let count = draw.random.between(1, 3);
    let items = (0..count).map(|_| {
        let value = draw.any_call(columns, 2);
        let new = match columns.is_empty() || draw.random.percent(85) {
            true => draw.fresh(),
            false => name(&draw.random.pick(columns).name),
        };
        Tree::named(&new, value)
    });
    Piece::List(items.collect())
}

fn extend(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    draw.windows = draw.random.percent(15);
    let items = expressions(draw, columns);
    let windows = std::mem::replace(&mut draw.windows, false);
    Some(Operator { ordered: windows, ..Operator::new(vec![text("extend "), items]) })
}

fn serialize(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    draw.windows = true;
    let items = expressions(draw, columns);
    draw.windows = false;
    Some(ordered(Operator::new(vec![text("serialize "), items])))
}

fn project(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let Piece::List(mut items) = expressions(draw, columns) else { return None };
    let kept = several(draw, columns, |_| true);
    items.extend(kept.into_iter().map(|c| Tree::holder(vec![text(name(&c.name))])));
    Some(Operator::new(vec![text("project "), Piece::List(items)]))
}

fn filter(draw: &mut Draw, columns: &[Field], word: &str) -> Option<Operator> {
    let predicate = draw.expr(Type::Bool, columns, 3);
    Some(Operator::new(vec![text(format!("{word} ")), tree(predicate)]))
}

fn names(draw: &mut Draw, columns: &[Field], word: &str) -> Option<Operator> {
    let chosen = several(draw, columns, |_| true);
    (!chosen.is_empty()).then(|| Operator::new(vec![text(format!("{word} ")), list_of(&chosen)]))
}

fn project_by_names(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let chosen = several(draw, columns, |_| true);
    let quoted: Vec<_> = chosen.iter().map(|c| format!("'{}'", c.name.replace('\'', "\\'"))).collect();
    Some(plain(format!("project-by-names {}", quoted.join(", "))))
}

fn project_rename(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let chosen = several(draw, columns, |_| true);
    let items = chosen.iter().map(|c| Tree::holder(vec![text(format!("{} = {}", draw.fresh(), name(&c.name)))]));
    let items: Vec<_> = items.collect();
    (!items.is_empty()).then(|| Operator::new(vec![text("project-rename "), Piece::List(items)]))
}

fn project_reorder(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let chosen = name(&draw.random.pick(columns.get(..).filter(|c| !c.is_empty())?).name);
    let order = *draw.random.pick(&["", ", * asc", ", * desc", ", * granny-asc"]);
    Some(plain(format!("project-reorder {chosen}{order}")))
}

fn assert_schema(_: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let fields: Vec<_> = columns.iter().map(|c| format!("{}: {}", name(&c.name), c.ty)).collect();
    Some(plain(format!("assert-schema ({})", fields.join(", "))))
}

fn distinct(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let chosen = several(draw, columns, is_key);
    (!chosen.is_empty()).then(|| Operator::new(vec![text("distinct "), list_of(&chosen)]))
}

fn summarize(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let mut in_order = false;
    let mut items = Vec::new();
    for _ in 0..draw.random.between(1, 3) {
        let call = draw.aggregate(columns, 1)?;
        in_order |= call.ordered;
        // What gives several columns takes no name.
        items.push(match draw.random.percent(50) {
            true => call.tree,
            false => Tree::named(&draw.fresh(), call.tree),
        });
    }
    let mut pieces = vec![text("summarize "), Piece::List(items)];
    if draw.random.percent(65) {
        let mut keys: Vec<_> = several(draw, columns, is_key).iter().map(|c| Tree::column(c)).collect();
        if keys.is_empty() || draw.random.percent(25) {
            let ty = *draw.random.pick(&[Type::Long, Type::String, Type::Bool, Type::Datetime, Type::Real]);
            let key = draw.expr(ty, columns, 2);
            keys.push(Tree::named(&draw.fresh(), key));
        }
        pieces.extend([text(" by "), Piece::List(keys)]);
    }
    Some(Operator { ordered: in_order, ..Operator::new(pieces) })
}

fn sort(draw: &mut Draw, columns: &[Field], word: &str) -> Option<Operator> {
    let chosen = several(draw, columns, Type::is_orderable);
    let items: Vec<_> =
        chosen.iter().map(|c| Tree::holder(vec![text(format!("{}{}", name(&c.name), direction(draw)))])).collect();
    (!items.is_empty()).then(|| Operator::new(vec![text(format!("{word} by ")), Piece::List(items)]))
}

fn direction(draw: &mut Draw) -> &'static str {
    const DIRECTIONS: &[&str] = &["", " asc", " desc", " asc nulls last", " desc nulls first"];
    DIRECTIONS[draw.random.below(DIRECTIONS.len())]
}

fn top(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let key = name(&column(draw, columns, Type::is_orderable)?.name);
    let (count, direction) = (draw.random.below(4), direction(draw));
    Some(ordered(plain(format!("top {count} by {key}{direction}"))))
}

fn top_hitters(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let key = name(&column(draw, columns, is_key)?.name);
    Some(ordered(plain(format!("top-hitters {} of {key}", draw.random.between(1, 3)))))
}

fn top_nested(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let (a, b) = (name(&column(draw, columns, is_key)?.name), name(&column(draw, columns, is_key)?.name));
    let others = *draw.random.pick(&["", " with others = 'rest'"]);
    Some(ordered(plain(format!(
        "top-nested {} of {a}{others} by count(), top-nested 1 of {b} by count()",
        draw.random.between(1, 3)
    ))))
}

fn sample_distinct(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let key = name(&column(draw, columns, is_key)?.name);
    Some(by_chance(plain(format!("sample-distinct 2 of {key}"))))
}

fn facet(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let key = name(&column(draw, columns, is_key)?.name);
    Some(plain(format!("facet by {key} with (take 2)")))
}

fn fork(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let predicate = draw.expr(Type::Bool, columns, 2);
    Some(Operator::new(vec![text("fork (count) (where "), tree(predicate), text(")")]))
}

fn reduce(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    Some(ordered(plain(format!("reduce by {}", name(&of_type(draw, columns, Type::String)?.name)))))
}

fn search(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let kind = *draw.random.pick(&["", "kind=case_sensitive ", "kind=case_insensitive "]);
    let what = match draw.random.below(4) {
        0 => "'a'".to_owned(),
        1 => "'a*' or '*b'".to_owned(),
        2 => format!("{} : 'a'", name(&of_type(draw, columns, Type::String)?.name)),
        _ => "'1' and not('b')".to_owned(),
    };
    Some(plain(format!("search {kind}{what}")))
}

fn mv_expand(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let kind = *draw.random.pick(&["", "", "kind=array ", "kind=bag "]);
    let index = if draw.random.percent(30) { format!("with_itemindex={} ", draw.fresh()) } else { String::new() };
    let items = (0..draw.random.between(1, 2)).map(|_| {
        let to = match draw.random.percent(40) {
            true => format!(" to typeof({})", draw.any_type()),
            false => String::new(),
        };
        match of_type(draw, columns, Type::Dynamic).filter(|_| draw.random.percent(70)) {
            Some(column) => Tree::holder(vec![text(format!("{}{to}", name(&column.name)))]),
            None => {
                let value = draw.expr(Type::Dynamic, columns, 2);
                let new = draw.fresh();
                Tree::holder(vec![text(format!("{new} = ")), tree(value), text(to)])
            }
        }
    });
    let items = Piece::List(items.collect());
    let limit = *draw.random.pick(&["", "", "", " limit 2"]);
    Some(Operator::new(vec![text(format!("mv-expand {kind}{index}")), items, text(limit)]))
}

fn mv_apply(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let ty = *draw.random.pick(&[Type::Long, Type::String, Type::Real, Type::Dynamic]);
    let array = draw.expr(Type::Dynamic, columns, 2);
    let new = draw.fresh();
    let mut inside = columns.to_vec();
    inside.push(Field::new(&new, ty));
    let body = body(draw, &inside);
    let in_order = body.iter().any(|o| o.ordered);
    let pieces = vec![
        text(format!("mv-apply {new} = ")),
        tree(array),
        text(format!(" to typeof({ty}) on (")),
        Piece::Operators(body),
        text(")"),
    ];
    Some(Operator { ordered: in_order, ..Operator::new(pieces) })
}

fn partition(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let key = name(&column(draw, columns, is_key)?.name);
    let strategy = *draw.random.pick(&["", "hint.strategy=native ", "hint.strategy=shuffle ", "hint.strategy=legacy "]);
    let body = body(draw, columns);
    let in_order = body.iter().any(|o| o.ordered);
    let pieces = vec![text(format!("partition {strategy}by {key} (")), Piece::Operators(body), text(")")];
    Some(Operator { ordered: in_order, ..Operator::new(pieces) })
}

/// One or two operators that keep the columns they know of.
fn body(draw: &mut Draw, columns: &[Field]) -> Vec<Operator> {
    let rules: &[Rule] = &[
        |d, c| filter(d, c, "where"),
        |d, c| sort(d, c, "sort"),
        top,
        extend,
        |d, _| Some(some(d, "take")),
        summarize,
        |_, _| Some(plain("count")),
    ];
    let first = draw.random.below(5);
    let drawn = [first, draw.random.below(rules.len())].map(|at| rules[at](draw, columns));
    let keep = draw.random.between(1, 2);
    let body: Vec<_> = drawn.into_iter().take(keep).flatten().collect();
    if body.is_empty() { vec![plain("take 2")] } else { body }
}

fn make_series(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let axis =
        column(draw, columns, |t| matches!(t, Type::Long | Type::Datetime | Type::Real | Type::Timespan | Type::Int))?;
    let (from, to, step) = match axis.ty {
        Type::Datetime => ("datetime(2024-12-01)", "datetime(2025-01-10)", "10d"),
        Type::Timespan => ("0s", "2d", "6h"),
        Type::Real => ("0.0", "10.0", "2.5"),
        _ => ("0", "10", "3"),
    };
    let call = draw.aggregate(columns, 1)?;
    let default = *draw.random.pick(&["", " default = 0", ""]);
    // Without ends an axis may reach from the first year to the last: too many points.
    let range = match draw.random.percent(60) {
        true => format!(" on {} from {from} to {to} step {step}", name(&axis.name)),
        false => format!(" on {} in range({from}, {to}, {step})", name(&axis.name)),
    };
    let by = match column(draw, columns, is_key).filter(|_| draw.random.percent(50)) {
        Some(key) => format!(" by {}", name(&key.name)),
        None => String::new(),
    };
    let value = Tree::named(&draw.fresh(), call.tree);
    let pieces = vec![text("make-series "), tree(value), text(format!("{default}{range}{by}"))];
    Some(Operator { ordered: call.ordered, ..Operator::new(pieces) })
}

fn parse(draw: &mut Draw, columns: &[Field], word: &str) -> Option<Operator> {
    let column = name(&of_type(draw, columns, Type::String)?.name);
    let kind = match word {
        "parse" => *draw.random.pick(&["", "kind=simple ", "kind=relaxed ", "kind=regex "]),
        _ => *draw.random.pick(&["", "kind=simple ", "kind=regex "]),
    };
    let (a, b) = (draw.fresh(), draw.fresh());
    let (t, u) = (draw.any_type(), draw.any_type());
    let pattern = match draw.random.below(5) {
        0 => format!("* '=' {a}:{t} ',' *"),
        1 => format!("{a}:{t} 'b' {b}:{u}"),
        2 => format!("'a' {a}:{t}"),
        3 => format!("* 'x=' {a}:{t} ', y=' {b}:{u}"),
        _ => format!("{a} ',' {b}:{u}"),
    };
    Some(plain(format!("{word} {kind}{column} with {pattern}")))
}

fn parse_kv(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let column = name(&of_type(draw, columns, Type::String)?.name);
    let t = draw.any_type();
    Some(plain(format!("parse-kv {column} as (x:{t}, y:string) with (pair_delimiter=', ', kv_delimiter='=')")))
}

fn scan(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let (first, then) = (draw.expr(Type::Bool, columns, 2), draw.expr(Type::Bool, columns, 1));
    let ty = draw.any_type();
    let (state, value) = (draw.fresh(), draw.expr(ty, columns, 1));
    let output = *draw.random.pick(&["", " output=last", " output=all", " output=none"]);
    let pieces = vec![
        text(format!("serialize | scan with_match_id={} declare ({state}:{ty}) with (step p1: ", draw.fresh())),
        tree(first),
        text(format!(" => {state} = ")),
        tree(value),
        text(format!("; step p2{output}: ")),
        tree(then),
        text(format!(" => {state} = p1.{state};)")),
    ];
    Some(ordered(Operator::new(pieces)))
}

/// The other table, as it is or with something done to it.
fn other(draw: &mut Draw) -> &'static str {
    const OTHERS: &[&str] = &[
        "U",
        "U",
        "U",
        "(U | where true)",
        "(U | take 3)",
        "(range l from 0 to 3 step 1)",
        "T",
        "(print l = 1, s = 'a')",
        "(find in (U) where true)",
    ];
    OTHERS[draw.random.below(OTHERS.len())]
}

fn join(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let kind = *draw.random.pick(&[
        "",
        "kind=innerunique ",
        "kind=inner ",
        "kind=leftouter ",
        "kind=rightouter ",
        "kind=fullouter ",
        "kind=leftsemi ",
        "kind=rightsemi ",
        "kind=leftanti ",
        "kind=rightanti ",
    ]);
    let keys = several(draw, columns, is_key);
    let keys: Vec<_> = keys.iter().map(|c| name(&c.name)).collect();
    (!keys.is_empty()).then(|| ordered(plain(format!("join {kind}({}) on {}", other(draw), keys.join(", ")))))
}

fn lookup(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let kind = *draw.random.pick(&["", "kind=leftouter ", "kind=inner "]);
    let key = name(&column(draw, columns, is_key)?.name);
    Some(ordered(plain(format!("lookup {kind}({}) on {key}", other(draw)))))
}

fn union(draw: &mut Draw, _: &[Field]) -> Option<Operator> {
    let kind = *draw.random.pick(&["", "kind=inner ", "kind=outer ", "isfuzzy=true "]);
    let source = if draw.random.percent(25) { format!("withsource={} ", draw.fresh()) } else { String::new() };
    Some(ordered(plain(format!("union {kind}{source}{}", other(draw)))))
}

fn make_graph(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let (a, b) = (column(draw, columns, is_key)?, column(draw, columns, is_key)?);
    let edges = format!("make-graph {} --> {} with_node_id=n | ", name(&a.name), name(&b.name));
    let rest = *draw.random.pick(&[
        "graph-to-table nodes",
        "graph-to-table edges",
        "graph-mark-components | graph-to-table nodes",
        "graph-match (p)-[e]->(q) project p.n, q.n",
        "graph-match cycles=none (p)-[e*1..3]->(q) project p.n, q.n, k = array_length(map(e, 1))",
        "graph-shortest-paths (p)-[e*1..4]->(q) project p.n, q.n",
    ]);
    Some(ordered(plain(edges + rest)))
}

fn evaluate(draw: &mut Draw, columns: &[Field]) -> Option<Operator> {
    let (name, arguments) = *draw.random.pick(PLUGINS);
    let arguments = arguments(draw, columns)?;
    let before = if name == "rows_near" { "serialize | " } else { "" };
    Some(ordered(plain(format!("{before}evaluate {name}{arguments}"))))
}

/// What stands behind the name of a plugin.
type Arguments = fn(&mut Draw, &[Field]) -> Option<String>;

/// How the call of each plugin of `evaluate` is drawn.
pub const PLUGINS: &[(&str, Arguments)] = &[
    ("active_users_count", |d, c| over_time(d, c, "0, 10, 4, 2, 1, 2")),
    ("activity_counts_metrics", |d, c| over_time(d, c, "0, 10, 2")),
    ("activity_engagement", |d, c| over_time(d, c, "0, 10, 2, 4")),
    ("activity_metrics", |d, c| over_time(d, c, "0, 10, 2")),
    ("autocluster", |_, _| Some("()".to_owned())),
    ("bag_unpack", |d, c| {
        let schema = *d.random.pick(&["", " : (*, a:long, b:string)"]);
        Some(format!("({}){schema}", of_name(d, c, Type::Dynamic)?))
    }),
    ("basket", |_, _| Some("(0.3)".to_owned())),
    ("diffpatterns", |d, c| Some(format!("({}, 'a', 'A')", of_name(d, c, Type::String)?))),
    ("funnel_sequence_completion", |d, c| {
        let state = of_name(d, c, Type::String)?;
        over_time(d, c, &format!("0, 10, 5, {state}, dynamic(['a', 'A']), dynamic([1, 5])"))
    }),
    ("ipv4_lookup", |d, c| {
        let networks = "datatable(net:string)['10.0.0.0/8', '', '1.2.3']";
        Some(format!("(({networks}), {}, net, return_unmatched = true)", of_name(d, c, Type::String)?))
    }),
    ("ipv6_lookup", |d, c| {
        let networks = "datatable(net:string)['::ffff:10.0.0.0/104', 'fe80::/10', '']";
        Some(format!("(({networks}), {}, net)", of_name(d, c, Type::String)?))
    }),
    ("narrow", |_, _| Some("()".to_owned())),
    ("new_activity_metrics", |d, c| over_time(d, c, "0, 10, 2")),
    ("pivot", |d, c| Some(format!("({})", of_name(d, c, Type::String)?))),
    ("rolling_percentile", |d, c| {
        let value = name(&column(d, c, Type::is_number)?.name);
        Some(format!("({value}, 50, {}, 1, 2)", of_name(d, c, Type::Long)?))
    }),
    ("rows_near", |d, c| Some(format!("({}, 1)", d.expr(Type::Bool, c, 1).text()))),
    ("sequence_detect", |d, c| {
        let (p, q) = (d.expr(Type::Bool, c, 1).text(), d.expr(Type::Bool, c, 1).text());
        let (time, id) = (of_name(d, c, Type::Datetime)?, name(&column(d, c, is_key)?.name));
        Some(format!("({time}, 100d, 400d, i = ({p}), o = ({q}), {id})"))
    }),
    ("session_count", |d, c| over_time(d, c, "0, 10, 5, 2")),
    ("sliding_window_counts", |d, c| over_time(d, c, "0, 10, 4, 2")),
];

/// Plugins that no pipeline here has.
pub const PLUGINS_LEFT_OUT: &[(&str, &str)] = &[
    ("dcount_intersect", "its input is columns of sketches"),
    ("preview", "it gives two results"),
    ("schema_merge", "its input is what getschema gives"),
];

fn of_name(draw: &mut Draw, columns: &[Field], ty: Type) -> Option<String> {
    Some(name(&of_type(draw, columns, ty)?.name))
}

/// `(id, time, ...)` over an axis of whole numbers.
fn over_time(draw: &mut Draw, columns: &[Field], rest: &str) -> Option<String> {
    let (id, time) = (name(&column(draw, columns, is_key)?.name), of_name(draw, columns, Type::Long)?);
    Some(format!("({id}, {time}, {rest})"))
}
