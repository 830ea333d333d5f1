//! What a page says about the form that led to it, carried in the query. The words are ours:
//! the query only names them.

use actix_web::{HttpMessage as _, HttpRequest, web};
use serde::Deserialize;

use crate::domain::ImageId;
use crate::http::local::encode;
use crate::middleware::TenantContext;

/// How the last form went.
#[derive(Debug, Default, Deserialize)]
pub struct Outcome {
    added: Option<u32>,
    restored: Option<u32>,
    same: Option<String>,
    did: Option<String>,
    count: Option<u32>,
    missed: Option<u32>,
    undo: Option<String>,
    /// The page itself, without all this.
    #[serde(skip)]
    here: String,
    /// The plan of the gallery the page is about.
    #[serde(skip)]
    plan: Option<String>,
}

/// What an [`Outcome`] is spelled with.
const PARAMETERS: [&str; 7] = [
    "added", "restored", "same", "did", "count", "missed", "undo",
];

/// What to say.
pub struct Notice {
    /// The sentence.
    pub words: String,
    /// Pictures that an upload turned out to equal.
    pub same: Vec<String>,
    /// Deleted pictures that one button brings back.
    pub undo: Vec<String>,
    /// Whether something is in the trash now.
    pub trash: bool,
    /// The page it is said on, to come back to.
    pub here: String,
}

impl Outcome {
    /// What the query says; nothing, if it cannot be read.
    pub fn of(request: &HttpRequest) -> Self {
        let query = web::Query::<Self>::from_query(request.query_string());
        let outcome = query.map(web::Query::into_inner).unwrap_or_default();
        let plan = |place: &TenantContext| place.plan.to_string();
        Self {
            here: without_outcome(request.path(), request.query_string()),
            plan: request.extensions().get::<TenantContext>().map(plan),
            ..outcome
        }
    }

    /// What to say, if anything happened.
    pub fn notice(&self) -> Option<Notice> {
        let mut words: Vec<String> = Vec::new();
        if let Some(added) = self.added {
            words.extend(self.uploaded(added));
        }
        if let Some(done) = self.did.as_deref().and_then(|did| self.done(did)) {
            words.push(done);
        }
        if words.is_empty() {
            return None;
        }
        Some(Notice {
            words: words.join(" "),
            same: ids(self.same.as_deref()),
            undo: ids(self.undo.as_deref()),
            trash: self.did.as_deref() == Some("delete"),
            here: self.here.clone(),
        })
    }

    fn uploaded(&self, added: u32) -> Vec<String> {
        let restored = self.restored.unwrap_or_default();
        let same = ids(self.same.as_deref()).len();
        let mut words = Vec::new();
        if added > 0 {
            words.push(format!("{} added.", pictures(added)));
        }
        if restored > 0 {
            words.push(format!(
                "{} back: deleted before, restored now.",
                were(restored)
            ));
        }
        if same > 0 {
            words.push("The same picture is already here:".to_owned());
        }
        if words.is_empty() {
            words.push("Nothing was added.".to_owned());
        }
        words
    }

    fn done(&self, did: &str) -> Option<String> {
        let what = match did {
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
            "plan" => {
                let plan = self.plan.as_deref();
                return plan.map(|plan| format!("Now on {plan}."));
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
        let count = self.count.unwrap_or_default();
        let missed = self.missed.unwrap_or_default();
        let missed = match missed {
            0 => String::new(),
            _ => format!(" {} could not be.", pictures(missed)),
        };
        Some(format!("{} {what}.{missed}", pictures(count)))
    }
}

/// The page that a query with an outcome belongs to: what was looked at goes on being looked at.
fn without_outcome(path: &str, query: &str) -> String {
    let others: Vec<&str> = query
        .split('&')
        .filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !name.is_empty() && !PARAMETERS.contains(&name)
        })
        .collect();
    if others.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", others.join("&"))
    }
}

/// A path of this site with what happened to so many pictures.
pub fn after(path: &str, did: &str, done: &[ImageId], missed: usize) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    let mut to = format!("{path}{mark}did={}&count={}", encode(did), done.len());
    if missed > 0 {
        to.push_str(&format!("&missed={missed}"));
    }
    if did == "delete" && !done.is_empty() {
        let ids: Vec<&str> = done.iter().map(ImageId::as_str).collect();
        to.push_str("&undo=");
        to.push_str(&ids.join(","));
    }
    to
}

fn ids(list: Option<&str>) -> Vec<String> {
    let list = list.unwrap_or_default().split(',');
    list.filter_map(|id| ImageId::parse(id).ok())
        .map(|id| id.to_string())
        .collect()
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
    fn a_deletion_can_be_undone_from_where_it_leads() {
        let id = ImageId::parse("0a1b").unwrap();
        assert_eq!(
            after("/t/ada?q=x", "delete", &[id], 0),
            "/t/ada?q=x&did=delete&count=1&undo=0a1b"
        );
    }

    #[test]
    fn the_page_that_something_is_said_on_is_remembered_without_what_is_said() {
        assert_eq!(
            without_outcome("/t/ada", "q=x&did=delete&count=1&undo=0a1b&cursor=abc"),
            "/t/ada?q=x&cursor=abc"
        );
        assert_eq!(without_outcome("/t/ada", "did=save"), "/t/ada");
    }

    #[test]
    fn only_known_words_are_said() {
        let outcome = Outcome {
            did: Some("<b>".to_owned()),
            ..Outcome::default()
        };
        assert!(outcome.notice().is_none());
    }
}
