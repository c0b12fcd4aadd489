-- migrate:up

-- A file of a foreign credential holds its learner: it is kept sealed, with a key for each learner, which is wrapped by
-- the vault key. Destroying that key is the erasure; the file goes with it.
create table subject_key (
    tenant    text  not null,
    reference text  not null,
    wrapped   bytea not null,
    primary key (tenant, reference)
);
comment on table subject_key is 'A data key for each learner of an organisation, or for one upload where no learner was named.';

create table upload (
    credential  text        not null references credential (id),
    tenant      text        not null,
    subject     text        not null,
    sealed      bytea       not null,
    issuer      text,
    received_at timestamptz not null,
    primary key (credential, tenant),
    foreign key (tenant, subject) references subject_key (tenant, reference) on delete cascade
);
comment on table upload is 'Files of foreign credentials, sealed; `issuer` is the web identity that the file claims, unverified.';
create index upload_subject on upload (tenant, subject);

-- Only this service reads it, and it starts after the migration.
-- squawk-ignore ban-drop-not-null
alter table credential alter column body drop not null;
comment on column credential.body is 'Null where only sealed files of it are kept: what they hold is personal.';

alter table request add column known_as text;
comment on column request.known_as is 'The id that the credential gives itself, where its signer is proven: what its issuer says of that id counts.';
create index request_known_as on request (known_as);

do $$
declare
    name text;
begin
    foreach name in array array['subject_key', 'upload'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy of_tenant on %I to recognition_api using (tenant = nullif(current_setting(''app.tenant'', true), ''''))', name);
        execute format('create policy of_worker on %I for select to recognition_worker using (true)', name);
    end loop;
end
$$;
grant select, insert, delete on subject_key to recognition_api;
grant select, insert, update on upload to recognition_api;
grant select on subject_key, upload to recognition_worker;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
