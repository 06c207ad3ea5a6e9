//! Curves along an axis, grids, verdicts, and the figure of stability.

use std::fs;

use probes::{Axis, Curve, Finding, Grid, Scalar};

use super::report_of;
use super::synthetic::{VARIANTS, lines, run_folder};
use crate::records::FindingRecord;
use crate::report::{Run, page};

fn axis(name: &str, values: &[f64]) -> Axis {
    Axis {
        name: name.into(),
        values: values.into(),
    }
}

/// A finding with a curve of three places, its model, and a grid of three by two.
fn shaped(variant: usize, step: u64) -> FindingRecord {
    let level = step as f64;
    let curve = |name: &str, shift: f64| Curve {
        name: name.into(),
        along: Some(axis("way", &[-1.0, 0.0, 1.0])),
        values: vec![level + 3.0, level + 1.0, level + shift],
        uncertainties: vec![0.25; 3],
    };
    let grid = |name: &str, last: f64| Grid {
        name: name.into(),
        x: axis("way", &[-1.0, 0.0, 1.0]),
        y: axis("side", &[0.0, 2.0]),
        values: vec![level, 1.0, 2.0, 3.0, 4.0, last],
    };
    FindingRecord {
        variant: VARIANTS[variant].into(),
        step,
        asked: None,
        finding: Finding {
            probe: "slice".into(),
            curves: vec![curve("loss", 2.0), curve("loss, quadratic model", 2.5)],
            grids: vec![grid("loss", 7.0), grid("accuracy", f64::NAN)],
            verdicts: vec!["The loss bends <upwards>.".into()],
            ..Finding::default()
        },
    }
}

fn table(folder: &tempfile::TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(format!("figures/{name}.csv"))).expect("a table")
}

#[test]
fn a_curve_is_drawn_where_it_was_first_and_last_taken() {
    let folder = run_folder();
    let records = [shaped(0, 10), shaped(0, 0), shaped(0, 5), shaped(1, 5)];
    lines(folder.path(), "findings.jsonl", &records);
    report_of(&folder);
    let table = table(&folder, "probe-slice-curves");
    let rows: Vec<&str> = table.lines().skip(1).collect();
    let points = |label: &str| {
        rows.iter()
            .filter(|row| row.contains(&format!("way,loss,{label},")))
            .count()
    };
    for (label, count) in [
        ("true labels", 3),
        ("\"true labels, quadratic model\"", 3),
        ("\"true labels, first site\"", 3),
        ("random labels", 3),
        ("\"random labels, first site\"", 0),
    ] {
        assert_eq!(points(label), count, "{label}: {table}");
    }
    assert!(table.contains("way,loss,true labels,-1.0,13.0,0.25\n"), "{table}");
    assert!(
        table.contains("\"true labels, first site\",1.0,2.0,0.25\n"),
        "{table}"
    );
    assert_eq!(rows.len(), 3 * 2 * 3, "{table}");
}

/// Seven ways to see a quantity are too many for a panel, six are not.
#[test]
fn a_figure_says_which_curves_it_leaves_out() {
    for (ways, said) in [(6, false), (7, true)] {
        let folder = run_folder();
        let mut record = shaped(0, 0);
        let height = |way: usize| Curve {
            name: format!("height, way {way}"),
            ..record.finding.curves[0].clone()
        };
        let heights: Vec<Curve> = (0..ways).map(height).collect();
        record.finding.curves.extend(heights);
        lines(folder.path(), "findings.jsonl", &[record]);
        let page = report_of(&folder);
        assert_eq!(page.contains("more than 6 of a quantity: 7 of “height”."), said);
        let drawn = table(&folder, "probe-slice-curves").contains("way,height,");
        assert_eq!(drawn, !said);
        assert!(!page.contains("of “loss”."));
    }
}

#[test]
fn a_grid_is_drawn_at_its_last_site_with_its_scale() {
    let folder = run_folder();
    lines(
        folder.path(),
        "findings.jsonl",
        &[shaped(1, 4), shaped(1, 0), shaped(0, 2)],
    );
    let html = report_of(&folder);
    let table = table(&folder, "probe-slice-grids-2");
    let wanted = "x_label,y_label,quantity,x,y,value\n\
                  way,side,loss,-1.0,0.0,4.0\nway,side,loss,0.0,0.0,1.0\nway,side,loss,1.0,0.0,2.0\n\
                  way,side,loss,-1.0,2.0,3.0\nway,side,loss,0.0,2.0,4.0\nway,side,loss,1.0,2.0,7.0\n";
    assert!(table.starts_with(wanted), "{table}");
    assert!(table.ends_with("way,side,accuracy,1.0,2.0,NaN\n"), "{table}");
    assert!(
        html.contains("step 4 of the variant") && html.contains("One value is not finite and is left out.")
    );
    let svg = fs::read_to_string(folder.path().join("figures/probe-slice-grids-2.svg")).expect("a figure");
    // The ends of the ramp are in the cells and in the scale.
    assert!(svg.contains("#440154") && svg.contains("#fde725"));
    assert!(folder.path().join("figures/probe-slice-grids-1.svg").exists());
}

#[test]
fn verdicts_stand_with_their_finding() {
    let folder = run_folder();
    lines(folder.path(), "findings.jsonl", &[shaped(0, 1)]);
    let html = page(&[Run::read(folder.path()).expect("a run")], "figures");
    assert!(html.contains("<p class=\"said\">The loss bends &lt;upwards&gt;.</p>"));
    assert!(html.contains("at −1: 4.00 ± 0.25"), "{html}");
    assert!(html.contains("3 × 2 values over way and side"));
}

#[test]
fn lists_that_are_not_as_long_as_each_other_are_refused() {
    let folder = run_folder();
    let refused = |change: fn(&mut Finding)| {
        let mut record = shaped(0, 1);
        change(&mut record.finding);
        lines(folder.path(), "findings.jsonl", &[shaped(0, 0), record]);
        Run::read(folder.path()).expect_err("a bad record").to_string()
    };
    let message = refused(|finding| finding.curves[0].along = Some(axis("way", &[1.0])));
    let wanted = "findings.jsonl, line 2: the curve `loss` has 3 values, and its axis `way` has 1 places; it needs as many";
    assert!(message.contains(wanted), "{message}");
    let message = refused(|finding| finding.grids[1].y.values.push(5.0));
    let wanted = "the grid `accuracy` has 6 values over 3 × 3 places; it needs one for each";
    assert!(message.contains(wanted), "{message}");
}

#[test]
fn sharpness_is_drawn_with_what_the_steps_allow() {
    let folder = run_folder();
    let scalar = |name: &str, value: f64, uncertainty: Option<f64>| Scalar {
        name: name.into(),
        value,
        uncertainty,
        unit: String::new(),
    };
    let record = |variant: usize, step: u64, stable: f64| FindingRecord {
        finding: Finding {
            probe: "sharpness".into(),
            scalars: vec![
                scalar("sharpness", 3.0 + step as f64, Some(0.5)),
                scalar("largest stable sharpness", stable, None),
            ],
            ..Finding::default()
        },
        ..shaped(variant, step)
    };
    let first = [record(0, 10, 4.0), record(0, 0, 4.0)];
    lines(folder.path(), "findings.jsonl", &first);
    report_of(&folder);
    let drawn = table(&folder, "stability");
    assert!(drawn.contains("step,training loss,random labels,"), "{drawn}");
    let wanted = "step,sharpness,true labels,0.0,3.0,0.5\nstep,sharpness,true labels,10.0,13.0,0.5\n\
                  step,sharpness,\"true labels, largest stable\",0.0,4.0,\n";
    assert!(drawn.contains(wanted), "{drawn}");
    // One line for variants that allow the same, one for each where they do not.
    let with = |other: f64| {
        let all = [&first[..], &[record(1, 5, other), record(1, 20, other)]].concat();
        lines(folder.path(), "findings.jsonl", &all);
        report_of(&folder);
        table(&folder, "stability")
    };
    let (same, different) = (with(4.0), with(6.0));
    let one = "step,sharpness,largest stable,0.0,4.0,\nstep,sharpness,largest stable,20.0,4.0,\n";
    assert!(
        same.contains(one) && !same.contains("labels, largest stable"),
        "{same}"
    );
    for line in [
        "\"true labels, largest stable\",0.0,4.0,",
        "\"random labels, largest stable\",20.0,6.0,",
    ] {
        assert!(different.contains(line), "{different}");
    }
}
