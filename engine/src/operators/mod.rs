//! Kernels of the expression operators: comparison, arithmetic, text tests, membership, conversion.

mod arithmetic;
mod compare;
pub mod convert;
pub mod decimal;
mod member;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod text;

use datafusion::logical_expr::{ScalarUDF, Volatility};
use rehunt_lang::plan::{BinaryOp, TextOp, TextTest};
use rehunt_lang::types::{Type, Value};

use crate::functions::Prepared;
use crate::functions::udf::KqlFunction;
pub use member::{member_computed_udf, member_udf};
pub use text::terms_udf;

/// Makes the function behind an operator on two values. `constants` are the values of the sides that are constant.
///
/// # Errors
/// When the operator has no meaning on these types, or the right side is a regex that does not parse.
pub fn binary_udf(
    op: BinaryOp,
    left: Type,
    right: Type,
    returns: Type,
    constants: [Option<&Value>; 2],
) -> Result<ScalarUDF, String> {
    use BinaryOp as B;
    let types = [left, right];
    let kernel: Option<Prepared> = match op {
        B::Add | B::Subtract | B::Multiply | B::Divide | B::Modulo => arithmetic::kernel(op, types, returns),
        B::Equal | B::NotEqual | B::Less | B::LessOrEqual | B::Greater | B::GreaterOrEqual => {
            compare::kernel(op, types)
        }
        B::Text(op) => Some(text::kernel(op, constants[1])?),
    };
    let kernel = kernel.ok_or_else(|| format!("`{}` between {} and {} is not supported", name(op), left, right))?;
    let key = if let B::Text(op) = op { format!("{op:?} {:?}", constants[1]) } else { String::new() };
    Ok(KqlFunction::new(name(op).to_owned(), &types, returns, key, Volatility::Immutable, kernel).into())
}

/// Makes the function behind `-x`.
///
/// # Errors
/// When the type has no negative.
pub fn negate_udf(ty: Type, returns: Type) -> Result<ScalarUDF, String> {
    let kernel = arithmetic::negate(returns).ok_or_else(|| format!("`-` on {ty} is not supported"))?;
    Ok(KqlFunction::new("negate".to_owned(), &[ty], returns, String::new(), Volatility::Immutable, kernel).into())
}

/// Returns an operator as it is written.
fn name(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Modulo => "%",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessOrEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterOrEqual => ">=",
        BinaryOp::Text(op) => text_name(op),
    }
}

fn text_name(op: TextOp) -> &'static str {
    let [plain, negated, sensitive, both] = match op.test {
        TextTest::Equals => ["=~", "!~", "==", "!="],
        TextTest::Contains => ["contains", "!contains", "contains_cs", "!contains_cs"],
        TextTest::StartsWith => ["startswith", "!startswith", "startswith_cs", "!startswith_cs"],
        TextTest::EndsWith => ["endswith", "!endswith", "endswith_cs", "!endswith_cs"],
        TextTest::Has => ["has", "!has", "has_cs", "!has_cs"],
        TextTest::HasPrefix => ["hasprefix", "!hasprefix", "hasprefix_cs", "!hasprefix_cs"],
        TextTest::HasSuffix => ["hassuffix", "!hassuffix", "hassuffix_cs", "!hassuffix_cs"],
        TextTest::MatchesRegex => ["matches regex", "not matches regex", "matches regex", "not matches regex"],
    };
    match (op.case_sensitive, op.negated) {
        (false, false) => plain,
        (false, true) => negated,
        (true, false) => sensitive,
        (true, true) => both,
    }
}
