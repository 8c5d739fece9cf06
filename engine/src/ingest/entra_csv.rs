//! The CSV files that the Entra portal offers for sign-ins and for the directory's audit log, in the columns of Log
//! Analytics. What has no column there keeps its own name.

use csv::StringRecord;

use super::column::Cell;
use super::csv::Header;
use super::loader::{Loader, TableNo};
use crate::dynamic::Builder;

/// Columns of the sign-in export that are columns of `SigninLogs` by another name.
#[rustfmt::skip]
static SIGN_IN_COLUMNS: &[(&str, &str)] = &[
    ("App owner tenant ID", "AppOwnerTenantId"),
    ("Application", "AppDisplayName"),
    ("Application ID", "AppId"),
    ("Authentication Protocol", "AuthenticationProtocol"),
    ("Autonomous system  number", "AutonomousSystemNumber"),
    ("Autonomous system number", "AutonomousSystemNumber"),
    ("Client app", "ClientAppUsed"),
    ("Client credential type", "ClientCredentialType"),
    ("Correlation ID", "CorrelationId"),
    ("Cross tenant access type", "CrossTenantAccessType"),
    ("Flagged for review", "FlaggedForReview"),
    ("Global Secure Access IP address", "GlobalSecureAccessIpAddress"),
    ("Home tenant ID", "HomeTenantId"),
    ("Home tenant name", "HomeTenantName"),
    ("IP address", "IPAddress"),
    ("IP address (seen by resource)", "IPAddressFromResourceProvider"),
    ("Incoming token type", "IncomingTokenType"),
    ("Latency", "ProcessingTimeInMilliseconds"),
    ("Original transfer method", "OriginalTransferMethod"),
    ("Request ID", "Id"),
    ("Resource", "ResourceDisplayName"),
    ("Resource ID", "ResourceIdentity"),
    ("Resource owner tenant ID", "ResourceOwnerTenantId"),
    ("Resource tenant ID", "ResourceTenantId"),
    ("Session ID", "SessionId"),
    ("Sign-in identifier", "SignInIdentifier"),
    ("Through Global Secure Access", "IsThroughGlobalSecureAccess"),
    ("Token issuer name", "TokenIssuerName"),
    ("Token issuer type", "TokenIssuerType"),
    ("Unique token identifier", "UniqueTokenIdentifier"),
    ("User", "UserDisplayName"),
    ("User ID", "UserId"),
    ("User agent", "UserAgent"),
    ("User type", "UserType"),
    ("Username", "UserPrincipalName"),
];

/// The columns of the sign-in export as the portal writes them: in their order, with blanks at ends, a double blank and a
/// repeated name. In a tenant of another language they have other names, which no documentation lists, and the same order.
#[rustfmt::skip]
pub(crate) const SIGN_IN_ORDER: [&str; 57] = [
    "Date (UTC)",
    "Request ID",
    "User agent",
    "Correlation ID",
    "User ID",
    "User",
    "Username",
    "User type",
    "Cross tenant access type",
    "Incoming token type",
    "Authentication Protocol",
    "Unique token identifier",
    "Original transfer method",
    "Client credential type",
    "Token Protection - Sign In Session",
    "Token Protection - Sign In Session StatusCode",
    "Application",
    "Application ID ",
    "App owner tenant ID",
    "Resource",
    "Resource ID ",
    "Resource tenant ID",
    "Resource owner tenant ID",
    "Home tenant ID",
    "Home tenant name",
    "IP address",
    "Location",
    "Status",
    "Sign-in error code",
    "Failure reason",
    "Client app",
    "Device ID",
    "Browser",
    "Operating System",
    "Compliant",
    "Managed",
    "Join Type",
    "Multifactor authentication result",
    "Multifactor authentication auth method",
    "Multifactor authentication auth detail",
    "Authentication requirement",
    "Sign-in identifier",
    "Session ID",
    "IP address (seen by resource)",
    "Through Global Secure Access",
    "Global Secure Access IP address",
    "Autonomous system  number",
    "Flagged for review",
    "Token issuer type",
    "Incoming token type",
    "Token issuer name",
    "Latency",
    "Conditional Access",
    "Managed Identity type",
    "Associated Resource Id",
    "Federated Token Id",
    "Federated Token Issuer",
];

/// Columns of the sign-in export that are put together to others.
static SIGN_IN_PARTS: &[&str] = &[
    "Authentication requirement",
    "Browser",
    "Compliant",
    "Conditional Access",
    "Date (UTC)",
    "Device ID",
    "Failure reason",
    "Join Type",
    "Location",
    "Managed",
    "Multifactor authentication auth detail",
    "Multifactor authentication auth method",
    "Operating System",
    "Sign-in error code",
    "Status",
];

/// Columns of the audit export that are columns of `AuditLogs` by another name.
static AUDIT_COLUMNS: &[(&str, &str)] = &[
    ("Activity", "OperationName"),
    ("Category", "Category"),
    ("CorrelationId", "CorrelationId"),
    ("ResultReason", "ResultReason"),
    ("Service", "LoggedByService"),
];

/// Columns of the audit export that are put together to others; `Target...` and `AdditionalDetail...` are, too.
static AUDIT_PARTS: &[&str] = &[
    "ActorDisplayName",
    "ActorObjectId",
    "ActorServicePrincipalId",
    "ActorServicePrincipalName",
    "ActorType",
    "ActorUserPrincipalName",
    "Date (UTC)",
    "IPAddress",
    "Result",
];

/// A row with its header: cells by name.
struct Named<'a> {
    header: &'a [(String, usize)],
    row: &'a StringRecord,
}

impl<'a> Named<'a> {
    /// Returns a cell; `""` where the export has no such column. The quote that the portal sets before `+` and `-`,
    /// against formulas, is taken off.
    fn cell(&self, name: &str) -> &'a str {
        let place = self.header.binary_search_by(|(n, _)| n.as_str().cmp(name)).ok();
        let cell = place.and_then(|at| self.header.get(at)).and_then(|(_, at)| self.row.get(*at)).unwrap_or("");
        unescaped(cell)
    }
}

fn unescaped(cell: &str) -> &str {
    match cell.as_bytes() {
        [b'\'', b'+' | b'-' | b'=' | b'@', ..] => &cell[1..],
        _ => cell,
    }
}

fn sorted(header: &Header) -> Vec<(String, usize)> {
    let mut names: Vec<(String, usize)> = header.names().iter().cloned().zip(0..).collect();
    names.sort();
    names.dedup_by(|later, earlier| later.0 == earlier.0);
    names
}

/// The columns that go over as they are: where they stand and where they go.
fn plain_columns(
    loader: &mut Loader,
    table: TableNo,
    header: &Header,
    renames: &[(&str, &str)],
    part: impl Fn(&str) -> bool,
) -> Vec<(usize, usize)> {
    let building = loader.building(table);
    let mut columns: Vec<(usize, usize)> = Vec::new();
    for (at, name) in header.names().iter().enumerate() {
        if name.is_empty() || part(name) {
            continue;
        }
        let renamed = renames.iter().find(|(from, _)| from == name).map_or(name.as_str(), |(_, to)| to);
        let mut place = building.column(renamed, None);
        // The sign-in export has `Incoming token type` twice.
        let mut n = 1;
        while columns.iter().any(|(_, taken)| *taken == place) {
            place = building.column(&format!("{renamed}{n}"), None);
            n += 1;
        }
        columns.push((at, place));
    }
    columns
}

/// The sign-in export.
pub(super) struct SignIns {
    table: TableNo,
    header: Vec<(String, usize)>,
    plain: Vec<(usize, usize)>,
}

impl SignIns {
    /// Finds the columns.
    pub(super) fn new(loader: &mut Loader, table: TableNo, header: &Header) -> Self {
        let plain = plain_columns(loader, table, header, SIGN_IN_COLUMNS, |name| SIGN_IN_PARTS.contains(&name));
        Self { table, header: sorted(header), plain }
    }

    /// Puts a row.
    pub(super) fn put(&self, loader: &mut Loader, line: u64, row: &StringRecord) {
        for (at, place) in &self.plain {
            loader.put(self.table, *place, line, Cell::Text(unescaped(row.get(*at).unwrap_or(""))));
        }
        let row = Named { header: &self.header, row };
        let mut text = |column: &str, value: &str| loader.put_named(self.table, column, line, Cell::Text(value));
        text("TimeGenerated", row.cell("Date (UTC)"));
        text("CreatedDateTime", row.cell("Date (UTC)"));
        text("AuthenticationRequirement", &requirement(row.cell("Authentication requirement")));
        text("ConditionalAccessStatus", &camel(row.cell("Conditional Access")));

        let code = row.cell("Sign-in error code");
        let failed = !matches!(row.cell("Status"), "" | "Success") || !matches!(code, "" | "0");
        let code = if code.is_empty() && !failed { "0" } else { code };
        text("ResultType", code);
        if failed {
            text("ResultDescription", row.cell("Failure reason"));
        }
        let mut status = Builder::new();
        status.begin_bag();
        if let Ok(code) = code.parse() {
            status.key("errorCode");
            status.long(code);
        }
        string(&mut status, "failureReason", row.cell("Failure reason"));
        status.end_bag();
        text("Status", status.text());

        let mut place = row.cell("Location").rsplitn(3, ',').map(str::trim);
        let (country, state, city) =
            (place.next().unwrap_or(""), place.next().unwrap_or(""), place.next().unwrap_or(""));
        text("Location", country);
        let mut details = Builder::new();
        details.begin_bag();
        string(&mut details, "city", city);
        string(&mut details, "state", state);
        string(&mut details, "countryOrRegion", country);
        details.end_bag();
        text("LocationDetails", details.text());

        let mut device = Builder::new();
        device.begin_bag();
        device.key("deviceId");
        device.string(row.cell("Device ID"));
        string(&mut device, "operatingSystem", row.cell("Operating System"));
        string(&mut device, "browser", row.cell("Browser"));
        for (key, column) in [("isCompliant", "Compliant"), ("isManaged", "Managed")] {
            if let Some(value) = yes_or_no(row.cell(column)) {
                device.key(key);
                device.bool(value);
            }
        }
        string(&mut device, "trustType", row.cell("Join Type"));
        device.end_bag();
        text("DeviceDetail", device.text());

        let (method, detail) =
            (row.cell("Multifactor authentication auth method"), row.cell("Multifactor authentication auth detail"));
        if !method.is_empty() || !detail.is_empty() {
            let mut mfa = Builder::new();
            mfa.begin_bag();
            string(&mut mfa, "authMethod", method);
            string(&mut mfa, "authDetail", detail);
            mfa.end_bag();
            text("MfaDetail", mfa.text());
        }
    }
}

/// The audit export.
pub(super) struct Audits {
    table: TableNo,
    header: Vec<(String, usize)>,
    plain: Vec<(usize, usize)>,
}

impl Audits {
    /// Finds the columns.
    pub(super) fn new(loader: &mut Loader, table: TableNo, header: &Header) -> Self {
        let part = |name: &str| {
            let numbered =
                |prefix| name.strip_prefix(prefix).is_some_and(|n: &str| n.starts_with(|c: char| c.is_ascii_digit()));
            AUDIT_PARTS.contains(&name) || numbered("Target") || numbered("AdditionalDetail")
        };
        Self { table, header: sorted(header), plain: plain_columns(loader, table, header, AUDIT_COLUMNS, part) }
    }

    /// Puts a row.
    pub(super) fn put(&self, loader: &mut Loader, line: u64, row: &StringRecord) {
        for (at, place) in &self.plain {
            loader.put(self.table, *place, line, Cell::Text(unescaped(row.get(*at).unwrap_or(""))));
        }
        let row = Named { header: &self.header, row };
        let mut text = |column: &str, value: &str| loader.put_named(self.table, column, line, Cell::Text(value));
        text("TimeGenerated", row.cell("Date (UTC)"));
        text("ActivityDateTime", row.cell("Date (UTC)"));
        text("ActivityDisplayName", row.cell("Activity"));
        text("Result", &row.cell("Result").to_lowercase());
        text(
            "Identity",
            [row.cell("ActorDisplayName"), row.cell("ActorServicePrincipalName")]
                .iter()
                .find(|n| !n.is_empty())
                .unwrap_or(&""),
        );
        text("InitiatedBy", &initiator(&row));
        text("TargetResources", &targets(&row));
        text("AdditionalDetails", &details(&row));
    }
}

fn initiator(row: &Named) -> String {
    let mut by = Builder::new();
    by.begin_bag();
    let parts: &[(&str, &str)] = match row.cell("ActorType") {
        "User" => {
            by.key("user");
            &[
                ("id", "ActorObjectId"),
                ("displayName", "ActorDisplayName"),
                ("userPrincipalName", "ActorUserPrincipalName"),
                ("ipAddress", "IPAddress"),
            ]
        }
        _ => {
            by.key("app");
            &[
                ("displayName", "ActorDisplayName"),
                ("servicePrincipalName", "ActorServicePrincipalName"),
                ("servicePrincipalId", "ActorServicePrincipalId"),
                ("ipAddress", "IPAddress"),
            ]
        }
    };
    by.begin_bag();
    for (key, column) in parts {
        string(&mut by, key, row.cell(column));
    }
    by.end_bag();
    by.end_bag();
    by.finish()
}

fn targets(row: &Named) -> String {
    let mut all = Builder::new();
    all.begin_array();
    for n in 1..=3 {
        let cell = |part: &str| row.cell(&format!("Target{n}{part}"));
        if cell("Type").is_empty() && cell("ObjectId").is_empty() && cell("DisplayName").is_empty() {
            continue;
        }
        all.begin_bag();
        for (key, part) in [
            ("id", "ObjectId"),
            ("displayName", "DisplayName"),
            ("type", "Type"),
            ("userPrincipalName", "UserPrincipalName"),
        ] {
            all.key(key);
            all.string(cell(part));
        }
        all.key("modifiedProperties");
        all.begin_array();
        for m in 1..=5 {
            let property = |part: &str| cell(&format!("ModifiedProperty{m}{part}"));
            if property("Name").is_empty() {
                continue;
            }
            all.begin_bag();
            for (key, part) in [("displayName", "Name"), ("oldValue", "OldValue"), ("newValue", "NewValue")] {
                all.key(key);
                all.string(property(part));
            }
            all.end_bag();
        }
        all.end_array();
        all.end_bag();
    }
    all.end_array();
    all.finish()
}

fn details(row: &Named) -> String {
    let mut all = Builder::new();
    all.begin_array();
    for n in 1..=6 {
        let (key, value) =
            (row.cell(&format!("AdditionalDetail{n}Key")), row.cell(&format!("AdditionalDetail{n}Value")));
        if !key.is_empty() {
            all.begin_bag();
            string(&mut all, "key", key);
            all.key("value");
            all.string(value);
            all.end_bag();
        }
    }
    all.end_array();
    all.finish()
}

/// Writes a slot, unless there is nothing to say.
fn string(bag: &mut Builder, key: &str, value: &str) {
    if !value.is_empty() {
        bag.key(key);
        bag.string(value);
    }
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text {
        "Yes" | "yes" | "True" | "true" => Some(true),
        "No" | "no" | "False" | "false" => Some(false),
        _ => None,
    }
}

/// The portal says `Single-factor authentication` where logs say `singleFactorAuthentication`.
fn requirement(text: &str) -> String {
    match text {
        "Single-factor authentication" => "singleFactorAuthentication".to_owned(),
        "Multi-factor authentication" | "Multifactor authentication" => "multiFactorAuthentication".to_owned(),
        other => other.to_owned(),
    }
}

/// `Not Applied` to `notApplied`.
fn camel(text: &str) -> String {
    let joined: String = text.split_whitespace().collect();
    let mut letters = joined.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}
