//! Aggregates that pick a row: `arg_max`, `arg_min`, `take_any`.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, PrimitiveArray, StringViewArray, StructArray,
    new_null_array,
};
use arrow::compute::{cast, interleave};
use arrow::datatypes::{DataType, Decimal256Type, Field, Fields, i256};
use datafusion::common::Result;
use datafusion::logical_expr::{AggregateUDF, EmitTo};
use rehunt_lang::library::{Accepts, AggregateShape, AggregateSpec, Example, Naming, Overload, Param, Returns};
use rehunt_lang::types::Type;

use super::udaf::{Accumulate, Rows, aggregate, argument, column};
use super::{Aggregate, AggregateCall};
use crate::types::arrow_type;

/// `arg_max(expr, returned, ...)`
pub static ARG_MAX: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "arg_max",
        overloads: &[Overload::new(&[Param::new("maximized", Accepts::Orderable)], Returns::Same(0))
            .repeated(&[Param::new("returned", Accepts::Scalar)])],
        shape: AggregateShape::Arg,
        summary: "Finds the row where the first argument is largest and returns all arguments of that row. \
                  A null never wins over a value; of equals the first row wins.",
        examples: &[Example {
            query: "datatable(a:long, b:string)[1, 'x', 3, 'y', 3, 'z'] | summarize arg_max(a, b)",
            answer: "3 | y",
        }],
        ..AggregateSpec::BASE
    },
    ordered: true,
    make: |call| pick("arg_max", call, By::Largest),
};

/// `arg_min(expr, returned, ...)`
pub static ARG_MIN: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "arg_min",
        overloads: &[Overload::new(&[Param::new("minimized", Accepts::Orderable)], Returns::Same(0))
            .repeated(&[Param::new("returned", Accepts::Scalar)])],
        shape: AggregateShape::Arg,
        summary: "Finds the row where the first argument is smallest and returns all arguments of that row. \
                  A null never wins over a value; of equals the first row wins.",
        examples: &[Example {
            query: "datatable(a:long, b:string)[2, 'x', 1, 'y', long(null), 'z'] | summarize arg_min(a, b)",
            answer: "1 | y",
        }],
        ..AggregateSpec::BASE
    },
    ordered: true,
    make: |call| pick("arg_min", call, By::Smallest),
};

/// `argmax(expr, returned, ...)`, the former name of `arg_max`, with other names for its columns
pub static ARGMAX: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "argmax",
        overloads: ARG_MAX.spec.overloads,
        naming: Naming::PrefixAndFirstArgument("max"),
        shape: AggregateShape::Arg,
        summary: "Finds the row where the first argument is largest; `arg_max` is its present name.",
        ..AggregateSpec::BASE
    },
    ordered: true,
    make: |call| pick("argmax", call, By::Largest),
};

/// `argmin(expr, returned, ...)`, the former name of `arg_min`, with other names for its columns
pub static ARGMIN: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "argmin",
        overloads: ARG_MIN.spec.overloads,
        naming: Naming::PrefixAndFirstArgument("min"),
        shape: AggregateShape::Arg,
        summary: "Finds the row where the first argument is smallest; `arg_min` is its present name.",
        ..AggregateSpec::BASE
    },
    ordered: true,
    make: |call| pick("argmin", call, By::Smallest),
};

/// `take_any(expr, ...)`, `take_anyif(expr, predicate)`
pub static TAKE_ANY: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "take_any",
        overloads: &[Overload::new(&[Param::new("expr", Accepts::Scalar)], Returns::Same(0))
            .repeated(&[Param::new("expr", Accepts::Scalar)])],
        shape: AggregateShape::Any,
        filtered: Some("take_anyif"),
        filtered_naming: Naming::FirstArgument,
        summary: "Returns the arguments of some row: the first. A single argument prefers a value to null and `\"\"`.",
        examples: &[Example {
            query: "datatable(a:string, b:long)['', 1, 'x', 2] | summarize take_any(a), take_any(a, b)",
            answer: "x |  | 1",
        }],
        ..AggregateSpec::BASE
    },
    ordered: true,
    make: |call| pick("take_any", call, By::Presence),
};

/// `any(expr, ...)`, the former name of `take_any`, with other names for its columns
pub static ANY: Aggregate = Aggregate {
    spec: AggregateSpec {
        name: "any",
        overloads: TAKE_ANY.spec.overloads,
        naming: Naming::PrefixAndFirstArgument("any"),
        shape: AggregateShape::Any,
        filtered: Some("anyif"),
        filtered_naming: Naming::PrefixAndFirstArgument("anyif"),
        summary: "Returns the arguments of some row; `take_any` is its present name.",
        ..AggregateSpec::BASE
    },
    ordered: true,
    make: |call| pick("any", call, By::Presence),
};

/// What makes a row win over those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Largest,
    Smallest,
    /// That its only argument has a value.
    Presence,
}

fn pick(name: &str, call: &AggregateCall, by: By) -> Result<AggregateUDF, String> {
    let columns = call.types.len() - usize::from(call.ordered);
    let types: Vec<Type> = call.types.iter().copied().take(columns).collect();
    if types.is_empty() {
        return Err(format!("`{name}` needs an argument"));
    }
    let fields: Fields =
        types.iter().enumerate().map(|(i, ty)| Field::new(format!("c{i}"), arrow_type(*ty), true)).collect();
    let returns = match call.returns.len() {
        1 => arrow_type(types[0]), // not empty, see above
        _ => DataType::Struct(fields.clone()),
    };
    let several = call.returns.len() > 1;
    let mut state: Vec<DataType> = fields.iter().map(|f| f.data_type().clone()).collect();
    state.push(DataType::Boolean);
    if call.ordered {
        state.push(DataType::Int64);
    }
    let ordered = call.ordered;
    let make = move || Pick {
        best: Vec::new(),
        places: Vec::new(),
        ordinals: Vec::new(),
        batches: vec![types.iter().map(|ty| missing(*ty)).collect()],
        rows: 0,
        by,
        first: types[0],
        fields: fields.clone(),
        several,
        ordered,
    };
    Ok(aggregate(name, call, returns, state, make).udaf())
}

/// One cell without a value.
fn missing(ty: Type) -> ArrayRef {
    match ty {
        Type::String => Arc::new(StringViewArray::from(vec![""])),
        other => new_null_array(&arrow_type(other), 1),
    }
}

/// Keeps the place of each group's winner within batches of arguments, which are kept as they came. From time to time
/// the winners are copied together and the batches let go.
struct Pick {
    best: Vec<Rank>,
    /// Batch and row of each winner; the one row of the first batch has no values.
    places: Vec<(usize, usize)>,
    ordinals: Vec<i64>,
    batches: Vec<Vec<ArrayRef>>,
    /// Rows in all batches.
    rows: usize,
    by: By,
    /// The type of the compared argument.
    first: Type,
    fields: Fields,
    several: bool,
    ordered: bool,
}

/// What the winner of a group won with.
#[derive(Clone, Debug, PartialEq)]
enum Rank {
    /// There is no row yet.
    Nothing,
    Null,
    Number(i64),
    Decimal(i256),
    Text(Box<str>),
}

/// The compared argument.
enum Ranks<'a> {
    Number(Int64Array),
    Decimal(&'a PrimitiveArray<Decimal256Type>),
    Text(&'a StringViewArray),
    /// Every row is as good as another.
    Equal,
}

impl Ranks<'_> {
    /// Compares a row with the winner so far, as `arg_max` does.
    fn order(&self, row: usize, best: &Rank) -> Ordering {
        match (self, best) {
            (_, Rank::Nothing) => Ordering::Greater,
            (Ranks::Number(a), Rank::Number(best)) if a.is_valid(row) => a.value(row).cmp(best),
            (Ranks::Decimal(a), Rank::Decimal(best)) if a.is_valid(row) => a.value(row).cmp(best),
            (Ranks::Text(a), Rank::Text(best)) if a.is_valid(row) => a.value(row).cmp(best),
            (_, Rank::Null) if self.is_null(row) => Ordering::Equal,
            (_, Rank::Null) => Ordering::Greater,
            _ => Ordering::Less,
        }
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Ranks::Number(a) => a.is_null(row),
            Ranks::Decimal(a) => a.is_null(row),
            Ranks::Text(a) => a.is_null(row),
            Ranks::Equal => true,
        }
    }

    fn rank(&self, row: usize) -> Rank {
        match self {
            _ if self.is_null(row) => Rank::Null,
            Ranks::Number(a) => Rank::Number(a.value(row)),
            Ranks::Decimal(a) => Rank::Decimal(a.value(row)),
            Ranks::Text(a) => Rank::Text(a.value(row).into()),
            Ranks::Equal => Rank::Null,
        }
    }
}

impl Pick {
    fn ranks<'a>(&self, argument: &'a ArrayRef) -> Result<Ranks<'a>> {
        Ok(match (self.by, self.first) {
            (By::Presence, _) if self.fields.len() > 1 => Ranks::Equal,
            (By::Presence, Type::String) => {
                let texts = argument.as_string_view();
                Ranks::Number(texts.lengths().map(|n| (n > 0).then_some(1)).collect())
            }
            (By::Presence, _) => {
                Ranks::Number((0..argument.len()).map(|i| argument.is_valid(i).then_some(1)).collect())
            }
            (_, Type::String) => Ranks::Text(argument.as_string_view()),
            (_, Type::Decimal) => Ranks::Decimal(argument.as_primitive()),
            (by, Type::Real) => {
                let reals: &Float64Array = argument.as_primitive();
                Ranks::Number(reals.unary(|v| if v.is_nan() { winning(by) } else { ordered(v) }))
            }
            _ => Ranks::Number(cast(argument, &DataType::Int64)?.as_primitive().clone()),
        })
    }

    /// Lets the rows compete; `args` are the arguments, `ordinals` the numbers of their rows.
    fn compete(
        &mut self,
        args: &[ArrayRef],
        ordinals: Option<&Int64Array>,
        rows: impl FnOnce(&mut dyn FnMut(usize, usize)),
    ) -> Result<()> {
        let args: Vec<ArrayRef> = args.iter().take(self.fields.len()).cloned().collect();
        let ranks = self.ranks(column(&args, 0)?)?;
        let batch = self.batches.len();
        let mut won = false;
        rows(&mut |row, group| {
            let order = ranks.order(row, &self.best[group]);
            let order = match self.by {
                By::Smallest if !ranks.is_null(row) && !matches!(self.best[group], Rank::Nothing | Rank::Null) => {
                    order.reverse()
                }
                _ => order,
            };
            let wins = match (order, ordinals) {
                (Ordering::Equal, Some(ordinals)) => ordinals.value(row) < self.ordinals[group],
                (order, _) => order == Ordering::Greater,
            };
            if wins {
                won = true;
                self.best[group] = ranks.rank(row);
                self.places[group] = (batch, row);
                if let Some(ordinals) = ordinals {
                    self.ordinals[group] = ordinals.value(row);
                }
            }
        });
        if won {
            self.rows += args[0].len(); // `column` found it
            self.batches.push(args);
            if self.batches.len() > 16 && self.rows > 2 * self.places.len() + (1 << 16) {
                self.compact()?;
            }
        }
        Ok(())
    }

    /// Copies the winners together and lets go of all other rows.
    fn compact(&mut self) -> Result<()> {
        let winners = self.gathered(&self.places)?;
        self.batches.truncate(1);
        self.batches.push(winners.into_iter().map(without_spare_text).collect());
        self.places = (0..self.places.len()).map(|row| (1, row)).collect();
        self.rows = self.places.len();
        Ok(())
    }

    fn gathered(&self, places: &[(usize, usize)]) -> Result<Vec<ArrayRef>> {
        (0..self.fields.len())
            .map(|i| {
                let cells: Vec<&dyn Array> = self.batches.iter().map(|b| b[i].as_ref()).collect();
                Ok(interleave(&cells, places)?)
            })
            .collect()
    }

    fn emitted(&mut self, emit: EmitTo) -> Result<(Vec<ArrayRef>, Vec<Rank>, Vec<i64>)> {
        let places = emit.take_needed(&mut self.places);
        let columns = self.gathered(&places)?;
        let ordinals = if self.ordered { emit.take_needed(&mut self.ordinals) } else { Vec::new() };
        Ok((columns, emit.take_needed(&mut self.best), ordinals))
    }
}

/// Maps reals to longs of the same order; 0 and -0 are one.
fn ordered(value: f64) -> i64 {
    let bits = (value + 0.0).to_bits() as i64;
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}

/// NaN wins either way.
fn winning(by: By) -> i64 {
    if by == By::Smallest { i64::MIN } else { i64::MAX }
}

/// Copies the text that views point to, so that the buffers of whole batches can go.
fn without_spare_text(column: ArrayRef) -> ArrayRef {
    match column.as_string_view_opt() {
        Some(texts) => Arc::new(texts.gc()),
        None => column,
    }
}

impl Accumulate for Pick {
    fn grow(&mut self, groups: usize) {
        self.best.resize(groups, Rank::Nothing);
        self.places.resize(groups, (0, 0));
        if self.ordered {
            self.ordinals.resize(groups, 0);
        }
    }

    fn update(&mut self, args: &[ArrayRef], rows: Rows) -> Result<()> {
        let ordinals = if self.ordered { Some(argument::<Int64Array>(args, self.fields.len())?) } else { None };
        self.compete(args, ordinals, |each| rows.each(each))
    }

    fn merge(&mut self, state: &[ArrayRef], groups: &[usize]) -> Result<()> {
        let there: &BooleanArray = argument(state, self.fields.len())?;
        let ordinals = if self.ordered { Some(argument::<Int64Array>(state, self.fields.len() + 1)?) } else { None };
        self.compete(state, ordinals, |each| {
            let rows = groups.iter().enumerate().filter(|(row, _)| there.value(*row));
            rows.for_each(|(row, group)| each(row, *group));
        })
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let (mut state, best, ordinals) = self.emitted(emit)?;
        let there = best.iter().map(|rank| Some(*rank != Rank::Nothing));
        state.push(Arc::new(there.collect::<BooleanArray>()));
        if self.ordered {
            state.push(Arc::new(Int64Array::from(ordinals)));
        }
        Ok(state)
    }

    fn results(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let (mut columns, ..) = self.emitted(emit)?;
        Ok(match self.several {
            true => Arc::new(StructArray::try_new(self.fields.clone(), columns, None)?),
            false => columns.swap_remove(0),
        })
    }

    fn size(&self) -> usize {
        let kept: usize = self.batches.iter().flatten().map(|a| a.get_array_memory_size()).sum();
        self.best.capacity() * (size_of::<Rank>() + 24) + kept
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rehunt_lang::types::Value as V;

    use super::*;
    use crate::aggregates::udaf::testing::{grouped, two_groups};
    use crate::value::value_at;

    fn picked(aggregate: &Aggregate, columns: &[(Type, ArrayRef)], ordered: bool, groups: &[usize]) -> Vec<Vec<V>> {
        let types: Vec<Type> = columns.iter().map(|(ty, _)| *ty).collect();
        let returns = &types[..types.len() - usize::from(ordered)];
        let constants = vec![None; types.len()];
        let call = AggregateCall { types: &types, constants: &constants, returns, ordered };
        let args: Vec<_> = columns.iter().map(|(_, a)| Arc::clone(a)).collect();
        let result = grouped(aggregate, &call, &args, groups, None);
        let rows = result.as_struct();
        (0..rows.len())
            .map(|row| returns.iter().zip(rows.columns()).map(|(ty, c)| value_at(c, *ty, row)).collect())
            .collect()
    }

    fn longs(cells: &[Option<i64>]) -> (Type, ArrayRef) {
        (Type::Long, Arc::new(Int64Array::from(cells.to_vec())))
    }

    fn texts(cells: &[&str]) -> (Type, ArrayRef) {
        (Type::String, Arc::new(StringViewArray::from(cells.to_vec())))
    }

    #[test]
    fn a_null_wins_only_over_nothing() {
        let columns = [longs(&[None, Some(20), None, None, Some(20)]), texts(&["a", "b", "c", "d", "e"])];
        let groups = [0, 0, 1, 1, 0];
        let wanted = [vec![V::Long(20), V::String("b".into())], vec![V::Null(Type::Long), V::String("c".into())]];
        assert_eq!(picked(&ARG_MAX, &columns, false, &groups), wanted);
        assert_eq!(picked(&ARG_MIN, &columns, false, &groups), wanted);
    }

    #[test]
    fn every_orderable_type_is_compared() {
        let n = [1, 2, 3, 4].map(Some);
        let reals: ArrayRef = Arc::new(Float64Array::from(vec![-1.5, 2.0, -2.5, 0.0]));
        let winner = |aggregate, column: (Type, ArrayRef)| {
            picked(aggregate, &[column, longs(&n)], false, &[0; 4])[0][1].as_long().unwrap()
        };
        assert_eq!(winner(&ARG_MAX, (Type::Real, Arc::clone(&reals))), 2);
        assert_eq!(winner(&ARG_MIN, (Type::Real, reals)), 3);
        let nan: ArrayRef = Arc::new(Float64Array::from(vec![1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]));
        assert_eq!(winner(&ARG_MAX, (Type::Real, Arc::clone(&nan))), 2);
        assert_eq!(winner(&ARG_MIN, (Type::Real, nan)), 2);
        assert_eq!(winner(&ARG_MAX, texts(&["b", "B", "a", "ba"])), 4);
        assert_eq!(winner(&ARG_MIN, texts(&["b", "B", "a", "ba"])), 2);
        let bools: ArrayRef = Arc::new(BooleanArray::from(vec![true, false, true, false]));
        assert_eq!(winner(&ARG_MIN, (Type::Bool, bools)), 2);
    }

    #[test]
    fn of_equals_the_first_row_wins() {
        let columns =
            [longs(&[Some(1), Some(1), Some(0)]), texts(&["x", "y", "z"]), longs(&[Some(7), Some(3), Some(0)])];
        assert_eq!(picked(&ARG_MAX, &columns, true, &[0; 3])[0][1], V::String("y".into()));
        assert_eq!(picked(&ARG_MAX, &columns[..2], false, &[0; 3])[0][1], V::String("x".into()));
    }

    #[test]
    fn any_prefers_a_value_but_keeps_rows_together() {
        let string = |t: &str| V::String(t.to_owned());
        let rows = [(0, string("")), (1, string("")), (0, string("x")), (0, string("y"))];
        assert_eq!(two_groups(&TAKE_ANY, Type::String, Type::String, &rows), [string("x"), string("")]);
        let columns = [longs(&[None, Some(1)]), texts(&["", "x"])];
        assert_eq!(picked(&TAKE_ANY, &columns, false, &[0; 2]), [[V::Null(Type::Long), string("")]]);
    }

    #[test]
    fn many_batches_are_compacted() {
        let types = [Type::Long, Type::String];
        let mut pick = Pick {
            best: Vec::new(),
            places: Vec::new(),
            ordinals: Vec::new(),
            batches: vec![types.iter().map(|ty| missing(*ty)).collect()],
            rows: 0,
            by: By::Largest,
            first: Type::Long,
            fields: types.iter().map(|ty| Field::new("c", arrow_type(*ty), true)).collect::<Vec<_>>().into(),
            several: true,
            ordered: false,
        };
        pick.grow(3);
        for batch in 0..40i64 {
            let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values((0..5000).map(|i| batch * 5000 + i)));
            let names = (0..5000).map(|i| format!("a name longer than a view {}", batch * 5000 + i));
            let names: ArrayRef = Arc::new(StringViewArray::from_iter_values(names));
            let groups: Vec<usize> = (0..5000).map(|i| i % 2).collect();
            pick.update(&[numbers, names], Rows::all(&groups)).unwrap();
        }
        assert!(pick.batches.len() < 30);
        let result = pick.results(EmitTo::All).unwrap();
        let names: Vec<_> = result.as_struct().column(1).as_string_view().iter().collect();
        assert_eq!(
            names,
            [Some("a name longer than a view 199998"), Some("a name longer than a view 199999"), Some("")]
        );
    }
}
