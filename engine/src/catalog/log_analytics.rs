//! The tables as Log Analytics has them, for queries that were written there.
//!
//! Defender and Microsoft Sentinel keep the same events with a few differences: columns that only Log Analytics adds
//! (`Type`, `TenantId`, `_IsBillable`), and columns that are text in Defender and dynamic there
//! (`AdditionalFields.query`). A query that does not bind on the tables as they are is tried on these views of them.

use std::sync::{Arc, LazyLock};

use datafusion::catalog::view::ViewTable;
use datafusion::common::ScalarValue;
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr as DfExpr, LogicalPlanBuilder, lit};
use rehunt_lang::parse_create_tables;
use rehunt_lang::types::{Field, Type};

use super::{Catalog, Table, shipped};
use crate::error::{Error, Result};
use crate::functions::udf::udf;
use crate::library::Builtins;
use crate::types::arrow_type;

/// The columns that every table has there. learn.microsoft.com/azure/azure-monitor/logs/log-standard-columns
const EVERYWHERE: [(&str, Type); 9] = [
    ("TenantId", Type::String),
    ("SourceSystem", Type::String),
    (TABLE_NAME, Type::String),
    ("_BilledSize", Type::Real),
    ("_IsBillable", Type::String),
    ("_ItemId", Type::String),
    ("_ResourceId", Type::String),
    ("_SubscriptionId", Type::String),
    ("_TimeReceived", Type::Datetime),
];

/// The column that has the name of its table.
const TABLE_NAME: &str = "Type";

/// What single tables have besides, or as another type.
static DIFFERENCES: LazyLock<Vec<(String, Vec<Field>)>> = LazyLock::new(|| {
    let (tables, _) = parse_create_tables(include_str!("../../schemas/log_analytics.kql"));
    tables.into_iter().map(|table| (table.name.clone(), table.fields())).collect()
});

impl Catalog {
    /// Returns the catalogue with those of the shipped tables that are `named` as Log Analytics has them, and for each
    /// table the columns of which there is no evidence: they are empty. Tables that an embedder filled with other
    /// columns stay as they are.
    ///
    /// # Errors
    /// When DataFusion refuses a view.
    pub(crate) fn as_in_log_analytics(
        &self,
        named: impl Fn(&str) -> bool,
        builtins: &Builtins,
    ) -> Result<(Self, Vec<(String, String)>)> {
        let (mut all, mut empty) = (self.clone(), Vec::new());
        for table in self.tables().filter(|table| named(&table.name)) {
            let Some(known) = shipped::find(&table.name) else { continue };
            let declared = table.provider.is::<EmptyTable>();
            if table.files.is_empty() && table.fields != known.fields && !declared {
                continue;
            }
            all.insert(view(table, builtins, &mut empty)?);
        }
        Ok((all, empty))
    }
}

fn view(table: &Table, builtins: &Builtins, empty: &mut Vec<(String, String)>) -> Result<Table> {
    let differences = DIFFERENCES.iter().find(|(name, _)| *name == table.name).map_or(&[][..], |(_, fields)| fields);
    let scan = LogicalPlanBuilder::scan("rows", provider_as_source(Arc::clone(&table.provider)), None)?;
    let (mut fields, mut exprs) = (table.fields.clone(), Vec::new());
    for (field, column) in fields.iter_mut().zip(scan.schema().columns()) {
        let own = DfExpr::Column(column);
        let ty = differences.iter().find(|d| d.name == field.name).map_or(field.ty, |d| d.ty);
        exprs.push(converted(own, field.ty, ty, builtins)?.alias(&field.name));
        field.ty = ty;
    }
    let everywhere = EVERYWHERE.iter().map(|(name, ty)| Field::new(*name, *ty));
    for field in differences.iter().cloned().chain(everywhere) {
        if fields.iter().any(|f| f.name == field.name) {
            continue;
        }
        let value = match (field.name.as_str(), field.ty) {
            (TABLE_NAME, _) => lit(ScalarValue::Utf8View(Some(table.name.clone()))),
            (_, Type::String) => lit(ScalarValue::Utf8View(Some(String::new()))),
            (_, ty) => lit(ScalarValue::try_new_null(&arrow_type(ty))?),
        };
        if field.name != TABLE_NAME {
            empty.push((table.name.clone(), field.name.clone()));
        }
        exprs.push(value.alias(&field.name));
        fields.push(field);
    }
    let plan = scan.project(exprs)?.build()?;
    Ok(Table { fields, provider: Arc::new(ViewTable::new(plan, None)), ..table.clone() })
}

/// Converts a column by the function that a query would call.
fn converted(value: DfExpr, from: Type, to: Type, builtins: &Builtins) -> Result<DfExpr> {
    let function = match to {
        _ if from == to => return Ok(value),
        Type::Dynamic => "parse_json",
        Type::Int => "toint",
        Type::Long => "tolong",
        Type::Real => "todouble",
        _ => "tostring",
    };
    let built = builtins.function(function).ok_or_else(|| Error::Run(format!("there is no function `{function}`")))?;
    Ok(udf(built, &[from], &[None], to).map_err(Error::Run)?.call(vec![value]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_is_of_a_shipped_table_and_each_view_has_it() {
        let mut catalog = Catalog::default();
        catalog.declare_shipped();
        let (views, empty) = catalog.as_in_log_analytics(|_| true, &Builtins::default()).unwrap_or_default();
        for (name, fields) in DIFFERENCES.iter() {
            assert!(shipped::find(name).is_some(), "{name}");
            let view = views.table(name).map(|t| t.fields.clone()).unwrap_or_default();
            assert!(fields.iter().all(|f| view.contains(f)), "{name}");
        }
        let empty_in = |column: &str| empty.iter().any(|(table, name)| table == "EmailEvents" && name == column);
        assert_eq!([empty_in("TenantId"), empty_in(TABLE_NAME), empty_in("Subject")], [true, false, false]);
    }
}
