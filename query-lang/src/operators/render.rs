//! `render timechart with (title = "x")`: how the answer asks to be drawn; rows stay as they are.
//! learn.microsoft.com/kusto/query/render-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::{Env, Scope};
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::diagnostic::Diagnostic;
use crate::expr::ast::Name;
use crate::expr::parse::{close, expr};
use crate::lexer::TokenKind;
use crate::library::Example;
use crate::name;
use crate::plan;
use crate::similar::nearest;
use crate::span::Span;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | render visualization [with (property = value, ...)]",
    summary: "Says how the answer asks to be drawn; the rows stay as they are.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | summarize n = count() by a | render piechart | sort by a asc",
        answer: "1 | 1\n2 | 2",
    },
    ..OperatorSpec::piped(parse)
};

/// The ways to draw, sorted.
const VISUALIZATIONS: &[&str] = &[
    "3Dchart",
    "anomalychart",
    "areachart",
    "barchart",
    "card",
    "columnchart",
    "graph",
    "ladderchart",
    "linechart",
    "list",
    "piechart",
    "pivotchart",
    "plotly",
    "sankey",
    "scatterchart",
    "stackedareachart",
    "table",
    "timechart",
    "timeline",
    "timepivot",
    "treemap",
];

/// What a property takes.
#[derive(Clone, Copy, Debug)]
enum Takes {
    Word(&'static [&'static str]),
    Columns,
    Any,
}

/// The properties, sorted.
const PROPERTIES: &[(&str, Takes)] = &[
    ("accumulate", Takes::Word(&["true", "false"])),
    ("anomalycolumns", Takes::Columns),
    ("by", Takes::Columns),
    ("kind", Takes::Word(&["default", "unstacked", "stacked", "stacked100", "map"])),
    ("legend", Takes::Word(&["visible", "hidden"])),
    ("series", Takes::Columns),
    ("title", Takes::Any),
    ("xaxis", Takes::Word(&["linear", "log"])),
    ("xcolumn", Takes::Columns),
    ("xmax", Takes::Any),
    ("xmin", Takes::Any),
    ("xtitle", Takes::Any),
    ("yaxis", Takes::Word(&["linear", "log"])),
    ("ycolumns", Takes::Columns),
    ("ymax", Takes::Any),
    ("ymin", Takes::Any),
    ("ysplit", Takes::Word(&["none", "axes", "panels"])),
    ("ytitle", Takes::Any),
];

#[derive(Debug)]
struct Render {
    visualization: Name,
    properties: Vec<(Name, Vec<Part>)>,
}

/// A value of a property, or one of several.
#[derive(Debug)]
struct Part {
    text: String,
    span: Span,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (mut at, visualization) = match c.token().kind {
        // A word that begins with a digit.
        TokenKind::Number(_) | TokenKind::Unknown if c.text() == "3Dchart" => {
            (c.next(), Name { text: c.text().to_owned(), span: c.span(), bracketed: false })
        }
        _ => name::step(c)?,
    };
    let mut properties = Vec::new();
    // Properties stand in `with (...)`; the old form has them bare.
    let open = at.eat_word("with").map(|after| (after, after.span()));
    if let Some((after, _)) = open {
        (at, _) = after.symbol("(")?;
    }
    while at.token().kind == TokenKind::Word {
        let (after, property) = name::step(at)?;
        let value = match after.eat("=") {
            Some(value) => value,
            // The old `by column, ...`.
            None if property.text == "by" && open.is_none() => after,
            None => break,
        };
        let (after, value) = property_value(value)?;
        properties.push((property, value));
        at = after.eat(",").unwrap_or(after);
    }
    if let Some((_, open)) = open {
        (at, _) = close(at, ")", open)?;
    }
    done(at, Render { visualization, properties })
}

/// A literal, or names with commas between (`ycolumns = a, b`): what follows up to the next `name =`.
fn property_value(c: Cursor) -> Parsed<Vec<Part>> {
    let (mut at, first) = part(c)?;
    let mut all = vec![first];
    while let Some(after) = at.eat(",")
        && !after.next().is("=")
        && let Ok((end, more)) = part(after)
    {
        all.push(more);
        at = end;
    }
    Ok((at, all))
}

fn part(c: Cursor) -> Parsed<Part> {
    let (after, text) = match &c.token().kind {
        TokenKind::Text(text) => (c.next(), text.clone()),
        TokenKind::Symbol("[") => name::step(c).map(|(after, name)| (after, name.text))?,
        TokenKind::Word if !c.next().is("(") => (c.next(), c.text().to_owned()),
        TokenKind::Word | TokenKind::Number(_) | TokenKind::Symbol("-" | "+") => {
            let (after, value) = expr(c)?;
            (after, value.span.of(c.source()).to_owned())
        }
        _ => return c.expected("a value"),
    };
    Ok((after, Part { text, span: after.since(c) }))
}

impl Operate for Render {
    fn bind(&self, input: Option<Tabular>, env: &mut Env, binder: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        let drawn = &self.visualization;
        if !VISUALIZATIONS.contains(&drawn.text.as_str()) {
            let message = format!("`render` cannot draw a `{}`", drawn.text);
            binder.report(unknown(message, drawn.span, &drawn.text, VISUALIZATIONS.iter().copied()));
        }
        for (name, value) in &self.properties {
            let takes = PROPERTIES.iter().find(|(known, _)| *known == name.text).map(|(_, takes)| takes);
            match takes {
                None => {
                    let message = format!("`render` has no property `{}`", name.text);
                    let known = PROPERTIES.iter().map(|(known, _)| *known);
                    binder.report(unknown(message, name.span, &name.text, known));
                }
                Some(Takes::Word(words)) => {
                    for part in value.iter().filter(|p| !words.contains(&p.text.as_str())) {
                        let message = format!("`{}` cannot be `{}`", name.text, part.text);
                        binder.report(unknown(message, part.span, &part.text, words.iter().copied()));
                    }
                }
                Some(Takes::Columns) => {
                    let scope = Scope::row(&input, env);
                    for part in value.iter().filter(|p| scope.column(&p.text).is_none() && !input.open) {
                        let name = Name { text: part.text.clone(), span: part.span, bracketed: true };
                        binder.unknown_column(&name, &scope);
                    }
                }
                Some(Takes::Any) => {}
            }
        }
        let text = |value: &[Part]| value.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(", ");
        let properties = self.properties.iter().map(|(name, value)| (name.text.clone(), text(value))).collect();
        let render = plan::Render { visualization: drawn.text.clone(), properties };
        Tabular { render: Some(render), ..input }
    }
}

/// A word that is not among those that may stand there.
fn unknown<'w>(message: String, span: Span, word: &str, known: impl Iterator<Item = &'w str> + Clone) -> Diagnostic {
    let error = Diagnostic::error("unknown-word", span, message).kusto("KS005");
    match nearest(word, known.clone()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!("one of {}", known.collect::<Vec<_>>().join(", "))),
    }
}
