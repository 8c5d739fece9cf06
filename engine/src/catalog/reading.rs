//! The functions that give columns of Parquet files the engine's types while they are scanned.

use std::hash::Hash;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use rehunt_lang::types::Type;

use super::fill::domains;
use super::natural::{dynamics, natural, natural_type, parsed};
use crate::types::arrow_type;

/// What a reading does with its column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reading {
    /// Gives it the engine's type of its natural type.
    Natural,
    /// Reads strings as a type; the name of the column is for the error.
    Parsed(Type, String),
    /// Checks JSON text.
    Dynamic,
    /// Takes the domain of addresses.
    Domain,
}

/// Applies a reading to an expression.
pub(super) fn read(reading: Reading, column: Expr) -> Expr {
    let signature = Signature::any(1, Volatility::Immutable);
    ScalarUDF::new_from_impl(Read { reading, signature }).call(vec![column])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Read {
    reading: Reading,
    signature: Signature,
}

impl ScalarUDFImpl for Read {
    fn name(&self) -> &str {
        match self.reading {
            Reading::Natural => "read",
            Reading::Parsed(..) => "read_text",
            Reading::Dynamic => "read_dynamic",
            Reading::Domain => "read_domain",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, args: &[DataType]) -> Result<DataType> {
        let ty = match &self.reading {
            Reading::Natural => args.first().and_then(natural_type).unwrap_or(Type::Unknown),
            Reading::Parsed(ty, _) => *ty,
            Reading::Dynamic => Type::Dynamic,
            Reading::Domain => Type::String,
        };
        Ok(arrow_type(ty))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|f| f.data_type().clone()).collect();
        Ok(Field::new(self.name(), self.return_type(&types)?, true).into())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let mut columns = ColumnarValue::values_to_arrays(&args.args)?;
        let Some(column) = columns.pop() else { return datafusion::common::internal_err!("a reading without column") };
        let read = match &self.reading {
            Reading::Natural => natural(&column)?,
            Reading::Parsed(ty, name) => parsed(&natural(&column)?, *ty, name)?,
            Reading::Dynamic => dynamics(&column)?,
            Reading::Domain => domains(arrow::array::AsArray::as_string_view(&natural(&column)?)),
        };
        Ok(ColumnarValue::Array(read))
    }
}
