//! Eigenvectors that were found at one site of a run, for the search at the next.

use crate::Ends;
use models::Directions;
use std::cell::RefCell;

/// The vectors that probes `ends` found at the site before, each with its settings.
///
/// They are kept as long as they are eigenvectors within their tolerances: then a look from random vectors is all that is left
/// to do. Where one has drifted, a search starts from them and a fresh random vector ([`spectra::extremes_near`]), which
/// takes fewer products where the Hessian has changed little, though not many fewer where vectors are multiplied one by one
/// ([`spectra::Ends::in_blocks_for`]), because the start then is one mixture of them all. Pairs are certified as ever, and that nothing is
/// missed rests on random vectors, which are those of the site. Its numbers depend, within their intervals, on the sites
/// before: whoever uses this visits sites in one order, and each time all of them.
#[derive(Debug, Default)]
pub struct Warm {
    found: RefCell<Vec<(Ends, Directions)>>,
}

impl Warm {
    /// The vectors of the same search at the site before, which are taken out.
    pub(crate) fn take(&self, ends: &Ends) -> Option<Directions> {
        let mut found = self.found.borrow_mut();
        let place = found.iter().position(|(asked, _)| asked == ends)?;
        Some(found.swap_remove(place).1)
    }

    /// Keeps the vectors of a search for the next site.
    pub(crate) fn keep(&self, ends: &Ends, vectors: Directions) {
        self.found.borrow_mut().push((ends.clone(), vectors));
    }
}
