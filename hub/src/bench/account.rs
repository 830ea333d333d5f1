//! An account of the application's, for a measurement.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

/// Signs somebody up on the largest plan; answers the token.
///
/// # Errors
/// When a step is refused.
pub fn sign_up(agent: &ureq::Agent, url: &str, name: &str) -> Result<String> {
    let token_of = |text: String| -> Result<String> {
        let answer: Value = serde_json::from_str(&text)?;
        let token = answer.get("token").and_then(Value::as_str);
        Ok(token.context("no token in the answer")?.to_owned())
    };
    let body = json!({"username": name, "password": "correct horse battery"}).to_string();
    let answer = agent
        .post(format!("{url}/api/v1/signup"))
        .header("content-type", "application/json")
        .send(&body)?
        .body_mut()
        .read_to_string()?;
    let token = token_of(answer)?;
    let plan = agent
        .put(format!("{url}/api/v1/tenants/{name}/plan"))
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .send(&json!({"plan": "enterprise"}).to_string())?
        .body_mut()
        .read_to_string()?;
    token_of(plan)
}
