//! The mails that hunts look for, each beside the near misses that must stay out.

use rehunt_lang::time::SECOND;

use super::{INBOX, Mail, PASSED};
use crate::sample::tenant::{DOMAIN, Id, MILLISECOND, NOW, VICTIM, address, at, user};

const FAILED: &str = r#"{"SPF":"fail","DKIM":"none","DMARC":"none","CompAuth":"fail"}"#;
const OVERRIDDEN: &str = r#"{"SPF":"fail","DKIM":"fail","DMARC":"fail","CompAuth":"pass"}"#;

const DIRECT_SEND: u32 = 0xd5;
const ALLOWED: u32 = 0xa4;
const INVOICE: u32 = 0x1a;
/// The mail that the victim fell for.
pub(super) const LURE: u32 = 0x1f;

const ROGUE_CONNECTOR: &str = "Relay-Partner-7";
const LEGITIMATE_CONNECTOR: &str = "Legit-Printer";

pub(super) fn mails() -> Vec<Mail> {
    let mut mails = direct_send();
    mails.extend(allowed());
    mails.extend(BURSTS.iter().flat_map(burst));
    mails.extend(edges());
    mails.extend(invoices());
    mails.extend(lures());
    mails
}

/// Mail that claims to come from the tenant itself and went straight to its mail exchanger, failing every check.
fn direct_send() -> Vec<Mail> {
    let spoofed = |n: u64, time: i64| {
        let account = user(0, n);
        Mail {
            ip: "203.0.113.77".into(),
            subject: "Voicemail 0:57 - Caller Left MSG",
            ..Mail::inbound(Id::new(DIRECT_SEND, n), time, address(&account), address(&account), FAILED)
        }
    };
    let mut mails: Vec<_> = (1..=3).map(|n| spoofed(n, at(2, 8, n as i64, 0))).collect();
    mails.extend((4..=5).map(|n| Mail {
        action: "Junked",
        location: "Junk folder",
        ..spoofed(n, at(2, 8, n as i64, 0))
    }));
    mails.extend([
        Mail { ip: "203.0.113.78".into(), from_domain: Some(DOMAIN.to_uppercase()), ..spoofed(6, at(10, 9, 0, 0)) },
        // The hunt looks back 30 days: just inside, on the edge, outside.
        spoofed(7, at(30, 0, 0, 0) + MILLISECOND),
        spoofed(8, at(30, 0, 0, 0)),
        spoofed(9, at(31, 0, 0, 0)),
        Mail {
            authentication: r#"{"SPF":"fail","DKIM":"none","DMARC":"none","CompAuth":"pass"}"#,
            ..spoofed(10, at(3, 8, 0, 0))
        },
        Mail {
            authentication: r#"{"SPF":"softfail","DKIM":"none","DMARC":"none","CompAuth":"fail"}"#,
            ..spoofed(11, at(3, 8, 1, 0))
        },
        // A look-alike domain, a foreign recipient.
        Mail { from: "ceo@yourdomain-com.example".into(), to: address("u01"), ..spoofed(12, at(3, 8, 2, 0)) },
        Mail { to: "ap@customer0.example".into(), direction: "Outbound", ..spoofed(13, at(3, 8, 3, 0)) },
        Mail { authentication: "", ..spoofed(14, at(3, 8, 4, 0)) },
        Mail { authentication: "not json{", ..spoofed(15, at(3, 8, 5, 0)) },
        // Both of these are found: a sub-domain, and a printer that sends through its connector.
        Mail { from: format!("alerts@mail.{DOMAIN}"), ..spoofed(16, at(3, 8, 6, 0)) },
        Mail { connector: LEGITIMATE_CONNECTOR, ip: "192.0.2.25".into(), ..spoofed(17, at(3, 8, 7, 0)) },
    ]);
    mails
}

/// Mail that failed every check and was let in all the same.
fn allowed() -> Vec<Mail> {
    let mut mails: Vec<_> = (0..3)
        .map(|n| Mail {
            ip: "192.0.2.55".into(),
            ..Mail::inbound(
                Id::new(ALLOWED, n),
                at(5, 7, n as i64, 0),
                format!("list{n}@forum{}.example", n % 2),
                address(&user(0, n + 1)),
                OVERRIDDEN,
            )
        })
        .collect();
    mails.push(Mail {
        ip: "192.0.2.56".into(),
        policy: "Allow list (sender domain)",
        ..Mail::inbound(Id::new(ALLOWED, 3), at(5, 9, 0, 0), "sales@vendor9.example", address("u04"), OVERRIDDEN)
    });
    mails
}

/// Many mails of one sender at an even pace.
struct Burst {
    family: u32,
    /// Days before the end of the story, hour, minute, second.
    start: (i64, i64, i64, i64),
    /// Seconds between mails.
    pace: i64,
    mails: u64,
    sender: u64,
    connector: &'static str,
    /// The envelope names the relay in place of the sender.
    relayed: bool,
    /// To the tenant's own people.
    within: bool,
    /// The export knows which account sent it.
    attributed: bool,
    recipients: u64,
}

impl Burst {
    const RELAYED: Burst = Burst {
        family: 0,
        start: (0, 0, 0, 0),
        pace: 30,
        mails: 0,
        sender: 7,
        connector: ROGUE_CONNECTOR,
        relayed: true,
        within: false,
        attributed: true,
        recipients: 1,
    };
    const PLAIN: Burst = Burst { sender: 11, connector: "", relayed: false, ..Burst::RELAYED };
}

/// The connector hunt wants 100 mails of one sender in an hour of the last 7 days; the sender hunt more than 100.
const BURSTS: &[Burst] = &[
    Burst { family: 0xc1, start: (3, 3, 0, 0), mails: 100, ..Burst::RELAYED },
    Burst { family: 0xc2, start: (3, 4, 0, 0), mails: 99, ..Burst::RELAYED },
    Burst { family: 0xc3, start: (3, 5, 0, 0), mails: 150, pace: 20, ..Burst::RELAYED },
    Burst { family: 0xc4, start: (3, 5, 0, 10), mails: 130, pace: 20, attributed: false, ..Burst::RELAYED },
    Burst { family: 0xc5, start: (3, 6, 0, 0), mails: 60, recipients: 2, ..Burst::RELAYED },
    Burst { family: 0xc6, start: (2, 3, 0, 0), mails: 50, pace: 60, sender: 12, ..Burst::RELAYED },
    Burst { family: 0xd6, start: (2, 3, 0, 30), mails: 50, pace: 60, sender: 13, ..Burst::RELAYED },
    Burst {
        family: 0xc7,
        start: (2, 4, 0, 0),
        mails: 200,
        pace: 15,
        sender: 14,
        connector: LEGITIMATE_CONNECTOR,
        within: true,
        ..Burst::PLAIN
    },
    Burst { family: 0xc8, start: (8, 3, 0, 0), mails: 150, pace: 20, ..Burst::RELAYED },
    Burst { family: 0xb1, start: (1, 9, 0, 0), mails: 101, ..Burst::PLAIN },
    Burst { family: 0xb2, start: (1, 11, 0, 0), mails: 100, ..Burst::PLAIN },
];

fn burst(burst: &Burst) -> Vec<Mail> {
    let (days_ago, hour, minute, second) = burst.start;
    let start = at(days_ago, hour, minute, second);
    let sender = user(0, burst.sender);
    let one = |n: u64, recipient: u64| {
        let to = match burst.within {
            true => address(&user(0, n % 40 + 1)),
            false => format!("target{n:03}-{recipient}@victim-corp.example"),
        };
        let time = start + burst.pace * SECOND * n as i64;
        let mail = Mail::outbound(Id::new(burst.family, n), time, &sender, to);
        Mail {
            envelope: burst.relayed.then(|| "bounce@relay-partner.example".into()),
            sender: burst.attributed.then(|| sender.clone()),
            ip: "203.0.113.9".into(),
            direction: if burst.within { "Intra-org" } else { "Outbound" },
            subject: "Payment advice",
            connector: burst.connector,
            ..mail
        }
    };
    (0..burst.mails).flat_map(|n| (0..burst.recipients).map(move |r| (n, r))).map(|(n, r)| one(n, r)).collect()
}

/// Mails exactly on the ends of a window of 7 days, and one before it.
fn edges() -> impl Iterator<Item = Mail> {
    [(0xe1, at(7, 0, 0, 0)), (0xe2, NOW), (0xe3, at(7, 0, 0, 0) - MILLISECOND)].into_iter().map(|(family, time)| Mail {
        location: INBOX,
        ..Mail::outbound(Id::new(family, 1), time, "u20", "edge@customer1.example")
    })
}

/// What the intruder sent in the victim's name.
fn invoices() -> impl Iterator<Item = Mail> {
    (0..12).map(|n| Mail {
        subject: "REVISED INVOICE",
        location: INBOX,
        ..Mail::outbound(
            Id::new(INVOICE, n),
            at(4, 14, 3, 5 * n as i64),
            VICTIM,
            format!("buyer{n:02}@customer2.example"),
        )
    })
}

/// The lure and who else got it: one copy to two people, one each to two more, the last one caught.
fn lures() -> impl Iterator<Item = Mail> {
    let copies = [
        (VICTIM, 0, "Phish", INBOX, "Delivered"),
        ("u03", 0, "", INBOX, "Delivered"),
        ("u05", 2, "", INBOX, "Delivered"),
        ("u09", 3, "Phish", "Quarantine", "Blocked"),
    ];
    copies.into_iter().zip(0..).map(|((account, index, threat, location, action), second)| Mail {
        ip: "203.0.113.50".into(),
        subject: "Purchase order review",
        urls: 1,
        threat,
        location,
        action,
        ..Mail::inbound(
            Id::new(LURE, index),
            at(4, 13, 40, second),
            "billing@eco-greenland.example",
            address(account),
            PASSED,
        )
    })
}
