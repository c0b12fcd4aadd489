-- All SQL of the issuer. Row-level security shows the rows of `app.tenant` only, so no statement asks for the tenant
-- again; inserts name it, and the policies refuse another one.

-- name: register
-- Nothing comes back where the institution, or its web identity, is registered already.
insert into institution (id, iss, did, names, country, identifiers, since)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict do nothing
returning version

-- name: institution
select id, iss, did, names, country, identifiers, since, version from institution where id = $1

-- name: hold_institution
-- Held until the transaction ends, by many at once: no key changes under a signature.
select id, iss, did, names, country, identifiers, since, version from institution where id = $1 for share

-- name: lock_institution
-- Held by one alone, who changes the institution, its keys or its components.
select id, iss, did, names, country, identifiers, since, version from institution where id = $1 for no key update

-- name: change_institution
update institution set names = $2, country = $3, identifiers = $4, version = version + 1 where id = $1
returning version

-- name: keys
select kid, jwk, valid_from, valid_to, wrapped from signing_key where institution = $1 order by valid_from, kid

-- name: add_key
insert into signing_key (institution, kid, jwk, valid_from, wrapped) values ($1, $2, $3, $4, $5)

-- name: end_key
update signing_key set valid_to = $3 where institution = $1 and kid = $2 and valid_to is null

-- name: publish
insert into publication (iss, institution, did_document, issuer_metadata) values ($1, $2, $3, $4)
on conflict (iss) do update set did_document = excluded.did_document, issuer_metadata = excluded.issuer_metadata
where publication.institution = excluded.institution

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
-- In order of reference, so that two batches never wait for one another in a circle.
insert into learner (institution, ref, data_key)
select $1, l.ref, l.data_key from unnest($2::bytea[], $3::bytea[]) as l (ref, data_key) order by l.ref
on conflict do nothing

-- name: learner_keys
select ref, data_key from learner where ref = any($1::bytea[])

-- name: add_credentials
insert into credential (institution, id, external_ref, fingerprint, learner_ref, component, component_version,
                        award_date, issued_at, kid, bus_form, digest, sealed)
select $1, c.* from unnest($2::uuid[], $3::bytea[], $4::bytea[], $5::bytea[], $6::text[], $7::integer[], $8::date[],
                           $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::bytea[]) as c
order by 3
on conflict (institution, external_ref) do nothing
returning id, version

-- name: credential
select c.id, c.component, c.component_version, c.award_date, c.issued_at, c.kid, c.bus_form, c.digest, c.sealed,
       c.learner_ref, l.data_key
from credential c join learner l on l.institution = c.institution and l.ref = c.learner_ref
where c.id = $1

-- name: list_credentials
select c.id, c.component, c.component_version, c.award_date, c.issued_at, c.kid, c.bus_form, c.digest, c.sealed,
       c.learner_ref, l.data_key
from credential c join learner l on l.institution = c.institution and l.ref = c.learner_ref
where c.id > $1 and ($2::text is null or c.component = $2)
order by c.id limit $3
