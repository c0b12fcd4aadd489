-- migrate:up

create table credential_status (
    credential  text        primary key,
    issuer      text        not null,
    sequence    integer     not null,
    status      text        not null,
    reason      text        not null,
    changed_at  timestamptz not null,
    received_at timestamptz not null default now()
);
comment on table credential_status is 'What issuers said of their credentials since, as `mutua.credential` tells it; without a row nothing was said.';
grant select, insert, update on credential_status to recognition_worker;

alter table request add column revisit text;
comment on column request.revisit is 'Why a person has to look at a decision that stands, as a reason code; null where nobody has to.';
grant update (revisit) on request to recognition_api;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
