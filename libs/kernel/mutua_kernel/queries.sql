-- The kernel's own statements. Every one handles a whole batch.

-- name: lookup
-- What is known of a batch before it is handled: events whose effect has happened, keys that wait in the park.
-- Locking the keys makes whoever parks and whoever re-drives wait for one another.
with parked as (
    select k.topic, k.key
    from parked_key k
    join (select distinct topic, key from unnest($3::text[], $4::text[]) as t (topic, key)) asked using (topic, key)
    where k.consumer = $1
    order by k.topic, k.key
    for update of k
)
select 'done' as what, event_id::text as a, '' as b from inbox where consumer = $1 and event_id = any($2::uuid[])
union all
select 'parked', topic, key from parked

-- name: finish
-- Everything that the kernel keeps of a batch, in one statement: effects done, facts to publish, events parked.
-- Answers how many effects are the first of their event: fewer than given means that another process was faster.
with done as (
    insert into inbox (consumer, event_id)
    select $1, event_id from unnest($2::uuid[]) as d (event_id)
    on conflict do nothing
    returning 1
), sent as (
    insert into outbox (shard, topic, key, event_id, type, payload, traceparent)
    select o.shard, o.topic, o.key, o.event_id, o.type, o.payload, o.traceparent
    from unnest($3::smallint[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::bytea[], $9::text[])
         with ordinality as o (shard, topic, key, event_id, type, payload, traceparent, n)
    order by o.n
), keys as (
    insert into parked_key (consumer, topic, key, partition)
    select distinct on (p.topic, p.key) $1, p.topic, p.key, p.partition
    from unnest($10::text[], $11::text[], $12::integer[]) as p (topic, key, partition)
    order by p.topic, p.key
    on conflict do nothing
), events as (
    insert into parked_event (consumer, topic, key, partition, "offset", event_id, reason, detail, raw)
    select $1, p.topic, p.key, p.partition, p.position, p.event_id, p.reason, p.detail, p.raw
    from unnest($10::text[], $11::text[], $12::integer[], $13::bigint[], $14::uuid[], $15::text[], $16::text[], $17::bytea[])
         with ordinality as p (topic, key, partition, position, event_id, reason, detail, raw, n)
    order by p.n
    on conflict (consumer, topic, partition, "offset") do nothing
)
select count(*) from done

-- name: keys_to_redrive
select topic, key, partition from parked_key where consumer = $1 and redrive_at is not null order by redrive_at, key

-- name: lock_parked_key
select redrive_at is not null as wanted from parked_key where consumer = $1 and topic = $2 and key = $3 for update

-- name: next_parked
select id, partition, "offset" as position, raw, parked_at from parked_event
where consumer = $1 and topic = $2 and key = $3 order by id limit 1

-- name: release_parked
delete from parked_event where id = $1

-- name: free_key
delete from parked_key where consumer = $1 and topic = $2 and key = $3

-- name: failed_again
with counted as (
    update parked_event set attempts = attempts + 1, reason = $5, detail = $6 where id = $4
)
update parked_key set redrive_at = null where consumer = $1 and topic = $2 and key = $3

-- name: park_counts
select consumer, reason, count(*) as n from parked_event group by consumer, reason

-- name: list_parked
select id, consumer, topic, key, partition, "offset" as position, event_id, reason, detail, attempts, parked_at
from parked_event
where ($1::text is null or reason = $1) and ($2::text is null or key = $2) and id > $3
order by id limit $4

-- name: show_parked
select id, consumer, topic, key, partition, "offset" as position, event_id, reason, detail, attempts, parked_at, raw
from parked_event where id = $1

-- name: ask_redrive
update parked_key k set redrive_at = now()
where ($1::text is null or k.key = $1)
  and ($2::text is null or exists (
      select 1 from parked_event e
      where e.consumer = k.consumer and e.topic = k.topic and e.key = k.key and e.reason = $2))
returning k.consumer, k.topic, k.key

-- name: outbox_state
select count(*) as rows, count(*) filter (where blocked is not null) as blocked,
       coalesce(extract(epoch from now() - min(created_at) filter (where blocked is null)), 0)::float8 as oldest
from outbox

-- name: prune
with old_inbox as (
    delete from inbox where processed_at < now() - make_interval(days => $1)
)
delete from idempotency where created_at < now() - interval '7 days'

-- name: take_batch
-- A plain read by position: rows are deleted after the acknowledgement, so a row that commits late is seen late and
-- never jumped over. Rows behind a blocked one of their key wait.
select position, topic, key, payload, traceparent
from outbox o
where shard = $1 and blocked is null
  and not exists (select 1 from outbox b where b.topic = o.topic and b.key = o.key and b.blocked is not null
                  and b.position < o.position)
order by position limit $2

-- name: published
delete from outbox where position = any($1::bigint[])

-- name: block_row
update outbox set blocked = $2 where position = $1
