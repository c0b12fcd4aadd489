-- migrate:up

-- What became of a credential: its present status and the log of changes; the lists that say so to everybody, with
-- every snapshot that was ever published.

create table status_list (
    id             uuid        primary key,
    institution    text        not null references institution,
    expires_before date,
    used           integer     not null default 0 check (used between 0 and 65536),
    published_at   timestamptz not null
);
comment on table status_list is 'Lists of 131,072 entries, of which at most half are given away: an index is drawn at random and soon found free.';
comment on column status_list.expires_before is 'All its credentials expire before this day; null: they never do.';
comment on column status_list.published_at is 'Instant of its latest snapshots; the next ones are later.';
create index status_list_open on status_list (institution, expires_before, id);

create table status_snapshot (
    list         uuid        not null references status_list,
    kind         text        not null check (kind in ('token', 'revocation', 'suspension')),
    published_at timestamptz not null,
    valid_until  timestamptz not null check (valid_until > published_at),
    institution  text        not null references institution,
    document     text        not null,
    primary key (list, kind, published_at)
);
comment on table status_snapshot is 'Signed lists as they were published; never changed, so that an old answer can be given again.';

alter table credential
    add column valid_until   date,
    add column status        text not null default 'valid',
    add column status_list   uuid,
    add column status_index  integer;
alter table credential
    add constraint credential_status check (status in ('valid', 'suspended', 'revoked')) not valid,
    add constraint credential_status_index check (status_index between 0 and 131071) not valid,
    add constraint credential_status_place check ((status_list is null) = (status_index is null)) not valid,
    add constraint credential_status_list foreign key (status_list) references status_list not valid;
comment on column credential.status_index is 'Null for what was issued before there were lists: its status is stated by events only.';
create unique index credential_status_of on credential (status_list, status_index);
create index credential_not_valid on credential (status_list, status_index, status) where status <> 'valid';

create table status_change (
    institution text        not null references institution,
    credential  uuid        not null references credential,
    version     integer     not null,
    previous    text        not null,
    status      text        not null,
    reason      text        not null,
    changed_at  timestamptz not null,
    changed_by  text        not null,
    primary key (credential, version)
);
comment on table status_change is 'Every change of a status; version is the sequence of the event that stated it.';
comment on column status_change.changed_by is 'Subject of the token, a pseudonym that the sign-in gives.';

do $$
declare
    own text;
begin
    foreach own in array array['status_list', 'status_snapshot', 'status_change'] loop
        execute format('alter table %I enable row level security', own);
        execute format('alter table %I force row level security', own);
        execute format('create policy of_tenant on %I to issuer_api '
                       'using (institution = nullif(current_setting(''app.tenant'', true), ''''))', own);
    end loop;
end
$$;
create policy of_everybody on status_snapshot for select to issuer_api using (true);

grant select, insert on status_list, status_snapshot, status_change to issuer_api;
grant update (used, published_at) on status_list to issuer_api;
grant update (status, version) on credential to issuer_api;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
