//! `/metrics` and `/internal` are the operator's: no way of writing them reaches the application
//! through the edge, with the filter on or off.

use anyhow::{Result, ensure};

use crate::mesh::{Kind, Mesh};
use crate::raw;
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    let kind = Kind::TwoWorkersSqlite;
    vec![
        Scenario::new("hidden_paths::are_unreachable", kind, |mesh| async move {
            unreachable(&mesh).await
        }),
        Scenario::new(
            "hidden_paths::are_unreachable_with_the_filter_off",
            kind,
            |mesh| async move {
                mesh.hub(&["filter", "off"]).await?;
                unreachable(&mesh).await
            },
        )
        .disturbs(),
    ]
}

const PATHS: [&str; 17] = [
    "/metrics",
    "/metrics/",
    "/metrics?x=1",
    "/metrics#x",
    "//metrics",
    "/./metrics",
    "/static/../metrics",
    "/static/%2e%2e/metrics",
    "/%6detrics",
    "/metric%73",
    "/metrics%2f",
    "/metrics;x",
    "/internal",
    "/internal/",
    "/internal/anything",
    "//internal//anything",
    "/healthz/../internal/anything",
];

async fn unreachable(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("curious").await?;
    let token = format!("authorization: Bearer {}\r\n", person.client.token());
    for path in PATHS {
        for (who, token) in [("nobody", ""), ("somebody", token.as_str())] {
            for method in ["GET", "POST", "HEAD"] {
                let request = format!(
                    "{method} {path} HTTP/1.1\r\nhost: {}\r\n{token}connection: close\r\n\r\n",
                    mesh.edge()
                );
                let what = format!("{method} {path} by {who}");
                let answer = raw::send(mesh.edge(), request.as_bytes()).await?;
                let answer = answer.expect_one_of(&what, &[400, 401, 403, 404])?;
                ensure!(
                    !String::from_utf8_lossy(&answer.body).contains("# HELP"),
                    "{what} shows metrics: {answer}"
                );
            }
        }
    }
    // Spelled as they are, it is the mesh that refuses: the application is not asked.
    let (not_found, method_not_allowed) = (
        mesh.answered_by_application(404).await?,
        mesh.answered_by_application(405).await?,
    );
    for path in ["/metrics", "/internal", "/internal/anything"] {
        person.client.get(path).await?.expect(403)?;
    }
    ensure!(
        mesh.answered_by_application(404).await? == not_found
            && mesh.answered_by_application(405).await? == method_not_allowed,
        "the application was asked"
    );
    Ok(())
}
