//! What every catalogue promises, asked of SQLite and of a real Redis.

mod albums;
mod cursor;
mod departures;
mod elsewhere;
mod images;
mod invite_links;
mod leases;
mod outages;
mod people;
mod quota;
mod redis_cost;
mod redis_faults;
mod redis_forgetting;
mod redis_server;
mod schema;
mod search;
mod security;
mod sessions;
mod shares;
mod tags;
mod taken;
mod tenants;
mod tokens;
mod transfer;
mod trash;
mod ways_back;
mod world;

/// Makes one test for each store out of each named test.
#[macro_export]
macro_rules! on_both_catalogues {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::world::World::sqlite().await).await;
            })*
        }
        mod redis {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::world::World::redis().await).await;
            })*
        }
    };
}
