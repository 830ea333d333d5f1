//! A request's fields, from a JSON object or a form alike, checked one by one.

use std::fmt::Display;
use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use futures_util::StreamExt as _;
use serde_json::{Map, Value};

use crate::error::{AppError, FieldProblem};
use crate::middleware::still_holds;
use crate::state::State;

/// No call but the upload takes more.
const MAX_BYTES: usize = 64 * 1024;

/// The fields, and what was found wrong with them so far.
#[derive(Debug, Default)]
pub struct Fields {
    values: Map<String, Value>,
    problems: Vec<FieldProblem>,
}

impl Fields {
    /// A text that has to be there.
    pub fn required<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if !self.values.contains_key(name) {
            self.wrong(name, "is required");
            return None;
        }
        self.optional(name, parse)
    }

    /// A text that may be there.
    pub fn optional<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let parsed = match self.values.get(name)? {
            Value::String(text) => parse(text).map_err(|error| error.to_string()),
            _ => Err("must be a string".to_owned()),
        };
        parsed.map_err(|detail| self.wrong(name, detail)).ok()
    }

    /// A list of texts that may be there.
    pub fn list<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(Vec<&str>) -> Result<T, E>,
    ) -> Option<T> {
        let texts = match self.values.get(name)? {
            Value::Array(items) => items.iter().map(Value::as_str).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        let parsed = match texts {
            Some(texts) => parse(texts).map_err(|error| error.to_string()),
            None => Err("must be a list of strings".to_owned()),
        };
        parsed.map_err(|detail| self.wrong(name, detail)).ok()
    }

    /// `true` or `false`, if it is there.
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        match self.values.get(name)? {
            Value::Bool(flag) => Some(*flag),
            _ => {
                self.wrong(name, "must be true or false");
                None
            }
        }
    }

    /// A whole number in a range, `fallback` if it is not there. A form sends it as a text.
    pub fn number(&mut self, name: &str, range: RangeInclusive<u32>, fallback: u32) -> Option<u32> {
        let number = match self.values.get(name) {
            None => return Some(fallback),
            Some(Value::String(text)) if text.is_empty() => return Some(fallback),
            Some(Value::String(text)) => text.parse().ok(),
            Some(value) => value.as_u64().and_then(|number| number.try_into().ok()),
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let (least, most) = range.into_inner();
            self.wrong(
                name,
                format!("must be a whole number from {least} to {most}"),
            );
        }
        number
    }

    /// Whether the field is not there.
    pub fn is_absent(&self, name: &str) -> bool {
        !self.values.contains_key(name)
    }

    /// Whether the field is there and is `null`.
    pub fn is_null(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(Value::is_null)
    }

    /// The raw text of a field, empty if it is not there.
    pub fn text(&self, name: &str) -> String {
        let text = self.values.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }

    /// Sets a field, whatever was sent.
    pub fn set(&mut self, name: &str, text: &str) {
        self.values.insert(name.to_owned(), text.into());
    }

    /// Takes a field away, as if it had not been sent.
    pub fn forget(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// Every text of a field that a form may repeat.
    pub fn every(&self, name: &str) -> Vec<&str> {
        match self.values.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) => vec![text.as_str()],
            _ => Vec::new(),
        }
    }

    /// Everything that was asked for, or all that is wrong.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, AppError> {
        self.checked(value)
    }

    /// What was asked for so far, or all that is wrong so far.
    pub fn checked<T>(&mut self, value: Option<T>) -> Result<T, AppError> {
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(AppError::Invalid(std::mem::take(&mut self.problems))),
        }
    }

    /// Notes what is wrong with a field.
    pub fn wrong(&mut self, name: &str, detail: impl Into<String>) {
        self.problems.push(FieldProblem {
            field: name.to_owned(),
            detail: detail.into(),
        });
    }
}

/// Fields of a JSON object.
pub struct Json(pub Fields);

/// Fields of a form.
pub struct Form(pub Fields);

/// Fields of either, where pages and programs send the same request.
pub enum Sent {
    /// Of a JSON object.
    Json(Fields),
    /// Of a form.
    Form(Fields),
}

impl FromRequest for Sent {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AppError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if request.content_type() == "application/x-www-form-urlencoded" {
            let form = Form::from_request(request, payload);
            Box::pin(async move { Ok(Self::Form(form.await?.0)) })
        } else {
            let json = Json::from_request(request, payload);
            Box::pin(async move { Ok(Self::Json(json.await?.0)) })
        }
    }
}

impl FromRequest for Json {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AppError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let values = match serde_json::from_slice(&read(&request, payload).await?) {
                Ok(Value::Object(values)) => values,
                Ok(_) => return Err(AppError::Malformed("the body must be a JSON object".into())),
                Err(error) => return Err(AppError::Malformed(format!("broken JSON: {error}"))),
            };
            Ok(Self(Fields {
                values,
                problems: Vec::new(),
            }))
        })
    }
}

impl FromRequest for Form {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AppError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = read(&request, payload).await?;
            let mut values = Map::new();
            for (name, value) in url::form_urlencoded::parse(&body) {
                put(&mut values, name.into_owned(), value.into_owned());
            }
            Ok(Self(Fields {
                values,
                problems: Vec::new(),
            }))
        })
    }
}

/// A field that comes again makes a list.
fn put(values: &mut Map<String, Value>, name: String, value: String) {
    let value = Value::String(value);
    match values.get_mut(&name) {
        None => {
            values.insert(name, value);
        }
        Some(Value::Array(items)) => items.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

/// The body. Who may was judged before it was read: if it was not there yet, that is asked again,
/// so that no request waits with its last byte for its sender to be out.
async fn read(request: &HttpRequest, payload: Payload) -> Result<Vec<u8>, AppError> {
    let state = request.app_data::<web::Data<State>>();
    let time = state.map_or(Duration::MAX, |state| state.config.body_time());
    let mut reading = Box::pin(read_within(time, payload));
    if let Poll::Ready(body) = futures_util::poll!(&mut reading) {
        return body;
    }
    let body = reading.await?;
    still_holds(request).await?;
    Ok(body)
}

async fn read_within(time: Duration, payload: Payload) -> Result<Vec<u8>, AppError> {
    let read = tokio::time::timeout(time, read_all(payload)).await;
    read.unwrap_or(Err(AppError::TooSlow))
}

async fn read_all(mut payload: Payload) -> Result<Vec<u8>, AppError> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| AppError::Malformed(error.to_string()))?;
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(AppError::TooLarge(MAX_BYTES as u64));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_that_does_not_come_is_not_waited_for_for_ever() {
        let never = futures_util::stream::pending();
        let payload = Payload::Stream {
            payload: never.boxed_local(),
        };
        let read = read_within(Duration::from_millis(1), payload).await;
        assert!(matches!(read, Err(AppError::TooSlow)));
    }
}
