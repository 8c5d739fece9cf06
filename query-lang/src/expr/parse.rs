//! The grammar of expressions: one loop over a table of binary operators.
//!
//! Levels after Microsoft's published grammar, checked with its analyser. Text operators bind tighter than
//! `*`; equality and order do not associate.

use crate::cursor::{Chain, Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::lexer::TokenKind;
use crate::literal;
use crate::name;
use crate::operators;
use crate::span::Span;
use crate::types::{Type, Value};

use super::ast::{Argument, Between, Binary, Expr, ExprKind, In, Name, NamedExpr, Sign};

/// What stands on the right of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Right {
    Value,
    List,
    Range,
}

const OR: u8 = 1;
const AND: u8 = 2;
const EQUALITY: u8 = 3;
const ORDER: u8 = 4;
const SUM: u8 = 5;
const PRODUCT: u8 = 6;
const TEXT: u8 = 7;

/// Spelling, level, right side. Spellings with `!` before a word or `~` after it are adjacent tokens.
const BINARY: &[(&str, u8, Right)] = &[
    ("or", OR, Right::Value),
    ("and", AND, Right::Value),
    ("==", EQUALITY, Right::Value),
    ("!=", EQUALITY, Right::Value),
    ("<>", EQUALITY, Right::Value),
    (":", EQUALITY, Right::Value),
    ("in", EQUALITY, Right::List),
    ("!in", EQUALITY, Right::List),
    ("in~", EQUALITY, Right::List),
    ("!in~", EQUALITY, Right::List),
    ("has_any", EQUALITY, Right::List),
    ("has_all", EQUALITY, Right::List),
    ("between", EQUALITY, Right::Range),
    ("!between", EQUALITY, Right::Range),
    ("<", ORDER, Right::Value),
    ("<=", ORDER, Right::Value),
    (">", ORDER, Right::Value),
    (">=", ORDER, Right::Value),
    ("+", SUM, Right::Value),
    ("-", SUM, Right::Value),
    ("*", PRODUCT, Right::Value),
    ("/", PRODUCT, Right::Value),
    ("%", PRODUCT, Right::Value),
    ("=~", TEXT, Right::Value),
    ("!~", TEXT, Right::Value),
    ("has", TEXT, Right::Value),
    ("!has", TEXT, Right::Value),
    ("has_cs", TEXT, Right::Value),
    ("!has_cs", TEXT, Right::Value),
    ("hasprefix", TEXT, Right::Value),
    ("!hasprefix", TEXT, Right::Value),
    ("hasprefix_cs", TEXT, Right::Value),
    ("!hasprefix_cs", TEXT, Right::Value),
    ("hassuffix", TEXT, Right::Value),
    ("!hassuffix", TEXT, Right::Value),
    ("hassuffix_cs", TEXT, Right::Value),
    ("!hassuffix_cs", TEXT, Right::Value),
    ("contains", TEXT, Right::Value),
    ("!contains", TEXT, Right::Value),
    ("contains_cs", TEXT, Right::Value),
    ("!contains_cs", TEXT, Right::Value),
    ("containscs", TEXT, Right::Value),
    ("notcontains", TEXT, Right::Value),
    ("notcontainscs", TEXT, Right::Value),
    ("startswith", TEXT, Right::Value),
    ("!startswith", TEXT, Right::Value),
    ("startswith_cs", TEXT, Right::Value),
    ("!startswith_cs", TEXT, Right::Value),
    ("endswith", TEXT, Right::Value),
    ("!endswith", TEXT, Right::Value),
    ("endswith_cs", TEXT, Right::Value),
    ("!endswith_cs", TEXT, Right::Value),
    ("matches regex", TEXT, Right::Value),
];

/// Tells whether a word stands between two values: `and`, `contains`.
pub(crate) fn is_between_values(word: &str) -> bool {
    BINARY.iter().any(|(spelling, ..)| *spelling == word)
}

/// An expression.
pub fn expr(c: Cursor) -> Parsed<Expr> {
    level(c, OR)
}

/// A value without `and`, `or` and comparisons: the ends of `a .. b`.
pub fn operand(c: Cursor) -> Parsed<Expr> {
    level(c, SUM)
}

// Brackets lead from here to here again, and in a debug build every temporary of a function has a place of its own
// in its frame. So what does not lead deeper, or seldom, stands in functions of its own: a hundred levels have to
// fit the two megabytes of a thread.
fn level(c: Cursor, least: u8) -> Parsed<Expr> {
    let mut chain = c.chain();
    let (mut at, mut value) = unary(c)?;
    while let Some((after, found)) = operator(at).filter(|(_, found)| found.1 >= least) {
        (at, value) = operation(value, at, after, found, &mut chain)?;
    }
    c.end_chain(chain);
    Ok((at, value))
}

/// The right side of an operator that stands between two cursors, and what both sides make.
fn operation<'t>(
    left: Expr,
    at: Cursor<'t>,
    after: Cursor<'t>,
    (op, level, right): (&'static str, u8, Right),
    chain: &mut Chain,
) -> Parsed<'t, Expr> {
    let op_span = after.since(at);
    let start = left.span;
    let (at, kind) = match (right, level) {
        (Right::List, _) => {
            let (after, (items, list_span)) = list(after)?;
            (after, ExprKind::In(Box::new(In { op, op_span, value: left, items, list_span })))
        }
        (Right::Range, _) => {
            let (after, (low, high)) = range(after)?;
            let negated = op == "!between";
            (after, ExprKind::Between(Box::new(Between { negated, op_span, value: left, low, high })))
        }
        (Right::Value, OR | AND) => {
            let (after, right) = self::level(after, level + 1)?;
            return Ok((after, join(left, right, level == AND)));
        }
        (Right::Value, _) => {
            let (after, right) = self::level(after, level + 1)?;
            (after, ExprKind::Binary(Box::new(Binary { op, op_span, left, right })))
        }
    };
    at.step(chain)?;
    if matches!(level, EQUALITY | ORDER) {
        refuse_chain(at, level);
    }
    Ok((at, Expr { kind, span: start.to(at.last_span()) }))
}

/// `a and b and c` is one list: thousands of terms must not become a deep tree.
fn join(left: Expr, right: Expr, and: bool) -> Expr {
    let span = left.span.to(right.span);
    let mut parts = match left.kind {
        ExprKind::And(parts) if and => parts,
        ExprKind::Or(parts) if !and => parts,
        kind => vec![Expr { kind, span: left.span }],
    };
    parts.push(right);
    Expr { kind: if and { ExprKind::And(parts) } else { ExprKind::Or(parts) }, span }
}

/// `a == b == c` and `a < b < c` have no meaning.
fn refuse_chain(c: Cursor, level: u8) {
    if let Some((after, (op, again, _))) = operator(c)
        && again == level
    {
        let message = format!("`{op}` cannot follow another comparison");
        let help = "compare one pair at a time; join them with `and`";
        c.report(Diagnostic::error("chained-comparison", after.since(c), message).help(help));
    }
}

/// The binary operator here, with the cursor behind it.
fn operator(c: Cursor<'_>) -> Option<(Cursor<'_>, (&'static str, u8, Right))> {
    let find = |spelling: &str| BINARY.iter().find(|(s, ..)| *s == spelling).copied();
    match &c.token().kind {
        TokenKind::Symbol("!") => {
            let word = c.next();
            if word.token().kind != TokenKind::Word || !word.token().glued {
                return None;
            }
            with_tilde(word.next(), &format!("!{}", word.text()), find)
        }
        // Behind a colon in brackets stands a schema: `evaluate f() : (a: long)`.
        TokenKind::Symbol(":") if c.next().is("(") => None,
        TokenKind::Symbol(symbol) => Some((c.next(), find(symbol)?)),
        TokenKind::Word if c.text() == "matches" && c.next().is_word("regex") => {
            Some((c.next().next(), find("matches regex")?))
        }
        TokenKind::Word => with_tilde(c.next(), c.text(), find),
        _ => None,
    }
}

/// `in~` is a word with a `~` glued to it.
fn with_tilde<'t>(
    after: Cursor<'t>,
    word: &str,
    find: impl Fn(&str) -> Option<(&'static str, u8, Right)>,
) -> Option<(Cursor<'t>, (&'static str, u8, Right))> {
    if after.is("~") && after.token().glued {
        return Some((after.next(), find(&format!("{word}~"))?));
    }
    Some((after, find(word)?))
}

/// `(a, b, c)`; without items it is an empty list.
fn list(c: Cursor) -> Parsed<(Vec<Expr>, Span)> {
    // `x has_any (list)` is usual; the bare name of a list or table is tolerated.
    if !c.is("(") {
        let (after, item) = unary(c)?;
        let span = item.span;
        return Ok((after, (vec![item], span)));
    }
    let (at, open) = c.symbol("(")?;
    let (mut at, ()) = at.deeper()?;
    let mut items = Vec::new();
    while !at.is(")") {
        let (after, item) = operators::value_or_pipeline(at)?;
        items.push(item);
        at = after;
        match at.eat(",") {
            Some(after) => at = after,
            None => break,
        }
    }
    let (after, _) = close(at.at_depth_of(c), ")", open)?;
    Ok((after, (items, after.since(c))))
}

/// `(low .. high)`
fn range(c: Cursor) -> Parsed<(Expr, Expr)> {
    let (at, open) = c.symbol("(")?;
    let (at, ()) = at.deeper()?;
    let (at, low) = operand(at)?;
    let (at, _) = at.symbol("..")?;
    let (at, high) = operand(at)?;
    let (at, _) = close(at.at_depth_of(c), ")", open)?;
    Ok((at, (low, high)))
}

/// Takes a closing bracket; where it is missing both ends are reported.
pub fn close<'t>(c: Cursor<'t>, bracket: &'static str, open: Span) -> Parsed<'t, Span> {
    match c.symbol(bracket) {
        Err(_) if c.at_end() => {
            let message = format!("expected `{bracket}`, found the end of the query");
            let missing = Diagnostic::error("unfinished", c.span(), message).kusto("KS006");
            c.report(missing.label(open, "opened here"));
            Err(nom::Err::Failure(crate::cursor::Stop))
        }
        other => other,
    }
}

fn unary(c: Cursor) -> Parsed<Expr> {
    match &c.token().kind {
        TokenKind::Symbol("-") => signed(c, Sign::Minus),
        TokenKind::Symbol("+") => signed(c, Sign::Plus),
        _ => postfix(c),
    }
}

fn signed(c: Cursor<'_>, sign: Sign) -> Parsed<'_, Expr> {
    let (at, ()) = c.next().deeper()?;
    let (after, inner) = unary(at)?;
    let after = after.at_depth_of(c);
    Ok((after, Expr { kind: ExprKind::Sign(sign, Box::new(inner)), span: after.since(c) }))
}

/// A value and the steps behind it: `.name`, `[index]`, `.["name"]`, and `.[index]` for `[index]`.
fn postfix(c: Cursor) -> Parsed<Expr> {
    let mut chain = c.chain();
    let (mut at, mut value) = primary(c)?;
    while at.is(".") || (at.is("[") && !is_plain_literal(&value)) {
        (at, value) = step(value, at)?;
        at.step(&mut chain)?;
    }
    c.end_chain(chain);
    Ok((at, value))
}

fn step(base: Expr, c: Cursor<'_>) -> Parsed<'_, Expr> {
    let (start, base) = (base.span, Box::new(base));
    let dot = c.eat(".");
    let (after, kind) = match dot.map(name::step) {
        Some(Ok((after, name))) => (after, ExprKind::Member(base, name)),
        _ => {
            let (after, index) = index(dot.unwrap_or(c))?;
            (after, ExprKind::Index(base, Box::new(index)))
        }
    };
    Ok((after, Expr { kind, span: start.to(after.last_span()) }))
}

/// `[index]`
fn index(c: Cursor) -> Parsed<Expr> {
    let (at, open) = c.symbol("[")?;
    let (at, ()) = at.deeper()?;
    let (after, index) = expr(at)?;
    let (after, _) = close(after, "]", open)?;
    Ok((after.at_depth_of(c), index))
}

/// A literal cannot be indexed; a bracket behind it belongs to something else.
fn is_plain_literal(value: &Expr) -> bool {
    matches!(&value.kind, ExprKind::Literal(v) if v.ty() != Type::Dynamic)
}

fn primary(c: Cursor) -> Parsed<Expr> {
    match &c.token().kind {
        TokenKind::Symbol("(") => bracketed(c),
        TokenKind::Word => word(c),
        _ => atom(c),
    }
}

/// A value of one token, or of strings side by side.
fn atom(c: Cursor) -> Parsed<Expr> {
    let (after, kind) = match &c.token().kind {
        TokenKind::Number(value) => (c.next(), ExprKind::Literal(value.clone())),
        TokenKind::Text(_) => {
            let (after, (text, _)) = literal::text(c)?;
            (after, ExprKind::Literal(Value::String(text)))
        }
        TokenKind::Symbol("*") => (c.next(), ExprKind::Star),
        TokenKind::Symbol("[") => {
            let (after, name) = name::reference(c)?;
            (after, ExprKind::Name(name))
        }
        TokenKind::OpenText | TokenKind::Unknown => {
            c.report(unknown_token(c));
            (c.next(), ExprKind::Missing)
        }
        _ => return c.expected("an expression"),
    };
    Ok((after, Expr { kind, span: after.since(c) }))
}

fn unknown_token(c: Cursor) -> Diagnostic {
    let text = c.text();
    if c.token().kind == TokenKind::OpenText {
        let code = if c.next().at_end() { "unfinished" } else { "open-string" };
        let error = Diagnostic::error(code, c.span(), "the string has no end").kusto("KS005");
        return error.help("close it with the quote it begins with; only ``` and ~~~ go over several lines");
    }
    if text.trim_start_matches(['h', 'H']).starts_with(['"', '\'']) {
        let error = Diagnostic::error("bad-escape", c.span(), "the string has an escape that does not exist");
        return error.help("double the backslash, or write it verbatim: `@\"...\"`");
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let error = Diagnostic::error("number-too-large", c.span(), format!("`{text}` does not fit 64 bits"));
        return error.help("write it as a real: add `.0`");
    }
    let error = Diagnostic::error("unknown-character", c.span(), format!("`{text}` is not part of the language"));
    match text {
        "\u{201c}" | "\u{201d}" | "\u{2018}" | "\u{2019}" => {
            error.help("replace the typographic quote with `\"` or `'`")
        }
        _ if text.starts_with(char::is_alphanumeric) => {
            error.help(format!("write a name like this in brackets: `['{text}']`"))
        }
        _ => error,
    }
}

fn word(c: Cursor) -> Parsed<Expr> {
    let is_type = || Type::from_name(c.text()).is_some_and(|ty| ty != Type::String);
    match c.next().is("(") && c.text() != "typeof" && !is_type() && !operators::is_source(c) {
        true => call(c),
        false => constant_or_name(c),
    }
}

fn constant_or_name(c: Cursor) -> Parsed<Expr> {
    let opens = c.next().is("(");
    let (after, kind) = match c.text() {
        "true" | "True" | "TRUE" => (c.next(), ExprKind::Literal(Value::Bool(true))),
        "false" | "False" | "FALSE" => (c.next(), ExprKind::Literal(Value::Bool(false))),
        "typeof" if opens => return type_of(c),
        "datetime" if opens && c.next().next().is(")") => {
            // `datetime()` is now.
            let name = Name { text: "now".into(), span: c.span(), bracketed: false };
            (c.next().next().next(), ExprKind::Call(name, Vec::new()))
        }
        text if opens && Type::from_name(text).is_some_and(|ty| ty != Type::String) => {
            let (after, value) = literal::typed(c)?;
            (after, ExprKind::Literal(value))
        }
        _ => {
            let (after, name) = name::reference(c)?;
            (after, ExprKind::Name(name))
        }
    };
    Ok((after, Expr { kind, span: after.since(c) }))
}

fn type_of(c: Cursor) -> Parsed<Expr> {
    let (at, open) = c.next().symbol("(")?;
    let Some(ty) = Type::from_name(at.text()) else { return at.expected("a type") };
    let (after, _) = close(at.next(), ")", open)?;
    Ok((after, Expr { kind: ExprKind::Typeof(ty), span: after.since(c) }))
}

/// `name(arguments)`
fn call(c: Cursor) -> Parsed<Expr> {
    let name = Name { text: c.text().to_owned(), span: c.span(), bracketed: false };
    let (after, arguments) = arguments(c.next())?;
    Ok((after, Expr { kind: ExprKind::Call(name, arguments), span: after.since(c) }))
}

/// `(a, name = b)`
pub fn arguments(c: Cursor) -> Parsed<Vec<Argument>> {
    let (at, open) = c.symbol("(")?;
    let (mut at, ()) = at.deeper()?;
    let mut all = Vec::new();
    while !at.is(")") {
        let (after, read) = argument(at)?;
        all.push(read);
        at = after;
        match at.eat(",") {
            Some(after) => at = after,
            None => break,
        }
    }
    let (after, _) = close(at, ")", open)?;
    Ok((after.at_depth_of(c), all))
}

/// `a` or `name = b`
pub fn argument(c: Cursor) -> Parsed<Argument> {
    let (after, name) = argument_name(c);
    let (after, value) = operators::value_or_pipeline(after)?;
    Ok((after, Argument { name, value }))
}

/// `name =`, if it stands here.
fn argument_name(c: Cursor<'_>) -> (Cursor<'_>, Option<Name>) {
    match name::step(c) {
        Ok((after, name)) if after.is("=") => (after.next(), Some(name)),
        _ => (c, None),
    }
}

/// `(expression)` or `(pipeline)`; brackets around a mere expression vanish.
fn bracketed(c: Cursor) -> Parsed<Expr> {
    let (at, open) = c.symbol("(")?;
    let (at, ()) = at.deeper()?;
    let (after, inner) = operators::value_or_pipeline(at)?;
    let (after, _) = close(after, ")", open)?;
    Ok((after.at_depth_of(c), Expr { span: after.since(c), ..inner }))
}

/// An expression with the names it is given: `x = 1`, `(a, b) = f()`, `f()`.
pub fn named(c: Cursor) -> Parsed<NamedExpr> {
    if let Some((at, names)) = tuple(c) {
        let (after, value) = expr(at)?;
        return Ok((after, NamedExpr { names, tuple: true, value, span: after.since(c) }));
    }
    let (at, names) = match name::step(c) {
        Ok((after, _)) if after.is("=") => {
            let (_, name) = name::declaration(c)?;
            (after.next(), vec![name])
        }
        _ => (c, Vec::new()),
    };
    let (after, value) = expr(at)?;
    Ok((after, NamedExpr { names, tuple: false, value, span: after.since(c) }))
}

/// `(a, b) =`
fn tuple(c: Cursor<'_>) -> Option<(Cursor<'_>, Vec<Name>)> {
    let mut at = c.eat("(")?;
    let mut names = Vec::new();
    loop {
        let (after, name) = name::step(at).ok()?;
        names.push(name);
        at = after;
        match at.eat(",") {
            Some(after) => at = after,
            None => break,
        }
    }
    Some((at.eat(")")?.eat("=")?, names))
}

/// `a, x = b, c`; at least one.
pub fn named_list(c: Cursor) -> Parsed<Vec<NamedExpr>> {
    separated(c, named)
}

/// One or more, with commas between.
pub fn separated<'t, T>(c: Cursor<'t>, rule: fn(Cursor<'t>) -> Parsed<'t, T>) -> Parsed<'t, Vec<T>> {
    let (mut at, first) = rule(c)?;
    let mut all = vec![first];
    while let Some(after) = at.eat(",") {
        let (after, item) = rule(after)?;
        all.push(item);
        at = after;
    }
    let _ = at.symbol(",");
    Ok((at, all))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::cursor::Notes;
    use crate::lexer::tokens;

    /// Prints a tree, an operator before its operands.
    fn show(expr: &Expr) -> String {
        let list = |all: &[Expr]| all.iter().map(show).collect::<Vec<_>>().join(" ");
        match &expr.kind {
            ExprKind::Literal(Value::String(text)) => format!("{text:?}"),
            ExprKind::Literal(Value::Long(n)) => n.to_string(),
            ExprKind::Literal(Value::Dynamic(text)) => text.clone(),
            ExprKind::Literal(value) => format!("{value:?}"),
            ExprKind::Name(name) => name.text.clone(),
            ExprKind::Star => "*".into(),
            ExprKind::Member(base, name) => format!("(. {} {})", show(base), name.text),
            ExprKind::Index(base, index) => format!("([] {} {})", show(base), show(index)),
            ExprKind::Call(name, arguments) => {
                let shown = arguments.iter().map(|a| match &a.name {
                    Some(name) => format!(" {}={}", name.text, show(&a.value)),
                    None => format!(" {}", show(&a.value)),
                });
                format!("({}{})", name.text, shown.collect::<String>())
            }
            ExprKind::Sign(Sign::Minus, value) => format!("(neg {})", show(value)),
            ExprKind::Sign(Sign::Plus, value) => format!("(plus {})", show(value)),
            ExprKind::Binary(b) => format!("({} {} {})", b.op, show(&b.left), show(&b.right)),
            ExprKind::And(parts) => format!("(and {})", list(parts)),
            ExprKind::Or(parts) => format!("(or {})", list(parts)),
            ExprKind::Between(b) => {
                let op = if b.negated { "!between" } else { "between" };
                format!("({op} {} {} {})", show(&b.value), show(&b.low), show(&b.high))
            }
            ExprKind::In(i) => format!("({} {} [{}])", i.op, show(&i.value), list(&i.items)),
            ExprKind::Typeof(ty) => format!("(typeof {ty})"),
            ExprKind::Pipeline(p) => {
                let operators = p.operators.iter().map(|o| format!(" | {}", o.keyword));
                format!("({}{})", p.source.as_ref().map(show).unwrap_or_default(), operators.collect::<String>())
            }
            ExprKind::Missing => "?".into(),
        }
    }

    fn read(text: &str) -> String {
        let (all, _) = tokens(text);
        let notes = Notes::new(text, &all);
        let c = Cursor::new(&notes);
        match expr(c) {
            Ok((after, tree)) if after.at_end() && after.reported() == 0 => show(&tree),
            Ok((after, tree)) => {
                let rest = Span::new(after.span().start, text.len()).of(text).to_owned();
                let said: Vec<String> = notes.into_diagnostics().into_iter().map(|d| d.message).collect();
                format!("{} then {rest:?} {said:?}", show(&tree))
            }
            Err(_) => format!("nothing {:?}", c.furthest()),
        }
    }

    #[test]
    fn levels_bind_as_in_kusto() {
        for (text, tree) in [
            ("a or b and c or d", "(or a (and b c) d)"),
            ("a and b and c", "(and a b c)"),
            ("a == 1 and b < 2", "(and (== a 1) (< b 2))"),
            ("a < 1 == b", "(== (< a 1) b)"),
            ("a + b * c - d", "(- (+ a (* b c)) d)"),
            ("a - b - c", "(- (- a b) c)"),
            ("s has 'x' + 'y'", "(+ (has s \"x\") \"y\")"),
            ("-a has b", "(has (neg a) b)"),
            ("-a.b[0]", "(neg ([] (. a b) 0))"),
            ("a !in~ ('x', 'y') or b", "(or (!in~ a [\"x\" \"y\"]) b)"),
            ("a between (1 .. b + 2) and c", "(and (between a 1 (+ b 2)) c)"),
            ("a !between (1..5)", "(!between a 1 5)"),
            ("not(a) == b", "(== (not a) b)"),
            ("s matches regex 'x'", "(matches regex s \"x\")"),
            ("s !contains_cs 'x'", "(!contains_cs s \"x\")"),
        ] {
            assert_eq!(read(text), tree, "{text}");
        }
    }

    #[test]
    fn values_and_steps_in_every_form() {
        for (text, tree) in [
            ("a.b.['c d'].[\"e\"][f]", "([] (. (. (. a b) c d) e) f)"),
            ("a.[0].b", "(. ([] a 0) b)"),
            ("['x y'][-1]", "([] x y (neg 1))"),
            ("'a' \"b\" @'c'", "\"abc\""),
            ("count() + type", "(+ (count) type)"),
            ("f(x = 1, y)", "(f x=1 y)"),
            ("toscalar(T | take 1)", "(toscalar (T | take))"),
            ("a in (T | project x)", "(in a [(T | project)])"),
            ("a in ((T))", "(in a [T])"),
            ("materialize(print 1)", "(materialize ( | print))"),
            ("dynamic({'a': [1, 2.5, true, null,]})", "{\"a\":[1,2.5,true,null]}"),
            ("* has 'x'", "(has * \"x\")"),
            ("$left.a == $right.b", "(== (. $left a) (. $right b))"),
            ("datetime()", "(now)"),
            ("typeof(long)", "(typeof long)"),
            ("1d / 1.5h", "(/ Timespan(864000000000) Timespan(54000000000))"),
            ("int(0xFFFFFFFF)", "Int(-1)"),
            ("real(null)", "Null(Real)"),
            ("guid(74BE27DE-1E4E-49D9-B579-FE0B331D3642)", "Guid(\"74be27de-1e4e-49d9-b579-fe0b331d3642\")"),
            ("datetime(2020-01-01 10:00)", "Datetime(637134696000000000)"),
        ] {
            assert_eq!(read(text), tree, "{text}");
        }
    }

    #[test]
    fn comparisons_do_not_chain_and_spellings_do_not_split() {
        assert!(read("a == 1 == b").contains("cannot follow another comparison"));
        assert!(read("a < b < c").contains("cannot follow another comparison"));
        assert!(read("a ! in (1)").starts_with("a then"));
        assert!(read("a in ~ (1)").contains("nothing") || read("a in ~ (1)").contains("then"));
    }

    #[test]
    fn depth_has_a_limit_and_length_has_none() {
        let nested = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
        assert!(read(&nested).starts_with("nothing"));
        let chain = format!("a{}", " + a".repeat(5000));
        assert!(read(&chain).starts_with("nothing"));
        let steps = format!("a{}", ".b".repeat(5000));
        assert!(read(&steps).starts_with("nothing"));
        let alternatives = format!("a{}", " or a".repeat(5000));
        assert!(read(&alternatives).starts_with("(or a a"));
    }

    #[test]
    fn brackets_are_read_once() {
        // Reading a bracket again when a pipe follows it would double the work at each level.
        let text = format!("{}T{}", "(".repeat(90), " | take 1)".repeat(90));
        assert!(read(&text).starts_with("("));
    }
}
