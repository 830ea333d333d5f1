//! What a check found: each assertion as what was expected, what was seen and where to look.

use serde::Serialize;

use crate::terminal;

/// One thing that a check looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Assertion {
    pub what: String,
    pub passed: bool,
    pub expected: String,
    pub saw: String,
    /// Where to look when it did not pass.
    pub look: String,
}

/// All that a check looked at.
#[derive(Debug, Serialize)]
pub struct Report {
    pub lab: u8,
    pub passed: bool,
    pub assertions: Vec<Assertion>,
}

impl Report {
    pub fn new(lab: u8) -> Self {
        Self {
            lab,
            passed: true,
            assertions: Vec::new(),
        }
    }

    /// Notes one assertion, which passes when both say the same.
    pub fn expect(
        &mut self,
        what: &str,
        expected: impl ToString,
        saw: impl ToString,
        look: impl Into<String>,
    ) {
        let (expected, saw) = (expected.to_string(), saw.to_string());
        let passed = expected == saw;
        self.passed &= passed;
        self.assertions.push(Assertion {
            what: what.to_owned(),
            passed,
            expected,
            saw,
            look: look.into(),
        });
    }

    /// Prints it for a person.
    pub fn print(&self) {
        for assertion in &self.assertions {
            let mark = if assertion.passed { "ok  " } else { "BAD " };
            terminal::result(&format!("{mark}  {}", assertion.what));
            if !assertion.passed {
                terminal::result(&format!("      expected  {}", assertion.expected));
                terminal::result(&format!("      saw       {}", assertion.saw));
                terminal::result(&format!("      look      {}", assertion.look));
            }
        }
        let failed = self.assertions.iter().filter(|one| !one.passed).count();
        terminal::result(&match failed {
            0 => format!("lab {} is done", self.lab),
            _ => format!(
                "lab {} is not done: {failed} of {} are not as expected",
                self.lab,
                self.assertions.len()
            ),
        });
    }
}
