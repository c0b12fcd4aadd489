-- migrate:up

-- What an operator sees of all organisations together: numbers, never rows. The function counts with the owner's
-- rights; the role of the API may call it and still sees the rows of one organisation only.
create policy of_counting on request for select to recognition_owner using (true);
create policy of_counting on credential for select to recognition_owner using (true);
create policy of_counting on due for select to recognition_owner using (true);

create function counts() returns table (what text, recogniser text, state text, number bigint)
language sql stable security definer set search_path = recognition, pg_temp as $$
    select 'requests', tenant, state, count(*) from request group by tenant, state
    union all
    select 'credentials', null, null, count(*) from credential
    union all
    select 'without_request', null, null, count(*) from credential c
    where not exists (select 1 from request r where r.credential = c.id)
    union all
    select 'queued', null, null, count(*) from due
$$;
revoke execute on function counts() from public;
grant execute on function counts() to recognition_api;

-- A chain of trust is made of statements of others too. Whoever decided by a statement may read it, in a transaction
-- that names the record; lists of statements show one's own and those about oneself, as before.
create policy of_reader on statement for select to recognition_api using (exists (
    select 1 from evidence_use u
    where u.evidence = 'statement:' || statement.id
      and u.record = nullif(current_setting('app.record', true), '')::uuid
));

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
