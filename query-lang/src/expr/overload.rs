//! Which signature of a function a call means, and what its arguments are converted to.

use crate::library::{Accepts, Overload, Param, Returns};
use crate::types::Type;

/// What is known of an argument before a signature is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// A value of this type.
    Value(Type),
    /// `typeof(...)` of this type.
    Typeof(Type),
}

/// A signature that fits: for each argument the type it is converted to, and the type of the call.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Target type of each argument.
    pub arguments: Vec<Type>,
    /// Type of the call.
    pub returns: Type,
    cost: u32,
}

/// Returns the parameter that takes the argument at `index` of a call with `count` arguments, or nothing
/// if the count does not fit.
pub fn parameter(overload: &Overload, index: usize, count: usize) -> Option<&'static Param> {
    let (required, optional, last) = (overload.required.len(), overload.optional.len(), overload.last.len());
    if count < required + last {
        return None;
    }
    let middle = count - required - last;
    let block = overload.repeated.len();
    if middle > optional && (block == 0 || !(middle - optional).is_multiple_of(block)) {
        return None;
    }
    if index < required {
        overload.required.get(index)
    } else if index >= count - last {
        overload.last.get(index - (count - last))
    } else if index - required < optional {
        overload.optional.get(index - required)
    } else {
        overload.repeated.get((index - required - optional) % block.max(1))
    }
}

/// Tells whether a call with `count` arguments can mean this signature.
pub fn takes(overload: &Overload, count: usize) -> bool {
    let fixed = overload.required.len() + overload.last.len();
    count == fixed || (count > fixed && parameter(overload, 0, count).is_some())
}

/// Chooses the signature that fits the argument types with the least conversion; the first among equals.
/// An unknown type fits everything. `Err` holds the first argument that fits no signature.
pub fn choose(overloads: &[Overload], given: &[Given]) -> Result<(usize, Choice), usize> {
    let mut best: Option<(usize, Choice)> = None;
    let mut furthest = 0;
    for (index, overload) in overloads.iter().enumerate().filter(|(_, o)| takes(o, given.len())) {
        match fit(overload, given) {
            Ok(choice) if best.as_ref().is_none_or(|(_, b)| choice.cost < b.cost) => best = Some((index, choice)),
            Ok(_) => {}
            Err(at) => furthest = furthest.max(at),
        }
    }
    best.ok_or(furthest)
}

fn fit(overload: &Overload, given: &[Given]) -> Result<Choice, usize> {
    let types: Vec<Type> = given
        .iter()
        .map(|g| match g {
            Given::Value(ty) => *ty,
            Given::Typeof(_) => Type::String,
        })
        .collect();
    let types = types.as_slice();
    let params: Vec<&Param> = (0..types.len()).map_while(|i| parameter(overload, i, types.len())).collect();
    let common = common_type(&params, types)?;
    let mut arguments = Vec::with_capacity(types.len());
    let mut cost = 0;
    for (i, (param, ty)) in params.iter().zip(types).enumerate() {
        let (target, price) = match (param.accepts, given.get(i)) {
            (Accepts::Typeof, Some(Given::Typeof(_))) => (Type::String, 0),
            (_, Some(Given::Value(_))) => accept(param.accepts, *ty, common).ok_or(i)?,
            _ => return Err(i),
        };
        arguments.push(target);
        cost += price;
    }
    let returns = match overload.returns {
        Returns::Is(ty) => Some(ty),
        Returns::Same(i) => arguments.get(i).copied(),
        Returns::Promoted(i) => arguments.get(i).map(|t| if *t == Type::Int { Type::Long } else { *t }),
        Returns::Common => common,
        Returns::Widest => arguments
            .iter()
            .filter(|t| t.is_number())
            .copied()
            .reduce(Ord::max)
            .map(|t| if t == Type::Int { Type::Long } else { t }),
        Returns::Typeof(i) => match given.get(i) {
            Some(Given::Typeof(ty)) => Some(*ty),
            _ => None,
        },
        Returns::By(_) if types.contains(&Type::Unknown) => None,
        Returns::By(work_out) => Some(work_out(&arguments).ok_or(0usize)?),
    };
    Ok(Choice { arguments, returns: returns.unwrap_or(Type::Unknown), cost })
}

/// Returns the type that arguments of the common kinds share; an error names the one that does not join.
/// The engine refuses unlike branches of `iff` and `case`, long beside real among them; int joins long.
fn common_type(params: &[&Param], types: &[Type]) -> Result<Option<Type>, usize> {
    let mut common: Option<Type> = None;
    let mut dynamic = false;
    for (i, (param, ty)) in params.iter().zip(types).enumerate() {
        let ignores_dynamic = match param.accepts {
            Accepts::CommonOrDynamic => true,
            Accepts::Common => false,
            _ => continue,
        };
        if *ty == Type::Unknown {
            continue;
        }
        if ignores_dynamic && *ty == Type::Dynamic {
            dynamic = true;
            continue;
        }
        common = match common {
            None => Some(*ty),
            Some(c) if c == *ty => Some(c),
            Some(c) if c.is_integer() && ty.is_integer() => c.wider(*ty),
            Some(c) if !ignores_dynamic => Some(c.wider(*ty).ok_or(i)?),
            Some(_) => return Err(i),
        };
    }
    Ok(common.or(dynamic.then_some(Type::Dynamic)))
}

/// Returns what an argument is converted to for a parameter and how far that is from an exact match.
fn accept(accepts: Accepts, ty: Type, common: Option<Type>) -> Option<(Type, u32)> {
    if ty == Type::Unknown {
        return Some((Type::Unknown, 0));
    }
    let keep = |fits: bool, price: u32| fits.then_some((ty, price));
    match accepts {
        Accepts::Scalar => keep(true, 2),
        Accepts::Exactly(wanted) if wanted == ty => Some((ty, 0)),
        Accepts::Exactly(wanted) if ty == Type::Dynamic => Some((wanted, 6)),
        Accepts::Exactly(wanted) => widens(ty, wanted).then_some((wanted, 3)),
        Accepts::OneOf(list) => keep(list.contains(&ty), 0),
        Accepts::Number if ty == Type::Dynamic => Some((Type::Real, 6)),
        Accepts::Number => keep(ty.is_number(), 1),
        Accepts::Integer if ty == Type::Dynamic => Some((Type::Long, 6)),
        Accepts::Integer => keep(ty.is_integer(), 1),
        Accepts::Summable if ty == Type::Dynamic => Some((Type::Real, 6)),
        Accepts::Summable => keep(ty.is_summable(), 1),
        Accepts::Orderable => keep(ty.is_orderable(), 1),
        Accepts::NotDynamic => keep(ty != Type::Dynamic, 1),
        Accepts::StringOrDynamic => keep(matches!(ty, Type::String | Type::Dynamic), 0),
        Accepts::Array | Accepts::Bag => keep(ty == Type::Dynamic, 0),
        Accepts::Common | Accepts::CommonOrDynamic => common.map(|c| (c, u32::from(c != ty))),
        Accepts::Typeof => None,
    }
}

/// Tells whether a value of one number type fits a wider one as it is.
fn widens(from: Type, to: Type) -> bool {
    from.is_number() && to.is_number() && from < to
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Param = Param::new("s", Accepts::Exactly(Type::String));
    const X: Param = Param::new("x", Accepts::CommonOrDynamic);
    const IF: Param = Param::new("if", Accepts::Exactly(Type::Bool));

    #[test]
    fn counts_decide_first() {
        let o = Overload::new(&[S], Returns::Is(Type::Long)).optional(&[S]);
        assert!(!takes(&o, 0) && takes(&o, 1) && takes(&o, 2) && !takes(&o, 3));
        let case = Overload::new(&[IF, X], Returns::Common).repeated(&[IF, X]).last(&[X]);
        assert!(takes(&case, 3) && !takes(&case, 4) && takes(&case, 5));
        assert_eq!(parameter(&case, 2, 5).map(|p| p.name), Some("if"));
        assert_eq!(parameter(&case, 4, 5).map(|p| p.name), Some("x"));
    }

    #[test]
    fn branches_share_a_type_and_dynamics_follow() {
        let iff = [Overload::new(&[IF, X, X], Returns::Common)];
        let ty = |a, b| choose(&iff, &[Type::Bool, a, b].map(Given::Value)).ok().map(|(_, c)| c.returns);
        assert_eq!(ty(Type::Dynamic, Type::String), Some(Type::String));
        assert_eq!(ty(Type::Int, Type::Long), Some(Type::Long));
        assert_eq!(ty(Type::Dynamic, Type::Dynamic), Some(Type::Dynamic));
        assert_eq!(ty(Type::Long, Type::String), None);
    }
}
