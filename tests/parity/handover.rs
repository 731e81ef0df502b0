//! One program takes over what the other started.
