//! Rows of files that a query names itself.

/// What `externaldata` reads. The columns of its relation are the schema that the query gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External {
    /// Where the files are: paths, or URLs that the host has copies of.
    pub uris: Vec<String>,
    /// `format=`; without it the ending of each file tells.
    pub format: Option<String>,
    /// `ignoreFirstRecord=`: the first record of each file is no data.
    pub ignore_first_record: bool,
    /// `ingestionMapping=`, a JSON text: where in a record the cells of a column are.
    pub mapping: Option<String>,
}
