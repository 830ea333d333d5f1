//! How many originals a gallery's people may pull, in words.

use imagehub_policy::Policy;

/// What a plan allows.
pub struct Allowance {
    /// Each user, such as `10 a minute`.
    pub user: String,
    /// All users of the gallery together.
    pub tenant: String,
}

impl Allowance {
    /// Pulls on a plan; one that the policy does not know counts as its first.
    pub fn of_pulls(policy: &Policy, plan: &str) -> Option<Self> {
        let plan = policy.plan(plan).or(policy.plans().first())?;
        let limit = plan.limit("pull")?;
        Some(Self {
            user: limit.user.in_words(""),
            tenant: limit.tenant.in_words(""),
        })
    }
}
