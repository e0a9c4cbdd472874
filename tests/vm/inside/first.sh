#!/bin/busybox sh
# The first process inside, out of the initramfs: the root becomes the host's file system, read-only and never seen as such,
# below a layer in memory that takes whatever is written.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
fail() {
  echo "svcc-vm: $*"
  sleep 0.2 # or the console loses the last line
  poweroff -f
}
while read -r module; do insmod "/mod/$module" || fail "insmod $module"; done </mod/order
job=$(sed 's/.*svcc\.job=\([^ ]*\).*/\1/' /proc/cmdline)
mount -t virtiofs -o ro host /lower || fail "the host's file system"
. "/lower$job/settings"
mount -t tmpfs -o size=75%,mode=755 upper /upper && mkdir /upper/kept /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/kept,workdir=/upper/work overlay /root || fail "the layer in memory"
for folder in proc sys dev; do mount --move "/$folder" "/root/$folder" || fail "/$folder"; done
# Namespaces, locks and sockets of the host are not ours.
mount -t tmpfs -o mode=755 run /root/run
mkdir -p /root/run/netns /root/run/lock /root/dev/pts /root/dev/shm /root/lib/modules
mount -t devpts pts /root/dev/pts
mount -t tmpfs shm /root/dev/shm
mount -t cgroup2 cgroup /root/sys/fs/cgroup
mount --bind "/lower$modules" /root/lib/modules || fail "the modules"
exec switch_root /root /bin/bash "$second" "$job"
