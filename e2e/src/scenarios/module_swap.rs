//! Another module takes the filter's place, again and again, while many clients go on: no request fails,
//! and what users have left is kept.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::client::{Client, TestUser};
use crate::images;
use crate::load::Background;
use crate::mesh::{Kind, Mesh};
use crate::policy::{apply, pulls_a_day};
use crate::scenario::Scenario;

const SWAPS: u32 = 20;
const CLIENTS: usize = 64;

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "module_swap::twenty_times_under_load_fails_no_request",
            Kind::TwoWorkersSqlite,
            |mesh| async move { twenty_times(&mesh).await },
        )
        .disturbs()
        .within(Duration::from_secs(180)),
    ]
}

async fn twenty_times(mesh: &Mesh) -> Result<()> {
    let modules = [
        module("IMAGEHUB_TRAP_MODULE")?,
        module("IMAGEHUB_WASM_MODULE")?,
    ];
    apply(mesh, &pulls_a_day(10, 100)?).await?;
    let person = mesh.client().sign_up("counted").await?;
    let image = person.keep("one.png", images::small_png()?).await?;
    let pull = image["pull"].as_str().context("no pull URL")?;
    for _ in 0..4 {
        person.client.get(pull).await?.expect(200)?;
    }
    let busy = mesh.client().sign_up("busy").await?;
    let load = load(&busy.on_plan("enterprise").await?);

    let mut running = String::new();
    for swap in 1..=SWAPS {
        mesh.filter_on_with(&modules[(swap - 1) as usize % 2])
            .await?;
        let now = module_in_use(mesh).await?;
        ensure!(now != running, "after swap {swap} it is still {now}");
        running = now;
        if swap % 4 == 0 {
            person.client.get(pull).await?.expect(200)?;
        }
    }

    person.client.get(pull).await?.expect(200)?;
    let eleventh = person.client.get(pull).await?;
    eleventh.expect_problem(429, "rate_limited")?;
    load.finish_without_complaint(1_000).await?;
    Ok(())
}

fn module(variable: &str) -> Result<PathBuf> {
    std::env::var_os(variable)
        .map(PathBuf::from)
        .with_context(|| format!("{variable} names no module: cargo hub test builds one"))
}

/// Clients that go on asking; every other one opens a connection for each request.
fn load(busy: &TestUser) -> Background {
    let path = format!("/t/{}/images?limit=1", busy.name);
    let clients: Vec<Client> = (0..CLIENTS)
        .map(|number| match number % 2 {
            0 => busy.client.sibling(),
            _ => busy.client.with_fresh_connections(),
        })
        .collect();
    Background::start(CLIENTS, Duration::from_millis(400), 200, move |number| {
        let (client, path) = (clients[number].clone(), path.clone());
        async move { client.get(&path).await }
    })
}

/// The file of the filter that the sidecar gives to new connections.
async fn module_in_use(mesh: &Mesh) -> Result<String> {
    let admin = ([127, 0, 0, 1], mesh.started().ports.app_admin).into();
    let dump = Client::new(admin)
        .get("/config_dump?resource=dynamic_listeners")
        .await?
        .expect(200)?
        .json()?;
    let listeners = dump["configs"].as_array().context("no listeners")?;
    listeners
        .iter()
        .find_map(|listener| {
            let state = listener["active_state"].to_string();
            let file = state
                .split('"')
                .find(|text| text.contains("imagehub-filter-"))?;
            Some(file.to_owned())
        })
        .context("no listener has the filter")
}
