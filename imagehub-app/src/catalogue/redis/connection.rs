//! One shared connection that fails fast and comes back by itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Cmd, FromRedisValue, Pipeline, RedisError, RedisResult, ScriptInvocation, Value};

use super::super::CatalogueError;
use super::{keys, scripts};

/// The layout of keys known here.
const SCHEMA: u32 = 1;

/// For one answer, connecting included: a caller knows within two seconds, whatever is broken.
const PATIENCE: Duration = Duration::from_millis(1500);

pub(super) struct Connection {
    manager: ConnectionManager,
    schema_seen: AtomicBool,
}

impl Connection {
    /// Nothing is connected yet. The connection is made, and made anew after a failure, by the
    /// calls that need it.
    pub(super) fn new(url: &str) -> Result<Self, CatalogueError> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(Duration::from_millis(800)))
            .set_response_timeout(Some(Duration::from_millis(1400)));
        let client = redis::Client::open(url)?;
        Ok(Self {
            manager: ConnectionManager::new_lazy_with_config(client, config)?,
            schema_seen: AtomicBool::new(false),
        })
    }

    /// Asks for the layout's version, and so whether Redis is there at all.
    pub(super) async fn check(&self) -> Result<(), CatalogueError> {
        let script = &scripts::CLAIM_SCHEMA;
        let mut claim = script.prepare_invoke();
        claim.key(keys::SCHEMA).arg(SCHEMA);
        let found: u32 = self.ask(Question::Script(&claim)).await?;
        if found > SCHEMA {
            return Err(CatalogueError::NewerSchema {
                found,
                known: SCHEMA,
            });
        }
        self.schema_seen.store(true, Ordering::Relaxed);
        Ok(())
    }

    pub(super) async fn command<T: FromRedisValue>(
        &self,
        command: &Cmd,
    ) -> Result<T, CatalogueError> {
        self.check_once().await?;
        self.ask(Question::Command(command)).await
    }

    /// Asks several questions in one round trip; no question has no answers.
    pub(super) async fn pipeline<T: FromRedisValue>(
        &self,
        pipeline: &Pipeline,
    ) -> Result<T, CatalogueError> {
        self.check_once().await?;
        if pipeline.is_empty() {
            return Ok(T::from_redis_value(Value::Array(Vec::new())).map_err(RedisError::from)?);
        }
        self.ask(Question::Pipeline(pipeline)).await
    }

    pub(super) async fn script<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, CatalogueError> {
        self.check_once().await?;
        self.ask(Question::Script(script)).await
    }

    async fn check_once(&self) -> Result<(), CatalogueError> {
        if self.schema_seen.load(Ordering::Relaxed) {
            Ok(())
        } else {
            self.check().await
        }
    }

    async fn ask<T: FromRedisValue>(&self, question: Question<'_>) -> Result<T, CatalogueError> {
        let answer = tokio::time::timeout(PATIENCE, async {
            match question.put(self.manager.clone()).await {
                // The manager answers once with the failure it remembers and then connects anew.
                // Nothing was sent, so asking again changes nothing twice.
                Err(error) if error.is_connection_refusal() => {
                    question.put(self.manager.clone()).await
                }
                answer => answer,
            }
        });
        match answer.await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(CatalogueError::Unavailable(
                "Redis does not answer in time".to_owned(),
            )),
        }
    }
}

enum Question<'a> {
    Command(&'a Cmd),
    Pipeline(&'a Pipeline),
    Script(&'a ScriptInvocation<'a>),
}

impl Question<'_> {
    async fn put<T: FromRedisValue>(&self, mut redis: ConnectionManager) -> RedisResult<T> {
        match self {
            Self::Command(command) => command.query_async(&mut redis).await,
            Self::Pipeline(pipeline) => pipeline.query_async(&mut redis).await,
            Self::Script(script) => script.invoke_async(&mut redis).await,
        }
    }
}

impl From<RedisError> for CatalogueError {
    fn from(error: RedisError) -> Self {
        Self::Unavailable(format!("Redis: {error}"))
    }
}
