//! Functions that make arrays and bags of values.

use datafusion::common::{HashSet, Result};
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Naming, Overload, Param};
use rehunt_lang::types::Type;

use super::{all_cells, cells, write};
use crate::dynamic::Cells;
use crate::functions::kernel::Texts;
use crate::functions::signature::{long, scalar, signature, string};
use crate::functions::{Args, Body, Function};

const SLOTS: Overload = signature(&[], Type::Dynamic).repeated(&[string("key"), scalar("value")]);

/// `bag_pack(key, value, ...)`
pub static BAG_PACK: Function = Function {
    spec: FunctionSpec {
        name: "bag_pack",
        aliases: &["pack", "pack_dictionary"],
        overloads: &[SLOTS],
        summary: "Makes a property bag of keys and values, nulls among them; of equal keys the first stays.",
        examples: &[Example {
            query: "print bag_pack('Level', 'Info', 'Id', 12, 'Data', bag_pack('x', long(null)))",
            answer: "{\"Level\":\"Info\",\"Id\":12,\"Data\":{\"x\":null}}",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| pack(args, true)),
};

/// `pack_all(ignore_null_empty)`: the binder writes out the columns as keys and values.
pub static PACK_ALL: Function = Function {
    spec: FunctionSpec {
        name: "pack_all",
        overloads: &[SLOTS],
        summary: "Makes a property bag of all columns; with `true` without nulls and empty strings.",
        examples: &[Example {
            query: "datatable(a:long, b:string)[1, ''] | extend bag = pack_all(true) | project bag",
            answer: "{\"a\":1}",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| pack(args, false)),
};

fn pack(args: &Args, empty: bool) -> Result<ColumnarValue> {
    let slots: Vec<(Texts, Cells)> =
        (0..args.len() / 2).map(|i| Ok((args.text(2 * i)?, cells(args, 2 * i + 1)?))).collect::<Result<_>>()?;
    // Keys are constants as a rule; then the repeated ones are known once for all rows.
    let constant = slots.iter().all(|(key, _)| key.is_scalar());
    let mut seen = HashSet::new();
    let slots: Vec<_> =
        slots.iter().filter(|(key, _)| !constant || seen.insert(key.at(0).unwrap_or_default())).collect();
    write(args, |row, out| {
        let mut seen = HashSet::new();
        out.begin_bag();
        for (key, value) in &slots {
            let key = key.at(row).unwrap_or_default();
            if (empty || !is_empty(value, row)) && (constant || seen.insert(key)) {
                out.key(key);
                value.write(row, out);
            }
        }
        out.end_bag();
        Some(())
    })
}

fn is_empty(value: &Cells, row: usize) -> bool {
    value.is_null(row) || value.text(row) == Some("")
}

/// `pack_array(value, ...)`
pub static PACK_ARRAY: Function = Function {
    spec: FunctionSpec {
        name: "pack_array",
        overloads: &[signature(&[], Type::Dynamic).repeated(&[scalar("value")])],
        summary: "Makes an array of values, nulls among them.",
        examples: &[Example {
            query: "print pack_array(1, 'a', 2.0, dynamic([3]), int(null))",
            answer: "[1,\"a\",2.0,[3],null]",
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let values = all_cells(args, 0)?;
        write(args, |row, out| {
            out.begin_array();
            values.iter().for_each(|value| value.write(row, out));
            out.end_array();
            Some(())
        })
    }),
};

/// Arrays that functions make have at most so many elements.
pub(super) const LARGEST: usize = 1_048_576;

/// `repeat(value, count)`
pub static REPEAT: Function = Function {
    spec: FunctionSpec {
        name: "repeat",
        overloads: &[signature(&[Param::new("value", Accepts::NotDynamic), long("count")], Type::Dynamic)],
        naming: Naming::PrefixAndFirstArgument("repeat"),
        summary: "Makes an array of one value so many times; null for a negative count.",
        examples: &[Example { query: "print repeat('a', 3), repeat(1, 0)", answer: "[\"a\",\"a\",\"a\"] | []" }],
        ..FunctionSpec::BASE
    },
    body: Body::Kernel(|args| {
        let (value, count) = (cells(args, 0)?, args.long(1)?);
        write(args, |row, out| {
            let count = usize::try_from(count.at(row)?).ok()?.min(LARGEST);
            out.begin_array();
            (0..count).for_each(|_| value.write(row, out));
            out.end_array();
            Some(())
        })
    }),
};

#[cfg(test)]
mod tests {
    use crate::functions::dynamic::tests::dynamic;

    #[test]
    fn bags_keep_the_first_of_equal_keys() {
        assert_eq!(dynamic("bag_pack", &["a", "1", "b\"", "null", "a", "2"]), r#"{"a":1,"b\"":null}"#);
        assert_eq!(dynamic("pack", &[]), "{}");
        assert_eq!(dynamic("pack_all", &["a", "null", "b", "", "c", "[]"]), r#"{"c":[]}"#);
    }

    #[test]
    fn arrays_hold_anything() {
        assert_eq!(dynamic("pack_array", &["1", "true", "x", "{}", "null"]), r#"[1,true,"x",{},null]"#);
        assert_eq!(dynamic("repeat", &["x", "2"]), "[\"x\",\"x\"]");
        assert_eq!(dynamic("repeat", &["x", "-1"]), "Null(Dynamic)");
    }
}
