create table articles (name text primary key, price numeric(8, 2) not null);
insert into articles values ('coffee', 3.20), ('tea', 2.50);
