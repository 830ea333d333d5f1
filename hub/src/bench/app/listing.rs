//! A page of the listing in a large tenant, beside the same in a small one.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context as _, Result};

use super::Size;
use super::gallery::fill;
use super::programs::{Programs, on_core};
use super::row::{Budget, Row, median};
use super::server::{App, Cores, Server};
use super::wrk::requests_a_second;
use crate::terminal;

pub fn measure(programs: &Programs, size: Size) -> Result<Vec<Row>> {
    let mut rows = on(programs, size, "SQLite", None)?;
    let redis = redis(programs)?;
    rows.extend(on(programs, size, "Redis", Some(&redis.url))?);
    Ok(rows)
}

/// The rates are turned into time a page, so that the ratio reads as "so many times as long".
fn on(programs: &Programs, size: Size, store: &str, redis: Option<&str>) -> Result<Vec<Row>> {
    let name = format!("listing-{}", store.to_lowercase());
    let app = App::start(programs, &name, Cores::One, redis)?;
    let catalogue = match redis {
        Some(url) => url.to_owned(),
        None => app
            .data
            .join("catalogue.sqlite")
            .to_string_lossy()
            .into_owned(),
    };
    let mut tenants = Vec::new();
    for count in size.tenants {
        terminal::step(&format!("  {store}: recording {count} pictures"));
        let tenant = format!("t{count}");
        let token = app.sign_up(&tenant)?;
        fill(programs, &catalogue, &tenant, count)?;
        let url = format!("{}/t/{tenant}/images?limit=50", app.server.url);
        tenants.push((
            count,
            url,
            format!("authorization: Bearer {token}"),
            Vec::new(),
        ));
    }
    for _ in 0..size.rounds {
        for (_, url, bearer, figures) in &mut tenants {
            figures.push(1e6 / requests_a_second(programs, size, url, &[bearer])?);
        }
    }
    let figures: Vec<(u64, f64)> = tenants
        .into_iter()
        .map(|(count, _, _, figures)| (count, median(figures)))
        .collect();
    let Some(&(small, base)) = figures.first() else {
        return Ok(Vec::new());
    };
    Ok(figures
        .iter()
        .skip(1)
        .map(|&(count, figure)| Row {
            what: format!("listing in a tenant of {count}, {store}"),
            against: format!("in a tenant of {small}"),
            unit: "µs",
            ours: figure,
            theirs: Some(base),
            budget: Budget::AtMost(2.0),
        })
        .collect())
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
