//! Drawings, made here: bars, lines and heat strips. Numbers stand beside or in them, so that nothing is said by colour alone.

use maud::{Markup, html};

/// A bar of its part of the most.
pub(crate) fn bar(value: u64, most: u64) -> Markup {
    let width = value.saturating_mul(100).checked_div(most.max(1)).unwrap_or(0).clamp(1, 100);
    html! {
        svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" {
            rect .bar-ground width="100" height="6" {}
            rect .bar-fill width=(width) height="6" {}
        }
    }
}

/// A line of a chart.
#[derive(Debug)]
pub(crate) struct Series<'a> {
    pub(crate) name: &'a str,
    pub(crate) values: Vec<u64>,
}

const WIDTH: u64 = 640;
const HEIGHT: u64 = 160;
const LEFT: u64 = 64;
const BOTTOM: u64 = 24;
const TOP: u64 = 16;

/// Lines over the same days. The table of the numbers is for who does not see it.
pub(crate) fn lines(title: &str, days: &[String], series: &[Series<'_>]) -> Markup {
    let most = series.iter().flat_map(|series| series.values.iter().copied()).max().unwrap_or(0).max(1);
    let plot = (WIDTH.saturating_sub(LEFT), HEIGHT.saturating_sub(BOTTOM).saturating_sub(TOP));
    let x = |at: usize| {
        let steps = days.len().saturating_sub(1).max(1) as u64;
        LEFT.saturating_add((at as u64).saturating_mul(plot.0.saturating_sub(8)).checked_div(steps).unwrap_or(0))
    };
    let y = |value: u64| {
        let up = value.saturating_mul(plot.1).checked_div(most).unwrap_or(0);
        TOP.saturating_add(plot.1.saturating_sub(up))
    };
    let line = |values: &[u64]| -> String {
        values.iter().enumerate().map(|(at, value)| format!("{},{}", x(at), y(*value))).collect::<Vec<_>>().join(" ")
    };
    let area =
        |values: &[u64]| format!("{},{} {} {},{}", x(0), y(0), line(values), x(values.len().saturating_sub(1)), y(0));
    html! {
        figure {
            svg.chart viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(title) {
                @for part in [0, most / 2, most] {
                    line.axis x1=(LEFT) x2=(WIDTH) y1=(y(part)) y2=(y(part)) {}
                    text x=(LEFT.saturating_sub(8)) y=(y(part).saturating_add(4)) text-anchor="end" { (part) }
                }
                @for (at, series) in series.iter().enumerate() {
                    @if at == 0 { polygon.area-0 points=(area(&series.values)) {} }
                    polyline class=(format!("series-{at}")) points=(line(&series.values)) {}
                }
                @if let (Some(first), Some(last)) = (days.first(), days.last()) {
                    text x=(LEFT) y=(HEIGHT.saturating_sub(6)) { (first) }
                    text x=(WIDTH.saturating_sub(2)) y=(HEIGHT.saturating_sub(6)) text-anchor="end" { (last) }
                }
            }
            ul.legend {
                @for (at, series) in series.iter().enumerate() {
                    li {
                        svg viewBox="0 0 24 8" aria-hidden="true" { path class=(format!("series-{at}")) d="M0 4h24" {} }
                        (series.name)
                    }
                }
            }
        }
    }
}

/// One square for each of some counts, the darker the more, with the number in it and a name below.
pub(crate) fn strip(title: &str, cells: &[(&str, u64)]) -> Markup {
    let most = cells.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let place = |at: usize| (at as u64).saturating_mul(64);
    let width = place(cells.len());
    html! {
        div.strip tabindex="0" role="region" aria-label=(title) {
            svg width=(width) height="56" viewBox=(format!("0 0 {width} 56")) role="img" aria-label=(title) {
                @for (at, (name, count)) in cells.iter().enumerate() {
                    @let heat = heat(*count, most);
                    g {
                        title { (name) ": " (count) }
                        rect class=(format!("heat-{heat}")) x=(place(at)) y="0" width="61" height="32" rx="4" {}
                        text .strong[heat > 3] x=(place(at).saturating_add(30)) y="20" text-anchor="middle" { (count) }
                        text.axis-text x=(place(at).saturating_add(30)) y="48" text-anchor="middle" { (cut(name)) }
                    }
                }
            }
        }
    }
}

fn heat(count: u64, most: u64) -> u64 {
    if count == 0 { 0 } else { count.saturating_mul(4).checked_div(most).unwrap_or(0).saturating_add(1).min(5) }
}

fn cut(name: &str) -> String {
    if name.chars().count() <= 9 { name.to_owned() } else { name.chars().take(8).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawings_of_nothing_and_of_the_largest_numbers() {
        assert!(lines("x", &[], &[]).into_string().contains("<svg"));
        let series = [Series { name: "<b>", values: vec![u64::MAX, 0] }];
        let drawn = lines("x", &["a".to_owned(), "b".to_owned()], &series).into_string();
        assert!(drawn.contains("&lt;b&gt;") && !drawn.contains("<b>"));
        assert!(strip("x", &[("</text>", u64::MAX), ("1", 0)]).into_string().contains("&lt;/text&gt;"));
        assert_eq!((heat(0, 9), heat(1, 9), heat(9, 9)), (0, 1, 5));
    }
}
