//! CloudAppEvents: an inbound connector set up by the intruder, among ordinary mailbox access.

use std::borrow::Cow;

use rehunt_lang::time::{HOUR, datetime_text};
use serde_json::{Value, json};

use super::table::{Cell, Row};
use super::tenant::{INTRUDER_V4, Id, OFFICE_IP, TENANT, address, at, delay, object_id, report_id, seconds_text, user};

const CONNECTOR: &str = "Relay-Partner-7";
const CREATE: &str = "New-InboundConnector";

/// Rows of the scenario; the background's ordinals follow.
const SCENARIO: usize = 5;

/// An action in Exchange Online, as Defender for Cloud Apps reports it.
#[derive(Clone, Debug)]
pub(super) struct CloudEvent {
    office: u32,
    ordinal: usize,
    time: i64,
    action: &'static str,
    /// Empty: the service itself.
    account: String,
    ip: &'static str,
    country: &'static str,
    /// What an administrator's command was given; nothing for a user's action.
    parameters: &'static [(&'static str, &'static str)],
}

/// Parameters of the command that creates the connector.
const ENABLED: &[(&str, &str)] = &[
    ("Name", CONNECTOR),
    ("Enabled", "True"),
    ("ConnectorType", "Partner"),
    ("SenderDomains", "smtp:*;1"),
    ("RequireTls", "False"),
];
const DISABLED: &[(&str, &str)] = &[
    ("Name", CONNECTOR),
    ("Enabled", "False"),
    ("ConnectorType", "Partner"),
    ("SenderDomains", "smtp:*;1"),
    ("RequireTls", "False"),
];

impl CloudEvent {
    fn new(ordinal: usize, time: i64, action: &'static str, account: &str) -> Self {
        Self {
            office: 0,
            ordinal,
            time,
            action,
            account: account.to_owned(),
            ip: OFFICE_IP,
            country: "JP",
            parameters: &[],
        }
    }

    fn is_administration(&self) -> bool {
        !self.parameters.is_empty()
    }

    /// Returns the audit record behind the event.
    fn raw(&self) -> Value {
        let user = match self.account.as_str() {
            "" => r"NT AUTHORITY\SYSTEM (Microsoft.Exchange.ServiceHost)".to_owned(),
            account => address(account),
        };
        let mut raw = json!({
            "CreationTime": seconds_text(self.time),
            "Id": Id { family: 0xcae, office: self.office, index: self.ordinal as u64 }.to_string(),
            "Operation": self.action,
            "OrganizationId": TENANT,
            "RecordType": 1,
            "ResultStatus": "True",
            "UserKey": self.account,
            "UserType": 2,
            "Version": 1,
            "Workload": "Exchange",
            "ClientIP": format!("{}:4433", self.ip),
            "ObjectId": "",
            "UserId": user,
        });
        let pairs = |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| json!({"Name": n, "Value": v})).collect();
        if let Value::Object(raw) = &mut raw {
            match self.is_administration() {
                true => raw.insert("Parameters".into(), Value::Array(pairs(self.parameters))),
                false => raw.insert("OperationProperties".into(), Value::Array(pairs(&[("MailAccessType", "Bind")]))),
            };
        }
        raw
    }
}

impl Row for CloudEvent {
    const TABLE: &'static str = "CloudAppEvents";
    const FILE: &'static str = "CloudAppEvents.csv";
    const BYTE_ORDER_MARK: bool = false;
    const BACKGROUND_DAYS: i64 = 6;

    fn header() -> Vec<Cow<'static, str>> {
        HEADER.iter().copied().map(Cow::Borrowed).collect()
    }

    fn scenario() -> Vec<Self> {
        vec![
            // Older than the hunt's 7 days.
            Self { parameters: ENABLED, ..Self::new(0, at(8, 2, 0, 0), CREATE, "admin") },
            Self { parameters: DISABLED, ..Self::new(1, at(3, 2, 5, 0), CREATE, "admin") },
            Self {
                parameters: ENABLED,
                ip: INTRUDER_V4,
                country: "FR",
                ..Self::new(2, at(3, 2, 10, 0), CREATE, "admin")
            },
            // Near misses: by the service, and a change in place of a creation.
            Self { parameters: ENABLED, ..Self::new(3, at(3, 2, 12, 0), CREATE, "") },
            Self {
                parameters: &[("Identity", CONNECTOR), ("Enabled", "True")],
                ..Self::new(4, at(2, 1, 0, 0), "Set-InboundConnector", "admin")
            },
        ]
    }

    fn background(days_ago: i64, office: u32) -> Vec<Self> {
        if days_ago != Self::BACKGROUND_DAYS {
            return Vec::new();
        }
        let access = |k: usize| Self {
            office,
            ..Self::new(
                SCENARIO + k,
                at(days_ago, k as i64, 0, 0) + delay(office, HOUR),
                "MailItemsAccessed",
                &user(office, k as u64 % 5 + 1),
            )
        };
        (0..20).map(access).collect()
    }

    fn time(&self) -> i64 {
        self.time
    }

    fn tie_break(&self) -> String {
        report_id("cae", self.office, self.ordinal)
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        let administration = self.is_administration();
        let id = match self.account.as_str() {
            "" => None,
            account => Some(object_id(account)),
        };
        let actor = json!([{
            "Type": "User",
            "Role": "Actor",
            "Name": self.account,
            "ApplicationId": 11161,
            "ApplicationInstance": 0,
        }]);
        vec![
            ("Timestamp", datetime_text(self.time).into()),
            ("ActionType", self.action.into()),
            ("Application", "Microsoft Exchange Online".into()),
            ("ApplicationId", "20893".into()),
            ("AppInstanceId", "0".into()),
            ("AccountObjectId", id.clone().unwrap_or_default().into()),
            ("AccountId", id.unwrap_or_else(|| "system".into()).into()),
            ("AccountDisplayName", self.account.as_str().into()),
            ("IsAdminOperation", administration.to_string().into()),
            ("IPAddress", self.ip.into()),
            ("IsAnonymousProxy", "false".into()),
            ("CountryCode", self.country.into()),
            ("ISP", "Example ISP".into()),
            ("ActivityType", "Basic".into()),
            ("ActivityObjects", actor.to_string().into()),
            ("ObjectType", if administration { "Task" } else { "" }.into()),
            ("ReportId", self.tie_break().into()),
            ("AccountType", if administration { "Admin" } else { "Regular" }.into()),
            ("IsExternalUser", "false".into()),
            ("IsImpersonated", "false".into()),
            ("IPTags", "[]".into()),
            ("UserAgentTags", "[]".into()),
            ("RawEventData", self.raw().to_string().into()),
            ("AdditionalFields", "{}".into()),
        ]
    }
}

const HEADER: &[&str] = &[
    "Timestamp",
    "ActionType",
    "Application",
    "ApplicationId",
    "AppInstanceId",
    "AccountObjectId",
    "AccountId",
    "AccountDisplayName",
    "IsAdminOperation",
    "DeviceType",
    "OSPlatform",
    "IPAddress",
    "IsAnonymousProxy",
    "CountryCode",
    "City",
    "ISP",
    "UserAgent",
    "ActivityType",
    "ActivityObjects",
    "ObjectName",
    "ObjectType",
    "ObjectId",
    "ReportId",
    "AccountType",
    "IsExternalUser",
    "IsImpersonated",
    "IPTags",
    "IPCategory",
    "UserAgentTags",
    "RawEventData",
    "AdditionalFields",
];
