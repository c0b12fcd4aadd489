-- migrate:up

-- What the issuer service owns. Every table of a tenant shows the api role the rows of `app.tenant` only; the worker
-- publishes the outbox and needs none of them.

create table institution (
    id          text primary key,
    iss         text        not null unique,
    did         text        not null,
    names       jsonb       not null,
    country     text        not null,
    identifiers jsonb       not null,
    since       date        not null,
    version     integer     not null default 1
);
comment on table institution is 'Institutions that issue here; the id is the tenant, the version rises with every issuer.changed.';

create table signing_key (
    institution text        not null references institution,
    kid         text        not null,
    jwk         jsonb       not null,
    valid_from  timestamptz not null,
    valid_to    timestamptz check (valid_to > valid_from),
    wrapped     bytea       not null,
    primary key (institution, kid)
);
comment on table signing_key is 'Keys that ever spoke for an institution, in force in [valid_from, valid_to).';
comment on column signing_key.wrapped is 'The private key (PKCS#8), encrypted by the vault key.';
create unique index signing_key_last on signing_key (institution) where valid_to is null;

create table publication (
    iss             text  primary key,
    institution     text  not null references institution,
    did_document    jsonb not null,
    issuer_metadata jsonb not null
);
comment on table publication is 'What everybody may read: the documents by which institutions publish their keys.';
create unique index publication_institution on publication (institution);

create table component (
    institution text    not null references institution,
    code        text    not null,
    version     integer not null,
    content     jsonb   not null,
    created_at  timestamptz not null,
    primary key (institution, code, version)
);
comment on table component is 'What is alike in all micro-credentials of a course; versions are never changed.';

create table learner (
    institution text  not null references institution,
    ref         bytea not null check (octet_length(ref) = 32),
    data_key    bytea not null,
    primary key (institution, ref)
);
comment on table learner is 'Learners by pseudonym (HMAC of the local id) with their data key, wrapped by the vault key.';

create table credential (
    id                uuid        primary key,
    institution       text        not null references institution,
    external_ref      bytea       not null check (octet_length(external_ref) = 32),
    fingerprint       bytea       not null check (octet_length(fingerprint) = 32),
    learner_ref       bytea       not null,
    component         text,
    component_version integer,
    award_date        date        not null,
    issued_at         timestamptz not null,
    kid               text        not null,
    bus_form          text        not null,
    digest            text        not null,
    sealed            bytea       not null,
    version           integer     not null default 1,
    unique (institution, external_ref),
    foreign key (institution, learner_ref) references learner,
    foreign key (institution, kid) references signing_key
);
comment on table credential is 'Issued micro-credentials; what is personal is in `sealed`, under the key of the learner.';
comment on column credential.external_ref is 'HMAC of the id that the institution gave: the same id is issued once.';
comment on column credential.fingerprint is 'HMAC of what was asked for: tells a repeat from a contradiction.';
create index credential_page on credential (institution, id);
create index credential_component on credential (institution, component, id);
create index credential_learner on credential (institution, learner_ref);

do $$
declare
    own  text;
    mine constant text := 'institution = nullif(current_setting(''app.tenant'', true), '''')';
begin
    foreach own in array array['institution', 'signing_key', 'publication', 'component', 'learner', 'credential'] loop
        execute format('alter table %I enable row level security', own);
        execute format('alter table %I force row level security', own);
        execute format('create policy of_tenant on %I to issuer_api using (%s)', own,
                       case own when 'institution' then replace(mine, 'institution =', 'id =') else mine end);
    end loop;
end
$$;
create policy of_everybody on publication for select to issuer_api using (true);

grant select, insert on institution, signing_key, publication, component, learner, credential to issuer_api;
grant update (names, country, identifiers, version) on institution to issuer_api;
grant update (valid_to) on signing_key to issuer_api;
grant update (did_document, issuer_metadata) on publication to issuer_api;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
