//! The tables whose columns are known before any file is read: the schemas under `engine/schemas`.

use std::sync::LazyLock;

use rehunt_lang::parse_create_tables;
use rehunt_lang::types::Field;

/// Where a column's value comes from in rows of an export that lacks the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// From another column of the same type: the same thing by another name.
    Column(&'static str),
    /// What stands after the `@` of an address in another column.
    DomainOf(&'static str),
    /// The table's own name.
    TableName,
}

/// A shipped table.
#[derive(Debug)]
pub(crate) struct Shipped {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub fields: Vec<Field>,
    /// Its columns that have another source where an export lacks them.
    pub sources: &'static [(&'static str, Source)],
    /// Columns that tell the table by a header alone: one of each group must be there.
    pub tells: &'static [&'static [&'static str]],
}

/// One row a table: its schema, its compatibility columns, and what tells it from every other known table.
///
/// The tells were checked against 945 public table schemas: a header that has them belongs to no other table, except
/// that Sentinel has two tables with the columns of `AuditLogs`.
#[rustfmt::skip]
static TABLES: &[Declaration] = &[
    Declaration {
        schema: include_str!("../../schemas/entra/AuditLogs.kql"),
        sources: &[
            ("Timestamp", Source::Column("TimeGenerated")),
            ("TimeGenerated", Source::Column("ActivityDateTime")),
            ("Type", Source::TableName),
        ],
        tells: &[&["LoggedByService"], &["TargetResources"], &["OperationName"]],
    },
    Declaration {
        schema: include_str!("../../schemas/defender/CloudAppEvents.kql"),
        sources: &[
            ("ISP", Source::Column("Isp")),
            ("Isp", Source::Column("ISP")),
            ("TimeGenerated", Source::Column("Timestamp")),
            ("Timestamp", Source::Column("TimeGenerated")),
        ],
        tells: &[&["ActivityObjects", "AppInstanceId", "IPCategory", "IPTags", "IsAdminOperation", "IsImpersonated", "UserAgentTags"]],
    },
    Declaration {
        schema: include_str!("../../schemas/defender/EmailEvents.kql"),
        sources: &[
            ("RecipientDomain", Source::DomainOf("RecipientEmailAddress")),
            ("TimeGenerated", Source::Column("Timestamp")),
            ("Timestamp", Source::Column("TimeGenerated")),
        ],
        tells: &[
            &["NetworkMessageId"],
            &["RecipientEmailAddress"],
            &["AttachmentCount", "BulkComplaintLevel", "Connectors", "EmailAction", "SenderFromDomain", "SenderIPv4", "SenderMailFromAddress", "UrlCount"],
        ],
    },
    Declaration {
        schema: include_str!("../../schemas/defender/IdentityLogonEvents.kql"),
        sources: &[
            ("CountryCode", Source::Column("Location")),
            ("ISP", Source::Column("Isp")),
            ("Isp", Source::Column("ISP")),
            ("Location", Source::Column("CountryCode")),
            ("TimeGenerated", Source::Column("Timestamp")),
            ("Timestamp", Source::Column("TimeGenerated")),
        ],
        tells: &[&["LogonType"], &["AccountUpn"], &["Application"], &["AccountDomain"]],
    },
    Declaration {
        schema: include_str!("../../schemas/entra/SigninLogs.kql"),
        sources: &[
            ("TimeGenerated", Source::Column("CreatedDateTime")),
            ("Timestamp", Source::Column("TimeGenerated")),
            ("Type", Source::TableName),
        ],
        tells: &[&["AppliedConditionalAccessPolicies", "FlaggedForReview", "IPAddressFromResourceProvider", "ProcessingTimeInMilliseconds"], &["ResultType"]],
    },
    Declaration {
        schema: include_str!("../../schemas/audit/UnifiedAuditLog.kql"),
        sources: &[
            ("Operation", Source::Column("Operations")),
            ("Operations", Source::Column("Operation")),
            ("Timestamp", Source::Column("TimeGenerated")),
            ("UserId", Source::Column("UserIds")),
            ("UserIds", Source::Column("UserId")),
        ],
        tells: &[&["AuditData"], &["RecordTypeId"]],
    },
    Declaration {
        schema: include_str!("../../schemas/defender/UrlClickEvents.kql"),
        sources: &[
            ("TimeGenerated", Source::Column("Timestamp")),
            ("Timestamp", Source::Column("TimeGenerated")),
        ],
        tells: &[&["IsClickedThrough", "UrlChain"]],
    },
];

struct Declaration {
    schema: &'static str,
    sources: &'static [(&'static str, Source)],
    tells: &'static [&'static [&'static str]],
}

static SHIPPED: LazyLock<Vec<Shipped>> = LazyLock::new(|| {
    let declared = TABLES.iter().flat_map(|declaration| {
        let Declaration { schema, sources, tells } = *declaration;
        let (tables, _) = parse_create_tables(schema);
        tables.into_iter().map(move |t| Shipped { fields: t.fields(), name: t.name, sources, tells })
    });
    declared.collect()
});

/// Returns every shipped table.
pub(crate) fn all() -> &'static [Shipped] {
    &SHIPPED
}

/// Returns the shipped table of a name.
pub(crate) fn find(name: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|t| t.name == name)
}

/// Returns the shipped table a header belongs to, with the share of the header's columns that it knows (0 to 1):
/// the tells are there, four columns or more, and most of them known. Without the tells no share is high enough:
/// 22 of 23 columns of `IdentityDirectoryEvents` are columns of `IdentityLogonEvents` too.
pub(crate) fn by_header<'a>(columns: &[&'a str]) -> Option<(&'static Shipped, f64)> {
    /// Columns that any table may have.
    const ANYWHERE: [&str; 5] = ["$table", "SourceSystem", "TenantId", "Type", "_ResourceId"];
    let columns: Vec<&'a str> = columns.iter().copied().filter(|c| !ANYWHERE.contains(c)).collect();
    let share = |table: &Shipped| {
        let known = columns.iter().filter(|c| table.fields.iter().any(|f| f.name == **c)).count();
        known as f64 / columns.len() as f64
    };
    SHIPPED
        .iter()
        .filter(|t| columns.len() >= 4 && t.tells.iter().all(|any| any.iter().any(|tell| columns.contains(tell))))
        .map(|t| (t, share(t)))
        .filter(|(_, share)| *share >= 0.6)
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::types::Type;

    use super::*;

    #[test]
    fn every_schema_parses_and_every_source_and_tell_is_a_column() {
        assert!(TABLES.iter().all(|t| parse_create_tables(t.schema).1.is_empty()));
        assert_eq!(all().len(), TABLES.len());
        for table in all() {
            let ty = |name: &str| table.fields.iter().find(|f| f.name == name).map(|f| f.ty);
            for (column, source) in table.sources {
                match source {
                    Source::Column(other) => assert_eq!(ty(column), ty(other), "{}.{column}", table.name),
                    Source::DomainOf(other) => assert_eq!(ty(other), Some(Type::String)),
                    Source::TableName => assert_eq!(ty(column), Some(Type::String)),
                }
                assert!(ty(column).is_some(), "{}.{column}", table.name);
            }
            assert!(table.tells.iter().all(|any| any.iter().any(|t| ty(t).is_some())));
            let mut names: Vec<_> = table.fields.iter().map(|f| &f.name).collect();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), table.fields.len(), "{}", table.name);
        }
    }

    #[test]
    fn a_header_is_told_by_its_own_columns_not_by_shared_ones() {
        let name = |columns: &[&str]| by_header(columns).map(|(t, _)| t.name.as_str());
        let mail = ["Timestamp", "NetworkMessageId", "RecipientEmailAddress", "SenderFromDomain"];
        assert_eq!(name(&mail), Some("EmailEvents"));
        assert_eq!(name(&mail[..3]), None);
        let after =
            ["Timestamp", "NetworkMessageId", "InternetMessageId", "ActionType", "RecipientEmailAddress", "ReportId"];
        assert_eq!(name(&after), None);
    }
}
