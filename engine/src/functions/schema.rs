//! Functions that see the names of columns, not values: the binder answers them, here is what it must know.

use rehunt_lang::library::{Accepts, Example, FunctionSpec, Naming, Overload, Param, Returns};
use rehunt_lang::types::Type;

use super::signature::{scalar, signature, string};
use super::{Body, Function};

/// The functions of this family, sorted by name.
pub static FUNCTIONS: &[&Function] =
    &[&BAG_PACK_COLUMNS, &BIN_AUTO, &COLUMN_IFEXISTS, &COLUMN_NAMES_OF, &ISCOLUMNEXISTS];

const COLUMN: Param = scalar("column");
const NAME: Param = string("column_name").literal();

/// `bag_pack_columns(column, ...)`: learn.microsoft.com/kusto/query/bag-pack-columns-function.
pub static BAG_PACK_COLUMNS: Function = Function {
    spec: FunctionSpec {
        name: "bag_pack_columns",
        overloads: &[Overload::new(&[COLUMN], Returns::Is(Type::Dynamic)).repeated(&[COLUMN])],
        summary: "Makes a bag of columns, under their names.",
        examples: &[Example {
            query: "print a = 1, b = 'x' | project p = bag_pack_columns(a, b)",
            answer: r#"{"a":1,"b":"x"}"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Lowered,
};

/// `bin_auto(value)`: learn.microsoft.com/kusto/query/bin-auto-function.
pub static BIN_AUTO: Function = Function {
    spec: FunctionSpec {
        name: "bin_auto",
        overloads: &[Overload::new(&[Param::new("value", Accepts::Summable)], Returns::Promoted(0))],
        naming: Naming::FirstArgument,
        summary: "Rounds a value down to a bin whose size and origin the options of the query say.",
        examples: &[Example { query: "set query_bin_auto_size = 10; print bin_auto(27)", answer: "20" }],
        ..FunctionSpec::BASE
    },
    body: Body::Lowered,
};

/// `column_ifexists(name, default)`: learn.microsoft.com/kusto/query/column-ifexists-function.
pub static COLUMN_IFEXISTS: Function = Function {
    spec: FunctionSpec {
        name: "column_ifexists",
        aliases: &["columnifexists"],
        overloads: &[Overload::new(&[NAME, scalar("default")], Returns::Same(1))],
        summary: "Returns a column where the table has it, else a default.",
        examples: &[Example {
            query: "print a = 1 | project x = column_ifexists('a', 0), y = column_ifexists('b', 0)",
            answer: "1 | 0",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Lowered,
};

/// `column_names_of(table)`: learn.microsoft.com/kusto/query/column-names-of-function.
pub static COLUMN_NAMES_OF: Function = Function {
    spec: FunctionSpec {
        name: "column_names_of",
        overloads: &[signature(&[scalar("table")], Type::Dynamic)],
        summary: "Returns the names of the columns of a table.",
        examples: &[Example { query: "let T = print a = 1, b = 2; print column_names_of(T)", answer: r#"["a","b"]"# }],
        ..FunctionSpec::BASE
    },
    body: Body::Lowered,
};

/// `iscolumnexists(name)`, not documented.
pub static ISCOLUMNEXISTS: Function = Function {
    spec: FunctionSpec {
        name: "iscolumnexists",
        overloads: &[signature(&[NAME], Type::Bool)],
        summary: "Tells whether the table has a column.",
        examples: &[Example {
            query: "print a = 1 | project iscolumnexists('a'), iscolumnexists('b')",
            answer: "true | false",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Lowered,
};
