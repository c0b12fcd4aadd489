-- All statements of the registry's mirror, by name.

-- name: claim
-- Become the one crawler: when there is none, when it was this instance's former life, or when it fell silent.
-- A beat far in the future was written by a clock that jumped.
update crawler set owner = $1, beat = $2::timestamptz
where owner is null or split_part(owner, '/', 1) = split_part($1, '/', 1)
   or beat < $2::timestamptz - interval '20 minutes' or beat > $2::timestamptz + interval '1 hour'
returning owner

-- name: release
-- What a person has allowed ends with the process that was told so.
update crawler set owner = null, accept_passes = 0 where owner = $1

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
    (kind, id, revision, facts, digest, image, agency, gone, withheld, listed_at, detailed_at, seen_in, detailed_in, gone_at)
select w.*, case when w.gone then $14::timestamptz end
from unnest($1::text[], $2::text[], $3::int[], $4::jsonb[], $5::text[], $6::text[], $7::text[],
            $8::boolean[], $9::boolean[], $10::timestamptz[], $11::timestamptz[], $12::bigint[], $13::bigint[])
     as w (kind, id, revision, facts, digest, image, agency, gone, withheld, listed_at, detailed_at, seen_in, detailed_in)
on conflict (kind, id) do update set
    revision = excluded.revision, facts = excluded.facts, digest = excluded.digest, image = excluded.image,
    agency = excluded.agency, gone = excluded.gone, withheld = excluded.withheld,
    listed_at = excluded.listed_at, detailed_at = excluded.detailed_at,
    seen_in = greatest(excluded.seen_in, m.seen_in), detailed_in = greatest(excluded.detailed_in, m.detailed_in),
    gone_at = excluded.gone_at, buried = false, misses = 0

-- name: remember
-- The crawler's row is the head of the feed: it is locked, so positions are committed in their order.
with head as (
    update crawler set position = position + cardinality($1::text[])
    returning position - cardinality($1::text[]) as before
)
insert into mirror_history (kind, id, revision, facts, gone, withheld, listed_at, detailed_at, position, recorded_at)
select t.kind, t.id, t.revision, t.facts, t.gone, t.withheld, t.listed_at, t.detailed_at, head.before + t.n, $9::timestamptz
from head, unnest($1::text[], $2::text[], $3::int[], $4::jsonb[], $5::boolean[], $6::boolean[],
                  $7::timestamptz[], $8::timestamptz[])
     with ordinality as t (kind, id, revision, facts, gone, withheld, listed_at, detailed_at, n)

-- name: touch
update mirror set listed_at = $3, seen_in = greatest(seen_in, $4)
where kind = $1 and id = any($2)

-- name: missed
-- Once in a reading. The list's image is forgotten, so that a row that reappears is looked at again.
update mirror set misses = misses + 1, missed_in = $3, image = ''
where kind = $1 and id = any($2) and missed_in < $3 and not gone

-- name: answered
-- Rows of which the registry knows, though nothing could be read: what was missed before is no miss in a row.
update mirror set misses = 0 where kind = $1 and id = any($2) and misses > 0

-- name: missed_rows
-- Rows that were missed at least so often in a row.
select kind, id, agency from mirror where misses >= $1 and not gone order by kind, id

-- name: new_reading
-- A number above that of the running pass, and below that of the next one.
select nextval(pg_get_serial_sequence('pass', 'id'))

-- name: unseen
-- Rows of a partition that the running pass has not seen anywhere.
select id from mirror
where kind = $1 and agency is not distinct from $2 and not gone and seen_in < $3
order by id

-- name: unseen_reports
select agency, id from mirror where kind = 'report' and not gone and seen_in < $1 order by agency, id

-- name: count_unseen
select count(*) from mirror where kind = 'report' and agency = $1 and not gone and seen_in < $2

-- name: reading_from
-- A first attempt, or one that was complete: a mistyped address does not take the name of a good mirror.
update crawler set source = $1 where $2 or source is null

-- name: to_bury
-- Rows that have been gone for long enough: everybody has seen it.
select kind, id from mirror where gone and not buried and gone_at < $1 order by gone_at limit $2

-- name: buried
update mirror set buried = true where kind = $1 and id = any($2)

-- name: ended_providers
-- Providers that are gone or closed, with their facts.
select id, facts, gone from mirror where kind = 'provider' and (gone or facts ->> 'closed' is not null)

-- name: bearers
-- Providers that bear one of these identifiers: scheme and value.
select m.id, i ->> 'resource' as scheme, i ->> 'value' as value
from mirror m, jsonb_array_elements(m.facts -> 'identifiers') as i
where m.kind = 'provider' and not m.gone
  and (i ->> 'resource', i ->> 'value') in (select * from unnest($1::text[], $2::text[]))

-- name: reports_moved
-- For reports that once named a provider that is gone: the one provider that they name now.
select h.id as report, old.id as old, now.id as new
from unnest($1::text[]) as old (id)
join mirror_history h on h.kind = 'report' and (h.facts -> 'providers') ? old.id
join mirror m on m.kind = 'report' and m.id = h.id and not m.gone and not (m.facts -> 'providers') ? old.id,
lateral jsonb_array_elements_text(m.facts -> 'providers') as now (id)
where not (h.facts -> 'providers') ? now.id

-- name: alias
insert into alias (id, other, how, since, recorded_at)
select t.id, t.other, t.how, t.since, $5
from unnest($1::text[], $2::text[], $3::text[], $4::date[]) as t (id, other, how, since)
on conflict do nothing

-- name: count_partition
select count(*) from mirror where kind = $1 and agency is not distinct from $2 and not gone

-- name: reports_seen
select count(*) filter (where not withheld) from mirror where kind = 'report' and not gone and seen_in >= $1

-- name: oldest_details
-- Rows whose detail this pass has not read and that is old or was never read. A reading in the future was
-- dated by a clock that jumped: its age is not known.
select id from mirror m
where kind = $1 and not gone and detailed_in < $4
  and ($3::timestamptz is null or detailed_at is null or detailed_at < $3 or detailed_at > $5::timestamptz)
  and not exists (select from unreadable u where u.kind = m.kind and u.id = m.id)
order by case when detailed_at <= $5 then detailed_at end nulls first, id limit $2

-- name: undetailed
-- Rows whose detail was never read, the newest first. Those that cannot be read have their turn elsewhere.
select id from mirror m
where kind = $1 and not gone and misses = 0 and detailed_at is null
  and not exists (select from unreadable u where u.kind = m.kind and u.id = m.id)
order by length(id) desc, id desc limit $2

-- name: asked_for
-- Ids of a kind that were asked for, whatever came of it. One that is gone may come back.
select id from mirror where kind = $1 and not gone
union select id from vacant where kind = $1
union select id from unreadable where kind = $1

-- name: vacant
insert into vacant (kind, id, asked_at) select $1, unnest($2::text[]), $3
on conflict (kind, id) do update set asked_at = excluded.asked_at

-- name: forget_vacant
delete from vacant where asked_at < $1 or asked_at > $2

-- name: unlisted_providers
-- Providers that reports or other providers name, and that no list has shown.
select distinct named.id from mirror m, lateral (
    select jsonb_array_elements_text(m.facts -> 'providers') as id where m.kind = 'report'
    union all select jsonb_array_elements_text(m.facts -> 'platforms') where m.kind = 'report'
    union all select jsonb_array_elements(m.facts -> 'relations') ->> 'other' where m.kind = 'provider'
) as named
where not m.gone and named.id is not null
  and not exists (select from mirror p where p.kind = 'provider' and p.id = named.id)
  and not exists (select from unreadable u where u.kind = 'provider' and u.id = named.id)
  and not exists (select from vacant v where v.kind = 'provider' and v.id = named.id)
order by 1 limit $1

-- name: contradicted_reports
-- Reports that name a provider which is gone or was missed: their detail may have changed without the list's
-- doing so.
select r.id from mirror r
where r.kind = 'report' and not r.gone and r.detailed_in < $1 and exists (
    select from mirror p where p.kind = 'provider' and (p.gone or p.misses > 0)
    and ((r.facts -> 'providers') ? p.id or (r.facts -> 'platforms') ? p.id)
)
order by r.id

-- name: contradicted_providers
-- Both ends of a relation that only one of them tells, and providers of which a report was told after the
-- pass that read them: reports bring providers levels and places.
with relation as (
    select m.id, r ->> 'other' as other from mirror m, jsonb_array_elements(m.facts -> 'relations') as r
    where m.kind = 'provider' and not m.gone and m.misses = 0
), one_sided as (
    select a.id, a.other from relation a
    where not exists (select from relation b where b.id = a.other and b.other = a.id)
), told as (
    select r.facts, h.recorded_at from mirror r join mirror_history h using (kind, id, revision)
    where r.kind = 'report' and not r.gone
), named as (
    select id from one_sided
    union select other from one_sided
    union select p.id
    from told t, jsonb_array_elements_text(t.facts -> 'providers') as n (id)
    join mirror p on p.kind = 'provider' and p.id = n.id
    left join pass on pass.id = p.detailed_in
    where p.detailed_in < $1 and t.recorded_at > coalesce(pass.ended_at, pass.started_at, '-infinity')
)
select id from named join mirror m using (id) where m.kind = 'provider' and not m.gone and m.detailed_in < $1
order by id limit 2000

-- name: unreadable
insert into unreadable (kind, id, cause, path, found, expected, seen_at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (kind, id) do update set
    cause = excluded.cause, path = excluded.path, found = excluded.found, expected = excluded.expected,
    seen_at = excluded.seen_at

-- name: readable
delete from unreadable where kind = $1 and id = any($2)

-- name: unreadable_ids
select id from unreadable where kind = $1 and seen_at < $2 order by id

-- name: unreadable_count
-- A row is counted once, however many lists fail on it; those that nobody could name count for themselves.
select (select count(*) from (
            select kind, id from unreadable
            union select case name when 'providers' then 'provider' else 'report' end, unnest(named)
            from partition where pass = $1
        ) as each)
     + (select coalesce(sum(greatest(unreadable - cardinality(named), 0)), 0) from partition where pass = $1)

-- name: unreadable_strangers
-- Reports that are listed, though nothing is known of them yet.
select count(*) from unreadable u
where u.kind = 'report' and not exists (select from mirror m where m.kind = u.kind and m.id = u.id)

-- name: running_pass
select id, started_at from pass where state = 'running' and started_at > $1 and started_at <= $2
order by id desc limit 1

-- name: abandon_passes
update pass set state = 'failed', reason = coalesce(reason, 'interrupted'), ended_at = $1 where state = 'running'

-- name: begin_pass
insert into pass (started_at) values ($1) returning id

-- name: attempt
update pass set attempted_at = $2, reason = null where id = $1

-- name: failed_attempt
update pass set reason = $1 where state = 'running'

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
update partition set missing = $2 where name = $1

-- name: name_unreadable
-- By elimination: what belongs into a list that failed on some of its rows, is there, and was in no list.
-- Withheld reports are in the list of their own only, others in those of their agency and of its partners.
update partition p set named = array(
    select m.id from mirror m
    where m.kind = case p.name when 'providers' then 'provider' else 'report' end
      and not m.gone and m.misses = 0 and m.seen_in < $1
      and case p.name
          when 'providers' then true
          when 'reports:withheld' then m.withheld
          when 'reports:all' then not m.withheld
          else not m.withheld and (
              m.agency = substr(p.name, length('reports:') + 1)
              or m.facts -> 'contributing_agencies'
                 @> jsonb_build_array(jsonb_build_object('id', substr(p.name, length('reports:') + 1))))
          end
    order by m.id
)
where p.pass = $1 and p.complete and p.unreadable > 0

-- name: named_count
select count(distinct each.id) from partition p, unnest(p.named) as each (id) where p.pass = $1

-- name: partitions_of
select name, complete, unreadable from partition where pass = $1

-- name: last_complete
select id, started_at, ended_at, unreadable from pass where state = 'complete' order by id desc limit 1

-- name: snapshot_rows
select kind, id, revision from mirror where not gone

-- name: cursor
select day from cursor where name = $1

-- name: set_cursor
insert into cursor (name, day) values ($1, $2)
on conflict (name) do update set day = greatest(cursor.day, excluded.day)
