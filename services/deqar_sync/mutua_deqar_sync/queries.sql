-- All statements of the registry's mirror, by name.

-- name: claim
-- Become the one crawler: when there is none, when it was this instance's former life, or when it fell silent.
update crawler set owner = $1, beat = $2::timestamptz
where owner is null or split_part(owner, '/', 1) = split_part($1, '/', 1) or beat < $2::timestamptz - interval '20 minutes'
returning owner

-- name: fence
-- Every transaction of the mirror begins here: whoever lost the claim writes nothing more.
update crawler set beat = $2 where owner = $1 returning accept_passes

-- name: accept_shrink
update crawler set accept_passes = $1

-- name: accepted_pass
update crawler set accept_passes = greatest(accept_passes - 1, 0)

-- name: load
select kind, id, revision, digest, image, agency, gone, withheld, misses, listed_at, detailed_at
from mirror where kind = $1 and id = any($2)

-- name: load_facts
select id, facts from mirror where kind = $1 and id = any($2)

-- name: ids
select id from mirror where kind = $1 and not gone order by id

-- name: acronyms
select id, facts ->> 'acronym' as acronym from mirror where kind = 'agency'

-- name: write
-- The newest state of rows.
insert into mirror as m
    (kind, id, revision, facts, digest, image, agency, gone, withheld, listed_at, detailed_at, seen_in)
select * from unnest($1::text[], $2::text[], $3::int[], $4::jsonb[], $5::text[], $6::text[], $7::text[],
                     $8::boolean[], $9::boolean[], $10::timestamptz[], $11::timestamptz[], $12::bigint[])
on conflict (kind, id) do update set
    revision = excluded.revision, facts = excluded.facts, digest = excluded.digest, image = excluded.image,
    agency = excluded.agency, gone = excluded.gone, withheld = excluded.withheld,
    listed_at = excluded.listed_at, detailed_at = excluded.detailed_at,
    seen_in = greatest(excluded.seen_in, m.seen_in), misses = 0

-- name: remember
insert into mirror_history (kind, id, revision, facts, gone, withheld, recorded_at)
select kind, id, revision, facts, gone, withheld, $7::timestamptz
from unnest($1::text[], $2::text[], $3::int[], $4::jsonb[], $5::boolean[], $6::boolean[])
     as t (kind, id, revision, facts, gone, withheld)

-- name: touch
update mirror set listed_at = $3, seen_in = greatest(seen_in, $4)
where kind = $1 and id = any($2)

-- name: missed
-- Once in a pass. The list's image is forgotten, so that a row that reappears is looked at again.
update mirror set misses = misses + 1, missed_in = $3, image = ''
where kind = $1 and id = any($2) and missed_in < $3
returning id, misses

-- name: unseen
-- Rows of a partition that the running pass has not seen anywhere.
select id from mirror
where kind = $1 and agency is not distinct from $2 and not gone and seen_in < $3
order by id

-- name: unseen_reports
select agency, id from mirror where kind = 'report' and not gone and seen_in < $1 order by agency, id

-- name: count_partition
select count(*) from mirror where kind = $1 and agency is not distinct from $2 and not gone

-- name: reports_seen
select count(*) filter (where not withheld) from mirror where kind = 'report' and not gone and seen_in >= $1

-- name: oldest_details
select id from mirror
where kind = $1 and not gone and (detailed_at is null or detailed_at < $3)
order by detailed_at nulls first limit $2

-- name: drifted
insert into shape_drift (kind, id, path, found, expected, seen_at) values ($1, $2, $3, $4, $5, $6)
on conflict (kind, id) do update set
    path = excluded.path, found = excluded.found, expected = excluded.expected, seen_at = excluded.seen_at

-- name: undrifted
delete from shape_drift where kind = $1 and id = any($2)

-- name: drift_count
select count(*) from shape_drift

-- name: running_pass
select id, started_at from pass where state = 'running' and started_at > $1 order by id desc limit 1

-- name: abandon_passes
update pass set state = 'failed', reason = 'abandoned', ended_at = $1 where state = 'running'

-- name: begin_pass
insert into pass (started_at) values ($1) returning id

-- name: complete_pass
update pass set state = 'complete', reason = null, ended_at = $2, unreadable = $3 where id = $1

-- name: interrupt_pass
-- The pass is gone on with later; these partitions are read again.
with doubted as (update partition set complete = false where name = any($4))
update pass set reason = $2, unreadable = $3 where id = $1

-- name: count_changes
update pass set changed = changed + $2 where id = $1

-- name: partition_read
insert into partition (name, pass, read_at, complete, doubt, rows, unreadable)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (name) do update set
    pass = excluded.pass, read_at = excluded.read_at, complete = excluded.complete, doubt = excluded.doubt,
    rows = excluded.rows, unreadable = excluded.unreadable, missing = 0, named = '{}'

-- name: partition_missing
update partition set missing = $2, named = $3 where name = $1

-- name: partitions_of
select name, complete, unreadable from partition where pass = $1

-- name: last_complete
select id, started_at, ended_at, unreadable from pass where state = 'complete' order by id desc limit 1

-- name: last_pass
select id, started_at, ended_at, state, reason, changed, unreadable from pass order by id desc limit 1

-- name: snapshot_rows
select kind, id, revision from mirror where not gone

-- name: cursor
select day from cursor where name = $1

-- name: set_cursor
insert into cursor (name, day) values ($1, $2)
on conflict (name) do update set day = greatest(cursor.day, excluded.day)
