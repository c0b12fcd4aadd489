-- name: append
-- Puts a batch of events at the end of the feed and queues them for every endpoint that is subscribed to them.
-- The head row's lock makes positions commit in order.
with head as (
    update feed_head set position = position + cardinality($1::uuid[]) returning position - cardinality($1::uuid[]) as base
), fresh as (
    insert into feed (position, event_id, type, country, award_country, recogniser, issuer, payload, traceparent, occurred_at)
    select head.base + e.n, e.event_id, e.type, e.country, e.award_country, e.recogniser, e.issuer, e.payload,
           e.traceparent, e.occurred_at
    from head, unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::text[],
                      $9::timestamptz[]) with ordinality
         as e (event_id, type, country, award_country, recogniser, issuer, payload, traceparent, occurred_at, n)
    on conflict (event_id) do nothing
    returning position, event_id, type, country, award_country, recogniser, issuer
)
insert into delivery (id, tenant, endpoint, position, event_id)
select gen_random_uuid(), e.tenant, e.id, f.position, f.event_id
from fresh f
join endpoint e on e.state = 'active'
join subscription s on s.id = e.subscription
where subscribed(s, f.type, f.country, f.award_country, f.recogniser, f.issuer)
order by f.position

-- name: position_of
select position from feed where event_id = $1

-- name: feed_bounds
-- A cursor is judged by what the head says, not by what the caller may see.
select position as newest from feed_head

-- name: read_feed
select position, event_id, payload from feed
where position > $1
  and ($2::text[] is null or type = any ($2))
  and ($3::text is null or country = $3)
  and ($4::text is null or award_country = $4)
order by position limit $5

-- name: any_subscription
select exists (select 1 from subscription where ended_at is null)

-- name: add_subscription
insert into subscription (id, tenant, name, countries, award_countries, types)
values ($1, $2, $3, $4, $5, $6) returning *

-- name: subscriptions
select * from subscription where ended_at is null order by created_at, id

-- name: end_subscription
with ended as (
    update subscription set ended_at = now() where id = $1 and ended_at is null returning id
), silenced as (
    update endpoint set state = 'removed', state_reason = 'subscription_ended'
    where subscription in (select id from ended)
)
select count(*) from ended

-- name: add_endpoint
insert into endpoint (id, tenant, subscription, url, scheme, sealed_key, public_key)
select $1, $2, s.id, $4, $5, $6, $7 from subscription s where s.id = $3 and s.ended_at is null
returning id, subscription, url, scheme, public_key, state, state_reason, created_at

-- name: endpoints
select id, subscription, url, scheme, public_key, state, state_reason, created_at from endpoint
where state <> 'removed' order by created_at, id

-- name: endpoint
select id, subscription, url, scheme, public_key, state, state_reason, created_at from endpoint
where id = $1 and state <> 'removed'

-- name: remove_endpoint
with removed as (
    update endpoint set state = 'removed', state_reason = 'by_owner' where id = $1 and state <> 'removed' returning id
), cancelled as (
    update delivery set state = 'cancelled' where endpoint in (select id from removed) and state = 'pending'
)
select count(*) from removed

-- name: deliveries
select id, endpoint, position, event_id, state, attempts, due_at, created_at from delivery
where endpoint = $1 and ($2::text is null or state = $2) and position > $3
order by position limit $4

-- name: delivery
select d.id, d.endpoint, d.position, d.event_id, d.state, d.attempts, d.due_at, d.created_at,
       coalesce((select jsonb_agg(jsonb_build_object('number', a.number, 'at', a.at, 'status', a.status,
                                                     'outcome', a.outcome, 'millis', a.millis) order by a.number)
                 from attempt a where a.delivery = d.id), '[]') as log
from delivery d where d.id = $1

-- name: resend
update delivery set state = 'pending', due_at = now(), claimed_to = null
where id = $1 and exists (select 1 from endpoint e where e.id = delivery.endpoint and e.state = 'active')
returning id

-- name: add_grant
insert into tenant_grant (tenant, country, granted_by) values ($1, $2, $3)
on conflict (tenant, country) do update set country = excluded.country returning tenant, country, granted_at

-- name: grants
select tenant, country, granted_at from tenant_grant order by tenant, country

-- name: end_grant
delete from tenant_grant where tenant = $1 and country = $2 returning tenant

-- name: claim_due
-- Deliveries that are due, taken for a minute: whoever dies with them in hand leaves them to the next claim.
update delivery d set claimed_to = now() + interval '60 seconds'
from endpoint e, feed f
where d.id in (
        select id from delivery
        where state = 'pending' and due_at <= now() and (claimed_to is null or claimed_to < now())
        order by due_at, position limit $1 for update skip locked)
  and e.id = d.endpoint and f.event_id = d.event_id
returning d.id, d.tenant, d.event_id, d.position, d.attempts, e.id as endpoint, e.url, e.scheme, e.sealed_key, e.state as endpoint_state,
          f.payload, f.traceparent

-- name: record_attempts
with tried as (
    select * from unnest($1::uuid[], $2::text[], $3::integer[], $4::integer[], $5::text[], $6::integer[], $7::text[],
                         $8::timestamptz[])
        as t (id, tenant, number, status, outcome, millis, state, due_at)
), logged as (
    insert into attempt (delivery, number, tenant, at, status, outcome, millis)
    select id, number, tenant, now(), status, outcome, millis from tried
    on conflict do nothing
)
update delivery d set state = t.state, attempts = t.number, due_at = coalesce(t.due_at, d.due_at), claimed_to = null
from tried t where d.id = t.id and d.state = 'pending'

-- name: disable_endpoints
with gone as (
    update endpoint set state = 'disabled', state_reason = $2 where id = any ($1::uuid[]) and state = 'active' returning id
)
update delivery set state = 'cancelled' where endpoint in (select id from gone) and state = 'pending'

-- name: trim_feed
with old as (
    delete from feed where stored_at < now() - make_interval(days => $1) returning position
)
select count(*) from old
