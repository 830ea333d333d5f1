//! What a lab starts from, and the way back to the mesh as it is shipped.

use std::fs;

use anyhow::{Context as _, Result, bail};

use super::client::{Client, Person};
use super::seat::{Modules, Seat};
use crate::build;
use crate::commands::{filter, policy};
use crate::config::Config;
use crate::mesh::Mesh;
use crate::mesh::filter_module::install;

/// What runs as the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    Off,
    Ours,
    /// Counts without a compare-and-set.
    Racy,
    /// Ours, which ends when a request asks for it.
    Trap,
}

/// What a lab finds when it starts.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    pub filter: Filter,
    /// A route that the lab's policy has before all others.
    pub first_route: Option<&'static str>,
    /// Who is there besides the attendee.
    pub others: &'static [&'static str],
    /// Whether everybody has a picture.
    pub pictures: bool,
    /// Whether there are modules to swap.
    pub modules: bool,
}

const AS_SHIPPED: Start = Start {
    filter: Filter::Ours,
    first_route: None,
    others: &[],
    pictures: true,
    modules: false,
};

/// What a lab starts from.
///
/// # Errors
/// When this tool does not know the lab.
pub fn of(lab: u8) -> Result<Start> {
    Ok(match lab {
        1 => Start {
            pictures: false,
            ..AS_SHIPPED
        },
        2 => Start {
            others: &["ben"],
            ..AS_SHIPPED
        },
        3 => Start {
            filter: Filter::Off,
            ..AS_SHIPPED
        },
        4 => Start {
            first_route: Some(super::checks::identity::HOLE),
            others: &["ben"],
            ..AS_SHIPPED
        },
        5 | 7 | 10 | 11 => AS_SHIPPED,
        6 => Start {
            filter: Filter::Racy,
            ..AS_SHIPPED
        },
        8 => Start {
            filter: Filter::Trap,
            ..AS_SHIPPED
        },
        9 => Start {
            modules: true,
            ..AS_SHIPPED
        },
        _ => bail!("lab {lab} has a text, but no start: this is a bug"),
    })
}

/// Puts the mesh and the lab's people into the lab's start state.
///
/// # Errors
/// When the mesh refuses, or the application.
pub fn begin(config: &Config, mesh: &Mesh, lab: u8) -> Result<Seat> {
    let start = of(lab)?;
    let shipped = shipped_policy(mesh)?;
    match start.first_route {
        None => go_back_to(mesh, &shipped)?,
        Some(route) => {
            let begin = "\"routes\": [";
            let text = shipped.replacen(begin, &format!("{begin}\n    {route},"), 1);
            policy::apply(mesh, &text)?;
        }
    }
    put_filter(config, mesh, start.filter)?;
    // Only now: what a lab has broken would answer for the application.
    forget_people(mesh)?;
    let mut seat = Seat::new(mesh, lab)?;
    if start.modules {
        seat.modules = Some(Modules {
            next: install(&build::racy_filter(config)?, &mesh.wasm_dir)?,
            mended: install(&build::trap_filter(config)?, &mesh.wasm_dir)?,
        });
    }
    people(mesh, &mut seat, start)?;
    Ok(seat)
}

/// Puts everything back to what is shipped, and deletes the labs' people.
///
/// # Errors
/// As [`begin`].
pub fn reset(config: &Config, mesh: &Mesh) -> Result<()> {
    go_back_to(mesh, &shipped_policy(mesh)?)?;
    put_filter(config, mesh, Filter::Ours)?;
    forget_people(mesh)
}

fn shipped_policy(mesh: &Mesh) -> Result<String> {
    let file = mesh.root.join("consul/policy.json");
    fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
}

/// The shipped policy again, and no longer one that was applied.
fn go_back_to(mesh: &Mesh, shipped: &str) -> Result<()> {
    if mesh.policy()? != shipped {
        policy::apply(mesh, shipped)?;
    }
    if mesh.applied_mark.exists() {
        fs::remove_file(&mesh.applied_mark).context("cannot remove the mark of a policy")?;
    }
    Ok(())
}

fn put_filter(config: &Config, mesh: &Mesh, wanted: Filter) -> Result<()> {
    let module = match wanted {
        Filter::Off => None,
        Filter::Ours => Some(build::filter(config)?),
        Filter::Racy => Some(build::racy_filter(config)?),
        Filter::Trap => Some(build::trap_filter(config)?),
    };
    match module {
        None => filter::off(mesh),
        // Anew, even if it is on: the entry may have more in it than ours.
        Some(module) => filter::on(mesh, &module),
    }
}

/// The attendee and the others, all of them new: no limit has counted them.
fn people(mesh: &Mesh, seat: &mut Seat, start: Start) -> Result<()> {
    let client = Client::at(&mesh.edge);
    for name in ["ada"].iter().chain(start.others) {
        let person = add(mesh, seat, &client, name)?;
        if start.pictures {
            client.upload(&person)?;
        }
    }
    Ok(())
}

/// Signs somebody new up; kept first, so that they are deleted whatever happens.
///
/// # Errors
/// When the application refuses.
pub fn add(mesh: &Mesh, seat: &mut Seat, client: &Client, name: &str) -> Result<Person> {
    let mut person = Person::new(name)?;
    seat.people.push(person.clone());
    seat.keep(mesh)?;
    client.sign_up(&mut person)?;
    if let Some(last) = seat.people.last_mut() {
        *last = person.clone();
    }
    seat.keep(mesh)?;
    Ok(person)
}

fn forget_people(mesh: &Mesh) -> Result<()> {
    let Some(seat) = Seat::kept(mesh)? else {
        return Ok(());
    };
    let client = Client::at(&mesh.edge);
    for person in &seat.people {
        client.close(person)?;
    }
    Seat::forget(mesh)
}
