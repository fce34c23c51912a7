#!/usr/bin/env bash
# What an experienced administrator would do by hand, and no more: verify the
# base backup, copy it, start a server on the copy, put the same checks to it,
# stop it, remove it.
#
#   by-hand.sh BACKUP BINDIR WORK DATABASE
#
# The same on both sides: every file is compared with the manifest; the copied
# files are synced by PostgreSQL, which syncs the data directory before it
# replays a backup's WAL and checkpoints after it (fsync is on); the checks,
# their settings, and as many at once as there are processors. Different: here
# the backup is read twice, once by pg_verifybackup and once by cp; pg_ctl looks
# every 0.1 s whether the server is up or down; and nothing is written down.
set -euo pipefail
backup=$1 bin=$2 work=$3 database=$4
jobs=$(getconf _NPROCESSORS_ONLN)

# PostgreSQL refuses root; like lifeboat, put it into a user namespace then.
as=()
[ "$(id -u)" -ne 0 ] || as=(unshare --user --map-user=1000 --map-group=1000 --)

mkdir -m 700 "$work"
sockets=$(mktemp -d)
running=
clean() {
  [ -z "$running" ] || "${as[@]}" "$bin/pg_ctl" -D "$work/data" -s -m immediate stop || true
  rm -rf "$work" "$sockets"
}
trap clean EXIT
trap 'exit 130' INT TERM

# 1. Verify and copy.
"$bin/pg_verifybackup" --quiet "$backup"
cp -r "$backup" "$work/data"
chmod 700 "$work/data"
rm -f "$work/data/standby.signal" "$work/data/recovery.signal"

# 2. Start, with settings of our own.
cat > "$work/postgresql.conf" <<CONF
data_directory = '$work/data'
hba_file = '$work/hba.conf'
listen_addresses = ''
unix_socket_directories = '$sockets'
shared_buffers = 128MB
archive_mode = off
autovacuum = off
max_logical_replication_workers = 0
CONF
echo "local all all trust" > "$work/hba.conf"
running=1
"${as[@]}" "$bin/pg_ctl" -D "$work" -l "$work/log" -w -s start -o "-c config_file='$work/postgresql.conf'"

# 3. The plan's checks. The psql beside the server, because Debian's
# /usr/bin/psql is a Perl script that costs 0.1 s a call.
ask() { "$bin/psql" -qAtX -v ON_ERROR_STOP=1 -h "$sockets" -U postgres -d "$1"; }
[ "$(ask "$database" <<< 'select count(*) from measurements')" -ge 1000 ]
[ "$(ask "$database" <<< "select max(at) > now() - interval '1 day' from measurements")" = t ]

# 4. Every table to its end from the heap, TOAST included, in every database.
# Sorted by size and dealt out in turn, so that all sessions have as much to do.
# PostgreSQL's own tables go as text: some of their types have no binary form.
databases=$(ask postgres <<< 'select datname from pg_database where datallowconn')
export PGOPTIONS='-c enable_indexscan=off -c enable_indexonlyscan=off -c enable_bitmapscan=off -c max_parallel_workers_per_gather=0'
for db in $databases; do
  ask "$db" > "$work/tables" <<< "
    select format('copy %s to ''/dev/null''%s;', oid::regclass, case when oid >= 16384 then ' (format binary)' end)
    from pg_class where relkind = 'r' and relpersistence <> 't' order by pg_table_size(oid) desc"
  readers=()
  for ((i = 0; i < jobs; i++)); do
    awk -v i="$i" -v n="$jobs" 'NR % n == i' "$work/tables" | ask "$db" &
    readers+=($!)
  done
  for reader in "${readers[@]}"; do wait "$reader"; done
done
unset PGOPTIONS

# 5. Indexes and structure.
for db in $databases; do
  [ "$(ask "$db" <<< 'select count(*) from pg_index where not (indisvalid and indisready and indislive)')" = 0 ]
done
"$bin/pg_amcheck" --all --heapallindexed --jobs="$jobs" --install-missing -h "$sockets" -U postgres > /dev/null

# 6. Stop; what is left goes on exit.
"${as[@]}" "$bin/pg_ctl" -D "$work/data" -w -s -m fast stop
running=
