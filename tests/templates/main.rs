//! `devstack add` and `devstack templates`: every template in manifests of every layout, from every kind of source, and for
//! real those whose servers Debian packages.

mod conflicts;
mod fixture;
mod layouts;
mod live;
mod matrix;
mod proof;
mod questions;
mod sources;
mod wiring;
