//! Where an address is: a lookup in a MaxMind database that the user has given. None is shipped.

use std::sync::Arc;

use rehunt_lang::library::FunctionSpec;
use rehunt_lang::types::Type;

use super::super::signature::{signature, string};
use super::super::{Body, Function, Prepared};
use crate::catalog::Places;

/// `geo_info_from_ip_address(ip)`: learn.microsoft.com/kusto/query/geo-info-from-ip-address-function. It is in the
/// library once a database is there.
pub static GEO_INFO_FROM_IP_ADDRESS: Function = Function {
    spec: FunctionSpec {
        name: "geo_info_from_ip_address",
        overloads: &[signature(&[string("ip")], Type::Dynamic)],
        summary: "Returns country, state, city and position of an address, by the database of places that was mapped.",
        ..FunctionSpec::BASE
    },
    body: Body::Places,
};

/// Returns the kernel on a database. What is no address, or in no place that is known, gives null.
pub fn lookup(places: Arc<Places>) -> Prepared {
    Arc::new(move |args| {
        let ip = args.text(0)?;
        args.slices(|row| places.of(ip.at(row)?))
    })
}
