//! EmailEvents: ordinary mail in, within and out of the tenant; the incidents are in [`scenario`].

mod scenario;

use std::borrow::Cow;

use rehunt_lang::time::{MINUTE, datetime_text};
use serde_json::json;

use super::table::{Cell, Row};
use super::tenant::{DOMAIN, Id, address, at, delay, object_id, user};

const PASSED: &str = r#"{"SPF":"pass","DKIM":"pass","DMARC":"pass","CompAuth":"pass"}"#;
const WITHIN: &str = r#"{"DKIM":"none","DMARC":"none"}"#;

const INBOX: &str = "Inbox/folder";

/// Mails an office sends and receives in a day.
const A_DAY: usize = 35;

/// A mail.
#[derive(Clone, Debug)]
pub(in crate::sample) struct Mail {
    id: Id,
    /// Its place among the rows of its office, part of its report id.
    ordinal: usize,
    time: i64,
    from: String,
    /// The envelope's sender, where it differs.
    envelope: Option<String>,
    /// The domain shown for the sender, where it differs in case from that of `from`.
    from_domain: Option<String>,
    /// The account that sent it, if it is one of the tenant's.
    sender: Option<String>,
    ip: String,
    to: String,
    direction: &'static str,
    subject: &'static str,
    /// What the checks of the sender gave, as JSON; empty for outbound mail.
    authentication: &'static str,
    connector: &'static str,
    urls: u64,
    threat: &'static str,
    action: &'static str,
    location: &'static str,
    policy: &'static str,
}

impl Mail {
    fn inbound(id: Id, time: i64, from: impl Into<String>, to: String, authentication: &'static str) -> Self {
        Self {
            id,
            ordinal: 0,
            time,
            from: from.into(),
            envelope: None,
            from_domain: None,
            sender: None,
            ip: "198.51.100.10".into(),
            to,
            direction: "Inbound",
            subject: "Weekly update",
            authentication,
            connector: "",
            urls: 0,
            threat: "",
            action: "Delivered",
            location: INBOX,
            policy: "",
        }
    }

    fn within(id: Id, time: i64, sender: &str, to: String) -> Self {
        Self {
            sender: Some(sender.to_owned()),
            ip: String::new(),
            direction: "Intra-org",
            ..Self::inbound(id, time, address(sender), to, WITHIN)
        }
    }

    fn outbound(id: Id, time: i64, sender: &str, to: impl Into<String>) -> Self {
        Self {
            direction: "Outbound",
            authentication: "",
            location: "On-premises/external",
            ..Self::within(id, time, sender, to.into())
        }
    }
}

impl Row for Mail {
    const TABLE: &'static str = "EmailEvents";
    const FILE: &'static str = "EmailEvents.csv";
    const BYTE_ORDER_MARK: bool = false;
    const BACKGROUND_DAYS: i64 = 45;

    fn header() -> Vec<Cow<'static, str>> {
        HEADER.iter().copied().map(Cow::Borrowed).collect()
    }

    fn scenario() -> Vec<Self> {
        let before = A_DAY * Self::BACKGROUND_DAYS as usize;
        scenario::mails().into_iter().zip(before..).map(|(mail, ordinal)| Self { ordinal, ..mail }).collect()
    }

    fn background(days_ago: i64, office: u32) -> Vec<Self> {
        let day = (Self::BACKGROUND_DAYS - days_ago) as u64;
        let slot = |minutes: i64, k: u64, second: i64| {
            at(days_ago, 0, 0, second) + minutes * MINUTE * k as i64 + delay(office, minutes * MINUTE)
        };
        let id = |family, index| Id { family, office, index };
        let inbound = (0..20).map(|k| Self {
            ip: format!("198.51.100.{}", 10 + k % 5),
            urls: k % 3,
            ..Self::inbound(
                id(0x1, day * 20 + k),
                slot(72, k, 37),
                format!("news{}@partner{}.example", k % 5, k % 4),
                address(&user(office, (day * 7 + k) % 40 + 1)),
                PASSED,
            )
        });
        let within = (0..10).map(|k| {
            let to = address(&user(office, (k + day) % 40 + 1));
            Self::within(id(0x2, day * 10 + k), slot(144, k, 11), &user(office, k + 1), to)
        });
        let outbound = (0..5).map(|k| {
            let to = format!("client{k}@customer{}.example", k % 3);
            Self::outbound(id(0x3, day * 5 + k), slot(288, k, 5), &user(office, k + 1), to)
        });
        let ordinals = A_DAY * day as usize..;
        inbound.chain(within).chain(outbound).zip(ordinals).map(|(mail, ordinal)| Self { ordinal, ..mail }).collect()
    }

    fn time(&self) -> i64 {
        self.time
    }

    fn tie_break(&self) -> String {
        format!("{}-{}", self.id, self.ordinal)
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        let id = self.id.to_string();
        let envelope = self.envelope.as_deref().unwrap_or(&self.from);
        let from_domain = domain(&self.from);
        let recipient = self.to.strip_suffix(DOMAIN).and_then(|to| to.strip_suffix('@'));
        let truth = |b: bool| if b { "true" } else { "false" };
        vec![
            ("Timestamp", datetime_text(self.time).into()),
            ("NetworkMessageId", id.clone().into()),
            ("InternetMessageId", format!("<{id}@mx.{}>", from_domain.to_lowercase()).into()),
            ("SenderMailFromAddress", envelope.into()),
            ("SenderFromAddress", self.from.as_str().into()),
            ("SenderDisplayName", local_part(&self.from).into()),
            ("SenderObjectId", self.sender.as_deref().map(object_id).unwrap_or_default().into()),
            ("SenderMailFromDomain", domain(envelope).into()),
            ("SenderFromDomain", self.from_domain.as_deref().unwrap_or(from_domain).into()),
            ("SenderIPv4", self.ip.as_str().into()),
            ("RecipientEmailAddress", self.to.as_str().into()),
            ("RecipientObjectId", recipient.map(object_id).unwrap_or_default().into()),
            ("Subject", self.subject.into()),
            ("EmailClusterId", (1000 + self.id.family).to_string().into()),
            ("EmailDirection", self.direction.into()),
            ("DeliveryAction", self.action.into()),
            ("DeliveryLocation", self.location.into()),
            ("ThreatTypes", self.threat.into()),
            ("AuthenticationDetails", self.authentication.into()),
            ("AttachmentCount", "0".into()),
            ("UrlCount", self.urls.to_string().into()),
            ("EmailLanguage", "en".into()),
            ("Connectors", self.connector.into()),
            ("OrgLevelPolicy", self.policy.into()),
            ("ReportId", format!("{id}-{}", self.ordinal).into()),
            ("To", json!([self.to]).to_string().into()),
            ("Cc", "[]".into()),
            ("RecipientDomain", domain(&self.to).into()),
            ("EmailSize", (2048 + self.id.index).to_string().into()),
            ("IsFirstContact", truth(self.id.family == scenario::LURE).into()),
        ]
    }
}

fn domain(address: &str) -> &str {
    address.split_once('@').map_or("", |(_, domain)| domain)
}

fn local_part(address: &str) -> &str {
    address.split_once('@').map_or(address, |(local, _)| local)
}

const HEADER: &[&str] = &[
    "Timestamp",
    "NetworkMessageId",
    "InternetMessageId",
    "SenderMailFromAddress",
    "SenderFromAddress",
    "SenderDisplayName",
    "SenderObjectId",
    "SenderMailFromDomain",
    "SenderFromDomain",
    "SenderIPv4",
    "SenderIPv6",
    "RecipientEmailAddress",
    "RecipientObjectId",
    "Subject",
    "EmailClusterId",
    "EmailDirection",
    "DeliveryAction",
    "DeliveryLocation",
    "ThreatTypes",
    "ThreatNames",
    "DetectionMethods",
    "ConfidenceLevel",
    "BulkComplaintLevel",
    "EmailAction",
    "EmailActionPolicy",
    "EmailActionPolicyGuid",
    "AuthenticationDetails",
    "AttachmentCount",
    "UrlCount",
    "EmailLanguage",
    "Connectors",
    "OrgLevelAction",
    "OrgLevelPolicy",
    "UserLevelAction",
    "UserLevelPolicy",
    "ReportId",
    "AdditionalFields",
    "To",
    "Cc",
    "RecipientDomain",
    "EmailSize",
    "IsFirstContact",
];
