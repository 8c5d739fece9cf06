//! Reading parts of a case with proof: what is read is compared, block by block, with digests that the manifest has. A
//! flipped bit in a page of Parquet is mostly no error but another value, and a query must not answer with that. Only
//! the blocks that a query reads are compared, so that it stays as fast as what it skips.

use std::collections::HashMap;
use std::fs::File;
use std::hash::Hasher;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::object_store::local::LocalFileSystem;
use datafusion::object_store::path::Path as StorePath;
use datafusion::object_store::{
    CopyOptions, Error, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use twox_hash::XxHash64;

/// Bytes of a block.
const BLOCK: u64 = 1 << 18;

/// Takes the digests of a file's blocks while it is written.
pub(super) struct Digests {
    block: XxHash64,
    /// Bytes of the current block.
    filled: u64,
    text: String,
}

impl Default for Digests {
    fn default() -> Self {
        Self { block: XxHash64::with_seed(0), filled: 0, text: String::new() }
    }
}

impl Digests {
    /// Takes the next bytes.
    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = usize::try_from(BLOCK - self.filled).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.block.write(now);
            self.filled += now.len() as u64;
            bytes = later;
            if self.filled == BLOCK {
                self.end_block();
            }
        }
    }

    /// Returns the digests, 16 hex digits each.
    pub(super) fn finish(mut self) -> String {
        if self.filled > 0 {
            self.end_block();
        }
        self.text
    }

    fn end_block(&mut self) {
        self.text.push_str(&format!("{:016x}", self.block.finish()));
        (self.block, self.filled) = (XxHash64::with_seed(0), 0);
    }
}

/// The digests of a file's blocks.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    digests: Vec<u64>,
    length: u64,
}

impl Blocks {
    /// Reads the digests of a file of so many bytes; nothing where the manifest is older than they are.
    pub(super) fn new(text: &str, length: u64) -> Option<Self> {
        let digit = |at: usize| text.get(at..at + 16).and_then(|digits| u64::from_str_radix(digits, 16).ok());
        let digests: Vec<u64> = (0..text.len()).step_by(16).map(digit).collect::<Option<_>>()?;
        (digests.len() as u64 == length.div_ceil(BLOCK) && length > 0).then_some(Self { digests, length })
    }

    /// Returns the bytes of the blocks that have some of a range.
    fn around(&self, range: &Range<u64>) -> Range<u64> {
        range.start / BLOCK * BLOCK..(range.end.div_ceil(BLOCK) * BLOCK).min(self.length)
    }

    /// Compares whole blocks that begin at `start`.
    fn compare(&self, start: u64, bytes: &[u8]) -> Result<(), String> {
        for (n, block) in (start / BLOCK..).zip(bytes.chunks(BLOCK as usize)) {
            let expected = usize::try_from(n).ok().and_then(|n| self.digests.get(n));
            if expected != Some(&XxHash64::oneshot(0, block)) {
                let at = n * BLOCK;
                return Err(format!(
                    "it is damaged between bytes {at} and {}: remove it to go on without its rows",
                    at + block.len() as u64
                ));
            }
        }
        Ok(())
    }

    /// Compares the footer of a Parquet file, which decides what of it is read.
    ///
    /// # Errors
    /// When it cannot be read or is damaged: the reason.
    pub(super) fn compare_footer(&self, path: &Path) -> Result<(), String> {
        let mut file = File::open(path).map_err(|error| error.to_string())?;
        let mut read = |range: &Range<u64>| -> io::Result<Vec<u8>> {
            let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap_or(0)];
            file.seek(SeekFrom::Start(range.start))?;
            file.read_exact(&mut bytes).map(|()| bytes)
        };
        let ended = self.length.saturating_sub(8)..self.length;
        let end = read(&ended).map_err(|error| error.to_string())?;
        let length = end.first_chunk().map_or(0, |length| u64::from(u32::from_le_bytes(*length)));
        let blocks = self.around(&(ended.start.saturating_sub(length)..self.length));
        self.compare(blocks.start, &read(&blocks).map_err(|error| error.to_string())?)
    }
}

/// Local files of which some are compared while they are read.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    inner: LocalFileSystem,
    files: HashMap<StorePath, Blocks>,
}

impl Checked {
    /// Adds a file.
    pub(super) fn insert(&mut self, file: StorePath, blocks: Blocks) {
        self.files.insert(file, blocks);
    }
}

impl std::fmt::Display for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("parts of a case")
    }
}

#[async_trait]
impl ObjectStore for Checked {
    async fn get_opts(&self, location: &StorePath, options: GetOptions) -> Result<GetResult> {
        let Some(blocks) = self.files.get(location).filter(|_| !options.head) else {
            return self.inner.get_opts(location, options).await;
        };
        let failed = |reason: String| Error::Generic {
            store: "case",
            source: format!("the part /{location} of the case cannot be read: {reason}").into(),
        };
        let range = match &options.range {
            Some(range) => range.as_range(blocks.length).map_err(|error| failed(error.to_string()))?,
            None => 0..blocks.length,
        };
        let around = blocks.around(&range);
        let options = GetOptions { range: Some(GetRange::Bounded(around.clone())), ..options };
        let found = self.inner.get_opts(location, options).await?;
        let (meta, attributes) = (found.meta.clone(), found.attributes.clone());
        let bytes = found.bytes().await?;
        blocks.compare(around.start, &bytes).map_err(failed)?;
        let within = |at: u64| usize::try_from(at - around.start).unwrap_or(usize::MAX).min(bytes.len());
        let wanted = bytes.slice(within(range.start)..within(range.end));
        let payload = GetResultPayload::Stream(stream::once(async move { Ok(wanted) }).boxed());
        Ok(GetResult { payload, meta, range, attributes })
    }

    async fn put_opts(&self, location: &StorePath, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        self.inner.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(
        &self,
        location: &StorePath,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, opts).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<StorePath>>) -> BoxStream<'static, Result<StorePath>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&StorePath>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&StorePath>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &StorePath, to: &StorePath, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

/// Returns the name of the store of a table of a case.
pub(super) fn url(case: &Path, table: &str) -> String {
    let name = format!("{}\n{table}", case.display());
    format!("rehunt-case://{:016x}", XxHash64::oneshot(0, name.as_bytes()))
}

/// A store with the URL that names it.
pub(crate) type Store = (String, Arc<Checked>);
