//! Scalar expressions on DataFusion's.
//!
//! DataFusion's own operators are used wherever they mean what Kusto means, because only those prune files
//! and push down. In a filter null and false are one, which lets more of them through than in a value.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema};
use datafusion::common::ScalarValue;
use datafusion::execution::context::ExecutionProps;
use datafusion::logical_expr::expr::InList as DfInList;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr as DfExpr, Operator, ScalarUDF, Volatility, binary_expr, lit};
use datafusion::physical_expr::create_physical_expr;
use rehunt_lang::library::Rows;
use rehunt_lang::plan::{BinaryOp, Expr, ExprKind, InList, PreludeId};
use rehunt_lang::types::{Type, Value};

use super::paths::Fused;
use super::{Found, Lowering, column};
use crate::error::{Error, Result};
use crate::functions::Body;
use crate::functions::ip::lookup;
use crate::functions::udf::{KqlFunction, udf};
use crate::operators;
use crate::value::{scalar_of, value_at};

/// Values that a list may hold as literals of the plan, which prune files; planning slows with their number, so
/// that longer lists go to a hash set of ours.
const MAX_LITERALS: usize = 1000;

impl Lowering<'_> {
    /// Lowers an expression that reads no column through fused paths.
    pub(crate) fn plain(&self, expr: &Expr) -> Result<DfExpr> {
        self.value(expr, &Fused::default())
    }

    /// Lowers an expression whose value shows.
    pub(crate) fn value(&self, expr: &Expr, fused: &Fused) -> Result<DfExpr> {
        match &expr.kind {
            ExprKind::Literal(value) => literal(value),
            ExprKind::Column(id) => Ok(column(*id)),
            ExprKind::Scalar(id) => literal(&self.found_scalar(*id)?),
            ExprKind::Typeof(ty) => Ok(lit(ScalarValue::Utf8View(Some(ty.name().to_owned())))),
            ExprKind::Call { function, args } => self.call(function, args, expr.ty, fused),
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, expr.ty, fused),
            ExprKind::Negate(inner) => {
                let negate = refused(operators::negate_udf(inner.ty, expr.ty))?;
                Ok(negate.call(vec![self.value(inner, fused)?]))
            }
            ExprKind::And(parts) => self.junction(parts, Operator::And, fused),
            ExprKind::Or(parts) => self.junction(parts, Operator::Or, fused),
            ExprKind::In { value, list, negated, fold_case } => {
                self.membership(value, list, *negated, *fold_case, fused)
            }
            ExprKind::HasTerms { value, list, all } => self.has_terms(value, list, *all, fused),
            ExprKind::Path { base, steps } => self.path(base, steps, fused),
            ExprKind::Convert(inner) => self.convert(inner, expr.ty, fused),
        }
    }

    /// Lowers an expression that decides over a row: null counts as false.
    pub(crate) fn predicate(&self, expr: &Expr, fused: &Fused) -> Result<DfExpr> {
        match &expr.kind {
            ExprKind::And(parts) => {
                let parts = parts.iter().map(|p| self.predicate(p, fused)).collect::<Result<Vec<_>>>()?;
                Ok(balanced(parts, Operator::And))
            }
            ExprKind::Or(parts) => {
                let (lists, rest) = equalities(parts);
                let mut all = Vec::with_capacity(rest.len() + lists.len());
                for (value, items) in lists {
                    let list = InList::Items(items.into_iter().cloned().collect());
                    all.push(self.member_of(value, &list, false, false, fused, true)?);
                }
                for part in rest {
                    all.push(self.predicate(part, fused)?);
                }
                Ok(balanced(all, Operator::Or))
            }
            ExprKind::Binary { op, left, right } if is_native(left.ty) && left.ty == right.ty => {
                let operator = match op {
                    BinaryOp::Equal => Operator::Eq,
                    // True where one side is null, null (here: false) where both are.
                    BinaryOp::NotEqual => Operator::IsDistinctFrom,
                    BinaryOp::Less => Operator::Lt,
                    BinaryOp::LessOrEqual => Operator::LtEq,
                    BinaryOp::Greater => Operator::Gt,
                    BinaryOp::GreaterOrEqual => Operator::GtEq,
                    _ => return self.value(expr, fused),
                };
                Ok(binary_expr(self.value(left, fused)?, operator, self.value(right, fused)?))
            }
            ExprKind::In { value, list, negated, fold_case } => {
                self.member_of(value, list, *negated, *fold_case, fused, true)
            }
            _ => self.value(expr, fused),
        }
    }

    fn junction(&self, parts: &[Expr], operator: Operator, fused: &Fused) -> Result<DfExpr> {
        let parts = parts.iter().map(|p| self.value(p, fused)).collect::<Result<Vec<_>>>()?;
        Ok(balanced(parts, operator))
    }

    fn call(
        &self,
        function: &'static rehunt_lang::library::FunctionSpec,
        args: &[Expr],
        returns: Type,
        fused: &Fused,
    ) -> Result<DfExpr> {
        if function.rows == Rows::Serialized {
            return Err(Error::Run(format!("`{}` cannot stand here yet", function.name)));
        }
        let built = self
            .builtins
            .function(function.name)
            .ok_or_else(|| Error::Run(format!("not supported yet: function `{}`", function.name)))?;
        let args: Vec<Expr> = args.iter().map(|a| self.settled(a)).collect::<Result<_>>()?;
        let constants: Vec<Option<Value>> = args.iter().map(|a| a.as_literal().cloned()).collect();
        if let Body::Clock(read) = built.body {
            let constants: Vec<Value> = constants.into_iter().flatten().collect();
            return literal(&read(self.now, &constants));
        }
        let types: Vec<Type> = args.iter().map(|a| a.ty).collect();
        if let Body::Places = built.body {
            let missing = || Error::Run(format!("`{}` needs a database of places", function.name));
            if self.catalog.places().is_none() && self.catalog.outside_is_empty() {
                return literal(&Value::Null(Type::Dynamic));
            }
            let places = self.catalog.places().ok_or_else(missing)?;
            let (name, key) = (function.name.to_owned(), places.path().display().to_string());
            let kernel = lookup(Arc::clone(places));
            let kernel = KqlFunction::new(name, &types, returns, key, Volatility::Immutable, kernel);
            let args = args.iter().map(|a| self.value(a, fused)).collect::<Result<Vec<_>>>()?;
            return Ok(ScalarUDF::from(kernel).call(args));
        }
        let kernel = refused(udf(built, &types, &constants, returns))?;
        let args = args.iter().map(|a| self.value(a, fused)).collect::<Result<Vec<_>>>()?;
        Ok(kernel.call(args))
    }

    /// Puts a literal in the place of an expression that is constant by now: a folded call, a scalar found.
    pub(super) fn settled(&self, expr: &Expr) -> Result<Expr> {
        if let ExprKind::Scalar(id) = &expr.kind {
            return Ok(Expr { ty: expr.ty, kind: ExprKind::Literal(self.found_scalar(*id)?) });
        }
        let constant = !matches!(expr.kind, ExprKind::Literal(_) | ExprKind::Column(_) | ExprKind::Typeof(_))
            && !expr.any(&mut |e| matches!(e.kind, ExprKind::Column(_)));
        match constant.then(|| self.constant(expr)).transpose()? {
            Some(value) => Ok(Expr { ty: expr.ty, kind: ExprKind::Literal(value) }),
            None => Ok(expr.clone()),
        }
    }

    fn binary(&self, op: BinaryOp, left: &Expr, right: &Expr, returns: Type, fused: &Fused) -> Result<DfExpr> {
        let (left, right) = (self.settled(left)?, self.settled(right)?);
        if let Some(fast) = self.path_equals(op, &left, &right, fused)? {
            return Ok(fast);
        }
        let native = match op {
            // Strings are never null, so DataFusion's comparison is Kusto's.
            BinaryOp::Equal if left.ty == Type::String && right.ty == Type::String => Some(Operator::Eq),
            BinaryOp::NotEqual if left.ty == Type::String && right.ty == Type::String => Some(Operator::NotEq),
            BinaryOp::Less if is_native(left.ty) => Some(Operator::Lt),
            BinaryOp::LessOrEqual if is_native(left.ty) => Some(Operator::LtEq),
            BinaryOp::Greater if is_native(left.ty) => Some(Operator::Gt),
            BinaryOp::GreaterOrEqual if is_native(left.ty) => Some(Operator::GtEq),
            _ => None,
        };
        let sides = [self.value(&left, fused)?, self.value(&right, fused)?];
        let [l, r] = sides;
        if let Some(operator) = native {
            return Ok(binary_expr(l, operator, r));
        }
        let constants = [left.as_literal(), right.as_literal()];
        let kernel = refused(operators::binary_udf(op, left.ty, right.ty, returns, constants))?;
        Ok(kernel.call(vec![l, r]))
    }

    fn membership(&self, value: &Expr, list: &InList, negated: bool, fold_case: bool, fused: &Fused) -> Result<DfExpr> {
        self.member_of(value, list, negated, fold_case, fused, false)
    }

    /// `in` and its kin. DataFusion's own list serves where it means the same; `decides` says that null is false.
    fn member_of(
        &self,
        value: &Expr,
        list: &InList,
        negated: bool,
        fold_case: bool,
        fused: &Fused,
        decides: bool,
    ) -> Result<DfExpr> {
        let values = match list {
            InList::Prelude(id) => self.found_list(*id)?,
            InList::Items(items) => {
                let items = items.iter().map(|i| self.settled(i)).collect::<Result<Vec<_>>>()?;
                match items.iter().map(|i| i.as_literal().cloned()).collect::<Option<Vec<_>>>() {
                    Some(values) => Arc::new(values),
                    None => return self.member_of_computed(value, &items, negated, fold_case, fused),
                }
            }
        };
        let whole = self.value(value, fused)?;
        let simple = !fold_case
            && is_native(value.ty)
            && (value.ty == Type::String || decides && !negated)
            && values.len() <= MAX_LITERALS
            && values.iter().all(|v| v.ty() == value.ty && !v.is_null());
        if simple {
            let items = values.iter().map(literal).collect::<Result<Vec<_>>>()?;
            if items.is_empty() {
                return Ok(lit(negated));
            }
            return Ok(DfExpr::InList(DfInList::new(Box::new(whole), items, negated)));
        }
        let kernel = refused(operators::member_udf(value.ty, &values, negated, fold_case))?;
        Ok(kernel.call(vec![whole]))
    }

    /// A list with items that are not constant.
    fn member_of_computed(
        &self,
        value: &Expr,
        items: &[Expr],
        negated: bool,
        fold_case: bool,
        fused: &Fused,
    ) -> Result<DfExpr> {
        let all: Vec<&Expr> = std::iter::once(value).chain(items).collect();
        let types: Vec<Type> = all.iter().map(|e| e.ty).collect();
        let kernel = refused(operators::member_computed_udf(&types, negated, fold_case))?;
        Ok(kernel.call(all.into_iter().map(|e| self.value(e, fused)).collect::<Result<Vec<_>>>()?))
    }

    fn has_terms(&self, value: &Expr, list: &InList, all: bool, fused: &Fused) -> Result<DfExpr> {
        let text = self.value(value, fused)?;
        let items = match list {
            InList::Prelude(id) => self.found_list(*id)?.iter().cloned().map(Expr::literal).collect::<Vec<_>>(),
            InList::Items(items) => items.iter().map(|i| self.settled(i)).collect::<Result<Vec<_>>>()?,
        };
        // The text is the first argument.
        let types: Vec<Type> = [value.ty].into_iter().chain(items.iter().map(|i| i.ty)).collect();
        let terms = items.iter().map(|i| i.as_literal().cloned());
        let constants: Vec<Option<Value>> = [None].into_iter().chain(terms).collect();
        let kernel = refused(operators::terms_udf(&types, &constants, all))?;
        let mut args = vec![text];
        for item in &items {
            args.push(self.value(item, fused)?);
        }
        Ok(kernel.call(args))
    }

    fn convert(&self, inner: &Expr, to: Type, fused: &Fused) -> Result<DfExpr> {
        if let Some(fast) = self.path_as(inner, to, fused)? {
            return Ok(fast);
        }
        let kernel: ScalarUDF = operators::convert::convert_udf(inner.ty, to)
            .ok_or_else(|| Error::Run(format!("a {} cannot be converted to a {to}", inner.ty)))?;
        Ok(kernel.call(vec![self.value(inner, fused)?]))
    }

    fn found_scalar(&self, id: PreludeId) -> Result<Value> {
        match self.found.get(id.0) {
            Some(Found::Scalar(value)) => Ok(value.clone()),
            _ => Err(Error::Run("a value of `toscalar` is missing".into())),
        }
    }

    fn found_list(&self, id: PreludeId) -> Result<Arc<Vec<Value>>> {
        match self.found.get(id.0) {
            Some(Found::List(values)) => Ok(Arc::clone(values)),
            _ => Err(Error::Run("the list of `in` is missing".into())),
        }
    }

    /// Computes an expression that reads no column.
    pub(crate) fn constant(&self, expr: &Expr) -> Result<Value> {
        if let ExprKind::Literal(value) = &expr.kind {
            return Ok(value.clone());
        }
        let lowered = self.plain(expr)?;
        let schema = Arc::new(Schema::new(Vec::<Field>::new()));
        let df_schema = datafusion::common::DFSchema::try_from(Arc::clone(&schema))?;
        let physical =
            create_physical_expr(&lowered, &df_schema, &ExecutionProps::new(), &PhysicalPlanningContext::default())?;
        let options = arrow::record_batch::RecordBatchOptions::new().with_row_count(Some(1));
        let one_row = RecordBatch::try_new_with_options(schema, vec![], &options)?;
        let array = physical.evaluate(&one_row)?.into_array(1)?;
        Ok(value_at(&array, expr.ty, 0))
    }
}

/// Types on which DataFusion compares as Kusto does, nulls aside. Reals are not: NaN.
fn is_native(ty: Type) -> bool {
    matches!(
        ty,
        Type::Bool
            | Type::Int
            | Type::Long
            | Type::Datetime
            | Type::Timespan
            | Type::String
            | Type::Guid
            | Type::Decimal
    )
}

pub(crate) fn literal(value: &Value) -> Result<DfExpr> {
    Ok(DfExpr::Literal(scalar_of(value)?, None))
}

/// A constant that a kernel refuses (a regex that does not parse) refuses the query.
pub(crate) fn refused<T>(made: Result<T, String>) -> Result<T> {
    made.map_err(Error::Run)
}

/// A tree of one operator, as deep as the logarithm of its leaves: DataFusion's passes are quadratic and
/// worse on a chain.
pub(crate) fn balanced(mut parts: Vec<DfExpr>, operator: Operator) -> DfExpr {
    while parts.len() > 1 {
        let mut next = Vec::with_capacity(parts.len().div_ceil(2));
        let mut rest = parts.into_iter();
        while let Some(left) = rest.next() {
            next.push(match rest.next() {
                Some(right) => binary_expr(left, operator, right),
                None => left,
            });
        }
        parts = next;
    }
    parts.pop().unwrap_or_else(|| lit(operator == Operator::And))
}

/// Splits the parts of an `or` into lists of constants that one column is compared with, and the rest.
fn equalities(parts: &[Expr]) -> (Vec<(&Expr, Vec<&Expr>)>, Vec<&Expr>) {
    let mut lists: Vec<(&Expr, Vec<&Expr>)> = Vec::new();
    let mut rest = Vec::new();
    for part in parts {
        let column_and_constant = match &part.kind {
            ExprKind::Binary { op: BinaryOp::Equal, left, right } if is_native(left.ty) && left.ty == right.ty => {
                match (&left.kind, &right.kind) {
                    (ExprKind::Column(id), ExprKind::Literal(v)) if !v.is_null() => Some((*id, &**left, &**right)),
                    _ => None,
                }
            }
            _ => None,
        };
        let Some((id, value, item)) = column_and_constant else {
            rest.push(part);
            continue;
        };
        match lists.iter_mut().find(|(v, _)| matches!(v.kind, ExprKind::Column(other) if other == id)) {
            Some((_, items)) => items.push(item),
            None => lists.push((value, vec![item])),
        }
    }
    (lists, rest)
}
