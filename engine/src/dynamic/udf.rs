//! The functions of this room as DataFusion sees them: those whose result is no single column of a Kusto type.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringViewArray};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

type Kernel = dyn Fn(&[ColumnarValue], usize) -> Result<ColumnarValue> + Send + Sync;

/// A kernel with its types. Two of one name do the same.
struct DynamicFunction {
    name: String,
    signature: Signature,
    returns: FieldRef,
    kernel: Box<Kernel>,
}

/// Makes a function of so many arguments. Its name says all that its kernel depends on.
pub(super) fn dynamic_udf(
    name: String,
    arguments: usize,
    returns: FieldRef,
    kernel: impl Fn(&[ColumnarValue], usize) -> Result<ColumnarValue> + Send + Sync + 'static,
) -> ScalarUDF {
    let signature = Signature::any(arguments, Volatility::Immutable);
    DynamicFunction { name, signature, returns, kernel: Box::new(kernel) }.into()
}

/// Spreads arguments to arrays of one length; tells whether all are scalars, then the length is 1.
pub(super) fn columns(args: &[ColumnarValue], rows: usize) -> Result<(Vec<ArrayRef>, bool)> {
    let scalar = args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
    let rows = if scalar { 1 } else { rows };
    let columns = args.iter().map(|a| a.to_array_of_size(rows)).collect::<Result<_>>()?;
    Ok((columns, scalar))
}

/// Returns a column as text.
pub(super) fn text_column(columns: &[ArrayRef], i: usize) -> Result<&StringViewArray> {
    columns
        .get(i)
        .and_then(|c| c.as_string_view_opt())
        .ok_or_else(|| exec_datafusion_err!("argument {i} is no dynamic"))
}

/// Returns what a kernel made: a scalar where its arguments were scalars.
pub(super) fn result(array: ArrayRef, scalar: bool) -> Result<ColumnarValue> {
    Ok(match scalar {
        true => ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?),
        false => ColumnarValue::Array(array),
    })
}

impl ScalarUDFImpl for DynamicFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.returns.data_type().clone())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::clone(&self.returns))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        (self.kernel)(&args.args, args.number_rows)
    }
}

impl PartialEq for DynamicFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for DynamicFunction {}

impl Hash for DynamicFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl fmt::Debug for DynamicFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Calls a function on columns.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn call(udf: &ScalarUDF, columns: &[ArrayRef]) -> ArrayRef {
    use arrow::datatypes::Field;
    let rows = columns[0].len();
    let arg_fields: Vec<FieldRef> =
        columns.iter().map(|c| Arc::new(Field::new("x", c.data_type().clone(), true))).collect();
    let scalar_arguments = vec![None; columns.len()];
    let fields = ReturnFieldArgs { arg_fields: &arg_fields, scalar_arguments: &scalar_arguments };
    let return_field = udf.return_field_from_args(fields).unwrap();
    let args = ScalarFunctionArgs {
        args: columns.iter().map(|c| ColumnarValue::Array(Arc::clone(c))).collect(),
        arg_fields,
        number_rows: rows,
        return_field: Arc::clone(&return_field),
        config_options: Arc::default(),
    };
    let array = udf.invoke_with_args(args).unwrap().into_array(rows).unwrap();
    assert_eq!(array.data_type(), return_field.data_type());
    assert!(return_field.is_nullable() || array.null_count() == 0);
    array
}
