//! Who may do what to whose tenant: every route, every kind of person, as program and as browser;
//! once through the filter, once with the filter off, when the application alone must refuse.

mod matrix;
mod routes;

use crate::mesh::Kind;
use crate::scenario::Scenario;

pub fn scenarios() -> Vec<Scenario> {
    let kind = Kind::TwoWorkersSqlite;
    vec![
        Scenario::new("tenancy::every_route_is_in_the_matrix", kind, |_| async {
            routes::cover_the_shipped_policy()
        }),
        Scenario::new(
            "tenancy::holds_on_every_route_through_the_filter",
            kind,
            |mesh| async move { matrix::holds(&mesh, matrix::Filter::On).await },
        ),
        Scenario::new(
            "tenancy::a_foreign_and_a_missing_tenant_look_the_same",
            kind,
            |mesh| async move { matrix::foreign_and_missing_look_the_same(&mesh).await },
        ),
        Scenario::new(
            "tenancy::holds_on_every_route_with_the_filter_off",
            kind,
            |mesh| async move {
                mesh.hub(&["filter", "off"]).await?;
                matrix::holds(&mesh, matrix::Filter::Off).await
            },
        )
        .disturbs(),
    ]
}
