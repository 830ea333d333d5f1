//! The first page of a gallery as HTML, beside a server that answers the same bytes from memory.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::Size;
use super::programs::{Programs, run};
use super::row::{Budget, Row, median};
use super::server::{App, Cores, Server};
use super::wrk::time_a_request;
use crate::process::spawn::on_core;

const PICTURES: usize = 50;

pub fn measure(programs: &Programs, size: Size) -> Result<Vec<Row>> {
    let app = App::start(programs, "gallery", Cores::One, None)?;
    let token = app.sign_up("bench")?;
    fill(
        programs,
        &app.data.join("catalogue.sqlite").to_string_lossy(),
        "bench",
        PICTURES as u64,
    )?;
    let page = app.page("/t/bench", Some(&token))?;
    let pictures = String::from_utf8_lossy(&page)
        .matches("<img src=\"/t/")
        .count();
    ensure!(pictures == PICTURES, "the page shows {pictures} pictures");
    let copy = programs.folder.join("data/gallery.html");
    std::fs::write(&copy, &page)?;
    let mut helper = on_core(0, &programs.helper);
    let constant = Server::start(helper.arg("constant").arg(&copy)).context("the constant page")?;
    let bearer = format!("authorization: Bearer {token}");
    let url = format!("{}/t/bench", app.server.url);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        let headers = [&*bearer, "accept: text/html"];
        ours.push(1.0 / time_a_request(programs, size, &[&app.server], &url, &headers)?);
        theirs.push(1.0 / time_a_request(programs, size, &[&constant], &constant.url, &[])?);
    }
    Ok(vec![Row {
        what: format!(
            "gallery page, {pictures} pictures, {} KB, one core",
            page.len() / 1000
        ),
        against: "actix-web, the same bytes as a constant".to_owned(),
        unit: "/s",
        ours: median(ours),
        theirs: Some(median(theirs)),
        budget: Budget::AtLeast(0.04),
    }])
}

/// Records that many pictures in a tenant.
///
/// # Errors
/// When the catalogue refuses.
pub fn fill(programs: &Programs, catalogue: &str, tenant: &str, count: u64) -> Result<()> {
    let mut helper = Command::new(&programs.helper);
    helper.args(["fill", catalogue, tenant, &count.to_string()]);
    run(&mut helper, "recording pictures")
}
