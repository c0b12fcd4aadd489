-- migrate:up

-- Tables of delivery, the same in every service's schema. The roles are called <service>_owner, <service>_api and
-- <service>_worker; this file is run by the owner and grants to the other two.

create table inbox (
    consumer     text        not null,
    event_id     uuid        not null,
    processed_at timestamptz not null default now(),
    primary key (consumer, event_id)
);
comment on table inbox is 'Events whose effect has happened; a repeated delivery finds itself here.';
create index inbox_age on inbox using brin (processed_at);

create table outbox (
    position    bigint generated always as identity primary key,
    shard       smallint    not null,
    topic       text        not null,
    key         text        not null,
    event_id    uuid        not null,
    type        text        not null,
    payload     bytea       not null,
    traceparent text,
    created_at  timestamptz not null default now(),
    blocked     text
);
comment on table outbox is 'Facts to publish, as final wire bytes; rows are deleted after the broker acknowledged them.';
comment on column outbox.blocked is 'Why this row cannot be published; later rows of its key wait behind it.';
create index outbox_shard on outbox (shard, position);
create index outbox_blocked on outbox (topic, key) where blocked is not null;
alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create table parked_key (
    topic      text        not null,
    key        text        not null,
    consumer   text        not null,
    partition  integer     not null,
    since      timestamptz not null default now(),
    redrive_at timestamptz,
    primary key (consumer, topic, key)
);
comment on table parked_key is 'Keys whose events wait; locked by whoever parks and by redrive.';

create table parked_event (
    id          bigint generated always as identity primary key,
    consumer    text        not null,
    topic       text        not null,
    key         text        not null,
    partition   integer     not null,
    "offset"    bigint      not null,
    event_id    uuid,
    reason      text        not null,
    detail      text        not null,
    raw         bytea,
    attempts    integer     not null default 1,
    parked_at   timestamptz not null default now(),
    unique (consumer, topic, partition, "offset")
);
comment on table parked_event is 'Events that could not be processed, and those that wait behind them, in order of id.';
create index parked_event_key on parked_event (consumer, topic, key, id);

create table idempotency (
    tenant       text        not null,
    key          text        not null,
    request_hash bytea       not null,
    status       smallint    not null,
    body         bytea       not null,
    headers      jsonb       not null default '{}',
    created_at   timestamptz not null default now(),
    primary key (tenant, key)
);
comment on table idempotency is 'Answers of POST requests, so that a repeated request gets the same answer and no second effect.';
create index idempotency_age on idempotency (created_at);
alter table idempotency enable row level security;
alter table idempotency force row level security;

do $$
declare
    api    text := replace(current_user, '_owner', '_api');
    worker text := replace(current_user, '_owner', '_worker');
begin
    execute format('create policy of_tenant on idempotency to %I using (tenant = nullif(current_setting(''app.tenant'', true), ''''))', api);
    execute format('create policy of_worker on idempotency to %I using (true)', worker);
    execute format('grant select, insert on idempotency to %I', api);
    execute format('grant select, delete on idempotency to %I', worker);
    execute format('grant select, insert on outbox to %I', api);
    execute format('grant select, insert, update, delete on inbox, outbox, parked_key, parked_event to %I', worker);
    execute format('grant select on parked_key, parked_event to %I', api);
    execute format('grant update (redrive_at) on parked_key to %I', api);
end
$$;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
