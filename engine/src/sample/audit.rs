//! AuditLogs: the Entra portal's export of directory changes: a rogue application, new sign-in methods, devices.

use std::borrow::Cow;

use rehunt_lang::time::datetime_text;

use super::table::{Cell, Row};
use super::tenant::{INTRUDER_V4, INTRUDER_V6, Id, MILLISECOND, OFFICE_IP, VICTIM, address, at, object_id, user};

const APPLICATION: &str = "80cf2cdc-2178-400b-ab98-a0677b6bd694";
const PRINCIPAL: &str = "90cf2cdc-2178-400b-ab98-a0677b6bd694";
const SCOPE: &str = r#"" Mail.ReadWrite MailboxSettings.ReadWrite User.Read""#;

/// Objects a row can name, and properties changed of each.
const TARGETS: usize = 3;
const PROPERTIES: usize = 5;

/// A change in the directory.
#[derive(Clone, Debug)]
pub(super) struct Audit {
    ordinal: usize,
    time: i64,
    service: &'static str,
    category: &'static str,
    activity: &'static str,
    actor: Actor,
    ip: &'static str,
    success: bool,
    reason: &'static str,
    targets: Vec<Target>,
}

#[derive(Clone, Copy, Debug)]
enum Actor {
    User(&'static str),
    Application(&'static str),
}

#[derive(Clone, Debug)]
struct Target {
    kind: &'static str,
    name: &'static str,
    id: String,
    address: String,
    /// Names and new values; there are no old ones.
    properties: &'static [(&'static str, &'static str)],
}

impl Target {
    fn new(kind: &'static str, name: &'static str, id: impl Into<String>) -> Self {
        let properties = &[("Included Updated Properties", r#""""#)];
        Self { kind, name, id: id.into(), address: String::new(), properties }
    }

    fn user(name: &'static str, account: &str) -> Self {
        Self { address: address(account), ..Self::new("User", name, object_id(account)) }
    }
}

impl Audit {
    fn directory(time: i64, category: &'static str, activity: &'static str, targets: Vec<Target>) -> Self {
        Self {
            ordinal: 0,
            time,
            service: "Core Directory",
            category,
            activity,
            actor: Actor::User("admin"),
            ip: OFFICE_IP,
            success: true,
            reason: "",
            targets,
        }
    }
}

/// An administrator's daily updates.
fn updates() -> impl Iterator<Item = Audit> {
    (0..30).map(|day| {
        let target = Target::user("", &user(0, day as u64 + 1));
        Audit::directory(at(30 - day, 3, 0, 0), "UserManagement", "Update user", vec![target])
    })
}

/// The victim's account makes an application that may read mail, and an administrator makes an ordinary one.
fn applications() -> Vec<Audit> {
    let by_intruder = |audit| Audit { actor: Actor::User(VICTIM), ip: INTRUDER_V6, ..audit };
    let change = |time, activity, target| Audit::directory(time, "ApplicationManagement", activity, vec![target]);
    let chatbot = || Target::new("ServicePrincipal", "chatbot", PRINCIPAL);
    let grant = Target {
        properties: &[
            ("DelegatedPermissionGrant.Scope", SCOPE),
            ("DelegatedPermissionGrant.ConsentType", r#""AllPrincipals""#),
        ],
        ..Target::new("ServicePrincipal", "Microsoft Graph", "c6de1beb-0000-4000-8000-000000000000")
    };
    let consent = Target { properties: &[("ConsentContext.IsAdminConsent", r#""True""#)], ..chatbot() };
    let payroll = |kind, index| Target::new(kind, "Payroll", Id::new(0xaa, index).to_string());
    vec![
        by_intruder(change(at(4, 13, 55, 36), "Add application", Target::new("Application", "chatbot", APPLICATION))),
        by_intruder(change(at(4, 13, 55, 37), "Add service principal", chatbot())),
        by_intruder(Audit {
            category: "UserManagement",
            ..change(at(4, 13, 57, 2), "Add app role assignment grant to user", chatbot())
        }),
        by_intruder(change(at(4, 14, 4, 58), "Add delegated permission grant", grant)),
        by_intruder(change(at(4, 14, 4, 58), "Consent to application", consent)),
        change(at(9, 5, 0, 0), "Add application", payroll("Application", 1)),
        change(at(9, 5, 1, 0), "Add service principal", payroll("ServicePrincipal", 2)),
    ]
}

/// Sign-in methods registered by their owner and by the intruder.
fn security_info() -> Vec<Audit> {
    let change = |time, account: &'static str, activity| Audit {
        service: "Authentication Methods",
        actor: Actor::User(account),
        ip: INTRUDER_V6,
        ..Audit::directory(time, "UserManagement", activity, vec![Target::user(account, account)])
    };
    const REGISTERED: &str = "User registered security info";
    vec![
        Audit { ip: OFFICE_IP, ..change(at(12, 6, 0, 0), "u30", REGISTERED) },
        change(at(4, 14, 32, 10), VICTIM, "User started security info registration"),
        Audit {
            reason: "User registered Authenticator App with Notification and Code",
            ..change(at(4, 14, 32, 40), VICTIM, REGISTERED)
        },
        Audit {
            success: false,
            reason: "User failed to register Phone",
            ..change(at(4, 14, 33, 5), VICTIM, REGISTERED)
        },
        Audit { service: "Azure MFA", ip: INTRUDER_V4, ..change(at(4, 16, 21, 5), "alicea", REGISTERED) },
    ]
}

/// A device of an ordinary user and one of the intruder's; owner and user are added before the registration.
fn devices() -> Vec<Audit> {
    const SERVICE: &str = "Device Registration Service";
    let cases = [
        (at(20, 7, 0, 0), "u31", "DESKTOP-001", 1, OFFICE_IP),
        (at(4, 14, 36, 52), VICTIM, "DESKTOP-002", 2, INTRUDER_V6),
    ];
    let rows = cases.map(|(time, account, name, index, ip)| {
        let device = || Target::new("Device", name, Id::new(0xde, index).to_string());
        let linked = |millisecond, activity| Audit {
            actor: Actor::Application(SERVICE),
            ip: "",
            ..Audit::directory(
                time + millisecond * MILLISECOND,
                "Device",
                activity,
                vec![Target::user("", account), device()],
            )
        };
        [
            linked(496, "Add registered owner to device"),
            linked(500, "Add registered users to device"),
            Audit {
                service: SERVICE,
                actor: Actor::User(account),
                ip,
                ..Audit::directory(time + 784 * MILLISECOND, "Device", "Register device", vec![device()])
            },
        ]
    });
    rows.into_iter().flatten().collect()
}

impl Row for Audit {
    const TABLE: &'static str = "AuditLogs";
    const FILE: &'static str = "AuditLogs_2025-06-16.csv";
    const BYTE_ORDER_MARK: bool = true;

    fn header() -> Vec<Cow<'static, str>> {
        let mut names: Vec<Cow<'static, str>> = ACTOR.iter().copied().map(Cow::Borrowed).collect();
        names.extend(TARGET.iter().flatten().copied().map(Cow::Borrowed));
        names.extend((1..=6).flat_map(|n| ["Key", "Value"].map(|part| format!("AdditionalDetail{n}{part}").into())));
        names
    }

    fn scenario() -> Vec<Self> {
        let rows = updates().chain(applications()).chain(security_info()).chain(devices());
        rows.zip(0..).map(|(audit, ordinal)| Self { ordinal, ..audit }).collect()
    }

    fn time(&self) -> i64 {
        self.time
    }

    fn tie_break(&self) -> String {
        format!("{:05}", self.ordinal)
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        let (kind, application, account) = match self.actor {
            Actor::User(account) => ("User", "", Some(account)),
            Actor::Application(name) => ("Application", name, None),
        };
        let principal = Id::new(0xd25, 1).to_string();
        let mut cells: Vec<Cell<'_>> = vec![
            ("Date (UTC)", datetime_text(self.time).replace('Z', "+00:00").into()),
            ("CorrelationId", Id::new(0xc1, self.ordinal as u64).to_string().into()),
            ("Service", self.service.into()),
            ("Category", self.category.into()),
            ("Activity", self.activity.into()),
            ("Result", if self.success { "Success" } else { "Failure" }.into()),
            ("ResultReason", self.reason.into()),
            ("User Agent", "Mozilla/5.0".into()),
            ("ActorType", kind.into()),
            ("ActorDisplayName", application.into()),
            ("ActorObjectId", account.map(object_id).unwrap_or_default().into()),
            ("ActorUserPrincipalName", account.map(address).unwrap_or_default().into()),
            ("IPAddress", self.ip.into()),
            ("ActorServicePrincipalId", if account.is_none() { principal } else { String::new() }.into()),
        ];
        for (target, names) in self.targets.iter().zip(&TARGET) {
            let facts = [target.kind, target.name, &target.id, &target.address];
            let properties = target.properties.iter().flat_map(|(name, new)| [*name, "", *new]);
            cells.extend(names.iter().copied().zip(facts.into_iter().chain(properties).map(Cow::Borrowed)));
        }
        cells.extend([("AdditionalDetail1Key", "User-Agent".into()), ("AdditionalDetail1Value", "Mozilla/5.0".into())]);
        cells
    }
}

const ACTOR: [&str; 17] = [
    "Date (UTC)",
    "CorrelationId",
    "Service",
    "Category",
    "Activity",
    "Result",
    "ResultReason",
    "User Agent",
    "ActorType",
    "ActorDisplayName",
    "ActorObjectId",
    "ActorUserPrincipalName",
    "IPAddress",
    "ActorHomeTenantId",
    "ActorHomeTenantName",
    "ActorServicePrincipalId",
    "ActorServicePrincipalName",
];

/// The columns of one target: four facts, then three of each property.
macro_rules! target_columns {
    ($n:literal) => {
        [
            concat!("Target", $n, "Type"),
            concat!("Target", $n, "DisplayName"),
            concat!("Target", $n, "ObjectId"),
            concat!("Target", $n, "UserPrincipalName"),
            concat!("Target", $n, "ModifiedProperty1Name"),
            concat!("Target", $n, "ModifiedProperty1OldValue"),
            concat!("Target", $n, "ModifiedProperty1NewValue"),
            concat!("Target", $n, "ModifiedProperty2Name"),
            concat!("Target", $n, "ModifiedProperty2OldValue"),
            concat!("Target", $n, "ModifiedProperty2NewValue"),
            concat!("Target", $n, "ModifiedProperty3Name"),
            concat!("Target", $n, "ModifiedProperty3OldValue"),
            concat!("Target", $n, "ModifiedProperty3NewValue"),
            concat!("Target", $n, "ModifiedProperty4Name"),
            concat!("Target", $n, "ModifiedProperty4OldValue"),
            concat!("Target", $n, "ModifiedProperty4NewValue"),
            concat!("Target", $n, "ModifiedProperty5Name"),
            concat!("Target", $n, "ModifiedProperty5OldValue"),
            concat!("Target", $n, "ModifiedProperty5NewValue"),
        ]
    };
}

const TARGET: [[&str; 4 + 3 * PROPERTIES]; TARGETS] = [target_columns!(1), target_columns!(2), target_columns!(3)];
