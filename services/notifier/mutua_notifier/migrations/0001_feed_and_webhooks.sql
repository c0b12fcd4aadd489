-- migrate:up

create table tenant_grant (
    tenant     text        not null,
    country    text        not null,
    granted_by text        not null,
    granted_at timestamptz not null default now(),
    primary key (tenant, country)
);
comment on table tenant_grant is 'Which organisation may see what recognisers of which country decided (an ENIC-NARIC office: its own).';

create table subscription (
    id              uuid        primary key,
    tenant          text        not null,
    name            text        not null,
    countries       text[],
    award_countries text[],
    types           text[],
    created_at      timestamptz not null default now(),
    ended_at        timestamptz
);
comment on table subscription is 'What an organisation wants to see; null means all that it may see.';
create index subscription_tenant on subscription (tenant) where ended_at is null;

create table feed_head (
    single     boolean primary key default true check (single),
    position bigint  not null
);
insert into feed_head (position) values (0);
comment on table feed_head is 'The last position given: updated in the transaction of the rows, so no reader jumps over one.';

create table feed (
    position      bigint      primary key,
    event_id      uuid        not null unique,
    type          text        not null,
    country       text        not null,
    award_country text,
    recogniser    text        not null,
    issuer        text,
    payload       bytea       not null,
    traceparent   text,
    occurred_at   timestamptz not null,
    stored_at     timestamptz not null default now()
);
create index feed_age on feed (stored_at);

create table endpoint (
    id           uuid        primary key,
    tenant       text        not null,
    subscription uuid        not null references subscription (id),
    url          text        not null,
    scheme       text        not null check (scheme in ('ed25519', 'hmac-sha256')),
    sealed_key   bytea       not null,
    public_key   text,
    state        text        not null default 'active' check (state in ('active', 'disabled', 'removed')),
    state_reason text,
    created_at   timestamptz not null default now()
);
comment on column endpoint.sealed_key is 'Signing key, encrypted by a key that is kept outside the database.';
create index endpoint_subscription on endpoint (subscription) where state = 'active';

create table delivery (
    id         uuid        primary key,
    tenant     text        not null,
    endpoint   uuid        not null references endpoint (id),
    position   bigint      not null,
    event_id   uuid        not null,
    state      text        not null default 'pending' check (state in ('pending', 'delivered', 'given_up', 'cancelled')),
    attempts   integer     not null default 0,
    due_at     timestamptz not null default now(),
    claimed_to timestamptz,
    created_at timestamptz not null default now(),
    unique (endpoint, event_id)
);
create index delivery_due on delivery (due_at, position) where state = 'pending';

create table attempt (
    delivery uuid        not null references delivery (id) on delete cascade,
    number   integer     not null,
    tenant   text        not null,
    at       timestamptz not null,
    status   integer,
    outcome  text        not null,
    millis   integer     not null,
    primary key (delivery, number)
);

-- The one rule of who sees what: used by the feed's policy and by the fan-out to endpoints.
create function subscribed(
    s subscription, f_type text, f_country text, f_award_country text, f_recogniser text, f_issuer text
) returns boolean language sql stable as $$
    select s.ended_at is null
       and (s.types is null or f_type = any (s.types))
       and (s.countries is null or f_country = any (s.countries))
       and (s.award_countries is null or coalesce(f_award_country = any (s.award_countries), false))
       and (f_recogniser = s.tenant
            or coalesce(f_issuer = s.tenant, false)
            or exists (select 1 from tenant_grant g where g.tenant = s.tenant and g.country = f_country))
$$;

alter table subscription enable row level security;
alter table subscription force row level security;
alter table endpoint enable row level security;
alter table endpoint force row level security;
alter table delivery enable row level security;
alter table delivery force row level security;
alter table attempt enable row level security;
alter table attempt force row level security;
alter table feed enable row level security;
alter table feed force row level security;
alter table tenant_grant enable row level security;
alter table tenant_grant force row level security;

create policy of_tenant on subscription to notifier_api using (tenant = nullif(current_setting('app.tenant', true), ''));
create policy of_tenant on endpoint to notifier_api using (tenant = nullif(current_setting('app.tenant', true), ''));
create policy of_tenant on delivery to notifier_api using (tenant = nullif(current_setting('app.tenant', true), ''));
create policy of_tenant on attempt to notifier_api using (tenant = nullif(current_setting('app.tenant', true), ''));
create policy of_subscriber on feed for select to notifier_api using (exists (
    select 1 from subscription s
    where s.tenant = nullif(current_setting('app.tenant', true), '')
      and subscribed(s, feed.type, feed.country, feed.award_country, feed.recogniser, feed.issuer)
));
-- Grants are written by operators, who belong to the platform: the route demands the role; a tenant reads its own.
create policy of_tenant on tenant_grant for select to notifier_api
    using (tenant = nullif(current_setting('app.tenant', true), '')
           or nullif(current_setting('app.operator', true), '') = 'yes');
create policy by_operator on tenant_grant for all to notifier_api
    using (nullif(current_setting('app.operator', true), '') = 'yes')
    with check (nullif(current_setting('app.operator', true), '') = 'yes');

create policy of_worker on subscription to notifier_worker using (true);
create policy of_worker on endpoint to notifier_worker using (true);
create policy of_worker on delivery to notifier_worker using (true);
create policy of_worker on attempt to notifier_worker using (true);
create policy of_worker on feed to notifier_worker using (true);
create policy of_worker on tenant_grant to notifier_worker using (true);

grant select, insert, update, delete on tenant_grant to notifier_api;
grant select, insert on subscription, endpoint to notifier_api;
grant update (ended_at) on subscription to notifier_api;
grant update (state, state_reason) on endpoint to notifier_api;
grant select on feed, feed_head, delivery, attempt to notifier_api;
grant update (state, due_at, claimed_to) on delivery to notifier_api;
grant select on tenant_grant, subscription to notifier_worker;
grant select, update on endpoint to notifier_worker;
grant select, insert, update on delivery, attempt to notifier_worker;
grant select, insert, delete on feed to notifier_worker;
grant select, update on feed_head to notifier_worker;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
