//! Functions that the services offer beside their tables: Defender's enrichments, Sentinel's watchlists. Their data is the
//! service's own and not in an export, so they bind, with the columns they give there, and are refused when they are
//! run. A stored function of the same name replaces one: that is how data of the user's own stands in for it.
//! learn.microsoft.com/defender-xdr/advanced-hunting-fileprofile-function and its kin,
//! learn.microsoft.com/azure/sentinel/watchlists-queries

/// Name and definition in KQL, sorted by name. What a watchlist has besides its fixed columns depends on the list, so
/// there it is left open.
const OF_SERVICE: &[(&str, &str)] = &[
    (
        "AssignedIPAddresses",
        "(Device: string, When: datetime = datetime(null)) { datatable(Timestamp: datetime, IPAddress: string, IPType: string, \
         NetworkAdapterType: string, ConnectedNetworks: dynamic) [] }",
    ),
    (
        "DeviceFromIP",
        "(T: (*), Ip: string = '', When: datetime = datetime(null)) { T | extend IP = '', DeviceId = '' }",
    ),
    (
        "FileProfile",
        "(T: (*), Hash: string = 'SHA1', Limit: long = 100) { T | extend MD5 = '', GlobalPrevalence = int(null), \
         GlobalFirstSeen = datetime(null), GlobalLastSeen = datetime(null), Signer = '', Issuer = '', SignerHash = '', \
         IsCertificateValid = bool(null), IsRootSignerMicrosoft = bool(null), SignatureState = '', IsExecutable = bool(null), \
         ThreatName = '', Publisher = '', SoftwareName = '', ProfileAvailability = '' }",
    ),
    ("SeenBy", "(Device: string) { datatable(DeviceId: string, DeviceName: string) [] }"),
    (
        "_GetWatchlist",
        "(name: string, keys: dynamic = dynamic(null)) { datatable(SearchKey: string, _DTItemId: string, \
         LastUpdatedTimeUTC: datetime, Item: dynamic) [] | evaluate bag_unpack(Item) }",
    ),
];

/// Returns the definition of a service's function.
pub(super) fn definition(name: &str) -> Option<&'static str> {
    OF_SERVICE.binary_search_by_key(&name, |(n, _)| n).ok().and_then(|i| OF_SERVICE.get(i)).map(|(_, text)| *text)
}

/// Tells whether a function looks a column of each row up.
pub(super) fn looks_rows_up(name: &str) -> bool {
    matches!(name, "DeviceFromIP" | "FileProfile" | "SeenBy")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_for_the_search() {
        assert!(OF_SERVICE.is_sorted_by_key(|(name, _)| *name));
    }
}
