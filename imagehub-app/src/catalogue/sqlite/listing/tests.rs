//! What a page costs: the statements walk an index and stop at the page's end, so the cost does
//! not grow with the tenant.

use rusqlite::StatementStatus;

use super::*;
use crate::catalogue::Order;
use crate::catalogue::sqlite::schema;

#[test]
fn a_page_costs_the_same_in_a_large_tenant() {
    let (small, large) = (filled(100), filled(5_000));
    for query in queries() {
        for after in [None, Some(50)] {
            let (few, many) = (cost(&small, &query, after), cost(&large, &query, after));
            // To look at one in ten images would take more than that.
            assert!(
                many <= few * 2 + 500,
                "{few} steps of 100 images, {many} of 5,000: {query:?}"
            );
        }
    }
}

#[test]
fn no_page_is_sorted_or_read_through() {
    let db = filled(100);
    for query in queries() {
        let plan = plan(&db, &Way::of(&query).statement(&query));
        let searches = |step: &String| {
            step.starts_with("SEARCH")
                || step.contains("SUBQUERY")
                || step.starts_with("SCAN image_search VIRTUAL TABLE INDEX")
        };
        assert!(plan.iter().all(searches), "{query:?}: {plan:?}");
    }
}

#[test]
fn texts_of_three_characters_are_searched_for_by_an_index() {
    let mut query = ImageQuery::first_page();
    for (text, way) in [
        ("東京の", Way::Search),
        ("ab", Way::All),
        ("ab\0c", Way::All),
    ] {
        query.text = Some(text.to_owned());
        assert_eq!(Way::of(&query), way, "{text:?}");
    }
}

#[test]
fn the_index_of_searches_forgets_what_an_image_was_called_and_what_is_gone() {
    let db = filled(100);
    let found = |text: &str| {
        let mut query = db
            .prepare("SELECT count(*) FROM image_search WHERE image_search MATCH ?1")
            .unwrap();
        query.query_row([text], |row| row.get::<_, u32>(0)).unwrap()
    };
    assert_eq!((found("abcx"), found("renamed")), (200, 0));
    db.execute_batch(
        "UPDATE images SET search = 'renamed' WHERE ordinal = 7;
         DELETE FROM images WHERE ordinal < 5;",
    )
    .unwrap();
    assert_eq!((found("abcx"), found("renamed")), (195, 1));
}

fn ada() -> TenantId {
    TenantId::parse("ada").unwrap()
}

/// Every kind of page, and searches for what many images have.
fn queries() -> Vec<ImageQuery> {
    let mut queries = Vec::new();
    for order in [Order::Newest, Order::Oldest, Order::Taken] {
        for deleted in [false, true] {
            for (tag, album, text) in [
                (None, None, None),
                (Some("sea"), None, None),
                (None, Some("a"), None),
                (Some("sea"), Some("a"), None),
                (None, None, Some("ABC")),
                (None, None, Some("ab")),
                (Some("sea"), None, Some("abcx")),
                (Some("sea"), Some("a"), Some("abcx")),
            ] {
                let mut query = ImageQuery::first_page();
                query.limit = 10;
                query.order = order;
                query.deleted = deleted;
                query.tag = tag.map(|tag| Tag::parse(tag).unwrap());
                query.album = album.map(|id| AlbumId::parse(id).unwrap());
                query.text = text.map(str::to_owned);
                // What a search finds is sorted by when it was taken.
                if order != Order::Taken || Way::of(&query) != Way::Search {
                    queries.push(query);
                }
            }
        }
    }
    queries
}

/// A catalogue of two tenants with so many images each, all with a text and a tag, one tenant's in
/// an album, and every fourth one deleted.
fn filled(images: u32) -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    schema::create(&mut db).unwrap();
    db.execute_batch(&format!(
        "INSERT INTO tenants (name, plan, created_at)
         VALUES ('ada', 'personal', 0), ('bob', 'personal', 0);
         INSERT INTO albums (tenant, id, title, created_by, created_at)
         VALUES ('ada', 'a', 'sea', 'ada', 0);
         WITH RECURSIVE numbers (n) AS (
             SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {images} * 2)
         INSERT INTO images (tenant, id, digest, crc32, media_type, animated, bytes, width, height,
             thumbnail_type, title, tags, search, uploaded_by, uploaded_at)
         SELECT iif(n % 2, 'ada', 'bob'), printf('%x', n), printf('%064x', n), 0, 'image/jpeg',
             0, n, 1, 1, 'image/jpeg', 'abcx', 'sea', 'abcx' || char(10) || 'sea' || char(10) || 'ada',
             'ada', n FROM numbers;
         INSERT INTO image_tags (tenant, tag, ordinal, taken_order, folded)
         SELECT tenant, 'sea', ordinal, taken_order, 'sea' FROM images;
         INSERT INTO album_images (album, ordinal, taken_order)
         SELECT 1, ordinal, taken_order FROM images WHERE tenant = 'ada';
         UPDATE images SET deleted_at = 1 WHERE ordinal % 8 = 1;"
    ))
    .unwrap();
    db
}

/// Steps of SQLite's machine for one page.
fn cost(db: &Connection, query: &ImageQuery, after: Option<i64>) -> i32 {
    let mut query = query.clone();
    query.after = after.map(Cursor);
    list(db, &ada(), &query).unwrap();
    // The same statement once more, out of the cache.
    let statement = Way::of(&query).statement(&query);
    let statement = db.prepare_cached(&statement).unwrap();
    statement.reset_status(StatementStatus::VmStep)
}

fn plan(db: &Connection, statement: &str) -> Vec<String> {
    let mut explain = db
        .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
        .unwrap();
    let nothing = vec![rusqlite::types::Null; explain.parameter_count()];
    let steps = explain.query_map(rusqlite::params_from_iter(nothing), |row| row.get(3));
    steps.unwrap().map(Result::unwrap).collect()
}
