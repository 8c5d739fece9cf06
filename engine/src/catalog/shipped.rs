//! The tables whose columns are known before any file is read: the schemas under `engine/schemas`.
//!
//! What bridges the names of the products is in the schemas themselves, as the documentation of a column:
//! ``Alias of `Timestamp` ``, ``Domain of `RecipientEmailAddress` ``, `Name of the table.`

use std::sync::{LazyLock, OnceLock};

use rehunt_lang::parse_create_tables;
use rehunt_lang::types::Field;

use super::schemas::SCHEMAS;

/// Where a column's value comes from in rows of an export that lacks the column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// From another column of the same type: the same thing by another name.
    Column(String),
    /// What stands after the `@` of an address in another column.
    DomainOf(String),
    /// The table's own name.
    TableName,
}

/// A shipped table.
#[derive(Debug)]
pub(crate) struct Shipped {
    /// Its name.
    pub name: &'static str,
    /// Its columns.
    pub fields: Vec<Field>,
    /// Its columns that have another source where an export lacks them; earlier ones come first.
    pub sources: Vec<(String, Source)>,
    /// Its columns that are others by another name.
    aliases: Vec<String>,
}

impl Shipped {
    /// Returns the columns that the service itself has.
    pub(crate) fn own_columns(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|f| !self.aliases.contains(&f.name))
    }
}

/// Times that stand in for the time of the table where a narrow export has nothing else.
const STAND_INS: [(&str, &str, &str); 2] =
    [("AuditLogs", "TimeGenerated", "ActivityDateTime"), ("SigninLogs", "TimeGenerated", "CreatedDateTime")];

/// Each is read when it is first asked for: a query knows few of them.
static SHIPPED: LazyLock<Vec<OnceLock<Shipped>>> = LazyLock::new(|| SCHEMAS.iter().map(|_| OnceLock::new()).collect());

/// Returns the names of all shipped tables, sorted.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SCHEMAS.iter().map(|(name, _)| *name)
}

/// Goes through every shipped table by name.
pub(crate) fn all() -> impl Iterator<Item = &'static Shipped> {
    (0..SCHEMAS.len()).filter_map(at)
}

/// Returns the shipped table of a name.
pub(crate) fn find(name: &str) -> Option<&'static Shipped> {
    at(SCHEMAS.binary_search_by_key(&name, |(name, _)| name).ok()?)
}

/// Returns the spelling of a shipped table's name.
pub(crate) fn spelled(name: &str) -> Option<&'static str> {
    names().find(|n| n.eq_ignore_ascii_case(name))
}

fn at(place: usize) -> Option<&'static Shipped> {
    let (name, schema) = SCHEMAS.get(place)?;
    Some(SHIPPED.get(place)?.get_or_init(|| read(name, schema)))
}

fn read(name: &'static str, schema: &str) -> Shipped {
    let (tables, _) = parse_create_tables(schema);
    // A test reads every schema, so there is always one.
    let columns = tables.into_iter().next().map(|t| t.columns).unwrap_or_default();
    let mut sources: Vec<(String, Source)> = STAND_INS
        .iter()
        .filter(|(table, ..)| *table == name)
        .map(|(_, column, other)| ((*column).to_owned(), Source::Column((*other).to_owned())))
        .collect();
    let mut aliases = Vec::new();
    for column in &columns {
        let own = || column.field.name.clone();
        if let Some(other) = quoted_after(&column.doc, "Alias of `") {
            aliases.push(own());
            // Either name may be the one that an export has.
            sources.push((other.to_owned(), Source::Column(own())));
            sources.push((own(), Source::Column(other.to_owned())));
        } else if let Some(other) = quoted_after(&column.doc, "Domain of `") {
            sources.push((own(), Source::DomainOf(other.to_owned())));
        } else if column.doc == "Name of the table." {
            sources.push((own(), Source::TableName));
        }
    }
    Shipped { name, fields: columns.into_iter().map(|c| c.field).collect(), sources, aliases }
}

fn quoted_after<'d>(doc: &'d str, words: &str) -> Option<&'d str> {
    doc.strip_prefix(words)?.split('`').next()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::types::Type;

    use super::*;

    #[test]
    fn every_schema_is_one_table_of_its_name_in_order() {
        assert!(SCHEMAS.is_sorted_by(|a, b| a.0 < b.0));
        for (name, schema) in SCHEMAS {
            let (tables, problems) = parse_create_tables(schema);
            assert_eq!(problems, [], "{name}");
            assert_eq!(tables.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), [*name]);
            assert!(!tables[0].docstring.is_empty(), "{name}");
        }
    }

    #[test]
    fn every_source_is_a_column_of_the_same_type() {
        for table in all() {
            let ty = |name: &str| table.fields.iter().find(|f| f.name == name).map(|f| f.ty);
            for (column, source) in &table.sources {
                match source {
                    Source::Column(other) => assert_eq!(ty(column), ty(other), "{}.{column}", table.name),
                    Source::DomainOf(other) => assert_eq!(ty(other), Some(Type::String)),
                    Source::TableName => assert_eq!(ty(column), Some(Type::String)),
                }
                assert!(ty(column).is_some(), "{}.{column}", table.name);
            }
            let mut names: Vec<_> = table.fields.iter().map(|f| &f.name).collect();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), table.fields.len(), "{}", table.name);
        }
    }

    #[test]
    fn both_products_names_lead_to_one_column() {
        let sources = &find("IdentityInfo").unwrap().sources;
        for (column, other) in
            [("AccountUPN", "AccountUpn"), ("AccountUpn", "AccountUPN"), ("TimeGenerated", "Timestamp")]
        {
            assert!(sources.contains(&(column.to_owned(), Source::Column(other.to_owned()))), "{column}");
        }
    }
}
