//! IdentityLogonEvents: guessed passwords that did and did not lead in, a spray, and ordinary logons.

use std::borrow::Cow;

use rehunt_lang::time::{HOUR, SECOND, datetime_text};
use serde_json::json;

use super::table::{Cell, Row};
use super::tenant::{DOMAIN, MILLISECOND, OFFICE_IP, address, at, delay, object_id, report_id, user};

/// Rows of the scenario; the background's ordinals follow.
const SCENARIO: usize = 1141;

/// A logon that succeeded or failed.
#[derive(Clone, Debug)]
pub(super) struct Logon {
    office: u32,
    ordinal: usize,
    time: i64,
    success: bool,
    account: String,
    isp: &'static str,
    application: &'static str,
    country: &'static str,
    ip: &'static str,
}

impl Logon {
    /// From the hosting company where the guessing comes from.
    fn hosted(time: i64, success: bool, account: &str) -> Self {
        Self {
            office: 0,
            ordinal: 0,
            time,
            success,
            account: account.to_owned(),
            isp: "Evil Hosting",
            application: "Microsoft 365",
            country: "NL",
            ip: "203.0.113.66",
        }
    }
}

/// Failures of one account, two a second, and successes so many milliseconds after the last.
struct Guessing {
    account: &'static str,
    start: i64,
    failures: i64,
    successes: &'static [i64],
    isp: &'static str,
    application: &'static str,
}

/// The hunt wants more than 100 failures within a minute of the clock and a success up to 10 s later.
fn guessing() -> Vec<Guessing> {
    let case = |account, start, successes| Guessing {
        account,
        start,
        failures: 101,
        successes,
        isp: "Evil Hosting",
        application: "Microsoft 365",
    };
    let morning = |hour| at(2, hour, 15, 0);
    vec![
        case("v01", morning(1), &[8_000, 9_000]),
        case("v02", morning(2), &[10_000]),
        case("v03", morning(3), &[10_001]),
        Guessing { failures: 100, ..case("v04", morning(4), &[5_000]) },
        // Split between two minutes of the clock.
        case("v05", morning(5) + 30 * SECOND, &[5_000]),
        Guessing { isp: "Microsoft Azure", ..case("v06", morning(6), &[5_000]) },
        Guessing { application: "Active Directory", ..case("v07", morning(7), &[5_000]) },
        // Its success comes from elsewhere.
        case("v08", morning(8), &[]),
        // Its success came before.
        case("v09", morning(9), &[]),
        // Older than the hunt's 7 days.
        case("v11", at(8, 1, 15, 0), &[5_000]),
    ]
}

fn attempts(case: &Guessing) -> Vec<Logon> {
    let one = |time, success| Logon {
        isp: case.isp,
        application: case.application,
        ..Logon::hosted(time, success, case.account)
    };
    let pace = 500 * MILLISECOND;
    let last = case.start + pace * (case.failures - 1);
    let mut logons: Vec<_> = (0..case.failures).map(|n| one(case.start + pace * n, false)).collect();
    logons.extend(case.successes.iter().map(|after| one(last + after * MILLISECOND, true)));
    match case.account {
        "v08" => {
            logons.push(Logon { isp: "Home Broadband", country: "JP", ip: OFFICE_IP, ..one(last + 5 * SECOND, true) })
        }
        "v09" => logons.insert(0, one(case.start - 5 * SECOND, true)),
        _ => {}
    }
    logons
}

/// Three tries at each of 40 accounts, then one hit: too few an account for the hunt above.
fn spray() -> impl Iterator<Item = Logon> {
    let from = |logon| Logon { ip: "203.0.113.200", ..logon };
    let tries = (1..=40).flat_map(|n| (0..3).map(move |round| (n, round)));
    tries
        .map(move |(n, round)| from(Logon::hosted(at(2, 20, round, n), false, &user(0, n as u64))))
        .chain([from(Logon::hosted(at(2, 20, 3, 0), true, "u17"))])
}

impl Row for Logon {
    const TABLE: &'static str = "IdentityLogonEvents";
    const FILE: &'static str = "IdentityLogonEvents.csv";
    const BYTE_ORDER_MARK: bool = false;
    const BACKGROUND_DAYS: i64 = 10;

    fn header() -> Vec<Cow<'static, str>> {
        HEADER.iter().copied().map(Cow::Borrowed).collect()
    }

    fn scenario() -> Vec<Self> {
        let rows = guessing().iter().flat_map(attempts).chain(spray()).collect::<Vec<_>>();
        debug_assert_eq!(rows.len(), SCENARIO);
        rows.into_iter().zip(0..).map(|(logon, ordinal)| Self { ordinal, ..logon }).collect()
    }

    fn background(days_ago: i64, office: u32) -> Vec<Self> {
        let day = (Self::BACKGROUND_DAYS - days_ago) as usize;
        let ordinary = |k: usize| Self {
            office,
            ordinal: SCENARIO + day * 10 + k,
            isp: "Example ISP",
            country: "JP",
            ip: OFFICE_IP,
            ..Self::hosted(at(days_ago, k as i64, 20, 0) + delay(office, HOUR), true, &user(office, k as u64 + 1))
        };
        (0..10).map(ordinary).collect()
    }

    fn time(&self) -> i64 {
        self.time
    }

    fn tie_break(&self) -> String {
        report_id("ile", self.office, self.ordinal)
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        let by = |success, failure| if self.success { success } else { failure };
        vec![
            ("Timestamp", datetime_text(self.time).into()),
            ("ActionType", by("LogonSuccess", "LogonFailed").into()),
            ("Application", self.application.into()),
            ("LogonType", by("Login:login", "Failed logon").into()),
            ("FailureReason", by("", "WrongPassword").into()),
            ("AccountName", self.account.as_str().into()),
            ("AccountDomain", DOMAIN.into()),
            ("AccountUpn", address(&self.account).into()),
            ("AccountObjectId", object_id(&self.account).into()),
            ("AccountDisplayName", self.account.as_str().into()),
            ("DeviceType", "Desktop".into()),
            ("OSPlatform", "Windows 10".into()),
            ("IPAddress", self.ip.into()),
            ("Location", self.country.into()),
            ("CountryCode", self.country.into()),
            ("ISP", self.isp.into()),
            ("ReportId", self.tie_break().into()),
            ("AdditionalFields", json!({"ARG.CLOUD_SERVICE": "Microsoft 365"}).to_string().into()),
        ]
    }
}

const HEADER: &[&str] = &[
    "Timestamp",
    "ActionType",
    "Application",
    "LogonType",
    "Protocol",
    "FailureReason",
    "AccountName",
    "AccountDomain",
    "AccountUpn",
    "AccountSid",
    "AccountObjectId",
    "AccountDisplayName",
    "DeviceName",
    "DeviceType",
    "OSPlatform",
    "IPAddress",
    "Port",
    "DestinationDeviceName",
    "DestinationIPAddress",
    "DestinationPort",
    "TargetDeviceName",
    "TargetAccountDisplayName",
    "Location",
    "CountryCode",
    "ISP",
    "ReportId",
    "AdditionalFields",
];
