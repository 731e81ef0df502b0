//! devstack.
