//! The tables as Log Analytics has them, for queries that were written there.
//!
//! Defender and Microsoft Sentinel keep the same events with a few differences: columns that only Log Analytics adds
//! (`Type`, `TenantId`, `_IsBillable`), and columns that are text in Defender and dynamic there
//! (`AdditionalFields.query`). A query that does not bind on the tables as they are is tried on these views of them.
//! They keep what only Defender has behind the rest; a column that both have in other letters (`AccountUpn`,
//! `AccountUPN`) is there once, by the name that it has in Log Analytics.

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
const EVERYWHERE: [(&str, Type); 8] = [
    ("TenantId", Type::String),
    ("SourceSystem", Type::String),
    (TABLE_NAME, Type::String),
    ("_BilledSize", Type::Real),
    ("_IsBillable", Type::String),
    ("_ItemId", Type::String),
    ("_ResourceId", Type::String),
    ("_TimeReceived", Type::Datetime),
];

/// Those of them that stand behind all others.
const LAST: [&str; 3] = ["_TimeReceived", "_ResourceId", "_ItemId"];

/// The column that has the name of its table.
const TABLE_NAME: &str = "Type";

/// The time of an event, as Defender names it.
const TIME: &str = "Timestamp";

/// Columns that only Defender has, besides [`TIME`].
const LACKED: [(&str, &[&str]); 20] = [
    ("AlertEvidence", &["ResourceType", "ResourceID", "SubscriptionId", "SentinelWorkspaceIds"]),
    ("AlertInfo", &["SentinelWorkspaceIds"]),
    ("BehaviorEntities", &["CloudPlatform", "CloudResourceType", "CloudResourceId", "CloudSubscriptionId"]),
    ("BehaviorInfo", &["Title"]),
    ("CloudAppEvents", &["Isp"]),
    (
        "CloudAuditEvents",
        &["ResourceId", "ISP", "AuditSource", "AzureResourceId", "AwsResourceName", "GcpFullResourceName", "Account"],
    ),
    ("CloudDnsEvents", &["EventType", "EventSubType"]),
    ("CloudProcessEvents", &["ImageDigest", "AgentId", "Region", "HostName"]),
    ("CloudStorageAggregatedEvents", &["SubscriptionId"]),
    ("DeviceFileEvents", &["LogonID"]),
    ("DeviceInfo", &["ConnectivityType", "Site", "DiscoverySources"]),
    ("DeviceNetworkEvents", &["LogonID"]),
    ("DeviceNetworkInfo", &["OnboardingStatus", "NetworkAdapterDnsSuffix"]),
    ("DeviceProcessEvents", &["LogonID"]),
    ("EmailEvents", &["OriginalThreatTypes", "OriginalDetectionMethods", "OriginalConfidenceLevel", "Topics"]),
    ("EmailPostDeliveryEvents", &["SourceLocation"]),
    ("EmailUrlInfo", &["UrlChainId", "UrlChainPosition"]),
    (
        "IdentityInfo",
        &[
            "ReportId",
            "OnPremSid",
            "CriticalityLevel",
            "DistinguishedName",
            "CloudSid",
            "EmailAddress",
            "SipProxyAddress",
            "Address",
            "CreatedDateTime",
            "OtherMailAddresses",
            "PrivilegedEntraPimRoles",
            "OnPremObjectId",
            "TenantMembershipType",
            "RiskStatus",
            "IdentityEnvironment",
            "SourceProviders",
            "IdentityId",
            "SourceProvider",
            "RiskScore",
            "RiskScoreUpdateTime",
        ],
    ),
    ("IdentityLogonEvents", &["CountryCode", "Isp"]),
    ("MessageEvents", &["MessageType", "MessageSubtype", "Subject", "ThreadName", "ThreadType"]),
];

/// What single tables have besides, or as another type.
static DIFFERENCES: LazyLock<Vec<(String, Vec<Field>)>> = LazyLock::new(|| {
    let (tables, _) = parse_create_tables(include_str!("../../schemas/log_analytics.kql"));
    tables.into_iter().map(|table| (table.name.clone(), table.fields())).collect()
});

/// Columns of which there is no evidence, with their tables: they are empty.
pub(crate) type Empty = Vec<(String, String)>;

impl Catalog {
    /// Returns the catalogue with those of the shipped tables that are `named` as Log Analytics has them, to bind queries
    /// on: they have no rows. Tables that an embedder filled with other columns stay as they are.
    pub(crate) fn declared_as_in_log_analytics(&self, named: impl Fn(&str) -> bool) -> (Self, Empty) {
        let (mut all, mut empty) = (self.clone(), Empty::new());
        for table in self.differing(named) {
            let fields = fields(table);
            let is_own = |f: &&Field| f.name == TABLE_NAME || own(table, &f.name).is_some();
            empty.extend(fields.iter().filter(|f| !is_own(f)).map(|f| (table.name.clone(), f.name.clone())));
            all.insert(Table::declared(&table.name, fields));
        }
        (all, empty)
    }

    /// Returns the catalogue with the same tables, and their rows.
    ///
    /// # Errors
    /// When DataFusion refuses a view.
    pub(crate) fn as_in_log_analytics(&self, named: impl Fn(&str) -> bool, builtins: &Builtins) -> Result<Self> {
        let mut all = self.clone();
        for table in self.differing(named) {
            all.insert(view(table, builtins)?);
        }
        Ok(all)
    }

    fn differing(&self, named: impl Fn(&str) -> bool) -> impl Iterator<Item = &Table> {
        self.tables().filter(move |table| named(&table.name)).filter(|table| {
            let own = |known: &shipped::Shipped| table.fields == known.fields || table.provider.is::<EmptyTable>();
            shipped::find(&table.name).is_some_and(|known| !table.files.is_empty() || own(known))
        })
    }
}

/// The columns of a table as Log Analytics has it: those it has there by name, as they are listed there, then those
/// that only Defender or the evidence has, then what the service itself adds last. A table that is as it is there
/// stays as it is.
fn fields(table: &Table) -> Vec<Field> {
    let differences = DIFFERENCES.iter().find(|(name, _)| *name == table.name).map_or(&[][..], |(_, fields)| fields);
    let everywhere = EVERYWHERE.iter().map(|(name, ty)| Field::new(*name, *ty));
    let mut fields = table.fields.clone();
    for field in differences.iter().cloned().chain(everywhere) {
        match own(table, &field.name).and_then(|at| fields.get_mut(at)) {
            Some(own) if differences.contains(&field) => *own = field,
            Some(_) => (),
            None => fields.push(field),
        }
    }
    if fields == table.fields {
        return fields;
    }
    let declared = shipped::find(&table.name).map_or(&[][..], |known| &known.fields);
    let lacked = LACKED.iter().find(|(name, _)| *name == table.name).map_or(&[][..], |(_, columns)| columns);
    let is_there = |name: &str| {
        let known = declared.iter().chain(differences).any(|f| f.name == name);
        name != TIME && !lacked.contains(&name) && (known || EVERYWHERE.iter().any(|(other, _)| *other == name))
    };
    let by_name = |name: &str| name.trim_start_matches('_').to_lowercase();
    let place = |name: &str| table.fields.iter().position(|f| f.name == name).unwrap_or_default();
    fields.sort_by_cached_key(|f| match LAST.iter().position(|last| *last == f.name) {
        Some(at) => (2, at, String::new()),
        None if is_there(&f.name) => (0, 0, by_name(&f.name)),
        None => (1, place(&f.name), String::new()),
    });
    fields
}

/// The place of a column of Log Analytics among the table's own: that of its name, or of its name in other letters.
fn own(table: &Table, name: &str) -> Option<usize> {
    let exact = table.fields.iter().position(|f| f.name == name);
    exact.or_else(|| table.fields.iter().position(|f| f.name.eq_ignore_ascii_case(name)))
}

fn view(table: &Table, builtins: &Builtins) -> Result<Table> {
    let scan = LogicalPlanBuilder::scan("rows", provider_as_source(Arc::clone(&table.provider)), None)?;
    let columns = scan.schema().columns();
    let own = |name: &str| own(table, name).and_then(|at| table.fields.get(at).zip(columns.get(at)));
    let fields = fields(table);
    let mut exprs = Vec::with_capacity(fields.len());
    for field in &fields {
        let value = match (own(&field.name), field.ty) {
            (Some((own, column)), ty) => converted(DfExpr::Column(column.clone()), own.ty, ty, builtins)?,
            (None, _) if field.name == TABLE_NAME => lit(ScalarValue::Utf8View(Some(table.name.clone()))),
            (None, Type::String) => lit(ScalarValue::Utf8View(Some(String::new()))),
            (None, ty) => lit(ScalarValue::try_new_null(&arrow_type(ty))?),
        };
        exprs.push(value.alias(&field.name));
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
        let views = catalog.as_in_log_analytics(|_| true, &Builtins::default()).unwrap_or_default();
        let (declared, empty) = catalog.declared_as_in_log_analytics(|_| true);
        for (name, fields) in DIFFERENCES.iter() {
            assert!(shipped::find(name).is_some(), "{name}");
            let columns = |catalog: &Catalog| catalog.table(name).map(|t| t.fields.clone()).unwrap_or_default();
            assert!(fields.iter().all(|f| columns(&views).contains(f)), "{name}");
            assert_eq!(columns(&views), columns(&declared));
        }
        for (name, columns) in LACKED {
            let known = shipped::find(name).map_or(&[][..], |known| &known.fields);
            assert!(columns.iter().all(|c| known.iter().any(|f| f.name == *c)), "{name}");
        }
        let empty_in = |column: &str| empty.iter().any(|(table, name)| table == "EmailEvents" && name == column);
        assert_eq!([empty_in("TenantId"), empty_in(TABLE_NAME), empty_in("Subject")], [true, false, false]);
    }

    #[test]
    fn a_column_in_other_letters_is_there_once_with_its_values() {
        let mut catalog = Catalog::default();
        let in_defender = shipped::find("IdentityInfo").map(|t| t.fields.clone()).unwrap_or_default();
        let in_defender = in_defender.into_iter().filter(|f| f.name != "AccountUPN").collect();
        catalog.insert(Table::declared("IdentityInfo", in_defender));
        let (declared, empty) = catalog.declared_as_in_log_analytics(|name| name == "IdentityInfo");
        let columns = declared.table("IdentityInfo").map(|t| t.fields.clone()).unwrap_or_default();
        let place = |name: &str| columns.iter().position(|f| f.name == name);
        assert!(place("AccountUPN").is_some() && place("AccountUpn").is_none());
        assert!(!empty.iter().any(|(_, column)| column == "AccountUPN"));
        assert!(
            place("UserType") < place(TIME)
                && place(TIME) < place("RiskScore")
                && place("RiskScore") < place("_ItemId")
        );
    }
}
