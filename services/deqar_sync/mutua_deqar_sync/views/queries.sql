-- Reading the mirror. The history is asked for a moment: of each row its last revision that we knew by then.

-- name: rows_now
select kind, id, gone, withheld, revision, facts, listed_at, detailed_at
from mirror where $1::text is null or kind = $1
order by kind, id

-- name: rows_as_of
select distinct on (kind, id) kind, id, gone, withheld, revision, facts, listed_at, detailed_at
from mirror_history where ($1::text is null or kind = $1) and recorded_at <= $2
order by kind, id, revision desc

-- name: some_now
select kind, id, gone, withheld, revision, facts, listed_at, detailed_at
from mirror where kind = $1 and id = any($2)

-- name: some_as_of
select distinct on (id) kind, id, gone, withheld, revision, facts, listed_at, detailed_at
from mirror_history where kind = $1 and id = any($2) and recorded_at <= $3
order by id, revision desc

-- name: acronyms_now
select id, facts ->> 'acronym' as acronym from mirror where kind = 'agency'

-- name: acronyms_as_of
select distinct on (id) id, facts ->> 'acronym' as acronym
from mirror_history where kind = 'agency' and recorded_at <= $1
order by id, revision desc

-- name: reports_naming
-- Reports of which any revision named one of these providers.
select distinct id from mirror_history h
where kind = 'report' and exists (
    select from unnest($1::text[]) as p (id)
    where (h.facts -> 'providers') @> to_jsonb(array[p.id]) or (h.facts -> 'platforms') @> to_jsonb(array[p.id])
)

-- name: identified
-- Providers of which any revision bore one of these identifiers, whatever its case and its blanks; an empty
-- scheme is any.
select distinct h.id from mirror_history h, jsonb_array_elements(h.facts -> 'identifiers') as i,
     unnest($1::text[], $2::text[]) as wanted (scheme, value)
where h.kind = 'provider'
  and wanted.scheme in ('', lower(regexp_replace(btrim(i ->> 'resource'), '\s+', ' ', 'g')))
  and wanted.value = lower(regexp_replace(btrim(i ->> 'value'), '\s+', ' ', 'g'))

-- name: countries_coded
select distinct id from mirror_history where kind = 'country' and facts ->> 'code' = any($1)

-- name: snapshot
-- The newest complete pass that we knew of at that moment.
select id, started_at, ended_at, unreadable from pass
where state = 'complete' and ($1::timestamptz is null or ended_at <= $1)
order by id desc limit 1

-- name: last_pass
select id, started_at, attempted_at, ended_at, state, reason, changed, unreadable from pass order by id desc limit 1

-- name: counts
select kind, count(*) filter (where not gone) as there, count(*) filter (where gone) as gone,
       count(*) filter (where withheld and not gone) as withheld,
       count(*) filter (where detailed_at is null and not gone) as without_detail,
       min(detailed_at) filter (where not gone) as oldest_detail
from mirror group by kind order by kind

-- name: unread_details
-- Rows whose detail the newest complete pass has not read.
select count(*) as rows, min(detailed_at) as oldest
from mirror where not gone and detailed_in < (select max(id) from pass where state = 'complete')

-- name: head
select position, source, accept_passes from crawler

-- name: partitions
-- Of the newest pass: a partition that was not read in it says nothing any more.
select name, read_at, complete, doubt, rows, unreadable, missing, named
from partition where pass = (select max(pass) from partition) order by name

-- name: unreadable
select kind, id, cause, path, found, expected, seen_at from unreadable order by kind, id

-- name: find
select kind, id, gone, withheld, revision, facts, listed_at, detailed_at from mirror where id = $1 order by kind

-- name: revisions
select revision, gone, withheld, facts, listed_at, detailed_at, position, recorded_at
from mirror_history where kind = $1 and id = $2 order by revision

-- name: aliases
select id, other, how, since, recorded_at from alias where id = $1 or other = $1 order by id, other, how

-- name: feed
select position, recorded_at, kind, id, gone, withheld, revision, facts, listed_at, detailed_at
from mirror_history where position > $1 and ($3::text is null or kind = $3)
order by position limit $2

-- name: changed_between
-- Rows with a revision that we learned of between two moments.
select distinct kind, id from mirror_history where recorded_at > $1 and recorded_at <= $2
order by kind, id limit $3

-- name: days
-- How much was learned of on each day.
select (recorded_at at time zone 'UTC')::date as day, kind,
       count(*) filter (where revision = 1) as new,
       count(*) filter (where revision > 1 and not gone) as changed,
       count(*) filter (where gone) as gone
from mirror_history group by 1, 2 order by 1 desc, 2 limit $1
