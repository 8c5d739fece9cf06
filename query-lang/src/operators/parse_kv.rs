//! `parse-kv text as (a: string, b: long) with (pair_delimiter=',', kv_delimiter='=')`: the values of keys
//! become columns. learn.microsoft.com/kusto/query/parse-kv-operator

use std::rc::Rc;

use super::parameters::{self, Property};
use super::parse::captured;
use super::{Operate, OperatorSpec, done, schema};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::{Expr, Name};
use crate::expr::parse::expr;
use crate::library::Example;
use crate::plan::{KeyValues, Node, PairForm, Quoting, TextParser};
use crate::span::Span;
use crate::types::{Field, Type, Value};

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | parse-kv text as (key:type, ...) [with (pair_delimiter=text, kv_delimiter=text [, quote=quotes, ...] [, escape=character, ...] [, greedy=true])]\n\
             T | parse-kv text as (key:type, ...) with (regex=text)",
    summary: "The values of keys in a text become columns: the first of each. Without delimiters whatever is no letter or digit is one.",
    example: Example {
        query: "print s = 'src=10.0.0.1; port=443' | parse-kv s as (port:long, src:string) with (pair_delimiter=';', kv_delimiter='=') | project src, port",
        answer: "10.0.0.1 | 443",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct ParseKv {
    text: Expr,
    keys: Vec<(Field, Span)>,
    properties: Vec<Property>,
}

const PROPERTIES: &[&str] = &["escape", "greedy", "kv_delimiter", "pair_delimiter", "quote", "regex"];

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let c = parameters::skip(c)?;
    let (at, text) = expr(c)?;
    let (at, _) = at.word("as")?;
    let (at, keys) = schema(at)?;
    let (after, properties) = parameters::properties(at)?;
    done(after, ParseKv { text, keys, properties })
}

/// What the properties say, before it is known whether they go together.
#[derive(Default)]
struct Written {
    pair: Option<String>,
    key_value: Option<String>,
    regex: Option<String>,
    greedy: bool,
    quoting: Quoting,
}

impl Written {
    /// Takes a property in, or says what is wrong with its value.
    fn take(&mut self, name: &str, value: Option<&Value>) -> Result<(), &'static str> {
        if name == "greedy" {
            let Some(Value::Bool(greedy)) = value else { return Err("must be `true` or `false`") };
            self.greedy = *greedy;
            return Ok(());
        }
        let text = value.and_then(Value::as_str).ok_or("must be a string")?;
        if text.is_empty() {
            return Err("cannot be empty");
        }
        match name {
            "pair_delimiter" => self.pair = Some(text.to_owned()),
            "kv_delimiter" => self.key_value = Some(text.to_owned()),
            "regex" => self.regex = Some(text.to_owned()),
            "quote" => self.quoting.quotes.push(quotes(text).ok_or("is one or two characters")?),
            _ => self.quoting.escapes.push(single(text).ok_or("is one character")?),
        }
        Ok(())
    }
}

impl ParseKv {
    fn form(&self, binder: &mut Binder) -> Option<PairForm> {
        let before = binder.diagnostics.len();
        let mut written = Written::default();
        for property in &self.properties {
            let name = property.name.text.as_str();
            if !PROPERTIES.contains(&name) {
                binder.report(parameters::unknown_property(property, PROPERTIES));
            } else if let Err(wrong) = written.take(name, property.value.as_ref()) {
                binder.report(Diagnostic::error("wrong-value", property.span, format!("`{name}` {wrong}")));
            }
        }
        if binder.diagnostics.len() > before {
            return None;
        }
        let Written { pair, key_value, regex, greedy, quoting } = written;
        match (regex, pair, key_value) {
            (Some(regex), None, None) => Some(PairForm::Regex(regex)),
            (None, Some(pair), Some(key_value)) => Some(PairForm::Delimited { pair, key_value, greedy, quoting }),
            (None, None, None) => Some(PairForm::Words(quoting)),
            _ => {
                let span = self.properties.first().map_or(self.text.span, |p| p.name.span);
                let message = "`pair_delimiter` and `kv_delimiter` go together, `regex` alone";
                binder.report(Diagnostic::error("wrong-place", span, message));
                None
            }
        }
    }
}

fn single(text: &str) -> Option<char> {
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// One character is both quotes, of two the first opens and the second closes.
fn quotes(text: &str) -> Option<(char, char)> {
    let characters: Vec<char> = text.chars().collect();
    match characters.as_slice() {
        [both] => Some((*both, *both)),
        [open, close] => Some((*open, *close)),
        _ => None,
    }
}

impl Operate for ParseKv {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let text = binder.expr(&self.text, &Scope::row(&input, env)).to(Type::String);
        let names: Vec<(Name, Type)> = self
            .keys
            .iter()
            .map(|(field, span)| (Name { text: field.name.clone(), span: *span, bracketed: true }, field.ty))
            .collect();
        let (columns, captures) = captured(names.iter().map(|(name, ty)| (name, *ty)), &input, binder);
        let form = self.form(binder).unwrap_or(PairForm::Words(Quoting::default()));
        let keys = self.keys.iter().map(|(field, _)| (field.name.clone(), field.ty)).collect();
        let parser = TextParser::Pairs(KeyValues { keys, form });
        input.with(columns, |input| Node::Parse { input, text, parser, captures, matched_only: false })
    }
}
