//! Where numbers land on axes, and what drawing must keep.

use super::ruler::{Ruler, Tick};
use super::{Axis, Field, Figure, Line, Mark, Panel, Scale, Series, Style, csv, inline_svg, render, svg};

fn labels(axis: &Axis, values: &[f64], most: usize) -> Vec<String> {
    Ruler::fit(axis, values, &[])
        .ticks(most)
        .into_iter()
        .filter_map(|tick| tick.label)
        .collect()
}

fn figure(points: &[(f64, f64)], scale: Scale, line: Line) -> Figure {
    let points = points.iter().map(|(x, y)| Mark::exact(*x, *y)).collect();
    let series = vec![Series {
        label: "a".into(),
        points,
        style: Style {
            hue: 0,
            line,
            faint: false,
        },
    }];
    let panel = Panel {
        x: Axis::steps(),
        y: Axis::new("y", scale),
        series,
        field: None,
    };
    Figure {
        name: "figure".into(),
        title: "A <title>".into(),
        caption: String::new(),
        panels: vec![panel],
    }
}

#[test]
fn steps_have_a_place_for_zero_and_equal_decades() {
    let ruler = Ruler::fit(&Axis::steps(), &[0.0, 1000.0], &[]);
    let place = |value: f64| ruler.place(value).expect("a place");
    let decade = place(10.0) - place(1.0);
    for (low, high) in [(0.0, 1.0), (10.0, 100.0), (100.0, 1000.0)] {
        assert!((place(high) - place(low) - decade).abs() < 1e-12);
    }
    assert_eq!(
        labels(&Axis::steps(), &[0.0, 1000.0], 6),
        ["0", "1", "10", "100", "1000"]
    );
    // No ticks between steps, also where there is one step alone.
    for (steps, expected) in [(vec![0.0], vec!["0"]), (vec![0.0, 1.0], vec!["0", "1"])] {
        assert_eq!(labels(&Axis::steps(), &steps, 6), expected);
    }
}

#[test]
fn ticks_stand_at_the_numbers_that_they_name() {
    for (scale, values) in [
        (Scale::Linear, vec![-3.0, 12.5]),
        (Scale::Log, vec![0.02, 700.0]),
        (Scale::Log, vec![0.3, 4.0]),
        (Scale::Log, vec![2.301, 2.309]),
        (Scale::Symlog { linear: 0.01 }, vec![-50.0, 0.3]),
    ] {
        let axis = Axis::new("y", scale);
        let ruler = Ruler::fit(&axis, &values, &[]);
        let [first, last] = [values[0], values[1]].map(|value| ruler.place(value).expect("a place"));
        assert!(
            (first + last - 1.0).abs() < 1e-9 && (0.9..0.95).contains(&(last - first)),
            "the data fill the axis"
        );
        let named: Vec<Tick> = ruler
            .ticks(6)
            .into_iter()
            .filter(|tick| tick.label.is_some())
            .collect();
        assert!((3..=9).contains(&named.len()), "{scale:?}: {named:?}");
        for tick in named {
            let value: f64 = tick
                .label
                .as_deref()
                .unwrap_or_default()
                .replace('−', "-")
                .parse()
                .expect("a number");
            let place = ruler.place(value).expect("a place");
            assert!(
                (place - tick.at).abs() < 1e-9,
                "{scale:?}: {value} at {}",
                tick.at
            );
        }
    }
}

#[test]
fn zero_on_a_logarithmic_axis_is_marked_as_zero() {
    let axis = Axis::new("loss", Scale::Log);
    let values = [1.0, 1e-7, 0.0];
    let ruler = Ruler::fit(&axis, &values, &[]);
    assert_eq!(ruler.place(0.0), Some(0.0));
    assert!(ruler.place(1e-7) > Some(0.05));
    assert_eq!(ruler.place(-1.0), None);
    assert_eq!(labels(&axis, &values, 6)[0], "0");
    assert_eq!(
        Ruler::fit(&axis, &[1.0, 10.0], &[]).place(0.0),
        None,
        "without zeros there is no such edge"
    );
}

#[test]
fn an_interval_that_touches_zero_does_not_stretch_the_axis() {
    let axis = Axis::new("λ", Scale::Log);
    let (plain, barred) = (
        Ruler::fit(&axis, &[1.0, 10.0], &[]),
        Ruler::fit(&axis, &[1.0, 10.0], &[1e-200, 11.0]),
    );
    let decade = |ruler: &Ruler| ruler.place(10.0).unwrap_or(0.0) - ruler.place(1.0).unwrap_or(0.0);
    assert!(decade(&barred) > 0.4 * decade(&plain));
    assert_eq!(barred.reach(-1.0), 0.0);
}

#[test]
fn many_points_become_a_small_picture_with_the_same_extremes() {
    let height = |i: u32| {
        if i == 150_001 {
            50.0
        } else {
            (f64::from(i) * 0.37).sin()
        }
    };
    let points: Vec<(f64, f64)> = (0..200_000).map(|i| (f64::from(i), height(i))).collect();
    let figure = figure(&points, Scale::Linear, Line::Solid);
    let picture = svg(&figure);
    assert!(picture.len() < 150_000, "{} bytes", picture.len());
    assert_eq!(csv(&figure).lines().count(), 200_001);

    let paths = picture
        .split("<path d=\"")
        .map(|path| path.split('"').next().unwrap_or_default());
    let curve = paths.max_by_key(|path| path.len()).unwrap_or_default();
    let places = curve
        .split(['M', 'L'])
        .filter_map(|place| place.split_whitespace().nth(1)?.parse::<f64>().ok());
    let (high, low) = places.fold((f64::INFINITY, 0.0f64), |(high, low), y| {
        (high.min(y), low.max(y))
    });
    assert!(low - high > 600.0, "the spike is missing: {high} to {low}");
}

#[test]
fn points_without_a_place_interrupt_the_line() {
    let count = |points: &[(f64, f64)]| {
        svg(&figure(points, Scale::Linear, Line::Solid))
            .matches(r##"stroke="#0072b2" stroke-width="6""##)
            .count()
    };
    let whole = count(&[(0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 1.0), (4.0, 2.0)]);
    let cut = count(&[(0.0, 1.0), (1.0, 2.0), (2.0, f64::NAN), (3.0, 1.0), (4.0, 2.0)]);
    assert_eq!(cut, whole + 1);
}

#[test]
fn dashes_cover_their_share_of_the_line() {
    let picture = svg(&figure(&[(0.0, 0.0), (1.0, 0.0)], Scale::Linear, Line::Dashed));
    assert!(picture.matches(r##"stroke="#0072b2" stroke-width="6""##).count() > 20);
}

#[test]
fn the_picture_is_one_column_wide_and_scales() {
    let figure = figure(&[(0.0, 1.0), (5.0, 2.0)], Scale::Linear, Line::Solid);
    assert!(svg(&figure).starts_with(r#"<svg xmlns="http://www.w3.org/2000/svg" width="3.4in" height=""#));
    assert!(svg(&figure).contains(r#"viewBox="0 0 1360 "#));
    let inline = inline_svg(&figure);
    assert!(inline.starts_with("<svg role=\"img\" ") && inline.contains("><title>A &lt;title&gt;</title>"));
}

#[test]
fn a_png_has_400_dots_per_inch_and_nothing_is_drawn_without_data() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = render(&figure(&[(0.0, 1.0)], Scale::Linear, Line::Solid), folder.path())
        .expect("files")
        .expect("a figure");
    let png = std::fs::read(files.png).expect("the picture");
    assert_eq!(&png[..4], b"\x89PNG");
    assert_eq!(u32::from_be_bytes([png[16], png[17], png[18], png[19]]), 1360);
    let empty = figure(&[(f64::NAN, 1.0), (0.0, f64::INFINITY)], Scale::Log, Line::Solid);
    assert!(render(&empty, folder.path()).expect("no failure").is_none());
}

/// Two ways through a field, of 101 places and of 51: a walker on each, which all set out at a click on the figure, make as
/// many steps in a second, and go from the first place to the last, where the line is drawn.
#[test]
fn walkers_go_along_the_ways_through_a_field() {
    let way = |hue: usize, count: usize, y: f64| Series {
        label: format!("way {hue}"),
        points: (0..count)
            .map(|k| Mark::exact(k as f64 / 100.0, y + 0.1 * (k as f64 / 8.0).sin()))
            .collect(),
        style: Style::line(hue),
    };
    let mut picture = figure(&[], Scale::Linear, Line::Solid);
    picture.name = "a-way".into();
    let panel = &mut picture.panels[0];
    panel.x = Axis::new("x", Scale::Linear);
    panel.series = vec![way(0, 101, 0.3), way(1, 51, 0.6)];
    assert!(
        !inline_svg(&picture).contains("<animate"),
        "without a field there is nothing to walk in"
    );
    panel_field(&mut picture);
    let page = inline_svg(&picture);
    assert!(!svg(&picture).contains("<animate"), "a file stands still");
    assert!(page.contains(r#"id="figure_a_way""#));
    let walkers: Vec<&str> = page
        .split("<circle ")
        .filter(|part| part.contains("<animate"))
        .collect();
    assert_eq!(walkers.len(), 2);
    let value = |part: &str, name: &str| -> String {
        let (_, rest) = part.split_once(&format!("{name}=\"")).expect("an attribute");
        rest.split('"').next().unwrap_or_default().into()
    };
    for (walker, (count, seconds)) in walkers.iter().zip([(101, "8.00s"), (51, "4.04s")]) {
        let animations: Vec<&str> = walker.split("<animate ").skip(1).collect();
        assert_eq!(animations.len(), 2);
        let color = value(walker, "fill");
        let line = page
            .split("<path ")
            .filter(|path| path.contains(&format!("stroke=\"{color}\"")))
            .max_by_key(|path| value(path, "d").len())
            .expect("the way is drawn");
        let d = value(line, "d");
        let numbers: Vec<f64> = d
            .split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'))
            .filter_map(|number| number.parse().ok())
            .collect();
        for (animation, axis) in animations.iter().zip([0, 1]) {
            assert_eq!(value(animation, "attributeName"), ["cx", "cy"][axis]);
            assert_eq!(value(animation, "dur"), seconds);
            assert_eq!(value(animation, "begin"), "figure_a_way.click");
            let stations: Vec<f64> = value(animation, "values")
                .split(';')
                .map(|number| number.parse().expect("a number"))
                .collect();
            assert_eq!(stations.len(), count);
            let ends = [
                (stations[0], numbers[axis]),
                (stations[count - 1], numbers[numbers.len() - 2 + axis]),
            ];
            assert!(
                ends.iter().all(|(walked, drawn)| (walked - drawn).abs() <= 0.11),
                "{ends:?}"
            );
        }
    }
}

fn panel_field(picture: &mut Figure) {
    picture.panels[0].field = Some(Field {
        height: Axis::new("height", Scale::Linear),
        x: vec![0.0, 0.5, 1.0],
        y: vec![0.0, 1.0],
        values: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
    });
}
