//! `externaldata`: files as a table that is read when it is scanned.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::exec_datafusion_err;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::StreamExt;
use rehunt_lang::plan::{External, Rel};
use rehunt_lang::types::Field;

use super::{Lowered, Lowering};
use crate::catalog::arrow_field;
use crate::error::{Error, Result};
use crate::ingest::ExternalFile;

impl Lowering<'_> {
    pub(super) fn external(&self, rel: &Rel, external: &External) -> Result<Lowered> {
        let fields: Vec<Field> = rel.columns.iter().map(|c| Field::new(c.name.clone(), c.ty)).collect();
        let schema: SchemaRef = Arc::new(Schema::new(fields.iter().map(arrow_field).collect::<Vec<_>>()));
        let mut files: Vec<Arc<dyn PartitionStream>> = Vec::with_capacity(external.uris.len());
        for uri in &external.uris {
            let path = match self.catalog.local_file(uri) {
                Ok(path) => path,
                Err(_) if self.catalog.outside_is_empty() => continue,
                Err(missing) => return Err(Error::Run(missing)),
            };
            let file = ExternalFile::new(path, external, &fields).map_err(Error::Run)?;
            files.push(Arc::new(FileRows { file: Arc::new(file), schema: Arc::clone(&schema) }));
        }
        if files.is_empty() {
            return self.values(rel, &[]);
        }
        self.scan(rel, Arc::new(StreamingTable::try_new(schema, files)?))
    }
}

/// The rows of a file.
#[derive(Debug)]
struct FileRows {
    file: Arc<ExternalFile>,
    schema: SchemaRef,
}

impl PartitionStream for FileRows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (file, schema) = (Arc::clone(&self.file), Arc::clone(&self.schema));
        let batches = futures::stream::once(async move {
            futures::stream::iter(match file.read(&schema) {
                Ok(batches) => batches.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(exec_datafusion_err!("{error}"))],
            })
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches.flatten()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rehunt_lang::types::Value;

    use crate::engine::Engine;
    use crate::ingest::{LoadOptions, Quiet};

    #[tokio::test]
    async fn files_and_copies_of_urls_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("T.csv", "a\n1\n");
        write("ips.txt", "# of today\n10.0.0.1\n10.0.0.2\n");
        write("more.csv", "10.0.0.3\n");
        let mut engine = Engine::new();
        engine.load(folder.path(), &LoadOptions::default(), &Quiet).unwrap();
        engine.map_url("https://feeds.example/ips", folder.path().join("ips.txt"));
        let uris = "'https://feeds.example/ips', h'https://feeds.example/ips;secret'";
        let feed = format!("externaldata (ip: string) [{uris}] with (format=txt, ignoreFirstRecord=true)");
        let query = format!(
            "union ({feed}), (externaldata (ip: string) ['more.csv']) | summarize count() by ip | sort by ip asc"
        );
        let answer = engine.session().run(&query).await.unwrap();
        let rows: Vec<Vec<Value>> = answer.tables[0].values().collect();
        let row = |ip: &str, n| vec![Value::String(ip.into()), Value::Long(n)];
        assert_eq!(rows, [row("10.0.0.1", 2), row("10.0.0.2", 2), row("10.0.0.3", 1)]);
    }
}
