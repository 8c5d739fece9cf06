//! Any text: binding it, completing it and repairing its line breaks neither panics nor runs away.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rehunt_lang::complete::complete;
use rehunt_lang::host::Host;
use rehunt_lang::library::{
    Accepts, AggregateShape, AggregateSpec, FunctionSpec, Library, Naming, Overload, Param, Returns,
};
use rehunt_lang::plan::Expr;
use rehunt_lang::types::{Field, Type, Value};
use rehunt_lang::{compile, repair};

/// Two tables and a handful of functions.
struct World(Library);

const ANY: &[Overload] =
    &[Overload::new(&[], Returns::Is(Type::String)).repeated(&[Param::new("value", Accepts::Scalar)])];
const TEST: &[Overload] = &[Overload::new(&[Param::new("value", Accepts::Scalar)], Returns::Is(Type::Bool))];
const COMMON: &[Overload] =
    &[Overload::new(&[Param::new("a", Accepts::Common), Param::new("b", Accepts::Common)], Returns::Common)];
const COUNT: &[Overload] = &[Overload::new(&[], Returns::Is(Type::Long))];

static STRCAT: FunctionSpec = FunctionSpec { name: "strcat", overloads: ANY, ..FunctionSpec::BASE };
static ISNULL: FunctionSpec = FunctionSpec { name: "isnull", overloads: TEST, ..FunctionSpec::BASE };
static MAX_OF: FunctionSpec = FunctionSpec { name: "max_of", overloads: COMMON, ..FunctionSpec::BASE };
static COUNT_OF_ROWS: AggregateSpec = AggregateSpec {
    name: "count",
    overloads: COUNT,
    naming: Naming::Fixed("count_"),
    shape: AggregateShape::One,
    filtered: Some("countif"),
    ..AggregateSpec::BASE
};

impl World {
    fn new() -> Self {
        let mut library = Library::default();
        [&STRCAT, &ISNULL, &MAX_OF].into_iter().for_each(|f| library.add_function(f));
        library.add_aggregate(&COUNT_OF_ROWS);
        World(library)
    }
}

impl Host for World {
    fn table(&self, name: &str) -> Option<Vec<Field>> {
        let fields = match name {
            "EmailEvents" => vec![
                Field::new("Timestamp", Type::Datetime),
                Field::new("Subject", Type::String),
                Field::new("Size", Type::Long),
            ],
            "CloudAppEvents" => {
                vec![Field::new("ActionType", Type::String), Field::new("RawEventData", Type::Dynamic)]
            }
            _ => return None,
        };
        Some(fields)
    }

    fn table_names(&self) -> Vec<String> {
        vec!["CloudAppEvents".into(), "EmailEvents".into()]
    }

    fn library(&self) -> &Library {
        &self.0
    }

    fn fold(&self, _: &Expr) -> Option<Value> {
        None
    }
}

fuzz_target!(|text: &str| {
    let world = World::new();
    let _ = compile(text, &world);
    let _ = complete(text, text.len(), &world);
    let _ = repair::repair(text, &world);
});
