//! What the intruder did, in the order of the story, and what others did that looks like it.

use serde_json::{Value, json};

use super::ordinary::session;
use super::{
    Client, DIRECTORY, EXCHANGE_ADMIN, EXCHANGE_AGGREGATED, EXCHANGE_ITEM, EXCHANGE_ITEM_GROUP, Record, file, folder,
    login, mailbox, merge, message_id, named,
};
use crate::sample::tenant::{EXCHANGE_APP, INTRUDER_SESSION, INTRUDER_V6, OFFICE_IP, VICTIM, address, at, user};

const APPLICATION: &str = "80cf2cdc-2178-400b-ab98-a0677b6bd694";
const SCOPE: &str = " Mail.ReadWrite MailboxSettings.ReadWrite User.Read";
const BROWSER: (&str, Client) = (INTRUDER_V6, Client::Browser);

pub(super) fn records() -> Vec<Record> {
    let mut records = vec![login(at(4, 14, 0, 0), VICTIM, INTRUDER_V6, true)];
    records.extend(rules());
    records.extend(mail());
    records.push(forwarding());
    records.extend(files());
    records.extend(deletions());
    records.push(rule_removed());
    records.extend(spray());
    records.extend(application());
    records
}

/// An inbox rule, with the client's address as Exchange writes it: with a port, IPv6 in brackets.
fn rule(
    time: i64,
    operation: &'static str,
    account: &str,
    ip: &str,
    parameters: &[(&str, &str)],
    session: &str,
) -> Record {
    let name = match parameters.iter().find(|(name, _)| *name == "Name") {
        Some((_, value)) => value,
        None => "..",
    };
    let more = json!({
        "ResultStatus": "True",
        "UserType": 2,
        "ClientIP": if ip.contains(':') { format!("[{ip}]:36185") } else { format!("{ip}:36185") },
        "ObjectId": format!("JPNP286A001.PROD.OUTLOOK.COM/{account}\\{name}"),
        "AppId": EXCHANGE_APP,
        "ClientAppId": "",
        "ExternalAccess": false,
        "OriginatingServer": "OS3P286MB1255 (15.20.7068.030)\r\n",
        "Parameters": named(parameters),
        "SessionId": session,
    });
    Record::new(time, EXCHANGE_ADMIN, operation, account, "Exchange", more)
}

/// Two rules that hide the replies of the defrauded, an ordinary one, and one that forwards inside the tenant.
fn rules() -> [Record; 4] {
    let boss = address("boss");
    let created =
        |time, account, ip, parameters, session: &str| rule(time, "New-InboxRule", account, ip, parameters, session);
    [
        created(
            at(4, 14, 1, 10),
            VICTIM,
            INTRUDER_V6,
            &[
                ("AlwaysDeleteOutlookRulesBlob", "False"),
                ("Force", "False"),
                ("MoveToFolder", "Deleted Items"),
                ("Name", ".."),
                ("SubjectOrBodyContainsWords", "REVISED INVOICE"),
                ("MarkAsRead", "True"),
                ("StopProcessingRules", "False"),
            ],
            INTRUDER_SESSION,
        ),
        created(
            at(4, 14, 2, 0),
            VICTIM,
            INTRUDER_V6,
            &[
                ("MoveToFolder", "RSS Feeds"),
                ("Name", "."),
                ("SubjectOrBodyContainsWords", "undeliverable"),
                ("MarkAsRead", "True"),
            ],
            INTRUDER_SESSION,
        ),
        created(
            at(5, 2, 0, 0),
            "u02",
            OFFICE_IP,
            &[
                ("MoveToFolder", "Project A"),
                ("Name", "Project A"),
                ("From", "pm@partner1.example"),
                ("StopProcessingRules", "True"),
            ],
            &session(2, 2),
        ),
        created(at(5, 2, 30, 0), "u03", OFFICE_IP, &[("Name", "Cover"), ("ForwardTo", &boss)], &session(3, 0x12)),
    ]
}

/// The intruder takes the first rule away again.
fn rule_removed() -> Record {
    rule(
        at(4, 14, 40, 0),
        "Remove-InboxRule",
        VICTIM,
        INTRUDER_V6,
        &[("AlwaysDeleteOutlookRulesBlob", "False"), ("Identity", r"johanna\..")],
        INTRUDER_SESSION,
    )
}

/// Twelve false invoices, then the mailbox is synchronised and read.
fn mail() -> Vec<Record> {
    let mut records: Vec<_> = (0..12)
        .map(|n| {
            let item = json!({
                "Id": "Unknown",
                "InternetMessageId": message_id("inv-", format!("{n:02}")),
                "Subject": "REVISED INVOICE",
            });
            let more = json!({"SessionId": INTRUDER_SESSION, "Item": item});
            mailbox(at(4, 14, 3, 5 * n), EXCHANGE_ITEM, "Send", VICTIM, BROWSER, more)
        })
        .collect();
    let items = |prefix: &str, count: u32| -> Value {
        (0..count).map(|n| json!({"InternetMessageId": message_id(prefix, n)})).collect()
    };
    let opened = |items: Value, folder: Value| merge(json!({"FolderItems": items}), folder);
    let accessed = |minute, access: &str, folders: Value, count: u32| {
        let more = json!({
            "SessionId": INTRUDER_SESSION,
            "OperationProperties": named(&[("MailAccessType", access), ("IsThrottled", "False")]),
            "Folders": folders,
            "OperationCount": count,
        });
        mailbox(at(4, 14, minute, 0), EXCHANGE_AGGREGATED, "MailItemsAccessed", VICTIM, BROWSER, more)
    };
    let inbox = folder("LgInbox", "Inbox");
    let sent = folder("LgSent", "Sent Items");
    records.push(accessed(5, "Sync", json!([opened(json!([]), inbox.clone())]), 1));
    let both = json!([opened(items("s", 20), inbox), opened(items("t", 5), sent)]);
    records.push(accessed(6, "Bind", both, 25));
    records
}

/// The victim's mail is forwarded to the outside.
fn forwarding() -> Record {
    let parameters = [
        ("Identity", &*address(VICTIM)),
        ("ForwardingSmtpAddress", "smtp:drop@mailbox.example"),
        ("DeliverToMailboxAndForward", "True"),
    ];
    let more = json!({
        "ResultStatus": "True",
        "ClientIP": format!("[{INTRUDER_V6}]:36186"),
        "ObjectId": VICTIM,
        "Parameters": named(&parameters),
        "SessionId": INTRUDER_SESSION,
    });
    Record::new(at(4, 14, 8, 0), EXCHANGE_ADMIN, "Set-Mailbox", VICTIM, "Exchange", more)
}

/// Files read within the hour after the login, and one a second too late.
fn files() -> [Record; 4] {
    let taken = |time, operation, name| file(time, operation, VICTIM, INTRUDER_V6, name);
    [
        taken(at(4, 14, 12, 10), "FileDownloaded", "PO_EcoGreenLand_inc.docx"),
        taken(at(4, 14, 13, 40), "FileAccessed", "Price list.xlsx"),
        taken(at(4, 14, 15, 38), "FileDownloaded", "Comprehensive ERP System Requirements.docx"),
        taken(at(4, 15, 0, 1), "FileDownloaded", "late.docx"),
    ]
}

/// The traces are deleted; somebody else deletes a newsletter.
fn deletions() -> [Record; 4] {
    let inbox = || folder("LgInbox", "Inbox");
    let sent = || folder("LgSent", "Sent Items");
    let items = |numbers: std::ops::Range<u32>, subject: &str, path: &str| -> Value {
        numbers
            .map(|n| {
                json!({
                    "Id": format!("Rg{n:06}"),
                    "InternetMessageId": message_id("inv-", format!("{n:02}")),
                    "ParentFolder": folder(&format!("Lg{path}"), path),
                    "Subject": subject,
                })
            })
            .collect()
    };
    let deleted = |time, operation, account, client, session: &str, affected: Value, more: Value| {
        let affected = json!({"SessionId": session, "AffectedItems": affected});
        mailbox(time, EXCHANGE_ITEM_GROUP, operation, account, client, merge(affected, more))
    };
    let by_intruder = |minute, operation, affected, more| {
        deleted(at(4, 14, minute, 0), operation, VICTIM, BROWSER, INTRUDER_SESSION, affected, more)
    };
    let from = |folder: Value| json!({"CrossMailboxOperation": false, "Folder": folder});
    let moved = merge(json!({"DestFolder": folder("LgDel", "Deleted Items")}), from(inbox()));
    [
        by_intruder(20, "HardDelete", items(0..12, "REVISED INVOICE", "Sent Items"), from(sent())),
        by_intruder(25, "SoftDelete", items(100..103, "Undeliverable: REVISED INVOICE", "Inbox"), from(inbox())),
        by_intruder(26, "MoveToDeletedItems", items(200..201, "RE: REVISED INVOICE", "Inbox"), moved),
        deleted(
            at(3, 4, 0, 0),
            "SoftDelete",
            "u04",
            (OFFICE_IP, Client::Outlook),
            &session(4, 0x14),
            items(300..301, "old newsletter", "Inbox"),
            from(inbox()),
        ),
    ]
}

/// A spray over 40 accounts that gets into one, and one over two accounts, too few for the hunt.
fn spray() -> Vec<Record> {
    const WIDE: &str = "203.0.113.200";
    const NARROW: &str = "203.0.113.201";
    let tries = (1..=40).flat_map(|n| (0..2).map(move |round| (n, round)));
    let mut records: Vec<_> =
        tries.map(|(n, round)| login(at(2, 20, round, n), &user(0, n as u64), WIDE, false)).collect();
    records.extend([
        login(at(2, 20, 3, 0), "u17", WIDE, true),
        login(at(2, 21, 0, 0), "u06", NARROW, false),
        login(at(2, 21, 0, 0), "u08", NARROW, false),
        login(at(2, 21, 1, 0), "u06", NARROW, true),
    ]);
    records
}

/// The intruder's application; operations end in a full stop, the one about secrets in a blank.
fn application() -> [Record; 8] {
    let change = |time, operation, properties: &[(&str, &str)], target: &str| {
        let properties: Value =
            properties.iter().map(|(name, new)| json!({"Name": name, "NewValue": new, "OldValue": ""})).collect();
        let more = json!({
            "ResultStatus": "Success",
            "ClientIP": INTRUDER_V6,
            "ObjectId": APPLICATION,
            "AzureActiveDirectoryEventType": 1,
            "ExtendedProperties": named(&[("additionalDetails", r#"{"User-Agent":"EvoSTS"}"#)]),
            "ModifiedProperties": properties,
            "Actor": [{"ID": address(VICTIM), "Type": 5}],
            "Target": [
                {"ID": format!("Application_{APPLICATION}"), "Type": 2},
                {"ID": APPLICATION, "Type": 2},
                {"ID": "Application", "Type": 2},
                {"ID": target, "Type": 1},
            ],
        });
        Record::new(time, DIRECTORY, operation, VICTIM, "AzureActiveDirectory", more)
    };
    let updated = &[("Included Updated Properties", "")];
    let permissions = format!(
        "[] => [[Id: x, ClientId: y, PrincipalId: z, ResourceId: w, ConsentType: AllPrincipals, Scope: {SCOPE}]]; "
    );
    let consent = [("ConsentContext.IsAdminConsent", "True"), ("ConsentAction.Permissions", &*permissions)];
    let grant = [("DelegatedPermissionGrant.Scope", SCOPE), ("DelegatedPermissionGrant.ConsentType", "AllPrincipals")];
    let secrets = "Update application \u{2013} Certificates and secrets management ";
    [
        change(at(4, 13, 55, 36), "Add application.", updated, "chatbot"),
        change(at(4, 13, 55, 36), "Add owner to application.", updated, "chatbot"),
        change(at(4, 13, 55, 37), "Add service principal.", updated, "chatbot"),
        change(at(4, 13, 55, 37), "Add owner to service principal.", updated, "chatbot"),
        change(at(4, 13, 56, 6), secrets, updated, "chatbot"),
        change(at(4, 13, 57, 2), "Add app role assignment grant to user.", updated, "chatbot"),
        change(at(4, 14, 4, 58), "Consent to application.", &consent, "chatbot"),
        change(at(4, 14, 4, 58), "Add delegated permission grant.", &grant, "Microsoft Graph"),
    ]
}
