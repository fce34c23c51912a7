-- The sample's database: a small shop with data of its own, made on the live
-- server each time. Documents are large and incompressible enough to be kept
-- out of line (TOAST), so that the drill has to read there too.
create table customers (
  id         bigint generated always as identity primary key,
  name       text not null,
  created_at timestamptz not null
);
create table orders (
  id          bigint generated always as identity primary key,
  customer_id bigint not null references customers,
  total_cents bigint not null,
  created_at  timestamptz not null
);
create table order_lines (
  order_id    bigint not null references orders,
  line        int not null,
  quantity    int not null,
  price_cents bigint not null,
  primary key (order_id, line)
);
create table documents (
  id   bigint generated always as identity primary key,
  body text not null
);

insert into customers (name, created_at)
select 'customer ' || n, now() - n * interval '1 minute' from generate_series(1, 2000) n;

insert into orders (customer_id, total_cents, created_at)
select 1 + n % 2000, 0, now() - n * interval '20 seconds' from generate_series(1, 20000) n;

insert into order_lines (order_id, line, quantity, price_cents)
select o.id, l, 1 + (o.id + l) % 5, 100 + (o.id * l) % 9900 from orders o, generate_series(1, 3) l;

update orders set total_cents = s.total
from (select order_id, sum(quantity * price_cents) as total from order_lines group by order_id) s
where s.order_id = orders.id;

insert into documents (body)
select string_agg(md5(n::text || i::text), '') from generate_series(1, 100) n, generate_series(1, 400) i group by n;

create index orders_by_time on orders (created_at);
