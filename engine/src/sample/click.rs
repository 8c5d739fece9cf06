//! UrlClickEvents: who followed the lure's link.

use std::borrow::Cow;

use rehunt_lang::time::datetime_text;
use serde_json::json;

use super::table::{Cell, Row};
use super::tenant::{Id, OFFICE_IP, VICTIM, address, at};

const LINK: &str = "https://login.eco-greenland.example/o";

/// A click on a link in a mail.
#[derive(Clone, Debug)]
pub(super) struct Click {
    ordinal: usize,
    time: i64,
    action: &'static str,
    account: &'static str,
    /// Which copy of the lure.
    copy: u64,
    /// Past the warning.
    through: bool,
}

impl Row for Click {
    const TABLE: &'static str = "UrlClickEvents";
    const FILE: &'static str = "UrlClickEvents.csv";
    const BYTE_ORDER_MARK: bool = false;

    fn header() -> Vec<Cow<'static, str>> {
        HEADER.iter().copied().map(Cow::Borrowed).collect()
    }

    fn scenario() -> Vec<Self> {
        let click = |time, action, account, copy, through| Self { ordinal: 0, time, action, account, copy, through };
        let clicks = [
            click(at(4, 13, 46, 12), "ClickAllowed", VICTIM, 0, false),
            click(at(4, 13, 48, 30), "ClickAllowed", VICTIM, 0, true),
            click(at(4, 14, 10, 0), "ClickBlocked", "u05", 2, false),
        ];
        clicks.into_iter().zip(0..).map(|(click, ordinal)| Self { ordinal, ..click }).collect()
    }

    fn time(&self) -> i64 {
        self.time
    }

    fn tie_break(&self) -> String {
        format!("c{}", self.ordinal)
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        let mail = Id::new(0x1f, self.copy).to_string();
        vec![
            ("Timestamp", datetime_text(self.time).into()),
            ("Url", LINK.into()),
            ("ActionType", self.action.into()),
            ("AccountUpn", address(self.account).into()),
            ("Workload", "Email".into()),
            ("NetworkMessageId", mail.clone().into()),
            ("IPAddress", OFFICE_IP.into()),
            ("IsClickedThrough", self.through.to_string().into()),
            ("UrlChain", json!([LINK]).to_string().into()),
            ("ReportId", self.tie_break().into()),
            ("AppName", "Mail".into()),
            ("AppVersion", "0.0.0000".into()),
            ("SourceId", mail.into()),
        ]
    }
}

const HEADER: &[&str] = &[
    "Timestamp",
    "Url",
    "ActionType",
    "AccountUpn",
    "Workload",
    "NetworkMessageId",
    "ThreatTypes",
    "DetectionMethods",
    "IPAddress",
    "IsClickedThrough",
    "UrlChain",
    "ReportId",
    "AppName",
    "AppVersion",
    "SourceId",
];
