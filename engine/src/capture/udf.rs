//! What is captured of a column of texts, as columns: one pass over the texts makes them all.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringViewArray, StructArray};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{and, is_not_null, not, nullif};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use rehunt_lang::plan::TextParser;
use rehunt_lang::types::Type;

use super::{Compiled, all_or_nothing};
use crate::dynamic::{Views, parse_column};
use crate::operators::convert::convert_column;
use crate::types::arrow_type;

/// The field that tells whether a text matches and, where all is needed, converts in whole.
pub(crate) const MATCHED: &str = "matched";

/// Makes the function of one text whose result is a struct: the captured columns `c0`, `c1` ..., and [`MATCHED`].
///
/// It says it is volatile, so that a filter on what is captured is not turned into one that takes every text apart
/// a second time.
///
/// # Errors
/// When a regex does not parse.
pub(crate) fn captures_udf(parser: &TextParser) -> Result<ScalarUDF, String> {
    let types = parser.types();
    let columns = types.iter().enumerate();
    let fields = columns.map(|(i, ty)| Field::new(format!("c{i}"), arrow_type(*ty), *ty != Type::String));
    let fields = fields.chain([Field::new(MATCHED, DataType::Boolean, false)]).collect();
    let signature = Signature::new(TypeSignature::Exact(vec![arrow_type(Type::String)]), Volatility::Volatile);
    let compiled = Compiled::new(parser)?;
    Ok(Captures { parser: parser.clone(), types, fields, signature, compiled }.into())
}

struct Captures {
    parser: TextParser,
    types: Vec<Type>,
    fields: Fields,
    signature: Signature,
    compiled: Compiled,
}

impl Captures {
    fn columns(&self, texts: &StringViewArray) -> Result<(Vec<ArrayRef>, BooleanArray)> {
        let mut parts: Vec<Views> = self.types.iter().map(|_| Views::new(texts, texts.len())).collect();
        let mut matched = Vec::with_capacity(texts.len());
        let mut finder = self.compiled.finder();
        let mut found = vec![None; parts.len()];
        for row in 0..texts.len() {
            found.fill(None);
            let fits = finder.find(texts.value(row), &mut found);
            matched.push(fits);
            for (column, part) in parts.iter_mut().zip(&found) {
                match part {
                    Some(std::borrow::Cow::Borrowed(part)) if fits => column.part(row, part),
                    Some(std::borrow::Cow::Owned(part)) if fits => column.own(part),
                    _ => column.own(""),
                }
            }
        }
        let arrays = parts.into_iter().zip(&self.types).map(|(part, ty)| {
            let texts = part.finish()?;
            match ty {
                Type::Dynamic => Ok(parse_column(texts.as_string_view())?),
                _ => convert_column(&texts, Type::String, *ty),
            }
        });
        Ok((arrays.collect::<Result<_>>()?, matched.into()))
    }

    /// Empties every column of the rows in which one does not convert. An empty text does not convert either:
    /// docs-parse-where-operator-01. Any text is a dynamic.
    fn or_nothing(&self, arrays: &mut [ArrayRef], matched: BooleanArray) -> Result<BooleanArray> {
        let mut whole = matched.clone();
        for (array, ty) in arrays.iter().zip(&self.types) {
            if !matches!(ty, Type::String | Type::Dynamic) && array.null_count() > 0 {
                whole = and(&whole, &is_not_null(array)?)?;
            }
        }
        if whole.true_count() < matched.true_count() {
            let failed = not(&whole)?;
            let nothing = StringViewArray::new_scalar("");
            for (array, ty) in arrays.iter_mut().zip(&self.types) {
                *array = match ty {
                    Type::String => zip(&whole, array, &nothing)?,
                    _ => nullif(array, &failed)?,
                };
            }
        }
        Ok(whole)
    }
}

impl ScalarUDFImpl for Captures {
    fn name(&self) -> &str {
        "captures"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(self.fields.clone()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [texts] = args.args.as_slice() else { return exec_err!("a text is taken apart") };
        let texts = texts.to_array_of_size(args.number_rows)?;
        let Some(texts) = texts.as_string_view_opt() else { return exec_err!("only a text can be taken apart") };
        let (mut arrays, mut matched) = self.columns(texts)?;
        if all_or_nothing(&self.parser) {
            matched = self.or_nothing(&mut arrays, matched)?;
        }
        arrays.push(Arc::new(matched));
        let captured = StructArray::try_new_with_length(self.fields.clone(), arrays, None, texts.len())?;
        Ok(ColumnarValue::Array(Arc::new(captured)))
    }
}

impl PartialEq for Captures {
    fn eq(&self, other: &Self) -> bool {
        self.parser == other.parser
    }
}

impl Eq for Captures {}

impl Hash for Captures {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parser.hash(state);
    }
}

impl fmt::Debug for Captures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "captures({})", self.parser)
    }
}
