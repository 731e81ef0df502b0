//! The machine: limits of the kernel, memory, processors.

use crate::lab::{Lab, busybox};

#[test]
fn limits_memory_and_processors_that_will_not_do_are_told() {
    let image = busybox();
    let manifest = format!(
        "services:\n  look: {{ image: '{image}', mem_reservation: 100tb }}\n  \
         search: {{ image: 'elasticsearch:8' }}\n  far: {{ image: 'busybox:far', platform: linux/s390x }}\n"
    );
    let settings = "mount --make-rprivate /\n\
                    echo 1024 >few && mount --bind few /proc/sys/fs/inotify/max_user_watches\n\
                    echo 65530 >maps && mount --bind maps /proc/sys/vm/max_map_count\n\
                    mount -t tmpfs none /proc/sys/fs/binfmt_misc";
    let report = Lab::with(&manifest).setup(settings).doctor(&[]).exits(1);
    report
        .finds("inotify", "warning", "fs.inotify.max_user_watches is 1024")
        .fixes("inotify", "sysctl -w fs.inotify.max_user_watches=")
        .finds(
            "map count",
            "error",
            "vm.max_map_count is 65530: `search` will not start",
        )
        .fixes("map count", "vm.max_map_count=262144")
        .finds("processor", "error", "`far` is for s390x")
        .fixes("processor", "qemu-user-static")
        .finds(
            "memory",
            "error",
            "the stack reserves more memory than the engine has",
        );
}

#[test]
fn memory_that_is_nearly_used_up_and_emulation_are_told() {
    let manifest = "services: { far: { image: 'busybox:far', platform: linux/s390x } }";
    let settings = "mount --make-rprivate /\n\
                    sed 's/^MemAvailable:.*/MemAvailable: 100000 kB/' /proc/meminfo >memory\n\
                    mount --bind memory /proc/meminfo\n\
                    mount -t tmpfs none /proc/sys/fs/binfmt_misc\n\
                    echo enabled >/proc/sys/fs/binfmt_misc/qemu-s390x";
    let report = Lab::with(manifest).setup(settings).doctor(&[]);
    report
        .finds("memory", "warning", "has 102 MB of memory left")
        .fixes("memory", "docker stats")
        .finds("processor", "warning", "emulated, so several times slower");
}
