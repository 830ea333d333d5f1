//! A page of the listing in a large tenant, beside the same in a small one.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context as _, Result};

use super::Size;
use super::gallery::fill;
use super::neighbours::{self, Asked};
use super::programs::Programs;
use super::row::{Budget, Row, median};
use super::server::{App, Cores, Server};
use super::wrk::time_requests;
use crate::process::spawn::on_core;
use crate::terminal;

pub fn measure(programs: &Programs, size: Size) -> Result<Vec<Row>> {
    let mut rows = on(programs, size, "SQLite", None)?;
    let redis = redis(programs)?;
    rows.extend(on(programs, size, "Redis", Some(&redis))?);
    Ok(rows)
}

/// A tenant of some size, with what is asked of it.
pub struct Tenant {
    pub pictures: u64,
    pub token: String,
}

impl Tenant {
    pub fn url(&self, app: &App, query: &str) -> String {
        format!(
            "{}/t/{}/images?{query}",
            app.server.url,
            name(self.pictures)
        )
    }
}

fn name(pictures: u64) -> String {
    format!("t{pictures}")
}

/// What is asked: how it is called, and the query to a tenant of so many pictures.
type Question = (&'static str, fn(u64) -> String);

const SEARCH: &str = "a search that finds one";

/// The last title: no other contains it.
fn search(pictures: u64) -> String {
    format!("limit=50&q=photograph%20{}", pictures - 1)
}

const QUESTIONS: [Question; 3] = [
    ("the first page", |_| "limit=50".to_owned()),
    ("a page of a tag", |_| "limit=50&tag=sea".to_owned()),
    (SEARCH, search),
];

fn on(programs: &Programs, size: Size, store: &str, redis: Option<&Server>) -> Result<Vec<Row>> {
    let folder = format!("listing-{}", store.to_lowercase());
    let app = App::start(
        programs,
        &folder,
        Cores::One,
        redis.map(|redis| &*redis.url),
    )?;
    let tenants = tenants(programs, size, store, &app, redis)?;
    let mut servers = vec![&app.server];
    servers.extend(redis);
    // Of a search, the time itself counts, not how it grows.
    let microseconds = if redis.is_some() { 200_000.0 } else { 20_000.0 };
    let mut rows = Vec::new();
    for (asked, query) in QUESTIONS {
        let mut figures = vec![Vec::new(); tenants.len()];
        for _ in 0..size.rounds {
            for (tenant, figures) in tenants.iter().zip(&mut figures) {
                let url = tenant.url(&app, &query(tenant.pictures));
                // A tenant searches once at a time: others would only wait.
                let clients = if asked == SEARCH { 1 } else { 16 };
                let bearer = format!("authorization: Bearer {}", tenant.token);
                let time = time_requests(programs, size, clients, &servers, &url, &[&bearer])?;
                figures.push(time * 1e6);
            }
        }
        let figures: Vec<f64> = figures.into_iter().map(median).collect();
        let (Some(small), Some(base)) = (tenants.first(), figures.first()) else {
            continue;
        };
        let larger = tenants.iter().zip(&figures).skip(1);
        rows.extend(larger.map(|(tenant, figure)| Row {
            what: format!("{asked} of {} pictures, {store}", tenant.pictures),
            against: format!("of {}", small.pictures),
            unit: "µs",
            ours: *figure,
            theirs: (asked != SEARCH).then_some(*base),
            budget: Budget::AtMost(if asked == SEARCH { microseconds } else { 2.0 }),
        }));
    }
    if let [small, .., large] = &*tenants {
        drop(app);
        // As it runs elsewhere: a worker on each core.
        let app = App::start(
            programs,
            &folder,
            Cores::All,
            redis.map(|redis| &*redis.url),
        )?;
        let search = large.url(&app, &search(large.pictures));
        let page = small.url(&app, "limit=50");
        rows.push(neighbours::measure(
            size,
            store,
            Asked {
                url: page,
                token: &small.token,
            },
            Asked {
                url: search,
                token: &large.token,
            },
        )?);
    }
    Ok(rows)
}

fn tenants(
    programs: &Programs,
    size: Size,
    store: &str,
    app: &App,
    redis: Option<&Server>,
) -> Result<Vec<Tenant>> {
    let file = app.data.join("catalogue.sqlite");
    let catalogue = match redis {
        Some(redis) => redis.url.clone(),
        None => file.to_string_lossy().into_owned(),
    };
    let mut tenants = Vec::new();
    for pictures in size.tenants {
        terminal::step(&format!("  {store}: recording {pictures} pictures"));
        let name = name(pictures);
        let token = app.sign_up(&name)?;
        fill(programs, &catalogue, &name, pictures)?;
        tenants.push(Tenant { pictures, token });
    }
    Ok(tenants)
}

fn redis(programs: &Programs) -> Result<Server> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port();
    let folder = programs.folder.join("data/redis");
    std::fs::create_dir_all(&folder)?;
    let mut command = on_core(1, &programs.redis);
    command
        .args(["--bind", "127.0.0.1", "--save", "", "--port"])
        .arg(port.to_string())
        .arg("--dir")
        .arg(&folder);
    let url = format!("redis://127.0.0.1:{port}");
    Server::silent(&mut command, port, &url).context("the Redis for the measurement")
}
