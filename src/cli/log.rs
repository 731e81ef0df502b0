//! Our own log, for finding out what devstack does (`-v`).

use tracing_subscriber::EnvFilter;

/// Starts it, on standard error; without `-v` there is none.
pub(super) fn start(verbosity: u8) {
    // bollard's and hyper's debug logs show request bodies, and those have secrets in them.
    let filter = match verbosity {
        0 => return,
        1 => "devstack=info,bollard=info",
        2 => "devstack=debug,bollard=info",
        _ => "devstack=trace,bollard=info",
    };
    // Only a second subscriber is refused, and there is one call.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_target(true)
        .try_init();
}
