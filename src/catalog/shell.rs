//! The shell texts that families share: commands that run inside a container and read its own environment there.
//!
//! Passwords stay where they are. A script looks them up in the container's environment, or in the file that a
//! `…_FILE` variable names, and hands them to the client through the environment; none is an argument or leaves the
//! container. Everything is plain POSIX shell, since images bring dash, busybox or bash.

use super::ClientCommand;

/// Functions that every script may use.
///
/// - `value NAME…` prints the first variable that is set, itself or as the content of the file `NAME_FILE`.
/// - `address` prints where the server is to be asked. Images by Bitnami run their temporary server of a first
///   initialisation on the loopback address, hence the container's own address there. All others have theirs on the
///   unix socket only.
const PRELUDE: &str = r#"
value() {
    for name in "$@"; do
        eval "text=\${$name:-} file=\${${name}_FILE:-}"
        if [ -n "$text" ]; then printf %s "$text"; return; fi
        if [ -n "$file" ] && [ -r "$file" ]; then cat "$file"; return; fi
    done
}
address() {
    if [ -d /opt/bitnami ]; then hostname -i | cut -d ' ' -f 1; else echo 127.0.0.1; fi
}
"#;

/// A command that runs `body` in the container's shell, with `arguments` as `$1`, `$2`, ….
pub(super) fn script(body: &str, arguments: &[&str]) -> ClientCommand {
    let mut command = vec![
        "sh".to_owned(),
        "-c".to_owned(),
        format!("{PRELUDE}{body}"),
        "devstack".to_owned(),
    ];
    command.extend(arguments.iter().map(|&argument| argument.to_owned()));
    ClientCommand {
        command,
        environment: Vec::new(),
    }
}
