-- migrate:up

create table mirror (
    kind        text        not null check (kind in ('country', 'agency', 'provider', 'report')),
    id          text        collate "C" not null,
    revision    integer     not null check (revision > 0),
    facts       jsonb       not null,
    digest      text        not null,
    image       text        not null,
    agency      text,
    gone        boolean     not null,
    withheld    boolean     not null,
    listed_at   timestamptz,
    detailed_at timestamptz,
    seen_in     bigint      not null,
    misses      smallint    not null default 0,
    missed_in   bigint      not null default 0,
    primary key (kind, id)
);
comment on table mirror is 'The registry as we know it now; a gone row stays with its last facts. Holds no contact data of people.';
comment on column mirror.digest is 'Digest of the facts in canonical form: a row is told anew only when it changes.';
comment on column mirror.image is 'Digest of what the list said when the facts were read; a different one asks for the detail.';
comment on column mirror.agency is 'Of a report: the agency that made it, whose partition it belongs to.';
comment on column mirror.seen_in is 'The last pass that saw the row in a list.';
comment on column mirror.misses is 'Passes in a row that missed it and whose look at the detail confirmed it.';
comment on column mirror.missed_in is 'The pass that counted last: each counts once.';
create index mirror_partition on mirror (kind, agency) where not gone;
create index mirror_oldest_detail on mirror (kind, detailed_at nulls first) where not gone;

create table mirror_history (
    kind        text        not null,
    id          text        collate "C" not null,
    revision    integer     not null,
    facts       jsonb       not null,
    gone        boolean     not null,
    withheld    boolean     not null,
    recorded_at timestamptz not null,
    primary key (kind, id, revision)
);
comment on table mirror_history is 'Every revision with the moment at which we learned of it: what did we know on that day?';
create index mirror_history_day on mirror_history (recorded_at);

create table pass (
    id           bigint      generated always as identity primary key,
    started_at   timestamptz not null,
    ended_at     timestamptz,
    state        text        not null default 'running'
                 check (state in ('running', 'complete', 'failed')),
    reason       text,
    changed      integer     not null default 0,
    unreadable   integer     not null default 0
);
comment on table pass is 'Full passes over the registry; only a complete one is a snapshot.';
comment on column pass.reason is 'Why it is not complete yet, or failed.';
create index pass_complete on pass (id desc) where state = 'complete';

create table partition (
    name       text        primary key,
    pass       bigint      not null references pass (id),
    read_at    timestamptz not null,
    complete   boolean     not null,
    doubt      text        not null,
    rows       integer     not null,
    unreadable integer     not null,
    missing    integer     not null default 0,
    named      text[]      not null default '{}'
);
comment on column partition.named is 'Rows of a list that the registry could not deliver, found by elimination: their detail exists.';
comment on table partition is 'How far the running pass is, and what the last reading of each partition was worth.';

create table cursor (
    name text primary key,
    day  date not null
);
comment on table cursor is 'Up to which of the registry''s days changes were followed between full passes.';

create table crawler (
    one           boolean     primary key default true check (one),
    owner         text,
    beat          timestamptz not null default '-infinity',
    accept_passes smallint    not null default 0
);
insert into crawler (one) values (true);
comment on table crawler is 'The one process that reads the registry: every transaction of the mirror locks this row and checks its owner.';
comment on column crawler.accept_passes is 'A person has looked: so many complete passes may lose more rows than the circuit-breaker allows.';

create table shape_drift (
    kind     text        not null,
    id       text        not null,
    path     text        not null,
    found    text        not null,
    expected text        not null,
    seen_at  timestamptz not null,
    primary key (kind, id)
);
comment on table shape_drift is 'Objects whose answer has a shape that we do not know; their last good facts stay.';

do $$
declare
    t text;
begin
    foreach t in array array['mirror', 'mirror_history', 'pass', 'partition', 'cursor', 'crawler', 'shape_drift'] loop
        execute format('alter table %I enable row level security', t);
        execute format('create policy of_worker on %I to deqar_sync_worker using (true)', t);
        execute format('create policy public_facts on %I for select to deqar_sync_api using (true)', t);
        execute format('grant select on %I to deqar_sync_api', t);
    end loop;
end
$$;
grant select, insert, update on mirror, pass, partition, cursor to deqar_sync_worker;
grant select, insert on mirror_history to deqar_sync_worker;
grant select, update on crawler to deqar_sync_worker;
grant select, insert, update, delete on shape_drift to deqar_sync_worker;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
