use std::path::Path;

use imagehub_policy::{Plan, Role, TenantId, Timestamp, TokenError, verify};
use time::{Date, Month, Time};

use super::*;
use crate::catalogue::sqlite::SqliteCatalogue;
use crate::domain::Membership;

#[tokio::test]
async fn a_signed_token_verifies_and_says_what_the_catalogue_said() {
    let folder = tempfile::tempdir().unwrap();
    let keys = process(folder.path(), "one").await;
    let signed = sign(&keys, noon()).await;
    let claims = claims(&keys.verifying_keys(), &signed).unwrap();
    assert_eq!(claims.sub.as_str(), "ada");
    let grant = &claims.tenants[&TenantId::parse("ada").unwrap()];
    assert_eq!((grant.role, grant.plan.as_str()), (Role::Owner, "team"));
    assert_eq!(claims.exp - claims.iat, 3600);
    assert_eq!(signed.expires_at, noon() + Duration::from_secs(3600));
    assert!(signed.token.len() < 8 * 1024);
}

#[tokio::test]
async fn two_processes_verify_each_others_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let one = process(folder.path(), "one").await;
    let other = process(folder.path(), "other").await;
    let signed = sign(&one, noon()).await;
    let unknown = claims(&other.verifying_keys(), &signed);
    assert!(matches!(unknown, Err(TokenError::UnknownKey)));
    let keys = other.refresh(noon()).await;
    assert!(claims(&keys, &signed).is_ok());
}

#[tokio::test]
async fn every_process_lists_all_live_keys_and_its_own_always() {
    let folder = tempfile::tempdir().unwrap();
    let one = process(folder.path(), "one").await;
    let other = process(folder.path(), "other").await;
    assert_eq!(listed(&other, noon()), 1);
    sign(&one, noon()).await;
    other.refresh(noon()).await;
    assert_eq!(listed(&other, noon()), 2);
    let expired = noon() + Duration::from_secs(3600 + 60) + AHEAD;
    assert_eq!(listed(&other, expired), 1);
}

#[tokio::test]
async fn a_key_is_published_for_longer_than_the_token_before_it_is_handed_out() {
    let folder = tempfile::tempdir().unwrap();
    let keys = process(folder.path(), "one").await;
    for minutes in [0, 30, 59, 61, 500] {
        let now = noon() + Duration::from_secs(minutes * 60);
        let signed = sign(&keys, now).await;
        let live = keys.catalogue.live_keys(signed.expires_at).await.unwrap();
        assert_eq!(live.len(), 1, "after {minutes} minutes");
    }
}

#[tokio::test]
async fn four_and_twenty_tenants_with_the_longest_names_fit_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let keys = process(folder.path(), "one").await;
    let plan = Plan::parse(&"p".repeat(32)).unwrap();
    let grants = (10..34)
        .map(|number| {
            let name = TenantId::parse(&format!("{number}{}", "t".repeat(30))).unwrap();
            let role = Role::Member;
            (
                name,
                Membership {
                    role,
                    plan: plan.clone(),
                },
            )
        })
        .collect();
    let signed = sign_for(&keys, noon(), &grants).await;
    assert!(claims(&keys.verifying_keys(), &signed).is_ok());
}

/// A process with a key of its own, on the catalogue that all in the folder share.
async fn process(folder: &Path, name: &str) -> SigningKeys {
    let catalogue = SqliteCatalogue::open(&folder.join("catalogue.sqlite"))
        .await
        .unwrap();
    let own = KeyFile::open(&folder.join(name)).unwrap();
    SigningKeys::new(own, Arc::new(catalogue))
}

async fn sign(keys: &SigningKeys, now: OffsetDateTime) -> SignedToken {
    let membership = Membership {
        role: Role::Owner,
        plan: Plan::parse("team").unwrap(),
    };
    let grants = Grants::from([(TenantId::parse("ada").unwrap(), membership)]);
    sign_for(keys, now, &grants).await
}

async fn sign_for(keys: &SigningKeys, now: OffsetDateTime, grants: &Grants) -> SignedToken {
    let user = Username::parse("ada").unwrap();
    let claims = SessionClaims {
        issuer: "imagehub",
        audience: "imagehub",
        user: &user,
        generation: 0,
        grants,
    };
    keys.sign(&claims, now).await.unwrap()
}

fn claims(keys: &Keys, signed: &SignedToken) -> Result<imagehub_policy::Claims, TokenError> {
    let now = Timestamp::from_secs(noon().unix_timestamp().unsigned_abs());
    verify(signed.token.as_bytes(), keys, "imagehub", "imagehub", now)
}

fn listed(keys: &SigningKeys, now: OffsetDateTime) -> usize {
    let jwks: Value = serde_json::from_str(&keys.jwks(now)).unwrap();
    jwks["keys"].as_array().unwrap().len()
}

fn noon() -> OffsetDateTime {
    let day = Date::from_calendar_date(2026, Month::November, 23).unwrap();
    OffsetDateTime::new_utc(day, Time::from_hms(12, 0, 0).unwrap())
}
