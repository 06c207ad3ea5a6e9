//! What probes find around a point, against the processor in f64.

use super::allowed;
use super::spectrum::risk;
use crate::around::{descent, look};
use models::{Device, Objective, Point, Precision, Seed};
use probes::{Along, Finding, Measurement, Sharpness, Slice, Smoothness, Surface};

/// Numbers agree within their half-widths, slices up to rounding.
pub fn agrees(device: &Device) {
    let (here, reference) = (risk(device), risk(&Device::cpu(Precision::F64)));
    let slice = |along| Slice { along, radius: 0.5 };
    let surface = Surface {
        axes: vec![slice(Along::Random), slice(Along::Gradient)],
        points: 5,
        ..Surface::default()
    };
    let probes: [&dyn Measurement; 3] = [&Sharpness::default(), &Smoothness::default(), &surface];
    let start = here.start(Seed(2));
    let at = start.plus(&here.slope(&start).gradient, -0.5);
    let same = |point: &Point| Point::from_host(point.to_host(), &Device::cpu(Precision::F64));
    for probe in probes {
        let found = look(&here, &start, &at, Some(descent(0.3)), probe);
        let wanted = look(&reference, &same(&start), &same(&at), Some(descent(0.3)), probe);
        compare(&found, &wanted, 4.0 * allowed(device));
    }
}

fn compare(found: &Finding, wanted: &Finding, relative: f64) {
    assert_eq!(found.scalars.len(), wanted.scalars.len());
    for (a, b) in found.scalars.iter().zip(&wanted.scalars) {
        let half = |half: Option<f64>| half.unwrap_or(0.0);
        let allowed = half(a.uncertainty) + half(b.uncertainty) + relative * b.value.abs().max(1.0);
        assert!((a.value - b.value).abs() <= allowed, "{a:?} against {b:?}");
    }
    assert_eq!(found.grids.len(), wanted.grids.len());
    for (a, b) in found
        .grids
        .iter()
        .zip(&wanted.grids)
        .filter(|(a, _)| a.name != "accuracy")
    {
        for (x, y) in a.values.iter().zip(&b.values) {
            assert!(
                (x - y).abs() <= relative * (1.0 + y.abs()),
                "{}: {x} against {y}",
                a.name
            );
        }
    }
}
