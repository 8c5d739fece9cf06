//! Makes a failing subject small: whatever can go while the check still fails goes.

use super::checks::{Check, Stop};
use super::lab::Lab;
use super::subject::Subject;

/// How many simpler subjects are tried at most.
const TRIES: usize = 400;

/// The message of the simplest subject found for which a check fails in the same way.
pub fn shrunk(lab: &Lab, check: Check, mut subject: Subject, kind: &str, mut message: String) -> String {
    let mut tries = TRIES;
    // A hang takes minutes to be told.
    if message.starts_with("hangs") {
        tries = 5;
    }
    'again: loop {
        for simpler in subject.simpler() {
            if tries == 0 {
                return message;
            }
            tries -= 1;
            if let Err(Stop::Fail(same, shorter)) = check(lab, &simpler)
                && same == kind
            {
                (subject, message) = (simpler, shorter);
                continue 'again;
            }
        }
        return message;
    }
}
