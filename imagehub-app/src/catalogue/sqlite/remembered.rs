//! Answers to what every request asks, kept for as long as nothing is committed.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::super::{CatalogueError, Revision};
use super::pool::Pool;

/// Answers kept at a time to one question.
const MOST: usize = 4_096;

/// The answers to one question. They hold for one revision of the catalogue, of which the file
/// itself tells whether it is still the present one: nobody is ever answered from the past.
pub(super) struct Remembered<Asked, Answer> {
    question: fn(&Connection, &Asked) -> Result<Answer, CatalogueError>,
    kept: Mutex<Kept<Asked, Answer>>,
}

struct Kept<Asked, Answer> {
    revision: Option<Revision>,
    answers: HashMap<Asked, Answer>,
}

impl<Asked, Answer> Remembered<Asked, Answer>
where
    Asked: Clone + Eq + Hash + Send + 'static,
    Answer: Clone + Send + 'static,
{
    /// A question that nobody has asked yet.
    pub(super) fn new(question: fn(&Connection, &Asked) -> Result<Answer, CatalogueError>) -> Self {
        Self {
            question,
            kept: Mutex::new(Kept {
                revision: None,
                answers: HashMap::new(),
            }),
        }
    }

    /// The answer as of now, without a thread that waits for the file if it was given before.
    pub(super) async fn ask(&self, pool: &Pool, asked: Asked) -> Result<Answer, CatalogueError> {
        // Before the question: what is committed meanwhile makes the answer one of the past.
        let revision = pool.revision();
        if let Some(answer) = revision.and_then(|revision| self.known(revision, &asked)) {
            return Ok(answer);
        }
        let (question, about) = (self.question, asked.clone());
        let answer = pool.read(move |db| question(db, &about)).await?;
        if let Some(revision) = revision {
            self.keep(revision, asked, answer.clone());
        }
        Ok(answer)
    }

    fn known(&self, revision: Revision, asked: &Asked) -> Option<Answer> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let present = kept.revision == Some(revision);
        present.then(|| kept.answers.get(asked).cloned())?
    }

    fn keep(&self, revision: Revision, asked: Asked, answer: Answer) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.revision != Some(revision) || kept.answers.len() >= MOST {
            kept.answers.clear();
            kept.revision = Some(revision);
        }
        kept.answers.insert(asked, answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_is_remembered_until_something_is_committed() {
        let folder = tempfile::tempdir().unwrap();
        let pool = Pool::open(folder.path().join("catalogue.sqlite"));
        let pool = pool.await.unwrap();
        let random = Remembered::<u8, i64>::new(|db, _| {
            Ok(db.query_row("SELECT random()", [], |row| row.get(0))?)
        });
        let first = random.ask(&pool, 1).await.unwrap();
        assert_eq!(random.ask(&pool, 1).await.unwrap(), first);
        assert_ne!(random.ask(&pool, 2).await.unwrap(), first);
        pool.write(|change| Ok(change.execute_batch("CREATE TABLE news (id)")?))
            .await
            .unwrap();
        assert_ne!(random.ask(&pool, 1).await.unwrap(), first);
    }
}
