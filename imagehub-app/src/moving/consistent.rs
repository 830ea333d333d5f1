//! Records that were read while others wrote, without those that refer to what is not among them.

use std::collections::HashSet;

use crate::catalogue::Record;

/// An image, by tenant and id.
pub type ImageName = (String, String);

/// Passes records on, in their order, and leaves out what refers to nothing.
#[derive(Debug, Default)]
pub struct Consistent {
    gone: HashSet<ImageName>,
    users: HashSet<String>,
    tenants: HashSet<String>,
    images: HashSet<ImageName>,
    albums: HashSet<ImageName>,
}

impl Consistent {
    /// Without the images whose files are gone.
    pub fn without(gone: impl IntoIterator<Item = ImageName>) -> Self {
        Self {
            gone: gone.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The record as it is to be passed on, if it is.
    pub fn pass(&mut self, mut record: Record) -> Option<Record> {
        let passes = match &mut record {
            Record::SigningKey { .. } => true,
            Record::User {
                name,
                password_hash,
                ..
            } => {
                if password_hash.is_some() {
                    self.users.insert(name.clone());
                }
                true
            }
            Record::Tenant { name, .. } => {
                self.tenants.insert(name.clone());
                true
            }
            Record::Membership { tenant, user, .. }
            | Record::Invitation { tenant, user, .. }
            | Record::Token { tenant, user, .. } => {
                self.tenants.contains(tenant) && self.users.contains(user)
            }
            Record::InviteLink { tenant, .. } => self.tenants.contains(tenant),
            Record::Image { tenant, id, .. } => {
                let name = (tenant.clone(), id.clone());
                let there = self.tenants.contains(tenant) && !self.gone.contains(&name);
                there && self.images.insert(name)
            }
            Record::Album {
                tenant,
                id,
                images,
                cover,
                ..
            } => {
                let known = |image: &String| {
                    let name = (tenant.clone(), image.clone());
                    self.images.contains(&name)
                };
                images.retain(known);
                *cover = cover.take().filter(known);
                self.tenants.contains(tenant) && self.albums.insert((tenant.clone(), id.clone()))
            }
            Record::Share {
                tenant,
                image,
                album,
                revoked_at,
                ..
            } => {
                let is_in = |all: &HashSet<ImageName>, id: &Option<String>| {
                    id.as_ref()
                        .is_none_or(|id| all.contains(&(tenant.clone(), id.clone())))
                };
                // One that is over may outlive what it showed.
                let over = revoked_at.is_some() && self.tenants.contains(tenant);
                over || is_in(&self.images, image) && is_in(&self.albums, album)
            }
        };
        passes.then_some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(json: serde_json::Value) -> Record {
        serde_json::from_value(json).unwrap()
    }

    fn album(images: &[&str]) -> Record {
        record(serde_json::json!({
            "record": "album", "tenant": "ada", "id": "a1", "title": "All", "cover": "b2",
            "images": images, "created_by": "ada", "created_at": 0,
        }))
    }

    #[test]
    fn an_image_that_is_gone_leaves_albums_covers_and_shares_with_it() {
        let mut records = Consistent::without([("ada".to_owned(), "b2".to_owned())]);
        let tenant = serde_json::json!({
            "record": "tenant", "name": "ada", "plan": "personal", "created_at": 0,
            "keep_metadata": false,
        });
        assert!(records.pass(record(tenant)).is_some());
        for (id, passes) in [("b1", true), ("b2", false)] {
            let image = record(serde_json::json!({
                "record": "image", "tenant": "ada", "id": id, "digest": "", "media_type": "",
                "bytes": 1, "width": 1, "height": 1, "thumbnail_type": "", "placeholder": "",
                "title": "", "tags": [], "uploaded_by": "ada", "uploaded_at": 0,
                "deleted_at": null,
            }));
            assert_eq!(records.pass(image).is_some(), passes);
        }
        let Some(Record::Album { images, cover, .. }) = records.pass(album(&["b1", "b2"])) else {
            panic!("the album stays");
        };
        assert_eq!((images, cover), (vec!["b1".to_owned()], None));
        for (image, revoked_at, passes) in [
            ("b1", None, true),
            ("b2", None, false),
            ("b2", Some(1), true),
        ] {
            let share = record(serde_json::json!({
                "record": "share", "tenant": "ada", "secret": "s", "image": image, "album": null,
                "until": null, "created_by": "ada", "created_at": 0, "revoked_at": revoked_at,
            }));
            assert_eq!(records.pass(share).is_some(), passes);
        }
    }

    #[test]
    fn what_came_after_its_tenant_was_read_waits_for_the_next_time() {
        let mut records = Consistent::default();
        assert!(records.pass(album(&[])).is_none());
        let membership = serde_json::json!({
            "record": "membership", "tenant": "ada", "user": "ada", "role": "owner", "since": 0,
        });
        assert!(records.pass(record(membership)).is_none());
    }
}
