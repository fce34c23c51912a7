-- The catalog of the sample's shop: what its products are called.
create table products (
  id    bigint generated always as identity primary key,
  name  text not null,
  about text not null
);

insert into products (name, about)
select 'product ' || n, string_agg(md5(n::text || i::text), '') from generate_series(1, 1000) n, generate_series(1, 200) i group by n order by n;
