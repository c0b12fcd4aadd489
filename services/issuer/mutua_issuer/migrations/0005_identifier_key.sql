-- migrate:up

-- Identifiers are the same by type, country and number, however they are written: what one institution has proven, no
-- other can hold in another spelling.
alter table identifier add column canonical text;
comment on column identifier.canonical is 'Type, country and number; null where it cannot be told which identifier is meant, or nobody proved it since.';
create unique index identifier_held on identifier (canonical) where confidence = 'high';
comment on index identifier_held is 'Nobody else can hold what one institution has proven.';
-- squawk-ignore require-concurrent-index-deletion
drop index identifier_proven;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
