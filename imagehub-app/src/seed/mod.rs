//! People and pictures to try things on: two tenants, four users, two dozen landscapes.

mod landscape;
pub mod log_ins;
mod note;

use imagehub_policy::{Plan, Role, TenantId, Username};
use thiserror::Error;
use time::OffsetDateTime;

use crate::catalogue::{CatalogueError, Inserted};
use crate::domain::{AlbumId, AlbumTitle, FieldError, ImageId, NewAlbum, NewUser, Tags, Title};
use crate::error::AppError;
use crate::passwords::PasswordError;
use crate::state::State;
use crate::upload::{Labels, keep};

use self::log_ins::LogIn;
use self::note::{Seeding, Stage};

pub use landscape::{LANDSCAPES, Landscape, landscape};

/// What cannot be seeded, and why.
#[derive(Debug, Error)]
pub enum SeedError {
    /// Somebody has one of the names, but not all of them are there.
    #[error("the name {0} is taken by somebody else: what is seeded begins with all names free")]
    Taken(&'static str),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A password could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A picture could not be kept.
    #[error("a picture could not be kept: {0}")]
    Picture(String),
    /// The log-ins or the note could not be kept.
    #[error("the data directory cannot be written: {0}")]
    LogIns(#[from] std::io::Error),
    /// What an earlier seeding left cannot be read.
    #[error("the note `seed-unfinished` in the data directory cannot be read: remove it")]
    Note,
    /// One of the names here breaks the rules of names.
    #[error(transparent)]
    Name(#[from] FieldError),
}

impl SeedError {
    /// Whether going on later may help.
    pub fn may_pass(&self) -> bool {
        !matches!(self, Self::Taken(_) | Self::Note | Self::Name(_))
    }
}

/// What seeding came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Seeded {
    /// Everything is there now.
    Now,
    /// It was there already; nothing is changed.
    Before,
    /// Others are there; nothing is changed.
    Inhabited,
}

/// Where to seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// Only where nobody is yet.
    Empty,
    /// Beside others too.
    Any,
}

struct Place {
    name: &'static str,
    plan: &'static str,
    members: &'static [(&'static str, Role)],
    album: &'static str,
    pictures: std::ops::Range<u32>,
}

const PEOPLE: [&str; 4] = ["mira", "jonas", "tove", "emil"];

/// The first member founds the place.
const PLACES: [Place; 2] = [
    Place {
        name: "lakeside",
        plan: "team",
        members: &[
            ("mira", Role::Owner),
            ("jonas", Role::Member),
            ("tove", Role::Viewer),
        ],
        album: "A year at the lake",
        pictures: 0..16,
    },
    Place {
        name: "atelier",
        plan: "personal",
        members: &[("jonas", Role::Owner), ("emil", Role::Member)],
        album: "Studies",
        pictures: 16..LANDSCAPES,
    },
];

/// Seeds everything, unless it is there, or goes on where that was interrupted. `announce` is
/// called with the log-ins as soon as the people are there and the log-ins are kept.
pub async fn seed(
    state: &State,
    place: Where,
    announce: impl FnOnce(&[LogIn]),
) -> Result<Seeded, SeedError> {
    let data = &state.config.data;
    let mut seeding = match Seeding::found(data)? {
        Some(seeding) => seeding,
        None => match names_there(state).await?.as_slice() {
            [] if place == Where::Empty && !state.catalogue.is_empty().await? => {
                return Ok(Seeded::Inhabited);
            }
            [] => {
                let seeding = Seeding::new();
                seeding.note(data)?;
                seeding
            }
            all if all.len() == PEOPLE.len() + PLACES.len() => return Ok(Seeded::Before),
            [name, ..] => return Err(SeedError::Taken(name)),
        },
    };
    if seeding.stage == Stage::People {
        let log_ins = create_members(state, seeding).await?;
        log_ins::keep(data, &log_ins)?;
        announce(&log_ins);
        seeding.stage = Stage::Pictures;
        seeding.note(data)?;
    }
    for place in &PLACES {
        upload_pictures(state, place).await?;
    }
    seeding.end(data)?;
    Ok(Seeded::Now)
}

async fn names_there(state: &State) -> Result<Vec<&'static str>, SeedError> {
    let mut there = Vec::new();
    for name in PEOPLE {
        if state.catalogue.find_user(&user(name)?).await?.is_some() {
            there.push(name);
        }
    }
    for place in &PLACES {
        let tenant = tenant(place.name)?;
        if state.catalogue.find_tenant(&tenant).await?.is_some() {
            there.push(place.name);
        }
    }
    Ok(there)
}

/// Makes the people and their places, those that are not there yet.
async fn create_members(state: &State, seeding: Seeding) -> Result<Vec<LogIn>, SeedError> {
    let mut log_ins = Vec::new();
    for name in PEOPLE {
        let password = password();
        make_person(state, seeding, name, &password).await?;
        let places = PLACES.iter().filter_map(|place| {
            let (_, role) = place.members.iter().find(|(member, _)| *member == name)?;
            Some(format!("{} of {}", role.as_str(), place.name))
        });
        log_ins.push(LogIn {
            user: name.to_owned(),
            password,
            places: places.collect::<Vec<_>>().join(", "),
        });
    }
    for place in &PLACES {
        make_place(state, seeding, place).await?;
    }
    Ok(log_ins)
}

/// Somebody who is there already, made by the same seeding, is given another password.
async fn make_person(
    state: &State,
    seeding: Seeding,
    name: &'static str,
    password: &str,
) -> Result<(), SeedError> {
    let (catalogue, user) = (&state.catalogue, user(name)?);
    let password_hash = state.passwords.hash(password.to_owned()).await?;
    let made = match catalogue.find_user(&user).await? {
        Some(found) if seeding.made(found.created_at) => {
            let generation = catalogue.session_generation(&user).await?;
            let set = catalogue.set_password(&user, generation, &password_hash);
            set.await.map(drop)
        }
        Some(_) => return Err(SeedError::Taken(name)),
        None => {
            let new = NewUser {
                name: user,
                password_hash,
                plan: plan(state, "personal")?,
                created_at: seeding.begun,
            };
            catalogue.create_user(&new).await
        }
    };
    match made {
        Err(CatalogueError::Taken) => Err(SeedError::Taken(name)),
        made => Ok(made?),
    }
}

async fn make_place(state: &State, seeding: Seeding, place: &Place) -> Result<(), SeedError> {
    let (catalogue, tenant) = (&state.catalogue, tenant(place.name)?);
    let now = seeding.begun;
    for (number, (member, role)) in place.members.iter().enumerate() {
        let member = user(member)?;
        if number > 0 {
            catalogue.set_role(&tenant, &member, *role, now).await?;
            let joined = catalogue.accept_invitation(&tenant, &member, now);
            joined.await?;
            continue;
        }
        match catalogue.find_tenant(&tenant).await? {
            Some(found) if seeding.made(found.created_at) => {}
            Some(_) => return Err(SeedError::Taken(place.name)),
            None => {
                let plan = plan(state, place.plan)?;
                let created = catalogue.create_tenant(&tenant, &member, &plan, now);
                created.await?;
            }
        }
    }
    Ok(())
}

/// Uploads a place's pictures, by turns of those who may, and puts every third in its album.
async fn upload_pictures(state: &State, place: &Place) -> Result<(), SeedError> {
    let tenant = tenant(place.name)?;
    let painters: Vec<&str> = place
        .members
        .iter()
        .filter(|(_, role)| *role != Role::Viewer)
        .map(|(name, _)| *name)
        .collect();
    let mut chosen: Vec<ImageId> = Vec::new();
    for (number, painter) in place.pictures.clone().zip(painters.iter().cycle()) {
        let id = upload(state, &tenant, &user(painter)?, number).await?;
        if number % 3 == 0 {
            chosen.push(id);
        }
    }
    let album = album(state, &tenant, place, painters[0]).await?;
    let put = state.catalogue.put_in_album(&tenant, &album, &chosen);
    Ok(put.await?)
}

/// The place's album, made if it is not there.
async fn album(
    state: &State,
    tenant: &TenantId,
    place: &Place,
    painter: &str,
) -> Result<AlbumId, SeedError> {
    let albums = state.catalogue.albums(tenant).await?;
    if let Some(found) = albums
        .into_iter()
        .find(|album| album.title.as_str() == place.album)
    {
        return Ok(found.id);
    }
    let album = NewAlbum {
        id: AlbumId::random(),
        title: AlbumTitle::parse(place.album)?,
        created_by: user(painter)?,
        created_at: OffsetDateTime::now_utc(),
    };
    Ok(state.catalogue.create_album(tenant, &album).await?.id)
}

/// Takes the way of every upload: what is seeded is examined, stored and recorded like the rest.
async fn upload(
    state: &State,
    tenant: &TenantId,
    painter: &Username,
    number: u32,
) -> Result<ImageId, SeedError> {
    let failed = |error: &dyn std::fmt::Display| SeedError::Picture(error.to_string());
    let picture = tokio::task::spawn_blocking(move || landscape(number))
        .await
        .map_err(|error| failed(&error))?
        .map_err(|error| failed(&error))?;
    let labels = Labels {
        tenant,
        user: painter,
        title: Title::parse(&picture.title)?,
        tags: Tags::parse(picture.tags.iter().copied())?,
        keep_metadata: false,
        quota: None,
    };
    let kept = async {
        let mut file = state
            .blobs()
            .await?
            .stage(picture.jpeg.len() as u64)
            .await?;
        file.write(&picture.jpeg).await?;
        keep(state, file.finish().await?, labels).await
    };
    let kept: Result<Inserted, AppError> = kept.await;
    match kept.map_err(|error| failed(&error))? {
        Inserted::New(image) | Inserted::Duplicate(image) | Inserted::Restored(image) => {
            Ok(image.id)
        }
    }
}

/// The plan of that name, or the first one where the policy has other plans.
fn plan(state: &State, name: &'static str) -> Result<Plan, SeedError> {
    let policy = state.policy.current();
    let plans = policy.plans();
    let known = plans.iter().find(|plan| plan.name.as_str() == name);
    let name = known
        .or(plans.first())
        .map_or(name, |plan| plan.name.as_str());
    Plan::parse(name).map_err(|_| SeedError::Name(FieldError("not a plan's name")))
}

fn user(name: &str) -> Result<Username, SeedError> {
    Username::parse(name).map_err(|_| SeedError::Name(FieldError("not a user's name")))
}

fn tenant(name: &str) -> Result<TenantId, SeedError> {
    TenantId::parse(name).map_err(|_| SeedError::Name(FieldError("not a tenant's name")))
}

/// 80 random bits, in groups of letters and digits that are not mistaken for each other.
fn password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut bits: u128 = rand::random();
    let groups = [(); 4].map(|()| {
        let mut group = String::new();
        for _ in 0..4 {
            group.push(char::from(LETTERS[(bits % 32) as usize]));
            bits /= 32;
        }
        group
    });
    groups.join("-")
}
