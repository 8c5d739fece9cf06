//! Adds a function: one static holds its name, its signature and its kernel.
//!
//! `cargo run --example own_function`

use std::error::Error;

use rehunt_engine::engine::Engine;
use rehunt_engine::functions::{Body, Function};
use rehunt_lang::library::{Accepts, FunctionSpec, Overload, Param, Returns};
use rehunt_lang::types::Type;

/// Writes an address so that nobody clicks it: `hxxp://a[.]example`.
static DEFANG: Function = Function {
    spec: FunctionSpec {
        name: "defang",
        overloads: &[Overload::new(
            &[Param::new("address", Accepts::Exactly(Type::String))],
            Returns::Is(Type::String),
        )],
        summary: "Writes an address so that nobody clicks it.",
        ..FunctionSpec::BASE
    },
    // The kernel sees a column; `texts` calls it for each row and keeps scalars scalar.
    body: Body::Kernel(|args| {
        let address = args.text(0)?;
        args.texts(|row, out| {
            let address = address.at(row)?;
            out.push_str(&address.replacen("http", "hxxp", 1).replace('.', "[.]"));
            Some(())
        })
    }),
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut engine = Engine::new();
    engine.add_function(&DEFANG);
    let answer = engine.session().run("print safe = defang('https://login.eco-greenland.example/o')").await?;
    for row in answer.tables.iter().flat_map(|table| table.values()) {
        println!("{row:?}");
    }
    Ok(())
}
