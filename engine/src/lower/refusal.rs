//! What cannot run with the constants it has, told while a query is bound: a regex that does not parse, a size that is no
//! number. Kernels look at their constants when they are made; here they are made and dropped.

use rehunt_lang::plan::{Aggregate, BinaryOp, Expr, ExprKind};
use rehunt_lang::types::{Type, Value};

use super::Lowering;
use crate::aggregates::AggregateCall;
use crate::functions::{Body, udf::udf, window};
use crate::operators;

impl Lowering<'_> {
    /// Says why a call or an operator cannot run; nothing when it can, or when that is known only while it runs.
    pub(crate) fn refusal(&self, call: &Expr) -> Option<String> {
        match &call.kind {
            ExprKind::Call { function, args } => {
                let built = self.builtins.function(function.name)?;
                let types: Vec<Type> = args.iter().map(|a| a.ty).collect();
                match built.body {
                    Body::Window => window::refusal(function.name, &types),
                    Body::Prepared(_) => udf(built, &types, &self.constants(args)?, call.ty).err(),
                    _ => None,
                }
            }
            ExprKind::Binary { op: op @ BinaryOp::Text(_), left, right } => {
                let constants = self.constants([&**left, &**right])?;
                let [left_value, right_value] = constants.as_slice() else { return None };
                let values = [left_value.as_ref(), right_value.as_ref()];
                operators::binary_udf(*op, left.ty, right.ty, call.ty, values).err()
            }
            _ => None,
        }
    }

    /// The same of an aggregate.
    pub(crate) fn refusal_of_aggregate(&self, aggregate: &Aggregate) -> Option<String> {
        let built = self.builtins.aggregate(aggregate.aggregate.name)?;
        let types: Vec<Type> = aggregate.args.iter().map(|a| a.ty).collect();
        let constants = self.constants(&aggregate.args)?;
        let call = AggregateCall { types: &types, constants: &constants, returns: &aggregate.types, ordered: false };
        (built.make)(&call).err()
    }

    /// The value of each argument that is constant. Nothing where one becomes constant only when the query runs
    /// (`toscalar`), or where its type is not known.
    fn constants<'e>(&self, args: impl IntoIterator<Item = &'e Expr>) -> Option<Vec<Option<Value>>> {
        let known = |arg: &Expr| {
            let later = arg.any(&mut |e| matches!(e.kind, ExprKind::Scalar(_)) || e.ty == Type::Unknown);
            (!later).then(|| self.settled(arg).ok())?.map(|settled| settled.as_literal().cloned())
        };
        args.into_iter().map(known).collect()
    }
}
