-- migrate:up

-- A second kind of key, for Data Integrity proofs; compromise at an instant; and identifiers with what they rest on.

alter table signing_key
    add column alg            text not null default 'ES256',
    add column compromised_at timestamptz;
alter table signing_key
    add constraint signing_key_alg check (alg in ('ES256', 'Ed25519')) not valid;
comment on column signing_key.compromised_at is 'What it signed from then on proves nothing; it signs no more.';
-- The new rule holds before the old one goes: at no moment may two keys of a kind have no end.
create unique index signing_key_last_of_kind on signing_key (institution, alg)
    where valid_to is null and compromised_at is null;
-- squawk-ignore require-concurrent-index-deletion
drop index signing_key_last;
grant update (compromised_at) on signing_key to issuer_api;

create table identifier (
    institution text        not null references institution,
    scheme      text        not null,
    value       text        not null,
    source      text        not null check (source in ('declared', 'sign-in', 'domain', 'registry', 'seal-certificate', 'endorsement')),
    confidence  text        not null check (confidence in ('low', 'medium', 'high')),
    checked_at  timestamptz,
    place       integer     not null,
    primary key (institution, scheme, value)
);
comment on table identifier is 'What an institution is known by, and what each of these rests on.';
comment on column identifier.place is 'Its place among the others, as they were given.';
create unique index identifier_proven on identifier (scheme, value) where confidence = 'high';
comment on index identifier_proven is 'Nobody else can hold what one institution has proven.';

-- A table that forces row-level security shows its owner nothing, so the move goes around it.
alter table institution no force row level security;
insert into identifier (institution, scheme, value, source, confidence, checked_at, place)
select i.id, one.pair ->> 0, one.pair ->> 1,
       case when one.pair ->> 0 = 'DEQARINST' then 'sign-in' else 'declared' end,
       case when one.pair ->> 0 = 'DEQARINST' then 'high' else 'low' end,
       null, one.place
from institution i, jsonb_array_elements(i.identifiers) with ordinality as one (pair, place)
on conflict do nothing;
alter table institution force row level security;
-- squawk-ignore ban-drop-column
alter table institution drop column identifiers;

alter table identifier enable row level security;
alter table identifier force row level security;
create policy of_tenant on identifier to issuer_api
    using (institution = nullif(current_setting('app.tenant', true), ''));
grant select, insert, delete on identifier to issuer_api;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
