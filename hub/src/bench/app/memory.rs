//! Resident memory of the application, idle and after many uploads.

use anyhow::Result;

use super::Size;
use super::photographs::paint;
use super::programs::Programs;
use super::row::{Budget, Row};
use super::server::{App, Cores};
use super::uploads::together;

pub fn measure(programs: &Programs, size: Size) -> Result<Vec<Row>> {
    let files = paint(programs, size.uploads, 96, 64)?;
    let app = App::start(programs, "memory", Cores::All, None)?;
    app.page("/", None)?;
    let idle = app.server.resident_mib()?;
    let token = app.sign_up("bench")?;
    together(&files, |file| app.upload("bench", &token, file).map(drop))?;
    let row = |what: String, ours, most| Row {
        what,
        against: String::new(),
        unit: "MiB",
        ours,
        theirs: None,
        budget: Budget::AtMost(most),
    };
    Ok(vec![
        row("resident memory, idle".to_owned(), idle, 60.0),
        row(
            format!("resident memory after {} uploads", files.len()),
            app.server.resident_mib()?,
            200.0,
        ),
    ])
}
