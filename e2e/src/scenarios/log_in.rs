//! Log-in: nobody learns which names exist, and nobody may guess for long, by name or by address.

use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::json;

use crate::client::{Answer, Client, PASSWORD, unique};
use crate::load;
use crate::mesh::{Kind, Mesh};
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    let kind = Kind::TwoWorkersSqlite;
    vec![
        Scenario::new(
            "log_in::ten_failures_close_a_user_name_to_an_address",
            kind,
            |mesh| async move { by_name(&mesh).await },
        ),
        Scenario::new(
            "log_in::ten_failures_close_a_user_name_to_an_address_with_redis",
            Kind::FourWorkersRedis,
            |mesh| async move { by_name(&mesh).await },
        ),
        Scenario::new(
            "log_in::sixty_a_minute_from_one_address",
            kind,
            |mesh| async move { by_address(&mesh).await },
        ),
        Scenario::new(
            "log_in::unknown_names_and_wrong_passwords_look_the_same",
            kind,
            |mesh| async move { same_answer(&mesh).await },
        ),
    ]
}

async fn log_in(client: &Client, name: &str, password: &str) -> Result<Answer> {
    let body = json!({"username": name, "password": password});
    client.call(Method::POST, "/api/v1/login", &body).await
}

async fn by_name(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("guessed").await?;
    log_in(&mesh.client(), &person.name, PASSWORD)
        .await?
        .expect(200)?;
    let guesser = mesh.client();
    for _ in 0..10 {
        let guess = log_in(&guesser, &person.name, "not the password").await?;
        guess.expect_problem(401, "unauthenticated")?;
    }
    for password in ["still not it", PASSWORD] {
        let closed = log_in(&guesser, &person.name, password).await?;
        let closed = closed.expect_problem(429, "rate_limited")?;
        ensure!((1..=900).contains(&closed.retry_after()?), "{closed}");
    }
    // Who is in stays in, who comes from elsewhere gets in, and others are not concerned.
    person.client.get("/api/v1/me").await?.expect(200)?;
    log_in(&mesh.client(), &person.name, PASSWORD)
        .await?
        .expect(200)?;
    let other = mesh.client().sign_up("other").await?;
    log_in(&other.client.without_token(), &other.name, PASSWORD)
        .await?
        .expect(200)?;
    Ok(())
}

async fn by_address(mesh: &Mesh) -> Result<()> {
    let client = mesh.client();
    let guesser = client.clone();
    // Bodies that are refused before any password is hashed count like any other.
    let tally = load::burst(8, 10, move |_| {
        let client = guesser.clone();
        async move { log_in(&client, &unique("no"), "short").await }
    })
    .await?;
    let came_back = tally.elapsed.as_secs();
    let admitted = tally.total() - tally.count(429);
    ensure!(
        (60..=60 + came_back).contains(&admitted),
        "{admitted} of 80 admitted from one address: {tally:?}"
    );
    if let Ok(closed) = log_in(&client, "nobody-at-all", PASSWORD).await
        && closed.status == 429
    {
        closed.expect_problem(429, "rate_limited")?.retry_after()?;
    }
    log_in(&mesh.client(), "nobody-at-all", PASSWORD)
        .await?
        .expect_problem(401, "unauthenticated")?;
    Ok(())
}

async fn same_answer(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("known").await?;
    let client = mesh.client();
    let wrong = log_in(&client, &person.name, "not the password").await?;
    let unknown = log_in(&client, &unique("unknown"), "not the password").await?;
    let wrong = wrong.expect_problem(401, "unauthenticated")?;
    let unknown = unknown.expect_problem(401, "unauthenticated")?;
    ensure!(wrong.body == unknown.body, "{wrong} and {unknown} differ");
    Ok(())
}
