package plan

import "testing"

func TestAsksNothing(t *testing.T) {
	tests := map[string]bool{
		"select 1":                         true,
		"SELECT true":                      true,
		"select now() > current_timestamp": true,
		"select count(*) from generate_series(1, 9)":                                          true,
		"select count(*) from pg_tables":                                                      true,
		"select count(*) from pg_catalog.pg_class c join information_schema.tables t on true": true,
		"select 'from orders'":                                                                true,
		"select 1 -- from orders":                                                             true,
		"select /* from orders */ 1":                                                          true,
		"with x as (select 1 as n) select n from x":                                           true,
		"with x(n) as (values (1)) select n from x":                                           true,
		"select extract(year from now())":                                                     true,
		"select $q$ from orders $q$":                                                          true,
		"select count(*) from orders":                                                         false,
		"with orders as (select * from orders where id > 0) select count(*) from orders":      false,
		"with recursive n as (select 1 as i union all select i + 1 from n where i < 9) select count(*) from n": true,
		"with x as materialized (select 1 as n) select n from x":                                               true,
		`select count(*) filter (where name <> E'it\\'s') from orders`:                                         false,
		"select count(*) from sys.invoices":                                                                    false,
		"select count(*) from mysql.t":                                                                         false,
		"select count(*) from pg_orders":                                                                       false,
		"select count(*) from pg_sequences":                                                                    false,
		"select count(*) from partition":                                                                       false,
		"select count(*) from filter":                                                                          false,
		"select count(*) over w from w window w as (partition by id)":                                          false,
		"select 1 from a, lateral (select 1) x":                                                                false,
		"select count(*) from shop.orders o":                                                                   false,
		`select count(*) from "Orders"`:                                                                        false,
		"select count(*) from pg_largeobject_metadata":                                                         false,
		"select orders_are_there()":                                                                            false,
		"select * from report()":                                                                               false,
		"table orders":                                                                                         false,
		"select 1 where exists (select 1 from orders)":                                                         false,
		"select (select count(*) from orders) = 1":                                                             false,
		"select count(*) from pg_class, orders":                                                                false,
		"select count(*) from (select 1 from orders) x":                                                        false,
		"select count(*) from pg_class left join orders on true":                                               false,
		"with x as (select * from orders) select count(*) from x":                                              false,
		"select extract(year from max(created_at)) from orders":                                                false,
		"select count(*) from generate_series(1,9) g, orders":                                                  false,
		"select count(*) from only orders":                                                                     false,
		"select count(*) from `orders`":                                                                        false,
		"select trim(both from name) from customers limit 1":                                                   false,
	}
	for sql, want := range tests {
		if got := AsksNothing(sql); got != want {
			t.Errorf("%s: asks nothing: %t; mentions %+v", sql, got, MentionsOf(sql))
		}
	}
}
