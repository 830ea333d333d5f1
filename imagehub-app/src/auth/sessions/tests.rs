use imagehub_policy::{Plan, verify};

use super::*;
use crate::auth::signing::KeyFile;
use crate::catalogue::sqlite::SqliteCatalogue;
use crate::domain::NewUser;

#[tokio::test]
async fn a_renewed_session_goes_on_with_what_the_catalogue_says_now() {
    let world = World::new().await;
    let old = world.log_in(world.present().await).await;
    let team = Plan::parse("team").unwrap();
    let tenant = imagehub_policy::TenantId::parse("ada").unwrap();
    world.catalogue.set_plan(&tenant, &team).await.unwrap();
    let fresh = world.sessions.renew(&old, &world.policy).await.unwrap();
    let fresh = world.claims(&fresh.token);
    assert_eq!(fresh.tenants[&tenant].plan, team);
    assert_eq!(fresh.generation, old.generation);
    assert_ne!(fresh.jti, old.jti);
}

#[tokio::test]
async fn a_session_that_ended_is_not_renewed() {
    let world = World::new().await;
    let (ada, catalogue) = (&world.ada, &world.catalogue);
    let old = world.log_in(world.present().await).await;
    world.sessions.end(&old).await.unwrap();
    assert!(world.is_refused(&old).await, "logged out");

    let old = world.log_in(world.present().await).await;
    catalogue.sign_out_everywhere(ada).await.unwrap();
    assert!(world.is_refused(&old).await, "signed out everywhere");

    let old = world.log_in(world.present().await).await;
    catalogue.delete_user(ada).await.unwrap();
    assert!(world.is_refused(&old).await, "the account is gone");
    world.sign_up().await;
    assert!(world.is_refused(&old).await, "the name is somebody else's");
}

#[tokio::test]
async fn a_token_that_expired_while_its_request_arrived_is_not_renewed() {
    let world = World::new().await;
    let mut old = world.log_in(world.present().await).await;
    old.exp = crate::clock::now().secs();
    assert!(world.is_refused(&old).await);
}

#[tokio::test]
async fn a_log_in_that_a_new_password_overtakes_is_over_at_once() {
    let world = World::new().await;
    let before_the_proof = world.present().await;
    let changed = world
        .catalogue
        .set_password(&world.ada, before_the_proof, "another");
    changed.await.unwrap();
    let late = world.log_in(before_the_proof).await;
    let used = world.sessions.with(&late, async { Ok(()) }).await;
    assert!(matches!(used, Err(AppError::Unauthenticated)));
}

struct World {
    ada: Username,
    catalogue: SharedCatalogue,
    sessions: Sessions,
    policy: Policy,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("catalogue.sqlite");
        let catalogue = SqliteCatalogue::open(&file).await.unwrap();
        let catalogue: SharedCatalogue = Arc::new(catalogue);
        let own = KeyFile::open(&folder.path().join("keys")).unwrap();
        let keys = SigningKeys::new(own, Arc::clone(&catalogue));
        let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/../consul/policy.json");
        let world = Self {
            ada: Username::parse("ada").unwrap(),
            sessions: Sessions::new(keys, Arc::clone(&catalogue)),
            policy: Policy::parse(&std::fs::read(policy).unwrap()).unwrap(),
            catalogue,
            _folder: folder,
        };
        world.sign_up().await;
        world
    }

    async fn sign_up(&self) {
        let ada = NewUser {
            name: self.ada.clone(),
            password_hash: "hash".to_owned(),
            plan: Plan::parse("personal").unwrap(),
            created_at: OffsetDateTime::now_utc(),
        };
        self.catalogue.create_user(&ada).await.unwrap();
    }

    /// The generation that Ada's sessions are of.
    async fn present(&self) -> u64 {
        let present = self.catalogue.session_generation(&self.ada).await;
        present.unwrap()
    }

    async fn log_in(&self, generation: u64) -> Claims {
        let session = self.sessions.begin(&self.ada, generation, &self.policy);
        self.claims(&session.await.unwrap().token)
    }

    fn claims(&self, token: &str) -> Claims {
        let (keys, now) = (self.sessions.keys.verifying_keys(), crate::clock::now());
        let (issuer, audience) = (self.policy.issuer(), self.policy.audience());
        verify(token.as_bytes(), &keys, issuer, audience, now).unwrap()
    }

    async fn is_refused(&self, claims: &Claims) -> bool {
        let renewed = self.sessions.renew(claims, &self.policy).await;
        matches!(renewed, Err(AppError::Unauthenticated))
    }
}
