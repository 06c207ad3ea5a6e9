//! Several probes at one site: those of the same matrix share their products.

use crate::operator::Matrix;
use crate::{Cost, Density, Ends, Finding, Measurement, Probe, Scalar, Site, Subject, Trace, search};
use models::Reach;
use std::ops::ControlFlow;
use std::time::Instant;

/// The number of products that a probe needed and another one had made already.
pub const SAVED: &str = "products saved by sharing";

/// What these probes find at a site: `found` hears of each with its place in the list, as soon as it is known, and may
/// stop the others.
///
/// A density, the ends and the trace of the same matrix come from one Krylov run: the ends are searched from where the
/// density's random starts have led ([`spectra::survey`]), and a trace without a method of its own is the density's first
/// moment. The density is the same as alone, to the last bit.
pub fn measure(probes: &[Probe], site: &Site, mut found: impl FnMut(usize, Finding) -> ControlFlow<()>) {
    let mut open: Vec<bool> = vec![true; probes.len()];
    for i in 0..probes.len() {
        if !open[i] {
            continue;
        }
        let findings = match Group::of(probes, &open, i, site) {
            Some(group) => {
                let findings = group.measure(site).into_iter();
                findings
                    .map(|(place, finding)| (place, site.qualified(finding)))
                    .collect()
            }
            None => vec![(i, probes[i].measure(site))],
        };
        for (place, finding) in findings {
            open[place] = false;
            if found(place, finding).is_break() {
                return;
            }
        }
    }
}

/// What one of these probes looks at when they all measure: ends that share with a density are searched among all
/// parameters, whichever of them the examples reach, and a trace takes its products.
pub fn beside(probes: &[Probe], probe: &Probe, subject: &Subject) -> Subject {
    let shares = |matrix: &Matrix| {
        let same = |other: &Probe| matches!(other, Probe::Density(density) if density.matrix() == *matrix);
        probes.iter().any(same) && !matrix.has_few_outputs(subject)
    };
    let mut seen = subject.clone();
    match probe {
        Probe::Ends(ends) if shares(&ends.matrix()) => seen.reached = Reach::all(subject.parameters),
        Probe::Trace(trace) if trace.method.is_none() => seen.has_density = shares(&trace.matrix()),
        _ => {}
    }
    seen
}

/// Probes of one matrix that share, each with its place in the list.
struct Group<'a> {
    matrix: Matrix<'a>,
    density: (usize, &'a Density),
    ends: Option<(usize, &'a Ends)>,
    traces: Vec<(usize, &'a Trace)>,
}

impl<'a> Group<'a> {
    /// The group of one of the probes that are open, if there is something to share at a site.
    fn of(probes: &'a [Probe], open: &[bool], member: usize, site: &Site) -> Option<Self> {
        let matrix = match &probes[member] {
            Probe::Ends(ends) => ends.matrix(),
            Probe::Density(density) => density.matrix(),
            Probe::Trace(trace) if trace.method.is_none() => trace.matrix(),
            _ => return None,
        };
        // Then the density takes no product.
        if matrix.has_few_outputs_at(site) {
            return None;
        }
        let (mut density, mut ends, mut traces) = (None, None, Vec::new());
        for (i, probe) in probes.iter().enumerate().filter(|(i, _)| open[*i]) {
            match probe {
                Probe::Density(one) if one.matrix() == matrix && density.is_none() => {
                    density = Some((i, one));
                }
                Probe::Ends(one) if one.matrix() == matrix && ends.is_none() => ends = Some((i, one)),
                Probe::Trace(one) if one.matrix() == matrix && one.method.is_none() => {
                    traces.push((i, one));
                }
                _ => {}
            }
        }
        let group = Group {
            matrix,
            density: density?,
            ends,
            traces,
        };
        (group.ends.is_some() || !group.traces.is_empty()).then_some(group)
    }

    fn measure(&self, site: &Site) -> Vec<(usize, Finding)> {
        let (place, density) = self.density;
        let clock = Instant::now();
        if self.matrix.absence(site).is_some() {
            let mut absent = vec![(place, density.measure(site))];
            absent.extend(self.ends.map(|(place, ends)| (place, ends.measure(site))));
            absent.extend(
                self.traces
                    .iter()
                    .map(|(place, trace)| (*place, trace.measure(site))),
            );
            return absent;
        }
        let here = site.objective.linearise(site.at);
        let operator = self.matrix.at(site, &*here);
        let operator = match self.ends {
            Some((_, ends)) => search::held(operator, ends.basis_on_host),
            None => operator,
        };
        let accuracy = density.asked(site);
        let mut findings = Vec::new();
        let found = match self.ends {
            None => spectra::density(&operator, &accuracy, |_| site.flow()),
            Some((place, ends)) => {
                let found = spectra::survey(&operator, &ends.asked_at(site), &accuracy, |_| site.flow());
                let before = found.products - found.ends.products;
                let pairs = ends.refined(site, found.ends);
                let own = pairs.products - found.shared;
                let all = before + pairs.products;
                // Time goes into products: those of the density come first.
                let seconds = clock.elapsed().as_secs_f64() * own as f64 / all.max(1) as f64;
                let cost = Cost {
                    gradients: 0,
                    products: own,
                    seconds,
                };
                let finding = ends.finding(site, &pairs, cost);
                findings.push((place, saving(finding, found.shared)));
                found.density
            }
        };
        let elsewhere: f64 = findings.iter().map(|(_, finding)| finding.cost.seconds).sum();
        let cost = Cost {
            gradients: 1,
            products: found.products,
            seconds: clock.elapsed().as_secs_f64() - elsewhere,
        };
        let moments = (!found.rules.is_empty()).then(|| (found.trace(), found.square()));
        // What the trace alone would have taken: a product for each random start, or for each unit vector.
        let saved = match found.effort.probes {
            0 => found.products,
            starts => starts,
        };
        let method = match found.effort.probes {
            0 => "all eigenvalues".into(),
            1 => "the density's random start".into(),
            starts => format!("the density's {starts} random starts"),
        };
        findings.extend(self.traces.iter().map(|(place, trace)| {
            let finding = match moments {
                Some((first, square)) => trace.finding(first, Some(square), &method, Cost::default()),
                None => Finding {
                    incomplete: true,
                    ..Finding::absent(
                        trace.matrix().finding("trace"),
                        "The density beside it found nothing.".into(),
                    )
                },
            };
            (*place, saving(finding, saved))
        }));
        findings.push((place, density.finding(&found, cost)));
        findings.sort_by_key(|(place, _)| *place);
        findings
    }
}

/// A finding that says how many products it did not have to make.
fn saving(mut finding: Finding, products: usize) -> Finding {
    if products > 0 {
        finding.scalars.push(Scalar::exact(SAVED, products as f64));
    }
    finding
}
