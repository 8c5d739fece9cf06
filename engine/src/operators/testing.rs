//! Runs operators and functions on constants and columns, as the lowered plan would.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion::common::ScalarValue;
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF};
use rehunt_lang::plan::BinaryOp;
use rehunt_lang::types::{Type, Value};

use super::binary_udf;
use crate::functions::kernel::scalar;
use crate::functions::{find, udf};
use crate::types::arrow_type;
use crate::value::value_at;

/// Computes `l op r` on constants.
pub(crate) fn binary(op: BinaryOp, l: Value, r: Value, returns: Type) -> Value {
    let udf = binary_udf(op, l.ty(), r.ty(), returns, [Some(&l), Some(&r)]).unwrap();
    let args = vec![ColumnarValue::Scalar(scalar(&l).unwrap()), ColumnarValue::Scalar(scalar(&r).unwrap())];
    run(&udf, args, 1, returns).remove(0)
}

/// Computes `column op r`.
pub(crate) fn column(op: BinaryOp, l: &[Value], r: &Value, returns: Type) -> Vec<Value> {
    let udf = binary_udf(op, l[0].ty(), r.ty(), returns, [None, Some(r)]).unwrap();
    run(&udf, vec![cells(l), ColumnarValue::Scalar(scalar(r).unwrap())], l.len(), returns)
}

/// Calls a function on constants.
pub(crate) fn call(name: &str, args: &[Value], returns: Type) -> Value {
    let types: Vec<_> = args.iter().map(Value::ty).collect();
    let constants: Vec<_> = args.iter().cloned().map(Some).collect();
    let udf = udf::udf(find(name).unwrap(), &types, &constants, returns).unwrap();
    let args = args.iter().map(|a| ColumnarValue::Scalar(scalar(a).unwrap())).collect();
    run(&udf, args, 1, returns).remove(0)
}

/// Calls a function on columns: one list of arguments a row.
pub(crate) fn call_rows(name: &str, rows: &[Vec<Value>], returns: Type) -> Vec<Value> {
    let types: Vec<_> = rows[0].iter().map(Value::ty).collect();
    let udf = udf::udf(find(name).unwrap(), &types, &vec![None; types.len()], returns).unwrap();
    let column = |i: usize| cells(&rows.iter().map(|r| r[i].clone()).collect::<Vec<_>>());
    run(&udf, (0..types.len()).map(column).collect(), rows.len(), returns)
}

/// Makes an array of values.
pub(crate) fn cells(values: &[Value]) -> ColumnarValue {
    ColumnarValue::Array(ScalarValue::iter_to_array(values.iter().map(|v| scalar(v).unwrap())).unwrap())
}

/// Invokes a function on `rows` rows.
pub(crate) fn run(udf: &ScalarUDF, args: Vec<ColumnarValue>, rows: usize, returns: Type) -> Vec<Value> {
    let field = |ty| Arc::new(Field::new("", ty, true));
    let arg_fields = args.iter().map(|a| field(a.data_type())).collect();
    let call = ScalarFunctionArgs {
        args,
        arg_fields,
        number_rows: rows,
        return_field: field(arrow_type(returns)),
        config_options: Arc::new(ConfigOptions::default()),
    };
    let array = udf.invoke_with_args(call).unwrap().into_array(rows).unwrap();
    assert_eq!(array.data_type(), &arrow_type(returns));
    (0..rows).map(|row| value_at(&array, returns, row)).collect()
}
