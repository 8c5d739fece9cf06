//! Six people's days: a login, a mail, a look into the mailbox, a file.

use serde_json::json;

use super::{Client, EXCHANGE_AGGREGATED, EXCHANGE_ITEM, Record, file, folder, login, mailbox, message_id, named};
use crate::sample::tenant::{OFFICE_IP, VICTIM, at};

const DAYS: i64 = 7;
const ACCOUNTS: [&str; 6] = ["u01", "u02", "u03", "u04", "u05", VICTIM];

/// Returns the session of a person (from 1) on a day (from 0).
pub(super) fn session(person: usize, day: i64) -> String {
    format!("bbbbbbbb-{person:04x}-4000-8000-{day:012x}")
}

pub(super) fn records() -> Vec<Record> {
    let people = || ACCOUNTS.into_iter().zip(1..);
    (0..DAYS).flat_map(|day| people().flat_map(move |(account, person)| one_day(day, account, person))).collect()
}

fn one_day(day: i64, account: &str, person: usize) -> [Record; 4] {
    let days_ago = DAYS - day;
    let outlook = (OFFICE_IP, Client::Outlook);
    let sent = json!({
        "SessionId": session(person, day),
        "Item": {
            "Id": "Unknown",
            "InternetMessageId": message_id("bg-", format!("{account}-{day}")),
            "Subject": format!("Status {day}"),
        },
    });
    let seen: Vec<_> = (0..2).map(|n| json!({"InternetMessageId": message_id("x", n)})).collect();
    let mut inbox = json!({"FolderItems": seen});
    inbox = super::merge(inbox, folder("LgInbox", "Inbox"));
    let accessed = json!({
        "AppId": "",
        "SessionId": session(person, day),
        "OperationProperties": named(&[("MailAccessType", "Bind"), ("IsThrottled", "False")]),
        "Folders": [inbox],
        "OperationCount": 2,
    });
    [
        login(at(days_ago, 0, 40, 0), account, OFFICE_IP, true),
        mailbox(at(days_ago, 1, 0, 0), EXCHANGE_ITEM, "Send", account, outlook, sent),
        mailbox(at(days_ago, 2, 0, 0), EXCHANGE_AGGREGATED, "MailItemsAccessed", account, outlook, accessed),
        file(at(days_ago, 3, 0, 0), "FileAccessed", account, OFFICE_IP, &format!("notes-{day}.docx")),
    ]
}
