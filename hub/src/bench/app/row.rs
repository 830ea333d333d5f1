//! One line of the table: what was measured, beside what, and the budget.

use serde_json::{Value, json};

use crate::process::usage::processor;

/// What a figure has to be.
#[derive(Clone, Copy, Debug)]
pub enum Budget {
    AtMost(f64),
    AtLeast(f64),
    /// Printed for comparison only.
    None,
}

/// A measured line. The judged figure is `ours / theirs`, or `ours` where there is no other side.
#[derive(Clone, Debug)]
pub struct Row {
    pub what: String,
    pub against: String,
    pub unit: &'static str,
    pub ours: f64,
    pub theirs: Option<f64>,
    pub budget: Budget,
}

impl Row {
    fn judged(&self) -> f64 {
        self.theirs.map_or(self.ours, |theirs| self.ours / theirs)
    }

    fn holds(&self) -> Option<bool> {
        match self.budget {
            Budget::AtMost(most) => Some(self.judged() <= most),
            Budget::AtLeast(least) => Some(self.judged() >= least),
            Budget::None => None,
        }
    }

    fn budget_text(&self) -> String {
        let unit = if self.theirs.is_some() {
            "×"
        } else {
            self.unit
        };
        match self.budget {
            Budget::AtMost(most) => format!("≤ {most} {unit}"),
            Budget::AtLeast(least) => format!("≥ {least} {unit}"),
            Budget::None => String::new(),
        }
    }
}

/// The table in Markdown, so that it can be quoted as it is.
pub fn table(rows: &[Row]) -> Vec<String> {
    let mut lines = vec![
        "| what | ours | against | ratio | budget | |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    lines.extend(rows.iter().map(|row| {
        let against = row.theirs.map_or_else(
            || row.against.clone(),
            |theirs| format!("{}: {} {}", row.against, short(theirs), row.unit),
        );
        let ratio = row
            .theirs
            .map_or_else(String::new, |_| format!("{:.2} ×", row.judged()));
        let verdict = match row.holds() {
            Some(true) => "holds",
            Some(false) => "missed",
            None => "",
        };
        format!(
            "| {} | {} {} | {against} | {ratio} | {} | {verdict} |",
            row.what,
            short(row.ours),
            row.unit,
            row.budget_text()
        )
    }));
    lines
}

/// The same for programs.
pub fn json(rows: &[Row], quick: bool) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "what": row.what, "against": row.against, "unit": row.unit, "ours": row.ours,
                "theirs": row.theirs, "judged": row.judged(), "budget": row.budget_text(),
                "holds": row.holds(),
            })
        })
        .collect();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "processor": processor(),
        "processors": std::thread::available_parallelism().map_or(1, usize::from),
        "quick": quick,
        "rows": rows,
    })
}

/// The middle one, so that a single slow round changes nothing.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn short(figure: f64) -> String {
    if figure >= 100.0 {
        format!("{figure:.0}")
    } else {
        format!("{figure:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_held_by_the_ratio_where_there_is_another_side() {
        let row = |ours, theirs, budget| Row {
            what: String::new(),
            against: String::new(),
            unit: "ms",
            ours,
            theirs,
            budget,
        };
        assert_eq!(
            row(7.0, Some(10.0), Budget::AtMost(0.75)).holds(),
            Some(true)
        );
        assert_eq!(
            row(8.0, Some(10.0), Budget::AtMost(0.75)).holds(),
            Some(false)
        );
        assert_eq!(row(8.0, None, Budget::AtLeast(7.0)).holds(), Some(true));
    }

    #[test]
    fn the_median_is_not_moved_by_one_slow_round() {
        assert_eq!(median(vec![1.0, 900.0, 2.0]), 2.0);
    }
}
