//! Every example in the documentation of operators, plugins, functions and aggregates is run and gives the answer it shows.
#![allow(clippy::unwrap_used)]

use rehunt_lang::library::Example;
use rehunt_lang::operators::OPERATORS;
use rehunt_lang::plugins::{PLUGINS, Runs};
use rehunt_lang::types::{Type, Value};

use crate::aggregates::AGGREGATES;
use crate::engine::Engine;
use crate::functions;
use crate::operators::convert::convert_value;

/// Shows a cell as examples do.
fn shown(value: &Value) -> String {
    match value {
        Value::Null(_) => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Dynamic(json) => json.clone(),
        other => match convert_value(other, Type::String) {
            Value::String(text) => text,
            odd => format!("{odd:?}"),
        },
    }
}

/// Runs a query and shows its rows, or what went wrong.
async fn answer(engine: &Engine, query: &str) -> String {
    match engine.session().run(query).await {
        Err(error) => format!("error: {error}"),
        Ok(answer) => {
            let row = |row: Vec<Value>| row.iter().map(shown).collect::<Vec<_>>().join(" | ");
            answer.tables.iter().flat_map(|table| table.values().map(row)).collect::<Vec<_>>().join("\n")
        }
    }
}

#[test]
fn examples_give_the_answers_they_show() {
    let functions = functions::all().filter(|f| f.spec.supported).map(|f| (f.spec.name, f.spec.examples));
    let aggregates = AGGREGATES.iter().map(|a| (a.spec.name, a.spec.examples));
    let mut examples: Vec<(&str, &Example)> =
        functions.chain(aggregates).flat_map(|(name, list)| list.iter().map(move |e| (name, e))).collect();
    let operators = OPERATORS.iter().filter(|(_, spec)| spec.runs).map(|(keyword, spec)| (*keyword, &spec.example));
    examples.extend(operators);
    examples.extend(PLUGINS.iter().filter(|p| p.runs == Runs::Yes).map(|p| (p.name, &p.example)));
    assert!(examples.len() > 100);
    let engine = Engine::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut wrong = Vec::new();
    for (name, example) in examples {
        let answer = runtime.block_on(answer(&engine, example.query));
        if answer != example.answer {
            wrong.push(format!("{name}: {}\n  shows {}\n  gives {answer}", example.query, example.answer));
        }
    }
    assert!(wrong.is_empty(), "{} examples are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
