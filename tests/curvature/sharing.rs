//! Probes of one matrix share products, and find the same.

use super::{Place, asked, number};
use models::Loss;
use probes::{Finding, Measurement, Operator, Probe, SAVED};
use std::ops::ControlFlow;

const DENSITY: &str = "kind = \"density\"\naccuracy = 0.4";
const ENDS: &str = "kind = \"ends\"\ntolerance = 1e-6";
const TRACE: &str = "kind = \"trace\"";

fn together(place: &Place, probes: &[&str]) -> Vec<(usize, Finding)> {
    let probes: Vec<Probe> = probes.iter().map(|probe| asked(probe)).collect();
    place.look(1, |site| {
        let mut all = Vec::new();
        probes::measure(&probes, site, |i, finding| {
            all.push((i, finding));
            ControlFlow::Continue(())
        });
        all
    })
}

fn timeless(mut finding: Finding) -> Finding {
    finding.cost.seconds = 0.0;
    finding
}

#[test]
fn ends_density_and_trace_come_from_one_run() {
    let place = Place::new(Loss::CrossEntropy);
    let spectrum = place.spectrum(Operator::Hessian, None, false);
    let found = together(&place, &[ENDS, "kind = \"movement\"", DENSITY, TRACE]);
    let order: Vec<usize> = found.iter().map(|(i, _)| *i).collect();
    assert_eq!(order, [0, 2, 3, 1], "what is known together is told together");
    let [(_, ends), (_, density), (_, trace), _] = &found[..] else {
        panic!("{found:?}");
    };
    let alone = place.finds(1, DENSITY);
    assert_eq!(timeless(density.clone()), timeless(alone), "the same as alone");
    for (end, truth) in [
        ("smallest", spectrum[0]),
        ("largest", spectrum[spectrum.len() - 1]),
    ] {
        let (value, half) = number(ends, &format!("{end} eigenvalue of the Hessian"));
        assert!((value - truth).abs() <= half, "{value} ± {half}, not {truth}");
    }
    assert_eq!(
        number(trace, "trace of the Hessian"),
        number(density, "trace of the Hessian, by its density")
    );
    let starts = number(density, "random starts").0;
    assert_eq!((trace.cost.products, number(trace, SAVED).0), (0, starts));
    // The starts of the density that are followed first are the first basis of the search.
    let shared = number(density, "Lanczos steps").0 * starts.min(4.0);
    assert_eq!(number(ends, SAVED).0, shared);
    let apart = place.finds(1, ENDS).cost.products;
    println!("ends: {} and {shared} shared, {apart} alone", ends.cost.products);
}

#[test]
fn only_probes_of_one_matrix_share() {
    let place = Place::new(Loss::CrossEntropy);
    let block = format!("{DENSITY}\nblock = \"layer1.weight\"");
    let own = format!("{TRACE}\nmethod = \"x-trace\"\nproducts = 8");
    for probes in [[ENDS, &block], [DENSITY, &own], [ENDS, TRACE]] {
        let found = together(&place, &probes);
        for (i, finding) in found {
            assert!(
                finding.scalars.iter().all(|scalar| scalar.name != SAVED),
                "{probes:?}"
            );
            let alone = place.finds(1, probes[i]);
            assert_eq!(timeless(finding), timeless(alone));
        }
    }
}

#[test]
fn nothing_is_preconditioned_before_the_first_step_and_a_listener_can_stop() {
    let place = Place::new(Loss::CrossEntropy);
    let scaled = |probe: &str| asked(&format!("{probe}\npreconditioned = true"));
    let probes = [scaled(ENDS), scaled(DENSITY), scaled(TRACE)];
    let found = place.look(1, |site| {
        let site = probes::Site {
            divisor: None,
            noise: site.noise.clone(),
            ..*site
        };
        let mut all = Vec::new();
        probes::measure(&probes, &site, |_, finding| {
            all.push(finding);
            ControlFlow::Continue(())
        });
        all
    });
    assert_eq!(found.len(), 3);
    for finding in found {
        assert!(finding.scalars.is_empty() && finding.cost.products == 0);
        assert!(finding.warnings[0].starts_with("The optimiser has made no step yet"));
    }
    place.look(1, |site| {
        let mut heard = 0;
        probes::measure(&probes, site, |_, _| {
            heard += 1;
            ControlFlow::Break(())
        });
        assert_eq!(heard, 1);
    });
}

fn subject() -> probes::Subject {
    probes::Subject {
        parameters: 79,
        reached: models::Reach::all(79),
        examples: 7,
        outputs: 3,
        blocks: vec![("layer1.weight".into(), 30)],
        divides: true,
        on_host: true,
        number: 8,
        kept: 1,
        has_density: false,
        widths: 20,
    }
}

/// The vectors that a probe may hold grow with the matrix it looks at, and shrink to what is allowed.
#[test]
fn bases_shrink_to_what_is_allowed() {
    let subject = subject();
    let ends = asked(ENDS);
    let usual = ends.vectors(&subject);
    let smaller = ends.within(usual - 10, &subject).expect("a smaller basis");
    assert!(smaller.vectors(&subject) <= usual - 10 && smaller.vectors(&subject) > usual - 12);
    assert_eq!(ends.within(usual, &subject), Some(ends.clone()));
    assert_eq!(ends.within(10, &subject), None);
    let density = asked(DENSITY);
    assert_eq!(density.within(density.vectors(&subject) - 1, &subject), None);
    let block = asked(&format!("{ENDS}\nblock = \"layer1.weight\""));
    assert_eq!(block.vectors(&subject), (usual * 30).div_ceil(79));
}
