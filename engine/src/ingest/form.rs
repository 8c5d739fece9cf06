//! What a user may say about files where recognition needs help.

use chrono_tz::Tz;

use super::time::Order;

/// A form to read files as, whatever they look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// CSV with a header; its kind is recognised.
    Csv,
    /// CSV whose first line holds data: the columns are those of the table, in its order.
    CsvWithoutHeader,
    /// JSON or JSON lines; the kind of the records is recognised.
    Json,
    /// Rows whose columns are those of a table.
    Rows,
    /// Sign-ins as the Entra portal exports them.
    EntraSignIn,
    /// Directory audit as the Entra portal exports it.
    EntraAudit,
    /// Records of the unified audit log in a column `AuditData`, or bare.
    UnifiedAudit,
}

/// All forms by name.
const FORMS: [(&str, Form); 7] = [
    ("csv", Form::Csv),
    ("csv-without-header", Form::CsvWithoutHeader),
    ("entra-audit", Form::EntraAudit),
    ("entra-sign-in", Form::EntraSignIn),
    ("json", Form::Json),
    ("rows", Form::Rows),
    ("unified-audit", Form::UnifiedAudit),
];

impl Form {
    /// Returns the form of a name.
    pub fn from_name(name: &str) -> Option<Form> {
        FORMS.iter().find(|(n, _)| *n == name).map(|(_, form)| *form)
    }

    /// Returns the names of all forms.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FORMS.iter().map(|(name, _)| *name)
    }
}

/// Reads a language such as `en-AU`: how it orders the numbers of a date.
///
/// # Errors
/// When its order is not known.
pub fn order_of_locale(locale: &str) -> Result<Order, String> {
    /// Languages that put the day first.
    const DAY_FIRST: [&str; 28] = [
        "ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he", "hr", "id", "it", "nb", "nl", "no",
        "pl", "pt", "ro", "ru", "sk", "sl", "th", "tr", "uk", "vi",
    ];
    /// Languages that put the year first.
    const YEAR_FIRST: [&str; 7] = ["fa", "hu", "ja", "ko", "lt", "sv", "zh"];
    let lower = locale.to_lowercase().replace('_', "-");
    let language = lower.split('-').next().unwrap_or("");
    match lower.as_str() {
        "en-us" | "en-ph" | "es-us" => Ok(Order::MonthFirst),
        "en" => Err("`en` orders dates in two ways: name the country too, as in en-US or en-GB".to_owned()),
        "en-ca" | "fr-ca" => Ok(Order::Unknown),
        _ if DAY_FIRST.contains(&language) => Ok(Order::DayFirst),
        _ if YEAR_FIRST.contains(&language) => Ok(Order::Unknown),
        _ => Err("expected a language and country such as en-US, en-AU, fr-FR, de-DE or ja-JP".to_owned()),
    }
}

/// Reads the name of a time zone.
///
/// # Errors
/// When there is none of that name.
pub fn zone_of_name(name: &str) -> Result<Tz, String> {
    name.parse().map_err(|_| "expected an IANA time zone such as Asia/Tokyo, Europe/Paris or UTC".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn languages_order_dates_by_country() {
        for (locale, order) in [
            ("en-US", Order::MonthFirst),
            ("en-AU", Order::DayFirst),
            ("fr_FR", Order::DayFirst),
            ("ja-JP", Order::Unknown),
        ] {
            assert_eq!(order_of_locale(locale), Ok(order), "{locale}");
        }
        assert!(order_of_locale("en").is_err() && order_of_locale("xx").is_err());
    }

    #[test]
    fn every_form_has_its_name() {
        assert!(Form::names().all(|name| Form::from_name(name).is_some()));
        assert!(FORMS.is_sorted_by_key(|(name, _)| *name));
    }
}
