//! Which symmetric matrix a probe looks at, and its products.

use crate::{Site, Subject};
use models::{Curvature, CurvatureOperator, Diagonal, Directions, Problem, Space};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A symmetric operator at a point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// H = ∇²L.
    #[default]
    Hessian,
    /// G = Jᵀ(∂²ℓ/∂z²)J, positive semi-definite for convex losses.
    GaussNewton,
    /// R = H − G = Σ (∂ℓ/∂z)·∇²z, zero where every example is fitted.
    Residual,
}

/// The matrix that a probe looks at: an operator M, one of its blocks, or either as an optimiser feels it.
///
/// - The block of some parameters is the principal submatrix EᵀME, where E embeds them: those of one name, such as
///   `layer1.weight`, or all of a layer, `layer1`.
/// - Preconditioned it is P^{-1/2} M P^{-1/2} for the diagonal P = √v̂ + ε by which the optimiser divides; the block of
///   that is the same as that of P and of M (Cohen et al. 2022).
///
/// `[P, P]`, or `[p, p]` for a block of p parameters; a product costs one of M, whatever the block.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Matrix<'a> {
    /// M.
    pub operator: Operator,
    /// The name of the block, or of a layer; none means all of it.
    pub block: Option<&'a str>,
    /// Whether it is preconditioned.
    pub preconditioned: bool,
}

impl Matrix<'_> {
    /// Whether it is ∇²L itself.
    pub fn is_hessian(&self) -> bool {
        *self == Matrix::default()
    }

    /// Whether it is all of an operator, as it is.
    pub fn is_whole(&self) -> bool {
        self.block.is_none() && !self.preconditioned
    }

    /// The noise of its products at a site, as far as it was measured: where the optimiser scales the matrix, its products
    /// are others.
    pub fn noise(&self, site: &Site) -> f64 {
        match self.preconditioned {
            true => 0.0,
            false => site.noise().floor(),
        }
    }

    /// What a probe's finding of it is called: figures and verdicts of the Hessian take no other matrix for it.
    pub fn finding(&self, probe: &str) -> String {
        let scaled = if self.preconditioned {
            "preconditioned-"
        } else {
            ""
        };
        let operator = match self.operator {
            Operator::Hessian => "",
            Operator::GaussNewton => "gauss-newton-",
            Operator::Residual => "residual-",
        };
        let block = self.block.map(|name| format!("-of-{name}")).unwrap_or_default();
        format!("{scaled}{operator}{probe}{block}")
    }

    /// What numbers are called after.
    pub fn name(&self) -> String {
        let operator = match self.operator {
            Operator::Hessian => "Hessian",
            Operator::GaussNewton => "Gauss–Newton matrix",
            Operator::Residual => "residual part of the Hessian",
        };
        let scaled = if self.preconditioned {
            "preconditioned "
        } else {
            ""
        };
        match self.block {
            Some(block) => format!("{scaled}block {block} of the {operator}"),
            None => format!("{scaled}{operator}"),
        }
    }

    /// What keeps a probe of this subject from looking at it, if anything.
    pub fn problem(&self, subject: &Subject) -> Option<Problem> {
        if let Some(name) = self.block
            && !subject.blocks.iter().any(|(known, _)| belongs(known, name))
        {
            let known: Vec<String> = subject
                .blocks
                .iter()
                .map(|(known, _)| format!("`{known}`"))
                .collect();
            let complaint = format!(
                "is `{name}`: the blocks of parameters are {}; what is before the point names all of a layer",
                known.join(", ")
            );
            return Some(Problem::new("block", complaint));
        }
        (self.preconditioned && !subject.divides).then(|| {
            let complaint = "is true, but the run's optimiser divides by no √v: train with adam, adam-w, rms-prop, \
                             ada-grad or adan, or leave it out";
            Problem::new("preconditioned", complaint)
        })
    }

    /// Its number of rows, for a subject that has no [`problem`](Self::problem) with it.
    pub fn dimension(&self, subject: &Subject) -> usize {
        let Some(name) = self.block else {
            return subject.parameters;
        };
        let own = subject.blocks.iter().filter(|(known, _)| belongs(known, name));
        own.map(|(_, size)| size).sum()
    }

    /// So many vectors of its length, counted as vectors `[P]`.
    pub fn in_vectors(&self, count: usize, subject: &Subject) -> usize {
        let (own, all) = (self.dimension(subject) as u128, subject.parameters.max(1) as u128);
        usize::try_from((count as u128 * own).div_ceil(all)).unwrap_or(usize::MAX)
    }

    /// Why there is no such matrix at this site, if there is none.
    pub fn absence(&self, site: &Site) -> Option<String> {
        (self.preconditioned && site.divisor.is_none()).then(|| {
            "The optimiser has made no step yet, so that there is nothing by which it divides: the preconditioned matrix \
             is measured from the first step on."
                .into()
        })
    }

    /// Where its block lies in the flat vector.
    fn range(&self, space: &Space) -> Option<Range<usize>> {
        let name = self.block?;
        let own = space.parameters.iter().filter(|own| belongs(&own.name, name));
        let ranges: Vec<Range<usize>> = own.map(|own| own.range.clone()).collect();
        // The parameters of a layer lie one after the other.
        let (first, last) = ranges
            .first()
            .zip(ranges.last())
            .expect("the config is checked: a block");
        Some(first.start..last.end)
    }

    /// Its products at a site, from the curvature there.
    ///
    /// # Panics
    /// If it has a [`problem`](Self::problem), an [`absence`](Self::absence), or the objective is no network's risk.
    pub fn at<'s>(&self, site: &Site, curvature: &'s dyn Curvature) -> CurvatureOperator<'s> {
        self.over(site.objective.space(), site.divisor, curvature)
    }

    /// The same on a parameter space, with what the optimiser divides by there.
    pub fn over<'s>(
        &self,
        space: &Space,
        divisor: Option<&Diagonal>,
        curvature: &'s dyn Curvature,
    ) -> CurvatureOperator<'s> {
        let dimension = space.dimension;
        let range = self.range(space);
        let root = self.preconditioned.then(|| {
            let divisor = divisor.expect("the optimiser has made a step");
            divisor.inverse_root()
        });
        let operator = self.operator;
        let rows = range.as_ref().map_or(dimension, Range::len);
        CurvatureOperator {
            product: Box::new(move |v| {
                let scaled = |v: Directions| match &root {
                    Some(root) => root.times(&v),
                    None => v,
                };
                let v = match &range {
                    Some(range) => v.beside_zeros(range.clone(), dimension),
                    None => v.clone(),
                };
                let v = scaled(v);
                let product = match operator {
                    Operator::Hessian => Some(curvature.hessian_times(&v)),
                    Operator::GaussNewton => curvature.gauss_newton_times(&v),
                    Operator::Residual => curvature.residual_times(&v),
                };
                let product = scaled(product.expect("the config is checked: a network"));
                match &range {
                    Some(range) => product.part(range.clone()),
                    None => product,
                }
            }),
            device: space.device.clone(),
            dimension: rows,
        }
    }
}

/// Whether the parameters of this name belong to a block: to the one that is called so, or to a layer.
fn belongs(parameters: &str, block: &str) -> bool {
    let rest = parameters.strip_prefix(block);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
