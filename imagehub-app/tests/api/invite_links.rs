//! Invite links.

use reqwest::Method;
use serde_json::{Value, json};

use crate::reading::{cookie_of, link as leads, text};
use crate::world::{BROWSER, Hub, PASSWORD, TestUser, code};

const LINKS: &str = "/api/v1/tenants/ada/invite-links";

async fn link(owner: &TestUser<'_>, role: &str) -> Value {
    let made = owner
        .send(Method::POST, LINKS, json!({ "role": role, "days": 2 }))
        .await;
    assert_eq!(made.status(), 201);
    made.json().await.unwrap()
}

fn join(link: &Value) -> String {
    format!("/api/v1/join/ada/{}", link["secret"].as_str().unwrap())
}

#[tokio::test]
async fn who_follows_an_invite_link_is_a_member_at_once() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    let made = link(&ada, "member").await;
    let shown: Value = bob
        .get(made["url"].as_str().unwrap())
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&shown["tenant"], &shown["role"], &shown["invited_by"]),
        (&json!("ada"), &json!("member"), &json!("ada"))
    );
    let joined = bob.ask(Method::POST, &join(&made)).send().await.unwrap();
    assert_eq!(joined.status(), 200);
    let session: Value = joined.json().await.unwrap();
    assert_eq!(session["tenants"]["ada"]["role"], "member");
    bob.token = session["token"].as_str().unwrap().to_owned();
    assert_eq!(bob.get("/t/ada/images").await.status(), 200);
}

#[tokio::test]
async fn a_link_does_not_change_what_a_member_is_already() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let made = link(&ada, "viewer").await;
    let session: Value = ada
        .ask(Method::POST, &join(&made))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(session["tenants"]["ada"]["role"], "owner");
}

#[tokio::test]
async fn a_withdrawn_link_leads_nowhere() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let bob = hub.sign_up("bob").await;
    let made = link(&ada, "viewer").await;
    let listed: Value = ada.get(LINKS).await.json().await.unwrap();
    assert_eq!(listed["invite_links"], json!([made]));
    let path = format!("{LINKS}/{}", made["secret"].as_str().unwrap());
    let withdrawn = ada.ask(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(withdrawn.status(), 204);
    let refused = bob.ask(Method::POST, &join(&made)).send().await.unwrap();
    assert_eq!(code(refused).await, "not_found");
    let url = made["url"].as_str().unwrap();
    for path in [
        url,
        "/join/ada/00000000000000000000000000000000",
        "/join/A/x",
    ] {
        assert_eq!(code(hub.get(path).await).await, "not_found", "{path}");
        let page = hub.ask(Method::GET, path).header("accept", BROWSER);
        let page = page.send().await.unwrap().text().await.unwrap();
        assert!(
            page.contains("This link has expired or was revoked"),
            "{path}"
        );
    }
    let again = ada.ask(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(code(again).await, "not_found");
}

#[tokio::test]
async fn only_owners_make_links_and_roles_and_days_are_checked() {
    let hub = Hub::in_mesh();
    let ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    ada.admit(&mut bob, "member").await;
    let refused = bob
        .send(Method::POST, LINKS, json!({ "role": "viewer" }))
        .await;
    assert_eq!(code(refused).await, "forbidden");
    assert_eq!(code(bob.get(LINKS).await).await, "forbidden");
    for body in [
        json!({}),
        json!({ "role": "king" }),
        json!({ "role": "viewer", "days": 0 }),
    ] {
        assert_eq!(ada.send(Method::POST, LINKS, body).await.status(), 422);
    }
}

const WORDS: &str =
    "<strong>ada</strong> invites you to the gallery <strong>ada</strong>, as a member:";

#[tokio::test]
async fn a_guest_reads_who_invites_before_signing_up_and_is_in_with_that() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let made = link(&ada, "member").await;
    let url = made["url"].as_str().unwrap();
    let look = async |path: &str| {
        let page = hub.ask(Method::GET, path).header("accept", BROWSER);
        let page = page.send().await.unwrap();
        assert_eq!(page.status(), 200, "{path}");
        page.text().await.unwrap()
    };
    let join = look(url).await;
    assert!(join.contains(WORDS) && !join.contains("<form"));
    let sign_up = leads(&join, "Sign up and join");
    let log_in = leads(&join, "Log in and join");
    for (form, other) in [(&sign_up, &log_in), (&log_in, &sign_up)] {
        let page = look(form).await;
        assert!(page.contains(WORDS), "{form}");
        // In the header and below the form.
        let switch = format!("href=\"{other}\"");
        assert_eq!(page.matches(&switch).count(), 2, "{form}");
    }
    let fields = [("username", "bob"), ("password", PASSWORD), ("next", url)];
    let joined = hub.form("/signup", &fields).send().await.unwrap();
    assert_eq!(joined.headers()["location"], "/t/ada");
    let bob = TestUser {
        hub: &hub,
        name: "bob".to_owned(),
        token: cookie_of(&joined),
    };
    bob.keep_notice(&joined);
    let gallery = text(&bob, "/t/ada").await;
    assert!(gallery.contains("You are in ada now, as a member."));
}

#[tokio::test]
async fn who_logs_in_with_an_invitation_is_in_and_an_old_one_does_not_stand_in_the_way() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    hub.sign_up("bob").await;
    let made = link(&ada, "viewer").await;
    let url = made["url"].as_str().unwrap();
    let log_in = async |next: &str| {
        let fields = [("username", "bob"), ("password", PASSWORD), ("next", next)];
        hub.form("/login", &fields).send().await.unwrap()
    };
    assert_eq!(log_in(url).await.headers()["location"], "/t/ada");
    let old = format!("{}0", &url[..url.len() - 1]);
    let old = if old == url {
        format!("{}1", &url[..url.len() - 1])
    } else {
        old
    };
    let logged_in = log_in(&old).await;
    assert_eq!(logged_in.headers()["location"], old.as_str());
    let bob = TestUser {
        hub: &hub,
        name: "bob".to_owned(),
        token: cookie_of(&logged_in),
    };
    let over = bob.page(&old).await;
    assert_eq!(over.status(), 410);
    assert!(
        over.text()
            .await
            .unwrap()
            .contains("Signed in as <strong>bob</strong>")
    );
}

#[tokio::test]
async fn another_sites_form_makes_nobody_a_member() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let made = link(&ada, "viewer").await;
    let url = made["url"].as_str().unwrap();
    let fields = [("username", "bob"), ("password", PASSWORD), ("next", url)];
    let forged = hub
        .ask(Method::POST, "/signup")
        .header("origin", "http://evil.example");
    let forged = forged.form(&fields).send().await.unwrap();
    assert_eq!(code(forged).await, "cross_site");
    let members: Value = ada
        .get("/api/v1/tenants/ada/members")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(members["members"].as_array().unwrap().len(), 1);
}
