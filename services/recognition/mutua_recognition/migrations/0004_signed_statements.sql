-- migrate:up

-- Keys that sign for an organisation beside those that `mutua.issuer` tells of. They are public; secrets are apart.
create table signing_key (
    id             text        primary key,
    tenant         text        not null,
    jwk            jsonb       not null,
    holder         text        not null check (holder in ('truster', 'service')),
    valid_from     timestamptz not null,
    valid_to       timestamptz,
    compromised_at timestamptz,
    proposal       uuid        references proposal (id)
);
comment on table signing_key is 'Verification methods by organisation; `holder` says who has the secret. Anybody may read them.';
create index signing_key_tenant on signing_key (tenant);

create table held_secret (
    key    text  primary key references signing_key (id),
    tenant text  not null,
    sealed bytea not null
);
comment on table held_secret is 'Secrets of the keys that the service holds, wrapped by the vault key, which is not in the database.';

-- Put back with one kind more, in the same transaction.
-- squawk-ignore ban-drop-constraint
alter table proposal drop constraint proposal_kind_check;
-- A table of proposals is small: the scan takes no time.
-- squawk-ignore constraint-missing-not-valid
alter table proposal add constraint proposal_kind_check
    check (kind in ('statement', 'revocation', 'signing_key', 'policy', 'mandate', 'standing_rule', 'alliance'));
alter table proposal add column effective_at timestamptz, add column withdrawn_at timestamptz, add column lapsed text;
comment on column proposal.effective_at is 'When what widens trust takes effect; null until everybody has signed, and for what takes effect at once.';
comment on column proposal.lapsed is 'Why it could not take effect when its time came, as a code.';
create index proposal_scheduled on proposal (effective_at)
    where effective_at is not null and released_at is null and withdrawn_at is null and lapsed is null;

alter table statement
    add column signed_by text check (signed_by in ('truster', 'service')),
    add column document text,
    add column document_digest text,
    add column stated_as text,
    add column rests_on text[] not null default '{}',
    add column alliance text,
    add column warned smallint;
update statement set stated_as = id;
-- The column was filled just above, and the table of statements is small.
-- squawk-ignore adding-not-nullable-field
alter table statement alter column stated_as set not null;
comment on column statement.document is 'The signed form in RFC 8785; null in what entered before statements were signed.';
comment on column statement.stated_as is 'Id of what the truster stated: its own, or of the statement about an alliance that it was made of.';
comment on column statement.rests_on is 'Both statements that it was made of; it ends with either. `alliance` made the second.';
comment on column statement.warned is 'For how many days before its end somebody was last told.';
create index statement_stated on statement (stated_as);
create index statement_rests on statement using gin (rests_on);
create index statement_ends on statement ((content #>> '{in_force,to}')) where revoked is null;

do $$
declare
    name text;
begin
    alter table signing_key enable row level security;
    alter table signing_key force row level security;
    alter table held_secret enable row level security;
    alter table held_secret force row level security;
    execute 'create policy public on signing_key for select to recognition_api using (true)';
    execute 'create policy of_tenant on signing_key for insert to recognition_api with check (tenant = nullif(current_setting(''app.tenant'', true), ''''))';
    execute 'create policy ends on signing_key for update to recognition_api using (tenant = nullif(current_setting(''app.tenant'', true), ''''))';
    execute 'create policy of_tenant on held_secret to recognition_api using (tenant = nullif(current_setting(''app.tenant'', true), ''''))';
    foreach name in array array['signing_key', 'held_secret'] loop
        execute format('create policy of_worker on %I to recognition_worker using (true)', name);
    end loop;
    -- An alliance ends what rests on its own statements.
    execute 'create policy of_alliance on statement for select to recognition_api using (alliance = nullif(current_setting(''app.tenant'', true), ''''))';
    execute 'create policy ends_by_alliance on statement for update to recognition_api using (alliance = nullif(current_setting(''app.tenant'', true), ''''))';
    -- What an alliance states about its members is read by whoever states something about the alliance, by naming it.
    execute 'create policy of_group on statement for select to recognition_api using (tenant like ''alliance:%'' and tenant = nullif(current_setting(''app.alliance'', true), ''''))';
end
$$;

grant select, insert on signing_key, held_secret to recognition_api, recognition_worker;
grant update (valid_to, compromised_at) on signing_key to recognition_api;
grant update (effective_at, withdrawn_at) on proposal to recognition_api;
grant update (released_at, lapsed) on proposal to recognition_worker;
grant insert on statement to recognition_worker;
grant update (revoked, revoke_reason, warned) on statement to recognition_worker;
grant update on log_head to recognition_worker;

-- Who is known: institutions and agencies by the registry; an alliance once its members are released; an office once two
-- of its people have registered a key, or a known alliance names it. The function answers for all organisations alike.
create policy of_knowing on alliance for select to recognition_owner using (true);
create policy of_knowing on signing_key for select to recognition_owner using (true);

create function known_entities(ids text[]) returns setof text
language sql stable security definer set search_path = recognition, pg_temp as $$
    select e.id from unnest(ids) as e (id)
    where exists (select 1 from registry_row r where r.kind = 'provider' and r.id = e.id and not r.gone)
       or (e.id like 'agency:%'
           and exists (select 1 from registry_row r where r.kind = 'agency' and 'agency:' || r.id = e.id and not r.gone))
       or exists (select 1 from alliance a where a.id = e.id)
       or (e.id like 'office:%'
           and (exists (select 1 from signing_key k where k.tenant = e.id and k.proposal is not null)
                or exists (select 1 from alliance a
                           where a.content -> 'members' @> jsonb_build_array(jsonb_build_object('entity', e.id)))))
$$;
revoke execute on function known_entities(text[]) from public;
grant execute on function known_entities(text[]) to recognition_api, recognition_worker;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
