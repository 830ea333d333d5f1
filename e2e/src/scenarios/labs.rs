//! The workshop cannot rot: every block of its texts runs and prints what the text shows, every check
//! fails before the work, passes after it and tells one mistake from another, and nothing is left.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::mesh::{self, Kind, Mesh};
use crate::scenario::Scenario;
use crate::workshop::session::Session;
use crate::workshop::{play, snapshot, text};

/// A check may take this long.
const CHECK: Duration = Duration::from_secs(10);
const DEADLINE: Duration = Duration::from_secs(420);
/// Of the mesh that README brings up.
const README_PORT: u16 = 23_880;

struct Lab {
    number: u8,
    folder: PathBuf,
}

pub fn scenarios() -> Vec<Scenario> {
    let readme = Scenario::new("labs::the_readme_is_true", Kind::TwoWorkersSqlite, |_| {
        readme()
    });
    let mut scenarios = vec![readme.disturbs().within(DEADLINE)];
    let host = Scenario::new(
        "labs::the_hosts_guide_is_true",
        Kind::TwoWorkersSqlite,
        |_| host(),
    );
    scenarios.push(host.disturbs().within(DEADLINE));
    for lab in labs() {
        let number = lab.number;
        let kind = kind(number);
        let folder = lab.folder.clone();
        let text = Scenario::new(format!("labs::text_{number:02}"), kind, move |mesh| {
            let folder = folder.clone();
            async move { lab_text(&mesh, kind, &folder).await }
        });
        let check = Scenario::new(format!("labs::check_{number:02}"), kind, move |mesh| {
            let folder = lab.folder.clone();
            async move { walk(&mesh, kind, number, &folder).await }
        });
        scenarios.push(text.disturbs().within(DEADLINE));
        scenarios.push(check.disturbs().within(DEADLINE));
    }
    scenarios
}

/// A burst needs workers to race.
fn kind(lab: u8) -> Kind {
    if lab == 6 {
        Kind::FourWorkersRedis
    } else {
        Kind::TwoWorkersSqlite
    }
}

fn labs() -> Vec<Lab> {
    let folders = std::fs::read_dir(mesh::checkout().join("docs/workshop"));
    let mut labs: Vec<Lab> = folders
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|folder| {
            let name = folder.file_name().into_string().ok()?;
            let number = name.split_once('-')?.0.parse().ok()?;
            Some(Lab {
                number,
                folder: folder.path(),
            })
        })
        .collect();
    labs.sort_by_key(|lab| lab.number);
    labs
}

/// It begins without a mesh: the text says how one is brought up.
async fn readme() -> Result<()> {
    Mesh::remove(README_PORT).await?;
    let readme = mesh::checkout().join("README.md");
    let played = play::on_a_mesh(README_PORT, "readme", &readme, &text::ELSEWHERE).await;
    let removed = Mesh::remove(README_PORT).await;
    played.and(removed)
}

async fn host() -> Result<()> {
    let guide = mesh::checkout().join("docs/workshop/host.md");
    play::on_a_mesh(Kind::TwoWorkersSqlite.port(), "host", &guide, &["compose"])
        .await
        .map(drop)
}

async fn lab_text(mesh: &Mesh, kind: Kind, folder: &Path) -> Result<()> {
    let file = folder.join("README.md");
    let name = folder.file_name().context("no name")?.to_string_lossy();
    let played = play::on_a_mesh(kind.port(), &name, &file, &[]).await;
    mesh.hub(&["lab", "reset"]).await?;
    let text = std::fs::read_to_string(&file)?;
    let minutes: u64 = text
        .lines()
        .find_map(|line| line.strip_prefix("minutes: ")?.parse().ok())
        .context("the text says no minutes")?;
    let elapsed = played?;
    ensure!(
        elapsed < Duration::from_secs(60 * minutes),
        "the machine alone takes {elapsed:?}, the lab shall take {minutes} minutes"
    );
    Ok(())
}

async fn walk(mesh: &Mesh, kind: Kind, number: u8, folder: &Path) -> Result<()> {
    let before = snapshot::take(mesh).await?;
    let start = format!("eval \"$(cargo hub lab start {number})\"");
    let mut session = Session::new(kind.port(), &format!("check-{number}")).await?;
    session.succeed(&start).await?;
    let people = people(mesh)?;
    let (untouched, _) = check(&mut session, number, false).await?;

    let mut told = vec![("nothing".to_owned(), untouched)];
    let mut mistakes = Vec::new();
    for script in wrong(folder)? {
        session.succeed(&start).await?;
        session
            .succeed(&format!("set -e; . '{}'; set +e", script.display()))
            .await?;
        let (output, _) = check(&mut session, number, false).await?;
        let message = message(&script)?;
        ensure!(
            output.contains(&message),
            "{} is told\n{output}not {message:?}",
            script.display()
        );
        told.push((script.display().to_string(), output));
        mistakes.push((script.display().to_string(), message));
    }
    ensure!(!mistakes.is_empty(), "there is no wrong solution");
    for (whose, message) in &mistakes {
        for (other, output) in told.iter().filter(|(other, _)| other != whose) {
            ensure!(!output.contains(message), "{other} is told what {whose} is");
        }
    }

    session.succeed(&start).await?;
    session.succeed(&format!("hub lab solve {number}")).await?;
    let (_, took) = check(&mut session, number, true).await?;
    let json = session
        .succeed(&format!("hub lab check {number} --json"))
        .await?;
    let json: Value = serde_json::from_str(&json)?;
    ensure!(json["passed"] == true, "{json}");

    session.succeed("hub lab reset").await?;
    check(&mut session, number, false).await?;
    let after = snapshot::take(mesh).await?;
    let difference = snapshot::difference(&before, &after);
    ensure!(difference.is_none(), "reset leaves {difference:?}");
    for person in people.as_array().context("no people")? {
        let client = mesh.client();
        let body = serde_json::json!({"username": person["name"], "password": person["password"]});
        let log_in = client
            .request(reqwest::Method::POST, "/api/v1/login")
            .json(&body);
        client.send(log_in).await?.expect(401)?;
    }
    eprintln!(
        "lab {number}: {} wrong solutions told apart; a check took {:.1} s",
        mistakes.len(),
        took.as_secs_f32()
    );
    Ok(())
}

/// Runs a check that shall pass or fail; returns what it says and how long it took.
async fn check(session: &mut Session, number: u8, passes: bool) -> Result<(String, Duration)> {
    let begin = Instant::now();
    let done = session.run(&format!("hub lab check {number}")).await?;
    let took = begin.elapsed();
    ensure!(
        done.status == i32::from(!passes),
        "the check ended with {}, it was to {}: {}",
        done.status,
        if passes { "pass" } else { "fail" },
        done.output
    );
    ensure!(took <= CHECK, "the check took {took:?}");
    Ok((done.output, took))
}

fn people(mesh: &Mesh) -> Result<Value> {
    let text = std::fs::read(mesh.directory().join("lab.json"))?;
    Ok(serde_json::from_slice::<Value>(&text)?["people"].take())
}

fn wrong(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut scripts: Vec<PathBuf> = std::fs::read_dir(folder.join("wrong"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    scripts.sort();
    Ok(scripts)
}

/// What the check says of a wrong solution: its first line.
fn message(script: &Path) -> Result<String> {
    let text = std::fs::read_to_string(script)?;
    let line = text.lines().next().and_then(|line| line.strip_prefix("# "));
    Ok(line
        .with_context(|| format!("{} says no message", script.display()))?
        .to_owned())
}
