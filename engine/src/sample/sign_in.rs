//! SigninLogs: the Entra portal's export of interactive sign-ins, with journeys no traveller could make.

use std::borrow::Cow;

use rehunt_lang::time::{HOUR, MINUTE};

use super::table::{Cell, Row};
use super::tenant::{
    EXCHANGE_APP, INTRUDER_SESSION, INTRUDER_V4, INTRUDER_V6, Id, OFFICE_IP, TENANT, VICTIM, address, at, delay,
    object_id, seconds_text, user,
};
use crate::ingest::SIGN_IN_ORDER;

const EDGE: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Edg/120.0";
const TOR: &str = "Mozilla/5.0 (Windows NT 10.0; rv:109.0) Gecko/20100101 Firefox/115.0";
const EXCHANGE: &str = "Office 365 Exchange Online";

/// Sign-ins of office 0 in a day.
const A_DAY: usize = 45;

/// An interactive sign-in.
#[derive(Clone, Debug)]
pub(super) struct SignIn {
    office: u32,
    ordinal: usize,
    time: i64,
    account: String,
    country: &'static str,
    ip: &'static str,
    /// 0 is success.
    error: u32,
    application: &'static str,
    agent: &'static str,
    /// A session of several sign-ins; a session of its own without.
    session: Option<&'static str>,
}

impl SignIn {
    fn new(time: i64, account: &str, country: &'static str, ip: &'static str) -> Self {
        Self {
            office: 0,
            ordinal: 0,
            time,
            account: account.to_owned(),
            country,
            ip,
            error: 0,
            application: EXCHANGE,
            agent: EDGE,
            session: None,
        }
    }

    fn home(time: i64, account: &str) -> Self {
        Self::new(time, account, "JP", OFFICE_IP)
    }

    fn intruder(time: i64, account: &str, country: &'static str, ip: &'static str) -> Self {
        Self { agent: TOR, ..Self::new(time, account, country, ip) }
    }

    fn id(&self, family: u32) -> String {
        Id { family, office: self.office, index: self.ordinal as u64 }.to_string()
    }
}

fn city(country: &str) -> &'static str {
    match country {
        "US" => "Ashburn, Virginia, US",
        "FR" => "Roubaix, Nord, FR",
        "GB" => "London, England, GB",
        "DE" => "Berlin, Berlin, DE",
        _ => "Chiyoda-ku, Tokyo, JP",
    }
}

fn failure(error: u32) -> &'static str {
    match error {
        50126 => "Error validating credentials due to invalid username or password.",
        50074 => "Strong Authentication is required.",
        _ => "Other.",
    }
}

impl Row for SignIn {
    const TABLE: &'static str = "SigninLogs";
    const FILE: &'static str = "InteractiveSignIns_2025-05-17_2025-06-16.csv";
    const BYTE_ORDER_MARK: bool = true;
    const BACKGROUND_DAYS: i64 = 30;

    fn header() -> Vec<Cow<'static, str>> {
        SIGN_IN_ORDER.into_iter().map(Cow::Borrowed).collect()
    }

    fn scenario() -> Vec<Self> {
        let taken = |sign_in| Self { session: Some(INTRUDER_SESSION), ..sign_in };
        let mut sign_ins = vec![
            // The victim's account is taken over, from two countries within minutes.
            Self::home(at(4, 13, 45, 0), VICTIM),
            taken(Self::intruder(at(4, 13, 50, 17), VICTIM, "US", INTRUDER_V6)),
            taken(Self::intruder(at(4, 13, 51, 40), VICTIM, "FR", INTRUDER_V4)),
            Self { application: "Azure Portal", ..taken(Self::intruder(at(4, 14, 11, 43), VICTIM, "US", INTRUDER_V6)) },
        ];
        // Others that the same intruder tried.
        sign_ins.extend(
            (0..3).map(|n| Self { error: 50126, ..Self::intruder(at(4, 13, 58, 10 * n), "raju", "US", INTRUDER_V6) }),
        );
        sign_ins.extend([
            Self::home(at(4, 16, 15, 0), "alicea"),
            Self::intruder(at(4, 16, 19, 0), "alicea", "FR", INTRUDER_V4),
            Self::intruder(at(4, 17, 2, 0), "caq", "US", INTRUDER_V6),
            // Two countries in exactly 10 minutes, in a second more, one country, a failure, across a bin's edge.
            Self::home(at(6, 10, 0, 0), "u21"),
            Self::new(at(6, 10, 10, 0), "u21", "GB", "192.0.2.121"),
            Self::home(at(6, 10, 0, 0), "u22"),
            Self::new(at(6, 10, 10, 1), "u22", "GB", "192.0.2.122"),
            Self::home(at(6, 10, 0, 0), "u23"),
            Self::new(at(6, 10, 5, 0), "u23", "JP", "192.0.2.123"),
            Self::home(at(6, 10, 0, 0), "u24"),
            Self { error: 50074, ..Self::new(at(6, 10, 5, 0), "u24", "GB", "192.0.2.124") },
            Self::home(at(6, 10, 9, 58), "u25"),
            Self::new(at(6, 10, 10, 3), "u25", "DE", "192.0.2.125"),
        ]);
        let before = A_DAY * Self::BACKGROUND_DAYS as usize;
        sign_ins.into_iter().zip(before..).map(|(sign_in, ordinal)| Self { ordinal, ..sign_in }).collect()
    }

    fn background(days_ago: i64, office: u32) -> Vec<Self> {
        let morning = at(days_ago, 0, 0, 0) + delay(office, 20 * HOUR);
        let mut sign_ins: Vec<_> =
            (1..=40).map(|n| Self::home(morning + (30 + n) * MINUTE, &user(office, n as u64))).collect();
        if office == 0 {
            sign_ins.extend([0, 9].map(|hour| Self::home(at(days_ago, hour, 45, 0), VICTIM)));
            sign_ins.extend(["alicea", "raju", "caq"].map(|account| Self::home(at(days_ago, 1, 5, 0), account)));
        }
        let ordinals = A_DAY * (Self::BACKGROUND_DAYS - days_ago) as usize..;
        sign_ins.into_iter().zip(ordinals).map(|(sign_in, ordinal)| Self { office, ordinal, ..sign_in }).collect()
    }

    fn time(&self) -> i64 {
        self.time
    }

    fn tie_break(&self) -> String {
        self.id(0x516)
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        let success = self.error == 0;
        vec![
            ("Date (UTC)", format!("{}Z", seconds_text(self.time)).into()),
            ("Request ID", self.id(0x516).into()),
            ("User agent", self.agent.into()),
            ("Correlation ID", self.id(0xc0).into()),
            ("User ID", object_id(&self.account).into()),
            ("User", self.account.as_str().into()),
            ("Username", address(&self.account).into()),
            ("User type", "member".into()),
            ("Application", self.application.into()),
            ("Application ID ", EXCHANGE_APP.into()),
            ("Resource", self.application.into()),
            ("Home tenant ID", TENANT.into()),
            ("IP address", self.ip.into()),
            ("Location", city(self.country).into()),
            ("Status", if success { "Success" } else { "Failure" }.into()),
            ("Sign-in error code", if success { String::new() } else { self.error.to_string() }.into()),
            ("Failure reason", failure(self.error).into()),
            ("Client app", "Browser".into()),
            ("Browser", "Edge 120".into()),
            ("Operating System", "Windows10".into()),
            ("Compliant", "No".into()),
            ("Managed", "No".into()),
            ("Authentication requirement", "Single-factor authentication".into()),
            ("Session ID", self.session.map_or_else(|| self.id(0x5e5), str::to_owned).into()),
            ("Flagged for review", "No".into()),
            ("Token issuer type", "Azure AD".into()),
            ("Latency", "120".into()),
            ("Conditional Access", "Not Applied".into()),
        ]
    }
}
