-- migrate:up

-- A row without payload is a tombstone: compaction then forgets its key.
-- The kernel's relay is the only reader, and starts after the migration.
-- squawk-ignore ban-drop-not-null
alter table outbox alter column payload drop not null;
comment on column outbox.payload is 'Final wire bytes; null is a tombstone, which makes compaction forget the key.';

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
