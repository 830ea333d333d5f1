//! A measured figure: the median of its rounds, and how far they lie apart.

use serde_json::{Value, json};

#[derive(Clone, Copy, Debug)]
pub struct Figure {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

impl Figure {
    /// The figure of some rounds; the median, so that a single slow one changes nothing.
    pub fn of(mut rounds: Vec<f64>) -> Self {
        rounds.sort_by(f64::total_cmp);
        let at = |index: usize| rounds.get(index).copied().unwrap_or(f64::NAN);
        let last = rounds.len().saturating_sub(1);
        Self {
            median: f64::midpoint(at(last / 2), at(last.div_ceil(2))),
            least: at(0),
            most: at(last),
        }
    }

    pub fn json(self) -> Value {
        json!({"median": self.median, "least": self.least, "most": self.most})
    }
}

impl std::fmt::Display for Figure {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            median,
            least,
            most,
        } = self;
        if *median >= 1000.0 {
            write!(to, "{median:.0} ({least:.0}–{most:.0})")
        } else {
            write!(to, "{median:.1} ({least:.1}–{most:.1})")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_not_moved_by_one_slow_round_but_the_spread_shows_it() {
        assert_eq!(
            Figure::of(vec![1.0, 900.0, 2.0]).to_string(),
            "2.0 (1.0–900.0)"
        );
        assert_eq!(Figure::of(vec![4.0, 1.0]).median, 2.5);
    }
}
