//! The one `ScalarUDFImpl` behind every function and operator: a name, final types, and a kernel.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use rehunt_lang::types::{Type, Value};

use super::{Args, Body, Function, Prepare, Prepared};
use crate::types::arrow_type;

/// Makes the DataFusion function for one call: `types` and `constants` are those of its arguments.
///
/// # Errors
/// When the function has no kernel, or its kernel refuses the constants (a regex that does not parse).
pub fn udf(
    function: &'static Function,
    types: &[Type],
    constants: &[Option<Value>],
    returns: Type,
) -> Result<ScalarUDF, String> {
    let kernel: Prepared = match function.body {
        Body::Kernel(kernel) => Arc::new(kernel),
        Body::Prepared(prepare) => prepare(&Prepare { constants, types, returns })?,
        Body::Clock(_) | Body::Places | Body::Window | Body::Lowered | Body::Unsupported => {
            return Err(format!("`{}` is not supported yet", function.spec.name));
        }
    };
    let volatility = if function.spec.deterministic { Volatility::Immutable } else { Volatility::Volatile };
    let key = if matches!(function.body, Body::Prepared(_)) { format!("{constants:?}") } else { String::new() };
    Ok(KqlFunction::new(function.spec.name.to_owned(), types, returns, key, volatility, kernel).into())
}

/// A call of a function or operator as DataFusion sees it.
pub struct KqlFunction {
    name: String,
    types: Vec<Type>,
    returns: Type,
    /// Tells apart kernels of one name and types that were prepared differently.
    key: String,
    signature: Signature,
    kernel: Prepared,
}

impl KqlFunction {
    /// Makes a function. Two of equal name, types and `key` must have kernels that do the same.
    pub fn new(
        name: String,
        types: &[Type],
        returns: Type,
        key: String,
        volatility: Volatility,
        kernel: Prepared,
    ) -> Self {
        let signature = match types {
            [] => Signature::nullary(volatility),
            // The binder has settled all types; DataFusion has nothing to convert.
            _ => Signature::exact(types.iter().map(|ty| arrow_type(*ty)).collect(), volatility),
        };
        Self { name, types: types.to_vec(), returns, key, signature, kernel }
    }
}

impl KqlFunction {
    /// Makes a function whose kernel was prepared from a list of constants that are not among its arguments. The name
    /// carries a mark of the list, since DataFusion tells result columns apart by name.
    pub fn with_list(name: &str, types: &[Type], returns: Type, list: &[Value], kernel: Prepared) -> Self {
        let key = format!("{list:?}");
        let mut mark = DefaultHasher::new();
        key.hash(&mut mark);
        let name = format!("{name}#{:x}", mark.finish());
        Self::new(name, types, returns, key, Volatility::Immutable, kernel)
    }
}

impl ScalarUDFImpl for KqlFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(arrow_type(self.returns))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let args = Args { values: &args.args, rows: args.number_rows, types: &self.types, returns: self.returns };
        (self.kernel)(&args)
    }
}

impl PartialEq for KqlFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.types == other.types && self.returns == other.returns && self.key == other.key
    }
}

impl Eq for KqlFunction {}

impl Hash for KqlFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.name, &self.types, self.returns, &self.key).hash(state);
    }
}

impl fmt::Debug for KqlFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?}) -> {}", self.name, self.types, self.returns)
    }
}
