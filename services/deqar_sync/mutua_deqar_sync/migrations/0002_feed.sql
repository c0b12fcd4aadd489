-- migrate:up

alter table mirror
    add column detailed_in bigint not null default 0,
    add column gone_at timestamptz,
    add column buried boolean not null default false;
comment on column mirror.detailed_in is 'The last pass that read the detail.';
comment on column mirror.gone_at is 'When we told that it is gone; its key is forgotten on the topic some days later.';
create index mirror_gone on mirror (gone_at) where gone and not buried;
create index mirror_missed on mirror (kind) where misses > 0 and not gone;

alter table crawler
    add column position bigint not null default 0,
    add column source text;
comment on column crawler.position is 'Head of the change feed: every revision takes the next number in the transaction that writes it.';
comment on column crawler.source is 'Address of the registry that was read last.';

alter table mirror_history
    add column position bigint,
    add column listed_at timestamptz,
    add column detailed_at timestamptz;
with numbered as (
    select kind, id, revision, row_number() over (order by recorded_at, kind, id, revision) as n from mirror_history
)
update mirror_history h set position = n.n from numbered n
where (h.kind, h.id, h.revision) = (n.kind, n.id, n.revision);
update crawler set position = (select count(*) from mirror_history);
-- Migrations run while the service stands still; the column was filled just above.
-- squawk-ignore adding-not-nullable-field
alter table mirror_history alter column position set not null;
create unique index mirror_history_position on mirror_history (position);
comment on column mirror_history.position is 'Place in the change feed.';
create index mirror_history_providers on mirror_history using gin ((facts -> 'providers') jsonb_path_ops) where kind = 'report';
create index mirror_history_platforms on mirror_history using gin ((facts -> 'platforms') jsonb_path_ops) where kind = 'report';

-- Whatever could not be read has one place, with its cause.
-- Only this service reads it, and it starts after the migration.
-- squawk-ignore renaming-table
alter table shape_drift rename to unreadable;
alter table unreadable
    add column cause text not null default 'shape' check (cause in ('shape', 'detail'));
comment on table unreadable is 'Objects that could not be read, and why; their last good facts stay.';
comment on column unreadable.cause is 'shape: not as we know it; detail: the registry fails on its detail.';

alter table pass add column attempted_at timestamptz;
comment on column pass.attempted_at is 'When it was last begun or gone on with.';

create table vacant (
    kind     text        not null,
    id       text        collate "C" not null,
    asked_at timestamptz not null,
    primary key (kind, id)
);
comment on table vacant is 'Ids between known ones that the registry says it does not have: they are not asked for again and again.';

create table alias (
    id          text        collate "C" not null,
    other       text        collate "C" not null,
    how         text        not null check (how in ('succeeded', 'absorbed', 'same identifier', 'reports moved')),
    since       date,
    recorded_at timestamptz not null,
    primary key (id, other, how)
);
comment on table alias is 'Providers that closed or are gone, and who stands for them now. Nothing is re-keyed.';

do $$
declare
    t text;
begin
    foreach t in array array['vacant', 'alias'] loop
        execute format('alter table %I enable row level security', t);
        execute format('create policy of_worker on %I to deqar_sync_worker using (true)', t);
        execute format('create policy public_facts on %I for select to deqar_sync_api using (true)', t);
        execute format('grant select on %I to deqar_sync_api', t);
    end loop;
end
$$;
grant select, insert, update, delete on vacant to deqar_sync_worker;
grant select, insert on alias to deqar_sync_worker;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
