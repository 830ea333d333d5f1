//! What a page costs: the statements walk an index and stop at the page's end, so the cost does
//! not grow with the tenant.

use rusqlite::StatementStatus;

use super::super::image_row::index_search;
use super::*;
use crate::catalogue::Tags;
use crate::catalogue::sqlite::schema;

#[test]
fn a_page_costs_the_same_in_a_large_tenant() {
    let (small, large) = (filled(100), filled(5_000));
    for query in queries() {
        for place in [Place::Start, Place::Middle] {
            let (few, many) = (cost(&small, &query, &place), cost(&large, &query, &place));
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
    let (small, large) = (filled(100), filled(5_000));
    for db in [small, large] {
        for query in queries() {
            let plan = plan(&db, &statement(&db, &query));
            let searches = |step: &String| {
                step.starts_with("SEARCH")
                    || step.contains("SUBQUERY")
                    || step.starts_with("SCAN image_search VIRTUAL TABLE INDEX")
            };
            assert!(plan.iter().all(searches), "{query:?}: {plan:?}");
        }
    }
}

#[test]
fn a_search_looks_at_so_many_images_and_goes_on_with_the_next_page() {
    let db = filled(100);
    let everything = db.execute_batch(
        "WITH RECURSIVE numbers (n) AS (
             SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 12000)
         INSERT INTO images (tenant, id, digest, media_type, bytes, width, height,
             thumbnail_type, title, tags, search, uploaded_by, uploaded_at)
         SELECT 'ada', printf('e%x', n), printf('e%x', n), 'image/jpeg', n, 1, 1, 'image/jpeg',
             '', '', 'ababab', 'ada', n FROM numbers;",
    );
    everything.unwrap();
    // Wherever its pieces are, the text itself is nowhere.
    index(
        &db,
        "SELECT ordinal, 'abab bab ba', '' FROM images WHERE tenant = 'ada'",
    );
    let (mut query, mut pages) = (ImageQuery::first_page(), 0);
    query.text = Some("bab b".to_owned());
    loop {
        let page = list(&db, &ada(), &query).unwrap();
        assert!(page.images.is_empty());
        pages += 1;
        query.after = page.next;
        if page.next.is_none() {
            break;
        }
    }
    assert_eq!(pages, 3);
}

#[test]
fn a_search_walks_no_list_of_what_all_images_have() {
    let db = photographs(10_000);
    let mut query = ImageQuery::first_page();
    query.text = Some("Photograph 9999".to_owned());
    let pieces = pieces_of_query(&ada(), &query);
    let all: Vec<Term> = pieces.iter().map(|piece| piece.term).collect();
    let rare = rare::terms(&db, &ada(), &query, &pieces).unwrap();
    let (walked, of_all) = (listed(&db, &rare), listed(&db, &all));
    assert!(walked * 50 < of_all, "{walked} of {of_all}");
    let ada = ada();
    let (walk, next) = walk(&db, &ada, &query).unwrap();
    assert_eq!((walk.found.len(), next), (1, None));
    assert!(walk.looked_at < 30, "{} looked at", walk.looked_at);
}

#[test]
fn a_search_that_looks_in_vain_goes_by_all_of_its_terms() {
    let db = photographs(2_000);
    // By what it is found, each image has the text but for its beginning; by what it is, for its end.
    index(
        &db,
        "SELECT ordinal, iif(ordinal % 500, 'otograph!', 'photograph!'), '' FROM images",
    );
    let mut query = ImageQuery::first_page();
    query.text = Some("photograph!".to_owned());
    let ada = ada();
    let (walk, next) = walk(&db, &ada, &query).unwrap();
    assert_eq!((walk.found.len(), next), (0, None));
    let most = query.page_size() + MANY_IN_VAIN + 2_000 / 500;
    assert!(walk.looked_at <= most, "{} looked at", walk.looked_at);
}

#[test]
fn filters_that_are_far_apart_end_a_walk_early() {
    let db = filled(5_000);
    for text in [None, Some("abcx")] {
        for order in [Order::Newest, Order::Oldest] {
            let mut query = ImageQuery::first_page();
            query.tag = Some(Tag::parse("sea").unwrap());
            query.album = Some(AlbumId::parse("a").unwrap());
            (query.text, query.order) = (text.map(str::to_owned), order);
            let (ada, most) = (ada(), STRETCH + query.page_size() + MANY_IN_VAIN);
            let (walk, next) = walk(&db, &ada, &query).unwrap();
            assert_eq!((walk.found.len(), next), (0, None));
            // Each has nearly twice as many.
            assert!(walk.looked_at <= most, "{} looked at", walk.looked_at);
        }
    }
}

/// How many images the lists of these terms have together.
fn listed(db: &Connection, terms: &[Term]) -> i64 {
    db.execute_batch(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.lists USING fts5vocab (main, image_search, row)",
    )
    .unwrap();
    let mut list = db
        .prepare("SELECT coalesce(sum(doc), 0) FROM temp.lists WHERE term = ?1")
        .unwrap();
    let listed = |term: &Term| list.query_row([term.hex()], |row| row.get::<_, i64>(0));
    terms.iter().map(listed).map(Result::unwrap).sum()
}

/// A catalogue where every image is called the same and has a number.
fn photographs(images: u32) -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    schema::create(&mut db).unwrap();
    db.execute_batch(&format!(
        "INSERT INTO tenants (name, plan, created_at) VALUES ('ada', 'personal', 0);
         WITH RECURSIVE numbers (n) AS (
             SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {images})
         INSERT INTO images (tenant, id, digest, media_type, bytes, width, height,
             thumbnail_type, title, tags, search, uploaded_by, uploaded_at)
         SELECT 'ada', printf('%x', n), printf('%064x', n), 'image/jpeg', n, 1, 1, 'image/jpeg',
             'Photograph ' || n, '', 'photograph ' || n || char(10) || 'ada', 'ada', n
         FROM numbers;"
    ))
    .unwrap();
    index(&db, "SELECT ordinal, search, tags FROM images");
    db
}

enum Place {
    Start,
    Middle,
}

fn ada() -> TenantId {
    TenantId::parse("ada").unwrap()
}

/// Every kind of query. Of those with two conditions some find little and some nothing, though
/// each condition holds for half of the images.
fn queries() -> Vec<ImageQuery> {
    let mut queries = Vec::new();
    for order in [Order::Newest, Order::Oldest] {
        for deleted in [false, true] {
            for (tag, album, text) in [
                (None, None, None),
                (Some("sea"), None, None),
                (None, Some("a"), None),
                (Some("rare"), Some("a"), None),
                (None, None, Some("SELDOM")),
                (None, None, Some("abcd")),
                (None, None, Some("nowhere")),
                (Some("sea"), None, Some("seldom")),
                (Some("sea"), None, Some("xbcd")),
                (None, Some("a"), Some("seldom")),
                (Some("rare"), Some("a"), Some("seldom")),
            ] {
                let mut query = ImageQuery::first_page();
                query.limit = 10;
                query.order = order;
                query.deleted = deleted;
                query.tag = tag.map(|tag| Tag::parse(tag).unwrap());
                query.album = album.map(|id| AlbumId::parse(id).unwrap());
                query.text = text.map(str::to_owned);
                queries.push(query);
            }
        }
    }
    queries
}

/// A catalogue where the first half of one tenant's images has a tag and a text, the second half
/// has another text and is in an album, every fourth one is deleted, and a few have what is rare;
/// among the images of another tenant.
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
         INSERT INTO images (tenant, id, digest, media_type, bytes, width, height,
             thumbnail_type, title, tags, search, uploaded_by, uploaded_at)
         SELECT iif(n % 2, 'ada', 'bob'), printf('%x', n), printf('%064x', n), 'image/jpeg',
             n, 1, 1, 'image/jpeg', '', iif(n <= {images}, 'sea', ''),
             iif(n <= {images}, 'abcx', 'xbcd') || iif(n % ({images} / 8) < 2, ' seldom', '')
                 || iif(n <= {images}, char(10) || 'sea', '') || char(10) || 'ada',
             'ada', n FROM numbers;
         INSERT INTO image_tags (tenant, tag, ordinal, folded)
         SELECT tenant, 'sea', ordinal, 'sea' FROM images WHERE ordinal <= {images};
         INSERT INTO image_tags (tenant, tag, ordinal, folded)
         SELECT tenant, 'rare', ordinal, 'rare' FROM images WHERE search LIKE '%seldom%';
         INSERT INTO album_images (album, ordinal)
         SELECT 1, ordinal FROM images WHERE tenant = 'ada' AND ordinal > {images};
         UPDATE images SET deleted_at = 1 WHERE ordinal % 8 = 1;"
    ))
    .unwrap();
    index(
        &db,
        "SELECT ordinal, search, tags FROM images WHERE tenant = 'ada'",
    );
    db
}

/// Has images found by a text and tags.
fn index(db: &Connection, query: &str) {
    let mut query = db.prepare(query).unwrap();
    let mut rows = query.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let (ordinal, text): (i64, String) = (row.get(0).unwrap(), row.get(1).unwrap());
        let tags: String = row.get(2).unwrap_or_default();
        let tags = Tags::parse_list(&tags).unwrap();
        index_search(db, &ada(), ordinal, &text, &tags).unwrap();
    }
}

fn statement(db: &Connection, query: &ImageQuery) -> String {
    let way = Way::shortest(db, &ada(), query).unwrap();
    way.statement(query)
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
    list(db, &ada(), &query).unwrap();
    // The same statement once more, out of the cache.
    let statement = db.prepare_cached(&statement(db, &query)).unwrap();
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
