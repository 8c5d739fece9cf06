//! The hunts as somebody would write them who has DataFusion and no KQL.

use std::pin::Pin;

use arrow::record_batch::RecordBatch;
use datafusion::common::{Column, Result, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::functions::core::expr_fn::get_field;
use datafusion::functions::datetime::expr_fn::date_bin;
use datafusion::functions::expr_fn::{lower, split_part};
use datafusion::functions::unicode::expr_fn::strpos;
use datafusion::functions_aggregate::expr_fn::{array_agg, count, count_distinct, first_value, max, min};
use datafusion::logical_expr::{Expr, JoinType, ident, lit, when};
use datafusion::prelude::SessionContext;
use rehunt_engine::dynamic::{Path, Step, elements_udf, path_udf, paths_udf};
use rehunt_lang::types::Type;

/// A hunt by hand: a future of its rows.
pub type Work = fn(SessionContext) -> Pin<Box<dyn Future<Output = Result<Vec<RecordBatch>>>>>;

const MINUTE: i64 = 60 * 1_000_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// 2025-06-16T00:00:00Z in nanoseconds since 1970.
const NOW: i64 = 20_255 * DAY;

fn time(nanoseconds: i64) -> Expr {
    lit(ScalarValue::TimestampNanosecond(Some(nanoseconds), None))
}

fn span(nanoseconds: i64) -> Expr {
    lit(ScalarValue::new_interval_mdn(0, 0, nanoseconds))
}

fn last_week(column: &str) -> Expr {
    ident(column).between(time(NOW - 7 * DAY), time(NOW))
}

fn has(column: &str, text: &str) -> Expr {
    strpos(lower(ident(column)), lit(text)).gt(lit(0))
}

fn path(column: Expr, key: &str, to: Type) -> Expr {
    path_udf(Path { steps: vec![Step::key(key)], to }).call(vec![column])
}

/// One path of several that are found in one pass.
fn one_of(column: &str, keys: &[&str], n: usize) -> Expr {
    let paths = keys.iter().map(|key| Path { steps: vec![Step::key(key)], to: Type::String }).collect();
    get_field(paths_udf(paths).call(vec![ident(column)]), format!("c{n}"))
}

fn domain_of_recipient() -> Expr {
    split_part(ident("RecipientEmailAddress"), lit("@"), lit(2))
}

pub fn direct_send(context: SessionContext) -> Pin<Box<dyn Future<Output = Result<Vec<RecordBatch>>>>> {
    Box::pin(async move {
        let keys = ["SPF", "DKIM", "DMARC", "CompAuth"];
        let details = |n| one_of("AuthenticationDetails", &keys, n);
        let found = context.table("EmailEvents").await?;
        let found = found
            .filter(ident("Timestamp").gt(time(NOW - 30 * DAY)))?
            .filter(has("SenderFromDomain", "yourdomain.com").and(has("RecipientDomain", "yourdomain.com")))?
            .filter(details(0).eq(lit("fail")).and(details(1).eq(lit("none"))))?
            .filter(details(2).eq(lit("none")).and(details(3).eq(lit("fail"))))?;
        found.collect().await
    })
}

pub fn new_connector(context: SessionContext) -> Pin<Box<dyn Future<Output = Result<Vec<RecordBatch>>>>> {
    Box::pin(async move {
        let keys = ["Name", "Value"];
        let (name, value) = (|| one_of("property", &keys, 0), || one_of("property", &keys, 1));
        let found = context.table("CloudAppEvents").await?;
        let found = found
            .filter(last_week("Timestamp").and(ident("AccountObjectId").not_eq(lit(""))))?
            .filter(ident("ActionType").eq(lit("New-InboundConnector")))?
            .with_column("property", parameters())?;
        let found = unnested(found, "property")?
            .with_column("ConnectorName", when(name().eq(lit("Name")), value()).otherwise(lit(""))?)?
            .with_column("IsEnabled", name().eq(lit("Enabled")).and(value().eq(lit("True"))))?
            .filter(ident("ConnectorName").not_eq(lit("")).or(ident("IsEnabled")))?;
        found.collect().await
    })
}

/// The list of a record's parameters.
fn parameters() -> Expr {
    elements_udf(None, false, Type::Dynamic).call(vec![path(ident("RawEventData"), "Parameters", Type::Dynamic)])
}

fn unnested(rows: DataFrame, column: &str) -> Result<DataFrame> {
    let plan = datafusion::logical_expr::LogicalPlanBuilder::from(rows.clone().into_unoptimized_plan())
        .unnest_column(Column::new_unqualified(column))?
        .build()?;
    Ok(DataFrame::new(rows.into_parts().0, plan))
}

pub fn connector_volume(context: SessionContext) -> Pin<Box<dyn Future<Output = Result<Vec<RecordBatch>>>>> {
    Box::pin(async move {
        let words = ["set-outboundconnector", "new-outboundconnector", "set-inboundconnector", "new-inboundconnector"];
        let any = words.iter().map(|word| has("ActionType", word)).reduce(Expr::or).unwrap();
        let connectors = context.table("CloudAppEvents").await?;
        let connectors = connectors.filter(last_week("Timestamp").and(any))?.with_column("property", parameters())?;
        let connectors = unnested(connectors, "property")?
            .filter(path(ident("property"), "Name", Type::String).eq(lit("Name")))?
            .select(vec![path(ident("property"), "Value", Type::String).alias("name")])?
            .distinct()?
            .limit(0, Some(1))?
            .collect()
            .await?;
        let connector = ScalarValue::try_from_array(connectors[0].column(0), 0)?;
        let mails = context.table("EmailEvents").await?;
        let mails = mails
            .filter(last_week("Timestamp"))?
            .filter(ident("SenderObjectId").not_eq(lit("")).and(ident("Connectors").eq(lit(connector))))?
            .aggregate(
                vec![ident("Connectors"), ident("SenderObjectId"), hour("Timestamp")],
                vec![count_distinct(ident("NetworkMessageId")).alias("MailCount")],
            )?
            .filter(ident("MailCount").gt_eq(lit(100)))?;
        mails.collect().await
    })
}

fn hour(column: &str) -> Expr {
    date_bin(span(HOUR), ident(column), time(0)).alias("Hour")
}

/// Mail of the last week that left the tenant, from a known sender.
async fn sent(context: &SessionContext) -> Result<DataFrame> {
    let domain = || ident("Domain");
    context
        .table("EmailEvents")
        .await?
        .filter(last_week("Timestamp").and(ident("SenderObjectId").not_eq(lit(""))))?
        .with_column("Domain", domain_of_recipient())?
        .filter(ident("SenderFromDomain").not_eq(domain()).or(ident("SenderMailFromDomain").not_eq(domain())))?
        .filter(ident("EmailDirection").in_list(vec![lit("Intra-org"), lit("Inbound")], true))
}

pub fn external_sends(context: SessionContext) -> Pin<Box<dyn Future<Output = Result<Vec<RecordBatch>>>>> {
    Box::pin(async move { sent(&context).await?.collect().await })
}

pub fn external_senders(context: SessionContext) -> Pin<Box<dyn Future<Output = Result<Vec<RecordBatch>>>>> {
    Box::pin(async move {
        let keys = ["SenderObjectId", "SenderFromAddress", "SenderMailFromAddress"];
        let keys = keys.into_iter().map(ident).chain([hour("Timestamp")]).collect();
        let counted = count_distinct(ident("NetworkMessageId")).alias("MailCount");
        let found = sent(&context).await?.aggregate(keys, vec![counted])?.filter(ident("MailCount").gt(lit(100)))?;
        found.collect().await
    })
}

pub fn brute_force(context: SessionContext) -> Pin<Box<dyn Future<Output = Result<Vec<RecordBatch>>>>> {
    Box::pin(async move {
        let elsewhere = || {
            last_week("Timestamp")
                .and(ident("Application").not_eq(lit("Active Directory")))
                .and(ident("ISP").not_eq(lit("Microsoft Azure")))
        };
        let minute = date_bin(span(MINUTE), ident("Timestamp"), time(0)).alias("Minute");
        let failures = context
            .table("IdentityLogonEvents")
            .await?
            .filter(elsewhere().and(ident("AccountObjectId").not_eq(lit(""))))?
            .filter(ident("ActionType").eq(lit("LogonFailed")))?
            .aggregate(
                vec![ident("AccountObjectId"), ident("Application"), ident("ISP"), ident("CountryCode"), minute],
                vec![
                    count(lit(1)).alias("Failures"),
                    max(ident("Timestamp")).alias("Latest"),
                    min(ident("Timestamp")).alias("Earliest"),
                ],
            )?
            .filter(ident("Failures").gt(lit(100)))?;
        let keys = ["AccountObjectId", "ISP", "Application"];
        let all = failures.schema().columns().into_iter().map(Expr::Column).collect();
        let failures = failures.distinct_on(keys.into_iter().map(ident).collect(), all, None)?;
        let successes = context
            .table("IdentityLogonEvents")
            .await?
            .filter(elsewhere().and(ident("ActionType").eq(lit("LogonSuccess"))))?
            .select(vec![
                ident("Timestamp").alias("SuccessTime"),
                ident("ReportId"),
                ident("AccountUpn"),
                ident("AccountObjectId").alias("SuccessId"),
                ident("ISP").alias("SuccessISP"),
                ident("Application").alias("SuccessApplication"),
            ])?;
        let within = ident("SuccessTime").between(ident("Latest"), ident("Latest") + span(10 * 1_000_000_000));
        let on = ["SuccessId", "SuccessISP", "SuccessApplication"];
        // `join` by name would fold the case of the names.
        let equal = keys.into_iter().zip(on).map(|(left, right)| ident(left).eq(ident(right)));
        let found = failures.join_on(successes, JoinType::Inner, equal)?.filter(within)?.aggregate(
            vec![ident("AccountObjectId"), ident("AccountUpn")],
            vec![
                min(ident("SuccessTime")),
                first_value(ident("ReportId"), vec![ident("SuccessTime").sort(true, false)]),
                min(ident("Earliest")),
                max(ident("Latest")),
                first_value(ident("Failures"), vec![]),
                count(lit(1)),
                array_agg(ident("ISP")),
                array_agg(ident("CountryCode")),
                array_agg(ident("Application")),
            ],
        )?;
        found.collect().await
    })
}
