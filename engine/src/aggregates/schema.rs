//! `buildschema`: the least schema that admits all values of a dynamic.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::EmitTo;
use rehunt_lang::library::{Accepts, AggregateSpec, Example, Naming, Overload, Param, Returns};
use rehunt_lang::types::Type;

use super::Aggregate;
use super::udaf::{Accumulate, Rows, aggregate, column};
use crate::dynamic::{Builder, Kind, Raw};

/// The key under which the schema of an array's elements stands.
const INDEXER: &str = "`indexer`";

/// `buildschema(expr)`: learn.microsoft.com/kusto/query/buildschema-aggregation-function.
pub static BUILDSCHEMA: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "buildschema",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::Bag)], Returns::Is(Type::Dynamic))],
        naming: Naming::PrefixAndFirstArgument("schema"),
        summary: "Describes dynamics: the type of each property, an array of them where several occur; the elements of an \
                  array stand under `indexer`.",
        examples: &[Example {
            query: "datatable(d: dynamic)[dynamic({'x': 1}), dynamic({'x': 'a', 'y': [1.5]})] | summarize buildschema(d)",
            answer: "{\"x\":[\"long\",\"string\"],\"y\":{\"`indexer`\":\"double\"}}",
        }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| {
        let make = || Schemas { groups: Vec::new(), bytes: 0 };
        Ok(aggregate("buildschema", call, DataType::Utf8View, vec![DataType::Utf8View], make).udaf())
    },
};

/// What the values at one place are: any of these.
#[derive(Clone, Debug, Default, PartialEq)]
struct Schema {
    /// Names of scalar types, first seen first.
    scalars: Vec<String>,
    /// The properties of bags, keys with their escapes, first seen first.
    bag: Option<Vec<(String, Schema)>>,
    /// The elements of arrays.
    elements: Option<Box<Schema>>,
}

impl Schema {
    /// Widens the schema to admit a value. A null is admitted everywhere. Dynamics nest a few hundred deep at most.
    fn admit(&mut self, value: Raw) {
        match value.kind() {
            Kind::Null => {}
            Kind::Bool => self.scalar("bool"),
            Kind::Long => self.scalar("long"),
            Kind::Real => self.scalar("double"),
            Kind::String => self.scalar("string"),
            Kind::Array => {
                let elements = self.elements.get_or_insert_default();
                value.elements().for_each(|element| elements.admit(element));
            }
            Kind::Bag => {
                self.bag.get_or_insert_default();
                value.slots().for_each(|(key, value)| self.property(key).admit(value));
            }
        }
    }

    fn scalar(&mut self, name: &str) {
        if !self.scalars.iter().any(|other| other == name) {
            self.scalars.push(name.to_owned());
        }
    }

    fn property(&mut self, key: &str) -> &mut Schema {
        let bag = self.bag.get_or_insert_default();
        let at = match bag.iter().position(|(other, _)| other == key) {
            Some(at) => at,
            None => {
                bag.push((key.to_owned(), Schema::default()));
                bag.len() - 1
            }
        };
        &mut bag[at].1
    }

    /// Widens the schema by another one, as [`Schema::write`] wrote it.
    fn widen(&mut self, written: Raw) {
        match written.kind() {
            Kind::String => self.scalar(written.quoted().unwrap_or_default()),
            Kind::Array => written.elements().for_each(|alternative| self.widen(alternative)),
            Kind::Bag => match written.key(INDEXER) {
                Some(elements) => self.elements.get_or_insert_default().widen(elements),
                None => {
                    self.bag.get_or_insert_default();
                    written.slots().for_each(|(key, schema)| self.property(key).widen(schema));
                }
            },
            _ => {}
        }
    }

    fn alternatives(&self) -> usize {
        self.scalars.len() + usize::from(self.bag.is_some()) + usize::from(self.elements.is_some())
    }

    /// Writes one alternative as it is, several or none as an array.
    fn write(&self, out: &mut Builder) {
        let alone = self.alternatives() == 1;
        if !alone {
            out.begin_array();
        }
        self.scalars.iter().for_each(|name| out.string(name));
        if let Some(bag) = &self.bag {
            out.begin_bag();
            for (key, schema) in bag {
                out.escaped_key(key);
                schema.write(out);
            }
            out.end_bag();
        }
        if let Some(elements) = &self.elements {
            out.begin_bag();
            out.key(INDEXER);
            elements.write(out);
            out.end_bag();
        }
        if !alone {
            out.end_array();
        }
    }
}

struct Schemas {
    groups: Vec<Schema>,
    /// About how many bytes all schemas take, by their outer properties.
    bytes: usize,
}

impl Schemas {
    fn texts(&mut self, emit: EmitTo) -> ArrayRef {
        if matches!(emit, EmitTo::All) {
            self.bytes = 0;
        }
        let text = |schema: Schema| {
            let mut out = Builder::new();
            schema.write(&mut out);
            (schema.alternatives() > 0).then(|| out.finish())
        };
        Arc::new(emit.take_needed(&mut self.groups).into_iter().map(text).collect::<StringViewArray>())
    }
}

impl Accumulate for Schemas {
    fn grow(&mut self, groups: usize) {
        self.groups.resize(groups, Schema::default());
    }

    fn update(&mut self, args: &[ArrayRef], rows: Rows) -> Result<()> {
        let values = column(args, 0)?.as_string_view();
        rows.each_valid(values.nulls(), |row, group| {
            let schema = &mut self.groups[group];
            let known = schema.bag.as_ref().map_or(0, Vec::len);
            schema.admit(Raw::new(values.value(row)));
            // A new property brings a schema of its own, and what is below it.
            let new = schema.bag.as_ref().map_or(0, Vec::len) - known;
            self.bytes += new * 4 * size_of::<(String, Schema)>();
        });
        Ok(())
    }

    fn merge(&mut self, state: &[ArrayRef], groups: &[usize]) -> Result<()> {
        let schemas = column(state, 0)?.as_string_view();
        Rows::all(groups).each_valid(schemas.nulls(), |row, group| {
            self.groups[group].widen(Raw::new(schemas.value(row)));
        });
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.texts(emit)])
    }

    fn results(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        Ok(self.texts(emit))
    }

    fn size(&self) -> usize {
        self.groups.capacity() * size_of::<Schema>() + self.bytes
    }
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value;

    use super::*;
    use crate::aggregates::udaf::testing::two_groups;

    #[test]
    fn schemas_widen_as_the_page_shows() {
        // Values of the shapes that the reference page describes.
        let values =
            [r#"{"x":1,"y":3.5}"#, r#"{"x":"a","z":[1,2]}"#, r#"{"y":{"w":"z"},"t":["a","b"],"z":["f"]}"#, "null"];
        let mut rows: Vec<_> = values.map(|v| (0, Value::Dynamic(v.to_owned()))).into();
        rows.push((1, Value::Dynamic("[[],{}]".to_owned())));
        let found = two_groups(&BUILDSCHEMA, Type::Dynamic, Type::Dynamic, &rows);
        let first = r#"{"x":["long","string"],"y":["double",{"w":"string"}],"z":{"`indexer`":["long","string"]},"t":{"`indexer`":"string"}}"#;
        let second = r#"{"`indexer`":[{},{"`indexer`":[]}]}"#;
        assert_eq!(found, [first, second].map(|s| Value::Dynamic(s.to_owned())));
    }
}
