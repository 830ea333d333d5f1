//! What a page costs: the statements walk an index and stop at the page's end, so the cost does
//! not grow with the tenant.

use rusqlite::StatementStatus;

use super::*;
use crate::catalogue::sqlite::schema;

#[test]
fn a_page_costs_the_same_in_a_large_tenant() {
    let (small, large) = (filled(100), filled(5_000));
    for query in queries() {
        for place in [Place::Start, Place::Middle] {
            let (few, many) = (cost(&small, &query, &place), cost(&large, &query, &place));
            assert!(
                many <= few * 2,
                "{few} steps of 100 images, {many} of 5,000: {query:?}"
            );
        }
    }
}

#[test]
fn no_page_is_sorted_or_read_through() {
    let db = filled(10);
    for query in queries() {
        let plan = plan(&db, &statement(&query));
        assert!(
            !plan.iter().any(|step| step.contains("TEMP B-TREE")),
            "{query:?}: {plan:?}"
        );
        assert!(
            plan.iter()
                .all(|step| step.starts_with("SEARCH") || step.contains("SUBQUERY")),
            "{query:?}: {plan:?}"
        );
    }
}

enum Place {
    Start,
    Middle,
}

fn queries() -> Vec<ImageQuery> {
    let mut queries = Vec::new();
    for order in [Order::Newest, Order::Oldest] {
        for deleted in [false, true] {
            for tag in [None, Some("sea")] {
                for album in [None, Some("a")] {
                    let mut query = ImageQuery::first_page();
                    query.limit = 10;
                    query.order = order;
                    query.deleted = deleted;
                    query.tag = tag.map(|tag| Tag::parse(tag).unwrap());
                    query.album = album.map(|id| crate::catalogue::AlbumId::parse(id).unwrap());
                    queries.push(query);
                }
            }
        }
    }
    queries
}

/// A catalogue where every image of one tenant is tagged and in an album, and every other one is
/// deleted; among the images of another tenant.
fn filled(images: u32) -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    schema::migrate(&mut db).unwrap();
    db.execute_batch(&format!(
        "INSERT INTO tenants (name, plan, created_at)
         VALUES ('ada', 'personal', 0), ('bob', 'personal', 0);
         INSERT INTO albums (tenant, id, title, created_by, created_at)
         VALUES ('ada', 'a', 'sea', 'ada', 0);
         WITH RECURSIVE numbers (n) AS (
             SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {images} * 2)
         INSERT INTO images (tenant, id, digest, media_type, bytes, width, height,
             thumbnail_type, title, tags, search, uploaded_by, uploaded_at)
         SELECT iif(n % 2, 'ada', 'bob'), printf('%x', n), printf('%064x', n), 'image/jpeg',
             n, 1, 1, 'image/jpeg', '', 'sea', 'sea', 'ada', n FROM numbers;
         INSERT INTO image_tags (tenant, tag, ordinal, folded)
         SELECT tenant, 'sea', ordinal, 'sea' FROM images;
         INSERT INTO album_images (album, ordinal)
         SELECT 1, ordinal FROM images WHERE tenant = 'ada';
         UPDATE images SET deleted_at = 1 WHERE ordinal % 4 = 1;"
    ))
    .unwrap();
    db
}

/// Steps of SQLite's machine for one page.
fn cost(db: &Connection, query: &ImageQuery, place: &Place) -> i32 {
    let mut query = query.clone();
    if let Place::Middle = place {
        let newest: i64 = db
            .query_row("SELECT max(ordinal) FROM images", [], |row| row.get(0))
            .unwrap();
        query.after = Some(Cursor(newest / 2));
    }
    let tenant = TenantId::parse("ada").unwrap();
    let page = list(db, &tenant, &query).unwrap();
    assert_eq!(page.images.len(), 10, "{query:?}");
    assert!(page.next.is_some());
    // The same statement once more, out of the cache.
    let statement = db.prepare_cached(&statement(&query)).unwrap();
    statement.get_status(StatementStatus::VmStep)
}

fn plan(db: &Connection, statement: &str) -> Vec<String> {
    let mut explain = db
        .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
        .unwrap();
    let nothing = vec![rusqlite::types::Null; explain.parameter_count()];
    let steps = explain.query_map(rusqlite::params_from_iter(nothing), |row| row.get(3));
    steps.unwrap().map(Result::unwrap).collect()
}
