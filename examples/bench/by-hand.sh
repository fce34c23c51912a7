#!/usr/bin/env bash
# What an experienced administrator would do by hand, and no more: verify the
# base backup, copy it, start a server on the copy, put the same checks to it,
# stop it, remove it. PostgreSQL syncs as it does by itself (recovery ends with
# a checkpoint); neither side syncs the copied files.
#
#   by-hand.sh BACKUP BINDIR WORK DATABASE
set -euo pipefail
backup=$1 bin=$2 work=$3 database=$4

# PostgreSQL refuses root; like lifeboat, put it into a user namespace then.
as=()
[ "$(id -u)" -ne 0 ] || as=(unshare --user --map-user=1000 --map-group=1000 --)

mkdir -m 700 "$work"
sockets=$(mktemp -d)
trap '"${as[@]}" "$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work" "$sockets"' EXIT

"$bin/pg_verifybackup" --quiet "$backup"
cp -r "$backup" "$work/data"
chmod 700 "$work/data"
rm -f "$work/data/standby.signal" "$work/data/recovery.signal"
cat > "$work/postgresql.conf" <<CONF
data_directory = '$work/data'
hba_file = '$work/hba.conf'
listen_addresses = ''
unix_socket_directories = '$sockets'
archive_mode = off
autovacuum = off
max_logical_replication_workers = 0
CONF
echo "local all all trust" > "$work/hba.conf"
"${as[@]}" "$bin/pg_ctl" -D "$work" -l "$work/log" -w -s start -o "-c config_file='$work/postgresql.conf'"

query() { psql -qAtX -v ON_ERROR_STOP=1 -h "$sockets" -U postgres -d "$database" -c "$1"; }
[ "$(query 'select count(*) from measurements')" -ge 1000 ]
[ "$(query "select max(at) > now() - interval '1 day' from measurements")" = t ]

# Every table to its end from the heap, TOAST included, in every database, on
# all cores.
jobs=$(getconf _NPROCESSORS_ONLN)
export PGOPTIONS='-c enable_indexscan=off -c enable_indexonlyscan=off -c enable_bitmapscan=off'
for db in $(query 'select datname from pg_database where datallowconn'); do
  psql -qAtX -h "$sockets" -U postgres -d "$db" -c \
    "select format('copy (select * from %s) to ''/dev/null''%s', oid::regclass, case when oid >= 16384 then ' (format binary)' end) from pg_class where relkind in ('r', 'm') order by relpages desc" |
    xargs -P "$jobs" -d '\n' -n 20 sh -c 'db=$1 host=$2; shift 2; for q; do echo "$q;"; done | psql -qAtX -v ON_ERROR_STOP=1 -h "$host" -U postgres -d "$db"' _ "$db" "$sockets"
done
unset PGOPTIONS
[ "$(query 'select count(*) from pg_index where not (indisvalid and indisready and indislive)')" = 0 ]

query 'create extension if not exists amcheck' > /dev/null
"$bin/pg_amcheck" --all --heapallindexed --jobs="$jobs" --install-missing -h "$sockets" -U postgres > /dev/null

"${as[@]}" "$bin/pg_ctl" -D "$work/data" -w -s -m fast stop
