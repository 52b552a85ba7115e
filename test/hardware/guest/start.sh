#!/bin/bash
# What a desktop has running: udev, the system bus, udisks. Then the agent, on the second serial line.
rig=$1 cache=$2
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
mkdir -p /dev/pts /dev/shm; mount -t devpts devpts /dev/pts; mount -t tmpfs shm /dev/shm
mount -t tmpfs run /run; mount -t tmpfs media /media; mkdir -p /run/lock /run/udisks2 /var/lib/udisks2
mkdir -p /lib/modules; mount --bind "$cache/kernel/lib/modules" /lib/modules
hostname station-rig
# The libmtp rules of a desktop would hide what the station's own rule does.
mkdir -p /run/udev/rules.d; cp "$rig/../../build/70-cht-aggregation-station.rules" /run/udev/rules.d/ 2>/dev/null
/lib/systemd/systemd-udevd --daemon
udevadm trigger --type=devices --subsystem-match=usb --subsystem-match=pci --action=add; udevadm settle -t 60
modprobe -a xhci_pci usb_storage uas sd_mod vfat nls_cp437 nls_ascii nls_utf8 exfat
mkdir -p /run/dbus; dbus-daemon --system --fork 2>/dev/null
(/usr/lib/polkit-1/polkitd --no-debug >/dev/null 2>&1 &); (/usr/libexec/udisks2/udisksd >/dev/null 2>&1 &)
stty -F /dev/ttyS1 raw -echo
cd "$rig/../.." && node_modules/.bin/node --max-old-space-size=400 "$rig/guest/agent.ts" >/dev/ttyS1 2>/dev/ttyS0 </dev/ttyS1
echo "the agent ended with $?"
sync; echo o > /proc/sysrq-trigger
