//! How we move.
