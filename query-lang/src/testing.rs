//! A small world for tests: some tables, and functions enough to bind published queries.

use crate::host::Host;
use crate::library::{Accepts, AggregateShape, AggregateSpec, FunctionSpec, Library, Naming, Overload, Param, Returns};
use crate::plan::Expr;
use crate::types::{Field, Type, Value};

/// Tables by name, and the library below.
pub(crate) struct Tables {
    tables: Vec<(&'static str, Vec<Field>)>,
    library: Library,
}

impl Tables {
    /// Mail, logons and audit records as Defender has them, in few columns.
    pub(crate) fn mail() -> Self {
        let table = |columns: &[(&str, Type)]| columns.iter().map(|(name, ty)| Field::new(*name, *ty)).collect();
        let mut library = Library::default();
        FUNCTIONS.iter().for_each(|f| library.add_function(f));
        AGGREGATES.iter().for_each(|a| library.add_aggregate(a));
        Self {
            tables: vec![
                (
                    "CloudAppEvents",
                    table(&[
                        ("Timestamp", Type::Datetime),
                        ("ActionType", Type::String),
                        ("RawEventData", Type::Dynamic),
                    ]),
                ),
                (
                    "EmailEvents",
                    table(&[("Timestamp", Type::Datetime), ("Subject", Type::String), ("Size", Type::Long)]),
                ),
            ],
            library,
        }
    }
}

impl Host for Tables {
    fn table(&self, name: &str) -> Option<Vec<Field>> {
        self.tables.iter().find(|(n, _)| *n == name).map(|(_, fields)| fields.clone())
    }

    fn table_names(&self) -> Vec<String> {
        self.tables.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    fn library(&self) -> &Library {
        &self.library
    }

    fn fold(&self, _: &Expr) -> Option<Value> {
        None
    }
}

const ANYTHING: &[Overload] =
    &[Overload::new(&[], Returns::Is(Type::String)).repeated(&[Param::new("value", Accepts::Scalar)])];
const OF_ONE: &[Overload] = &[Overload::new(&[Param::new("value", Accepts::Scalar)], Returns::Is(Type::Bool))];
const PART_OF: &[Overload] = &[Overload::new(
    &[
        Param::new("value", Accepts::Scalar),
        Param::new("part", Accepts::Exactly(Type::String)).one_of(&["day", "year"]),
    ],
    Returns::Is(Type::String),
)];
const COUNT: &[Overload] = &[Overload::new(&[], Returns::Is(Type::Long))];

const FUNCTIONS: &[FunctionSpec] = &[
    FunctionSpec {
        name: "isnotempty",
        overloads: OF_ONE,
        summary: "Tells whether there is something.",
        ..FunctionSpec::BASE
    },
    FunctionSpec { name: "part_of", overloads: PART_OF, summary: "Takes a part.", ..FunctionSpec::BASE },
    FunctionSpec { name: "strcat", overloads: ANYTHING, summary: "Joins texts.", ..FunctionSpec::BASE },
];

const AGGREGATES: &[AggregateSpec] = &[AggregateSpec {
    name: "count",
    overloads: COUNT,
    naming: Naming::Fixed("count_"),
    shape: AggregateShape::One,
    filtered: Some("countif"),
    summary: "Counts rows.",
    ..AggregateSpec::BASE
}];
