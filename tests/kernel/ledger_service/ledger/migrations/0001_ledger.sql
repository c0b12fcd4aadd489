-- migrate:up
create table ledger (
    key     text primary key,
    version integer not null
);
create table ledger_entry (
    key      text    not null,
    version  integer not null,
    sequence integer not null,
    event_id uuid    not null,
    note     text,
    primary key (key, version)
);
do $$
begin
    execute format('grant select, insert, update on ledger, ledger_entry to %I', replace(current_user, '_owner', '_worker'));
    execute format('grant select, insert on ledger, ledger_entry to %I', replace(current_user, '_owner', '_api'));
end
$$;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
