//! `render timechart with (title = "x")`: how the answer asks to be drawn; rows stay as they are.
//! learn.microsoft.com/kusto/query/render-operator

use std::rc::Rc;

use super::{Operate, OperatorSpec, done};
use crate::bind::Binder;
use crate::bind::scope::Env;
use crate::bind::tabular::Tabular;
use crate::cursor::{Cursor, Parsed};
use crate::expr::parse::close;
use crate::lexer::TokenKind;
use crate::library::Example;
use crate::name;
use crate::plan;

pub(super) const SPEC: OperatorSpec = OperatorSpec {
    syntax: "T | render visualization [with (property = value, ...)]",
    summary: "Says how the answer asks to be drawn; the rows stay as they are.",
    example: Example {
        query: "datatable(a:long, b:string)[1, 'x', 2, 'y', 2, 'z'] | summarize n = count() by a | render piechart | sort by a asc",
        answer: "1 | 1\n2 | 2",
    },
    ..OperatorSpec::piped(parse)
};

#[derive(Debug)]
struct Render {
    render: plan::Render,
}

fn parse(c: Cursor) -> Parsed<Rc<dyn Operate>> {
    let (mut at, kind) = name::step(c)?;
    let mut properties = Vec::new();
    // Properties stand in `with (...)`; the old form has them bare.
    let open = at.eat_word("with").map(|after| (after, after.span()));
    if let Some((after, _)) = open {
        (at, _) = after.symbol("(")?;
    }
    while at.token().kind == TokenKind::Word {
        let (after, property) = name::step(at)?;
        let Some(value) = after.eat("=") else { break };
        let (after, value) = property_value(value)?;
        properties.push((property.text, value));
        at = after.eat(",").unwrap_or(after);
    }
    if let Some((_, open)) = open {
        (at, _) = close(at, ")", open)?;
    }
    done(at, Render { render: plan::Render { visualization: kind.text, properties } })
}

/// A literal, or names with commas between (`ycolumns = a, b`): what follows up to the next `name =`.
fn property_value(c: Cursor) -> Parsed<String> {
    let single = |c: Cursor| match &c.token().kind {
        TokenKind::Text(text) => Some(text.clone()),
        TokenKind::Word | TokenKind::Number(_) => Some(c.text().to_owned()),
        _ => None,
    };
    let Some(mut value) = single(c) else { return c.expected("a value") };
    let mut at = c.next();
    while let Some(after) = at.eat(",")
        && !after.next().is("=")
        && let Some(more) = single(after)
    {
        value = format!("{value}, {more}");
        at = after.next();
    }
    Ok((at, value))
}

impl Operate for Render {
    fn bind(&self, input: Option<Tabular>, _: &mut Env, _: &mut Binder) -> Tabular {
        let input = input.unwrap_or_else(Tabular::broken);
        Tabular { render: Some(self.render.clone()), ..input }
    }
}
