//! What a page says about the form that led to it. The words are ours: what comes with the request
//! only names them.

use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use serde::Deserialize;

use crate::domain::ImageId;
use crate::format::with_article;
use crate::middleware::TenantContext;
use crate::web::layout::flash::{self, Shown};

/// How the last form went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// What was done.
    pub did: String,
    /// To so many pictures.
    pub count: u32,
    /// And so many that it could not be done to.
    pub missed: u32,
    /// Pictures that an upload brought back.
    pub restored: u32,
    /// Pictures that can be brought back, or that an upload turned out to equal.
    #[serde(deserialize_with = "flash::ids")]
    pub ids: Vec<ImageId>,
}

/// What to say.
pub struct Notice {
    /// The sentence.
    pub words: String,
    /// Pictures that an upload turned out to equal.
    pub same: Vec<ImageId>,
    /// Deleted pictures that one button brings back.
    pub undo: Vec<ImageId>,
    /// Whether something is in the trash now.
    pub trash: bool,
    /// The page it is said on, to come back to.
    pub here: String,
}

impl Outcome {
    /// Something was done, or why it was not.
    pub fn did(what: &str) -> Self {
        Self {
            did: what.to_owned(),
            ..Self::default()
        }
    }

    /// Something was done to these pictures, and could not be to so many others.
    pub fn batch(what: &str, done: &[ImageId], missed: usize) -> Self {
        let ids = if what == "delete" { done } else { &[] };
        Self {
            count: number(done.len()),
            missed: number(missed),
            ids: ids.to_vec(),
            ..Self::did(what)
        }
    }

    /// So many pictures were added or brought back; of those that are the same as others, some.
    pub fn upload(added: usize, restored: usize, same: &[ImageId]) -> Self {
        Self {
            count: number(added),
            restored: number(restored),
            ids: same.iter().take(20).cloned().collect(),
            ..Self::did("upload")
        }
    }

    /// Has the page that this leads to say it.
    pub fn on(self, mut redirect: HttpResponse) -> HttpResponse {
        redirect.extensions_mut().insert(self);
        redirect
    }

    fn uploaded(&self) -> String {
        let mut words = Vec::new();
        if self.count > 0 {
            words.push(format!("{} added.", pictures(self.count)));
        }
        if self.restored > 0 {
            words.push(format!(
                "{} back: deleted before, restored now.",
                were(self.restored)
            ));
        }
        if !self.ids.is_empty() {
            words.push("The same picture is already here:".to_owned());
        }
        if words.is_empty() {
            words.push("Nothing was added.".to_owned());
        }
        words.join(" ")
    }

    fn words(&self, place: Option<&TenantContext>) -> Option<String> {
        let what = match self.did.as_str() {
            "upload" => return Some(self.uploaded()),
            "delete" => "deleted",
            "restore" => "restored",
            "purge" => "deleted for good",
            "tag" => "tagged",
            "untag" => "untagged",
            "add_to_album" => "added to the album",
            "remove_from_album" => "removed from the album",
            "album" => {
                return Some("The album is deleted. Its pictures are still here.".to_owned());
            }
            "nothing" => return Some("Select some pictures first.".to_owned()),
            "no_words" => return Some("Type the tags, or the album’s title, first.".to_owned()),
            "bad_tags" => {
                return Some(
                    "A tag can have up to 40 characters, and there can be 20 at a time.".to_owned(),
                );
            }
            "revoke" => return Some("The link is revoked and no longer works.".to_owned()),
            "token" => return Some("The token is revoked and no longer works.".to_owned()),
            "save" => return Some("Saved.".to_owned()),
            "plan" => return Some(format!("Now on {}.", place?.plan)),
            "join" => {
                let TenantContext { tenant, role, .. } = place?;
                return Some(format!(
                    "You are in {tenant} now, as {}.",
                    with_article(*role)
                ));
            }
            "invited" => return Some("Invited: it is on their first page now.".to_owned()),
            "nobody" => {
                return Some("Nobody here has that user name. Is it spelled right?".to_owned());
            }
            "last_owner" => {
                return Some("A gallery needs an owner: make somebody else one first.".to_owned());
            }
            _ => return None,
        };
        let missed = match self.missed {
            0 => String::new(),
            missed => format!(" {} could not be.", pictures(missed)),
        };
        Some(format!("{} {what}.{missed}", pictures(self.count)))
    }
}

impl Notice {
    /// What this page is to say, once.
    pub fn take(request: &HttpRequest) -> Option<Self> {
        let outcome = flash::read(request)?;
        let extensions = request.extensions();
        let words = outcome.words(extensions.get::<TenantContext>());
        drop(extensions);
        request.extensions_mut().insert(Shown);
        let asked = request.uri().path_and_query();
        let ids = |did: &str| match outcome.did == did {
            true => outcome.ids.clone(),
            false => Vec::new(),
        };
        Some(Self {
            words: words?,
            same: ids("upload"),
            undo: ids("delete"),
            trash: outcome.did == "delete",
            here: asked.map_or("/", |asked| asked.as_str()).to_owned(),
        })
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn pictures(count: u32) -> String {
    match count {
        0 => "No picture".to_owned(),
        1 => "One picture".to_owned(),
        count => format!("{count} pictures"),
    }
}

fn were(count: u32) -> String {
    match count {
        1 => "One picture is".to_owned(),
        count => format!("{count} pictures are"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_words_are_said() {
        assert_eq!(Outcome::did("<b>").words(None), None);
        let saved = Outcome::did("save").words(None);
        assert_eq!(saved.as_deref(), Some("Saved."));
    }

    #[test]
    fn only_a_deletion_can_be_undone() {
        let ids = [ImageId::random()];
        assert_eq!(Outcome::batch("delete", &ids, 0).ids, ids);
        assert!(Outcome::batch("tag", &ids, 0).ids.is_empty());
    }
}
