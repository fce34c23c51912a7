-- The orders of the sample's shop. Products are in another database.
create table orders (
  id         bigint generated always as identity primary key,
  product_id bigint not null,
  quantity   int not null,
  created_at timestamptz not null,
  note       text not null
);

insert into orders (product_id, quantity, created_at, note)
select 1 + (n::bigint * n) % 997, 1 + n % 5, now() - n * interval '20 seconds', md5(n::text) from generate_series(1, 60000) n;

create index orders_by_time on orders (created_at);
