//! The whole catalogue as records: where an export is, and what an import does with each record.

use async_trait::async_trait;

use super::super::entry::Entry;
use super::super::{CatalogueError, ExportPlace, Record, Transfer};
use super::{RedisCatalogue, keys};

/// Records that are enough for one answer.
const ENOUGH: usize = 200;

/// What is exported, in this order; each in the order of names, and within a name in an order of
/// its own.
const STAGES: [Stage; 10] = [
    Stage::SigningKeys,
    Stage::Users,
    Stage::GoneUsers,
    Stage::Tenants,
    Stage::Roles,
    Stage::InviteLinks,
    Stage::Tokens,
    Stage::Images,
    Stage::Albums,
    Stage::Shares,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    SigningKeys,
    Users,
    GoneUsers,
    Tenants,
    Roles,
    InviteLinks,
    Tokens,
    Images,
    Albums,
    Shares,
}

impl Stage {
    /// The list of names that the stage goes through.
    fn names(self) -> Option<String> {
        match self {
            Self::SigningKeys => None,
            Self::Users | Self::Tokens => Some(keys::users()),
            Self::GoneUsers => Some(keys::gone_users()),
            Self::Tenants
            | Self::Roles
            | Self::InviteLinks
            | Self::Images
            | Self::Albums
            | Self::Shares => Some(keys::tenants()),
        }
    }
}

/// A place in an export: a stage by its number; the name that was done last; and, if a name's
/// records are not all done, that name and the last of its records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Place {
    stage: usize,
    done: String,
    within: Option<(String, String)>,
}

impl Place {
    fn parse(place: &ExportPlace) -> Result<Self, CatalogueError> {
        let damaged = || CatalogueError::Damaged(format!("place {:?} of an export", place.0));
        let mut parts = place.0.split(' ');
        let mut next = || parts.next().ok_or_else(damaged);
        let stage = next()?.parse().map_err(|_| damaged())?;
        let done = next()?.to_owned();
        let within = match (parts.next(), parts.next()) {
            (Some(name), Some(after)) => Some((name.to_owned(), after.to_owned())),
            _ => None,
        };
        Ok(Self {
            stage,
            done,
            within,
        })
    }

    fn written(&self) -> ExportPlace {
        let mut text = format!("{} {}", self.stage, self.done);
        if let Some((name, after)) = &self.within {
            text.push_str(&format!(" {name} {after}"));
        }
        ExportPlace(text)
    }

    fn next_stage(&self) -> Self {
        Self {
            stage: self.stage + 1,
            ..Self::default()
        }
    }
}

#[async_trait]
impl Transfer for RedisCatalogue {
    async fn export(
        &self,
        from: Option<&ExportPlace>,
    ) -> Result<(Vec<Record>, Option<ExportPlace>), CatalogueError> {
        let mut place = from.map(Place::parse).transpose()?.unwrap_or_default();
        let mut entries = Vec::new();
        let mut more = true;
        while more && entries.len() < ENOUGH {
            match STAGES.get(place.stage) {
                Some(stage) => place = self.export_some(*stage, place, &mut entries).await?,
                None => more = false,
            }
        }
        let records = entries.into_iter().map(Record::from).collect();
        Ok((records, more.then(|| place.written())))
    }

    async fn import(&self, records: &[Record]) -> Result<(), CatalogueError> {
        let entries: Vec<Entry> = records
            .iter()
            .map(Entry::try_from)
            .collect::<Result<_, _>>()?;
        for entry in &entries {
            self.import_entry(entry).await?;
        }
        Ok(())
    }

    async fn is_empty(&self) -> Result<bool, CatalogueError> {
        // Nothing is claimed: who asks may not mean this Redis.
        for names in [keys::users(), keys::tenants()] {
            let count = redis::Cmd::zcard(names);
            if self.connection.unchecked_command::<u64>(&count).await? > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl RedisCatalogue {
    /// Exports the records of one name, or some of them, and answers where to go on.
    async fn export_some(
        &self,
        stage: Stage,
        place: Place,
        entries: &mut Vec<Entry>,
    ) -> Result<Place, CatalogueError> {
        let Some(names) = stage.names() else {
            entries.extend(self.exported_keys().await?);
            return Ok(place.next_stage());
        };
        let (name, after) = match place.within.clone() {
            Some((name, after)) => (name, Some(after)),
            None => match self.name_after(&names, &place.done).await? {
                Some(name) => (name, None),
                None => return Ok(place.next_stage()),
            },
        };
        let after = self
            .export_of(stage, &name, after.as_deref(), entries)
            .await?;
        Ok(match after {
            Some(after) => Place {
                within: Some((name, after)),
                ..place
            },
            None => Place {
                done: name,
                within: None,
                ..place
            },
        })
    }

    async fn name_after(&self, names: &str, done: &str) -> Result<Option<String>, CatalogueError> {
        let from = if done.is_empty() {
            "-".to_owned()
        } else {
            format!("({done}")
        };
        let next: Vec<String> = self
            .connection
            .command(
                redis::cmd("ZRANGE")
                    .arg(names)
                    .arg(from)
                    .arg("+")
                    .arg(&["BYLEX", "LIMIT", "0", "1"]),
            )
            .await?;
        Ok(next.into_iter().next())
    }
}
