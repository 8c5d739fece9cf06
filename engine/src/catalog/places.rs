//! Where addresses are: a MaxMind database of cities or countries (`GeoLite2-City.mmdb`), whole in memory.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use maxminddb::{Reader, geoip2};

use crate::dynamic::Builder;

/// A database of places.
#[derive(Debug)]
pub struct Places {
    path: PathBuf,
    reader: Reader<Vec<u8>>,
}

impl Places {
    /// Reads a database.
    ///
    /// # Errors
    /// When the file cannot be read or is none.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let reader = Reader::open_readfile(path).map_err(|error| format!("not a MaxMind database: {error}"))?;
        let kind = &reader.metadata().database_type;
        if !["City", "Country", "Enterprise"].iter().any(|known| kind.contains(known)) {
            return Err(format!("a database of cities or countries is needed, this is `{kind}`"));
        }
        Ok(Self { path: path.to_owned(), reader })
    }

    /// Returns the file, which tells databases apart.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what is known of an address, as JSON: `country`, `state`, `city`, `latitude`, `longitude`; nothing where
    /// the text is no address or the database does not have it.
    pub(crate) fn of(&self, address: &str) -> Option<String> {
        let address: IpAddr = address.trim().parse().ok()?;
        let city: geoip2::City = self.reader.lookup(address).ok()?.decode().ok()??;
        let mut bag = Builder::new();
        bag.begin_bag();
        let states = city.subdivisions.first().and_then(|s| s.names.english);
        for (key, text) in
            [("country", city.country.names.english), ("state", states), ("city", city.city.names.english)]
        {
            if let Some(text) = text {
                bag.key(key);
                bag.string(text);
            }
        }
        for (key, degrees) in [("latitude", city.location.latitude), ("longitude", city.location.longitude)] {
            if let Some(degrees) = degrees {
                bag.key(key);
                bag.real(degrees);
            }
        }
        bag.end_bag();
        Some(bag.finish())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rehunt_lang::types::Value;

    use crate::engine::Engine;
    use crate::ingest::Quiet;

    /// A text or a bag as the format writes it: the type in the upper three bits, the length in the lower five, or in
    /// the next byte.
    fn sized(ty: u8, length: usize) -> Vec<u8> {
        match length {
            0..29 => vec![ty << 5 | length as u8],
            _ => vec![ty << 5 | 29, (length - 29) as u8],
        }
    }

    fn text(text: &str) -> Vec<u8> {
        [sized(2, text.len()), text.into()].concat()
    }

    fn bag(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let members = members.iter().map(|(key, value)| [text(key), value.clone()].concat());
        [sized(7, members.len()), members.collect::<Vec<_>>().concat()].concat()
    }

    fn short(value: u16) -> Vec<u8> {
        [vec![5 << 5 | 2], value.to_be_bytes().to_vec()].concat()
    }

    fn double(value: f64) -> Vec<u8> {
        [vec![3 << 5 | 8], value.to_be_bytes().to_vec()].concat()
    }

    /// A database whose only node sends addresses that begin with a zero bit, 0.0.0.0/1, to one record.
    fn database(kind: &str) -> Vec<u8> {
        let english = |name: &str| bag(&[("names", bag(&[("en", text(name))]))]);
        let record = bag(&[
            ("city", english("Osaka")),
            ("country", english("Japan")),
            ("location", bag(&[("latitude", double(34.5)), ("longitude", double(135.25))])),
            // An array is type 11: its own byte behind a length of one.
            ("subdivisions", [vec![1, 4], english("Osaka Prefecture")].concat()),
        ]);
        // Two records of 24 bits: past the one node and the 16 bytes between, and "nothing".
        let node = [0, 0, 1 + 16, 0, 0, 1];
        let metadata = bag(&[
            ("binary_format_major_version", short(2)),
            ("binary_format_minor_version", short(0)),
            ("build_epoch", vec![1, 2, 1]),
            ("database_type", text(kind)),
            ("description", bag(&[])),
            ("ip_version", short(4)),
            ("languages", vec![0, 4]),
            ("node_count", vec![6 << 5 | 1, 1]),
            ("record_size", short(24)),
        ]);
        [&node[..], &[0; 16], &record, b"\xab\xcd\xefMaxMind.com", &metadata].concat()
    }

    #[test]
    fn an_address_is_where_the_database_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("places.mmdb");
        std::fs::write(&file, database("GeoLite2-City")).unwrap();
        let mut engine = Engine::new();
        engine.map("geo_info_from_ip_address", &file, &Quiet).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let query = "datatable(ip: string)['20.0.0.1', '200.0.0.1', '2001:db8::1', 'x', ''] \
                     | project place = geo_info_from_ip_address(ip)";
        let answer = runtime.block_on(engine.session().run(query)).unwrap();
        let found: Vec<Vec<Value>> = answer.tables[0].values().collect();
        let place = "{\"country\":\"Japan\",\"state\":\"Osaka Prefecture\",\"city\":\"Osaka\",\
                     \"latitude\":34.5,\"longitude\":135.25}";
        assert_eq!(found[0], [Value::Dynamic(place.into())]);
        assert!(found[1..].iter().all(|row| row[0].is_null()), "{found:?}");
        std::fs::write(&file, database("GeoLite2-ASN")).unwrap();
        let refused = engine.map("geo_info_from_ip_address", &file, &Quiet).unwrap_err().to_string();
        assert!(refused.contains("`GeoLite2-ASN`"), "{refused}");
        std::fs::write(&file, "a,b").unwrap();
        assert!(engine.map("geo_info_from_ip_address", &file, &Quiet).is_err());
    }
}
