//! The grammar of expressions: one loop over a table of binary operators.
//!
//! Levels after Microsoft's published grammar, checked with its analyser. Text operators bind tighter than
//! `*`; equality and order do not associate.

use crate::cursor::{Cursor, Parsed};
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

/// An expression.
pub fn expr(c: Cursor) -> Parsed<Expr> {
    level(c, OR)
}

/// A value without `and`, `or` and comparisons: the ends of `a .. b`.
pub fn operand(c: Cursor) -> Parsed<Expr> {
    level(c, SUM)
}

fn level(c: Cursor, least: u8) -> Parsed<Expr> {
    let (mut at, mut left) = unary(c)?;
    loop {
        let Some((after, (op, level, right))) = operator(at).filter(|(_, (_, level, _))| *level >= least) else {
            return Ok((at, left));
        };
        let op_span = after.since(at);
        (at, left) = match (right, level) {
            (Right::List, _) => {
                let (after, (items, list_span)) = list(after)?;
                let span = left.span.to(list_span);
                let membership = In { op, op_span, value: left, items, list_span };
                (after, Expr { kind: ExprKind::In(Box::new(membership)), span })
            }
            (Right::Range, _) => {
                let (after, (low, high)) = range(after)?;
                let span = left.span.to(after.last_span());
                let between = Between { negated: op == "!between", op_span, value: left, low, high };
                (after, Expr { kind: ExprKind::Between(Box::new(between)), span })
            }
            (Right::Value, OR | AND) => {
                let (after, right) = self::level(after, level + 1)?;
                (after, join(left, right, level == AND))
            }
            (Right::Value, _) => {
                let (after, right) = self::level(after, level + 1)?;
                let span = left.span.to(right.span);
                let binary = Binary { op, op_span, left, right };
                (after, Expr { kind: ExprKind::Binary(Box::new(binary)), span })
            }
        };
        if matches!(level, EQUALITY | ORDER) {
            refuse_chain(at, level);
        }
    }
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
        let (after, item) = argument_value(at)?;
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
    let sign = match &c.token().kind {
        TokenKind::Symbol("-") => Sign::Minus,
        TokenKind::Symbol("+") => Sign::Plus,
        _ => return postfix(c),
    };
    let (at, ()) = c.next().deeper()?;
    let (after, inner) = unary(at)?;
    let after = after.at_depth_of(c);
    Ok((after, Expr { kind: ExprKind::Sign(sign, Box::new(inner)), span: after.since(c) }))
}

/// A value and the steps behind it: `.name`, `[index]`, `.["name"]`.
fn postfix(c: Cursor) -> Parsed<Expr> {
    let (mut at, mut value) = primary(c)?;
    loop {
        if let Some(dot) = at.eat(".")
            // `a.[b]` is `a[b]`; `a.["b"]` is a name.
            && let Err(_) = name::step(dot)
            && dot.is("[")
        {
            at = dot;
        } else if let Some(dot) = at.eat(".") {
            if dot.is("[") && name::step(dot).is_err() {
                // `a.[0]` is `a[0]`.
                at = dot;
                continue;
            }
            let (after, name) = name::step(dot)?;
            value = Expr { kind: ExprKind::Member(Box::new(value), name), span: after.since(c) };
            at = after;
        } else if at.is("[") && !starts_a_list(&value) {
            let open = at.span();
            let (inner, ()) = at.next().deeper()?;
            let (after, index) = expr(inner)?;
            let (after, _) = close(after.at_depth_of(c), "]", open)?;
            value = Expr { kind: ExprKind::Index(Box::new(value), Box::new(index)), span: after.since(c) };
            at = after;
        } else {
            return Ok((at, value));
        }
    }
}

/// A literal cannot be indexed; a bracket behind it belongs to something else.
fn starts_a_list(value: &Expr) -> bool {
    matches!(&value.kind, ExprKind::Literal(v) if v.ty() != Type::Dynamic)
}

fn primary(c: Cursor) -> Parsed<Expr> {
    let literal = |after: Cursor, value: Value| Expr { kind: ExprKind::Literal(value), span: after.since(c) };
    match &c.token().kind {
        TokenKind::Number(value) => Ok((c.next(), literal(c.next(), value.clone()))),
        TokenKind::Text(_) => {
            let (after, (text, _)) = literal::text(c)?;
            Ok((after, literal(after, Value::String(text))))
        }
        TokenKind::Symbol("(") => bracketed(c),
        TokenKind::Symbol("*") => Ok((c.next(), Expr { kind: ExprKind::Star, span: c.span() })),
        TokenKind::Symbol("[") => {
            let (after, name) = name::reference(c)?;
            Ok((after, Expr { kind: ExprKind::Name(name), span: after.since(c) }))
        }
        TokenKind::Word => word(c),
        TokenKind::OpenText => {
            c.report(Diagnostic::error("unfinished", c.span(), "the string has no end").kusto("KS005"));
            Ok((c.next(), Expr { kind: ExprKind::Missing, span: c.span() }))
        }
        TokenKind::Unknown => {
            c.report(unknown_token(c));
            Ok((c.next(), Expr { kind: ExprKind::Missing, span: c.span() }))
        }
        _ => c.expected("an expression"),
    }
}

fn unknown_token(c: Cursor) -> Diagnostic {
    let text = c.text();
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
    match c.text() {
        "true" | "True" | "TRUE" => return Ok((c.next(), truth(c, true))),
        "false" | "False" | "FALSE" => return Ok((c.next(), truth(c, false))),
        "typeof" if c.next().is("(") => return type_of(c),
        _ => {}
    }
    if c.next().is("(") {
        if Type::from_name(c.text()).is_some_and(|ty| ty != Type::String) {
            let empty = c.next().next().is(")");
            if c.text() == "datetime" && empty {
                // `datetime()` is now.
                let name = Name { text: "now".into(), span: c.span(), bracketed: false };
                let after = c.next().next().next();
                return Ok((after, Expr { kind: ExprKind::Call(name, Vec::new()), span: after.since(c) }));
            }
            let (after, value) = literal::typed(c)?;
            return Ok((after, Expr { kind: ExprKind::Literal(value), span: after.since(c) }));
        }
        if !operators::is_source(c) {
            return call(c);
        }
    }
    let (after, name) = name::reference(c)?;
    Ok((after, Expr { kind: ExprKind::Name(name), span: after.since(c) }))
}

fn truth(c: Cursor, value: bool) -> Expr {
    Expr { kind: ExprKind::Literal(Value::Bool(value)), span: c.span() }
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
        let name = match name::step(at) {
            Ok((after, name)) if after.is("=") => {
                at = after.next();
                Some(name)
            }
            _ => None,
        };
        let (after, value) = argument_value(at)?;
        all.push(Argument { name, value });
        at = after;
        match at.eat(",") {
            Some(after) => at = after,
            None => break,
        }
    }
    let (after, _) = close(at, ")", open)?;
    Ok((after.at_depth_of(c), all))
}

/// An argument or list item: a pipeline where there is one, else a value.
fn argument_value(c: Cursor) -> Parsed<Expr> {
    if operators::is_source(c) {
        return pipeline(c);
    }
    let (after, value) = expr(c)?;
    match after.is("|") {
        true => pipeline(c),
        false => Ok((after, value)),
    }
}

fn pipeline(c: Cursor) -> Parsed<Expr> {
    let (at, ()) = c.deeper()?;
    let (after, pipeline) = operators::pipeline(at)?;
    let after = after.at_depth_of(c);
    Ok((after, Expr { kind: ExprKind::Pipeline(Box::new(pipeline)), span: after.since(c) }))
}

/// `(expression)` or `(pipeline)`; brackets around a mere expression vanish.
fn bracketed(c: Cursor) -> Parsed<Expr> {
    let (at, open) = c.symbol("(")?;
    let (at, ()) = at.deeper()?;
    let (after, inner) = argument_value(at)?;
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
