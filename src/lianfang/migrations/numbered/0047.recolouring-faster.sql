-- depends: 0044.trip_taps
-- Half a million holds are put at once, by one connection: their numbers are taken by the hundred. They need no order.
ALTER TABLE holds ALTER id SET CACHE 100;
