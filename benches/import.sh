#!/bin/sh
# Imports 1 GB of CSV and 1 GB of JSON lines, side by side with DuckDB where it is installed: its program, or its
# package for Python.
#
#   cargo build --release && benches/import.sh [FOLDER]
#
# FOLDER (default: a temporary one, removed at the end) needs 4 GB. Each program gets the same file three times; the
# best time counts. Printed are seconds, the ratio to DuckDB, and the most memory that was resident (GNU time).
# SIZE=100 makes files of 100 MB instead.
set -eu
cd "$(dirname "$0")/.."
rehunt=${REHUNT:-target/release/rehunt}
size=${SIZE:-1000}
folder=${1:-$(mktemp -d)}
[ $# -gt 0 ] || trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder"

# Rows of mail as the portal exports it: all different, in the order of time, some within a second of each other.
rows() {
  awk -v bytes="$((size * 1000000))" -v form="$1" 'BEGIN {
    if (form == "csv") print "Timestamp,NetworkMessageId,SenderFromAddress,RecipientEmailAddress,Subject,EmailDirection,UrlCount,AuthenticationDetails"
    while (written < bytes) {
      n++
      second = int(n / 2)
      time = sprintf("2025-%02d-%02dT%02d:%02d:%02d.%d%06dZ", second / 2419200 + 1, second / 86400 % 28 + 1, second / 3600 % 24, second / 60 % 60, second % 60, n % 2 * 5, n * 7919 % 1000000)
      id = sprintf("%08x-0000-4000-8000-%012d", n % 4294967, n)
      from = "sender" n % 9000 "@partner" n % 70 ".example"; to = "user" n % 4000 "@company.example"
      if (form == "csv")
        line = time "," id "," from "," to ",\"Invoice, number " n "\",Inbound," n % 7 ",\"{\"\"SPF\"\":\"\"pass\"\",\"\"DKIM\"\":\"\"none\"\",\"\"CompAuth\"\":" n % 100 "}\""
      else
        line = "{\"Timestamp\":\"" time "\",\"NetworkMessageId\":\"" id "\",\"SenderFromAddress\":\"" from "\",\"RecipientEmailAddress\":\"" to "\",\"Subject\":\"Invoice, number " n "\",\"EmailDirection\":\"Inbound\",\"UrlCount\":" n % 7 ",\"AuthenticationDetails\":{\"SPF\":\"pass\",\"DKIM\":\"none\",\"CompAuth\":" n % 100 "}}"
      print line
      written += length(line) + 1
    }
  }'
}

# Prints the best of three runs in seconds, and its memory in MB.
best() {
  for run in 1 2 3; do
    rm -rf "$folder/out"
    /usr/bin/time -f '%e %M' -o "$folder/time" "$@" > /dev/null
    cat "$folder/time"
  done | sort -n | awk 'NR == 1 { printf "%s %d\n", $1, $2 / 1024 }'
}

# Has DuckDB run a statement; the package starts Python besides, which is a tenth of a second.
if command -v duckdb > /dev/null; then
  duckdb_runs() { best duckdb -c "$1"; }
elif python3 -c 'import duckdb' 2> /dev/null; then
  duckdb_runs() {
    best python3 -c 'import sys, duckdb; c = duckdb.connect(); c.sql("SET enable_progress_bar=false"); c.sql(sys.argv[1])' "$1"
  }
else
  duckdb_runs() { :; }
fi

for form in csv jsonl; do
  file=$folder/mail.$form
  [ -f "$file" ] || rows "$form" > "$file"
  ours=$(best "$rehunt" import -d "$file" "$folder/out")
  echo "$form rehunt import: ${ours% *} s, ${ours#* } MB resident"
  read=$([ "$form" = csv ] && echo read_csv || echo read_json_auto)
  theirs=$(duckdb_runs "COPY (SELECT * FROM $read('$file')) TO '$folder/out' (FORMAT parquet, COMPRESSION zstd)")
  if [ -n "$theirs" ]; then
    echo "$form duckdb:        ${theirs% *} s, ${theirs#* } MB resident"
    echo "$form ratio:         $(awk -v a="${ours% *}" -v b="${theirs% *}" 'BEGIN { printf "%.2f", a / b }')"
  fi
done
