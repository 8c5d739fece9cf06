//! `:help`: the commands, or what a function does, from the same facts the binder uses.

use std::fmt::Write as _;
use std::io::{self, Write};

use rehunt_engine::{aggregates, functions};
use rehunt_lang::library::{Accepts, Example, Overload, Param, Returns};
use rehunt_lang::similar::nearest;

use super::command::COMMANDS;

/// Writes the list of commands, or what is known of a name.
///
/// # Errors
/// When the writer fails.
pub fn write(name: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    match name {
        None => commands(out),
        Some(name) => describe(name.trim_end_matches("()"), out),
    }
}

fn commands(out: &mut dyn Write) -> io::Result<()> {
    for (name, argument, what) in COMMANDS {
        writeln!(out, "  {:<18}{what}", format!(":{name} {argument}"))?;
    }
    writeln!(out, "\nA query ends with a blank line or `;`. Tab completes, Ctrl-C clears the line or stops a query.")
}

fn describe(name: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut found = false;
    if let Some(function) = functions::find(name) {
        let spec = &function.spec;
        entry(
            &Entry { name: spec.name, summary: spec.summary, overloads: spec.overloads, examples: spec.examples },
            out,
        )?;
        found = true;
    }
    let named = |spec: &rehunt_lang::library::AggregateSpec| {
        spec.name == name || spec.aliases.contains(&name) || spec.filtered == Some(name)
    };
    for aggregate in aggregates::AGGREGATES.iter().filter(|a| named(&a.spec)) {
        let spec = &aggregate.spec;
        entry(
            &Entry { name: spec.name, summary: spec.summary, overloads: spec.overloads, examples: spec.examples },
            out,
        )?;
        if let Some(twin) = spec.filtered {
            writeln!(out, "  {twin}(..., predicate) counts only rows for which the predicate is true")?;
        }
        found = true;
    }
    if !found {
        let names = functions::all().map(|f| f.spec.name).chain(aggregates::AGGREGATES.iter().map(|a| a.spec.name));
        match nearest(name, names) {
            Some(near) => writeln!(out, "nothing is known of `{name}`; did you mean `{near}`?")?,
            None => writeln!(out, "nothing is known of `{name}`")?,
        }
    }
    Ok(())
}

/// What functions and aggregates have in common.
struct Entry {
    name: &'static str,
    summary: &'static str,
    overloads: &'static [Overload],
    examples: &'static [Example],
}

fn entry(entry: &Entry, out: &mut dyn Write) -> io::Result<()> {
    for overload in entry.overloads {
        writeln!(out, "{}", signature(entry.name, overload))?;
    }
    writeln!(out, "  {}", entry.summary)?;
    for example in entry.examples {
        writeln!(out, "  {}  =>  {}", example.query, example.answer.replace('\n', " ; "))?;
    }
    Ok(())
}

/// Writes a signature: `name(a: string [, b: long] [, c: string ...]): type`.
fn signature(name: &str, overload: &Overload) -> String {
    let mut text = format!("{name}(");
    let plain = |params: &[Param]| {
        params.iter().map(|p| format!("{}: {}", p.name, accepts(p.accepts))).collect::<Vec<_>>().join(", ")
    };
    text.push_str(&plain(overload.required));
    for param in overload.optional {
        let _ = write!(text, "{}{}]", if text.ends_with('(') { "[" } else { " [, " }, plain(&[*param]));
    }
    if !overload.repeated.is_empty() {
        let _ = write!(text, "{}{} ...]", if text.ends_with('(') { "[" } else { " [, " }, plain(overload.repeated));
    }
    if !overload.last.is_empty() {
        let _ = write!(text, "{}{}", if text.ends_with('(') { "" } else { ", " }, plain(overload.last));
    }
    let _ = write!(text, "){}", returns(overload.returns));
    text
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
