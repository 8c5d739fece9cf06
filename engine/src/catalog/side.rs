//! Files in place of what a service knows: `--map FileProfile=profiles.csv`. The file is a table of its own, called
//! `FileProfile()`; the function is then KQL that looks rows up in it. Where it looks a column of each row up, what the
//! call gives for its parameter `Hash` is the column `$Hash` of its rows.

use std::fmt::Write;

use rehunt_lang::host::side_table;
use rehunt_lang::types::{Field, Type};

/// A function that a file can stand in for.
#[derive(Debug)]
pub(super) struct Side {
    /// Its name.
    pub name: &'static str,
    /// The columns that its documentation names, which a file may lack.
    pub columns: &'static [(&'static str, Type)],
    /// The columns of which a file must have one, as rows are found by them.
    pub keys: &'static [&'static str],
    /// Makes its definition of the table of the file, which has all these columns.
    definition: fn(&str, &[Field]) -> String,
}

impl Side {
    /// Returns the function's definition in KQL where its file has these columns.
    pub(super) fn define(&self, fields: &[Field]) -> String {
        let lacking = self.columns.iter().filter(|(name, _)| !fields.iter().any(|f| f.name == *name));
        let lacking: Vec<Field> = lacking.map(|(name, ty)| Field::new(*name, *ty)).collect();
        let nothing = |f: &Field| match f.ty {
            Type::String => format!("['{}'] = ''", f.name),
            ty => format!("['{}'] = {ty}(null)", f.name),
        };
        let mut table = format!("(['{}']", side_table(self.name));
        if !lacking.is_empty() {
            let _ = write!(table, " | extend {}", lacking.iter().map(nothing).collect::<Vec<_>>().join(", "));
        }
        table.push(')');
        let all: Vec<Field> = fields.iter().cloned().chain(lacking).collect();
        (self.definition)(&table, &all)
    }
}

/// The functions, sorted by name.
const SIDES: &[Side] = &[
    // learn.microsoft.com/defender-xdr/advanced-hunting-assignedipaddresses-function
    Side {
        name: "AssignedIPAddresses",
        columns: &[
            ("DeviceId", Type::String),
            ("DeviceName", Type::String),
            ("Timestamp", Type::Datetime),
            ("IPAddress", Type::String),
            ("IPType", Type::String),
            ("NetworkAdapterType", Type::String),
            ("ConnectedNetworks", Type::Dynamic),
        ],
        keys: &["DeviceId", "DeviceName"],
        definition: assigned_addresses,
    },
    // learn.microsoft.com/defender-xdr/advanced-hunting-devicefromip-function
    Side {
        name: "DeviceFromIP",
        columns: &[("IP", Type::String), ("DeviceId", Type::String), ("Timestamp", Type::Datetime)],
        keys: &["IP"],
        definition: device_from_ip,
    },
    // learn.microsoft.com/defender-xdr/advanced-hunting-fileprofile-function
    Side {
        name: "FileProfile",
        columns: &[
            ("SHA1", Type::String),
            ("SHA256", Type::String),
            ("MD5", Type::String),
            ("FileSize", Type::Long),
            ("GlobalPrevalence", Type::Int),
            ("GlobalFirstSeen", Type::Datetime),
            ("GlobalLastSeen", Type::Datetime),
            ("Signer", Type::String),
            ("Issuer", Type::String),
            ("SignerHash", Type::String),
            ("IsCertificateValid", Type::Bool),
            ("IsRootSignerMicrosoft", Type::Bool),
            ("SignatureState", Type::String),
            ("IsExecutable", Type::Bool),
            ("ThreatName", Type::String),
            ("Publisher", Type::String),
            ("SoftwareName", Type::String),
            ("ProfileAvailability", Type::String),
        ],
        keys: &["SHA1", "SHA256", "MD5"],
        definition: file_profile,
    },
    // learn.microsoft.com/defender-xdr/advanced-hunting-seenby-function
    Side {
        name: "SeenBy",
        columns: &[("DeviceId", Type::String), ("SeenBy", Type::Dynamic)],
        keys: &["DeviceId"],
        definition: seen_by,
    },
];

/// Finds the function of a name.
pub(super) fn find(name: &str) -> Option<&'static Side> {
    SIDES.binary_search_by_key(&name, |side| side.name).ok().and_then(|at| SIDES.get(at))
}

/// Goes through the names of all such functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SIDES.iter().map(|side| side.name)
}

/// One row a device, with all that have seen it: the file has them one by one, or as arrays.
fn seen_by(table: &str, _: &[Field]) -> String {
    format!(
        "(T: (*), Device: string = 'DeviceId') {{ T | lookup kind=leftouter ({table} \
         | mv-expand SeenBy to typeof(string) | where isnotempty(SeenBy) \
         | summarize SeenBy = make_set(SeenBy) by ['$Device'] = DeviceId) on ['$Device'] | project-away ['$Device'] }}"
    )
}

/// The addresses that a device had, each with the last time it was seen with it, as of a time where one is given.
fn assigned_addresses(table: &str, fields: &[Field]) -> String {
    let shown = fields.iter().filter(|f| !matches!(f.name.as_str(), "DeviceId" | "DeviceName"));
    format!(
        "(Device: string, When: datetime = datetime(9999-12-31T23:59:59.9999999)) {{ {table} \
         | where DeviceId =~ Device or DeviceName =~ Device \
         | where isnull(Timestamp) or Timestamp <= coalesce(When, datetime(9999-12-31T23:59:59.9999999)) \
         | summarize arg_max(coalesce(Timestamp, datetime(0001-01-01)), *) by IPAddress | project {} }}",
        list(shown, |name| format!("['{name}']"))
    )
}

/// The devices that had an address last, as of a time where one is given. A row comes once for each.
fn device_from_ip(table: &str, fields: &[Field]) -> String {
    let added = fields.iter().filter(|f| !matches!(f.name.as_str(), "IP" | "Timestamp"));
    let added = list(added, |name| format!("['{name}']"));
    format!(
        "(T: (*), Ip: string = 'IP', When: datetime = datetime(9999-12-31T23:59:59.9999999)) {{ \
         let rows = T | extend ['$When'] = coalesce(['$When'], datetime(9999-12-31T23:59:59.9999999)); \
         let known = {table} | extend Timestamp = coalesce(Timestamp, datetime(0001-01-01)); \
         let latest = rows | distinct ['$Ip'], ['$When'] | join kind=inner known on $left.['$Ip'] == $right.IP \
         | where Timestamp <= ['$When'] | summarize Timestamp = max(Timestamp) by IP, ['$When']; \
         let found = latest | join kind=inner known on IP, Timestamp \
         | project ['$Ip'] = IP, ['$When'], {added}; \
         rows | lookup kind=leftouter found on ['$Ip'], ['$When'] \
         | extend IP = column_ifexists('IP', ['$Ip']) | project-away ['$Ip'], ['$When'] }}"
    )
}

/// The profile of the file that a hash names, whichever hash it is. Columns that describe the file and are in the rows
/// already stay: where the hash is that of another file (`InitiatingProcessSHA1`), they are not about it. How many rows
/// the service would look up at most does not count here.
fn file_profile(table: &str, fields: &[Field]) -> String {
    const OF_ROW: &[&str] = &["SHA1", "SHA256", "MD5", "FileSize"];
    let hidden = list(fields.iter(), |name| format!("['$p.{name}'] = ['{name}']"));
    let mut added = String::new();
    for name in fields.iter().map(|f| quotable(&f.name)) {
        let separator = if added.is_empty() { "" } else { ", " };
        let value = match name.as_str() {
            name if OF_ROW.contains(&name) => format!("column_ifexists('{name}', ['$p.{name}'])"),
            "ProfileAvailability" => "case(isempty(['$Hash']), '', isempty(['$found']), 'Missing', \
                 isempty(['$p.ProfileAvailability']), 'Available', ['$p.ProfileAvailability'])"
                .to_owned(),
            name => format!("['$p.{name}']"),
        };
        let _ = write!(added, "{separator}['{name}'] = {value}");
    }
    let away = list(fields.iter(), |name| format!("['$p.{name}']"));
    format!(
        "(T: (*), Hash: string = 'SHA1', Limit: long = 100) {{ \
         let known = {table} | extend ['$key'] = pack_array(SHA1, SHA256, MD5) \
         | mv-expand ['$key'] to typeof(string) | where isnotempty(['$key']) \
         | extend ['$key'] = tolower(['$key']) | summarize take_any(*) by ['$key'] \
         | project ['$key'], ['$found'] = 'yes', {hidden}; \
         T | extend ['$key'] = tolower(['$Hash']) | lookup kind=leftouter known on ['$key'] \
         | extend {added} | project-away ['$Hash'], ['$Limit'], ['$key'], ['$found'], {away} }}"
    )
}

fn list<'f>(fields: impl Iterator<Item = &'f Field>, show: impl Fn(&str) -> String) -> String {
    fields.map(|f| show(&quotable(&f.name))).collect::<Vec<_>>().join(", ")
}

/// Returns a name as it stands between `['` and `']`.
fn quotable(name: &str) -> String {
    name.replace('\\', "\\\\").replace('\'', "\\'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_for_the_search() {
        assert!(SIDES.is_sorted_by_key(|side| side.name));
    }
}
