//! The one `AggregateUDFImpl` behind every aggregate of our own, and what an accumulator must do for it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, Statistics, exec_datafusion_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, StatisticsArgs, Volatility,
};

use super::AggregateCall;

/// Accumulates values for many groups at once. Groups are numbered from 0.
pub(super) trait Accumulate: Send + Sync + 'static {
    /// Makes room: groups below `groups` exist from now on.
    fn grow(&mut self, groups: usize);

    /// Takes in rows of the arguments.
    fn update(&mut self, args: &[ArrayRef], rows: Rows) -> Result<()>;

    /// Takes in what [`Accumulate::state`] of another accumulator gave; row `i` belongs to `groups[i]`.
    fn merge(&mut self, state: &[ArrayRef], groups: &[usize]) -> Result<()>;

    /// Hands over what was accumulated, a row a group, in the types given to [`aggregate`], and forgets these groups.
    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>>;

    /// Hands over the results, a row a group, and forgets these groups.
    fn results(&mut self, emit: EmitTo) -> Result<ArrayRef>;

    /// Estimates the bytes in use.
    fn size(&self) -> usize;
}

/// Which rows of a batch count, and their groups.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    groups: &'a [usize],
    filter: Option<&'a BooleanArray>,
}

impl<'a> Rows<'a> {
    /// Takes all rows of these groups.
    pub(super) fn all(groups: &'a [usize]) -> Self {
        Self { groups, filter: None }
    }

    /// Calls `f` with the number and the group of each row that counts.
    pub(super) fn each(self, mut f: impl FnMut(usize, usize)) {
        match self.filter {
            None => self.groups.iter().enumerate().for_each(|(row, group)| f(row, *group)),
            Some(filter) => {
                for (row, group) in self.groups.iter().enumerate() {
                    if filter.is_valid(row) && filter.value(row) {
                        f(row, *group);
                    }
                }
            }
        }
    }

    /// As [`Rows::each`], without the rows where the column is null.
    pub(super) fn each_valid(self, nulls: Option<&NullBuffer>, mut f: impl FnMut(usize, usize)) {
        match nulls {
            None => self.each(f),
            Some(nulls) => self.each(|row, group| {
                if nulls.is_valid(row) {
                    f(row, group);
                }
            }),
        }
    }
}

/// Makes an aggregate. `state` are the types of the state an accumulator hands over.
pub(super) fn aggregate<A: Accumulate>(
    name: &str,
    call: &AggregateCall,
    returns: DataType,
    state: Vec<DataType>,
    make: impl Fn() -> A + Send + Sync + 'static,
) -> KustoAggregate {
    let make: Arc<dyn Fn() -> A + Send + Sync> = Arc::new(make);
    let for_one = Arc::clone(&make);
    KustoAggregate {
        name: name.to_owned(),
        key: format!("{name} {call:?}"),
        signature: Signature::variadic_any(Volatility::Immutable),
        returns,
        state,
        from_statistics: None,
        many: Box::new(move || Box::new(Groups { inner: make(), make: Arc::clone(&make) })),
        one: Box::new(move || Box::new(One(for_one()))),
    }
}

type FromStatistics = fn(&Statistics) -> Option<ScalarValue>;

/// An aggregate as DataFusion sees it.
pub(super) struct KustoAggregate {
    name: String,
    /// Tells calls apart that do different things.
    key: String,
    signature: Signature,
    returns: DataType,
    state: Vec<DataType>,
    from_statistics: Option<FromStatistics>,
    many: Box<dyn Fn() -> Box<dyn GroupsAccumulator> + Send + Sync>,
    one: Box<dyn Fn() -> Box<dyn Accumulator> + Send + Sync>,
}

impl KustoAggregate {
    /// Adds a way to the result of a whole table without reading it.
    pub(super) fn with_statistics(self, from_statistics: FromStatistics) -> Self {
        Self { from_statistics: Some(from_statistics), ..self }
    }

    /// Ends the making.
    pub(super) fn udaf(self) -> AggregateUDF {
        AggregateUDF::new_from_impl(self)
    }
}

impl AggregateUDFImpl for KustoAggregate {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.returns.clone())
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let field = |(i, ty): (usize, &DataType)| Arc::new(Field::new(format!("{}[{i}]", args.name), ty.clone(), true));
        Ok(self.state.iter().enumerate().map(field).collect())
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok((self.one)())
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok((self.many)())
    }

    fn value_from_stats(&self, args: &StatisticsArgs) -> Option<ScalarValue> {
        if args.is_distinct {
            return None;
        }
        self.from_statistics.and_then(|f| f(args.statistics))
    }
}

impl PartialEq for KustoAggregate {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for KustoAggregate {}

impl Hash for KustoAggregate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl fmt::Debug for KustoAggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)
    }
}

/// Many groups, for DataFusion.
struct Groups<A> {
    inner: A,
    make: Arc<dyn Fn() -> A + Send + Sync>,
}

impl<A: Accumulate> GroupsAccumulator for Groups<A> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.inner.grow(total);
        self.inner.update(values, Rows { groups, filter })
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        self.inner.results(emit_to)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.inner.state(emit_to)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.inner.grow(total);
        self.inner.merge(values, groups)
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let rows = values.first().map_or(0, |v| v.len());
        let groups: Vec<usize> = (0..rows).collect();
        let mut each = (self.make)();
        each.grow(rows);
        each.update(values, Rows { groups: &groups, filter })?;
        each.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}

/// One group of all rows, for DataFusion.
struct One<A>(A);

impl<A> fmt::Debug for One<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::any::type_name::<A>())
    }
}

impl<A: Accumulate> Accumulator for One<A> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.0.grow(1);
        let groups = vec![0; values.first().map_or(0, |v| v.len())];
        self.0.update(values, Rows { groups: &groups, filter: None })
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.0.grow(1);
        ScalarValue::try_from_array(&self.0.results(EmitTo::All)?, 0)
    }

    fn size(&self) -> usize {
        self.0.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.0.grow(1);
        self.0.state(EmitTo::All)?.iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.0.grow(1);
        let groups = vec![0; states.first().map_or(0, |v| v.len())];
        self.0.merge(states, &groups)
    }
}

/// Returns column `i`.
pub(super) fn column(args: &[ArrayRef], i: usize) -> Result<&ArrayRef> {
    args.get(i).ok_or_else(|| exec_datafusion_err!("argument {i} of an aggregate is missing"))
}

/// Returns column `i` as an array of a certain kind.
pub(super) fn argument<A: Array + 'static>(args: &[ArrayRef], i: usize) -> Result<&A> {
    args.get(i)
        .and_then(|a| a.as_any().downcast_ref::<A>())
        .ok_or_else(|| exec_datafusion_err!("argument {i} of an aggregate has the wrong type"))
}

/// The type of a list of values.
pub(super) fn list_type(item: DataType) -> DataType {
    DataType::List(item_field(item))
}

fn item_field(item: DataType) -> FieldRef {
    Arc::new(Field::new("item", item, true))
}

/// Makes a column of lists, one a group, from their lengths and all their values.
pub(super) fn lists(lengths: impl IntoIterator<Item = usize>, values: ArrayRef) -> Result<ArrayRef> {
    let field = item_field(values.data_type().clone());
    Ok(Arc::new(ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), values, None)?))
}

/// Takes a column of lists apart: all values, and for each the group of its list.
pub(super) fn flattened(state: &[ArrayRef], i: usize, groups: &[usize]) -> Result<(ArrayRef, Vec<usize>)> {
    let list = state.get(i).and_then(|a| a.as_list_opt::<i32>());
    let list = list.ok_or_else(|| exec_datafusion_err!("state {i} of an aggregate is no list"))?;
    let offsets = list.value_offsets();
    let (first, last) = (offsets.first().copied().unwrap_or(0), offsets.last().copied().unwrap_or(0));
    let values = list.values().slice(first as usize, (last - first) as usize);
    let mut of = Vec::with_capacity(values.len());
    for (ends, group) in offsets.windows(2).zip(groups) {
        of.extend(std::iter::repeat_n(*group, (ends[1] - ends[0]) as usize));
    }
    Ok((values, of))
}

/// Runs an aggregate as DataFusion does: rows spread over two accumulators, whose states are merged.
#[cfg(test)]
pub(super) mod testing {
    #![allow(clippy::unwrap_used)]
    use datafusion::physical_plan::expressions::Column;
    use rehunt_lang::types::{Type, Value};

    use super::*;
    use crate::aggregates::Aggregate;
    use crate::value::value_at;

    /// Computes an aggregate per group. Every second row goes another way; all ways must agree.
    pub(crate) fn grouped(
        aggregate: &Aggregate,
        call: &AggregateCall,
        args: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
    ) -> ArrayRef {
        let udaf = (aggregate.make)(call).unwrap();
        let total = groups.iter().max().map_or(0, |g| g + 1);
        let fields: Vec<FieldRef> =
            args.iter().map(|a| Arc::new(Field::new("x", a.data_type().clone(), true))).collect();
        let return_field = udaf.return_field(&fields).unwrap();
        let schema = arrow::datatypes::Schema::new(fields.clone());
        let exprs: Vec<Arc<dyn datafusion::physical_plan::PhysicalExpr>> =
            (0..args.len()).map(|i| Arc::new(Column::new("x", i)) as _).collect();
        let acc_args = || AccumulatorArgs {
            return_field: Arc::clone(&return_field),
            schema: &schema,
            ignore_nulls: false,
            order_bys: &[],
            is_reversed: false,
            name: "a",
            is_distinct: false,
            exprs: &exprs,
            expr_fields: &fields,
        };
        let make = || udaf.create_groups_accumulator(acc_args()).unwrap();

        let mut whole = make();
        whole.update_batch(args, groups, filter, total).unwrap();
        let result = whole.evaluate(EmitTo::All).unwrap();
        assert_eq!(result.data_type(), return_field.data_type());

        // In two parts, the second of them row by row as when partial aggregation is given up.
        let (mut merged, mut part) = (make(), make());
        let half = groups.len() / 2;
        let slice = |from: usize, n: usize| args.iter().map(|a| a.slice(from, n)).collect::<Vec<_>>();
        let of = |from: usize, n: usize| filter.map(|f| f.slice(from, n));
        part.update_batch(&slice(0, half), &groups[..half], of(0, half).as_ref(), total).unwrap();
        let first = part.state(EmitTo::First(1)).unwrap();
        merged.merge_batch(&first, &[0], total).unwrap();
        let others: Vec<usize> = (1..total).collect();
        merged.merge_batch(&part.state(EmitTo::All).unwrap(), &others, total).unwrap();
        let rest = groups.len() - half;
        let rows = make().convert_to_state(&slice(half, rest), of(half, rest).as_ref()).unwrap();
        merged.merge_batch(&rows, &groups[half..], total).unwrap();
        let fields = udaf
            .state_fields(StateFieldsArgs {
                name: "a",
                input_fields: &fields,
                return_field: Arc::clone(&return_field),
                ordering_fields: &[],
                is_distinct: false,
            })
            .unwrap();
        let types: Vec<_> = rows.iter().map(|a| a.data_type().clone()).collect();
        assert_eq!(types, fields.iter().map(|f| f.data_type().clone()).collect::<Vec<_>>());
        assert_eq!(&merged.evaluate(EmitTo::All).unwrap(), &result);

        // All rows of the first group as one.
        let mut one = udaf.accumulator(acc_args()).unwrap();
        let keep = BooleanArray::from_iter(
            groups.iter().enumerate().map(|(i, g)| Some(*g == 0 && filter.is_none_or(|f| f.value(i)))),
        );
        let args: Vec<_> = args.iter().map(|a| arrow::compute::filter(a, &keep).unwrap()).collect();
        one.update_batch(&args).unwrap();
        assert_eq!(one.evaluate().unwrap(), ScalarValue::try_from_array(&result, 0).unwrap());
        result
    }

    /// Computes an aggregate of one argument over rows of two groups and shows the results as values.
    pub(crate) fn two_groups(aggregate: &Aggregate, ty: Type, returns: Type, rows: &[(usize, Value)]) -> Vec<Value> {
        let cells = rows.iter().map(|(_, v)| crate::functions::kernel::scalar(v).unwrap());
        let column = ScalarValue::iter_to_array(cells).unwrap();
        let groups: Vec<usize> = rows.iter().map(|(g, _)| *g).collect();
        let call = AggregateCall { types: &[ty], constants: &[None], returns: &[returns], ordered: false };
        let result = grouped(aggregate, &call, &[column], &groups, None);
        (0..result.len()).map(|row| value_at(&result, returns, row)).collect()
    }
}
