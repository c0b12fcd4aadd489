-- Projections ---------------------------------------------------------------------------------------------------------

-- name: project_issuers
-- Whole states, newest sequence wins: an older one that arrives late changes nothing.
insert into issuer (id, sequence, iss, content)
select id, sequence, iss, content::jsonb
from unnest($1::text[], $2::integer[], $3::text[], $4::text[]) as t (id, sequence, iss, content)
order by id
on conflict (id) do update
set sequence = excluded.sequence, iss = excluded.iss, content = excluded.content, received_at = now()
where issuer.sequence < excluded.sequence

-- name: project_registry
-- Whole states, newest revision wins; the links of a row that changed are written anew.
with changed as (
    insert into registry_row (kind, id, revision, gone, content)
    select kind, id, revision, gone, content::jsonb
    from unnest($1::text[], $2::text[], $3::integer[], $4::boolean[], $5::text[]) as t (kind, id, revision, gone, content)
    order by kind, id
    on conflict (kind, id) do update
    set revision = excluded.revision, gone = excluded.gone, content = excluded.content, received_at = now()
    where registry_row.revision < excluded.revision
    returning kind, id
), wanted as (
    select distinct l.source_kind, l.source_id, l.relation, l.target
    from unnest($6::text[], $7::text[], $8::text[], $9::text[]) as l (source_kind, source_id, relation, target)
    join changed c on c.kind = l.source_kind and c.id = l.source_id
), dropped as (
    delete from registry_link l
    using changed c
    where l.source_kind = c.kind and l.source_id = c.id
      and not exists (select 1 from wanted w where w.source_kind = l.source_kind and w.source_id = l.source_id
                                               and w.relation = l.relation and w.target = l.target)
)
insert into registry_link (source_kind, source_id, relation, target)
select source_kind, source_id, relation, target from wanted order by 1, 2, 3, 4
on conflict do nothing

-- name: project_snapshot
insert into registry_state (snapshot, started_at, completed_at, digest) values ($1, $2, $3, $4)
on conflict (single) do update
set snapshot = excluded.snapshot, started_at = excluded.started_at, completed_at = excluded.completed_at,
    digest = excluded.digest
where registry_state.completed_at < excluded.completed_at

-- The catalogue: what people released ---------------------------------------------------------------------------------

-- name: heads
select l.version as log_version, l.digest as log_digest, c.version as catalogue_version
from log_head l, catalogue_head c

-- name: statements
select content, recorded, revoked from statement order by recorded, id

-- name: statements_since
select id, content, recorded, revoked from statement where recorded > $1 or revoked > $1 order by recorded, id

-- name: catalogue
select 'policy' as kind, content, null::text as country from policy
union all select 'mandate', content, null from mandate
union all select 'standing_rule', content, country from standing_rule where ended_at is null
union all select 'alliance', content, null from alliance

-- name: claim_ending
-- Statements whose last days have come and of which nobody was told for this threshold (30, 7, 1 days); locked.
select id, tenant, content::text as content, recorded, revoked, signed_by, document, document_digest, rests_on,
       content #>> '{in_force,to}' as ends
from statement
where revoked is null and content #>> '{in_force,to}' > $1 and content #>> '{in_force,to}' <= $2
  and (warned is null
       or warned > case when (content #>> '{in_force,to}')::date - $1::text::date <= 1 then 1
                        when (content #>> '{in_force,to}')::date - $1::text::date <= 7 then 7 else 30 end)
order by recorded limit $3
for update skip locked

-- name: warned
update statement set warned = $2 where id = $1

-- Credentials from the bus --------------------------------------------------------------------------------------------

-- name: store_issued
-- A batch of issued credentials, the requests that standing rules make of them, and their place in the queue.
with issued as (
    insert into credential (id, issuer, awarding_body, country, component, award_date, format, digest, body)
    select id, issuer, body_of, country, component, award_date, format, digest, body
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::text[], $8::text[], $9::text[])
        as t (id, issuer, body_of, country, component, award_date, format, digest, body)
    order by id
    on conflict (id) do nothing
    returning id
), asked as (
    insert into request (id, tenant, credential, purpose, target, regime, origin, holder, rule, country, issuer,
                         award_country, received_at, complete_on, traceparent)
    select r.id, r.tenant, r.credential, r.purpose, r.target::jsonb, r.regime, 'standing_rule', 'on_presentation', r.rule,
           r.country, r.issuer, r.award_country, $21, ($21 at time zone 'UTC')::date, r.traceparent
    from unnest($10::uuid[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[],
                $18::text[], $19::text[], $20::text[], $22::text[])
        as r (id, tenant, credential, purpose, target, regime, rule, country, issuer, award_country, cause, traceparent)
    order by r.id
    on conflict (id) do nothing
    returning id
)
insert into due (request, due_at, give_up_at, cause_kind, cause_id)
select a.id, now(), now() + make_interval(secs => $23), 'credential_issued', r.cause
from asked a join unnest($10::uuid[], $20::text[]) as r (id, cause) on r.id = a.id
order by a.id

-- name: store_statuses
-- What issuers say of their credentials, newest first to count. Cases that wait for a person are looked at again by the
-- machine; decisions stand, and a person is told to look. Requests are locked before anything is queued, as the API does.
with told as (
    select distinct on (credential) credential, issuer, sequence, status, reason, changed_at, revisit, cause
    from unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[])
        as t (credential, issuer, sequence, status, reason, changed_at, revisit, cause)
    order by credential, sequence desc
), changed as (
    insert into credential_status (credential, issuer, sequence, status, reason, changed_at)
    select credential, issuer, sequence, status, reason, changed_at from told
    order by credential
    on conflict (credential) do update
    set issuer = excluded.issuer, sequence = excluded.sequence, status = excluded.status, reason = excluded.reason,
        changed_at = excluded.changed_at, received_at = now()
    where credential_status.sequence < excluded.sequence and credential_status.issuer = excluded.issuer
    returning credential
), held as (
    select q.id, t.credential, q.state from request q
    join told t on t.credential in (q.credential, q.known_as) and t.issuer = q.issuer
    join changed c on c.credential = t.credential
    order by q.id
    for update of q
), queued as (
    insert into due (request, due_at, give_up_at, cause_kind, cause_id)
    select h.id, now(), $9, 'evidence_changed', t.cause
    from held h join told t on t.credential = h.credential
    where h.state in ('in_review', 'info_requested')
    order by h.id
    on conflict (request) do nothing
)
update request q
set revisit = t.revisit, sequence = q.sequence + 1
from held h join told t on t.credential = h.credential, record r
where q.id = h.id and r.id = q.current and h.state in ('decided', 'anticipated') and q.revisit is distinct from t.revisit
  and (t.revisit is not null or q.revisit in ('AUTH.REVOKED', 'AUTH.SUSPENDED'))
returning q.id, q.tenant as recogniser, q.credential, q.purpose, q.target ->> 'id' as target, q.country, q.issuer,
          q.award_country, q.sequence, q.revisit, t.cause, r.id as record, r.number, r.content_digest,
          'credential_status' as source_kind, h.credential as source

-- name: follow_compromise
-- What rests on a key that was compromised at some instant, and was not here before it. Cases that wait for a person are
-- looked at again by the machine; decisions stand, and a person is told to look.
with named as (
    select evidence, since, cause from unnest($1::text[], $2::timestamptz[], $3::text[]) as n (evidence, since, cause)
), held as (
    select q.id, q.state, n.evidence, n.cause from named n
    join evidence_use u on u.evidence = n.evidence
    join record r on r.id = u.record
    join request q on q.current = r.id
    join credential c on c.id = q.credential and c.received_at >= n.since
    where q.state in ('decided', 'anticipated', 'in_review', 'info_requested') and q.revisit is null
    order by q.id
    for update of q
), queued as (
    insert into due (request, due_at, give_up_at, cause_kind, cause_id)
    select distinct on (h.id) h.id, now(), $4, 'evidence_changed', h.cause from held h
    where h.state in ('in_review', 'info_requested')
    order by h.id
    on conflict (request) do nothing
)
update request q
set revisit = 'AUTH.KEY_UNBOUND', sequence = q.sequence + 1
from held h, record r
where q.id = h.id and r.id = q.current and h.state in ('decided', 'anticipated')
returning q.id, q.tenant as recogniser, q.credential, q.purpose, q.target ->> 'id' as target, q.country, q.issuer,
          q.award_country, q.sequence, q.revisit, h.cause, r.id as record, r.number, r.content_digest,
          'key' as source_kind, h.evidence as source

-- Evaluation ----------------------------------------------------------------------------------------------------------

-- name: claim_due
-- Requests that are due, locked until this transaction ends: whoever dies leaves them to the next claim. What is read
-- comes from the locking scan itself, and nothing is waited for, so that the API, which locks the request first, and
-- this can never wait for one another.
select q.id, q.tenant, q.credential, q.purpose, q.target::text as target, q.regime, q.origin, q.holder, q.rule, q.country,
       q.issuer, q.award_country, q.state, q.announced, q.presented_at, q.received_at, q.complete_on, q.sequence, q.records,
       q.current, q.traceparent,
       d.give_up_at, d.cause_kind, d.cause_id,
       c.issuer as signer, c.awarding_body, c.format, c.digest, coalesce(q.presented, c.body) as body,
       c.received_at as existed_by, u.subject, k.wrapped, u.sealed, u.issuer as claimed_issuer
from due d
join request q on q.id = d.request
join credential c on c.id = q.credential
left join upload u on u.credential = q.credential and u.tenant = q.tenant
left join subject_key k on k.tenant = u.tenant and k.reference = u.subject
where d.due_at <= now()
order by d.due_at, d.request
limit $1
for update of q, d skip locked

-- name: statuses_of
select credential, issuer, sequence, status, reason, changed_at from credential_status where credential = any($1::text[])

-- name: issuers_of
select content::text as content, received_at from issuer where iss = any($1::text[]) or id = any($2::text[])

-- name: issuers_by_number
select content::text as content, received_at from issuer i
where exists (
    select 1 from jsonb_array_elements(i.content -> 'identifiers') e, unnest($1::text[]) n
    where e ->> 'confidence' = 'high'
      and right(regexp_replace(upper(e ->> 'value'), '[[:space:]./-]', '', 'g'), length(n)) = n
)

-- name: registry_for
-- Every row that a question about these providers may need: they themselves, whom they are related to, reports about
-- all of them, the agencies of the reports and the countries of their seats.
with recursive named as (
    select $1::text[] as ids
    ), identified as (
    select unnest(ids) as provider from named
    union
    select l.source_id from registry_link l
    join unnest($2::text[], $3::text[]) as i (relation, value)
      on l.relation = i.relation and l.target = i.value
    where l.source_kind = 'provider'
), near (provider, far) as (
    select provider, 0 from identified
    union
    select l.target, n.far + 1 from near n
    join registry_link l on l.source_kind = 'provider' and l.source_id = n.provider and l.relation = 'provider'
    where n.far < 2
), reports as (
    select distinct l.source_id as id from registry_link l
    join near n on l.relation = 'about' and l.target = n.provider
    where l.source_kind = 'report'
), agencies as (
    select distinct l.target as id from registry_link l
    join reports r on l.source_kind = 'report' and l.source_id = r.id and l.relation = 'agency'
), countries as (
    select distinct l.target as code from registry_link l
    join near n on l.source_kind = 'provider' and l.source_id = n.provider and l.relation = 'country'
)
select w.kind, w.content::text as content from registry_row w where w.kind = 'provider' and w.id in (select provider from near)
union all
select w.kind, w.content::text from registry_row w where w.kind = 'report' and w.id in (select id from reports)
union all
select w.kind, w.content::text from registry_row w where w.kind = 'agency' and w.id in (select id from agencies)
union all
select w.kind, w.content::text from registry_row w
join registry_link l on l.source_kind = 'country' and l.source_id = w.id and l.relation = 'code'
where w.kind = 'country' and l.target in (select code from countries)
union all
select 'candidate', jsonb_build_object('name', l.target, 'provider', l.source_id)::text
from registry_link l where l.relation = 'name' and l.source_kind = 'provider' and l.target = any($4::text[])
union all
select 'state', jsonb_build_object('snapshot', snapshot, 'started_at', started_at, 'completed_at', completed_at,
                                   'digest', digest)::text from registry_state

-- name: postpone
update due set due_at = t.due_at
from unnest($1::uuid[], $2::timestamptz[]) as t (request, due_at) where due.request = t.request

-- name: store_evaluated
-- Records, the state of their requests, their evidence, and the end of their place in the queue.
with kept as (
    insert into evidence (digest, kind, body)
    select distinct on (digest) digest, kind, body
    from unnest($1::text[], $2::text[], $3::bytea[]) as e (digest, kind, body)
    order by digest
    on conflict do nothing
), recorded as (
    insert into record (id, tenant, request, number, outcome, content, content_digest, inputs_digest, act, made_at)
    select id, tenant, request, number, outcome, content, content_digest, inputs_digest, act::jsonb, made_at
    from unnest($4::uuid[], $5::text[], $6::uuid[], $7::integer[], $8::text[], $9::bytea[], $10::text[], $11::text[],
                $12::text[], $13::timestamptz[])
        as r (id, tenant, request, number, outcome, content, content_digest, inputs_digest, act, made_at)
    order by id
), used as (
    insert into evidence_use (evidence, record)
    select distinct evidence, record from unnest($14::text[], $15::uuid[]) as u (evidence, record)
    order by 1, 2
), done as (
    delete from due where request = any($6::uuid[])
)
update request q
set state = t.state, announced = true, sequence = t.sequence, records = t.number, current = t.current, due_on = t.due_on,
    complete_on = t.complete_on, issuer = coalesce(q.issuer, t.issuer), award_country = coalesce(q.award_country, t.country),
    known_as = coalesce(q.known_as, t.known_as)
from unnest($6::uuid[], $16::text[], $17::integer[], $7::integer[], $4::uuid[], $18::date[], $19::date[], $20::text[],
            $21::text[], $22::text[])
    as t (request, state, sequence, number, current, due_on, complete_on, issuer, country, known_as)
where q.id = t.request

-- name: queue_state
select count(*) as waiting, coalesce(extract(epoch from now() - min(due_at)), 0)::float8 as oldest from due where due_at <= now()


-- API -----------------------------------------------------------------------------------------------------------------
-- Every statement runs as the api role with `app.tenant` set: row-level security shows the rows of that organisation.

-- name: add_proposal
insert into proposal (id, tenant, kind, subject_id, subject, needs_second, first_person, first_at, released_at)
values ($1, $2, $3, $4, $5::jsonb, $6, $7, $8::timestamptz, case when $6 then null else $8::timestamptz end)

-- name: proposals
select id, tenant, kind, subject_id, subject::text as subject, needs_second, first_person, first_at, second_person, second_at,
       effective_at, released_at, withdrawn_at, lapsed
from proposal
where ($1::text is null or $1 = case when released_at is not null then 'released' when withdrawn_at is not null then 'withdrawn'
                                     when lapsed is not null then 'lapsed' when second_at is not null then 'scheduled'
                                     else 'waiting' end) and ($2::text is null or kind = $2)
  and ($3::uuid is null or id > $3)
order by id limit $4

-- name: proposal
select id, tenant, kind, subject_id, subject::text as subject, needs_second, first_person, first_at, second_person, second_at,
       effective_at, released_at, withdrawn_at, lapsed
from proposal where id = $1

-- name: lock_proposal
select id, tenant, kind, subject_id, subject::text as subject, needs_second, first_person, first_at, second_person, second_at,
       effective_at, released_at, withdrawn_at, lapsed
from proposal where id = $1 for update

-- name: sign_proposal
-- With a time it takes effect then, else now.
update proposal
set second_person = $2, second_at = $3, effective_at = $4,
    released_at = case when $4::timestamptz is null then $3::timestamptz end
where id = $1

-- name: withdraw_proposal
update proposal set withdrawn_at = $2 where id = $1

-- name: claim_scheduled
-- One statement (or end of distrust) whose time has come; it stays locked until this transaction ends.
select id, tenant, kind, subject::text as subject from proposal
where effective_at <= $1 and released_at is null and withdrawn_at is null and lapsed is null
order by effective_at, id limit 1 for update skip locked

-- name: proposal_took_effect
update proposal set released_at = $2 where id = $1

-- name: proposal_lapsed
update proposal set lapsed = $2 where id = $1

-- name: lock_log
-- Whoever adds to the log holds its head: versions have no gaps and no forks.
select version, digest from log_head for update

-- name: log_head
select version, digest from log_head

-- name: advance_log
update log_head set version = $1, digest = $2

-- name: add_statement
insert into statement (id, tenant, trustee, content, digest, recorded, signed_by, document, document_digest, stated_as,
                       rests_on, alliance, proposal)
values ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- name: stated
-- Whoever stated it, since ids are digests of what was stated, truster included.
select id from statement where stated_as = $1 limit 1

-- name: statements_by
select content::text as content, recorded, revoked from statement where tenant = $1 and stated_as = id

-- name: name_alliance
-- From here on this transaction reads what the alliance of this id states about its members.
select set_config('app.alliance', $1, true)

-- name: lock_resting
-- A statement and whatever was made of it, as far as it has not ended.
select id, tenant, content::text as content, recorded, revoked, signed_by, document, document_digest, rests_on from statement
where (id = $1 or stated_as = $1 or $1 = any(rests_on)) and revoked is null
order by id for update

-- name: known_entities
select known_entities($1::text[])

-- name: snapshot_passed
select snapshot from registry_state

-- name: signing_keys_of
select id, tenant, jwk::text as jwk, holder, valid_from, valid_to, compromised_at from signing_key
where tenant = $1 order by valid_from, id

-- name: name_organisation
-- From here on this transaction reads the keys of this organisation.
select set_config('app.organisation', $1, true)

-- name: signing_key
select id, tenant, jwk::text as jwk, holder, valid_from, valid_to, compromised_at from signing_key where id = $1

-- name: held_key
-- The newest key of an organisation that the service holds, and that still signs.
select k.id, h.sealed from signing_key k join held_secret h on h.key = k.id
where k.tenant = $1 and k.valid_to is null and k.compromised_at is null
order by k.valid_from desc limit 1

-- name: add_signing_key
insert into signing_key (id, tenant, jwk, holder, valid_from, proposal) values ($1, $2, $3::jsonb, $4, $5, $6)
on conflict (id) do nothing returning id

-- name: add_held_secret
insert into held_secret (key, tenant, sealed) values ($1, $2, $3)

-- name: end_signing_key
update signing_key set valid_to = coalesce(valid_to, $2), compromised_at = coalesce(compromised_at, $3)
where id = $1 and tenant = current_setting('app.tenant')

-- name: revoke_statement
update statement set revoked = $2, revoke_reason = $3 where id = $1

-- name: own_statement
-- What the organisation stated, under its own id or as what was made of it.
select id, tenant, content::text as content, recorded, revoked, revoke_reason, signed_by, document, document_digest, rests_on
from statement where tenant = current_setting('app.tenant') and (id = $1 or stated_as = $1)
order by revoked is not null, id limit 1

-- name: statement
select id, tenant, content::text as content, recorded, revoked, revoke_reason, signed_by, document, document_digest, rests_on
from statement where id = $1

-- name: statements_seen
select id, tenant, content::text as content, recorded, revoked, revoke_reason, signed_by, document, document_digest, rests_on
from statement
where recorded > $1 and ($2::text is null or (tenant = current_setting('app.tenant')) = ($2 = 'own'))
  and (not $3 or revoked is null)
order by recorded limit $4

-- name: own_statements_about
select content::text as content, recorded, revoked from statement
where tenant = current_setting('app.tenant') and trustee = $1

-- name: trust_log
-- Each fact at its version: a statement was published, or it was revoked.
select version, fact, content, recorded, revoked, signed_by, document, document_digest, rests_on from (
    select recorded as version, 'published' as fact, content::text as content, recorded, null::integer as revoked, signed_by,
           document, document_digest, rests_on from statement
    union all
    select revoked, 'revoked', content::text, recorded, revoked, signed_by, document, document_digest, rests_on
    from statement where revoked is not null
) f
where version > $1 order by version limit $2

-- name: advance_catalogue
-- Whoever releases holds the head: two releases of one thing never get the same version.
update catalogue_head set version = version + 1 returning version

-- name: newest_policy
select max(version) from policy where id = $1

-- name: newest_mandate
select max(version) from mandate where id = $1

-- name: newest_standing_rule
select max(version) from standing_rule where id = $1

-- name: newest_alliance
select version from alliance where id = $1

-- name: add_policy
insert into policy (id, version, tenant, content, digest, proposal) values ($1, $2, $3, $4::jsonb, $5, $6)

-- name: add_mandate
insert into mandate (id, version, tenant, content, proposal) values ($1, $2, $3, $4::jsonb, $5)

-- name: add_standing_rule
insert into standing_rule (id, version, tenant, content, country, proposal) values ($1, $2, $3, $4::jsonb, $5, $6)

-- name: end_standing_rule
-- All its versions: an older one must not come back when the newest ends.
update standing_rule set ended_at = $2 where id = $1 and ended_at is null returning version

-- name: put_alliance
insert into alliance (id, version, tenant, content, proposal) values ($1, $2, $1, $3::jsonb, $4)
on conflict (id) do update set version = excluded.version, content = excluded.content, proposal = excluded.proposal

-- name: policies
select distinct on (id) id, version, tenant as owner, content::text as content, digest from policy
where ($1::text is null or id > $1) order by id, version desc limit $2

-- name: policy
select id, version, tenant as owner, content::text as content, digest from policy
where id = $1 and ($2::integer is null or version = $2) order by version desc limit 1

-- name: mandates
select distinct on (id) id, version, tenant as owner, content::text as content from mandate
where ($1::text is null or id > $1) order by id, version desc limit $2

-- name: mandate
select id, version, tenant as owner, content::text as content from mandate
where id = $1 and ($2::integer is null or version = $2) order by version desc limit 1

-- name: standing_rules
select distinct on (id) id, version, tenant as owner, country, content::text as content, ended_at from standing_rule
where ($1::text is null or id > $1) order by id, version desc limit $2

-- name: standing_rule
select id, version, tenant as owner, country, content::text as content, ended_at from standing_rule
where id = $1 and ($2::integer is null or version = $2) order by version desc limit 1

-- name: alliances
select id, version, content::text as content from alliance where ($1::text is null or id > $1) order by id limit $2

-- name: alliance
select id, version, content::text as content from alliance where id = $1

-- name: provider
select content::text as content from registry_row where kind = 'provider' and id = $1

-- name: name_presented
-- From here on this transaction sees the credential of this id, whoever has a request about it.
select set_config('app.presented', $1, true)

-- name: credential
-- Of a file that others uploaded nothing can be evaluated here: it is none of ours.
select id, issuer, country, digest from credential c
where id = $1 and (body is not null or exists (select 1 from upload u where u.credential = c.id))

-- name: add_credential
insert into credential (id, issuer, awarding_body, country, component, award_date, format, digest, body)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (id) do nothing

-- name: add_subject_key
insert into subject_key (tenant, reference, wrapped) values ($1, $2, $3) on conflict do nothing

-- name: subject_key
select wrapped from subject_key where tenant = current_setting('app.tenant') and reference = $1

-- name: erase_subject
-- The learner's files go with the key.
delete from subject_key where tenant = current_setting('app.tenant') and reference = $1 returning reference

-- name: put_upload
insert into upload (credential, tenant, subject, sealed, issuer, received_at) values ($1, $2, $3, $4, $5, $6)
on conflict (credential, tenant) do update
set subject = excluded.subject, sealed = excluded.sealed, received_at = excluded.received_at

-- name: add_request
insert into request (id, tenant, credential, purpose, target, regime, origin, holder, country, issuer, award_country, announced,
                     presented_at, received_at, complete_on, sequence, traceparent, presented)
values ($1, $2, $3, $4, $5::jsonb, $6, 'presented', $7, $8, $9, $10, true, $11, $11, ($11 at time zone 'UTC')::date, 1, $12, $13)
on conflict (id) do nothing
returning id

-- name: lock_request
select id, credential, purpose, target::text as target, origin, holder, country, issuer, award_country, state, revisit,
       presented_at, complete_on, due_on, sequence, records, current
from request where id = $1 for update

-- name: note_presentation
-- Somebody has presented it: nothing is evaluated anew.
update request
set presented_at = coalesce(presented_at, $2), holder = case when $3 = 'checked' then $3 else holder end, state = $4
where id = $1

-- name: present_again
-- What is presented now counts, and the file is complete from today.
update request
set state = 'waiting', revisit = null, presented_at = coalesce(presented_at, $2), complete_on = ($2 at time zone 'UTC')::date,
    holder = $3, regime = $4, target = $5::jsonb, presented = coalesce($6, presented), traceparent = $7, due_on = null
where id = $1

-- name: queue
insert into due (request, due_at, give_up_at, cause_kind, cause_id)
values ($1, now(), $2::timestamptz + make_interval(secs => $3), 'presented', $4)
on conflict (request) do update
set due_at = excluded.due_at, give_up_at = excluded.give_up_at, cause_kind = excluded.cause_kind, cause_id = excluded.cause_id

-- name: requests
select q.id, q.credential, q.tenant as recogniser, q.purpose, q.target::text as target, q.regime, q.origin, q.holder, q.rule,
       q.country, q.issuer, q.award_country, q.state, q.revisit, q.presented_at, q.received_at, q.complete_on, q.due_on,
       q.sequence, q.records, r.id as decision_id, r.number, r.outcome, r.content_digest, r.made_at
from request q left join record r on r.id = q.current
where ($1::text is null or q.state = $1) and ($2::text is null or q.purpose = $2)
  and ($3::uuid is null or (q.received_at, q.id) > (select c.received_at, c.id from request c where c.id = $3))
order by q.received_at, q.id limit $4

-- name: request
select q.id, q.credential, q.tenant as recogniser, q.purpose, q.target::text as target, q.regime, q.origin, q.holder, q.rule,
       q.country, q.issuer, q.award_country, q.state, q.revisit, q.presented_at, q.received_at, q.complete_on, q.due_on,
       q.sequence, q.records, r.id as decision_id, r.number, r.outcome, r.content_digest, r.made_at
from request q left join record r on r.id = q.current
where q.id = $1

-- name: reviews
select q.id, q.credential, q.tenant as recogniser, q.purpose, q.target::text as target, q.regime, q.origin, q.holder, q.rule,
       q.country, q.issuer, q.award_country, q.state, q.revisit, q.presented_at, q.received_at, q.complete_on, q.due_on,
       q.sequence, q.records, r.id as decision_id, r.number, r.outcome, r.content_digest, r.made_at
from request q left join record r on r.id = q.current
where q.state = 'in_review'
  and ($1::uuid is null or (coalesce(q.due_on, 'infinity'), q.id)
                           > (select coalesce(c.due_on, 'infinity'), c.id from request c where c.id = $1))
order by coalesce(q.due_on, 'infinity'), q.id limit $2

-- name: trail
select id as decision_id, number, outcome, content_digest, made_at from record where request = $1 order by number

-- name: record_of_request
select content, content_digest, act::text as act from record where request = $1 and number = $2

-- name: record
select content, content_digest, act::text as act from record where id = $1

-- name: last_evaluation
-- The machine's newest record with its inputs: what a person settles.
select r.id, r.content, r.inputs_digest, e.body as inputs, n.act::text as newest_act, n.made_at as newest_at
from record r
join evidence e on e.digest = r.inputs_digest
join request q on q.id = r.request
join record n on n.id = q.current
where r.request = $1 and r.act -> 'decided_by' ->> 'mode' = 'machine'
order by r.number desc limit 1

-- name: add_record
insert into record (id, tenant, request, number, outcome, content, content_digest, inputs_digest, act, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10)

-- name: use_same_evidence
insert into evidence_use (evidence, record) select evidence, $2 from evidence_use where record = $1

-- name: settle_request
update request set state = $2, sequence = $3, records = $4, current = $5, due_on = $6 where id = $1

-- name: counts
select what, recogniser, state, number from counts()

-- name: name_record
select set_config('app.record', $1::uuid::text, true)

-- name: statements_of_record
-- What the record rests on, as the log has it by now.
select s.content::text as content, s.recorded, s.revoked, s.revoke_reason, s.signed_by, s.document, s.document_digest,
       s.rests_on
from evidence_use u join statement s on u.evidence = 'statement:' || s.id
where u.record = $1 order by s.recorded

-- Inquiries -----------------------------------------------------------------------------------------------------------

-- name: ask
insert into inquiry (id, tenant, kind, subject, asked_at) values ($1, $2, $3, $4::jsonb, $5)

-- name: inquiry
select id, kind, asked_at, answer::text as answer, answered_at from inquiry where id = $1

-- name: machine_record
-- A machine's record of a request: the newest, or the one of this number.
select id from record
where request = $1 and act -> 'decided_by' ->> 'mode' = 'machine' and ($2::integer is null or number = $2)
order by number desc limit 1

-- name: claim_inquiry
select id, tenant, kind, subject::text as subject, asked_at from inquiry
where answered_at is null order by asked_at, id limit 1 for update skip locked

-- name: answer_inquiry
update inquiry set answer = $2::jsonb, answered_at = $3 where id = $1

-- name: resting
select id from statement where (id = $1 or stated_as = $1 or $1 = any(rests_on)) and revoked is null order by id

-- name: decisions_resting_on
-- Decisions in favour that count, and that rest on a statement or on what was made of it; never one organisation's alone.
select distinct r.id, r.tenant from statement s
join evidence_use u on u.evidence = 'statement:' || s.id
join record r on r.id = u.record
join request q on q.current = r.id
where (s.id = $1 or s.stated_as = $1 or $1 = any(s.rests_on)) and r.outcome like 'RECOGNISED%'
order by r.id

-- name: record_with_inputs
select r.content_digest, r.inputs_digest, e.body as inputs from record r join evidence e on e.digest = r.inputs_digest
where r.id = $1

-- name: evidence_bodies
select digest, body from evidence where digest = any($1::text[])

-- name: log_until
select version, fact, content from (
    select recorded as version, 'published' as fact, content::text as content from statement
    union all
    select revoked, 'revoked', content::text from statement where revoked is not null
) f
where version <= $1 order by version
