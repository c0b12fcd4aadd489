-- All SQL of the issuer. Row-level security shows the rows of `app.tenant` only, so no statement asks for the tenant
-- again; inserts name it, and the policies refuse another one.

-- name: register
-- Nothing comes back where the institution, or its web identity, is registered already.
insert into institution (id, iss, did, names, country, since)
values ($1, $2, $3, $4, $5, $6)
on conflict do nothing
returning version

-- name: institution
select id, iss, did, names, country, since, version from institution where id = $1

-- name: hold_institution
-- Held until the transaction ends, by many at once: no key changes under a signature.
select id, iss, did, names, country, since, version from institution where id = $1 for share

-- name: lock_institution
-- Held by one alone, who changes the institution, its keys or its components.
select id, iss, did, names, country, since, version from institution where id = $1 for no key update

-- name: change_institution
update institution set names = $2, country = $3, version = version + 1 where id = $1
returning version

-- name: identifiers
select scheme, value, source, confidence, checked_at from identifier where institution = $1 order by place

-- name: drop_identifiers
delete from identifier where institution = $1

-- name: add_identifiers
-- What another institution has proven is left out: nobody sees whose it is.
insert into identifier (institution, scheme, value, canonical, source, confidence, checked_at, place)
select $1, i.scheme, i.value, i.canonical, i.source, i.confidence, i.checked_at, i.place
from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
     with ordinality as i (scheme, value, canonical, source, confidence, checked_at, place)
order by i.scheme, i.value
on conflict do nothing
returning scheme, value

-- name: keys
select kid, jwk, valid_from, valid_to, wrapped, alg, compromised_at from signing_key where institution = $1
order by valid_from, kid

-- name: add_keys
insert into signing_key (institution, kid, jwk, valid_from, valid_to, wrapped, alg)
select $1, k.* from unnest($2::text[], $3::jsonb[], $4::timestamptz[], $5::timestamptz[], $6::bytea[], $7::text[]) as k

-- name: end_keys
-- A compromised key needs no end: it is in force at no time.
update signing_key set valid_to = $2 where institution = $1 and valid_to is null and compromised_at is null

-- name: mark_compromised
update signing_key set compromised_at = $3 where institution = $1 and kid = $2

-- name: publish
insert into publication (iss, institution, did_document, issuer_metadata) values ($1, $2, $3, $4)
on conflict (iss) do update set did_document = excluded.did_document, issuer_metadata = excluded.issuer_metadata
where publication.institution = excluded.institution

-- name: publishing_institutions
-- Read without a tenant: what is in here is public.
select institution from publication order by institution

-- name: publication_of_host
-- Read without a tenant: what is in here is public.
select did_document, issuer_metadata from publication where iss = $1

-- name: publication_of_institution
select did_document, issuer_metadata from publication where institution = $1

-- name: add_component
insert into component (institution, code, version, content, created_at)
select $1, $2, coalesce(max(version), 0) + 1, $3, $4 from component where institution = $1 and code = $2
returning code, version, content

-- name: latest_components
select distinct on (code) code, version, content from component
where code = any($1::text[]) order by code, version desc

-- name: component_version
select code, version, content from component where code = $1 and version = $2

-- name: list_components
select distinct on (code) code, version, content from component
where code > $1 order by code, version desc limit $2

-- name: known_credentials
-- What was issued under these external ids before.
select external_ref, fingerprint, id, digest, issued_at from credential where external_ref = any($1::bytea[])

-- name: add_learners
-- In order of reference, so that two batches never wait for one another in a circle. A learner who was erased and
-- comes again starts with a new key.
insert into learner (institution, ref, data_key)
select $1, l.ref, l.data_key from unnest($2::bytea[], $3::bytea[]) as l (ref, data_key) order by l.ref
on conflict (institution, ref) do update set data_key = excluded.data_key, erased_at = null
where learner.data_key is null

-- name: learner_keys
-- Held, so that nobody is erased between being found and being written about.
select ref, data_key from learner where ref = any($1::bytea[]) order by ref for share

-- name: add_credentials
-- The link of each one that was stored comes with it.
with stored as (
    insert into credential (institution, id, external_ref, fingerprint, learner_ref, component, component_version,
                            award_date, issued_at, kid, bus_form, digest, sealed, valid_until, status_list, status_index)
    select $1, c.* from unnest($2::uuid[], $3::bytea[], $4::bytea[], $5::bytea[], $6::text[], $7::integer[],
                               $8::date[], $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::bytea[],
                               $14::date[], $15::uuid[], $16::integer[]) as c
    order by 3
    on conflict (institution, external_ref) do nothing
    returning id, version
), linked as (
    insert into holder_link (hash, institution, credential)
    select l.hash, $1, l.id from unnest($2::uuid[], $17::bytea[]) as l (id, hash) join stored using (id)
    returning credential
)
select stored.id, stored.version from stored join linked on linked.credential = stored.id

-- name: credential
select c.id, c.component, c.component_version, c.award_date, c.issued_at, c.kid, c.bus_form, c.digest, c.sealed,
       c.learner_ref, l.data_key, c.valid_until, c.status, c.status_list, c.status_index, c.version,
       h.serial as link_serial
from credential c join learner l on l.institution = c.institution and l.ref = c.learner_ref
left join holder_link h on h.institution = c.institution and h.credential = c.id
where c.id = $1

-- name: lock_credential
select id from credential where id = $1 for no key update

-- name: list_credentials
select c.id, c.component, c.component_version, c.award_date, c.issued_at, c.kid, c.bus_form, c.digest, c.sealed,
       c.learner_ref, l.data_key, c.valid_until, c.status, c.status_list, c.status_index, c.version,
       h.serial as link_serial
from credential c join learner l on l.institution = c.institution and l.ref = c.learner_ref
left join holder_link h on h.institution = c.institution and h.credential = c.id
where c.id > $1 and ($2::text is null or c.component = $2)
order by c.id limit $3

-- name: change_status
update credential set status = $2, version = version + 1 where id = $1 returning version

-- name: add_status_change
insert into status_change (institution, credential, version, previous, status, reason, changed_at, changed_by)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: take_open_list
-- A list that somebody else holds is passed by: whoever issues at the same time takes another one, and nobody waits.
select id from status_list where expires_before is not distinct from $1::date and used <= $2
order by id limit 1 for update skip locked

-- name: add_list
insert into status_list (id, institution, expires_before, published_at) values ($1, $2, $3, $4)

-- name: free_indices
select d.index from unnest($2::integer[]) with ordinality as d (index, n)
where not exists (select from credential c where c.status_list = $1 and c.status_index = d.index)
order by d.n limit $3

-- name: count_used
update status_list set used = used + $2 where id = $1

-- name: lock_list
select published_at from status_list where id = $1 for update

-- name: lists_of
select id from status_list order by id

-- name: due_lists
select id from status_list
where published_at < $1 and (expires_before is null or expires_before > $2) order by id

-- name: states
select status_index, status from credential where status_list = $1 and status <> 'valid'

-- name: add_snapshots
insert into status_snapshot (list, institution, kind, document, published_at, valid_until)
select $1, $2, s.kind, s.document, $5, $6 from unnest($3::text[], $4::text[]) as s (kind, document)

-- name: list_published
update status_list set published_at = $2 where id = $1

-- name: snapshot
-- Read without a tenant: what is in here is public.
select institution, published_at, document from status_snapshot
where list = $1 and kind = $2 and published_at <= coalesce($3, 'infinity'::timestamptz)
order by published_at desc limit 1

-- name: hold_link
-- Until the transaction ends, it sees the link with this hash: who has the token has the right.
select set_config('app.link', encode($1::bytea, 'hex'), true)

-- name: link
select institution, credential from holder_link where hash = $1

-- name: set_link
insert into holder_link (hash, institution, credential, serial) values ($1, $2, $3, $4)
on conflict (credential) do update set hash = excluded.hash, serial = excluded.serial

-- name: erase_learner
update learner set data_key = null, erased_at = $2 where ref = $1 returning ref

-- name: drop_links_of_learner
delete from holder_link h using credential c where c.id = h.credential and c.learner_ref = $1

-- name: blank_credentials
update credential set sealed = '' where learner_ref = $1 returning id
