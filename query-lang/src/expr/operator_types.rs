//! What an operator accepts: for every pair of operand types the types both are brought to, and the
//! result type. Source of the tables: Microsoft's binder, corrected by answers of the engine.

use crate::plan::{BinaryOp, TextOp, TextTest};
use crate::types::Type;

/// How two operands meet: what each is converted to, and what comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// The type the left side is converted to.
    pub left: Type,
    /// The type the right side is converted to.
    pub right: Type,
    /// The type of the result.
    pub result: Type,
}

fn meet(left: Type, right: Type, result: Type) -> Option<Meeting> {
    Some(Meeting { left, right, result })
}

/// `+ - * / %`. Integers compute in 64 bits: learn.microsoft.com/kusto/query/scalar-data-types.
pub fn arithmetic(op: BinaryOp, left: Type, right: Type) -> Option<Meeting> {
    use BinaryOp::{Add, Divide, Modulo, Multiply, Subtract};
    use Type::{Datetime, Dynamic, Long, Real, Timespan};
    let number = |t: Type| if t == Type::Int { Long } else { t };
    match (left, right) {
        (l, r) if l.is_number() && r.is_number() => {
            let wide = number(l.wider(r)?);
            meet(wide, wide, wide)
        }
        (Datetime, Datetime) if op == Subtract => meet(Datetime, Datetime, Timespan),
        (Datetime, Timespan) if matches!(op, Add | Subtract) => meet(Datetime, Timespan, Datetime),
        (Timespan, Datetime) if op == Add => meet(Timespan, Datetime, Datetime),
        (Timespan, Timespan) if matches!(op, Add | Subtract | Modulo) => meet(Timespan, Timespan, Timespan),
        (Timespan, Timespan) if op == Divide => meet(Timespan, Timespan, Real),
        (Datetime, Timespan) if op == Modulo => meet(Datetime, Timespan, Timespan),
        (Datetime, Timespan) if op == Divide => meet(Datetime, Timespan, Real),
        (Timespan, n) if n.is_number() && op == Multiply => meet(Timespan, scale(n), Timespan),
        (n, Timespan) if n.is_number() && op == Multiply => meet(scale(n), Timespan, Timespan),
        (Timespan, n) if n.is_number() && op == Divide => meet(Timespan, scale(n), Timespan),
        (Dynamic, Dynamic) => None,
        (Dynamic, r) if r.is_number() => meet(number(r), number(r), number(r)),
        (l, Dynamic) if l.is_number() => meet(number(l), number(l), number(l)),
        (Dynamic, Timespan) if matches!(op, Add | Subtract) => meet(Timespan, Timespan, Timespan),
        (Timespan, Dynamic) if matches!(op, Add | Subtract) => meet(Timespan, Timespan, Timespan),
        (Dynamic, Datetime) if op == Subtract => meet(Datetime, Datetime, Timespan),
        (Datetime, Dynamic) if op == Subtract => meet(Datetime, Datetime, Timespan),
        _ => None,
    }
}

/// The number a timespan is scaled by: whole numbers stay exact.
fn scale(number: Type) -> Type {
    if number.is_integer() { Type::Long } else { Type::Real }
}

/// `== !=` and the items of `in`. A dynamic stays as it is and is compared by content. Unlike types are
/// refused as the engine does, though Microsoft's analyser lets them pass.
pub fn equality(left: Type, right: Type) -> Option<Meeting> {
    use Type::{Bool, Dynamic, Long};
    match (left, right) {
        (Dynamic, Dynamic) => None,
        (l, r) if l == r => meet(l, r, Bool),
        (l, r) if l.is_number() && r.is_number() => l.wider(r).and_then(|w| meet(w, w, Bool)),
        (Bool, n) if n.is_number() => meet(number_of_bool(n), number_of_bool(n), Bool),
        (n, Bool) if n.is_number() => meet(number_of_bool(n), number_of_bool(n), Bool),
        (Dynamic, r) => meet(Dynamic, if r == Type::Int { Long } else { r }, Bool),
        (l, Dynamic) => meet(if l == Type::Int { Long } else { l }, Dynamic, Bool),
        _ => None,
    }
}

fn number_of_bool(other: Type) -> Type {
    if other == Type::Int { Type::Long } else { other }
}

/// `< <= > >=`: numbers and bools, datetimes, timespans; a dynamic only with numbers. No strings, no guids.
pub fn order(left: Type, right: Type) -> Option<Meeting> {
    use Type::{Bool, Datetime, Dynamic, Long, Real, Timespan};
    let plain = |t: Type| if matches!(t, Bool | Type::Int) { Long } else { t };
    match (left, right) {
        (Datetime, Datetime) | (Timespan, Timespan) | (Bool, Bool) => meet(left, right, Bool),
        (Dynamic, Dynamic) => None,
        (Dynamic, n) | (n, Dynamic) if n.is_number() || n == Bool => meet(Real, Real, Bool),
        (l, r) if (l.is_number() || l == Bool) && (r.is_number() || r == Bool) => {
            let wide = plain(l).wider(plain(r))?;
            meet(wide, wide, Bool)
        }
        _ => None,
    }
}

/// Reads the spelling of a comparison or arithmetic operator.
pub fn plain_operator(spelling: &str) -> Option<BinaryOp> {
    Some(match spelling {
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Subtract,
        "*" => BinaryOp::Multiply,
        "/" => BinaryOp::Divide,
        "%" => BinaryOp::Modulo,
        "==" => BinaryOp::Equal,
        "!=" | "<>" => BinaryOp::NotEqual,
        "<" => BinaryOp::Less,
        "<=" => BinaryOp::LessOrEqual,
        ">" => BinaryOp::Greater,
        ">=" => BinaryOp::GreaterOrEqual,
        _ => return None,
    })
}

/// Reads the spelling of a text operator: `has`, `!contains_cs`, `=~`, `matches regex`.
pub fn text_operator(spelling: &str) -> Option<TextOp> {
    let (negated, positive) = match spelling.strip_prefix('!') {
        Some("~") => (true, "=~"),
        Some(rest) => (true, rest),
        None => (false, spelling),
    };
    let (case_sensitive, stem) = match positive.strip_suffix("_cs") {
        Some(stem) => (true, stem),
        None => (false, positive),
    };
    let test = match stem {
        "=~" => TextTest::Equals,
        "contains" => TextTest::Contains,
        "startswith" => TextTest::StartsWith,
        "endswith" => TextTest::EndsWith,
        "has" => TextTest::Has,
        "hasprefix" => TextTest::HasPrefix,
        "hassuffix" => TextTest::HasSuffix,
        "matches regex" => return Some(TextOp { test: TextTest::MatchesRegex, case_sensitive: true, negated }),
        "notcontains" => return Some(TextOp { test: TextTest::Contains, case_sensitive, negated: true }),
        "notcontainscs" => return Some(TextOp { test: TextTest::Contains, case_sensitive: true, negated: true }),
        "containscs" => return Some(TextOp { test: TextTest::Contains, case_sensitive: true, negated }),
        _ => return None,
    };
    Some(TextOp { test, case_sensitive, negated })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Type::*;

    #[test]
    fn arithmetic_meets_as_kusto_does() {
        let result = |op, l, r| arithmetic(op, l, r).map(|m| m.result);
        assert_eq!(result(BinaryOp::Add, Int, Int), Some(Long));
        assert_eq!(result(BinaryOp::Divide, Long, Real), Some(Real));
        assert_eq!(result(BinaryOp::Subtract, Datetime, Datetime), Some(Timespan));
        assert_eq!(result(BinaryOp::Divide, Timespan, Timespan), Some(Real));
        assert_eq!(result(BinaryOp::Add, String, String), None);
    }

    #[test]
    fn unlike_types_are_not_compared() {
        assert_eq!(equality(String, Long), None);
        assert_eq!(equality(Dynamic, Dynamic), None);
        assert_eq!(equality(Dynamic, String), meet(Dynamic, String, Bool));
        assert_eq!(order(String, String), None);
    }

    #[test]
    fn text_operators_are_read_in_all_their_forms() {
        let op = text_operator("!has_cs").unwrap_or(TextOp {
            test: TextTest::Equals,
            case_sensitive: false,
            negated: false,
        });
        assert_eq!((op.test, op.case_sensitive, op.negated), (TextTest::Has, true, true));
        assert!(text_operator("!~").is_some_and(|op| op.negated && op.test == TextTest::Equals));
    }
}
