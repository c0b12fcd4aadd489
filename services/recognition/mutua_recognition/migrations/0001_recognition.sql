-- migrate:up

-- The trust log -------------------------------------------------------------------------------------------------------

create table log_head (
    single    boolean primary key default true check (single),
    version integer not null,
    digest  text    not null
);
-- The digest of the empty log, as the domain defines it.
insert into log_head (version, digest)
values (0, 'sha256:' || encode(sha256(convert_to('{"log":"trust-log"}', 'UTF8')), 'hex'));
comment on table log_head is 'Newest version of the trust log and the digest of its whole prefix; updated with each entry.';

create table catalogue_head (
    single    boolean primary key default true check (single),
    version integer not null
);
insert into catalogue_head (version) values (0);
comment on table catalogue_head is 'Rises with every released policy, mandate, standing rule and alliance: workers reload by it.';

create table proposal (
    id            uuid        primary key,
    tenant        text        not null,
    kind          text        not null check (kind in ('statement', 'policy', 'mandate', 'standing_rule', 'alliance')),
    subject_id    text        not null,
    subject       jsonb       not null,
    needs_second  boolean     not null,
    first_person  text        not null,
    first_at      timestamptz not null,
    second_person text,
    second_at     timestamptz,
    released_at   timestamptz
);
comment on table proposal is 'Everything that widens trust or automation, with its one or two signatures (pseudonyms).';
create index proposal_tenant on proposal (tenant, kind, first_at);

create table statement (
    id             text    primary key,
    tenant         text    not null,
    trustee        text    not null,
    content        jsonb   not null,
    digest         text    not null,
    recorded       integer not null,
    revoked        integer,
    revoke_reason  text,
    proposal       uuid    not null references proposal (id)
);
comment on table statement is 'The append-only log of statements: `tenant` is the truster; a row is never changed but for its end.';
create index statement_tenant on statement (tenant, trustee);

create table policy (
    id       text    not null,
    version  integer not null,
    tenant   text    not null,
    content  jsonb   not null,
    digest   text    not null,
    proposal uuid    not null references proposal (id),
    primary key (id, version)
);

create table mandate (
    id       text    not null,
    version  integer not null,
    tenant   text    not null,
    content  jsonb   not null,
    proposal uuid    not null references proposal (id),
    primary key (id, version)
);

create table standing_rule (
    id       text    not null,
    version  integer not null,
    tenant   text    not null,
    country  text    not null,
    content  jsonb   not null,
    ended_at timestamptz,
    proposal uuid    not null references proposal (id),
    primary key (id, version)
);

create table alliance (
    id       text    primary key,
    version  integer not null,
    tenant   text    not null,
    content  jsonb   not null,
    proposal uuid    not null references proposal (id)
);

-- Dated projections ---------------------------------------------------------------------------------------------------

create table issuer (
    id          text        primary key,
    sequence    integer     not null,
    iss         text        not null,
    content     jsonb       not null,
    received_at timestamptz not null default now()
);
create index issuer_iss on issuer (iss);
comment on table issuer is 'Issuers as `mutua.issuer` tells them, keys with their validity; recognition never fetches in the hot path.';

create table registry_row (
    kind        text        not null,
    id          text        not null,
    revision    integer     not null,
    gone        boolean     not null,
    content     jsonb       not null,
    received_at timestamptz not null default now(),
    primary key (kind, id)
);
comment on table registry_row is 'The registry''s mirror; a gone row stays, so that a late duplicate cannot resurrect it.';

create table registry_link (
    source_kind text not null,
    source_id   text not null,
    relation    text not null,
    target      text not null,
    primary key (source_kind, source_id, relation, target)
);
create index registry_link_target on registry_link (relation, target);
comment on table registry_link is 'How rows find one another: report->provider, provider->identifier, ->name, ->other provider.';

create table registry_state (
    single         boolean     primary key default true check (single),
    snapshot     text        not null,
    started_at   timestamptz not null,
    completed_at timestamptz not null,
    digest       text        not null
);
comment on table registry_state is 'The last completed snapshot; without a row nothing is known about quality.';

-- Credentials and requests --------------------------------------------------------------------------------------------

create table credential (
    id            text        primary key,
    issuer        text,
    awarding_body text,
    country       text,
    component     text,
    award_date    date,
    format        text        not null,
    digest        text        not null,
    body          text        not null,
    received_at   timestamptz not null default now()
);
comment on table credential is 'What was issued or presented, without personal members.';

create table request (
    id            uuid        primary key,
    tenant        text        not null,
    credential    text        not null references credential (id),
    purpose       text        not null,
    target        jsonb,
    regime        text        not null,
    origin        text        not null,
    holder        text        not null,
    rule          text,
    country       text        not null,
    issuer        text,
    award_country text,
    state         text        not null default 'waiting'
                  check (state in ('waiting', 'dormant', 'anticipated', 'decided', 'in_review',
                                   'info_requested', 'inadmissible')),
    announced     boolean     not null default false,
    presented_at  timestamptz,
    received_at   timestamptz not null,
    complete_on   date,
    sequence      integer     not null default 0,
    records       integer     not null default 0,
    current       uuid,
    due_on        date,
    traceparent   text,
    presented     text
);
comment on column request.presented is 'The credential with what its holder disclosed to this recogniser, personal members never; null where nothing was disclosed.';
comment on table request is 'One (credential, recogniser, purpose, target or none); `sequence` numbers its events, `records` its evaluations.';
create index request_tenant on request (tenant, state, received_at);
create index request_credential on request (credential);

create table due (
    request    uuid        primary key references request (id),
    due_at     timestamptz not null,
    give_up_at timestamptz not null,
    cause_kind text        not null,
    cause_id   text        not null
);
comment on table due is 'Requests to evaluate. Evidence that is not there yet is waited for until `give_up_at`, then a person looks.';
create index due_at on due (due_at);

create table record (
    id             uuid        primary key,
    tenant         text        not null,
    request        uuid        not null references request (id),
    number         integer     not null,
    outcome        text        not null,
    content        bytea       not null,
    content_digest text        not null,
    inputs_digest  text,
    act            jsonb       not null,
    made_at        timestamptz not null,
    unique (request, number)
);
create index record_inputs on record (inputs_digest);
comment on table record is 'Decision records, immutable; `content` is canonical JSON and replays to the same bytes.';

create table evidence (
    digest text  primary key,
    kind   text  not null,
    body   bytea not null
);
comment on table evidence is 'Inputs of evaluations by their hash.';

create table evidence_use (
    evidence text not null,
    record   uuid not null references record (id),
    primary key (evidence, record)
);
comment on table evidence_use is 'From evidence to the records that rest on it.';

-- Who may see and do what ---------------------------------------------------------------------------------------------

do $$
declare
    name text;
begin
    foreach name in array array['proposal', 'policy', 'mandate', 'standing_rule', 'alliance', 'request', 'record'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy of_tenant on %I to recognition_api using (tenant = nullif(current_setting(''app.tenant'', true), ''''))', name);
        execute format('create policy of_worker on %I to recognition_worker using (true)', name);
    end loop;
    -- A truster writes its statements; whoever is trusted may read that it is.
    execute 'alter table statement enable row level security';
    execute 'alter table statement force row level security';
    execute 'create policy of_truster on statement to recognition_api using (tenant = nullif(current_setting(''app.tenant'', true), ''''))';
    execute 'create policy of_trustee on statement for select to recognition_api using (trustee = nullif(current_setting(''app.tenant'', true), ''''))';
    execute 'create policy of_worker on statement to recognition_worker using (true)';
    -- Members read the policy and the membership of their alliance.
    execute 'create policy of_member on alliance for select to recognition_api using (content -> ''members'' @> jsonb_build_array(jsonb_build_object(''entity'', nullif(current_setting(''app.tenant'', true), ''''))))';
    execute 'create policy of_member on policy for select to recognition_api using (exists (select 1 from alliance a where a.id = policy.tenant))';
    -- A credential is seen by whoever has a request about it.
    execute 'alter table credential enable row level security';
    execute 'alter table credential force row level security';
    execute 'create policy of_recogniser on credential for select to recognition_api using (exists (select 1 from request r where r.credential = credential.id))';
    execute 'create policy presented on credential for insert to recognition_api with check (true)';
    execute 'create policy of_worker on credential to recognition_worker using (true)';
    -- Whoever presents a credential names it; its id is random, and its personal members are not here.
    execute 'create policy of_presenter on credential for select to recognition_api using (id = nullif(current_setting(''app.presented'', true), ''''))';
    -- The queue and the evidence belong to whom the request and the record belong to.
    foreach name in array array['due', 'evidence_use', 'evidence'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy of_worker on %I to recognition_worker using (true)', name);
    end loop;
    execute 'create policy of_recogniser on due to recognition_api using (exists (select 1 from request r where r.id = due.request))';
    execute 'create policy of_recogniser on evidence_use to recognition_api using (exists (select 1 from record r where r.id = evidence_use.record))';
    execute 'create policy of_recogniser on evidence for select to recognition_api using (exists (select 1 from record r where r.inputs_digest = evidence.digest))';
end
$$;

grant select, update on log_head, catalogue_head to recognition_api;
grant select, insert on proposal, statement, policy, mandate, standing_rule, alliance to recognition_api;
grant update (second_person, second_at, released_at) on proposal to recognition_api;
grant update (revoked, revoke_reason) on statement to recognition_api;
grant update (ended_at) on standing_rule to recognition_api;
grant update (version, content, proposal) on alliance to recognition_api;
grant select on issuer, registry_row, registry_link, registry_state to recognition_api;
grant select, insert on credential, request, due, record to recognition_api;
grant update (state, holder, presented_at, complete_on, sequence, records, current, due_on, announced, traceparent,
              regime, target, presented) on request to recognition_api;
grant update (due_at, give_up_at, cause_kind, cause_id) on due to recognition_api;
grant select on evidence to recognition_api;
grant select, insert on evidence_use to recognition_api;

grant select on log_head, catalogue_head, proposal, statement, policy, mandate, standing_rule, alliance to recognition_worker;
grant select, insert, update on issuer, registry_row, registry_state, credential, request to recognition_worker;
grant select, insert, update, delete on registry_link, due to recognition_worker;
grant select, insert on record, evidence, evidence_use to recognition_worker;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
