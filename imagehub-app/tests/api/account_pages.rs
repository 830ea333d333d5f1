//! One's account, and the people of a gallery, by form.

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::multipart::Form;

use crate::reading::{cookie_of, hidden_fields, sent, text, unescaped};
use crate::world::{Hub, PASSWORD, TestUser, file, picture};

#[tokio::test]
async fn an_invite_link_lets_somebody_in_after_one_click() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let bob = hub.sign_up("bob").await;
    let made = [("role", "viewer"), ("days", "7")];
    sent(&ada, "/t/ada/invite-links", &made).await;
    let settings = text(&ada, "/t/ada/settings").await;
    let start = settings.find("/join/ada/").unwrap();
    let path = settings[start..].split('"').next().unwrap();
    assert!(
        text(&bob, path)
            .await
            .contains("as a viewer: you can look at the pictures.")
    );
    assert_eq!(bob.page("/t/ada").await.status(), 403);
    assert_eq!(sent(&bob, path, &[]).await, "/t/ada");
    assert!(
        text(&ada, "/t/ada/settings")
            .await
            .contains("<strong>bob</strong>")
    );
}

#[tokio::test]
async fn the_switch_for_metadata_says_that_hdr_goes_with_it() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let settings = text(&ada, "/t/ada/settings").await;
    let (_, after) = settings.split_once("name=\"keep_metadata\"").unwrap();
    let (label, _) = after.split_once("</label>").unwrap();
    assert!(label.contains("HDR"), "{label}");
}

#[tokio::test]
async fn a_gallery_is_deleted_only_by_its_name() {
    let hub = Hub::embedded();
    let mut ada = hub.sign_up("ada").await;
    let founded = ada.submit("/tenants", &[("name", "acme"), ("plan", "team")]);
    ada.token = cookie_of(&founded.send().await.unwrap());
    let wrong = ada.submit("/t/acme/delete", &[("confirm", "ada")]);
    assert_eq!(wrong.send().await.unwrap().status(), 422);
    assert_eq!(
        sent(&ada, "/t/acme/delete", &[("confirm", "acme")]).await,
        "/"
    );
    assert_eq!(ada.page("/t/acme").await.status(), 403);
}

#[tokio::test]
async fn the_password_is_changed_by_who_knows_it() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let wrong = [("password", "wrong horse"), ("new", "another horse")];
    let wrong = ada
        .submit("/account/password", &wrong)
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), 401);
    assert!(wrong.text().await.unwrap().contains("role=\"alert\""));
    let right = [("password", PASSWORD), ("new", "another horse")];
    sent(&ada, "/account/password", &right).await;
    let login = [("username", "ada"), ("password", "another horse")];
    let login = hub.form("/login", &login).send().await.unwrap();
    assert_eq!(login.status(), 303);
}

#[tokio::test]
async fn a_token_is_shown_once_with_the_line_that_uploads() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let fields = [
        ("name", "My laptop"),
        ("tenant", "ada"),
        ("role", "member"),
        ("days", "30"),
    ];
    let made = ada.submit("/account/tokens", &fields).send().await.unwrap();
    assert_eq!(made.status(), 201);
    assert_eq!(made.headers()["cache-control"], "no-store");
    let page = made.text().await.unwrap();
    let start = page.find("<code>ey").unwrap() + "<code>".len();
    let token = page[start..].split('<').next().unwrap();
    assert!(page.contains(&format!("-F file=@picture.jpg {}/t/ada/images", hub.url)));
    let program = TestUser {
        hub: &hub,
        name: "ada".to_owned(),
        token: token.to_owned(),
    };
    program.add("one.png", picture(1)).await;
    let later = text(&ada, "/account").await;
    assert!(later.contains("My laptop") && !later.contains(token));
}

#[tokio::test]
async fn the_line_for_a_terminal_uploads_as_it_is_printed() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    let mut eve = hub.sign_up("eve").await;
    ada.admit(&mut eve, "owner").await;
    // Of two galleries, the one whose page asked for the line.
    let gallery = text(&eve, "/t/eve").await;
    let fields = hidden_fields(&gallery, "<form id=\"terminal\"");
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let made = eve.submit("/account/tokens", &fields).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let page = made.text().await.unwrap();
    let line = unescaped(page.split("<code>curl ").nth(1).unwrap());
    let parts: Vec<&str> = line.split('"').collect();
    let [flag, header, rest] = parts[..] else {
        panic!("{line}");
    };
    let (name, content) = header.split_once(": ").unwrap();
    let words: Vec<&str> = rest.split_whitespace().collect();
    let [form, "file=@picture.jpg", url] = words[..] else {
        panic!("{line}");
    };
    assert_eq!((flag, form), ("-H ", "-F"));
    let name: HeaderName = name.parse().unwrap();
    let uploaded = hub
        .http
        .post(url)
        .header(name, HeaderValue::from_str(content).unwrap())
        .multipart(Form::new().part("file", file("picture.jpg", picture(1))))
        .send()
        .await
        .unwrap();
    assert_eq!(uploaded.status(), 201);
    let gallery = text(&eve, "/t/eve").await;
    assert_eq!(gallery.matches("<li class=\"tile").count(), 1);
}

#[tokio::test]
async fn a_refused_form_of_the_account_can_be_loaded_again() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    for path in ["/account/password", "/account/tokens", "/account/delete"] {
        let refused = ada.submit(path, &[]).send().await.unwrap();
        assert_eq!(refused.status(), 422, "{path}");
        let again = ada.page(path).await;
        assert_eq!(again.headers()["location"], "/account", "{path}");
    }
}

#[tokio::test]
async fn the_end_of_an_account_says_what_goes_with_it_and_what_stands_in_its_way() {
    let hub = Hub::embedded();
    let mut ada = hub.sign_up("ada").await;
    let mut bob = hub.sign_up("bob").await;
    assert!(
        text(&bob, "/account")
            .await
            .contains("go with it, and every picture in them: <strong>bob</strong>")
    );
    ada.admit(&mut bob, "member").await;
    bob.admit(&mut ada, "owner").await;
    let of_bob = text(&bob, "/account").await;
    assert!(
        of_bob
            .contains("stays, for their other members: <strong>ada</strong>, <strong>bob</strong>")
    );
    assert!(of_bob.contains("Delete my account"));
    let of_ada = text(&ada, "/account").await;
    assert!(
        of_ada
            .contains("First make somebody else an owner of <a href=\"/t/ada/settings\">ada</a>,")
    );
    assert!(!of_ada.contains("Delete my account"));
}

#[tokio::test]
async fn the_settings_say_themselves_why_somebody_is_not_invited_or_not_removed() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    hub.sign_up("bob").await;
    let members = "/t/ada/members";
    for (name, role, words) in [
        ("nobody-here", "member", "Nobody here has that user name."),
        ("Not A Name", "member", "Nobody here has that user name."),
        ("ada", "viewer", "A gallery needs an owner"),
        ("bob", "member", "Invited: it is on their first page now."),
    ] {
        let to = sent(&ada, members, &[("username", name), ("role", role)]).await;
        assert!(text(&ada, &to).await.contains(words), "{name}");
    }
    let to = sent(&ada, "/t/ada/members/ada/remove", &[]).await;
    assert!(text(&ada, &to).await.contains("A gallery needs an owner"));
}

#[tokio::test]
async fn what_takes_something_away_asks_first() {
    let hub = Hub::embedded();
    let ada = hub.sign_up("ada").await;
    hub.sign_up("bob").await;
    let image = ada.add("p.png", picture(1)).await;
    let image = format!("/t/ada/images/{}", image["id"].as_str().unwrap());
    for (path, fields) in [
        ("/t/ada/members", [("username", "bob"), ("role", "member")]),
        ("/t/ada/invite-links", [("role", "viewer"), ("days", "7")]),
    ] {
        sent(&ada, path, &fields).await;
    }
    let share = [
        ("image", &image[14..]),
        ("audience", "anyone"),
        ("days", "7"),
    ];
    sent(&ada, "/t/ada/shares", &share).await;
    let token = [
        ("name", "one"),
        ("tenant", "ada"),
        ("role", "member"),
        ("days", "7"),
    ];
    let made = ada.submit("/account/tokens", &token).send().await.unwrap();
    assert_eq!(made.status(), 201);
    // Remove, leave, delete and revoke a link; revoke a token, sign out and delete; revoke a link.
    for (path, expected) in [("/t/ada/settings", 4), ("/account", 3), (image.as_str(), 1)] {
        let page = text(&ada, path).await;
        let forms = page.split("<form ").skip(1).filter_map(|form| {
            let (form, _) = form.split_once('>')?;
            let ends = [
                "/remove\"",
                "/revoke\"",
                "t/delete\"",
                "a/delete\"",
                "everywhere\"",
            ];
            ends.iter().any(|end| form.ends_with(end)).then_some(form)
        });
        let forms: Vec<&str> = forms.collect();
        assert_eq!(forms.len(), expected, "{path}: {forms:?}");
        for form in forms {
            assert!(form.contains("popover"), "{path}: {form}");
        }
    }
}
