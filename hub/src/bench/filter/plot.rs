//! The costs as a picture.

use std::path::Path;

use anyhow::Result;
use plotters::prelude::*;

use super::chain::Chain;
use super::cost::Cost;

const SIZE: (u32, u32) = (820, 60);
const BAR: u32 = 34;
const OURS: RGBColor = RGBColor(37, 99, 235);
const OTHERS: RGBColor = RGBColor(148, 163, 184);

/// Draws what each chain adds to a request, with the spread of the rounds.
///
/// # Errors
/// When the file cannot be written.
pub fn draw(costs: &[Cost], path: &Path) -> Result<()> {
    // The axis begins at the bottom.
    let bars: Vec<&Cost> = costs
        .iter()
        .rev()
        .filter(|cost| cost.chain != Chain::Nothing)
        .collect();
    let names: Vec<String> = bars
        .iter()
        .map(|cost| {
            format!(
                "{}, {}, {} users",
                cost.chain.name(),
                cost.who.describe(),
                cost.known
            )
        })
        .collect();
    let most = bars
        .iter()
        .map(|cost| cost.price.added.most)
        .fold(1.0, f64::max);
    let height = SIZE.1 + BAR * u32::try_from(bars.len())?;
    let area = SVGBackend::new(path, (SIZE.0, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(430)
        .build_cartesian_2d(0.0..most * 1.05, (0..bars.len()).into_segmented())?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .x_desc("microseconds of CPU added to a request; the line spans the rounds")
        .y_labels(bars.len())
        .y_label_formatter(&|segment| match segment {
            SegmentValue::CenterOf(index) | SegmentValue::Exact(index) => {
                names.get(*index).cloned().unwrap_or_default()
            }
            SegmentValue::Last => String::new(),
        })
        .draw()?;
    chart.draw_series(bars.iter().enumerate().map(|(index, cost)| {
        let colour = if cost.chain == Chain::Filter {
            OURS
        } else {
            OTHERS
        };
        let corners = [
            (0.0, SegmentValue::Exact(index)),
            (cost.price.added.median, SegmentValue::Exact(index + 1)),
        ];
        let mut bar = Rectangle::new(corners, colour.filled());
        bar.set_margin(5, 5, 0, 0);
        bar
    }))?;
    chart.draw_series(bars.iter().enumerate().map(|(index, cost)| {
        let at = |micros| (micros, SegmentValue::CenterOf(index));
        PathElement::new(
            vec![at(cost.price.added.least), at(cost.price.added.most)],
            BLACK,
        )
    }))?;
    area.present()?;
    Ok(())
}
