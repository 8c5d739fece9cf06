//! A table of several parts: rows in memory and Parquet files, or what two loads brought. Columns are matched by
//! name; where a part lacks one, its rows have null there, or `""`.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Column, DFSchema, Result, ScalarValue};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::union::UnionExec;
use rehunt_lang::types::{Field, Type};

use super::{Problem, Table, arrow_field, time_column};
use crate::operators::convert::convert_udf;
use crate::types::arrow_type;

/// Puts the rows of two tables of one name together. Where a column has two types, it gets one that holds both,
/// string in the end; the problems say so.
pub(crate) fn merge(before: Table, after: Table, problems: &mut Vec<Problem>) -> Table {
    let mut fields = before.fields.clone();
    for field in &after.fields {
        match fields.iter_mut().find(|f| f.name == field.name) {
            None => fields.push(field.clone()),
            Some(known) if known.ty == field.ty => {}
            Some(known) => {
                let both = known.ty.wider(field.ty).unwrap_or(Type::String);
                problems.push(Problem {
                    path: after.files.first().map_or_else(PathBuf::new, |f| f.path.clone()),
                    line: 0,
                    table: before.name.clone(),
                    column: field.name.clone(),
                    reason: format!("is {} here and {} in files before: read as {both}", field.ty, known.ty),
                    raw: String::new(),
                });
                known.ty = both;
            }
        }
    }
    let mut files = before.files;
    files.extend(after.files);
    let parts = [(before.provider, before.fields), (after.provider, after.fields)]
        .into_iter()
        .map(|(rows, fields)| Part { rows, fields });
    let name = before.name;
    let time_column = time_column(&name, &fields);
    let provider = Arc::new(Merged::new(fields.clone(), parts.collect()));
    Table { name, fields, provider, files, time_column }
}

#[derive(Debug)]
struct Merged {
    fields: Vec<Field>,
    schema: SchemaRef,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    rows: Arc<dyn TableProvider>,
    fields: Vec<Field>,
}

impl Merged {
    fn new(fields: Vec<Field>, parts: Vec<Part>) -> Self {
        // A part may not promise what the whole does: strings without null.
        let schema = Schema::new(fields.iter().map(|f| arrow_field(f).with_nullable(true)).collect::<Vec<_>>());
        Self { fields, schema: Arc::new(schema), parts }
    }
}

impl Part {
    /// Returns a column of the whole as an expression over the part.
    fn expression(&self, field: &Field) -> Result<Expr> {
        Ok(match self.fields.iter().find(|f| f.name == field.name) {
            None => missing(field.ty)?,
            Some(own) if own.ty == field.ty => ident(&field.name),
            Some(own) => match convert_udf(own.ty, field.ty) {
                Some(convert) => convert.call(vec![ident(&field.name)]),
                None => missing(field.ty)?,
            },
        })
    }

    /// Tells how the part deals with a filter on the whole.
    fn supports(&self, whole: &[Field], filter: &Expr) -> Result<TableProviderFilterPushDown> {
        let same = |name: &str| {
            let ty = |fields: &[Field]| fields.iter().find(|f| f.name == name).map(|f| f.ty);
            ty(whole).is_some() && ty(whole) == ty(&self.fields)
        };
        if !filter.column_refs().iter().all(|c| same(&c.name)) {
            return Ok(TableProviderFilterPushDown::Unsupported);
        }
        let answers = self.rows.supports_filters_pushdown(&[filter])?;
        Ok(answers.into_iter().next().unwrap_or(TableProviderFilterPushDown::Unsupported))
    }
}

#[async_trait]
impl TableProvider for Merged {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let one = |filter: &Expr| {
            for part in &self.parts {
                if part.supports(&self.fields, filter)? != TableProviderFilterPushDown::Unsupported {
                    return Ok(TableProviderFilterPushDown::Inexact);
                }
            }
            Ok(TableProviderFilterPushDown::Unsupported)
        };
        filters.iter().map(|filter| one(filter)).collect()
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let wanted: Vec<&Field> = match projection {
            Some(places) => places.iter().filter_map(|at| self.fields.get(*at)).collect(),
            None => self.fields.iter().collect(),
        };
        let mut inputs = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let mut own = Vec::new();
            for filter in filters {
                if part.supports(&self.fields, filter)? != TableProviderFilterPushDown::Unsupported {
                    own.push(filter.clone());
                }
            }
            let places = wanted.iter().filter_map(|w| part.fields.iter().position(|f| f.name == w.name)).collect();
            let limit = limit.filter(|_| filters.is_empty());
            let rows = part.rows.scan(state, Some(&places), &own, limit).await?;
            let exprs = wanted.iter().map(|f| Ok((part.expression(f)?, f.name.as_str())));
            inputs.push(project(state, rows, &exprs.collect::<Result<Vec<_>>>()?)?);
        }
        UnionExec::try_new(inputs)
    }
}

/// Names a column as it is spelled, dots and capitals included.
pub(crate) fn ident(name: &str) -> Expr {
    Expr::Column(Column::new_unqualified(name))
}

/// Returns the constant that stands for a missing value.
pub(super) fn missing(ty: Type) -> Result<Expr> {
    let value = match ty {
        Type::String => ScalarValue::Utf8View(Some(String::new())),
        _ => ScalarValue::try_from(&arrow_type(ty))?,
    };
    Ok(Expr::Literal(value, None))
}

/// Computes columns of the rows of a plan.
pub(super) fn project(
    state: &dyn Session,
    rows: Arc<dyn ExecutionPlan>,
    columns: &[(Expr, &str)],
) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = DFSchema::try_from(rows.schema())?;
    let mut exprs = Vec::with_capacity(columns.len());
    for (expr, name) in columns {
        let expr = state.create_physical_expr(expr.clone(), &schema)?;
        exprs.push(ProjectionExpr { expr, alias: (*name).to_owned() });
    }
    Ok(Arc::new(ProjectionExec::try_new(exprs, rows)?))
}
