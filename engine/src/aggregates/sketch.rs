//! `hll`, `hll_merge`, `tdigest`, `tdigest_merge`: sketches of the values of each group.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray, StringViewBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{AggregateUDF, EmitTo};
use rehunt_lang::library::{Accepts, AggregateSpec, Example, Naming, Overload, Param, Returns};
use rehunt_lang::types::Type;

use super::udaf::{Accumulate, Rows, aggregate, column};
use super::{Aggregate, AggregateCall};
use crate::dynamic::{Builder, Raw};
use crate::sketch::{Hll, Tdigest, each_hash};

/// What `hll` tells apart: not bools and reals.
const HASHED: Accepts = Accepts::OneOf(&[
    Type::Int,
    Type::Long,
    Type::Decimal,
    Type::Datetime,
    Type::Timespan,
    Type::String,
    Type::Guid,
    Type::Dynamic,
]);
const TO_DYNAMIC: Returns = Returns::Is(Type::Dynamic);

/// `hll(expr [, accuracy])`, `hll_if(expr, predicate [, accuracy])`
pub static HLL: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "hll",
        overloads: &[Overload::new(&[Param::new("expr", HASHED)], TO_DYNAMIC).optional(&[Param::new(
            "accuracy",
            Accepts::Integer,
        )
        .constant()])],
        naming: Naming::PrefixAndFirstArgument("hll"),
        filtered: Some("hll_if"),
        filtered_naming: Naming::PrefixAndFirstArgument("hll_if"),
        summary: "A sketch of the distinct values of an accuracy from 0 to 4, 1 unless given: `dcount_hll` counts it, \
                  `hll_merge` joins several. Up to 1024 values are counted exactly.",
        examples: &[Example {
            query: "range x from 1 to 10 step 1 | summarize h = hll(x % 3) | project dcount_hll(h)",
            answer: "3",
        }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| {
        let accuracy = match call.constants.get(1) {
            Some(Some(value)) => value.as_long().unwrap_or(-1),
            _ => 1,
        };
        let empty = Hll::of_accuracy(accuracy).ok_or("the accuracy of `hll` is a whole number from 0 to 4")?;
        Ok(sketches("hll", call, Some(empty), add_hashes))
    },
};

/// `hll_merge(hll)`
pub static HLL_MERGE: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "hll_merge",
        overloads: &[Overload::new(&[Param::new("hll", Accepts::Array)], TO_DYNAMIC)],
        naming: Naming::PrefixAndFirstArgument("hll_merge"),
        summary: "Joins sketches of `hll`; null if their accuracies differ.",
        examples: &[Example {
            query: "range x from 1 to 10 step 1 | summarize h = hll(x) by k = x % 2 | summarize dcount_hll(hll_merge(h))",
            answer: "10",
        }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| Ok(sketches::<Hll>("hll_merge", call, None, add_sketches)),
};

/// `tdigest(expr [, weight])`
pub static TDIGEST: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "tdigest",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::Summable)], TO_DYNAMIC)
            .optional(&[Param::new("weight", Accepts::Integer)])],
        naming: Naming::PrefixAndFirstArgument("tdigest"),
        summary: "A sketch of how values are spread: `percentile_tdigest` reads it, `tdigest_merge` joins several. Up to \
                  2048 distinct values are kept exactly. A weight repeats a value.",
        examples: &[Example {
            query: "datatable(v:real, w:long)[1.0, 1, 2.0, 2] | summarize t = tdigest(v, w) | project percentile_tdigest(t, 50)",
            answer: "2.0",
        }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| {
        let ty = match call.types.first() {
            Some(Type::Real | Type::Decimal) => Type::Real,
            Some(Type::Datetime) => Type::Datetime,
            Some(Type::Timespan) => Type::Timespan,
            _ => Type::Long,
        };
        Ok(sketches("tdigest", call, Some(Tdigest::new(ty)), add_numbers))
    },
};

/// `tdigest_merge(tdigest)`
pub static TDIGEST_MERGE: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "tdigest_merge",
        aliases: &["merge_tdigest"],
        overloads: &[Overload::new(&[Param::new("tdigest", Accepts::Array)], TO_DYNAMIC)],
        naming: Naming::PrefixAndFirstArgument("merge_tdigests"),
        summary: "Joins sketches of `tdigest`; null if their types differ.",
        examples: &[Example {
            query: "range x from 1 to 9 step 1 | summarize t = tdigest(x) by k = x % 2 | summarize t = tdigest_merge(t) | project percentile_tdigest(t, 50)",
            answer: "5",
        }],
        ..AggregateSpec::BASE
    },
    ordered: false,
    make: |call| Ok(sketches::<Tdigest>("tdigest_merge", call, None, add_sketches)),
};

/// What an accumulator must know of a sketch.
trait Sketch: Clone + Send + Sync + 'static {
    /// Adds another sketch; false if they cannot be joined.
    fn join(&mut self, other: &Self) -> bool;
    fn read(value: Raw) -> Option<Self>;
    fn write(&mut self, out: &mut Builder);
    fn size(&self) -> usize;
}

impl Sketch for Hll {
    fn join(&mut self, other: &Self) -> bool {
        self.merge(other)
    }

    fn read(value: Raw) -> Option<Self> {
        Hll::read(value)
    }

    fn write(&mut self, out: &mut Builder) {
        Hll::write(self, out);
    }

    fn size(&self) -> usize {
        Hll::size(self)
    }
}

impl Sketch for Tdigest {
    fn join(&mut self, other: &Self) -> bool {
        self.merge(other)
    }

    fn read(value: Raw) -> Option<Self> {
        Tdigest::read(value)
    }

    fn write(&mut self, out: &mut Builder) {
        self.finish();
        Tdigest::write(self, out);
    }

    fn size(&self) -> usize {
        Tdigest::size(self)
    }
}

type Add<S> = fn(&mut Sketches<S>, &[ArrayRef], Rows) -> Result<()>;

fn sketches<S: Sketch>(name: &str, call: &AggregateCall, empty: Option<S>, add: Add<S>) -> AggregateUDF {
    let make = move || Sketches { groups: Vec::new(), bytes: 0, empty: empty.clone(), add };
    aggregate(name, call, DataType::Utf8View, vec![DataType::Utf8View], make).udaf()
}

/// The sketch of one group.
#[derive(Clone)]
enum Slot<S> {
    /// Nothing was added yet.
    Empty,
    Of(S),
    /// Sketches that cannot be joined met.
    Unlike,
}

struct Sketches<S> {
    groups: Vec<Slot<S>>,
    /// About how many bytes all sketches take.
    bytes: usize,
    /// What a group begins with; nothing where the first sketch added is that.
    empty: Option<S>,
    add: Add<S>,
}

impl<S: Sketch> Sketches<S> {
    /// Changes the sketch of a group that is to have values.
    fn change(&mut self, group: usize, f: impl FnOnce(&mut S)) {
        let Some(slot) = self.groups.get_mut(group) else { return };
        if let (Slot::Empty, Some(empty)) = (&*slot, &self.empty) {
            *slot = Slot::Of(empty.clone());
        }
        if let Slot::Of(sketch) = slot {
            let before = sketch.size();
            f(sketch);
            self.bytes = (self.bytes + sketch.size()).saturating_sub(before);
        }
    }

    fn join(&mut self, group: usize, other: S) {
        let Some(slot) = self.groups.get_mut(group) else { return };
        match slot {
            Slot::Empty => {
                self.bytes += other.size();
                *slot = Slot::Of(other);
            }
            Slot::Of(own) => {
                let before = own.size();
                if own.join(&other) {
                    self.bytes = (self.bytes + own.size()).saturating_sub(before);
                } else {
                    self.bytes = self.bytes.saturating_sub(before);
                    *slot = Slot::Unlike;
                }
            }
            Slot::Unlike => {}
        }
    }

    /// The sketches as text: null for what was never added to, `""` for what cannot be joined.
    fn texts(&mut self, emit: EmitTo) -> StringViewArray {
        let groups = emit.take_needed(&mut self.groups);
        let mut out = StringViewBuilder::with_capacity(groups.len());
        let mut text = Builder::new();
        for slot in groups {
            match slot {
                Slot::Empty => out.append_null(),
                Slot::Unlike => out.append_value(""),
                Slot::Of(mut sketch) => {
                    self.bytes = self.bytes.saturating_sub(sketch.size());
                    text.clear();
                    sketch.write(&mut text);
                    out.append_value(text.text());
                }
            }
        }
        out.finish()
    }
}

impl<S: Sketch> Accumulate for Sketches<S> {
    fn grow(&mut self, groups: usize) {
        self.groups.resize(groups, Slot::Empty);
    }

    fn update(&mut self, args: &[ArrayRef], rows: Rows) -> Result<()> {
        (self.add)(self, args, rows)
    }

    fn merge(&mut self, state: &[ArrayRef], groups: &[usize]) -> Result<()> {
        let texts = column(state, 0)?.as_string_view();
        Rows::all(groups).each_valid(texts.nulls(), |row, group| match texts.value(row) {
            "" => {
                if let Some(slot) = self.groups.get_mut(group) {
                    *slot = Slot::Unlike;
                }
            }
            text => {
                if let Some(sketch) = S::read(Raw::new(text)) {
                    self.join(group, sketch);
                }
            }
        });
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![Arc::new(self.texts(emit))])
    }

    fn results(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let mut nothing = Builder::new();
        if let Some(empty) = &mut self.empty {
            empty.write(&mut nothing);
        }
        let texts = self.texts(emit);
        // No sketch of nothing is known where sketches are joined.
        let cells = texts.iter().map(|text| match text {
            Some("") => None,
            Some(text) => Some(text),
            None => Some(nothing.text()).filter(|text| !text.is_empty()),
        });
        Ok(Arc::new(cells.collect::<StringViewArray>()))
    }

    fn size(&self) -> usize {
        self.groups.capacity() * size_of::<Slot<S>>() + self.bytes
    }
}

fn add_hashes(all: &mut Sketches<Hll>, args: &[ArrayRef], rows: Rows) -> Result<()> {
    let values = column(args, 0)?;
    let mut hashes = vec![None; values.len()];
    each_hash(values, |row, hash| {
        if let Some(cell) = hashes.get_mut(row) {
            *cell = Some(hash);
        }
    })?;
    rows.each(|row, group| {
        if let Some(Some(hash)) = hashes.get(row) {
            all.change(group, |hll| hll.add(*hash));
        }
    });
    Ok(())
}

fn add_numbers(all: &mut Sketches<Tdigest>, args: &[ArrayRef], rows: Rows) -> Result<()> {
    let values = column(args, 0)?;
    let weights = args.get(1).map(|weights| cast(weights, &DataType::Int64)).transpose()?;
    let weights = weights.as_ref().map(|w| w.as_primitive::<Int64Type>());
    let weight = |row: usize| match weights {
        Some(weights) if weights.is_null(row) => 0,
        Some(weights) => weights.value(row),
        None => 1,
    };
    if matches!(values.data_type(), DataType::Float64 | DataType::Decimal256(..)) {
        let values = cast(values, &DataType::Float64)?;
        let values = values.as_primitive::<Float64Type>();
        rows.each_valid(values.nulls(), |row, group| {
            all.change(group, |digest| digest.add_real(values.value(row), weight(row)));
        });
    } else {
        let values = cast(values, &DataType::Int64)?;
        let values = values.as_primitive::<Int64Type>();
        rows.each_valid(values.nulls(), |row, group| {
            all.change(group, |digest| digest.add_long(values.value(row), weight(row)));
        });
    }
    Ok(())
}

/// What is no sketch does not count.
fn add_sketches<S: Sketch>(all: &mut Sketches<S>, args: &[ArrayRef], rows: Rows) -> Result<()> {
    let texts = column(args, 0)?.as_string_view();
    rows.each_valid(texts.nulls(), |row, group| {
        if let Some(sketch) = S::read(Raw::new(texts.value(row))) {
            all.join(group, sketch);
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use rehunt_lang::types::Value;

    use super::*;
    use crate::aggregates::udaf::testing::two_groups;

    #[test]
    fn each_group_has_its_sketch() {
        let rows: Vec<_> = (0..6).map(|n| (usize::from(n > 3), Value::Long(n % 3))).collect();
        let digests = two_groups(&TDIGEST, Type::Long, Type::Dynamic, &rows);
        let text = |s: &str| Value::Dynamic(s.to_owned());
        assert_eq!(digests, [text("[[7],[0,1,2],[2,1,1]]"), text("[[7],[1,2],[1,1]]")]);
        let hlls = two_groups(&HLL, Type::Long, Type::Dynamic, &rows);
        let counts = hlls.iter().map(|hll| match hll {
            Value::Dynamic(text) => Hll::read(Raw::new(text)).map(|hll| hll.count()),
            _ => None,
        });
        assert_eq!(counts.collect::<Vec<_>>(), [Some(3), Some(2)]);
    }

    #[test]
    fn sketches_of_unlike_accuracy_do_not_join() {
        let hll = |accuracy: i64| {
            let mut out = Builder::new();
            Hll::of_accuracy(accuracy).iter().for_each(|hll| hll.write(&mut out));
            Value::Dynamic(out.finish())
        };
        let rows = [(0, hll(1)), (0, hll(2)), (1, hll(1)), (1, hll(1)), (1, Value::Dynamic("[1]".into()))];
        let joined = two_groups(&HLL_MERGE, Type::Dynamic, Type::Dynamic, &rows);
        assert_eq!(joined, [Value::Null(Type::Dynamic), hll(1)]);
    }
}
