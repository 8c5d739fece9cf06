//! What must hold of any query: each check asks one question two ways.

use arrow::record_batch::RecordBatch;
use rehunt_lang::types::{Field, Type};

use super::lab::{Lab, Rows, Trouble};
use super::literals::simple;
use super::subject::Subject;
use super::tree::name;

/// Why a check ends early.
pub enum Stop {
    /// It says nothing of this subject.
    Skip,
    /// It does not hold: of what kind the failure is, and all of it.
    Fail(&'static str, String),
}

/// Tells whether something holds of a subject.
pub type Check = fn(&Lab, &Subject) -> Result<(), Stop>;

/// Every check.
pub const CHECKS: &[(&str, Check)] = &[
    ("a query runs without an accident", runs),
    ("a value runs without an accident", value_runs),
    ("equal queries give equal rows", repeats),
    ("where, where not and where null give the table", filter_in_three),
    ("where p and q is where p | where q", filter_in_two),
    ("not (p and q) is not p or not q", de_morgan),
    ("a constant moved into a column", constant_in_column),
    ("count is the number of rows", counts),
    ("take gives rows of the table", takes),
    ("sort | take is top", sort_take),
    ("distinct is summarize by", distinct_summarize),
    ("union counts double", union_doubles),
    ("groups add up", groups_add_up),
    ("the kinds of join agree", join_kinds),
    ("a let, materialize, as or function changes nothing", named),
    ("format changes nothing", formatted),
    ("batches change nothing", batches),
    ("all columns projected are the table", identity),
    ("extend | project is project", extend_project),
    ("where before extend is where after", filter_extend),
    ("mv-expand gives as many rows as there are elements", expanded),
    ("case is nested iff", case_iff),
    ("in is an or of equalities", membership),
    ("between is two comparisons", between),
    ("row_number counts", row_numbers),
    ("a twin with a predicate is the aggregate after where", twins),
    ("partition by parts filters nothing", partitioned),
    ("a list is as long as there are values", list_lengths),
    ("text and back is the value", round_trip),
    ("toscalar is the cell", scalar),
];

fn skip<T>() -> Result<T, Stop> {
    Err(Stop::Skip)
}

fn fail(kind: &'static str, query: &str, what: impl std::fmt::Display) -> Stop {
    Stop::Fail(kind, format!("{what}\n{query}"))
}

fn stop(trouble: Trouble, query: &str) -> Stop {
    match trouble {
        Trouble::Refused => Stop::Skip,
        Trouble::Broken(message) => fail("accident", query, message),
    }
}

fn one(lab: &Lab, query: &str) -> Result<Rows, Stop> {
    lab.one(query).map_err(|t| stop(t, query))
}

fn columns(lab: &Lab, query: &str) -> Result<Vec<Field>, Stop> {
    lab.columns(query).map_err(|t| stop(t, query))?.ok_or(Stop::Skip)
}

/// The rows of two queries are the same, in whatever order.
fn same(lab: &Lab, a: &str, b: &str) -> Result<(), Stop> {
    let (left, right) = (one(lab, a)?, one(lab, b)?);
    agree(left.sorted(), right.sorted(), a, b)
}

/// The rows of two queries of the subject are the same and in the same order, where there is one: the parts of a union run
/// at once, so that their rows come in any.
fn in_order(lab: &Lab, s: &Subject, a: &str, b: &str) -> Result<(), Stop> {
    match s.operators.iter().any(|o| o.ordered) {
        true => same(lab, a, b),
        false => agree(one(lab, a)?, one(lab, b)?, a, b),
    }
}

fn agree(left: Rows, right: Rows, a: &str, b: &str) -> Result<(), Stop> {
    let named = |columns: &[Field]| columns.iter().map(|c| (c.name.clone(), c.ty)).collect::<Vec<_>>();
    if left.rows == right.rows && named(&left.columns) == named(&right.columns) {
        return Ok(());
    }
    let what = format!("differs:\n--- {}\n--- {}", left.shown(), right.shown());
    Err(Stop::Fail("difference", format!("{what}\n{a}\n=== beside ===\n{b}")))
}

/// The number that a query gives.
fn number(lab: &Lab, query: &str) -> Result<i64, Stop> {
    let rows = one(lab, query)?;
    let cell = rows.rows.first().and_then(|row| row.last()).ok_or(Stop::Skip)?;
    cell.parse().map_err(|_| fail("difference", query, format!("no number: {cell}")))
}

fn equal(a: i64, b: i64, what: &str, query: &str) -> Result<(), Stop> {
    if a == b { Ok(()) } else { Err(fail("difference", query, format!("{what}: {a} and {b}"))) }
}

/// One of the columns that fits, chosen by the subject.
fn chosen(subject: &Subject, columns: &[Field], fits: impl Fn(Type) -> bool) -> Result<Field, Stop> {
    let fitting: Vec<_> = columns.iter().filter(|c| fits(c.ty)).collect();
    if fitting.is_empty() { skip() } else { Ok(fitting[subject.n % fitting.len()].clone()) }
}

fn is_key(ty: Type) -> bool {
    ty != Type::Dynamic
}

/// Neither binding nor running panics, hangs or fails; names, types and values are what binding said.
fn runs(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let query = s.query("");
    match lab.all(&query) {
        Ok(_) => Ok(()),
        Err(trouble) => Err(stop(trouble, &query)),
    }
}

fn value_runs(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    one(lab, &s.query(&format!("| project v = {}, p = {}", s.value.text(), s.p.text()))).map(drop)
}

fn repeats(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let query = s.settled()?.query("");
    in_order(lab, s, &query, &query)
}

fn filter_in_three(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let p = s.settled()?.p.text();
    let whole = s.query("");
    let parts =
        [format!("| where {p}"), format!("| where not({p})"), format!("| where isnull({p})")].map(|w| s.query(&w));
    let [yes, no, null] = &parts;
    let together = one(lab, yes)?.and(one(lab, no)?).and(one(lab, null)?);
    agree(one(lab, &whole)?.sorted(), together.sorted(), &whole, &parts.join("\n=== and ===\n"))
}

fn filter_in_two(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let (p, q) = (s.settled()?.p.text(), s.q.text());
    same(lab, &s.query(&format!("| where {p} and {q}")), &s.query(&format!("| where {p} | where {q}")))
}

fn de_morgan(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let (p, q) = (s.settled()?.p.text(), s.q.text());
    same(lab, &s.query(&format!("| where not({p} and {q})")), &s.query(&format!("| where not({p}) or not({q})")))
}

/// What may differ between a constant and a column, and why.
const FOLDED_OTHERWISE: &[(&str, &str)] = &[
    ("pack_all", "it packs the columns around it, of which a constant has none"),
    ("columnexists", "it looks for a column around it, of which a constant has none"),
    ("columnifexists", "the same"),
    ("column_ifexists", "the same"),
];

fn constant_in_column(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let value = s.over_table.text();
    if FOLDED_OTHERWISE.iter().any(|(function, _)| value.contains(function)) {
        return skip();
    }
    let rows = s.table.rows.iter().take(3);
    let constants = rows.enumerate().map(|(i, row)| format!("v{i} = {}", at_row(s, row)));
    let constants: Vec<_> = constants.collect();
    if constants.is_empty() {
        return skip();
    }
    let by_column = format!("{}\n| project v = {value}", s.table.text());
    let by_constant = format!("print {}", constants.join(", "));
    let (rows, row) = (one(lab, &by_column)?, one(lab, &by_constant)?);
    // `series_fft` and its kin give several columns.
    if rows.columns.len() != 1 {
        return skip();
    }
    let left: Vec<_> = rows.rows.iter().take(3).map(|r| r[0].clone()).collect();
    if left == row.rows[0] {
        return Ok(());
    }
    let what = format!("differs: columns give {left:?}, constants {:?}", row.rows[0]);
    Err(Stop::Fail("difference", format!("{what}\n{by_column}\n=== beside ===\n{by_constant}")))
}

/// The value of the subject with the columns of its table replaced by the cells of a row.
fn at_row(s: &Subject, row: &[String]) -> String {
    let cell = |column: &str| {
        let at = s.table.fields.iter().position(|f| name(&f.name) == column);
        at.map(|at| format!("({})", row[at]))
    };
    s.over_table.with_columns(&cell).text()
}

fn counts(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let (all, count) = (s.settled()?.query(""), s.query("| count"));
    equal(one(lab, &all)?.rows.len() as i64, number(lab, &count)?, "rows and count", &count)?;
    let summed = s.query("| summarize count()");
    equal(number(lab, &count)?, number(lab, &summed)?, "count and count()", &summed)
}

fn takes(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let (all, some) = (s.settled()?.query(""), s.query(&format!("| take {}", s.n)));
    let (mut whole, part) = (one(lab, &all)?, one(lab, &some)?);
    equal(part.rows.len() as i64, whole.rows.len().min(s.n) as i64, "take and rows", &some)?;
    for row in &part.rows {
        let Some(at) = whole.rows.iter().position(|r| r == row) else {
            return Err(fail("difference", &some, format!("no row of the table: {}", row.join(" | "))));
        };
        whole.rows.swap_remove(at);
    }
    Ok(())
}

fn sort_take(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let key = chosen(s, &columns(lab, &s.settled()?.query(""))?, Type::is_orderable)?;
    let (key, n) = (name(&key.name), s.n);
    let order = ["", " asc", " desc", " asc nulls last", " desc nulls first"][n % 5];
    let (a, b) = (
        s.query(&format!("| sort by {key}{order} | take {n} | project {key}")),
        s.query(&format!("| top {n} by {key}{order} | project {key}")),
    );
    agree(one(lab, &a)?, one(lab, &b)?, &a, &b)
}

fn distinct_summarize(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let all = columns(lab, &s.settled()?.query(""))?;
    let keys: Vec<_> = all.iter().filter(|c| is_key(c.ty)).take(s.n + 1).map(|c| name(&c.name)).collect();
    let keys = keys.join(", ");
    same(lab, &s.query(&format!("| distinct {keys}")), &s.query(&format!("| summarize by {keys}")))
}

fn union_doubles(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let single = s.settled()?.query("");
    let double = s.named_query("union S, S");
    let rows = one(lab, &single)?;
    agree(rows.clone().and(rows).sorted(), one(lab, &double)?.sorted(), &single, &double)
}

fn groups_add_up(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let key = name(&chosen(s, &columns(lab, &s.settled()?.query(""))?, is_key)?.name);
    let groups = s.query(&format!("| summarize zz = count() by {key} | summarize sum(zz)"));
    equal(number(lab, &groups)?, number(lab, &s.query("| count"))?, "the groups' counts and count", &groups)
}

fn join_kinds(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let own = columns(lab, &s.settled()?.query(""))?;
    let shared = |c: &&Field| is_key(c.ty) && s.other.fields.iter().any(|f| f == *c);
    let keys: Vec<_> = own.iter().filter(shared).take(1 + s.n % 2).map(|c| name(&c.name)).collect();
    if keys.is_empty() {
        return skip();
    }
    let on = keys.join(", ");
    let join = |kind: &str| s.named_query(&format!("S | join kind={kind} (U) on {on}"));
    let count = |kind: &str| number(lab, &format!("{} | count", join(kind)));
    let (inner, anti, outer) = (count("inner")?, count("leftanti")?, count("leftouter")?);
    equal(inner + anti, outer, "inner with leftanti, and leftouter", &join("leftouter"))?;
    equal(
        outer + count("rightanti")?,
        count("fullouter")?,
        "leftouter with rightanti, and fullouter",
        &join("fullouter"),
    )?;
    equal(
        inner + count("rightanti")?,
        count("rightouter")?,
        "inner with rightanti, and rightouter",
        &join("rightouter"),
    )?;
    let lookup = s.named_query(&format!("S | lookup kind=inner (U) on {on} | count"));
    equal(inner, number(lab, &lookup)?, "inner join and lookup", &lookup)?;
    let both = one(lab, &join("leftsemi"))?.and(one(lab, &join("leftanti"))?);
    agree(one(lab, &s.query(""))?.sorted(), both.sorted(), &s.query(""), &join("leftsemi or leftanti"))?;
    let turned = |kind: &str| s.named_query(&format!("U | join kind={kind} (S) on {on}"));
    same(lab, &join("leftanti"), &turned("rightanti"))?;
    same(lab, &join("leftsemi"), &turned("rightsemi"))
}

fn named(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let p = s.settled()?.p.text();
    let plain = s.query(&format!("| where {p}"));
    let pipeline = s.pipeline();
    let other = match s.n % 4 {
        0 => s.defined(&format!("let S = {pipeline};\nS | where {p}")),
        1 => s.defined(&format!("let S = materialize({pipeline});\nS | where {p}")),
        2 => s.defined(&format!("let S = () {{ {pipeline} }};\nS() | where {p}")),
        _ => s.query(&format!("| as S | where {p}")),
    };
    same(lab, &plain, &other)
}

fn formatted(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let query = s.settled()?.query(&format!("| where {}", s.p.text()));
    let before = one(lab, &query)?;
    let again = rehunt_lang::format(&query)
        .map_err(|wrong| fail("difference", &query, format!("cannot be formatted: {wrong:?}")))?;
    match lab.one(&again) {
        Ok(after) => agree(before, after, &query, &again),
        Err(trouble) => Err(fail("difference", &query, format!("formatted it gives {trouble:?}\n{again}"))),
    }
}

/// The table of the subject read from one batch a row, in as many partitions as there are threads.
fn batches(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    if s.settled()?.operators.iter().any(|o| o.ordered) {
        return skip();
    }
    let (mut packed, mut unpacked) = (Vec::new(), Vec::new());
    for Field { name, ty } in &s.table.fields {
        let (pack, unpack) = match ty {
            Type::Dynamic => (format!("tostring(pack_array({name}))"), format!("todynamic({name})[0]")),
            Type::Decimal | Type::Guid => (format!("tostring({name})"), format!("to{ty}({name})")),
            Type::Datetime | Type::Timespan => (format!("tolong({name})"), format!("to{ty}({name})")),
            _ => (name.clone(), name.clone()),
        };
        packed.push(format!("{name} = {pack}"));
        unpacked.push(format!("{name} = {unpack}"));
    }
    let raw = format!("{}\n| project {}", s.table.text(), packed.join(", "));
    let Ok(answer) = crate::session::run(&lab.engine, &raw) else { return skip() };
    let Some(whole) = answer.tables[0].batches.first() else { return skip() };
    let names: Vec<_> = s.table.fields.iter().map(|f| f.name.as_str()).collect();
    let named = names.iter().zip(whole.columns()).map(|(n, a)| (*n, std::sync::Arc::clone(a), true));
    let Ok(whole) = RecordBatch::try_from_iter_with_nullable(named) else { return skip() };
    let mut parts: Vec<_> = (0..whole.num_rows()).map(|row| whole.slice(row, 1)).collect();
    parts.push(whole.slice(0, 0));
    let mut engine = lab.engine.clone();
    let Ok(()) = engine.register("Raw", parts) else { return skip() };
    let source = format!("Raw | project {}", unpacked.join(", "));
    let (a, b) = (s.query(""), s.query_of(&source, ""));
    agree(one(lab, &a)?.sorted(), one(&lab.on(engine), &b)?.sorted(), &a, &b)
}

fn identity(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let query = s.settled()?.query("");
    let all: Vec<_> = columns(lab, &query)?.iter().map(|c| name(&c.name)).collect();
    let projected = s.query(&format!("| project {}", all.join(", ")));
    in_order(lab, s, &query, &projected)?;
    let back = s.query(&format!("| project-reorder * desc | project-reorder {}", all.join(", ")));
    in_order(lab, s, &query, &back)
}

fn extend_project(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let v = s.settled()?.value.text();
    let (a, b) = (s.query(&format!("| extend zz = {v} | project zz")), s.query(&format!("| project zz = {v}")));
    in_order(lab, s, &a, &b)
}

fn filter_extend(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let (p, v) = (s.settled()?.p.text(), s.value.text());
    same(lab, &s.query(&format!("| where {p} | extend zz = {v}")), &s.query(&format!("| extend zz = {v} | where {p}")))
}

fn expanded(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let array = match s.value.ty {
        Type::Dynamic => s.settled()?.value.text(),
        _ => name(&chosen(s.settled()?, &columns(lab, &s.query(""))?, |t| t == Type::Dynamic)?.name),
    };
    let rows = s.query(&format!("| project zz = {array} | mv-expand zz | count"));
    let elements = "case(isnull(zz), 1, gettype(zz) == 'array', array_length(zz), \
                    gettype(zz) == 'dictionary', array_length(bag_keys(zz)), 1)";
    let summed = s.query(&format!("| project zz = {array} | summarize sum({elements})"));
    equal(number(lab, &rows)?, number(lab, &summed)?, "rows and elements", &rows)
}

fn case_iff(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let (p, q, v) = (s.settled()?.p.text(), s.q.text(), s.value.text());
    let other = simple(s.value.ty);
    same(
        lab,
        &s.query(&format!("| project zz = case({p}, {v}, {q}, {other}, {v})")),
        &s.query(&format!("| project zz = iff({p}, {v}, iff({q}, {other}, {v}))")),
    )
}

fn membership(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let (v, (a, b)) = (s.settled()?.value.text(), &s.pair);
    if s.value.ty == Type::Dynamic {
        return skip();
    }
    let (a, b) = (a.text(), b.text());
    same(lab, &s.query(&format!("| where {v} in ({a}, {b})")), &s.query(&format!("| where {v} == {a} or {v} == {b}")))?;
    same(lab, &s.query(&format!("| where {v} !in ({a}, {b})")), &s.query(&format!("| where {v} != {a} and {v} != {b}")))
}

fn between(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let (v, (a, b)) = (s.settled()?.value.text(), &s.pair);
    if s.value.ty == Type::Dynamic {
        return skip();
    }
    let (a, b) = (a.text(), b.text());
    same(
        lab,
        &s.query(&format!("| where {v} between ({a} .. {b})")),
        &s.query(&format!("| where {v} >= {a} and {v} <= {b}")),
    )
}

fn row_numbers(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let query = s.settled()?.query("| serialize zz = row_number() | project zz");
    let found: Vec<_> = one(lab, &query)?.rows.iter().map(|r| r[0].clone()).collect();
    let wanted: Vec<_> = (1..=found.len()).map(|n| n.to_string()).collect();
    if found == wanted { Ok(()) } else { Err(fail("difference", &query, format!("numbers are {found:?}"))) }
}

fn twins(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let (Some((call, twin)), p) = (&s.settled()?.twins, s.p.text()) else { return skip() };
    let call = call.text();
    let arguments = call.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    let Some(arguments) = arguments else { return skip() };
    let with = if arguments.is_empty() { format!("{twin}({p})") } else { format!("{twin}({arguments}, {p})") };
    same(lab, &s.query(&format!("| where {p} | summarize zz = {call}")), &s.query(&format!("| summarize zz = {with}")))
}

fn partitioned(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let key = name(&chosen(s.settled()?, &columns(lab, &s.query(""))?, is_key)?.name);
    let (p, strategy) = (s.p.text(), ["native", "shuffle", "legacy"][s.n % 3]);
    same(
        lab,
        &s.query(&format!("| where {p}")),
        &s.query(&format!("| partition hint.strategy={strategy} by {key} (where {p})")),
    )
}

fn list_lengths(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let key = name(&chosen(s.settled()?, &columns(lab, &s.query(""))?, is_key)?.name);
    let lists = s.query(&format!("| summarize zz = make_list({key}) | project array_length(zz)"));
    let values = s.query(&format!("| where isnotnull({key}) | count"));
    equal(number(lab, &lists)?, number(lab, &values)?, "the list and the values", &lists)?;
    let set = s.query(&format!("| summarize zz = make_set({key}) | project array_length(zz)"));
    let distinct = s.query(&format!("| where isnotnull({key}) | distinct {key} | count"));
    equal(number(lab, &set)?, number(lab, &distinct)?, "the set and the distinct values", &set)
}

fn round_trip(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let (v, ty) = (s.settled()?.value.text(), s.value.ty);
    // `column_ifexists` has the type of the column that it finds, which its signature does not tell.
    if matches!(ty, Type::Dynamic | Type::String) || v.contains("ifexists") {
        return skip();
    }
    // A NaN is never itself.
    let lost =
        s.query(&format!("| extend zz = {v} | where isnotnull(zz) and zz == zz | where to{ty}(tostring(zz)) != zz"));
    let rows = one(lab, &lost)?;
    if rows.rows.is_empty() { Ok(()) } else { Err(fail("difference", &lost, rows.shown())) }
}

fn scalar(lab: &Lab, s: &Subject) -> Result<(), Stop> {
    let v = s.settled()?.value.text();
    if s.operators.iter().any(|o| o.ordered) {
        return skip();
    }
    let first = s.query(&format!("| project zz = {v} | take 1"));
    let rows = one(lab, &first)?;
    if rows.rows.is_empty() || rows.columns.len() != 1 {
        return skip();
    }
    let scalar = s.named_query(&format!("print zz = toscalar(S | project zz = {v} | take 1)"));
    agree(rows, one(lab, &scalar)?, &first, &scalar)
}
