-- migrate:up

create table inquiry (
    id          uuid        primary key,
    tenant      text        not null,
    kind        text        not null check (kind in ('publishing', 'revoking', 'replay')),
    subject     jsonb       not null,
    asked_at    timestamptz not null,
    answer      jsonb,
    answered_at timestamptz
);
comment on table inquiry is 'Questions that take the whole trust log, which the API does not see: the worker answers them.';
create index inquiry_open on inquiry (asked_at) where answered_at is null;

alter table inquiry enable row level security;
alter table inquiry force row level security;
create policy of_tenant on inquiry to recognition_api using (tenant = nullif(current_setting('app.tenant', true), ''));
create policy of_worker on inquiry to recognition_worker using (true);
grant select, insert on inquiry to recognition_api;
grant select on inquiry to recognition_worker;
grant update (answer, answered_at) on inquiry to recognition_worker;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
