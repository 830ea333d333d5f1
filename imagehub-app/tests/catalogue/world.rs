//! An empty catalogue, and short ways to fill it.

use imagehub_app::catalogue::redis::RedisCatalogue;
use imagehub_app::catalogue::sqlite::SqliteCatalogue;
use imagehub_app::catalogue::{Catalogue as _, ImageQuery, Inserted, Record, SharedCatalogue};
use imagehub_app::domain::{
    AlbumId, AlbumTitle, Digest, ImageId, ImageRecord, MediaType, NewAlbum, NewUser, Placeholder,
    Tags, Title,
};
use imagehub_policy::{Plan, Role, TenantId, Username};
use std::sync::Arc;
use tempfile::TempDir;
use time::{Date, Duration, Month, OffsetDateTime, Time};

use crate::redis_server::RedisServer;

pub struct World {
    pub catalogue: SharedCatalogue,
    store: Store,
}

enum Store {
    Folder(TempDir),
    Server(RedisServer),
}

impl World {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            catalogue: sqlite_in(&folder).await,
            store: Store::Folder(folder),
        }
    }

    pub async fn redis() -> Self {
        let server = RedisServer::start();
        Self {
            catalogue: redis_at(&server).await,
            store: Store::Server(server),
        }
    }

    /// The same records, as another process has them.
    pub async fn another_process(&self) -> SharedCatalogue {
        match &self.store {
            Store::Folder(folder) => sqlite_in(folder).await,
            Store::Server(server) => redis_at(server).await,
        }
    }

    /// Where the Redis of a world that has one is.
    pub fn redis_url(&self) -> String {
        match &self.store {
            Store::Server(server) => server.url(),
            Store::Folder(_) => panic!("no Redis here"),
        }
    }

    pub async fn sign_up(&self, name: &str) {
        self.catalogue.create_user(&new_user(name)).await.unwrap();
    }

    /// Invites somebody, who accepts.
    pub async fn join(&self, tenant_name: &str, name: &str, role: Role) {
        let (tenant, user) = (tenant(tenant_name), user(name));
        let catalogue = &self.catalogue;
        catalogue
            .set_role(&tenant, &user, role, noon())
            .await
            .unwrap();
        catalogue
            .accept_invitation(&tenant, &user, noon())
            .await
            .unwrap();
    }

    /// Records an image whose digest is made of `number`, and returns its id.
    pub async fn add_image(&self, name: &str, number: u64, title: &str, tags: &str) -> ImageId {
        let mut image = new_image(name, number);
        image.title = Title::parse(title).unwrap();
        image.tags = Tags::parse_list(tags).unwrap();
        let tenant = tenant(name);
        match self
            .catalogue
            .insert_image(&tenant, &image, None)
            .await
            .unwrap()
        {
            Inserted::New(record) => record.id,
            Inserted::Duplicate(record) | Inserted::Restored(record) => {
                panic!("{} has these bytes", record.id)
            }
        }
    }
}

async fn sqlite_in(folder: &TempDir) -> SharedCatalogue {
    let path = folder.path().join("catalogue.sqlite");
    Arc::new(SqliteCatalogue::open(&path).await.unwrap())
}

async fn redis_at(server: &RedisServer) -> SharedCatalogue {
    let catalogue = RedisCatalogue::new(&server.url()).unwrap();
    catalogue.ping().await.unwrap();
    Arc::new(catalogue)
}

pub fn new_user(name: &str) -> NewUser {
    NewUser {
        name: user(name),
        password_hash: format!("hash of {name}'s password"),
        plan: plan("personal"),
        created_at: noon(),
    }
}

pub fn new_image(uploaded_by: &str, number: u64) -> ImageRecord {
    let mut sha256 = [0; 32];
    sha256[..8].copy_from_slice(&number.to_be_bytes());
    ImageRecord {
        id: ImageId::random(),
        digest: Digest::new(sha256),
        media_type: MediaType::Jpeg,
        animated: false,
        bytes: 4_000_000_000 + number,
        width: 4000,
        height: 3000,
        placeholder: Placeholder::default(),
        crc32: 7,
        thumbnail_type: MediaType::Jpeg,
        title: Title::default(),
        tags: Tags::default(),
        uploaded_by: user(uploaded_by),
        uploaded_at: noon() + Duration::seconds(i64::try_from(number).unwrap()),
        taken_at: None,
        camera: None,
        deleted_at: None,
    }
}

pub fn user(name: &str) -> Username {
    Username::parse(name).unwrap()
}

pub fn tenant(name: &str) -> TenantId {
    TenantId::parse(name).unwrap()
}

pub fn plan(name: &str) -> Plan {
    Plan::parse(name).unwrap()
}

pub fn noon() -> OffsetDateTime {
    let day = Date::from_calendar_date(2026, Month::November, 23).unwrap();
    OffsetDateTime::new_utc(day, Time::from_hms_milli(12, 0, 0, 123).unwrap())
}

/// The titles of all pages from the query's on.
pub async fn titles(catalogue: &SharedCatalogue, name: &str, query: &ImageQuery) -> Vec<String> {
    let (tenant, mut query) = (tenant(name), query.clone());
    let mut titles = Vec::new();
    loop {
        let page = catalogue.list_images(&tenant, &query).await.unwrap();
        let shown = page.images.iter().map(|image| image.title.as_str());
        titles.extend(shown.map(str::to_owned));
        query.after = page.next;
        if query.after.is_none() {
            return titles;
        }
    }
}

/// An image as an export names it, with the given place, title and tags: many of these are
/// imported faster than images are added.
pub fn image_record(name: &str, number: u64, title: &str, tags: &[&str], deleted: bool) -> Record {
    let image = ImageRecord {
        id: ImageId::parse(&format!("{number:032x}")).unwrap(),
        bytes: 1_000,
        title: Title::parse(title).unwrap(),
        tags: Tags::parse(tags.iter().copied()).unwrap(),
        deleted_at: deleted.then(noon),
        ..new_image(name, number)
    };
    let (tenant, image) = (tenant(name), Box::new(image));
    Record::Image { tenant, image }
}

/// An album of those images, as an export names it.
pub fn album_record(tenant: &str, id: &str, images: impl IntoIterator<Item = u64>) -> Record {
    let ids = images.into_iter().map(|number| format!("{number:032x}"));
    Record::Album {
        tenant: TenantId::parse(tenant).unwrap(),
        album: NewAlbum {
            id: AlbumId::parse(id).unwrap(),
            title: AlbumTitle::parse(id).unwrap(),
            created_by: user(tenant),
            created_at: noon(),
        },
        cover: None,
        images: ids.map(|id| ImageId::parse(&id).unwrap()).collect(),
    }
}
