//! UnifiedAuditLog: Purview's export of the audit log. Ordinary work, an intruder in a mailbox, a spray of passwords.

mod intruder;
mod ordinary;

use std::borrow::Cow;

use rehunt_lang::time::datetime_text;
use serde_json::{Value, json};

use super::table::{Cell, Row};
use super::tenant::{DOMAIN, EXCHANGE_APP, Id, TENANT, address, object_id, seconds_text};

/// Record types, by the number Purview writes.
const EXCHANGE_ADMIN: u32 = 1;
const EXCHANGE_ITEM: u32 = 2;
const EXCHANGE_ITEM_GROUP: u32 = 3;
const FILE_OPERATION: u32 = 6;
const DIRECTORY: u32 = 8;
const LOGON: u32 = 15;
const EXCHANGE_AGGREGATED: u32 = 50;

/// An audit record.
#[derive(Clone, Debug)]
pub(super) struct Record {
    ordinal: u64,
    time: i64,
    kind: u32,
    operation: &'static str,
    account: String,
    workload: &'static str,
    /// What this kind of record says beyond the common part; may replace parts of that.
    more: Value,
}

impl Record {
    fn new(time: i64, kind: u32, operation: &'static str, account: &str, workload: &'static str, more: Value) -> Self {
        Self { ordinal: 0, time, kind, operation, account: account.to_owned(), workload, more }
    }

    fn id(&self) -> String {
        Id::new(0xa1, self.ordinal).to_string()
    }

    /// Returns the whole record as Microsoft 365 keeps it.
    fn audit_data(&self) -> Value {
        let common = json!({
            "CreationTime": seconds_text(self.time),
            "Id": self.id(),
            "Operation": self.operation,
            "OrganizationId": TENANT,
            "RecordType": self.kind,
            "ResultStatus": "Succeeded",
            "UserKey": object_id(&self.account),
            "UserType": 0,
            "Version": 1,
            "Workload": self.workload,
            "UserId": address(&self.account),
        });
        merge(common, self.more.clone())
    }
}

/// Adds the slots of one bag to another, replacing those of the same name in place.
fn merge(mut base: Value, more: Value) -> Value {
    if let (Value::Object(base), Value::Object(more)) = (&mut base, more) {
        base.extend(more);
    }
    base
}

/// Returns `[{"Name": ..., "Value": ...}]`, the log's way to write a bag.
fn named(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect()
}

/// How a mailbox was opened.
#[derive(Clone, Copy)]
enum Client {
    Outlook,
    Browser,
}

/// An action on mail.
fn mailbox(
    time: i64,
    kind: u32,
    operation: &'static str,
    account: &str,
    (ip, client): (&str, Client),
    more: Value,
) -> Record {
    let common = json!({
        "ClientIP": ip,
        "ClientIPAddress": ip,
        "ClientInfoString": match client {
            Client::Outlook => "Client=MSExchangeRPC",
            Client::Browser => "Client=OWA;Action=ViaProxy",
        },
        "ExternalAccess": false,
        "MailboxOwnerUPN": address(account),
        "LogonType": 0,
        "InternalLogonType": 0,
    });
    let client = match client {
        Client::Outlook => json!({"ClientProcessName": "OUTLOOK.EXE", "ClientVersion": "16.0.16327.20200"}),
        Client::Browser => json!({"AppId": EXCHANGE_APP}),
    };
    Record::new(time, kind, operation, account, "Exchange", merge(merge(common, client), more))
}

/// A sign-in as the audit log has it.
fn login(time: i64, account: &str, ip: &str, success: bool) -> Record {
    let detail = if success { "Success" } else { "UserError" };
    let mut more = json!({
        "ClientIP": ip,
        "ActorIpAddress": ip,
        "ObjectId": EXCHANGE_APP,
        "AzureActiveDirectoryEventType": 1,
        "ResultStatus": "Success",
        "ExtendedProperties": named(&[("ResultStatusDetail", detail), ("RequestType", "OAuth2:Authorize")]),
        "ModifiedProperties": [],
        "ErrorNumber": if success { "0" } else { "50126" },
    });
    if !success {
        more = merge(more, json!({"LogonError": "InvalidUserNameOrPassword"}));
    }
    let operation = if success { "UserLoggedIn" } else { "UserLoginFailed" };
    Record::new(time, LOGON, operation, account, "AzureActiveDirectory", more)
}

/// An action on a file in OneDrive.
fn file(time: i64, operation: &'static str, account: &str, ip: &str, name: &str) -> Record {
    let site = format!("https://yourdomain-my.sharepoint.example/personal/{account}/");
    let more = json!({
        "ClientIP": ip,
        "ObjectId": format!("{site}Documents/{name}"),
        "ItemType": "File",
        "SourceFileName": name,
        "SourceFileExtension": name.rsplit_once('.').map_or("", |(_, extension)| extension),
        "SiteUrl": site,
        "UserAgent": "Mozilla/5.0",
    });
    Record::new(time, FILE_OPERATION, operation, account, "OneDrive", more)
}

/// A folder of a mailbox.
fn folder(id: &str, path: &str) -> Value {
    json!({"Id": id, "Path": format!("\\{path}")})
}

/// A message id of the tenant's mail server.
fn message_id(prefix: &str, rest: impl std::fmt::Display) -> String {
    format!("<{prefix}{rest}@{DOMAIN}>")
}

impl Row for Record {
    const TABLE: &'static str = "UnifiedAuditLog";
    const FILE: &'static str = "audit_export.csv";
    const BYTE_ORDER_MARK: bool = true;

    fn header() -> Vec<Cow<'static, str>> {
        HEADER.iter().copied().map(Cow::Borrowed).collect()
    }

    fn scenario() -> Vec<Self> {
        let mut records = ordinary::records();
        records.extend(intruder::records());
        let mut records: Vec<_> = records.into_iter().zip(0..).map(|(r, ordinal)| Self { ordinal, ..r }).collect();
        // Real exports have records twice: here the first inbox rule and the first mail sent.
        let first_in_browser = |r: &&Self| r.operation == "Send" && r.more.get("ClientProcessName").is_none();
        let rule = records.iter().find(|r| r.operation == "New-InboxRule").cloned();
        let send = records.iter().find(first_in_browser).cloned();
        records.extend(rule.into_iter().chain(send));
        records
    }

    fn time(&self) -> i64 {
        self.time
    }

    fn tie_break(&self) -> String {
        self.id()
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            ("RecordId", self.id().into()),
            // Purview leaves a blank at the end.
            ("CreationDate", format!("{} ", datetime_text(self.time)).into()),
            ("RecordType", self.kind.to_string().into()),
            ("Operation", self.operation.into()),
            ("UserId", address(&self.account).into()),
            ("AuditData", self.audit_data().to_string().into()),
        ]
    }
}

const HEADER: &[&str] = &[
    "RecordId",
    "CreationDate",
    "RecordType",
    "Operation",
    "UserId",
    "AuditData",
    "AssociatedAdminUnits",
    "AssociatedAdminUnitsNames",
];
