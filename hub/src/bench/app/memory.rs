//! Resident memory of the application, idle and after many uploads.

use anyhow::Result;

use super::Size;
use super::photographs::paint;
use super::programs::Programs;
use super::row::{Budget, Row};
use super::server::{App, Cores};
use super::uploads::together;

pub fn measure(programs: &Programs, size: Size) -> Result<Vec<Row>> {
    // A photograph among every hundred small pictures.
    let mut files = paint(programs, size.uploads / 100, 4000, 3000)?;
    files.extend(paint(programs, size.uploads - files.len(), 96, 64)?);
    let app = App::start(programs, "memory", Cores::All, None)?;
    app.page("/", None)?;
    let idle = app.server.resident_mb()?;
    let token = app.sign_up("bench")?;
    together(&files, |file| app.upload("bench", &token, file).map(drop))?;
    let row = |what: String, ours, most| Row {
        what,
        against: String::new(),
        unit: "MB",
        ours,
        theirs: None,
        budget: Budget::AtMost(most),
    };
    Ok(vec![
        row("resident memory, idle".to_owned(), idle, 60.0),
        row(
            format!("resident memory after {} uploads", files.len()),
            app.server.resident_mb()?,
            200.0,
        ),
    ])
}
