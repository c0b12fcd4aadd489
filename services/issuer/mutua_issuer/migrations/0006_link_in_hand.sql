-- migrate:up

-- Without a tenant a session sees the one link that it holds in its hand, and no list of links.
drop policy of_everybody on holder_link;
create policy of_link on holder_link for select to issuer_api
    using (hash = decode(nullif(current_setting('app.link', true), ''), 'hex'));

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
