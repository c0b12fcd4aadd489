-- migrate:up

-- Keys are public, and still nobody reads a row of others without naming whose it is.
drop policy public on signing_key;
create policy of_owner on signing_key for select to recognition_api
    using (tenant = nullif(current_setting('app.tenant', true), ''));
create policy named on signing_key for select to recognition_api
    using (tenant = nullif(current_setting('app.organisation', true), ''));

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
