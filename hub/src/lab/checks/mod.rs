//! Whether a lab is done: real traffic of users that are new, so that no limit has counted them before.

mod broken;
mod cost;
mod elsewhere;
pub mod identity;
mod limits;
mod look_around;
mod racy;
mod rule;
mod swap;
mod unload;
mod without_filter;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::Value;

use super::client::{Answer, Client, Person};
use super::report::Report;
use super::seat::{Seat, now};
use super::state;
use crate::config::Config;
use crate::mesh::Mesh;

/// What an answer says of the limits of a pull on plan personal, under the policy as it is shipped.
const AS_SHIPPED: &str = r#""user";q=10;w=60, "tenant";q=100;w=60"#;
const BURST: usize = 64;
const QUIET_BURSTS: usize = 3;
const TIMEOUT: Duration = Duration::from_secs(5);
/// The sidecar says every five seconds how long it has run.
const SECONDS_UNSURE: u64 = 8;

/// What a check has.
pub struct Scene {
    pub mesh: Mesh,
    pub client: Client,
    seat: Seat,
}

/// Somebody new, with a picture.
pub struct Guest {
    pub person: Person,
    /// The path of the picture's original.
    pub pull: String,
}

impl Scene {
    /// The attendee's user, with a token of now.
    fn attendee(&self) -> Result<Person> {
        let mut person = self.seat.attendee()?.clone();
        self.client.refresh(&mut person)?;
        Ok(person)
    }

    /// The plan of the attendee's own tenant.
    fn attendee_plan(&self) -> Result<String> {
        let person = self.attendee()?;
        let me = self.client.get("/api/v1/me", Some(&person))?.json();
        let plan = me.pointer(&format!("/tenants/{}/plan", person.name));
        Ok(plan.and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    fn guest(&mut self) -> Result<Guest> {
        let person = state::add(&self.mesh, &mut self.seat, &self.client, "new")?;
        let id = self.client.upload(&person)?;
        let pull = format!("/t/{}/images/{id}/pull", person.name);
        Ok(Guest { person, pull })
    }

    /// A connection that the edge kept since before a change carries one more request through the
    /// filter that was there then. Bursts of requests that cost nothing use them up, until all answers
    /// have the same value of this header.
    fn await_one_filter(&self, guest: &Guest, header: &str) -> Result<()> {
        let deadline = Instant::now() + TIMEOUT;
        let mut quiet = 0;
        while quiet < QUIET_BURSTS {
            let answers = self.client.at_once(BURST, "/healthz", &guest.person)?;
            let mut filters = answers.iter().map(|answer| answer.header(header));
            let first = filters.next().unwrap_or_default();
            quiet = if filters.all(|filter| filter == first) {
                quiet + 1
            } else {
                0
            };
            // On a busy machine bursts that agree may take longer than that.
            if quiet == 0 && Instant::now() > deadline {
                bail!("two filters answer: hub filter status, and ask again");
            }
        }
        Ok(())
    }

    /// Expects that the sidecar was not restarted since the lab began; `look` is said if it was.
    fn expect_same_sidecar(&self, report: &mut Report, look: &str) -> Result<()> {
        let since = now()?.saturating_sub(self.mesh.sidecar_uptime()?);
        // One that was just started has counted less than it had when the lab began.
        let same = since.abs_diff(self.seat.sidecar_since) <= SECONDS_UNSURE
            && self.mesh.sidecar()?.updates >= self.seat.updates;
        report.expect(
            "the sidecar is the one that the lab began with",
            "not restarted",
            if same { "not restarted" } else { "restarted" },
            look,
        );
        Ok(())
    }

    fn get(&self, path: &str, guest: &Guest) -> Result<Answer> {
        self.client.get(path, Some(&guest.person))
    }
}

/// Checks the lab that the seat is at, and deletes whom it made for that.
///
/// # Errors
/// When something does not answer at all.
pub fn run(config: &Config, mesh: Mesh, seat: Seat, report: &mut Report) -> Result<()> {
    let own_people = seat.people.len();
    let mut scene = Scene {
        client: Client::at(&mesh.edge),
        mesh,
        seat,
    };
    let checked = match report.lab {
        1 => look_around::check(&mut scene, report),
        2 => without_filter::check(&mut scene, report),
        3 => unload::check(&mut scene, report),
        4 => identity::check(&mut scene, report),
        5 => limits::check(&mut scene, report),
        6 => racy::check(&mut scene, report),
        7 => rule::check(&mut scene, report),
        8 => broken::check(&scene, report),
        9 => swap::check(&mut scene, report),
        10 => cost::check(&mut scene, config, report),
        11 => elsewhere::check(&mut scene, config, report),
        lab => bail!("lab {lab} has a text, but no check: this is a bug"),
    };
    for guest in scene.seat.people.split_off(own_people) {
        scene.client.close(&guest)?;
    }
    scene.seat.keep(&scene.mesh)?;
    checked
}

/// What the header `x-imagehub-filter` says about the filter being there.
fn presence(answer: &Answer) -> &'static str {
    if answer.is_of_filter() { "on" } else { "off" }
}
