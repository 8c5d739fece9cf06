//! `:help`: the commands, or what a function does, from the same facts the binder uses.

use std::io::{self, Write};

use rehunt_engine::engine::Engine;
use rehunt_lang::known;
use rehunt_lang::library::{Accepts, Example, Overload, Param, Returns};
use rehunt_lang::operators::{OPERATORS, OperatorSpec, Place};
use rehunt_lang::similar::nearest;

use super::command::COMMANDS;

/// Writes the list of commands, or what is known of a name.
///
/// # Errors
/// When the writer fails.
pub fn write(name: Option<&str>, engine: &Engine, out: &mut dyn Write) -> io::Result<()> {
    match name {
        None => commands(out),
        Some(name) => describe(name.trim_end_matches("()"), engine, out),
    }
}

fn commands(out: &mut dyn Write) -> io::Result<()> {
    for (name, argument, what) in COMMANDS {
        writeln!(out, "  {:<18}{what}", format!(":{name} {argument}"))?;
    }
    writeln!(out, "\nA query ends with a blank line or `;`. Tab completes, Ctrl-C clears the line or stops a query.")
}

/// A name may be a function, an aggregate and an operator at once, as `count` is.
fn describe(name: &str, engine: &Engine, out: &mut dyn Write) -> io::Result<()> {
    let library = engine.builtins().library();
    let (function, aggregate) = (library.function(name), library.aggregate(name));
    let operator = OPERATORS.iter().find(|(keyword, _)| *keyword == name);
    if let Some((keyword, spec)) = operator {
        write_operator(keyword, spec, out)?;
    }
    if let Some(spec) = function {
        let entry =
            Entry { name: spec.name, summary: spec.summary, overloads: spec.overloads, examples: spec.examples };
        write_entry(&entry, spec.supported, out)?;
    }
    if let Some((spec, _)) = aggregate {
        let entry =
            Entry { name: spec.name, summary: spec.summary, overloads: spec.overloads, examples: spec.examples };
        write_entry(&entry, spec.supported, out)?;
        if let Some(twin) = spec.filtered {
            writeln!(out, "  {twin}(..., predicate) sees only the rows for which the predicate is true")?;
        }
    }
    if function.is_none() && aggregate.is_none() && operator.is_none() {
        let names = library.names().chain(OPERATORS.iter().map(|(keyword, _)| *keyword));
        match nearest(name, names) {
            _ if known::is_function(name) || known::is_aggregate(name) => {
                writeln!(out, "`{name}` is a function of KQL, not supported yet")?;
            }
            Some(near) => writeln!(out, "nothing is known of `{name}`; did you mean `{near}`?")?,
            None => writeln!(out, "nothing is known of `{name}`")?,
        }
    }
    Ok(())
}

fn write_operator(keyword: &str, spec: &OperatorSpec, out: &mut dyn Write) -> io::Result<()> {
    let place = match spec.place {
        Place::Piped => "behind a pipe",
        Place::Source => "at the beginning",
        Place::Either => "at the beginning or behind a pipe",
    };
    writeln!(out, "operator `{keyword}`, {place}")?;
    for form in spec.syntax.lines() {
        writeln!(out, "  {form}")?;
    }
    writeln!(out, "  {}{}", spec.summary, if spec.runs { "" } else { " (does not run yet)" })?;
    match spec.example.query {
        "" => Ok(()),
        query => writeln!(out, "  {query}  =>  {}", spec.example.answer.replace('\n', " ; ")),
    }
}

/// What functions and aggregates have in common.
struct Entry {
    name: &'static str,
    summary: &'static str,
    overloads: &'static [Overload],
    examples: &'static [Example],
}

fn write_entry(entry: &Entry, supported: bool, out: &mut dyn Write) -> io::Result<()> {
    for overload in entry.overloads {
        writeln!(out, "{}", signature(entry.name, overload))?;
    }
    writeln!(out, "  {}{}", entry.summary, if supported { "" } else { " (not supported yet)" })?;
    for example in entry.examples {
        writeln!(out, "  {}  =>  {}", example.query, example.answer.replace('\n', " ; "))?;
    }
    Ok(())
}

/// Writes a signature: `name(a: string, [b: long], [c: string ...]): type`.
fn signature(name: &str, overload: &Overload) -> String {
    let param = |param: &Param| format!("{}: {}", param.name, accepts(param.accepts));
    let mut parts: Vec<String> = overload.required.iter().map(param).collect();
    parts.extend(overload.optional.iter().map(|p| format!("[{}]", param(p))));
    if !overload.repeated.is_empty() {
        let block: Vec<String> = overload.repeated.iter().map(param).collect();
        parts.push(format!("[{} ...]", block.join(", ")));
    }
    parts.extend(overload.last.iter().map(param));
    format!("{name}({}){}", parts.join(", "), returns(overload.returns))
}

fn accepts(accepts: Accepts) -> String {
    match accepts {
        Accepts::Exactly(ty) => ty.to_string(),
        Accepts::OneOf(types) => types.iter().map(|ty| ty.name()).collect::<Vec<_>>().join(" or "),
        Accepts::Scalar => "any".into(),
        Accepts::Number => "number".into(),
        Accepts::Integer => "int or long".into(),
        Accepts::Summable => "number, datetime or timespan".into(),
        Accepts::Orderable => "anything with an order".into(),
        Accepts::NotDynamic => "any but dynamic".into(),
        Accepts::StringOrDynamic => "string or dynamic".into(),
        Accepts::Array => "array".into(),
        Accepts::Bag => "bag".into(),
        Accepts::Common | Accepts::CommonOrDynamic => "T".into(),
        Accepts::Typeof => "typeof(...)".into(),
    }
}

fn returns(returns: Returns) -> String {
    match returns {
        Returns::Is(ty) => format!(": {ty}"),
        Returns::Common => ": T".into(),
        _ => String::new(),
    }
}
