use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Hub, code};

#[tokio::test]
async fn somebody_invited_accepts_and_is_in_with_a_fresh_token() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    assert_eq!(bob.get("/t/ada/images").await.status(), 403);
    ada.admit(&mut bob, "viewer").await;
    assert_eq!(bob.get("/t/ada/images").await.status(), 200);
    let members: Value = bob
        .get("/api/v1/tenants/ada/members")
        .await
        .json()
        .await
        .unwrap();
    let names: Vec<&str> = members["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["username"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["ada", "bob"]);
}

#[tokio::test]
async fn a_member_removed_is_out_at_once_whatever_the_token_says() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    ada.admit(&mut bob, "owner").await;
    let removed = ada
        .ask(Method::DELETE, "/api/v1/tenants/ada/members/bob")
        .send()
        .await
        .unwrap();
    assert_eq!(removed.status(), 204);
    assert_eq!(bob.get("/t/ada/images").await.status(), 403);
    assert_eq!(
        bob.send(
            Method::PUT,
            "/api/v1/tenants/ada/plan",
            json!({ "plan": "team" })
        )
        .await
        .status(),
        403
    );
}

#[tokio::test]
async fn a_changed_role_holds_at_once_and_only_owners_change_it() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    ada.admit(&mut bob, "member").await;
    let role = |name: &str| format!("/api/v1/tenants/ada/members/{name}");
    assert_eq!(
        bob.send(Method::PUT, &role("bob"), json!({ "role": "owner" }))
            .await
            .status(),
        403
    );
    let changed = ada
        .send(Method::PUT, &role("bob"), json!({ "role": "viewer" }))
        .await;
    assert_eq!(changed.status(), 200);
    assert_eq!(
        ada.send(Method::PUT, &role("bob"), json!({ "role": "king" }))
            .await
            .status(),
        422
    );
    let unknown = ada
        .send(Method::PUT, &role("nobody"), json!({ "role": "viewer" }))
        .await;
    assert_eq!(unknown.status(), 404);
    assert_eq!(
        bob.ask(Method::DELETE, &role("ada"))
            .send()
            .await
            .unwrap()
            .status(),
        403
    );
    assert_eq!(
        bob.ask(Method::DELETE, &role("bob"))
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
}

#[tokio::test]
async fn the_last_owner_can_neither_leave_nor_step_down() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let path = "/api/v1/tenants/ada/members/ada";
    let leave = ada.ask(Method::DELETE, path).send().await.unwrap();
    assert_eq!(leave.status(), 409);
    assert_eq!(code(leave).await, "last_owner");
    let step_down = ada
        .send(Method::PUT, path, json!({ "role": "viewer" }))
        .await;
    assert_eq!(step_down.status(), 409);
    assert_eq!(code(step_down).await, "last_owner");
}

#[tokio::test]
async fn nobody_is_in_more_than_24_tenants() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    for number in 1..24 {
        let made = ada
            .send(
                Method::POST,
                "/api/v1/tenants",
                json!({ "name": format!("team-{number}"), "plan": "team" }),
            )
            .await;
        assert_eq!(made.status(), 201);
    }
    let refused = ada
        .send(
            Method::POST,
            "/api/v1/tenants",
            json!({ "name": "one-more", "plan": "team" }),
        )
        .await;
    assert_eq!(refused.status(), 409);
    assert_eq!(code(refused).await, "too_many_tenants");
}

#[tokio::test]
async fn an_owner_changes_the_plan_and_gets_a_token_that_says_so() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let changed = ada
        .send(
            Method::PUT,
            "/api/v1/tenants/ada/plan",
            json!({ "plan": "team" }),
        )
        .await;
    assert_eq!(changed.status(), 200);
    let session: Value = changed.json().await.unwrap();
    assert_eq!(session["tenants"]["ada"]["plan"], "team");
    let unknown = ada
        .send(
            Method::PUT,
            "/api/v1/tenants/ada/plan",
            json!({ "plan": "golden" }),
        )
        .await;
    assert_eq!(unknown.status(), 422);
}

#[tokio::test]
async fn an_invitation_is_declined_by_call_and_by_form() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let bob = hub.sign_up("bob").await;
    let invite = async || {
        let path = "/api/v1/tenants/ada/members/bob";
        let invited = ada.send(Method::PUT, path, json!({ "role": "member" }));
        assert_eq!(invited.await.status(), 202);
    };
    let decline = || bob.ask(Method::DELETE, "/api/v1/invitations/ada").send();
    invite().await;
    assert_eq!(decline().await.unwrap().status(), 204);
    assert_eq!(code(decline().await.unwrap()).await, "not_found");

    invite().await;
    let page = bob.page("/").await.text().await.unwrap();
    assert!(page.contains("/invitations/ada/decline"));
    let declined = bob.submit("/invitations/ada/decline", &[]).send().await;
    assert_eq!(declined.unwrap().status(), 303);
    let me: Value = bob.get("/api/v1/me").await.json().await.unwrap();
    assert_eq!(me["invitations"], json!([]));
    let members = ada.get("/api/v1/tenants/ada/members").await;
    let members: Value = members.json().await.unwrap();
    assert_eq!(members["invitations"], json!([]));
}

#[tokio::test]
async fn who_is_removed_does_not_come_back_by_a_link_of_before() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    ada.admit(&mut bob, "owner").await;
    let links = "/api/v1/tenants/ada/invite-links";
    let mut ways = Vec::new();
    for owner in [&ada, &bob] {
        let made = owner.send(Method::POST, links, json!({ "role": "owner" }));
        let made: Value = made.await.json().await.unwrap();
        ways.push(made["secret"].as_str().unwrap().to_owned());
    }
    let path = "/api/v1/tenants/ada/members/bob";
    let removed = ada.ask(Method::DELETE, path).send().await.unwrap();
    assert_eq!(removed.status(), 204);
    for secret in ways {
        let path = format!("/api/v1/join/ada/{secret}");
        let refused = bob.ask(Method::POST, &path).send().await.unwrap();
        assert_eq!(code(refused).await, "not_found");
    }
}

#[tokio::test]
async fn who_deleted_the_gallery_of_their_own_name_founds_it_anew() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let eve = hub.sign_up("eve").await;
    let path = "/api/v1/tenants/ada";
    let deleted = ada.send(Method::DELETE, path, json!({ "confirm": "ada" }));
    assert_eq!(deleted.await.status(), 204);
    let found = json!({ "name": "ada", "plan": "team" });
    let taken = eve
        .send(Method::POST, "/api/v1/tenants", found.clone())
        .await;
    assert_eq!(code(taken).await, "taken");
    let anew = ada.send(Method::POST, "/api/v1/tenants", found).await;
    assert_eq!(anew.status(), 201);
}

#[tokio::test]
async fn a_stranger_reads_the_same_words_before_the_application_and_from_it() {
    for hub in [Hub::embedded(), Hub::in_mesh()] {
        hub.sign_up("ada").await;
        let bob = hub.sign_up("bob").await;
        for gallery in ["ada", "nobody-here"] {
            let refused = bob.get(&format!("/t/{gallery}/images")).await;
            assert_eq!(refused.status(), 403);
            let refused: Value = refused.json().await.unwrap();
            let words = "You don't have access to this gallery.";
            assert_eq!(refused["detail"], words, "{gallery}");
        }
    }
}
