-- migrate:up

-- The holder's own way to a credential, and the end of everything personal of a learner.

create table holder_link (
    hash        bytea   primary key check (octet_length(hash) = 32),
    institution text    not null references institution,
    credential  uuid    not null references credential,
    serial      integer not null default 1,
    unique (credential)
);
comment on table holder_link is 'SHA-256 of the token in a holder''s link; the token itself follows from the vault key and is stored nowhere.';
comment on column holder_link.serial is 'Rises when the link is made anew; the old one then leads nowhere.';
alter table holder_link enable row level security;
alter table holder_link force row level security;
create policy of_tenant on holder_link to issuer_api
    using (institution = nullif(current_setting('app.tenant', true), ''));
create policy of_everybody on holder_link for select to issuer_api using (true);
grant select, insert, delete on holder_link to issuer_api;
grant update (hash, serial) on holder_link to issuer_api;

alter table learner add column erased_at timestamptz;
-- A key that is destroyed leaves nothing behind; the pseudonym stays, so that what was issued keeps its place.
-- squawk-ignore ban-drop-not-null
alter table learner alter column data_key drop not null;
comment on column learner.data_key is 'Null when the learner was erased: nothing that was sealed for them opens again.';
grant update (data_key, erased_at) on learner to issuer_api;
grant update (sealed) on credential to issuer_api;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
